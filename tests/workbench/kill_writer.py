"""The process that test_kill.py kills: evaluates scripted questions into a store.

    python tests/workbench/kill_writer.py STORE LOG QUESTIONS SECONDS_PER_QUESTION REPEAT

Prints 'ready' when the first batch is about to be asked, and the run's id at the end. Every
question that reaches the engine leaves one line in LOG, so that work done twice can be counted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.engines.scripted import ScriptedEngine
from workbench.evaluate import evaluate
from workbench.schema import Prompt, Question, QuestionSet, Variant
from workbench.store import Store

BATCH_SIZE = 8


@dataclass
class LoggedEngine(ScriptedEngine):
    log: int = -1  # a file descriptor: what is written to it outlives a kill

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        for prompt in prompts:
            os.write(self.log, f"{prompt.text.splitlines()[0]}\n".encode())
        return super().score_options(prompts, continuations, variant)


def main(store_path: str, log_path: str, questions: str, seconds: str, repeat: str) -> None:
    question_set = QuestionSet(
        name="scripted",
        questions=tuple(
            Question(id=str(i), question=f"{i}번 질문", options=("가", "나", "다"), answer="A")
            for i in range(int(questions))
        ),
    )
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    engine = LoggedEngine(seconds_per_token=float(seconds), log=log)
    with Store(Path(store_path)) as store:
        print("ready", flush=True)
        summary = evaluate(
            engine,
            "tuned",
            question_set,
            method="loglik",
            style="native",
            store=store,
            batch_size=BATCH_SIZE,
            repeat=int(repeat),
        )
    print(summary.run.id, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
