"""The fake is honest: it obeys the protocol to the letter and never poses as a model."""

from __future__ import annotations

from threading import Event

import pytest

from workbench.engines.base import Engine
from workbench.engines.scripted import Call, ScriptedEngine
from workbench.errors import ContextLengthError, EngineError, InputError
from workbench.prompts import letter_continuations, mcqa_prompt, qa_prompt
from workbench.schema import Prompt, Question, Sampling

ASKED = qa_prompt("공매도란?", "native")
SHORT = Sampling(max_tokens=3)
QUESTION = Question(id="q", question="?", options=("가", "나", "다"), answer="A")


def streamed(engine: ScriptedEngine, sampling: Sampling | None = None) -> str:
    return "".join(engine.stream(ASKED, sampling or Sampling(), "tuned"))


def scores(engine: ScriptedEngine, prompt: Prompt, variant: str = "tuned") -> tuple[float, ...]:
    (result,) = engine.score_options([prompt], [letter_continuations(QUESTION)], variant)  # type: ignore[arg-type]
    return result


def test_it_is_an_engine_and_says_which() -> None:
    engine = ScriptedEngine()
    assert isinstance(engine, Engine)
    assert engine.info.engine == "scripted"


def test_replies_come_in_turn_and_then_the_fallback() -> None:
    engine = ScriptedEngine(["하나", "둘"], fallback="끝")
    texts = [g.text for g in engine.generate([ASKED] * 4, Sampling(), "tuned")]
    assert texts == ["하나", "둘", "끝", "끝"]


def test_streams_and_generations_share_the_queue() -> None:
    engine = ScriptedEngine(["하나", "둘"])
    assert streamed(engine) == "하나"
    assert engine.generate([ASKED], Sampling(), "tuned")[0].text == "둘"


def test_an_exception_in_the_queue_is_raised_in_its_turn() -> None:
    engine = ScriptedEngine(["하나", EngineError("the server is gone")])
    assert streamed(engine) == "하나"
    with pytest.raises(EngineError, match="the server is gone"):
        streamed(engine)


def test_the_history_holds_what_was_asked_as_the_model_would_read_it() -> None:
    engine = ScriptedEngine()
    engine.generate([ASKED], SHORT, "vanilla")
    scores(engine, ASKED)
    assert engine.history == [
        Call("generate", "vanilla", "### 질문: 공매도란?\n### 정답:", SHORT),
        Call("score_options", "tuned", "### 질문: 공매도란?\n### 정답:"),
    ]


def test_a_chat_prompt_is_framed_and_ends_with_its_prefill() -> None:
    rendered = ScriptedEngine().render(mcqa_prompt(QUESTION, "chat", letter_next=True))
    assert rendered.startswith("<system>당신은")
    assert rendered.endswith("C. 다\n<assistant>### 정답:")


def test_tokens_are_characters_and_an_answer_ends_at_its_limit() -> None:
    engine = ScriptedEngine(["가나다라", "가나다", "가나다라"])
    cut, whole = engine.generate([ASKED, ASKED], SHORT, "tuned")
    assert (cut.text, cut.finish_reason, cut.completion_tokens) == ("가나다", "length", 3)
    assert (whole.text, whole.finish_reason, whole.completion_tokens) == ("가나다", "stop", 3)
    assert cut.prompt_tokens == engine.count_tokens(ASKED.text) == len(ASKED.text)
    assert streamed(engine, SHORT) == "가나다"


# ── stopping ─────────────────────────────────────────────────────────────────────────────────


def test_a_stream_stops_when_it_is_cancelled() -> None:
    engine, cancel = ScriptedEngine(["가나다라"]), Event()
    pieces = engine.stream(ASKED, Sampling(), "tuned", cancel)
    assert next(pieces) == "가"
    cancel.set()
    assert list(pieces) == []
    assert engine.cancelled.is_set()


def test_a_stream_stops_when_nobody_reads_it_further() -> None:
    engine = ScriptedEngine(["가나다라"])
    pieces = engine.stream(ASKED, Sampling(), "tuned")
    next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert engine.cancelled.is_set()


def test_a_stream_that_was_read_to_its_end_was_not_cancelled() -> None:
    engine = ScriptedEngine(["가나다라"])
    streamed(engine)
    assert not engine.cancelled.is_set()


# ── scores ───────────────────────────────────────────────────────────────────────────────────


def test_scores_are_log_likelihoods_and_the_same_in_every_process() -> None:
    first = scores(ScriptedEngine(), ASKED)
    assert first == pytest.approx((-5.467892908, -0.267198475, -3.435533605))


def test_scores_depend_on_prompt_option_and_variant() -> None:
    engine = ScriptedEngine()
    tuned = scores(engine, ASKED)
    assert len(set(tuned)) == 3
    assert scores(engine, ASKED, "vanilla") != tuned
    assert scores(engine, qa_prompt("주식이란?", "native")) != tuned


# ── refusing ─────────────────────────────────────────────────────────────────────────────────


def test_a_variant_that_is_not_loaded_is_refused() -> None:
    engine = ScriptedEngine(variants=("vanilla",))
    with pytest.raises(InputError, match=r"variant 'tuned' is not loaded \(available: vanilla\)"):
        engine.generate([ASKED], Sampling(), "tuned")
    assert engine.history == []


@pytest.mark.parametrize(("room", "fits"), [(0, False), (2, False), (3, True)])
def test_a_prompt_that_leaves_no_room_for_the_answer_is_refused(room: int, fits: bool) -> None:
    engine = ScriptedEngine(["하나"], context_length=len(ASKED.text) + room)
    if fits:
        assert streamed(engine, SHORT) == "하나"
        return
    with pytest.raises(ContextLengthError, match="3 are reserved for the answer"):
        streamed(engine, SHORT)


def test_a_closed_engine_forgets_its_script_and_may_be_closed_again() -> None:
    engine = ScriptedEngine(["하나"], fallback="끝")
    engine.close()
    engine.close()
    assert streamed(engine) == "끝"
