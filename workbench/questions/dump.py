"""Questions -> this project's JSON lines, in the one way that makes equal sets equal bytes."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from workbench.errors import InputError
from workbench.schema import Question


def dump_questions(questions: Iterable[Question], path: str | Path) -> None:
    """Write a .jsonl file that `load_questions` reads back as the same questions.

    One object a line in the schema's field order, defaults left out, NFC, LF. The file appears
    complete or not at all. Raises InputError if there is nothing to write or no way to write it.
    """
    path = Path(path)
    text = "".join(map(json_line, questions))
    if not text:
        raise InputError(f"there are no questions to write to '{path}'")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        try:
            _write(text, unfinished)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"'{path}' cannot be written: {error.strerror}") from error


def _write(text: str, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def json_line(question: Question) -> str:
    """
    >>> print(json_line(Question(id="1", question="?", options=("가", "나"), answer="B")), end="")
    {"id": "1", "question": "?", "options": ["가", "나"], "answer": "B"}
    """
    fields = question.model_dump(mode="json", exclude_defaults=True)
    return unicodedata.normalize("NFC", json.dumps(fields, ensure_ascii=False)) + "\n"
