"""The command lines that ask and compare the same again, as far as flags can say it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from workbench import prompts
from workbench.compare import Comparison
from workbench.evaluate import greedy
from workbench.questions.load import bundled_names
from workbench.report.sides import Side
from workbench.schema import ModelSpec, QuestionSet, RunSpec

_PROGRAM = ("python", "-m", "workbench")
_HUB_ORIGIN = re.compile(r"(?P<name>\S+) \(\S+\) @ (?P<revision>\S+)")


@dataclass(frozen=True)
class Reproduction:
    """`command` is '' where another program made the run; `beyond` is what no flag gives."""

    side: Side
    command: str
    beyond: str


def reproduction(
    side: Side, question_set: QuestionSet, presets: Mapping[str, ModelSpec]
) -> Reproduction:
    """How a run is made again. Engines besides `hf` are started in ways that a run does not tell."""
    spec = side.spec
    if spec.engine.engine != "hf":
        return Reproduction(side, "", "")
    words = [
        *("eval", *_model(spec, presets), "--variant", spec.variant),
        *("--device", spec.engine.device, "--dtype", spec.engine.dtype),
        *(*_questions(question_set), "--limit", str(spec.n_questions)),
        *("--method", spec.method, "--prompt", spec.prompt_style),
        *("--batch-size", str(spec.batch_size)),
        *(["--again"] if spec.repeat else []),
    ]
    return Reproduction(side, _command(*words), _beyond(spec))


def _command(*words: str) -> str:
    return shlex.join([*_PROGRAM, *words])


def report_command(comparison: Comparison) -> str:
    varying = [word for each in comparison.varied for word in ("--varying", each.field)]
    a, b = comparison.a.run.id, comparison.b.run.id
    return _command("report", a, b, *varying, "-o", "report.html")


def _model(spec: RunSpec, presets: Mapping[str, ModelSpec]) -> list[str]:
    engine = spec.engine
    if engine.model in presets:
        return ["--model", engine.model]
    words = ["--model", engine.base]
    if engine.base_revision:
        words += ["--model-revision", engine.base_revision]
    if engine.tuned:
        full = engine.loading.startswith("two models")
        words += ["--tuned" if full else "--adapter", engine.tuned]
    return words


def _questions(question_set: QuestionSet) -> list[str]:
    if question_set.name in bundled_names():
        return ["--questions", question_set.name]
    if hub := _HUB_ORIGIN.fullmatch(question_set.origin):
        return ["--questions", hub["name"], "--revision", hub["revision"]]
    return ["--questions", question_set.origin or question_set.name]


def _beyond(spec: RunSpec) -> str:
    found = []
    if spec.prompt_hash != prompts.format_hash(spec.prompt_style, "mcqa"):
        found.append("few-shot")
    if spec.sampling is not None and spec.sampling != greedy(spec.engine.context_length):
        found.append("sampling")
    return ", ".join(found)
