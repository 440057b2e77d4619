"""The command line.

    python -m workbench eval --model demo --questions demo-heldout
    python -m workbench eval --model demo --questions my.jsonl --method loglik --prompt chat
    python -m workbench runs
    python -m workbench export RUN -o run.jsonl
    python -m workbench doctor

Results go to stdout, everything else to stderr. Exit status: 0 done, 2 a known error in one
sentence, 130 interrupted; anything else is a bug and shows its traceback. Heavy libraries are
imported by the commands that use them, so that `--help` answers at once.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import get_args

from workbench import engines
from workbench.compare import PairedResult, compare_answers
from workbench.config import default_store, resolve_model
from workbench.engines.base import Engine
from workbench.errors import InputError, WorkbenchError
from workbench.evaluate import (
    BATCH_SIZE,
    PRIMARY_METHOD,
    Progress,
    RunSummary,
    evaluate,
    next_repeat,
    plan_run,
)
from workbench.questions import load_questions
from workbench.schema import (
    VARIANTS,
    Answer,
    EngineInfo,
    Method,
    ModelSpec,
    PromptStyle,
    QuestionSet,
    Record,
    Variant,
)
from workbench.store import Store

EngineOpener = Callable[..., Engine]  # called as `engines.open_engine` is

DEMO_NOTICE = "a miniature for trying the workbench, not a financial model"


def main(
    arguments: Sequence[str] | None = None, *, open_engine: EngineOpener = engines.open_engine
) -> int:
    """Run one command and return its exit status."""
    args = build_parser().parse_args(arguments)
    commands: dict[str, Callable[[argparse.Namespace], None]] = {
        "eval": lambda args: run_eval(args, open_engine),
        "runs": run_runs,
        "export": run_export,
        "doctor": run_doctor,
    }
    try:
        commands[args.command](args)
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


# ── flags ────────────────────────────────────────────────────────────────────────────────────


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workbench",
        description="Evaluate and compare a fine-tuned model and its vanilla base.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_eval(commands.add_parser("eval", help="put a set of questions to a model pair"))
    runs = commands.add_parser("runs", help="list the runs in the result store")
    _add_store(runs)
    _add_json(runs)
    export = commands.add_parser("export", help="write a run as JSON lines")
    export.add_argument("id", metavar="RUN", help="id of the run, as `runs` lists it")
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: stdout")
    _add_store(export)
    doctor = commands.add_parser("doctor", help="what this machine can run")
    _add_json(doctor)
    return parser


def _add_eval(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Put every question of a set to a model pair, keep each answer in the result store, and "
        "print accuracies with their intervals. Interrupted runs continue where they stopped; "
        "finished ones are read from the store."
    )
    model = parser.add_argument_group("what answers")
    model.add_argument(
        "--model",
        default="demo",
        help="a preset of models.yaml, a local folder or a Hub id (default: %(default)s)",
    )
    model.add_argument("--adapter", metavar="PATH", help="LoRA adapter that makes the tuned side")
    model.add_argument("--tuned", metavar="PATH", help="full model that is the tuned side")
    model.add_argument("--model-revision", metavar="REV", help="Hub revision of --model")
    model.add_argument(
        "--variant",
        choices=[*VARIANTS, "both"],
        help="default: both, or vanilla where the model has no tuned side",
    )
    model.add_argument("--device", help="cpu, cuda, cuda:1, mps (default: the best there is)")
    model.add_argument(
        "--dtype", help="float32, bfloat16, float16 (default: what suits the device)"
    )
    model.add_argument(
        "--in-turn", action="store_true", help="keep one of two full models in memory at a time"
    )
    asked = parser.add_argument_group("what is asked, and how")
    asked.add_argument(
        "--questions",
        default="demo-heldout",
        help="a bundled set, a file or a Hub data set id (default: %(default)s)",
    )
    asked.add_argument("--revision", metavar="REV", help="Hub revision of --questions")
    asked.add_argument("--limit", type=_positive, metavar="N", help="the first N questions alone")
    asked.add_argument(
        "--method",
        choices=get_args(Method),
        default=PRIMARY_METHOD,
        help="generate an answer and read the letter, or compare the letters' likelihoods "
        "(default: %(default)s)",
    )
    asked.add_argument(
        "--prompt",
        choices=[*get_args(PromptStyle), "own"],
        default="own",
        help="prompt style; own is the style each side was made for (default: %(default)s)",
    )
    asked.add_argument(
        "--batch-size",
        type=_positive,
        default=BATCH_SIZE,
        metavar="N",
        help="questions in one call and one transaction (default: %(default)s)",
    )
    asked.add_argument(
        "--again", action="store_true", help="repeat a finished run on purpose, as a run of its own"
    )
    _add_store(parser)
    _add_json(parser)


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        type=Path,
        metavar="PATH",
        help="result store (default: store.sqlite in $KRX_WORKBENCH_HOME, else in ~/.krx-workbench)",
    )


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1 up")
    return int(text)


# ── eval ─────────────────────────────────────────────────────────────────────────────────────


class EvalResult(Record):
    """What `eval` prints; `primary` says whether it is the result declared in evaluate.py."""

    engine: EngineInfo
    question_set: str
    question_set_hash: str
    method: Method
    primary: bool
    notice: str
    summaries: tuple[RunSummary, ...]
    paired: PairedResult | None


def run_eval(args: argparse.Namespace, open_engine: EngineOpener) -> None:
    spec = _model_spec(args)
    styles = _styles(args.prompt, spec, _variants(args.variant, spec))
    question_set = load_questions(args.questions, revision=args.revision).head(args.limit)
    with Store(args.store or default_store()) as store:
        print(f"loading {spec.name} …", file=sys.stderr)
        engine = open_engine(spec, device=args.device, dtype=args.dtype, in_turn=args.in_turn)
        with closing(engine):
            summaries = [
                _evaluate_variant(args, engine, variant, style, question_set, store)
                for variant, style in styles.items()
            ]
        sides = [store.answers(summary.run.id) for summary in summaries]
    for summary, answers in zip(summaries, sides, strict=True):
        _tell_failures(summary, answers)
    result = EvalResult(
        engine=engine.info,
        question_set=question_set.name,
        question_set_hash=question_set.hash,
        method=args.method,
        primary=args.method == PRIMARY_METHOD and styles.items() <= spec.styles.items(),
        notice=f"demo pair: {DEMO_NOTICE}" if engine.info.demo else "",
        summaries=tuple(summaries),
        paired=compare_answers(*sides) if len(sides) == 2 else None,
    )
    print(result.model_dump_json(indent=2) if args.json else render_result(result))


def _model_spec(args: argparse.Namespace) -> ModelSpec:
    spec = resolve_model(args.model, args.adapter, args.tuned)
    if args.model_revision is None:
        return spec
    if Path(spec.base).is_dir():
        raise InputError(
            f"--model-revision '{args.model_revision}' is for models on the Hub; "
            f"'{args.model}' is a local folder"
        )
    return spec.model_copy(update={"base_revision": args.model_revision})


def _variants(wanted: str | None, spec: ModelSpec) -> tuple[Variant, ...]:
    if wanted is None or (wanted == "both" and spec.variants == VARIANTS):
        return spec.variants
    chosen = tuple(variant for variant in spec.variants if variant == wanted)
    if not chosen:
        raise InputError(
            f"--variant {wanted} needs a tuned side, and '{spec.name}' has none; "
            "give --adapter or --tuned"
        )
    return chosen


def _styles(
    wanted: str, spec: ModelSpec, variants: Sequence[Variant]
) -> dict[Variant, PromptStyle]:
    named: dict[str, PromptStyle] = {style: style for style in get_args(PromptStyle)}
    return {variant: named.get(wanted) or spec.styles[variant] for variant in variants}


def _evaluate_variant(
    args: argparse.Namespace,
    engine: Engine,
    variant: Variant,
    style: PromptStyle,
    question_set: QuestionSet,
    store: Store,
) -> RunSummary:
    plan = plan_run(
        engine.info,
        variant,
        question_set,
        method=args.method,
        style=style,
        batch_size=args.batch_size,
    )
    try:
        with _progress_bar(variant) as progress:
            summary = evaluate(
                engine,
                variant,
                question_set,
                method=args.method,
                style=style,
                store=store,
                batch_size=args.batch_size,
                repeat=next_repeat(plan, store.runs()) if args.again else 0,
                progress=progress,
            )
    except KeyboardInterrupt:
        print(
            "interrupted; finished batches are stored, the same command continues with the rest",
            file=sys.stderr,
        )
        raise
    known = len(question_set.questions) - summary.answered_now
    if known:
        # Only the loaded weights tell which run this is, so a finished one needs them as well.
        why = "" if summary.answered_now else "; the model was loaded only to recognise the run"
        print(
            f"{variant}: {known} of {len(question_set.questions)} answers were in the store "
            f"(run {summary.run.id}) and were not asked again{why}",
            file=sys.stderr,
        )
    return summary


def _tell_failures(summary: RunSummary, answers: Sequence[Answer]) -> None:
    first = next((answer for answer in answers if answer.failure is not None), None)
    if first is not None:
        print(
            f"{summary.run.spec.variant}: {summary.failed} failed and are not counted; the first, "
            f"'{first.question_id}': {first.failure}",
            file=sys.stderr,
        )


@contextmanager
def _progress_bar(label: str) -> Iterator[Progress]:
    """A bar on stderr with rate and time left, which starts at what was answered before."""
    from tqdm import tqdm

    bar: tqdm[None] | None = None

    def show(done: int, total: int) -> None:
        nonlocal bar
        if bar is None:
            bar = tqdm(desc=label, total=total, initial=done, unit="question", file=sys.stderr)
        bar.update(done - bar.n)

    try:
        yield show
    finally:
        if bar is not None:
            bar.close()


# ── other commands ───────────────────────────────────────────────────────────────────────────


def run_runs(args: argparse.Namespace) -> None:
    with Store(args.store or default_store()) as store:
        runs = [(run, len(store.answered(run.id))) for run in store.runs()]
    if args.json:
        _print_json([{**run.model_dump(mode="json"), "answered": done} for run, done in runs])
        return
    lines = [
        (
            run.id,
            run.status,
            f"{done}/{run.spec.n_questions}",
            run.spec.engine.model,
            run.spec.variant,
            run.spec.question_set,
            run.spec.method,
            run.spec.prompt_style,
            f"{run.created:%Y-%m-%d %H:%M}",
        )
        for run, done in runs
    ]
    head = ("run", "status", "answers", "model", "variant", "questions", "method", "prompt", "UTC")
    print(_table([head, *lines]) if lines else "no runs yet; `python -m workbench eval` makes one")


def run_export(args: argparse.Namespace) -> None:
    with Store(args.store or default_store()) as store:
        text = store.export(args.id)
    if args.output is None:
        sys.stdout.write(text)
        return
    try:
        args.output.write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"'{args.output}' cannot be written: {error.strerror}") from error


def run_doctor(args: argparse.Namespace) -> None:
    from workbench.doctor import diagnose, render

    diagnosis = diagnose()
    print(diagnosis.model_dump_json(indent=2) if args.json else render(diagnosis))


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def render_result(result: EvalResult) -> str:
    """The table and, for two variants, the line that compares them."""
    info = result.engine
    pair = f"{info.base} + {info.tuned}" if info.tuned else info.base
    kind = "the primary result" if result.primary else "a secondary result"
    head = ("variant", "prompt", "accuracy", "95 % interval", "n", "chance", "unparsed", "failed")
    lines = [
        f"{info.model} ({pair}) on {info.engine} {info.version}, {info.device}, {info.dtype}",
        *([result.notice] if result.notice else []),
        f"questions {result.question_set}, method {result.method}: {kind}",
        "",
        _table([head, *map(_result_columns, result.summaries)]),
    ]
    if result.paired is not None:
        lines += ["", render_paired(result.paired)]
    return "\n".join(lines)


def render_paired(paired: PairedResult) -> str:
    if paired.difference is None:
        return f"tuned − vanilla: no question was answered by both ({paired.excluded} failed)"
    tests = [f"exact McNemar {_p_value(paired.mcnemar_p)}"]
    if paired.clusters < paired.n:
        tests.append(f"sign-flip {_p_value(paired.sign_flip_p)} over {paired.clusters} clusters")
    excluded = f", {paired.excluded} excluded as failed" if paired.excluded else ""
    return (
        f"tuned − vanilla: {100 * paired.difference:+.1f} points over n = {paired.n}{excluded}; "
        f"only tuned right {paired.only_b}, only vanilla right {paired.only_a}; {', '.join(tests)}"
    )


def _result_columns(summary: RunSummary) -> tuple[str, ...]:
    interval = summary.interval
    return (
        summary.run.spec.variant,
        summary.run.spec.prompt_style,
        "–" if summary.accuracy is None else _percent(summary.accuracy),
        "–" if interval is None else f"{_percent(interval.low)} to {_percent(interval.high)}",
        str(summary.n),
        _percent(summary.chance),
        _unparsed(summary),
        str(summary.failed),
    )


def _unparsed(summary: RunSummary) -> str:
    """'3 (2 empty, 1 truncated)'."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(summary.unparsed.items()))
    return f"{sum(summary.unparsed.values())}{f' ({reasons})' if reasons else ''}"


def _table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _p_value(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _print_json(value: object) -> None:
    import json

    print(json.dumps(value, ensure_ascii=False, indent=2))
