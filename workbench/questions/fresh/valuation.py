"""Present values, exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def discounted(flows: Sequence[Fraction | int], rate: Fraction) -> list[Fraction]:
    """What flows at the ends of years 1, 2, … are worth today, each."""
    return [flow / (1 + rate) ** year for year, flow in enumerate(flows, start=1)]


def annuity(rate: Fraction, n: int) -> Fraction:
    """The present value of 1 at the end of each of `n` years."""
    return sum(discounted([1] * n, rate), Fraction())
