"""Reading the chosen letter out of free text: tables of replies, and what holds for any text."""

from __future__ import annotations

import doctest
import gc
import time
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import answers
from workbench.answers import Extraction, extract_from_options, extract_letter
from workbench.prompts import chat_mcqa_completion, mcqa_completion
from workbench.schema import LETTERS, Question

OPTIONS = ("이자소득", "배당소득", "양도소득", "근로소득", "연금소득", "사업소득", "기타소득")
ASKS_RIGHT = "다음 중 소득에 대한 설명으로 옳은 것은?"
ASKS_WRONG = "다음 중 소득에 대한 설명으로 옳지 않은 것은 무엇입니까?"


def outcome(extraction: Extraction) -> str:
    """The letter, or the reason why there is none."""
    return extraction.letter or str(extraction.reason)


def read(text: str, count: int = 4, stem: str = "") -> str:
    return outcome(extract_from_options(text, OPTIONS[:count], stem=stem))


def question(*options: str, stem: str = "무엇인가?", answer: str = "A") -> Question:
    return Question(id="q", question=stem, options=options, answer=answer, reasoning="풀이다.")


# ── tables: reply, number of options, letter or reason ───────────────────────────────────────

MARKS = [
    ("### 정답: B", 4, "B"),
    ("###정답 : B", 4, "B"),
    ("### 정답： B", 4, "B"),
    ("### 정답:B", 4, "B"),
    ("### 정답:\n\nB", 4, "B"),
    ("### **정답:** B", 4, "B"),
    ("### 정답: **B**", 4, "B"),
    ("### 정답: (B)", 4, "B"),
    ("### 정답: b", 4, "B"),
    ("### 정답: Ｂ", 4, "B"),
    ("### 정답: B. 배당소득", 4, "B"),
    ("### 정답: B 배당소득", 4, "B"),
    ("### 정답: 배당소득", 4, "B"),
    ("### 정답: 2번", 4, "B"),
    ("### 정답: ②", 4, "B"),
    ("### 정답: B입니다.", 4, "B"),
    ("### 정답: 선택지 B", 4, "B"),
    ("### 최종 정답: G", 7, "G"),
    ("## 정답\n\nB", 4, "B"),
    ("### Answer: B", 4, "B"),
    ("### 정답: B 왜냐하면 주식에서 나오는 소득은 이자가 아니기 때문이다.", 4, "B"),
    ("주식의 소득은 배당이다.### 정답: B", 4, "B"),
    ("### 정답: A\n다시 보니 틀렸다.\n### 정답: C", 4, "C"),
    ("### 정답: A\n풀이를 마친다.\n### 정답:", 4, "A"),
    ("따라서 정답은 A 입니다.### 정답: C", 4, "C"),
    ("### 정답: A가 아니라 C", 4, "C"),
    ("### 정답: A, C", 4, "several_answers"),
    ("### 정답: A와 C", 4, "several_answers"),
    ("### 정답: F", 4, "letter_not_offered"),
    ("### 정답: F", 7, "F"),
    ("### 정답:", 4, "no_answer"),
    ("### 정답: 알 수 없음", 4, "no_answer"),
    ("### 정답:\n1. 먼저 소득의 원천을 본다.\n2. 그다음 과세 여부를 본다.", 4, "no_answer"),
]

CONCLUSIONS = [
    ("정답은 B입니다.", 4, "B"),
    ("정답은B입니다", 4, "B"),
    ("정답은 **B**입니다.", 4, "B"),
    ("정답은 `B` 입니다.", 4, "B"),
    ("정답은 (B)이다.", 4, "B"),
    ("정답은 ‘B’입니다.", 4, "B"),
    ("정답은 “B”입니다.", 4, "B"),
    ("정답은 「B」이다.", 4, "B"),
    ("정답은 b입니다.", 4, "B"),
    ("정답은 Ｂ입니다.", 4, "B"),
    ("정답은 B번입니다.", 4, "B"),
    ("정답은 ②번입니다.", 4, "B"),
    ("정답은 2입니다.", 4, "B"),
    ("정답은 (나)입니다.", 4, "B"),
    ("정답은 B. 배당소득입니다.", 4, "B"),
    ("정답은 B) 배당소득", 4, "B"),
    ("정답은 B(배당소득)입니다.", 4, "B"),
    ("정답은 배당소득(B)입니다.", 4, "B"),
    ("정답은 '배당소득'입니다. 이자소득은 예금에서 나옵니다.", 4, "B"),
    ("정답은 바로 B야.", 4, "B"),
    ("정답은 B로 판단됩니다.", 4, "B"),
    ("정답은 B라고 할 수 있습니다.", 4, "B"),
    ("정답은 B일 수밖에 없습니다.", 4, "B"),
    ("정답은 B이고, 나머지는 모두 틀립니다.", 4, "B"),
    ("정답은 B인데, 이유는 다음과 같다.", 4, "B"),
    ("정답은 B, C는 오답입니다.", 4, "B"),
    ("정답은 위에서 살펴본 바와 같이 B입니다.", 4, "B"),
    ("정답은 주식에서 나오는 배당소득이다.", 4, "B"),
    ("정답은 다음과 같습니다:\n\n**B. 배당소득**", 4, "B"),
    ("정답을 고르면 B입니다.", 4, "B"),
    ("정답으로 가장 적절한 것은 B입니다.", 4, "B"),
    ("**정답: B**", 4, "B"),
    ("**정답**: B", 4, "B"),
    ("정답: b", 4, "B"),
    ("정답: B, 왜냐하면 주식에서 나오기 때문입니다.", 4, "B"),
    ("정답: B (C는 오답)", 4, "B"),
    ("정답 B", 4, "B"),
    ("정답(B)", 4, "B"),
    ("[정답] B", 4, "B"),
    ("【정답】 ②", 4, "B"),
    ("정답 → B", 4, "B"),
    ("| 정답 | B |", 4, "B"),
    ("답: 나", 4, "B"),
    ("최종 답안: B", 4, "B"),
    ("답변: B", 4, "B"),
    ("B가 정답입니다.", 4, "B"),
    ("b가 정답입니다.", 4, "B"),
    ("(B)가 정답이다.", 4, "B"),
    ("2번이 정답입니다.", 4, "B"),
    ("배당소득이 정답입니다.", 4, "B"),
    ("B. 배당소득이 정답입니다.", 4, "B"),
    ("B의 설명이 가장 적절한 답입니다.", 4, "B"),
    ("B가 정답임에 틀림없다.", 4, "B"),
    ("B가 정답이며 A는 정답이 아닙니다.", 4, "B"),
    ("A와 달리 C가 정답입니다.", 4, "C"),
    ("The answer is B.", 4, "B"),
    ("The correct answer is **(B)**.", 4, "B"),
    ("The answer is A because interest is paid on deposits.", 4, "A"),
    ("Therefore, B is the correct answer.", 4, "B"),
    ("Answer: B", 4, "B"),
    ("<answer>B</answer>", 4, "B"),
    (r"\boxed{B}", 4, "B"),
    (r"$$\boxed{\text{B}}$$", 4, "B"),
    (r"따라서 답은 \(\boxed{B}\) 이다.", 4, "B"),
    (r"\boxed{2}", 4, "B"),
    ("答案是B。", 4, "B"),
    ("정답은\u200b\u00a0B입니다", 4, "B"),
    ("정답은... B입니다!", 4, "B"),
    ("정답은 B 옵션입니다.", 4, "B"),
    ("정답은 2번, 배당소득입니다.", 4, "B"),
    ("결론적으로, B 옵션이 정답입니다.", 4, "B"),
    ("제가 고른 답은 B예요.", 4, "B"),
    ("답은 ‘B’라고 생각합니다.", 4, "B"),
    ("ㄱ은 옳고 ㄴ은 틀리므로 정답 ③", 4, "C"),
    ("The answer should be (B).", 4, "B"),
    ('```json\n{"answer": "B"}\n```', 4, "B"),
    ('{"정답": "B"}', 4, "B"),
    ("✅ 정답: B", 4, "B"),
]

NEGATED = [
    ("정답은 B가 아닙니다.", 4, "no_answer"),
    ("정답은 B라고 볼 수 없습니다.", 4, "no_answer"),
    ("정답은 B일 수 없다.", 4, "no_answer"),
    ("정답은 B일까요?", 4, "no_answer"),
    ("B가 정답이 될 수 없다.", 4, "no_answer"),
    ("B가 정답이라면 세금이 없어야 한다.", 4, "no_answer"),
    ("B를 정답으로 착각하기 쉽다.", 4, "no_answer"),
    ("B를 정답으로 선택하면 안 된다.", 4, "no_answer"),
    ("정답이 아닌 것은 B입니다.", 4, "no_answer"),
    ("오답은 A입니다.", 4, "no_answer"),
    ("A는 틀렸다.", 4, "no_answer"),
    ("The answer is not B.", 4, "no_answer"),
    ("배당소득이 아니다.", 4, "no_answer"),
    ("배당소득은 오답이다.", 4, "no_answer"),
    ("A가 아니라 C", 4, "C"),
    ("A가 아니라 C입니다.", 4, "C"),
    ("정답은 A가 아니라 C입니다.", 4, "C"),
    ("정답은 A도 B도 아닌 C입니다.", 4, "C"),
    ("정답은 B라고 생각하기 쉽지만 C입니다.", 4, "C"),
    ("B가 정답처럼 보이지만 정답은 C이다.", 4, "C"),
    ("A가 정답이 아니라 C가 정답이다.", 4, "C"),
    ("A는 오답이고 정답은 B", 4, "B"),
    ("처음에는 정답이 A라고 생각했지만, 정답은 B입니다.", 4, "B"),
    ("A가 정답일 수도 있으나 따져 보면 정답은 B.", 4, "B"),
    ("답을 A라고 하면 모순이다.", 4, "no_answer"),
    ("정답: A?", 4, "no_answer"),
    ("정답: A는 틀리고 B가 맞다.", 4, "B"),
    ("이자소득이 아니라 배당소득입니다.", 4, "B"),
    ("이자소득은 아닙니다. 배당소득입니다.", 4, "B"),
]

CONTRADICTIONS = [
    ("정답은 A입니다. 아니, 다시 보면 정답은 C입니다.", 4, "C"),
    ("정답: A\n\n해설을 쓰다 보니 따라서 정답은 C 입니다.", 4, "C"),
    ("정답은 A입니다.\n\n다시 계산해 보겠습니다. 세금이 없습니다.\n\n정답은 B입니다.", 4, "B"),
    ("정답은 A 또는 C로 좁혀진다. 따라서 최종 정답은 C이다.", 4, "C"),
    ("정답은 A와 B 중 B입니다.", 4, "B"),
    ("정답은 B입니다.\n\n정답: B", 4, "B"),
    ("정답은 A입니다. 정답은 C입니다.", 4, "several_answers"),
    ("따라서 정답은 B이다. (정답: C)", 4, "several_answers"),
    ("정답은 A, C", 4, "several_answers"),
    ("정답은 A와 C입니다.", 4, "several_answers"),
    ("정답은 A 또는 C입니다.", 4, "several_answers"),
    ("정답: A/C", 4, "several_answers"),
    ("정답: A 아니면 B", 4, "several_answers"),
    ("A와 C가 정답입니다.", 4, "several_answers"),
    ("A와 C", 4, "several_answers"),
    ("A, C", 4, "several_answers"),
    ("①, ③", 4, "several_answers"),
    ("A\n\nC", 4, "several_answers"),
    ("정답은 A와 B 중 하나입니다.", 4, "no_answer"),
]

BARE = [
    ("B", 4, "B"),
    (" B", 4, "B"),
    ("B.", 4, "B"),
    ("(B)", 4, "B"),
    ("[B]", 4, "B"),
    ("**B**", 4, "B"),
    ("$B$", 4, "B"),
    ("Ｂ", 4, "B"),
    ("b", 4, "B"),
    ("- B", 4, "B"),
    ("B입니다.", 4, "B"),
    ("B번", 4, "B"),
    ("B. 배당소득", 4, "B"),
    ("B) 배당소득", 4, "B"),
    ("(B) 배당소득", 4, "B"),
    ("B 배당소득", 4, "B"),
    ("B. 주식에서 나오는 소득이기 때문이다.", 4, "B"),
    ("②", 4, "B"),
    ("⑦", 7, "G"),
    ("2번", 4, "B"),
    ("2", 4, "B"),
    ("(2)", 4, "B"),
    ("2. 배당소득", 4, "B"),
    ("(나)", 4, "B"),
    ("나.", 4, "B"),
    ("나) 배당소득", 4, "B"),
    ("B\n\n해설: 주식을 가진 사람이 받는다.", 4, "B"),
    ("주식을 가진 사람이 받는다.\n\nB", 4, "B"),
    ("B. 배당소득\n\n해설\n- A. 이자소득: 예금에서 나온다.", 4, "B"),
    ("B\n\n### 질문: 다음 중 부채는?\n### 정답: C", 4, "B"),
    ("A. 이자소득\nB. 배당소득\nC. 양도소득\nD. 근로소득", 4, "no_answer"),
    ("A. 예금에서 나온다.\nB. 주식에서 나온다.", 4, "no_answer"),
]

NOTHING = [
    ("", 4, "empty"),
    (" \n\t\u3000 ", 4, "empty"),
    ("알 수 없습니다.", 4, "no_answer"),
    ("정답은 없습니다.", 4, "no_answer"),
    ("ETF", 4, "no_answer"),
    ("정답은 ETF입니다.", 4, "no_answer"),
    ("A사", 4, "no_answer"),
    ("정답은 A사입니다.", 4, "no_answer"),
    ("A사와 B사 중에서는 A사의 부채가 더 많다.", 4, "no_answer"),
    ("기업 A는 기업 B보다 빚이 많다.", 4, "no_answer"),
    ("BBB 등급", 4, "no_answer"),
    ("정답은 A 등급 채권입니다.", 4, "no_answer"),
    ("A주식", 4, "no_answer"),
    ("A가격이 오른다.", 4, "no_answer"),
    ("Class A", 4, "no_answer"),
    ("정답은 Class A입니다.", 4, "no_answer"),
    ("정답은 M&A입니다.", 4, "no_answer"),
    ("M&A가 정답입니다.", 4, "no_answer"),
    ("정답은 B/S입니다.", 4, "no_answer"),
    ("정답은 B2B 사업이다.", 4, "no_answer"),
    ("A.I. 시대의 금융", 4, "no_answer"),
    ("The answer is a bond.", 4, "no_answer"),
    ("정답률은 80%이다.", 4, "no_answer"),
    ("상대방의 대답은 A입니다.", 4, "no_answer"),
    ("1. 먼저 소득을 본다.\n2. 다음으로 세율을 본다.", 4, "no_answer"),
    ("금리가 3번 올랐고 2개 은행이 따랐다.", 4, "no_answer"),
    ("나는 그렇게 생각하지 않는다. 가계가 문제다.", 4, "no_answer"),
    ("정답은 나이다.", 4, "no_answer"),
    ("정답은 A와 B의 차이를 아는 것이다.", 4, "no_answer"),
    ("정답은 기업 A가 기업 B를 사들이는 경우이다.", 4, "no_answer"),
    ("정답을 찾기 위해 A를 살펴보자.", 4, "no_answer"),
    ("정답은 3%입니다.", 4, "no_answer"),
    ("정답은 3,000원이다.", 4, "no_answer"),
    ("정답은 B+등급이다.", 4, "no_answer"),
    ("정답은 7", 4, "no_answer"),
    ("정답은 2.5입니다.", 4, "no_answer"),
    (r"\boxed{42}", 4, "no_answer"),
    ("Q: 무엇인가?\nA: 주식에서 나옵니다.", 4, "no_answer"),
    ("이자소득과 배당소득이 있다.", 4, "no_answer"),
    ("배당소득세가 붙는다.", 4, "no_answer"),
    ("정답: F", 4, "letter_not_offered"),
    ("정답은 G입니다.", 4, "letter_not_offered"),
    ("정답은 G입니다.", 7, "G"),
    ("정답은 5번입니다.", 4, "letter_not_offered"),
    ("⑤", 4, "letter_not_offered"),
    ("E", 4, "letter_not_offered"),
    ("E", 5, "E"),
    ("E가 정답입니다.", 4, "letter_not_offered"),
]

REASONING = [
    (
        "주식을 가진 사람은 회사의 이익을 나누어 받는다. 예금의 이자와는 원천이 다르며, A사나 B사처럼 "
        "이익이 난 회사만 나누어 줄 수 있다. 그렇기 때문에 B 가 정답입니다.### 정답: B",
        7,
        "B",
    ),
    (
        "먼저 A를 보면, 예금에서 나오는 소득이므로 맞지 않습니다. B는 주식에서 나오므로 조건에 맞습니다. "
        "C와 D는 각각 매매와 노동에서 나옵니다. 위의 내용을 종합해보면 정답은 B 입니다.",
        4,
        "B",
    ),
    (
        "**풀이**\n\n1. 영업이익은 매출에서 비용을 뺀 값이다.\n2. 3번의 금리 인상은 관계가 없다.\n\n"
        "**결론**: 따라서 정답은 **C. 양도소득**입니다.",
        4,
        "C",
    ),
    (
        "기업 A의 부채비율은 150%, 기업 B의 부채비율은 80%이다. 따라서 A가 B보다 위험하다. "
        "이를 옳게 설명한 선택지는 D입니다.",
        5,
        "D",
    ),
    (
        "채권 가격과 금리는 반대로 움직입니다. 금리가 오르면 A등급 채권도 BBB 등급 채권도 값이 내려갑니다. "
        "ETF 또한 예외가 아닙니다. 이런 점에서 E 가 맞는 답입니다.",
        5,
        "E",
    ),
    (
        "처음에는 A가 정답이라고 생각하기 쉽지만, 원천징수 시점을 보면 그렇지 않습니다. B 역시 정답이 될 수 "
        "없습니다. 남은 것 가운데 조건에 맞는 것은 C입니다.",
        4,
        "C",
    ),
    (
        "유동비율은 유동자산을 유동부채로 나눈 값이다.\n\n$$\\frac{200}{100} = 2$$\n\n따라서 값은 2이다. "
        "이 값을 담은 선택지를 고르면 된다.\n\n\\[\\boxed{\\text{D}}\\]",
        4,
        "D",
    ),
    (
        "자산은 과거 사건의 결과로 기업이 통제하는 자원이다. 부채는 의무이다. 자본은 그 차이다. "
        "이 셋을 구분하는 것이 회계의 시작이다.",
        4,
        "no_answer",
    ),
    (
        "선택지를 하나씩 보겠습니다.\n\nA. 예금의 대가입니다.\nB. 주식의 대가입니다.\nC. 매매의 대가입니다.\n"
        "D. 노동의 대가입니다.\n\n질문은 노동의 대가를 묻고 있으므로 D를 선택합니다.",
        4,
        "D",
    ),
    (
        "공매도는 주식을 빌려 파는 거래이다. 값이 내리면 이익, 오르면 손해를 본다. 그러므로 A는 맞고, "
        "손실이 한정된다는 설명은 틀리다. 결론적으로 판단하면 C 가 답입니다. A나 B는 답이 아닙니다.",
        4,
        "C",
    ),
    (
        "<think>정답: A인가? 아니면 정답: D인가? 헷갈린다.</think>주식에서 나오는 소득을 묻고 있습니다.\n\n정답: B",
        4,
        "B",
    ),
    (
        " 배당은 주식의 대가이다. 이런 이유로 B 가 정답입니다.### 정답: B\n### 질문: 다음 중 자산이 아닌 "
        "것은?\n### 선택지:\nA. 현금\nB. 차입금\n### 정답: C",
        4,
        "B",
    ),
]

TABLES = [*MARKS, *CONCLUSIONS, *NEGATED, *CONTRADICTIONS, *BARE, *NOTHING, *REASONING]


@pytest.mark.parametrize(("text", "count", "expected"), TABLES)
def test_a_reply_is_read_as_a_person_would_read_it(text: str, count: int, expected: str) -> None:
    assert read(text, count) == expected


@pytest.mark.parametrize(("text", "count", "expected"), TABLES)
def test_decomposed_korean_is_read_the_same(text: str, count: int, expected: str) -> None:
    assert read(unicodedata.normalize("NFD", text), count) == expected


# ── what the question asks for ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "stem", "expected"),
    [
        ("옳은 것은 B이다.", ASKS_RIGHT, "B"),
        ("가장 적절한 설명은 B입니다.", ASKS_RIGHT, "B"),
        ("2번이 맞다.", ASKS_RIGHT, "B"),
        ("B가 옳습니다.", ASKS_RIGHT, "B"),
        ("A가 틀렸습니다. B가 맞습니다.", ASKS_RIGHT, "B"),
        ("B가 맞지 않습니다.", ASKS_RIGHT, "no_answer"),
        ("옳지 않은 것은 C이므로 옳은 것은 A이다.", ASKS_RIGHT, "A"),
        ("옳은 것은 A이고 옳지 않은 것은 C이다.", ASKS_WRONG, "C"),
        ("A가 맞습니다. B가 맞습니다. C가 틀렸습니다.", ASKS_WRONG, "C"),
        ("선택지 C의 설명이 부정확하다는 것을 알 수 있다.", ASKS_WRONG, "C"),
        ("배당소득은 잘못된 설명이다.", ASKS_WRONG, "B"),
        ("배당소득은 잘못된 설명이다.", ASKS_RIGHT, "no_answer"),
        ("세금을 내지 않는 것은 C입니다.", "다음 중 세금을 내지 않는 것은?", "C"),
        ("A가 맞습니다.", "배당을 하지 않는 경우에 대한 설명으로 옳은 것은?", "A"),
        ("거리가 가장 먼 것은 D이다.", "소득과 거리가 가장 먼 것은?", "D"),
        ("C가 옳지 않다.", "", "C"),
        ("따라서 B입니다.", ASKS_WRONG, "B"),
        ("저는 B를 선택하겠습니다.", ASKS_RIGHT, "B"),
    ],
)
def test_a_judgement_counts_as_far_as_the_question_asks_for_it(
    text: str, stem: str, expected: str
) -> None:
    assert read(text, stem=stem) == expected


def test_the_word_answer_outweighs_a_judgement() -> None:
    assert read("A가 맞습니다. 그러나 정답은 C입니다. B가 맞습니다.") == "C"


# ── options that look like marks, or contain one another ─────────────────────────────────────

SMALL_NUMBERS = ("2", "3", "4", "5")
RATES = ("10%", "20%", "30%", "5%")
HANGUL = ("나", "가", "라", "다")
COMBINATIONS = ("①, ②", "①, ③", "②, ③", "①, ②, ③")
GRADES = ("AA 등급", "A 등급", "BBB 등급")
BONDS = ("국채", "국채 금리", "금리")


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("2", SMALL_NUMBERS, "A"),
        ("정답은 2입니다.", SMALL_NUMBERS, "A"),
        ("계산하면 4이다.", SMALL_NUMBERS, "C"),
        ("정답은 2번", SMALL_NUMBERS, "no_answer"),
        ("정답은 1번", SMALL_NUMBERS, "A"),
        ("정답은 B", SMALL_NUMBERS, "B"),
        ("5%", RATES, "D"),
        ("정답은 10%이다.", RATES, "A"),
        ("정답은 2번", RATES, "B"),
        ("정답은 2", RATES, "no_answer"),
        ("15%", RATES, "no_answer"),
        ("-5%", RATES, "no_answer"),
        ("금리가 10%포인트 올랐다.", RATES, "no_answer"),
        ("정답은 나", HANGUL, "A"),
        ("(가)", HANGUL, "B"),
        ("정답은 ①, ③입니다.", COMBINATIONS, "B"),
        ("①, ②, ③", COMBINATIONS, "D"),
        ("정답은 ②", COMBINATIONS, "no_answer"),
        ("### 정답: A 등급", GRADES, "B"),
        ("AA 등급", GRADES, "A"),
        ("정답: A", ("B", "A", "C"), "A"),
        ("정답은 A와 B 모두입니다.", ("이자", "배당", "A와 B 모두"), "C"),
        ("국채 금리가 오른다.", BONDS, "B"),
        ("국채와 금리", BONDS, "several_answers"),
        ("이자\n  소득이다.", ("배당 소득", "이자 소득"), "B"),
        ("**이자** 소득", ("배당 소득", "이자   소득."), "B"),
        ("정답은 10번", tuple(f"{name}금" for name in "예적기보현자요임세상"), "J"),
    ],
)
def test_an_options_own_text_comes_before_its_place(
    text: str, options: tuple[str, ...], expected: str
) -> None:
    assert outcome(extract_from_options(text, options)) == expected


def test_a_letter_outweighs_a_text_that_contradicts_it() -> None:
    assert read("정답은 B. 양도소득입니다.") == "B"


# ── every shape, every letter ────────────────────────────────────────────────────────────────

SHAPES = [
    "따라서 정답은 {} 입니다.",
    "그래서 답은 {} 입니다.",
    "그러므로 {} 를 정답으로 골라야 합니다.",
    "이 때문에 {} 가 정답입니다.",
    "결국 {} 가 답입니다.",
    "모두 따져 보면 {} 가 올바른 답입니다.",
    "이렇게 보면 {} 가 맞는 답입니다.",
    "위 설명을 근거로 {} 를 답으로 택해야 합니다.",
    "요약하면 정답은 {}이다.",
    "정답은 선택지 {}번입니다.",
    "정답: {}",
    "답 : ({})",
    "**정답: {}**",
    "### 정답: {}",
    "최종 정답은 '{}'입니다.",
    "정답은 앞에서 본 이유로 {}입니다.",
    "옳은 것은 {}이다.",
    "가장 적절한 것은 {}입니다.",
    "{}가 가장 적절합니다.",
    "{}번이 맞습니다.",
    "따라서 {}입니다.",
    "The correct answer is {}.",
    "Therefore, {} is correct.",
    "\\boxed{{\\text{{{}}}}}",
    "{}",
    "({})",
    "{}.",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_conclusion_is_read_for_every_letter(shape: str) -> None:
    letters = LETTERS[: len(OPTIONS)]
    assert "".join(read(shape.format(letter), len(letters)) for letter in letters) == letters


@pytest.mark.parametrize("shape", SHAPES)
def test_a_conclusion_is_read_behind_reasoning_about_other_options(shape: str) -> None:
    reasoning = "A사의 이익은 배당소득이 된다. A는 예금, B는 주식, D는 노동의 대가이다.\n"
    assert read(reasoning + shape.format("C")) == "C"


@pytest.mark.parametrize("with_reasoning", [False, True])
@pytest.mark.parametrize("complete", [mcqa_completion, chat_mcqa_completion])
def test_what_training_teaches_to_say_is_read_back(
    complete: Callable[[Question, bool], str], with_reasoning: bool
) -> None:
    for letter in "ABC":
        taught = question("이자", "배당", "임금", answer=letter)
        assert extract_letter(complete(taught, with_reasoning), taught).letter == letter


# ── replies that were cut off, or went on too long ───────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("주식을 가진 사람이 받는 소득은", "truncated"),
        ("먼저 이자소득을 보면, 예금에서", "truncated"),
        ("B. 배당소득\n\n해설: 주식을 가진", "B"),
        ("정답은 B입니다. 왜냐하면", "B"),
        ("정답은 A와 C입니다. 왜냐하면", "several_answers"),
        ("  ", "empty"),
        ("배당소득\n### 질문: 다음 중 자산은?\n### 선택지:\nA. 현", "B"),
    ],
)
def test_a_cut_off_reply_gives_what_it_had_already_said(text: str, expected: str) -> None:
    assert outcome(extract_from_options(text, OPTIONS, truncated=True)) == expected


def test_an_echo_of_the_question_is_not_taken_for_the_next_one() -> None:
    assert read("### 질문: 주식의 소득은?\n### 선택지:\nA. 이자\nB. 배당\n### 정답: B") == "B"


# ── tiers and spans ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "tier", "shown"),
    [
        ("풀이다.\n### 정답: Ｂ", "mark", "Ｂ"),
        ("**따라서** 정답은 `B` 입니다.", "conclusion", "B"),
        ("정답은 배당소득입니다.", "conclusion", "배당소득"),
        ("배당소득(B)이 정답", "conclusion", "B"),
        ("A가 아니라 B", "judgement", "B"),
        ("  (②)", "bare", "②"),
        ("주식의 대가는 **배당소득**이다.", "text", "배당소득"),
        ("정답은 A와 C", "conclusion", "C"),
        ("정답은 Z", "conclusion", "Z"),
    ],
)
def test_the_span_shows_what_decided(text: str, tier: str, shown: str) -> None:
    for form in ("NFC", "NFD"):
        original = unicodedata.normalize(form, text)
        extraction = extract_from_options(original, OPTIONS)
        assert extraction.span is not None
        assert extraction.tier == tier
        assert original[slice(*extraction.span)] == unicodedata.normalize(form, shown)


def test_no_answer_has_no_span() -> None:
    assert extract_from_options("모른다.", OPTIONS) == Extraction(None, "no_answer")


def test_the_question_and_its_options_are_read_alike() -> None:
    asked = question(*OPTIONS[:4], stem=ASKS_WRONG)
    assert extract_letter("A가 맞고 C가 틀렸다.", asked) == extract_from_options(
        "A가 맞고 C가 틀렸다.", OPTIONS[:4], stem=ASKS_WRONG
    )


# ── any text ─────────────────────────────────────────────────────────────────────────────────

FRAGMENTS = [
    *(
        "### 정답:",
        "정답은",
        "답:",
        "가 정답",
        "옳은 것은",
        "아니라",
        "따라서",
        "입니다.",
        "이",
        "중",
        ",",
    ),
    *(
        "A",
        "B",
        "f",
        "Ｃ",
        "②",
        "2번",
        "3",
        "나",
        "(",
        ")",
        "\\boxed{",
        "}",
        "**",
        "$",
        "\n",
        " ",
        ".",
    ),
    *(
        "이자소득",
        "배당소득",
        "### 질문:",
        "</think>",
        "\ue001",
        "\u200b",
        "ᄀ",
        "\u0301",
        "'",
        "…",
    ),
]
replies = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=25).map("".join)
option_lists = st.lists(
    st.sampled_from([*OPTIONS, "2", "나", "A", "A와 B", "①"]) | st.text(min_size=1, max_size=6),
    min_size=2,
    max_size=10,
    unique_by=lambda option: unicodedata.normalize("NFC", option).strip(),
).filter(lambda options: all(option.strip() for option in options))


@settings(derandomize=True, deadline=None, max_examples=400)
@given(
    text=replies,
    options=option_lists,
    truncated=st.booleans(),
    stem=st.sampled_from(["", ASKS_WRONG]),
)
def test_any_text_gives_an_offered_letter_or_a_reason(
    text: str, options: list[str], truncated: bool, stem: str
) -> None:
    extraction = extract_from_options(text, options, truncated, stem)
    assert (extraction.letter is None) != (extraction.reason is None)
    assert extraction.letter is None or extraction.letter in LETTERS[: len(options)]
    assert extraction.letter is None or (extraction.span and extraction.tier)
    if extraction.span:
        start, end = extraction.span
        assert 0 <= start < end <= len(text)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(before=st.text(max_size=30), after=st.text(max_size=30), letter=st.sampled_from("ABCD"))
def test_a_mark_on_its_own_line_is_always_read(before: str, after: str, letter: str) -> None:
    text = f"{before}\n### 정답: {letter}\n\n{after}".replace("#" * 4, "")
    extraction = extract_from_options(text, OPTIONS[:4])
    assert extraction.letter == letter
    assert extraction.span is not None
    assert text[slice(*extraction.span)] == letter


HOSTILE = [
    *(
        "A",
        "A ",
        "A\n",
        "A, ",
        "A. ",
        "(",
        "<",
        "'",
        "#",
        "*",
        " ",
        "\n",
        "①",
        "가",
        "ᄀ",
        "a\u0301",
    ),
    *("정답은 ", "정답은 A ", "정답:A ", "### 정답: ", "B가 ", "A가 아니라 ", "A가 맞는 ", "것은 "),
    *(
        "\\boxed{",
        "\\text{",
        "배당소득",
        "배당소득 ",
        "배당소득\n",
        "따라서 ",
        "선택지 ",
        "정답으로 가장 ",
    ),
    *("정답은 B라고 ", "<b>", "1. ", "### 질문: "),
]


def seconds_for(text: str) -> float:
    """CPU time of one reading, without the garbage collector: its passes go over whatever else the
    test process holds."""
    gc.disable()
    try:
        started = time.process_time()
        extract_from_options(text, OPTIONS, stem=ASKS_WRONG)
        return time.process_time() - started
    finally:
        gc.enable()


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_costs_no_more_than_its_length(unit: str) -> None:
    short, long = (unit * 100_000)[:20_000], (unit * 100_000)[:100_000]
    # Both in turn, so that a busy machine slows both. Five times the text: a cost that grows with
    # the square would be twenty-five times as high.
    assert seconds_for(long) < 12 * max(seconds_for(short), 0.01)


def test_the_documented_cases_hold() -> None:
    assert doctest.testmod(answers).failed == 0
