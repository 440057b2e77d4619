"""Which mistakes become options: only such as nobody could take for the right number."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import Amount
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, Option

MIN_OPTIONS, MAX_OPTIONS = 4, 7
# A wrong number stays this far from the right one, so that no rounding on the way leads to it.
MIN_STEPS = 3
MIN_SHARE = Fraction(1, 1000)
# Beyond this ratio to the right number nobody would fall for it.
MAX_RATIO = 25


def usable_mistakes(draft: Draft) -> list[str]:
    """The draft's mistakes, in its order, that lead to options of their own.

    Left out are numbers close to the right one, or absurd beside it, and repetitions of an
    earlier option. Empty if the right number itself cannot be shown.
    """
    if not all(amount.signed or amount >= amount.step for amount in _amounts(draft.right)):
        return []
    shown = {str(draft.right)}
    usable = []
    for mistake, option in draft.mistakes.items():
        text = str(option)
        if text not in shown and is_apart(option, draft.right) and is_sensible(option, draft):
            shown.add(text)
            usable.append(mistake)
    return usable


def chosen_mistakes(draft: Draft, usable: list[str], dice: Dice) -> list[str]:
    """Three to six of the usable mistakes, in random order.

    How many of them lie below and above the right number is drawn first. Chosen blindly they would
    make the middle a good guess, because mistakes tend to lie on both sides.
    """
    below = [name for name in usable if _key(draft.mistakes[name]) < _key(draft.right)]
    above = [name for name in usable if name not in below]
    lower, upper = dice.one_of(
        [
            (lower, upper)
            for lower in range(len(below) + 1)
            for upper in range(len(above) + 1)
            if MIN_OPTIONS <= lower + upper + 1 <= MAX_OPTIONS
        ]
    )
    return dice.shuffled([*dice.some_of(below, lower), *dice.some_of(above, upper)])


def is_apart(option: Option, right: Option) -> bool:
    """Whether an option differs from the right one in its words, or clearly in some number."""
    if not isinstance(option, Amount) and not isinstance(right, Amount):
        if option.wording != right.wording:
            return True
        pairs = zip(option.amounts, right.amounts, strict=True)
        return any(is_apart(amount, other) for amount, other in pairs)
    if not (isinstance(option, Amount) and isinstance(right, Amount) and option.form == right.form):
        raise TypeError(f"'{option}' beside '{right}' would give one of them away by its form")
    return abs(option - right) >= max(MIN_STEPS * right.step, MIN_SHARE * abs(right))


def is_sensible(option: Option, draft: Draft) -> bool:
    """Whether an option's numbers are positive, or signed, and of the right one's magnitude."""
    amounts, right = _amounts(option), _amounts(draft.right)
    if any(amount < amount.step and not amount.signed for amount in amounts):
        return False
    return len(amounts) != len(right) or all(
        abs(other) <= MAX_RATIO * abs(amount) and abs(amount) <= MAX_RATIO * abs(other)
        for amount, other in zip(amounts, right, strict=True)
        if amount and other
    )


def _amounts(option: Option) -> tuple[Amount, ...]:
    return (option,) if isinstance(option, Amount) else option.amounts


def _key(option: Option) -> tuple[Fraction, ...]:
    return tuple(Fraction(amount) for amount in _amounts(option))
