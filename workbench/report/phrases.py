"""Words of the report, said in Korean and English at once: the reader's switch hides the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from workbench.languages import LANGUAGES, Language, Texts, read_texts

FOLDER = Path(__file__).parent / "texts"


@cache
def load_texts(language: Language) -> Texts:
    return read_texts(FOLDER, language)


@dataclass(frozen=True)
class Phrase:
    """A key of the texts and what fills its braces: values as they are, or further phrases."""

    key: str
    values: Mapping[str, object]

    def text(self, language: Language) -> str:
        filled = {
            name: value.text(language) if isinstance(value, Phrase) else value
            for name, value in self.values.items()
        }
        return load_texts(language)(self.key, **filled)

    def __html__(self) -> str:
        """Every language, escaped, each marked as such; templates put it in by this method."""
        texts = {language: self.text(language) for language in LANGUAGES}
        if len(set(texts.values())) == 1:
            return escape(texts["ko"])
        return "".join(
            f'<span class="say" lang="{language}">{escape(text)}</span>'
            for language, text in texts.items()
        )


def say(key: str, **values: object) -> Phrase:
    return Phrase(key, values)


def say_if_known(key: str, otherwise: str) -> Phrase | str:
    """The phrase of this key, or a word that only the data knows."""
    return say(key) if key in load_texts("ko").words else otherwise
