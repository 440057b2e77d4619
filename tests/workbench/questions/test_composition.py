"""Counts of questions as documents give them, and how they get into a document."""

from __future__ import annotations

import pytest

from workbench.questions.composition import (
    choice_counts,
    composition_table,
    coverage_table,
    letter_spread,
    open_counts,
    solver_table,
    with_number,
    with_table,
)
from workbench.questions.review import Check, Solve
from workbench.schema import OpenQuestion, Question

LONG = Question(
    id="1",
    question="자산에 관한 설명으로 옳지 않은 것은? (단위: 원)",
    options=("자산이다", "부채", "자본", "수익"),
    answer="A",
    category="재무회계",
    area="금융 개념",
    difficulty="easy",
)
SHORT = Question(
    id="2",
    question="얼마인가?",
    options=("1원", "22원", "33원", "44원", "5원"),
    answer="E",
    category="금융시장",
    area="금융 개념",
    difficulty="hard",
)
PROSE = OpenQuestion(id="3", question="?", answer="답", points=("가", "나"), category="재무회계")


def solve(question: Question, solver: str, answer: str, confidence: str = "sure") -> Solve:
    return Solve(
        id=question.id,
        hash=question.hash,
        solver=solver,
        answer=answer,
        confidence=confidence,
        note="" if confidence == "sure" else "두 가지로 읽힌다.",
    )


@pytest.mark.parametrize(
    ("row", "count"),
    [
        ("questions", "2"),
        ("재무회계 (financial accounting)", "1"),
        ("· 금융 개념 (corporate finance)", "1"),
        ("· 금융 개념 (concepts)", "1"),
        ("· 시장 동향 (reading markets)", "0"),
        ("easy (one step or concept)", "1"),
        ("4 options", "1"),
        ("6 options", "0"),
        ("asks for what is not right", "1"),
        ("E is right", "1"),
        ("score of a uniform guess", "22.5%"),  # (1/4 + 1/5) / 2
        ("score of taking the longest option", "50.0%"),
        ("score of taking the shortest option", "25.0%"),  # a tie of two shares the point
    ],
)
def test_questions_are_counted_as_by_hand(row: str, count: str) -> None:
    assert choice_counts([LONG, SHORT])[row] == count


def test_letters_are_held_against_letters_of_questions_of_the_same_size() -> None:
    twice = [LONG, LONG, LONG.model_copy(update={"answer": "B"})]
    assert letter_spread([*twice, SHORT]) == 2  # A twice and C never, of four options


def test_open_questions_are_counted_by_their_points() -> None:
    counts = open_counts([PROSE])
    assert (counts["questions"], counts["with 2 points"]) == ("1", "1")
    assert "easy (one step or concept)" not in counts


def test_a_row_that_does_not_apply_to_a_set_has_a_dash() -> None:
    table = composition_table({"a": {"questions": "2", "easy": "1"}, "b": {"questions": "3"}})
    assert table.splitlines() == [
        "| | a | b |",
        "|---|---|---|",
        "| questions | 2 | 3 |",
        "| easy | 1 | – |",
    ]


def test_a_solve_counts_for_the_wording_that_was_solved() -> None:
    stale = solve(LONG, "one", "A").model_copy(update={"hash": "of an earlier wording"})
    solves = [stale, solve(SHORT, "one", "E"), solve(SHORT, "two", "A")]
    check = Check(id="2", expression="2 + 3", value=5, right_option="5원")
    rows = coverage_table([LONG, SHORT], solves, [check, check]).splitlines()
    assert rows[2:4] == [
        "| 재무회계 | 1 | 0 | 0 | 1 | 0 | 0 |",
        "| 금융시장 | 1 | 0 | 1 | 2 | 1 | 1 |",
    ]
    assert rows[-1] == "| all | 2 | 0 | 1 | 3 | 1 | 1 |"


def test_solvers_are_counted_apart() -> None:
    solves = [solve(LONG, "b", "A"), solve(LONG, "a", "B"), solve(SHORT, "a", "E", "likely")]
    assert solver_table([LONG, SHORT], solves).splitlines()[2:] == [
        "| a | 2 | 1 | 1 | 1 |",
        "| b | 1 | 1 | 1 | 0 |",
    ]


def test_a_table_takes_the_place_of_the_one_with_the_same_head() -> None:
    text = "앞\n\n| a |\n|---|\n| 1 |\n| 2 |\n\n| b |\n|---|\n\n뒤\n"
    assert with_table(text, "| a |\n|---|\n| 3 |") == (
        "앞\n\n| a |\n|---|\n| 3 |\n\n| b |\n|---|\n\n뒤\n"
    )


@pytest.mark.parametrize(
    ("text", "words", "changed"),
    [
        ("모두 60문항입니다", "모두 {}문항", "모두 7.5문항입니다"),
        ("they show a\ndifference of 18.3 points.", "difference of {} points", None),
        ("160문항으로는 18.3%p", "{}문항으로는", "7.5문항으로는 18.3%p"),
        ("1,160 questions", "{} questions", "7.5 questions"),
    ],
)
def test_a_number_is_found_by_the_words_around_it(
    text: str, words: str, changed: str | None
) -> None:
    expected = changed or text.replace("18.3", "7.5")
    assert with_number(text, words, "7.5") == expected


@pytest.mark.parametrize("text", ["", "questions", "60 questions and 70 questions"])
def test_words_that_do_not_stand_there_once_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected once"):
        with_number(text, "{} questions", "280")
