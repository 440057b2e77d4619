"""Places in a plot: percentages that keep to the scale."""

from __future__ import annotations

import pytest

from tests.workbench.test_compare import answers_of
from workbench.compare import PairedResult, compare_answers
from workbench.report.charts import SHARES, difference_axis, reliability_marks
from workbench.stats import ReliabilityBin


def paired(a: str, b: str) -> PairedResult:
    return compare_answers(answers_of(a), answers_of(b))


def test_shares_run_from_nothing_to_all() -> None:
    assert [SHARES.at(share) for share in (0.0, 0.41071, 1.0)] == ["0.00%", "41.07%", "100.00%"]
    assert [tick.label for tick in SHARES.ticks] == ["0", "25", "50", "75", "100"]


@pytest.mark.parametrize(
    ("size", "labels"),
    [
        (0.02, ["−10", "−5", "0", "+5", "+10"]),
        (0.1, ["−10", "−5", "0", "+5", "+10"]),
        (0.11, ["−20", "−10", "0", "+10", "+20"]),
        (0.3, ["−30", "−15", "0", "+15", "+30"]),
        (1.0, ["−100", "−50", "0", "+50", "+100"]),
    ],
)
def test_an_axis_of_differences_ends_at_ten_points_around_its_largest(
    size: float, labels: list[str]
) -> None:
    axis = difference_axis([paired("A" * 20, "A" * 20)], size)
    assert [tick.label for tick in axis.ticks] == labels
    assert axis.at(0.0) == "50.00%"


def test_nothing_lies_outside_the_axis() -> None:
    results = [paired("AABB" * 5, "ABBB" * 5), paired("BBBB", "AAAB")]
    axis = difference_axis(results)
    for result in results:
        interval = result.clustered_interval
        assert interval is not None
        assert axis.low <= interval.low <= interval.high <= axis.high


def test_a_result_without_numbers_leaves_an_axis() -> None:
    assert difference_axis([paired("!", "A")]).high == 0.1


def test_marks_stand_at_confidence_and_accuracy_and_grow_with_their_questions() -> None:
    bins = (ReliabilityBin(n=4, correct=1, confidence=0.5), ReliabilityBin(16, 16, 0.9))
    small, large = reliability_marks(bins)
    assert (small.x, small.y, small.radius) == ("50.00%", "75.00%", "5.0")
    assert (large.x, large.y, large.radius) == ("90.00%", "0.00%", "10.0")
    assert small.label == "50.0% → 25.0% (n = 4)"
