"""Training files -> rows of text, one after another, however large the file is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from workbench.errors import InputError
from workbench.schema import LETTERS

OPTION_KEYS = ("options", "choices")
PASSAGE = 2_000  # characters of running text that are looked at together
_OPTION_LINE = re.compile(r"^[ \t]*\(?([A-J])[.):．][ \t]*(\S.*)$", re.MULTILINE)


class TrainingRow(NamedTuple):
    """What a model was shown at once; `place` is 'FILE line 3'. `options` are without letters."""

    place: str
    text: str
    options: tuple[tuple[str, ...], ...] = ()


def training_rows(path: Path) -> Iterator[TrainingRow]:
    """The rows of a training file: .jsonl, .parquet, or text (.txt, .md).

    All texts of a JSON object or a parquet row count, whatever their keys are called. Running text
    is cut at blank lines into passages that overlap by a paragraph. Raises InputError, in part
    while being read, for a file that cannot be.
    """
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise InputError(f"'{path}' is no training file; expected one of {', '.join(READERS)}")
    try:
        yield from read(path)
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is not UTF-8: {error.reason}; save it as UTF-8") from error


def _jsonl_rows(path: Path) -> Iterator[TrainingRow]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for line, content in enumerate(file, start=1):
            if not content.strip():
                continue
            try:
                value = json.loads(content)
            except (ValueError, RecursionError) as error:
                raise InputError(f"'{path}' line {line} is not JSON: {error}") from error
            yield _row(f"{path.name} line {line}", value)


def _parquet_rows(path: Path) -> Iterator[TrainingRow]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    row = 0
    try:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=1024):
            for cells in batch.to_pylist():
                row += 1
                yield _row(f"{path.name} row {row}", cells)
    except pa.ArrowException as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"'{path}' cannot be read as parquet: {reason}") from error


def _text_rows(path: Path) -> Iterator[TrainingRow]:
    with path.open(encoding="utf-8-sig") as file:
        for line, passage in _passages(file):
            yield _row(f"{path.name} line {line}", passage)


def _passages(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """(first line, text) of passages; the last paragraph of one begins the next, so that nothing
    that stands together is only seen apart."""
    passage: list[tuple[int, str]] = []
    paragraph: list[tuple[int, str]] = []
    fresh = 0  # characters that no passage has had
    for line in enumerate(lines, start=1):
        paragraph.append(line)
        fresh += len(line[1])
        if fresh >= PASSAGE and (not line[1].strip() or len(paragraph) > PASSAGE // 20):
            yield _passage(passage + paragraph)
            passage, paragraph, fresh = paragraph, [], 0
        elif not line[1].strip():
            passage, paragraph = passage + paragraph, []
    if fresh:
        yield _passage(passage + paragraph)


def _passage(lines: list[tuple[int, str]]) -> tuple[int, str]:
    return lines[0][0], "".join(text for _, text in lines)


READERS: dict[str, Callable[[Path], Iterator[TrainingRow]]] = {
    ".jsonl": _jsonl_rows,
    ".json": _jsonl_rows,
    ".parquet": _parquet_rows,
    ".txt": _text_rows,
    ".md": _text_rows,
}


# ── one row ──────────────────────────────────────────────────────────────────────────────────


def _row(place: str, value: Any) -> TrainingRow:
    text = "\n".join(_texts(value))
    found = [*_listed_options(value), *lettered_options(text)]
    return TrainingRow(place, text, tuple(found))


def _texts(value: Any) -> Iterator[str]:
    """All texts of a JSON value, keys left out."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)


def _listed_options(value: Any) -> Iterator[tuple[str, ...]]:
    if not isinstance(value, dict):
        return
    for key in OPTION_KEYS:
        options = value.get(key)
        if isinstance(options, list) and options and all(isinstance(o, str) for o in options):
            yield tuple(_without_letter(option) for option in options)


def _without_letter(option: str) -> str:
    match = _OPTION_LINE.match(option)
    return match[2] if match else option


def lettered_options(text: str) -> list[tuple[str, ...]]:
    """The options of every question in a text, as far as each begins a line with its letter.

    >>> lettered_options("### 선택지:\\nA. 국채\\nB. 회사채\\n### 정답: A")
    [('국채', '회사채')]
    """
    found: list[list[str]] = []
    for match in _OPTION_LINE.finditer(text):
        if match[1] == LETTERS[0]:
            found.append([])
        if found and match[1] == LETTERS[len(found[-1]) : len(found[-1]) + 1]:
            found[-1].append(match[2])
    return [tuple(options) for options in found if len(options) > 1]
