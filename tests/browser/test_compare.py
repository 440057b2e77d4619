"""The comparison as a person meets it: run, stopped, gone on with, read, shared, downloaded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.scripted_app import serve
from tests.workbench.sittings import exam, sit
from workbench.engines.scripted import ScriptedEngine
from workbench.questions import load_questions
from workbench.schema import QuestionSet
from workbench.store import Store

HELDOUT = load_questions("demo-heldout")
HOSTILE = "<img src=x onerror='window.hacked = 1'><script>window.hacked = 1</script>${1 + 1}{{7}}"
SLOW = 60_000  # an evaluation on a machine that has much else to do


def letters(questions: QuestionSet, rights: str) -> str:
    """'x' in `rights`, which is repeated, is a wrong answer."""
    return "".join(
        each.answer if rights[i % len(rights)] == "o" else each.letters[each.answer == "A"]
        for i, each in enumerate(questions.questions)
    )


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """Two finished runs over the held-out set, and two over a hostile one, by name."""
    path = tmp_path_factory.mktemp("compare") / "store.sqlite"
    hostile = exam(3, name=HOSTILE, category=[HOSTILE] * 3)
    demo = {"model": "scripted", "demo": True}
    with Store(path) as store:
        runs = {
            "vanilla": sit(store, HELDOUT, letters(HELDOUT, "oxxox"), variant="vanilla", **demo),
            "tuned": sit(store, HELDOUT, letters(HELDOUT, "ooxoo"), **demo),
            "loglik": sit(store, HELDOUT, letters(HELDOUT, "ooxxo"), method="loglik", **demo),
            "hostile_vanilla": sit(store, hostile, "ABA", variant="vanilla", **demo),
            "hostile_tuned": sit(store, hostile, "AA-", **demo),
        }
    return path, {name: run.id for name, run in runs.items()}


@pytest.fixture(scope="module")
def address(stored) -> Iterator[str]:
    app, address = serve(lambda: ScriptedEngine(demo=True), stored[0])
    yield f"{address}?tab=compare"
    app.close(verbose=False)


@pytest.fixture
def fresh(tmp_path) -> Iterator[tuple[str, ScriptedEngine]]:
    """The page on an empty store, and its engine."""
    engine = ScriptedEngine(demo=True, fallback="정답은 A 입니다.")
    app, address = serve(lambda: engine, tmp_path / "store.sqlite")
    yield f"{address}?tab=compare", engine
    app.close(verbose=False)


def wait_for_result(page) -> None:
    page.wait_for_selector("#compare-result .verdict h2", timeout=SLOW)
    page.wait_for_selector("#compare-beneath .caveats", timeout=SLOW)


def in_address(page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def wait_for_address(page, part: str) -> None:
    page.wait_for_function("part => location.search.includes(part)", arg=part)


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def test_it_opens_on_the_loaded_pair_and_its_own_set(address, stored, visit, screenshots) -> None:
    page = visit(address)
    wait_for_result(page)
    ids = stored[1]
    wait_for_address(page, f"a={ids['vanilla']}&b={ids['tuned']}")
    assert "튜닝(데모) 쪽이 ◇" in page.inner_text(".verdict h2").replace("\xa0", " ")
    assert "demo-heldout" in page.inner_text(".verdict .facts")
    page.screenshot(path=screenshots / "compare-ko.png", full_page=True)


@pytest.mark.parametrize(
    ("name", "look"),
    [
        ("dark", {"scheme": "dark"}),
        ("phone", {"width": 390, "height": 844}),
        ("en", {"locale": "en-US"}),
    ],
)
def test_it_can_be_read_everywhere(address, visit, screenshots, name, look) -> None:
    page = visit(address, **look)
    wait_for_result(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(".verdict .numbers dd").count() == 4
    page.screenshot(path=screenshots / f"compare-{name}.png", full_page=True)


def test_a_cell_of_the_square_lists_its_questions(address, visit) -> None:
    page = visit(address)
    wait_for_result(page)
    page.click("[data-value=only_b]")
    page.wait_for_selector("#question-list")
    assert "튜닝(데모) 쪽만 맞힌 문항" in page.inner_text("#question-list h3").replace("\xa0", " ")
    assert page.locator(".asked > li").count() == 20
    wait_for_address(page, "outcome=only_b")


def test_questions_are_paged_on_the_server(address, visit) -> None:
    page = visit(f"{address}&outcome=both_right")
    wait_for_result(page)
    page.click("[data-value=both_right]")
    first = page.inner_text(".asked .stem >> nth=0")
    page.click(".pages button >> nth=1")
    wait_for_address(page, "page=2")
    page.wait_for_function(
        "first => document.querySelector('.asked .stem').innerText !== first", arg=first
    )


def test_a_question_shows_both_answers_and_opens_in_the_exam_card(
    address, visit, screenshots
) -> None:
    page = visit(address)
    wait_for_result(page)
    page.click("[data-value=only_b]")
    page.click(".asked .question >> nth=0")
    page.wait_for_selector(".detail .told.tuned")
    stem = page.inner_text(".asked .open .stem")
    page.screenshot(path=screenshots / "compare-question.png")
    page.click("[data-act=exam]")
    page.wait_for_selector("#exam-tab", state="visible")
    page.wait_for_function(
        "stem => document.querySelector('#exam-tab').innerText.includes(stem)", arg=stem
    )


def test_an_address_opens_what_it_says(address, stored, visit) -> None:
    ids = stored[1]
    page = visit(f"{address}&a={ids['vanilla']}&b={ids['tuned']}&outcome=both_wrong&question=2")
    page.wait_for_selector(".asked .open .detail", timeout=SLOW)
    assert in_address(page)["outcome"] == "both_wrong"


def test_a_set_that_the_pair_was_not_taught_says_so(address, visit) -> None:
    page = visit(address)
    wait_for_result(page)
    page.click("#compare-set input")
    page.click("[role=option] >> text=krx-mcqa (")
    page.wait_for_selector("#compare-result .caution >> text=우연 수준")
    page.wait_for_selector("text=아직 이 문제집의 결과가 없습니다")


def test_unlike_runs_are_compared_only_on_purpose(address, stored, visit, screenshots) -> None:
    ids = stored[1]
    page = visit(f"{address}&a={ids['vanilla']}&b={ids['loglik']}")
    page.wait_for_selector(".refused >> text=비교할 수 없습니다")
    page.screenshot(path=screenshots / "compare-refused.png")
    page.click("[data-act=varying]")
    wait_for_result(page)
    wait_for_address(page, "varying=method")


def test_a_run_that_is_not_there_is_told(address, stored, visit) -> None:
    page = visit(f"{address}&a={stored[1]['vanilla']}&b=nothing")
    page.wait_for_selector(".refused >> text=unknown run 'nothing'")


def test_two_stored_runs_are_chosen_and_compared(address, stored, visit) -> None:
    page = visit(address)
    wait_for_result(page)
    page.click("#compare-stored > button")
    page.click("#compare-a input")
    page.click("[role=option] >> nth=-1")
    page.click("#compare-b input")
    page.wait_for_function("document.querySelectorAll('[role=option]').length === 2")
    page.click("[role=option] >> nth=-1")
    page.click("#compare-chosen")
    wait_for_address(page, f"a={stored[1]['vanilla']}&b={stored[1]['tuned']}")


def test_a_hostile_question_runs_nothing(address, stored, visit) -> None:
    ids = stored[1]
    page = visit(
        f"{address}&a={ids['hostile_vanilla']}&b={ids['hostile_tuned']}"
        "&outcome=both_right&question=0"
    )
    page.wait_for_selector(".asked .open .detail", timeout=SLOW)
    wait_for_result(page)
    assert HOSTILE in page.inner_text(".asked .open .stem")
    assert page.evaluate("window.hacked") is None


def test_the_report_is_downloaded(address, stored, visit) -> None:
    page = visit(address)
    wait_for_result(page)
    with page.expect_download(timeout=SLOW) as download:
        page.click("#compare-report")
    ids = stored[1]
    assert download.value.suggested_filename == f"report-{ids['vanilla']}-{ids['tuned']}.html"
    assert "<!doctype html>" in Path(download.value.path()).read_text("utf-8")


def test_every_statistic_explains_itself(address, visit) -> None:
    page = visit(address)
    wait_for_result(page)
    reasons = page.eval_on_selector_all(".why", "marks => marks.map((mark) => mark.title)")
    assert len(reasons) >= 7
    assert all(re.fullmatch(r".{15,}다\.", reason) for reason in reasons)


# ── evaluating ───────────────────────────────────────────────────────────────────────────────


def ask_a_few(page, n: int) -> None:
    page.wait_for_selector("#compare-result .empty", timeout=SLOW)
    page.fill("#compare-limit input", str(n))
    page.press("#compare-limit input", "Tab")
    page.click("#compare-run")


def test_an_evaluation_runs_to_its_verdict(fresh, visit, screenshots) -> None:
    page = visit(fresh[0])
    page.wait_for_selector("text=아직 이 문제집의 결과가 없습니다")
    page.screenshot(path=screenshots / "compare-empty.png")
    ask_a_few(page, 40)
    wait_for_result(page)
    assert "40문항" in page.inner_text(".verdict .facts")
    assert len(fresh[1].history) == 80


def test_a_stopped_evaluation_is_gone_on_with_after_a_reload(fresh, visit, screenshots) -> None:
    address, engine = fresh
    engine.seconds_per_token = 0.004
    page = visit(address)
    ask_a_few(page, 100)
    page.wait_for_selector(".job[data-state=running] .facts >> text=남음", timeout=SLOW)
    page.screenshot(path=screenshots / "compare-running.png")
    page.reload()
    page.wait_for_selector(".job[data-state=running]", timeout=SLOW)
    page.click("#compare-cancel")
    page.wait_for_selector(".job[data-state=cancelled]", timeout=SLOW)
    page.reload()
    page.wait_for_selector("text=끝내지 못한 평가가 있습니다", timeout=SLOW)
    engine.seconds_per_token = 0.0
    page.click("#compare-resume")
    wait_for_result(page)
    assert len(engine.history) == 200


def test_nothing_chosen_is_said(fresh, visit) -> None:
    page = visit(fresh[0])
    page.wait_for_selector("#compare-result .empty", timeout=SLOW)
    page.uncheck("#compare-methods input >> nth=0")
    page.click("#compare-run")
    page.wait_for_selector("#compare-progress >> text=하나 이상 골라 주세요")


def upload(page, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#compare-upload")
    chooser.value.set_files(file)


def test_a_file_with_faults_is_refused_with_all_of_them(fresh, visit, tmp_path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"question": "?", "options": ["가", "나"], "answer": "F"}', "utf-8")
    page = visit(fresh[0])
    page.wait_for_selector("#compare-result .empty", timeout=SLOW)
    upload(page, file)
    page.wait_for_selector("#compare-progress >> text=answer 'F'")


def test_a_file_of_ones_own_is_evaluated(fresh, visit, tmp_path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(
        "\n".join(
            f'{{"question": "{n}번: 국가가 발행하는 채권은?", '
            '"options": ["국채", "회사채"], "answer": "A"}'
            for n in range(8)
        ),
        "utf-8",
    )
    page = visit(fresh[0])
    page.wait_for_selector("#compare-result .empty", timeout=SLOW)
    upload(page, file)
    page.wait_for_function("document.querySelector('#compare-set input').value.startsWith('mine')")
    page.click("#compare-run")
    wait_for_result(page)
    assert "mine" in page.inner_text(".verdict .facts")
    page.wait_for_selector(".caution")
