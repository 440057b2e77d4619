"""The page, read from top to bottom: title, status, tabs, notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from workbench.errors import InputError
from workbench.ui.address import query
from workbench.ui.chat_tab import chat_tab
from workbench.ui.compare_tab import compare_tab
from workbench.ui.data_tab import data_tab
from workbench.ui.exam_tab import exam_tab
from workbench.ui.language import Languages, PageLanguage
from workbench.ui.leaderboard_tab import leaderboard_tab
from workbench.ui.loading import EngineLoader, Loading
from workbench.ui.page import Page
from workbench.ui.rendering.page import ai_notice, status_line, title
from workbench.ui.scripts import HEAD as SCRIPTS
from workbench.ui.texts import load_texts, translations
from workbench.ui.theme import STYLESHEETS, theme

STATUS_SECONDS = 0.7  # between two looks at an engine that is being opened
QUEUE_SIZE = 64  # people who may wait for an answer; the next one is told that it is full
MAX_UPLOAD = "5mb"  # Gradio's upload route is open to every visitor

NAME = load_texts("en")("app.name")  # the same in every language


def build_app(loader: EngineLoader, languages: Languages, store_path: Path) -> gr.Blocks:
    """The whole page around an engine that may still be on its way."""
    page = Page(loader, languages, store_path)
    with gr.Blocks(title=NAME, analytics_enabled=False) as app:
        with gr.Column(elem_id="masthead"):
            _title(page)
            _status_line(page, app)
        with gr.Tabs() as tabs:
            chat_tab(page, app)
            exam = exam_tab(page)
            compare_tab(page, exam, tabs)
            leaderboard_tab(page)
            data_tab(page)
        _open_tab(tabs, app)
        gr.HTML(ai_notice(), elem_id="notice")
        app.unload(page.leave)
    return app.queue(max_size=QUEUE_SIZE, api_open=False)


def launch(app: gr.Blocks, languages: Languages, **options: Any) -> str:
    """Serve the page in the background and return its address.

    `options` are those of gr.Blocks.launch that say where and for whom; how the page looks and
    what it never does (record runs, offer an API, take large files) is decided here.
    Raises InputError where the port is taken.
    """
    try:
        _, local, shared = app.launch(
            theme=theme(),
            css_paths=STYLESHEETS,
            head=SCRIPTS,
            i18n=gr.I18n(**translations()),
            app_kwargs={"middleware": [Middleware(PageLanguage, languages=languages)]},
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            mcp_server=False,
            enable_monitoring=False,
            max_file_size=MAX_UPLOAD,
            prevent_thread_lock=True,
            quiet=True,
            **options,
        )
    except OSError as error:
        raise InputError(
            f"cannot listen on port {options.get('server_port')}: it is taken, or the host is "
            "not one of this machine. Give another --port or --host, or leave --port out: "
            "the first free one from 7860 is used"
        ) from error
    return str(shared or local)


def _title(page: Page) -> None:
    with gr.Row(elem_classes="title"):
        gr.HTML(title(NAME), elem_id="app-name")
        if page.spec.demo:
            gr.Markdown(page.words("app.demo_badge"), elem_id="demo-badge")


def _open_tab(tabs: gr.Tabs, app: gr.Blocks) -> None:
    """Open the page on the tab that its address names."""
    known = {tab.id for tab in tabs.children}

    def choose(request: gr.Request) -> gr.Tabs:
        named = query(request).get("tab")
        return gr.Tabs(selected=named) if named in known else gr.skip()

    app.load(choose, outputs=tabs, queue=False, show_progress="hidden", api_visibility="private")


def _status_line(page: Page, app: gr.Blocks) -> None:
    """What is loaded, looked at again and again until that is settled."""
    line = gr.HTML(elem_id="status")
    clock = gr.Timer(STATUS_SECONDS)

    def look(request: gr.Request) -> dict[Any, Any]:
        state = page.loader.state
        texts = page.languages.texts(request)
        return {
            line: status_line(state, page.spec.name, page.spec.demo, texts),
            clock: gr.Timer(active=isinstance(state, Loading)),
        }

    for moment in (app.load, clock.tick):
        moment(
            look,
            outputs=[line, clock],
            queue=False,
            show_progress="hidden",
            api_visibility="private",
        )
