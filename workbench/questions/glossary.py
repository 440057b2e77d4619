"""A glossary -> questions with one right option: which term does this describe, what does it mean?

What keeps them honest:

- The term is masked in its definition, with the particle behind it, which would tell its last
  sound. An entry whose term still shows through, in one piece or in parts, is dropped.
- Wrong options come from the same category and from a block of options of like length, in which
  every entry is right once and wrong as often as any other. So neither the option's length nor how
  often it is seen tells anything.
- No wrong option is named in the right definition or names the right term in its own: it may be a
  synonym, and then it is right too.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Literal

from workbench.questions.fresh.dice import Dice, deck
from workbench.questions.glossary_file import Entry
from workbench.questions.likeness import grams, jaccard, packed, packed_with_places
from workbench.schema import LETTERS, Question

Ask = Literal["term", "definition"]
ASKS: tuple[Ask, ...] = ("term", "definition")
Reason = Literal[
    "no term or no definition",
    "term of one character",
    "repeated term",
    "repeated definition",
    "first sentence too long",
    "too little left beside the term",
    "term shows in its definition",
    "too few wrong options",
]

MIN_OPTIONS, MAX_OPTIONS = 4, 7
MASK = "○○"
MIN_DEFINITION = 15  # letters and digits without the term
MAX_DEFINITION = 200  # characters; whole sentences up to here
MAX_SENTENCE = 300  # characters of a first sentence that is longer alone
MAX_SHOWN_PARTS = 0.5  # of the term's pairs of characters
MAX_LIKENESS = 0.3  # Jaccard of two definitions, from which both may fit one term
BLOCK = 30  # entries of like length that are each other's wrong options
MIN_BLOCK = 2 * MAX_OPTIONS  # a category with fewer is joined with others

STEMS: dict[Ask, str] = {
    "term": "다음 설명에 해당하는 용어는?\n\n{}",
    "definition": "다음 중 '{}'의 뜻으로 옳은 것은?",
}
_PARTICLES = {
    **dict.fromkeys(("은", "는"), "은(는)"),
    **dict.fromkeys(("이", "가"), "이(가)"),
    **dict.fromkeys(("을", "를"), "을(를)"),
    **dict.fromkeys(("과", "와"), "과(와)"),
    **dict.fromkeys(("이란", "란"), "(이)란"),
    **dict.fromkeys(("이라", "라"), "(이)라"),
    **dict.fromkeys(("이라고", "라고"), "(이)라고"),
    **dict.fromkeys(("이라고도", "라고도"), "(이)라고도"),
    **dict.fromkeys(("이라는", "라는"), "(이)라는"),
    **dict.fromkeys(("으로", "로"), "(으)로"),
}
_PARTICLE = "|".join(sorted(_PARTICLES, key=len, reverse=True))
# A bracket behind the term is the term again, in English or Chinese.
_HIDDEN = re.compile(rf"\0+(?:\s*\([^()]*\))?(['\"’”」]?)(?:({_PARTICLE})(?![가-힣]))?")
_LATIN = re.compile(r"[A-Za-z0-9]")
_BRACKETED = re.compile(r"\(([^()]*)\)")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")


@dataclass(frozen=True)
class Card:
    """An entry that can be asked; `masked` is the opening of its definition without the term."""

    entry: Entry
    opening: str
    masked: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        return names(self.entry.term)

    @cached_property
    def whole(self) -> str:
        return packed(self.entry.definition)

    @cached_property
    def gist(self) -> frozenset[str]:
        return grams(packed(self.masked))

    def option(self, ask: Ask) -> str:
        return self.entry.term if ask == "term" else self.masked

    def stem(self, ask: Ask) -> str:
        return STEMS[ask].format(self.masked if ask == "term" else self.entry.term)


@dataclass(frozen=True)
class GlossaryQuestions:
    """The questions, and what became of all entries that were read."""

    questions: tuple[Question, ...]
    read: int
    masked: int  # entries whose definition named its term
    dropped: Mapping[Reason, int]


def glossary_questions(
    entries: Sequence[Entry],
    name: str,
    *,
    seed: int = 0,
    asks: Sequence[Ask] = ASKS,
    source: str = "",
    licence: str = "",
) -> GlossaryQuestions:
    """One question for every usable entry, in their order; `asks` are used equally often.

    Numbers of options are even, and so are right letters within each number.
    """
    cards, dropped = usable_cards(entries)
    neighbours = {ask: _blocks(cards, ask) for ask in asks}
    ask_deck = deck(asks, "asks", seed)
    sizes = deck(range(MIN_OPTIONS, MAX_OPTIONS + 1), "sizes", seed)
    letters = {
        size: deck(LETTERS[:size], "letters", seed, size)
        for size in range(MIN_OPTIONS, MAX_OPTIONS + 1)
    }
    questions: list[Question] = []
    for card, ask, size in zip(cards, ask_deck, sizes, strict=False):
        dice = Dice("glossary", seed, ask, card.entry.term)
        wrong = wrong_options(card, dice.shuffled(neighbours[ask][card.entry.term]), ask, size - 1)
        if len(wrong) < MIN_OPTIONS - 1:
            dropped["too few wrong options"] += 1
            continue
        letter = next(letters[len(wrong) + 1])
        wrong.insert(LETTERS.index(letter), card.option(ask))
        question = Question(
            id=f"{name}-{len(questions) + 1:04d}",
            question=card.stem(ask),
            options=tuple(wrong),
            answer=letter,
            category=card.entry.category,
            reasoning=f"{card.entry.term}의 뜻: {card.opening}",
            reference_id=card.entry.term,
            source=source,
            licence=licence,
        )
        questions.append(question)
    masked = sum(card.masked != card.opening for card in cards)
    return GlossaryQuestions(tuple(questions), len(entries), masked, dropped)


# ── what can be asked ────────────────────────────────────────────────────────────────────────


def usable_cards(entries: Iterable[Entry]) -> tuple[list[Card], Counter[Reason]]:
    """The entries that make a question, and how many make none, by the first reason found."""
    cards: list[Card] = []
    dropped: Counter[Reason] = Counter()
    terms: set[str] = set()
    definitions: set[str] = set()
    for entry in entries:
        found = _card(entry, terms, definitions)
        if isinstance(found, Card):
            cards.append(found)
            terms.add(found.names[0])
            definitions.add(found.whole)
        else:
            dropped[found] += 1
    return cards, dropped


def _card(entry: Entry, terms: set[str], definitions: set[str]) -> Card | Reason:
    if not (packed(entry.term) and packed(entry.definition)):
        return "no term or no definition"
    own = names(entry.term)
    if not own:
        return "term of one character"
    if own[0] in terms:
        return "repeated term"
    if packed(entry.definition) in definitions:
        return "repeated definition"
    sentences = _SENTENCE_END.split(entry.definition)
    if len(sentences[0]) > MAX_SENTENCE:
        return "first sentence too long"
    reason: Reason = "term shows in its definition"
    for opening in dict.fromkeys((_opening(sentences), sentences[0])):
        masked = masked_definition(entry.term, opening)
        if len(packed(masked.replace(MASK, ""))) < MIN_DEFINITION:
            reason = "too little left beside the term"
        elif not shows_through(own, packed(masked)):
            return Card(entry, opening, masked)
    return reason


def _opening(sentences: Sequence[str]) -> str:
    """As many sentences as MAX_DEFINITION holds, but at least one."""
    ends = accumulate(len(sentence) + 1 for sentence in sentences)
    return " ".join(sentences[: max(1, sum(end - 1 <= MAX_DEFINITION for end in ends))])


def names(term: str) -> tuple[str, ...]:
    """What a term is called, packed: first the whole or what stands before a bracket, then the rest.

    Names of one character are left out: they stand in every other text.

    >>> names("신주인수권부사채(BW)"), names("CD/양도성 예금증서"), names("금")
    (('신주인수권부사채', 'bw'), ('cd양도성예금증서', 'cd', '양도성예금증서'), ())
    """
    found = [packed(name) for name in _written_names(term)]
    return tuple(dict.fromkeys(name for name in found if len(name) > 1))


def _written_names(term: str) -> list[str]:
    bare = _BRACKETED.sub(" ", term).strip()
    parts = [part for text in (bare, *_BRACKETED.findall(term)) for part in re.split(r"[/,]", text)]
    return [bare, *parts]


def masked_definition(term: str, definition: str) -> str:
    """The definition with MASK for every name of the term, however it is spaced.

    >>> masked_definition("경제활동인구", "경제 활동 인구는 일할 뜻이 있는 인구이다.")
    '○○은(는) 일할 뜻이 있는 인구이다.'
    >>> masked_definition("종가세", "종가세(從價稅, ad valorem tax)란 값에 매기는 세금이다.")
    '○○(이)란 값에 매기는 세금이다.'
    """
    letters, places = packed_with_places(definition)
    hidden: set[int] = set()
    for name in sorted(names(term), key=len, reverse=True):
        start = letters.find(name)
        while start >= 0:
            span = range(places[start], places[start + len(name) - 1] + 1)
            if hidden.isdisjoint(span) and not _within_a_word(definition, span):
                hidden.update(span)
            start = letters.find(name, start + 1)
    kept = "".join("\0" if i in hidden else character for i, character in enumerate(definition))
    return _HIDDEN.sub(lambda match: MASK + match[1] + _PARTICLES.get(match[2] or "", ""), kept)


def _within_a_word(text: str, span: range) -> bool:
    """Whether Latin letters go on beside the span: 'IT' is no part of 'credit'. Korean ones may.

    >>> _within_a_word("credit", range(4, 6)), _within_a_word("IT산업", range(2))
    (True, False)
    """
    beside = ((span.start, span.start - 1), (span.stop - 1, span.stop))
    return any(
        0 <= outer < len(text) and all(_LATIN.match(text[place]) for place in (inner, outer))
        for inner, outer in beside
    )


def shows_through(own_names: Sequence[str], masked: str) -> bool:
    """Whether a packed text still holds one of the names, whole or most of it in parts.

    >>> shows_through(("국가신용등급",), "국가의신용등급을매긴것"), shows_through(("국채",), "국가의빚")
    (True, False)
    """
    return any(_shown_share(name, masked) > MAX_SHOWN_PARTS for name in own_names)


def _shown_share(name: str, text: str) -> float:
    """Share of the name's pairs of characters that stand somewhere in the text."""
    pairs = grams(name, 2)
    return sum(pair in text for pair in pairs) / len(pairs)


# ── wrong options ────────────────────────────────────────────────────────────────────────────


def _blocks(cards: Sequence[Card], ask: Ask) -> dict[str, list[Card]]:
    """By term: the cards of the same category with options of like length, itself among them."""
    by_category: dict[str, list[Card]] = {}
    for card in cards:
        by_category.setdefault(card.entry.category, []).append(card)
    large = [group for group in by_category.values() if len(group) >= MIN_BLOCK]
    small = [card for group in by_category.values() if len(group) < MIN_BLOCK for card in group]
    found: dict[str, list[Card]] = {}
    for group in [*large, small]:
        in_order = sorted(group, key=lambda card: len(card.option(ask)))
        count = max(1, len(in_order) // BLOCK)
        for n in range(count):
            block = in_order[n * len(group) // count : (n + 1) * len(group) // count]
            found |= {card.entry.term: block for card in block}
    return found


def wrong_options(card: Card, candidates: Iterable[Card], ask: Ask, size: int) -> list[str]:
    """Up to `size` options of candidates that cannot be right, no two alike."""
    taken: dict[str, str] = {packed(card.option(ask)): ""}
    for other in candidates:
        if len(taken) > size:
            break
        if other is not card and not _may_both_fit(card, other):
            taken.setdefault(packed(other.option(ask)), other.option(ask))
    return list(taken.values())[1:]


def _may_both_fit(card: Card, other: Card) -> bool:
    """Whether the other term could be what is described, too."""
    return (
        any(a in b or b in a for a in card.names for b in other.names)
        or any(name in card.whole for name in other.names)
        or any(name in other.whole for name in card.names)
        or jaccard(card.gist, other.gist) >= MAX_LIKENESS
    )
