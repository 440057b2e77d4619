"""A model's reply as the rules read it: normalised, and only what answers our question.

Every character remembers where it stood in the text as it was given.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.schema import LETTERS


@dataclass(frozen=True)
class Reply:
    """Normalised text; character i of it stands at `spans[i]` of the text as it was given."""

    text: str
    spans: Sequence[tuple[int, int]]

    def part(self, piece: slice) -> Reply:
        return Reply(self.text[piece], self.spans[piece])

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        return self.spans[start][0], self.spans[end - 1][1]


# An option's full text is replaced by one private character, so that every pattern below reads
# '정답은 배당소득입니다' as it reads '정답은 B입니다'. Strangers from that range become spaces.
SYMBOLS = "".join(chr(0xE000 + i) for i in range(len(LETTERS)))

# Full-width ASCII, and quotes and brackets in their many shapes, each to one plain character.
_FOLD = {0xFF01 + i: chr(0x21 + i) for i in range(94)} | {
    ord(fancy): plain
    for plain, fancies in {
        "'": "‘’‚´",
        '"': "“”„「」『』",
        "<": "〈《",
        ">": "〉》",
        "[": "【〔",
        "]": "】〕",
        ".": "。",
        ":": "∶",
        "→": "⇒➡",
    }.items()
    for fancy in fancies
}

# Spaces, zero-width characters, Markdown emphasis, LaTeX and HTML dressing: all one gap.
_GAP = (
    rf"(?:[\s*_`$\u200b-\u200f\u2060\ufeff{SYMBOLS}]"
    r"|\\(?:text|textbf|textrm|mathrm|mathbf|mathbb|bf|rm|left|right|quad|displaystyle)(?![A-Za-z])"
    r"|\\[()\[\]!,;]"
    r"|</?(?:b|strong|em|i|u|p|br|span) ?/?>)+"
)
# A character with what composes with it: accents, and the vowels and finals of NFD Korean.
_CLUSTER = r"(?P<cluster>.[\u0300-\u036f\u1160-\u11ff]*)"
_PIECE = re.compile(rf"(?P<gap>{_GAP})|{_CLUSTER}", re.DOTALL)


def normalise(text: str) -> Reply:
    """NFC, plain ASCII where there is a look-alike, no markup, single spaces (or newlines)."""
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    for piece in _PIECE.finditer(text):
        raw = piece.group()
        if piece["gap"]:
            plain = "\n" if "\n" in raw else " "
        else:
            plain = (raw if len(raw) == 1 else unicodedata.normalize("NFC", raw)).translate(_FOLD)
        characters.append(plain)
        spans.extend([piece.span()] * len(plain))
    return Reply("".join(characters), spans)


def plain(text: str) -> str:
    """An option or a stem, normalised as replies are, without the spaces and stop around it."""
    return normalise(text).text.replace("\n", " ").strip().rstrip(". ")


_THOUGHT_ENDS = "</think>"
# The native format's next question: a model that does not stop goes on and invents one. At the
# very beginning it is an echo of ours.
_NEXT_QUESTION = re.compile(r"(?<=[^\s#])\s?#{1,6} ?(?:질문|문제) ?[0-9]{0,4} ?:")


def own_part(reply: Reply) -> tuple[Reply, bool]:
    """What answers our question (after the thinking, before an invented next question), and
    whether such a next question shows that the answer was complete."""
    thought = reply.text.rfind(_THOUGHT_ENDS)
    answer = reply.part(slice(thought + len(_THOUGHT_ENDS), None)) if thought >= 0 else reply
    following = _NEXT_QUESTION.search(answer.text)
    return answer.part(slice(following.start() if following else None)), bool(following)


def own_words(text: str) -> tuple[str, bool]:
    """The same of a text as it was given: its own part without the spaces around it.

    >>> own_words("<think>음.</think> 쿠폰은 채권의 **이자**이다.\\n### 질문: 그러면")
    ('쿠폰은 채권의 **이자**이다.', True)
    """
    own, ran_on = own_part(normalise(text))
    if not own.text:
        return "", ran_on
    start, end = own.original_span(0, len(own.text))
    return text[start:end].strip(), ran_on
