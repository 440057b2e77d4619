"""The SQLite file under the result store: opened, recognised, brought up to date, kept whole.

What SQLite reports about the file or the disk leaves here as one sentence.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from workbench.config import HOME_VARIABLE
from workbench.errors import StoreError
from workbench.store.migrations import MIGRATIONS, SCHEMA_VERSION

APPLICATION_ID = 0x4B525857  # 'KRXW' in the file's header: tells our files from other SQLite files
BUSY_SECONDS = 60  # a batch commits in milliseconds; a minute of waiting means something is stuck

# What SQLite's primary result codes mean to the person who can act. Others are bugs of ours. That
# a statement of ours makes no sense, SQLITE_ERROR, is the file's fault: its tables are not ours.
_EXPLANATIONS = {
    sqlite3.SQLITE_NOTADB: "is not a SQLite file; move it away or give another path",
    sqlite3.SQLITE_CORRUPT: "is damaged; move it away, or restore it from a copy",
    sqlite3.SQLITE_ERROR: "has other tables than this workbench makes, so it is damaged or was "
    "changed by another program; move it away, or restore it from a copy",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; check that the path is a file in a folder you own",
    sqlite3.SQLITE_READONLY: "cannot be written; make the file and its folder writable",
    sqlite3.SQLITE_PERM: "may not be opened; make the file and its folder readable and writable",
    sqlite3.SQLITE_FULL: "could not grow because the disk is full; free some space and run again, "
    "nothing written before is lost",
    sqlite3.SQLITE_IOERR: "could not be read or written because the disk reports an error; check "
    "its free space and health, then run again",
    sqlite3.SQLITE_BUSY: f"was locked by another process for {BUSY_SECONDS} seconds; end that "
    "process or wait for it, then run again",
}

Value = str | int


class Database:
    """A connection to the file at `path`, which is made or migrated where need be.

    Every method raises StoreError, in one sentence, where the file or the disk is at fault.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the folder '{path.parent}' for results cannot be made ({error.strerror}); "
                f"give --store another path or set {HOME_VARIABLE}"
            ) from error
        with self._explained():
            self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        try:
            self.execute("PRAGMA foreign_keys = ON")
            self.execute("PRAGMA synchronous = FULL")
            self._migrate()
            self.execute("PRAGMA journal_mode = WAL")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is written, or nothing of it, whatever interrupts.

        One inside another is part of it: the outermost commits.
        """
        if self._connection.in_transaction:
            yield
            return
        with self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # some disk errors roll back by themselves
                    self._connection.execute("ROLLBACK")
                raise

    def execute(self, statement: str, *values: Value) -> None:
        with self._explained():
            self._connection.execute(statement, values)

    def execute_many(self, statement: str, rows: Iterable[tuple[Value, ...]]) -> int:
        """How many rows were changed. `rows` may be lazy: they are taken one by one."""
        with self._explained():
            before = self._connection.total_changes
            self._connection.executemany(statement, rows)
            return self._connection.total_changes - before

    def fetch(self, query: str, *values: Value) -> list[sqlite3.Row]:
        with self._explained():
            return self._connection.execute(query, values).fetchall()

    def _migrate(self) -> None:
        """Make what tables are missing; refuse a file that is not ours or is newer than we are.

        Under the write lock, because two processes may meet the same file at the same moment.
        """
        with self.transaction():
            version = self._version()
            if version == SCHEMA_VERSION:
                return
            for statement in chain.from_iterable(MIGRATIONS[version:]):
                self.execute(statement)
            self.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _version(self) -> int:
        """Of the file's tables; 0 for a file without any."""
        if not self.fetch("SELECT 1 FROM sqlite_schema LIMIT 1"):
            return 0
        if self.fetch("PRAGMA application_id")[0][0] != APPLICATION_ID:
            raise StoreError(
                f"'{self.path}' is a SQLite file of another program; give another path for results"
            )
        version: int = self.fetch("PRAGMA user_version")[0][0]
        if version > SCHEMA_VERSION:
            raise StoreError(
                f"the result store '{self.path}' has schema version {version} and this workbench "
                f"knows {SCHEMA_VERSION}; update the workbench or give another path for results"
            )
        return version

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.DatabaseError, UnicodeError) as error:
            explanation = _EXPLANATIONS.get(_primary_code(error))
            if explanation is None:
                raise
            raise StoreError(f"the result store '{self.path}' {explanation}") from error


def _primary_code(error: sqlite3.DatabaseError | UnicodeError) -> int:
    """The low byte of SQLite's code; the others say where in SQLite it arose.

    Python finds out by itself, and gives no code, that a text of the file, or one that SQLite
    quotes from it, is not UTF-8.
    """
    if isinstance(error, UnicodeError):
        return sqlite3.SQLITE_CORRUPT
    code: int | None = getattr(error, "sqlite_errorcode", None)
    if code is None and isinstance(error, sqlite3.OperationalError):
        return sqlite3.SQLITE_CORRUPT
    return (code or 0) & 0xFF
