"""Two runs over the same questions: what differs, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import InputError
from workbench.schema import Answer, Record
from workbench.stats import mcnemar_exact, sign_flip_test


class PairedResult(Record):
    """Side b against side a, question by question.

    `difference` is accuracy(b) − accuracy(a) over the `n` questions that both sides answered, None
    where n is 0. `mcnemar_p` takes questions as independent; `sign_flip_p` lets questions of one
    cluster (made from the same term or document) stand or fall together, and is the one to read
    where there are fewer `clusters` than questions.
    """

    n: int
    excluded: int  # questions whose call failed on either side
    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    difference: float | None
    mcnemar_p: float
    sign_flip_p: float
    clusters: int


def compare_answers(a: Sequence[Answer], b: Sequence[Answer]) -> PairedResult:
    """Pair the answers of two runs, both in the order of their common question set.

    Raises InputError where they did not answer the same questions.
    """
    _check_same_questions(a, b)
    pairs = [
        (left, right)
        for left, right in zip(a, b, strict=True)
        if left.failure is None and right.failure is None
    ]
    differences = [right.correct - left.correct for left, right in pairs]
    both_right = sum(left.correct and right.correct for left, right in pairs)
    only_a, only_b = differences.count(-1), differences.count(1)
    clustered = sign_flip_test(differences, [left.cluster for left, _ in pairs])
    return PairedResult(
        n=len(pairs),
        excluded=len(a) - len(pairs),
        both_right=both_right,
        only_a=only_a,
        only_b=only_b,
        both_wrong=len(pairs) - both_right - only_a - only_b,
        difference=(only_b - only_a) / len(pairs) if pairs else None,
        mcnemar_p=mcnemar_exact(only_a, only_b),
        sign_flip_p=clustered.p_value,
        clusters=clustered.clusters,
    )


def _check_same_questions(a: Sequence[Answer], b: Sequence[Answer]) -> None:
    if len(a) != len(b):
        raise InputError(
            f"one side answered {len(a)} questions and the other {len(b)}; "
            "compare finished runs over the same question set"
        )
    for place, (left, right) in enumerate(zip(a, b, strict=True), start=1):
        if left.question_hash != right.question_hash:
            raise InputError(
                f"question {place} is '{left.question_id}' on one side and '{right.question_id}' "
                "on the other, or its wording differs; compare runs over the same question set"
            )
