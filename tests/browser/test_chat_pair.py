"""Both sides of the pair at once: side by side with their names, and blind without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.chatting import (
    QUESTION,
    SIDES,
    ask,
    chat_server,
    choose,
    fresh,
    questions_asked,
    wait_for_answer,
    wait_for_both,
)
from tests.browser.scripted_app import ANSWER
from workbench.engines.scripted import ScriptedEngine
from workbench.schema import Vote
from workbench.store import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("pair")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[tuple[str, ScriptedEngine]]:
    with chat_server(folder) as served:
        yield served


@pytest.fixture
def address(server: tuple[str, ScriptedEngine]) -> str:
    return server[0]


@pytest.fixture
def engine(server: tuple[str, ScriptedEngine]) -> ScriptedEngine:
    return fresh(server[1])


@pytest.fixture
def votes(folder: Path) -> Iterator[Callable[[], list[Vote]]]:
    """Reads the stored votes, of which there are none before and after."""

    def read() -> list[Vote]:
        with Store(folder / "store.sqlite") as store:
            return store.votes()

    assert read() == []
    yield read
    with Store(folder / "store.sqlite") as store:
        for vote in store.votes():
            store.delete_vote(vote.id)


@pytest.fixture
def ask_both(address, engine, visit):
    """Ask one question in a mode of two sides, and wait for both answers."""

    def asked(mode: str = "pair", question: str = QUESTION, **reader):
        page = visit(address, **reader)
        choose(page, mode)
        ask(page, question)
        wait_for_both(page)
        return page

    return asked


# ── side by side ─────────────────────────────────────────────────────────────────────────────


def test_one_question_is_answered_by_both_each_with_its_measures(ask_both, engine) -> None:
    page = ask_both()
    tuned, vanilla = wait_for_both(page)
    assert "A · ◆ 튜닝" in tuned
    assert "B · ◇ 바닐라" in vanilla
    assert "토큰/초" in tuned
    assert "토큰/초" in vanilla
    assert [call.variant for call in engine.history] == ["tuned", "vanilla"]
    assert len({call.rendered for call in engine.history}) == 1
    assert len({call.sampling.seed for call in engine.history}) == 1


def test_both_answers_grow_in_step(address, engine, visit) -> None:
    engine.fallback = "가나다라" * 15
    page = visit(address)
    choose(page, "pair")
    ask(page)
    for side in SIDES:
        page.wait_for_selector(f"{side} >> text=가나다라")
    first, second = (len(page.inner_text(f"{side} .bot-row")) for side in SIDES)
    assert page.is_visible("#stop")
    assert abs(first - second) < 30
    wait_for_both(page)


def test_stop_ends_both(address, engine, visit) -> None:
    engine.fallback = "가" * 2000
    page = visit(address)
    choose(page, "pair")
    ask(page)
    for side in SIDES:
        page.wait_for_selector(f"{side} >> text=가가가")
    page.click("#stop")
    assert all("■ 중지함" in answer for answer in wait_for_both(page))


def test_each_side_goes_on_with_its_own_answers(ask_both, engine) -> None:
    engine._queue.extend(["튜닝의 첫 답", "바닐라의 첫 답"])
    page = ask_both(question="첫째 질문")
    ask(page, "둘째 질문")
    page.wait_for_selector("#conversation-b .bot >> nth=1")
    wait_for_both(page)
    tuned, vanilla = questions_asked(engine)[2:]
    assert ("튜닝의 첫 답" in tuned, "바닐라의 첫 답" in tuned) == (True, False)
    assert ("튜닝의 첫 답" in vanilla, "바닐라의 첫 답" in vanilla) == (False, True)


def test_a_conversation_with_one_goes_on_with_both_and_back(address, engine, visit) -> None:
    page = visit(address)
    ask(page, "첫째 질문")
    wait_for_answer(page)
    choose(page, "pair")
    ask(page, "둘째 질문")
    page.wait_for_selector("#conversation-b .bot >> nth=1")
    wait_for_both(page)
    choose(page, "vanilla")
    ask(page, "셋째 질문")
    page.wait_for_selector("#conversation-b", state="detached")
    page.wait_for_selector("#conversation .bot >> nth=2")
    wait_for_answer(page)
    assert all("첫째 질문" in sent for sent in questions_asked(engine))
    assert engine.history[-1].variant == "vanilla"


@pytest.mark.parametrize("side", SIDES)
def test_retry_on_either_side_asks_both_again(ask_both, engine, side) -> None:
    page = ask_both()
    engine.fallback = "다른 답입니다."
    page.click(f"{side} button[aria-label='다시 시도']")
    for each in SIDES:
        page.wait_for_selector(f"{each} >> text=다른 답입니다.")
    wait_for_both(page)
    assert [call.variant for call in engine.history] == ["tuned", "vanilla"] * 2


def test_an_edited_question_is_asked_of_both(ask_both, engine) -> None:
    page = ask_both()
    page.click("#conversation-b button[aria-label='편집']")
    page.fill("#conversation-b textarea", "고친 질문")
    page.click("#conversation-b button[aria-label='제출']")
    page.wait_for_selector("#stop", state="visible")
    wait_for_both(page)
    assert all("고친 질문" in sent for sent in questions_asked(engine)[2:])
    assert len(engine.history) == 4


def test_undo_takes_the_question_back_from_both(ask_both) -> None:
    page = ask_both()
    page.click("#conversation-b button[aria-label='실행 취소']")
    page.wait_for_selector("#conversation .example")
    page.wait_for_selector("#conversation-b", state="detached")
    assert page.input_value("#question textarea") == QUESTION


def test_a_new_chat_clears_both(ask_both) -> None:
    page = ask_both()
    page.click("#clear")
    page.wait_for_selector("#conversation .example")
    page.wait_for_selector("#conversation-b", state="detached")


def test_a_phone_shows_one_side_at_a_time(ask_both) -> None:
    page = ask_both(width=390, height=844)
    assert page.is_visible("#conversation")
    assert page.is_hidden("#conversation-b")
    page.check("#shown-side input[value='1']")
    page.wait_for_selector("#conversation-b", state="visible")
    page.wait_for_selector("#conversation", state="hidden")


# ── blind ────────────────────────────────────────────────────────────────────────────────────


def test_blind_answers_have_no_names_until_the_vote(ask_both) -> None:
    page = ask_both("blind")
    answers = wait_for_both(page)
    assert [("튜닝" in answer, "바닐라" in answer) for answer in answers] == [(False, False)] * 2
    page.click("#vote-a")
    page.wait_for_selector("#vote-outcome >> text=A가 낫다")
    first, second = wait_for_both(page)
    assert ("◆ 튜닝" in first) != ("◆ 튜닝" in second)
    assert ("◇ 바닐라" in first) != ("◇ 바닐라" in second)


def test_the_question_after_a_blind_vote_begins_anew(ask_both, engine) -> None:
    page = ask_both("blind", question="첫째 질문")
    page.click("#vote-tie")
    page.wait_for_selector("#vote-outcome >> text=새 블라인드 대화")
    ask(page, "둘째 질문")
    page.wait_for_selector("#conversation-b >> text=둘째 질문")
    wait_for_both(page)
    assert page.locator("#conversation .bot").count() == 1
    assert all("첫째 질문" not in sent for sent in questions_asked(engine)[2:])


# ── votes ────────────────────────────────────────────────────────────────────────────────────


def test_a_vote_is_stored_with_consent_and_deleted_on_wish(ask_both, votes, engine) -> None:
    engine._queue.extend(["튜닝의 답", "바닐라의 답"])
    page = ask_both()
    page.check("#consent input")
    page.click("#vote-a")
    page.wait_for_selector("#vote-outcome >> text=투표를 저장했습니다")
    (vote,) = votes()
    assert (vote.choice, vote.question, vote.voter) == ("a", QUESTION, "human")
    assert (vote.answer_a, vote.answer_b) == ("튜닝의 답", "바닐라의 답")
    assert (vote.side_a, vote.side_b) == ("scripted-pair/tuned", "scripted-pair/vanilla")
    assert vote.prompt.messages[-1].content == QUESTION
    page.click("#withdraw")
    page.wait_for_selector("#vote-outcome >> text=지웠습니다")
    assert votes() == []


def test_without_consent_nothing_is_stored(ask_both, votes) -> None:
    page = ask_both("blind")
    page.click("#vote-both_bad")
    page.wait_for_selector("#vote-outcome >> text=저장하지 않았습니다")
    assert page.is_hidden("#withdraw")
    assert votes() == []


def test_a_key_votes_but_not_while_typing(ask_both) -> None:
    page = ask_both()
    page.press("#question textarea", "2")
    assert page.input_value("#question textarea") == "2"
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.wait_for_selector("#vote-outcome >> text=B가 낫다")
    page.wait_for_selector("#ballot", state="hidden")


def test_escape_stops_the_answers(address, engine, visit) -> None:
    engine.fallback = "가" * 2000
    page = visit(address)
    choose(page, "pair")
    ask(page)
    page.wait_for_selector("#conversation-b >> text=가가가")
    page.keyboard.press("Escape")
    assert all("■ 중지함" in answer for answer in wait_for_both(page))


def test_a_vote_is_asked_for_once_and_never_on_one_answer(address, engine, visit) -> None:
    page = visit(address)
    ask(page)
    wait_for_answer(page)
    assert page.is_hidden("#ballot")
    choose(page, "pair")
    ask(page)
    page.wait_for_selector("#ballot", state="visible")
    page.click("#vote-b")
    page.wait_for_selector("#ballot", state="hidden")


def test_a_later_question_is_no_pair_to_train_on(ask_both, votes, engine) -> None:
    engine._queue.extend(["튜닝의 첫 답", "바닐라의 첫 답"])
    page = ask_both(question="첫째 질문")
    ask(page, "둘째 질문")
    page.wait_for_selector("#conversation-b .bot >> nth=1")
    wait_for_both(page)
    page.check("#consent input")
    page.click("#vote-a")
    page.wait_for_selector("#vote-outcome >> text=투표를 저장했습니다")
    assert [vote.prompt for vote in votes()] == [None]


# ── language and screen ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("locale", ["ko-KR", "en-US"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_two_sides_fit_every_screen(
    ask_both, engine, screenshots, locale, scheme, width, height
) -> None:
    engine.fallback, engine.seconds_per_token = ANSWER, 0.002
    page = ask_both(locale=locale, scheme=scheme, width=width, height=height)
    page.wait_for_selector("#ballot", state="visible")
    page.screenshot(path=screenshots / f"pair-{locale[:2]}-{width}-{scheme}.png")
    assert page.evaluate("document.documentElement.scrollWidth") == width
