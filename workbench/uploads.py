"""lm_eval results that a stranger drops on the page: unpacked within limits, read in a process apart.

Names inside an archive are never trusted, sizes are counted as they come rather than believed, and
what is found is imported by the very command that the README shows. That runs outside this process,
so that reading a large file holds up nobody's answer and can be killed.
"""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from workbench.config import PACKAGE
from workbench.errors import InputError

MAX_FILES = 200
MAX_BYTES = 64 * 1024 * 1024  # of everything together, unpacked
RESULT_SUFFIXES = (".json", ".jsonl")
SUFFIXES = (".zip", *RESULT_SUFFIXES)
COMMAND = "python -m workbench import lm-eval FOLDER"

_CHUNK = 64 * 1024
_MAX_NAME = 200  # bytes of a file or folder name; file systems hold 255
_PREFIX = "error: "  # of what the command says where it refuses something


class Limits(NamedTuple):
    files: int = MAX_FILES
    bytes: int = MAX_BYTES


class _Budget:
    """What is left of the limits while files are written."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._files = self._bytes = 0

    def take_file(self) -> None:
        self._files += 1
        if self._files > self._limits.files:
            raise InputError(
                f"there are more than {self._limits.files} files in it; drop one evaluation at a "
                f"time, or import the folder with `{COMMAND}`"
            )

    def take_bytes(self, count: int) -> None:
        self._bytes += count
        if self._bytes > self._limits.bytes:
            raise InputError(
                f"unpacked, it is larger than {self._limits.bytes // 1024**2} MiB; import the "
                f"folder with `{COMMAND}`"
            )


def unpack(dropped: Sequence[Path], folder: Path, limits: Limits | None = None) -> None:
    """Put the result files among `dropped` into `folder`, archives unpacked.

    Of an archive the .json and .jsonl files are taken and the rest is left. Raises InputError for
    anything else, for an archive that is broken, encrypted or means places outside of it, and for
    more than the limits allow; what was written by then is the caller's to remove.
    """
    budget = _Budget(limits or Limits())
    for number, path in enumerate(dropped):
        suffix = path.suffix.lower()
        if suffix == ".zip":
            _unzip(path, folder / f"archive-{number}", budget)
        elif suffix in RESULT_SUFFIXES:
            with path.open("rb") as source:
                _write(source, folder / "files" / path.name, budget)
        else:
            raise InputError(
                f"'{path.name}' is no result of lm_eval; expected {', '.join(SUFFIXES)}"
            )


def _unzip(path: Path, folder: Path, budget: _Budget) -> None:
    with _readable(path), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            place = _place(member, path.name)
            budget.take_file()
            if not member.is_dir() and place.suffix.lower() in RESULT_SUFFIXES:
                with archive.open(member) as source:
                    _write(source, folder / place, budget)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    # zipfile raises RuntimeError for a password and NotImplementedError for an unknown method.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise InputError(
            f"'{path.name}' is no zip archive that can be read: {error}; pack the folder anew"
        ) from error


def _place(member: zipfile.ZipInfo, archive: str) -> PurePosixPath:
    """Where a member goes, below the archive's folder. Raises InputError for one that goes astray."""
    place = PurePosixPath(member.filename)
    astray = place.is_absolute() or ".." in place.parts or set("\\:\0") & set(member.filename)
    linked = stat.S_ISLNK(member.external_attr >> 16)
    long = any(len(part.encode("utf-8", "replace")) > _MAX_NAME for part in place.parts)
    if astray or linked or long or len(place.parts) > 20:
        raise InputError(
            f"'{archive}' holds '{member.filename[:80]}', which is no plain file inside of it; "
            "pack the folder anew"
        )
    return place


def _write(source: IO[bytes], target: Path, budget: _Budget) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as file:
            while chunk := source.read(_CHUNK):
                budget.take_bytes(len(chunk))
                file.write(chunk)
    except FileExistsError as error:
        raise InputError(
            f"there are two files '{target.name}'; drop a zip of the whole folder instead"
        ) from error


# ── importing ────────────────────────────────────────────────────────────────────────────────


class Import:
    """An import that runs in a process of its own; leaving the `with` block kills what still runs."""

    def __init__(self, folder: Path, store_path: Path) -> None:
        self._folder = folder
        command = ("-m", "workbench", "import", "lm-eval", str(folder), "--store")
        self._process = subprocess.Popen(
            [sys.executable, *command, str(store_path.resolve())],
            cwd=PACKAGE.parent,
            env={**os.environ, "PYTHONUTF8": "1", "HF_HUB_OFFLINE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def __enter__(self) -> Import:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def wait(self, seconds: float) -> tuple[str, ...] | None:
        """The ids of the imported runs, or None if it takes longer.

        Raises InputError with what the command refused, in its own words.
        """
        try:
            output, errors = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        if self._process.returncode == 0:
            return tuple(line.split()[0] for line in output.splitlines() if line.strip())
        _, found, reason = errors.partition(_PREFIX)
        if self._process.returncode != 2 or not found:
            raise RuntimeError(f"the import failed:\n{errors}")
        # Where the files lay for a moment is nobody's business and would only confuse.
        raise InputError(reason.strip().replace(f"{self._folder}{os.sep}", ""))


def discard(paths: Sequence[Path]) -> None:
    """Remove files and folders, and say nothing of those that are gone."""
    for path in paths:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
