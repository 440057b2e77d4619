"""What of a reply stands before its answer."""

from __future__ import annotations

import pytest

from workbench.answers import reasoning_before_answer
from workbench.schema import Question

QUESTION = Question(
    id="q", question="채권의 이자를 부르는 말은?", options=("쿠폰", "배당", "할인"), answer="A"
)
WHY = "쿠폰은 채권의 이자이다."

REPLIES = [
    # the mark, in the shapes that the reader of answers knows
    (f" {WHY}### 정답: A", WHY),
    (f"{WHY}\n### 정답: A\n", WHY),
    (f"{WHY}\n**### 최종 정답:** A", WHY),
    (f"{WHY}\n＃＃＃ 정답： Ａ", WHY),
    (f"{WHY}### 정답: 쿠폰", WHY),
    (f"{WHY}### 정답: A, B", WHY),
    # the last mark that has an answer is the final one
    (f"### 정답: B\n다시 보면 {WHY}\n### 정답: A", f"### 정답: B\n다시 보면 {WHY}"),
    # a concluding sentence belongs to the reasoning
    (f"{WHY} 따라서 정답은 A 입니다.### 정답: A", f"{WHY} 따라서 정답은 A 입니다."),
    (f"{WHY} 따라서 정답은 A 입니다.", f"{WHY} 따라서 정답은 A 입니다."),
    # an answer alone has none
    (" A", ""),
    ("### 정답: A", ""),
    ("", ""),
    (" \n", ""),
    # a line with nothing but the answer
    (f"{WHY}\n\nA", WHY),
    # no answer, or a mark that the token limit cut off
    (WHY, WHY),
    (f"{WHY}### 정답:", WHY),
    (f"{WHY}\n### 정답", WHY),
    # what is not the answer to our question
    (f"<think>음, B인가?</think>{WHY}### 정답: A", WHY),
    (f"{WHY}### 정답: A\n\n### 질문: 다음은?\n### 정답: C", WHY),
]


@pytest.mark.parametrize(("reply", "reasoning"), REPLIES)
def test_a_reasoning_ends_before_its_answer(reply: str, reasoning: str) -> None:
    assert reasoning_before_answer(reply, QUESTION) == reasoning
