"""The leaderboard as a person meets it: found, sorted, opened, shared, added to, taken along."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.board_store import fill
from tests.browser.scripted_app import scripted_engine, serve

RESULTS = Path(__file__).parents[1] / "data" / "lm_eval_results"
ROWS = "#board tr.entry"
IMPORT_MS = 180_000  # a process of its own, on a machine that may be busy


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("board") / "store.sqlite"
    fill(store)
    app, address = serve(scripted_engine, store)
    yield address
    app.close(verbose=False)


@pytest.fixture
def empty(tmp_path) -> Iterator[str]:
    app, address = serve(scripted_engine, tmp_path / "store.sqlite")
    yield address
    app.close(verbose=False)


def wait_for_rows(page, count: int) -> None:
    page.wait_for_function(f"document.querySelectorAll('{ROWS}').length === {count}")


def wait_for_address(page, part: str) -> None:
    page.wait_for_function("part => location.search.includes(part)", arg=part)


# ── looking ──────────────────────────────────────────────────────────────────────────────────


def test_the_tab_shows_every_board_by_rank(address, visit) -> None:
    page = visit(address)
    page.click("button[role=tab] >> text=리더보드")
    wait_for_rows(page, 14)
    assert page.locator("#board tr.title").count() == 5
    wait_for_address(page, "tab=leaderboard")


def test_chips_filter_and_the_address_remembers(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard")
    wait_for_rows(page, 14)
    page.click("#board .chip >> text=로그우도")
    wait_for_rows(page, 2)
    wait_for_address(page, "method=loglik")
    page.reload()
    wait_for_rows(page, 2)
    assert page.get_attribute("#board .chip >> text=로그우도", "aria-pressed") == "true"


def test_what_is_typed_is_searched_for(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard")
    wait_for_rows(page, 14)
    page.locator("#board-search textarea, #board-search input").first.fill("2.5-14b")
    wait_for_rows(page, 4)
    page.locator("#board-search textarea, #board-search input").first.fill("없는 모델")
    page.click("#board .empty button")
    wait_for_rows(page, 14)


def test_a_heading_sorts_and_turns_round(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard&set=krx-mcqa&style=chat")
    wait_for_rows(page, 4)
    page.click("#board th.accuracy button")
    page.wait_for_selector("#board th.accuracy[aria-sort=descending]")
    page.click("#board th.accuracy button")
    page.wait_for_selector("#board th.accuracy[aria-sort=ascending]")
    assert "onerror" in page.inner_text(f"{ROWS} >> nth=0")
    wait_for_address(page, "reverse=1")


def test_a_row_opens_on_what_could_change_its_score_and_is_shared(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard&method=loglik")
    wait_for_rows(page, 2)
    page.click(f"{ROWS} >> nth=1")
    page.wait_for_selector("#board tr.origin >> text=프롬프트 해시")
    wait_for_address(page, "run=")
    shared = visit(page.url)
    shared.wait_for_selector("#board tr.origin >> text=프롬프트 해시")
    page.keyboard.press("Tab")
    page.focus("#board th.model button[aria-expanded=true]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#board tr.origin", state="detached")


def test_a_column_explains_itself_to_mouse_and_keyboard(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard")
    wait_for_rows(page, 14)
    page.hover("#board th.rank button")
    page.wait_for_selector("#about-rank", state="visible")
    page.focus("#board th.n button")
    page.wait_for_selector("#about-n", state="visible")


def test_columns_are_chosen(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard")
    wait_for_rows(page, 14)
    page.click("#board [popovertarget]")
    page.click("#leaderboard-columns .chip >> text=엔진")
    page.wait_for_selector("#board th.engine")
    assert page.locator("#leaderboard-columns .chip >> text=엔진").is_visible()
    wait_for_address(page, "columns=")


def test_names_of_strangers_run_nothing(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard&search=%3Cimg+src%3Dx+onerror%3Dwindow.hacked%3D1%3E")
    page.wait_for_selector("#board .empty")
    page.click("#board .empty button")
    wait_for_rows(page, 14)
    assert page.evaluate("window.hacked") is None
    assert page.locator("#board img").count() == 0
    assert "{{7*7}}${window.hacked=1}" in page.inner_text("#board")


def test_votes_and_published_numbers_stand_beside(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard")
    page.wait_for_selector("#board-beside .published")
    assert "66.7%" in page.inner_text("#board-beside .votes")
    assert "ModelCard.pdf" in page.inner_text("#board-beside .published")


# ── taking along ─────────────────────────────────────────────────────────────────────────────


def test_the_board_is_saved_as_csv_and_json(address, visit) -> None:
    page = visit(f"{address}?tab=leaderboard")
    wait_for_rows(page, 14)
    with page.expect_download() as table:
        page.click("#board-csv")
    rows = list(csv.DictReader(io.StringIO(Path(table.value.path()).read_text("utf-8-sig"))))
    assert len(rows) == 14
    with page.expect_download() as whole:
        page.click("#board-json")
    saved = json.loads(Path(whole.value.path()).read_text("utf-8"))
    assert len(saved["leaderboard"]["boards"]) == 5
    assert (table.value.suggested_filename, whole.value.suggested_filename) == (
        "leaderboard.csv",
        "leaderboard.json",
    )


# ── adding ───────────────────────────────────────────────────────────────────────────────────


def test_an_empty_board_says_what_to_do_and_takes_a_zip(
    empty, visit, screenshots, tmp_path
) -> None:
    page = visit(f"{empty}?tab=leaderboard")
    page.wait_for_selector("#board .empty code >> text=python -m workbench eval")
    page.screenshot(path=screenshots / "leaderboard-empty.png", full_page=True)
    with zipfile.ZipFile(tmp_path / "results.zip", "w") as archive:
        for file in RESULTS.iterdir():
            archive.write(file, f"model/{file.name}")
    page.click("#board-add > button")
    page.set_input_files("#lm-eval-drop input[type=file]", tmp_path / "results.zip")
    page.wait_for_selector("#board tr.origin", timeout=IMPORT_MS)
    assert "example/dummy" in page.inner_text(f"{ROWS} >> nth=0")
    page.wait_for_selector("#import-report .done")


def test_loose_files_of_one_evaluation_are_taken_together(empty, visit) -> None:
    page = visit(f"{empty}?tab=leaderboard")
    page.click("#board-add > button")
    page.set_input_files("#lm-eval-drop input[type=file]", list(RESULTS.iterdir()))
    page.wait_for_selector("#import-report .done", timeout=IMPORT_MS)
    wait_for_rows(page, 1)


def test_what_is_no_result_is_refused_in_one_sentence(empty, visit, tmp_path) -> None:
    (tmp_path / "results.zip").write_bytes(b"PK\x03\x04 <img src=x onerror='window.hacked=1'>")
    page = visit(f"{empty}?tab=leaderboard")
    page.click("#board-add > button")
    page.set_input_files("#lm-eval-drop input[type=file]", tmp_path / "results.zip")
    page.wait_for_selector("#import-report .refused >> text=no zip archive", timeout=IMPORT_MS)
    assert page.evaluate("window.hacked") is None
    page.wait_for_selector("#board .empty")


def test_a_dropped_folder_is_walked_through(empty, visit) -> None:
    page = visit(f"{empty}?tab=leaderboard")
    page.click("#board-add > button")
    page.wait_for_selector("#lm-eval-drop input[type=file]", state="attached")
    files = {file.name: file.read_text("utf-8") for file in RESULTS.iterdir()}
    # A browser makes a folder's entry only of a real drop; the event is given one that answers alike.
    page.evaluate(
        """files => {
          const leaves = Object.entries(files).map(([name, text]) => (
            {isFile: true, file: (done) => done(new File([text], name))}));
          const batches = [leaves, []];
          const folder = {isDirectory: true, createReader: () => (
            {readEntries: (done) => done(batches.shift())})};
          const drop = new Event("drop", {bubbles: true, cancelable: true});
          drop.dataTransfer = {items: [{webkitGetAsEntry: () => folder}], files: []};
          document.querySelector("#lm-eval-drop input[type=file]").dispatchEvent(drop);
        }""",
        files,
    )
    page.wait_for_selector("#import-report .done", timeout=IMPORT_MS)


# ── every screen ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_nothing_sticks_out_at_any_size(
    address, visit, screenshots, locale, scheme, width, height
) -> None:
    page = visit(
        f"{address}?tab=leaderboard", locale=locale, width=width, height=height, scheme=scheme
    )
    wait_for_rows(page, 14)
    page.wait_for_selector("#board-beside .published")
    name = f"leaderboard-{locale[:2]}-{width}-{scheme}"
    page.screenshot(path=screenshots / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width
