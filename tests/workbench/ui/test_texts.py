"""Both languages say everything, and nothing is said outside their files."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest

from workbench.ui.texts import LANGUAGES, example_questions, load_texts, translations

UI = Path(__file__).parents[3] / "workbench" / "ui"
SOURCES = sorted(UI.rglob("*.py"))

HANGUL = re.compile("[가-힣]")
SENTENCE = re.compile(r"^[A-Z][a-z']+ [a-z]+")


def words_by_language() -> dict[str, dict[str, str]]:
    return {language: load_texts(language).words for language in LANGUAGES}


def visible_strings(source: Path) -> list[str]:
    """String constants of a module without its docstrings."""
    tree = ast.parse(source.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def test_both_languages_hold_the_same_keys_in_the_same_order() -> None:
    korean, english = (list(words) for words in words_by_language().values())
    assert korean == english


def test_both_languages_fill_in_the_same_values() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    korean, english = words_by_language().values()
    assert {k: fields(v) for k, v in korean.items()} == {k: fields(v) for k, v in english.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    assert all(text.strip() for text in translations()[language].values())


def test_every_text_is_used_and_every_used_text_exists() -> None:
    code = "\n".join(source.read_text("utf-8") for source in SOURCES)
    for template in UI.rglob("*.html"):  # which say phrases of the report as well
        code += "\n".join(re.findall(r'texts\("[^"]+"', template.read_text("utf-8")))
    keys = set(translations()["ko"])
    sections = {key.split(".")[0] for key in keys}
    # A key is named whole, or by an f-string whose braces stand for its last part.
    named = {
        key
        for key in re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", code)
        if key.split(".")[0] in sections
    }
    named |= {f"{key}_info" for key in named if f"{key}_info" in keys}
    by_section = set(re.findall(r"""f["']([a-z_]+)\.\{""", code)) | {"chatbot"}  # Gradio's own
    assert named <= keys
    assert {key for key in keys - named if key.split(".")[0] not in by_section} == set()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_word_for_people_stands_in_the_code(source: Path) -> None:
    strings = visible_strings(source)
    assert [text for text in strings if HANGUL.search(text) or SENTENCE.search(text)] == []


def test_a_text_is_filled_in() -> None:
    assert load_texts("ko")("answer.hanja", count=3) == "한자 3자"
    assert load_texts("en")("answer.seconds", value="0.21") == "0.21 s"


def test_only_the_demo_pair_is_offered_the_short_questions() -> None:
    card, demo = example_questions(demo=False), example_questions(demo=True)
    assert len(card) == 3
    assert demo[-3:] == card
    assert "유상증자란 무엇인가요?" in demo
    assert len(demo) == 7
