"""Which files become sets of open questions, and what is said about those that do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import InputError, QuestionFileError, UnknownNameError
from workbench.questions import bundled_names, load_open_questions
from workbench.schema import OpenQuestion

QUESTION: dict[str, Any] = {
    "id": "short-selling",
    "question": "공매도란?",
    "answer": "주식을 빌려서 판 뒤 나중에 사서 갚는 거래이다.",
    "points": ["빌려서 판다", "나중에 갚는다"],
    "category": "금융시장",
    "area": "금융 개념",
    "reference_id": "공매도",
    "as_of": "2026-11-30",
}


def write(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(QuestionFileError) as caught:
        load_open_questions(path)
    return [str(fault) for fault in caught.value.faults]


def test_every_field_is_kept(tmp_path: Path) -> None:
    question_set = load_open_questions(write(tmp_path / "open.jsonl", QUESTION))
    (question,) = question_set.questions
    assert question.model_dump(mode="json", exclude_defaults=True) == QUESTION
    assert (question_set.name, question_set.origin) == ("open", str(tmp_path / "open.jsonl"))


def test_a_question_without_an_id_gets_one_from_its_place(tmp_path: Path) -> None:
    bare = {"question": "쿠폰이란?", "answer": "채권의 이자."}
    question_set = load_open_questions(write(tmp_path / "open.jsonl", QUESTION, bare))
    assert [question.id for question in question_set.questions] == ["short-selling", "open-0002"]


def test_text_comes_out_in_nfc(tmp_path: Path) -> None:
    decomposed = {**QUESTION, "question": "가격이란?"}
    (question,) = load_open_questions(write(tmp_path / "open.jsonl", decomposed)).questions
    assert question.question == "가격이란?"


FAULTY: list[tuple[dict[str, Any] | str, str]] = [
    ({"question": "공매도란?"}, "line 1: answer is missing"),
    ({**QUESTION, "answer": " "}, "line 1: answer is missing"),
    ({**QUESTION, "question": " "}, "line 1: question text is empty"),
    (
        {**QUESTION, "points": "빌려서 판다"},
        "line 1: points is '빌려서 판다', expected a list of texts",
    ),
    ({**QUESTION, "points": ["빌려서 판다", ""]}, "line 1: points text is empty"),
    ({**QUESTION, "points": ["빌려서 판다", 2]}, "line 1: points 1 is 2, expected text"),
    ({**QUESTION, "as_of": "soon"}, "line 1: as_of is 'soon', expected a date such as 2026-11-30"),
    ({**QUESTION, "point": ["a"]}, "line 1: unknown key 'point'; did you mean 'points'?"),
    ({**QUESTION, "options": ["a", "b"]}, "line 1: unknown key 'options'; did you mean 'points'?"),
    ("{", "line 1: not JSON: Expecting property name enclosed in double quotes at column 2"),
]


@pytest.mark.parametrize(("row", "fault"), FAULTY)
def test_a_fault_is_named_with_its_line(
    row: dict[str, Any] | str, fault: str, tmp_path: Path
) -> None:
    assert faults_of(write(tmp_path / "open.jsonl", row)) == [fault]


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    again = {**QUESTION, "id": "other"}
    namesake = {**QUESTION, "answer": "다른 답."}
    path = write(tmp_path / "open.jsonl", QUESTION, {"id": "empty"}, again, namesake)
    assert faults_of(path) == [
        "line 2: question is missing",
        "line 2: answer is missing",
        "line 3: the same question as line 1",
        "line 4: the same id as line 1",
    ]


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert faults_of(write(tmp_path / "open.jsonl", "")) == ["there is no question in it"]


def test_an_unknown_name_lists_the_bundled_ones() -> None:
    with pytest.raises(UnknownNameError, match="unknown set of open questions 'qa'; known: krx-qa"):
        load_open_questions("qa")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file '.*none\.jsonl'"):
        load_open_questions(tmp_path / "none.jsonl")


def test_the_bundled_set_loads_under_its_name_and_is_no_multiple_choice_set() -> None:
    assert load_open_questions("krx-qa").name == "krx-qa"
    assert "krx-qa" not in bundled_names()


# ── identity ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("field", ["question", "answer", "points", "reference"])
def test_what_is_asked_and_what_is_good_make_the_question(field: str) -> None:
    question = OpenQuestion.model_validate(QUESTION)
    changed: Any = ("다름",) if field == "points" else "다름"
    assert question.model_copy(update={field: changed}).hash != question.hash


@pytest.mark.parametrize("field", ["id", "category", "area", "source", "licence", "reference_id"])
def test_what_is_filed_beside_it_may_be_corrected(field: str) -> None:
    question = OpenQuestion.model_validate(QUESTION)
    assert question.model_copy(update={field: "다름"}).hash == question.hash


def test_questions_of_one_reference_are_one_cluster() -> None:
    question = OpenQuestion.model_validate(QUESTION)
    assert question.cluster == "공매도"
    assert question.model_copy(update={"reference_id": ""}).cluster != "공매도"
