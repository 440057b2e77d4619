"""An honest fake: answers from a queue, keeps a history, obeys the whole Engine protocol.

For tests and documentation, where what matters is what surrounds a model. It never pretends to
be one: `info.engine` is 'scripted', and so is every run made with it.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Literal

from workbench.engines.base import check_context, check_variant
from workbench.schema import VARIANTS, EngineInfo, Generation, Prompt, Sampling, Variant


@dataclass(frozen=True)
class Call:
    """One request as the engine received it."""

    kind: Literal["stream", "generate", "score_options"]
    variant: Variant
    rendered: str
    sampling: Sampling | None = None


@dataclass
class ScriptedEngine:
    """Replies with `replies` in turn (an exception in the queue is raised), then with `fallback`.

    Tokens are characters. Option scores come from a hash of prompt, option and variant, so they
    are arbitrary but the same in every process.
    """

    replies: Iterable[str | Exception] = ()
    fallback: str = "정답은 A 입니다."
    seconds_per_token: float = 0.0
    context_length: int = 4096
    name: str = "scripted"
    variants: tuple[Variant, ...] = VARIANTS
    demo: bool = False
    history: list[Call] = field(default_factory=list)
    cancelled: Event = field(default_factory=Event)  # set when a stream was stopped early

    def __post_init__(self) -> None:
        self._queue = deque(self.replies)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            engine="scripted",
            version="1",
            model=self.name,
            base="scripted-base",
            tuned="scripted-tuned",
            device="none",
            dtype="none",
            context_length=self.context_length,
            demo=self.demo,
        )

    def render(self, prompt: Prompt) -> str:
        if prompt.style == "native":
            return prompt.text
        turns = "".join(f"<{turn.role}>{turn.content}\n" for turn in prompt.messages)
        return f"{turns}<assistant>{prompt.prefill}"

    def count_tokens(self, text: str) -> int:
        return len(text)

    def stream(
        self, prompt: Prompt, sampling: Sampling, variant: Variant, cancel: Event | None = None
    ) -> Iterator[str]:
        reply = self._reply("stream", prompt, sampling, variant)
        finished = False
        try:
            for character in reply[: sampling.max_tokens]:
                if cancel is not None and cancel.is_set():
                    return
                time.sleep(self.seconds_per_token)
                yield character
            finished = True
        finally:
            if not finished:
                self.cancelled.set()

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        return [self._generation(prompt, sampling, variant) for prompt in prompts]

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        scores = []
        for prompt, options in zip(prompts, continuations, strict=True):
            rendered = self._record("score_options", prompt, None, variant)
            time.sleep(self.seconds_per_token)
            scores.append(tuple(-_fraction(variant, rendered, option) * 10 for option in options))
        return scores

    def close(self) -> None:
        self._queue.clear()

    def _generation(self, prompt: Prompt, sampling: Sampling, variant: Variant) -> Generation:
        reply = self._reply("generate", prompt, sampling, variant)
        time.sleep(self.seconds_per_token * len(reply))
        return Generation(
            text=reply[: sampling.max_tokens],
            finish_reason="stop" if len(reply) <= sampling.max_tokens else "length",
            prompt_tokens=self.count_tokens(self.render(prompt)),
            completion_tokens=min(len(reply), sampling.max_tokens),
        )

    def _reply(
        self,
        kind: Literal["stream", "generate"],
        prompt: Prompt,
        sampling: Sampling,
        variant: Variant,
    ) -> str:
        self._record(kind, prompt, sampling, variant)
        reply = self._queue.popleft() if self._queue else self.fallback
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _record(
        self,
        kind: Literal["stream", "generate", "score_options"],
        prompt: Prompt,
        sampling: Sampling | None,
        variant: Variant,
    ) -> str:
        check_variant(variant, self.variants)
        rendered = self.render(prompt)
        check_context(len(rendered), self.context_length, sampling.max_tokens if sampling else 1)
        self.history.append(Call(kind, variant, rendered, sampling))
        return rendered


def _fraction(*parts: str) -> float:
    """A number in [0, 1) that depends on the parts and on nothing else."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
