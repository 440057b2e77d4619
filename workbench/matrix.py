"""Every way in which the same two models were asked the same questions, side by side.

One result is the primary one, declared in evaluate.py before anything is measured. The others are
each biased in a way of their own: a letter right behind the prompt is off-distribution for a model
that was trained to reason first, a foreign style costs unreadable answers. So they are adjusted for
their number, and held against the primary one: a verdict that only one way of asking gives is one
to doubt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from workbench import prompts
from workbench.analysis import Accuracy, accuracy_of_run
from workbench.compare import (
    PairedResult,
    Verdict,
    compare_over,
    differing_conditions,
    verdict_at,
)
from workbench.config import load_presets
from workbench.errors import InputError, StoreError
from workbench.evaluate import PRIMARY_METHOD, is_primary, own_style
from workbench.schema import ModelSpec, PromptStyle, QuestionSet, Record, Run, RunSpec
from workbench.stats import holm
from workbench.store import Store

Agreement = Literal["same", "opposite", "undecided"]


class Cell(Record):
    """Two runs of the two models, asked alike: one method, and one style or each its own.

    `p` is the sign-flip p of `paired`; in all cells but the primary it is adjusted by Holm for
    their number. `verdict` is drawn from it. `agreement` says how that stands to the primary
    cell's: "undecided" where one of the two sees a difference and the other sees none, "opposite"
    where each favours another side, None in the primary cell itself and where there is none.
    `current` marks the very pair of runs that the matrix was asked for.
    """

    a: Run
    b: Run
    accuracy_a: Accuracy
    accuracy_b: Accuracy
    paired: PairedResult
    p: float
    verdict: Verdict
    primary: bool
    agreement: Agreement | None
    current: bool

    @property
    def styles(self) -> tuple[PromptStyle, ...]:
        """Of a and b, or the one that both were asked in."""
        return tuple(dict.fromkeys((self.a.spec.prompt_style, self.b.spec.prompt_style)))

    @property
    def foreign_format(self) -> str:
        """Which prompts were asked, where they are not the workbench's own; else ''."""
        return _foreign_format(self.a.spec)

    @property
    def temperature(self) -> float:
        sampling = self.a.spec.sampling
        return 0.0 if sampling is None else sampling.temperature


class Matrix(Record):
    """All cells that the store holds, the primary one first; at most one is primary.

    There is none where both sides are one model. `left_out` are sentences about cells whose
    answers cannot be trusted.
    """

    question_set: str
    question_set_hash: str
    cells: tuple[Cell, ...]
    left_out: tuple[str, ...]

    @property
    def primary(self) -> Cell | None:
        return next((cell for cell in self.cells if cell.primary), None)

    @property
    def others(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if not cell.primary)

    def others_that_are(self, agreement: Agreement) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.agreement == agreement)


def comparison_matrix(store: Store, run_a: str, run_b: str) -> Matrix:
    """The cells for the models of two runs, over the questions of these runs.

    A model is its variant with the base's and the adapter's names and hashes; by which engine it
    ran is up to the run. Where the store has several runs for a cell, the two that were named come
    first, then the newest reading of the answers, then the engines of the named ones, then the
    earliest run: repeating one until it looks good gains nothing.

    Raises UnknownNameError for ids that the store does not have, InputError for runs over
    different questions.
    """
    a, b = store.run(run_a), store.run(run_b)
    if a.spec.question_set_hash != b.spec.question_set_hash:
        raise InputError(
            f"runs {a.id} and {b.id} are over different questions ('{a.spec.question_set}' and "
            f"'{b.spec.question_set}'); name two runs over the same ones"
        )
    question_set = store.questions(a.spec.question_set_hash)
    pairs = _pairs(_Pair(a, b), store.runs(), load_presets())
    measured, left_out = _measured(store, question_set, pairs)
    return Matrix(
        question_set=question_set.name,
        question_set_hash=question_set.hash,
        cells=_cells(measured, _Pair(a, b)),
        left_out=tuple(left_out),
    )


# ── which runs stand in which cell ───────────────────────────────────────────────────────────


class _Pair(NamedTuple):
    a: Run
    b: Run

    @property
    def ids(self) -> tuple[str, str]:
        return self.a.id, self.b.id


class _Candidate(NamedTuple):
    """A pair that may stand in a cell, and whether that is the primary result."""

    pair: _Pair
    primary: bool


def _pairs(named: _Pair, runs: Iterable[Run], presets: Mapping[str, ModelSpec]) -> list[_Candidate]:
    """One pair for each cell, and the primary one first."""
    if _model(named.a.spec) == _model(named.b.spec):
        return []
    usable = [
        run
        for run in runs
        if run.status == "finished" and run.spec.question_set_hash == named.a.spec.question_set_hash
    ]
    sides = [[run for run in usable if _model(run.spec) == _model(side.spec)] for side in named]
    alike = [_Pair(a, b) for a in sides[0] for b in sides[1] if _asked_alike(a, b, presets)]
    best: dict[tuple[Any, ...], _Pair] = {}
    for pair in sorted(alike, key=lambda pair: _preference(pair, named)):
        best.setdefault(_way(pair), pair)
    chosen = list(best.values())
    primary = next((pair for pair in chosen if _is_primary(pair, presets)), None)
    return sorted(
        (_Candidate(pair, pair is primary) for pair in chosen),
        key=lambda each: (not each.primary, *_place(each.pair)),
    )


def _model(spec: RunSpec) -> tuple[str, ...]:
    """What of a run is the model; a vanilla side is the same beside any adapter."""
    engine = spec.engine
    tuning = (engine.tuned, engine.tuned_hash) if spec.variant == "tuned" else ()
    return (
        *(spec.variant, engine.model),
        *(engine.base, engine.base_revision, engine.base_hash),
        *tuning,
    )


def _asked_alike(a: Run, b: Run, presets: Mapping[str, ModelSpec]) -> bool:
    """Under the same conditions, or each in its own style and else the same."""
    differing = {each.field for each in differing_conditions(a.spec, b.spec)}
    in_own_style = all(run.spec.prompt_style == own_style(run.spec, presets) for run in (a, b))
    return not differing or (differing == {"prompt_style"} and in_own_style)


def _is_primary(pair: _Pair, presets: Mapping[str, ModelSpec]) -> bool:
    return all(is_primary(run.spec, presets) for run in pair)


def _way(pair: _Pair) -> tuple[Any, ...]:
    """What makes a cell; the reading of the answers does not, only the newest one counts."""
    a, b = (run.spec for run in pair)
    return a.method, a.sampling, a.prompt_format, a.prompt_hash, b.prompt_format, b.prompt_hash


def _preference(pair: _Pair, named: _Pair) -> tuple[Any, ...]:
    other_engines = sum(
        run.spec.engine != wanted.spec.engine for run, wanted in zip(pair, named, strict=True)
    )
    return (
        pair.ids != named.ids,
        -pair.a.spec.extraction_version,
        other_engines,
        pair.a.spec.repeat + pair.b.spec.repeat,
        max(run.created for run in pair),
        pair.ids,
    )


def _place(pair: _Pair) -> tuple[Any, ...]:
    """The primary method and our own prompts first, each in its own style before both in one."""
    a, b = (run.spec for run in pair)
    return (
        a.method != PRIMARY_METHOD,
        _foreign_format(a),
        a.shots,
        a.prompt_style == b.prompt_style,
        b.prompt_style != "native",
        str(a.sampling),
        pair.ids,
    )


def _foreign_format(spec: RunSpec) -> str:
    ours = spec.prompt_format == prompts.format_name(spec.prompt_style, "mcqa")
    return "" if ours else spec.prompt_format


# ── what they say ────────────────────────────────────────────────────────────────────────────


class _Measured(NamedTuple):
    pair: _Pair
    primary: bool
    accuracies: tuple[Accuracy, Accuracy]
    paired: PairedResult


def _measured(
    store: Store, question_set: QuestionSet, candidates: Iterable[_Candidate]
) -> tuple[list[_Measured], list[str]]:
    """Results of the pairs whose answers hold, and why others do not. Two runs are read at once."""
    found: list[_Measured] = []
    left_out: list[str] = []
    for pair, primary in candidates:
        try:
            answers = [store.answers(run.id) for run in pair]
            accuracies = [
                accuracy_of_run(run, each, question_set)
                for run, each in zip(pair, answers, strict=True)
            ]
        except (InputError, StoreError) as error:
            left_out.append(str(error))
            continue
        paired = compare_over(question_set, *answers)
        found.append(_Measured(pair, primary, (accuracies[0], accuracies[1]), paired))
    return found, left_out


def _cells(measured: Sequence[_Measured], named: _Pair) -> tuple[Cell, ...]:
    adjusted = iter(holm([each.paired.sign_flip_p for each in measured if not each.primary]))
    ps = [each.paired.sign_flip_p if each.primary else next(adjusted) for each in measured]
    verdicts = [verdict_at(each.paired, p) for each, p in zip(measured, ps, strict=True)]
    primary = next(
        (verdict for each, verdict in zip(measured, verdicts, strict=True) if each.primary), None
    )
    return tuple(
        Cell(
            a=each.pair.a,
            b=each.pair.b,
            accuracy_a=each.accuracies[0],
            accuracy_b=each.accuracies[1],
            paired=each.paired,
            p=p,
            verdict=verdict,
            primary=each.primary,
            agreement=None if each.primary or primary is None else _agreement(verdict, primary),
            current=each.pair.ids == named.ids,
        )
        for each, p, verdict in zip(measured, ps, verdicts, strict=True)
    )


def _agreement(verdict: Verdict, primary: Verdict) -> Agreement:
    if verdict == primary:
        return "same"
    return "undecided" if "no difference seen" in (verdict, primary) else "opposite"
