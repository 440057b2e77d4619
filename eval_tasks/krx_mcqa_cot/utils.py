"""krx_mcqa_cot: letters scored behind the reasoning that a saved run holds.

The harness builds all requests before the model is called, so a reasoning cannot come from the same
call: `workbench eval` lets the model reason first, and this task scores the letters behind it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# The harness loads this file by its path, from whatever folder it was started in.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eval_tasks.letters import LetterTask, letter_scores, letters, right_place
from eval_tasks.saved_run import CURE, SavedRun, read_saved_run
from eval_tasks.scoring import adjusted_accuracy
from eval_tasks.selection import Doc, chosen, question_of, split_of, test_questions
from workbench.answers import reasoning_before_answer
from workbench.errors import InputError, SettingsError
from workbench.prompts import reasoned_prompt
from workbench.schema import Prompt, PromptStyle, Question, QuestionSet

__all__ = [
    "ReasonedTask",
    "adjusted_accuracy",
    "letter_scores",
    "letters",
    "reasoned_splits",
    "right_place",
]

log = logging.getLogger(__name__)


class ReasonedTask(LetterTask):
    def ask(self, doc: Doc, style: PromptStyle, shots: Sequence[Question]) -> Prompt:
        return reasoned_prompt(question_of(doc), style, doc["own_reasoning"])

    def build_all_requests(self, **options: Any) -> None:
        style = "chat" if options.get("apply_chat_template") else "native"
        if style != (reasoned := self.task_docs[0]["saved_run_style"]):
            raise SettingsError(
                f"the saved run reasoned behind {reasoned} prompts, and now they are {style}; "
                f"{'add' if reasoned == 'chat' else 'leave out'} --apply_chat_template"
            )
        super().build_all_requests(**options)


def reasoned_splits(**metadata: Any) -> dict[str, Any]:
    keys = chosen(metadata)
    if "saved_run" not in keys:
        raise InputError(f"krx_mcqa_cot needs --metadata saved_run=FILE; {CURE}")
    saved = read_saved_run(keys["saved_run"])
    questions = replied_to(saved, test_questions(keys))
    columns = [
        {
            "own_reasoning": reasoning_before_answer(saved.replies[question.hash], question),
            "saved_run": saved.id,
            "saved_run_style": saved.style,
        }
        for question in questions.questions
    ]
    return {"test": split_of(questions, columns)}


def replied_to(saved: SavedRun, question_set: QuestionSet) -> QuestionSet:
    """The questions that the run replied to. Raises InputError if it was asked others as well."""
    replied = [question for question in question_set.questions if question.hash in saved.replies]
    if len(replied) < len(saved.replies):
        raise InputError(
            f"the saved run replied to {len(saved.replies)} questions, and {len(replied)} of them "
            f"are in '{question_set.name}'; name the set it was asked with --metadata questions=…"
        )
    if len(replied) < len(question_set.questions):
        log.warning(
            "krx_mcqa_cot: only %d of the %d questions of '%s' have a reply in the saved run",
            len(replied),
            len(question_set.questions),
            question_set.name,
        )
    return question_set.model_copy(update={"questions": tuple(replied)})
