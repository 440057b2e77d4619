"""One line of a sample file: a question as the model was asked it, and what it did.

Whatever can be recomputed from the line is: its three hashes, and whether the answer was right
where that follows from the line alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.questions.findings import one_line
from workbench.questions.reading import Row


class Written(BaseModel):
    """JSON as lm_eval writes it: types are held to, keys that say nothing to us may stand there."""

    model_config = ConfigDict(strict=True, frozen=True, protected_namespaces=())


class Scores(NamedTuple):
    """Log-likelihoods (natural) of what stood behind the prompt, and which of it was right."""

    continuations: tuple[str, ...]
    logprobs: tuple[float, ...]
    right: int


class Reply(NamedTuple):
    """What was generated; `truncated` is None where nobody counted its tokens."""

    text: str
    truncated: bool | None


class LoggedAnswer(NamedTuple):
    """A checked line."""

    line: int
    doc_id: int
    doc: dict[str, Any]
    prompt: str
    target: str
    hashes: str  # of doc, prompt and target, as lm_eval strings them together
    filter: str
    acc: float | None  # None only where the call failed
    outcome: Scores | Reply


LineReader = Callable[[Row], LoggedAnswer | list[str]]  # the answer, or all that is wrong with it


# ── what is written ──────────────────────────────────────────────────────────────────────────


class _Line(Written):
    doc_id: int = Field(ge=0)
    doc: dict[str, Any]
    target: str
    filter: str
    doc_hash: str
    prompt_hash: str
    target_hash: str


class _ScoringRequest(Written):
    arg_0: str
    arg_1: str


class _ScoredLine(_Line):
    """Of a task with output_type multiple_choice. Numbers in the responses are written as text."""

    arguments: dict[str, _ScoringRequest]
    resps: list[list[list[str]]]
    filtered_resps: list[list[str]]
    acc: float


class _GenerationRequest(Written):
    arg_0: str


class _GeneratedLine(_Line):
    """Of a task with output_type generate_until."""

    arguments: dict[str, _GenerationRequest]
    resps: list[list[str]]
    filtered_resps: list[str]
    acc: float | None = None
    failed: float = 0.0
    truncated: float | None = None


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def read_scored(row: Row) -> LoggedAnswer | list[str]:
    """A LineReader for multiple_choice."""
    try:
        line = _ScoredLine.model_validate(row.cells)
    except ValidationError as error:
        return in_words(error)
    requests = [line.arguments.get(f"gen_args_{n}") for n in range(len(line.arguments))]
    asked = [request for request in requests if request is not None]
    if faults := list(_scoring_faults(line, asked)):
        return faults
    prompt, continuations = asked[0].arg_0, tuple(request.arg_1 for request in asked)
    right = _right(line.target, continuations)
    logprobs = [_number(logprob) for (logprob, _), *_ in line.resps]
    faults += _hash_faults(line, prompt)
    if right is None:
        faults.append(f"target '{line.target}' names none of the {len(asked)} options")
    faults += [
        f"response '{text}' is no log-likelihood"
        for ((text, _), *_), logprob in zip(line.resps, logprobs, strict=True)
        if logprob is None
    ]
    if faults or right is None:
        return faults
    scores = Scores(continuations, tuple(each for each in logprobs if each is not None), right)
    expected = float(_argmax(scores.logprobs) == right)
    if line.acc != expected:
        return [f"acc is {line.acc}, but the responses and the target make it {expected}"]
    return _logged(row, line, prompt, line.acc, scores)


def read_generated(row: Row) -> LoggedAnswer | list[str]:
    """A LineReader for generate_until. What a reply says is for whoever knows the question."""
    try:
        line = _GeneratedLine.model_validate(row.cells)
    except ValidationError as error:
        return in_words(error)
    request = line.arguments.get("gen_args_0")
    if request is None or len(line.arguments) > 1 or len(line.resps) != 1 or not line.resps[0]:
        return ["expected one prompt (gen_args_0) and its reply"]
    text = line.resps[0][0]
    faults = list(_hash_faults(line, request.arg_0))
    if line.filtered_resps != [text]:
        faults.append("filtered_resps are not the resps")
    if (line.acc is None) != bool(line.failed):
        faults.append("acc is missing" if line.acc is None else "acc is set for a failed call")
    if faults:
        return faults
    truncated = None if line.truncated is None else bool(line.truncated)
    return _logged(row, line, request.arg_0, line.acc, Reply(text, truncated))


def _logged(
    row: Row, line: _Line, prompt: str, acc: float | None, outcome: Scores | Reply
) -> LoggedAnswer:
    return LoggedAnswer(
        line=row.line,
        doc_id=line.doc_id,
        doc=line.doc,
        prompt=prompt,
        target=line.target,
        hashes=line.doc_hash + line.prompt_hash + line.target_hash,
        filter=line.filter,
        acc=acc,
        outcome=outcome,
    )


def _scoring_faults(line: _ScoredLine, asked: Sequence[_ScoringRequest]) -> Iterator[str]:
    """What keeps the line from being one prompt with a response to each of its options."""
    options = len(line.arguments)
    if len(asked) != options or options < 2:
        yield f"arguments are {', '.join(line.arguments) or 'none'}, expected gen_args_0, …"
    elif len({request.arg_0 for request in asked}) > 1:
        yield "its options stand behind different prompts, expected one prompt"
    if len(line.resps) != options:
        yield f"{len(line.resps)} resps, expected one for each of {options} options"
    elif not all(repeats and all(len(pair) == 2 for pair in repeats) for repeats in line.resps):
        yield "a response is no pair of log-likelihood and greediness"
    elif line.filtered_resps != [repeats[0] for repeats in line.resps]:
        yield "filtered_resps are not the resps"


def _hash_faults(line: _Line, prompt: str) -> Iterator[str]:
    from lm_eval.utils import hash_string

    # Written as lm_eval's evaluator writes it before it hashes.
    doc = json.dumps(line.doc, indent=2, ensure_ascii=False)
    for name, content, noted in (
        ("doc", doc, line.doc_hash),
        ("prompt", prompt, line.prompt_hash),
        ("target", line.target, line.target_hash),
    ):
        if hash_string(content) != noted:
            yield f"{name}_hash is not that of the {name}; the line was changed after it was written"


def _right(target: str, continuations: Sequence[str]) -> int | None:
    """Which option a target means: by its number from 0, as most tasks write it, or by its text.

    >>> _right("2", [" A", " B", " C"]), _right("(B)", [" (A)", " (B)"]), _right("E", [" A", " B"])
    (2, 1, None)
    """
    numbers = [str(n) for n in range(len(continuations))]
    texts = [continuation.strip() for continuation in continuations]
    if target in numbers:
        return numbers.index(target)
    return texts.index(target.strip()) if target.strip() in texts else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _argmax(scores: Sequence[float]) -> int:
    """As numpy's: the first of the largest, and NaN is larger than everything."""
    for place, score in enumerate(scores):
        if math.isnan(score):
            return place
    return max(range(len(scores)), key=scores.__getitem__)


def in_words(error: ValidationError) -> list[str]:
    """What pydantic found, one sentence each: 'resps.0: input should be a valid list'."""
    return [
        one_line(": ".join(filter(None, [".".join(map(str, each["loc"])), each["msg"].lower()])))
        for each in error.errors(include_url=False)
    ]
