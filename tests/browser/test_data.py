"""The data tab as a person meets it: questions to leaf through, the card's tables, the recipe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.scripted_app import scripted_engine, serve
from workbench.questions import load_questions
from workbench.questions.open_questions import load_open_questions

QUESTIONS = load_questions("krx-mcqa").questions
HARD = sum(question.difficulty == "hard" for question in QUESTIONS)
OPEN = load_open_questions("krx-qa").questions
FIRST = f"text={len(QUESTIONS)}문항 가운데 1번째"
CARD = "#question-browser article"
PLACE = f"{CARD} header p"


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    app, address = serve(scripted_engine, tmp_path_factory.mktemp("data") / "store.sqlite")
    yield address
    app.close(verbose=False)


def wait_for_address(page, part: str) -> None:
    page.wait_for_function("part => location.search.includes(part)", arg=part)


def choose(page, name: str) -> None:
    page.click("#question-set input")
    page.click(f"ul[role=listbox] li:has-text('{name}') >> nth=0")


def test_one_question_stands_beside_its_list(address, visit) -> None:
    page = visit(address)
    page.click("button[role=tab] >> text=데이터")
    page.wait_for_selector(f"{PLACE} >> {FIRST}")
    assert page.locator("#question-browser .list li").count() == 20
    wait_for_address(page, "set=krx-mcqa")


def test_the_answer_is_shown_when_it_is_asked_for(address, visit) -> None:
    page = visit(f"{address}?tab=data")
    page.wait_for_selector(CARD)
    assert not page.locator(f"{CARD} .answer .text").is_visible()
    page.click(f"{CARD} .answer summary")
    page.wait_for_selector(f"{CARD} .answer .text", state="visible")
    page.click(f"{CARD} [data-key=ArrowRight]")
    page.wait_for_selector(f"{PLACE} >> text=2번째")
    page.wait_for_selector(f"{CARD} .answer .text", state="hidden")


def test_arrow_keys_leaf_through_and_the_address_follows(address, visit) -> None:
    page = visit(f"{address}?tab=data")
    page.wait_for_selector(CARD)
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"{PLACE} >> text=2번째")
    wait_for_address(page, f"question={QUESTIONS[1].id}")
    page.reload()
    page.wait_for_selector(f"{PLACE} >> text=2번째")


def test_filters_narrow_and_can_be_cleared(address, visit) -> None:
    page = visit(f"{address}?tab=data")
    page.click("#question-browser .chip >> text=어려움")
    page.wait_for_selector(f"{PLACE} >> text={HARD}문항")
    page.locator("#question-search textarea, #question-search input").first.fill("없는 낱말입니다")
    page.click("#question-browser .empty button")
    page.wait_for_selector(f"{PLACE} >> {FIRST}")


def test_the_list_turns_page_by_page(address, visit) -> None:
    page = visit(f"{address}?tab=data")
    page.click("#question-browser .pages button >> nth=1")
    page.wait_for_selector(f"{PLACE} >> text=21번째")
    page.wait_for_selector(f"#question-browser .pages >> text=2/{-(-len(QUESTIONS) // 20)}쪽")


def test_another_set_brings_its_own_questions_and_card(address, visit) -> None:
    page = visit(f"{address}?tab=data")
    page.wait_for_selector(CARD)
    choose(page, "krx-qa")
    page.wait_for_selector(f"{PLACE} >> text={len(OPEN)}문항")
    page.click(f"{CARD} .answer summary")
    page.wait_for_selector("text=온전한 답이 말해야 할 것")
    page.click("#set-card > button")
    page.wait_for_selector("#set-card-text h1 >> text=krx-qa")
    wait_for_address(page, "set=krx-qa")


def test_fresh_questions_come_from_a_seed(address, visit) -> None:
    page = visit(f"{address}?tab=data&set=krx-fresh&seed=5")
    page.wait_for_selector(f"{CARD} dd >> text=krx-fresh-5-")
    seed = page.locator("#fresh-seed input")
    seed.fill("6")
    seed.press("Enter")
    page.wait_for_selector(f"{CARD} dd >> text=krx-fresh-6-")
    wait_for_address(page, "seed=6")


def test_sections_are_in_the_address(address, visit, screenshots) -> None:
    page = visit(f"{address}?tab=data&section=sources")
    page.wait_for_selector("#training-data del >> text=199,998,931")
    page.wait_for_selector("#training-data ins >> text=19,998,931")
    page.screenshot(path=screenshots / "data-sources.png", full_page=True)
    page.click("#data-recipe-button")
    page.wait_for_selector("#training-recipe .defects", state="visible")
    wait_for_address(page, "section=recipe")
    page.click("#data-demo-button")
    page.wait_for_selector("#demo-card h1", state="visible")
    wait_for_address(page, "section=demo")


def test_an_address_that_names_nothing_shows_the_first_set(address, visit) -> None:
    page = visit(f"{address}?tab=data&section=x&set=../../etc/passwd&question=x&seed=-1")
    page.wait_for_selector(f"{PLACE} >> {FIRST}")


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_nothing_sticks_out_at_any_size(
    address, visit, screenshots, locale, scheme, width, height
) -> None:
    page = visit(f"{address}?tab=data", locale=locale, width=width, height=height, scheme=scheme)
    page.wait_for_selector(CARD)
    name = f"data-{locale[:2]}-{width}-{scheme}"
    page.screenshot(path=screenshots / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width
