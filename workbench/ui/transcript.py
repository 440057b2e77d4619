"""A conversation as a file: JSON to come back to, Markdown to read. Knows no screen.

What is read back may come from anybody, so it is held to the same records that wrote it.
"""

from __future__ import annotations

import json

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.schema import Record
from workbench.ui.conversation import Conversation

FORMAT = "krx-workbench/conversation/v1"
MAX_CHARACTERS = 2_000_000  # some thousand long answers
MAX_QUESTIONS = 500  # on each side; a browser draws them all at once


class Transcript(Record):
    """What stands in the file."""

    format: str
    conversation: Conversation


def to_json(conversation: Conversation) -> str:
    transcript = Transcript(format=FORMAT, conversation=conversation)
    return json.dumps(transcript.model_dump(mode="json"), ensure_ascii=False, indent=1)


def from_json(text: str) -> Conversation:
    """The conversation of a file that `to_json` wrote; the sides of a blind one have names now.

    Raises InputError where the text is anything else.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"the file has more than {MAX_CHARACTERS:,} characters; "
            "give one that this chat exported as JSON"
        )
    try:
        transcript = Transcript.model_validate_json(text)
    except ValidationError as error:
        raise InputError(_first_fault(error)) from error
    if transcript.format != FORMAT:
        raise InputError(
            f"the file's format is '{transcript.format[:60]}' and '{FORMAT}' is expected; "
            "export it again with this workbench"
        )
    conversation = transcript.conversation
    if len(conversation.sides[0]) > MAX_QUESTIONS:
        raise InputError(f"the file has more than {MAX_QUESTIONS} questions; give a shorter one")
    if any(not turn.finished for side in conversation.sides for turn in side):
        raise InputError("the file has a question without an answer; give a finished conversation")
    return conversation.model_copy(update={"hidden": False})


def _first_fault(error: ValidationError) -> str:
    """One line, without the input that it is about: that may be long, and is not ours."""
    fault = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, fault["loc"]))[:80]
    what = f"'{place}': {fault['msg']}" if place else fault["msg"]
    return f"the file is no conversation of this chat ({what[:200]}); give one that it exported as JSON"
