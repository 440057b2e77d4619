"""Spans of time in words."""

from __future__ import annotations

from workbench import numerals
from workbench.ui.texts import Texts


def seconds_text(seconds: float, texts: Texts) -> str:
    return texts("answer.seconds", value=numerals.seconds(seconds))


def whole_seconds(seconds: float, texts: Texts) -> str:
    """A wait that is still counting up."""
    return texts("answer.seconds", value=numerals.whole_seconds(seconds))
