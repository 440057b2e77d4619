"""The tasks as the harness finds them on disk."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from lm_eval._cli.run import Run
from lm_eval._cli.validate import Validate
from lm_eval.tasks import TaskManager
from lm_eval.tasks._yaml_loader import load_yaml

from tests.eval_tasks.harness_runs import ROOT, TASKS
from workbench.prompts import mcqa_prompt
from workbench.questions import load_questions

FOLDERS = sorted(path for path in TASKS.glob("krx_*") if path.is_dir())
NAMES = [folder.name for folder in FOLDERS]
README = (TASKS / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def manager() -> TaskManager:
    return TaskManager(include_path=str(TASKS))


def test_the_tasks_are_those_that_the_readme_describes() -> None:
    assert re.findall(r"^\| `(krx_\w+)` \|", README, re.MULTILINE) == NAMES


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_holds_one_yaml_that_is_named_as_its_task(folder: Path) -> None:
    (file,) = (path for path in folder.rglob("*") if path.suffix in {".yaml", ".yml"})
    config = load_yaml(file, resolve_func=False)
    assert file.stem == folder.name == config.get("task" if "class" in config else "group")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_function_that_a_yaml_names_exists(folder: Path) -> None:
    load_yaml(folder / f"{folder.name}.yaml", resolve_func=True)


def test_the_harness_finds_each_task_once(manager: TaskManager) -> None:
    assert sorted(name for name in manager.all_tasks if name.startswith("krx")) == NAMES


def test_no_name_of_ours_hides_one_of_the_harness(caplog: pytest.LogCaptureFixture) -> None:
    TaskManager(include_path=str(TASKS))
    assert "overrides existing task" not in caplog.text


# The data of the guard lie on the Hub, so that only its names can be checked here.
def test_the_guard_is_made_of_tasks_that_the_harness_knows(manager: TaskManager) -> None:
    group = yaml.safe_load((TASKS / "krx_guard" / "krx_guard.yaml").read_text("utf-8"))
    assert set(group["task"]) <= set(manager.all_tasks)
    subjects = {name.removeprefix("kmmlu_") for name in group["task"] if "kmmlu" in name}
    assert subjects == {"accounting", "economics", "taxation", "management", "law"}
    assert set(group["task"]) >= {"click_cul_economy", "click_cul_law", "haerae"}


# ── the sets that are asked where nothing else is said ───────────────────────────────────────


def test_the_few_shot_set_shares_nothing_with_the_test() -> None:
    asked, shown = (load_questions(name).questions for name in ("krx-mcqa", "krx-mcqa-dev"))
    assert not {question.hash for question in asked} & {question.hash for question in shown}
    assert not {question.question for question in asked} & {question.question for question in shown}


# ── the README ───────────────────────────────────────────────────────────────────────────────


def commands() -> Iterator[list[str]]:
    """Every `lm_eval` command in the README's code blocks, as words."""
    for block in re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("lm_eval "):
                yield shlex.split(line, comments=True)[1:]


def test_every_command_in_the_readme_parses() -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    subcommands = parser.add_subparsers()
    Run.create(subcommands)
    Validate.create(subcommands)
    shown = list(commands())
    assert len(shown) >= 6
    for words in shown:
        parser.parse_args(words if words[0] == "validate" else ["run", *words])


def test_the_readme_gives_include_path_first() -> None:
    first = next(commands())
    assert first[:2] == ["--include_path", "eval_tasks"]


def test_the_prompt_in_the_readme_is_what_a_model_reads() -> None:
    (shown,) = re.findall(r"^```text\n(### 질문: .*?)\n```", README, re.MULTILINE | re.DOTALL)
    asked = load_questions("krx-mcqa").questions
    assert shown in {mcqa_prompt(question, "native").text for question in asked}


def test_every_path_in_the_readme_exists() -> None:
    named = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    named += re.findall(r"`(?:\./)?((?:workbench|eval_tasks|train)/[\w/.-]+)`", README)
    for place in named:
        assert (TASKS / place).exists() or (ROOT / place).exists(), place
