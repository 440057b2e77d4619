"""The result store: what is written stays, whoever else writes, and comes back as it was."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.workbench.records import (
    answer_to,
    answers_of,
    batch,
    question_of,
    question_set_of,
    spec_of,
    vote_of,
)
from workbench.errors import InputError, StoreError, UnknownNameError
from workbench.schema import Answer, Question, QuestionSet
from workbench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "results" / "store.sqlite") as opened:
        yield opened


# ── evaluated runs ───────────────────────────────────────────────────────────────────────────


def test_what_was_written_is_read_back_by_another_store(store: Store) -> None:
    run = store.begin(spec_of())
    store.append(run.id, batch(0, 3))
    with Store(store.path) as reopened:
        assert reopened.answers(run.id) == [answer_to(question_of(0)), answer_to(question_of(3))]
        assert reopened.answered(run.id) == {0, 3}
        assert reopened.runs() == [run]


def test_answers_come_in_question_order_however_they_were_written(store: Store) -> None:
    run = store.begin(spec_of())
    for ordinals in [(3, 1), (2, 0)]:
        store.append(run.id, batch(*ordinals))
    assert [answer.question_id for answer in store.answers(run.id)] == ["q0", "q1", "q2", "q3"]


def test_a_few_answers_and_questions_are_read_by_their_ordinals(store: Store) -> None:
    store.save_questions(question_set_of(4))
    run = store.begin(spec_of())
    store.append(run.id, batch(0, 1, 2, 3))
    assert [each.question_id for each in store.answers_at(run.id, [3, 1])] == ["q3", "q1"]
    questions = store.questions_at(run.spec.question_set_hash, [2, 0])
    assert [each.id for each in questions] == ["q2", "q0"]
    assert store.answers_at(run.id, []) == []


def test_an_ordinal_without_answer_is_told(store: Store) -> None:
    run = store.begin(spec_of())
    store.append(run.id, batch(0))
    with pytest.raises(StoreError, match=r"nothing at \[3\]"):
        store.answers_at(run.id, [0, 3])


def test_beginning_a_run_again_continues_it(store: Store) -> None:
    run = store.begin(spec_of())
    store.append(run.id, batch(0))
    assert store.begin(spec_of()) == run
    assert store.answered(run.id) == {0}


def test_a_repetition_is_a_run_of_its_own(store: Store) -> None:
    first, second = store.begin(spec_of()), store.begin(spec_of(repeat=1))
    store.append(first.id, batch(0))
    assert store.answered(second.id) == set()
    assert [run.spec.repeat for run in store.runs()] == [0, 1]


def test_an_answer_is_never_doubled_or_replaced(store: Store) -> None:
    run = store.begin(spec_of())
    assert store.append(run.id, batch(0, 1)) == 2
    assert store.append(run.id, batch(0, 1, letter="B")) == 0
    assert [answer.letter for answer in store.answers(run.id)] == ["A", "A"]


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    run = store.begin(spec_of())
    with pytest.raises(sqlite3.IntegrityError):
        store.append(run.id, {0: answer_to(question_of(0)), -1: answer_to(question_of(1))})
    assert store.answered(run.id) == set()


def test_a_run_is_finished_once_and_only_when_complete(store: Store) -> None:
    run = store.begin(spec_of(n_questions=2))
    store.append(run.id, batch(0))
    with pytest.raises(StoreError, match="1 of 2 answers"):
        store.finish(run.id)
    store.append(run.id, batch(1))
    finished = store.finish(run.id)
    assert finished.status == "finished"
    assert store.finish(run.id) == finished


def test_an_export_depends_on_spec_and_answers_alone(store: Store, tmp_path: Path) -> None:
    run = store.begin(spec_of())
    store.append(run.id, batch(0, 1))
    store.append(run.id, batch(2, 3))
    store.finish(run.id)
    with Store(tmp_path / "other.sqlite") as other:
        other.begin(spec_of(repeat=9))
        other.begin(spec_of())
        other.append(run.id, batch(3, 1, 0, 2))
        assert other.export(run.id) == store.export(run.id)


def test_an_unknown_run_is_named_together_with_those_there_are(store: Store) -> None:
    run = store.begin(spec_of())
    with pytest.raises(UnknownNameError, match=f"unknown run 'nothing'; known: {run.id}"):
        store.export("nothing")


def test_a_run_that_cannot_be_understood_is_reported(store: Store) -> None:
    run = store.begin(spec_of())
    edited = sqlite3.connect(store.path)
    edited.execute("UPDATE runs SET spec = '{}'")
    edited.commit()
    edited.close()
    with pytest.raises(StoreError, match="RunSpec that this workbench cannot read"):
        store.run(run.id)


# ── imported runs ────────────────────────────────────────────────────────────────────────────


def test_an_imported_run_is_finished_and_has_its_questions(store: Store) -> None:
    run = store.import_run(spec_of(4), answers_of(4), question_set_of(4))
    assert run == store.run(spec_of(4).id)
    assert run.status == "finished"
    assert store.answers(run.id) == answers_of(4)
    assert store.questions(run.spec.question_set_hash) == question_set_of(4)


def test_an_import_equals_an_evaluation_with_the_same_answers(store: Store, tmp_path: Path) -> None:
    run = store.import_run(spec_of(4), answers_of(4), question_set_of(4))
    with Store(tmp_path / "other.sqlite") as other:
        other.begin(spec_of(4))
        other.append(run.id, batch(2, 3, 0, 1))
        assert other.export(run.id) == store.export(run.id)


def test_importing_the_same_again_changes_nothing_and_says_so(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "workbench")
    first = store.import_run(spec_of(4), answers_of(4), question_set_of(4))
    assert caplog.messages == []
    assert store.import_run(spec_of(4), answers_of(4), question_set_of(4)) == first
    assert store.runs() == [first]
    assert caplog.messages == [f"run {first.id} was in '{store.path}' before and stays as it is"]


def test_an_import_never_replaces_an_answer(store: Store) -> None:
    run = store.import_run(spec_of(4), answers_of(4), question_set_of(4))
    with pytest.raises(StoreError, match=f"run {run.id} is in .* another answer to .*'q0'"):
        store.import_run(spec_of(4), answers_of(4, letter="B"), question_set_of(4))
    assert store.answers(run.id) == answers_of(4)


def test_an_import_completes_an_open_run_of_the_same_spec(store: Store) -> None:
    run = store.begin(spec_of(4))
    store.append(run.id, batch(1, 2))
    assert store.import_run(spec_of(4), answers_of(4), question_set_of(4)).status == "finished"
    assert store.answers(run.id) == answers_of(4)


def test_an_import_that_cannot_be_written_leaves_nothing_behind(store: Store) -> None:
    broken = answers_of(4)
    broken[3] = broken[3].model_copy(update={"option_logprobs": (float("nan"),)})
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.import_run(spec_of(4), broken, question_set_of(4))
    assert store.runs() == []
    with pytest.raises(UnknownNameError):
        store.questions(question_set_of(4).hash)


@pytest.mark.parametrize(
    ("answers", "question_set", "reason"),
    [
        (answers_of(4), question_set_of(4, "다른 "), "give the questions that it answered"),
        (answers_of(3), question_set_of(4), "3 answers to 4 questions"),
        (answers_of(4)[::-1], question_set_of(4), "where the answer to 'q0' .* is one to 'q3'"),
        (answers_of(4, "다른 "), question_set_of(4), "to 'q0' or to another wording"),
    ],
)
def test_answers_to_other_questions_are_not_imported(
    answers: list[Answer], question_set: QuestionSet, reason: str, store: Store
) -> None:
    with pytest.raises(InputError, match=f"run {spec_of(4).id} cannot be imported: .*{reason}"):
        store.import_run(spec_of(4), answers, question_set)
    assert store.runs() == []


# ── questions ────────────────────────────────────────────────────────────────────────────────


def in_every_field() -> QuestionSet:
    question = Question(
        id="q1",
        question="예금자를 보호하는 제도는?",
        options=("공매도", "예금보험"),
        answer="B",
        category="금융 제도",
        area="fin_concept",
        difficulty="easy",
        reasoning="예금보험공사가 지급을 보장한다.",
        reference="예금자보호법은\u2028예금을 보호한다.",
        reference_id="r1",
        source="own",
        licence="Apache-2.0",
        as_of="2026-01-02",
    )
    return QuestionSet(name="full", questions=(question,), origin="full.jsonl")


def test_questions_are_read_back_in_every_field(store: Store) -> None:
    store.save_questions(in_every_field())
    store.save_questions(question_set_of(3))
    store.save_questions(in_every_field())
    assert store.questions(in_every_field().hash) == in_every_field()
    assert store.questions(question_set_of(3).hash) == question_set_of(3)


def recategorised(question_set: QuestionSet, category: str) -> QuestionSet:
    questions = [
        question.model_copy(update={"category": category}) for question in question_set.questions
    ]
    return question_set.model_copy(update={"questions": tuple(questions), "name": category})


def test_a_corrected_category_is_taken_over(store: Store) -> None:
    corrected = recategorised(question_set_of(3), "파생상품")
    store.save_questions(question_set_of(3))
    store.save_questions(corrected)
    assert store.questions(corrected.hash) == corrected


def test_an_import_leaves_the_questions_that_are_there(store: Store) -> None:
    store.save_questions(question_set_of(4))
    store.import_run(spec_of(4), answers_of(4), recategorised(question_set_of(4), "옛 이름"))
    assert store.questions(question_set_of(4).hash) == question_set_of(4)


def test_unknown_questions_are_named_together_with_those_there_are(store: Store) -> None:
    store.save_questions(question_set_of(3))
    with pytest.raises(UnknownNameError, match=rf"known: {question_set_of(3).hash} \(small\)"):
        store.questions("0" * 64)


# ── votes ────────────────────────────────────────────────────────────────────────────────────


def test_votes_come_back_the_oldest_first(store: Store) -> None:
    for number in (3, 1, 2):
        store.add_vote(vote_of(number))
    assert store.votes() == [vote_of(1), vote_of(2), vote_of(3)]


def test_a_vote_that_is_written_again_counts_once_and_stays_as_it_was(store: Store) -> None:
    store.add_vote(vote_of(1))
    store.add_vote(vote_of(1))
    later = datetime(2026, 12, 31, tzinfo=UTC)
    store.add_vote(vote_of(1).model_copy(update={"choice": "b", "created": later}))
    assert store.votes() == [vote_of(1)]


def test_a_vote_can_be_taken_back_and_taking_it_back_twice_is_no_error(store: Store) -> None:
    for number in (1, 2):
        store.add_vote(vote_of(number))
    for _ in range(2):
        store.delete_vote(vote_of(1).id)
    assert store.votes() == [vote_of(2)]
