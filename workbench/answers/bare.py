"""Tiers `bare` and `text`: lines that are nothing but an answer, and an option's text alone."""

from __future__ import annotations

import re

from workbench.answers.choice import PLACES, Claim, Offer, choices_at, claim
from workbench.answers.conclusion import taken_back
from workbench.answers.judgement import STATEMENT, WRONG_WORD
from workbench.answers.korean import NOT_INSIDE_A_WORD, UNIT
from workbench.answers.reply import SYMBOLS
from workbench.schema import LETTERS

_BULLET = re.compile(r"[ >•\-]*")
_BEFORE_LETTER = re.compile(r"[\s>•\-(\['\"]*")
_LINE_END = re.compile(rf" ?{UNIT}? ?(?:입니다|이다|이에요|예요|임|요)?[ .!]*$")
# 'B. 배당소득은 …': an answer with its text or its reason, or one stop on a walk through all options.
_LETTERED = re.compile(
    rf"{NOT_INSIDE_A_WORD}(?P<letter>[{LETTERS}])[.)\]] ?(?=[가-힣0-9(\"'{SYMBOLS}]|[A-Za-z]{{2}})"
)


def bare(text: str, offer: Offer) -> list[Claim]:
    lines = _lines(text)
    found = [(line, claim) for line in lines if (claim := _line_claim(text, line, offer))]
    if len(lines) > 1:
        # Among other lines a lower-case letter, a number or a '나' is a heading or a step.
        found = [(line, claim) for line, claim in found if _unmistakable(text, claim, offer)]
    silent = [claim for line, claim in found if not _OPTION_SYMBOL.search(text, *line)]
    if silent:
        return silent
    worded = [claim for _, claim in found]
    return worded if len({claim.letters for claim in worded}) == 1 else _lettered(text, offer)


def _lines(text: str) -> list[tuple[int, int]]:
    """Start and end of each line that is not blank."""
    return [found.span() for found in re.finditer(r"[^\n]*[^\s][^\n]*", text)]


def _line_claim(text: str, line: tuple[int, int], offer: Offer) -> Claim | None:
    start, end = line
    bullet = _BULLET.match(text, start, end)
    found = choices_at(text, bullet.end() if bullet else start, offer)
    return found[0] if found and _LINE_END.match(text, found[1], end) else None


def _unmistakable(text: str, claim: Claim, offer: Offer) -> bool:
    counted = text.startswith("번", claim.end)
    return claim.letters <= set(offer.letters) and (text[claim.start] in PLACES or counted)


def _lettered(text: str, offer: Offer) -> list[Claim]:
    """'B. …' at the beginning, or alone of its kind on the last line.

    A reply that goes through all options begins with A and comes to B; that one has not chosen.
    """
    marks = [mark for mark in _LETTERED.finditer(text) if mark["letter"] in offer.letters]
    letters = {mark["letter"] for mark in marks}
    if not marks:
        return []
    first, last = marks[0], marks[-1]
    if _BEFORE_LETTER.fullmatch(text, 0, first.start()):
        walk = first["letter"] == "A" and "B" in letters
        return [] if walk else [claim({first["letter"]}, first)]
    last_line = text.rstrip().rfind("\n") + 1
    alone = len(letters) == 1 and _BEFORE_LETTER.fullmatch(text, last_line, last.start())
    return [claim({last["letter"]}, last)] if alone else []


# ── tier: text ────────────────────────────────────────────────────────────────────────────────

_OPTION_SYMBOL = re.compile(rf"(?P<text>[{SYMBOLS}])")
_CALLED_WRONG = re.compile(rf"(?:의 {STATEMENT})? ?(?:이|가|은|는) ?(?:오답|제외|{WRONG_WORD})")


def named(text: str, offer: Offer) -> list[Claim]:
    """The one option whose text the reply has and does not deny."""
    mentions = list(_OPTION_SYMBOL.finditer(text))
    denied = {mention["text"] for mention in mentions if _denied(text, mention.end(), offer)}
    claims = [
        claim({PLACES[mention["text"]]}, mention)
        for mention in mentions
        if mention["text"] not in denied
    ]
    return claims if len({claim.letters for claim in claims}) == 1 else []


def _denied(text: str, end: int, offer: Offer) -> bool:
    wrong = _CALLED_WRONG.match(text, end) and offer.wrong_one is not True
    return bool(wrong) or taken_back(text, end)
