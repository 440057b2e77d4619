"""A pair that answers and judges that judge: scripted engines that look at what they are asked."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.engines.scripted import ScriptedEngine
from workbench.judge import JudgeSummary, run_judging
from workbench.schema import (
    Generation,
    OpenQuestion,
    OpenQuestionSet,
    Prompt,
    PromptStyle,
    Sampling,
    Variant,
)
from workbench.store import Store

STYLES: dict[Variant, PromptStyle] = {"vanilla": "chat", "tuned": "native"}
RIGHT, WRONG = "옳은 답", "그른 답"
ANSWERS = re.compile(r"<답변 (?:A|B)>\n(.*?)\n</답변 (?:A|B)>", re.DOTALL)


def question_of(number: int) -> OpenQuestion:
    return OpenQuestion(
        id=f"q{number}", question=f"{number}번 질문은?", answer=f"{number}번 모범 답안."
    )


def question_set_of(n: int) -> OpenQuestionSet:
    return OpenQuestionSet(name="open", questions=tuple(map(question_of, range(n))))


@dataclass
class AnsweringPair(ScriptedEngine):
    """Tuned is right, vanilla wrong; each answer names its question."""

    name: str = "pair"

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        for prompt in prompts:
            (question,) = re.findall(r"\d+번 질문", self.render(prompt))
            self._queue.append(f" {question}의 {RIGHT if variant == 'tuned' else WRONG}")
        return super().generate(prompts, sampling, variant)


@dataclass
class FairJudge(ScriptedEngine):
    """Finds the right answer wherever it stands."""

    name: str = "fair"

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        for prompt in prompts:
            first, second = (RIGHT in answer for answer in ANSWERS.findall(self.render(prompt)))
            verdict = "동점" if first == second else "A" if first else "B"
            self._queue.append(f"차이가 있다.\n### 판정: {verdict}")
        return super().generate(prompts, sampling, variant)


@dataclass
class InterruptedJudge(FairJudge):
    """Ctrl-C is pressed, or the process killed, during the call after `calls_left` more."""

    calls_left: int = 0
    killed: bool = False

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        self.calls_left -= 1
        if self.calls_left >= 0:
            return super().generate(prompts, sampling, variant)
        if self.killed:
            os.kill(os.getpid(), signal.SIGKILL)
        raise KeyboardInterrupt


def judge(
    store: Store,
    judge: ScriptedEngine,
    n: int = 4,
    pair: ScriptedEngine | None = None,
    batch_size: int = 2,
    **settings: Any,
) -> JudgeSummary:
    return run_judging(
        store,
        pair or AnsweringPair(),
        judge,
        question_set_of(n),
        styles=STYLES,
        batch_size=batch_size,
        **settings,
    )


def judge_until_killed(path: Path, n: int, calls: int) -> None:
    with Store(path) as store:
        judge(store, InterruptedJudge(calls_left=calls, killed=True), n)
