"""Every visible word, in Korean and English.

`ko.yaml` and `en.yaml` hold the same keys, nested in the files and dotted here: `chat.clear`.
Words that stand on the page from the start are translated in the browser (`translations` feeds
gr.I18n); words that a handler writes come from `Texts`, in the language of the request.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_FOLDER = Path(__file__).parent


class Texts:
    """The words of one language; `texts("answer.hanja", count=3)` fills in the braces."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.words = _flatten(_read(f"{language}.yaml"))

    def __call__(self, key: str, **values: object) -> str:
        return self.words[key].format(**values)


@cache
def load_texts(language: Language) -> Texts:
    return Texts(language)


def translations() -> dict[str, dict[str, str]]:
    """All words by language and dotted key, as gr.I18n takes them."""
    return {language: load_texts(language).words for language in LANGUAGES}


@cache
def example_questions(demo: bool) -> tuple[str, ...]:
    """What an empty chat offers; the short questions only where the demo pair answers them."""
    questions = _read("examples.yaml")
    return (*questions["demo"], *questions["card"]) if demo else tuple(questions["card"])


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((_FOLDER / name).read_text("utf-8"))
    return content


def _flatten(words: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in words.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat
