"""One question as it lies on the exam card: corrected by hand, its right answer perhaps unknown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from workbench.errors import CardError
from workbench.questions.formats import LETTERED
from workbench.schema import LETTERS, MAX_OPTIONS, MIN_OPTIONS, Question, Record

OWN_ID = "own"  # of a question that is in no set, because somebody wrote or changed it
MAX_CHARACTERS = 20_000


class Card(Record):
    """A question, and whether its right answer is known.

    Where it is not, `question.answer` is a stand-in that no prompt shows and no screen may.
    """

    question: Question
    answer_known: bool = True

    @property
    def answer(self) -> str | None:
        return self.question.answer if self.answer_known else None

    @property
    def in_a_set(self) -> bool:
        return self.question.id != OWN_ID


def write_card(
    stem: str, options: Sequence[str], answer: str | None, reasoning: str = "", reference: str = ""
) -> Card:
    """The card of a question of one's own. Raises CardError for what is no question."""
    _check(stem, options, answer)
    question = Question(
        id=OWN_ID,
        question=stem,
        options=tuple(options),
        answer=answer or LETTERS[0],
        reasoning=reasoning,
        reference=reference,
    )
    return Card(question=question, answer_known=answer is not None)


def corrected(card: Card | None, stem: str, option_text: str, answer: str | None) -> Card:
    """The card as it stands in the fields for correcting it, the options one on each line.

    An unchanged card is returned as it is. A changed one is a question of one's own; the material
    it is asked with stays. Raises CardError.
    """
    if card and (stem, option_text, answer) == (card.question.question, lines(card), card.answer):
        return card
    if len(stem) + len(option_text) > MAX_CHARACTERS:
        raise CardError("too_long", found=len(stem) + len(option_text), limit=MAX_CHARACTERS)
    reference = card.question.reference if card else ""
    return write_card(stem.strip(), _options(option_text), answer, reference=reference)


def lines(card: Card) -> str:
    """The options one on each line, without letters: their order gives them.

    >>> lines(write_card("다음 중 옳은 것은?", ("자산\\n(유동)", "부채"), None))
    '자산 (유동)\\n부채'
    """
    return "\n".join(" ".join(option.split()) for option in card.question.options)


def _options(text: str) -> list[str]:
    """
    >>> _options("A. 자산\\n\\nB. 부채"), _options("A. I. 자산\\n부채")
    (['자산', '부채'], ['A. I. 자산', '부채'])
    """
    options = [option.strip() for option in text.split("\n") if option.strip()]
    found = [match and match[1].upper() for match in map(LETTERED.match, options)]
    bare = [LETTERED.sub("", option) for option in options]
    return bare if found == list(LETTERS[: len(options)]) and all(bare) else options


def _check(stem: str, options: Sequence[str], answer: str | None) -> None:
    if not stem.strip() and not options:
        raise CardError("empty")
    if not options:
        raise CardError("no_options")
    count = {"found": len(options), "least": MIN_OPTIONS, "most": MAX_OPTIONS}
    if len(options) < MIN_OPTIONS:
        raise CardError("too_few", **count)
    if len(options) > MAX_OPTIONS:
        raise CardError("too_many", **count)
    if not re.search(r"\w", stem):
        raise CardError("no_stem")
    seen: dict[str, str] = {}
    for letter, option in zip(LETTERS, options, strict=False):
        key = unicodedata.normalize("NFC", option).strip()
        if key in seen:
            raise CardError("same_options", first=seen[key], second=letter, text=key[:80])
        seen[key] = letter
    last = LETTERS[len(options) - 1]
    if answer is not None and answer not in LETTERS[: len(options)]:
        raise CardError("answer_not_offered", answer=answer[:80], last=last)
