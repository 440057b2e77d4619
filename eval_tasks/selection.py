"""Which questions a task asks: what `--metadata` may say, and the splits that are made of it.

The harness calls a row of a data set a doc. Ours is a question's fields, with its hash and the name
and hash of its set, so that every line of a sample log says exactly what was asked.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, SettingsError, UnknownNameError
from workbench.questions import load_open_questions, load_questions
from workbench.schema import OpenQuestion, OpenQuestionSet, Question, QuestionSet

if TYPE_CHECKING:
    from datasets import Dataset

Doc = Mapping[str, Any]

KEYS = ("questions", "questions_revision", "shots_from", "saved_run")
MISSPELT = 0.7  # similarity from which a key is taken for a misspelt one of ours

DEFAULT_QUESTIONS = "krx-mcqa"
DEFAULT_SHOTS = "krx-mcqa-dev"
DEFAULT_OPEN_QUESTIONS = "krx-qa"


def chosen(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Our keys of `--metadata`, with their values.

    The harness merges --model_args into the metadata, and a model may take any argument, so a
    stranger is none of our business. A key that looks like one of ours is: left unread, it would
    silently put other questions than were asked for. Raises SettingsError for that, and for a
    value that is no text.
    """
    known = ", ".join(KEYS)
    for key in metadata.keys() - set(KEYS):
        if near := difflib.get_close_matches(key, KEYS, n=1, cutoff=MISSPELT):
            raise SettingsError(
                f"unknown metadata key '{key}'; did you mean '{near[0]}'? known: {known}"
            )
    values = {key: metadata[key] for key in KEYS if key in metadata}
    for key, value in values.items():
        if not isinstance(value, str) or not value.strip():
            raise SettingsError(f"metadata key '{key}' is {value!r}, expected a name or a path")
    return values


def question_splits(**metadata: Any) -> dict[str, Dataset]:
    """Splits `test` and `dev` of a multiple-choice task; errors as `load_questions` raises them."""
    keys = chosen(metadata)
    return {
        "test": split_of(test_questions(keys)),
        "dev": split_of(load_questions(keys.get("shots_from", DEFAULT_SHOTS))),
    }


def test_questions(keys: Mapping[str, str]) -> QuestionSet:
    source = keys.get("questions", DEFAULT_QUESTIONS)
    return load_questions(source, revision=keys.get("questions_revision"))


def open_question_splits(**metadata: Any) -> dict[str, Dataset]:
    """Split `test` of a task with open questions.

    Tasks run in one call share their metadata, so `questions` may name a multiple-choice set that
    is meant for the others: that is refused rather than ignored.
    """
    source = chosen(metadata).get("questions", DEFAULT_OPEN_QUESTIONS)
    try:
        return {"test": split_of(load_open_questions(source))}
    except UnknownNameError as error:
        raise InputError(
            f"{error}. In one call with multiple-choice tasks, 'questions' is meant for all: "
            "run krx_qa in a call of its own"
        ) from error


def split_of(
    question_set: QuestionSet | OpenQuestionSet, columns: Sequence[Mapping[str, Any]] | None = None
) -> Dataset:
    """The set as the harness wants it; `columns` adds to each question's doc, in order."""
    from datasets import Dataset

    identity = {"question_set": question_set.name, "question_set_hash": question_set.hash}
    docs = [
        {**question.model_dump(mode="json"), "question_hash": question.hash, **identity}
        for question in question_set.questions
    ]
    for doc, added in zip(docs, columns or (), strict=columns is not None):
        doc |= added
    return Dataset.from_list(docs)


def question_of(doc: Doc) -> Question:
    return Question.model_validate({name: doc[name] for name in Question.model_fields})


def open_question_of(doc: Doc) -> OpenQuestion:
    return OpenQuestion.model_validate({name: doc[name] for name in OpenQuestion.model_fields})
