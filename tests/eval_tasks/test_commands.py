"""The harness's own command, as a user types it, with its own `hf` model on the demo pair.

Each way to call it is run once, in a process of its own, and what it says is compared with what
`workbench eval` says about the same questions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.eval_tasks.harness_runs import ADAPTER, BASE, DEMO_QUESTIONS, TASKS
from workbench.config import load_presets
from workbench.engines.hf import HfEngine
from workbench.evaluate import Procedure, RunSummary
from workbench.evaluate import evaluate as evaluate_run
from workbench.questions import load_questions
from workbench.schema import Answer, PromptStyle, Variant
from workbench.store import Store

LM_EVAL = Path(sys.executable).parent / "lm_eval"
N = 40
VANILLA = f"pretrained={BASE},dtype=float32"
TUNED = f"{VANILLA},peft={ADAPTER}"
COMMON = ["--model", "hf", "--device", "cpu", "--batch_size", "8", "--log_samples"]


class Outcome(NamedTuple):
    """What one call wrote: results by task, and the logged samples of the tasks."""

    results: dict[str, dict[str, Any]]
    samples: dict[str, list[dict[str, Any]]]


def run(arguments: Sequence[str], folder: Path) -> str:
    environment = {**os.environ, "HF_DATASETS_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [str(LM_EVAL), *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def call(arguments: Sequence[str], folder: Path, output: Path) -> Outcome:
    metadata = ["--metadata", json.dumps(DEMO_QUESTIONS)]
    run([*arguments, *COMMON, *metadata, "--output_path", str(output)], folder)
    (results,) = output.rglob("results_*.json")
    samples = {
        file.name.removeprefix("samples_").rsplit("_", 1)[0]: [
            json.loads(line) for line in file.read_text("utf-8").split("\n") if line
        ]
        for file in output.rglob("samples_*.jsonl")
    }
    return Outcome(json.loads(results.read_text("utf-8"))["results"], samples)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """From any folder with --include_path: the tuned side, natively asked."""
    tasks = "krx_mcqa,krx_mcqa_text,krx_mcqa_gen"
    arguments = ["--include_path", str(TASKS), "--tasks", tasks, "--model_args", TUNED]
    arguments += ["--limit", str(N), "--gen_kwargs", "max_gen_toks=24"]
    return call(arguments, tmp_path_factory.mktemp("away"), tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """`lm_eval --tasks krx_mcqa` inside eval_tasks/: the vanilla side, asked by chat."""
    arguments = ["--tasks", "krx_mcqa", "--model_args", VANILLA, "--limit", str(N)]
    return call([*arguments, "--apply_chat_template"], TASKS, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def engine() -> Iterator[HfEngine]:
    engine = HfEngine.load(load_presets()["demo"], device="cpu", dtype="float32")
    yield engine
    engine.close()


def workbench_eval(
    engine: HfEngine, variant: Variant, style: PromptStyle, folder: Path
) -> tuple[RunSummary, list[Answer]]:
    """What `workbench eval --method loglik` does."""
    questions = load_questions("demo-heldout").head(N)
    with Store(folder / "store.sqlite") as store:
        summary = evaluate_run(
            engine, variant, questions, Procedure(method="loglik", style=style), store=store
        )
        return summary, store.answers(summary.run.id)


def test_with_include_path_each_named_task_runs_and_no_other(elsewhere: Outcome) -> None:
    assert set(elsewhere.results) == {"krx_mcqa", "krx_mcqa_text", "krx_mcqa_gen"}
    assert {len(samples) for samples in elsewhere.samples.values()} == {N}


def test_inside_the_folder_the_bare_name_runs_one_task(inside: Outcome) -> None:
    assert set(inside.results) == {"krx_mcqa"}
    assert len(inside.samples["krx_mcqa"]) == N


def test_native_letters_score_as_in_the_workbench(
    elsewhere: Outcome, engine: HfEngine, tmp_path: Path
) -> None:
    summary, _ = workbench_eval(engine, "tuned", "native", tmp_path)
    assert elsewhere.results["krx_mcqa"]["acc,none"] == summary.accuracy
    assert elsewhere.results["krx_mcqa"]["chance,none"] == pytest.approx(summary.chance)


def test_chat_letters_score_as_in_the_workbench(
    inside: Outcome, engine: HfEngine, tmp_path: Path
) -> None:
    summary, _ = workbench_eval(engine, "vanilla", "chat", tmp_path)
    assert inside.results["krx_mcqa"]["acc,none"] == summary.accuracy


@pytest.mark.parametrize(("variant", "style"), [("tuned", "native"), ("vanilla", "chat")])
def test_each_letter_has_the_same_likelihood_as_in_the_workbench(
    variant: Variant, style: PromptStyle, request: Any, engine: HfEngine, tmp_path: Path
) -> None:
    outcome = request.getfixturevalue("elsewhere" if style == "native" else "inside")
    _, answers = workbench_eval(engine, variant, style, tmp_path)
    for answer, sample in zip(answers, outcome.samples["krx_mcqa"], strict=True):
        assert sample["doc"]["question_hash"] == answer.question_hash
        harness = [float(logprob) for ((logprob, _greedy),) in sample["resps"]]
        assert harness == pytest.approx(answer.option_logprobs, abs=1e-4)


def test_a_generated_answer_that_reached_the_limit_is_seen(elsewhere: Outcome) -> None:
    found = elsewhere.results["krx_mcqa_gen"]
    assert 0 <= found["truncated,none"] <= 1
    assert found["failed,none"] == 0
    assert {0.0, 1.0} >= {sample["truncated"] for sample in elsewhere.samples["krx_mcqa_gen"]}


def test_the_harness_validates_all_tasks(tmp_path: Path) -> None:
    names = ",".join(sorted(folder.name for folder in TASKS.glob("krx_*")))
    said = run(["validate", "--tasks", names, "--include_path", str(TASKS)], tmp_path)
    assert "All tasks found and valid" in said
