"""Killed at any moment, a writer loses one batch of work at most and nothing that was written."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.kill_writer import BATCH_SIZE, QUESTIONS
from tests.workbench.records import vote_of
from tests.workbench.store.version_1 import write_version_1
from workbench.store import Store
from workbench.store.migrations import SCHEMA_VERSION

ROOT = Path(__file__).parents[2]
SECONDS_PER_QUESTION = 0.001
LIFE = 0.12  # seconds from 'ready' that a writer lives at most
OPENING = 0.015  # about as long as one takes
ENDLESS = 1_000_000  # more than any writer does in its life

KILLS = pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.torture)])


class Nursery:
    """A process that forks writers, one after another; see kill_writer.py."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.workbench.kill_writer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        self._process.communicate()

    def start(self, kind: str, **arguments: object) -> int:
        """A new writer's process id, once its work begins."""
        assert self._process.stdin is not None
        life = {"kind": kind, **arguments}
        print(json.dumps(life, default=str), file=self._process.stdin, flush=True)
        word, pid = self._line().split()
        assert word == "ready"
        return int(pid)

    def finish(self, kind: str, **arguments: object) -> None:
        self.start(kind, **arguments)
        self.wait()

    def wait(self) -> None:
        assert self._line() == "ended 0"

    def kill(self, pid: int, after: float) -> None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
        assert self._line() == "ended -9"

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@pytest.fixture(scope="module")
def nurseries() -> Iterator[list[Nursery]]:
    """Three, for writers that live at the same time."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Nursery())) for _ in range(3)]


@pytest.fixture
def nursery(nurseries: list[Nursery]) -> Nursery:
    return nurseries[0]


def content_of(path: Path) -> str:
    """Everything that was written, times apart, and proof that the file is sound."""
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    with Store(path) as store:
        runs = sorted(store.runs(), key=lambda run: run.id)
        hashes = sorted({run.spec.question_set_hash for run in runs})
        return "\n".join(
            [
                *(f"{run.status}\n{store.export(run.id)}" for run in runs),
                *(store.questions(key).model_dump_json() for key in hashes),
                *(vote.model_dump_json() for vote in store.votes()),
            ]
        )


def lines_of(log: Path) -> list[str]:
    return log.read_text("utf-8").splitlines() if log.exists() else []


# ── evaluating ───────────────────────────────────────────────────────────────────────────────


@KILLS
def test_runs_killed_many_times_equal_runs_left_alone(
    kills: int, nursery: Nursery, tmp_path: Path
) -> None:
    moments = random.Random(kills)
    killed, whole, log = tmp_path / "killed", tmp_path / "whole", tmp_path / "log"
    for _ in range(kills):
        writer = nursery.start(
            "evaluate", store=killed, log=log, count=ENDLESS, seconds=SECONDS_PER_QUESTION
        )
        nursery.kill(writer, moments.uniform(0, LIFE))
    with Store(killed) as store:
        begun = len(store.runs())
    nursery.finish("evaluate", store=killed, log=log, count=begun)
    nursery.finish("evaluate", store=whole, log=tmp_path / "whole.log", count=begun)
    assert content_of(killed) == content_of(whole)
    asked = lines_of(log)
    assert len(set(asked)) == begun * QUESTIONS
    assert len(asked) - len(set(asked)) <= kills * BATCH_SIZE


# ── importing ────────────────────────────────────────────────────────────────────────────────


def check_imports(path: Path, log: Path) -> int:
    """Whole runs alone, none of those missing that were acknowledged. Returns how many."""
    with Store(path) as store:
        runs = store.runs()
        assert {(run.status, len(store.answered(run.id))) for run in runs} <= {
            ("finished", QUESTIONS)
        }
    acknowledged = set(lines_of(log))
    assert acknowledged <= {run.id for run in runs}
    assert len(runs) - len(acknowledged) <= 1
    return len(runs)


@KILLS
def test_a_killed_import_is_there_whole_or_not_at_all(
    kills: int, nursery: Nursery, tmp_path: Path
) -> None:
    moments = random.Random(kills)
    killed, whole, log = tmp_path / "killed", tmp_path / "whole", tmp_path / "log"
    for _ in range(kills):
        writer = nursery.start("import", store=killed, log=log, count=ENDLESS)
        nursery.kill(writer, moments.uniform(0, LIFE))
        imported = check_imports(killed, log)
    nursery.finish("import", store=killed, log=log, count=imported + 1)
    nursery.finish("import", store=whole, log=tmp_path / "whole.log", count=imported + 1)
    assert content_of(killed) == content_of(whole)


# ── voting ───────────────────────────────────────────────────────────────────────────────────


@KILLS
def test_a_vote_that_was_acknowledged_survives_and_counts_once(
    kills: int, nursery: Nursery, tmp_path: Path
) -> None:
    moments = random.Random(kills)
    path, log = tmp_path / "killed", tmp_path / "log"
    for _ in range(kills):
        writer = nursery.start("vote", store=path, log=log, count=ENDLESS)
        nursery.kill(writer, moments.uniform(0, LIFE))
        with Store(path) as store:
            votes = store.votes()
        assert votes == [vote_of(number) for number in range(len(votes))]
        assert 0 <= len(votes) - len(set(lines_of(log))) <= 1
    nursery.finish("vote", store=path, log=log, count=len(votes) + 1)
    nursery.finish("vote", store=tmp_path / "whole", log=log, count=len(votes) + 1)
    assert content_of(path) == content_of(tmp_path / "whole")


# ── opening ──────────────────────────────────────────────────────────────────────────────────

TABLES = {0: 0, 1: 2, SCHEMA_VERSION: 5}  # version: number of tables


def version_of(path: Path) -> int:
    """The schema version that a file has all tables of."""
    with closing(sqlite3.connect(path)) as raw:
        (version,) = raw.execute("PRAGMA user_version").fetchone()
        (tables,) = raw.execute("SELECT count(*) FROM sqlite_schema WHERE sql > ''").fetchone()
    assert tables == TABLES[version]
    return int(version)


@KILLS
@pytest.mark.parametrize(("write", "version"), [(Path.touch, 0), (write_version_1, 1)])
def test_a_killed_opening_leaves_the_old_tables_or_the_new_ones(
    write: Callable[[Path], None], version: int, kills: int, nursery: Nursery, tmp_path: Path
) -> None:
    moments = random.Random(kills)
    for number in range(kills):
        path = tmp_path / f"{number}"
        write(path)
        nursery.kill(nursery.start("open", store=path), moments.uniform(0, OPENING))
        assert version_of(path) in (version, SCHEMA_VERSION)
        with Store(path) as store:
            assert [len(store.answers(run.id)) for run in store.runs()] == [2] * version


# ── several at once ──────────────────────────────────────────────────────────────────────────


def test_two_processes_on_one_run_neither_double_nor_lose_an_answer(
    nurseries: list[Nursery], tmp_path: Path
) -> None:
    store, whole, log = tmp_path / "both", tmp_path / "whole", tmp_path / "log"
    for nursery in nurseries[:2]:
        nursery.start("evaluate", store=store, log=log, count=1, seconds=0.001)
    for nursery in nurseries[:2]:
        nursery.wait()
    nurseries[0].finish("evaluate", store=whole, log=log, count=1)
    assert content_of(store) == content_of(whole)


def test_two_evaluations_an_import_and_votes_share_a_new_store(
    nurseries: list[Nursery], tmp_path: Path
) -> None:
    together, in_turn, log = tmp_path / "together", tmp_path / "in_turn", tmp_path / "log"
    lives: list[dict[str, Any]] = [
        {"kind": "evaluate", "count": 2, "variant": "vanilla"},
        {"kind": "import", "count": 3},
        {"kind": "vote", "count": 30},
    ]
    for nursery, life in zip(nurseries, lives, strict=True):
        nursery.start(**life, store=together, log=log)
    for nursery in nurseries:
        nursery.wait()
    for life in reversed(lives):
        nurseries[0].finish(**life, store=in_turn, log=log)
    assert content_of(together) == content_of(in_turn)


def test_two_processes_bring_an_older_store_up_to_date_at_once(
    nurseries: list[Nursery], tmp_path: Path
) -> None:
    for number in range(5):
        path = tmp_path / f"{number}"
        write_version_1(path)
        for nursery in nurseries[:2]:
            nursery.start("vote", store=path, log=tmp_path / "log", count=1)
        for nursery in nurseries[:2]:
            nursery.wait()
        assert version_of(path) == SCHEMA_VERSION
        with Store(path) as store:
            assert (len(store.runs()), len(store.votes())) == (1, 1)
