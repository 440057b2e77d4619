"""Questions that did not exist when a model was trained: parametric families and seeds.

A family draws numbers, writes a question around them, and computes the right option and those that
named mistakes lead to. `fresh_questions(seed, n)` asks all families in turn.
"""

from workbench.questions.fresh import (
    accounting,
    assets,
    bonds,
    corporate,
    currencies,
    derivatives,
    markets,
    portfolio,
    ratios,
    statements,
    trading,
)
from workbench.questions.fresh.drawing import FreshQuestion, draw, fresh_questions
from workbench.questions.fresh.family import FAMILIES, Family

# Importing them fills FAMILIES.
TOPICS = (
    *(accounting, assets, statements, ratios, corporate, bonds),
    *(derivatives, currencies, markets, portfolio, trading),
)

__all__ = ["FAMILIES", "Family", "FreshQuestion", "draw", "fresh_questions"]
