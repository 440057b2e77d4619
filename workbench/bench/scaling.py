"""What a second variant costs, and whether a question costs the same among a thousand or 50,000.

Every measurement has a process of its own, so that one cannot use the memory that another left.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import cycle, islice
from multiprocessing import get_context
from typing import NamedTuple

from workbench.config import load_presets
from workbench.prompts import letter_continuations, mcqa_prompt
from workbench.questions import load_questions
from workbench.schema import VARIANTS, Question, Variant

QUESTIONS_BY_VARIANT = 200  # for the cost of a second variant
MEGABYTE = 2**20
LOOKS_PER_SECOND = 50


class Cost(NamedTuple):
    seconds: float  # of CPU, for scoring alone
    peak: int  # bytes of memory in use at most
    growth: int  # bytes by which scoring raised it


def distinct_questions(count: int) -> list[Question]:
    """The bundled questions over and over, numbered, since equal ones would be scored once."""
    questions = cycle(load_questions("demo-unseen").questions)
    return [
        q.model_copy(update={"question": f"{q.question} ({n})"})
        for n, q in enumerate(islice(questions, count))
    ]


def measure(variants: Sequence[Variant], count: int, pair: bool) -> Cost:
    """Letters of `count` questions, by each variant in turn, in one call each.

    Without `pair` the base is loaded alone.
    """
    from workbench.engines.hf import HfEngine

    spec = load_presets()["demo"]
    engine = HfEngine.load(
        spec if pair else spec.model_copy(update={"adapter": None}), device="cpu"
    )
    questions = distinct_questions(count)
    contexts = [engine.render(mcqa_prompt(question, "native")) for question in questions]
    letters = [letter_continuations(question) for question in questions]
    with peak_memory() as memory:
        start = time.process_time()
        for variant in variants:
            engine.score_texts(contexts, letters, variant)
        seconds = time.process_time() - start
    return Cost(seconds, memory.peak, memory.peak - memory.before)


class Memory:
    """Resident memory of this process, in bytes."""

    def __init__(self, before: int) -> None:
        self.before = self.peak = before


@contextmanager
def peak_memory() -> Iterator[Memory]:
    """Looks at the memory in use while the block runs, many times a second."""
    import psutil

    process, done = psutil.Process(), threading.Event()
    memory = Memory(process.memory_info().rss)

    def look() -> None:
        while not done.wait(1 / LOOKS_PER_SECOND):
            memory.peak = max(memory.peak, process.memory_info().rss)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        done.set()
        thread.join()


def in_new_process(*arguments: object) -> Cost:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        function: Callable[..., Cost] = measure
        return pool.submit(function, *arguments).result()


def medians(costs: Sequence[Cost]) -> Cost:
    return Cost(*(statistics.median(values) for values in zip(*costs, strict=True)))


def print_scaling(sizes: Sequence[int], runs: int) -> None:
    cases: dict[str, tuple[Sequence[Variant], bool]] = {
        "base alone": (("vanilla",), False),
        "pair, tuned": (("tuned",), True),
        "pair, both": (VARIANTS, True),
    }
    print(f"{QUESTIONS_BY_VARIANT} questions by each variant, medians of {runs}")
    costs = {
        name: medians([in_new_process(which, QUESTIONS_BY_VARIANT, pair) for _ in range(runs)])
        for name, (which, pair) in cases.items()
    }
    both = costs["pair, both"]
    for name, cost in costs.items():
        print(
            f"{name:12} {cost.seconds:6.2f} s  {cost.peak / MEGABYTE:6.0f} MB; both take "
            f"{both.seconds / cost.seconds:.2f} times the time, "
            f"{both.peak / cost.peak:.3f} times the memory"
        )
    print(f"questions in one call, vanilla, medians of {runs}")
    for size in sizes:
        cost = medians([in_new_process(("vanilla",), size, False) for _ in range(runs)])
        print(
            f"{size:8} questions: {1000 * cost.seconds / size:6.2f} ms each, memory grew by "
            f"{cost.growth / MEGABYTE:.0f} MB"
        )
