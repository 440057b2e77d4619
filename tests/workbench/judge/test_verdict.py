"""What a judge's reply says, and what the two orders of a pair amount to."""

from __future__ import annotations

import pytest

from tests.workbench.judge.court import question_of
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError
from workbench.judge.respondent import OpenAnswer, Respondent
from workbench.judge.verdict import Judgement, Pair, Preference, judge_pairs, read_verdict
from workbench.schema import Sampling

READABLE = [
    ("### 판정: A", "first"),
    ("### 판정: B", "second"),
    ("### 판정: 동점", "tie"),
    ("답변 A는 이자를 빠뜨렸다.\n\n### 판정: B\n", "second"),
    ("### 판정: A\n다시 보니 B가 더 충실하다.\n### 판정: B", "second"),
    ("### 판정:A", "first"),
    ("###판정 : A", "first"),
    ("판정: A", "first"),
    ("최종 판정: A", "first"),
    ("### 판정:\n\nA", "first"),
    ("**### 판정: A**", "first"),
    ("### 판정: **B**", "second"),
    ("**판정:** `동점`", "tie"),
    ("### 판정： Ａ", "first"),
    ("### 판정: 'A'", "first"),
    ("### 판정: [B]", "second"),
    ("### 판정: <A>", "first"),
    ("### 판정: 「B」", "second"),
    ("### 판정: 답변 A", "first"),
    ("### 판정: A.", "first"),
    ("### 판정: 동점입니다.", "tie"),
    ("### 판정: A (계산이 정확함)", "first"),
    ("### 판정: A - ETF의 정의를 바로 썼다.", "first"),
    ("### 판정: A\n이상입니다.", "first"),
    ("<think>B인가? ### 판정: B</think>\n### 판정: A", "first"),
    ("### 판정: A\n\n### 질문: 배당이란?\n### 판정: B", "first"),
    ("\u1111\u1161\u11ab\u110c\u1165\u11bc: A", "first"),  # 판정, decomposed
]
UNREADABLE = [
    "",
    "   \n",
    "A",
    "A가 낫다.",
    "정답은 A입니다.",
    "### 판정:",
    "### 판정: C",
    "### 판정: a",
    "### 판정: AB",
    "### 판정: ETF",
    "### 판정: 없음",
    "### 판정: 기호",
    "### 판정: A|B|동점",
    "### 판정: A 또는 B",
    "### 판정: A, B",
    "### 판정: A / B",
    "### 판정: A. 아니, B",
    "### 판정: A(또는 동점)",
    "### 판정: A와 B 모두",
    "### 판정: A가 아닙니다",
    "### 판정: A 아님",
    "### 판정: A등급",
    "'### 판정: A', '### 판정: B', '### 판정: 동점' 가운데 하나",
    "### 판정: A\n### 판정: 보류",
    "<think>### 판정: A</think> 모르겠다.",
    "### 질문: 다음은?\n### 정답: 배당",
]


@pytest.mark.parametrize(("reply", "verdict"), READABLE)
def test_the_last_mark_of_a_reply_gives_the_verdict(reply: str, verdict: str) -> None:
    assert read_verdict(reply) == verdict


@pytest.mark.parametrize("reply", UNREADABLE)
def test_whatever_is_not_one_verdict_is_none(reply: str) -> None:
    assert read_verdict(reply) is None


def test_a_reply_that_was_cut_off_has_no_last_word() -> None:
    assert read_verdict("### 판정: A", truncated=True) is None
    assert read_verdict("### 판정: A\n### 질문: 다음은?", truncated=True) == "first"


# ── both orders ──────────────────────────────────────────────────────────────────────────────

PAIR = Pair(question_of(1), OpenAnswer(text="가"), OpenAnswer(text="나", truncated=True))
ORDERS: list[tuple[str, str, Preference | None, bool]] = [
    # reply with a first, reply with b first, choice, whether the orders agree
    ("A", "B", "a", True),
    ("B", "A", "b", True),
    ("동점", "동점", "tie", True),
    ("A", "A", "tie", False),
    ("B", "B", "tie", False),
    ("A", "동점", "tie", False),
    ("동점", "A", "tie", False),
    ("A", "?", None, False),
    ("?", "동점", None, False),
    ("?", "?", None, True),
]


def judged(*replies: str | Exception) -> Judgement | None:
    (judgement,) = judge_pairs(
        Respondent(ScriptedEngine(replies), "vanilla", Sampling(max_tokens=20)), [PAIR]
    )
    return judgement


@pytest.mark.parametrize(("a_first", "b_first", "choice", "agree"), ORDERS)
def test_a_preference_is_what_both_orders_say(
    a_first: str, b_first: str, choice: Preference | None, agree: bool
) -> None:
    judgement = judged(f"### 판정: {a_first}", f"### 판정: {b_first}")
    assert judgement is not None
    assert (judgement.choice, judgement.orders_agree) == (choice, agree)


FIRST_WON = [
    (("A", "B"), (True, False)),
    (("A", "A"), (True, True)),
    (("B", "B"), (False, False)),
    (("동점", "A"), (True,)),
    (("동점", "동점"), ()),
]


@pytest.mark.parametrize(("verdicts", "first_won"), FIRST_WON)
def test_a_judgement_tells_which_place_won(
    verdicts: tuple[str, str], first_won: tuple[bool, ...]
) -> None:
    judgement = judged(*(f"### 판정: {verdict}" for verdict in verdicts))
    assert judgement is not None
    assert judgement.first_won == first_won


def test_each_pair_is_shown_in_both_orders() -> None:
    engine = ScriptedEngine()
    judge_pairs(Respondent(engine, "tuned", Sampling()), [PAIR])
    shown = [call.rendered.split("<답변 A>")[1][1] for call in engine.history]
    assert shown == ["가", "나"]
    assert {call.variant for call in engine.history} == {"tuned"}


def test_a_judgement_keeps_the_replies_and_what_was_cut_off() -> None:
    judgement = judged(" 가가 낫다.\n### 판정: A\n", "길" * 21)
    assert judgement is not None
    assert judgement.a_first.reply == "가가 낫다.\n### 판정: A"
    assert (judgement.a_first.truncated, judgement.b_first.truncated) == (False, True)
    assert (judgement.truncated_a, judgement.truncated_b) == (False, True)


def test_a_pair_whose_call_fails_twice_has_no_judgement() -> None:
    gone = EngineError("gone")
    assert judged(gone, "### 판정: A", gone) is None
    assert judged(gone, "### 판정: A", "### 판정: B") is not None
