"""The parts of an OpenAI-compatible server's replies that we read; what else it says is skipped."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from workbench.errors import EngineError
from workbench.schema import FinishReason


class Reply(BaseModel):
    """Unknown keys are let by: every server adds some of its own."""


ReplyT = TypeVar("ReplyT", bound=Reply)


class Words(Reply):
    content: str | None = None


class TokenLogprobs(Reply):
    """Of /completions. One entry for each token; `top_logprobs` is by the token's text."""

    tokens: list[str] = []
    token_logprobs: list[float | None] = []
    top_logprobs: list[dict[str, float] | None] | None = None


class Choice(Reply):
    """Of /completions (`text`), /chat/completions (`message`) and its stream (`delta`)."""

    text: str | None = None
    message: Words | None = None
    delta: Words | None = None
    finish_reason: str | None = None
    logprobs: TokenLogprobs | None = None

    @property
    def words(self) -> str:
        spoken = self.delta or self.message
        return (spoken.content if spoken else self.text) or ""


class Usage(Reply):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Completion(Reply):
    choices: list[Choice] = Field(min_length=1)
    usage: Usage | None = None

    @property
    def choice(self) -> Choice:
        return self.choices[0]


class Chunk(Reply):
    """A streamed event; the last ones may hold no choice."""

    choices: list[Choice]


class ServedModel(Reply):
    """`parent` is the base of a LoRA adapter, in vLLM's list."""

    id: str
    parent: str | None = None
    owned_by: str = ""
    max_model_len: int | None = None


class ServedModels(Reply):
    data: list[ServedModel]


def read_reply(kind: type[ReplyT], payload: Any, base_url: str) -> ReplyT:
    """`payload` as what it should be; EngineError, with where it differs, if it is not that."""
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "reply"
        raise EngineError(
            f"{base_url} answered with something that is no {kind.__name__.lower()} of OpenAI's "
            f"protocol ({place}: {first['msg']})"
        ) from error


def finish_reason(choice: Choice, base_url: str) -> FinishReason:
    """EngineError for an answer that neither ended by itself nor at the limit."""
    match choice.finish_reason:
        case "stop":
            return "stop"
        case "length":
            return "length"
        case other:
            raise EngineError(f"{base_url} broke off an answer (finish reason: {other}); ask again")
