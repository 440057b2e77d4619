"""One run looked at from all sides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workbench.analysis import RunAnalysis, analyse_run, count_hanja
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import InputError, StoreError
from workbench.evaluate import Procedure, plan_run
from workbench.questions.rotation import rotations
from workbench.schema import Answer, Question, QuestionSet, Run
from workbench.stats import wilson_interval

OPTIONS = ("국채", "회사채", "전환사채", "후순위채", "주식")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def question_set_of(n: int, **fields: Any) -> QuestionSet:
    """n questions with four options; A is right first, then B, C, D, A, …"""
    return QuestionSet(
        name="small",
        questions=tuple(
            Question(
                id=f"q{i}",
                question=f"{i}번 질문",
                options=OPTIONS[:4],
                answer="ABCD"[i % 4],
                **{name: values[i] for name, values in fields.items()},
            )
            for i in range(n)
        ),
    )


def run_of(question_set: QuestionSet, seconds: float = 10.0) -> Run:
    spec = plan_run(
        ScriptedEngine().info, "tuned", question_set, Procedure(method="generate", style="native")
    )
    return Run(
        id=spec.id,
        spec=spec,
        status="finished",
        created=BEGAN,
        finished=BEGAN + timedelta(seconds=seconds),
    )


def answer_to(question: Question, letter: str, **fields: Any) -> Answer:
    """'+' is the right letter, '?' an unparsed answer, '!' a failed call."""
    outcome = {
        "+": {"letter": question.answer},
        "?": {"letter": None, "unparsed": "no_answer"},
        "!": {"letter": None, "failure": "broken"},
    }.get(letter, {"letter": letter})
    return Answer(
        question_id=question.id,
        question_hash=question.hash,
        right=question.answer,
        **outcome,
        **fields,
    )


def answers_to(question_set: QuestionSet, letters: Sequence[str], **fields: Any) -> list[Answer]:
    """One answer a letter; `fields` hold one value for each."""
    return [
        answer_to(question, letter, **{name: values[i] for name, values in fields.items()})
        for i, (question, letter) in enumerate(zip(question_set.questions, letters, strict=True))
    ]


def analyse(question_set: QuestionSet, letters: Sequence[str], **fields: Any) -> RunAnalysis:
    return analyse_run(
        run_of(question_set), answers_to(question_set, letters, **fields), question_set
    )


# ── accuracy ─────────────────────────────────────────────────────────────────────────────────


def test_accuracy_comes_with_interval_and_chance() -> None:
    accuracy = analyse(question_set_of(8), "++++++AB").accuracy
    assert (accuracy.n, accuracy.count, accuracy.share) == (8, 6, 0.75)
    assert accuracy.interval == wilson_interval(6, 8)
    assert accuracy.chance == 0.25
    assert accuracy.adjusted == pytest.approx(2 / 3)


def test_unparsed_answers_are_wrong_and_failed_calls_count_nowhere() -> None:
    analysis = analyse(question_set_of(4), "+?!!")
    assert (analysis.accuracy.n, analysis.accuracy.count) == (2, 1)
    assert analysis.unparsed == {"no_answer": 1}
    assert analysis.failed == 2


def test_questions_from_one_source_widen_the_interval() -> None:
    sources = [f"term{i // 4}" for i in range(24)]
    accuracy = analyse(question_set_of(24, reference_id=sources), "++++DADA" * 3).accuracy
    assert accuracy.clusters == 6
    assert accuracy.interval is not None
    assert accuracy.interval.low < wilson_interval(12, 24).low
    assert accuracy.interval.high > wilson_interval(12, 24).high


def test_a_run_whose_calls_all_failed_has_nothing_to_show() -> None:
    analysis = analyse(question_set_of(3), "!!!")
    assert analysis.accuracy.share is None
    assert analysis.accuracy.interval is None
    assert (analysis.position_bias, analysis.calibration, analysis.hanja) == (None, None, None)
    assert analysis.failed == 3


def test_accuracy_is_told_by_category_area_difficulty_and_number_of_options() -> None:
    questions = question_set_of(
        4,
        category=["재무회계", "금융시장", "재무회계", ""],
        area=["fin_ratio"] * 4,
        difficulty=["easy", "hard", "hard", None],
    )
    analysis = analyse(questions, "+A++")
    counts = {name: (each.count, each.n) for name, each in analysis.by_category.items()}
    assert counts == {"": (1, 1), "금융시장": (0, 1), "재무회계": (2, 2)}
    assert {name: each.n for name, each in analysis.by_area.items()} == {"fin_ratio": 4}
    assert {name: each.n for name, each in analysis.by_difficulty.items()} == {
        "": 1,
        "easy": 1,
        "hard": 2,
    }
    assert {k: each.chance for k, each in analysis.by_options.items()} == {4: 0.25}


def test_a_property_that_no_question_has_makes_no_groups() -> None:
    analysis = analyse(question_set_of(4), "++++")
    assert (analysis.by_category, analysis.by_area, analysis.by_difficulty) == ({}, {}, {})


def test_answers_that_ended_at_the_limit_are_counted() -> None:
    reasons = ["length", "stop", "length", "stop"]
    assert analyse(question_set_of(4), "+?+?", finish_reason=reasons).truncated == 2


# ── positions ────────────────────────────────────────────────────────────────────────────────


def test_a_model_that_always_says_a_recalls_nothing_else() -> None:
    bias = analyse(question_set_of(8), "A" * 8).position_bias
    assert bias is not None
    assert [bias.letters[letter].recall for letter in "ABCD"] == [1.0, 0.0, 0.0, 0.0]
    assert [bias.letters[letter].chosen for letter in "ABCD"] == [8, 0, 0, 0]
    assert bias.spread == pytest.approx(math.sqrt(3) / 4)
    assert bias.spread_by_chance < bias.spread


def test_a_letter_that_is_never_right_has_no_recall() -> None:
    bias = analyse(question_set_of(2), "DD").position_bias
    assert bias is not None
    assert bias.letters["D"].recall is None
    assert (bias.letters["D"].offered, bias.letters["D"].chosen) == (2, 2)
    assert bias.spread == 0.0


ROTATIONS = rotations(question_set_of(3))  # q0: A D C B, q1: B A D C, q2: C B A D


def test_circular_accuracy_wants_every_rotation_right() -> None:
    rotation = analyse(ROTATIONS, "+++++++A++++").rotation
    assert rotation is not None
    assert (rotation.circular.n, rotation.circular.count) == (3, 2)
    assert rotation.circular.chance == pytest.approx(1 / 256)


def test_consistency_is_the_same_option_under_every_letter() -> None:
    always_the_second_option = "BADC"
    rotation = analyse(ROTATIONS, always_the_second_option + "AAAA" + "++?+").rotation
    assert rotation is not None
    assert (rotation.consistent.n, rotation.consistent.count) == (3, 1)
    assert rotation.circular.count == 0


def test_answers_that_cannot_be_read_agree_with_nothing() -> None:
    rotation = analyse(ROTATIONS, "????++++++++").rotation
    assert rotation is not None
    assert rotation.consistent.count == 2


def test_an_original_with_a_failed_rotation_is_excluded() -> None:
    rotation = analyse(ROTATIONS, "+!++++++++++").rotation
    assert rotation is not None
    assert (rotation.circular.n, rotation.excluded) == (2, 1)


def test_a_set_without_rotations_has_no_rotation_result() -> None:
    assert analyse(question_set_of(4), "++++").rotation is None


# ── probabilities ────────────────────────────────────────────────────────────────────────────


def test_a_model_that_knows_what_it_knows_is_calibrated() -> None:
    sure, torn = (0.0, -50.0, -50.0, -50.0), (-1.0, -1.0, -50.0, -50.0)
    likelihoods = [sure, sure[::-1]] + [torn] * 2
    questions = QuestionSet(
        name="small",
        questions=tuple(
            question.model_copy(update={"answer": answer})
            for question, answer in zip(question_set_of(4).questions, "ADAB", strict=True)
        ),
    )
    calibration = analyse(questions, "ADAA", option_logprobs=likelihoods).calibration
    assert calibration is not None
    assert (calibration.n, calibration.brier_by_chance) == (4, 0.75)
    assert calibration.ece == pytest.approx(0.0, abs=1e-9)
    assert calibration.brier == pytest.approx((0 + 0 + 0.5 + 0.5) / 4)
    assert [(each.n, each.correct) for each in calibration.bins] == [(2, 1), (2, 2)]


def test_answers_without_likelihoods_have_no_calibration() -> None:
    assert analyse(question_set_of(4), "++++").calibration is None


# ── language and time ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("공매도는 주식을 빌려 파는 거래입니다.", 0),
        ("株式을 파는 공매도", 2),
        ("卖空是指借入股票后卖出。", 11),
        ("㐀 豈 𠀀", 3),
        ("カタカナ ひらがな", 0),
        ("", 0),
    ],
)
def test_chinese_characters_are_counted_and_nothing_else(text: str, count: int) -> None:
    assert count_hanja(text) == count


def test_chinese_in_answers_is_told_by_characters_and_by_answers() -> None:
    texts = ["정답은 A", "正답은 B.", "1, 2", None]
    hanja = analyse(question_set_of(4), "+++!", text=texts).hanja
    assert hanja is not None
    assert (hanja.characters, hanja.letters) == (1, 8)
    assert hanja.share == pytest.approx(1 / 8)
    assert (hanja.answers.count, hanja.answers.n) == (1, 3)


def test_the_rate_is_between_first_and_last_moment_unless_it_was_measured() -> None:
    questions = question_set_of(4)
    answers = answers_to(questions, "++++", completion_tokens=[10, 20, 30, 40])
    spanned = analyse_run(run_of(questions), answers, questions).throughput
    assert spanned is not None
    assert (spanned.seconds, spanned.measured) == (10.0, False)
    assert (spanned.answers_per_second, spanned.tokens_per_second) == (0.4, 10.0)
    measured = analyse_run(run_of(questions), answers, questions, seconds=2).throughput
    assert measured is not None
    assert (measured.answers_per_second, measured.measured) == (2.0, True)


def test_a_run_that_took_no_time_was_imported_and_has_no_rate() -> None:
    questions = question_set_of(4)
    run = run_of(questions, seconds=0)
    assert analyse_run(run, answers_to(questions, "++++"), questions).throughput is None


# ── what is refused ──────────────────────────────────────────────────────────────────────────


def test_an_analysis_survives_json() -> None:
    analysis = analyse(ROTATIONS, "+++++A?!++++", text=["正"] * 12)
    assert RunAnalysis.model_validate_json(analysis.model_dump_json()) == analysis


def test_an_unfinished_run_is_refused() -> None:
    questions = question_set_of(4)
    run = run_of(questions).model_copy(update={"status": "open", "finished": None})
    with pytest.raises(InputError, match=r"not finished \(2 of 4 answers\)"):
        analyse_run(run, answers_to(questions, "++++")[:2], questions)


def test_other_questions_are_refused() -> None:
    questions = question_set_of(4)
    with pytest.raises(InputError, match="give the questions that the run answered"):
        analyse_run(run_of(questions), answers_to(questions, "++++"), question_set_of(5))


# (what was changed in the first answer, what is said about it)
TAMPERED = [
    ({"question_hash": "0" * 64}, "one to 'q0', or to another wording"),
    ({"right": "B"}, "takes 'B' as right and the question 'A'"),
    ({"letter": "E"}, "is 'E', and it offers A, B, C, D"),
    ({"option_logprobs": (-1.0,)}, "1 likelihoods for 4 options"),
    ({"option_logprobs": (-1.0, -1.0, -1.0, -math.inf)}, "likelihoods without value"),
]


@pytest.mark.parametrize(("changed", "fault"), TAMPERED)
def test_an_answer_that_cannot_be_one_is_refused(changed: dict[str, Any], fault: str) -> None:
    questions = question_set_of(4)
    answers = answers_to(questions, "++++")
    answers[0] = answers[0].model_copy(update=changed)
    with pytest.raises(StoreError, match=fault):
        analyse_run(run_of(questions), answers, questions)
