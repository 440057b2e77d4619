"""Comparisons for whoever looks at them again and again: computed once, questions paged.

A comparison of fifty thousand questions takes seconds and is the same ever after, because finished
runs do not change. What is kept of it is small: the numbers, and which question had which outcome.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from workbench.compare import (
    Comparison,
    QuestionsByOutcome,
    Side,
    check_alike,
    compare_sides,
)
from workbench.matrix import Cell, Matrix, comparison_matrix
from workbench.schema import Answer, EngineInfo, Question, Run
from workbench.store import Store

Outcome = Literal["both_right", "only_a", "only_b", "both_wrong", "excluded"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

PAGE_SIZE = 20
_KEPT = 8
_NO_NAMES = QuestionsByOutcome(both_right=(), only_a=(), only_b=(), both_wrong=(), excluded=())


@dataclass(frozen=True)
class Compared:
    """A comparison without the names of its questions, and the ordinals of each outcome's."""

    comparison: Comparison
    ordinals: Mapping[Outcome, tuple[int, ...]]


class AskedQuestion(NamedTuple):
    """A question at its place in the set, beside what either side answered."""

    ordinal: int
    question: Question
    a: Answer
    b: Answer


def read_compared(path: Path, run_a: str, run_b: str, varying: Sequence[str] = ()) -> Compared:
    """Compare two runs of the store at `path`; refuses what `compare_runs` refuses."""
    with Store(path) as store:
        a, b = store.run(run_a), store.run(run_b)
    check_alike(a, b, varying)
    return _compared(path, a.id, b.id, frozenset(varying))


@lru_cache(maxsize=_KEPT)
def _compared(path: Path, run_a: str, run_b: str, varying: frozenset[str]) -> Compared:
    with Store(path) as store:
        a, b = (Side(store.run(run), store.answers(run)) for run in (run_a, run_b))
        question_set = store.questions(a.run.spec.question_set_hash)
    comparison = compare_sides(a, b, question_set, varying=sorted(varying))
    ordinals: dict[Outcome, list[int]] = {outcome: [] for outcome in OUTCOMES}
    for ordinal, (left, right) in enumerate(zip(a.answers, b.answers, strict=True)):
        ordinals[outcome_of(left, right)].append(ordinal)
    return Compared(
        comparison=comparison.model_copy(update={"questions": _NO_NAMES}),
        ordinals={outcome: tuple(found) for outcome, found in ordinals.items()},
    )


def read_matrix(path: Path, run_a: str, run_b: str) -> Matrix:
    """`comparison_matrix`, computed anew only once the store has another finished run."""
    with Store(path) as store:
        finished = frozenset(run.id for run in store.runs() if run.status == "finished")
    return _matrix(path, run_a, run_b, finished)


@lru_cache(maxsize=_KEPT)
def _matrix(path: Path, run_a: str, run_b: str, _finished: frozenset[str]) -> Matrix:
    with Store(path) as store:
        return comparison_matrix(store, run_a, run_b)


def runs_over(
    runs: Iterable[Run], model: str, question_set: str, info: EngineInfo | None
) -> list[Run]:
    """The finished runs of a pair over the largest part of a question set that it answered.

    A pair is known by its weights, on whatever they ran; as long as the engine is not open and
    there is no `info`, its name must do.
    """
    found = [
        run
        for run in runs
        if run.status == "finished"
        and run.spec.question_set == question_set
        and (
            run.spec.engine.model == model
            if info is None
            else _weights(run.spec.engine) == _weights(info)
        )
    ]
    if not found:
        return []
    largest = max(found, key=lambda run: run.spec.n_questions).spec.question_set_hash
    return [run for run in found if run.spec.question_set_hash == largest]


def _weights(engine: EngineInfo) -> tuple[str, ...]:
    return engine.model, engine.base, engine.base_hash, engine.tuned, engine.tuned_hash


def foremost_cell(path: Path, runs: Sequence[Run]) -> Cell | None:
    """The primary cell among runs of one pair over the same questions, else the first there is.

    None where no vanilla and tuned run of them were asked alike.
    """
    sides = {run.spec.variant: run for run in runs}
    if len(sides) < 2:
        return None
    matrix = read_matrix(path, sides["vanilla"].id, sides["tuned"].id)
    ids = {run.id for run in runs}
    return next((cell for cell in matrix.cells if {cell.a.id, cell.b.id} <= ids), None)


def outcome_of(a: Answer, b: Answer) -> Outcome:
    if a.failure is not None or b.failure is not None:
        return "excluded"
    if a.correct:
        return "both_right" if b.correct else "only_a"
    return "only_b" if b.correct else "both_wrong"


def page_count(compared: Compared, outcome: Outcome) -> int:
    """How many pages the questions of an outcome fill; an empty list fills one."""
    return max(1, -(-len(compared.ordinals[outcome]) // PAGE_SIZE))


def asked_questions(
    store: Store, compared: Compared, outcome: Outcome, page: int
) -> list[AskedQuestion]:
    """The questions on one page, the first of which is 1; beyond the last page there are none."""
    ordinals = compared.ordinals[outcome][(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    comparison = compared.comparison
    columns = (
        ordinals,
        store.questions_at(comparison.question_set_hash, ordinals),
        store.answers_at(comparison.a.run.id, ordinals),
        store.answers_at(comparison.b.run.id, ordinals),
    )
    return [AskedQuestion(*row) for row in zip(*columns, strict=True)]
