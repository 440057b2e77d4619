"""The result store: what is written stays, whoever else writes, and faults are one sentence."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.errors import StoreError, UnknownNameError
from workbench.schema import Answer, EngineInfo, RunSpec
from workbench.store import SCHEMA_VERSION, Store

ENGINE = EngineInfo(
    engine="scripted",
    version="1",
    model="pair",
    base="base",
    device="none",
    dtype="none",
    context_length=100,
)


def spec_of(n_questions: int = 4, repeat: int = 0) -> RunSpec:
    return RunSpec(
        variant="tuned",
        engine=ENGINE,
        question_set="small",
        question_set_hash="0" * 64,
        n_questions=n_questions,
        method="loglik",
        prompt_style="native",
        prompt_format="native/mcqa/v1",
        prompt_hash="1" * 64,
        batch_size=2,
        extraction_version=0,
        repeat=repeat,
    )


def answer_to(ordinal: int, letter: str = "A") -> Answer:
    return Answer(
        question_id=f"q{ordinal}",
        question_hash=f"{ordinal:064d}",
        right="A",
        letter=letter,
        option_logprobs=(-0.1, -2.5e-7),
        text="정답은 A 입니다.",
    )


def batch(*ordinals: int, letter: str = "A") -> dict[int, Answer]:
    return {ordinal: answer_to(ordinal, letter) for ordinal in ordinals}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "results" / "store.sqlite") as opened:
        yield opened


def test_a_store_and_its_folders_are_made_on_first_use(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet" / "store.sqlite"
    with Store(path) as store:
        assert store.runs() == []
    assert path.is_file()


def test_what_was_written_is_read_back_by_another_store(store: Store) -> None:
    run = store.begin(spec_of())
    store.append(run.id, batch(0, 3))
    with Store(store.path) as reopened:
        assert reopened.answers(run.id) == [answer_to(0), answer_to(3)]
        assert reopened.answered(run.id) == {0, 3}
        assert reopened.runs() == [run]


def test_answers_come_in_question_order_however_they_were_written(store: Store) -> None:
    run = store.begin(spec_of())
    for ordinals in [(3, 1), (2, 0)]:
        store.append(run.id, batch(*ordinals))
    assert [answer.question_id for answer in store.answers(run.id)] == ["q0", "q1", "q2", "q3"]


def test_beginning_a_run_again_continues_it(store: Store) -> None:
    run = store.begin(spec_of())
    store.append(run.id, batch(0))
    assert store.begin(spec_of()) == run
    assert store.answered(run.id) == {0}


def test_a_repetition_is_a_run_of_its_own(store: Store) -> None:
    first, second = store.begin(spec_of()), store.begin(spec_of(repeat=1))
    store.append(first.id, batch(0))
    assert store.answered(second.id) == set()
    assert [run.spec.repeat for run in store.runs()] == [0, 1]


def test_an_answer_is_never_doubled_or_replaced(store: Store) -> None:
    run = store.begin(spec_of())
    assert store.append(run.id, batch(0, 1)) == 2
    assert store.append(run.id, batch(0, 1, letter="B")) == 0
    assert [answer.letter for answer in store.answers(run.id)] == ["A", "A"]


def test_a_batch_is_written_whole_or_not_at_all(store: Store) -> None:
    run = store.begin(spec_of())
    with pytest.raises(sqlite3.IntegrityError):
        store.append(run.id, {0: answer_to(0), -1: answer_to(1)})
    assert store.answered(run.id) == set()


def test_a_run_is_finished_once_and_only_when_complete(store: Store) -> None:
    run = store.begin(spec_of(n_questions=2))
    store.append(run.id, batch(0))
    with pytest.raises(StoreError, match="1 of 2 answers"):
        store.finish(run.id)
    store.append(run.id, batch(1))
    finished = store.finish(run.id)
    assert finished.status == "finished"
    assert store.finish(run.id) == finished


def test_an_export_depends_on_spec_and_answers_alone(store: Store, tmp_path: Path) -> None:
    run = store.begin(spec_of())
    store.append(run.id, batch(0, 1))
    store.append(run.id, batch(2, 3))
    store.finish(run.id)
    with Store(tmp_path / "other.sqlite") as other:
        other.begin(spec_of(repeat=9))
        other.begin(spec_of())
        other.append(run.id, batch(3, 1, 0, 2))
        assert other.export(run.id) == store.export(run.id)


def test_an_unknown_run_is_named_together_with_those_there_are(store: Store) -> None:
    run = store.begin(spec_of())
    with pytest.raises(UnknownNameError, match=f"unknown run 'nothing'; known: {run.id}"):
        store.export("nothing")


# ── files that cannot be used ────────────────────────────────────────────────────────────────


def one_sentence_about(path: Path) -> str:
    with pytest.raises(StoreError) as raised:
        Store(path)
    message = str(raised.value)
    assert str(path) in message or str(path.parent) in message
    assert "\n" not in message
    return message


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


def test_a_newer_store_is_refused(store: Store) -> None:
    newer = sqlite3.connect(store.path)
    newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    newer.close()
    assert "update the workbench" in one_sentence_about(store.path)


def test_a_damaged_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        store.append(store.begin(spec_of()).id, batch(0))
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    assert "is damaged" in one_sentence_about(path)


def test_a_run_that_cannot_be_understood_is_reported(store: Store) -> None:
    run = store.begin(spec_of())
    edited = sqlite3.connect(store.path)
    edited.execute("UPDATE runs SET spec = '{}'")
    edited.commit()
    edited.close()
    with pytest.raises(StoreError, match="RunSpec that this workbench cannot read"):
        store.run(run.id)


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
        (folder / "store.sqlite").chmod(0o444)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)
            folder.chmod(0o755)


def test_a_read_only_store_is_refused(folder_of_someone_else: Path) -> None:
    assert "cannot be written" in one_sentence_about(folder_of_someone_else / "store.sqlite")


def test_a_new_store_in_a_read_only_folder_is_refused(folder_of_someone_else: Path) -> None:
    assert "cannot be opened" in one_sentence_about(folder_of_someone_else / "new.sqlite")


def test_a_full_disk_is_reported_and_loses_nothing(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk; it would bind pytest too."""
    path = tmp_path / "store.sqlite"
    with Store(path) as store:
        run = store.begin(spec_of(n_questions=10_000))
        store.append(run.id, batch(0, 1))
    script = (
        "import sys; from pathlib import Path; from workbench.store import Store\n"
        "from workbench.schema import Answer\n"
        "answer = Answer(question_id='q', question_hash='h', right='A', text='x' * 1000)\n"
        "store = Store(Path(sys.argv[1]))\n"
        "store.append(sys.argv[2], {n: answer for n in range(2, 2000)})\n"
    )
    limit = 256 * 1024
    full = subprocess.run(
        [sys.executable, "-c", script, str(path), run.id],
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "StoreError: the result store" in full.stderr.splitlines()[-1]
    with Store(path) as store:
        assert store.answered(run.id) == {0, 1}
        assert store.append(run.id, batch(2)) == 1
