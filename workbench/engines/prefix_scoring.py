"""Exact log-likelihoods of continuations, with nothing computed twice.

What many contexts share (worked examples, a system turn) is read once into a cache of keys and
values, by variant and model. All continuations of a question stand in one row behind its stem.
The LM head is applied only where something is predicted. `scoring_plan` says what is read
together; here it is read.

The result is that of a forward pass over each continuation by itself, but for rounding. This
rests on a model that attends where it is told to and whose head needs one hidden state at a time.
Not every architecture is like that, so each model is probed once, and read as plainly as it needs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import torch
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer

from workbench.engines.base import check_context, check_variant
from workbench.engines.hf_loading import Weights
from workbench.engines.scoring_plan import (
    Group,
    Piece,
    Row,
    Tokens,
    fill_batches,
    group_by_prefix,
    lay_out,
    pieces_of,
    shared_length,
)
from workbench.errors import EngineError, InputError
from workbench.schema import Variant

logger = logging.getLogger(__name__)

# Tokens of one forward pass. More of them only push the activations out of a CPU's caches; a GPU
# needs many to be busy.
TOKENS_ON_CPU, TOKENS_ON_GPU = 1024, 8192
PREFIXES_KEPT = 4  # by model and variant
LOGITS_AT_ONCE = 2**24  # numbers in float32: 64 MB

# Rotary embeddings that depend on the length of the text: what is cached for a short one is wrong
# for a long one.
LENGTH_DEPENDENT_ROPE = ("dynamic", "longrope")


class ScoringRequest(NamedTuple):
    """Continuations to score behind one context, all as tokens, none of them empty."""

    context: Tokens
    continuations: tuple[Tokens, ...]


class ContinuationScore(NamedTuple):
    """`logprob` is a natural logarithm, summed over the tokens.

    `greedy` says whether each of them is the model's first choice, as lm-eval's is_greedy does.
    """

    logprob: float
    greedy: bool


class PrefixScorer:
    """Scores continuations with one pair of models, whose weights stay as they are meanwhile."""

    def __init__(self, weights: Weights, *, token_budget: int | None = None) -> None:
        """`token_budget` bounds the tokens of one forward pass, and with them its memory."""
        on_cpu = weights.device.type == "cpu"
        self._weights = weights
        self._budget = token_budget or (TOKENS_ON_CPU if on_cpu else TOKENS_ON_GPU)
        # A forward pass of its own costs about as much as this many tokens more in another.
        self._worth = self._budget // 8
        # By identity of the model: two models never share a prefix, and those of a model that
        # leaves memory leave with it.
        self._known: WeakKeyDictionary[Any, dict[Variant, _Known]] = WeakKeyDictionary()

    @torch.inference_mode()
    def score(
        self, requests: Sequence[ScoringRequest], variant: Variant
    ) -> list[tuple[ContinuationScore, ...]]:
        """One score for each continuation of each request, in their order.

        Raises ContextLengthError where context and continuation do not fit the model, InputError
        where one of them is empty, EngineError where a single row does not fit into memory.
        """
        check_variant(variant, self._weights.variants)
        slots = self._slots(requests)
        contexts = list(slots)
        scores = _Scores(sum(map(len, slots.values())))
        for group in group_by_prefix(contexts, self._worth):
            mode, prefix = self._read_prefix(group, variant)
            widest = self._budget if mode.packed else 0
            pieces = [
                piece
                for context in (contexts[n] for n in group.members)
                for piece in pieces_of(context, slots[context], len(prefix), widest)
            ]
            for batch in fill_batches(pieces, len(prefix), self._budget):
                self._score(batch, prefix, mode, variant, scores)
        done = scores.done()
        return [
            tuple(done[slots[request.context][tokens]] for tokens in request.continuations)
            for request in requests
        ]

    def _slots(self, requests: Sequence[ScoringRequest]) -> dict[Tokens, dict[Tokens, int]]:
        """context -> continuation -> number: what is asked twice is scored once."""
        slots: dict[Tokens, dict[Tokens, int]] = {}
        count = 0
        for context, continuations in requests:
            for continuation in continuations:
                if not context or not continuation:
                    raise InputError(
                        f"a continuation of {len(continuation)} tokens behind a context of "
                        f"{len(context)} has no likelihood; give both at least one token"
                    )
                # The last token is predicted and never read.
                check_context(len(context) + len(continuation) - 1, self._weights.context_length)
                own = slots.setdefault(context, {})
                if continuation not in own:
                    own[continuation] = count
                    count += 1
        return slots

    def _read_prefix(self, group: Group, variant: Variant) -> tuple[_Mode, _Prefix]:
        """How the model can be read, and as much of the group's prefix as is worth caching.

        What is cached of another text serves as far as the two agree.
        """
        with self._weights.use(variant) as model:
            known = self._know(model, variant)
            if not known.mode.packed:
                return known.mode, _Prefix()
            nearest = known.nearest(group.prefix)
            prefix = nearest.cut(shared_length(nearest.tokens, group.prefix))
            missing = len(group.prefix) - len(prefix)
            # A lone context leaves its prefix for the next call at little cost to this one.
            if missing * max(len(group.members) - 1, 1) > self._worth:
                nearest = prefix = _extend(model, known.mode, prefix, group.prefix, self._budget)
            if prefix.tokens:
                known.keep(nearest)
            return known.mode, prefix

    def _know(self, model: Any, variant: Variant) -> _Known:
        variants = self._known.setdefault(model, {})
        if variant not in variants:
            variants[variant] = _Known(model)
        return variants[variant]

    def _score(
        self,
        batch: Sequence[Piece],
        prefix: _Prefix,
        mode: _Mode,
        variant: Variant,
        scores: _Scores,
    ) -> None:
        rows = [lay_out(piece, len(prefix)) for piece in batch]
        try:
            with self._weights.use(variant) as model:
                scores.add(rows, *_judge(model, mode, rows, prefix))
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise EngineError(
                    f"out of memory on {self._weights.device} with one row of {batch[0].width} "
                    f"tokens behind a prefix of {len(prefix)}; use fewer or shorter examples, or "
                    "--device cpu"
                ) from error
            half = len(batch) // 2
            self._score(batch[:half], prefix, mode, variant, scores)
            self._score(batch[half:], prefix, mode, variant, scores)


class _Scores:
    """Sums over the tokens of each continuation, by its slot."""

    def __init__(self, slots: int) -> None:
        self._logprobs = torch.zeros(slots, dtype=torch.float64)
        self._misses = torch.zeros(slots, dtype=torch.int64)

    def add(self, rows: Sequence[Row], logprobs: torch.Tensor, greedy: torch.Tensor) -> None:
        """Takes one value for each read of the rows, in their order."""
        slots = torch.tensor([read.slot for row in rows for read in row.reads])
        self._logprobs.index_add_(0, slots, logprobs.cpu().double())
        self._misses.index_add_(0, slots, (~greedy).cpu().long())

    def done(self) -> list[ContinuationScore]:
        pairs = zip(self._logprobs.tolist(), self._misses.tolist(), strict=True)
        return [ContinuationScore(logprob, misses == 0) for logprob, misses in pairs]


# ── cached prefixes ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Prefix:
    """Tokens that are read: for each layer keys and values, (1, heads, tokens, head width)."""

    tokens: Tokens = ()
    layers: tuple[tuple[torch.Tensor, torch.Tensor], ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)

    def cut(self, length: int) -> _Prefix:
        """The first `length` tokens, as a view; exact, since no token depends on a later one."""
        return _Prefix(
            self.tokens[:length],
            tuple((keys[:, :, :length], values[:, :, :length]) for keys, values in self.layers),
        )

    def lend(self) -> Cache | None:
        """A cache for one forward pass over any number of rows, which leaves the prefix as it is."""
        return Cache(layers=[_LentLayer(*layer) for layer in self.layers]) if self.tokens else None


class _LentLayer(DynamicLayer):  # type: ignore[misc]  # transformers has no types
    """Keys and values of one row, lent to all rows of a batch and not grown by them."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        super().__init__()
        self.lazy_initialization(keys, values)
        self.keys, self.values = keys, values

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        keys, values = (
            torch.cat([lent.expand(len(own), -1, -1, -1), own], dim=-2)
            for lent, own in ((self.keys, key_states), (self.values, value_states))
        )
        return keys, values


class _Known:
    """What is known of one variant of one model."""

    def __init__(self, model: Any) -> None:
        self.mode = _fastest_mode(model)
        self._prefixes: list[_Prefix] = []  # the last used stands last

    def nearest(self, tokens: Tokens) -> _Prefix:
        """The cached prefix that shares most with `tokens`; empty where there is none."""
        return max(
            self._prefixes,
            key=lambda prefix: shared_length(prefix.tokens, tokens),
            default=_Prefix(),
        )

    def keep(self, prefix: _Prefix) -> None:
        """Keep as the last used, in the place of what it only prolongs."""
        others = [p for p in self._prefixes if p.tokens != prefix.tokens[: len(p)]]
        self._prefixes = [*others, prefix][-PREFIXES_KEPT:]


def _extend(model: Any, mode: _Mode, prefix: _Prefix, tokens: Tokens, budget: int) -> _Prefix:
    """Read the rest of `tokens` behind `prefix`, `budget` of them at a time."""
    cache = DynamicCache(prefix.layers)
    for start in range(len(prefix), len(tokens), budget):
        part = tokens[start : start + budget]
        ids = torch.tensor([part], device=model.device)
        positions = torch.arange(start, start + len(part), device=model.device)[None]
        _run(model, mode, {"input_ids": ids, "position_ids": positions, "past_key_values": cache})
    return _Prefix(tokens, tuple((layer.keys, layer.values) for layer in cache.layers))


# ── one forward pass ─────────────────────────────────────────────────────────────────────────


class _Mode(NamedTuple):
    """What a model allows."""

    packed: bool  # cached prefixes, and continuations side by side
    head_apart: bool  # the LM head on chosen hidden states alone


def _judge(
    model: Any, mode: _Mode, rows: Sequence[Row], prefix: _Prefix
) -> tuple[torch.Tensor, torch.Tensor]:
    """For each read of each row its natural-log probability, and whether it is the first choice."""
    outputs, where = _outputs(model, mode, rows, prefix)
    tokens = [read.token for row in rows for read in row.reads]
    targets = torch.tensor(tokens, device=model.device)
    logprobs = torch.empty(len(targets), device=model.device)
    greedy = torch.empty(len(targets), dtype=torch.bool, device=model.device)
    step = max(1, LOGITS_AT_ONCE // model.config.get_text_config().vocab_size)
    for start in range(0, len(outputs), step):
        logits = _logits(model, mode, outputs[start : start + step])
        reads = ((where >= start) & (where < start + step)).nonzero().squeeze(1)
        positions, wanted = where[reads] - start, targets[reads]
        logprobs[reads] = logits.log_softmax(-1)[positions, wanted]
        greedy[reads] = logits.argmax(-1)[positions] == wanted
    return logprobs, greedy


def _outputs(
    model: Any, mode: _Mode, rows: Sequence[Row], prefix: _Prefix
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the model puts out where something is read: (positions, width), each position once.

    The second value says for each read of each row which of the positions it is.
    """
    inputs = _inputs(rows, prefix, model.dtype, model.device)
    width = inputs["input_ids"].shape[1]
    flat = [n * width + read.column for n, row in enumerate(rows) for read in row.reads]
    order = {position: n for n, position in enumerate(sorted(set(flat)))}
    where = torch.tensor([order[position] for position in flat], device=model.device)
    return _run(model, mode, inputs).flatten(0, 1)[list(order)], where


def _inputs(
    rows: Sequence[Row], prefix: _Prefix, dtype: torch.dtype, device: torch.device
) -> dict[str, Any]:
    """Arguments of a forward pass. Rows are padded on the right, where no token looks."""
    width = max(len(row.tokens) for row in rows)
    ids = _padded([row.tokens for row in rows], width, 0, device)
    if not all(row.is_chain for row in rows):
        branches = _padded([row.branches for row in rows], width, -1, device)
        positions = _padded([row.positions for row in rows], width, 0, device)
    elif prefix.tokens:
        branches = torch.zeros(1, width, dtype=torch.long, device=device)
        positions = torch.arange(len(prefix), len(prefix) + width, device=device)[None]
    else:
        return {"input_ids": ids}  # plain causal text, for which models have their fastest way
    return {
        "input_ids": ids,
        "position_ids": positions,
        "attention_mask": _tree_mask(branches, len(prefix), dtype),
        "past_key_values": prefix.lend(),
    }


def _padded(
    lists: Sequence[list[int]], width: int, filler: int, device: torch.device
) -> torch.Tensor:
    return torch.tensor([own + [filler] * (width - len(own)) for own in lists], device=device)


def _tree_mask(branches: torch.Tensor, prefix: int, dtype: torch.dtype) -> torch.Tensor:
    """(rows, width) -> (rows, 1, width, prefix + width), to be added to attention scores.

    A token sees the prefix, and of what stands before it the stem and its own branch.
    """
    rows, width = branches.shape
    seen, seer = branches[:, None, :], branches[:, :, None]
    hidden = ~((seen == 0) | (seen == seer)).tril()
    mask = torch.zeros(rows, 1, width, prefix + width, dtype=dtype, device=branches.device)
    mask[..., prefix:].masked_fill_(hidden[:, None], torch.finfo(dtype).min)
    return mask


def _run(model: Any, mode: _Mode, inputs: Mapping[str, Any]) -> torch.Tensor:
    """(rows, width, …): hidden states where the head is applied apart, logits elsewhere."""
    if mode.head_apart:
        states: torch.Tensor = model.get_decoder()(**inputs, use_cache=False).last_hidden_state
        return states
    logits: torch.Tensor = model(**inputs, use_cache=False).logits
    return logits


def _logits(model: Any, mode: _Mode, outputs: torch.Tensor) -> torch.Tensor:
    """(positions, vocabulary), in float32."""
    return (model.get_output_embeddings()(outputs) if mode.head_apart else outputs).float()


# ── what a model allows ──────────────────────────────────────────────────────────────────────

PLAIN = _Mode(packed=False, head_apart=False)
FASTER_MODES = (_Mode(True, True), _Mode(True, False), _Mode(False, True))  # the fastest first

# A few tokens that every vocabulary has: two contexts that share four, and what follows them.
PROBE: dict[Tokens, dict[Tokens, int]] = {
    (1, 2, 3, 4, 5, 6, 7): {(8, 9, 10): 0, (11, 12): 1, (13,): 2},
    (1, 2, 3, 4, 14, 15): {(16,): 3, (17, 18): 4, (19, 20, 21): 5},
}
PROBE_PREFIX = (1, 2, 3, 4)


def _fastest_mode(model: Any) -> _Mode:
    """The fastest mode whose logits on the probe are those of the model's own forward pass."""
    plain = _probe(model, PLAIN)
    found = next((mode for mode in _possible_modes(model) if _agrees(model, mode, plain)), PLAIN)
    if not found.packed:
        logger.warning("this architecture is scored slowly, with one continuation in each row")
    return found


def _possible_modes(model: Any) -> list[_Mode]:
    to_all = _attends_to_all(model.config)
    return [mode for mode in FASTER_MODES if to_all or not mode.packed]


def _agrees(model: Any, mode: _Mode, plain: torch.Tensor) -> bool:
    try:
        error = (_probe(model, mode) - plain).square().mean().sqrt()
    except torch.OutOfMemoryError:
        raise
    except Exception as reason:  # each architecture refuses what it cannot do in its own way
        logger.info("this model cannot be read in %s: %s", mode, reason)
        return False
    # Rounding differs by far less, a wrong mask or a scaled head by far more.
    return bool(error <= max(2e-3, torch.finfo(model.dtype).eps ** 0.5) * plain.std())


def _attends_to_all(config: Any) -> bool:
    """Whether each token attends to all before it, in a way that does not depend on the length.

    A probe is too short to tell.
    """
    rope = getattr(config, "rope_parameters", None) or {}
    layers = DynamicCache(config=config).layers
    return rope.get("rope_type") not in LENGTH_DEPENDENT_ROPE and all(
        type(layer) is DynamicLayer for layer in layers
    )


def _probe(model: Any, mode: _Mode) -> torch.Tensor:
    """(reads, vocabulary): logits wherever the probe is read, the same places in every mode."""
    prefix = _Prefix()
    if mode.packed:
        prefix = _extend(model, mode, prefix, PROBE_PREFIX, len(PROBE_PREFIX))
    widest = TOKENS_ON_CPU if mode.packed else 0
    rows = [
        lay_out(piece, len(prefix))
        for context, slots in PROBE.items()
        for piece in pieces_of(context, slots, len(prefix), widest)
    ]
    outputs, where = _outputs(model, mode, rows, prefix)
    return _logits(model, mode, outputs)[where]
