"""The published data set aiqwe/FinShibainu as training records and preferences.

    python -m train.published_data --revision COMMIT --out data/
    python -m train.published_data --mcqa mcqa.parquet --qa qa.jsonl --out data/

Three files are written: `sft_1.jsonl` (easy questions and open answers), `sft_2.jsonl` (hard ones
too) and `preferences.jsonl`. Rows below the educational value asked for, rows with faults and rows
that hold a question of an evaluation set are left out, counted, and told in `data.json`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from train.formatting import McqaRecord, QaRecord, TrainingRecord, write_records
from workbench.contamination import QuestionIndex, TrainingRow
from workbench.errors import InputError, OfflineError, WorkbenchError
from workbench.preferences import PreferenceRow, preference_lines
from workbench.prompts import qa_completion, qa_prompt
from workbench.questions import bundled_names, load_questions
from workbench.questions.findings import check_question
from workbench.questions.formats import PUBLISHED, question_fields
from workbench.questions.load import read_table
from workbench.questions.reading import Row, Table
from workbench.schema import Question

DATASET = "aiqwe/FinShibainu"
# No source states the threshold. 3 is that of fineweb-edu, after which the scale was made.
MIN_VALUE = 3
FAULTS_SHOWN = 5


class QaPair(NamedTuple):
    """An open question with the answer that was preferred and the one that was not."""

    question: str
    chosen: str
    rejected: str


class Kept(NamedTuple):
    """What is left of one table; `dropped` counts the rest by reason."""

    rows: list[Any]
    dropped: Counter[str]
    faults: list[str]  # the first few, with their lines


# ── one row ──────────────────────────────────────────────────────────────────────────────────


def mcqa_question(cells: dict[str, Any], default_id: str) -> Question | list[str]:
    """The question of a row of the config `mcqa`, or what is wrong with it.

    `step` becomes the difficulty. The reference is not in the published prompt, and not here.
    """
    fields, faults = question_fields(cells, PUBLISHED)
    if "difficulty" not in fields:
        faults.append("step is missing; expected 1 (easy) or 2 (hard)")
    if not fields.get("reasoning"):
        faults.append("reasoning_process is empty")
    question = check_question({"id": default_id, **fields})
    if faults or isinstance(question, list):
        return faults + (question if isinstance(question, list) else [])
    return question


def qa_pair(cells: dict[str, Any]) -> QaPair | list[str]:
    """The pair of a row of the config `qa`, chosen by `preference`, or what is wrong with it."""
    if "old_answer" in cells:
        cure = "load a revision with answer_A, answer_B and preference"
        return [f"columns answer and old_answer are those of an older revision; {cure}"]
    names = ("question", "answer_A", "answer_B")
    texts = {name: _text(cells.get(name)) for name in names}
    faults = [f"{name} is empty" for name in names if not texts[name]]
    preference = _text(cells.get("preference"))
    if preference not in ("A", "B"):
        faults.append(f"preference is '{preference}', expected A or B")
    if texts["answer_A"] and texts["answer_A"] == texts["answer_B"]:
        faults.append("answer_A and answer_B are the same")
    if faults:
        return faults
    other = "B" if preference == "A" else "A"
    return QaPair(texts["question"], texts[f"answer_{preference}"], texts[f"answer_{other}"])


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _value(cells: dict[str, Any]) -> int | None:
    """The educational value from 0 to 5; None where there is none."""
    value = cells.get("value")
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None


# ── all rows ─────────────────────────────────────────────────────────────────────────────────

_Row = TypeVar("_Row", Question, QaPair)


def keep_rows(
    table: Table,
    parse: Callable[[Row], _Row | list[str]],
    min_value: int,
    leaked: Callable[[Sequence[_Row]], frozenset[int]],
) -> Kept:
    """The rows of a table that are whole, valuable enough and in no evaluation set.

    A row without a value is kept only where `min_value` is 0.
    """
    dropped: Counter[str] = Counter({"unreadable": len(table.faults)})
    faults = [str(fault) for fault in table.faults]
    whole: list[_Row] = []
    for row in table.rows:
        value = _value(row.cells)
        if min_value and (value is None or value < min_value):
            dropped[f"value under {min_value}"] += 1
            continue
        parsed = parse(row)
        if isinstance(parsed, list):
            dropped["faulty"] += 1
            faults.append(f"{table.unit} {row.line}: {'; '.join(parsed)}")
        else:
            whole.append(parsed)
    gone = leaked(whole)
    dropped["in an evaluation set"] = len(gone)
    kept = [row for n, row in enumerate(whole) if n not in gone]
    return Kept(kept, +dropped, faults[:FAULTS_SHOWN])


def leaked_questions(questions: Sequence[Question], index: QuestionIndex) -> frozenset[int]:
    """Positions of the questions that hold one of the index, by text or by their options."""
    return _leaked(
        index,
        (
            TrainingRow(str(n), "\n".join((q.question, *q.options, q.reasoning)), (q.options,))
            for n, q in enumerate(questions)
        ),
    )


def leaked_pairs(pairs: Sequence[QaPair], index: QuestionIndex) -> frozenset[int]:
    return _leaked(index, (TrainingRow(str(n), "\n".join(pair)) for n, pair in enumerate(pairs)))


def _leaked(index: QuestionIndex, rows: Iterable[TrainingRow]) -> frozenset[int]:
    matches = index.matches(rows)
    return frozenset(int(match.place) for _, match in matches if match.verdict == "leaked")


def sft_records(
    questions: Iterable[Question], pairs: Iterable[QaPair], easy_only: bool
) -> list[TrainingRecord]:
    """One step of the curriculum. Open answers have no step and stand in both."""
    mcqa = [
        McqaRecord(question=question)
        for question in questions
        if not easy_only or question.difficulty == "easy"
    ]
    return [*mcqa, *(QaRecord(question=pair.question, answer=pair.chosen) for pair in pairs)]


def native_preference(pair: QaPair) -> PreferenceRow:
    return PreferenceRow(
        prompt=qa_prompt(pair.question, "native").text,
        chosen=qa_completion(pair.chosen),
        rejected=qa_completion(pair.rejected),
    )


# ── files ────────────────────────────────────────────────────────────────────────────────────


def fetch_published(config: str, revision: str) -> Table:
    """One config of the published set at a commit. Raises OfflineError, InputError."""
    import datasets
    import httpx

    try:
        dataset = datasets.load_dataset(DATASET, config, split="train", revision=revision)
    except (ConnectionError, httpx.HTTPError) as error:
        raise OfflineError(
            f"'{DATASET}' lies on the Hugging Face Hub, which cannot be reached; download its "
            f"files where it can, and give them with --mcqa and --qa"
        ) from error
    except (datasets.exceptions.DatasetsError, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(
            f"'{DATASET}' ({config}) cannot be loaded at revision '{revision}': {reason}"
        ) from error
    rows = tuple(Row(n, cells) for n, cells in enumerate(dataset, start=1))
    return Table(rows, unit="row")


def write_training_files(
    mcqa: Table, qa: Table, against: Sequence[str], min_value: int, out: Path
) -> dict[str, Any]:
    """Write the three files and `data.json`; returns what the latter holds.

    Raises InputError where nothing of a table is left.
    """
    evaluation = [question for name in against for question in load_questions(name).questions]
    index = QuestionIndex(evaluation)
    questions = keep_rows(
        mcqa,
        lambda row: mcqa_question(row.cells, f"mcqa-{row.line:05d}"),
        min_value,
        lambda rows: leaked_questions(rows, index),
    )
    pairs = keep_rows(
        qa, lambda row: qa_pair(row.cells), min_value, lambda rows: leaked_pairs(rows, index)
    )
    for name, kept in (("mcqa", questions), ("qa", pairs)):
        if not kept.rows:
            reasons = ", ".join(f"{n} {why}" for why, n in kept.dropped.items()) or "no rows"
            told = "".join(f"\n  {fault}" for fault in kept.faults)
            raise InputError(f"nothing of the {name} table can be used: {reasons}{told}")
    out.mkdir(parents=True, exist_ok=True)
    write_records(sft_records(questions.rows, pairs.rows, True), out / "sft_1.jsonl")
    write_records(sft_records(questions.rows, pairs.rows, False), out / "sft_2.jsonl")
    lines = preference_lines(native_preference(pair) for pair in pairs.rows)
    (out / "preferences.jsonl").write_text(lines, "utf-8")
    record = {
        "held_against": list(against),
        "min_value": min_value,
        "mcqa": _told(questions),
        "qa": _told(pairs),
        "sha256": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(out.glob("*.jsonl"))
        },
    }
    text = json.dumps(record, indent=2, ensure_ascii=False)
    (out / "data.json").write_text(f"{text}\n", "utf-8")
    return record


def _told(kept: Kept) -> dict[str, Any]:
    return {"kept": len(kept.rows), "dropped": dict(kept.dropped), "faults": kept.faults}


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        mcqa, qa = _tables(args)
        record = write_training_files(mcqa, qa, args.against, args.min_value, args.out)
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for name in ("mcqa", "qa"):
        dropped = ", ".join(f"{n} {why}" for why, n in record[name]["dropped"].items()) or "none"
        print(f"{name}: {record[name]['kept']} rows kept; left out: {dropped}")
    return 0


def _tables(args: argparse.Namespace) -> tuple[Table, Table]:
    if args.mcqa and args.qa:
        return read_table(args.mcqa), read_table(args.qa)
    if args.mcqa or args.qa or not args.revision:
        raise InputError("give both files (--mcqa and --qa), or the commit on the Hub (--revision)")
    return fetch_published("mcqa", args.revision), fetch_published("qa", args.revision)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.published_data",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--revision", help="commit of the data set on the Hub")
    parser.add_argument("--mcqa", type=Path, help="file with the columns of the config mcqa")
    parser.add_argument("--qa", type=Path, help="file with the columns of the config qa")
    parser.add_argument(
        "--min-value",
        type=int,
        default=MIN_VALUE,
        metavar="0-5",
        help=f"leave out rows of a lower educational value (default: {MIN_VALUE})",
    )
    parser.add_argument(
        "--against",
        nargs="+",
        default=list(bundled_names()),
        metavar="SET",
        help="evaluation sets that no row may hold (default: all bundled ones)",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
