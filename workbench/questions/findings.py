"""The schema's verdict on one question, in words for the person who wrote it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workbench.schema import LETTERS, MAX_OPTIONS, MIN_OPTIONS, OpenQuestion, Question

EXPECTED = {
    "options": "a list of texts",
    "points": "a list of texts",
    "as_of": "a date such as 2026-11-30",
}
SHOWN_CHARACTERS = 200


def check_question(fields: dict[str, Any]) -> Question | list[str]:
    """The question, or everything that is wrong with it."""
    try:
        return Question.model_validate(fields)
    except ValidationError as error:
        details = error.errors(include_url=False)
    findings = [_in_words(detail) for detail in details if detail["loc"] and not _is_echo(detail)]
    refused = {detail["loc"][0] for detail in details if detail["loc"]}
    if "options" not in refused:
        answers = [LETTERS[0]] if "answer" in refused else [fields["answer"], LETTERS[0]]
        findings += _inconsistencies(fields["options"], answers)
    return findings


def check_open_question(fields: dict[str, Any]) -> OpenQuestion | list[str]:
    """The open question, or everything that is wrong with it."""
    try:
        return OpenQuestion.model_validate(fields)
    except ValidationError as error:
        return [_in_words(detail) for detail in error.errors(include_url=False)]


def _inconsistencies(options: Any, answers: list[Any]) -> list[str]:
    """What is wrong with the options beside each of these answers.

    The schema compares fields last and stops at the first fault. Asked without the other fields,
    and once with an answer that always exists, it tells all.
    """
    found: dict[str, None] = {}
    for answer in answers:
        try:
            Question(id="-", question="-", options=options, answer=answer)
        except ValidationError as error:
            found |= dict.fromkeys(_in_words(detail) for detail in error.errors())
    return list(found)


def _is_echo(detail: ErrorDetails) -> bool:
    """Options that are no text are not counted, and then said to be too few as well."""
    return detail["type"] == "too_short" and len(detail["input"]) >= MIN_OPTIONS


def _in_words(detail: ErrorDetails) -> str:
    place, value = _place(detail["loc"]), detail["input"]
    match detail["type"]:
        case "missing":
            return f"{place} is missing"
        case "too_short" | "too_long":
            noun = "option" if len(value) == 1 else "options"
            return f"{len(value)} {noun}, expected {MIN_OPTIONS}–{MAX_OPTIONS}"
        case "value_error" if place == "options":
            blank = (_letter(n) for n, option in enumerate(value) if not option.strip())
            return f"option {', '.join(blank)} is empty"
        case "value_error":
            return " ".join(filter(None, (place, str(detail["ctx"]["error"]))))
        case "literal_error":
            return f"{place} is {_kind(value)}, expected {detail['ctx']['expected']}"
        case _:
            field = str(detail["loc"][0]) if len(detail["loc"]) == 1 else ""
            return f"{place} is {_kind(value)}, expected {EXPECTED.get(field, 'text')}"


def _place(loc: tuple[int | str, ...]) -> str:
    match loc:
        case ("options", int(position)):
            return f"option {_letter(position)}"
        case _:
            return " ".join(map(str, loc))


def _letter(position: int) -> str:
    return LETTERS[position] if position < len(LETTERS) else str(position + 1)


def _kind(value: Any) -> str:
    """What a value is, short enough for a sentence."""
    match value:
        case None:
            return "nothing"
        case str():
            return f"'{value}'"
        case bool() | int() | float():
            return str(value)
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return f"a {type(value).__name__}"


def one_line(message: str) -> str:
    """A message that holds whatever stood in a file: on one line, short, and safe on a terminal."""
    text = " ".join(message.split())
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    if len(text) <= SHOWN_CHARACTERS:
        return text
    # What was expected stands at the end, so it is the middle that goes.
    return f"{text[:120]} … {text[-70:]}"
