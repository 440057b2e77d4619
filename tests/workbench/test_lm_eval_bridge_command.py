"""`lm-eval`: one call for both variants, whose results are lm_eval's and whose answers are runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from workbench.compare import compare_runs
from workbench.config import resolve_model
from workbench.engines.hf import HfEngine
from workbench.errors import InputError, SettingsError, WorkbenchError
from workbench.evaluate import Procedure, evaluate
from workbench.lm_eval_bridge import command, read_samples, run_lm_eval
from workbench.questions import load_questions
from workbench.schema import VARIANTS, Run
from workbench.store import Store

TASKS = Path(__file__).parents[1] / "data" / "lm_eval_tasks"
QUESTIONS, SHOTS, ASKED = "demo-heldout", "demo-unseen", 3


class Evaluated(NamedTuple):
    printed: str
    output: Path
    store: Path

    def runs(self, task: str) -> dict[str, Run]:
        """By variant; a task's runs are known by what it asks and how."""
        found: dict[str, Run] = {}
        with Store(self.store) as store:
            for variant in VARIANTS:
                (file,) = (self.output / f"demo__{variant}").glob(f"samples_{task}_2*.jsonl")
                found[variant] = store.run(read_samples(file).spec.id)
        return found


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """A call as a user makes it: in chat style, with examples, both variants."""
    folder = tmp_path_factory.mktemp("lm_eval")
    output, store = folder / "results", folder / "store.sqlite"
    with redirect_stdout(StringIO()) as printed:
        status = run_lm_eval(
            [
                *("--tasks", "krx_mcqa,krx_mcqa_cot,krx_mcqa_gen,column_questions"),
                *("--metadata", f"questions={QUESTIONS}", f"shots_from={SHOTS}"),
                *("--num_fewshot", "2", "--apply_chat_template", "--limit", str(ASKED)),
                *("--gen_kwargs", "max_gen_toks=32", "--include_path", str(TASKS)),
                *("--output_path", str(output), "--log_samples", "--store", str(store)),
                *("--device", "cpu", "--dtype", "float32", "--batch_size", "4"),
            ]
        )
    assert status == 0
    return Evaluated(printed.getvalue(), output, store)


@pytest.fixture(scope="module")
def engine() -> Iterator[HfEngine]:
    with closing(HfEngine.load(resolve_model("demo"), device="cpu", dtype="float32")) as loaded:
        yield loaded


def results_of(evaluated: Evaluated, variant: str) -> dict[str, Any]:
    (file,) = (evaluated.output / f"demo__{variant}").glob("results_*.json")
    return dict(json.loads(file.read_text("utf-8")))


# ── what comes out ───────────────────────────────────────────────────────────────────────────


def test_each_variant_has_a_table_as_lm_eval_prints_it(evaluated: Evaluated) -> None:
    for variant in VARIANTS:
        assert f"workbench ({{'model': 'demo/{variant}'" in evaluated.printed
    assert evaluated.printed.count("|column_questions|") == len(VARIANTS)


def test_each_variant_has_a_folder_as_lm_eval_writes_it(evaluated: Evaluated) -> None:
    for variant in VARIANTS:
        written = sorted(file.name for file in (evaluated.output / f"demo__{variant}").iterdir())
        assert [name.rpartition("_")[0] for name in written] == [
            "results",
            "samples_column_questions",
            "samples_krx_mcqa",
            "samples_krx_mcqa_cot",
            "samples_krx_mcqa_gen",
        ]


def test_results_say_which_weights_answered(evaluated: Evaluated, engine: HfEngine) -> None:
    for variant in VARIANTS:
        config = results_of(evaluated, variant)["config"]
        assert (config["model"], config["variant"]) == ("workbench", variant)
        assert config["engine"] == engine.info.model_dump(mode="json")


@pytest.mark.parametrize("task", ["krx_mcqa", "krx_mcqa_cot", "krx_mcqa_gen", "column_questions"])
def test_the_variants_of_a_task_are_runs_that_can_be_compared(
    evaluated: Evaluated, task: str
) -> None:
    runs = evaluated.runs(task)
    with Store(evaluated.store) as store:
        comparison = compare_runs(store, runs["vanilla"].id, runs["tuned"].id)
    assert comparison.paired.n == ASKED
    assert not comparison.caveats


def test_letters_pair_with_a_run_of_our_own(
    evaluated: Evaluated, engine: HfEngine, tmp_path: Path
) -> None:
    imported = evaluated.runs("krx_mcqa")["tuned"]
    with Store(evaluated.store) as store:
        own = evaluate(
            engine,
            "tuned",
            load_questions(QUESTIONS).head(ASKED),
            Procedure(method="loglik", style="chat", examples=load_questions(SHOTS).questions[:2]),
            store=store,
        )
        comparison = compare_runs(store, imported.id, own.run.id)
        sides = store.answers(imported.id), store.answers(own.run.id)
    assert (comparison.paired.only_a, comparison.paired.only_b) == (0, 0)
    for theirs, ours in zip(*sides, strict=True):
        assert theirs.option_logprobs == pytest.approx(ours.option_logprobs, abs=1e-4)


def test_the_reasoning_comes_from_a_run_of_the_same_variant(evaluated: Evaluated) -> None:
    for variant in VARIANTS:
        (file,) = (evaluated.output / f"demo__{variant}").glob("samples_krx_mcqa_cot_*.jsonl")
        docs = [json.loads(line)["doc"] for line in file.read_text("utf-8").splitlines()]
        (run_id,) = {doc["saved_run"] for doc in docs}
        with Store(evaluated.store) as store:
            run, answers = store.run(run_id), store.answers(run_id)
        assert (run.spec.variant, run.spec.method) == (variant, "generate")
        for doc, answer in zip(docs, answers, strict=True):
            assert doc["own_reasoning"] in (answer.text or "")


# ── what is refused ──────────────────────────────────────────────────────────────────────────

REFUSED = [
    ([], InputError, "name the tasks, as in --tasks krx_mcqa"),
    (["--tasks", "t", "--use_cache", "c"], SettingsError, "its keys do not name the model"),
    (["--tasks", "t", "--model_args", "pretrained=x"], SettingsError, "--model_args is not for"),
    (["--tasks", "t", "-M", "hf"], SettingsError, "--model and --variant say what answers"),
    (["--tasks", "t", "--config", "c.yaml"], SettingsError, "give the flags themselves"),
    (["--tasks", "t", "--log_samples"], SettingsError, "Specify --output_path"),
    (["--tasks", "t", "--batch_size", "0"], SettingsError, "it must be 1 or more, or auto"),
    (["--tasks", "t", "--model", "dmo"], InputError, "unknown model 'dmo'"),
    (["--tasks", "krx_mcqa", "--output_path", __file__], InputError, "cannot be made"),
]


@pytest.mark.parametrize(("arguments", "kind", "named"), REFUSED)
def test_what_cannot_be_done_is_said_before_a_model_is_read(
    arguments: list[str], kind: type[WorkbenchError], named: str
) -> None:
    with pytest.raises(kind, match=named):
        run_lm_eval(arguments)


def test_a_flag_that_nobody_knows_is_an_error_of_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run_lm_eval(["--tasks", "t", "--fewshots", "5"])
    assert "unrecognized arguments: --fewshots 5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "available", "asked"), [(None, 7, None), (3.0, 7, 3), (0.5, 7, 4), (1.0, 7, 1)]
)
def test_the_limit_means_what_lm_eval_means(
    given: float | None, available: int, asked: int | None
) -> None:
    assert command._limit(given, available) == asked


def test_the_reasoning_is_about_the_questions_that_the_task_asks() -> None:
    from eval_tasks.selection import DEFAULT_QUESTIONS, KEYS

    assert command.DEFAULT_QUESTIONS == DEFAULT_QUESTIONS
    assert {command.SAVED_RUN, "questions", "questions_revision"} <= set(KEYS)
