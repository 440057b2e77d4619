"""Spans of time in words."""

from __future__ import annotations

import pytest

from workbench.ui.rendering.durations import seconds_text
from workbench.ui.texts import load_texts

KOREAN, ENGLISH = load_texts("ko"), load_texts("en")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0.00초"), (0.214, "0.21초"), (9.99, "9.99초"), (12.4, "12초")]
)
def test_seconds_are_exact_where_it_matters(seconds: float, text: str) -> None:
    assert seconds_text(seconds, KOREAN) == text
