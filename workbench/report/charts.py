"""Where things stand in a plot. Places are percentages of its width or height, so that a plot
fits any screen while its text and its marks keep their size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench import numerals
from workbench.compare import PairedResult
from workbench.stats import ReliabilityBin

_STEP = 0.1  # axes of differences end at a multiple of ten points
_SMALLEST_MARK, _LARGEST_MARK = 3.0, 10.0  # radii in pixels


@dataclass(frozen=True)
class Tick:
    place: str
    label: str


@dataclass(frozen=True)
class Axis:
    """A linear scale from `low` to `high`, left to right."""

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def at(self, value: float) -> str:
        """'41.07%'."""
        return _place((value - self.low) / (self.high - self.low))

    def span(self, size: float) -> str:
        """How wide `size` is."""
        return _place(size / (self.high - self.low))


def _place(share: float) -> str:
    return f"{100 * share:.2f}%"


SHARES = Axis(
    0.0,
    1.0,
    tuple(Tick(_place(share), numerals.percent_tick(share)) for share in (0, 0.25, 0.5, 0.75, 1)),
)


def difference_axis(results: Iterable[PairedResult], size: float = 0.0) -> Axis:
    """Symmetric around zero, with room for each difference, each interval, and `size`."""
    reach = max([_STEP, size, *(abs(value) for result in results for value in _extent(result))])
    end = min(1.0, math.ceil(reach / _STEP - 1e-9) * _STEP)
    axis = Axis(-end, end, ())
    values = (-end, -end / 2, 0.0, end / 2, end)
    ticks = tuple(Tick(axis.at(value), numerals.points_tick(value)) for value in values)
    return Axis(-end, end, ticks)


def _extent(result: PairedResult) -> list[float]:
    interval = result.clustered_interval
    ends = [] if interval is None else [interval.low, interval.high]
    return [*ends, result.difference or 0.0]


@dataclass(frozen=True)
class Mark:
    """A point of a reliability diagram: confidence to the right, accuracy upwards."""

    x: str
    y: str
    radius: str
    label: str


def reliability_marks(bins: Sequence[ReliabilityBin]) -> tuple[Mark, ...]:
    """One mark for each bin, its area proportional to the bin's questions."""
    largest = max(each.n for each in bins)
    return tuple(
        Mark(
            x=_place(each.confidence),
            y=_place(1 - each.correct / each.n),
            radius=f"{max(_SMALLEST_MARK, _LARGEST_MARK * math.sqrt(each.n / largest)):.1f}",
            label=f"{numerals.percent(each.confidence)} → "
            f"{numerals.percent(each.correct / each.n)} (n = {numerals.count(each.n)})",
        )
        for each in bins
    )
