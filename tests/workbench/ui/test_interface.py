"""The page as it is built: what it offers to whom, and what it fetches from where."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import pytest

from workbench.engines.scripted import ScriptedEngine
from workbench.schema import ModelSpec
from workbench.ui.interface import QUEUE_SIZE, build_app
from workbench.ui.language import Languages
from workbench.ui.loading import EngineLoader
from workbench.ui.theme import FONTS, STYLESHEETS, theme

PAIR = ModelSpec(name="pair", base="base", adapter="adapter")


def page_for(spec: ModelSpec) -> gr.Blocks:
    async def build() -> gr.Blocks:
        return build_app(
            EngineLoader(spec, lambda: ScriptedEngine()), Languages(), Path("store.sqlite")
        )

    # Without a running loop, Gradio opens loops of its own and leaves them unclosed; in a thread,
    # because Playwright's loop runs here once a browser test came before.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, build()).result()


@pytest.fixture(scope="module")
def app() -> gr.Blocks:
    return page_for(PAIR)


def component(app: gr.Blocks, elem_id: str) -> gr.blocks.Block | None:
    return next((b for b in app.blocks.values() if getattr(b, "elem_id", None) == elem_id), None)


def test_every_answer_waits_in_one_bounded_line(app: gr.Blocks) -> None:
    answers = [fn for fn in app.fns.values() if fn.types_generator and fn.name == "answer"]
    assert len(answers) == 4  # behind sending, an example, a retry and an edit
    assert {(fn.concurrency_id, fn.concurrency_limit) for fn in answers} == {("engine", 1)}
    assert app._queue.max_size == QUEUE_SIZE


def test_no_handler_is_offered_as_an_api(app: gr.Blocks) -> None:
    assert {fn.api_visibility for fn in app.fns.values()} == {"private"}


def test_both_sides_of_a_pair_can_be_chosen_tuned_first(app: gr.Blocks) -> None:
    variant = component(app, "variant")
    assert [value for _, value in variant.choices] == ["tuned", "vanilla", "pair", "blind"]
    assert variant.value == "tuned"


def test_a_base_alone_offers_itself_alone() -> None:
    variant = component(page_for(ModelSpec(name="base", base="base")), "variant")
    assert [value for _, value in variant.choices] == ["vanilla"]


def test_only_the_demo_pair_carries_the_badge(app: gr.Blocks) -> None:
    demo = page_for(PAIR.model_copy(update={"demo": True}))
    assert component(demo, "demo-badge") is not None
    assert component(app, "demo-badge") is None


def test_answers_are_sanitised_and_keep_no_tags(app: gr.Blocks) -> None:
    chatbot = component(app, "conversation")
    assert chatbot.sanitize_html is True
    assert chatbot.allow_tags is False


def test_the_look_is_made_of_what_the_reader_has() -> None:
    style = "\n".join(path.read_text("utf-8") for path in STYLESHEETS)
    assert re.findall(r"https?:|@import|url\(", style) == []
    assert theme()._font_css == []
    assert FONTS[0] == "Pretendard"
    assert "word-break: keep-all" in style
