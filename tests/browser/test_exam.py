"""The exam card as a person meets it: a real browser on a scripted engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from tests.browser.scripted_app import scripted_engine, serve
from workbench.engines.base import Engine
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError

PASTED = "채권의 이자를 부르는 말은?\n① 배당 ② 쿠폰 ③ 할인 ④ 증거금 ⑤ 환매\n정답: ②"
SOLUTION = " 채권은 정해진 날에 이자를 주고, 그 이자를 쿠폰이라 한다. 따라서 정답은 B 입니다."
SHEET = "#exam-sheet"
AT_REST = "#exam-score:not([disabled])"
BADLY = [
    "<img src=x onerror='window.hacked=1'>",
    "${window.hacked=1} {{constructor.constructor('window.hacked=1')()}} `${window.hacked=1}`",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, ScriptedEngine]]:
    engine = scripted_engine()
    app, address = serve(lambda: engine, tmp_path_factory.mktemp("exam") / "store.sqlite")
    yield address, engine
    app.close(verbose=False)


@pytest.fixture
def address(server: tuple[str, ScriptedEngine]) -> str:
    return f"{server[0]}?tab=exam"


@pytest.fixture
def engine(server: tuple[str, ScriptedEngine]) -> ScriptedEngine:
    """The engine behind the page, as if nobody had asked it anything."""
    engine = server[1]
    engine.history.clear()
    engine.cancelled.clear()
    engine.fallback, engine.seconds_per_token = SOLUTION, 0.002
    return engine


def paste(page, text: str = PASTED) -> None:
    page.wait_for_selector(f"{SHEET} .exam")
    page.click("#exam-from button[role=tab] >> nth=1")
    page.fill("#exam-pasted textarea", text)
    page.click("#exam-make")


def show_a_card(page, text: str = PASTED) -> None:
    paste(page, text)
    page.wait_for_selector(f"{SHEET} .card")
    page.wait_for_selector(AT_REST)


def work(page, button: str, sign: str) -> None:
    """Press a button and wait until its work is done and its results are there."""
    page.wait_for_selector(f"{button}:not([disabled])")
    page.click(button)
    page.wait_for_selector(sign)
    page.wait_for_selector("#exam-stop", state="hidden")
    page.wait_for_selector(AT_REST)


def score(page) -> None:
    work(page, "#exam-score", f"{SHEET} .choices .vanilla .pick >> nth=1")


def open_corrections(page) -> None:
    page.click("#exam-correct > button")
    page.wait_for_selector("#exam-stem textarea", state="visible")


# ── a card ───────────────────────────────────────────────────────────────────────────────────


def test_a_pasted_question_becomes_a_card_and_is_scored_in_both_styles(
    address, engine, visit
) -> None:
    page = visit(address)
    show_a_card(page)
    assert page.inner_text(f"{SHEET} .stem") == "채권의 이자를 부르는 말은?"
    assert page.locator(f"{SHEET} .option").count() == 5
    score(page)
    assert page.locator(f"{SHEET} .odds").count() == 5 * 2 * 2
    assert page.locator(f"{SHEET} .odds.chosen").count() == 4
    assert {(call.kind, call.variant) for call in engine.history} == {
        ("score_options", "tuned"),
        ("score_options", "vanilla"),
    }


def test_right_and_wrong_appear_with_the_answer(address, engine, visit) -> None:
    page = visit(address)
    show_a_card(page)
    score(page)
    assert page.locator(f"{SHEET} .verdict").count() == 0
    page.click("#exam-reveal")
    page.wait_for_selector(f"{SHEET} .option.right >> text=쿠폰")
    assert page.locator(f"{SHEET} .verdict").count() == 4
    page.wait_for_selector("#exam-reveal >> text=정답 가리기")
    page.click("#exam-reveal")
    page.wait_for_selector(f"{SHEET} .verdict", state="detached")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "글이 없습니다"),
        ("안녕하세요", "선택지를 찾지 못했습니다"),
        ("값은?\nA. 하나\nB. 둘\n정답: F", "선택지 A~B에 없습니다"),
    ],
)
def test_a_text_that_is_no_question_says_why_and_stays(address, engine, visit, text, said) -> None:
    page = visit(address)
    paste(page, text)
    page.wait_for_selector(f"#exam-paste-note .fault >> text={said}")
    assert page.input_value("#exam-pasted textarea") == text


def test_of_several_pasted_questions_the_first_is_taken_and_that_is_said(
    address, engine, visit
) -> None:
    page = visit(address)
    show_a_card(page, "1. 첫째는?\n① 가 ② 나\n\n2. 둘째는?\n① 다 ② 라")
    page.wait_for_selector("#exam-paste-note >> text=문제 2개가 보입니다")
    assert page.inner_text(f"{SHEET} .stem") == "첫째는?"


def test_a_card_is_corrected_by_hand(address, engine, visit) -> None:
    page = visit(address)
    show_a_card(page)
    score(page)
    open_corrections(page)
    assert page.input_value("#exam-options textarea").split("\n")[1] == "쿠폰"
    page.fill("#exam-stem textarea", "고친 질문은?")
    page.locator("#exam-stem textarea").blur()
    page.wait_for_selector(f"{SHEET} .stem >> text=고친 질문은?")
    assert page.locator(f"{SHEET} .odds").count() == 0  # those belong to another question
    page.check("#exam-answer input[value=D]")
    page.click("#exam-reveal")
    page.wait_for_selector(f"{SHEET} .option.right >> text=증거금")
    score(page)
    assert "고친 질문은?" in engine.history[-1].rendered


def test_a_correction_that_cannot_be_asked_says_why(address, engine, visit) -> None:
    page = visit(address)
    show_a_card(page)
    open_corrections(page)
    page.fill("#exam-options textarea", "하나뿐")
    page.locator("#exam-options textarea").blur()
    page.wait_for_selector("#exam-correction-note >> text=선택지가 1개입니다")


def test_an_unknown_answer_is_said_and_judges_nobody(address, engine, visit) -> None:
    page = visit(address)
    show_a_card(page, PASTED.replace("정답: ②", ""))
    score(page)
    page.click("#exam-reveal")
    page.wait_for_selector("text=정답을 모르는 문제입니다")
    assert page.locator(f"{SHEET} .verdict").count() == 0


# ── sets ─────────────────────────────────────────────────────────────────────────────────────


def test_a_set_is_leafed_through_by_button_and_by_key(address, engine, visit) -> None:
    page = visit(address)
    page.click(f"{SHEET} [data-act=first]")
    page.wait_for_selector(f"{SHEET} .facts >> text=/^1 \\/ /")
    page.click("#exam-next")
    page.wait_for_selector(f"{SHEET} .facts >> text=/^2 \\/ /")
    page.keyboard.press("n")
    page.wait_for_selector(f"{SHEET} .facts >> text=/^3 \\/ /")
    page.click("#exam-previous")
    page.wait_for_selector(f"{SHEET} .facts >> text=/^2 \\/ /")
    page.click("#exam-random")
    page.wait_for_selector(f"{SHEET} .facts:not(:has-text('2 / '))")


def test_a_letter_that_is_typed_turns_no_card(address, engine, visit) -> None:
    page = visit(address)
    show_a_card(page)
    page.focus("#exam-pasted textarea")
    page.keyboard.type("n")
    page.wait_for_function("document.querySelector('#exam-pasted textarea').value.endsWith('n')")
    assert "채권의 이자" in page.inner_text(f"{SHEET} .stem")


def test_the_address_names_the_card_and_opens_it(address, engine, visit) -> None:
    page = visit(f"{address}&question=krx-mcqa-0007")
    page.wait_for_selector(f"{SHEET} .facts >> text=krx-mcqa-0007")
    page.wait_for_selector(AT_REST)
    page.click("#exam-next")
    page.wait_for_selector(f"{SHEET} .facts >> text=krx-mcqa-0008")
    page.wait_for_url("**question=krx-mcqa-0008*")
    page.reload()
    page.wait_for_selector(f"{SHEET} .facts >> text=krx-mcqa-0008")


def test_an_address_of_no_question_says_so(address, engine, visit) -> None:
    page = visit(f"{address}&question=%3Cb%3Enothing")
    page.wait_for_selector(f"{SHEET} .fault >> text=<b>nothing")
    page.wait_for_selector(f"{SHEET} .empty")


def test_fresh_questions_can_be_sent_to_somebody(address, engine, visit) -> None:
    page = visit(address)
    page.wait_for_selector(f"{SHEET} .empty")
    page.click("#exam-fresh")
    page.wait_for_selector(f"{SHEET} .facts >> text=krx-fresh-")
    page.wait_for_url("**question=krx-fresh-*")
    stem = page.inner_text(f"{SHEET} .stem")
    other = visit(page.url)
    other.wait_for_selector(f"{SHEET} .facts >> text=krx-fresh-")
    assert other.inner_text(f"{SHEET} .stem") == stem


def test_a_file_of_ones_own_is_leafed_through(address, engine, visit, tmp_path: Path) -> None:
    own = [
        {"id": f"q{n}", "question": f"{n}번째는?", "options": ["가", "나"], "answer": "A"}
        for n in (1, 2)
    ]
    file = tmp_path / "내 문제.jsonl"
    file.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in own), "utf-8")
    page = visit(address)
    page.wait_for_selector(f"{SHEET} .empty")
    page.set_input_files("#exam-sources input[type=file]", file)
    page.wait_for_selector(f"{SHEET} .stem >> text=1번째는?")
    page.click("#exam-next")
    page.wait_for_selector(f"{SHEET} .stem >> text=2번째는?")
    assert "question=" not in page.url  # nobody else has this file


def test_a_file_with_faults_is_refused_with_each_of_them(address, engine, visit, tmp_path) -> None:
    file = tmp_path / "broken.jsonl"
    file.write_text('{"question": "값은?", "options": ["<b>가", "나"], "answer": "F"}\n{', "utf-8")
    page = visit(address)
    page.wait_for_selector(f"{SHEET} .empty")
    page.set_input_files("#exam-sources input[type=file]", file)
    page.wait_for_selector("#exam-library-note >> text=이 파일은 읽을 수 없습니다")
    note = page.inner_text("#exam-library-note")
    assert "line 1" in note
    assert "line 2" in note
    assert str(tmp_path) not in note


# ── rotations and solutions ──────────────────────────────────────────────────────────────────


def test_rotating_shows_what_each_side_follows(address, engine, visit) -> None:
    page = visit(address)
    show_a_card(page)
    work(page, "#exam-rotate", ".rotations tbody tr >> nth=3")
    assert page.locator(".rotations .sums li").count() == 4
    assert page.locator(".rotations tbody td").count() == 4 * 5
    assert page.inner_text(".rotations .sums b >> nth=0") in {f"{n}/5" for n in range(1, 6)}
    assert len(engine.history) == 4 * 5


def test_a_solution_is_written_and_its_letter_marked(address, engine, visit) -> None:
    page = visit(address)
    show_a_card(page)
    work(page, "#exam-solve", ".solutions .vanilla mark")
    assert page.locator(".solutions mark").all_inner_texts() == ["B", "B"]
    assert "결론 문장에서 읽음" in page.inner_text(".solutions footer >> nth=0")
    page.click("#exam-reveal")
    page.wait_for_selector(".solutions .verdict.right >> nth=1")


def test_a_solution_without_an_answer_says_why(address, engine, visit) -> None:
    engine.fallback = "잘 모르겠습니다."
    page = visit(address)
    show_a_card(page)
    work(page, "#exam-solve", ".solutions footer b")
    assert "어느 선택지도 답이라고" in page.inner_text(".solutions footer >> nth=0")


def test_stop_ends_the_writing_and_the_engine(address, engine, visit) -> None:
    engine.fallback, engine.seconds_per_token = "가" * 240, 0.05
    page = visit(address)
    show_a_card(page)
    page.click("#exam-solve")
    page.wait_for_selector(".solutions .text >> text=가가가")
    page.click("#exam-stop")
    assert engine.cancelled.wait(10)
    page.wait_for_selector(".solutions footer >> text=중지함")
    page.wait_for_selector(AT_REST)


def test_another_card_ends_the_work_on_the_one_before(address, engine, visit) -> None:
    engine.fallback, engine.seconds_per_token = "가" * 240, 0.05
    page = visit(f"{address}&question=krx-mcqa-0001")
    page.wait_for_selector(AT_REST)
    page.click("#exam-solve")
    page.wait_for_selector(".solutions .text >> text=가가가")
    page.click("#exam-next")
    assert engine.cancelled.wait(10)
    page.wait_for_selector(f"{SHEET} .facts >> text=krx-mcqa-0002")
    page.wait_for_selector(".solutions", state="detached")
    page.wait_for_selector(AT_REST)


def test_closing_the_page_stops_the_engine(address, engine, visit) -> None:
    engine.fallback, engine.seconds_per_token = "가" * 240, 0.05
    page = visit(address)
    show_a_card(page)
    page.click("#exam-solve")
    page.wait_for_selector(".solutions .text >> text=가가가")
    page.close()
    assert engine.cancelled.wait(10)


# ── errors and hostility ─────────────────────────────────────────────────────────────────────


def test_an_error_of_the_engine_is_a_notice_and_the_card_stays(address, engine, visit) -> None:
    engine.fallback = EngineError("CUDA <b>out of memory</b>")
    page = visit(address)
    show_a_card(page)
    page.click("#exam-solve")
    page.wait_for_selector("text=CUDA <b>out of memory</b>")
    page.wait_for_selector(AT_REST)
    engine.fallback = SOLUTION
    work(page, "#exam-solve", ".solutions .vanilla mark")


def test_a_question_too_long_for_the_model_is_refused_with_its_count(
    address, engine, visit
) -> None:
    page = visit(address)
    show_a_card(page, f"{'가' * 5000}은?\nA. 하나\nB. 둘")
    page.click("#exam-score")
    page.wait_for_selector("text=4096토큰을 넘습니다")
    page.wait_for_selector(AT_REST)


def test_a_hostile_question_and_solution_run_nothing(address, engine, visit) -> None:
    engine.fallback = f"정답은 A입니다. {' '.join(BADLY)}"
    page = visit(address)
    show_a_card(page, f"{' '.join(BADLY)} 은?\nA. {BADLY[0]}\nB. {BADLY[1]}")
    score(page)
    work(page, "#exam-solve", ".solutions .vanilla mark")
    assert "onerror" in page.inner_text(f"{SHEET} .stem")
    assert "{{constructor" in page.inner_text(f"{SHEET} .option >> nth=1")
    assert "${window.hacked=1}" in page.inner_text(".solutions .text >> nth=0")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#exam-tab [onerror]").count() == 0


# ── one side, no engine yet ──────────────────────────────────────────────────────────────────


def test_a_model_alone_has_one_bar_for_each_option(visit, tmp_path) -> None:
    alone = ScriptedEngine(variants=("vanilla",), fallback=SOLUTION)
    app, address = serve(lambda: alone, tmp_path / "store.sqlite")
    page = visit(f"{address}?tab=exam&question=krx-mcqa-0001")
    score(page)
    options = page.locator(f"{SHEET} .option").count()
    assert page.locator(f"{SHEET} .odds").count() == 2 * options
    assert page.locator(f"{SHEET} .odds.tuned").count() == 0
    work(page, "#exam-solve", ".solutions .vanilla mark")
    assert page.locator(".solutions .solution").count() == 1
    app.close(verbose=False)


def test_a_card_waits_for_a_model_that_is_still_loading(visit, screenshots, tmp_path) -> None:
    gate = Event()

    def open_engine() -> Engine:
        gate.wait(60)
        return scripted_engine()

    app, address = serve(open_engine, tmp_path / "store.sqlite")
    page = visit(f"{address}?tab=exam&question=krx-mcqa-0001")
    page.wait_for_selector(AT_REST)
    page.click("#exam-score")
    page.wait_for_selector(f"{SHEET} .work >> text=모델을 불러오는 중입니다")
    page.screenshot(path=screenshots / "exam-loading.png")
    gate.set()
    page.wait_for_selector(f"{SHEET} .choices")
    app.close(verbose=False)


# ── screens ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("locale", "scheme", "width", "height"),
    [
        ("ko-KR", "light", 1440, 900),
        ("en-US", "dark", 1440, 900),
        ("ko-KR", "dark", 390, 844),
        ("en-US", "light", 360, 740),
    ],
)
def test_nothing_sticks_out_at_any_size(
    address, engine, visit, screenshots, locale, scheme, width, height
) -> None:
    page = visit(address, locale=locale, width=width, height=height, scheme=scheme)
    name = f"exam-{locale[:2]}-{width}-{scheme}"
    page.wait_for_selector(f"{SHEET} .empty")
    page.screenshot(path=screenshots / f"{name}-empty.png")
    show_a_card(page)
    score(page)
    work(page, "#exam-rotate", ".rotations tbody tr >> nth=3")
    work(page, "#exam-solve", ".solutions .vanilla mark")
    page.click("#exam-reveal")
    page.wait_for_selector(".solutions .verdict >> nth=1")
    open_corrections(page)
    page.screenshot(path=screenshots / f"{name}-worked.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") == width
