"""The leaderboard: every finished run where differences allow, and what others published apart.

The table is HTML of ours, because Gradio's has no cards on a phone, no bars in cells and no rows
that open. A click says what it means in `data-act` and `data-value`; the server draws the table anew.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from workbench import numerals, uploads
from workbench.errors import InputError, WorkbenchError
from workbench.leaderboard import leaderboard_csv
from workbench.standings import StandingsReader
from workbench.ui.address import KEEP_ADDRESS, query
from workbench.ui.board_view import FACETS, BoardView
from workbench.ui.clicks import CLICKS
from workbench.ui.page import Page
from workbench.ui.rendering import leaderboard as rendering
from workbench.ui.scripts import SAVE_TEXT
from workbench.ui.texts import Texts

Update = dict[Any, Any]  # what Gradio takes back: component -> value or gr.update
NOTHING: Update = gr.skip()

IMPORT_SECONDS = 120.0
LOOK_SECONDS = 1.0  # between two signs of life of an import

# A dropped folder reaches the browser as an entry to walk through; Gradio takes plain files only.
FOLDER_DROP = """
const zone = document.querySelector("#lm-eval-drop");
const filesOf = async (entry) => {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return found;
    for (const each of some) found.push(...await filesOf(each));
  }
};
zone?.addEventListener("drop", async (event) => {
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.());
  if (!entries.some((entry) => entry?.isDirectory)) return;
  event.preventDefault();
  event.stopPropagation();
  const files = (await Promise.all(entries.filter(Boolean).map(filesOf))).flat();
  const results = files.filter((file) => /\\.(jsonl?|zip)$/i.test(file.name));
  const input = zone.querySelector("input[type=file]"), taken = new DataTransfer();
  results.forEach((file) => taken.items.add(file));
  input.files = taken.files;
  input.dispatchEvent(new Event("change", {bubbles: true}));
}, true);
"""


@dataclass(frozen=True)
class Parts:
    """The components of the tab; `view` is None until the address has been read."""

    view: gr.State
    search: gr.Textbox
    csv: gr.Button
    json: gr.Button
    file_name: gr.Textbox
    file_text: gr.Textbox
    board: gr.HTML
    beside: gr.HTML
    guide: gr.HTML
    drop: gr.File
    cancel: gr.Button
    report: gr.HTML


def leaderboard_tab(page: Page) -> None:
    with gr.Tab(page.words("leaderboard.tab"), id="leaderboard", elem_id="leaderboard-tab") as tab:
        parts = _lay_out(page)
    _wire(tab, parts, LeaderboardHandlers(page, parts))


def _lay_out(page: Page) -> Parts:
    words = page.words
    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Row(elem_classes="board-tools"):
        search = gr.Textbox(
            label=words("leaderboard.search"),
            show_label=False,
            placeholder=words("leaderboard.search_placeholder"),
            container=False,
            max_length=100,
            elem_id="board-search",
        )
        csv = gr.Button(words("leaderboard.csv"), size="sm", elem_id="board-csv")
        json = gr.Button(words("leaderboard.json"), size="sm", elem_id="board-json")
    file_name, file_text = gr.Textbox(visible=False), gr.Textbox(visible=False)
    board = gr.HTML(js_on_load=CLICKS, elem_id="board", **plain)
    guide = gr.HTML(elem_id="board-guide", **plain)
    with gr.Accordion(words("leaderboard.add"), open=False, elem_id="board-add"):
        gr.Markdown(words("leaderboard.add_info"), elem_classes="note")
        drop = gr.File(
            label=words("leaderboard.drop"),
            file_count="multiple",
            file_types=list(uploads.SUFFIXES),
            height=140,
            elem_id="lm-eval-drop",
        )
        cancel = gr.Button(
            words("leaderboard.cancel"), size="sm", visible=False, elem_id="import-cancel"
        )
        report = gr.HTML(js_on_load=FOLDER_DROP, elem_id="import-report", **plain)
    beside = gr.HTML(elem_id="board-beside", **plain)
    return Parts(
        view=gr.State(None),
        search=search,
        csv=csv,
        json=json,
        file_name=file_name,
        file_text=file_text,
        board=board,
        beside=beside,
        guide=guide,
        drop=drop,
        cancel=cancel,
        report=report,
    )


def _wire(tab: gr.Tab, parts: Parts, handlers: LeaderboardHandlers) -> None:
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = quiet | {"queue": False}
    drawn = [parts.view, parts.search, parts.board]
    whole = [*drawn, parts.beside, parts.guide]
    opened = tab.select(handlers.open, parts.view, whole, **at_once)
    clicked = parts.board.click(handlers.click, parts.view, drawn, **at_once)
    # Gradio's `input` misses what is pasted, deleted or composed in Korean; `change` does not.
    searched = parts.search.change(
        handlers.search,
        [parts.view, parts.search],
        [parts.view, parts.board],
        trigger_mode="always_last",
        **at_once,
    )
    for button, handler in ((parts.csv, handlers.csv), (parts.json, handlers.json)):
        file = [parts.file_name, parts.file_text]
        button.click(handler, outputs=file, **at_once).then(None, file, js=SAVE_TEXT, **at_once)
    added = parts.drop.upload(
        handlers.add,
        parts.drop,
        [*whole, parts.drop, parts.cancel, parts.report],
        concurrency_id="imports",
        concurrency_limit=1,
        **quiet,
    )
    parts.cancel.click(
        handlers.cancelled,
        outputs=[parts.drop, parts.cancel, parts.report],
        cancels=[added],
        **at_once,
    )
    for event in (opened, clicked, searched, added):
        event.then(None, js=KEEP_ADDRESS, **at_once)


class LeaderboardHandlers:
    """What is on the screen follows from the store and the view, and from nothing else."""

    def __init__(self, page: Page, parts: Parts) -> None:
        self.page, self.parts = page, parts
        self.standings = StandingsReader(page.store_path)

    def open(self, view: BoardView | None, request: gr.Request) -> Update:
        """The tab as it was left, or as the address asks for it."""
        return self._whole(view or BoardView.from_query(query(request)), request)

    def click(self, view: BoardView | None, event: gr.EventData, request: gr.Request) -> Update:
        act, value = str(event._data.get("act")), str(event._data.get("value"))
        return self._drawn(_after_click(view or BoardView(), act, value), request)

    def search(self, view: BoardView | None, text: str, request: gr.Request) -> Update:
        before = view or BoardView()
        after = before.searching(text or "")
        if after.search == before.search:  # it was not the reader who changed the box
            return NOTHING
        update = self._drawn(after, request)
        return {part: value for part, value in update.items() if part is not self.parts.search}

    def csv(self) -> Update:
        text = leaderboard_csv(self.standings.read().leaderboard)
        # With the mark, a spreadsheet reads Korean as what it is.
        return {self.parts.file_name: "leaderboard.csv", self.parts.file_text: f"\ufeff{text}"}

    def json(self) -> Update:
        text = self.standings.read().model_dump_json(indent=2)
        return {self.parts.file_name: "leaderboard.json", self.parts.file_text: text}

    # ── adding results ───────────────────────────────────────────────────────────────────────

    def add(self, dropped: list[str] | None, request: gr.Request) -> Generator[Update]:
        """Import what was dropped; a sign of life every second, and the new run opened at the end."""
        texts = self.page.languages.texts(request)
        files = [Path(path) for path in dropped or ()]
        try:
            for seconds, found in self._progress(files):
                if found is None:
                    yield self._importing(seconds, texts)
        except InputError as error:
            yield self._settled(rendering.refused(str(error), texts))
            return
        finally:
            uploads.discard(files)
        assert found is not None
        report = self._settled(rendering.imported(found, texts))
        yield self._whole(BoardView().opening(found[0]), request) | report

    def _progress(self, files: list[Path]) -> Generator[tuple[float, tuple[str, ...] | None]]:
        """Seconds gone by with None, at last with the runs. Raises InputError if refused."""
        began = time.monotonic()
        yield 0.0, None
        with tempfile.TemporaryDirectory(prefix="krx-import-") as folder:
            uploads.unpack(files, Path(folder))
            with uploads.Import(Path(folder), self.page.store_path) as running:
                while (found := running.wait(LOOK_SECONDS)) is None:
                    seconds = time.monotonic() - began
                    if seconds > IMPORT_SECONDS:
                        raise InputError(
                            f"it took longer than {numerals.whole_seconds(IMPORT_SECONDS)} seconds; "
                            f"import the folder with `{uploads.COMMAND}`"
                        )
                    yield seconds, None
        yield time.monotonic() - began, found

    def cancelled(self) -> Update:
        return self._settled("")

    def _importing(self, seconds: float, texts: Texts) -> Update:
        text = rendering.importing(numerals.whole_seconds(seconds), texts)
        return {self.parts.report: text, self.parts.cancel: gr.update(visible=True)}

    def _settled(self, report: str) -> Update:
        return {
            self.parts.drop: None,
            self.parts.cancel: gr.update(visible=False),
            self.parts.report: report,
        }

    # ── what the handlers share ──────────────────────────────────────────────────────────────

    def _drawn(self, view: BoardView, request: gr.Request) -> Update:
        texts = self.page.languages.texts(request)
        try:
            board = rendering.board(self.standings.read(), view, texts)
        except WorkbenchError as error:  # a notice would not show: these events are in no queue
            board = rendering.unreadable(str(error), texts)
        return {self.parts.view: view, self.parts.search: view.search, self.parts.board: board}

    def _whole(self, view: BoardView, request: gr.Request) -> Update:
        texts = self.page.languages.texts(request)
        update = self._drawn(view, request) | {self.parts.guide: rendering.reading_guide(texts)}
        try:
            return update | {self.parts.beside: rendering.beside(self.standings.read(), texts)}
        except WorkbenchError:  # the board says it
            return update | {self.parts.beside: ""}


def _after_click(view: BoardView, act: str, value: str) -> BoardView:
    """The view after a click on a part of the table; a click on nothing known changes nothing."""
    match act:
        case "sort":
            return view.sorting(value)
        case "open":
            return view.opening(value)
        case "column":
            return view.with_column(value)
        case "page":
            return view.turning_to(value)
        case "clear":
            return view.without_filters()
        case _ if act in FACETS:
            return view.toggling(act, value)
        case _:
            return view
