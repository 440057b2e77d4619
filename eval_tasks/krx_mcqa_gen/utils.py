"""krx_mcqa_gen: the model answers freely, and the letter is read as the app reads it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

# The harness loads this file by its path, from whatever folder it was started in.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eval_tasks.harness import KrxTask
from eval_tasks.scoring import Scores, adjusted_accuracy, choice_scores, has_failed
from eval_tasks.selection import Doc, question_of, question_splits
from workbench.answers import extract_letter
from workbench.prompts import mcqa_prompt
from workbench.schema import Prompt, PromptStyle, Question

__all__ = [
    "GenerationTask",
    "adjusted_accuracy",
    "question_splits",
    "reply_scores",
    "right_letter",
]


class GenerationTask(KrxTask):
    def ask(self, doc: Doc, style: PromptStyle, shots: Sequence[Question]) -> Prompt:
        return mcqa_prompt(question_of(doc), style, shots)


def right_letter(doc: Doc) -> str:
    return question_of(doc).answer


def reply_scores(doc: Doc, results: Sequence[str]) -> Scores:
    """An unparsed reply is wrong; a failed call has no metric but `failed`, and is left out."""
    (reply,) = results
    if has_failed(reply):
        return {"failed": 1.0}
    question, truncated = question_of(doc), doc.get("truncated")
    letter = extract_letter(reply, question, truncated=bool(truncated)).letter
    scores = choice_scores(question, letter) | {"unparsed": float(letter is None), "failed": 0.0}
    return scores if truncated is None else scores | {"truncated": float(truncated)}
