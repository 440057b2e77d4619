"""Turns in, the next answer out: what the model is given, and how an answer ends."""

from __future__ import annotations

from threading import Event

import pytest

from workbench.engines.scripted import ScriptedEngine
from workbench.errors import ContextLengthError, EngineError
from workbench.schema import PromptStyle, Sampling
from workbench.ui.conversation import Measures, Settings, Turn, answer_turn, write_prompt


def settings(style: PromptStyle = "chat", max_tokens: int = 100) -> Settings:
    return Settings(
        variant="tuned", style=style, system="조수입니다.", sampling=Sampling(max_tokens=max_tokens)
    )


def asked(question: str, style: PromptStyle = "chat", max_tokens: int = 100) -> Turn:
    return Turn(question=question, settings=settings(style, max_tokens))


def answered(question: str, answer: str) -> Turn:
    return asked(question).model_copy(update={"answer": answer, "progress": "done"})


def answer(engine: ScriptedEngine, turn: Turn, cancel: Event | None = None) -> list[Turn]:
    return list(answer_turn(engine, [], turn, cancel or Event(), clock=lambda: 0.0))


def test_chat_sends_the_conversation_under_the_system_prompt() -> None:
    prompt = write_prompt([answered("공매도란?", "빌려 파는 것.")], asked("왜 하나요?"))
    assert [(turn.role, turn.content) for turn in prompt.messages] == [
        ("system", "조수입니다."),
        ("user", "공매도란?"),
        ("assistant", "빌려 파는 것."),
        ("user", "왜 하나요?"),
    ]


def test_native_sends_the_question_alone() -> None:
    prompt = write_prompt([answered("공매도란?", "빌려 파는 것.")], asked("왜 하나요?", "native"))
    assert prompt.text == "### 질문: 왜 하나요?\n### 정답:"


def test_a_turn_without_an_answer_is_not_sent() -> None:
    prompt = write_prompt([answered("공매도란?", "")], asked("왜 하나요?"))
    assert [turn.role for turn in prompt.messages] == ["system", "user"]


def test_the_answer_grows_and_then_is_finished_and_measured() -> None:
    turns = answer(ScriptedEngine([" 공매도입니다. "]), asked("무엇?"))
    assert [turn.progress for turn in turns] == ["reading", "streaming", "streaming", "done"]
    assert turns[1].answer == ""  # the space before a native answer is no part of its text
    assert turns[-1].answer == "공매도입니다."
    assert turns[-1].measures == Measures(tokens=9, first_token_seconds=0.0, seconds=0.0)


def test_an_answer_as_long_as_allowed_is_called_cut() -> None:
    last = answer(ScriptedEngine(["가나다라마"]), asked("무엇?", max_tokens=3))[-1]
    assert (last.answer, last.progress) == ("가나다", "cut")


def test_cancelling_ends_the_answer_where_it_is() -> None:
    engine, cancel = ScriptedEngine(["가나다라마"]), Event()
    stream = answer_turn(engine, [], asked("무엇?"), cancel)
    assert next(stream).progress == "reading"
    assert next(stream).answer == "가"
    cancel.set()
    *_, last = stream
    assert (last.answer, last.progress) == ("가", "stopped")
    assert engine.cancelled.is_set()


def test_closing_the_answer_stops_the_engine() -> None:
    engine = ScriptedEngine(["가나다라마"])
    stream = answer_turn(engine, [], asked("무엇?"), Event())
    next(stream), next(stream)
    stream.close()
    assert engine.cancelled.is_set()


def test_the_variant_and_the_sampling_of_the_turn_reach_the_engine() -> None:
    engine = ScriptedEngine(["답"])
    answer(engine, asked("무엇?", max_tokens=7))
    call = engine.history[0]
    assert (call.variant, call.sampling) == ("tuned", Sampling(max_tokens=7))


@pytest.mark.parametrize("error", [EngineError("out of memory"), ContextLengthError(9, 8)])
def test_an_error_of_the_engine_is_the_callers(error: Exception) -> None:
    with pytest.raises(type(error)):
        answer(ScriptedEngine([error]), asked("무엇?"))


@pytest.mark.parametrize(
    ("tokens", "first", "whole", "rate"),
    [(11, 0.5, 2.5, 5.0), (1, 0.5, 0.5, None), (0, 0.0, 0.1, None), (5, 0.3, 0.3, None)],
)
def test_the_rate_counts_the_tokens_behind_the_first(
    tokens: int, first: float, whole: float, rate: float | None
) -> None:
    measures = Measures(tokens=tokens, first_token_seconds=first, seconds=whole)
    assert measures.tokens_per_second == rate
