"""The processes that test_kill.py kills: they evaluate, import, vote and migrate.

    python -m tests.workbench.kill_writer

Each line on stdin is a writer's life, as JSON: {"kind": one of LIVES, …its arguments}. It is lived
by a forked process, so that hundreds of them load Python's modules once. That one prints
'ready PID' when its work begins; 'ended STATUS' follows from its parent.

What a writer does is appended to its log, which a kill does not undo: for evaluations each
question that reaches the engine, so that work done twice can be counted; for imports and votes
each id whose writing returned, so that what is missing can be noticed.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import print_exc

from tests.workbench.records import answers_of, question_set_of, spec_of, vote_of
from workbench.engines.scripted import ScriptedEngine
from workbench.evaluate import Procedure, evaluate
from workbench.schema import Prompt, Variant
from workbench.store import Store

BATCH_SIZE = 8
QUESTIONS = 120


@dataclass
class LoggedEngine(ScriptedEngine):
    log: str = ""
    label: str = ""

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        for prompt in prompts:
            note(self.log, f"{self.label} {prompt.text.splitlines()[0]}")
        return super().score_options(prompts, continuations, variant)


def evaluate_runs(
    store: str, log: str, count: int, seconds: float = 0.0, variant: Variant = "tuned"
) -> None:
    """Evaluate repetitions of a run, at `seconds` a question, until `count` are finished."""
    with Store(Path(store)) as opened:
        mine = [run for run in opened.runs() if run.spec.variant == variant]
        finished = sum(run.status == "finished" for run in mine)
        ready()
        # The last one again, as someone would who does not know whether it went through.
        for repeat in range(max(0, finished - 1), count):
            evaluate(
                LoggedEngine(seconds_per_token=seconds, log=log, label=f"{variant} {repeat}"),
                variant,
                question_set_of(QUESTIONS),
                Procedure(method="loglik", style="native", batch_size=BATCH_SIZE, repeat=repeat),
                store=opened,
            )


def import_runs(store: str, log: str, count: int) -> None:
    """Import runs until there are `count`, each over questions of its own."""
    with Store(Path(store)) as opened:
        written = len(opened.runs())
        ready()
        for number in range(max(0, written - 1), count):
            topic = f"{number}회 "
            run = opened.import_run(
                spec_of(QUESTIONS, topic),
                answers_of(QUESTIONS, topic),
                question_set_of(QUESTIONS, topic),
            )
            note(log, run.id)


def cast_votes(store: str, log: str, count: int) -> None:
    """Vote until there are `count` votes."""
    with Store(Path(store)) as opened:
        written = len(opened.votes())
        ready()
        for number in range(max(0, written - 1), count):
            vote = vote_of(number)
            opened.add_vote(vote)
            note(log, vote.id)


def open_store(store: str) -> None:
    """Open the store and stay until killed."""
    ready()
    Store(Path(store))
    signal.pause()


LIVES: dict[str, Callable[..., None]] = {
    "evaluate": evaluate_runs,
    "import": import_runs,
    "vote": cast_votes,
    "open": open_store,
}


def ready() -> None:
    print("ready", os.getpid(), flush=True)


def note(log: str, line: str) -> None:
    with open(log, "a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def live(kind: str, **arguments: object) -> int:
    """Be a writer in a process of its own; returns its exit status, -9 where it was killed."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 1
    try:
        LIVES[kind](**arguments)
        status = 0
    except Exception:
        print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    for line in sys.stdin:
        print("ended", live(**json.loads(line)), flush=True)
