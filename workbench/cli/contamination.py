"""`contamination`: what training files share with a question set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from workbench import numerals
from workbench.cli.text import add_json_flag, table
from workbench.contamination import (
    ContaminationReport,
    Match,
    QuestionVerdict,
    find_contamination,
)
from workbench.questions import load_questions

SHOWN_SPAN = 30  # characters of the shared text in the listing


def add_command(commands: Any) -> None:
    parser = commands.add_parser(
        "contamination", help="find a set's questions in training files, exactly or nearly"
    )
    parser.set_defaults(run=run_contamination)
    parser.add_argument(
        "--train",
        type=Path,
        nargs="+",
        required=True,
        metavar="FILE",
        help="training files: .jsonl, .parquet, .txt, .md",
    )
    parser.add_argument(
        "--questions",
        required=True,
        metavar="SET",
        help="a bundled set, a file or a Hub data set id",
    )
    parser.add_argument("--revision", metavar="REV", help="Hub revision of --questions")
    add_json_flag(parser)


def run_contamination(args: argparse.Namespace) -> None:
    question_set = load_questions(args.questions, revision=args.revision)
    report = find_contamination(args.train, question_set)
    print(report.model_dump_json(indent=2) if args.json else render_report(report))


def render_report(report: ContaminationReport) -> str:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in report.counts.items())
    lines = [
        f"{report.question_set}: {counts} of {len(report.questions)} questions, "
        f"held against {report.rows} training rows"
    ]
    head = ("question", "verdict", "found as", "8-grams", "13-grams", "likeness", "where", "shared")
    found = [
        _columns(question, question.match)
        for verdict in ("leaked", "suspect")
        for question in report.questions
        if question.verdict == verdict and question.match is not None
    ]
    return "\n".join([*lines, "", table([head, *found])] if found else lines)


def _columns(question: QuestionVerdict, match: Match) -> tuple[str, ...]:
    span = " ".join(match.span.split())
    return (
        question.id,
        question.verdict,
        ", ".join(match.kinds),
        numerals.percent(match.gram8),
        numerals.percent(match.gram13),
        numerals.percent(match.likeness),
        match.place,
        span if len(span) <= SHOWN_SPAN else f"{span[: SHOWN_SPAN - 1]}…",
    )
