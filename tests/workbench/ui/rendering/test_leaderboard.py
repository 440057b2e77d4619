"""The leaderboard as HTML: what it says, and that nothing in it is anybody else's markup."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

import pytest

from tests.workbench.records import vote_of
from tests.workbench.sittings import exam, sit
from workbench.provenance import provenance
from workbench.report.phrases import load_texts as field_names
from workbench.schema import Run
from workbench.standings import Standings, read_standings
from workbench.store import Store
from workbench.ui.board_view import COLUMNS, BoardView
from workbench.ui.rendering import leaderboard as rendering
from workbench.ui.texts import LANGUAGES, load_texts

HOSTILE = '"><img src=x onerror=alert(1)>'
KOREAN = load_texts("ko")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Standings, Run]]:
    with Store(tmp_path_factory.mktemp("board") / "store.sqlite") as store:
        forty = exam(40, f"krx-mcqa{HOSTILE}")
        best = sit(store, forty, "A" * 40, model="best")
        sit(store, forty, "A" * 9 + "-" + "B" * 29 + "!", model=HOSTILE, variant="vanilla")
        store.add_vote(vote_of(1).model_copy(update={"side_a": f"{HOSTILE}/tuned"}))
        store.begin(best.spec.model_copy(update={"repeat": 5}))
        yield read_standings(store), best


def whole(standings: Standings, view: BoardView, language: str = "ko") -> str:
    texts = load_texts(language)
    return rendering.board(standings, view, texts) + rendering.beside(standings, texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_of_a_stranger_becomes_markup(filled, language: str) -> None:
    standings, run = filled
    page = whole(standings, BoardView(columns=COLUMNS, opened=run.id, search=""), language)
    assert "onerror=alert(1)&gt;" in page
    assert "<img" not in page


def test_what_a_stranger_searches_for_becomes_no_markup(filled) -> None:
    assert "<img" not in whole(filled[0], BoardView(search=HOSTILE, sets=(HOSTILE,)))


def test_a_row_says_accuracy_with_its_interval(filled) -> None:
    row = re.search(r"<tr class=\"entry\".*?</tr>", whole(filled[0], BoardView()), re.DOTALL)
    assert row is not None
    assert "100.0%" in row[0]
    assert re.search(r"\[91\.\d%, 100\.0%\]", row[0])


def test_an_opened_row_shows_all_of_its_provenance(filled) -> None:
    standings, run = filled
    page = whole(standings, BoardView(opened=run.id))
    for name, value in provenance(run).items():
        if name not in ("variant", "demo"):
            assert field_names("ko")(f"field.{name}") in page
            assert escape(value) in page


def test_a_lower_rank_names_who_is_better(filled) -> None:
    standings, _ = filled
    lower = standings.leaderboard.boards[0].entries[1]
    assert "best/tuned" in whole(standings, BoardView(opened=lower.run.id))


def test_the_first_rank_and_unread_answers_are_said_in_words(filled) -> None:
    standings, run = filled
    lower = standings.leaderboard.boards[0].entries[1]
    assert KOREAN("leaderboard.unbeaten") in whole(standings, BoardView(opened=run.id))
    assert KOREAN("unread.no_answer", n="1") in whole(standings, BoardView(opened=lower.run.id))


def test_sorted_columns_say_so_to_a_screen_reader(filled) -> None:
    page = whole(filled[0], BoardView(sort="accuracy"))
    assert page.count('aria-sort="descending"') == 1
    assert page.count('aria-sort="none"') == len(BoardView().shown) - 1


def test_every_column_and_its_explanation_is_drawn(filled) -> None:
    page = whole(filled[0], BoardView(columns=COLUMNS))
    for name in COLUMNS:
        assert f'data-value="{name}"' in page
        assert KOREAN(f"about.{name}") in page


def test_an_unfinished_run_is_listed_with_its_reason(filled) -> None:
    assert KOREAN("leaderboard.left_out", n="1") in whole(filled[0], BoardView())


def test_published_numbers_stand_apart_with_their_sources(filled) -> None:
    page = rendering.beside(filled[0], KOREAN)
    published = page[page.index('class="published"') :]
    for table in filled[0].leaderboard.published:
        assert escape(table.source) in published
    assert "best" not in published


def test_an_empty_board_says_what_to_do_first() -> None:
    from workbench.leaderboard import Leaderboard

    nothing = Standings(
        leaderboard=Leaderboard(boards=(), left_out=(), published=(), notice=""),
        win_rates=(),
        gaps={},
    )
    page = rendering.board(nothing, BoardView(), KOREAN)
    assert KOREAN("leaderboard.empty") in page
    assert f"<code>{rendering.FIRST_COMMAND}</code>" in page


def test_filters_that_leave_nothing_can_be_cleared(filled) -> None:
    page = whole(filled[0], BoardView(search="nothing like it"))
    assert KOREAN("leaderboard.nothing_found") in page
    assert 'data-act="clear"' in page


def test_a_refusal_is_escaped() -> None:
    assert "<img" not in rendering.refused(HOSTILE, KOREAN)
    assert "<img" not in rendering.imported([HOSTILE], KOREAN)
