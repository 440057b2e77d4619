"""How likely a model finds each option, and whether it follows what options say or where they stand.

The letters are scored behind the prompt as method 'loglik' does it, and the likelihoods are put in
proportion to each other: what is shown is a share among the options, not of all that a model
might have said.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from workbench.engines.base import Engine
from workbench.errors import EngineError, InputError
from workbench.prompts import letter_continuations, mcqa_prompt
from workbench.questions.rotation import rotated
from workbench.schema import LETTERS, PromptStyle, Question, Record, Variant

STYLES: tuple[PromptStyle, ...] = ("native", "chat")
TUNED_FIRST: tuple[Variant, ...] = ("tuned", "vanilla")

Follows = Literal["content", "letter", "neither"]


class Asked(Record):
    """Who was asked, and in which style."""

    variant: Variant
    style: PromptStyle


class OptionScores(Asked):
    """The share of each option, in the order in which they were shown; they sum to 1."""

    shares: tuple[float, ...]

    @property
    def choice(self) -> str:
        """The letter of the likeliest option; of equal ones the first."""
        return LETTERS[self.shares.index(max(self.shares))]


class RotationScores(Asked):
    """The choice in each rotation: turn n has the options n places up (`questions.rotation`)."""

    letters: tuple[str, ...]  # where the chosen option stood

    @property
    def contents(self) -> tuple[str, ...]:
        """What was chosen in each turn: the letter that the option has in the original order.

        >>> RotationScores(variant="tuned", style="native", letters=("C", "B", "A")).contents
        ('C', 'C', 'C')
        """
        k = len(self.letters)
        places = map(LETTERS.index, self.letters)
        return tuple(LETTERS[(place + turn) % k] for turn, place in enumerate(places))

    @property
    def favourite(self) -> str:
        """The content that is chosen most often; of equal ones the one chosen first."""
        return Counter(self.contents).most_common(1)[0][0]

    @property
    def same_content(self) -> int:
        """In how many turns the favourite is chosen: from 1 to as many as there are options."""
        return self.contents.count(self.favourite)

    @property
    def favourite_letter(self) -> str:
        return Counter(self.letters).most_common(1)[0][0]

    @property
    def same_letter(self) -> int:
        return self.letters.count(self.favourite_letter)

    @property
    def follows(self) -> Follows:
        """Whichever stays put more often as the options turn."""
        if self.same_content == self.same_letter:
            return "neither"
        return "content" if self.same_content > self.same_letter else "letter"


def cells(engine: Engine, question: Question) -> tuple[Asked, ...]:
    """Whom this engine can ask, and how: one variant after the other, because an engine that holds
    its models in turn changes them in seconds.

    A model without a chat template is asked in native style alone.
    """
    variants = [variant for variant in TUNED_FIRST if variant in engine.variants]
    return tuple(
        Asked(variant=variant, style=style)
        for variant in variants
        for style in STYLES
        if _can_be_asked(engine, question, style)
    )


def score(engine: Engine, question: Question, asked: Asked) -> OptionScores:
    """Raises as `Engine.score_options`."""
    (scores,) = _score_all(engine, [question], asked)
    return scores


def score_rotations(engine: Engine, question: Question, asked: Asked) -> RotationScores:
    """All rotations in one call. Raises as `Engine.score_options`."""
    turned = [rotated(question, turn) for turn in range(len(question.options))]
    scores = _score_all(engine, turned, asked)
    return RotationScores(
        variant=asked.variant, style=asked.style, letters=tuple(each.choice for each in scores)
    )


def shares(logprobs: Sequence[float]) -> tuple[float, ...]:
    """Likelihoods (natural log) in proportion to each other.

    >>> [round(share, 2) for share in shares((math.log(0.06), math.log(0.02)))]
    [0.75, 0.25]
    """
    if not all(map(math.isfinite, logprobs)):
        raise EngineError(f"the engine returned log-likelihoods without value: {tuple(logprobs)}")
    best = max(logprobs)
    weights = [math.exp(logprob - best) for logprob in logprobs]
    return tuple(weight / sum(weights) for weight in weights)


def _score_all(
    engine: Engine, questions: Sequence[Question], asked: Asked
) -> Iterator[OptionScores]:
    prompts = [mcqa_prompt(question, asked.style, letter_next=True) for question in questions]
    continuations = [letter_continuations(question) for question in questions]
    for logprobs in engine.score_options(prompts, continuations, asked.variant):
        yield OptionScores(variant=asked.variant, style=asked.style, shares=shares(logprobs))


def _can_be_asked(engine: Engine, question: Question, style: PromptStyle) -> bool:
    try:
        engine.render(mcqa_prompt(question, style, letter_next=True))
    except InputError:
        return False
    return True
