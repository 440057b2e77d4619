"""A conversation as the models see it: turns in, the next answers out. Knows no screen."""

from __future__ import annotations

import random
import time
from collections.abc import Generator, Sequence
from threading import Event
from typing import Literal, Self

from pydantic import Field, model_validator

from workbench import prompts
from workbench.engines.base import Engine
from workbench.schema import Message, Prompt, PromptStyle, Record, Sampling, Variant
from workbench.ui.streaming import Clock, Frame, frames

# Who answers: one side of the pair, both with their names, or both without.
Mode = Literal["tuned", "vanilla", "pair", "blind"]
PAIRED: tuple[Mode, ...] = ("pair", "blind")
PAIR: tuple[Variant, Variant] = ("tuned", "vanilla")

# "asked" waits for other people's answers, "waiting" for an engine that is still being opened,
# "reading" for the first token.
Progress = Literal["asked", "waiting", "reading", "streaming", "done", "stopped", "cut"]
FINISHED: tuple[Progress, ...] = ("done", "stopped", "cut")


class Settings(Record):
    """How a question is put: in which style, and how its answer is drawn."""

    style: PromptStyle
    system: str
    sampling: Sampling


class Measures(Record):
    """What one answer took. Seconds count from the moment its first token was waited for."""

    tokens: int = Field(ge=0)
    first_token_seconds: float = Field(ge=0, allow_inf_nan=False)
    seconds: float = Field(ge=0, allow_inf_nan=False)

    @property
    def tokens_per_second(self) -> float | None:
        """The rate behind the first token; None where no second token came to measure it by."""
        span = self.seconds - self.first_token_seconds
        return (self.tokens - 1) / span if self.tokens > 1 and span > 0 else None


class Turn(Record):
    """One question, who was asked and how, and the answer as far as it has come."""

    question: str
    variant: Variant
    settings: Settings
    answer: str = ""
    progress: Progress = "asked"
    waited: float = 0.0  # seconds that the engine has been opening
    measures: Measures | None = None

    @property
    def finished(self) -> bool:
        return self.progress in FINISHED


Turns = tuple[Turn, ...]


class Conversation(Record):
    """What stands on the screen: one side, or two that were asked the same questions.

    `hidden` sides are not named: which one is tuned is what the reader judges without knowing.
    """

    sides: tuple[Turns, ...] = Field(default=((),), min_length=1, max_length=2)
    hidden: bool = False

    @model_validator(mode="after")
    def _same_questions(self) -> Self:
        first, *others = ([turn.question for turn in side] for side in self.sides)
        if any(other != first for other in others):
            raise ValueError("the two sides were not asked the same questions")
        return self

    @property
    def last(self) -> Turns:
        """The last turn of each side; empty where nothing has been asked."""
        return tuple(side[-1] for side in self.sides if side)

    @property
    def empty(self) -> bool:
        return not self.last

    @property
    def busy(self) -> bool:
        """Whether a question still waits for its answer."""
        return any(not turn.finished for turn in self.last)

    def head(self, questions: int) -> Conversation:
        """The conversation before its question number `questions`, counted from 0."""
        return self.model_copy(update={"sides": tuple(side[:questions] for side in self.sides)})

    def without_last(self) -> Conversation:
        return self.head(max(0, len(self.sides[0]) - 1))

    def newest(self) -> Conversation:
        """The last question alone."""
        return self.model_copy(update={"sides": tuple(side[-1:] for side in self.sides)})

    def with_last(self, turns: Sequence[Turn]) -> Conversation:
        """The conversation with newer versions of its last turns."""
        sides = zip(self.sides, turns, strict=True)
        return self.model_copy(update={"sides": tuple((*side[:-1], turn) for side, turn in sides)})


# ── asking ───────────────────────────────────────────────────────────────────────────────────


def ask(
    conversation: Conversation, question: str, mode: Mode, settings: Settings, rng: random.Random
) -> Conversation:
    """The conversation with one more question, put to whom `mode` says, still unanswered.

    Two sides go on from what one was told so far, and one side from its own half of two. Only a
    blind conversation is never continued from another, nor after its names are known: whoever has
    seen a side's earlier answers with a name would recognise it.
    """
    if mode == "blind" and not conversation.hidden:
        conversation = Conversation(sides=((), ()), hidden=True)
    sides = _sides(conversation, mode)
    variants = _variants(conversation, mode, rng)
    turns = [Turn(question=question, variant=variant, settings=settings) for variant in variants]
    return Conversation(
        sides=tuple((*side, turn) for side, turn in zip(sides, turns, strict=True)),
        hidden=mode == "blind",
    )


def _sides(conversation: Conversation, mode: Mode) -> tuple[Turns, ...]:
    """The turns that each side of `mode` goes on from."""
    sides = conversation.sides
    if mode in PAIRED:
        return sides if len(sides) == 2 else sides * 2
    own = [side for side in sides if side and side[-1].variant == mode]
    return sides if len(sides) == 1 else (own[0] if own else (),)


def _variants(conversation: Conversation, mode: Mode, rng: random.Random) -> tuple[Variant, ...]:
    """Who answers on each side; two sides that have begun keep their places."""
    match mode:
        case "tuned" | "vanilla":
            return (mode,)
        case "pair" | "blind":
            if len(conversation.last) == 2:
                return tuple(turn.variant for turn in conversation.last)
            order = list(PAIR)
            if mode == "blind":
                rng.shuffle(order)
            return tuple(order)


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


def common_prompt(conversation: Conversation) -> Prompt | None:
    """What every side reads for the last question; None where they have read different things."""
    found = [write_prompt(side[:-1], side[-1]) for side in conversation.sides if side]
    return found[0] if found and all(prompt == found[0] for prompt in found) else None


# ── answering ────────────────────────────────────────────────────────────────────────────────


def answer_last(
    engine: Engine,
    conversation: Conversation,
    cancel: Event,
    clock: Clock = time.monotonic,
) -> Generator[Turns]:
    """The last turn of each side, again and again with more of its answer; in the last ones all
    are finished and measured.

    Closing the generator, or setting `cancel`, stops the engine.
    """
    turns = tuple(turn.model_copy(update={"progress": "reading"}) for turn in conversation.last)
    yield turns
    streams = [
        engine.stream(
            write_prompt(side[:-1], side[-1]), side[-1].settings.sampling, side[-1].variant, cancel
        )
        for side in conversation.sides
    ]
    growing = frames(streams, clock, in_step=not _holds_one_model(engine))
    try:
        for shown in growing:
            pairs = zip(turns, shown, strict=True)
            turns = tuple(
                turn if turn.finished else _grown(turn, frame, engine, cancel)
                for turn, frame in pairs
            )
            yield turns
    finally:
        growing.close()


def _holds_one_model(engine: Engine) -> bool:
    """Whether changing sides means loading the other model, which nobody wants for each token."""
    return engine.info.loading == "two models in turn"


def _grown(turn: Turn, frame: Frame, engine: Engine, cancel: Event) -> Turn:
    """The turn with what has come of its answer."""
    if not frame.ended:
        # A native answer begins with a space, which belongs to the format and not to the text.
        progress: Progress = "streaming" if frame.text else "reading"
        return turn.model_copy(update={"answer": frame.text.lstrip(), "progress": progress})
    tokens = engine.count_tokens(frame.text)
    return turn.model_copy(
        update={
            "answer": frame.text.strip(),
            "progress": _how_it_ended(tokens, turn.settings.sampling, cancel),
            "measures": Measures(
                tokens=tokens, first_token_seconds=frame.first_piece, seconds=frame.elapsed
            ),
        }
    )


def _how_it_ended(tokens: int, sampling: Sampling, cancel: Event) -> Progress:
    if cancel.is_set():
        return "stopped"
    return "cut" if tokens >= sampling.max_tokens else "done"
