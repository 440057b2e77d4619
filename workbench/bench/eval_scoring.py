"""How much less CPU time scoring by log-likelihood takes here than in stock lm-eval.

    python -m workbench.bench.eval_scoring                    # the demo pair
    python -m workbench.bench.eval_scoring --large            # random weights, Qwen2.5-0.5B's size
    python -m workbench.bench.eval_scoring --scaling          # two variants, and many questions

Both sides get the same strings in the same process, in turn, and each makes its own tokens of
them. Stock is `HFLM.loglikelihood` on the same weights, with its default batch size of one and
with the best of `STOCK_BATCHES`. Each run has few-shot examples of its own, so that nothing that
an earlier run left in a cache helps. What counts is the CPU time of the process, over all threads.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from workbench import numerals
from workbench.config import load_presets
from workbench.prompts import letter_continuations, mcqa_prompt
from workbench.questions import load_questions
from workbench.schema import VARIANTS, EngineInfo, PromptStyle, Question, Variant

if TYPE_CHECKING:
    from workbench.engines.hf import HfEngine

Kind = Literal["letters", "texts", "lines"]
Score = tuple[float, bool]  # log-likelihood, is_greedy

# What is scored behind a prompt: ' A', ' 국채', or ' A. 국채' for the first option.
CONTINUATIONS: dict[Kind, Callable[[Question], tuple[str, ...]]] = {
    "letters": letter_continuations,
    "texts": lambda question: tuple(f" {option}" for option in question.options),
    "lines": lambda question: tuple(f" {line}" for line in question.lettered_options),
}

STOCK_BATCHES = (1, 4, 16)
TRIED = 16  # questions, to find the best of them
TEMPLATE = "{:>5}  {:7}  {:>20}  {:>20}  {:>5}  {:>11}  {:>12}  {:>8}"
HEADER = TEMPLATE.format(
    "shots",
    "kind",
    "best / ours",
    "default / ours",
    "batch",
    "ms/question",
    "same argmax",
    "max |Δ|",
)


class Workload(NamedTuple):
    contexts: tuple[str, ...]
    continuations: tuple[tuple[str, ...], ...]


Side = Callable[[Workload], Sequence[tuple[Score, ...]]]


def make_workload(
    engine: HfEngine,
    questions: Sequence[Question],
    examples: Sequence[Question],
    style: PromptStyle,
    kind: Kind,
) -> Workload:
    prompts = [mcqa_prompt(q, style, examples, letter_next=True) for q in questions]
    return Workload(
        tuple(engine.render(prompt) for prompt in prompts),
        tuple(map(CONTINUATIONS[kind], questions)),
    )


# ── the two sides ────────────────────────────────────────────────────────────────────────────


def our_side(engine: HfEngine, variant: Variant) -> Side:
    return lambda work: engine.score_texts(*work, variant)


def stock_side(stock: Any, batch: int) -> Side:
    from lm_eval.api.instance import Instance

    def score(work: Workload) -> list[tuple[Score, ...]]:
        stock.batch_size_per_gpu = batch
        requests = [
            Instance("loglikelihood", {}, (context, continuation), n)
            for n, (context, own) in enumerate(zip(*work, strict=True))
            for continuation in own
        ]
        scores = iter(stock.loglikelihood(requests, disable_tqdm=True))
        return [tuple(next(scores) for _ in own) for own in work.continuations]

    return score


def open_demo(variant: Variant) -> tuple[HfEngine, Any]:
    """The demo pair, and the same variant in stock lm-eval, both in float32."""
    from lm_eval.models.huggingface import HFLM

    from workbench.engines.hf import HfEngine

    spec = load_presets()["demo"]
    adapter = {"peft": spec.adapter} if variant == "tuned" else {}
    stock = HFLM(pretrained=spec.base, device="cpu", dtype="float32", batch_size=1, **adapter)
    return HfEngine.load(spec, device="cpu"), stock


def open_large() -> tuple[HfEngine, Any]:
    """One model of Qwen2.5-0.5B's geometry with random weights, in both sides.

    The tokenizer is the demo pair's: its ids are among the 152k, and prompts are about as long.
    """
    from contextlib import nullcontext

    import torch
    from lm_eval.models.huggingface import HFLM
    from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

    from workbench.engines.hf import HfEngine
    from workbench.engines.hf_loading import Weights

    config = Qwen2Config(
        vocab_size=151_936,
        hidden_size=896,
        intermediate_size=4864,
        num_hidden_layers=24,
        num_attention_heads=14,
        num_key_value_heads=2,
        max_position_embeddings=32_768,
        tie_word_embeddings=True,
    )
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(config).eval()
    tokenizer = AutoTokenizer.from_pretrained(load_presets()["demo"].base)
    weights = Weights(
        tokenizer,
        {"vanilla": lambda: nullcontext(model)},
        config=config,
        end_tokens=frozenset(),
        device=torch.device("cpu"),
        dtype=torch.float32,
        on_release=lambda: None,
    )
    info = EngineInfo(
        engine="hf",
        version="",
        model="random",
        base="random",
        device="cpu",
        dtype="float32",
        context_length=config.max_position_embeddings,
    )
    return HfEngine(weights, info), HFLM(pretrained=model, tokenizer=tokenizer, batch_size=1)


# ── measuring ────────────────────────────────────────────────────────────────────────────────


class Timed(NamedTuple):
    seconds: float  # of CPU
    scores: Sequence[tuple[Score, ...]]


def timed(side: Side, work: Workload) -> Timed:
    start = time.process_time()
    scores = side(work)
    return Timed(time.process_time() - start, scores)


@dataclass
class Contest:
    """What several runs of the same kind of work gave."""

    best_batch: int
    ours: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    default: list[float] = field(default_factory=list)
    questions: int = 0
    same_argmax: int = 0
    largest_difference: float = 0.0

    def compare(
        self, ours: Sequence[tuple[Score, ...]], theirs: Sequence[tuple[Score, ...]]
    ) -> None:
        for mine, stock in zip(ours, theirs, strict=True):
            self.questions += 1
            self.same_argmax += _first_choice(mine) == _first_choice(stock)
            differences = [abs(a - b) for (a, _), (b, _) in zip(mine, stock, strict=True)]
            self.largest_difference = max(self.largest_difference, *differences)

    def row(self, shots: int, kind: Kind) -> str:
        return TEMPLATE.format(
            shots,
            kind,
            spread([theirs / ours for theirs, ours in zip(self.best, self.ours, strict=True)]),
            spread([theirs / ours for theirs, ours in zip(self.default, self.ours, strict=True)]),
            self.best_batch,
            numerals.rate(1000 * sum(self.ours) / self.questions),
            f"{self.same_argmax}/{self.questions}",
            f"{self.largest_difference:.1e}",
        )


def _first_choice(scores: Sequence[Score]) -> int:
    return max(range(len(scores)), key=lambda n: scores[n][0])


def spread(values: Sequence[float]) -> str:
    """'6.1 (5.9–6.4)': median, smallest, largest."""
    smallest, median, largest = (
        numerals.ratio(value) for value in (min(values), statistics.median(values), max(values))
    )
    return f"{median} ({smallest}–{largest})"


def run_contest(
    engine: HfEngine, stock: Any, variant: Variant, works: Sequence[Workload]
) -> Contest:
    """Each workload once by each side, after a first one that warms both up."""
    first, *measured = works
    ours = our_side(engine, variant)
    ours(first)
    contest = Contest(best_batch(stock, first))
    for work in measured:
        mine = timed(ours, work)
        best = timed(stock_side(stock, contest.best_batch), work)
        default = timed(stock_side(stock, 1), work) if contest.best_batch != 1 else best
        contest.ours.append(mine.seconds)
        contest.best.append(best.seconds)
        contest.default.append(default.seconds)
        contest.compare(mine.scores, best.scores)
    return contest


def best_batch(stock: Any, work: Workload) -> int:
    few = Workload(work.contexts[:TRIED], work.continuations[:TRIED])
    return min(STOCK_BATCHES, key=lambda batch: timed(stock_side(stock, batch), few).seconds)


def workloads(
    engine: HfEngine, questions: int, runs: int, shots: int, style: PromptStyle, kind: Kind
) -> Iterator[Workload]:
    """One for each run, and one before them that warms up, each with other examples."""
    asked = load_questions("demo-unseen").questions[:questions]
    pool = load_questions("demo-heldout").questions
    for run in range(runs + 1):
        yield make_workload(engine, asked, pool[run * shots : (run + 1) * shots], style, kind)


# ── the command ──────────────────────────────────────────────────────────────────────────────


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workbench.bench.eval_scoring",
        description="CPU time of scoring by log-likelihood: stock lm-eval beside ours.",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--large", action="store_true", help="random weights of Qwen2.5-0.5B's size")
    mode.add_argument(
        "--scaling", action="store_true", help="cost of a second variant, and of many questions"
    )
    parser.add_argument("--questions", type=int, help="how many (48; 8 with --large)")
    parser.add_argument("--runs", type=int, help="of each kind (5; 3 with --large or --scaling)")
    parser.add_argument("--shots", type=int, nargs="+", help="0 1 5; 5 with --large")
    parser.add_argument(
        "--kinds",
        nargs="+",
        choices=get_args(Kind),
        default=get_args(Kind),
        help="what is scored: ' A', ' 국채', ' A. 국채' (all)",
    )
    parser.add_argument("--style", choices=get_args(PromptStyle), default="native")
    parser.add_argument("--variant", choices=VARIANTS, default="tuned", help="of the demo pair")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1000, 50_000], help="questions, for --scaling"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> None:
    chosen = parser().parse_args(arguments)
    if chosen.scaling:
        from workbench.bench.scaling import print_scaling

        print_scaling(chosen.sizes, chosen.runs or 3)
        return
    variant: Variant = "vanilla" if chosen.large else chosen.variant
    engine, stock = open_large() if chosen.large else open_demo(variant)
    runs = chosen.runs or (3 if chosen.large else 5)
    questions = chosen.questions or (8 if chosen.large else 48)
    model = "Qwen2.5-0.5B's geometry" if chosen.large else f"demo {variant}"
    print(f"{model}, {chosen.style}, {questions} questions, {runs} runs")
    print("CPU time of stock lm-eval over ours: median (smallest–largest)")
    print(HEADER)
    for shots in chosen.shots or ([5] if chosen.large else [0, 1, 5]):
        for kind in chosen.kinds:
            works = list(workloads(engine, questions, runs, shots, chosen.style, kind))
            print(run_contest(engine, stock, variant, works).row(shots, kind), flush=True)


if __name__ == "__main__":
    main()
