"""What a server can do, found out by asking it: names, raw completions, log-probabilities.

OpenAI-compatible servers differ in what they leave out. They are asked once, with requests of one
token, so that what is missing is said when the server is opened and not in the middle of a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.engines.openai_client import RefusedError, Request, ServerClient
from workbench.engines.openai_replies import Completion, ServedModel, ServedModels, read_reply
from workbench.engines.server_options import ServerOptions
from workbench.errors import EngineError, InputError, UnknownNameError
from workbench.schema import ModelSpec, Variant

COMPLETIONS, CHAT = "completions", "chat/completions"
PROBE = "가"
# How many of the likeliest tokens are told: vLLM and llama.cpp give 20, OpenAI's own completions 5.
TOP_CHOICES = (20, 5)
NOT_OFFERED = (404, 405, 501)
# Samplers that the servers apply unasked, switched off. Other servers refuse keys they do not know.
NEUTRAL_SAMPLING: dict[str, dict[str, Any]] = {
    "vllm": {"top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0},
    "sglang": {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0},
    "llamacpp": {"top_k": 0, "min_p": 0.0, "repeat_penalty": 1.0},
}


@dataclass(frozen=True)
class Offer:
    """`top` is how many of the likeliest next tokens the server tells with their log-probabilities
    (0: none); `named` says that it tells those of any tokens it is asked about, by their ids."""

    software: str = ""  # 'vllm', 'llamacpp', … as the list of models says; '' is unknown
    version: str = ""
    completions: bool = True
    top: int = 0
    named: bool = False
    context_length: int | None = None

    @property
    def neutral_sampling(self) -> dict[str, Any]:
        return NEUTRAL_SAMPLING.get(self.software, {})


def list_models(client: ServerClient) -> tuple[ServedModel, ...]:
    """The models on offer; none where the server keeps no list."""
    try:
        payload = client.get("models")
    except RefusedError as error:
        if error.status in NOT_OFFERED:
            return ()
        raise
    return tuple(read_reply(ServedModels, payload, client.base_url).data)


def choose_names(
    models: tuple[ServedModel, ...], spec: ModelSpec, options: ServerOptions
) -> dict[Variant, str]:
    """The name of each side on this server.

    A name that is not given is found where there is no doubt: a server of one base model with one
    adapter, as vLLM lists them. Raises UnknownNameError with the names on offer, InputError where
    they leave a doubt.
    """
    offered = [model.id for model in models]
    given = {"vanilla": options.vanilla_name, "tuned": options.tuned_name}
    lone = {
        "vanilla": [model.id for model in models if model.parent is None],
        "tuned": [model.id for model in models if model.parent is not None],
    }
    names: dict[Variant, str] = {}
    for variant in spec.variants:
        name = given[variant]
        if name and offered and name not in offered:
            raise UnknownNameError("model", name, offered, f"Give --{variant}-name one of these")
        if not name and len(lone[variant]) != 1:
            raise InputError(
                f"which model of {options.base_url or 'the server'} is the {variant} side? Give "
                f"--{variant}-name one of: {', '.join(offered) or 'the names it knows'}"
            )
        names[variant] = name or lone[variant][0]
    return names


def find_offer(
    client: ServerClient, models: tuple[ServedModel, ...], names: Mapping[Variant, str]
) -> Offer:
    """Ask for one token from each side, in the ways that matter.

    Raises EngineError where the server answers neither a text nor a conversation.
    """
    served = next((model for model in models if model.id == names["vanilla"]), None)
    software = served.owned_by.lower() if served else ""
    top = [_probe_top(client, name) for name in names.values()]
    completions = None not in top
    if not completions:
        for name in names.values():
            _probe_chat(client, name)
    return Offer(
        software=software,
        version=_version(client, software),
        completions=completions,
        top=min(count or 0 for count in top),
        named=completions and software == "vllm" and _probe_named(client, names["vanilla"]),
        context_length=served.max_model_len if served else None,
    )


def _probe_top(client: ServerClient, name: str) -> int | None:
    """How many log-probabilities raw completions tell; None where there are no such completions."""
    for count in (*TOP_CHOICES, 0):
        extra = {"logprobs": count} if count else {}
        try:
            reply = _one_token(client, COMPLETIONS, model=name, prompt=PROBE, **extra)
        except RefusedError as error:
            if error.status in NOT_OFFERED and "model" not in error.words.lower():
                return None
            if error.status in NOT_OFFERED:
                raise InputError(
                    f"{error}; give the name of a model that this server offers with "
                    "--vanilla-name or --tuned-name"
                ) from error
            if not count:
                raise
            continue
        logprobs = reply.choice.logprobs
        return count if logprobs and logprobs.top_logprobs and any(logprobs.top_logprobs) else 0
    raise AssertionError("the last attempt either returns or raises")


def _probe_chat(client: ServerClient, name: str) -> None:
    messages = [{"role": "user", "content": PROBE}]
    try:
        _one_token(client, CHAT, model=name, messages=messages)
    except RefusedError as error:
        if error.status in NOT_OFFERED and "model" not in error.words.lower():
            raise EngineError(
                f"{client.base_url} offers neither completions nor chat completions; is --base-url "
                "the root of an OpenAI-compatible API? Mostly it ends in /v1"
            ) from error
        raise InputError(str(error)) from error


def _probe_named(client: ServerClient, name: str) -> bool:
    """Whether vLLM is new enough to tell log-probabilities of the token ids it is given.

    An older one skips the key and tells the likeliest token; token 0 is never that.
    """
    reply = _one_token(
        client,
        COMPLETIONS,
        model=name,
        prompt=PROBE,
        logprobs=1,
        logprob_token_ids=[0],
        return_tokens_as_token_ids=True,
    )
    told = reply.choice.logprobs and reply.choice.logprobs.top_logprobs
    return bool(told and "token_id:0" in (told[0] or {}))


def _one_token(client: ServerClient, path: str, **body: Any) -> Completion:
    payload = client.post(Request(path, {"max_tokens": 1, "temperature": 0.0, **body}))
    return read_reply(Completion, payload, client.base_url)


def _version(client: ServerClient, software: str) -> str:
    """vLLM's own version; the other servers have no common place for theirs."""
    if software != "vllm":
        return ""
    try:
        payload = client.get(f"{client.base_url.removesuffix('/v1')}/version")
    except EngineError:  # a proxy that passes the API alone
        return ""
    return str(payload.get("version", "")) if isinstance(payload, dict) else ""
