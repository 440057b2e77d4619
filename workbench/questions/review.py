"""What was done to check `krx-mcqa`: blind solves, and calculations done again in Python."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue

from workbench.questions.load import BUNDLED
from workbench.schema import Question, Record

REVIEW = BUNDLED / "review"
AnyRecord = TypeVar("AnyRecord", bound=Record)


class Solve(Record):
    """The letter that a solver chose who saw a question's text and options and nothing else.

    `hash` is the question's at that time: a solve says nothing about a question mended since.
    """

    id: str
    hash: str
    solver: str
    answer: str
    confidence: str
    note: str

    def agrees(self, question: Question) -> bool:
        return (self.hash, self.answer) == (question.hash, question.answer)


class Check(Record):
    """A calculation that a right option rests on, as a Python expression, and what it comes to."""

    id: str
    expression: str
    value: JsonValue
    right_option: str


def load_solves() -> tuple[Solve, ...]:
    return _load(REVIEW / "krx_mcqa_solves.jsonl", Solve)


def load_checks() -> tuple[Check, ...]:
    return _load(REVIEW / "krx_mcqa_checks.jsonl", Check)


def _load(path: Path, kind: type[AnyRecord]) -> tuple[AnyRecord, ...]:
    return tuple(map(kind.model_validate_json, path.read_text("utf-8").splitlines()))
