"""`judge`: open answers of both sides, compared by a model in both orders."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack, closing
from typing import Any

from workbench import numerals
from workbench.cli.evaluation import DEMO_NOTICE
from workbench.cli.text import add_json_flag, positive, progress_bar
from workbench.config import resolve_model
from workbench.errors import InputError
from workbench.flags import (
    add_model_flags,
    add_store_flag,
    chosen_engine,
    chosen_model,
    chosen_store,
)
from workbench.judge import JudgeSummary, run_judging
from workbench.judge.plan import OPEN_ANSWER_TOKENS, SHORTEST_ANSWER
from workbench.questions import load_open_questions
from workbench.schema import VARIANTS, Sampling
from workbench.store import Store


def add_command(commands: Any) -> None:
    parser = commands.add_parser("judge", help="open answers of both sides, compared by a model")
    parser.set_defaults(run=run_judge)
    parser.description = (
        "Both sides answer open questions; a judge reads each pair of answers in both orders, and "
        "where the orders disagree it is a tie. Votes are kept in the result store. A judge reads "
        "the rubric, the question, a model answer and both answers at once: where its context is "
        "too short for that, shorter answers are asked for, which is said and recorded, and where "
        f"fewer than {SHORTEST_ANSWER} tokens would be left of each, the command refuses. The demo "
        "pair's context of 1,024 tokens is nearly filled by krx-qa."
    )
    add_model_flags(parser)
    judged = parser.add_argument_group("what is asked, and who judges")
    judged.add_argument(
        "--questions",
        default="krx-qa",
        help="a bundled set of open questions or a file (default: %(default)s)",
    )
    judged.add_argument("--limit", type=positive, metavar="N", help="the first N questions alone")
    judged.add_argument(
        "--answer-tokens",
        type=positive,
        metavar="N",
        help=f"longest answer (default: {OPEN_ANSWER_TOKENS}, or what the two contexts leave)",
    )
    judged.add_argument(
        "--judge",
        metavar="MODEL",
        help="a preset, a local folder or a Hub id (default: the pair itself, which favours itself)",
    )
    judged.add_argument(
        "--judge-variant",
        choices=VARIANTS,
        default="vanilla",
        help="side of the judge's pair that judges (default: %(default)s)",
    )
    add_store_flag(parser)
    add_json_flag(parser)


def run_judge(args: argparse.Namespace) -> None:
    spec = chosen_model(args)
    if spec.variants != VARIANTS:
        raise InputError(f"'{spec.name}' has no tuned side to be judged; give --adapter or --tuned")
    question_set = load_open_questions(args.questions).head(args.limit)
    options = chosen_engine(args)
    if args.judge is not None and args.engine == "openai":
        raise InputError(
            f"--judge '{args.judge}' would be asked under the names of the pair that --engine openai "
            "serves; leave --judge out (the pair's own vanilla side judges), or use --engine hf"
        )
    with Store(chosen_store(args)) as store, ExitStack() as opened:
        print(f"loading {spec.name} …", file=sys.stderr)
        engine = opened.enter_context(closing(args.open_engine(spec, **options)))
        judge = engine
        if args.judge is not None:
            print(f"loading {args.judge} …", file=sys.stderr)
            judge = opened.enter_context(
                closing(args.open_engine(resolve_model(args.judge), **options))
            )
        with progress_bar("judging") as progress:
            summary = run_judging(
                store,
                engine,
                judge,
                question_set,
                styles=spec.styles,
                judge_variant=args.judge_variant,
                sampling=args.answer_tokens and Sampling(max_tokens=args.answer_tokens),
                progress=progress,
            )
        demo = engine.info.demo or judge.info.demo
    print(summary.model_dump_json(indent=2) if args.json else render_judging(summary, demo))


def render_judging(summary: JudgeSummary, demo: bool) -> str:
    share = summary.win_share
    lines = [
        f"{summary.voter} on {summary.question_set}: {summary.side_b} against {summary.side_a}",
        *([f"demo pair: {DEMO_NOTICE}"] if demo else []),
        "",
        f"{summary.side_b} won {summary.b_wins}, {summary.side_a} won {summary.a_wins}, "
        f"{summary.ties} ties; {summary.votes} of {summary.questions} questions have a vote",
    ]
    if share.share is not None and share.interval is not None:
        lines.append(
            f"{summary.side_b} wins {numerals.percent(share.share)} of those that are no tie "
            f"{numerals.percent_interval(share.interval)}, {numerals.p_value(summary.p_value)}: "
            f"{summary.verdict}"
        )
    lines.append(
        f"no vote: {summary.unparsed} without a verdict ({summary.truncated} of them cut off), "
        f"{summary.failed} failed"
    )
    if summary.disagreement.share is not None:
        lines.append(f"the two orders disagree on {numerals.percent(summary.disagreement.share)}")
    if summary.first_shown.share is not None:
        lines.append(
            f"what was shown first won {numerals.percent(summary.first_shown.share)} "
            f"({numerals.p_value(summary.first_shown_p)})"
        )
    agreement = summary.agreement
    if agreement is not None and agreement.agreed.share is not None:
        kappa = "–" if agreement.kappa is None else numerals.decimal(agreement.kappa)
        lines.append(
            f"agrees with people on {numerals.percent(agreement.agreed.share)} of "
            f"{agreement.agreed.n} votes (Cohen's kappa {kappa})"
        )
    return "\n".join(lines)
