"""Tiers `mark` and `conclusion`: sentences that call something the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.answers.choice import (
    CIRCLED,
    CLOSING,
    IN_PROSE,
    OPENING,
    PLACES,
    Claim,
    Offer,
    choices_at,
    claim,
    letter_of,
)
from workbench.answers.korean import AFFIRMED, DOUBTED, NAME_FOLLOWS, NOT_INSIDE_A_WORD, UNIT
from workbench.answers.reply import SYMBOLS
from workbench.schema import LETTERS

_MARK = re.compile(r"#{1,6} ?(?:최종 ?)?(?:정답|답|[Aa]nswer)(?: ?은| is)?[ \n]?:?[ \n]?")


def marked(text: str, offer: Offer) -> list[Claim]:
    """The answer behind the last mark that has one; earlier marks were drafts."""
    claims = [_announced_at(text, mark.end(), offer, strict=False) for mark in _MARK.finditer(text)]
    return [claim for claim in claims if claim][-1:]


def _announced_at(text: str, position: int, offer: Offer, strict: bool) -> Claim | None:
    """The claim at `position`, unless what follows takes it back.

    `strict` holds inside a sentence, where 'A 등급' is the name of something.
    """
    found = choices_at(text, position, offer)
    if not found or taken_back(text, found[1]):
        return None
    claim, end = found
    return None if strict and NAME_FOLLOWS.match(text, end) else claim


def taken_back(text: str, end: int) -> bool:
    return not AFFIRMED.match(text, end) and bool(DOUBTED.match(text, end))


_ANSWER_WORD = "(?:정답|해답|모범 ?답|(?<![가-힣])답|答案|正确选项)(?:안|변)?(?: ?번호)?"
# '정답은', '정답:', '정답 -', '[정답]', '정답 B', 'the answer is', '<answer>'. Behind `open` words a
# whole sentence may come before the letter; behind a `colon` the letter is in no sentence at all.
_ANSWER_CUE = re.compile(
    rf"{_ANSWER_WORD}(?: ?(?:(?P<open>[은는을])|이|是|为|으로는?))?"
    r"['\"\])}]?(?: ?(?P<colon>[:=→\-–—>?|]{1,3}|…|\.{2,4}))?[ \n]?"
    r"|(?i:(?<![a-z])(?:answer|(?:correct|right|best) (?:option|choice))(?: is| should be)?)"
    r"['\"]?(?P<colon_en> ?[:=→>]{1,2})?[ \n]?"
    r"|(?P<boxed>\\boxed ?)"
    r"|정답(?:이|으로) (?:될|되는|볼|가장|적절|알맞|적합)[^.!?\n없않]{0,20}?것은 ?"
)
# '정답은 … 조건을 지키는 B입니다.': the letter closes the sentence.
_SENTENCE_END = re.compile(r"[!?\n]|\.(?=\s|$)|$")
LONGEST_SENTENCE = 160
_CLOSING_CHOICE = re.compile(rf"{IN_PROSE} ?{UNIT}? ?(?:입니다|이다|임|이에요|예요|다)?[.!]?$")

# 'B가 정답', 'B를 답으로', '(B)의 설명이 가장 적절한 답'.
OF_THE_OPTION = "(?: ?(?:선택지|보기|항목|옵션))?(?:(?:의|에 대한)? ?(?:설명|내용|진술|서술|주장))?"
MOST = "(?: ?(?:바로|가장|제일|더|매우)){0,2}+"
_BEST = "(?: ?(?:올바른|옳은|맞는|적절한|적합한|정확한|알맞은|타당한|유일한|최종))?"
_IS_THE_ANSWER = "(?:정답|답)안?(?=[은이일인임입으에]|[^가-힣]|$)"
_BEFORE_ANSWER = (
    re.compile(rf"{IN_PROSE}{OF_THE_OPTION} ?(?:이|가|을|를|은|는){MOST}{_BEST} ?{_IS_THE_ANSWER}"),
    re.compile(rf"{NOT_INSIDE_A_WORD}{OPENING}(?P<letter>[a-j]){CLOSING} ?가 ?{_IS_THE_ANSWER}"),
    re.compile(
        rf"(?<![A-Za-z]){OPENING}(?P<letter>[A-Z]){CLOSING} is (?:the )?"
        r"(?:(?:correct|right|best) )?(?:answer|option|choice|correct|right)(?![a-z])"
    ),
)
# 'A와 C가 정답': what stands before makes the letter one of several.
_ANOTHER_BEFORE = re.compile(
    rf"(?<![A-Za-z0-9])([{LETTERS}{CIRCLED}{SYMBOLS}]){UNIT}?[)'\"]? ?"
    r"(?:,|·|와|과|및|또는|혹은|이?나|그리고) ?[('\"]?$"
)
_LONGEST_JOINT = 12


def concluded(text: str, offer: Offer) -> list[Claim]:
    cues = list(_ANSWER_CUE.finditer(text))
    limits = [cue.start() for cue in cues[1:]] + [len(text)]
    after = [
        _claim_after(text, cue, limit, offer) for cue, limit in zip(cues, limits, strict=False)
    ]
    before = [
        claim_before(text, found, offer)
        for pattern in _BEFORE_ANSWER
        for found in pattern.finditer(text)
    ]
    return in_order([*after, *before])


def in_order(claims: Sequence[Claim | None]) -> list[Claim]:
    return sorted((claim for claim in claims if claim), key=lambda claim: claim.start)


def _claim_after(text: str, cue: re.Match[str], limit: int, offer: Offer) -> Claim | None:
    colon = bool(cue["colon"] or cue["colon_en"] or cue["boxed"])
    if claim := _announced_at(text, cue.end(), offer, strict=not colon):
        return claim
    return _closing_claim(text, cue.end(), limit, offer) if cue["open"] or colon else None


def _closing_claim(text: str, start: int, limit: int, offer: Offer) -> Claim | None:
    """'정답은 A가 아니라 C입니다', '정답은 A와 B 중 B': the offered choice that ends the sentence.

    The sentence ends before `limit`, where the next cue begins.
    """
    end = _SENTENCE_END.search(text, start, min(limit, start + LONGEST_SENTENCE))
    if not end or end.group() == "?" or (not end.group() and end.start() < len(text)):
        return None
    choice = _CLOSING_CHOICE.search(text, start, end.start())
    letter = choice and letter_of(choice, offer)
    return claim({letter}, choice) if choice and letter and letter in offer.letters else None


def claim_before(text: str, found: re.Match[str], offer: Offer) -> Claim | None:
    letter = letter_of(found, offer)
    if letter is None or taken_back(text, found.end()):
        return None
    head = text[max(0, found.start() - _LONGEST_JOINT) : found.start()]
    another = _ANOTHER_BEFORE.search(head)
    return claim({letter, PLACES[another[1]]} if another else {letter}, found)
