"""What `--metadata` may say, and what the harness gets to know about each question."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from lm_eval.models.huggingface import HFLM
from lm_eval.models.openai_completions import LocalCompletionsAPI

from eval_tasks.selection import (
    KEYS,
    chosen,
    open_question_splits,
    question_of,
    question_splits,
)
from tests.eval_tasks.harness_runs import DEMO_QUESTIONS
from workbench.errors import InputError, SettingsError, UnknownNameError
from workbench.questions import load_questions


def test_every_question_carries_its_hash_and_its_set() -> None:
    heldout = load_questions("demo-heldout")
    doc = question_splits(**DEMO_QUESTIONS)["test"][1]
    assert question_of(doc) == heldout.questions[1]
    assert doc["question_hash"] == heldout.questions[1].hash
    assert (doc["question_set"], doc["question_set_hash"]) == (heldout.name, heldout.hash)


def test_the_bundled_sets_are_asked_where_nothing_is_said() -> None:
    splits = question_splits(version=1.0, config_source="krx_mcqa.yaml", pretrained="some/model")
    assert [splits[split][0]["question_set"] for split in splits] == ["krx-mcqa", "krx-mcqa-dev"]
    assert open_question_splits()["test"][0]["question_set"] == "krx-qa"


def test_a_file_of_the_users_own_is_read_as_the_workbench_reads_it(tmp_path: Path) -> None:
    row = {"question": "이자는?", "options": ["A. 쿠폰", "B. 배당"], "answer": "A"}
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps(row, ensure_ascii=False), "utf-8")
    (doc,) = question_splits(questions=str(file), shots_from="demo-unseen")["test"]
    assert (doc["id"], doc["options"]) == ("mine-0001", ["쿠폰", "배당"])


def test_a_hub_set_needs_its_revision() -> None:
    with pytest.raises(InputError, match="'aiqwe/FinShibainu' needs --revision"):
        question_splits(questions="aiqwe/FinShibainu")


def test_an_unknown_set_is_named_with_those_that_exist() -> None:
    with pytest.raises(
        UnknownNameError, match=r"unknown question set 'krx'; known: .*demo-heldout"
    ):
        question_splits(questions="krx")


MISSPELT = [
    ("question", "questions"),
    ("Questions", "questions"),
    ("question_revision", "questions_revision"),
    ("shot_from", "shots_from"),
    ("saved-run", "saved_run"),
]


@pytest.mark.parametrize(("key", "meant"), MISSPELT)
def test_a_misspelt_key_is_refused_and_the_known_ones_named(key: str, meant: str) -> None:
    with pytest.raises(SettingsError) as caught:
        chosen({key: "demo-heldout"})
    assert f"unknown metadata key '{key}'; did you mean '{meant}'?" in str(caught.value)
    assert all(known in str(caught.value) for known in KEYS)


VLLM_ARGUMENTS = "tokenizer_revision code_revision quantization reasoning_parser lora_local_path served_model_name"


@pytest.mark.parametrize("model", [HFLM, LocalCompletionsAPI])
def test_no_model_argument_is_taken_for_a_misspelt_key(model: type) -> None:
    named = [inspect.signature(place.__init__).parameters for place in model.__mro__]
    arguments = dict.fromkeys([*VLLM_ARGUMENTS.split(), *(name for n in named for name in n)], "x")
    assert chosen(arguments) == {}


@pytest.mark.parametrize("value", [7, "", " ", ["demo-heldout"], None])
def test_a_value_that_is_no_name_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError, match=r"metadata key 'questions' is .*, expected a name"):
        chosen({"questions": value})


def test_a_multiple_choice_set_for_open_questions_is_refused() -> None:
    with pytest.raises(InputError, match="run krx_qa in a call of its own"):
        open_question_splits(questions="demo-heldout")
