"""Who stands on one board, which rank differences can bear, and what is kept apart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.sittings import exam, sit
from workbench.errors import UnknownNameError
from workbench.leaderboard import Board, Leaderboard, build_leaderboard, leaderboard_csv
from workbench.schema import Sampling
from workbench.store import Store

FORTY = exam(40)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


def letters(right: int, first: int = 0, n: int = 40) -> str:
    """`right` of n questions right, beginning with the question `first`."""
    return "".join("A" if first <= i < first + right else "B" for i in range(n))


def only_board(store: Store) -> Board:
    (board,) = build_leaderboard(store).boards
    return board


def ranks(board: Board) -> dict[str, int | None]:
    return {entry.run.spec.engine.model: entry.rank for entry in board.entries}


# ── ranks ────────────────────────────────────────────────────────────────────────────────────


def test_a_rank_is_one_and_the_number_that_is_significantly_better(store: Store) -> None:
    runs = {
        name: sit(store, FORTY, letters(right), model=name)
        for name, right in [("worst", 0), ("middle", 20), ("best", 40)]
    }
    board = only_board(store)
    assert ranks(board) == {"best": 1, "middle": 2, "worst": 3}
    assert set(board.entries[2].beaten_by) == {runs["best"].id, runs["middle"].id}
    assert board.entries[0].beaten_by == ()


def test_models_that_cannot_be_told_apart_share_a_rank(store: Store) -> None:
    sit(store, FORTY, letters(20), model="lower")
    sit(store, FORTY, letters(24), model="higher")
    board = only_board(store)
    assert ranks(board) == {"higher": 1, "lower": 1}
    assert [entry.accuracy.share for entry in board.entries] == [0.6, 0.5]


def test_a_model_between_two_others_may_tie_with_both(store: Store) -> None:
    for name, right in [("low", 10), ("between", 15), ("high", 20)]:
        sit(store, FORTY, letters(right), model=name)
    assert ranks(only_board(store)) == {"high": 1, "between": 1, "low": 2}


def test_holm_makes_more_of_every_further_pair(store: Store) -> None:
    sit(store, FORTY, letters(26), model="high")
    sit(store, FORTY, letters(20), model="low")  # p = 2/64 alone, and the only pair
    assert ranks(only_board(store)) == {"high": 1, "low": 2}
    sit(store, FORTY, letters(23), model="third")
    assert ranks(only_board(store)) == {"high": 1, "third": 1, "low": 1}


def test_questions_of_one_source_do_not_count_as_many(store: Store) -> None:
    one_source = exam(40, reference_id=["term"] * 40)
    sit(store, one_source, letters(40), model="right")
    sit(store, one_source, letters(0), model="wrong")
    assert ranks(only_board(store)) == {"right": 1, "wrong": 1}


def test_pairs_leave_out_questions_whose_call_failed(store: Store) -> None:
    sit(store, FORTY, letters(40), model="right")
    sit(store, FORTY, "!" * 36 + "B" * 4, model="broken")
    board = only_board(store)
    assert ranks(board) == {"right": 1, "broken": 1}
    assert (board.entries[1].accuracy.n, board.entries[1].failed) == (4, 36)


def test_a_run_without_answers_has_no_rank_and_stands_last(store: Store) -> None:
    sit(store, FORTY, "!" * 40, model="broken")
    sit(store, FORTY, letters(0), model="wrong")
    assert list(ranks(only_board(store)).items()) == [("wrong", 1), ("broken", None)]


def test_twenty_models_are_ranked_in_order(store: Store) -> None:
    hundred = exam(100)
    for i in range(20):
        sit(store, hundred, letters(5 * i, n=100), model=f"model-{i:02}")
    entries = only_board(store).entries
    assert [entry.accuracy.count for entry in entries] == list(range(95, -1, -5))
    found = [entry.rank for entry in entries]
    assert found[0] == found[1] == 1
    assert found == sorted(found)
    assert 10 < found[-1] < 20  # its neighbours cannot be told from it


# ── who stands on one board ──────────────────────────────────────────────────────────────────

OTHER_CONDITIONS = [
    {"method": "loglik"},
    {"style": "native"},
    {"sampling": Sampling(max_tokens=9)},
    {"examples": exam(2, "shots").questions},
    {"spec": {"extraction_version": 0}},
    {"spec": {"prompt_format": "lm_eval/kmmlu/v2", "prompt_hash": "0" * 64}},
]


@pytest.mark.parametrize("other", OTHER_CONDITIONS, ids=lambda other: "/".join(other))
def test_runs_under_other_conditions_stand_on_another_board(
    store: Store, other: dict[str, Any]
) -> None:
    sit(store, FORTY, letters(40), model="a")
    sit(store, FORTY, letters(0), model="b", **other)
    assert [ranks(board) for board in build_leaderboard(store).boards] == [{"a": 1}, {"b": 1}]


def test_engines_and_versions_may_differ_on_one_board(store: Store) -> None:
    sit(store, FORTY, letters(40), engine={"dtype": "float32"})
    sit(store, FORTY, letters(40), engine={"dtype": "bfloat16"}, batch_size=8)
    assert len(only_board(store).entries) == 2


def test_other_questions_stand_on_another_board_and_can_be_asked_for(store: Store) -> None:
    other = exam(6, "another")
    sit(store, FORTY, letters(40))
    sit(store, other, "AAAAAA")
    assert [board.question_set for board in build_leaderboard(store).boards] == ["another", "exam"]
    (board,) = build_leaderboard(store, question_set_hash=other.hash).boards
    assert board.question_set == "another"


def test_the_primary_result_comes_first_with_each_model_in_its_own_style(store: Store) -> None:
    for variant, own, foreign in [("vanilla", "chat", "native"), ("tuned", "native", "chat")]:
        for style in (own, foreign):
            sit(store, FORTY, letters(20), model="krx-7b", variant=variant, style=style)
    primary, *others = build_leaderboard(store).boards
    assert (primary.primary, primary.conditions.prompt_style) == (True, None)
    styles = {entry.run.spec.variant: entry.run.spec.prompt_style for entry in primary.entries}
    assert styles == {"vanilla": "chat", "tuned": "native"}
    assert [(board.primary, board.conditions.prompt_style) for board in others] == [
        (False, "chat"),
        (False, "native"),
    ]


def test_a_primary_result_in_one_style_is_shown_once(store: Store) -> None:
    sit(store, FORTY, letters(20), model="demo", style="native", demo=True)
    sit(store, FORTY, letters(20), model="demo", variant="vanilla", style="native", demo=True)
    board = only_board(store)
    assert (board.primary, board.conditions.prompt_style) == (True, "native")
    assert all(entry.run.spec.engine.demo for entry in board.entries)


def test_repetitions_are_one_entry_and_the_first_counts(store: Store) -> None:
    lucky = sit(store, FORTY, letters(30), spec={"repeat": 1})
    first = sit(store, FORTY, letters(10))
    (entry,) = only_board(store).entries
    assert (entry.run.id, entry.accuracy.count) == (first.id, 10)
    assert [(each.run.id, each.accuracy.count) for each in entry.repetitions] == [(lucky.id, 30)]


def test_an_entry_tells_what_its_accuracy_rests_on(store: Store) -> None:
    sit(store, exam(4), "A-!B")
    (entry,) = only_board(store).entries
    assert (entry.accuracy.n, entry.accuracy.count, entry.failed) == (3, 1, 1)
    assert entry.unparsed == {"no_answer": 1}
    assert entry.accuracy.chance == pytest.approx(1 / 3)
    assert entry.accuracy.adjusted == pytest.approx(0.0)
    assert entry.accuracy.interval is not None


# ── what stands on none ──────────────────────────────────────────────────────────────────────


def test_an_empty_store_says_what_to_do(store: Store) -> None:
    leaderboard = build_leaderboard(store)
    assert leaderboard.boards == ()
    assert leaderboard.notice == "no finished runs yet; `python -m workbench eval` makes one"
    assert len(leaderboard.published) == 4


def test_a_run_that_is_not_finished_is_left_out_with_the_reason(store: Store) -> None:
    finished = sit(store, FORTY, letters(40))
    unfinished = store.begin(finished.spec.model_copy(update={"batch_size": 7}))
    leaderboard = build_leaderboard(store)
    assert [entry.run.id for entry in leaderboard.boards[0].entries] == [finished.id]
    (left_out,) = leaderboard.left_out
    assert left_out.run == unfinished
    assert "is not finished (0 of 40 answers)" in left_out.reason
    assert leaderboard.notice == ""


def test_with_nothing_but_unfinished_runs_the_notice_says_so(store: Store) -> None:
    spec = sit(store, FORTY, letters(40)).spec
    with Store(store.path.parent / "other.sqlite") as other:
        other.save_questions(FORTY)
        other.begin(spec)
        assert "is not finished" in build_leaderboard(other).notice
        other.begin(spec.model_copy(update={"repeat": 1}))
        assert build_leaderboard(other).notice.startswith("none of 2 runs can be ranked; the first")


def test_a_run_of_an_older_store_without_its_questions_is_left_out(store: Store) -> None:
    spec = sit(store, FORTY, letters(40)).spec
    with Store(store.path.parent / "other.sqlite") as other:
        other.begin(spec)
        (left_out,) = build_leaderboard(other).left_out
    assert "unknown question set" in left_out.reason


def test_questions_that_the_store_does_not_have_are_refused(store: Store) -> None:
    with pytest.raises(UnknownNameError, match="unknown question set 'nothing'"):
        build_leaderboard(store, question_set_hash="nothing")


# ── exports ──────────────────────────────────────────────────────────────────────────────────


def rows(leaderboard: Leaderboard) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(leaderboard_csv(leaderboard))))


def test_a_leaderboard_survives_json_and_is_the_same_every_time(store: Store) -> None:
    for right in (10, 20, 40):
        sit(store, FORTY, letters(right), model=f"model-{right}")
    first, second = build_leaderboard(store), build_leaderboard(store)
    assert first.model_dump_json() == second.model_dump_json()
    assert Leaderboard.model_validate_json(first.model_dump_json()) == first


def test_csv_has_a_row_for_each_entry_with_provenance_and_nothing_rounded(store: Store) -> None:
    run = sit(store, exam(3), "AAB", model="krx, 7b", demo=True)
    (row,) = rows(build_leaderboard(store))
    assert (row["rank"], row["model"], row["demo"], row["run"]) == ("1", "krx, 7b", "yes", run.id)
    assert float(row["accuracy"]) == 2 / 3
    assert (row["n"], row["correct"]) == ("3", "2")
    assert row["question_set_hash"] == exam(3).hash
    assert row["prompt_hash"] == run.spec.prompt_hash


def test_csv_holds_no_published_number(store: Store) -> None:
    sit(store, FORTY, letters(40))
    leaderboard = build_leaderboard(store)
    text = leaderboard_csv(leaderboard)
    assert not any(model in text for table in leaderboard.published for model in table.scores)


def test_csv_of_nothing_is_empty(store: Store) -> None:
    assert leaderboard_csv(build_leaderboard(store)) == ""


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)"])
def test_a_name_is_no_formula_to_a_spreadsheet(store: Store, name: str) -> None:
    sit(store, exam(3), "AAB", model=name)
    (row,) = rows(build_leaderboard(store))
    assert row["model"] == f"'{name}"
