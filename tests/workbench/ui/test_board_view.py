"""Which entries of the leaderboard are seen, in which order, and how an address says so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from tests.workbench.sittings import exam, sit
from workbench.standings import Standings, read_standings
from workbench.store import Store
from workbench.ui import board_view
from workbench.ui.board_view import AT_FIRST, BoardView, choose_places, facet_counts

TEN = exam(10, "krx-mcqa")
OTHER = exam(10, "other")


@pytest.fixture(scope="module")
def standings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standings]:
    with Store(tmp_path_factory.mktemp("view") / "store.sqlite") as store:
        for model, right in (("gamma", 4), ("Alpha", 6), ("beta", 5)):
            sit(store, TEN, "A" * right + "B" * (10 - right), model=model)
        sit(store, TEN, "A-!" + "B" * 7, model="Alpha", variant="vanilla")
        sit(store, OTHER, "A" * 10, model="delta", method="loglik", style="native")
        yield read_standings(store)


def models(standings: Standings, view: BoardView) -> list[str]:
    return [
        f"{place.entry.run.spec.engine.model}/{place.entry.run.spec.variant}"
        for place in choose_places(standings, view).places
    ]


def query_of(view: BoardView) -> dict[str, str]:
    return dict(parse_qsl(view.to_query()))


# ── what is seen ─────────────────────────────────────────────────────────────────────────────

FILTERS = [
    (BoardView(), 5),
    (BoardView(sets=("other",)), 1),
    (BoardView(sets=("other", "krx-mcqa")), 5),
    (BoardView(methods=("generate",)), 4),
    (BoardView(styles=("native",)), 1),
    (BoardView(sets=("krx-mcqa",), styles=("native",)), 0),
    (BoardView(search="ALPHA"), 2),
    (BoardView(search="alpha vanilla"), 1),
    (BoardView(search="nothing like it"), 0),
]


@pytest.mark.parametrize(("view", "count"), FILTERS)
def test_filters_and_words_narrow_together(
    standings: Standings, view: BoardView, count: int
) -> None:
    page = choose_places(standings, view)
    assert (page.found, len(page.places)) == (count, count)


def test_choices_come_with_the_number_of_their_entries(standings: Standings) -> None:
    boards = standings.leaderboard.boards
    assert facet_counts(boards, "set") == {"krx-mcqa": 4, "other": 1}
    assert facet_counts(boards, "style") == {"chat": 4, "native": 1}


ORDERS = [
    ("rank", "Alpha/tuned beta/tuned gamma/tuned Alpha/vanilla"),
    ("accuracy", "Alpha/tuned beta/tuned gamma/tuned Alpha/vanilla"),
    ("model", "Alpha/tuned Alpha/vanilla beta/tuned gamma/tuned"),
    ("unparsed", "Alpha/tuned beta/tuned gamma/tuned Alpha/vanilla"),
    ("failed", "Alpha/tuned beta/tuned gamma/tuned Alpha/vanilla"),
]


@pytest.mark.parametrize(("column", "order"), ORDERS)
def test_each_board_is_sorted_by_itself(standings: Standings, column: str, order: str) -> None:
    view = BoardView(sort="model", reverse=True).sorting(column)
    assert models(standings, view) == [*order.split(), "delta/tuned"]


def test_sorting_by_the_same_column_turns_the_order_round(standings: Standings) -> None:
    once = BoardView().sorting("accuracy")
    assert models(standings, once)[:2] == ["Alpha/tuned", "beta/tuned"]
    assert models(standings, once.sorting("accuracy"))[0] == "Alpha/vanilla"
    assert once.sorting("accuracy").sorting("accuracy") == once


def test_what_a_column_says_nothing_of_stands_last_either_way(standings: Standings) -> None:
    for view in (BoardView(sort="gap"), BoardView(sort="gap", reverse=True)):
        assert models(standings, view) == models(standings, BoardView())


def test_pages_end_where_the_entries_do(standings: Standings) -> None:
    page = choose_places(standings, BoardView(page=99))
    assert (page.page, page.pages) == (1, 1)
    assert board_view.PAGE_SIZE <= 100


# ── what a click does ────────────────────────────────────────────────────────────────────────


def test_a_chip_is_ticked_and_ticked_off_and_leads_to_the_first_page() -> None:
    view = BoardView(page=3).toggling("set", "krx-mcqa")
    assert (view.sets, view.page) == (("krx-mcqa",), 1)
    assert view.toggling("set", "krx-mcqa").sets == ()


def test_one_row_is_open_at_a_time() -> None:
    view = BoardView().opening("run-1")
    assert view.opened == "run-1"
    assert view.opening("run-2").opened == "run-2"
    assert view.opening("run-1").opened == ""


def test_a_column_that_goes_takes_its_order_along() -> None:
    view = BoardView(columns=("n",), sort="n").with_column("n")
    assert (view.columns, view.sort) == ((), "rank")


@pytest.mark.parametrize("column", ["rank", "model", "accuracy", "nothing", ""])
def test_what_is_always_shown_or_unknown_is_no_choice(column: str) -> None:
    assert BoardView().with_column(column) == BoardView()


def test_what_nobody_offered_changes_nothing() -> None:
    view = BoardView()
    assert view.sorting("nothing") == view.toggling("nothing", "x") == view
    assert view.turning_to("-1").page == view.turning_to("x").page == view.turning_to("²").page == 1


# ── the address ──────────────────────────────────────────────────────────────────────────────

VIEWS = [
    BoardView(),
    BoardView(search="한국 100%&a=b", sets=("krx-mcqa", "가"), methods=("loglik",), page=2),
    BoardView(styles=("own",), sort="gap", reverse=True, columns=(), opened="0123-abc"),
    BoardView(columns=("failed", "date")),
]


@pytest.mark.parametrize("view", VIEWS)
def test_an_address_brings_the_view_back(view: BoardView) -> None:
    assert BoardView.from_query(query_of(view) | ({} if view.columns else {"columns": ""})) == view


def test_an_address_says_only_what_is_not_so_anyway() -> None:
    assert BoardView().to_query() == "tab=leaderboard"


def test_what_an_address_says_wrongly_is_as_if_unsaid() -> None:
    query = {"sort": "x", "page": "-3", "columns": "x,n,rank,n", "search": "가" * 500}
    view = BoardView.from_query(query)
    assert (view.sort, view.page, len(view.search)) == ("rank", 1, 100)
    assert set(view.columns) == {"n", "rank"}
    assert BoardView.from_query({}).columns == AT_FIRST


def test_a_flood_of_names_in_an_address_is_cut() -> None:
    view = BoardView.from_query({"set": ",".join(str(i) for i in range(10_000))})
    assert len(view.sets) == board_view.MAX_CHOICES


def test_a_run_on_two_boards_has_two_places(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        sit(store, TEN, "A" * 10, model="krx-7b", variant="tuned", style="native")
        sit(store, TEN, "B" * 10, model="krx-7b", variant="vanilla", style="chat")
        places = choose_places(read_standings(store), BoardView()).places
    assert len({place.key for place in places}) == len(places) == 4
    assert len({place.entry.run.id for place in places}) == 2
