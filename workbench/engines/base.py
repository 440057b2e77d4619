"""What every engine can do. The screens and the evaluation know this file and no engine by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any, Protocol, runtime_checkable

from workbench.errors import ContextLengthError, InputError
from workbench.schema import EngineInfo, Generation, Prompt, Sampling, Variant


class UpperBound(float):
    """A log-likelihood of which only this is known, that it is no higher.

    So it is with a token that a server leaves out where it tells the most likely ones alone.
    """


@runtime_checkable
class Engine(Protocol):
    """One model pair, ready to answer. Methods may be called from several threads."""

    @property
    def info(self) -> EngineInfo: ...

    @property
    def variants(self) -> tuple[Variant, ...]: ...

    def render(self, prompt: Prompt) -> str:
        """The exact string the model reads, chat template applied.

        Raises InputError where the prompt is for chat and the model has no chat template.
        """
        ...

    def count_tokens(self, text: str) -> int: ...

    def stream(
        self, prompt: Prompt, sampling: Sampling, variant: Variant, cancel: Event | None = None
    ) -> Iterator[str]:
        """Pieces of one answer as they come; their concatenation is the answer.

        Setting `cancel`, or closing the iterator, stops the model within one token.
        Raises ContextLengthError before the first piece, EngineError if the model fails.
        """
        ...

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        """One answer for each prompt, in order, independent of how they are batched."""
        ...

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        """Natural-log likelihood of each continuation behind its prompt: one tuple per prompt.

        An engine that cannot know some of them gives an UpperBound there.
        """
        ...

    def close(self) -> None:
        """Release memory and processes. Further calls are errors; closing twice is not."""
        ...


def check_variant(variant: Variant, available: Sequence[Variant]) -> None:
    if variant not in available:
        raise InputError(
            f"variant '{variant}' is not loaded (available: {', '.join(available)}); "
            "give --adapter or --tuned to load a fine-tuned model beside the base"
        )


def check_context(tokens: int, limit: int, reserved: int = 0) -> None:
    """Refuse a prompt that leaves no room for `reserved` further tokens."""
    if tokens + reserved > limit:
        raise ContextLengthError(tokens, limit, reserved)


def render_with(tokenizer: Any, prompt: Prompt) -> str:
    """The string that a Hugging Face tokenizer's chat template makes of a prompt.

    A native prompt is its own text. Raises InputError where a chat prompt meets a tokenizer
    without a template.
    """
    if prompt.style == "native":
        return prompt.text
    if not getattr(tokenizer, "chat_template", None):
        raise InputError(
            "this model's tokenizer has no chat template, so only native prompts can be used: "
            "choose the native style"
        )
    turns = [turn.model_dump() for turn in prompt.messages]
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return f"{text}{prompt.prefill}"
