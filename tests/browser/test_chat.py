"""The chat as a person meets it: a real browser on a scripted engine."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from tests.browser.chatting import (
    FOOTER,
    LAST_ANSWER,
    QUESTION,
    ask,
    chat_server,
    fresh,
    questions_asked,
    wait_for_answer,
)
from tests.browser.scripted_app import ANSWER, scripted_engine, serve
from workbench.engines.base import Engine
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, ScriptedEngine]]:
    with chat_server(tmp_path_factory.mktemp("chat")) as served:
        yield served


@pytest.fixture
def address(server: tuple[str, ScriptedEngine]) -> str:
    return server[0]


@pytest.fixture
def engine(server: tuple[str, ScriptedEngine]) -> ScriptedEngine:
    return fresh(server[1])


# ── asking and answering ─────────────────────────────────────────────────────────────────────


def test_an_answer_grows_while_it_is_written(address, engine, visit) -> None:
    engine.fallback = ANSWER
    page = visit(address)
    ask(page)
    page.wait_for_selector("text=가지고 있지")
    early = len(page.inner_text(LAST_ANSWER))
    page.wait_for_selector("text=증권사에서")
    later = len(page.inner_text(LAST_ANSWER))
    whole = wait_for_answer(page)
    assert early < later < len(whole)
    assert "주가가 오르면 손실에 한도가 없습니다." in whole


def test_what_an_answer_took_stands_under_it(address, engine, visit) -> None:
    engine.fallback = "空賣渡는 공매도입니다."
    page = visit(address)
    ask(page)
    wait_for_answer(page)
    footer = page.inner_text(FOOTER)
    assert "토큰/초" in footer
    assert "첫 토큰" in footer
    assert "한자 3자" in footer


def test_an_answer_names_the_side_that_gave_it(address, engine, visit) -> None:
    page = visit(address)
    ask(page)
    assert "◆ 튜닝" in wait_for_answer(page)
    page.check("#variant input[value=vanilla]")
    ask(page)
    page.wait_for_selector("#conversation .bot >> nth=1")
    assert "◇ 바닐라" in wait_for_answer(page)
    assert [call.variant for call in engine.history] == ["tuned", "vanilla"]


def test_the_second_question_brings_the_first_along(address, engine, visit) -> None:
    page = visit(address)
    ask(page, "첫째 질문")
    wait_for_answer(page)
    ask(page, "둘째 질문")
    page.wait_for_selector("#conversation .bot >> nth=1")
    wait_for_answer(page)
    sent = questions_asked(engine)[1]
    assert sent.index("첫째 질문") < sent.index("짧은 답입니다.") < sent.index("둘째 질문")


def test_native_sends_the_question_alone_and_says_so(address, engine, visit) -> None:
    page = visit(address)
    ask(page, "첫째 질문")
    wait_for_answer(page)
    page.check("#style input[value=native]")
    page.wait_for_selector("text=지금 질문만 보냅니다")
    ask(page, "둘째 질문")
    page.wait_for_selector("#conversation .bot >> nth=1")
    wait_for_answer(page)
    assert questions_asked(engine)[1] == "### 질문: 둘째 질문\n### 정답:"


def test_an_example_is_asked_with_one_click(address, engine, visit) -> None:
    page = visit(address)
    page.click("#conversation .example >> text=유상증자란")
    wait_for_answer(page)
    assert "유상증자란 무엇인가요?" in questions_asked(engine)[0]


def test_nothing_is_asked_with_an_empty_box(address, engine, visit) -> None:
    page = visit(address)
    ask(page, "   ")
    page.click("#send")
    page.wait_for_timeout(500)
    assert page.locator("#conversation .bot").count() == 0
    assert engine.history == []


def test_enter_that_confirms_a_korean_syllable_does_not_send(address, engine, visit) -> None:
    page = visit(address)
    page.fill("#question textarea", "공매도")
    page.eval_on_selector(
        "#question textarea",
        """box => box.dispatchEvent(new KeyboardEvent("keydown",
             {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))""",
    )
    page.wait_for_timeout(500)
    assert page.input_value("#question textarea") == "공매도"
    assert engine.history == []


def test_enter_during_an_answer_waits_for_its_end(address, engine, visit) -> None:
    engine.fallback = "가나다라" * 20
    page = visit(address)
    ask(page, "첫째 질문")
    page.wait_for_selector("text=가나다라")
    ask(page, "둘째 질문")
    wait_for_answer(page)
    assert page.input_value("#question textarea") == "둘째 질문"
    assert len(engine.history) == 1


def test_a_second_reader_waits_for_the_first_and_is_told_so(address, engine, visit) -> None:
    engine.fallback = "가나다라" * 30
    first, second = visit(address), visit(address)
    ask(first, "첫째 질문")
    first.wait_for_selector("text=가나다라")
    ask(second, "둘째 질문")
    second.wait_for_selector("text=차례를 기다리고 있습니다")
    assert "가나다라" in wait_for_answer(second)


def test_the_settings_reach_the_engine(address, engine, visit) -> None:
    page = visit(address)
    page.click("#settings > button")
    for place, value in (("textarea", "짧게 답합니다."), ("input[type=number] >> nth=-1", "7")):
        field = page.locator(f"#settings {place}")
        field.wait_for(state="visible")
        field.click()
        field.fill(value)
        field.blur()
    ask(page)
    wait_for_answer(page)
    assert "<system>짧게 답합니다." in questions_asked(engine)[0]
    assert engine.history[0].sampling.seed == 7


# ── stopping and going back ──────────────────────────────────────────────────────────────────


def test_stop_ends_the_answer_and_the_engine(address, engine, visit) -> None:
    engine.fallback, engine.seconds_per_token = "가" * 2000, 0.02
    page = visit(address)
    ask(page)
    page.wait_for_selector("text=가가가")
    page.click("#stop")
    assert engine.cancelled.wait(5)
    assert "■ 중지함" in wait_for_answer(page)


def test_closing_the_page_stops_the_engine(address, engine, visit) -> None:
    engine.fallback, engine.seconds_per_token = "가" * 2000, 0.02
    page = visit(address)
    ask(page)
    page.wait_for_selector("text=가가가")
    page.close()
    assert engine.cancelled.wait(10)


def test_retry_asks_the_same_again_in_place(address, engine, visit) -> None:
    page = visit(address)
    ask(page)
    wait_for_answer(page)
    engine.fallback = "다른 답입니다."
    page.click("button[aria-label='다시 시도']")
    page.wait_for_selector("text=다른 답입니다.")
    wait_for_answer(page)
    assert page.locator("#conversation .bot").count() == 1
    assert questions_asked(engine)[0] == questions_asked(engine)[1]


def test_an_edited_question_is_asked_instead(address, engine, visit) -> None:
    page = visit(address)
    ask(page, "첫째 질문")
    wait_for_answer(page)
    page.click("button[aria-label='편집']")
    page.fill("#conversation textarea", "고친 질문")
    page.click("button[aria-label='제출']")
    page.wait_for_selector("#stop", state="visible")
    wait_for_answer(page)
    assert page.locator("#conversation .bot").count() == 1
    assert "고친 질문" in questions_asked(engine)[1]
    assert "첫째 질문" not in questions_asked(engine)[1]


def test_undo_puts_the_question_back_into_the_box(address, engine, visit) -> None:
    page = visit(address)
    ask(page)
    wait_for_answer(page)
    page.click("button[aria-label='실행 취소']")
    page.wait_for_selector("#conversation .example")
    assert page.input_value("#question textarea") == QUESTION


def test_a_new_chat_forgets_the_old_one_even_while_it_answers(address, engine, visit) -> None:
    engine.fallback = "가" * 2000
    page = visit(address)
    ask(page, "첫째 질문")
    page.wait_for_selector("text=가가가")
    page.click("#clear")
    page.wait_for_selector("#conversation .example")
    assert engine.cancelled.wait(5)
    engine.fallback = "짧은 답입니다."
    ask(page, "둘째 질문")
    assert "짧은 답입니다." in wait_for_answer(page)
    assert "첫째 질문" not in questions_asked(engine)[-1]


def test_an_answer_can_be_copied(address, engine, visit) -> None:
    page = visit(address)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page)
    wait_for_answer(page)
    page.click(".message-buttons-left button[aria-label='복사']")
    page.wait_for_selector("button[aria-label='복사했습니다']")
    assert "짧은 답입니다." in page.evaluate("navigator.clipboard.readText()")


# ── errors ───────────────────────────────────────────────────────────────────────────────────


def test_an_error_of_the_engine_is_a_notice_and_loses_no_question(address, engine, visit) -> None:
    engine.fallback = EngineError("CUDA <b>out of memory</b>")
    page = visit(address)
    ask(page)
    page.wait_for_selector("text=모델이 답하지 못했습니다")
    page.wait_for_selector("text=CUDA <b>out of memory</b>")
    page.wait_for_selector("#send", state="visible")
    assert page.input_value("#question textarea") == QUESTION


def test_a_bug_loses_no_question_either(address, engine, visit) -> None:
    engine.fallback = ZeroDivisionError("a bug")
    page = visit(address)
    ask(page)
    while not engine.history:  # until then the box still holds the question that is being sent
        page.wait_for_timeout(50)
    page.wait_for_function("document.querySelector('#question textarea').value !== ''")
    assert page.input_value("#question textarea") == QUESTION
    engine.fallback = "짧은 답입니다."
    page.click("#send")
    assert "짧은 답입니다." in wait_for_answer(page)


def test_a_question_that_is_too_long_is_refused_with_its_count(address, engine, visit) -> None:
    page = visit(address)
    ask(page, "가" * 4000)
    page.wait_for_selector("text=/프롬프트 40\\d\\d토큰/")
    page.wait_for_selector("text=4096토큰을 넘습니다")
    page.wait_for_selector("#send", state="visible")
    assert len(page.input_value("#question textarea")) == 4000


def test_a_hostile_answer_runs_nothing_and_calls_nobody(address, engine, visit) -> None:
    engine.fallback = (
        "<script>window.hacked = 1</script><img src='x' onerror='window.hacked = 1'>"
        "<iframe src='http://198.51.100.1/'></iframe>\n\n"
        "[눌러](javascript:window.hacked=1) ![그림](http://198.51.100.1/pixel.png) **굵게**"
    )
    page = visit(address)
    called = []
    page.on("response", lambda response: called.append(response.url))
    ask(page)
    wait_for_answer(page)
    assert page.inner_text("#conversation .bot strong >> text=굵게") == "굵게"
    assert page.evaluate("window.hacked") is None
    assert page.locator("#conversation [onerror], #conversation iframe").count() == 0
    assert page.locator("#conversation a[href^='javascript']").count() == 0
    assert [url for url in called if not url.startswith(address)] == []


# ── language and screen ──────────────────────────────────────────────────────────────────────


def test_the_page_speaks_the_browsers_language(address, engine, visit) -> None:
    korean, english = visit(address), visit(address, locale="en-US")
    assert korean.inner_text("#send") == "보내기"
    assert "준비됨" in korean.inner_text("#status")
    assert english.inner_text("#send") == "Send"
    assert "Ready" in english.inner_text("#status")
    assert english.get_attribute("html", "lang") == "en"


def test_the_address_overrides_the_browsers_language(address, engine, visit) -> None:
    page = visit(f"{address}?lang=en")
    ask(page)
    assert "◆ Tuned" in wait_for_answer(page)
    assert "tokens/s" in page.inner_text(FOOTER)
    assert page.inner_text("#variant label >> nth=1") == "◇ Vanilla"


def test_the_notice_and_the_badge_are_always_in_sight(address, engine, visit) -> None:
    page = visit(address, width=360, height=740)
    page.click("#settings > button")
    page.wait_for_timeout(300)
    box = page.locator("#notice").bounding_box()
    assert box["y"] + box["height"] <= 740
    assert "투자 권유가 아니" in page.inner_text("#notice")
    assert "not investment advice" in page.inner_text("#notice")
    assert "데모용 초소형 모델" in page.inner_text("#demo-badge")


def test_the_page_fetches_nothing_from_outside(address, engine, visit) -> None:
    page = visit(address)
    called = []
    page.on("request", lambda request: called.append(request.url))
    page.reload()
    page.wait_for_selector("#status .status")
    page.wait_for_timeout(1000)
    assert [url for url in called if not url.startswith((address, "data:", "blob:"))] == []


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (360, 740)])
def test_nothing_sticks_out_at_any_size(
    address, engine, visit, screenshots, locale, scheme, width, height
) -> None:
    engine.fallback, engine.seconds_per_token = ANSWER, 0.002
    page = visit(address, locale=locale, width=width, height=height, scheme=scheme)
    name = f"chat-{locale[:2]}-{width}-{scheme}"
    page.screenshot(path=screenshots / f"{name}-empty.png")
    ask(page)
    wait_for_answer(page)
    page.screenshot(path=screenshots / f"{name}-answer.png")
    assert page.evaluate("document.documentElement.scrollWidth") == width


# ── before the model is there ────────────────────────────────────────────────────────────────


def test_the_page_answers_before_the_model_is_loaded(visit, screenshots, tmp_path) -> None:
    gate, engine = Event(), scripted_engine()

    def open_engine() -> Engine:
        gate.wait(30)
        return engine

    app, address = serve(open_engine, tmp_path / "store.sqlite")
    page = visit(address)
    assert "모델을 불러오는 중" in page.inner_text("#status")
    ask(page)
    page.wait_for_selector("text=준비되는 대로 답합니다")
    page.screenshot(path=screenshots / "chat-loading.png")
    gate.set()
    assert "공매도" in wait_for_answer(page)
    assert "준비됨" in page.inner_text("#status")
    app.close(verbose=False)


def test_a_settled_status_is_not_asked_for_again(address, engine, visit) -> None:
    page = visit(address)
    page.wait_for_selector("#status .status[data-state=ready]")
    page.wait_for_timeout(1000)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert asked == []


def test_a_model_that_cannot_be_opened_says_why(visit, screenshots, tmp_path) -> None:
    def open_engine() -> Engine:
        raise EngineError("'./models/7b' holds no config.json; give --model a model folder")

    app, address = serve(open_engine, tmp_path / "store.sqlite")
    page = visit(address)
    page.wait_for_selector("#status .status[data-state=failed]")
    assert "holds no config.json" in page.inner_text("#status")
    ask(page)
    page.wait_for_selector("text=모델이 열리지 않아 답할 수 없습니다")
    page.screenshot(path=screenshots / "chat-failed.png")
    assert page.input_value("#question textarea") == QUESTION
    app.close(verbose=False)
