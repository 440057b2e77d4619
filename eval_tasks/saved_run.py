"""The replies of a finished run, as `python -m workbench export RUN -o FILE` writes them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.prompts import format_hash
from workbench.schema import Answer, PromptStyle, RunSpec

CURE = (
    "make one with: python -m workbench eval --method generate … && "
    "python -m workbench export RUN -o FILE"
)


@dataclass(frozen=True)
class SavedRun:
    """What was replied to each question, by question hash; failed calls are not in it."""

    id: str
    style: PromptStyle
    replies: dict[str, str]


def read_saved_run(path: str) -> SavedRun:
    """The run in the file at `path`.

    Raises InputError for what is no export, for a run that did not generate, and for one whose
    prompts were other than those that its replies are going to stand behind.
    """
    try:
        # Not splitlines(): U+2028 and its like may stand inside a reply.
        lines = Path(path).read_text("utf-8").removesuffix("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the saved run '{path}' cannot be read: {error}; {CURE}") from error
    if lines == [""]:
        raise InputError(f"the saved run '{path}' is empty; {CURE}")
    head, *rows = (_json_object(path, number, line) for number, line in enumerate(lines, start=1))
    try:
        spec = RunSpec.model_validate(head["spec"])
        answers = [
            Answer.model_validate({k: row[k] for k in Answer.model_fields if k in row})
            for row in rows
        ]
    except (KeyError, ValidationError) as error:
        raise InputError(f"'{path}' is no exported run; {CURE}") from error
    if spec.method != "generate":
        raise InputError(f"the run in '{path}' scored letters and replied nothing; {CURE}")
    if spec.prompt_hash != format_hash(spec.prompt_style, "mcqa"):
        raise InputError(
            f"the run in '{path}' was asked with other prompts than today's {spec.prompt_style} "
            f"ones without examples; evaluate anew, then {CURE}"
        )
    if len(answers) < spec.n_questions:
        raise InputError(
            f"'{path}' holds {len(answers)} of {spec.n_questions} answers: the run is not finished "
            "or the file is cut off; finish it with the same eval command and export it again"
        )
    replies = {answer.question_hash: answer.text for answer in answers if answer.text is not None}
    return SavedRun(id=spec.id, style=spec.prompt_style, replies=replies)


def _json_object(path: str, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise InputError(f"'{path}' line {number} is not JSON: {error}; {CURE}") from error
    if not isinstance(value, dict):
        raise InputError(f"'{path}' line {number} is no object; {CURE}")
    return value
