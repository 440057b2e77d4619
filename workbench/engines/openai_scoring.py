"""Log-likelihoods of continuations through a server, by requests that keep its prefix cache.

What the server says of the one token after a context scores every continuation of one token, as
letters are: one request for a whole question. A longer continuation has to be read back by the
server (`echo`), one request each, because no server scores several texts behind one prefix.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.engines.base import UpperBound, check_context
from workbench.engines.openai_client import Request, ServerClient
from workbench.engines.openai_offer import COMPLETIONS, Offer
from workbench.engines.openai_replies import Choice, Completion, read_reply
from workbench.engines.scoring_plan import Tokens
from workbench.engines.token_pairs import encode_pairs
from workbench.errors import EngineError, InputError

log = logging.getLogger(__name__)

GREEDY = {"max_tokens": 1, "temperature": 0.0}


@dataclass(frozen=True)
class NextToken:
    """Scores the continuations of one token behind one context."""

    row: int  # number of the context
    request: Request
    names: dict[int, str]  # number of the continuation -> what its token is called in the reply
    texts: tuple[str, ...]  # the continuations, for the sentence that says they are missing

    def read(self, choice: Choice) -> dict[int, float]:
        """Raises EngineError where the reply tells of none of the tokens."""
        logprobs = choice.logprobs
        told = (logprobs.top_logprobs or [None])[0] if logprobs else None
        if not told:
            raise EngineError("the server left out the log-probabilities that it was asked for")
        if told.keys().isdisjoint(self.names.values()):
            raise EngineError(
                f"none of {', '.join(map(repr, self.texts))} is among the {len(told)} "
                "tokens that the server told log-probabilities of, so it says nothing about them"
            )
        least = UpperBound(min(told.values()))
        return {n: told.get(name, least) for n, name in self.names.items()}


@dataclass(frozen=True)
class Echo:
    """Scores one continuation of several tokens, which the server reads behind its context."""

    row: int
    request: Request
    column: int  # number of the continuation
    start: int  # its tokens in the reply: from `start` up to, not including, `end`
    end: int

    def read(self, choice: Choice) -> dict[int, float]:
        told = choice.logprobs.token_logprobs if choice.logprobs else []
        own = [logprob for logprob in told[self.start : self.end] if logprob is not None]
        # One more, because a token is generated behind what is read.
        if len(told) not in (self.end, self.end + 1) or len(own) != self.end - self.start:
            raise InputError(
                f"the server tells log-probabilities of {len(told)} tokens where {self.end} were "
                "read, so options of several tokens cannot be scored there; score letters, or let "
                "the model generate its answer (--method generate)"
            )
        return {self.column: sum(own)}


class ServerScorer:
    """Scores with the models of one server. `tokenizer` is their own, where it is at hand."""

    def __init__(
        self, client: ServerClient, offer: Offer, tokenizer: Any | None, context_length: int
    ) -> None:
        self._client, self._offer, self._tokenizer = client, offer, tokenizer
        self._context_length = context_length

    def score(
        self, model: str, contexts: Sequence[str], continuations: Sequence[Sequence[str]]
    ) -> list[tuple[float, ...]]:
        """One log-likelihood for each continuation behind its context, from the server's `model`.

        Raises InputError where this server cannot score such continuations at all, EngineError
        where it does not tell what one of the contexts needs.
        """
        if not self._offer.top:
            raise InputError(
                f"{self._client.base_url} tells no log-probabilities, so options cannot be scored "
                "there; let the model generate its answer (--method generate), or take an engine "
                "that tells them: --engine vllm or hf"
            )
        plan: list[NextToken | Echo] = []
        for row, (context, own) in enumerate(zip(contexts, continuations, strict=True)):
            plan += self._plan(row, model, context, own)
        replies = self._client.post_all([part.request for part in plan])
        scores: list[dict[int, float]] = [{} for _ in contexts]
        for part, payload in zip(plan, replies, strict=True):
            reply = read_reply(Completion, payload, self._client.base_url)
            scores[part.row].update(part.read(reply.choice))
        self._warn_of_bounds(scores)
        return [tuple(own[n] for n in range(len(own))) for own in scores]

    def _plan(
        self, row: int, model: str, context: str, continuations: Sequence[str]
    ) -> Iterator[NextToken | Echo]:
        if self._tokenizer is None:
            names = dict(enumerate(continuations))
            request = self._next_token(model, context.rstrip())
            yield NextToken(row, request, names, tuple(continuations))
            return
        short: dict[Tokens, dict[int, int]] = {}  # context -> number of continuation -> its token
        for column, pair in enumerate(encode_pairs(self._tokenizer, context, continuations)):
            check_context(len(pair.context) + len(pair.continuation), self._context_length)
            if len(pair.continuation) == 1:
                short.setdefault(pair.context, {})[column] = pair.continuation[0]
                continue
            text = context + continuations[column]
            whole = pair.context + pair.continuation
            request = self._request(model, text, whole, echo=True, logprobs=1)
            yield Echo(row, request, column, len(pair.context), len(whole))
        for tokens, columns in short.items():
            ids = list(columns.values())
            names = {column: self._name(token) for column, token in columns.items()}
            request = self._next_token(model, context.rstrip(), tokens, ids)
            yield NextToken(row, request, names, tuple(continuations[n] for n in columns))

    def _next_token(
        self, model: str, text: str, tokens: Tokens | None = None, ids: Sequence[int] = ()
    ) -> Request:
        if self._offer.named and ids:
            return self._request(model, text, tokens, logprobs=1, logprob_token_ids=list(ids))
        return self._request(model, text, tokens, logprobs=self._offer.top)

    def _request(self, model: str, text: str, tokens: Tokens | None, **extra: Any) -> Request:
        """vLLM is given the tokens, so that it cannot cut the text otherwise, and names those of
        its reply by their ids, because different tokens can have one text."""
        exact = tokens is not None and self._offer.software == "vllm"
        if exact:
            extra["return_tokens_as_token_ids"] = True
        prompt = list(tokens) if exact and tokens else text
        return Request(COMPLETIONS, {"model": model, "prompt": prompt, **GREEDY, **extra})

    def _name(self, token: int) -> str:
        if self._offer.software == "vllm":
            return f"token_id:{token}"
        return str(self._tokenizer.decode([token]))  # type: ignore[union-attr]

    def _warn_of_bounds(self, scores: Sequence[dict[int, float]]) -> None:
        bounds = sum(isinstance(score, UpperBound) for own in scores for score in own.values())
        if bounds:
            log.warning(
                "%d options were not among the %d most likely tokens, which are all that %s "
                "tells; their scores are upper bounds",
                *(bounds, self._offer.top, self._client.base_url),
            )
