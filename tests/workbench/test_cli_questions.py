"""`python -m workbench questions`: what is drawn, shown and found wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from workbench import cli
from workbench.questions import load_questions
from workbench.questions.fresh import fresh_questions

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> int:
    return cli.main(["questions", *arguments])


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """Thirty questions without a right option, more than an error shows elsewhere."""
    path = tmp_path / "faulty.jsonl"
    line = '{{"id": "{0}", "question": "{0}?", "options": ["가", "나"], "answer": "F"}}\n'
    path.write_text("".join(line.format(i) for i in range(1, 31)), "utf-8")
    return path


# ── fresh ────────────────────────────────────────────────────────────────────────────────────


def test_a_draw_is_written_as_a_question_file(tmp_path: Path) -> None:
    path = tmp_path / "fresh.jsonl"
    assert run("fresh", "--seed", "7", "-n", "12", "-o", str(path)) == 0
    assert load_questions(path).questions == fresh_questions(7, 12).questions


def test_without_a_file_the_same_lines_go_to_stdout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("fresh", "--seed", "7", "-n", "3", "--out", str(tmp_path / "fresh.jsonl"))
    run("fresh", "--seed", "7", "-n", "3")
    captured = capsys.readouterr()
    assert captured.out == (tmp_path / "fresh.jsonl").read_text("utf-8")
    assert "krx-fresh, seed 7, n 3, families " in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--seed", "-1"), "seed -1 is negative"),
        (("--seed", "7", "-n", "10001"), "n = 10001 questions, expected 1–10,000"),
    ],
)
def test_an_impossible_draw_is_refused(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("fresh", *arguments) == 2
    assert said in capsys.readouterr().err


# ── show ─────────────────────────────────────────────────────────────────────────────────────


def test_a_set_is_listed_with_one_line_for_each_question(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run("show", "krx-mcqa-dev")
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "options", "answer", "category", "area", "difficulty", "question"]
    assert len(lines) == len(load_questions("krx-mcqa-dev").questions)


def test_a_reader_that_has_enough_ends_the_listing_quietly() -> None:
    command = [sys.executable, "-m", "workbench", "questions", "show", "demo-heldout"]
    with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, cwd=ROOT) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_one_question_is_printed_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    question = load_questions("krx-mcqa-dev").questions[0]
    run("show", "krx-mcqa-dev", "--id", question.id)
    out = capsys.readouterr().out
    assert question.question in out
    assert all(option in out for option in question.lettered_options)
    assert f"answer: {question.answer}" in out
    assert question.reasoning in out


def test_a_question_shown_as_json_has_all_fields(capsys: pytest.CaptureFixture[str]) -> None:
    question = load_questions("krx-mcqa-dev").questions[0]
    run("show", "krx-mcqa-dev", "--id", question.id, "--json")
    assert type(question).model_validate(json.loads(capsys.readouterr().out)) == question


def test_an_unknown_id_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    question = load_questions("krx-mcqa-dev").questions[0]
    assert run("show", "krx-mcqa-dev", "--id", f"{question.id}x") == 2
    assert f"near: '{question.id}'" in capsys.readouterr().err


# ── check ────────────────────────────────────────────────────────────────────────────────────


def test_all_faults_of_a_file_are_told_by_line(
    faulty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("check", str(faulty)) == 2
    captured = capsys.readouterr()
    told = captured.out.splitlines()
    assert len(told) == 30
    assert told[29] == "line 30: answer 'F' is not among options A–B"
    assert captured.err == f"error: '{faulty}' has 30 faults; mend them and check again\n"


def test_faults_come_as_json_too(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("check", str(faulty), "--json") == 2
    assert json.loads(capsys.readouterr().out)["faults"][0]["line"] == 1


def test_a_sound_set_is_counted_by_options_and_letters(capsys: pytest.CaptureFixture[str]) -> None:
    run("check", "krx-mcqa-dev", "--json")
    found = json.loads(capsys.readouterr().out)
    questions = load_questions("krx-mcqa-dev").questions
    assert found["faults"] == []
    assert found["questions"] == len(questions)
    four = [question for question in questions if len(question.options) == 4]
    assert found["answers"]["4"]["B"] == sum(question.answer == "B" for question in four)


def test_a_letter_that_is_not_offered_is_no_zero(capsys: pytest.CaptureFixture[str]) -> None:
    run("check", "krx-mcqa-dev")
    lines = capsys.readouterr().out.splitlines()
    assert "questions without a fault" in lines[0]
    (four,) = (line.split() for line in lines if line.startswith("4 "))
    assert four[-3:] == ["–"] * 3


# ── from-glossary ────────────────────────────────────────────────────────────────────────────


def test_a_glossary_becomes_a_question_file_and_the_dropped_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glossary, out = tmp_path / "glossary.csv", tmp_path / "terms.jsonl"
    lines = [f"{name}{i}증,{i}번 {name * 9} 돌려받는다." for i, name in enumerate("가나다라마바사")]
    glossary.write_text("\n".join(["용어,설명", *lines, "금,짧다"]), "utf-8")
    assert run("from-glossary", str(glossary), "--out", str(out), "--licence", "CC0") == 0
    questions = load_questions(out).questions
    assert len(questions) == 7
    assert {(q.source, q.licence) for q in questions} == {("glossary.csv", "CC0")}
    told = dict(line.strip().rsplit("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert {key.strip(): int(n) for key, n in told.items()}["term of one character"] == 1


def test_a_glossary_without_a_question_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    glossary, out = tmp_path / "glossary.csv", tmp_path / "terms.jsonl"
    glossary.write_text("용어,설명\n금,짧다\n", "utf-8")
    assert run("from-glossary", str(glossary), "--out", str(out)) == 2
    assert "makes no question" in capsys.readouterr().err
    assert not out.exists()


def test_every_action_and_every_flag_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    parser = cli.build_parser()
    for action in ("fresh", "show", "check", "from-glossary"):
        with pytest.raises(SystemExit):
            parser.parse_args(["questions", action, "--help"])
        lines = capsys.readouterr().out.splitlines()
        flags = [i for i, line in enumerate(lines) if line.startswith("  -")]
        # The help stands behind the flag or, where that is long, on the next line.
        assert all("  " in lines[i].strip() or lines[i + 1].startswith(" " * 20) for i in flags)
