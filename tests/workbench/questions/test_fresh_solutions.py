"""Every family's right option, computed a second time and by another way."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

import pytest

from tests.workbench.questions.fresh_solutions import (
    accounting,
    bonds,
    derivatives,
    markets,
    portfolio,
    ratios,
    statements,
)
from tests.workbench.questions.fresh_solutions.registry import SOLUTIONS
from workbench.questions.fresh import FAMILIES, Family
from workbench.questions.fresh.amounts import Amount, number
from workbench.questions.fresh.drawing import write
from workbench.questions.fresh.family import Draft, Phrase

# Importing them fills SOLUTIONS.
TOPICS = (accounting, bonds, derivatives, markets, portfolio, ratios, statements)
SEED = 20261122
DRAWS = 20

every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))


def plain(given: Any) -> Any:
    """A given number as a float; text and counts as they are."""
    if isinstance(given, tuple):
        return [plain(value) for value in given]
    return float(given) if isinstance(given, Fraction) else given


def assert_right(draft: Draft, family: Family) -> None:
    solved = SOLUTIONS[family.name](**{name: plain(given) for name, given in draft.given.items()})
    right = draft.right
    if isinstance(right, Phrase):
        words, *numbers = solved
        units = [f"#{amount.unit.name}" for amount in right.amounts]
        assert right.wording.format(*units) == words, draft.question
    else:
        numbers, right = [solved], Phrase("{}", right)
    for amount, value in zip(right.amounts, numbers, strict=True):
        assert float(amount) == pytest.approx(value, rel=1e-8, abs=1e-9), draft.question


def test_every_family_is_solved_and_nothing_else_is() -> None:
    assert SOLUTIONS.keys() == FAMILIES.keys()


@every_family
def test_the_right_option_is_right(family: Family) -> None:
    for ordinal in range(1, DRAWS + 1):
        draft, _ = write(family, SEED, ordinal)
        assert_right(draft, family)


@pytest.mark.torture
@every_family
def test_the_right_option_is_right_for_many_seeds(family: Family) -> None:
    for seed in range(10_000 // len(FAMILIES) + 1):
        draft, _ = write(family, seed, 1)
        assert_right(draft, family)


# ── a solver who sees the question alone has all that is needed ──────────────────────────────


def stated(value: Any, text: str) -> bool:
    """Whether the text shows a given: with its unit, without, or as a plain decimal."""
    if isinstance(value, tuple):
        return all(stated(part, text) for part in value)
    if isinstance(value, Amount):
        forms = {str(value), value.bare, str(number(value))} if value.digits <= 6 else set()
    else:
        forms = {str(value)}
    return any(re.search(rf"(?<![\d.,]){re.escape(form)}(?![\d]|[.,]\d)", text) for form in forms)


@every_family
def test_every_number_that_the_solution_needs_is_in_the_question(family: Family) -> None:
    for ordinal in range(1, DRAWS + 1):
        draft, _ = write(family, SEED, ordinal)
        missing = [name for name, value in draft.given.items() if not stated(value, draft.question)]
        assert not missing, draft.question
