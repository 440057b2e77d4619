"""Bytes of a question file -> rows with the line they stand on, or what makes them unreadable.

Nothing here knows what a question is, and nothing here stops at the first fault: a person who
repairs a file wants to hear everything at once.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from workbench.errors import Fault

NOT_UTF8 = {
    "cp949": "Korean files from Windows are often cp949",
    "utf-16": "it begins like UTF-16",
}
# A question has a list of texts and nothing deeper. Python can parse lists within lists that are
# too deep for it to print or to walk through.
MAX_NESTING = 16


@dataclass(frozen=True)
class Row:
    """One row as it was read; `line` counts from 1."""

    line: int
    cells: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """The rows of a file, and the faults that kept others from being read.

    `columns` are those that all rows share, and None where each row names its own keys.
    """

    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()
    columns: tuple[str, ...] | None = None
    header_line: int = 0
    unit: Literal["line", "row"] = "line"


# ── JSON lines ───────────────────────────────────────────────────────────────────────────────


def read_jsonl(data: bytes) -> Table:
    text = _decode(data)
    if isinstance(text, Fault):
        return Table(faults=(text,))
    if _is_one_array(text):
        cure = "write one object a line: jq -c '.[]' OLD > NEW"
        return Table(faults=(Fault(0, f"the file is one JSON array; {cure}"),))
    rows: list[Row] = []
    faults: list[Fault] = []
    # Not splitlines(): U+2028 and its like may stand inside a JSON string.
    for line, content in enumerate(text.split("\n"), start=1):
        if not content.strip():
            continue
        parsed = _parse_object(content)
        if isinstance(parsed, str):
            faults.append(Fault(line, parsed))
        else:
            rows.append(Row(line, parsed))
    return Table(tuple(rows), tuple(faults))


def _is_one_array(text: str) -> bool:
    if not text.lstrip().startswith("["):
        return False
    try:
        return any(isinstance(entry, dict) for entry in json.loads(text))
    except (ValueError, RecursionError):
        return False


def _parse_object(content: str) -> dict[str, Any] | str:
    """The JSON object of one line, or why there is none."""
    try:
        value = json.loads(content, object_pairs_hook=_unique_keys)
        if (
            "\\ud" in content.lower()
        ):  # JSON can spell half a surrogate pair, which no file can hold
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at column {error.colno}"
    except UnicodeEncodeError as error:
        return f"not text: the escape \\u{ord(error.object[error.start]):04x} is half a character"
    except ValueError as error:
        return f"not usable JSON: {error}"
    except RecursionError:
        return "not usable JSON: nested too deeply"
    if not isinstance(value, dict):
        return f"not an object: expected {{…}}, found '{content.strip()[:20]}'"
    if _is_nested_deeper(value, MAX_NESTING):
        return "not usable JSON: nested too deeply"
    return value


def _is_nested_deeper(value: Any, levels: int) -> bool:
    """
    >>> _is_nested_deeper({"options": ["가", "나"]}, 2), _is_nested_deeper([[["가"]]], 2)
    (False, True)
    """
    containers = [value]
    for _ in range(levels):
        inner = [each.values() if isinstance(each, dict) else each for each in containers]
        containers = [each for each in chain(*inner) if isinstance(each, list | dict)]
    return bool(containers)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object's pairs as a dict. Python would silently keep the last of two equal keys."""
    cells = dict(pairs)
    if len(cells) < len(pairs):
        counts = Counter(key for key, _ in pairs)
        raise ValueError(f"key '{counts.most_common(1)[0][0]}' stands twice")
    return cells


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────


def read_csv(data: bytes) -> Table:
    text = _decode(data)
    if isinstance(text, Fault):
        return Table(faults=(text,))
    records = _csv_records(text)
    header_line, header = next(records, (1, []))
    if isinstance(header, Fault):
        return Table(faults=(header,))
    columns = tuple(name.strip() for name in header)
    faults = [Fault(header_line, message) for message in _header_faults(columns)]
    rows: list[Row] = []
    for line, cells in records:
        if isinstance(cells, Fault):
            faults.append(cells)
        elif len(cells) != len(columns):
            faults.append(Fault(line, f"{len(cells)} cells, but the header has {len(columns)}"))
        else:
            rows.append(Row(line, dict(zip(columns, cells, strict=True))))
    return Table(tuple(rows), tuple(faults), columns, header_line)


def _csv_records(text: str) -> Iterator[tuple[int, list[str] | Fault]]:
    """(first line, cells) of each record; a record may span lines, and blank lines are none.

    A broken quotation ends the iteration with a fault: where the next record begins is unknown.
    """
    # The limit is the whole process's, so it is only ever raised. Its default is 128 KiB a cell.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Fault(line, f"not CSV from here on: {error}")
            return
        if cells:
            yield line, cells


def _header_faults(columns: tuple[str, ...]) -> list[str]:
    faults = [f"column '{name}' stands twice" for name, n in Counter(columns).items() if n > 1]
    if "" in columns:
        # pandas names its index so unless it is told to leave it out.
        faults.append(f"column {columns.index('') + 1} has no name (pandas: to_csv(index=False))")
    return faults


# ── parquet ──────────────────────────────────────────────────────────────────────────────────


def read_parquet(data: bytes) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        # ParquetFile, not read_table: that one would add columns named by the file's folders.
        table = pq.ParquetFile(pa.BufferReader(data)).read()
        columns = tuple(table.column_names)
        rows = tuple(Row(n, cells) for n, cells in enumerate(table.to_pylist(), start=1))
    # pyarrow raises plain Python errors too: for text that is not UTF-8, for dates past year 9999.
    except (pa.ArrowException, OSError, ValueError, ArithmeticError, LookupError) as error:
        reason = str(error).partition("\n")[0]
        return Table(faults=(Fault(0, f"the file cannot be read as parquet: {reason}"),))
    faults = tuple(Fault(0, message) for message in _header_faults(columns))
    return Table(rows, faults, columns, unit="row")


READERS: dict[str, Callable[[bytes], Table]] = {
    ".jsonl": read_jsonl,
    ".json": read_jsonl,
    ".csv": read_csv,
    ".parquet": read_parquet,
}


# ── encoding ─────────────────────────────────────────────────────────────────────────────────


def _decode(data: bytes) -> str | Fault:
    """The text, without a byte-order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        return Fault(line, f"byte 0x{byte:02x} is not UTF-8; {_encoding_cure(data)}")


def _encoding_cure(data: bytes) -> str:
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp949"
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return "save the file as UTF-8"
    return f"{NOT_UTF8[encoding]}: iconv -f {encoding} -t utf-8 OLD > NEW"
