"""Seeded choices that come out the same under every Python version.

`random.Random` promises for ever only its seeding and `random()`; what `choice` or `shuffle` make
of them may change. So nothing else of it is used here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import count
from random import Random
from typing import TypeVar

from workbench.questions.fresh.korean import Words

T = TypeVar("T")
Decimal = int | str | Fraction  # exact: a float is none

_NAMES = (
    *("가람", "나래", "다솜", "라온", "마루", "벼리", "사계", "아람", "자람", "초롱", "푸름", "하늘빛"),
    *("산들", "윤슬", "미르", "해솔", "도담", "새봄", "이든", "여울", "소담", "한결", "온새", "두레"),
)  # fmt: skip


class Dice:
    """Choices that depend on a name and nothing else; each call moves on."""

    def __init__(self, *name: object) -> None:
        self._random = Random("/".join(map(str, name)))

    def whole(self, low: int, high: int, step: int = 1) -> int:
        """One of low, low + step, …, high."""
        return low + step * self._below((high - low) // step + 1)

    def between(self, low: Decimal, high: Decimal, step: Decimal = 1) -> Fraction:
        """As `whole`, for decimals such as '2.5'."""
        first, by = Fraction(low), Fraction(step)
        return first + by * self._below(int((Fraction(high) - first) / by) + 1)

    def rate(self, low: Decimal, high: Decimal, step: Decimal = 1) -> Fraction:
        """As `between`, in percent: `rate(2, 5, "0.5")` gives 0.02, 0.025, …, 0.05."""
        return self.between(low, high, step) / 100

    def one_of(self, values: Sequence[T]) -> T:
        return values[self._below(len(values))]

    def some_of(self, values: Sequence[T], size: int) -> list[T]:
        """`size` different ones, in random order."""
        return self.shuffled(values)[:size]

    def shuffled(self, values: Sequence[T]) -> list[T]:
        """Fisher–Yates."""
        found = list(values)
        for last in range(len(found) - 1, 0, -1):
            other = self._below(last + 1)
            found[last], found[other] = found[other], found[last]
        return found

    def company(self) -> Words:
        return self.companies(1)[0]

    def companies(self, size: int) -> list[Words]:
        """Names of companies that do not exist, all different."""
        return [Words(f"(주){name}") for name in self.some_of(_NAMES, size)]

    def _below(self, limit: int) -> int:
        return int(self._random.random() * limit)


def deck(cards: Sequence[T], *name: object) -> Iterator[T]:
    """The cards for ever, shuffled anew each time all have been dealt: even over any stretch."""
    for turn in count():
        yield from Dice(*name, turn).shuffled(cards)
