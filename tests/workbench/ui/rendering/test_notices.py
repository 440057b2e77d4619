"""Errors as one sentence for people."""

from __future__ import annotations

import pytest

from workbench.errors import ContextLengthError, EngineError, InputError, WorkbenchError
from workbench.ui.loading import EngineNotOpenError
from workbench.ui.rendering.notices import notice
from workbench.ui.texts import load_texts

KOREAN, ENGLISH = load_texts("ko"), load_texts("en")


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
    text = notice(error, KOREAN)
    assert all(word in text for word in words)


def test_an_error_that_quotes_markup_is_shown_as_text() -> None:
    text = notice(EngineError("<img src=x onerror=alert(1)>"), ENGLISH)
    assert "<img" not in text
    assert "&lt;img" in text
