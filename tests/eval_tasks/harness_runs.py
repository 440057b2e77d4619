"""How the tests drive the harness: tasks by name, and a model that says what it is told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import lm_eval
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.tasks import TaskManager
from transformers import AutoTokenizer

ROOT = Path(__file__).parents[2]
TASKS = ROOT / "eval_tasks"
BASE = ROOT / "workbench" / "demo" / "base"
ADAPTER = ROOT / "workbench" / "demo" / "adapter"
DEMO_QUESTIONS = {"questions": "demo-heldout", "shots_from": "demo-unseen"}


class ScriptedLM(LM):
    """A model of the harness that keeps what it was asked.

    `reply` makes an answer of a prompt; `logprob` makes a log-likelihood of a continuation.
    """

    tokenizer_name = "demo"

    def __init__(
        self,
        reply: Callable[[str], str | None] = lambda prompt: "",
        logprob: Callable[[str], float] = lambda continuation: -1.0,
    ) -> None:
        super().__init__()
        self.reply, self.logprob = reply, logprob
        self.history: list[tuple[Any, ...]] = []
        self.tokenizer = AutoTokenizer.from_pretrained(BASE)

    def loglikelihood(self, requests: Sequence[Instance], **_: Any) -> list[tuple[float, bool]]:
        self.history += [request.args for request in requests]
        return [(self.logprob(request.args[1]), False) for request in requests]

    def generate_until(self, requests: Sequence[Instance], **_: Any) -> list[str | None]:
        self.history += [request.args for request in requests]
        return [self.reply(request.args[0]) for request in requests]

    def loglikelihood_rolling(self, requests: Sequence[Instance], **_: Any) -> list[float]:
        raise NotImplementedError

    def apply_chat_template(self, chat_history: list[Any], add_generation_prompt: bool) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                chat_history, tokenize=False, add_generation_prompt=add_generation_prompt
            )
        )

    def chat_template(self, chat_template: bool | str = False) -> str:
        return str(self.tokenizer.chat_template)


def load_task(name: str, **metadata: Any) -> Any:
    """One task as the harness builds it, over the demo questions unless told otherwise."""
    manager = TaskManager(
        include_path=TASKS, include_defaults=False, metadata=DEMO_QUESTIONS | metadata
    )
    return manager.load([name])["tasks"][name]


def evaluate(lm: LM, name: str, metadata: dict[str, Any] | None = None, **options: Any) -> Any:
    """Results and samples of one task."""
    manager = TaskManager(
        include_path=TASKS, include_defaults=False, metadata=DEMO_QUESTIONS | (metadata or {})
    )
    return lm_eval.simple_evaluate(
        lm, tasks=[name], task_manager=manager, bootstrap_iters=0, **options
    )
