"""All ways in which the two models were asked, and how far they bear the primary result out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from workbench import numerals
from workbench.compare import Verdict
from workbench.matrix import Cell, Matrix
from workbench.report.charts import Axis, difference_axis
from workbench.report.phrases import Phrase, say
from workbench.report.sides import Side


@dataclass(frozen=True)
class WayRow:
    """One cell; `verdict` is None where it sees no difference."""

    name: Phrase
    cell: Cell
    verdict: Phrase | None


@dataclass(frozen=True)
class Ways:
    """The matrix as a chart of differences on one axis."""

    axis: Axis
    rows: tuple[WayRow, ...]
    left_out: tuple[str, ...]


def ways(matrix: Matrix, a: Side, b: Side) -> Ways | None:
    """None where there is nothing beside the two runs of the report."""
    if len(matrix.cells) + len(matrix.left_out) < 2:
        return None
    return Ways(
        axis=difference_axis(cell.paired for cell in matrix.cells),
        rows=tuple(WayRow(way(cell), cell, better(cell.verdict, a, b)) for cell in matrix.cells),
        left_out=matrix.left_out,
    )


def way(cell: Cell) -> Phrase:
    """'generated · chat / native · 5 examples'."""
    parts: list[Phrase | str] = [reduce(_or, [say(f"style.{style}") for style in cell.styles])]
    if shots := cell.a.spec.shots:
        parts.append(say("ways.shots", n=shots))
    if cell.foreign_format:
        parts.append(cell.foreign_format)
    if cell.temperature:
        parts.append(say("ways.temperature", temperature=cell.temperature))
    return reduce(_with, parts, say(f"method.{cell.a.spec.method}"))


def _with(first: Phrase, then: Phrase | str) -> Phrase:
    return say("ways.with", first=first, then=then)


def _or(first: Phrase, other: Phrase) -> Phrase:
    return say("ways.or", first=first, other=other)


def better(verdict: Verdict, a: Side, b: Side) -> Phrase | None:
    """'tuned better', or None where no difference was seen."""
    match verdict:
        case "a better":
            return say("groups.better", side=a.name)
        case "b better":
            return say("groups.better", side=b.name)
        case "no difference seen":
            return None


def standing(matrix: Matrix, a: Side, b: Side) -> Iterator[Phrase]:
    """How the verdict stands to the primary result, and that to all other ways of asking."""
    primary, others = matrix.primary, numerals.count(len(matrix.others))
    if not matrix.cells:
        return
    if primary is None:
        yield say("standing.no_primary")
        return
    said = better(primary.verdict, a, b)
    if not primary.current:
        yield say("standing.primary", way=way(primary), said=said or say("standing.none_seen"))
    if opposite := matrix.others_that_are("opposite"):
        yield _doubt("standing.opposite", opposite, others)
    if undecided := matrix.others_that_are("undecided"):
        yield _doubt("standing.not_seen" if said else "standing.seen", undecided, others)
    if matrix.others and matrix.others_that_are("same") == matrix.others:
        yield say("standing.same", others=others)


def _doubt(key: str, cells: Sequence[Cell], others: str) -> Phrase:
    listed = reduce(lambda first, then: say("ways.and", first=first, then=then), map(way, cells))
    return say(key, n=numerals.count(len(cells)), others=others, ways=listed)
