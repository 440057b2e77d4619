"""A question as it lies on the exam card, and what correcting it by hand makes of it."""

from __future__ import annotations

import pytest

from workbench.errors import CardError
from workbench.questions.card import MAX_CHARACTERS, Card, corrected, lines, write_card
from workbench.schema import Question

QUESTION = Question(
    id="set-1",
    question="옳은 것은?",
    options=("자산\n(유동)", "부채"),
    answer="B",
    category="회계",
    reference="자료",
)
CARD = Card(question=QUESTION)


def test_a_card_knows_its_answer_or_says_that_it_does_not() -> None:
    assert CARD.answer == "B"
    assert Card(question=QUESTION, answer_known=False).answer is None
    assert write_card("?!가", ("자산", "부채"), None).answer is None


def test_a_card_that_nobody_changed_stays_the_question_of_its_set() -> None:
    same = corrected(CARD, "옳은 것은?", lines(CARD), "B")
    assert same is CARD
    assert same.in_a_set


@pytest.mark.parametrize(
    ("stem", "options", "answer"),
    [
        ("틀린 것은?", "자산 (유동)\n부채", "B"),
        ("옳은 것은?", "자산\n부채", "B"),
        ("옳은 것은?", "자산 (유동)\n부채", "A"),
        ("옳은 것은?", "자산 (유동)\n부채", None),
    ],
)
def test_a_changed_card_is_a_question_of_ones_own(stem: str, options: str, answer: str) -> None:
    changed = corrected(CARD, stem, options, answer)
    assert not changed.in_a_set
    assert changed.question.question == stem
    assert changed.answer == answer
    assert changed.question.reference == "자료"


def test_options_are_one_on_each_line_and_may_carry_letters() -> None:
    assert corrected(None, "값은?", "A. 하나\n\nB) 둘", "").question.options == ("하나", "둘")
    assert corrected(None, "값은?", "A. I. 기업\n둘", "").question.options == ("A. I. 기업", "둘")


@pytest.mark.parametrize(
    ("stem", "options", "answer", "fault"),
    [
        ("", "", None, "empty"),
        ("값은?", " \n ", None, "no_options"),
        ("값은?", "하나", None, "too_few"),
        ("값은?", "\n".join(map(str, range(11))), None, "too_many"),
        (" ?", "하나\n둘", None, "no_stem"),
        ("값은?", "하나\n하나 ", None, "same_options"),
        ("값은?", "하나\n둘", "C", "answer_not_offered"),
        ("가" * MAX_CHARACTERS, "하나\n둘", None, "too_long"),
    ],
)
def test_a_card_that_cannot_be_asked_says_why(stem, options, answer, fault) -> None:
    with pytest.raises(CardError) as refusal:
        corrected(CARD, stem, options, answer)
    assert refusal.value.fault == fault
