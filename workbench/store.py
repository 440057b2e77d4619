"""Where results are written down: one SQLite file, safe to kill at any moment.

A batch of answers is one transaction, and WAL with `synchronous=FULL` makes a committed one
survive even a power cut. Each answer has one place, (run, ordinal of its question), so two
processes that evaluate the same run at once can neither double nor lose one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from workbench.config import HOME_VARIABLE
from workbench.errors import StoreError, UnknownNameError
from workbench.schema import Answer, Record, Run, RunSpec

SCHEMA_VERSION = 1
APPLICATION_ID = 0x4B525857  # 'KRXW' in the file's header: tells our files from other SQLite files
BUSY_SECONDS = 60.0  # a batch commits in milliseconds; a minute of waiting means something is stuck

_SCHEMA = """
CREATE TABLE runs (
    id       TEXT PRIMARY KEY,
    spec     TEXT NOT NULL,
    status   TEXT NOT NULL CHECK (status IN ('open', 'finished')),
    created  TEXT NOT NULL,
    finished TEXT CHECK ((finished IS NOT NULL) = (status = 'finished'))
) STRICT;
CREATE TABLE answers (
    run_id        TEXT NOT NULL REFERENCES runs (id),
    ordinal       INTEGER NOT NULL CHECK (ordinal >= 0),
    question_hash TEXT NOT NULL,
    answer        TEXT NOT NULL,
    PRIMARY KEY (run_id, ordinal)
) STRICT, WITHOUT ROWID;
"""

# What SQLite's primary result codes mean to the person who can act. Others are bugs of ours.
_EXPLANATIONS = {
    sqlite3.SQLITE_NOTADB: "is not a SQLite file; move it away or give another path",
    sqlite3.SQLITE_CORRUPT: "is damaged; move it away, or restore it from a copy",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that the path is a file in a folder you own",
    sqlite3.SQLITE_READONLY: "cannot be written; make the file and its folder writable",
    sqlite3.SQLITE_PERM: "may not be opened; make the file and its folder readable and writable",
    sqlite3.SQLITE_FULL: "could not grow because the disk is full; free some space and run again, "
    "nothing written before is lost",
    sqlite3.SQLITE_IOERR: "could not be read or written because the disk reports an error; check "
    "its free space and health, then run again",
    sqlite3.SQLITE_BUSY: f"was locked by another process for {BUSY_SECONDS:.0f} seconds; end that "
    "process or wait for it, then run again",
}


class Store:
    """Runs and their answers. Belongs to the thread that opened it; opening another is cheap.

    Every method raises StoreError, in one sentence, where the file or the disk is at fault.
    """

    def __init__(self, path: Path) -> None:
        """Open the store at `path`; the file and its folders are made where they are missing."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the folder '{path.parent}' for results cannot be made ({error.strerror}); "
                f"give --store another path or set {HOME_VARIABLE}"
            ) from error
        with _explained(path):
            self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────

    def begin(self, spec: RunSpec) -> Run:
        """The run of this spec: a new one, or the one that is there, to be continued."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO runs (id, spec, status, created) VALUES (?, ?, 'open', ?) "
                "ON CONFLICT DO NOTHING",
                (spec.id, _canonical(spec), _now()),
            )
        return self.run(spec.id)

    def append(self, run_id: str, answers: Mapping[int, Answer]) -> int:
        """Write one batch, ordinal of the question → answer, in one transaction.

        What is written stays: an ordinal that already has its answer, because another process was
        quicker, is skipped. Returns how many answers were new.
        """
        with self._transaction():
            before = self._connection.total_changes
            self._connection.executemany(
                "INSERT INTO answers (run_id, ordinal, question_hash, answer) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (run_id, ordinal) DO NOTHING",
                [
                    (run_id, ordinal, answer.question_hash, _canonical(answer))
                    for ordinal, answer in sorted(answers.items())
                ],
            )
            return self._connection.total_changes - before

    def finish(self, run_id: str) -> Run:
        """Mark a run whose every question has its answer; finishing twice changes nothing.

        Raises StoreError while answers are missing.
        """
        expected = self.run(run_id).spec.n_questions
        with self._transaction():
            answered = len(self.answered(run_id))
            if answered != expected:
                raise StoreError(
                    f"run {run_id} has {answered} of {expected} answers and cannot be finished; "
                    "evaluate it again to continue it"
                )
            self._connection.execute(
                "UPDATE runs SET status = 'finished', finished = ? "
                "WHERE id = ? AND status = 'open'",
                (_now(), run_id),
            )
        return self.run(run_id)

    # ── reading ──────────────────────────────────────────────────────────────────────────────

    def run(self, run_id: str) -> Run:
        """Raises UnknownNameError, with the runs that there are."""
        found = self._fetch("SELECT * FROM runs WHERE id = ?", run_id)
        if not found:
            raise UnknownNameError("run", run_id, [run.id for run in self.runs()])
        return self._read_run(found[0])

    def runs(self) -> list[Run]:
        """All runs, the oldest first."""
        return [self._read_run(found) for found in self._fetch("SELECT * FROM runs ORDER BY rowid")]

    def answered(self, run_id: str) -> set[int]:
        """Ordinals of the questions that have their answer."""
        found = self._fetch("SELECT ordinal FROM answers WHERE run_id = ?", run_id)
        return {int(columns["ordinal"]) for columns in found}

    def answers(self, run_id: str) -> list[Answer]:
        """The answers written so far, in question order."""
        return list(self._numbered_answers(run_id).values())

    def export(self, run_id: str) -> str:
        """The run as JSON lines: its spec, then its answers in question order.

        The bytes depend on the spec and the answers alone: not on times, nor on the order in
        which batches were written.
        """
        head = {"run": run_id, "spec": self.run(run_id).spec.model_dump(mode="json")}
        lines = [
            {"ordinal": ordinal, **answer.model_dump(mode="json")}
            for ordinal, answer in self._numbered_answers(run_id).items()
        ]
        return "".join(f"{_canonical_json(line)}\n" for line in [head, *lines])

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    def _prepare(self) -> None:
        """Make the tables in a new file; refuse a file that is not ours or is newer than we are."""
        with _explained(self.path):
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA synchronous = FULL")
        # Under the write lock, because two processes may meet a new file at the same moment.
        with self._transaction():
            if not self._fetch("SELECT 1 FROM sqlite_schema LIMIT 1"):
                for statement in _SCHEMA.split(";"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self._check_identity()
        with _explained(self.path):
            self._connection.execute("PRAGMA journal_mode = WAL")

    def _check_identity(self) -> None:
        if self._fetch("PRAGMA application_id")[0][0] != APPLICATION_ID:
            raise StoreError(
                f"'{self.path}' is a SQLite file of another program; give another path for results"
            )
        version = self._fetch("PRAGMA user_version")[0][0]
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"the result store '{self.path}' has schema version {version} and this workbench "
                f"knows {SCHEMA_VERSION}; update the workbench or give another path for results"
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Everything inside is written, or nothing of it, whatever interrupts."""
        with _explained(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # some disk errors roll back by themselves
                    self._connection.execute("ROLLBACK")
                raise

    def _fetch(self, query: str, *parameters: str) -> list[sqlite3.Row]:
        with _explained(self.path):
            return self._connection.execute(query, parameters).fetchall()

    def _numbered_answers(self, run_id: str) -> dict[int, Answer]:
        self.run(run_id)
        query = "SELECT ordinal, answer FROM answers WHERE run_id = ? ORDER BY ordinal"
        with _readable(self.path):
            return {
                int(found["ordinal"]): Answer.model_validate_json(found["answer"])
                for found in self._fetch(query, run_id)
            }

    def _read_run(self, found: sqlite3.Row) -> Run:
        with _readable(self.path):
            return Run(
                id=found["id"],
                spec=RunSpec.model_validate_json(found["spec"]),
                status=found["status"],
                created=found["created"],
                finished=found["finished"],
            )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what SQLite reports about the file or the disk into one sentence."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        # The low byte is the primary code; the others say where in SQLite it arose.
        explanation = _EXPLANATIONS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if explanation is None:
            raise
        raise StoreError(f"the result store '{path}' {explanation}") from error


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except ValidationError as error:
        raise StoreError(
            f"the result store '{path}' holds a {error.title} that this workbench cannot read; "
            "it was written by another version or edited by hand"
        ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _canonical(record: Record) -> str:
    return _canonical_json(record.model_dump(mode="json"))


def _canonical_json(value: object) -> str:
    """One spelling for each value. NaN and infinity, which JSON does not know, are refused."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
