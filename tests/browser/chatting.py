"""How a reader talks to the chat, for the browser tests of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.scripted_app import scripted_engine, serve
from workbench.engines.scripted import ScriptedEngine

QUESTION = "공매도가 무엇인지 설명해 주세요."
LAST_ANSWER = "#conversation .bot-row >> nth=-1"
FOOTER = "#conversation .bot > .message:last-child"
SIDES = ("#conversation", "#conversation-b")


@contextmanager
def chat_server(folder: Path) -> Iterator[tuple[str, ScriptedEngine]]:
    """The address of a running page, and the engine behind it."""
    engine = scripted_engine()
    app, address = serve(lambda: engine, folder / "store.sqlite")
    yield address, engine
    app.close(verbose=False)


def fresh(engine: ScriptedEngine) -> ScriptedEngine:
    """The engine as if nobody had asked it anything."""
    engine.history.clear()
    engine.cancelled.clear()
    engine.fallback, engine.seconds_per_token = "짧은 답입니다.", 0.02
    return engine


def ask(page, question: str = QUESTION) -> None:
    page.fill("#question textarea", question)
    page.press("#question textarea", "Enter")


def choose(page, mode: str) -> None:
    page.check(f"#variant input[value={mode}]")


def wait_for_answer(page) -> str:
    """The text of the last answer, once it is finished."""
    page.wait_for_selector("#send", state="visible")
    page.wait_for_selector(f"{FOOTER} >> nth=-1 >> text=/토큰|token/")
    return page.inner_text(LAST_ANSWER)


def wait_for_both(page) -> list[str]:
    """The text of the last answer of each side, once both are finished."""
    page.wait_for_selector("#send", state="visible")
    for side in SIDES:
        page.wait_for_selector(
            f"{side} .bot > .message:last-child >> nth=-1 >> text=/토큰|token/", state="attached"
        )
    return [page.locator(f"{side} .bot-row").last.text_content() for side in SIDES]


def questions_asked(engine: ScriptedEngine) -> list[str]:
    return [call.rendered for call in engine.history]
