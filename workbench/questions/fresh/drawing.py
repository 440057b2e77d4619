"""A seed and a number -> that many questions, the same ones for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from workbench.errors import SettingsError
from workbench.questions.fresh.amounts import Amount
from workbench.questions.fresh.dice import Dice, deck
from workbench.questions.fresh.family import FAMILIES, Area, Draft, Family
from workbench.questions.fresh.korean import with_particle
from workbench.questions.fresh.options import (
    MAX_OPTIONS,
    MIN_OPTIONS,
    chosen_mistakes,
    usable_mistakes,
)
from workbench.schema import LETTERS, Question, QuestionSet, canonical_hash

MAX_QUESTIONS = 10_000
MAX_ATTEMPTS = 200
LICENCE = "CC BY 4.0"


@dataclass(frozen=True)
class FreshQuestion:
    """A question with what it was made from; `mistakes` says what leads to each wrong letter."""

    question: Question
    family: Family
    draft: Draft
    mistakes: dict[str, str]


def fresh_questions(seed: int, n: int) -> QuestionSet:
    """`n` questions that depend on `seed` and on the families' versions.

    A smaller draw is the beginning of a larger one. Areas are even over any stretch, families
    within an area and letters within a number of options too. Questions of one family share a
    `reference_id`, because they stand and fall with the same knowledge.

    Raises SettingsError for a negative seed and for n outside 1–10,000.
    """
    _check(seed, n)
    return QuestionSet(
        name=f"krx-fresh-{seed}",
        questions=tuple(fresh.question for fresh in islice(draw(seed), n)),
        origin=f"krx-fresh, seed {seed}, n {n}, families {families_hash()[:12]}",
    )


def families_hash() -> str:
    """SHA-256 (hex) of all families' names and versions."""
    return canonical_hash({family.name: family.version for family in FAMILIES.values()})


def draw(seed: int) -> Iterator[FreshQuestion]:
    """Questions without end, no two alike."""
    letters = {
        size: deck(LETTERS[:size], "letters", seed, size)
        for size in range(MIN_OPTIONS, MAX_OPTIONS + 1)
    }
    drawn: Counter[str] = Counter()
    texts: set[str] = set()
    for family in families(seed):
        drawn[family.name] += 1
        draft, mistakes = write(family, seed, drawn[family.name], texts)
        texts.add(draft.question)
        letter = next(letters[len(mistakes) + 1])
        name = f"krx-fresh-{seed}-{family.name}-{drawn[family.name]}"
        yield assemble(family, draft, mistakes, letter, name)


def families(seed: int) -> Iterator[Family]:
    """The families in the order in which they are asked: areas in turn, then families in turn."""
    ordered = sorted(FAMILIES.values(), key=lambda family: family.name)
    areas: dict[Area, list[Family]] = {}
    for family in ordered:
        areas.setdefault(family.area, []).append(family)
    in_turn = {area: deck(members, "families", seed, area) for area, members in areas.items()}
    for area in deck(sorted(areas), "areas", seed):
        yield next(in_turn[area])


def write(
    family: Family, seed: int, ordinal: int, taken: Collection[str] = ()
) -> tuple[Draft, list[str]]:
    """The family's draft for its `ordinal`-th turn and the mistakes that become its options.

    It is drawn again while its text is taken or too few mistakes are usable. Raises RuntimeError
    for a family that keeps failing: its ranges are wrong.
    """
    for attempt in range(MAX_ATTEMPTS):
        dice = Dice("krx-fresh", family.name, family.version, seed, ordinal, attempt)
        draft = family.write(dice)
        usable = usable_mistakes(draft)
        if draft.question not in taken and len(usable) >= MIN_OPTIONS - 1:
            return draft, chosen_mistakes(draft, usable, dice)
    raise RuntimeError(f"the family '{family.name}' found no question in {MAX_ATTEMPTS} attempts")


def assemble(
    family: Family, draft: Draft, mistakes: list[str], letter: str, name: str
) -> FreshQuestion:
    """The question with its right option under `letter`."""
    options = [str(draft.mistakes[mistake]) for mistake in mistakes]
    options.insert(LETTERS.index(letter), str(draft.right))
    question = Question(
        id=name,
        question=draft.question,
        options=tuple(options),
        answer=letter,
        category=family.category,
        area=family.area,
        difficulty=family.difficulty,
        reasoning=f"{draft.reasoning} {_consequences(draft, mistakes)}",
        reference_id=f"fresh/{family.name}",
        source=f"krx-fresh, {family.name} v{family.version}",
        licence=LICENCE,
    )
    wrong = [x for x in question.letters if x != letter]
    return FreshQuestion(question, family, draft, dict(zip(wrong, mistakes, strict=True)))


def _consequences(draft: Draft, mistakes: list[str]) -> str:
    """'단리로 할인하면 9,901원, 이자를 빠뜨리면 8,900원이 된다.'"""
    results = [draft.mistakes[mistake] for mistake in mistakes]
    # A phrase has commas and verbs of its own.
    shown = [str(x) if isinstance(x, Amount) else f"'{x}'" for x in results]
    shown[-1] = with_particle(shown[-1], "이/가") + " 된다."
    return ", ".join(f"{mistake} {text}" for mistake, text in zip(mistakes, shown, strict=True))


def _check(seed: int, n: int) -> None:
    if seed < 0:
        raise SettingsError(f"seed {seed} is negative; expected 0 or a whole number above")
    if not 1 <= n <= MAX_QUESTIONS:
        raise SettingsError(f"n = {n} questions, expected 1–{MAX_QUESTIONS:,}")
