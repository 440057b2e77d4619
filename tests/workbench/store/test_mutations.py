"""A result file with anything done to it is read, or refused by an error of ours."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workbench.records import answers_of, question_set_of, spec_of, vote_of
from workbench.errors import WorkbenchError
from workbench.store import Store

MUTANTS = pytest.mark.parametrize("mutants", [300, pytest.param(1000, marks=pytest.mark.torture)])
# Where records lie, each in its own column.
COLUMNS = [
    *(("runs", "spec"), ("runs", "created"), ("runs", "status"), ("runs", "finished")),
    *(("answers", "answer"), ("answers", "ordinal"), ("answers", "question_hash")),
    *(("questions", "question"), ("question_sets", "name"), ("votes", "vote")),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store with a finished run, its questions and a vote, in one file."""
    path = tmp_path_factory.mktemp("whole") / "store.sqlite"
    with Store(path) as store:
        store.import_run(spec_of(6), answers_of(6), question_set_of(6))
        store.add_vote(vote_of(1))
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
    return path.read_bytes()


def use(path: Path) -> None:
    """All that a store is asked for, and something to write."""
    with Store(path) as store:
        for run in store.runs():
            store.export(run.id)
            store.questions(run.spec.question_set_hash)
            store.answered(run.id)
        store.votes()
        store.add_vote(vote_of(2))
        store.import_run(spec_of(5), answers_of(5), question_set_of(5))


def use_or_refuse(path: Path) -> None:
    try:
        use(path)
    except WorkbenchError as error:
        str(error).encode("utf-8")


def remove(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


@st.composite
def damage(draw: st.DrawFn) -> list[tuple[float, bytes, bool]]:
    """Where (as a share of the file), what, and whether it replaces or pushes aside."""
    pieces = st.binary(min_size=1, max_size=8) | st.sampled_from([b"\0" * 512, b"\xff" * 64])
    places = st.floats(0, 1) | st.floats(0, 0.01)  # the header lies at the start
    return draw(st.lists(st.tuples(places, pieces, st.booleans()), min_size=1, max_size=6))


@MUTANTS
def test_damaged_bytes_are_read_or_an_error_of_ours(
    mutants: int, whole: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "damaged.sqlite"

    @settings(max_examples=mutants, deadline=None, derandomize=True, database=None)
    @given(done=damage(), cut=st.none() | st.floats(0, 1))
    def attempt(done: list[tuple[float, bytes, bool]], cut: float | None) -> None:
        content = bytearray(whole)
        for share, piece, replaces in done:
            start = int(share * len(content))
            content[start : start + (len(piece) if replaces else 0)] = piece
        remove(path)
        path.write_bytes(content if cut is None else content[: int(cut * len(content))])
        use_or_refuse(path)

    attempt()


VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.binary(max_size=6),
    st.sampled_from(["{}", "[]", "null", "open", "2026-01-01", b"\xff\xfe"]),
)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@MUTANTS
def test_mutated_rows_are_read_or_an_error_of_ours(
    mutants: int, whole: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "mutated.sqlite"

    @settings(max_examples=mutants, deadline=None, derandomize=True, database=None)
    @given(data=st.data(), place=st.sampled_from(COLUMNS))
    def attempt(data: st.DataObject, place: tuple[str, str]) -> None:
        table, column = place
        remove(path)
        path.write_bytes(whole)
        with closing(sqlite3.connect(path)) as raw:
            (old,) = raw.execute(f"SELECT {column} FROM {table}").fetchone()
            new = data.draw(VALUES)
            if isinstance(old, str) and old.startswith("{") and data.draw(st.booleans()):
                record = json.loads(old)
                record[data.draw(st.sampled_from(sorted(record)))] = data.draw(JSON_VALUES)
                new = json.dumps(record)
            try:
                raw.execute(f"UPDATE {table} SET {column} = ?", (new,))
            except sqlite3.IntegrityError:  # what the tables themselves refuse
                return
            raw.commit()
        use_or_refuse(path)

    attempt()
