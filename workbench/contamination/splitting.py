"""A comparison over clean questions and over the others."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.compare import PairedResult, compare_answers
from workbench.contamination.matching import Verdict
from workbench.contamination.report import VERDICTS, ContaminationReport
from workbench.errors import InputError
from workbench.schema import Answer


def compare_by_verdict(
    report: ContaminationReport, a: Sequence[Answer], b: Sequence[Answer]
) -> dict[Verdict, PairedResult]:
    """The paired result over the questions of each verdict that occurs.

    Raises InputError where the report does not know every question that was answered.
    """
    verdicts = {question.hash: question.verdict for question in report.questions}
    unknown = [answer.question_id for answer in a if answer.question_hash not in verdicts]
    if unknown:
        raise InputError(
            f"the contamination report is on '{report.question_set}' and does not know "
            f"{len(unknown)} of {len(a)} questions, first '{unknown[0]}'; make one on the questions "
            "that these runs answered"
        )
    return {
        verdict: compare_answers(
            *([x for x in side if verdicts[x.question_hash] == verdict] for side in (a, b))
        )
        for verdict in VERDICTS
        if verdict in {verdicts[answer.question_hash] for answer in a}
    }
