"""The pair in this process, by transformers and peft: the reference that other engines must match.

Decoding is one short loop of our own and not `model.generate`, for three reasons: each answer has
its own seeded random generator (generate() draws from the global one), the lock is held for one
token and not for one answer, so that two variants of one set of weights answer in step, and a
cancelled answer stops at the next token. A test holds it equal to `model.generate`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from threading import Event
from typing import Any

import torch
from transformers import DynamicCache
from transformers.generation.logits_process import TemperatureLogitsWarper, TopPLogitsWarper

from workbench.engines.base import check_context, check_variant, render_with
from workbench.engines.hf_loading import Weights, load_weights
from workbench.engines.identity import hf_info
from workbench.engines.prefix_scoring import ContinuationScore, PrefixScorer, ScoringRequest
from workbench.engines.token_pairs import encode_pairs
from workbench.errors import EngineError
from workbench.schema import (
    EngineInfo,
    FinishReason,
    Generation,
    ModelSpec,
    Prompt,
    Sampling,
    Variant,
)

CONTEXTS_AT_ONCE = 512  # scored together: enough to share prefixes and to batch like lengths


@dataclass
class _Row:
    """One answer in the making."""

    prompt_tokens: int
    generator: torch.Generator
    tokens: list[int] = field(default_factory=list)
    finish_reason: FinishReason | None = None


class HfEngine:
    """Implements `workbench.engines.base.Engine`."""

    def __init__(self, weights: Weights, info: EngineInfo) -> None:
        self._weights = weights
        self._tokenizer = weights.tokenizer
        self._scorer = PrefixScorer(weights)
        self.info = info

    @classmethod
    def load(
        cls,
        spec: ModelSpec,
        *,
        device: str | None = None,
        dtype: str | None = None,
        in_turn: bool = False,
    ) -> HfEngine:
        """Read the weights of `spec`.

        Raises InputError for a folder that holds no model or an unknown dtype, OfflineError where
        the Hub is needed and out of reach, EngineError where memory does not suffice.
        """
        weights = load_weights(spec, device=device, dtype=dtype, in_turn=in_turn)
        info = hf_info(
            spec,
            device=str(weights.device),
            dtype=str(weights.dtype).removeprefix("torch."),
            context_length=weights.context_length,
            in_turn=in_turn,
        )
        return cls(weights, info)

    @property
    def variants(self) -> tuple[Variant, ...]:
        return self._weights.variants

    @property
    def tokenizer(self) -> Any:
        """Of transformers; for callers that count in tokens, such as lm_eval."""
        return self._tokenizer

    def render(self, prompt: Prompt) -> str:
        return render_with(self._tokenizer, prompt)

    def count_tokens(self, text: str) -> int:
        return len(self._encode(text))

    def close(self) -> None:
        self._weights.release()

    # ── generation ───────────────────────────────────────────────────────────────────────────

    def stream(
        self, prompt: Prompt, sampling: Sampling, variant: Variant, cancel: Event | None = None
    ) -> Iterator[str]:
        prompts = self._encode_prompts([prompt], variant, reserved=sampling.max_tokens)
        return self._stream(prompts, sampling, variant, cancel)

    def _stream(
        self,
        prompts: list[list[int]],
        sampling: Sampling,
        variant: Variant,
        cancel: Event | None,
    ) -> Iterator[str]:
        text = _IncrementalText(self._tokenizer)
        for (row,) in self._decode(prompts, sampling, variant):
            piece = text.extend(row.tokens)
            if piece:
                yield piece
            if cancel is not None and cancel.is_set():
                return
        rest = text.flush()
        if rest:
            yield rest

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        encoded = self._encode_prompts(prompts, variant, reserved=sampling.max_tokens)
        return self.continue_tokens(encoded, sampling, variant)

    def continue_tokens(
        self,
        contexts: Sequence[Sequence[int]],
        sampling: Sampling,
        variant: Variant,
        stop: Sequence[str] = (),
    ) -> list[Generation]:
        """One answer behind each context, given as tokens, of which there must be one at least.

        An answer ends with the token that completes any of the strings in `stop`; its text goes
        that far. Raises as `generate` does.
        """
        check_variant(variant, self.variants)
        for ids in contexts:
            check_context(len(ids), self.info.context_length, sampling.max_tokens)
        if not contexts:
            return []
        *_, rows = self._decode([list(ids) for ids in contexts], sampling, variant, stop)
        return [
            Generation(
                text=self._tokenizer.decode(row.tokens, skip_special_tokens=True),
                finish_reason=row.finish_reason or "length",
                prompt_tokens=row.prompt_tokens,
                completion_tokens=len(row.tokens),
            )
            for row in rows
        ]

    @torch.inference_mode()
    def _decode(
        self,
        prompts: list[list[int]],
        sampling: Sampling,
        variant: Variant,
        stop: Sequence[str] = (),
    ) -> Iterator[list[_Row]]:
        """All rows after each token. Finished rows leave the batch; end tokens are not kept."""
        completes_stop = self._stop_watcher(stop)
        rows = [_Row(len(ids), torch.Generator().manual_seed(sampling.seed)) for ids in prompts]
        ids, mask = self._pad_left(prompts)
        cache = DynamicCache()
        active = list(range(len(rows)))
        for _ in range(sampling.max_tokens):
            logits = self._forward(ids, mask, variant, cache)[:, -1].float().cpu()
            chosen = [
                _choose(logits[n], sampling, rows[row].generator) for n, row in enumerate(active)
            ]
            staying = []
            for n, (row, token) in enumerate(zip(active, chosen, strict=True)):
                if token in self._weights.end_tokens:
                    rows[row].finish_reason = "stop"
                else:
                    rows[row].tokens.append(token)
                    if completes_stop(rows[row].tokens):
                        rows[row].finish_reason = "stop"
                    else:
                        staying.append(n)
            yield rows
            if not staying:
                return
            if len(staying) < len(active):
                kept = torch.tensor(staying, device=ids.device)
                cache.batch_select_indices(kept)
                mask = mask[kept]
                active = [active[n] for n in staying]
            ids = torch.tensor([[chosen[n]] for n in staying], device=ids.device)
            mask = torch.cat([mask, mask.new_ones(len(active), 1)], dim=1)
        for row in active:
            rows[row].finish_reason = "length"

    def _stop_watcher(self, stop: Sequence[str]) -> Callable[[list[int]], bool]:
        """Whether the last tokens hold a string of `stop`, special tokens being text as well.

        How many tokens it takes depends on what stands around the string, so two more than it has
        by itself are looked at, as lm-eval does.
        """
        if not stop:
            return lambda _: False
        last = max(len(self._encode(text)) for text in stop) + 2

        def completes(tokens: list[int]) -> bool:
            tail = self._tokenizer.decode(tokens[-last:])
            return any(text in tail for text in stop)

        return completes

    # ── scoring ──────────────────────────────────────────────────────────────────────────────

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        contexts = [self.render(prompt) for prompt in prompts]
        scores = self.score_texts(contexts, continuations, variant)
        return [tuple(score.logprob for score in own) for own in scores]

    def score_texts(
        self, contexts: Sequence[str], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[ContinuationScore, ...]]:
        """One score for each continuation behind its context, split into tokens as lm-eval does.

        Raises as `PrefixScorer.score` does.
        """
        check_variant(variant, self.variants)
        scores: list[tuple[ContinuationScore, ...]] = []
        # Tokens take far more memory than texts and scores do, so there are never many of them.
        for start in range(0, len(contexts), CONTEXTS_AT_ONCE):
            part = slice(start, start + CONTEXTS_AT_ONCE)
            pairs = [
                encode_pairs(self._tokenizer, *texts)
                for texts in zip(contexts[part], continuations[part], strict=True)
            ]
            requests = [ScoringRequest(head, (tail,)) for own in pairs for head, tail in own]
            flat = chain.from_iterable(self._scorer.score(requests, variant))
            scores += [tuple(islice(flat, len(own))) for own in pairs]
        return scores

    def score_tokens(
        self, requests: Sequence[ScoringRequest], variant: Variant
    ) -> list[tuple[ContinuationScore, ...]]:
        """As `score_texts`, for texts that are tokens already. Raises as `PrefixScorer.score`."""
        return self._scorer.score(requests, variant)

    # ── the model ────────────────────────────────────────────────────────────────────────────

    def _encode(self, text: str) -> list[int]:
        # Chat templates write their special tokens themselves; adding more would double them.
        return list(self._tokenizer.encode(text, add_special_tokens=False))

    def _encode_prompts(
        self, prompts: Sequence[Prompt], variant: Variant, reserved: int
    ) -> list[list[int]]:
        check_variant(variant, self.variants)
        encoded = [self._encode(self.render(prompt)) for prompt in prompts]
        for ids in encoded:
            check_context(len(ids), self.info.context_length, reserved)
        return encoded

    def _pad_left(self, rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Ids and attention mask, both (rows, longest). Left, so that all rows end together."""
        longest = max(len(row) for row in rows)
        device = self._weights.device
        ids = torch.tensor([[0] * (longest - len(r)) + r for r in rows], device=device)
        mask = torch.tensor([[0] * (longest - len(r)) + [1] * len(r) for r in rows], device=device)
        return ids, mask

    def _forward(
        self,
        ids: torch.Tensor,
        mask: torch.Tensor,
        variant: Variant,
        cache: Any | None,
    ) -> torch.Tensor:
        """Logits of the last position: (rows, 1, vocabulary)."""
        positions = (mask.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        try:
            with self._weights.use(variant) as model:
                output = model(
                    input_ids=ids,
                    attention_mask=mask,
                    position_ids=positions,
                    past_key_values=cache,
                    use_cache=cache is not None,
                    logits_to_keep=1,
                )
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"out of memory on {self._weights.device} with {ids.shape[0]} rows of "
                f"{mask.shape[1]} tokens; use a smaller --batch-size"
            ) from error
        logits: torch.Tensor = output.logits
        return logits


def _choose(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> int:
    """The next token for one row of logits (vocabulary,)."""
    if sampling.temperature == 0:
        return int(logits.argmax())
    scores: torch.Tensor = TemperatureLogitsWarper(sampling.temperature)(None, logits[None])
    if sampling.top_p < 1:
        scores = TopPLogitsWarper(sampling.top_p)(None, scores)
    return int(torch.multinomial(scores.softmax(-1)[0], 1, generator=generator))


class _IncrementalText:
    """Text of a growing token list. A Korean syllable may span tokens: it waits until whole."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._context = 0  # tokens before this one are settled and no longer decoded
        self._shown = 0  # tokens before this one have been shown
        self._tokens: list[int] = []

    def extend(self, tokens: list[int]) -> str:
        self._tokens = tokens
        before = self._decode(self._context, self._shown)
        now = self._decode(self._context, len(tokens))
        if now.endswith("\ufffd"):
            return ""
        self._context, self._shown = self._shown, len(tokens)
        return now[len(before) :]

    def flush(self) -> str:
        """What is left at the end, broken or not."""
        before = self._decode(self._context, self._shown)
        return self._decode(self._context, len(self._tokens))[len(before) :]

    def _decode(self, start: int, end: int) -> str:
        return str(self._tokenizer.decode(self._tokens[start:end], skip_special_tokens=True))
