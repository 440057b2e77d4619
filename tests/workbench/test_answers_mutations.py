"""A model's reply with anything done to it gives an offered letter, or a reason why there is none."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.answers import extract_letter
from workbench.schema import LETTERS, Question

QUESTIONS = [
    Question(
        id="right",
        question="다음 중 소득에 대한 설명으로 옳은 것은?",
        options=("이자소득", "배당소득", "양도소득", "근로소득"),
        answer="B",
    ),
    Question(
        id="wrong",
        question="채권에 대한 설명 중 옳지 않은 것은 무엇입니까?",
        options=(
            "금리가 오르면 값이 내린다.",
            "만기가 있다.",
            "의결권이 있다.",
            "A",
            "5%",
            "15%",
            "나",
        ),
        answer="C",
    ),
]
REPLIES = [
    "### 정답: B",
    "### 답변: 배당은 이익을 나누는 것이다.\n### 정답: B. 배당소득",
    "<think>A일까? 아니다.</think>\n따라서 정답은 **(B)** 입니다.",
    "이자소득은 예금에서 나온다. 그러므로 옳은 것은 배당소득이다.",
    "정답은 A입니다. 아니, 다시 보면 정답은 C입니다.",
    "A는 틀렸고, B와 C 중에서는 C가 맞다.",
    "1. 금리가 오르면 값이 내린다.\n2. 만기가 있다.\n답: ③",
    "\\boxed{\\text{B}}",
    "The answer is (B) because dividends are income.",
    "Ｂ",
    "",
]

# ── what is done to a reply ──────────────────────────────────────────────────────────────────

FRAGMENTS = [
    *(
        "정답",
        "은 ",
        "이 아니라 ",
        "### ",
        "B",
        "①",
        "7번",
        "배당소득",
        "의결권이 있다.",
        "\n",
        "  ",
        ".",
    ),
    *("</think>", "<think>", "### 질문: ", "\\boxed{", "}", "**", "`", "$", "(", "'", "|", "\x00"),
    *("\ue001", "\u200b", "\u0301", "\u1161", "\ufeff", "\U0001f4c8", "漢字", "정답", "A" * 50),
]
TEXTS = st.sampled_from(FRAGMENTS) | st.text(max_size=4)


def unchanged(text: str) -> str:
    return text


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@st.composite
def mutated_replies(draw: st.DrawFn) -> str:
    """Two replies' beginnings and ends joined, with up to four cuts and insertions."""
    head, tail = draw(st.sampled_from(REPLIES)), draw(st.sampled_from(REPLIES))
    text = head[: draw(st.integers(0, len(head)))] + tail[draw(st.integers(0, len(tail))) :]
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.integers(0, 8))
        text = text[:start] + draw(TEXTS) + text[end:]
    return draw(st.sampled_from([unchanged, decomposed, str.upper, str.lower]))(text)


# ── what must come of it ─────────────────────────────────────────────────────────────────────


def check_extraction(text: str, question: Question, truncated: bool) -> None:
    """Exactly one of letter and reason, the letter one that was offered, the span in the text."""
    found = extract_letter(text, question, truncated)
    assert (found.letter is None) != (found.reason is None)
    assert found.letter in (None, *question.letters)
    assert (found.reason == "empty") == (not text.strip())
    assert found.reason != "truncated" or truncated
    assert (found.span is None) == (found.tier is None)
    if found.span is not None:
        start, end = found.span
        assert 0 <= start < end <= len(text)


MUTANTS = pytest.mark.parametrize("mutants", [300, pytest.param(1000, marks=pytest.mark.torture)])


@MUTANTS
def test_any_mutant_of_a_reply_gives_an_offered_letter_or_a_reason(mutants: int) -> None:
    @settings(max_examples=mutants, deadline=None, derandomize=True, database=None)
    @given(text=mutated_replies(), question=st.sampled_from(QUESTIONS), truncated=st.booleans())
    def attempt(text: str, question: Question, truncated: bool) -> None:
        check_extraction(text, question, truncated)

    attempt()


@MUTANTS
def test_a_mark_at_the_end_is_read_whatever_stands_before_it(mutants: int) -> None:
    """Unless an invented next question stands before it, to which it is then the answer."""

    @settings(max_examples=mutants, deadline=None, derandomize=True, database=None)
    @given(
        text=mutated_replies().filter(
            lambda text: "질문" not in unicodedata.normalize("NFC", text)
        ),
        question=st.sampled_from(QUESTIONS),
        letter=st.sampled_from(LETTERS[:4]),
    )
    def attempt(text: str, question: Question, letter: str) -> None:
        marked = f"{text}\n\n### 정답: {letter}\n"
        assert extract_letter(marked, question).letter == letter

    attempt()
