"""The command over votes: what it counts, and what it exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.workbench.records import vote_of
from workbench import cli
from workbench.config import default_store
from workbench.prompts import qa_prompt
from workbench.schema import VoteChoice
from workbench.store import Store


def cast(number: int, choice: VoteChoice = "a") -> None:
    prompt = qa_prompt("배당락일이란?", "native")
    with Store(default_store()) as store:
        store.add_vote(vote_of(number).model_copy(update={"choice": choice, "prompt": prompt}))


def test_votes_are_counted_by_choice(capsys: pytest.CaptureFixture[str]) -> None:
    for number, choice in enumerate(("a", "a", "tie")):
        cast(number, choice)
    assert cli.main(["votes"]) == 0
    assert capsys.readouterr().out.split() == [
        *("A", "B", "voter", "a", "b", "tie", "both_bad"),
        *("demo/tuned", "demo/vanilla", "human", "2", "0", "1", "0"),
    ]


def test_no_votes_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["votes"]) == 0
    assert "no votes yet" in capsys.readouterr().out


def test_decided_votes_are_exported_as_pairs(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cast(1)
    cast(2, "both_bad")
    assert cli.main(["votes", "--export", str(tmp_path / "pairs.jsonl")]) == 0
    (line,) = (tmp_path / "pairs.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line)["rejected"] == " 모르겠습니다."
    assert "1 pairs of 2 votes" in capsys.readouterr().err


def test_votes_can_be_read_by_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    cast(1)
    assert cli.main(["votes", "--json"]) == 0
    (vote,) = json.loads(capsys.readouterr().out)
    assert (vote["choice"], vote["voter"]) == ("a", "human")


def test_a_file_that_cannot_be_written_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cast(1)
    assert cli.main(["votes", "--export", str(tmp_path / "none" / "pairs.jsonl")]) == 2
    assert "cannot be written" in capsys.readouterr().err
