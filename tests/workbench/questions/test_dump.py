"""Writing questions so that they come back the same, byte for byte and question for question."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.questions import dump_questions, load_questions
from workbench.schema import LETTERS, Question

QUESTION = Question(id="1", question="국채를 내는 곳은?", options=("정부", "기업"), answer="A")


def test_only_what_differs_from_the_default_is_written(tmp_path: Path) -> None:
    dump_questions([QUESTION], tmp_path / "q.jsonl")
    assert (tmp_path / "q.jsonl").read_bytes().decode("utf-8") == (
        '{"id": "1", "question": "국채를 내는 곳은?", "options": ["정부", "기업"], "answer": "A"}\n'
    )


def test_text_is_written_in_nfc(tmp_path: Path) -> None:
    decomposed = QUESTION.model_copy(
        update={"question": unicodedata.normalize("NFD", QUESTION.question)}
    )
    dump_questions([QUESTION], tmp_path / "nfc.jsonl")
    dump_questions([decomposed], tmp_path / "nfd.jsonl")
    assert (tmp_path / "nfd.jsonl").read_bytes() == (tmp_path / "nfc.jsonl").read_bytes()


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text("old", "utf-8")
    dump_questions([QUESTION], path)
    assert load_questions(path).questions == (QUESTION,)
    assert list(tmp_path.glob(".q*")) == []


def test_the_old_file_survives_a_dump_that_fails(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    dump_questions([QUESTION], path)
    with pytest.raises(InputError, match="there are no questions to write"):
        dump_questions([], path)
    assert load_questions(path).questions == (QUESTION,)


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        dump_questions([QUESTION], tmp_path / "missing" / "q.jsonl")


TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12).map(
    lambda text: unicodedata.normalize("NFC", text)
)
FILLED = TEXT.filter(str.strip)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    options = draw(st.lists(FILLED, min_size=2, max_size=7, unique_by=str.strip))
    return Question(
        id=draw(FILLED),
        question=draw(FILLED),
        options=tuple(options),
        answer=draw(st.sampled_from(LETTERS[: len(options)])),
        category=draw(st.just("") | FILLED),
        difficulty=draw(st.sampled_from([None, "easy", "hard"])),
        reference=draw(st.just("") | FILLED),
        as_of=draw(st.none() | st.dates()),
    )


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("dump")


@given(st.lists(questions(), min_size=1, max_size=5, unique_by=(lambda q: q.id, lambda q: q.hash)))
@settings(max_examples=60, deadline=None)
def test_a_dumped_set_loads_as_the_same_questions_and_dumps_as_the_same_bytes(
    scratch: Path, written: list[Question]
) -> None:
    dump_questions(written, scratch / "once.jsonl")
    read = load_questions(scratch / "once.jsonl").questions
    dump_questions(read, scratch / "twice.jsonl")
    assert read == tuple(written)
    assert (scratch / "once.jsonl").read_bytes() == (scratch / "twice.jsonl").read_bytes()
