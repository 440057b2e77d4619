"""Training files become rows, whatever their columns are called."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest

from workbench.contamination import TrainingRow, training_rows
from workbench.contamination.rows import PASSAGE, lettered_options
from workbench.errors import InputError


def rows_of(path: Path, content: str) -> list[TrainingRow]:
    path.write_text(content, "utf-8")
    return list(training_rows(path))


def test_all_texts_of_a_json_object_count(tmp_path: Path) -> None:
    value = {"messages": [{"role": "user", "content": "국채란?"}], "value": 3, "answer": None}
    (row,) = rows_of(tmp_path / "t.jsonl", json.dumps(value) + "\n\n")
    assert row.text.split("\n") == ["user", "국채란?"]
    assert row.place == "t.jsonl line 1"


@pytest.mark.parametrize(
    "options", [["국채", "환율"], ["A. 국채", "B. 환율"], ["(a) 국채", "(b) 환율"]]
)
def test_listed_options_lose_their_letters(options: list[str], tmp_path: Path) -> None:
    content = json.dumps({"question": "?", "options": options})
    expected = ("국채", "환율") if options[0][0] != "(" else ("(a) 국채", "(b) 환율")
    assert rows_of(tmp_path / "t.jsonl", content)[0].options[0] == expected


def test_parquet_is_read_like_json(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"question": ["가?", "나?"], "options": [["1", "2"], ["3", "4"]]})
    pq.write_table(table, tmp_path / "t.parquet")
    rows = list(training_rows(tmp_path / "t.parquet"))
    assert [row.place for row in rows] == ["t.parquet row 1", "t.parquet row 2"]
    assert rows[1].options == (("3", "4"),)


def test_running_text_is_cut_into_passages_that_overlap(tmp_path: Path) -> None:
    paragraphs = [f"{i}번째 문단. " + "가나다라 " * 60 for i in range(30)]
    rows = rows_of(tmp_path / "t.txt", "\n\n".join(paragraphs))
    assert len(rows) > 3
    assert all(len(row.text) < 2 * PASSAGE for row in rows)
    pairs = [f"{a}\n\n{b}" for a, b in pairwise(paragraphs)]
    assert all(any(pair in row.text for row in rows) for pair in pairs)


def test_a_short_text_is_one_row(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path / "t.md", "# 제목\n\n국채는 나라의 빚이다.\n")
    assert row.place == "t.md line 1"


def test_every_question_of_a_text_has_its_own_options() -> None:
    text = "하나?\nA. 가\nB) 나\n정답 A\n둘?\n A．다\n B: 라\n C. 마\nE. 바"
    assert lettered_options(text) == [("가", "나"), ("다", "라", "마")]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("t.csv", b"", "is no training file; expected one of .jsonl"),
        ("t.jsonl", b'{"a": 1}\n{', "line 2 is not JSON"),
        ("t.jsonl", "국채".encode("cp949"), "is not UTF-8"),
        ("t.parquet", b"nothing", "cannot be read as parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    name: str, data: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=said):
        list(training_rows(tmp_path / name))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        list(training_rows(tmp_path / "missing.txt"))
