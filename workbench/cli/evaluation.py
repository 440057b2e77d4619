"""`eval`: put a set of questions to a model pair and print what came of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, get_args

from workbench import numerals
from workbench.cli.text import add_json_flag, positive, progress_bar, table
from workbench.compare import PairedResult, compare_answers
from workbench.engines.base import Engine
from workbench.engines.identity import foreseen_info
from workbench.errors import InputError
from workbench.evaluate import (
    BATCH_SIZE,
    PRIMARY_METHOD,
    Procedure,
    RunSummary,
    evaluate,
    finished_summary,
    next_repeat,
    plan_run,
)
from workbench.flags import (
    add_model_flags,
    add_store_flag,
    add_variant_flag,
    chosen_engine,
    chosen_model,
    chosen_store,
    chosen_variants,
)
from workbench.questions import load_questions
from workbench.questions.rotation import rotations
from workbench.schema import (
    Answer,
    EngineInfo,
    Method,
    ModelSpec,
    PromptStyle,
    Question,
    QuestionSet,
    Record,
    Variant,
)
from workbench.store import Store

DEMO_NOTICE = "a miniature for trying the workbench, not a financial model"


def add_command(commands: Any) -> None:
    parser = commands.add_parser("eval", help="put a set of questions to a model pair")
    parser.set_defaults(run=run_eval)
    parser.description = (
        "Put every question of a set to a model pair, keep each answer in the result store, and "
        "print accuracies with their intervals. Interrupted runs continue where they stopped; "
        "finished ones are read from the store."
    )
    add_model_flags(parser)
    add_variant_flag(parser)
    asked = parser.add_argument_group("what is asked, and how")
    asked.add_argument(
        "--questions",
        default="demo-heldout",
        help="a bundled set, a file or a Hub data set id (default: %(default)s)",
    )
    asked.add_argument("--revision", metavar="REV", help="Hub revision of --questions")
    asked.add_argument("--limit", type=positive, metavar="N", help="the first N questions alone")
    asked.add_argument(
        "--rotations",
        action="store_true",
        help="ask each question once for every cyclic rotation of its options (CircularEval)",
    )
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
        "--shots", type=positive, metavar="N", help="show N worked examples before each question"
    )
    asked.add_argument(
        "--shots-from",
        default="krx-mcqa-dev",
        metavar="QUESTIONS",
        help="where the first N examples come from (default: %(default)s)",
    )
    asked.add_argument(
        "--batch-size",
        type=positive,
        default=BATCH_SIZE,
        metavar="N",
        help="questions in one call and one transaction (default: %(default)s)",
    )
    asked.add_argument(
        "--again", action="store_true", help="repeat a finished run on purpose, as a run of its own"
    )
    add_store_flag(parser)
    add_json_flag(parser)


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


def run_eval(args: argparse.Namespace) -> None:
    spec = chosen_model(args)
    styles = _styles(args.prompt, spec, chosen_variants(args, spec))
    question_set = load_questions(args.questions, revision=args.revision).head(args.limit)
    examples = _examples(args, question_set)
    if args.rotations:
        question_set = rotations(question_set)
    procedures = {
        variant: Procedure(
            method=args.method, style=style, examples=examples, batch_size=args.batch_size
        )
        for variant, style in styles.items()
    }
    options = chosen_engine(args)
    with Store(chosen_store(args)) as store:
        summaries = _finished(args, spec, question_set, procedures, store)
        if not summaries:
            print(f"loading {spec.name} …", file=sys.stderr)
            with closing(args.open_engine(spec, **options)) as engine:
                summaries = [
                    _evaluate_variant(
                        engine, variant, question_set, procedure, store, again=args.again
                    )
                    for variant, procedure in procedures.items()
                ]
        sides = [store.answers(summary.run.id) for summary in summaries]
    for summary, answers in zip(summaries, sides, strict=True):
        _tell_failures(summary, answers)
    info = summaries[0].run.spec.engine
    in_own_style = styles.items() <= spec.styles.items()
    result = EvalResult(
        engine=info,
        question_set=question_set.name,
        question_set_hash=question_set.hash,
        method=args.method,
        primary=args.method == PRIMARY_METHOD and in_own_style and not examples,
        notice=f"demo pair: {DEMO_NOTICE}" if info.demo else "",
        summaries=tuple(summaries),
        paired=compare_answers(*sides) if len(sides) == 2 else None,
    )
    print(result.model_dump_json(indent=2) if args.json else render_result(result))


def _styles(
    wanted: str, spec: ModelSpec, variants: Sequence[Variant]
) -> dict[Variant, PromptStyle]:
    named: dict[str, PromptStyle] = {style: style for style in get_args(PromptStyle)}
    return {variant: named.get(wanted) or spec.styles[variant] for variant in variants}


def _examples(args: argparse.Namespace, question_set: QuestionSet) -> tuple[Question, ...]:
    """Raises InputError where there are too few, or where one of them is asked as well."""
    if args.shots is None:
        return ()
    source = load_questions(args.shots_from)
    if args.shots > len(source.questions):
        raise InputError(
            f"--shots {args.shots}: '{source.name}' has {len(source.questions)} questions; "
            "ask for fewer or name another set with --shots-from"
        )
    examples = source.questions[: args.shots]
    asked = {question.hash for question in question_set.questions}
    if shown := [example.id for example in examples if example.hash in asked]:
        raise InputError(
            f"question '{shown[0]}' would be shown with its answer and asked as well; "
            "name a set with --shots-from that shares no question with --questions"
        )
    return examples


def _finished(
    args: argparse.Namespace,
    spec: ModelSpec,
    question_set: QuestionSet,
    procedures: Mapping[Variant, Procedure],
    store: Store,
) -> list[RunSummary]:
    """What the store says of every side; nothing where one of them has something left to answer,
    or where only the opened engine can tell which run this is."""
    if args.again or question_set.hash not in {run.spec.question_set_hash for run in store.runs()}:
        return []  # weights are hashed only where there may be something to recognise
    info = foreseen_info(
        spec, args.engine, device=args.device, dtype=args.dtype, in_turn=args.in_turn
    )
    if info is None:
        return []
    found = [
        finished_summary(info, variant, question_set, procedure, store)
        for variant, procedure in procedures.items()
    ]
    summaries = [summary for summary in found if summary is not None]
    if len(summaries) < len(procedures):
        return []
    for summary in summaries:
        _tell_known(summary, len(question_set.questions))
    return summaries


def _evaluate_variant(
    engine: Engine,
    variant: Variant,
    question_set: QuestionSet,
    procedure: Procedure,
    store: Store,
    *,
    again: bool,
) -> RunSummary:
    if again:
        plan = plan_run(engine.info, variant, question_set, procedure)
        procedure = procedure.model_copy(update={"repeat": next_repeat(plan, store.runs())})
    try:
        with progress_bar(variant) as progress:
            summary = evaluate(engine, variant, question_set, procedure, store, progress)
    except KeyboardInterrupt:
        print(
            "interrupted; finished batches are stored, the same command continues with the rest",
            file=sys.stderr,
        )
        raise
    if summary.answered_now < len(question_set.questions):
        _tell_known(summary, len(question_set.questions))
    return summary


def _tell_known(summary: RunSummary, questions: int) -> None:
    print(
        f"{summary.run.spec.variant}: {questions - summary.answered_now} of {questions} answers "
        f"were in the store (run {summary.run.id}) and were not asked again",
        file=sys.stderr,
    )


def _tell_failures(summary: RunSummary, answers: Sequence[Answer]) -> None:
    first = next((answer for answer in answers if answer.failure is not None), None)
    if first is not None:
        print(
            f"{summary.run.spec.variant}: {summary.failed} failed and are not counted; the first, "
            f"'{first.question_id}': {first.failure}",
            file=sys.stderr,
        )


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def render_result(result: EvalResult) -> str:
    """The table and, for two variants, the line that compares them."""
    info = result.engine
    pair = f"{info.base} + {info.tuned}" if info.tuned else info.base
    kind = "the primary result" if result.primary else "a secondary result"
    head = (
        *("variant", "prompt", "accuracy", "95% interval"),
        *("n", "chance", "unparsed", "failed", "run"),
    )
    lines = [
        f"{info.model} ({pair}) on {info.engine} {info.version}, {info.device}, {info.dtype}",
        *([result.notice] if result.notice else []),
        f"questions {result.question_set}, method {result.method}: {kind}",
        "",
        table([head, *map(_result_columns, result.summaries)]),
    ]
    if result.paired is not None:
        lines += ["", render_paired(result.paired, "vanilla", "tuned")]
    return "\n".join(lines)


def render_paired(paired: PairedResult, a: str, b: str) -> str:
    """One line on side b against side a."""
    if paired.difference is None:
        return f"{b} − {a}: no question was answered by both ({paired.excluded} failed)"
    tests = [f"exact McNemar {numerals.p_value(paired.mcnemar_p)}"]
    if paired.clusters < paired.n:
        sign_flip = numerals.p_value(paired.sign_flip_p)
        tests.append(f"sign-flip {sign_flip} over {paired.clusters} clusters")
    excluded = f", {paired.excluded} excluded as failed" if paired.excluded else ""
    return (
        f"{b} − {a}: {numerals.points(paired.difference)} points over n = {paired.n}{excluded}; "
        f"only {b} right {paired.only_b}, only {a} right {paired.only_a}; {', '.join(tests)}"
    )


def _result_columns(summary: RunSummary) -> tuple[str, ...]:
    interval = summary.interval
    return (
        summary.run.spec.variant,
        summary.run.spec.prompt_style,
        "–" if summary.accuracy is None else numerals.percent(summary.accuracy),
        "–" if interval is None else numerals.percent_interval(interval),
        str(summary.n),
        numerals.percent(summary.chance),
        _unparsed(summary),
        str(summary.failed),
        summary.run.id,
    )


def _unparsed(summary: RunSummary) -> str:
    """'3 (2 empty, 1 truncated)'."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(summary.unparsed.items()))
    return f"{sum(summary.unparsed.values())}{f' ({reasons})' if reasons else ''}"
