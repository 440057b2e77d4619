"""The commands over what is stored: runs, export, import, rescore."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from workbench.cli.text import add_json_flag, add_output_flag, print_json, table, write_out
from workbench.flags import add_store_flag, chosen_store
from workbench.schema import Run
from workbench.store import Store


def add_commands(commands: Any) -> None:
    listing = commands.add_parser("runs", help="list the runs in the result store")
    listing.set_defaults(run=run_runs)
    add_json_flag(listing)
    export = commands.add_parser("export", help="write a run as JSON lines")
    export.set_defaults(run=run_export)
    export.add_argument("id", metavar="RUN", help="id of the run, as `runs` lists it")
    add_output_flag(export)
    imported = commands.add_parser("import", help="bring results of another harness into the store")
    imported.set_defaults(run=run_import)
    imported.add_argument("source", choices=["lm-eval"], help="what wrote the results")
    imported.add_argument(
        "path",
        type=Path,
        help="folder or samples_*.jsonl that `lm_eval --log_samples --output_path` wrote",
    )
    rescore = commands.add_parser(
        "rescore", help="read the saved answers of a run with today's extraction, without a model"
    )
    rescore.set_defaults(run=run_rescore)
    rescore.add_argument("id", metavar="RUN", help="id of a finished run of method 'generate'")
    for parser in (listing, export, imported, rescore):
        add_store_flag(parser)


def run_runs(args: argparse.Namespace) -> None:
    with Store(chosen_store(args)) as store:
        runs = [(run, len(store.answered(run.id))) for run in store.runs()]
    if args.json:
        print_json([{**run.model_dump(mode="json"), "answered": done} for run, done in runs])
        return
    head = ("run", "status", "answers", "model", "variant", "questions", "method", "prompt", "UTC")
    lines = [_columns(run, done) for run, done in runs]
    print(table([head, *lines]) if lines else "no runs yet; `python -m workbench eval` makes one")


def _columns(run: Run, done: int) -> tuple[str, ...]:
    spec = run.spec
    return (
        run.id,
        run.status,
        f"{done}/{spec.n_questions}",
        spec.engine.model,
        spec.variant,
        spec.question_set,
        spec.method,
        f"{spec.prompt_style}, {spec.shots}-shot" if spec.shots else spec.prompt_style,
        f"{run.created:%Y-%m-%d %H:%M}",
    )


def run_export(args: argparse.Namespace) -> None:
    with Store(chosen_store(args)) as store:
        text = store.export(args.id)
    write_out(text, args.output)


def run_import(args: argparse.Namespace) -> None:
    from workbench.lm_eval_bridge import read_samples, sample_files

    files = sample_files(args.path)
    # All are read before one is written, so that a fault in the last leaves no half import.
    found = [read_samples(file) for file in files]
    with Store(chosen_store(args)) as store:
        for imported in found:
            run = store.import_run(imported.spec, imported.answers, imported.question_set)
            print(f"{run.id}  {run.spec.question_set}  {run.spec.n_questions} answers")


def run_rescore(args: argparse.Namespace) -> None:
    with Store(chosen_store(args)) as store:
        before = store.answers(args.id)
        run = rescored(store, args.id)
        after = store.answers(run.id)
    changed = sum(a.letter != b.letter for a, b in zip(before, after, strict=True))
    print(run.id)
    print(f"{changed} of {len(after)} answers are read differently", file=sys.stderr)


def rescored(store: Store, run_id: str) -> Run:
    from workbench.rescore import rescore_run

    return rescore_run(store, run_id)
