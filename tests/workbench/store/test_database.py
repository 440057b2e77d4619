"""The store's file: made, recognised and migrated; what is wrong with it is one sentence."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.workbench.records import (
    answer_to,
    answers_of,
    batch,
    question_of,
    question_set_of,
    spec_of,
    vote_of,
)
from tests.workbench.store.version_1 import write_version_1
from workbench.errors import StoreError
from workbench.store import Store
from workbench.store.migrations import SCHEMA_VERSION

ROOT = Path(__file__).parents[3]


def tables_of(path: Path) -> set[str]:
    """The SQL of every table, its spaces evened out."""
    with closing(sqlite3.connect(path)) as raw:
        found = raw.execute("SELECT sql FROM sqlite_schema WHERE sql > ''").fetchall()
        return {" ".join(sql.split()) for (sql,) in found}


def set_version(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {version}")


def one_sentence_about(path: Path) -> str:
    with pytest.raises(StoreError) as raised:
        Store(path)
    message = str(raised.value)
    assert str(path) in message or str(path.parent) in message
    assert "\n" not in message
    return message


# ── new and older files ──────────────────────────────────────────────────────────────────────


def test_a_store_and_its_folders_are_made_on_first_use(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "store.sqlite"
    with Store(path) as store:
        assert store.runs() == []
    assert path.is_file()


def test_an_older_store_keeps_its_runs_and_gets_the_new_tables(tmp_path: Path) -> None:
    path, new = tmp_path / "old.sqlite", tmp_path / "new.sqlite"
    write_version_1(path)
    with Store(path) as store:
        (run,) = store.runs()
        assert (run.id, run.spec) == (spec_of(4).id, spec_of(4))
        assert store.answers(run.id) == [answer_to(question_of(0)), answer_to(question_of(1))]
    Store(new).close()
    assert tables_of(path) == tables_of(new)


def test_a_run_of_an_older_store_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    write_version_1(path)
    with Store(path) as store:
        assert store.append(spec_of(4).id, batch(0, 1, 2, 3)) == 2
        store.save_questions(question_set_of(4))
        store.add_vote(vote_of(1))
        assert store.finish(spec_of(4).id).status == "finished"
    with Store(path) as reopened:
        assert reopened.questions(spec_of(4).question_set_hash) == question_set_of(4)
        assert reopened.votes() == [vote_of(1)]


def test_a_newer_store_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    Store(path).close()
    set_version(path, SCHEMA_VERSION + 1)
    before = path.read_bytes()
    assert "update the workbench" in one_sentence_about(path)
    assert path.read_bytes() == before


# ── files that cannot be used ────────────────────────────────────────────────────────────────


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    path.write_text("질문,답\n" * 500, "utf-8")
    assert "is not a SQLite file" in one_sentence_about(path)


def test_another_programs_database_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.sqlite"
    foreign = sqlite3.connect(path)
    foreign.execute("CREATE TABLE bookmarks (url TEXT)")
    foreign.close()
    before = path.read_bytes()
    assert "of another program" in one_sentence_about(path)
    assert path.read_bytes() == before


def test_a_damaged_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        store.append(store.begin(spec_of()).id, batch(0))
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    assert "is damaged" in one_sentence_about(path)


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    assert "cannot be opened" in one_sentence_about(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    message = one_sentence_about(tmp_path / "file" / "results" / "store.sqlite")
    assert "cannot be made" in message
    assert "KRX_WORKBENCH_HOME" in message


@pytest.fixture
def folder_of_someone_else() -> Iterator[Path]:
    """A readable folder in which this process may not write, even where the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Store(folder / "store.sqlite").close()
        write_version_1(folder / "old.sqlite")
        for file in folder.iterdir():
            file.chmod(0o444)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o755)


@pytest.mark.parametrize("name", ["store.sqlite", "old.sqlite"])
def test_a_read_only_store_is_refused_and_left_as_it_was(
    name: str, folder_of_someone_else: Path
) -> None:
    path = folder_of_someone_else / name
    before = path.read_bytes()
    assert "cannot be written" in one_sentence_about(path)
    assert path.read_bytes() == before


def test_a_new_store_in_a_read_only_folder_is_refused(folder_of_someone_else: Path) -> None:
    assert "cannot be opened" in one_sentence_about(folder_of_someone_else / "new.sqlite")


# ── a full disk ──────────────────────────────────────────────────────────────────────────────

LONG = "길다 " * 100_000


def evaluate_much(store: Store) -> None:
    answers = [answer.model_copy(update={"text": LONG}) for answer in answers_of(4)]
    store.append(spec_of(4).id, dict(enumerate(answers)))


def import_much(store: Store) -> None:
    n = 2000
    store.import_run(spec_of(n), answers_of(n), question_set_of(n))


def vote_at_length(store: Store) -> None:
    store.add_vote(vote_of(2).model_copy(update={"reason": LONG}))


def save_many_questions(store: Store) -> None:
    store.save_questions(question_set_of(5000))


def on_a_full_disk(write: Callable[[Store], None], path: Path, room: int) -> str:
    """The last line of a process that writes into the store while no file may outgrow `room`.

    The limit stands for the disk. It is set in a process of its own because pytest needs files.
    """
    script = (
        "import sys; from pathlib import Path; from workbench.store import Store\n"
        "import tests.workbench.store.test_database as writers\n"
        "getattr(writers, sys.argv[2])(Store(Path(sys.argv[1])))\n"
    )
    full = subprocess.run(
        [sys.executable, "-c", script, str(path), write.__name__],
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)),
        capture_output=True,
        text=True,
        check=False,
    )
    return full.stderr.splitlines()[-1]


@pytest.mark.parametrize("write", [evaluate_much, import_much, vote_at_length, save_many_questions])
def test_a_full_disk_is_reported_and_loses_nothing(
    write: Callable[[Store], None], tmp_path: Path
) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        run = store.begin(spec_of(4))
        store.append(run.id, batch(0, 1))
        store.add_vote(vote_of(1))
    message = on_a_full_disk(write, path, room=256 * 1024)
    assert f"StoreError: the result store '{path}' could not" in message
    with Store(path) as store:
        assert store.runs() == [run]
        assert store.answers(run.id) == answers_of(2)
        assert store.votes() == [vote_of(1)]
        assert store.append(run.id, batch(2)) == 1


def only_open(store: Store) -> None:
    """Opening is what brings an older store up to date."""


def test_an_older_store_on_a_full_disk_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite"
    write_version_1(path)
    before = path.read_bytes()
    message = on_a_full_disk(only_open, path, room=len(before))
    assert f"StoreError: the result store '{path}' could not" in message
    assert path.read_bytes() == before
    with Store(path) as store:
        assert store.answers(spec_of(4).id) == answers_of(2)
