"""Words for people in Korean and English: YAML files of the same keys for each language."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, get_args

import yaml

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


class Texts:
    """The words of one language; `texts("answer.hanja", count=3)` fills in the braces.

    Keys are nested in the files and dotted here. `words` holds all of them.
    """

    def __init__(self, language: Language, words: dict[str, str]) -> None:
        self.language = language
        self.words = words

    def __call__(self, key: str, **values: object) -> str:
        return self.words[key].format(**values)


def read_texts(folder: Path, language: Language) -> Texts:
    """The words in `folder`/ko.yaml, or in all files of `folder`/ko/; the same with `en`."""
    files = sorted((folder / language).glob("*.yaml")) or [folder / f"{language}.yaml"]
    words: dict[str, str] = {}
    for file in files:
        words |= _flatten(yaml.safe_load(file.read_text("utf-8")))
    return Texts(language, words)


def _flatten(words: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, value in words.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}.")
        else:
            flat[f"{prefix}{key}"] = str(value)
    return flat
