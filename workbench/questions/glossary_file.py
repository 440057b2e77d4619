"""A glossary file -> its entries: which columns hold the term, what it means and its category.

Glossaries come as spreadsheets with a banner above the header as often as not, and no two name
their columns alike.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import Fault, InputError, QuestionFileError
from workbench.questions.reading import READERS, Row, Table

SUFFIXES = (".xlsx", *READERS)
# What the columns are called, as `_key` writes it; the first name that a file has is taken.
TERM_NAMES = (
    "용어",
    "용어명",
    "표제어",
    "제목",
    "단어",
    "title",
    "term",
    "word",
    "headword",
    "name",
)
CONTENTS_NAMES = (
    *("설명", "용어설명", "정의", "뜻", "뜻풀이", "해설", "내용"),
    *("contents", "content", "definition", "description", "meaning"),
)
CATEGORY_NAMES = (
    "주제",
    "분류",
    "분야",
    "구분",
    "카테고리",
    "category",
    "topic",
    "subject",
    "area",
)
_BLANK = re.compile(r"[\s\u200b\ufeff]+")


@dataclass(frozen=True)
class Entry:
    """A term with its definition, white space cleaned, NFC; '' where the file has none."""

    term: str
    definition: str
    category: str = ""


@dataclass(frozen=True)
class Columns:
    """Columns that are named by whoever knows the file; None where they are to be found."""

    term: str | None = None
    contents: str | None = None
    category: str | None = None


def read_glossary(path: Path, columns: Columns | None = None) -> list[Entry]:
    """The entries of a glossary (.xlsx, .csv, .jsonl, .parquet), in the order of the file.

    Raises InputError for a file that cannot be read or whose columns cannot be told, and
    QuestionFileError for one with broken lines.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"'{path}' is no glossary; expected one of {', '.join(SUFFIXES)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror}") from error
    table = read_xlsx(data) if suffix == ".xlsx" else READERS[suffix](data)
    if table.faults:
        raise QuestionFileError(str(path), table.faults)
    names = tuple(table.columns or dict.fromkeys(key for row in table.rows for key in row.cells))
    term, contents, category = _chosen(names, columns or Columns(), path)
    return [
        Entry(
            term=_text(row.cells.get(term)),
            definition=_text(row.cells.get(contents)),
            category=_text(row.cells.get(category)) if category else "",
        )
        for row in table.rows
    ]


def read_xlsx(data: bytes) -> Table:
    """The first sheet that has anything in it.

    Its header is the first row with two filled cells: what stands above it alone is a banner.
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    # A damaged file fails wherever its XML is first missed: openpyxl has no error of its own.
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, SyntaxError, OSError) as error:
        return Table(faults=(Fault(0, f"the file cannot be read as a spreadsheet: {error}"),))
    for rows in sheets:
        for place, cells in enumerate(rows):
            if sum(bool(_text(cell)) for cell in cells) >= 2:
                return _sheet_table(cells, rows[place + 1 :], place + 1)
    return Table(faults=(Fault(0, "no sheet has a row with two filled cells"),))


def _sheet_table(
    header: Sequence[object], rows: Iterable[Sequence[object]], header_line: int
) -> Table:
    names = [_text(cell) for cell in header]
    found = [
        Row(line, {name: cell for name, cell in zip(names, cells, strict=False) if name})
        for line, cells in enumerate(rows, start=header_line + 1)
        if any(_text(cell) for cell in cells)
    ]
    return Table(tuple(found), (), tuple(filter(None, names)), header_line, unit="row")


def _text(cell: object) -> str:
    """
    >>> _text("　환율\\u2028위험 "), _text(None), _text(2.0)
    ('환율 위험', '', '2.0')
    """
    return "" if cell is None else _BLANK.sub(" ", unicodedata.normalize("NFC", str(cell))).strip()


# ── columns ──────────────────────────────────────────────────────────────────────────────────


def _chosen(names: Sequence[str], asked: Columns, path: Path) -> tuple[str, str, str | None]:
    """The columns of term, contents and, where there is one, category. Raises InputError."""
    term = _column(names, asked.term, TERM_NAMES, path)
    contents = _column(names, asked.contents, CONTENTS_NAMES, path)
    if term is None or contents is None:
        flag = "--term" if term is None else "--contents"
        raise InputError(
            f"'{path}' has no column that is known to hold the {flag[2:]}; name one with {flag}: "
            f"{', '.join(names) or 'there is none'}"
        )
    if term == contents:
        raise InputError(f"'{path}': column '{term}' cannot be both the term and the contents")
    return term, contents, _column(names, asked.category, CATEGORY_NAMES, path)


def _column(
    names: Sequence[str], asked: str | None, known: Sequence[str], path: Path
) -> str | None:
    if asked is not None:
        if asked not in names:
            raise InputError(f"'{path}' has no column '{asked}'; it has {', '.join(names)}")
        return asked
    by_key = {_key(name): name for name in reversed(names)}
    return next((by_key[key] for key in known if key in by_key), None)


def _key(name: str) -> str:
    """
    >>> _key("용어 명"), _key("Title")
    ('용어명', 'title')
    """
    return "".join(name.split()).casefold()
