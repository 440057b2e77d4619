"""Rows of the report's tables, with the words that stand for the data's own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from workbench.analysis import Accuracy
from workbench.compare import Comparison, GroupResult
from workbench.provenance import provenance
from workbench.report.charts import Axis, difference_axis
from workbench.report.phrases import Phrase, say, say_if_known
from workbench.report.sides import Side

K = TypeVar("K", str, int)

# What a reader wants to know of the two runs at first sight; the rest of their provenance is folded.
_AT_FIRST_SIGHT = (
    *("model", "method", "prompt_style", "question_set", "n_questions"),
    *("engine", "dtype", "finished", "run"),
)
_SAID = {"method": "method", "prompt_style": "style"}


@dataclass(frozen=True)
class FieldRow:
    """One field of both runs' provenance."""

    label: Phrase
    a: Phrase | str
    b: Phrase | str
    differs: bool
    at_first_sight: bool


def field_rows(a: Side, b: Side) -> tuple[FieldRow, ...]:
    """Every field but those that the names of the sides say."""
    made_with = [provenance(side.analysis.run) for side in (a, b)]
    return tuple(
        FieldRow(
            label=say(f"field.{field}"),
            a=_value(field, made_with[0][field]),
            b=_value(field, made_with[1][field]),
            differs=made_with[0][field] != made_with[1][field],
            at_first_sight=field in _AT_FIRST_SIGHT,
        )
        for field in made_with[0]
        if field not in ("variant", "demo")
    )


def _value(field: str, value: str) -> Phrase | str:
    return say(f"{_SAID[field]}.{value}") if field in _SAID else value or "–"


@dataclass(frozen=True)
class GroupRow:
    name: Phrase | str
    result: GroupResult


@dataclass(frozen=True)
class GroupTable:
    """The differences of one family of groups on one axis."""

    anchor: str
    heading: Phrase
    axis: Axis
    rows: tuple[GroupRow, ...]


def group_tables(comparison: Comparison) -> tuple[GroupTable, ...]:
    """By category and by area, where the questions have either."""
    families = (("categories", comparison.by_category), ("areas", comparison.by_area))
    return tuple(
        GroupTable(
            anchor=family,
            heading=say(f"groups.{family}"),
            axis=difference_axis(group.paired for group in groups.values()),
            rows=tuple(GroupRow(_group_name(name), group) for name, group in groups.items()),
        )
        for family, groups in families
        if groups
    )


def _group_name(name: str) -> Phrase | str:
    """Areas by their names, categories as the data writes them."""
    return say_if_known(f"area.{name}", name) if name else say("groups.unnamed")


@dataclass(frozen=True)
class PropertyRow:
    """Accuracies of questions alike in difficulty or number of options; None where none counts."""

    name: Phrase
    a: Accuracy | None
    b: Accuracy | None


def property_rows(a: Side, b: Side) -> tuple[PropertyRow, ...]:
    """None for a property in which all questions are the same."""
    difficulties = _rows(
        a.analysis.by_difficulty,
        b.analysis.by_difficulty,
        {"easy": say("groups.easy"), "hard": say("groups.hard"), "": say("groups.unnamed")},
    )
    counts = a.analysis.by_options | b.analysis.by_options
    options = _rows(
        a.analysis.by_options,
        b.analysis.by_options,
        {n: say("groups.options", n=n) for n in sorted(counts)},
    )
    return (*difficulties, *(options if len(options) > 1 else ()))


def _rows(
    a: Mapping[K, Accuracy], b: Mapping[K, Accuracy], names: Mapping[K, Phrase]
) -> tuple[PropertyRow, ...]:
    return tuple(
        PropertyRow(name, a.get(key), b.get(key))
        for key, name in names.items()
        if key in a or key in b
    )
