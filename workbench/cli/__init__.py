"""The command line.

    python -m workbench eval --model demo --questions demo-heldout
    python -m workbench eval --model demo --questions my.jsonl --method loglik --prompt chat
    python -m workbench compare RUN RUN
    python -m workbench report RUN RUN -o report.html
    python -m workbench leaderboard
    python -m workbench questions fresh --seed 20261122 -n 500 -o fresh.jsonl
    python -m workbench lm-eval --tasks krx_mcqa --model demo
    python -m workbench doctor

Results go to stdout, everything else to stderr. Exit status: 0 done, 2 a known error in one
sentence, 130 interrupted, 141 nobody reads on (`| head`); anything else is a bug and shows its
traceback. Heavy libraries are imported by the commands that use them, so that `--help` answers at
once.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from workbench import engines
from workbench.cli import comparison, contamination, evaluation, judging, questions, runs, votes
from workbench.cli.text import add_json_flag
from workbench.engines.base import Engine
from workbench.errors import WorkbenchError

EngineOpener = Callable[..., Engine]  # called as `engines.open_engine` is


def main(
    arguments: Sequence[str] | None = None, *, open_engine: EngineOpener = engines.open_engine
) -> int:
    """Run one command and return its exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if given[:1] == ["lm-eval"]:  # most of its flags are lm_eval's, and read by lm_eval
            return _run_lm_eval(given[1:])
        args = build_parser().parse_args(given, argparse.Namespace(open_engine=open_engine))
        args.run(args)
        sys.stdout.flush()  # here, where a closed pipe is understood
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m workbench",
        description="Evaluate and compare a fine-tuned model and its vanilla base.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    evaluation.add_command(commands)
    comparison.add_commands(commands)
    judging.add_command(commands)
    runs.add_commands(commands)
    votes.add_command(commands)
    questions.add_command(commands)
    contamination.add_command(commands)
    commands.add_parser(
        "lm-eval", help="lm_eval with our engine and our tasks; takes lm_eval's flags"
    )
    doctor = commands.add_parser("doctor", help="what this machine can run")
    doctor.set_defaults(run=_run_doctor)
    add_json_flag(doctor)
    return parser


def _run_lm_eval(arguments: Sequence[str]) -> int:
    from workbench.lm_eval_bridge import run_lm_eval

    return run_lm_eval(arguments)


def _run_doctor(args: argparse.Namespace) -> None:
    from workbench.doctor import diagnose, render

    diagnosis = diagnose()
    print(diagnosis.model_dump_json(indent=2) if args.json else render(diagnosis))
