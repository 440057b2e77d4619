"""The report in a real browser: complete without a network, in two languages, on any screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workbench.sittings import exam, sit
from workbench.report import report_runs
from workbench.store import Store


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    categories = ["재무회계", "금융시장", "국내기업"] * 20
    areas = ["fin_ratio", "acc_principle", "mkt_analysis", "invst_strategy"] * 15
    questions = exam(60, category=categories, area=areas)
    with Store(folder / "store.sqlite") as store:
        a = sit(store, questions, "AB-BC" * 12, variant="vanilla", method="loglik", demo=True)
        b = sit(store, questions, "AAABC" * 12, variant="tuned", method="loglik", demo=True)
        path = folder / "report.html"
        path.write_text(report_runs(store, a.id, b.id), "utf-8")
    return path


@pytest.fixture
def read(browser, report: Path) -> Iterator[Callable]:
    """Open the report without a network; any request or error of the page fails the test."""
    contexts = []

    def open_report(width: int = 1280, scheme: str = "light"):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(report.as_uri())
        return page

    asked: list[str] = []
    complaints: list[str] = []
    yield open_report
    for context in contexts:
        context.close()
    assert set(asked) == {report.as_uri()}
    assert complaints == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_screen(read: Callable, screenshots: Path, width: int, scheme: str) -> None:
    page = read(width, scheme)
    page.screenshot(path=screenshots / f"report-{width}-{scheme}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_korean_until_the_reader_switches(read: Callable) -> None:
    page = read()
    assert page.get_by_role("heading", name="무엇을 어떻게 비교했나").is_visible()
    page.get_by_text("English", exact=True).click()
    assert page.get_by_role("heading", name="What was compared, and how").is_visible()
    assert page.locator('.say[lang="ko"]:visible').count() == 0


def test_the_language_can_be_switched_by_keyboard(read: Callable) -> None:
    page = read()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("heading", name="Accuracy", exact=True).is_visible()


def test_a_cell_of_the_square_opens_its_questions(read: Callable) -> None:
    page = read()
    first = page.locator("#only-b .stem").first
    assert not first.is_visible()
    page.locator('a[href="#only-b"]').click()
    first.wait_for(state="visible")


def test_marks_stand_where_the_numbers_say(read: Callable) -> None:
    page = read()
    plot = page.locator("#accuracy .plot").nth(1)
    box, mark = plot.bounding_box(), plot.locator(".mark").bounding_box()
    place = (mark["x"] + mark["width"] / 2 - box["x"]) / box["width"]
    assert place == pytest.approx(0.6, abs=0.005)
