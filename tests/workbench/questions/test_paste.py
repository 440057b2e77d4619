"""Text as people have it becomes one question, or a sentence that says why not."""

from __future__ import annotations

import time
import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import CardError
from workbench.prompts import mcqa_completion, mcqa_prompt
from workbench.questions import bundled_names, load_questions
from workbench.questions.card import MAX_CHARACTERS, OWN_ID
from workbench.questions.paste import read_question
from workbench.schema import LETTERS, Question

STEM = "옳은 것은?"
ABC = ("쿠폰", "배당", "할인")

# ── marks of options: the same three options in every shape that people write ────────────────

MARKED = [
    *(
        f"{STEM}\nA{stop} 쿠폰\nB{stop} 배당\nC{stop} 할인"
        for stop in (".", ")", ":", "]", "．", "、")
    ),
    *(f"{STEM}\n{a}A{z} 쿠폰\n{a}B{z} 배당\n{a}C{z} 할인" for a, z in ("()", "[]", "<>", "（）")),
    *(
        f"{STEM}\n{a}. 쿠폰\n{b}. 배당\n{c}. 할인"
        for a, b, c in ("abc", "ＡＢＣ", "ａｂｃ", "１２３")
    ),
    *(
        f"{STEM}\n{a} 쿠폰\n{b} 배당\n{c} 할인"
        for a, b, c in ("①②③", "❶❷❸", "⑴⑵⑶", "㉮㉯㉰", "ⓐⓑⓒ")
    ),
    *(f"{STEM}\n1{stop} 쿠폰\n2{stop} 배당\n3{stop} 할인" for stop in (".", ")", ":", "번", "번.")),
    f"{STEM}\n(1) 쿠폰\n(2) 배당\n(3) 할인",
    *(f"{STEM}\n가{stop} 쿠폰\n나{stop} 배당\n다{stop} 할인" for stop in (".", ")", ":")),
    f"{STEM}\n(가) 쿠폰\n(나) 배당\n(다) 할인",
    f"{STEM}\nㄱ. 쿠폰\nㄴ. 배당\nㄷ. 할인",
    # on one line, or on fewer lines than options
    f"{STEM} A. 쿠폰 B. 배당 C. 할인",
    f"{STEM} ① 쿠폰 ② 배당 ③ 할인",
    f"{STEM}①쿠폰②배당③할인",
    f"{STEM}(A)쿠폰(B)배당(C)할인",
    f"{STEM}A.쿠폰B.배당C.할인",
    f"{STEM} 1) 쿠폰 2) 배당 3) 할인",
    f"{STEM} (가) 쿠폰 (나) 배당 (다) 할인",
    f"{STEM}\n① 쿠폰 ② 배당\n③ 할인",
    f"{STEM}\nA) 쿠폰, B) 배당, C) 할인",
    f"{STEM} A. 쿠폰 / B. 배당 / C. 할인",
    # dressed
    f"{STEM}\n\nA. 쿠폰\n\nB. 배당\n\nC. 할인\n",
    f"{STEM}\r\nA. 쿠폰\r\nB. 배당\r\nC. 할인\r\n",
    f"{STEM}\n\tA.\t쿠폰\n\tB.\t배당\n\tC.\t할인",
    f"{STEM}\n- A. 쿠폰\n- B. 배당\n- C. 할인",
    f"{STEM}\n**A.** 쿠폰\n**B.** 배당\n**C.** 할인",
    f"\ufeff{STEM}\n\u200bA. 쿠폰\n\u200bB. 배당\n\u200bC. 할인",
    f"{STEM}\n\u00a0A.\u00a0쿠폰\n\u00a0B.\u00a0배당\n\u00a0C.\u00a0할인",
    f"{STEM}\n선택지 1. 쿠폰\n선택지 2. 배당\n선택지 3. 할인",
    f"{STEM}\nOption A: 쿠폰\nOption B: 배당\nOption C: 할인",
    f"{STEM}\n<보기>\n① 쿠폰\n② 배당\n③ 할인",
    f"{STEM}\n선택지:\nA. 쿠폰\nB. 배당\nC. 할인",
    f"### 질문: {STEM}\n### 선택지:\nA. 쿠폰\nB. 배당\nC. 할인\n### 정답:",
    unicodedata.normalize("NFD", f"{STEM}\nA. 쿠폰\nB. 배당\nC. 할인"),
    # numbered, as in a booklet
    f"1. {STEM}\n① 쿠폰\n② 배당\n③ 할인",
    f"12) {STEM}\nA. 쿠폰\nB. 배당\nC. 할인",
    f"문제 3. {STEM}\n1) 쿠폰\n2) 배당\n3) 할인",
    f"[문제 3] {STEM}\n1) 쿠폰\n2) 배당\n3) 할인",
    f"Q. {STEM}\nA. 쿠폰\nB. 배당\nC. 할인",
    f"Q7: {STEM}\nA. 쿠폰\nB. 배당\nC. 할인",
    f"질문: {STEM}\n가. 쿠폰\n나. 배당\n다. 할인",
    # without any marks
    f"{STEM}\n쿠폰\n배당\n할인",
    f"{STEM}\n- 쿠폰\n- 배당\n- 할인",
    f"{STEM}\n• 쿠폰\n• 배당\n• 할인",
]


@pytest.mark.parametrize("text", MARKED)
def test_options_are_found_however_they_are_marked(text: str) -> None:
    pasted = read_question(text)
    assert pasted.card.question.question == STEM
    assert pasted.card.question.options == ABC
    assert pasted.card.answer is None
    assert pasted.found == 1


# ── answers ──────────────────────────────────────────────────────────────────────────────────

LETTERED = f"{STEM}\nA. 쿠폰\nB. 배당\nC. 할인"

ANSWERED = [
    *(
        f"\n정답{rest}"
        for rest in (": C", " : c", ":C", "은 C", " C", ": (C)", ": C번", ": C.", "＝C")
    ),
    *(
        f"\n정답: {sign}"
        for sign in ("③", "3", "3번", "(3)", "다", "(다)", "ㄷ", "❸", "Ｃ", "C 할인", "할인")
    ),
    *(
        f"\n{name}: C"
        for name in ("답", "해답", "모범답안", "Answer", "ANSWER", "Correct answer", "Ans")
    ),
    *("\n답 ③", "\n답은 3번입니다.", "\nThe correct answer is C.", "\n[정답] ③", "\n【정답】 C"),
    *("\n(정답: C)", "\n정답\n③", "\n정답:\nC", "\n### 정답: C", "\n> **정답:** C", "\n※ 정답 C"),
    *("  정답: C", " (답: ③)", " [정답] C", " (정답)", " ✓", " ← 정답"),
    "\n정답: C. 할인\n해설: 1. 쿠폰은 이자이다. 2. 배당은 몫이다.",
    "\n### 정답: 할인채는 이자가 없다. 따라서 정답은 C 입니다.### 정답: C",
    "\n해설: 할인채이다.\n정답: C",
]


@pytest.mark.parametrize("behind", ANSWERED)
def test_an_answer_is_read_however_it_is_given(behind: str) -> None:
    card = read_question(LETTERED + behind).card
    assert card.question.question == STEM
    assert card.question.options == ABC
    assert card.answer == "C"


@pytest.mark.parametrize(
    "behind", ["", "\n정답:", "\n정답: ?", "\n정답: 모름", "\n답: ___", "\nAnswer: n/a"]
)
def test_an_answer_that_is_not_known_stays_unknown(behind: str) -> None:
    card = read_question(LETTERED + behind).card
    assert card.answer is None
    assert card.question.options == ABC


def test_an_answer_may_stand_before_the_question() -> None:
    assert read_question(f"정답: B\n{LETTERED}").card.answer == "B"


def test_an_explanation_is_kept_and_its_own_list_is_no_option() -> None:
    card = read_question(f"{LETTERED}\n정답: A\n해설: 1. 이자이다.\n2. 몫이다.").card
    assert card.question.options == ABC
    assert card.question.reasoning == "1. 이자이다.\n2. 몫이다."


# ── stems that hold marks themselves ─────────────────────────────────────────────────────────

HARD = [
    (
        "다음 중 옳은 것을 모두 고르면?\nㄱ. 자산\nㄴ. 부채\nㄷ. 자본\n① ㄱ ② ㄱ, ㄴ ③ ㄴ, ㄷ",
        "다음 중 옳은 것을 모두 고르면?\nㄱ. 자산\nㄴ. 부채\nㄷ. 자본",
        ("ㄱ", "ㄱ, ㄴ", "ㄴ, ㄷ"),
    ),
    (
        "옳은 것을 모두 고르면? ㄱ. 자산 ㄴ. 부채 ① ㄱ ② ㄴ ③ ㄱ, ㄴ",
        "옳은 것을 모두 고르면? ㄱ. 자산 ㄴ. 부채",
        ("ㄱ", "ㄴ", "ㄱ, ㄴ"),
    ),
    (
        "다음 자료 (1) 매출 100 (2) 비용 50. 이때 이익은? (1) 50 (2) 100 (3) 150",
        "다음 자료 (1) 매출 100 (2) 비용 50. 이때 이익은?",
        ("50", "100", "150"),
    ),
    (
        "(1) 매출은 100이다. (2) 비용은 50이다. 이익은?\nA. 50\nB. 100",
        "(1) 매출은 100이다. (2) 비용은 50이다. 이익은?",
        ("50", "100"),
    ),
    (
        "1. 매출 100\n2. 비용 50\n이익은 얼마인가?\nA. 50\nB. 100",
        "1. 매출 100\n2. 비용 50\n이익은 얼마인가?",
        ("50", "100"),
    ),
    (
        "A. 매출\nB. 비용\n옳은 것은?\n1) A만\n2) B만\n3) 둘 다",
        "A. 매출\nB. 비용\n옳은 것은?",
        ("A만", "B만", "둘 다"),
    ),
    (
        "밑줄 친 ① 자산과 ② 부채 중 옳은 것은?\nA. ①만\nB. ②만\nC. ①, ②",
        "밑줄 친 ① 자산과 ② 부채 중 옳은 것은?",
        ("①만", "②만", "①, ②"),
    ),
    (
        "밑줄 친 ① 자산과 ② 부채 중 옳은 것은? A. ①만 B. ②만 C. 둘 다",
        "밑줄 친 ① 자산과 ② 부채 중 옳은 것은?",
        ("①만", "②만", "둘 다"),
    ),
    (
        "(가)와 (나)에 들어갈 말은?\n① (가) 자산 (나) 부채\n② (가) 부채 (나) 자산",
        "(가)와 (나)에 들어갈 말은?",
        ("(가) 자산 (나) 부채", "(가) 부채 (나) 자산"),
    ),
    (
        "㉠과 ㉡에 알맞은 것은?\n① ㉠ 자산 ㉡ 부채\n② ㉠ 부채 ㉡ 자산",
        "㉠과 ㉡에 알맞은 것은?",
        ("㉠ 자산 ㉡ 부채", "㉠ 부채 ㉡ 자산"),
    ),
    ("정답을 고르시오. 채권은?\nA. 빚\nB. 몫", "정답을 고르시오. 채권은?", ("빚", "몫")),
    (
        "금리 1.5%, 2024. 1. 2. 기준 이자는?\n① 1.5억원\n② 2.5억원",
        "금리 1.5%, 2024. 1. 2. 기준 이자는?",
        ("1.5억원", "2.5억원"),
    ),
    ("이율은?\n1. 1.5%\n2. 2.5%\n3. 3.5%", "이율은?", ("1.5%", "2.5%", "3.5%")),
    ("환율은?\n1) 1:1\n2) 1:2", "환율은?", ("1:1", "1:2")),
    (
        "긴 선택지는?\nA. 첫 줄이\n이어진다\nB. 둘째",
        "긴 선택지는?",
        ("첫 줄이 이어진다", "둘째"),
    ),
    (
        "표를 보라.\n\n구분 | 값\n매출 | 1\n\n이익은?\nA. 1\nB. 2",
        "표를 보라.\n\n구분 | 값\n매출 | 1\n\n이익은?",
        ("1", "2"),
    ),
    ("A사의 주가는?\nA. 오른다\nB. 내린다", "A사의 주가는?", ("오른다", "내린다")),
    ("U.S. 국채는?\nA. U.S. 정부\nB. 연준", "U.S. 국채는?", ("U.S. 정부", "연준")),
    ("부호는?\nA. +\nB. -", "부호는?", ("+", "-")),
    ("맞으면?\n① ○\n② ×", "맞으면?", ("○", "×")),
    ("Which is a bond?\na) note\nb) share\nAnswer: a", "Which is a bond?", ("note", "share")),
]


@pytest.mark.parametrize(("text", "stem", "options"), HARD, ids=lambda value: str(value)[:20])
def test_marks_in_a_stem_are_no_options(text: str, stem: str, options: tuple[str, ...]) -> None:
    question = read_question(text).card.question
    assert (question.question, question.options) == (stem, options)


# ── several questions ────────────────────────────────────────────────────────────────────────

SEVERAL = [
    "1. 첫째는?\n① 가나\n② 다라\n정답: ②\n\n2. 둘째는?\n① 마바\n② 사아\n정답: ①",
    "1. 첫째는? ① 가나 ② 다라\n정답 ②\n2. 둘째는? ① 마바 ② 사아\n정답 ①",
    "문제 1. 첫째는?\nA. 가나\nB. 다라\n정답: B\n문제 2. 둘째는?\nA. 마바\nB. 사아\n정답: A",
    "첫째는?\n1) 가나\n2) 다라\n답: 2\n\n둘째는?\n1) 마바\n2) 사아\n답: 1",
    "Q1. 첫째는?\nA) 가나\nB) 다라\nAnswer: B\n\nQ2. 둘째는?\nA) 마바\nB) 사아\nAnswer: A",
]


@pytest.mark.parametrize("text", SEVERAL)
def test_of_several_questions_the_first_is_read_and_all_are_counted(text: str) -> None:
    pasted = read_question(text)
    assert pasted.card.question.question == "첫째는?"
    assert pasted.card.question.options == ("가나", "다라")
    assert pasted.card.answer == "B"
    assert pasted.found == 2


# ── what is refused ──────────────────────────────────────────────────────────────────────────

REFUSED = [
    ("", "empty"),
    (" \n\u200b\n", "empty"),
    ("가" * (MAX_CHARACTERS + 1), "too_long"),
    ("안녕하세요", "no_options"),
    ("옳은 것은?", "no_options"),
    ("옳은 것은?\nA. 쿠폰", "no_options"),
    ("옳은 것은?\nA.\nB.\nC.", "no_options"),
    ("첫 문단이다.\n둘째 문단이다.\n셋째 문단이다.", "no_options"),
    ("A. 쿠폰\nB. 배당", "no_stem"),
    ("정답: A\nA. 쿠폰\nB. 배당", "no_stem"),
    ("옳은 것은?\nA. 쿠폰\nB. 쿠폰", "same_options"),
    ("옳은 것은?\n" + "\n".join(f"{n}. 값{n}" for n in range(1, 13)), "too_many"),
    ("옳은 것은?\n" + "\n".join(f"{x}. 값{x}" for x in "ABCDEFGHIJK"), "too_many"),
    (f"{LETTERED}\n정답: F", "answer_not_offered"),
    (f"{LETTERED}\n정답: 9", "answer_not_offered"),
    (f"{LETTERED}\n정답: A, C", "several_answers"),
    (f"{LETTERED}\n정답: ①과 ③", "several_answers"),
    (f"{LETTERED}\n정답: A\n답: B", "several_answers"),
    (f"{LETTERED}\n정답: 이자율", "answer_unclear"),
    ("값은?\nA. 1\nB. 3\nC. 5\n정답: 3", "answer_unclear"),
]


@pytest.mark.parametrize(("text", "fault"), REFUSED, ids=lambda value: str(value)[:24])
def test_what_is_no_question_is_refused_by_name(text: str, fault: str) -> None:
    with pytest.raises(CardError) as refusal:
        read_question(text)
    assert refusal.value.fault == fault
    assert len(str(refusal.value)) < 200


HOSTILE = [
    "<script>alert(1)</script>\nA. <img src=x onerror=alert(1)>\nB. ${7*7} {{7*7}}",
    "A. " * 5000,
    "①" * 10_000,
    "(" * 15_000,
    "정답" * 8_000,
    "정답: " * 5_000,
    "**" * 9_000,
    "\n" * 15_000 + "?",
    "1. " * 3_000 + "?\n2. x",
    " ".join(f"({n}) {x}" for n in range(1, 100) for x in "가나") * 20,
    "? A. x B. y\n" * 1_500,
    "ㄱ. 가 ㄴ. 나 " * 1_500,
    "해설: " * 4_000,
    "\x00\x01\x02" * 5_000,
    "\ud7ff\U0010ffff\u202e뒤집기 A. x\nB. y",
    "가\u0301\u0301" * 5_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_hostile_text_is_read_or_refused_in_time(text: str) -> None:
    began = time.process_time()
    with suppress(CardError):
        assert read_question(text).card.question.id == OWN_ID
    # Ten times what the slowest takes; a pattern that backtracks would take minutes.
    assert time.process_time() - began < 10


# ── there and back ───────────────────────────────────────────────────────────────────────────

MARKS = {
    "A.": [f"{x}." for x in LETTERS],
    "A)": [f"{x})" for x in LETTERS],
    "(a)": [f"({x.lower()})" for x in LETTERS],
    "①": list("①②③④⑤⑥⑦⑧⑨⑩"),
    "1.": [f"{n}." for n in range(1, 11)],
    "(1)": [f"({n})" for n in range(1, 11)],
    "가.": [f"{x}." for x in "가나다라마바사아자차"],
    "(가)": [f"({x})" for x in "가나다라마바사아자차"],
}
WORDS = st.text("채권주식이자배당할인율환매도수현물선금리", min_size=2, max_size=12)


@settings(deadline=None, max_examples=150)
@given(
    stem=WORDS,
    options=st.lists(WORDS, min_size=2, max_size=10, unique=True),
    shape=st.sampled_from(sorted(MARKS)),
    between=st.sampled_from(["\n", "  ", "\n\n"]),
    data=st.data(),
)
def test_a_question_that_is_written_down_is_read_back(stem, options, shape, between, data) -> None:
    right = data.draw(st.integers(0, len(options) - 1))
    marks = MARKS[shape]
    listed = between.join(f"{mark} {option}" for mark, option in zip(marks, options, strict=False))
    card = read_question(f"{stem}은?\n{listed}\n정답: {marks[right]}").card
    assert card.question.question == f"{stem}은?"
    assert card.question.options == tuple(options)
    assert card.answer == LETTERS[right]


def bundled_questions() -> list[Question]:
    """Every fifth question of the bundled sets, whose stems hold lists, tables and numbers."""
    return [q for name in bundled_names() for q in load_questions(name).questions[::5]]


def flat(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(" ".join(text.split()) for text in texts)


@pytest.mark.parametrize("shape", sorted(MARKS))
def test_the_bundled_questions_are_read_back_in_every_shape(shape: str) -> None:
    wrong = []
    for question in bundled_questions():
        listed = "\n".join(map(" ".join, zip(MARKS[shape], question.options, strict=False)))
        mark = MARKS[shape][question.letters.index(question.answer)]
        card = read_question(f"{question.question}\n{listed}\n정답: {mark}").card
        if (flat(card.question.options), card.answer) != (flat(question.options), question.answer):
            wrong.append(question.id)
    assert wrong == []


def test_our_own_prompts_are_read_back() -> None:
    for question in bundled_questions():
        native = mcqa_prompt(question, "native").text + mcqa_completion(question, True)
        card = read_question(native).card
        chat = read_question(mcqa_prompt(question, "chat").messages[-1].content).card
        assert (flat(card.question.options), card.answer) == (
            flat(question.options),
            question.answer,
        )
        assert flat(chat.question.options) == flat(question.options)
