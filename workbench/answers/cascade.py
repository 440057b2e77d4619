"""What did it answer? A model's free text → an option letter, or the reason why there is none.

One cascade; the first tier that decides wins, also where it decides that the reply is of no use
(two answers, a letter that was not offered):

    mark        the last `### 정답:` with an answer behind it
    conclusion  sentences that call something the answer: '정답은 B입니다', 'B가 정답', '\\boxed{B}'
    judgement   sentences that pick without that word: '옳은 것은 B이다', 'B가 맞다', 'A가 아니라 C'
    bare        a line that is nothing but an answer: 'B', '(B)', 'B. 옵션', '②', '2번', '(나)'
    text        the full text of exactly one option, standing anywhere in the reply

`\\b` is of no help in Korean, where particles are attached ('B가', 'B입니다') and so are nouns
('B사', 'A주식'): a letter counts only where nothing follows, or one of the endings in `_ENDING`.

No pattern looks further than a bounded distance or the end of its line, so that the cost grows with
the length of the text and no faster.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.answers.bare import bare, named
from workbench.answers.choice import Claim, Offer
from workbench.answers.conclusion import LONGEST_SENTENCE, concluded, marked
from workbench.answers.judgement import asks_for_wrong, judged
from workbench.answers.option_texts import with_option_symbols
from workbench.answers.reply import Reply, normalise, own_part, plain
from workbench.schema import Question, UnparsedReason

# Raise it when any reply could be read differently, and say here which way scores move.
# 1: first version.
EXTRACTION_VERSION: int = 1

Tier = Literal["mark", "conclusion", "judgement", "bare", "text"]


@dataclass(frozen=True)
class Extraction:
    """The letter that a reply gives, or why it gives none: exactly one of the two is set.

    `span` is where the deciding letter, number or option text stands in the text as it was given.
    It is also set for several answers (the last of them) and for a letter that was not offered.
    """

    letter: str | None
    reason: UnparsedReason | None
    tier: Tier | None = None
    span: tuple[int, int] | None = None


def extract_letter(text: str, question: Question, truncated: bool = False) -> Extraction:
    """Read the chosen option of `question` out of a reply.

    `truncated` says that the model was stopped by its token limit: nothing found is then
    'truncated', and an option's text somewhere in the reply is no answer, because a reasoning
    that was cut off names options without having chosen one.

    >>> q = Question(id="1", question="?", options=("쿠폰", "배당", "할인"), answer="B")
    >>> extract_letter("쿠폰은 이자이다. 따라서 정답은 B 입니다.", q)
    Extraction(letter='B', reason=None, tier='conclusion', span=(18, 19))
    >>> extract_letter("정답은 A가 아닙니다.", q).reason
    'no_answer'
    """
    return extract_from_options(text, question.options, truncated, question.question)


def extract_from_options(
    text: str, options: Sequence[str], truncated: bool = False, stem: str = ""
) -> Extraction:
    """The same for bare option texts (without letters), in order.

    `stem` is the question's wording. It tells whether 'C가 틀렸다' picks C (the question asks for
    the wrong statement) or rules it out; without a stem it picks.
    """
    if not text.strip():
        return Extraction(None, "empty")
    offer = Offer(tuple(plain(option) for option in options), asks_for_wrong(stem))
    own, ran_on = own_part(normalise(text))
    truncated = truncated and not ran_on
    reply = with_option_symbols(own, offer.texts)
    for tier, rule in _CASCADE:
        if tier == "text" and truncated:
            break
        if claims := rule(reply.text, offer):
            return _verdict(claims, tier, reply, offer)
    return Extraction(None, "truncated" if truncated else "no_answer")


# ── the cascade and its verdict ──────────────────────────────────────────────────────────────────

_CASCADE: tuple[tuple[Tier, Callable[[str, Offer], list[Claim]]], ...] = (
    ("mark", marked),
    ("conclusion", concluded),
    ("judgement", judged),
    ("bare", bare),
    ("text", named),
)

# '정답은 A입니다. 아니, 다시 보면 정답은 C입니다.' is C; without such a word it is two answers.
_CONCLUDES = re.compile(
    r"(?i:따라서|그러므로|그래서|때문에|이유로|결론|결국|최종|종합|요약|실제로는|사실은|그러나|하지만"
    r"|오히려|therefore|thus|hence|final|however|\\boxed)"
)
_RETRACTS = re.compile(
    r"(?i:아니[,.!…]|아니요|아닙니다\.|다시|정정|수정|실수|착오|재검토|잠깐|(?<![a-z])wait|actually)"
)


def _verdict(claims: Sequence[Claim], tier: Tier, reply: Reply, offer: Offer) -> Extraction:
    """The last claim, unless it names several or an earlier one differs and nothing settles it."""
    last = claims[-1]
    span = reply.original_span(last.start, last.end)
    rivals = [claim for claim in claims if claim.letters != last.letters]
    if len(last.letters) > 1 or (rivals and not _settled(reply.text, rivals[-1].end, last.start)):
        return Extraction(None, "several_answers", tier, span)
    (letter,) = last.letters
    if letter not in offer.letters:
        return Extraction(None, "letter_not_offered", tier, span)
    return Extraction(letter, None, tier, span)


def _settled(text: str, rival_end: int, start: int) -> bool:
    """Whether the sentence before `start` concludes, or the rival has been taken back since."""
    since = text[max(rival_end, start - LONGEST_SENTENCE) : start]
    sentence = re.split(r"[.!?\n]", since)[-1]
    return bool(_CONCLUDES.search(sentence) or _RETRACTS.search(since))
