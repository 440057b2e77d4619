"""krx_mcqa_text: which option's full text is the most likely right behind the prompt."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

# The harness loads this file by its path, from whatever folder it was started in.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eval_tasks.letters import LetterTask, letter_scores, right_place
from eval_tasks.scoring import Scores, adjusted_accuracy, most_likely
from eval_tasks.selection import Doc, question_of, question_splits

__all__ = [
    "LetterTask",
    "adjusted_accuracy",
    "question_splits",
    "right_place",
    "text_scores",
    "texts",
]


def texts(doc: Doc) -> list[str]:
    return [f" {option}" for option in question_of(doc).options]


def text_scores(doc: Doc, results: Sequence[tuple[float, bool]]) -> Scores:
    """`acc` by the likeliest text; `acc_norm` by likelihood per character, as upstream has it."""
    question = question_of(doc)
    per_character = [
        logprob / len(option)
        for (logprob, _), option in zip(results, question.options, strict=True)
    ]
    normalised = most_likely(question, per_character) == question.answer
    return letter_scores(doc, results) | {"acc_norm": float(normalised)}
