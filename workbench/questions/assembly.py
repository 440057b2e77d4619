"""Rows of a file -> a question set, or every fault of the file at once.

A set with faults is refused as a whole: a score over most of the questions cannot be compared
with a score over all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workbench.errors import Fault, QuestionFileError
from workbench.questions.findings import check_question, one_line
from workbench.questions.formats import (
    Format,
    file_format,
    question_fields,
    recognise,
    unknown_key,
)
from workbench.questions.reading import Row, Table
from workbench.schema import Question, QuestionSet


def question_set(table: Table, name: str, origin: str) -> QuestionSet:
    """The set of all questions in `table`. Raises QuestionFileError if anything is wrong."""
    questions, faults = _questions(table, name)
    if faults:
        raise refusal(faults, table, origin)
    return QuestionSet(name=name, questions=tuple(questions), origin=origin)


def refusal(faults: Iterable[Fault], table: Table, origin: str) -> QuestionFileError:
    """The error that lists `faults` in the order of the file."""
    ordered = sorted(faults, key=lambda fault: fault.line)
    return QuestionFileError(
        origin, [Fault(fault.line, one_line(fault.message), table.unit) for fault in ordered]
    )


def _questions(table: Table, name: str) -> tuple[list[Question], list[Fault]]:
    faults = list(table.faults)
    if not table.rows:
        return [], faults or [Fault(0, "there is no question in it")]
    fmt = file_format(row.cells.keys() for row in table.rows)
    if fmt is None:
        return [], [*faults, _unrecognised(table)]
    table, column_faults = _without_unknown_columns(table, fmt)
    faults += column_faults
    found: list[tuple[int, Question]] = []
    for position, row in enumerate(table.rows, start=1):
        checked = _question(row, fmt, default_id=f"{name}-{position:04d}")
        if isinstance(checked, Question):
            found.append((row.line, checked))
        else:
            faults += [Fault(row.line, message) for message in checked]
    faults += repeated("question", ((line, question.hash) for line, question in found), table)
    faults += repeated("id", own_ids(table), table)
    return [question for _, question in found], faults


def _question(row: Row, fmt: Format, default_id: str) -> Question | list[str]:
    """The question that a row holds, or what is wrong with it."""
    own = recognise(row.cells.keys())
    if own is not None and own != fmt:
        return [f"has the columns of {own.name}, but the file begins with those of {fmt.name}"]
    fields, faults = question_fields(row.cells, fmt)
    fields.setdefault("id", default_id)
    checked = check_question(fields)
    if isinstance(checked, Question):
        return faults or checked
    return faults + checked


# ── faults of more than one row ──────────────────────────────────────────────────────────────


def _unrecognised(table: Table) -> Fault:
    first = table.rows[0]
    line = table.header_line if table.columns else first.line
    found = ", ".join(first.cells) or "none"
    expected = "question, options, answer, or question, A, B, …, answer"
    return Fault(line, f"no columns of a question: {found}; expected {expected}")


def _without_unknown_columns(table: Table, fmt: Format) -> tuple[Table, list[Fault]]:
    """Columns that all rows share are judged once, not once a row."""
    unknown = [column for column in table.columns or () if column not in fmt.accepted]
    if not unknown:
        return table, []
    rows = tuple(
        replace(row, cells={k: v for k, v in row.cells.items() if k not in unknown})
        for row in table.rows
    )
    # A column without a name has had its fault when the header was read.
    faults = [Fault(table.header_line, unknown_key(column, fmt)) for column in unknown if column]
    return replace(table, rows=rows), faults


def own_ids(table: Table) -> Iterable[tuple[int, str]]:
    for row in table.rows:
        if isinstance(own := row.cells.get("id"), str) and own.strip():
            yield row.line, own


def repeated(noun: str, keys: Iterable[tuple[int, str]], table: Table) -> list[Fault]:
    """A fault for every key that stood on an earlier line, naming the first."""
    first: dict[str, int] = {}
    return [
        Fault(line, f"the same {noun} as {table.unit} {first[key]}")
        for line, key in keys
        if first.setdefault(key, line) != line
    ]
