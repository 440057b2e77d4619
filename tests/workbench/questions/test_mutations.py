"""A question file with anything done to it is a question set, or an error of ours."""

from __future__ import annotations

import copy
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.questions import load_questions
from workbench.questions.dump import dump_questions

DATA = Path(__file__).parents[2] / "data" / "questions"
ROWS = {
    name: [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]
    for name in ("workbench.jsonl", "published.jsonl")
}
ROWS["columns.jsonl"] = [{"question": "?", "answer": 1, "A": "ㄱ", "B": "ㄴ", "Category": "법"}]


def parquet_of(rows: list[dict[str, Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), file)
    return file.getvalue()


FILES = {
    **{path.name: path.read_bytes() for path in sorted(DATA.iterdir())},
    "published.parquet": parquet_of(ROWS["published.jsonl"][:1]),
}

# ── what is done to a file ───────────────────────────────────────────────────────────────────

FRAGMENTS = [
    *(b"\x00", b"\r", b"\n\n", b'"', b",", b"\\", b"\\ud800", b"\xef\xbb\xbf", b"\xed\xa0\x80"),
    *(b"NaN", b"1e999", b"9" * 5000, b"[" * 600, b'{"a":' * 600, "\u2028".encode()),
]
BYTES = st.binary(max_size=6) | st.sampled_from(FRAGMENTS)


@st.composite
def damaged_files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file's name, and its bytes after up to four cuts and insertions, perhaps broken off."""
    name = draw(st.sampled_from(sorted(FILES)))
    content = bytearray(FILES[name])
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        content[start : start + draw(st.integers(0, 12))] = draw(BYTES)
    return name, bytes(content[: draw(st.none() | st.integers(0, len(content)))])


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from([10**400, "", " ", "A", "②", "2.0", "가", "가", "A. 가", "\u2028", "\x00"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=12) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(sorted({key for rows in ROWS.values() for row in rows for key in row}))


# Lists within lists, deeper than Python could walk or write, though hypothesis lets it go deeper
# than it would by itself.
NEST = "a nest"
NESTED = "[" * 1700 + "]" * 1700


@st.composite
def mutated_rows(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file's name, and its rows with keys and values replaced, lost, moved and repeated."""
    name = draw(st.sampled_from(sorted(ROWS)))
    rows = copy.deepcopy(ROWS[name])
    for _ in range(draw(st.integers(1, 4))):
        row = draw(st.sampled_from(rows))
        key = draw(st.sampled_from(sorted(row)) if row else KEYS)
        match draw(st.sampled_from(["value", "key", "lose", "entry", "again", "nest"])):
            case "value":
                row[key] = draw(VALUES)
            case "key":
                row[draw(KEYS | st.text(max_size=4))] = row.get(key)
            case "lose":
                row.pop(key, None)
            case "entry" if isinstance(row.get(key), list) and row[key]:
                row[key][draw(st.integers(0, len(row[key]) - 1))] = draw(VALUES)
            case "again":
                rows.insert(draw(st.integers(0, len(rows))), dict(row))
            case "nest":
                row[key] = NEST
    text = "\n".join(json.dumps(row, ensure_ascii=draw(st.booleans())) for row in rows)
    return name, text.replace(f'"{NEST}"', NESTED).encode("utf-8")


# ── what must come of it ─────────────────────────────────────────────────────────────────────


def load_or_refuse(folder: Path, name: str, content: bytes) -> None:
    """What loads is the same after it was written down and read again; what does not is told in
    words that any terminal can show."""
    (folder / name).write_bytes(content)
    try:
        loaded = load_questions(folder / name)
    except WorkbenchError as error:
        str(error).encode("utf-8")
        return
    dump_questions(loaded.questions, folder / "written.jsonl")
    assert load_questions(folder / "written.jsonl").questions == loaded.questions


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutations")


MUTANTS = pytest.mark.parametrize("mutants", [300, pytest.param(1000, marks=pytest.mark.torture)])


def try_all(mutants: int, files: st.SearchStrategy[tuple[str, bytes]], folder: Path) -> None:
    @settings(max_examples=mutants, deadline=None, derandomize=True, database=None)
    @given(file=files)
    def attempt(file: tuple[str, bytes]) -> None:
        load_or_refuse(folder, *file)

    attempt()


@MUTANTS
def test_damaged_bytes_are_a_set_or_an_error_of_ours(mutants: int, folder: Path) -> None:
    try_all(mutants, damaged_files(), folder)


@MUTANTS
def test_mutated_rows_are_a_set_or_an_error_of_ours(mutants: int, folder: Path) -> None:
    try_all(mutants, mutated_rows(), folder)
