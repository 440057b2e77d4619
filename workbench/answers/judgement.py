"""Tier `judgement`: sentences that pick an option without the word 'answer'."""

from __future__ import annotations

import re

from workbench.answers.choice import CIRCLED, IN_PROSE, Claim, Offer, choices_at
from workbench.answers.conclusion import MOST, OF_THE_OPTION, claim_before, in_order
from workbench.answers.korean import AFFIRMED, NOT_INSIDE_A_WORD, UNIT
from workbench.answers.reply import SYMBOLS, plain

STATEMENT = "(?:것|설명|선택지|보기|진술|서술|내용|항목|문장|주장|사례|경우)"
_RIGHT_STEM = "(?:맞|옳|올바르|적절하|적합하|정확하|타당하|해당하|해당되|부합하|일치하)"
_RIGHT = (
    rf"(?:(?:맞는|옳은|올바른|알맞은|해당하는|해당되는|(?:적절|적합|정확|타당)한) {STATEMENT}"
    "|(?:맞|옳)(?:습니다|다(?![가-힣])|아요|음)|올바(?:릅니다|르다)"
    "|(?:적절|적합|정확|타당|해당|부합)(?:합니다|하다|한다|됩니다|된다))"
)
WRONG_WORD = rf"(?:{_RIGHT_STEM}지 ?(?:않|못)|틀[리린렸립]|잘못|부적절|부적합|부정확|그릇|거짓)"
_WRONG = rf"(?:{WRONG_WORD}[가-힣]{{0,4}}(?: {STATEMENT})?)"
# '옳지 않은 것', '틀린 설명', '해당하지 않는 것', '거리가 먼 것' are `wrong`; any other is not.
_DENYING = rf"(?:{WRONG_WORD}|지 ?(?:않|못)|(?<!답이 )아닌|없는|먼)"
_SOME_STATEMENT = (
    rf"(?:(?P<wrong>{_DENYING}[가-힣]{{0,2}} ?{STATEMENT})|(?<!답이 아닌 ){STATEMENT})"
)
# What a question asks for, and what a pick is called: '(가장) 옳은 것은 B', '속하지 않는 것은 C'.
_ASKED_STATEMENT = re.compile(rf"{_SOME_STATEMENT}(?:은|는|을|를|만|으로| ?\?|$)")
_STATEMENT_CUE = re.compile(rf"{_SOME_STATEMENT}(?:은|는) ?:? ?")
# 'A가 아니라 C', '따라서 C', 'A 말고 C'.
_NEUTRAL_CUE = re.compile(
    rf"(?:{NOT_INSIDE_A_WORD}[A-J{CIRCLED}{SYMBOLS}]{UNIT}?[)'\"]?"
    " ?(?:(?:이|가) ?)?(?:아니라|아니고|아닌|말고)"
    "|따라서|그러므로|그래서|결론적으로|결론은|결론 ?:|결국|선택은|선택 ?:|생각에는),? ?"
)
# '(B)가 가장 적절합니다', 'C의 설명이 옳지 않다', 'B를 선택합니다'.
_PICKED = re.compile(
    rf"{IN_PROSE}{OF_THE_OPTION} ?"
    rf"(?:(?:이|가){MOST} ?(?:(?P<right>{_RIGHT})|(?P<wrong>{_WRONG}))"
    "|(?:을|를) ?(?:선택(?:합|하겠|한다)|고릅|고르겠|고른다|택합|택하겠|택한다))"
)


def asks_for_wrong(stem: str) -> bool | None:
    """Whether the question's last words ask for the wrong statement; None where they do not say."""
    asked = list(_ASKED_STATEMENT.finditer(plain(stem)))
    return bool(asked[-1]["wrong"]) if asked else None


def judged(text: str, offer: Offer) -> list[Claim]:
    cued = [
        _ending_claim_at(text, cue.end(), offer)
        for cue in _STATEMENT_CUE.finditer(text)
        if offer.wrong_one in (None, bool(cue["wrong"]))
    ]
    cued += [_ending_claim_at(text, cue.end(), offer) for cue in _NEUTRAL_CUE.finditer(text)]
    picked = [
        claim_before(text, found, offer)
        for found in _PICKED.finditer(text)
        if not (offer.wrong_one is True and found["right"])
        and not (offer.wrong_one is False and found["wrong"])
    ]
    return in_order([*cued, *picked])


def _ending_claim_at(text: str, position: int, offer: Offer) -> Claim | None:
    """Without the word 'answer' only a choice that ends its clause is believed."""
    found = choices_at(text, position, offer)
    return found[0] if found and AFFIRMED.match(text, found[1]) else None
