"""A result store as version 1 of its schema wrote it, and as it may still lie on people's disks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.workbench.records import answer_to, question_of, spec_of

SQL = """
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
PRAGMA application_id = 0x4B525857;
PRAGMA user_version = 1;
"""


def write_version_1(path: Path) -> None:
    """One open run with the answers to its first two questions of four."""
    spec = spec_of(4)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        raw.executescript(SQL)
        raw.execute(
            "INSERT INTO runs VALUES (?, ?, 'open', '2026-01-01T00:00:00+00:00', NULL)",
            (spec.id, spec.model_dump_json(exclude={"examples_hash"})),
        )
        for ordinal in (0, 1):
            answer = answer_to(question_of(ordinal))
            raw.execute(
                "INSERT INTO answers VALUES (?, ?, ?, ?)",
                (spec.id, ordinal, answer.question_hash, answer.model_dump_json()),
            )
        raw.commit()
