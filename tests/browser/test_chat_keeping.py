"""Around the conversation: kept by the browser, saved and opened, and what the model read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chatting import (
    FOOTER,
    QUESTION,
    ask,
    chat_server,
    choose,
    fresh,
    questions_asked,
    wait_for_answer,
    wait_for_both,
)
from workbench.engines.scripted import ScriptedEngine


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, ScriptedEngine]]:
    with chat_server(tmp_path_factory.mktemp("keeping")) as served:
        yield served


@pytest.fixture
def address(server: tuple[str, ScriptedEngine]) -> str:
    return server[0]


@pytest.fixture
def engine(server: tuple[str, ScriptedEngine]) -> ScriptedEngine:
    return fresh(server[1])


@pytest.fixture
def answered(address, engine, visit):
    """A page on which one question has been answered."""
    page = visit(address)
    ask(page)
    wait_for_answer(page)
    return page


def reload(page) -> None:
    page.reload()
    page.wait_for_selector("#status .status")


def save(page, button: str) -> Path:
    if page.is_hidden(button):
        page.click("#keeping > button")
    page.wait_for_selector(button, state="visible")
    with page.expect_download() as download:
        page.click(button)
    return Path(download.value.path())


def open_file(page, path: Path) -> None:
    if page.is_hidden("#open-json"):
        page.click("#keeping > button")
    page.wait_for_selector("#open-json", state="visible")
    with page.expect_file_chooser() as chooser:
        page.click("#open-json")
    chooser.value.set_files(path)


# ── in the browser ───────────────────────────────────────────────────────────────────────────


def test_a_reload_brings_the_conversation_back_and_it_goes_on(answered, engine) -> None:
    reload(answered)
    answered.wait_for_selector("#conversation >> text=짧은 답입니다.")
    ask(answered, "둘째 질문")
    answered.wait_for_selector("#conversation .bot >> nth=1")
    wait_for_answer(answered)
    assert QUESTION in questions_asked(engine)[1]


def test_a_new_chat_is_forgotten_by_the_browser_too(answered) -> None:
    answered.click("#clear")
    answered.wait_for_selector("#conversation .example")
    reload(answered)
    answered.wait_for_selector("#conversation .example")
    answered.wait_for_timeout(500)
    assert answered.locator("#conversation .bot").count() == 0


def test_answers_that_were_not_voted_on_before_a_reload_are_no_ballot(
    address, engine, visit
) -> None:
    page = visit(address)
    choose(page, "blind")
    ask(page)
    wait_for_both(page)
    reload(page)
    page.wait_for_selector("#conversation-b >> text=짧은 답입니다.")
    assert page.locator(".conversation >> text=◆ 튜닝").count() == 1
    assert page.is_hidden("#ballot")


# ── as a file ────────────────────────────────────────────────────────────────────────────────


def test_a_saved_conversation_is_opened_elsewhere(answered, visit, address, tmp_path) -> None:
    saved = save(answered, "#save-json")
    assert json.loads(saved.read_text("utf-8"))["format"].startswith("krx-workbench/")
    (tmp_path / "chat.json").write_bytes(saved.read_bytes())
    other = visit(address)
    open_file(other, tmp_path / "chat.json")
    other.wait_for_selector("#conversation >> text=짧은 답입니다.")
    assert "토큰/초" in other.inner_text(FOOTER)


def test_a_conversation_is_saved_to_read(answered) -> None:
    text = save(answered, "#save-markdown").read_text("utf-8")
    assert QUESTION in text
    assert "짧은 답입니다." in text
    assert "투자 권유가 아니" in text


def test_a_file_that_is_no_conversation_is_refused_and_changes_nothing(answered, tmp_path) -> None:
    (tmp_path / "bad.json").write_text('{"format": "<img src=x onerror=alert(1)>"}', "utf-8")
    open_file(answered, tmp_path / "bad.json")
    answered.wait_for_selector("text=대화 파일을 열 수 없습니다")
    assert "짧은 답입니다." in answered.inner_text("#conversation")


def test_a_hostile_file_runs_nothing(answered, visit, address, tmp_path) -> None:
    attack = "<img src=x onerror='window.hacked = 1'>[눌러](javascript:window.hacked=1)"
    text = save(answered, "#save-json").read_text("utf-8")
    (tmp_path / "chat.json").write_text(text.replace("짧은 답입니다.", f"{attack} **끝**"), "utf-8")
    page = visit(address)
    open_file(page, tmp_path / "chat.json")
    page.wait_for_selector("#conversation strong >> text=끝")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#conversation [onerror]").count() == 0


# ── the prompt ───────────────────────────────────────────────────────────────────────────────


def test_the_prompt_is_shown_as_it_was_read_with_its_length(answered, engine, screenshots) -> None:
    answered.click("#show-prompt")
    answered.wait_for_selector("#prompt-a textarea")
    read = answered.input_value("#prompt-a textarea")
    assert read == questions_asked(engine)[0]
    assert f"{len(read)}토큰" in answered.inner_text("#prompt-a")
    answered.screenshot(path=screenshots / "chat-ko-prompt.png")
    answered.click("#show-prompt")
    answered.wait_for_selector("#prompt-view", state="hidden")


def test_a_prompt_that_both_have_read_is_shown_once(address, engine, visit) -> None:
    page = visit(address)
    choose(page, "pair")
    ask(page)
    wait_for_both(page)
    page.click("#show-prompt")
    page.wait_for_selector("#prompt-a >> text=A와 B가 똑같이")
    assert page.is_hidden("#prompt-b")


# ── settings, notes, marks ───────────────────────────────────────────────────────────────────


def test_a_preset_sets_what_an_answer_is_drawn_with(address, engine, visit) -> None:
    page = visit(address)
    page.click("#settings > button")
    page.click("#preset-greedy")
    page.wait_for_function("document.querySelector('#settings input[type=number]').value === '0'")
    ask(page)
    wait_for_answer(page)
    sampling = engine.history[0].sampling
    assert (sampling.temperature, sampling.max_tokens) == (0, 256)


def test_a_question_about_today_gets_a_note(address, engine, visit) -> None:
    page = visit(address)
    ask(page, "오늘 코스피 지수는 얼마인가요?")
    wait_for_answer(page)
    assert "지금의 시세를 묻는 질문" in page.inner_text("#conversation .bot")


def test_hanja_in_an_answer_is_marked_without_touching_its_text(address, engine, visit) -> None:
    engine.fallback = "공매도(空賣渡)와 株式"
    page = visit(address)
    ask(page)
    wait_for_answer(page)
    page.wait_for_function("CSS.highlights.get('hanja')?.size === 2")
    assert page.evaluate("[...CSS.highlights.get('hanja')].map(String)") == ["空賣渡", "株式"]
