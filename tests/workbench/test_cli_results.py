"""The commands over stored results: what they print, and what they refuse."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from workbench import cli
from workbench.engines.scripted import ScriptedEngine
from workbench.questions import load_questions

N = 8
QUESTIONS = load_questions("krx-mcqa").head(N).questions


def run_cli(*arguments: str, engine: ScriptedEngine | None = None) -> int:
    return cli.main(arguments, open_engine=lambda *_, **__: engine)


def replies(right: int) -> list[str]:
    """What is replied to the N questions, longest first as they are asked: `right` are right."""
    lengths = [len(q.question) + len(q.reference) + sum(map(len, q.options)) for q in QUESTIONS]
    order = sorted(range(N), key=lambda n: (-lengths[n], n))
    letters = [QUESTIONS[n].answer if n < right else wrong(n) for n in order]
    return [f"### 정답: {letter}" for letter in letters]


def wrong(n: int) -> str:
    return next(letter for letter in QUESTIONS[n].letters if letter != QUESTIONS[n].answer)


def evaluated(capsys: pytest.CaptureFixture[str], vanilla: int, tuned: int) -> Sequence[str]:
    """Ids of the runs of both sides."""
    engine = ScriptedEngine([*replies(vanilla), *replies(tuned)], name="demo")
    arguments = ("eval", "--questions", "krx-mcqa", "--limit", str(N), "--json")
    assert run_cli(*arguments, engine=engine) == 0
    found = json.loads(capsys.readouterr().out)
    return [summary["run"]["id"] for summary in found["summaries"]]


# ── compare ──────────────────────────────────────────────────────────────────────────────────


def test_compare_says_who_is_better_and_what_would_go_unseen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = evaluated(capsys, vanilla=1, tuned=8)
    assert run_cli("compare", *runs) == 0
    out = capsys.readouterr().out
    assert "tuned − vanilla: +87.5 points over n = 8; only tuned right 7" in out
    assert "tuned is better (at the 5% level)" in out
    assert "points would often go unseen" in out or "cannot show any difference" in out


def test_compare_prints_one_object_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    runs = evaluated(capsys, vanilla=4, tuned=4)
    assert run_cli("compare", *runs, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "no difference seen"
    assert len(found["questions"]["both_right"]) == 4
    assert [cell["current"] for cell in found["matrix"]["cells"]] == [True]


def test_compare_can_be_split_into_clean_questions_and_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = evaluated(capsys, vanilla=2, tuned=8)
    seen, report = tmp_path / "seen.txt", tmp_path / "report.json"
    seen.write_text("\n\n".join(q.question + "\n".join(q.options) for q in QUESTIONS[:3]), "utf-8")
    command = ("contamination", "--train", str(seen), "--questions", "krx-mcqa", "--json")
    assert run_cli(*command) == 0
    report.write_text(capsys.readouterr().out, "utf-8")
    assert run_cli("compare", *runs, "--contamination", str(report), "--json") == 0
    split = json.loads(capsys.readouterr().out)["by_contamination"]
    assert {verdict: (each["n"], each["only_b"]) for verdict, each in split.items()} == {
        "clean": (5, 5),
        "leaked": (3, 1),
    }
    assert run_cli("compare", *runs, "--contamination", str(report)) == 0
    assert "clean questions: tuned − vanilla: +100.0 points over n = 5" in capsys.readouterr().out


def test_a_report_on_other_questions_splits_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = evaluated(capsys, vanilla=2, tuned=8)
    train, report = tmp_path / "train.txt", tmp_path / "report.json"
    train.write_text("국채", "utf-8")
    run_cli("contamination", "--train", str(train), "--questions", "krx-mcqa-dev", "--json")
    report.write_text(capsys.readouterr().out, "utf-8")
    assert run_cli("compare", *runs, "--contamination", str(report)) == 2
    assert "is on 'krx-mcqa-dev' and does not know 8 of 8 questions" in capsys.readouterr().err


def test_compare_shows_every_way_of_asking_and_says_which_disagree(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = evaluated(capsys, vanilla=1, tuned=8)
    asked = ("eval", "--questions", "krx-mcqa", "--limit", str(N), "--prompt", "chat")
    assert run_cli(*asked, engine=ScriptedEngine([*replies(8), *replies(1)], name="demo")) == 0
    capsys.readouterr()
    assert run_cli("compare", *runs) == 0
    out = capsys.readouterr().out
    assert "this is the primary result" in out
    assert "of 1 other ways of asking, 1 say the opposite: generate, " in out
    (row,) = (line for line in out.splitlines() if " * " in line)
    assert row.startswith("generate, ")
    assert "12.5%" in row
    assert "100.0%" in row


def test_compare_of_a_secondary_result_names_the_primary_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    evaluated(capsys, vanilla=8, tuned=8)
    asked = ("eval", "--questions", "krx-mcqa", "--limit", str(N), "--prompt", "chat", "--json")
    assert run_cli(*asked, engine=ScriptedEngine([*replies(8), *replies(8)], name="demo")) == 0
    found = json.loads(capsys.readouterr().out)
    assert run_cli("compare", *(each["run"]["id"] for each in found["summaries"])) == 0
    out = capsys.readouterr().out
    assert "a secondary result; the primary one (generate, " in out
    assert "other ways of asking that say the same: all 1" in out


def test_unlike_runs_are_refused_with_the_field_that_differs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (_, tuned) = evaluated(capsys, vanilla=1, tuned=8)
    arguments = ("--questions", "krx-mcqa", "--limit", str(N), "--method", "loglik", "--json")
    assert run_cli("eval", *arguments, engine=ScriptedEngine()) == 0
    other = json.loads(capsys.readouterr().out)["summaries"][1]["run"]["id"]
    assert run_cli("compare", tuned, other) == 2
    assert "they differ in method (generate against loglik)" in capsys.readouterr().err


def test_an_unknown_run_is_named_with_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    runs = evaluated(capsys, vanilla=1, tuned=8)
    assert run_cli("compare", runs[0], "nonsense") == 2
    assert runs[1] in capsys.readouterr().err


# ── report and leaderboard ───────────────────────────────────────────────────────────────────


def test_report_writes_one_page_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = evaluated(capsys, vanilla=1, tuned=8)
    page = tmp_path / "report.html"
    assert run_cli("report", *runs, "-o", str(page)) == 0
    assert capsys.readouterr().out.strip() == str(page)
    assert "<html" in page.read_text("utf-8")


def test_the_leaderboard_ranks_what_can_be_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    evaluated(capsys, vanilla=1, tuned=8)
    assert run_cli("leaderboard") == 0
    out = capsys.readouterr().out
    assert "krx-mcqa · generate" in out
    ranks = [
        line.split()[0] for line in out.splitlines() if " tuned " in line or " vanilla " in line
    ]
    assert ranks[:2] == ["1", "2"]
    assert "published by others" in out


def test_the_leaderboard_as_csv_has_a_row_for_each_run(capsys: pytest.CaptureFixture[str]) -> None:
    runs = evaluated(capsys, vanilla=1, tuned=8)
    assert run_cli("leaderboard", "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["run"] for row in rows} == set(runs)


def test_an_empty_store_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli("leaderboard") == 0
    assert "eval" in capsys.readouterr().out


# ── import, rescore, judge ───────────────────────────────────────────────────────────────────


def test_a_folder_without_samples_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli("import", "lm-eval", str(tmp_path)) == 2
    assert "--log_samples" in capsys.readouterr().err


def test_a_run_that_is_read_by_todays_extraction_is_not_rescored(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runs = evaluated(capsys, vanilla=1, tuned=8)
    assert run_cli("rescore", runs[0]) == 2
    assert "there is no newer reading" in capsys.readouterr().err


def test_judge_counts_wins_and_ties(capsys: pytest.CaptureFixture[str]) -> None:
    engine = ScriptedEngine(["답."] * 4 + ["### 판정: A"] * 4)
    assert run_cli("judge", "--limit", "2", engine=engine) == 0
    assert "2 ties; 2 of 2 questions have a vote" in capsys.readouterr().out


def test_judge_asks_for_answers_of_the_length_it_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = ScriptedEngine(fallback="### 판정: A")
    assert run_cli("judge", "--limit", "1", "--answer-tokens", "40", "--json", engine=engine) == 0
    assert json.loads(capsys.readouterr().out)["spec"]["sampling"]["max_tokens"] == 40


def test_judge_help_says_what_a_short_context_means(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run_cli("judge", "--help")
    assert "shorter answers are asked for" in " ".join(capsys.readouterr().out.split())


# ── few-shot, rotations ──────────────────────────────────────────────────────────────────────


def test_examples_come_from_the_dev_split_and_are_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    engine = ScriptedEngine()
    arguments = ("--questions", "krx-mcqa", "--limit", "2", "--shots", "3", "--method", "loglik")
    assert run_cli("eval", *arguments, "--json", engine=engine) == 0
    found = json.loads(capsys.readouterr().out)
    assert {summary["run"]["spec"]["shots"] for summary in found["summaries"]} == {3}
    assert not found["primary"]


def test_a_question_is_never_shown_with_its_answer_and_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("--questions", "krx-mcqa", "--shots", "1", "--shots-from", "krx-mcqa")
    assert run_cli("eval", *arguments, engine=ScriptedEngine()) == 2
    assert "would be shown with its answer and asked as well" in capsys.readouterr().err


def test_rotations_ask_each_question_once_for_every_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = ("--questions", "krx-mcqa", "--limit", "1", "--rotations", "--method", "loglik")
    assert run_cli("eval", *arguments, "--json", engine=ScriptedEngine()) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["summaries"][0]["n"] == len(QUESTIONS[0].options)
