"""What keeps the demo honest: options that tell nothing, and test text that nobody has read."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from train.demo.glossary import Term, load_glossary, split_glossary
from train.demo.make import SEED
from train.demo.questions import (
    MAX_OPTIONS,
    MIN_OPTIONS,
    definition_answer,
    heldout_questions,
    training_records,
    unseen_questions,
)
from train.formatting import McqaRecord, QaRecord
from workbench.questions import bundled_names, load_questions
from workbench.schema import Question

SPLIT = split_glossary(load_glossary())
HELDOUT = heldout_questions(SPLIT, SEED + 1)
UNSEEN = unseen_questions(SPLIT, SEED + 2)
PASSES = 2
RECORDS = training_records(SPLIT, PASSES, SEED)
TRAINED = [record.question for record in RECORDS if isinstance(record, McqaRecord)]

ALL_SETS = {"heldout": HELDOUT, "unseen": UNSEEN, "trained": TRAINED}
TEST_SETS = {"heldout": HELDOUT, "unseen": UNSEEN}
each_set = pytest.mark.parametrize("questions", ALL_SETS.values(), ids=ALL_SETS)
each_test_set = pytest.mark.parametrize("questions", TEST_SETS.values(), ids=TEST_SETS)

# Chi-square at p = 0.001 by degrees of freedom.
CHI_SQUARE = {3: 16.27, 4: 18.47, 5: 20.52, 6: 22.46}

# ── size and shape ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("questions", "n_terms"), [(HELDOUT, 300), (UNSEEN, 130)])
def test_a_test_set_is_large_enough_to_tell_something(
    questions: list[Question], n_terms: int
) -> None:
    assert len(questions) >= 400
    assert len({question.cluster for question in questions}) >= n_terms


@each_test_set
def test_a_test_set_asks_nothing_twice(questions: list[Question]) -> None:
    assert len({question.hash for question in questions}) == len(questions)
    assert len({question.id for question in questions}) == len(questions)


@each_set
def test_questions_have_every_number_of_options(questions: list[Question]) -> None:
    n_options = {len(question.options) for question in questions}
    assert n_options == set(range(MIN_OPTIONS, MAX_OPTIONS + 1))


# ── options tell nothing ─────────────────────────────────────────────────────────────────────


@each_set
@pytest.mark.parametrize("n_options", range(MIN_OPTIONS, MAX_OPTIONS + 1))
def test_every_letter_is_right_about_equally_often(
    questions: list[Question], n_options: int
) -> None:
    asked = [question for question in questions if len(question.options) == n_options]
    right = Counter(question.answer for question in asked)
    expected = len(asked) / n_options
    statistic = sum((right[x] - expected) ** 2 / expected for x in asked[0].letters)
    assert statistic < CHI_SQUARE[n_options - 1]


@each_test_set
def test_every_term_of_a_test_set_is_right_about_equally_often(questions: list[Question]) -> None:
    times = Counter(question.right_option for question in questions).values()
    assert max(times) - min(times) <= 1


def test_every_taught_term_is_right_equally_often_in_training() -> None:
    right = Counter(question.right_option for question in TRAINED)
    assert right == {term.term: 2 * PASSES for term in SPLIT.taught}


@pytest.mark.parametrize(
    ("questions", "side"),
    [(HELDOUT, SPLIT.taught), (TRAINED, SPLIT.taught), (UNSEEN, SPLIT.unseen)],
    ids=["heldout", "trained", "unseen"],
)
def test_options_come_from_one_side_of_the_split(
    questions: list[Question], side: list[Term]
) -> None:
    assert {option for q in questions for option in q.options} == {term.term for term in side}


@each_set
def test_half_of_the_wrong_options_are_of_the_same_category(questions: list[Question]) -> None:
    category = {term.term: term.category for side in SPLIT for term in side}
    for question in questions:
        same = sum(category[option] == question.category for option in question.options)
        assert same - 1 == (len(question.options) - 1) // 2


# ── nobody has read the test ─────────────────────────────────────────────────────────────────

# Runs of this many characters tell copied text: shorter ones are ordinary Korean. Two are known and
# allowed: the key phrase, which the second wording of an unseen term shares with the prose of the
# base, and turns of phrase that related terms have in common ('…고 보는 기간구조 이론이다').
RUN = 13
SHARED_WITH_OTHER_TERMS = 0.25  # of the runs of a wording, at most


def runs(text: str) -> set[str]:
    return {text[start : start + RUN] for start in range(len(text) - RUN + 1)}


def asked_wordings() -> list[tuple[Term, str]]:
    """The wording of every test question, with its term."""
    term = {term.term: term for side in SPLIT for term in side}
    asked = [(term[question.reference_id], question.question) for question in HELDOUT + UNSEEN]
    return [(t, wording) for t, text in asked for wording in t.definitions if wording in text]


@pytest.fixture(scope="module")
def texts_read() -> dict[str, set[str]]:
    """All that the base and the adapter have read, by the term it is about ('' for greetings)."""
    from train.demo.documents import prose  # brings torch, which the other tests here do without

    random = Random(SEED)
    texts = {t.term: {prose(t, random) for _ in range(8)} for side in SPLIT for t in side}
    answered = {definition_answer(term): term.term for term in SPLIT.taught}
    for record in RECORDS:
        if isinstance(record, McqaRecord):
            texts[record.question.reference_id].add(record.question.question)
        else:
            term = answered.get(record.answer, "")
            texts.setdefault(term, set()).update((record.question, record.answer))
    return texts


@pytest.fixture(scope="module")
def runs_read(texts_read: dict[str, set[str]]) -> dict[str, set[str]]:
    return {term: set().union(*map(runs, texts)) for term, texts in texts_read.items()}


def test_no_test_wording_was_read_as_a_whole(texts_read: dict[str, set[str]]) -> None:
    everything = "\n".join(text for texts in texts_read.values() for text in texts)
    assert [wording for _, wording in asked_wordings() if wording in everything] == []


def test_beside_its_key_phrase_a_test_wording_repeats_nothing_read_about_its_term(
    runs_read: dict[str, set[str]],
) -> None:
    repeated = {
        term.term: run
        for term, wording in asked_wordings()
        for part in wording.split(term.key_phrase)
        for run in runs(part) & runs_read[term.term]
    }
    assert repeated == {}


def test_a_test_wording_has_little_in_common_with_what_was_read_about_other_terms(
    runs_read: dict[str, set[str]],
) -> None:
    terms_with = Counter(run for read in runs_read.values() for run in read)
    for term, wording in asked_wordings():
        own = runs_read[term.term]
        shared = [run for run in runs(wording) if terms_with[run] - (run in own) > 0]
        assert len(shared) <= SHARED_WITH_OTHER_TERMS * len(runs(wording)), term.term


def test_unseen_terms_are_in_no_training_record() -> None:
    unseen = {term.term for term in SPLIT.unseen}
    assert unseen.isdisjoint(option for question in TRAINED for option in question.options)
    assert unseen.isdisjoint(question.reference_id for question in TRAINED)
    answers = {record.answer for record in RECORDS if isinstance(record, QaRecord)}
    assert answers.isdisjoint(map(definition_answer, SPLIT.unseen))


# ── the same every time ──────────────────────────────────────────────────────────────────────


def test_the_same_seed_draws_the_same() -> None:
    assert training_records(SPLIT, PASSES, SEED) == RECORDS
    assert heldout_questions(SPLIT, SEED + 1) == HELDOUT
    assert unseen_questions(SPLIT, SEED + 2) == UNSEEN


def test_another_seed_draws_other_options() -> None:
    assert training_records(SPLIT, PASSES, SEED + 1) != RECORDS
    assert heldout_questions(SPLIT, SEED + 2) != HELDOUT
    assert unseen_questions(SPLIT, SEED + 1) != UNSEEN


def test_every_pass_asks_each_term_twice_by_options_and_once_openly() -> None:
    openly = Counter(record.answer for record in RECORDS if isinstance(record, QaRecord))
    assert {definition_answer(term): PASSES for term in SPLIT.taught}.items() <= openly.items()
    assert len(TRAINED) == 2 * PASSES * len(SPLIT.taught)


@pytest.mark.parametrize(
    ("name", "questions"), [("demo-heldout", HELDOUT), ("demo-unseen", UNSEEN)]
)
def test_the_bundled_sets_are_what_the_code_draws(name: str, questions: list[Question]) -> None:
    if name not in bundled_names():
        pytest.skip("the bundled sets are not built (make demo-model)")
    assert load_questions(name).questions == tuple(questions)
