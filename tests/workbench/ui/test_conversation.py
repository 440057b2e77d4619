"""Turns in, the next answers out: who is asked, what the model is given, how an answer ends."""

from __future__ import annotations

import random
from threading import Event

import pytest
from pydantic import ValidationError

from workbench.engines.scripted import ScriptedEngine
from workbench.errors import ContextLengthError, EngineError
from workbench.schema import PromptStyle, Sampling, Variant
from workbench.ui.conversation import (
    Conversation,
    Measures,
    Mode,
    Settings,
    Turn,
    Turns,
    answer_last,
    ask,
    write_prompt,
)


def settings(style: PromptStyle = "chat", max_tokens: int = 100) -> Settings:
    return Settings(style=style, system="조수입니다.", sampling=Sampling(max_tokens=max_tokens))


def asked(
    question: str,
    style: PromptStyle = "chat",
    max_tokens: int = 100,
    variant: Variant = "tuned",
) -> Turn:
    return Turn(question=question, variant=variant, settings=settings(style, max_tokens))


def answered(question: str, answer: str, variant: Variant = "tuned") -> Turn:
    update = {"answer": answer, "progress": "done"}
    return asked(question, variant=variant).model_copy(update=update)


def pair(*turns: Turn) -> Conversation:
    return Conversation(sides=tuple((turn,) for turn in turns))


def answer(engine: ScriptedEngine, turn: Turn, cancel: Event | None = None) -> list[Turn]:
    stream = answer_last(engine, pair(turn), cancel or Event(), clock=lambda: 0.0)
    return [turn for (turn,) in stream]


def put(conversation: Conversation, mode: Mode, seed: int = 0) -> Conversation:
    return ask(conversation, "왜?", mode, settings(), random.Random(seed))


def places(conversation: Conversation) -> list[Variant]:
    return [turn.variant for turn in conversation.last]


TALK = Conversation(sides=((answered("공매도란?", "빌려 파는 것."),),))
TWO = pair(answered("공매도란?", "튜닝의 답"), answered("공매도란?", "바닐라의 답", "vanilla"))

# ── asking ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", ["tuned", "vanilla"])
def test_one_side_goes_on_with_everything_said_before(mode: Variant) -> None:
    conversation = put(TALK, mode)
    assert [turn.question for turn in conversation.sides[0]] == ["공매도란?", "왜?"]
    assert places(conversation) == [mode]
    assert conversation.busy


def test_both_sides_go_on_from_what_one_was_told() -> None:
    conversation = put(TALK, "pair")
    assert [side[0].answer for side in conversation.sides] == ["빌려 파는 것."] * 2
    assert places(conversation) == ["tuned", "vanilla"]


def test_each_side_goes_on_from_its_own_answers() -> None:
    conversation = put(TWO, "pair")
    assert [side[0].answer for side in conversation.sides] == ["튜닝의 답", "바닐라의 답"]


def test_of_two_sides_one_goes_on_with_its_own_half() -> None:
    (side,) = put(TWO, "vanilla").sides
    assert [turn.answer for turn in side] == ["바닐라의 답", ""]


@pytest.mark.parametrize("earlier", [TALK, TWO], ids=["one side", "two named sides"])
def test_a_blind_conversation_begins_anew(earlier: Conversation) -> None:
    conversation = put(earlier, "blind")
    assert [len(side) for side in conversation.sides] == [1, 1]
    assert conversation.hidden


def test_blind_sides_are_shuffled() -> None:
    orders = {tuple(places(put(Conversation(), "blind", seed))) for seed in range(20)}
    assert orders == {("tuned", "vanilla"), ("vanilla", "tuned")}


@pytest.mark.parametrize("seed", range(5))
def test_hidden_sides_keep_their_places_and_their_answers(seed: int) -> None:
    hidden = TWO.model_copy(update={"hidden": True})
    conversation = put(hidden, "blind", seed)
    assert places(conversation) == ["tuned", "vanilla"]
    assert [len(side) for side in conversation.sides] == [2, 2]


def test_sides_that_were_asked_different_things_are_no_conversation() -> None:
    with pytest.raises(ValidationError, match="same questions"):
        pair(asked("공매도란?"), asked("배당이란?"))


def test_a_question_taken_back_is_gone_from_both_sides() -> None:
    assert put(TWO, "pair").without_last() == TWO
    assert TWO.without_last().empty
    assert Conversation().without_last() == Conversation()


# ── the prompt ───────────────────────────────────────────────────────────────────────────────


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


# ── answering ────────────────────────────────────────────────────────────────────────────────


def test_the_answer_grows_and_then_is_finished_and_measured() -> None:
    turns = answer(ScriptedEngine([" 공매도입니다. "]), asked("무엇?"))
    assert [turn.progress for turn in turns] == ["reading", "streaming", "done"]
    assert turns[1].answer == ""  # the space before a native answer is no part of its text
    assert turns[-1].answer == "공매도입니다."
    assert turns[-1].measures == Measures(tokens=9, first_token_seconds=0.0, seconds=0.0)


def test_an_answer_as_long_as_allowed_is_called_cut() -> None:
    last = answer(ScriptedEngine(["가나다라마"]), asked("무엇?", max_tokens=3))[-1]
    assert (last.answer, last.progress) == ("가나다", "cut")


def test_cancelling_ends_the_answer_where_it_is() -> None:
    engine, cancel = ScriptedEngine(["가나다라마"]), Event()
    stream = answer_last(engine, pair(asked("무엇?")), cancel)
    assert [turn.progress for turn in next(stream)] == ["reading"]
    assert [turn.answer for turn in next(stream)] == ["가"]
    cancel.set()
    *_, (last,) = stream
    assert (last.answer, last.progress) == ("가", "stopped")
    assert engine.cancelled.is_set()


def test_closing_the_answer_stops_the_engine() -> None:
    engine = ScriptedEngine(["가나다라마"])
    stream = answer_last(engine, pair(asked("무엇?")), Event())
    next(stream), next(stream)
    stream.close()
    assert engine.cancelled.is_set()


def test_the_variant_and_the_sampling_of_the_turn_reach_the_engine() -> None:
    engine = ScriptedEngine(["답"])
    answer(engine, asked("무엇?", max_tokens=7))
    call = engine.history[0]
    assert (call.variant, call.sampling) == ("tuned", Sampling(max_tokens=7))


def both_answered(engine: ScriptedEngine, cancel: Event | None = None) -> Turns:
    conversation = pair(asked("무엇?"), asked("무엇?", variant="vanilla"))
    *_, turns = answer_last(engine, conversation, cancel or Event(), clock=lambda: 0.0)
    return turns


def test_two_sides_are_answered_by_their_own_variant() -> None:
    engine = ScriptedEngine(["튜닝의 답", "바닐라"])
    first, second = both_answered(engine)
    assert (first.answer, second.answer) == ("튜닝의 답", "바닐라")
    assert [call.variant for call in engine.history] == ["tuned", "vanilla"]
    assert first.measures == Measures(tokens=5, first_token_seconds=0.0, seconds=0.0)
    assert second.measures == Measures(tokens=3, first_token_seconds=0.0, seconds=0.0)


def test_cancelling_stops_both_sides() -> None:
    cancel = Event()
    conversation = pair(asked("무엇?"), asked("무엇?", variant="vanilla"))
    stream = answer_last(ScriptedEngine(fallback="가나다"), conversation, cancel)
    next(stream), next(stream)
    cancel.set()
    *_, turns = stream
    assert [(turn.answer, turn.progress) for turn in turns] == [("가", "stopped"), ("", "stopped")]


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
