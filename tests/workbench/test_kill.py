"""Killed at any moment, an evaluation loses one batch of work at most and no written answer."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench.store import Store

ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("kill_writer.py")
BATCH_SIZE = 8
SECONDS_PER_QUESTION = 0.004
# A life lasts up to LIFE seconds after 'ready', in which it can answer 30 questions at most.
LIFE = 30 * SECONDS_PER_QUESTION


def start_writer(
    store: Path, log: Path, questions: int, seconds: float = 0.0, repeat: int = 0
) -> subprocess.Popen[str]:
    arguments = [str(store), str(log), str(questions), str(seconds), str(repeat)]
    return subprocess.Popen(
        [sys.executable, str(WRITER), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(writer: subprocess.Popen[str]) -> str:
    """The id of the run that the writer finished."""
    output, _ = writer.communicate(timeout=120)
    assert writer.returncode == 0
    return output.splitlines()[-1]


def kill_at(writer: subprocess.Popen[str], moment: float) -> None:
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    time.sleep(moment)
    writer.kill()
    writer.communicate()
    assert writer.returncode == -9


def exported(store: Path, run_id: str) -> str:
    with Store(store) as opened:
        assert opened.run(run_id).status == "finished"
        return opened.export(run_id)


@pytest.mark.parametrize(
    "kills",
    [20, pytest.param(200, marks=pytest.mark.torture)],
)
def test_a_run_killed_many_times_equals_one_that_was_left_alone(kills: int, tmp_path: Path) -> None:
    moments = random.Random(kills)
    questions = 32 * kills  # more than can be answered in that many lives, so that all are cut off
    killed, whole = tmp_path / "killed.sqlite", tmp_path / "whole.sqlite"
    log = tmp_path / "killed.log"
    for _ in range(kills):
        writer = start_writer(killed, log, questions, SECONDS_PER_QUESTION)
        kill_at(writer, moments.uniform(0, LIFE))
    run_id = finish(start_writer(killed, log, questions))
    assert finish(start_writer(whole, tmp_path / "whole.log", questions)) == run_id
    assert exported(killed, run_id) == exported(whole, run_id)
    asked = log.read_text("utf-8").splitlines()
    assert len(set(asked)) == questions
    assert len(asked) - questions <= kills * BATCH_SIZE


def test_two_processes_on_one_run_neither_double_nor_lose_an_answer(tmp_path: Path) -> None:
    store, whole = tmp_path / "both.sqlite", tmp_path / "whole.sqlite"
    writers = [start_writer(store, tmp_path / "log", 300, 0.001) for _ in range(2)]
    (run_id,) = {finish(writer) for writer in writers}
    assert finish(start_writer(whole, tmp_path / "whole.log", 300)) == run_id
    assert exported(store, run_id) == exported(whole, run_id)


def test_two_processes_write_two_runs_into_one_new_store(tmp_path: Path) -> None:
    store = tmp_path / "both.sqlite"
    writers = [
        start_writer(store, tmp_path / f"log{repeat}", 300, 0.001, repeat) for repeat in (0, 1)
    ]
    ids = [finish(writer) for writer in writers]
    with Store(store) as opened:
        assert sorted(run.id for run in opened.runs()) == sorted(ids)
        assert [len(opened.answers(run_id)) for run_id in ids] == [300, 300]
