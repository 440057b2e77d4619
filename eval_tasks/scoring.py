"""How results of single questions count and are put together; no harness needed."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from statistics import fmean

from workbench.errors import EngineError
from workbench.schema import Question
from workbench.stats import chance_adjusted

# Metrics by name; a pair is (right or not, chance of a guess).
Scores = dict[str, float | tuple[float, float]]

# What the harness's API models return for a call that brought nothing. It is '' unless set, and
# then cannot be told from a model that said nothing.
PLACEHOLDER_VARIABLE = "LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER"


def choice_scores(question: Question, letter: str | None) -> Scores:
    """Metrics of one answer, None being one that could not be read: it is wrong."""
    accuracy, chance = float(letter == question.answer), 1 / len(question.options)
    return {"acc": accuracy, "chance": chance, "acc_adjusted": (accuracy, chance)}


def most_likely(question: Question, logprobs: Sequence[float]) -> str:
    """The letter of the likeliest option, of equal ones the first, as `workbench eval` has it.

    Raises EngineError for log-likelihoods without a value: they come from a broken model, and
    scored as wrong they would look like a bad one.
    """
    if not all(map(math.isfinite, logprobs)):
        raise EngineError(
            f"the model gave log-likelihoods without value for question '{question.id}': "
            f"{list(logprobs)}; load it with --model_args dtype=float32 or bfloat16"
        )
    best = max(range(len(logprobs)), key=logprobs.__getitem__)
    return question.letters[best]


def has_failed(reply: str | None) -> bool:
    """Whether a call brought nothing, as far as the harness tells."""
    placeholder = os.environ.get(PLACEHOLDER_VARIABLE)
    return reply is None or bool(placeholder and reply == placeholder)


# ── aggregation over questions ───────────────────────────────────────────────────────────────


def adjusted_accuracy(pairs: Sequence[tuple[float, float]]) -> float:
    """Accuracy on a scale where guessing is 0 and all right is 1.

    >>> adjusted_accuracy([(1.0, 0.25), (1.0, 0.25), (0.0, 0.25), (0.5, 0.25)])
    0.5
    """
    accuracies, chances = zip(*pairs, strict=True)
    return chance_adjusted(fmean(accuracies), fmean(chances))


def mean_of_part(values: Sequence[float | None]) -> float | str:
    """The mean over the questions of one part; None marks the others.

    'N/A', as the harness says where there is nothing, if --limit left no question of it.
    """
    present = [value for value in values if value is not None]
    return fmean(present) if present else "N/A"
