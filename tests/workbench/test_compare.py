"""Two runs over the same questions: who is better, how sure that is, and what may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workbench.compare import Comparison, Side, compare_answers, compare_runs, compare_sides
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import InputError, StoreError, UnknownNameError
from workbench.evaluate import Procedure, evaluate, plan_run
from workbench.schema import Answer, PromptStyle, Question, QuestionSet, Run, Sampling
from workbench.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def answers_of(letters: Sequence[str]) -> list[Answer]:
    """One answer a letter; A is right, and neighbours share a cluster. '!' is a failed call."""
    return [
        Answer(
            question_id=f"q{i}",
            question_hash=str(i),
            right="A",
            letter=None if letter == "!" else letter,
            failure="broken" if letter == "!" else None,
            cluster=f"term{i // 2}",
        )
        for i, letter in enumerate(letters)
    ]


def question_set_of(n: int, **fields: Any) -> QuestionSet:
    """n questions where A is right; `fields` hold one value for each."""
    return QuestionSet(
        name="small",
        questions=tuple(
            Question(
                id=f"q{i}",
                question=f"{i}번 질문",
                options=("국채", "회사채"),
                answer="A",
                **{name: values[i] for name, values in fields.items()},
            )
            for i in range(n)
        ),
    )


def side_of(
    question_set: QuestionSet,
    letters: Sequence[str],
    *,
    engine: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
    **planned: Any,
) -> Side:
    """A finished run: `planned` goes into its plan, `engine` and `spec` change fields of those."""
    info = ScriptedEngine().info.model_copy(update=engine)
    plan = {"method": "generate", "style": "native", **planned}
    variant = plan.pop("variant", "tuned")
    run_spec = plan_run(info, variant, question_set, Procedure(**plan)).model_copy(update=spec)
    run = Run(id=run_spec.id, spec=run_spec, status="finished", created=NOW, finished=NOW)
    answers = [
        answer.model_copy(update={"question_hash": question.hash})
        for question, answer in zip(question_set.questions, answers_of(letters), strict=True)
    ]
    return Side(run, answers)


def compare(question_set: QuestionSet, a: Sequence[str], b: Sequence[str]) -> Comparison:
    return compare_sides(
        side_of(question_set, a, variant="vanilla"), side_of(question_set, b), question_set
    )


# ── pairs ────────────────────────────────────────────────────────────────────────────────────


def test_a_pair_counts_who_alone_was_right() -> None:
    paired = compare_answers(answers_of("AABBBA"), answers_of("ABAAAA"))
    counts = (paired.both_right, paired.only_a, paired.only_b, paired.both_wrong)
    assert counts == (2, 1, 3, 0)
    assert paired.difference == pytest.approx(2 / 6)
    assert (paired.n, paired.clusters) == (6, 3)
    assert paired.mcnemar_p == pytest.approx(0.625)


def test_a_question_that_failed_on_either_side_is_left_out_on_both() -> None:
    paired = compare_answers(answers_of("!AAB"), answers_of("A!AA"))
    assert (paired.n, paired.excluded) == (2, 2)
    assert paired.difference == pytest.approx(0.5)


def test_a_pair_without_common_answers_has_no_difference() -> None:
    paired = compare_answers(answers_of("!A"), answers_of("A!"))
    assert (paired.n, paired.difference, paired.mcnemar_p) == (0, None, 1.0)
    assert (paired.interval, paired.detectable) == (None, None)


def test_answers_to_other_questions_are_not_paired() -> None:
    with pytest.raises(InputError, match="2 questions and the other 3"):
        compare_answers(answers_of("AA"), answers_of("AAA"))
    with pytest.raises(InputError, match="question 1 is 'q0' on one side and 'q1'"):
        compare_answers(answers_of("AB")[:1], answers_of("AB")[1:])


def test_a_difference_comes_with_its_interval_and_the_smallest_one_to_be_seen() -> None:
    paired = compare_answers(answers_of("AB" * 60), answers_of("AA" * 40 + "BB" * 20))
    assert paired.interval is not None
    assert paired.difference is not None
    assert paired.interval.low < paired.difference < paired.interval.high
    assert paired.detectable is not None
    assert 0.1 < paired.detectable < 0.3


def test_questions_that_stand_or_fall_together_widen_everything() -> None:
    alike = ("BB" * 20 + "AA" * 40, "AA" * 30 + "AA" * 25 + "BB" * 5)
    paired = compare_answers(*map(answers_of, alike))
    assert paired.interval is not None
    assert paired.clustered_interval is not None
    assert paired.clustered_interval.low < paired.interval.low
    assert paired.clustered_interval.high > paired.interval.high
    assert paired.sign_flip_p > paired.mcnemar_p
    assert 58 < paired.effective_n <= 60  # of 120: each pair of neighbours is one


def test_with_a_cluster_for_each_question_both_ways_are_the_same() -> None:
    comparison = compare(question_set_of(30), "AB" * 15, "AA" * 10 + "BA" * 5)
    paired = comparison.paired
    assert paired.sign_flip_p == pytest.approx(paired.mcnemar_p)
    assert paired.clustered_interval == paired.interval
    assert paired.effective_n == paired.n == 30


# ── verdicts ─────────────────────────────────────────────────────────────────────────────────

# (letters of a, letters of b, what is said): six of six is the least that can be seen
VERDICTS = [
    ("BBBBBB", "AAAAAA", "b better"),
    ("AAAAAA", "BBBBBB", "a better"),
    ("BBBBB", "AAAAA", "no difference seen"),
    ("ABABAB", "BABABA", "no difference seen"),
    ("AAAA", "AAAA", "no difference seen"),
    ("!!", "AA", "no difference seen"),
]


@pytest.mark.parametrize(("a", "b", "verdict"), VERDICTS)
def test_a_verdict_is_drawn_at_five_percent(a: str, b: str, verdict: str) -> None:
    assert compare(question_set_of(len(a)), a, b).verdict == verdict


def test_a_verdict_rests_on_clusters() -> None:
    one_source = question_set_of(12, reference_id=["term"] * 12)
    comparison = compare(one_source, "B" * 12, "A" * 12)
    assert comparison.paired.mcnemar_p < 0.001
    assert comparison.verdict == "no difference seen"


def test_categories_are_adjusted_for_each_other() -> None:
    names = ["재무회계"] * 6 + ["금융시장"] * 10
    comparison = compare(question_set_of(16, category=names), "B" * 16, "A" * 16)
    accounting = comparison.by_category["재무회계"]
    markets = comparison.by_category["금융시장"]
    assert accounting.paired.sign_flip_p == pytest.approx(2 / 64)
    assert accounting.holm_p == pytest.approx(2 / 64)  # the larger of two is left as it is
    assert markets.holm_p == pytest.approx(2 * 2 / 1024)
    assert (accounting.verdict, markets.verdict) == ("b better", "b better")


def test_what_one_category_shows_may_vanish_among_several() -> None:
    names = ["재무회계"] * 6 + ["금융시장"] * 6
    comparison = compare(question_set_of(12, category=names), "B" * 12, "A" * 6 + "B" * 6)
    assert comparison.by_category["재무회계"].paired.sign_flip_p < 0.05
    assert comparison.by_category["재무회계"].verdict == "no difference seen"


def test_areas_are_a_family_of_their_own_and_sets_without_them_have_none() -> None:
    comparison = compare(question_set_of(4, area=["fin_ratio", "", "", ""]), "AAAA", "AABB")
    assert {name: each.paired.n for name, each in comparison.by_area.items()} == {
        "": 3,
        "fin_ratio": 1,
    }
    assert comparison.by_category == {}


def test_every_question_stands_in_one_list() -> None:
    questions = question_set_of(6)
    lists = compare(questions, "AABB!A", "ABABA!").questions
    assert [each.id for each in lists.both_right] == ["q0"]
    assert [each.id for each in lists.only_a] == ["q1"]
    assert [each.id for each in lists.only_b] == ["q2"]
    assert [each.id for each in lists.both_wrong] == ["q3"]
    assert [each.id for each in lists.excluded] == ["q4", "q5"]
    assert lists.only_b[0].hash == questions.questions[2].hash


# ── what may be compared ─────────────────────────────────────────────────────────────────────

SMALL = question_set_of(4)

# (what is changed on side b, field that is named, its two values in the message)
UNLIKE = [
    ({"method": "loglik"}, "method", "generate against loglik"),
    ({"style": "chat"}, "prompt_style", "native against chat"),
    ({"sampling": Sampling(max_tokens=9)}, "sampling", "max_tokens=256 against max_tokens=9"),
    ({"spec": {"extraction_version": 99}}, "extraction_version", "against 99"),
    ({"spec": {"prompt_format": "native/mcqa/v0"}}, "prompt_format", "against native/mcqa/v0"),
    ({"examples": SMALL.questions[:1]}, "shots", r"none against 1 \("),
]


@pytest.mark.parametrize(("changed", "field", "values"), UNLIKE)
def test_unlike_runs_are_refused_with_the_field_that_differs(
    changed: dict[str, Any], field: str, values: str
) -> None:
    a, b = side_of(SMALL, "AAAA", variant="vanilla"), side_of(SMALL, "AAAA", **changed)
    with pytest.raises(InputError, match=rf"they differ in {field} \(.*{values}"):
        compare_sides(a, b, SMALL)


@pytest.mark.parametrize(("changed", "field"), [each[:2] for each in UNLIKE])
def test_what_is_named_as_varying_may_differ_and_is_told(
    changed: dict[str, Any], field: str
) -> None:
    a, b = side_of(SMALL, "AAAA"), side_of(SMALL, "AAAB", **changed)
    varied = compare_sides(a, b, SMALL, varying=[field]).varied
    assert [each.field for each in varied] == [field]


def test_every_difference_is_named_at_once() -> None:
    a, b = side_of(SMALL, "AAAA"), side_of(SMALL, "AAAA", style="chat", method="loglik")
    with pytest.raises(InputError, match=r"name it as varying: method, prompt_style$"):
        compare_sides(a, b, SMALL)
    with pytest.raises(InputError, match=r"name it as varying: method$"):
        compare_sides(a, b, SMALL, varying=["prompt_style"])


def test_the_same_examples_are_the_same_in_either_style() -> None:
    examples = SMALL.questions[:1]
    a = side_of(SMALL, "AAAA", examples=examples)
    b = side_of(SMALL, "AAAA", examples=examples, style="chat")
    assert compare_sides(a, b, SMALL, varying=["prompt_style"]).paired.n == 4


@pytest.mark.parametrize("style", ["native", "chat"])
def test_other_examples_are_refused_unless_they_are_what_is_compared(style: PromptStyle) -> None:
    a = side_of(SMALL, "AAAA", examples=SMALL.questions[:1])
    b = side_of(SMALL, "AAAA", examples=SMALL.questions[1:2], style=style)
    with pytest.raises(InputError, match=r"they differ in shots \(1 \(.*against 1 \("):
        compare_sides(a, b, SMALL, varying=["prompt_style"])
    varied = compare_sides(a, b, SMALL, varying=["prompt_style", "shots"]).varied
    assert "shots" in {each.field for each in varied}


def test_examples_of_which_nothing_is_recorded_are_not_taken_for_the_same() -> None:
    """As in runs from before examples had a hash of their own."""
    plan = {"examples": SMALL.questions[:1], "spec": {"examples_hash": ""}}
    a, b = side_of(SMALL, "AAAA", **plan), side_of(SMALL, "AAAA", style="chat", **plan)
    with pytest.raises(InputError, match="they differ in shots"):
        compare_sides(a, b, SMALL, varying=["prompt_style"])


def test_a_condition_that_does_not_exist_is_refused() -> None:
    a, b = side_of(SMALL, "AAAA"), side_of(SMALL, "AAAA", variant="vanilla")
    with pytest.raises(UnknownNameError, match="unknown condition 'model'; known: method, "):
        compare_sides(a, b, SMALL, varying=["model"])


def test_other_questions_are_refused() -> None:
    other = question_set_of(5)
    with pytest.raises(InputError, match=r"question_set_hash is .*4 questions.*5 questions"):
        compare_sides(side_of(SMALL, "AAAA"), side_of(other, "AAAAA"), SMALL)


def test_a_run_is_not_compared_with_itself() -> None:
    with pytest.raises(InputError, match="cannot be compared with itself"):
        compare_sides(side_of(SMALL, "AAAA"), side_of(SMALL, "AAAA"), SMALL)


def test_unfinished_runs_are_refused() -> None:
    a, b = side_of(SMALL, "AAAA", variant="vanilla"), side_of(SMALL, "AAAA")
    unfinished = b.run.model_copy(update={"status": "open", "finished": None})
    with pytest.raises(InputError, match=f"{unfinished.id} is not finished"):
        compare_sides(a, Side(unfinished, b.answers[:2]), SMALL)


def test_answers_that_were_tampered_with_are_refused() -> None:
    a, b = side_of(SMALL, "AAAA", variant="vanilla"), side_of(SMALL, "AAAA")
    forged = [b.answers[0].model_copy(update={"letter": "F"}), *b.answers[1:]]
    with pytest.raises(StoreError, match="question 'q0': its answer is 'F'"):
        compare_sides(a, Side(b.run, forged), SMALL)


def test_engines_and_versions_that_differ_are_caveats() -> None:
    a = side_of(SMALL, "AAAA", variant="vanilla", engine={"dtype": "float32"})
    b = side_of(SMALL, "AAAA", engine={"dtype": "bfloat16", "version": "2"}, batch_size=8)
    told = {each.field: (each.a, each.b) for each in compare_sides(a, b, SMALL).caveats}
    assert told == {
        "version": ("1", "2"),
        "dtype": ("float32", "bfloat16"),
        "batch_size": ("32", "8"),
    }


# ── from the store ───────────────────────────────────────────────────────────────────────────


def test_two_runs_of_the_store_are_compared_with_their_questions(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        runs = [
            evaluate(
                ScriptedEngine([reply] * 8),
                variant,
                question_set_of(8),
                Procedure(method="generate", style="native"),
                store=store,
            ).run.id
            for variant, reply in (("vanilla", "정답은 B"), ("tuned", "정답은 A"))
        ]
        comparison = compare_runs(store, *runs)
    assert (comparison.a.run.id, comparison.b.run.id) == tuple(runs)
    assert (comparison.a.accuracy.share, comparison.b.accuracy.share) == (0.0, 1.0)
    assert comparison.verdict == "b better"


def test_a_comparison_survives_json_and_is_the_same_every_time() -> None:
    names = ["재무회계", "금융시장"] * 10
    letters = ("AAB!" * 5, "ABAA" * 5)
    first, second = (compare(question_set_of(20, category=names), *letters) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
    assert Comparison.model_validate_json(first.model_dump_json()) == first
