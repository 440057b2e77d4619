"""Open questions answered: what the model reads, what its answer is, and what a failure costs."""

from __future__ import annotations

import pytest

from tests.workbench.judge.court import question_of
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError
from workbench.evaluate import GIVE_UP_AFTER
from workbench.judge.respondent import OpenAnswer, Respondent, answer_questions
from workbench.prompts import qa_prompt
from workbench.schema import PromptStyle, Sampling

QUESTIONS = [question_of(0), question_of(1).model_copy(update={"reference": "자료이다."})]
GONE = EngineError("gone")


def respondent(*replies: str | Exception, **settings: int) -> Respondent:
    return Respondent(ScriptedEngine(replies, **settings), "tuned", Sampling(max_tokens=40))


@pytest.mark.parametrize("style", ["native", "chat"])
def test_an_open_question_is_asked_with_its_reference_in_the_given_style(
    style: PromptStyle,
) -> None:
    engine = ScriptedEngine()
    answer_questions(Respondent(engine, "tuned", Sampling()), QUESTIONS, style)
    expected = [engine.render(qa_prompt(q.question, style, q.reference)) for q in QUESTIONS]
    assert [call.rendered for call in engine.history] == expected


SAID = [
    (" 쿠폰은 이자이다.\n", "쿠폰은 이자이다.", False),
    ("<think>음.</think> 쿠폰은 **이자**이다.", "쿠폰은 **이자**이다.", False),
    (" 이자이다.\n### 질문: 그러면?\n### 정답: 가나다라마바사아", "이자이다.", False),
    ("이" * 41, "이" * 40, True),
    ("  \n", "", False),
]


@pytest.mark.parametrize(("reply", "text", "truncated"), SAID)
def test_an_answer_is_what_was_said_to_the_question(reply: str, text: str, truncated: bool) -> None:
    (answer,) = answer_questions(respondent(reply), QUESTIONS[:1], "native")
    assert answer == OpenAnswer(text=text, truncated=truncated)


def test_a_batch_that_fails_is_asked_one_by_one() -> None:
    answers = answer_questions(respondent(GONE, "하나", "둘"), QUESTIONS, "native")
    assert answers == [OpenAnswer(text="하나"), OpenAnswer(text="둘")]


def test_a_call_that_fails_twice_has_no_answer_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answers = answer_questions(respondent(GONE, GONE, "둘"), QUESTIONS, "native")
    assert answers == [None, OpenAnswer(text="둘")]
    assert "scripted/tuned gave no answer: gone" in caplog.text


def test_failures_in_a_row_are_counted_over_calls_and_end_in_an_error() -> None:
    asked = respondent(*[GONE] * 100)
    for _ in range(GIVE_UP_AFTER - 1):
        answer_questions(asked, QUESTIONS[:1], "native")
    with pytest.raises(EngineError, match=rf"{GIVE_UP_AFTER} calls in a row failed.*gone"):
        answer_questions(asked, QUESTIONS[:1], "native")


def test_an_answer_in_between_ends_a_row_of_failures() -> None:
    replies = [GONE, GONE] * (GIVE_UP_AFTER - 1) + ["하나"] + [GONE, GONE] * 3
    asked = respondent(*replies)
    for _ in range(GIVE_UP_AFTER + 3):
        answer_questions(asked, QUESTIONS[:1], "native")
    assert asked.failed_in_a_row == 3


def test_a_prompt_that_does_not_fit_is_no_fault_of_the_engine() -> None:
    asked = respondent(context_length=70)
    one, other = answer_questions(asked, QUESTIONS, "native")
    assert one is not None
    assert other is None
    assert asked.failed_in_a_row == 0
