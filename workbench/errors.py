"""Every exception that a user can meet.

    WorkbenchError                  shown as one sentence at the edge (CLI exit 2, a notice in the app)
    ├── InputError                  what was given cannot be used; the message names value, expectation, cure
    │   ├── UnknownNameError        a name that does not exist; lists those that do
    │   ├── SettingsError           a setting outside its range, or an unknown key
    │   ├── QuestionFileError       a question file with faults, all of them listed by line
    │   │   └── SampleFileError     answered questions of lm_eval that do not agree with themselves
    │   ├── CardError               a text that cannot become one question with options
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
from typing import ClassVar, Literal


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


CardFault = Literal[
    "empty",
    "too_long",
    "no_options",
    "too_few",
    "too_many",
    "no_stem",
    "same_options",
    "answer_not_offered",
    "several_answers",
    "answer_unclear",
]


class CardError(InputError):
    """A text that cannot become one question with options; `fault` and `values` say why."""

    MESSAGES: ClassVar[dict[CardFault, str]] = {
        "empty": "there is no text; paste a question with its options",
        "too_long": "the text has {found} characters, at most {limit} can be read; paste one question",
        "no_options": "no options were found; begin each with A., A), (A), ①, 1. or 가.",
        "too_few": "{found} option, expected {least}–{most}; begin each option on a line of its own",
        "too_many": "{found} options, expected {least}–{most}; paste one question",
        "no_stem": "there are options but no question before them; write the question first",
        "same_options": "options {first} and {second} are the same: '{text}'; change one of them",
        "answer_not_offered": "answer '{answer}' is not among options A–{last}; correct or remove it",
        "several_answers": "the answer names several options: '{answer}'; keep one or remove it",
        "answer_unclear": "answer '{answer}' names no option; write its letter, such as C, or remove it",
    }

    def __init__(self, fault: CardFault, **values: str | int) -> None:
        self.fault, self.values = fault, values
        super().__init__(self.MESSAGES[fault].format(**values))


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
