"""Which of two answers is better? A judge's reply in each order → a preference, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from workbench import prompts
from workbench.answers.reply import normalise, own_part
from workbench.judge.respondent import OpenAnswer, Respondent
from workbench.schema import Generation, OpenQuestion, Record

# Raise it when any reply could be read differently. 1: first version.
VERDICT_VERSION = 1

Preference = Literal["a", "b", "tie"]
Shown = Literal["first", "second", "tie"]  # a preference among answers in the order of a prompt


class Pair(NamedTuple):
    """The two sides' answers to one question."""

    question: OpenQuestion
    a: OpenAnswer
    b: OpenAnswer


class Ruling(Record):
    """What the judge said of a pair in one order; `choice` is None where that is no verdict.

    `truncated` is the reply that was cut off at the token limit.
    """

    choice: Preference | None
    reply: str
    truncated: bool


class Judgement(Record):
    """What the judge said of a pair in both orders. A vote carries it, as JSON, as its reason."""

    a_first: Ruling
    b_first: Ruling
    truncated_a: bool  # of the answers, not of the replies
    truncated_b: bool

    @property
    def choice(self) -> Preference | None:
        """None unless both rulings are verdicts; a tie unless both are the same."""
        one, other = self.a_first.choice, self.b_first.choice
        if one is None or other is None:
            return None
        return one if self.orders_agree else "tie"

    @property
    def orders_agree(self) -> bool:
        return self.a_first.choice == self.b_first.choice

    @property
    def first_won(self) -> tuple[bool, ...]:
        """For each ruling that names a winner, whether that had been shown first."""
        shown = ((self.a_first.choice, "a"), (self.b_first.choice, "b"))
        return tuple(choice == first for choice, first in shown if choice in ("a", "b"))


# ── reading ──────────────────────────────────────────────────────────────────────────────────

_MARK = re.compile("판정 ?: ?")
_NAMED = "(?:A|B|동점)"
_SHOWN: dict[str, Shown] = {"A": "first", "B": "second", "동점": "tie"}
_VERDICT = re.compile(
    rf"\n?['\"\[(<]?(?:답변 ?)?(?P<named>{_NAMED})['\"\])>]?(?:입니다|이다|임)?"
    # A sentence may follow, or a remark in brackets, that names no other verdict.
    rf" ?(?:[.!(–—-](?!.*(?<![A-Za-z]){_NAMED}(?![A-Za-z])).*)?(?:\n|$)"
)


def read_verdict(reply: str, truncated: bool = False) -> Shown | None:
    """The verdict behind the last '판정:' of a reply, None where that is none.

    Only A, B or 동점 alone is one, however it is dressed. A reply that was cut off has no last
    word, and what a model thinks before it speaks is none.

    >>> read_verdict("답변 A는 이자를 빠뜨렸다.\\n### 판정: B"), read_verdict("**판정: 동점**")
    ('second', 'tie')
    >>> read_verdict("### 판정: A 또는 B"), read_verdict("A가 낫다.")
    (None, None)
    """
    own, ran_on = own_part(normalise(reply))
    marks = list(_MARK.finditer(own.text))
    if not marks or (truncated and not ran_on):
        return None
    verdict = _VERDICT.match(own.text, marks[-1].end())
    return _SHOWN[verdict["named"]] if verdict else None


# ── asking ───────────────────────────────────────────────────────────────────────────────────


def judge_pairs(judge: Respondent, pairs: Sequence[Pair]) -> list[Judgement | None]:
    """Each pair judged in both orders, all in one batch; None where a call failed."""
    asked = [
        prompts.judge_prompt(question, *shown)
        for question, a, b in pairs
        for shown in ((a.text, b.text), (b.text, a.text))
    ]
    replies = judge.ask(asked)
    return list(map(_judgement, pairs, replies[::2], replies[1::2]))


def _judgement(
    pair: Pair, a_first: Generation | None, b_first: Generation | None
) -> Judgement | None:
    if a_first is None or b_first is None:
        return None
    return Judgement(
        a_first=_ruling(a_first, first="a", second="b"),
        b_first=_ruling(b_first, first="b", second="a"),
        truncated_a=pair.a.truncated,
        truncated_b=pair.b.truncated,
    )


def _ruling(reply: Generation, first: Preference, second: Preference) -> Ruling:
    truncated = reply.finish_reason == "length"
    meant: dict[Shown, Preference] = {"first": first, "second": second, "tie": "tie"}
    shown = read_verdict(reply.text, truncated)
    return Ruling(
        choice=None if shown is None else meant[shown],
        reply=reply.text.strip(),
        truncated=truncated,
    )
