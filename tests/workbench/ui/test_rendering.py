"""Numbers, answers and states as text."""

from __future__ import annotations

import pytest

from workbench.engines.scripted import ScriptedEngine
from workbench.errors import ContextLengthError, EngineError, InputError, WorkbenchError
from workbench.schema import EngineInfo, Sampling, Variant
from workbench.ui import rendering
from workbench.ui.conversation import Measures, Progress, Settings, Turn
from workbench.ui.loading import EngineNotOpenError, Failed, Loading, Ready
from workbench.ui.texts import load_texts

KOREAN, ENGLISH = load_texts("ko"), load_texts("en")
MEASURES = Measures(tokens=100, first_token_seconds=0.214, seconds=8.2)


def turn(
    answer: str = "",
    variant: Variant = "tuned",
    progress: Progress = "done",
    measures: Measures | None = MEASURES,
) -> Turn:
    settings = Settings(variant=variant, style="chat", system="", sampling=Sampling())
    return Turn(
        question="공매도란?", settings=settings, answer=answer, progress=progress, measures=measures
    )


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0.00초"), (0.214, "0.21초"), (9.99, "9.99초"), (12.4, "12초")]
)
def test_seconds_are_exact_where_it_matters(seconds: float, text: str) -> None:
    assert rendering.seconds_text(seconds, KOREAN) == text


def test_the_measures_of_an_answer_stand_under_it() -> None:
    assert (
        rendering.answer_footer(turn("株式"), KOREAN) == "12.4 토큰/초 · 첫 토큰 0.21초 · 한자 2자"
    )
    assert (
        rendering.answer_footer(turn("株式"), ENGLISH)
        == "12.4 tokens/s · first token 0.21 s · 2 Chinese characters"
    )


@pytest.mark.parametrize(("progress", "mark"), [("stopped", "■"), ("cut", "✂")])
def test_an_answer_that_did_not_end_by_itself_says_so(progress: Progress, mark: str) -> None:
    assert rendering.answer_footer(turn("답", progress=progress), KOREAN).startswith(mark)


def test_what_was_not_measured_is_a_dash() -> None:
    empty = Measures(tokens=0, first_token_seconds=0.0, seconds=0.1)
    assert (
        rendering.answer_footer(turn(measures=empty), KOREAN) == "– 토큰/초 · 첫 토큰 – · 한자 0자"
    )


@pytest.mark.parametrize(
    ("variant", "heading"), [("tuned", "**◆ 튜닝** · 채팅형"), ("vanilla", "*◇ 바닐라* · 채팅형")]
)
def test_an_answer_names_its_variant_by_mark_and_word(variant: Variant, heading: str) -> None:
    assert rendering.answer_heading(turn(variant=variant), KOREAN) == heading


@pytest.mark.parametrize(
    ("progress", "text"),
    [
        ("asked", "차례를 기다리고 있습니다…"),
        ("waiting", "모델을 불러오는 중입니다. 준비되는 대로 답합니다. (0초)"),
        ("reading", "질문을 읽고 있습니다…"),
        ("done", "(빈 답변)"),
    ],
)
def test_an_answer_without_text_says_what_is_happening(progress: Progress, text: str) -> None:
    assert rendering.answer_text(turn(progress=progress, measures=None), KOREAN) == text


def test_an_answer_is_shown_in_parts_that_cannot_break_each_other() -> None:
    hostile = "```\n열린 코드"
    question, answer = rendering.conversation([turn(hostile)], KOREAN)
    assert (question["role"], answer["role"]) == ("user", "assistant")
    assert [part["text"] for part in question["content"]] == ["공매도란?"]
    assert answer["content"][1] == {"type": "text", "text": hostile}
    assert len(answer["content"]) == 3


def test_the_status_of_a_model_that_is_loading_counts_the_seconds() -> None:
    line = rendering.status_line(Loading(12.4), "krx-7b", demo=False, texts=KOREAN)
    assert "모델을 불러오는 중 · 12초" in line
    assert "krx-7b" in line


def test_the_status_of_a_ready_model_says_by_what_and_on_what() -> None:
    line = rendering.status_line(Ready(ScriptedEngine()), "pair", demo=True, texts=KOREAN)
    for fact in ("준비됨", "데모 쌍", "scripted 1", "none"):
        assert f">{fact}<" in line


@pytest.mark.parametrize(
    ("described", "shown"),
    [
        ("one base, adapter off and on", "바탕 하나, 어댑터만 켜고 끔"),
        ("two models in turn", "모델 둘, 번갈아 올림"),
        ("four shards", "four shards"),
    ],
)
def test_the_status_says_how_the_pair_is_held(described: str, shown: str) -> None:
    class Engine(ScriptedEngine):
        @property
        def info(self) -> EngineInfo:
            return super().info.model_copy(update={"loading": described})

    line = rendering.status_line(Ready(Engine()), "pair", demo=False, texts=KOREAN)
    assert f">{shown}<" in line


def test_the_status_of_a_failed_model_keeps_the_reason_as_text() -> None:
    line = rendering.status_line(Failed("no '<b>' file"), "pair", demo=False, texts=ENGLISH)
    assert "could not be opened" in line
    assert "no &#x27;&lt;b&gt;&#x27; file" in line


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ContextLengthError(5_000, 4_096, 512), ("5000토큰", "4096토큰", "512토큰")),
        (EngineError("CUDA out of memory"), ("모델이 답하지 못했습니다", "CUDA out of memory")),
        (EngineNotOpenError("no config.json"), ("모델이 열리지 않아", "no config.json")),
        (InputError("no chat template"), ("이 설정으로는", "no chat template")),
    ],
)
def test_an_error_is_one_korean_sentence_around_the_cause(
    error: WorkbenchError, words: tuple[str, ...]
) -> None:
    text = rendering.notice(error, KOREAN)
    assert all(word in text for word in words)


def test_an_error_that_quotes_markup_is_shown_as_text() -> None:
    text = rendering.notice(EngineError("<img src=x onerror=alert(1)>"), ENGLISH)
    assert "<img" not in text
    assert "&lt;img" in text


def test_the_notice_is_there_in_both_languages() -> None:
    assert "투자 권유가 아니" in rendering.ai_notice()
    assert "not investment advice" in rendering.ai_notice()
