"""What stands around the tabs."""

from __future__ import annotations

import pytest

from workbench.engines.scripted import ScriptedEngine
from workbench.schema import EngineInfo
from workbench.ui.loading import Failed, Loading, Ready
from workbench.ui.rendering.page import ai_notice, status_line
from workbench.ui.texts import load_texts

KOREAN, ENGLISH = load_texts("ko"), load_texts("en")


def test_the_status_of_a_model_that_is_loading_counts_the_seconds() -> None:
    line = status_line(Loading(12.4), "krx-7b", demo=False, texts=KOREAN)
    assert "모델을 불러오는 중 · 12초" in line
    assert "krx-7b" in line


def test_the_status_of_a_model_that_is_loading_says_what_for_and_escapes_it() -> None:
    line = status_line(Loading(1.0, "Loading <shards>"), "krx-7b", demo=False, texts=KOREAN)
    assert "<span>Loading &lt;shards&gt;</span>" in line


def test_the_status_of_a_ready_model_says_by_what_and_on_what() -> None:
    line = status_line(Ready(ScriptedEngine()), "pair", demo=True, texts=KOREAN)
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

    line = status_line(Ready(Engine()), "pair", demo=False, texts=KOREAN)
    assert f">{shown}<" in line


def test_the_status_of_a_failed_model_keeps_the_reason_as_text() -> None:
    line = status_line(Failed("no '<b>' file"), "pair", demo=False, texts=ENGLISH)
    assert "could not be opened" in line
    assert "no &#x27;&lt;b&gt;&#x27; file" in line


def test_the_notice_is_there_in_both_languages() -> None:
    assert "투자 권유가 아니" in ai_notice()
    assert "not investment advice" in ai_notice()
