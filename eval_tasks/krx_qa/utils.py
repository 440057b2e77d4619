"""krx_qa: open answers, described by length, share of Korean and overlap with a reference answer.

None of these says whether an answer is right; that is for a judge. They show what changed.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

# The harness loads this file by its path, from whatever folder it was started in.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eval_tasks.harness import KrxTask
from eval_tasks.scoring import Scores, has_failed
from eval_tasks.selection import Doc, open_question_of, open_question_splits
from workbench.prompts import qa_prompt
from workbench.schema import Prompt, PromptStyle, Question

__all__ = ["OpenTask", "open_question_splits", "reference_answer", "reply_scores"]


class OpenTask(KrxTask):
    FORMAT = "qa"

    def ask(self, doc: Doc, style: PromptStyle, shots: Sequence[Question]) -> Prompt:
        question = open_question_of(doc)
        return qa_prompt(question.question, style, question.reference)


def reference_answer(doc: Doc) -> str:
    return open_question_of(doc).answer


def reply_scores(doc: Doc, results: Sequence[str]) -> Scores:
    """A failed call has no metric but `failed`, and is left out of the others."""
    import sacrebleu

    (reply,) = results
    if has_failed(reply):
        return {"failed": 1.0}
    text, truncated = reply.strip(), doc.get("truncated")
    scores: Scores = {
        "chrf": sacrebleu.sentence_chrf(text, [open_question_of(doc).answer]).score,
        "characters": float(len(text)),
        "korean_share": korean_share(text),
        "failed": 0.0,
    }
    return scores if truncated is None else scores | {"truncated": float(truncated)}


def korean_share(text: str) -> float:
    """Hangul among the letters of a text; 0 for a text without any letter.

    >>> korean_share("ETF는 펀드"), korean_share("基金"), korean_share("12%")
    (0.5, 0.0, 0.0)
    """
    letters = [character for character in text if character.isalpha()]
    hangul = sum("가" <= letter <= "힣" or "ㄱ" <= letter <= "ㅣ" for letter in letters)
    return hangul / len(letters) if letters else 0.0
