"""The guard's upstream tasks on our engine, over rows of our own in upstream's shape.

Their data sets lie on the Hub. What is upstream's here is all else: templates, options, metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import lm_eval
import pytest
import yaml
from lm_eval.api.model import LM
from lm_eval.loggers import EvaluationTracker
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
from lm_eval.tasks._yaml_loader import load_yaml

from tests.data.lm_eval_tasks.upstream_rows import ASKED, splits_for
from tests.eval_tasks.harness_runs import ADAPTER, BASE, TASKS
from workbench.config import resolve_model
from workbench.engines.hf import HfEngine
from workbench.lm_eval_bridge import read_samples
from workbench.lm_eval_bridge.model import WorkbenchLM

UPSTREAM = Path(lm_eval.__file__).parent / "tasks"


def guarded() -> list[str]:
    """The tasks that are asked in the end, those of groups within the group as well."""
    names = yaml.safe_load((TASKS / "krx_guard" / "krx_guard.yaml").read_text("utf-8"))["task"]
    haerae = yaml.safe_load((UPSTREAM / "haerae" / "_haerae.yaml").read_text("utf-8"))["task"]
    return [leaf for name in names for leaf in (haerae if name == "haerae" else [name])]


MANAGER = TaskManager()


def upstream_task(name: str) -> dict[str, Any]:
    """Upstream's own definition, over our rows."""
    definition = load_yaml(MANAGER.task_index[name].yaml_path, resolve_func=True)
    return {**definition, "custom_dataset": splits_for(name)}


def evaluate(lm: LM, names: list[str], shots: int, **options: Any) -> Any:
    return lm_eval.simple_evaluate(
        lm,
        tasks=[upstream_task(name) for name in names],
        task_manager=MANAGER,
        num_fewshot=shots,
        bootstrap_iters=0,
        **options,
    )


@pytest.fixture(scope="module")
def ours() -> Iterator[WorkbenchLM]:
    spec = resolve_model("demo")
    with closing(HfEngine.load(spec, device="cpu", dtype="float32")) as engine:
        yield WorkbenchLM(engine, "tuned")


@pytest.fixture(scope="module")
def stock() -> HFLM:
    return HFLM(str(BASE), peft=str(ADAPTER), device="cpu", dtype="float32", batch_size=4)


def scores(results: Any, name: str) -> list[list[float]]:
    return [[score for score, _ in sample["filtered_resps"]] for sample in results["samples"][name]]


def test_upstream_tasks_score_on_our_engine_as_on_stock_lm_eval(
    ours: WorkbenchLM, stock: HFLM
) -> None:
    names = guarded()
    mine, theirs = (evaluate(lm, names, shots=2) for lm in (ours, stock))
    assert len(names) == len(mine["results"]) == 12
    for name in names:
        assert mine["results"][name]["acc,none"] == theirs["results"][name]["acc,none"]
        assert len(scores(mine, name)) == len(ASKED)
        for own, other in zip(scores(mine, name), scores(theirs, name), strict=True):
            assert own == pytest.approx(other, abs=1e-4)


@pytest.mark.parametrize("name", ["kmmlu_economics", "click_cul_economy", "haerae_history"])
def test_what_upstream_tasks_log_becomes_a_run(
    ours: WorkbenchLM, tmp_path: Path, name: str
) -> None:
    tracker = EvaluationTracker(output_path=str(tmp_path))
    results = evaluate(ours, [name], shots=0, evaluation_tracker=tracker)
    samples = results.pop("samples")
    tracker.save_results_aggregated(results, samples)
    tracker.save_results_samples(name, samples[name])
    (file,) = tmp_path.rglob(f"samples_{name}_*.jsonl")
    imported = read_samples(file, "tuned")
    correct = sum(answer.correct for answer in imported.answers)
    assert correct / len(ASKED) == results["results"][name]["acc,none"]
    assert imported.spec.prompt_format.startswith(f"lm_eval/{name}/")
