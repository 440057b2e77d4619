"""A question set from a bundled name, a local file or the Hub."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.errors import InputError, UnknownNameError
from workbench.questions.assembly import question_set
from workbench.questions.hub import fetch_table, pinned_revision
from workbench.questions.reading import READERS, Table
from workbench.schema import QuestionSet

BUNDLED = Path(__file__).parents[1] / "data"
OPEN_SETS = ("krx-qa",)  # bundled sets of open questions, which `load_open_questions` reads


def load_questions(
    source: str | Path, *, revision: str | None = None, config: str = "validation"
) -> QuestionSet:
    """The question set that `source` names.

    `source` is a bundled name (`bundled_names()`), a file (.jsonl, .json with one object a line,
    .csv, .parquet), or a Hub data set id such as aiqwe/FinShibainu, of which `config` is loaded at
    `revision`. See `formats` for what may stand in it. Questions without an id get one from the
    set's name and their position.

    Raises UnknownNameError, QuestionFileError with every fault of the file, InputError for what
    cannot be read at all, OfflineError where the Hub is needed and away.
    """
    name = str(source)
    if isinstance(source, str) and name in bundled_names():
        _refuse_revision(name, revision)
        path = bundled_file(name)
        return question_set(read_table(path), name, f"workbench/data/{path.name}")
    if os.path.isfile(name):  # unlike Path.is_file, never raises, whatever the name
        _refuse_revision(name, revision)
        return question_set(read_table(Path(name)), Path(name).stem, name)
    if os.path.isdir(name):
        raise InputError(f"'{name}' is a folder; give one file in it")
    if isinstance(source, Path) or _looks_local(name):
        raise InputError(f"there is no file '{name}' to load questions from")
    if name.count("/") != 1:
        cure = f"A file ({', '.join(READERS)}) or a Hub id such as aiqwe/FinShibainu works too"
        raise UnknownNameError("question set", name, bundled_names(), cure)
    revision = pinned_revision(name, revision)
    set_name = f"{name.partition('/')[2]}-{config}"
    origin = f"{name} ({config}) @ {revision}"
    return question_set(fetch_table(name, config, revision), set_name, origin)


def bundled_names() -> tuple[str, ...]:
    """The multiple-choice sets that come with the project."""
    names = {path.stem.replace("_", "-") for path in BUNDLED.glob("*.jsonl")}
    return tuple(sorted(names.difference(OPEN_SETS)))


def bundled_file(name: str) -> Path:
    return BUNDLED / f"{name.replace('-', '_')}.jsonl"


def _looks_local(name: str) -> bool:
    return name.startswith((".", "/", "~")) or Path(name).suffix.lower() in READERS


def _refuse_revision(name: str, revision: str | None) -> None:
    if revision is not None:
        raise InputError(f"revision '{revision}' is for data sets on the Hub; '{name}' is a file")


def read_table(path: Path) -> Table:
    """The rows of a question file. Raises InputError for what cannot be read at all."""
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise InputError(f"'{path}' is no question file; expected one of {', '.join(READERS)}")
    try:
        return read(path.read_bytes())
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror}") from error
