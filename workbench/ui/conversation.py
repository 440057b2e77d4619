"""A conversation as the models see it: turns in, the next answer out. Knows no screen."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from threading import Event
from typing import Literal

from workbench import prompts
from workbench.engines.base import Engine
from workbench.schema import Message, Prompt, PromptStyle, Record, Sampling, Variant
from workbench.ui.streaming import Clock, Frame, frames

# "asked" waits for other people's answers, "waiting" for an engine that is still being opened,
# "reading" for the first token.
Progress = Literal["asked", "waiting", "reading", "streaming", "done", "stopped", "cut"]
FINISHED: tuple[Progress, ...] = ("done", "stopped", "cut")


class Settings(Record):
    """How a question is put: to which variant, in which style, and how its answer is drawn."""

    variant: Variant
    style: PromptStyle
    system: str
    sampling: Sampling


class Measures(Record):
    """What one answer took. Seconds count from the moment the engine was asked."""

    tokens: int
    first_token_seconds: float
    seconds: float

    @property
    def tokens_per_second(self) -> float | None:
        """The rate behind the first token; None where no second token came to measure it by."""
        span = self.seconds - self.first_token_seconds
        return (self.tokens - 1) / span if self.tokens > 1 and span > 0 else None


class Turn(Record):
    """One question, how it was put, and its answer as far as it has come."""

    question: str
    settings: Settings
    answer: str = ""
    progress: Progress = "asked"
    waited: float = 0.0  # seconds that the engine has been opening
    measures: Measures | None = None

    @property
    def finished(self) -> bool:
        return self.progress in FINISHED


def write_prompt(earlier: Sequence[Turn], turn: Turn) -> Prompt:
    """What the model reads. Native has no turns, so it gets the question alone.

    An earlier turn whose answer is empty is left out with its question, because chat templates
    expect the two speakers to alternate and to say something.
    """
    if turn.settings.style == "native":
        return prompts.qa_prompt(turn.question, "native")
    messages: list[Message] = []
    for past in earlier:
        if past.answer:
            messages.append(Message(role="user", content=past.question))
            messages.append(Message(role="assistant", content=past.answer))
    messages.append(Message(role="user", content=turn.question))
    return prompts.chat_prompt(messages, turn.settings.system)


def answer_turn(
    engine: Engine,
    earlier: Sequence[Turn],
    turn: Turn,
    cancel: Event,
    clock: Clock = time.monotonic,
) -> Generator[Turn]:
    """The turn again and again with more of its answer; the last one is finished and measured.

    Closing the generator, or setting `cancel`, stops the engine.
    """
    yield turn.model_copy(update={"progress": "reading"})
    settings = turn.settings
    prompt = write_prompt(earlier, turn)
    pieces = engine.stream(prompt, settings.sampling, settings.variant, cancel)
    frame = Frame("", 0.0, 0.0)
    stream = frames(pieces, clock)
    try:
        for frame in stream:
            # A native answer begins with a space, which belongs to the format and not to the text.
            yield turn.model_copy(update={"answer": frame.text.lstrip(), "progress": "streaming"})
    finally:
        stream.close()
    tokens = engine.count_tokens(frame.text)
    yield turn.model_copy(
        update={
            "answer": frame.text.strip(),
            "progress": _how_it_ended(tokens, settings.sampling, cancel),
            "measures": Measures(
                tokens=tokens,
                first_token_seconds=frame.first_piece,
                seconds=frame.elapsed,
            ),
        }
    )


def _how_it_ended(tokens: int, sampling: Sampling, cancel: Event) -> Progress:
    if cancel.is_set():
        return "stopped"
    return "cut" if tokens >= sampling.max_tokens else "done"
