"""Exact numbers that are written as Korean examinations write them.

All arithmetic behind a question is done in fractions: the same on every machine, and rounded once,
when the number is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from workbench.questions.fresh.korean import with_particle

MINUS = "−"
_MAX_DIGITS = 6
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Amount(Fraction):
    """A number with its unit and number of decimals; arithmetic with it gives plain fractions.

    `str()` shows it with its unit, `bare` without, and a format such as f"{price:은/는}" with the
    form of the particle that follows.
    """

    __slots__ = ("digits", "signed", "unit")

    unit: Unit
    digits: int
    signed: bool

    @property
    def step(self) -> Fraction:
        """The size of one unit in the last place that is shown."""
        return Fraction(1, self.unit.scale * 10**self.digits)

    @property
    def form(self) -> tuple[Unit, int, bool]:
        """What must be the same among the options of a question."""
        return self.unit, self.digits, self.signed

    @property
    def bare(self) -> str:
        """
        >>> won(Fraction(123456, 10), 0).bare, percent(Fraction(-1, 8)).bare
        ('12,346', '−12.5')
        """
        steps = _round_half_up(abs(self) / self.step)
        sign = MINUS if self < 0 < steps else "+" if self.signed and steps else ""
        whole, rest = divmod(steps, 10**self.digits)
        return f"{sign}{whole:,}" + (f".{rest:0{self.digits}d}" if self.digits else "")

    @property
    def factor(self) -> str:
        """As it stands inside a formula: a negative number in brackets."""
        return f"({self})" if self < 0 else str(self)

    def __str__(self) -> str:
        """With the unit; from 10,000만원 on as '1억 2,500만원'."""
        shown = _round_half_up(abs(self) / self.step) * self.step
        if self.unit != man_won or shown < 10_000:
            return f"{self.bare}{self.unit.name}"
        eok, rest = divmod(shown, 10_000)
        sign = "" if self.bare[0].isdigit() else self.bare[0]
        return f"{sign}{eok:,}억" + (f" {man_won(rest, self.digits)}" if rest else "원")

    def __format__(self, particle: str) -> str:
        return with_particle(str(self), particle) if particle else str(self)


@dataclass(frozen=True)
class Unit:
    """What amounts are counted in; a shown number is the value times `scale`."""

    name: str
    scale: int = 1

    def __call__(
        self, value: Fraction | int, digits: int | None = None, *, signed: bool = False
    ) -> Amount:
        """The value in this unit, shown with so many decimals; None shows all that it has.

        Raises ValueError for a value that never ends and has no `digits`: numbers that a question
        gives must be shown as they are.
        """
        amount = Amount(value)
        amount.unit, amount.signed = self, signed
        amount.digits = _decimals(amount * self.scale) if digits is None else digits
        return amount


def _decimals(value: Fraction) -> int:
    """How many decimals a value has."""
    for digits in range(_MAX_DIGITS + 1):
        if (value * 10**digits).denominator == 1:
            return digits
    raise ValueError(f"{value} has more than {_MAX_DIGITS} decimals; say how many to show")


def _round_half_up(value: Fraction) -> int:
    """As Korean examinations round (반올림), and not to the even neighbour; for values from 0."""
    return int(value + Fraction(1, 2))


won = Unit("원")
man_won = Unit("만원")
million_won = Unit("백만원")
eok_won = Unit("억원")
jo_won = Unit("조원")
dollars = Unit("달러")
man_dollars = Unit("만달러")
percent = Unit("%", 100)
percent_points = Unit("%p", 100)
basis_points = Unit("bp", 10_000)
times = Unit("배")
shares = Unit("주")
man_shares = Unit("만주")
pieces = Unit("개")
units = Unit("좌")
man_units = Unit("만좌")
contracts = Unit("계약")
points = Unit("포인트")
years = Unit("년")
days = Unit("일")
number = Unit("")


def root(value: Fraction) -> Fraction:
    """The square root to 15 decimals, cut off and not rounded; negative numbers have none."""
    scale = 10**15
    return Fraction(isqrt(value.numerator * scale**2 // value.denominator), scale)


def superscript(exponent: int) -> str:
    """
    >>> superscript(12), superscript(1)
    ('¹²', '')
    """
    return str(exponent).translate(_SUPERSCRIPT) if exponent != 1 else ""
