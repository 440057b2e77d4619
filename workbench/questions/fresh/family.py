"""What a parametric family is: a function that writes a question around numbers that it draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from workbench.questions.fresh.amounts import Amount
from workbench.questions.fresh.dice import Dice

Area = Literal[
    "재무제표 분석", "회계 원칙 적용", "재무 비율 계산", "금융 개념", "시장 동향", "투자 전략"
]
CATEGORY_OF: dict[Area, str] = {
    "재무제표 분석": "재무회계",
    "회계 원칙 적용": "재무회계",
    "재무 비율 계산": "재무회계",
    "금융 개념": "금융시장",
    "시장 동향": "금융시장",
    "투자 전략": "금융시장",
}
Difficulty = Literal["easy", "hard"]
Given = Amount | Fraction | int | str


class Phrase:
    """An option of several numbers, or of words around one: Phrase("{}과 {}", low, high)."""

    def __init__(self, wording: str, *amounts: Amount) -> None:
        self.wording, self.amounts = wording, amounts

    def __str__(self) -> str:
        return self.wording.format(*self.amounts)


Option = Amount | Phrase


@dataclass(frozen=True)
class Draft:
    """A question before its options are put in order.

    `mistakes` names each way to go wrong by a Korean clause that ends in -면, with the option that
    it leads to; the clause goes into the reasoning. `given` are the numbers that the question
    states, by name, so that somebody else can solve it too.
    """

    question: str
    given: Mapping[str, Given | tuple[Given, ...]]
    right: Option
    mistakes: Mapping[str, Option]
    reasoning: str


@dataclass(frozen=True)
class Family:
    """`version` rises whenever the same dice would give another question than before."""

    name: str
    area: Area
    difficulty: Difficulty
    write: Callable[[Dice], Draft]
    version: int = 1

    @property
    def category(self) -> str:
        return CATEGORY_OF[self.area]


FAMILIES: dict[str, Family] = {}


def family(
    name: str, area: Area, difficulty: Difficulty, version: int = 1
) -> Callable[[Callable[[Dice], Draft]], Callable[[Dice], Draft]]:
    """Enters a function into FAMILIES."""

    def enter(write: Callable[[Dice], Draft]) -> Callable[[Dice], Draft]:
        if name in FAMILIES:
            raise ValueError(f"two families are called '{name}'")
        FAMILIES[name] = Family(name, area, difficulty, write, version)
        return write

    return enter
