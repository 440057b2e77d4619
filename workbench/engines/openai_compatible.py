"""A pair behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, or a hosted one.

Prompts go as text to /completions, rendered by the model's own tokenizer, wherever the server
takes raw text and the tokenizer is at hand: the model then reads exactly what it reads in process.
Otherwise conversations go to /chat/completions, and the server applies a template of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from typing import Any

from workbench.engines.base import check_context, check_variant, render_with
from workbench.engines.openai_client import Request, ServerClient
from workbench.engines.openai_offer import (
    CHAT,
    COMPLETIONS,
    Offer,
    choose_names,
    find_offer,
    list_models,
)
from workbench.engines.openai_replies import (
    Chunk,
    Completion,
    finish_reason,
    read_reply,
)
from workbench.engines.openai_scoring import ServerScorer
from workbench.engines.server_options import ServerOptions
from workbench.errors import InputError, OfflineError
from workbench.schema import EngineInfo, Generation, ModelSpec, Prompt, Sampling, Variant

ASSUMED_CONTEXT = 4096  # tokens, where neither the server nor the user says
BYTES_PER_TOKEN = 4  # of Korean text, by rule of thumb: a syllable has three


class OpenAiEngine:
    """Implements `workbench.engines.base.Engine`."""

    def __init__(
        self,
        client: ServerClient,
        names: Mapping[Variant, str],
        offer: Offer,
        info: EngineInfo,
        tokenizer: Any | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        """`names` are those of the variants on the server; `tokenizer` is of transformers."""
        self.info = info
        self._client, self._names, self._offer = client, dict(names), offer
        self._tokenizer, self._on_close = tokenizer, on_close
        self._scorer = ServerScorer(client, offer, tokenizer, info.context_length)

    @property
    def variants(self) -> tuple[Variant, ...]:
        return tuple(self._names)

    def render(self, prompt: Prompt) -> str:
        """Where the server applies its own chat template: the messages, as they are sent."""
        if not self._is_raw(prompt):
            return json.dumps(self._messages(prompt), ensure_ascii=False, indent=2)
        return prompt.text if self._tokenizer is None else render_with(self._tokenizer, prompt)

    def count_tokens(self, text: str) -> int:
        """An estimate by length where the model's tokenizer is not at hand."""
        if self._tokenizer is None:
            return -(-len(text.encode("utf-8")) // BYTES_PER_TOKEN)
        return len(self._tokenizer.encode(text, add_special_tokens=False))

    def close(self) -> None:
        self._client.close()
        self._on_close()

    # ── generation ───────────────────────────────────────────────────────────────────────────

    def stream(
        self, prompt: Prompt, sampling: Sampling, variant: Variant, cancel: Event | None = None
    ) -> Iterator[str]:
        return self._stream(self._request(prompt, sampling, variant, stream=True), cancel)

    def _stream(self, request: Request, cancel: Event | None) -> Iterator[str]:
        for event in self._client.stream(request, cancel):
            for choice in read_reply(Chunk, event, self._client.base_url).choices:
                if choice.words:
                    yield choice.words
                if choice.finish_reason is not None:
                    finish_reason(choice, self._client.base_url)

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        requests = [self._request(prompt, sampling, variant) for prompt in prompts]
        return [self._generation(payload) for payload in self._client.post_all(requests)]

    def _generation(self, payload: Any) -> Generation:
        reply = read_reply(Completion, payload, self._client.base_url)
        usage = reply.usage
        return Generation(
            text=reply.choice.words,
            finish_reason=finish_reason(reply.choice, self._client.base_url),
            prompt_tokens=(usage and usage.prompt_tokens) or 0,
            completion_tokens=(usage and usage.completion_tokens) or 0,
        )

    def _request(
        self, prompt: Prompt, sampling: Sampling, variant: Variant, stream: bool = False
    ) -> Request:
        """What is posted for one answer; refuses what the server cannot answer."""
        check_variant(variant, self.variants)
        body: dict[str, Any] = {
            "model": self._names[variant],
            **sampling.model_dump(),
            **self._offer.neutral_sampling,
            "stream": stream,
        }
        if not self._is_raw(prompt):
            return Request(CHAT, body | {"messages": self._messages(prompt)})
        text = self.render(prompt)
        if self._tokenizer is not None:
            check_context(self.count_tokens(text), self.info.context_length, sampling.max_tokens)
        if self._offer.software == "vllm":
            body["add_special_tokens"] = False  # the template writes them; more would double them
        return Request(COMPLETIONS, body | {"prompt": text})

    # ── scoring ──────────────────────────────────────────────────────────────────────────────

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        check_variant(variant, self.variants)
        if not all(map(self._is_raw, prompts)):
            raise InputError(
                f"options are scored behind raw text, and here conversations go to "
                f"{self._client.base_url}/{CHAT}; give --model the base model's folder or Hub id "
                "for its chat template, use the native style, or let the model generate its "
                "answer (--method generate)"
            )
        contexts = [self.render(prompt) for prompt in prompts]
        return self._scorer.score(self._names[variant], contexts, continuations)

    # ── text or conversation ─────────────────────────────────────────────────────────────────

    def _is_raw(self, prompt: Prompt) -> bool:
        """Whether the prompt goes to the server as one text."""
        return self._offer.completions and (prompt.style == "native" or self._tokenizer is not None)

    def _messages(self, prompt: Prompt) -> list[dict[str, str]]:
        """Raises InputError for a prompt that is no conversation the server could frame."""
        if prompt.style == "native":
            raise InputError(
                f"{self._client.base_url} offers no raw completions, so native prompts cannot be "
                "sent there; use the chat style"
            )
        if prompt.prefill:
            raise InputError(
                f"the assistant's turn begins with '{prompt.prefill}', and only raw text can end "
                "there; give --model the base model's folder or Hub id for its chat template, or "
                "let the model generate its answer (--method generate)"
            )
        return [turn.model_dump() for turn in prompt.messages]


# ── opening ──────────────────────────────────────────────────────────────────────────────────


def open_openai(
    spec: ModelSpec, options: ServerOptions, environment: Mapping[str, str] = os.environ
) -> OpenAiEngine:
    """The pair `spec` on the server that `options` name.

    Raises InputError for a refused key or a missing name, EngineError where the server cannot be
    reached or speaks another protocol, OfflineError where a tokenizer on the Hub is out of reach.
    """
    if not options.base_url:
        raise InputError("--engine openai needs --base-url, such as http://127.0.0.1:8000/v1")
    tokenizer = read_tokenizer(spec) if options.template_here else None
    client = ServerClient(
        options.base_url,
        key=environment.get(options.key_env, ""),
        key_env=options.key_env if environment.get(options.key_env) else "",
    )
    try:
        models = list_models(client)
        names = choose_names(models, spec, options)
        offer = find_offer(client, models, names)
    except BaseException:
        client.close()
        raise
    info = EngineInfo(
        engine="openai",
        version=" ".join(filter(None, [offer.software, offer.version])) or "unknown",
        model=spec.name,
        base=names["vanilla"],
        tuned=names.get("tuned", ""),
        device="server",
        dtype="unknown",
        context_length=options.context_length or offer.context_length or ASSUMED_CONTEXT,
        demo=spec.demo,
        loading=_loading(offer, tokenizer),
    )
    return OpenAiEngine(client, names, offer, info, tokenizer)


def _loading(offer: Offer, tokenizer: Any | None) -> str:
    """What the server leaves out, for whoever reads a run or the status line."""
    if not offer.completions:
        return "served: chat style alone, no log-probabilities"
    template = "" if tokenizer else ", the server's chat template"
    if not offer.top:
        return f"served: no log-probabilities{template}"
    letters = "" if offer.named else f", letters from the {offer.top} likeliest tokens"
    return f"served{template}{letters}"


def read_tokenizer(spec: ModelSpec) -> Any:
    """The tokenizer of the base, from its folder or the Hub; no weights are read."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(spec.base, revision=spec.base_revision)
    except (OSError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        if Path(spec.base).is_dir():
            raise InputError(
                f"the folder '{spec.base}' holds no readable tokenizer: {reason}"
            ) from error
        raise OfflineError(
            f"the tokenizer of '{spec.base}' is neither in a local folder nor to be had from the "
            f"Hugging Face Hub now; give --model a folder, or leave --model out and let the server "
            f"apply its own chat template. The Hub client said: {reason}"
        ) from error
