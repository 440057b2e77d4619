"""The data: question sets to look through, what the published model was trained on and how."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from workbench.config import DATA, PACKAGE
from workbench.questions.library import MAX_SEED, library_set
from workbench.questions.load import OPEN_SETS
from workbench.questions.open_questions import load_open_questions
from workbench.sources import load_model_card
from workbench.ui.address import KEEP_ADDRESS, query
from workbench.ui.clicks import CLICKS
from workbench.ui.page import Page
from workbench.ui.question_view import (
    FRESH,
    PROPERTIES,
    AnySet,
    QuestionView,
    set_names,
)
from workbench.ui.rendering import data as rendering

Update = dict[Any, Any]  # what Gradio takes back: component -> value or gr.update
NOTHING: Update = gr.skip()

DEMO = PACKAGE / "demo"
SECTIONS = ("questions", "sources", "recipe", "demo")


@dataclass(frozen=True)
class Parts:
    """The components of the tab; `view` is None until the address has been read."""

    sections: gr.Tabs
    view: gr.State
    source: gr.Dropdown
    seed: gr.Number
    search: gr.Textbox
    browser: gr.HTML
    profile: gr.HTML
    card: gr.Markdown
    sources: gr.HTML
    recipe: gr.HTML


def data_tab(page: Page) -> None:
    with gr.Tab(page.words("data.tab"), id="data", elem_id="data-tab") as tab:
        parts, section_tabs = _lay_out(page)
    _wire(tab, section_tabs, parts, DataHandlers(page, parts))


# ── layout ───────────────────────────────────────────────────────────────────────────────────


def _lay_out(page: Page) -> tuple[Parts, list[gr.Tab]]:
    words = page.words
    plain: dict[str, Any] = {"apply_default_css": False}
    tabs: list[gr.Tab] = []
    with gr.Tabs(elem_id="data-sections") as sections:
        with _section(page, "questions", tabs):
            chosen = _set_choice(words)
            browser = gr.HTML(js_on_load=CLICKS, elem_id="question-browser", **plain)
            with gr.Accordion(words("data.card"), open=False, elem_id="set-card"):
                profile = gr.HTML(elem_id="set-profile", **plain)
                card = gr.Markdown(elem_id="set-card-text")
        with _section(page, "sources", tabs):
            sources = gr.HTML(elem_id="training-data", **plain)
        with _section(page, "recipe", tabs):
            recipe = gr.HTML(elem_id="training-recipe", **plain)
        with _section(page, "demo", tabs):
            gr.HTML(rendering.demo_pair(), **plain)
            gr.Markdown(words("data.demo_info"))
            gr.Markdown(rendering.card_text(_read_card(DEMO)), elem_id="demo-card")
    parts = Parts(
        sections=sections,
        view=gr.State(None),
        **chosen,
        browser=browser,
        profile=profile,
        card=card,
        sources=sources,
        recipe=recipe,
    )
    return parts, tabs


def _section(page: Page, name: str, tabs: list[gr.Tab]) -> gr.Tab:
    tab = gr.Tab(page.words(f"section.{name}"), id=name, elem_id=f"data-{name}")
    tabs.append(tab)
    return tab


def _set_choice(words: gr.I18n) -> dict[str, Any]:
    with gr.Row(elem_classes="set-choice"):
        return {
            "source": gr.Dropdown(
                list(set_names()),
                label=words("data.set"),
                elem_id="question-set",
                filterable=False,
            ),
            "seed": gr.Number(
                1,
                label=words("data.seed"),
                minimum=0,
                maximum=MAX_SEED - 1,
                precision=0,
                visible=False,
                elem_id="fresh-seed",
            ),
            "search": gr.Textbox(
                label=words("data.search"),
                placeholder=words("data.search_placeholder"),
                max_length=100,
                elem_id="question-search",
            ),
        }


# ── wiring ───────────────────────────────────────────────────────────────────────────────────


def _wire(tab: gr.Tab, section_tabs: list[gr.Tab], parts: Parts, handlers: DataHandlers) -> None:
    at_once: dict[str, Any] = {
        "show_progress": "hidden",
        "api_visibility": "private",
        "queue": False,
    }
    controls = [parts.view, parts.source, parts.seed]
    drawn = [*controls, parts.search, parts.browser, parts.profile, parts.card]
    opened = tab.select(
        handlers.open,
        parts.view,
        [*drawn, parts.sections, parts.sources, parts.recipe],
        **at_once,
    )
    chosen = gr.on(
        [parts.source.input, parts.seed.submit, parts.seed.blur],
        handlers.choose,
        controls,
        drawn,
        **at_once,
    )
    looked = [parts.view, parts.search, parts.browser]
    clicked = parts.browser.click(handlers.click, parts.view, looked, **at_once)
    # Gradio's `input` misses what is pasted, deleted or composed in Korean; `change` does not.
    searched = parts.search.change(
        handlers.search,
        [parts.view, parts.search],
        [parts.view, parts.browser],
        trigger_mode="always_last",
        **at_once,
    )
    for event in (opened, chosen, clicked, searched):
        event.then(None, js=KEEP_ADDRESS, **at_once)
    for section in section_tabs:
        section.select(None, js=KEEP_ADDRESS, **at_once)


class DataHandlers:
    """What is on the screen follows from the files and the view, and from nothing else."""

    def __init__(self, page: Page, parts: Parts) -> None:
        self.page, self.parts = page, parts

    def open(self, view: QuestionView | None, request: gr.Request) -> Update:
        """The tab as it was left; the first time, as the address asks for it."""
        texts = self.page.languages.texts(request)
        asked = query(request)
        card = load_model_card()
        update = self._set(view or QuestionView.from_query(asked), request) | {
            self.parts.sources: rendering.training_data(card, texts),
            self.parts.recipe: rendering.recipe(card, _demo_training(), texts),
        }
        if view is None and asked.get("section") in SECTIONS:
            update[self.parts.sections] = gr.Tabs(selected=asked["section"])
        return update

    def choose(
        self, view: QuestionView | None, source: str, seed: float | None, request: gr.Request
    ) -> Update:
        """Another set; leaving a box as it was is no wish to begin anew."""
        before = view or QuestionView()
        after = before.of_set(source, seed)
        same = (after.source, after.seed) == (before.source, before.seed)
        return NOTHING if same else self._set(after, request)

    def click(self, view: QuestionView | None, event: gr.EventData, request: gr.Request) -> Update:
        act, value = str(event._data.get("act")), str(event._data.get("value"))
        after = _after_click(view or QuestionView(), act, value)
        return self._drawn(after, request) | {self.parts.search: after.search}

    def search(self, view: QuestionView | None, text: str, request: gr.Request) -> Update:
        before = view or QuestionView()
        after = before.searching(text or "")
        # Where nothing is new, it was not the reader who changed the box.
        return NOTHING if after == before else self._drawn(after, request)

    # ── what the handlers share ──────────────────────────────────────────────────────────────

    def _drawn(self, view: QuestionView, request: gr.Request) -> Update:
        texts = self.page.languages.texts(request)
        question_set = load_set(view.set_name)
        return {
            self.parts.view: view,
            self.parts.browser: rendering.questions(question_set, view, texts),
        }

    def _set(self, view: QuestionView, request: gr.Request) -> Update:
        """Everything that another set changes."""
        texts = self.page.languages.texts(request)
        question_set = load_set(view.set_name)
        fresh = view.source == FRESH
        return self._drawn(view, request) | {
            self.parts.source: view.source,
            self.parts.seed: gr.update(value=view.seed, visible=fresh),
            self.parts.search: view.search,
            self.parts.profile: rendering.profile(question_set, view.source, texts),
            self.parts.card: rendering.card_text(_card_of(view.source)),
        }


def _after_click(view: QuestionView, act: str, value: str) -> QuestionView:
    match act:
        case "question":
            return view.opening(value)
        case "clear":
            return view.without_filters()
        case _ if act in PROPERTIES:
            return view.toggling(act, value)
        case _:
            return view


# ── files ────────────────────────────────────────────────────────────────────────────────────


@cache
def _open_set(name: str) -> AnySet:
    return load_open_questions(name)


def load_set(name: str) -> AnySet:
    return _open_set(name) if name in OPEN_SETS else library_set(name)


def _card_of(source: str) -> str:
    """The card that a set is described in; '' for fresh questions, which their families describe."""
    if source.startswith(FRESH):
        return ""
    return _read_card(DEMO if source.startswith("demo-") else DATA)


def _read_card(folder: Path) -> str:
    return (folder / "CARD.md").read_text("utf-8")


def _demo_training() -> dict[str, Any]:
    """The record that the demo pair's training wrote beside its adapter."""
    record: dict[str, Any] = json.loads((DEMO / "adapter" / "training.json").read_text("utf-8"))
    return record
