"""What commands print: tables, JSON, a progress bar; and the flags that all of them share."""

from __future__ import annotations

import argparse
import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import InputError
from workbench.evaluate import Progress


def table(lines: Sequence[Sequence[str]]) -> str:
    """Columns of equal width; a Korean syllable takes two places on a terminal."""
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def write_out(text: str, output: Path | None) -> None:
    """To a file, or to stdout where none is named. Raises InputError where it cannot be written."""
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"'{output}' cannot be written: {error.strerror}") from error


@contextmanager
def progress_bar(label: str, unit: str = "question") -> Iterator[Progress]:
    """A bar on stderr with rate and time left, which starts at what was done before."""
    from tqdm import tqdm

    bar: tqdm[None] | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(desc=label, total=total, initial=done, unit=unit, file=sys.stderr)
        bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


# ── flags ────────────────────────────────────────────────────────────────────────────────────


def add_json_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def add_output_flag(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: stdout")


def positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1 up")
    return int(text)
