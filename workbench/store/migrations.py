"""The tables of the result store, version by version.

A new file runs through all of them and an older one through those it lacks, so a published
version is never edited: a change is one more version at the end.
"""

from __future__ import annotations

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    # 1: runs and their answers.
    (
        """
        CREATE TABLE runs (
            id       TEXT PRIMARY KEY,
            spec     TEXT NOT NULL,
            status   TEXT NOT NULL CHECK (status IN ('open', 'finished')),
            created  TEXT NOT NULL,
            finished TEXT CHECK ((finished IS NOT NULL) = (status = 'finished'))
        ) STRICT
        """,
        """
        CREATE TABLE answers (
            run_id        TEXT NOT NULL REFERENCES runs (id),
            ordinal       INTEGER NOT NULL CHECK (ordinal >= 0),
            question_hash TEXT NOT NULL,
            answer        TEXT NOT NULL,
            PRIMARY KEY (run_id, ordinal)
        ) STRICT, WITHOUT ROWID
        """,
    ),
    # 2: the questions that runs answered, and people's votes. A question is a row, because a set
    # of 50,000 in one value would have to be in memory several times over to be written.
    # Runs of version 1 have no questions until someone saves them, hence no reference from runs.
    (
        """
        CREATE TABLE question_sets (
            hash   TEXT PRIMARY KEY,
            name   TEXT NOT NULL,
            origin TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE questions (
            set_hash TEXT NOT NULL REFERENCES question_sets (hash),
            ordinal  INTEGER NOT NULL CHECK (ordinal >= 0),
            question TEXT NOT NULL,
            PRIMARY KEY (set_hash, ordinal)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE votes (
            id   TEXT PRIMARY KEY,
            vote TEXT NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    ),
)
SCHEMA_VERSION = len(MIGRATIONS)
