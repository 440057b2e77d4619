"""What another tab gets when it opens a question as a card. The rest is in tests/browser."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gradio as gr
import pytest

from workbench.engines.scripted import ScriptedEngine
from workbench.questions.library import library_set
from workbench.schema import ModelSpec, Question
from workbench.ui.exam_tab import ExamParts, exam_tab
from workbench.ui.language import Languages
from workbench.ui.loading import EngineLoader
from workbench.ui.page import Page

PAIR = ModelSpec(name="pair", base="base", adapter="adapter")
OWN = Question(id="elsewhere-1", question="옳은 것은?", options=("가나", "다라"), answer="B")


async def build() -> ExamParts:
    page = Page(EngineLoader(PAIR, lambda: ScriptedEngine()), Languages(), Path("store.sqlite"))
    with gr.Blocks(), gr.Tabs():
        return exam_tab(page)


@pytest.fixture(scope="module")
def exam() -> Iterator[ExamParts]:
    # In a thread, because Playwright's loop runs here once a browser test came before.
    with ThreadPoolExecutor(1) as thread:
        yield thread.submit(asyncio.run, build()).result()


@pytest.fixture
def request_() -> gr.Request:
    return gr.Request(session_hash="page", query_params={"lang": "ko"}, headers={})


def test_a_question_of_another_tab_lies_on_the_card_with_its_answer(exam, request_) -> None:
    update = exam.load(OWN, request_)
    assert update.keys() <= set(exam.outputs)
    assert "옳은 것은?" in update[exam.sheet]
    assert 'data-address="tab=exam"' in update[exam.sheet]
    assert update[exam.options] == "가나\n다라"
    assert update[exam.answer]["value"] == "B"


def test_a_question_of_a_set_has_its_place_in_it(exam, request_) -> None:
    questions = library_set("krx-mcqa")
    update = exam.load(questions.questions[4], request_, "krx-mcqa")
    assert f"5 / {len(questions.questions)}" in update[exam.sheet]
    assert f"question={questions.questions[4].id}" in update[exam.sheet]
    assert update[exam.set_name]["value"] == "krx-mcqa"


def test_a_question_that_its_set_no_longer_holds_is_a_card_without_address(exam, request_) -> None:
    update = exam.load(OWN, request_, "krx-mcqa")
    assert 'data-address="tab=exam"' in update[exam.sheet]


def test_opening_a_question_ends_the_work_on_the_one_before(exam, request_) -> None:
    exam.page.stops.announce("page/exam")
    cancel = exam.page.stops.claim("page/exam")
    exam.load(OWN, request_)
    assert cancel.is_set()


def test_closing_the_page_ends_the_work_of_every_tab(exam, request_) -> None:
    events = []
    for place in ("page/chat", "page/exam"):
        exam.page.stops.announce(place)
        events.append(exam.page.stops.claim(place))
    exam.page.leave(request_)
    assert all(event.is_set() for event in events)
