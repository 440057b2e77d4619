"""Questions whose letters are scored behind the prompt."""

from __future__ import annotations

from collections.abc import Sequence

from eval_tasks.harness import KrxTask
from eval_tasks.scoring import Scores, choice_scores, most_likely
from eval_tasks.selection import Doc, question_of
from workbench.prompts import letter_continuations, mcqa_prompt
from workbench.schema import Prompt, PromptStyle, Question


class LetterTask(KrxTask):
    def ask(self, doc: Doc, style: PromptStyle, shots: Sequence[Question]) -> Prompt:
        return mcqa_prompt(question_of(doc), style, shots, letter_next=True)


def letters(doc: Doc) -> list[str]:
    return list(letter_continuations(question_of(doc)))


def right_place(doc: Doc) -> int:
    """The right option's place among the choices, from 0."""
    question = question_of(doc)
    return question.letters.index(question.answer)


def letter_scores(doc: Doc, results: Sequence[tuple[float, bool]]) -> Scores:
    question = question_of(doc)
    return choice_scores(question, most_likely(question, [logprob for logprob, _ in results]))
