"""The whole story, tiny: data to evaluation on the demo base, and nothing done twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STAGES = ("data", "sft_1", "sft_2", "dpo", "merge", "evaluate")


def run(script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "train" / "runs" / script],
        env={**os.environ, "PYTHON": sys.executable, **variables},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


# Six Python starts and nine training steps: minutes where the cores are shared.
TAKES_MINUTES = pytest.mark.torture


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of one smoke run, and what it printed."""
    work = tmp_path_factory.mktemp("smoke")
    done = run("smoke.sh", WORK=str(work))
    assert done.returncode == 0, done.stdout + done.stderr
    return work, done.stdout


@TAKES_MINUTES
def test_every_stage_is_finished(smoke: tuple[Path, str]) -> None:
    assert {path.stem for path in smoke[0].glob("*.done")} == set(STAGES)


@TAKES_MINUTES
def test_every_training_shows_its_batches_and_its_pre_flight(smoke: tuple[Path, str]) -> None:
    assert smoke[1].count("global batch 128 = 1 processes × micro-batch 32 × accumulation 4") == 3
    assert smoke[1].count("100.0% with trained tokens") == 3


@TAKES_MINUTES
def test_the_merged_model_is_whole_and_evaluated(smoke: tuple[Path, str]) -> None:
    assert (smoke[0] / "merge" / "README.md").is_file()
    assert (smoke[0] / "results.sqlite").is_file()


def stub(folder: Path) -> dict[str, str]:
    """Variables that replace every program by one that notes its calls and writes nothing else."""
    program = folder / "noted"
    program.write_text(f'#!/bin/sh\necho "$*" >> "{folder}/calls"\n[ ! -e "{folder}/broken" ]\n')
    program.chmod(0o755)
    work = str(folder / "work")
    return {"PYTHON": str(program), "LAUNCH": str(program), "WORK": work, "REVISION": "1a2b3c"}


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text("utf-8").splitlines()


def test_the_stages_come_in_order_and_each_continues_the_one_before(tmp_path: Path) -> None:
    assert run("full.sh", **stub(tmp_path)).returncode == 0
    modules = [call.removeprefix("-m ").split()[0] for call in calls(tmp_path)]
    assert modules == [
        *("train.published_data", "train.sft", "train.sft", "train.dpo", "train.merge"),
        "workbench",
    ]
    assert f"--start {tmp_path}/work/sft_1" in calls(tmp_path)[2]
    assert f"--start {tmp_path}/work/sft_2" in calls(tmp_path)[3]


def test_a_finished_stage_is_not_done_again(tmp_path: Path) -> None:
    variables = stub(tmp_path)
    run("full.sh", **variables)
    (tmp_path / "work" / "dpo.done").unlink()
    again = run("full.sh", **variables)
    assert "sft_2: finished before" in again.stdout
    assert [call.split()[0] for call in calls(tmp_path)[6:]] == ["train.dpo"]


def test_a_broken_stage_stops_the_run_and_is_begun_anew(tmp_path: Path) -> None:
    variables = stub(tmp_path)
    (tmp_path / "broken").touch()
    half = tmp_path / "work" / "data" / "half.jsonl"
    half.parent.mkdir(parents=True)
    half.touch()
    assert run("full.sh", **variables).returncode != 0
    assert len(calls(tmp_path)) == 1
    assert not half.exists()
    assert not (tmp_path / "work" / "data.done").exists()


def test_the_commit_of_the_data_set_must_be_given(tmp_path: Path) -> None:
    refused = run("full.sh", **{**stub(tmp_path), "REVISION": ""})
    assert refused.returncode != 0
    assert "give the commit of the data set" in refused.stderr
