"""The verdict on every question of a set, as it is printed, stored and read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import get_args

from pydantic import ValidationError

from workbench.contamination.matching import Match, QuestionIndex, Verdict
from workbench.contamination.rows import TrainingRow, training_rows
from workbench.errors import InputError
from workbench.schema import QuestionSet, Record

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


class QuestionVerdict(Record):
    """`match` is the closest row; None for a question of which no row holds anything to speak of."""

    id: str
    hash: str
    verdict: Verdict
    match: Match | None = None


class ContaminationReport(Record):
    question_set: str
    question_set_hash: str
    files: tuple[str, ...]
    rows: int
    questions: tuple[QuestionVerdict, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        found = Counter(question.verdict for question in self.questions)
        return {verdict: found[verdict] for verdict in VERDICTS}


def find_contamination(files: Sequence[Path], question_set: QuestionSet) -> ContaminationReport:
    """What the training files share with the questions, which the index holds in memory; the files
    stream. Raises InputError for a file that cannot be read."""
    index = QuestionIndex(question_set.questions)
    best: dict[int, Match] = {}
    rows = 0

    def counted() -> Iterator[TrainingRow]:
        nonlocal rows
        for path in files:
            for row in training_rows(path):
                rows += 1
                yield row

    for ordinal, match in index.matches(counted()):
        if ordinal not in best or match.weight > best[ordinal].weight:
            best[ordinal] = match
    return ContaminationReport(
        question_set=question_set.name,
        question_set_hash=question_set.hash,
        files=tuple(path.name for path in files),
        rows=rows,
        questions=tuple(
            QuestionVerdict(
                id=question.id,
                hash=question.hash,
                verdict=best[ordinal].verdict if ordinal in best else "clean",
                match=best.get(ordinal),
            )
            for ordinal, question in enumerate(question_set.questions)
        ),
    )


def load_report(path: Path) -> ContaminationReport:
    """A report that `contamination --json` wrote. Raises InputError."""
    try:
        return ContaminationReport.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror}") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise InputError(
            f"'{path}' is no contamination report; `contamination --json` writes one"
        ) from error
