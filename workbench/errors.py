"""Every exception that a user can meet.

    WorkbenchError                  shown as one sentence at the edge (CLI exit 2, a notice in the app)
    ├── InputError                  what was given cannot be used; the message names value, expectation, cure
    │   ├── UnknownNameError        a name that does not exist; lists those that do
    │   ├── SettingsError           a setting outside its range, or an unknown key
    │   ├── QuestionFileError       a question file with faults, all of them listed by line
    │   │   └── SampleFileError     answered questions of lm_eval that do not agree with themselves
    │   └── ContextLengthError      a prompt that does not fit the model's context
    ├── OfflineError                something lies on the Hub and the Hub cannot be reached
    ├── MissingPackageError         an optional package is not installed; names its pip line
    ├── EngineError                 the model or its server failed while working
    └── StoreError                  the result store cannot be read or written

Anything else that escapes is a bug of ours and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal


class WorkbenchError(Exception):
    """Base of all errors that are explained rather than traced."""


class InputError(WorkbenchError):
    """What the user gave cannot be used."""


class UnknownNameError(InputError):
    """A name that does not exist, with the names that do."""

    def __init__(self, kind: str, name: str, known: Iterable[str], cure: str = "") -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        listed = ", ".join(self.known) or "none"
        super().__init__(f"unknown {kind} '{name}'; known: {listed}{f'. {cure}' if cure else ''}")


class SettingsError(InputError):
    """A setting outside its range or an unknown key."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a file; `line` counts from 1, 0 means the file as a whole."""

    line: int
    message: str
    unit: Literal["line", "row"] = "line"  # files that are not text have rows

    def __str__(self) -> str:
        return f"{self.unit} {self.line}: {self.message}" if self.line else self.message


class QuestionFileError(InputError):
    """A question file that is refused as a whole, with every fault found in it."""

    SHOWN = 20

    def __init__(self, path: str, faults: Sequence[Fault]) -> None:
        self.path, self.faults = path, tuple(faults)
        shown = [f"  {fault}" for fault in self.faults[: self.SHOWN]]
        if len(self.faults) > self.SHOWN:
            shown.append(f"  … and {len(self.faults) - self.SHOWN} more")
        noun = "fault" if len(self.faults) == 1 else "faults"
        super().__init__(
            "\n".join([f"'{path}' has {len(self.faults)} {noun}; nothing was loaded:", *shown])
        )


class SampleFileError(QuestionFileError):
    """A sample file of lm_eval that is cut off, foreign or changed, with every fault found in it."""


class ContextLengthError(InputError):
    """A prompt longer than the model can read. Nothing is ever cut silently."""

    def __init__(self, tokens: int, limit: int, reserved: int = 0) -> None:
        self.tokens, self.limit, self.reserved = tokens, limit, reserved
        room = f" and {reserved} are reserved for the answer" if reserved else ""
        super().__init__(
            f"the prompt has {tokens} tokens, the model's context holds {limit}{room}; "
            "shorten the question, use fewer examples or lower the answer length"
        )


class OfflineError(WorkbenchError):
    """Something lies on the Hugging Face Hub and the Hub cannot be reached."""


class MissingPackageError(WorkbenchError):
    """An optional package is missing."""

    def __init__(self, package: str, purpose: str, install: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed: {install}"
        )


class EngineError(WorkbenchError):
    """A model or its server failed while working."""


class StoreError(WorkbenchError):
    """The result store cannot be read or written."""
