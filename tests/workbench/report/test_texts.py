"""Both languages of the report say everything, and nothing is said outside their files."""

from __future__ import annotations

import re
import string
from pathlib import Path
from typing import get_args

import pytest

from workbench.languages import LANGUAGES
from workbench.report.phrases import load_texts, say, say_if_known
from workbench.schema import UnparsedReason

REPORT = Path(__file__).parents[3] / "workbench" / "report"
CODE = "\n".join(
    path.read_text("utf-8") for path in sorted(REPORT.iterdir()) if path.suffix in {".py", ".html"}
)
# Sections whose keys are values of the data, or of a record's field.
BY_VALUE = {"variant", "method", "style", "unparsed", "area", "field"}


def words() -> dict[str, dict[str, str]]:
    return {language: load_texts(language).words for language in LANGUAGES}


def test_both_languages_hold_the_same_keys_in_the_same_order() -> None:
    korean, english = (list(each) for each in words().values())
    assert korean == english


def test_both_languages_fill_in_the_same_values() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    korean, english = words().values()
    assert {k: fields(v) for k, v in korean.items()} == {k: fields(v) for k, v in english.items()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language: str) -> None:
    assert all(text.strip() for text in words()[language].values())


def test_every_text_is_used_and_every_used_text_exists() -> None:
    keys = set(words()["ko"])
    sections = {key.split(".")[0] for key in keys}
    quoted = set(re.findall(r'"([a-z_]+\.[a-z_]+)"', CODE))
    quoted -= {"page.html", "marks.html", "style.css"}
    named = {key for key in quoted if key.split(".")[0] in sections}
    # f-strings whose braces end the key
    begun = set(re.findall(r'f"([a-z_]+\.)\{', CODE))
    assert named <= keys
    unused = {key for key in keys - named if key.split(".")[0] not in BY_VALUE}
    assert {key for key in unused if f"{key.split('.')[0]}." not in begun} == set()


def test_every_reason_has_a_name() -> None:
    assert {f"unparsed.{reason}" for reason in get_args(UnparsedReason)} <= set(words()["ko"])


def test_no_korean_particle_depends_on_what_is_filled_in() -> None:
    particle = re.compile(r"\}(은|는|이|가|을|를|와|과|로|으로)(?![가-힣])")
    assert [text for text in words()["ko"].values() if particle.search(text)] == []


def test_no_word_for_people_stands_in_the_code() -> None:
    without_switch = CODE.replace('"한국어"', "").replace(">한국어<", "")
    assert re.findall("[가-힣]+", without_switch) == []


# ── phrases ──────────────────────────────────────────────────────────────────────────────────


def test_a_phrase_is_said_in_every_language_at_once() -> None:
    html = say("paired.questions", n="3").__html__()
    assert '<span class="say" lang="ko">3문항</span>' in html
    assert '<span class="say" lang="en">3 questions</span>' in html


def test_what_reads_alike_is_said_once() -> None:
    assert say("side.lettered", letter="A", name="krx").__html__() == "A · krx"


def test_phrases_within_phrases_keep_to_one_language() -> None:
    phrase = say("verdict.favours", side=say("variant.tuned"))
    assert phrase.text("ko") == "◆\u00a0튜닝 쪽이 나음"
    assert phrase.text("en") == "◆\u00a0Tuned better"


def test_what_fills_a_phrase_is_escaped() -> None:
    html = say("side.of_model", name="<b>", model="&").__html__()
    assert "&lt;b&gt; (&amp;)" in html


def test_a_word_that_only_the_data_knows_is_kept() -> None:
    assert say_if_known("area.fin_ratio", "fin_ratio") == say("area.fin_ratio")
    assert say_if_known("area.other", "other") == "other"
