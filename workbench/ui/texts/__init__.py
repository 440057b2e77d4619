"""Every visible word of the screens, in Korean and English.

Words that stand on the page from the start are translated in the browser (`translations` feeds
gr.I18n); words that a handler writes come from `Texts`, in the language of the request.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from workbench.languages import LANGUAGES, Language, Texts, read_texts

__all__ = [
    "LANGUAGES",
    "Language",
    "Texts",
    "example_questions",
    "load_texts",
    "translations",
]

_FOLDER = Path(__file__).parent


@cache
def load_texts(language: Language) -> Texts:
    return read_texts(_FOLDER, language)


def translations() -> dict[str, dict[str, str]]:
    """All words by language and dotted key, as gr.I18n takes them."""
    return {language: load_texts(language).words for language in LANGUAGES}


@cache
def example_questions(demo: bool) -> tuple[str, ...]:
    """What an empty chat offers; the short questions only where the demo pair answers them."""
    questions: dict[str, Any] = yaml.safe_load((_FOLDER / "examples.yaml").read_text("utf-8"))
    return (*questions["demo"], *questions["card"]) if demo else tuple(questions["card"])
