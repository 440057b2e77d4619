"""A real Chromium, and the folder its pictures go to."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

INSTALL = "apt-get install chromium fonts-noto-cjk"
HERE = Path(__file__).parent
MARKS = [
    pytest.mark.browser,
    # The server runs in this process: Gradio's own statistics use options that pandas is about
    # to drop, and its search for a free port leaves sockets unclosed.
    pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium without a window. Missing, it skips the tests, except where CI must have it."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        reason = f"no Chromium on the path: {INSTALL}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser) -> Iterator[Callable]:
    """Open an address as a reader with a language, a screen and a colour scheme."""
    contexts = []

    def open_page(address: str, *, locale="ko-KR", width=1440, height=900, scheme="light"):
        context = browser.new_context(
            locale=locale, viewport={"width": width, "height": height}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)  # a slow machine is no fault
        page.goto(address)
        page.wait_for_selector("#status .status")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures are kept to be looked at: $KRX_SCREENSHOTS, else build/screenshots."""
    folder = Path(os.environ.get("KRX_SCREENSHOTS", "build/screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
