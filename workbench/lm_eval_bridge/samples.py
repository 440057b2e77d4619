"""What `lm_eval --log_samples` wrote, read back and checked against itself.

lm_eval writes `results_<date>.json` and, for each task, `samples_<task>_<date>.jsonl` with one
question a line. Nothing ties the two together but their names, a copy may be cut off and a line
may be edited, and a score would still come out. So everything that can be recomputed is: each
line by itself (`lines`), the number of lines, the hash of all questions, and the accuracy. What
does not agree is refused with its line.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, ValidationError

from workbench.errors import Fault, InputError, SampleFileError
from workbench.lm_eval_bridge.lines import (
    LineReader,
    LoggedAnswer,
    Written,
    in_words,
    read_generated,
    read_scored,
)
from workbench.questions.findings import one_line
from workbench.questions.reading import read_jsonl
from workbench.schema import EngineInfo, Variant

_SAMPLES_NAME = re.compile(r"samples_(?P<task>.+)_(?P<date>[^_]+)\.jsonl")
_RESULTS_NAME = re.compile(r".*_(?P<date>[^_]+)\.json")

_READERS: dict[str, LineReader] = {
    "multiple_choice": read_scored,
    "generate_until": read_generated,
}
# Both numbers are means of the same zeros and ones, added up in another order at most.
_ROUNDING = 1e-9


class _Count(Written):
    effective: int


class ModelConfig(Written):
    """How lm_eval was called. `engine` and `variant` stand there if the model was ours."""

    model: str
    model_args: str | dict[str, Any] | None = None
    model_dtype: str | None = None
    model_revision: str | None = None
    model_sha: str | None = None
    batch_size: int | str | None = None
    device: str | None = None
    fewshot_seed: int | None = None
    engine: EngineInfo | None = None
    variant: Variant | None = None


class Results(Written):
    """The part of a results file that says what was run."""

    config: ModelConfig
    model_name: str
    lm_eval_version: str
    transformers_version: str = ""
    max_length: int | None = None
    chat_template: str | None = None
    system_instruction: str | None = None
    fewshot_as_multiturn: bool | None = None
    configs: dict[str, dict[str, Any]]
    versions: dict[str, Any]
    scores: dict[str, dict[str, Any]] = Field(alias="results")
    counts: dict[str, _Count] = Field(alias="n-samples")
    shots: dict[str, int] = Field(alias="n-shot")
    task_hashes: dict[str, str]


class SampleLog(NamedTuple):
    """A task's sample file and the results beside it, found to agree."""

    path: Path
    task: str
    date: str  # of the evaluation, as file names have it
    results: Results
    answers: tuple[LoggedAnswer, ...]  # in the order of their doc_id

    @property
    def definition(self) -> dict[str, Any]:
        """The task's configuration."""
        return self.results.configs[self.task]


def sample_files(path: Path) -> tuple[Path, ...]:
    """The sample files that `path` means: itself, those of a results file, or all in a folder.

    Raises InputError where there is none.
    """
    if os.path.isdir(path):
        found = sorted(path.rglob("samples_*.jsonl"))
    elif not os.path.isfile(path):
        raise InputError(f"there is no file or folder '{path}' to import from")
    elif path.suffix == ".jsonl":
        found = [path]
    else:
        named = _RESULTS_NAME.fullmatch(path.name)
        date = named["date"] if named else ""
        found = sorted(path.parent.glob(f"samples_*_{_escaped(date)}.jsonl"))
    if not found:
        raise InputError(
            f"'{path}' has no samples_<task>_<date>.jsonl; "
            "run lm_eval with --log_samples and --output_path, and give that folder"
        )
    return tuple(found)


def read_log(path: Path) -> SampleLog:
    """A sample file, checked against itself and against its results.

    Raises InputError where the results are missing or say nothing of the task, and
    SampleFileError with every fault of the file.
    """
    named = _SAMPLES_NAME.fullmatch(path.name)
    if named is None:
        raise InputError(
            f"'{path}' is not named samples_<task>_<date>.jsonl, as lm_eval names its sample "
            "files; without the name its results cannot be found"
        )
    task, date = named["task"], named["date"]
    results = _read_results(_results_file(path, date), task)
    table = read_jsonl(_bytes(path))
    faults = list(table.faults)
    answers: list[LoggedAnswer] = []
    read_line = _READERS[results.configs[task]["output_type"]]
    for row in table.rows:
        read = read_line(row)
        if isinstance(read, LoggedAnswer):
            answers.append(read)
        else:
            faults += [Fault(row.line, one_line(message)) for message in read]
    faults += _repeated(answers)
    faults += _miscounted(len(table.rows), results.counts[task].effective)
    if not faults:
        faults += _disagreements(answers, task, results)
    if faults:
        raise SampleFileError(str(path), sorted(faults, key=lambda fault: fault.line))
    ordered = tuple(sorted(answers, key=lambda answer: answer.doc_id))
    return SampleLog(path, task, date, results, ordered)


# ── results ──────────────────────────────────────────────────────────────────────────────────


def _results_file(samples: Path, date: str) -> Path:
    """`results_<date>.json`, or `<name>_<date>.json` where --output_path named a file."""
    found = sorted(samples.parent.glob(f"*_{_escaped(date)}.json"))
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"'{samples}' could belong to {' or '.join(f'{p.name!r}' for p in found)}; "
            "keep the one that lm_eval wrote with it"
        )
    raise InputError(
        f"there is no results_{date}.json beside '{samples}'; it says which model answered, so "
        "copy the whole folder that lm_eval wrote"
    )


def _escaped(date: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", date)


def _read_results(path: Path, task: str) -> Results:
    try:
        written = json.loads(_bytes(path).decode("utf-8"))
        # JSON can spell half a surrogate pair, which no file and no hash can hold.
        json.dumps(written, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"'{path}' is no results file of lm_eval, or it is cut off: {one_line(str(error))}"
        ) from error
    try:
        results = Results.model_validate(written)
    except ValidationError as error:
        raise InputError(
            f"'{path}' is no results file of lm_eval: {'; '.join(in_words(error))}"
        ) from error
    tables = (results.configs, results.versions, results.scores, results.counts, results.shots)
    if not all(task in table for table in tables):
        known = ", ".join(results.counts) or "none"
        raise InputError(
            f"'{path}' knows no task '{task}' (its tasks: {known}); "
            "the two files are not of one evaluation"
        )
    if task not in results.task_hashes:
        raise InputError(
            f"'{path}' has no hash of task '{task}', so its samples cannot be checked; "
            "evaluate with --log_samples"
        )
    kind = results.configs[task].get("output_type")
    if not (isinstance(kind, str) and kind in _READERS):
        raise InputError(
            f"task '{task}' has output_type '{one_line(str(kind))}'; what can be imported has "
            f"{' or '.join(_READERS)}"
        )
    return results


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"'{path}' cannot be read: {error.strerror}") from error


# ── the file as a whole ──────────────────────────────────────────────────────────────────────


def _repeated(answers: Iterable[LoggedAnswer]) -> Iterator[Fault]:
    first: dict[int, int] = {}
    for answer in answers:
        line = first.setdefault(answer.doc_id, answer.line)
        if line != answer.line:
            yield Fault(answer.line, f"doc_id {answer.doc_id} stands on line {line} already")


def _miscounted(found: int, expected: int) -> Iterator[Fault]:
    if not found:
        yield Fault(0, "there is no answer in it")
    elif found != expected:
        why = "it is cut off" if found < expected else "lines were added"
        yield Fault(0, f"{found} lines, but its results count {expected} questions: {why}")


def _disagreements(answers: Sequence[LoggedAnswer], task: str, results: Results) -> Iterator[Fault]:
    """Where lines that are right by themselves are not those that the results were made of."""
    from lm_eval.utils import hash_string

    filters = sorted({answer.filter for answer in answers})
    if len(filters) > 1:
        yield Fault(0, f"answers of several filters ({', '.join(filters)}), expected one")
    if hash_string("".join(answer.hashes for answer in answers)) != results.task_hashes[task]:
        yield Fault(0, "its questions are not those that its results have the hash of")
    counted = [answer.acc for answer in answers if answer.acc is not None]
    if counted:
        noted = results.scores[task].get(f"acc,{filters[0]}")
        mean = sum(counted) / len(counted)
        if not isinstance(noted, int | float) or not abs(noted - mean) <= _ROUNDING:
            yield Fault(0, f"accuracy is {mean:.4f} by its lines, {noted} by its results")
