"""The card as HTML: what is shown when, and that a stranger's words stay words."""

from __future__ import annotations

from typing import get_args

import pytest

from workbench.answers.cascade import Tier
from workbench.errors import CardError
from workbench.option_probabilities import OptionScores, RotationScores
from workbench.questions.card import Card, write_card
from workbench.schema import Question, UnparsedReason
from workbench.ui.rendering.exam import (
    card_fault,
    missing,
    rotations,
    several,
    sheet,
    solutions,
    status,
    upload_fault,
)
from workbench.ui.sitting import Sitting, Solution
from workbench.ui.texts import LANGUAGES, load_texts

KO = load_texts("ko")
QUESTION = Question(
    id="krx-1",
    question="옳은 것은?",
    options=("가나", "다라", "마바"),
    answer="B",
    reasoning="다라다.",
)
CARD = Card(question=QUESTION)
SCORES = (
    OptionScores(variant="tuned", style="native", shares=(0.2, 0.7, 0.1)),
    OptionScores(variant="vanilla", style="native", shares=(0.5, 0.25, 0.25)),
)
SITTING = Sitting(card=CARD, set_name="krx", place=(3, 60), scores=SCORES)
REVEALED = SITTING.model_copy(update={"revealed": True})
HOSTILE = "<img src=x onerror=alert(1)>'\"&"


def solved(text: str, state="done", **update) -> Sitting:
    solution = Solution(variant="tuned", style="native", text=text, state=state)
    return Sitting(card=CARD, solutions=(solution,)).model_copy(update=update)


def test_an_empty_card_says_what_to_do_first() -> None:
    assert "첫 문제 보기" in sheet(Sitting(), KO)
    assert 'data-address="tab=exam"' in sheet(Sitting(), KO)


def test_a_card_of_a_set_has_its_place_and_an_address() -> None:
    html = sheet(SITTING, KO)
    assert "3 / 60" in html
    assert 'data-address="tab=exam&amp;question=krx-1"' in html


@pytest.mark.parametrize("card", [write_card("값은?", ("하나", "둘"), "A"), CARD])
def test_a_card_of_no_set_has_no_address(card: Card) -> None:
    assert 'data-address="tab=exam"' in sheet(Sitting(card=card), KO)


def test_each_option_has_a_bar_and_a_share_for_each_side() -> None:
    html = sheet(SITTING, KO)
    assert html.count('class="odds tuned') == html.count('class="odds vanilla') == 3
    assert html.count("chosen") == 2
    assert 'aria-label="◆ 튜닝 70.0%"' in html
    assert "width:50.0%" in html


def test_right_and_wrong_are_not_told_before_the_answer_is_shown() -> None:
    hidden, shown = sheet(SITTING, KO), sheet(REVEALED, KO)
    assert "✓" not in hidden
    assert "다라다." not in hidden
    assert 'class="verdict right"' in shown
    assert 'class="verdict wrong"' in shown
    assert "다라다." in shown


def test_an_unknown_answer_judges_nobody() -> None:
    unknown = REVEALED.model_copy(update={"card": Card(question=QUESTION, answer_known=False)})
    html = sheet(unknown, KO)
    assert "정답을 모르는 문제" in html
    assert "verdict" not in html
    assert "option right" not in html


def test_what_is_under_way_is_said_in_one_line() -> None:
    waiting = SITTING.beginning("score", "own")
    assert "차례를 기다리고" in status(waiting, KO)
    assert "3초" in status(waiting.model_copy(update={"loading": 3.2}), KO)
    running = waiting.model_copy(update={"begun": True, "steps": 4, "scores": SCORES})
    assert "2/4" in status(running, KO)
    assert status(SITTING, KO) == ""


def test_rotations_say_what_the_choice_follows() -> None:
    turned = (
        RotationScores(variant="tuned", style="native", letters=("B", "A", "C")),
        RotationScores(variant="vanilla", style="native", letters=("A", "A", "A")),
    )
    html = rotations(SITTING.model_copy(update={"rotations": turned}), KO)
    assert "<b>3/3</b><span>내용을 따라갑니다</span>" in html
    assert "<b>1/3</b><span>글자를 따라갑니다 (A 자리 3/3)</span>" in html
    assert rotations(SITTING, KO) == ""


def test_the_letter_that_was_read_is_marked_where_it_stands() -> None:
    html = solutions(solved("다라가 맞다. 정답은 B 입니다."), KO)
    assert "정답은 <mark>B</mark> 입니다." in html
    assert "읽은 답 B" in html
    assert "verdict" not in html
    assert 'class="verdict right"' in solutions(solved("정답은 B 입니다.", revealed=True), KO)


@pytest.mark.parametrize(
    ("text", "state", "why"),
    [
        ("", "done", "아무것도 쓰지 않았습니다"),
        ("모르겠습니다.", "done", "어느 선택지도"),
        ("정답은 A와 B입니다.", "done", "답이 여럿입니다"),
        ("정답은 E입니다.", "done", "없는 선택지"),
        ("길게 쓰다가", "cut", "끊겼습니다"),
    ],
)
def test_a_solution_without_an_answer_says_why(text, state, why) -> None:
    html = solutions(solved(text, state), KO)
    assert "답을 읽지 못함" in html
    assert why in html


def test_a_solution_is_not_judged_while_it_grows() -> None:
    html = solutions(solved("정답은 B", "streaming"), KO)
    assert "<mark>" not in html
    assert "쓰는 중" in html


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_tier_reason_and_fault_has_its_words(language) -> None:
    words = load_texts(language).words
    assert {f"found_by.{tier}" for tier in get_args(Tier)} <= words.keys()
    assert {f"unparsed.{reason}" for reason in get_args(UnparsedReason)} <= words.keys()
    assert {f"card_fault.{fault}" for fault in CardError.MESSAGES} <= words.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_is_filled_in(language) -> None:
    values = {"found": 1, "least": 2, "most": 10, "limit": 9, "first": "A", "second": "B"}
    values |= {"text": "가", "answer": "F", "last": "D"}
    for fault in CardError.MESSAGES:
        html = card_fault(CardError(fault, **values), load_texts(language))
        assert "{" not in html


def test_a_strangers_words_stay_words() -> None:
    question = Question(
        id=HOSTILE,
        question=HOSTILE,
        options=(HOSTILE, "둘"),
        answer="A",
        category=HOSTILE,
        reasoning=HOSTILE,
        reference=HOSTILE,
    )
    hostile = Sitting(card=Card(question=question), set_name=HOSTILE, revealed=True, scores=())
    solution = Solution(
        variant="tuned", style="chat", text=f"정답은 A입니다. {HOSTILE}", state="done"
    )
    fault = CardError("answer_unclear", answer=HOSTILE)
    for html in (
        sheet(hostile, KO),
        solutions(hostile.model_copy(update={"solutions": (solution,)}), KO),
        missing(HOSTILE, KO),
        card_fault(fault, KO),
        upload_fault(HOSTILE, KO),
        several(3, KO),
    ):
        assert "<img" not in html
        assert "'\"" not in html
