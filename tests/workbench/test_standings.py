"""What stands beside a leaderboard: votes, the gap to fresh questions, and reading it once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workbench.records import vote_of
from tests.workbench.sittings import exam, sit
from workbench.schema import Vote
from workbench.standings import (
    StandingsReader,
    WinRate,
    difference_interval,
    read_standings,
    win_rates,
)
from workbench.stats import Interval, wilson_interval
from workbench.store import Store

FORTY = exam(40, "krx-mcqa")
FRESH = exam(20, "krx-fresh-7")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


def votes(choices: str, **fields: str) -> list[Vote]:
    """One vote a letter: a, b, t(ie), n(either is good)."""
    names = {"a": "a", "b": "b", "t": "tie", "n": "both_bad"}
    return [
        vote_of(number).model_copy(update={"choice": names[letter], **fields})
        for number, letter in enumerate(choices)
    ]


def rate_of(side: str, rates: tuple[WinRate, ...]) -> WinRate:
    return next(rate for rate in rates if rate.side == side)


# ── votes ────────────────────────────────────────────────────────────────────────────────────


def test_a_win_rate_is_the_share_of_decided_votes() -> None:
    rate = rate_of("demo/tuned", win_rates(votes("aaabtn")))
    assert (rate.share.count, rate.share.n, rate.ties) == (3, 4, 2)
    assert rate.share.interval == wilson_interval(3, 4)


def test_one_side_wins_what_the_other_loses() -> None:
    rates = win_rates(votes("aaab"))
    assert [(rate.side, rate.share.share) for rate in rates] == [
        ("demo/tuned", 0.75),
        ("demo/vanilla", 0.25),
    ]


def test_judges_are_counted_apart_and_after_people() -> None:
    rates = win_rates(votes("ab", voter="judge:big/vanilla") + votes("aa"))
    assert [rate.voter for rate in rates] == ["human", "human"] + ["judge:big/vanilla"] * 2


def test_votes_on_one_question_stand_or_fall_together() -> None:
    apart = rate_of("demo/tuned", win_rates(votes("aaab")))
    together = rate_of("demo/tuned", win_rates(votes("aaab", question="하나")))
    assert (apart.share.clusters, together.share.clusters) == (4, 1)


def test_a_side_does_not_compete_with_itself() -> None:
    assert win_rates(votes("ab", side_b="demo/tuned")) == ()


def test_only_ties_leave_no_share() -> None:
    assert rate_of("demo/tuned", win_rates(votes("tt"))).share.share is None


def test_an_entry_finds_what_people_say_of_its_model(store: Store) -> None:
    sit(store, FORTY, "A" * 40, model="pair")
    sit(store, FORTY, "B" * 40, model="other")
    for vote in votes("aab", side_a="pair/tuned"):
        store.add_vote(vote)
    standings = read_standings(store)
    first, last = standings.leaderboard.boards[0].entries
    found = standings.votes_of(first)
    assert found is not None
    assert found.share.count == 2
    assert standings.votes_of(last) is None


# ── frozen and fresh ─────────────────────────────────────────────────────────────────────────


def test_the_gap_is_frozen_minus_fresh_of_one_model(store: Store) -> None:
    frozen = sit(store, FORTY, "A" * 30 + "B" * 10)
    fresh = sit(store, FRESH, "A" * 10 + "B" * 10)
    gap = read_standings(store).gaps[frozen.id]
    assert gap.difference == 0.25
    assert (gap.fresh_run, gap.fresh_set) == (fresh.id, "krx-fresh-7")
    assert gap.interval.low < 0.25 < gap.interval.high


@pytest.mark.parametrize(
    "other", [{"model": "other"}, {"variant": "vanilla"}, {"style": "native"}, {"method": "loglik"}]
)
def test_another_model_or_another_way_of_asking_makes_no_gap(store: Store, other: dict) -> None:
    sit(store, FORTY, "A" * 40)
    sit(store, FRESH, "A" * 20, **other)
    assert read_standings(store).gaps == {}


def test_only_the_frozen_set_has_a_gap(store: Store) -> None:
    sit(store, exam(40, "demo-heldout"), "A" * 40)
    sit(store, FRESH, "A" * 20)
    assert read_standings(store).gaps == {}


def test_of_several_fresh_sets_the_largest_counts(store: Store) -> None:
    frozen = sit(store, FORTY, "A" * 40)
    sit(store, exam(30, "krx-fresh-8"), "A" * 30)
    sit(store, FRESH, "A" * 20)
    assert read_standings(store).gaps[frozen.id].fresh_set == "krx-fresh-8"


def test_a_run_whose_calls_all_failed_has_no_gap(store: Store) -> None:
    sit(store, FORTY, "A" * 40)
    sit(store, FRESH, "!" * 20)
    assert read_standings(store).gaps == {}


def test_with_wilsons_intervals_the_difference_has_newcombes() -> None:
    from statsmodels.stats.proportion import confint_proportions_2indep

    low, high = confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff")
    found = difference_interval(56 / 70, wilson_interval(56, 70), 0.6, wilson_interval(48, 80))
    assert found == Interval(pytest.approx(low), pytest.approx(high))


# ── many readers ─────────────────────────────────────────────────────────────────────────────


def test_a_store_is_read_again_only_after_it_changed(store: Store) -> None:
    sit(store, FORTY, "A" * 40)
    reader = StandingsReader(store.path)
    first = reader.read()
    assert reader.read() is first
    sit(store, FORTY, "B" * 40, model="other")
    assert len(reader.read().leaderboard.boards[0].entries) == 2


def test_a_vote_is_a_change_too(store: Store) -> None:
    reader = StandingsReader(store.path)
    assert reader.read().win_rates == ()
    store.add_vote(vote_of(1))
    assert len(reader.read().win_rates) == 2


def test_a_store_that_is_not_there_yet_is_an_empty_one(tmp_path: Path) -> None:
    assert StandingsReader(tmp_path / "new" / "store.sqlite").read().leaderboard.boards == ()
