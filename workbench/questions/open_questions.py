"""Open questions, with what a good answer says, from JSON lines."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.errors import Fault, InputError, UnknownNameError
from workbench.questions.assembly import own_ids, refusal, repeated
from workbench.questions.findings import check_open_question
from workbench.questions.formats import Format, question_fields
from workbench.questions.load import OPEN_SETS, bundled_file, read_table
from workbench.questions.reading import Table
from workbench.schema import OpenQuestion, OpenQuestionSet

SUFFIXES = (".jsonl", ".json")
FORMAT = Format(
    name="open questions",
    known=frozenset(OpenQuestion.model_fields),
    ignored=frozenset(),
    fields=lambda cells, faults: cells,
)


def load_open_questions(source: str | Path) -> OpenQuestionSet:
    """The open questions that `source` names: a bundled name (krx-qa) or a file of JSON lines.

    The keys of an object are the fields of `schema.OpenQuestion`. Questions without an id get one
    from the set's name and their position.

    Raises UnknownNameError, QuestionFileError with every fault of the file, InputError for what
    cannot be read at all.
    """
    name = str(source)
    if isinstance(source, str) and name in OPEN_SETS:
        path = bundled_file(name)
        return _question_set(read_table(path), name, f"workbench/data/{path.name}")
    path = Path(name)
    if path.suffix.lower() not in SUFFIXES:
        cure = f"A file of JSON lines ({', '.join(SUFFIXES)}) works too"
        raise UnknownNameError("set of open questions", name, OPEN_SETS, cure)
    if not os.path.isfile(name):
        raise InputError(f"there is no file '{name}' to load open questions from")
    return _question_set(read_table(path), path.stem, name)


def _question_set(table: Table, name: str, origin: str) -> OpenQuestionSet:
    found: list[tuple[int, OpenQuestion]] = []
    faults = list(table.faults)
    for position, row in enumerate(table.rows, start=1):
        fields, wrong = question_fields(row.cells, FORMAT)
        fields.setdefault("id", f"{name}-{position:04d}")
        checked = check_open_question(fields)
        if isinstance(checked, OpenQuestion):
            found.append((row.line, checked))
        else:
            wrong += checked
        faults += [Fault(row.line, message) for message in wrong]
    faults += repeated("question", ((line, question.hash) for line, question in found), table)
    faults += repeated("id", own_ids(table), table)
    if not (table.rows or faults):
        faults.append(Fault(0, "there is no question in it"))
    if faults:
        raise refusal(faults, table, origin)
    return OpenQuestionSet(
        name=name, questions=tuple(question for _, question in found), origin=origin
    )
