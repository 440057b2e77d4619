"""What stands beside the accuracies of a leaderboard: votes, and the gap to questions made anew.

A model may know frozen questions from its training. Fresh ones are drawn from a seed after the
fact, so a model that does much better on the frozen set than others do, against the fresh one, has
probably met it before.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from workbench.analysis import Accuracy, Share, share_of
from workbench.judge.plan import JUDGE_PREFIX
from workbench.leaderboard import Board, Entry, Leaderboard, build_leaderboard
from workbench.questions.library import FRESH_PREFIX
from workbench.schema import Record, RunSpec, Vote
from workbench.stats import Interval
from workbench.store import Store

FROZEN_SET = "krx-mcqa"
PEOPLE = "human"


class WinRate(Record):
    """How often one side was preferred in votes of one kind of voter.

    `voter` is 'human' for all people together, else a judge's name. `share` is of the decided
    votes; answers found equally good or bad are `ties`. Votes on one question form a cluster.
    """

    side: str
    voter: str
    ties: int
    share: Share


class Gap(Record):
    """Accuracy on frozen questions minus accuracy on fresh ones, asked in the same way.

    The sets need not be equally hard: it is the gaps of several models that compare.
    """

    fresh_set: str
    fresh_run: str
    fresh: Accuracy
    difference: float
    interval: Interval


class Standings(Record):
    """A leaderboard with what stands beside it; `gaps` are by the id of the run on frozen questions."""

    leaderboard: Leaderboard
    win_rates: tuple[WinRate, ...]
    gaps: dict[str, Gap]

    def votes_of(self, entry: Entry) -> WinRate | None:
        """What people say of an entry's model, whatever they asked it."""
        side = f"{entry.run.spec.engine.model}/{entry.run.spec.variant}"
        found = (rate for rate in self.win_rates if rate.voter == PEOPLE and rate.side == side)
        return next(found, None)


def read_standings(store: Store) -> Standings:
    leaderboard = build_leaderboard(store)
    return Standings(
        leaderboard=leaderboard,
        win_rates=win_rates(store.votes()),
        gaps=fresh_gaps(leaderboard.boards),
    )


# ── votes ────────────────────────────────────────────────────────────────────────────────────


class _Ballot(NamedTuple):
    """A vote as one of its sides sees it; `won` is None for a tie."""

    won: bool | None
    question: str


def win_rates(votes: Iterable[Vote]) -> tuple[WinRate, ...]:
    """By voter, people first, then by the share of decided votes. A side against itself is none."""
    ballots: dict[tuple[str, str], list[_Ballot]] = defaultdict(list)
    for vote in votes:
        if vote.side_a == vote.side_b:
            continue
        voter = vote.voter if vote.voter.startswith(JUDGE_PREFIX) else PEOPLE
        for side, name in ((vote.side_a, "a"), (vote.side_b, "b")):
            won = vote.choice == name if vote.choice in ("a", "b") else None
            ballots[voter, side].append(_Ballot(won, vote.question.strip()))
    rates = [_win_rate(voter, side, cast) for (voter, side), cast in ballots.items()]
    return tuple(sorted(rates, key=_place_of_rate))


def _win_rate(voter: str, side: str, ballots: Sequence[_Ballot]) -> WinRate:
    decided = [(ballot.won, ballot.question) for ballot in ballots if ballot.won is not None]
    return WinRate(
        side=side,
        voter=voter,
        ties=len(ballots) - len(decided),
        share=share_of([won for won, _ in decided], [question for _, question in decided]),
    )


def _place_of_rate(rate: WinRate) -> tuple[bool, str, float, str]:
    return rate.voter != PEOPLE, rate.voter, -(rate.share.share or 0.0), rate.side


# ── frozen and fresh ─────────────────────────────────────────────────────────────────────────


def fresh_gaps(boards: Iterable[Board]) -> dict[str, Gap]:
    """The gap by run id, for each run on the frozen set whose model sat a fresh one as well.

    Of several fresh sets the one with the most questions is taken, then the newest run.
    """
    entries = {entry.run.id: entry for board in boards for entry in board.entries}
    fresh: dict[str, Entry] = {}
    for entry in sorted(entries.values(), key=_weight):
        if entry.run.spec.question_set.startswith(FRESH_PREFIX):
            fresh[_way_of_asking(entry.run.spec)] = entry
    gaps = {
        run_id: _gap(entry, fresh[_way_of_asking(entry.run.spec)])
        for run_id, entry in entries.items()
        if entry.run.spec.question_set == FROZEN_SET and _way_of_asking(entry.run.spec) in fresh
    }
    return {run_id: gap for run_id, gap in gaps.items() if gap is not None}


def _weight(entry: Entry) -> tuple[int, float]:
    return entry.accuracy.n, entry.run.created.timestamp()


def _way_of_asking(spec: RunSpec) -> str:
    """The same for two runs that differ in their questions and in what no answer depends on."""
    nothing = {
        "question_set": "",
        "question_set_hash": "",
        "n_questions": 0,
        "batch_size": 0,
        "repeat": 0,
        "packages": {},
    }
    return spec.model_copy(update=nothing).id


def _gap(frozen: Entry, fresh: Entry) -> Gap | None:
    """None where every call of one of the two failed."""
    a, b = frozen.accuracy, fresh.accuracy
    if a.share is None or a.interval is None or b.share is None or b.interval is None:
        return None
    return Gap(
        fresh_set=fresh.run.spec.question_set,
        fresh_run=fresh.run.id,
        fresh=b,
        difference=a.share - b.share,
        interval=difference_interval(a.share, a.interval, b.share, b.interval),
    )


def difference_interval(a: float, of_a: Interval, b: float, of_b: Interval) -> Interval:
    """The interval of a − b for two independent shares, recovered from an interval of each.

    Zou and Donner 2008 (Statistics in Medicine 27); with Wilson's intervals it is Newcombe's
    hybrid score interval (1998, Statistics in Medicine 17, method 10).
    """
    below = math.hypot(a - of_a.low, of_b.high - b)
    above = math.hypot(of_a.high - a, b - of_b.low)
    return Interval(low=a - b - below, high=a - b + above)


# ── many readers ─────────────────────────────────────────────────────────────────────────────

_Mark = tuple[tuple[int, int], ...]  # when the store's files were last written, and their sizes


class StandingsReader:
    """The standings of one store, worked out again only once its file has changed.

    Ranking tests every pair of models, which every visitor would otherwise wait for. Any thread may
    ask; those that come meanwhile wait for the one that is reading.
    """

    def __init__(self, store_path: Path) -> None:
        self._path = store_path
        self._lock = Lock()
        self._known: tuple[_Mark, Standings] | None = None

    def read(self) -> Standings:
        """Raises StoreError where the store cannot be read."""
        with self._lock:
            mark = self._mark()  # before reading: what is written meanwhile is read next time
            if self._known is None or self._known[0] != mark:
                with Store(self._path) as store:
                    self._known = mark, read_standings(store)
            return self._known[1]

    def _mark(self) -> _Mark:
        files = (self._path, self._path.with_name(f"{self._path.name}-wal"))
        found = (file.stat() for file in files if file.exists())
        return tuple((stat.st_mtime_ns, stat.st_size) for stat in found if stat.st_size)
