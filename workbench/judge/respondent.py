"""One variant of an engine as somebody who is asked, and its answers to open questions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from workbench import prompts
from workbench.answers.reply import own_words
from workbench.engines.base import Engine
from workbench.errors import ContextLengthError, EngineError
from workbench.evaluate import GIVE_UP_AFTER
from workbench.schema import (
    Generation,
    OpenQuestion,
    Prompt,
    PromptStyle,
    Record,
    Sampling,
    Variant,
)

log = logging.getLogger(__name__)


class OpenAnswer(Record):
    """One side's answer; `truncated` where it was cut off at the token limit."""

    text: str
    truncated: bool = False


@dataclass
class Respondent:
    """One variant of an engine, asked again where a call fails."""

    engine: Engine
    variant: Variant
    sampling: Sampling
    failed_in_a_row: int = 0

    def ask(self, asked: Sequence[Prompt]) -> list[Generation | None]:
        """A reply to each prompt, None where its call failed twice, once in a batch and once alone.

        Raises EngineError after GIVE_UP_AFTER such failures in a row, over all calls of `ask`.
        """
        if not asked:
            return []
        try:
            generations = self.engine.generate(asked, self.sampling, self.variant)
        except (EngineError, ContextLengthError):
            return [self._ask_alone(prompt) for prompt in asked]
        self.failed_in_a_row = 0
        return list(generations)

    def _ask_alone(self, prompt: Prompt) -> Generation | None:
        try:
            (generation,) = self.engine.generate([prompt], self.sampling, self.variant)
        except ContextLengthError as error:  # the prompt's fault, not the engine's
            self._warn(error)
            return None
        except EngineError as error:
            self._warn(error)
            self.failed_in_a_row += 1
            if self.failed_in_a_row >= GIVE_UP_AFTER:
                raise EngineError(
                    f"{self.failed_in_a_row} calls in a row failed, the last with: {error}. Votes "
                    "written before are kept; once the cause is gone, run the same command again "
                    "to continue"
                ) from error
            return None
        self.failed_in_a_row = 0
        return generation

    def _warn(self, error: Exception) -> None:
        log.warning("%s/%s gave no answer: %s", self.engine.info.model, self.variant, error)


def answer_questions(
    respondent: Respondent, questions: Sequence[OpenQuestion], style: PromptStyle
) -> list[OpenAnswer | None]:
    """One batch of open questions answered; None where the call failed.

    Thinking, and a next question that a native model invents, are no part of an answer.
    """
    asked = [prompts.qa_prompt(each.question, style, each.reference) for each in questions]
    return [None if reply is None else _open_answer(reply) for reply in respondent.ask(asked)]


def _open_answer(generation: Generation) -> OpenAnswer:
    text, ran_on = own_words(generation.text)
    return OpenAnswer(text=text, truncated=generation.finish_reason == "length" and not ran_on)
