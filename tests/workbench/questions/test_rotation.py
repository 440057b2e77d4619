"""Rotations: the letter follows its option, and everything else stays."""

from __future__ import annotations

import pytest

from workbench.questions import load_questions
from workbench.questions.rotation import rotated, rotation_groups, rotations
from workbench.schema import Question, QuestionSet


def question_of(name: str, options: str = "가나다라", answer: str = "C") -> Question:
    return Question(
        id=name,
        question=f"{name}의 답은?",
        options=tuple(options),
        answer=answer,
        reasoning="C가 맞다.",
        reference_id="term" if name == "shared" else "",
        category="재무회계",
    )


ORIGINALS = QuestionSet(
    name="small", questions=(question_of("shared"), question_of("alone", "가나다라마", "A"))
)
TURNED = rotations(ORIGINALS)


# (turn, options, letter of '다')
TURNS = [(0, "가나다라", "C"), (1, "나다라가", "B"), (2, "다라가나", "A"), (3, "라가나다", "D")]


@pytest.mark.parametrize(("turn", "options", "answer"), TURNS)
def test_the_letter_follows_its_option(turn: int, options: str, answer: str) -> None:
    turned = rotated(question_of("q"), turn)
    assert (turned.options, turned.answer) == (tuple(options), answer)
    assert turned.right_option == "다"
    assert turned.id == f"q@r{turn}"


def test_every_question_is_turned_through_all_its_options() -> None:
    assert TURNED.name == "small-rotations"
    ids = [question.id for question in TURNED.questions]
    assert ids == [f"shared@r{n}" for n in range(4)] + [f"alone@r{n}" for n in range(5)]
    assert {question.category for question in TURNED.questions} == {"재무회계"}


def test_each_option_is_right_under_each_letter_once() -> None:
    assert "".join(sorted(question.answer for question in TURNED.questions)) == "AABBCCDDE"


def test_rotations_are_other_questions_in_the_originals_cluster() -> None:
    assert len({question.hash for question in TURNED.questions}) == 9
    assert TURNED.questions[0].hash == ORIGINALS.questions[0].hash
    clusters = [question.cluster for question in TURNED.questions]
    assert clusters == ["term"] * 4 + [ORIGINALS.questions[1].hash] * 5


def test_a_reasoning_about_letters_stays_with_the_original_order() -> None:
    assert [bool(question.reasoning) for question in TURNED.questions[:4]] == [True] + [False] * 3


def test_rotations_are_found_by_original_in_any_order() -> None:
    assert rotation_groups(TURNED.questions) == ((0, 1, 2, 3), (4, 5, 6, 7, 8))
    assert rotation_groups(TURNED.questions[::-1]) == ((4, 3, 2, 1, 0), (8, 7, 6, 5))


def test_an_original_that_misses_a_rotation_is_left_out() -> None:
    assert rotation_groups(TURNED.head(6).questions) == ((0, 1, 2, 3),)
    assert rotation_groups(TURNED.questions[1:4]) == ()


def test_ids_alone_make_no_rotation() -> None:
    lookalikes = [question_of("q@r0", "가나"[:2], "A"), question_of("q@r1", "가나", "A")]
    assert rotation_groups(lookalikes) == ()
    assert rotation_groups(ORIGINALS.questions) == ()


def test_the_bundled_set_is_turned_and_found_again() -> None:
    originals = load_questions("demo-heldout").head(50)
    groups = rotation_groups(rotations(originals).questions)
    assert [len(group) for group in groups] == [len(q.options) for q in originals.questions]
