"""Errors speak to the person who can act: value, expectation, cure."""

from __future__ import annotations

import re

import pytest

from workbench import errors
from workbench.errors import (
    ContextLengthError,
    Fault,
    MissingPackageError,
    QuestionFileError,
    UnknownNameError,
    WorkbenchError,
)


def drawn_hierarchy() -> dict[str, str]:
    """Parent by class, as the docstring draws it: each level is four columns deeper."""
    parents: dict[str, str] = {}
    above: dict[int, str] = {}
    for indent, name in re.findall(r"^    ([ │├└─]*)(\w+Error)", errors.__doc__ or "", re.M):
        depth = len(indent) // 4
        above[depth] = name
        if depth:
            parents[name] = above[depth - 1]
    return parents


def real_hierarchy(parent: type[Exception] = WorkbenchError) -> dict[str, str]:
    parents: dict[str, str] = {}
    for child in parent.__subclasses__():
        if child.__module__ == errors.__name__:
            parents |= {child.__name__: parent.__name__, **real_hierarchy(child)}
    return parents


def test_the_docstring_draws_the_hierarchy_as_it_is() -> None:
    assert drawn_hierarchy() == real_hierarchy()


MESSAGES = [
    (
        UnknownNameError("model", "dmo", ["demo", "krx-7b"]),
        "unknown model 'dmo'; known: demo, krx-7b",
    ),
    (UnknownNameError("run", "1f", []), "unknown run '1f'; known: none"),
    (
        UnknownNameError("model", "x", ["demo"], "A folder works too"),
        "unknown model 'x'; known: demo. A folder works too",
    ),
    (
        ContextLengthError(1100, 1024),
        "the prompt has 1100 tokens, the model's context holds 1024; "
        "shorten the question, use fewer examples or lower the answer length",
    ),
    (
        ContextLengthError(900, 1024, reserved=256),
        "the prompt has 900 tokens, the model's context holds 1024 and 256 are reserved for the "
        "answer; shorten the question, use fewer examples or lower the answer length",
    ),
    (
        MissingPackageError("vllm", "serving", "pip install vllm"),
        "serving needs the package 'vllm', which is not installed: pip install vllm",
    ),
    (
        QuestionFileError("krx.jsonl", [Fault(14, "answer 'F' is not among options A–E")]),
        "'krx.jsonl' has 1 fault; nothing was loaded:\n"
        "  line 14: answer 'F' is not among options A–E",
    ),
]


@pytest.mark.parametrize(("error", "message"), MESSAGES)
def test_a_message_holds_value_expectation_and_cure(error: WorkbenchError, message: str) -> None:
    assert str(error) == message


FAULTS = [
    (Fault(3, "empty"), "line 3: empty"),
    (Fault(3, "empty", unit="row"), "row 3: empty"),
    (Fault(0, "the file is empty"), "the file is empty"),
]


@pytest.mark.parametrize(("fault", "text"), FAULTS)
def test_a_fault_names_its_place(fault: Fault, text: str) -> None:
    assert str(fault) == text


def test_a_long_list_of_faults_is_shown_in_part_and_kept_whole() -> None:
    error = QuestionFileError("krx.jsonl", [Fault(line, "empty") for line in range(1, 24)])
    first, *shown, last = str(error).splitlines()
    assert first == "'krx.jsonl' has 23 faults; nothing was loaded:"
    assert shown == [f"  line {line}: empty" for line in range(1, 21)]
    assert last == "  … and 3 more"
    assert len(error.faults) == 23


def test_as_many_faults_as_are_shown_hide_none() -> None:
    error = QuestionFileError("krx.jsonl", [Fault(line, "empty") for line in range(1, 21)])
    assert "more" not in str(error)
