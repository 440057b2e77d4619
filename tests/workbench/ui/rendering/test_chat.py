"""A conversation as messages."""

from __future__ import annotations

import pytest

from workbench.schema import Sampling, Variant
from workbench.ui.conversation import Conversation, Measures, Progress, Settings, Turn
from workbench.ui.rendering.chat import (
    answer_footer,
    answer_heading,
    answer_text,
    side_choices,
    sides_messages,
)
from workbench.ui.texts import load_texts

KOREAN, ENGLISH = load_texts("ko"), load_texts("en")
MEASURES = Measures(tokens=100, first_token_seconds=0.214, seconds=8.2)


def turn(
    answer: str = "",
    variant: Variant = "tuned",
    progress: Progress = "done",
    measures: Measures | None = MEASURES,
) -> Turn:
    return Turn(
        question="공매도란?",
        variant=variant,
        settings=Settings(style="chat", system="", sampling=Sampling()),
        answer=answer,
        progress=progress,
        measures=measures,
    )


def test_the_measures_of_an_answer_stand_under_it() -> None:
    assert answer_footer(turn("株式"), KOREAN) == "12.4 토큰/초 · 첫 토큰 0.21초 · 한자 2자"
    assert (
        answer_footer(turn("株式"), ENGLISH)
        == "12.4 tokens/s · first token 0.21 s · 2 Chinese characters"
    )


@pytest.mark.parametrize(("progress", "mark"), [("stopped", "■"), ("cut", "✂")])
def test_an_answer_that_did_not_end_by_itself_says_so(progress: Progress, mark: str) -> None:
    assert answer_footer(turn("답", progress=progress), KOREAN).startswith(mark)


def test_what_was_not_measured_is_a_dash() -> None:
    empty = Measures(tokens=0, first_token_seconds=0.0, seconds=0.1)
    assert answer_footer(turn(measures=empty), KOREAN) == "– 토큰/초 · 첫 토큰 – · 한자 0자"


@pytest.mark.parametrize(
    ("variant", "heading"), [("tuned", "**◆ 튜닝** · 채팅형"), ("vanilla", "*◇ 바닐라* · 채팅형")]
)
def test_an_answer_names_its_variant_by_mark_and_word(variant: Variant, heading: str) -> None:
    assert answer_heading(turn(variant=variant), "", False, KOREAN) == heading


def test_of_two_sides_each_has_a_letter_and_a_name_unless_it_is_hidden() -> None:
    assert answer_heading(turn(), "A", False, KOREAN) == "A · **◆ 튜닝** · 채팅형"
    assert answer_heading(turn(), "A", True, KOREAN) == "A · 채팅형"


def test_a_hidden_side_is_called_by_its_letter_alone() -> None:
    named = Conversation(sides=((turn(),), (turn(variant="vanilla"),)))
    assert side_choices(named, KOREAN) == [("A · ◆ 튜닝", 0), ("B · ◇ 바닐라", 1)]
    hidden = named.model_copy(update={"hidden": True})
    assert side_choices(hidden, KOREAN) == [("A", 0), ("B", 1)]
    messages = str(sides_messages(hidden, KOREAN))
    assert "튜닝" not in messages
    assert "바닐라" not in messages


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        ("asked", "차례를 기다리고 있습니다…"),
        ("waiting", "모델을 불러오는 중입니다. 준비되는 대로 답합니다. (0초)"),
        ("reading", "질문을 읽고 있습니다…"),
        ("done", "(빈 답변)"),
    ],
)
def test_an_answer_without_text_says_what_is_happening(progress: Progress, text: str) -> None:
    assert answer_text(turn(progress=progress, measures=None), KOREAN) == text


def test_an_answer_is_shown_in_parts_that_cannot_break_each_other() -> None:
    hostile = "```\n열린 코드"
    ((question, answer),) = sides_messages(Conversation(sides=((turn(hostile),),)), KOREAN)
    assert (question["role"], answer["role"]) == ("user", "assistant")
    assert [part["text"] for part in question["content"]] == ["공매도란?"]
    assert answer["content"][1] == {"type": "text", "text": hostile}
    assert len(answer["content"]) == 3
