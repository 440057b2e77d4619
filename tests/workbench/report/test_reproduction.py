"""Command lines that make a run again: they parse, and they say when they cannot."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.sittings import exam, sit
from workbench.analysis import analyse_run
from workbench.cli import build_parser
from workbench.compare import compare_runs
from workbench.config import load_presets
from workbench.questions import load_questions
from workbench.report.phrases import say
from workbench.report.reproduction import Reproduction, report_command, reproduction
from workbench.report.sides import Side
from workbench.schema import QuestionSet, Sampling
from workbench.store import Store

TWO = exam(2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


def again(store: Store, questions: QuestionSet = TWO, **fields: Any) -> Reproduction:
    engine = {"engine": "hf", "device": "cpu", "dtype": "float32", **fields.pop("engine", {})}
    letters = "A" * len(questions.questions)
    run = sit(store, questions, letters, engine=engine, **fields)
    analysis = analyse_run(run, store.answers(run.id), questions)
    return reproduction(Side("A", say("variant.tuned"), analysis), questions, load_presets())


def test_the_command_asks_the_same_as_the_run(store: Store) -> None:
    program, dash, module, *arguments = shlex.split(
        again(store, model="demo", style="native").command
    )
    assert (program, dash, module) == ("python", "-m", "workbench")
    args = build_parser().parse_args(arguments)
    assert (args.command, args.model, args.variant) == ("eval", "demo", "tuned")
    assert (args.method, args.prompt, args.batch_size, args.limit) == ("generate", "native", 32, 2)
    assert (args.device, args.dtype) == ("cpu", "float32")


# (fields of the engine, flags that name the model)
MODELS = [
    ({"model": "mine", "base": "me/base", "tuned": "me/lora"}, "--model me/base --adapter me/lora"),
    (
        {"base": "me/base", "tuned": "me/full", "loading": "two models in turn"},
        "--model me/base --tuned me/full",
    ),
    ({"base": "me/b", "tuned": "", "base_revision": "v1"}, "--model me/b --model-revision v1"),
    ({"base": "me/b; rm -rf x", "tuned": ""}, "--model 'me/b; rm -rf x'"),
]


@pytest.mark.parametrize(("engine", "flags"), MODELS)
def test_a_model_that_is_no_preset_is_named_by_its_parts(
    store: Store, engine: dict[str, str], flags: str
) -> None:
    assert f" {flags} --variant" in again(store, engine=engine).command


@pytest.mark.parametrize(
    ("origin", "flags"),
    [
        ("my questions.jsonl", "--questions 'my questions.jsonl' "),
        ("aiqwe/FinShibainu (validation) @ abc1", "--questions aiqwe/FinShibainu --revision abc1 "),
        ("", "--questions exam "),
    ],
)
def test_questions_are_named_by_where_they_came_from(store: Store, origin: str, flags: str) -> None:
    questions = TWO.model_copy(update={"origin": origin})
    assert flags in again(store, questions).command


def test_bundled_questions_are_named_by_their_name(store: Store) -> None:
    questions = load_questions("demo-heldout").head(2)
    command = again(store, questions).command
    assert "--questions demo-heldout --limit 2" in command


def test_a_repetition_is_asked_for(store: Store) -> None:
    assert again(store, spec={"repeat": 2}).command.endswith("--again")


def test_what_no_flag_gives_is_told(store: Store) -> None:
    assert again(store).beyond == ""
    other = again(store, sampling=Sampling(temperature=0.7), examples=exam(1, "shot").questions)
    assert other.beyond == "few-shot, sampling"


def test_the_report_itself_is_made_again_by_a_command(store: Store) -> None:
    a, b = (sit(store, TWO, "AA", style=style) for style in ("chat", "native"))
    comparison = compare_runs(store, a.id, b.id, varying=["prompt_style"])
    args = build_parser().parse_args(shlex.split(report_command(comparison))[3:])
    assert (args.command, args.a, args.b) == ("report", a.id, b.id)
    assert (args.varying, args.output) == (["prompt_style"], Path("report.html"))


def test_a_run_of_another_program_has_no_command(store: Store) -> None:
    assert again(store, engine={"engine": "lm_eval hf"}).command == ""
