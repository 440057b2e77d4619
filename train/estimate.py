"""Memory and time of a training run, from recipe, machine and formulas; nothing here is measured.

    python -m train.estimate --recipe train/recipes/krx_sft_1.yaml

Every figure is computed for the shape of Qwen2.5-7B and the length mix of the published data. The
formulas stand beside their functions; what they leave out (fragmentation, the loader, imbalance
between lengths) is covered by the allowance and the efficiency, which are assumptions.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

from train.recipe import Machine, Recipe, read_settings
from workbench.errors import WorkbenchError

GB = 1e9
BYTES = {"bfloat16": 2, "float32": 4}
LORA_BYTES = 16  # float32 weight, gradient, and AdamW's two moments
ALLOWANCE = 2.0 * GB  # CUDA context, kernels' workspace, fragmentation: an assumption
LOGIT_CHUNK = 1024  # positions whose logits trl's fused head holds at once: an assumption
EFFICIENCY = 0.4  # share of the peak that training reaches: an assumption


class Shape(NamedTuple):
    """A Qwen2 model whose input and output embeddings are not tied."""

    layers: int
    hidden: int
    ffn: int
    heads: int
    kv_heads: int
    vocabulary: int

    @property
    def kv(self) -> int:
        return self.hidden // self.heads * self.kv_heads

    @property
    def projections(self) -> tuple[tuple[int, int], ...]:
        """(inputs, outputs) of the seven matrices of a layer."""
        h, kv, f = self.hidden, self.kv, self.ffn
        return (h, h), (h, kv), (h, kv), (h, h), (h, f), (h, f), (f, h)

    @property
    def in_matmuls(self) -> int:
        """Parameters that every token is multiplied with: the layers' and the output head's."""
        return self.layers * sum(a * b for a, b in self.projections) + self.vocabulary * self.hidden

    @property
    def parameters(self) -> int:
        """With the input embedding, the biases of q, k and v, and the norms."""
        small = self.layers * (3 * self.hidden + 2 * self.kv) + self.hidden
        return self.in_matmuls + self.vocabulary * self.hidden + small

    def lora(self, r: int) -> int:
        """Parameters of an adapter on all seven: r × (inputs + outputs) for each."""
        return self.layers * sum(r * (a + b) for a, b in self.projections)


QWEN25_7B = Shape(28, 3584, 18944, 28, 4, 152064)


class Gpu(NamedTuple):
    """A card by its data sheet: bytes, and dense bfloat16 matrix FLOP/s."""

    name: str
    memory: float
    flops: float


A100 = Gpu("A100 80 GB", 80 * GB, 312e12)
RTX3090 = Gpu("RTX 3090", 24 * GB, 71e12)
H100 = Gpu("H100 80 GB", 80 * GB, 989e12)
H200 = Gpu("H200", 141 * GB, 989e12)


class Data(NamedTuple):
    """Rows of one epoch and their tokens."""

    rows: int
    tokens: int


# The published set at the card's mean lengths: 42,463 questions of 261, 44,870 answers of 417.
PUBLISHED = Data(42_463 + 44_870, 42_463 * 261 + 44_870 * 417)
PREFERENCES = Data(44_870, 44_870 * 417)  # of each answer


class Estimate(NamedTuple):
    """Bytes on the fullest card, and hours of the whole run."""

    weights: float
    trained: float
    activations: float
    logits: float
    hours: float

    @property
    def memory(self) -> float:
        return self.weights + self.trained + self.activations + self.logits + ALLOWANCE


# ── formulas ─────────────────────────────────────────────────────────────────────────────────


def flops_per_token(shape: Shape, length: float, r: int, checkpointing: bool) -> float:
    """Of one trained token. Frozen weights need no gradient of their own, so that a step costs
    2N forward and 2N backward instead of 6N; checkpointing repeats the forward pass.

    Attention over half of the square (causal): 2·L·h·s forward, 5·L·h·s backward, since fused
    kernels compute the scores again.
    """
    attention = shape.layers * shape.hidden * length
    forward = 2 * shape.in_matmuls + 2 * shape.lora(r) + 2 * attention
    backward = 2 * shape.in_matmuls + 4 * shape.lora(r) + 5 * attention
    return forward * (1 + checkpointing) + backward


def activation_bytes(
    shape: Shape, tokens: int, width: int, dropout: bool, checkpointing: bool
) -> float:
    """What is kept for the backward pass of `tokens` at once, at `width` bytes a value.

    A layer keeps, for each token: the inputs of its two norms in float32 (2·4 bytes × h) and in the
    model's type, the two normed vectors, q, k and v before and after rotation, attention's output
    (together 8h + 4·kv values) and four vectors of the feed-forward part (4·ffn). Dropout keeps a
    scaled copy and a mask byte of each adapter's input (6h + ffn values). With checkpointing only
    each layer's input (h) is kept, and one layer at a time is as above.
    """
    h, f = shape.hidden, shape.ffn
    layer = 8.0 * h + (8 * h + 4 * shape.kv + 4 * f) * width
    if dropout:
        layer += (6 * h + f) * (width + 1)
    if checkpointing:
        return tokens * (shape.layers * h * width + layer)
    return tokens * shape.layers * layer


def estimate(
    recipe: Recipe, machine: Machine, gpu: Gpu, data: Data = PUBLISHED, shape: Shape = QWEN25_7B
) -> Estimate:
    """Of a run of `recipe` on `machine`, whose cards are all `gpu`.

    Memory is that of a micro-batch whose rows are all `max_length` long, the worst that may come.
    """
    width = BYTES[machine.precision]
    batches = machine.batches(recipe.global_batch)
    sequences = 2 if recipe.dpo else 1  # chosen and rejected go through the model together
    tokens = batches.micro_batch * recipe.max_length * sequences
    shards = machine.processes if machine.sharding == "zero3" else 1
    mean = data.tokens / data.rows
    work = flops_per_token(shape, mean, recipe.lora.r, machine.gradient_checkpointing)
    total = data.tokens * sequences * recipe.epochs * work
    if recipe.dpo:  # a forward pass of the reference, once or in every epoch
        times = 1.0 if recipe.dpo.precompute_reference else recipe.epochs
        total += data.tokens * sequences * times * 2 * shape.in_matmuls
    return Estimate(
        weights=shape.parameters * width / shards,
        trained=shape.lora(recipe.lora.r) * LORA_BYTES / shards,
        activations=activation_bytes(
            shape, tokens, width, recipe.lora.dropout > 0, machine.gradient_checkpointing
        ),
        logits=min(tokens, LOGIT_CHUNK) * shape.vocabulary * 4 * 2,  # and their gradient
        hours=total / (gpu.flops * EFFICIENCY * machine.processes) / 3600,
    )


# ── the table ────────────────────────────────────────────────────────────────────────────────

PLACES: tuple[tuple[str, Gpu], ...] = (
    ("ddp_2xa100", A100),
    ("zero3_2xa100", A100),
    ("one_gpu", A100),
    ("one_gpu", RTX3090),
    ("one_gpu", H100),
    ("one_gpu", H200),
)
MACHINES = Path(__file__).parent / "machines"


def estimate_table(recipe: Recipe) -> str:
    data = PREFERENCES if recipe.dpo else PUBLISHED
    lines = [
        f"{recipe.name}: estimated, not measured; {data.rows:,} rows of "
        f"{data.tokens / data.rows:.0f} tokens on average, "
        f"{recipe.epochs:g} epochs, {EFFICIENCY:.0%} of the peak assumed",
        f"{'machine':<14}{'card':<12}{'weights':>8}{'trained':>8}{'kept':>8}{'logits':>8}"
        f"{'all GB':>8}{'fits':>6}{'hours':>7}",
    ]
    for name, gpu in PLACES:
        machine = read_settings(MACHINES / f"{name}.yaml", Machine)
        found = estimate(recipe, machine, gpu, data)
        fits = "yes" if found.memory <= gpu.memory else "no"
        parts = (found.weights, found.trained, found.activations, found.logits, found.memory)
        sizes = "".join(f"{size / GB:>8.1f}" for size in parts)
        lines.append(f"{name:<14}{gpu.name:<12}{sizes}{fits:>6}{found.hours:>7.1f}")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        print(estimate_table(read_settings(args.recipe, Recipe)))
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.estimate",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--recipe", type=Path, required=True, help="what to train (YAML)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
