"""Which questions a row of training text holds, exactly or nearly.

Rows stream past an index of the questions' character 8-grams: a batch of rows becomes one array of
rolling hashes, a bit table throws nearly all of them away, and only what is left is compared as
text. `python -m workbench.bench.contamination` measures it: 100,000 rows against 1,000 questions
took 9.7 CPU seconds (2026-11-23).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from workbench.contamination.rows import TrainingRow
from workbench.questions.likeness import NEAR, grams, jaccard, packed, packed_with_places
from workbench.schema import Question, Record

Verdict = Literal["clean", "suspect", "leaked"]
Kind = Literal["exact", "near_duplicate", "option_set", "gram13", "gram8", "span"]

SHORT, LONG = 8, 13  # characters of the two sizes of grams
SUSPECT_SHORT, SUSPECT_LONG = 0.3, 0.2  # share of a question's grams that one row holds
SUSPECT_SPAN = 30  # letters in one piece
TELLING_STEM = 30  # letters from which a stem alone is a question; shorter ones need their options
TELLING_OPTIONS = 16  # letters of all options together; fewer stand in many questions
BATCH = 1_000_000  # letters that are hashed at once

_TABLE_BITS = 24
_FACTOR = 0x9E3779B97F4A7C15  # odd; 2**64 over the golden ratio


class Match(Record):
    """The closest row to a question. Shares and likeness run from 0 to 1.

    `span` is the longest piece of the question that stands in the row, as the question has it.
    `likeness` is the Jaccard of character 5-grams between the question and the part of the row
    that lies over it.
    """

    place: str
    kinds: tuple[Kind, ...]
    span: str
    gram8: float
    gram13: float
    likeness: float

    @property
    def verdict(self) -> Verdict:
        found = set(self.kinds)
        if found & {"exact", "near_duplicate"} or {"option_set", "gram13"} <= found:
            return "leaked"
        return "suspect" if found else "clean"

    @property
    def weight(self) -> tuple[bool, bool, float, float]:
        """What makes one match say more than another."""
        return self.verdict == "leaked", "exact" in self.kinds, self.likeness, self.gram8


@dataclass(frozen=True)
class _Watched:
    """A question as it is looked for."""

    question: Question
    stem: str
    options: tuple[str, ...]
    short: frozenset[str]  # those of its 8-grams that tell it from other questions

    @cached_property
    def text(self) -> str:
        return self.stem + "".join(self.options)

    @cached_property
    def long(self) -> frozenset[str]:
        return grams(self.text, LONG)

    @cached_property
    def stem_is_telling(self) -> bool:
        return len(self.stem) >= TELLING_STEM and not self.short.isdisjoint(grams(self.stem, SHORT))

    @cached_property
    def near_grams(self) -> tuple[tuple[str, frozenset[str]], ...]:
        texts = (self.text, self.stem) if self.stem_is_telling else (self.text,)
        return tuple((text, grams(text)) for text in texts)

    def is_in(self, row: str) -> bool:
        """Word for word, whatever stands between stem and options."""
        if self.stem not in row:
            return False
        return self.stem_is_telling or all(option in row for option in self.options)


class QuestionIndex:
    """The questions of a set, ready to be looked for; a question of fewer than 8 letters with all
    its options is found by its option set alone."""

    def __init__(self, questions: Sequence[Question]) -> None:
        import numpy as np

        self._watched = _watched(questions)
        self._owners: dict[str, list[int]] = defaultdict(list)
        self._by_options: dict[frozenset[str], list[int]] = defaultdict(list)
        for number, each in enumerate(self._watched):
            for gram in each.short:
                self._owners[gram].append(number)
            if sum(map(len, each.options)) >= TELLING_OPTIONS:
                self._by_options[frozenset(each.options)].append(number)
        self._table = np.zeros(1 << _TABLE_BITS, dtype=bool)
        # What spans two of them, with the separator inside, is in no text and does no harm.
        self._table[_hashes("\0".join(self._owners))] = True

    def matches(self, rows: Iterable[TrainingRow]) -> Iterator[tuple[int, Match]]:
        """(ordinal of the question, match) for all that is more than chance, row by row."""
        for batch in _batches(rows):
            yield from self._matches_of(batch)

    def _matches_of(self, batch: Sequence[tuple[TrainingRow, str]]) -> Iterator[tuple[int, Match]]:
        hits = self._hits([text for _, text in batch])
        for number, (row, text) in enumerate(batch):
            found = hits.get(number, {})
            same_options = self._same_options(row)
            for ordinal in sorted(found.keys() | same_options):
                match = _match(
                    self._watched[ordinal],
                    row.place,
                    text,
                    found.get(ordinal, []),
                    ordinal in same_options,
                )
                if match.kinds:
                    yield ordinal, match

    def _hits(self, texts: Sequence[str]) -> dict[int, dict[int, list[int]]]:
        """By text and question: where in the text one of the question's grams begins."""
        import numpy as np

        joined = "\0".join(texts)
        starts = np.cumsum([0, *(len(text) + 1 for text in texts[:-1])])
        places = np.flatnonzero(self._table[_hashes(joined)])
        numbers = np.searchsorted(starts, places, side="right") - 1
        found: dict[int, dict[int, list[int]]] = {}
        for place, number in zip(places.tolist(), numbers.tolist(), strict=True):
            for owner in self._owners.get(joined[place : place + SHORT], ()):
                of_text = found.setdefault(number, {})
                of_text.setdefault(owner, []).append(place - int(starts[number]))
        return found

    def _same_options(self, row: TrainingRow) -> set[int]:
        return {
            ordinal
            for options in row.options
            for ordinal in self._by_options.get(frozenset(map(packed, options)), ())
        }


def _watched(questions: Sequence[Question]) -> list[_Watched]:
    """Grams that many of the questions share ('다음 중 옳지 않은 것은') tell none of them."""
    stems = [packed(question.question) for question in questions]
    options = [tuple(map(packed, question.options)) for question in questions]
    all_grams = [
        _short_grams(stem + "".join(each)) for stem, each in zip(stems, options, strict=True)
    ]
    owners = Counter(gram for each in all_grams for gram in each)
    limit = max(3, len(questions) // 100)
    found = []
    for question, stem, each, own in zip(questions, stems, options, all_grams, strict=True):
        telling = frozenset(gram for gram in own if owners[gram] <= limit)
        rarest = sorted(own, key=lambda gram: (owners[gram], gram))[:SHORT]
        found.append(_Watched(question, stem, each, telling or frozenset(rarest)))
    return found


def _short_grams(text: str) -> frozenset[str]:
    return grams(text, SHORT) if len(text) >= SHORT else frozenset()


def _batches(rows: Iterable[TrainingRow]) -> Iterator[list[tuple[TrainingRow, str]]]:
    batch: list[tuple[TrainingRow, str]] = []
    size = 0
    for row in rows:
        text = packed(row.text)
        batch.append((row, text))
        size += len(text)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _hashes(text: str) -> Any:
    """The place in the table of every 8-gram of a text, as an array; empty for a shorter text."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    count = len(codes) - SHORT + 1
    if count < 1:
        return np.zeros(0, dtype=np.int64)
    value = np.zeros(count, dtype=np.uint64)
    for place in range(SHORT):  # wraps around at 2**64, which is meant
        value *= np.uint64(_FACTOR)
        value += codes[place : place + count]
    value *= np.uint64(_FACTOR)
    value >>= np.uint64(64 - _TABLE_BITS)
    return value.astype(np.int64)


# ── one question in one row ──────────────────────────────────────────────────────────────────


def _match(
    watched: _Watched, place: str, row: str, hits: Sequence[int], same_options: bool
) -> Match:
    """How much of the question the row holds; no kinds where that is nothing to speak of.

    `hits` are where in the row the question's 8-grams begin, in rising order.
    """
    short = _share({row[hit : hit + SHORT] for hit in hits}, watched.short)
    if not same_options and short < SUSPECT_SHORT and len(hits) <= LONG - SHORT:
        return Match(place=place, kinds=(), span="", gram8=short, gram13=0.0, likeness=0.0)
    long = _share({row[hit : hit + LONG] for hit in hits}, watched.long)
    start, length = _longest_piece(watched.text, row, hits)
    likeness = max(
        _likeness(watched.text, text, own, row, hits) for text, own in watched.near_grams
    )
    judged: dict[Kind, bool] = {
        "exact": watched.is_in(row),
        "near_duplicate": likeness >= NEAR,
        "option_set": same_options,
        "gram13": long >= SUSPECT_LONG,
        "gram8": short >= SUSPECT_SHORT,
        "span": length >= SUSPECT_SPAN,
    }
    return Match(
        place=place,
        kinds=tuple(kind for kind, holds in judged.items() if holds),
        span=_as_written(watched.question, start, length),
        gram8=short,
        gram13=long,
        likeness=likeness,
    )


def _share(found: set[str], own: frozenset[str]) -> float:
    return len(found & own) / len(own) if own else 0.0


def _longest_piece(text: str, row: str, hits: Sequence[int]) -> tuple[int, int]:
    """(start in the question's text, length) of the longest piece that both hold."""
    best = (0, 0)
    previous = -2
    for hit in hits:
        if hit != previous + 1:  # a new run; the rest of one lies within its first piece
            start = text.find(row[hit : hit + SHORT])
            back = _common(text[:start][::-1], row[max(0, hit - start) : hit][::-1])
            length = back + _common(text[start:], row[hit : hit + len(text)])
            best = max(best, (start - back, length), key=lambda piece: piece[1])
        previous = hit
    return best


def _common(a: str, b: str) -> int:
    """How many characters two texts begin with together."""
    return next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )


def _likeness(whole: str, text: str, own: frozenset[str], row: str, hits: Sequence[int]) -> float:
    """Of `text`, which begins the question's `whole` text, and the part of the row over it.

    That part begins where most of the hits say that the question begins.
    """
    if not hits:
        return 0.0
    begins = Counter(hit - whole.find(row[hit : hit + SHORT]) for hit in hits)
    start = max(0, min(begins, key=lambda begin: (-begins[begin], begin)))
    return jaccard(own, grams(row[start : start + len(text)]))


def _as_written(question: Question, start: int, length: int) -> str:
    """A piece of the packed question as it stands in the question itself."""
    if not length:
        return ""
    written = "\n".join((question.question, *question.options))
    _, places = packed_with_places(written)
    return written[places[start] : places[start + length - 1] + 1]
