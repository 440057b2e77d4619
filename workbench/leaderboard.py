"""All finished runs that may stand beside each other, ranked by what their difference can bear.

A board holds runs over the same questions under the same conditions, and nothing else. A rank is
1 + the number of models that are significantly better on the same questions (the clustered
sign-flip test, Holm over all pairs of the board): models that cannot be told apart share a rank,
whatever their accuracies look like.

Repetitions of one run are one entry. The first of them counts and the others are listed, so that
repeating a run until it looks good gains nothing.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from workbench.analysis import Accuracy, RunAnalysis, analyse_run
from workbench.config import load_presets
from workbench.errors import InputError, StoreError, UnknownNameError
from workbench.evaluate import PRIMARY_METHOD, is_primary
from workbench.provenance import provenance
from workbench.published import PublishedTable, load_published
from workbench.schema import (
    Answer,
    Method,
    PromptStyle,
    QuestionSet,
    Record,
    Run,
    RunSpec,
    Sampling,
    UnparsedReason,
)
from workbench.stats import ALPHA, holm, sign_flip_test
from workbench.store import Store


class Conditions(Record):
    """What runs of one board have in common besides their questions.

    Where each run is asked in the style that its model was made for, there is no common prompt:
    `prompt_style`, `prompt_format` and `prompt_hash` are None.
    """

    question_set_hash: str
    method: Method
    sampling: Sampling | None
    extraction_version: int
    prompt_style: PromptStyle | None
    prompt_format: str | None
    prompt_hash: str | None


class Repetition(Record):
    """A further run of an entry's very spec; it does not count."""

    run: Run
    accuracy: Accuracy


class Entry(Record):
    """One model's place; `run.spec` is its provenance, `run.spec.engine.demo` marks the demo pair.

    `rank` is None where every call failed. `beaten_by` holds the ids of the runs that are
    significantly better: rank is 1 + their number.
    """

    rank: int | None
    run: Run
    accuracy: Accuracy
    unparsed: dict[UnparsedReason, int]
    truncated: int
    failed: int
    beaten_by: tuple[str, ...]
    repetitions: tuple[Repetition, ...]


class Board(Record):
    """Entries by rank, then by accuracy; `primary` boards hold the result declared in evaluate."""

    question_set: str
    conditions: Conditions
    primary: bool
    entries: tuple[Entry, ...]


class LeftOut(Record):
    """A run that stands on no board, and why."""

    run: Run
    reason: str


class Leaderboard(Record):
    """Boards by question set, in each set the primary one first.

    `notice` says what to do where there is no board, and is '' otherwise. `published` are numbers
    of others, which no board contains.
    """

    boards: tuple[Board, ...]
    left_out: tuple[LeftOut, ...]
    published: tuple[PublishedTable, ...]
    notice: str


def build_leaderboard(store: Store, *, question_set_hash: str | None = None) -> Leaderboard:
    """Rank the finished runs of the store, all or those over one question set.

    Raises UnknownNameError for a question set that the store does not have.
    """
    if question_set_hash is not None:
        store.questions(question_set_hash)
    wanted = (
        run for run in store.runs() if question_set_hash in (None, run.spec.question_set_hash)
    )
    contestants, left_out = _contestants(store, wanted)
    boards = map(_board, _groups(contestants))
    return Leaderboard(
        boards=tuple(sorted(boards, key=_place_of_board)),
        left_out=tuple(left_out),
        published=load_published(),
        notice="" if contestants else _nothing_to_rank(left_out),
    )


def _nothing_to_rank(left_out: Sequence[LeftOut]) -> str:
    match left_out:
        case []:
            return "no finished runs yet; `python -m workbench eval` makes one"
        case [only]:
            return f"nothing to rank yet: {only.reason}"
        case _:
            return f"none of {len(left_out)} runs can be ranked; the first: {left_out[0].reason}"


# ── who takes part ───────────────────────────────────────────────────────────────────────────


class _Contestant(NamedTuple):
    """A finished run, and for each question whether it was right; None where the call failed."""

    analysis: RunAnalysis
    outcomes: Sequence[bool | None]
    clusters: Sequence[str]
    question_set: str
    repetitions: tuple[Repetition, ...] = ()

    @property
    def run(self) -> Run:
        return self.analysis.run


def _contestants(store: Store, runs: Iterable[Run]) -> tuple[list[_Contestant], list[LeftOut]]:
    by_set: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_set[run.spec.question_set_hash].append(run)
    found: list[_Contestant] = []
    left_out: list[LeftOut] = []
    for key, group in by_set.items():
        try:
            question_set = store.questions(key)
        except UnknownNameError as error:
            left_out += [LeftOut(run=run, reason=f"run {run.id}: {error}") for run in group]
            continue
        for run in group:
            answers = store.answers(run.id)
            try:
                found.append(_contestant(run, answers, question_set))
            except (InputError, StoreError) as error:  # not finished, or tampered with
                left_out.append(LeftOut(run=run, reason=str(error)))
    return _with_repetitions(found), left_out


def _contestant(run: Run, answers: Sequence[Answer], question_set: QuestionSet) -> _Contestant:
    return _Contestant(
        analysis=analyse_run(run, answers, question_set),
        outcomes=[None if answer.failure is not None else answer.correct for answer in answers],
        clusters=[question.cluster for question in question_set.questions],
        question_set=question_set.name,
    )


def _with_repetitions(found: Iterable[_Contestant]) -> list[_Contestant]:
    """One contestant for each spec, the first of its repetitions, with the others listed."""
    groups: dict[str, list[_Contestant]] = defaultdict(list)
    for contestant in sorted(found, key=lambda each: each.run.spec.repeat):
        groups[contestant.run.spec.model_copy(update={"repeat": 0}).id].append(contestant)
    return [
        first._replace(
            repetitions=tuple(
                Repetition(run=each.run, accuracy=each.analysis.accuracy) for each in others
            )
        )
        for first, *others in groups.values()
    ]


# ── which board ──────────────────────────────────────────────────────────────────────────────


class _Group(NamedTuple):
    conditions: Conditions
    contestants: list[_Contestant]
    primary: bool


def _groups(contestants: Sequence[_Contestant]) -> list[_Group]:
    """Contestants by what they have in common, those of the primary result together as well.

    In the primary result each model is asked in its own style, so its board may hold several
    styles. Where it holds the very runs of another board, one of the two says everything.
    """
    presets = load_presets()
    alike: dict[Conditions, list[_Contestant]] = defaultdict(list)
    own: dict[Conditions, list[_Contestant]] = defaultdict(list)
    for contestant in contestants:
        spec = contestant.run.spec
        alike[_conditions(spec)].append(contestant)
        if is_primary(spec, presets):
            own[_conditions_in_own_style(spec)].append(contestant)
    boards = {_ids(group): _Group(key, group, primary=True) for key, group in own.items()}
    for key, group in alike.items():
        boards[_ids(group)] = _Group(key, group, primary=_ids(group) in boards)
    return list(boards.values())


def _ids(group: Iterable[_Contestant]) -> frozenset[str]:
    return frozenset(contestant.run.id for contestant in group)


def _conditions(spec: RunSpec) -> Conditions:
    return Conditions(
        question_set_hash=spec.question_set_hash,
        method=spec.method,
        sampling=spec.sampling,
        extraction_version=spec.extraction_version,
        prompt_style=spec.prompt_style,
        prompt_format=spec.prompt_format,
        prompt_hash=spec.prompt_hash,
    )


def _conditions_in_own_style(spec: RunSpec) -> Conditions:
    no_prompt = {"prompt_style": None, "prompt_format": None, "prompt_hash": None}
    return _conditions(spec).model_copy(update=no_prompt)


def _place_of_board(board: Board) -> tuple[str | int, ...]:
    """By question set; in each the primary result first, old readings of answers last."""
    conditions = board.conditions
    return (
        board.question_set,
        conditions.question_set_hash,
        not board.primary,
        conditions.method != PRIMARY_METHOD,
        -conditions.extraction_version,
        str(conditions.sampling),
        conditions.prompt_style or "",
        conditions.prompt_format or "",
        conditions.prompt_hash or "",
    )


# ── who is better ────────────────────────────────────────────────────────────────────────────


def _board(group: _Group) -> Board:
    beaten_by = _beaten_by(group.contestants)
    entries = [
        _entry(contestant, beaten_by.get(contestant.run.id, ())) for contestant in group.contestants
    ]
    return Board(
        question_set=group.contestants[0].question_set,
        conditions=group.conditions,
        primary=group.primary,
        entries=tuple(sorted(entries, key=_place_of_entry)),
    )


def _entry(contestant: _Contestant, beaten_by: Sequence[str]) -> Entry:
    analysis = contestant.analysis
    return Entry(
        rank=1 + len(beaten_by) if analysis.accuracy.n else None,
        run=analysis.run,
        accuracy=analysis.accuracy,
        unparsed=analysis.unparsed,
        truncated=analysis.truncated,
        failed=analysis.failed,
        beaten_by=tuple(beaten_by),
        repetitions=contestant.repetitions,
    )


def _place_of_entry(entry: Entry) -> tuple[float | str, ...]:
    spec = entry.run.spec
    return (
        math.inf if entry.rank is None else entry.rank,
        -(entry.accuracy.share or 0.0),
        spec.engine.model,
        spec.variant,
        entry.run.id,
    )


def _beaten_by(contestants: Iterable[_Contestant]) -> dict[str, list[str]]:
    """For each run the runs that are significantly better. One without answers is in no pair."""
    pairs = list(
        itertools.combinations([each for each in contestants if each.analysis.accuracy.n], 2)
    )
    results = [_paired(a, b) for a, b in pairs]
    adjusted = holm([result.p for result in results])
    beaten_by: dict[str, list[str]] = defaultdict(list)
    for (a, b), result, p in zip(pairs, results, adjusted, strict=True):
        if p < ALPHA:
            better, worse = (b, a) if result.balance > 0 else (a, b)
            beaten_by[worse.run.id].append(better.run.id)
    return beaten_by


class _Paired(NamedTuple):
    """`balance` is how many questions more b got right than a."""

    balance: int
    p: float


def _paired(a: _Contestant, b: _Contestant) -> _Paired:
    """Over the questions that both answered."""
    common = [
        (right - left, cluster)
        for left, right, cluster in zip(a.outcomes, b.outcomes, a.clusters, strict=True)
        if left is not None and right is not None
    ]
    differences = [difference for difference, _ in common]
    test = sign_flip_test(differences, [cluster for _, cluster in common])
    return _Paired(sum(differences), test.p_value)


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────


def leaderboard_csv(leaderboard: Leaderboard) -> str:
    """One row for each entry, with all of its provenance and nothing rounded; '' without entries.

    Published numbers are not in it. Texts that a spreadsheet would take for a formula get an
    apostrophe in front, because the name of an imported model is a stranger's.
    """
    rows = [
        _row(number, board, entry)
        for number, board in enumerate(leaderboard.boards, start=1)
        for entry in board.entries
    ]
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(number: int, board: Board, entry: Entry) -> dict[str, object]:
    made_with = {name: _inert(value) for name, value in provenance(entry.run).items()}
    accuracy = entry.accuracy
    return {
        "board": number,
        "primary": "yes" if board.primary else "no",
        "rank": entry.rank,
        "model": made_with["model"],
        "variant": made_with["variant"],
        "demo": made_with["demo"],
        "accuracy": accuracy.share,
        "interval_low": accuracy.interval and accuracy.interval.low,
        "interval_high": accuracy.interval and accuracy.interval.high,
        "n": accuracy.n,
        "correct": accuracy.count,
        "chance": accuracy.chance,
        "chance_adjusted": accuracy.adjusted,
        "unparsed": sum(entry.unparsed.values()),
        "truncated": entry.truncated,
        "failed": entry.failed,
        "beaten_by": " ".join(entry.beaten_by),
        "repetitions": " ".join(each.run.id for each in entry.repetitions),
        **made_with,
    }


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
