"""A real OpenAI-compatible server on loopback: the demo pair by our own engine, as vLLM offers it.

It speaks HTTP through uvicorn and computes with the model, so what is tested against it is tested
against a server. What servers leave out can be left out here, and faults can be queued.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import torch
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.workbench.engines.loopback import Fault
from workbench.engines.hf import HfEngine
from workbench.prompts import chat_prompt
from workbench.schema import Generation, Message, Sampling, Variant


@dataclass
class ServedPair:
    """`software` 'vllm' brings vLLM's own keys; `named` is its logprob_token_ids."""

    engine: HfEngine
    software: str = "vllm"
    completions: bool = True
    top: int = 20  # most likely tokens told; 0 for none
    named: bool = True
    echo: bool = True
    key: str = ""
    pause: float = 0.0  # seconds before each streamed piece
    faults: deque[Fault] = field(default_factory=deque)
    bodies: list[dict[str, Any]] = field(default_factory=list)  # what was posted, in order
    left: Event = field(default_factory=Event)  # set when a reader of a stream went away
    in_flight: int = 0
    most_in_flight: int = 0

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/models", self.models),
                Route("/version", self.version),
                Route("/v1/completions", self.complete, methods=["POST"]),
                Route("/v1/chat/completions", self.converse, methods=["POST"]),
            ]
        )

    async def models(self, request: Request) -> Response:
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return JSONResponse({"error": "Unauthorized"}, 401)
        shared = {"owned_by": self.software, "object": "model"}
        if self.software == "vllm":
            shared["max_model_len"] = self.engine.info.context_length
        base, adapter = {"id": "base"}, {"id": "lora", "parent": "base"}
        return JSONResponse({"data": [model | shared for model in (base, adapter)]})

    async def version(self, request: Request) -> Response:
        return JSONResponse({"version": "0.32.0"})

    async def complete(self, request: Request) -> Response:
        if not self.completions:
            return JSONResponse({"detail": "Not Found"}, 404)
        return await self._answer(request, "text_completion")

    async def converse(self, request: Request) -> Response:
        return await self._answer(request, "chat.completion")

    async def _answer(self, request: Request, kind: str) -> Response:
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            body = await request.json()
            self.bodies.append(body)
            if self.faults:
                return self.faults.popleft()()
            variants: dict[str, Variant] = {"base": "vanilla", "lora": "tuned"}
            if body["model"] not in variants:
                words = f"The model `{body['model']}` does not exist."
                return JSONResponse({"error": {"message": words}}, 404)
            return await run_in_threadpool(self._reply, body, kind, variants[body["model"]])
        finally:
            self.in_flight -= 1

    # ── what is answered ─────────────────────────────────────────────────────────────────────

    def _reply(self, body: dict[str, Any], kind: str, variant: Variant) -> Response:
        tokens = self._tokens(body)
        if body.get("echo") and self.echo:
            logprobs = self._read_back(tokens, variant)
            return JSONResponse({"choices": [{"text": "", "logprobs": logprobs}]})
        sampling = Sampling(**{key: body[key] for key in Sampling.model_fields if key in body})
        (answer,) = self.engine.continue_tokens([tokens], sampling, variant)
        if body.get("stream"):
            return StreamingResponse(self._events(answer, kind), media_type="text/event-stream")
        choice: dict[str, Any] = {"finish_reason": answer.finish_reason}
        if kind == "text_completion":
            choice |= {"text": answer.text, "logprobs": self._next(body, tokens, variant)}
        else:
            choice |= {"message": {"role": "assistant", "content": answer.text}}
        usage = answer.model_dump(include={"prompt_tokens", "completion_tokens"})
        return JSONResponse({"choices": [choice], "usage": usage})

    async def _events(self, answer: Generation, kind: str) -> AsyncIterator[str]:
        finished = False
        try:
            for piece in [*answer.text, None]:
                await asyncio.sleep(self.pause)
                text = piece or ""
                words = (
                    {"text": text} if kind == "text_completion" else {"delta": {"content": text}}
                )
                reason = None if piece else answer.finish_reason
                event = {"choices": [words | {"finish_reason": reason}]}
                yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n"
            yield "data: [DONE]\n\n"
            finished = True
        finally:
            if not finished:
                self.left.set()

    def _tokens(self, body: dict[str, Any]) -> list[int]:
        if "messages" in body:
            prompt = chat_prompt([Message(**turn) for turn in body["messages"]], system="")
            return self._encode(self.engine.render(prompt))
        prompt = body["prompt"]
        return self._encode(prompt) if isinstance(prompt, str) else prompt

    def _encode(self, text: str) -> list[int]:
        return list(self.engine.tokenizer.encode(text, add_special_tokens=False))

    def _next(self, body: dict[str, Any], tokens: list[int], variant: Variant) -> Any:
        """The log-probabilities of the token after the prompt, as vLLM writes them."""
        asked = min(body.get("logprobs") or 0, self.top)
        if not asked:
            return None
        told = self._logprobs(tokens, variant)[-1]
        ids = body.get("logprob_token_ids") if self.named else None
        ids = [*ids, int(told.argmax())] if ids else told.topk(asked).indices.tolist()
        names = {i: self._name(i, body) for i in ids}
        return {"top_logprobs": [{names[i]: told[i].item() for i in ids}]}

    def _read_back(self, tokens: list[int], variant: Variant) -> Any:
        told = self._logprobs(tokens, variant)
        own = [told[n, token].item() for n, token in enumerate(tokens[1:])]
        return {"token_logprobs": [None, *own, -0.5]}

    def _name(self, token: int, body: dict[str, Any]) -> str:
        if body.get("return_tokens_as_token_ids"):
            return f"token_id:{token}"
        return str(self.engine.tokenizer.decode([token]))

    @torch.inference_mode()
    def _logprobs(self, tokens: list[int], variant: Variant) -> torch.Tensor:
        with self.engine._weights.use(variant) as model:
            logits: torch.Tensor = model(torch.tensor([tokens])).logits[0]
        return logits.float().log_softmax(-1)
