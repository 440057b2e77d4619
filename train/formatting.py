"""Records -> prompt and completion, by the very functions that the app and lm_eval use.

A training record is one JSON object a line, in one of two kinds:

    {"kind": "mcqa", "question": {...a Question...}, "style": "native", "reasoned": true}
    {"kind": "qa", "question": "…", "answer": "…", "style": "chat"}

A preference is one object a line as well, with `prompt`, `chosen` and `rejected`: texts, or the
messages of a chat. `python -m workbench votes --export` writes votes so.

The published data set's columns are turned into these by its loader, not here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from workbench.engines.base import render_with
from workbench.errors import Fault, InputError, QuestionFileError
from workbench.preferences import PreferenceRow, Text
from workbench.prompts import (
    chat_mcqa_completion,
    chat_prompt,
    mcqa_completion,
    mcqa_prompt,
    qa_completion,
    qa_prompt,
)
from workbench.questions.findings import one_line
from workbench.questions.reading import read_jsonl
from workbench.schema import PromptStyle, Question, Record


class McqaRecord(Record):
    """A multiple-choice question; `reasoned` trains the reasoning before the letter."""

    kind: Literal["mcqa"] = "mcqa"
    question: Question
    style: PromptStyle = "native"
    reasoned: bool = True


class QaRecord(Record):
    """An open question and the answer to learn."""

    kind: Literal["qa"] = "qa"
    question: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    style: PromptStyle = "native"


TrainingRecord = McqaRecord | QaRecord
_ADAPTER: TypeAdapter[TrainingRecord] = TypeAdapter(
    Annotated[TrainingRecord, Field(discriminator="kind")]
)
_Parsed = TypeVar("_Parsed")


class Row(NamedTuple):
    """What the trainer gets. The loss covers the completion alone; the end token follows it."""

    prompt: str
    completion: str


def format_record(record: TrainingRecord, tokenizer: Any) -> Row:
    """One record as text. The tokenizer lends its chat template; native rows need none."""
    if isinstance(record, QaRecord):
        prompt = qa_prompt(record.question, record.style)
        completion = record.answer if record.style == "chat" else qa_completion(record.answer)
        return Row(render_with(tokenizer, prompt), completion)
    if record.style == "native":
        prompt = mcqa_prompt(record.question, "native")
        completion = mcqa_completion(record.question, record.reasoned)
    else:
        # Without reasoning the letter is what comes next, as it is when letters are scored.
        prompt = mcqa_prompt(record.question, "chat", letter_next=not record.reasoned)
        complete = chat_mcqa_completion if record.reasoned else mcqa_completion
        completion = complete(record.question, record.reasoned)
    return Row(render_with(tokenizer, prompt), completion)


class Pair(NamedTuple):
    """What the preference trainer gets; the end token follows both completions."""

    prompt: str
    chosen: str
    rejected: str


def format_preference(row: PreferenceRow, tokenizer: Any) -> Pair:
    """One preference as text, framed as the same prompt is in fine-tuning and in the app.

    Raises InputError where a prompt is a chat and an answer is not, or the other way round.
    """
    if isinstance(row.prompt, str):
        return Pair(row.prompt, _text(row.chosen), _text(row.rejected))
    prompt = render_with(tokenizer, chat_prompt(row.prompt, system=""))
    return Pair(prompt, _content(row.chosen), _content(row.rejected))


def _text(answer: Text) -> str:
    if isinstance(answer, str):
        return answer
    raise InputError("a preference has a text as its prompt and messages as its answer; use texts")


def _content(answer: Text) -> str:
    if isinstance(answer, tuple) and len(answer) == 1:
        return answer[0].content
    raise InputError(
        "a preference has messages as its prompt; its answers must be one message of the assistant"
    )


def read_records(path: Path) -> list[TrainingRecord]:
    """All records of a JSONL file.

    Raises QuestionFileError with every fault by line, InputError for a file that cannot be read.
    """
    return _read(path, _ADAPTER.validate_python, kind_leads=True)


def read_preferences(path: Path) -> list[PreferenceRow]:
    """All preferences of a JSONL file; raises as `read_records` does."""
    return _read(path, PreferenceRow.model_validate, kind_leads=False)


def _read(path: Path, parse: Callable[[Any], _Parsed], kind_leads: bool) -> list[_Parsed]:
    try:
        table = read_jsonl(path.read_bytes())
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror}") from error
    records: list[_Parsed] = []
    faults = list(table.faults)
    for row in table.rows:
        try:
            records.append(parse(row.cells))
        except ValidationError as error:
            faults += [Fault(row.line, _finding(detail, kind_leads)) for detail in error.errors()]
    if not records and not faults:
        faults.append(Fault(0, "the file holds no record"))
    if faults:
        raise QuestionFileError(str(path), sorted(faults, key=lambda fault: fault.line))
    return records


def _finding(detail: ErrorDetails, kind_leads: bool) -> str:
    """'question.answer: Field required'; a record's kind, which leads the path, is left out."""
    place = ".".join(map(str, detail["loc"][kind_leads:]))
    return one_line(f"{place}: {detail['msg']}" if place else detail["msg"])


def write_records(records: Iterable[TrainingRecord], path: Path) -> None:
    """One JSON object a line, only what differs from the defaults."""
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            fields = record.model_dump(mode="json", exclude_defaults=True)
            file.write(json.dumps({"kind": record.kind, **fields}, ensure_ascii=False) + "\n")
