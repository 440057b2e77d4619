"""Every family solved a second time, from the numbers in the question and by another way.

Where a family has a formula, the solution here searches, simulates, keeps a ledger or builds a
schedule, in floating point. Rates come as shares (5 % is 0.05), amounts in the question's unit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Solution = float | tuple[Any, ...]
SOLUTIONS: dict[str, Callable[..., Solution]] = {}


def solves(family: str) -> Callable[[Callable[..., Solution]], Callable[..., Solution]]:
    """Enters a solution: a number, or the option's words with '#' for numbers and the numbers."""

    def enter(solve: Callable[..., Solution]) -> Callable[..., Solution]:
        assert family not in SOLUTIONS, family
        SOLUTIONS[family] = solve
        return solve

    return enter
