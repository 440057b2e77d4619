"""What a model reads in the harness is what `workbench.prompts` writes, character by character."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from lm_eval.api.task import ConfigurableTask
from transformers import AutoTokenizer

from eval_tasks.selection import question_splits
from tests.eval_tasks.harness_runs import (
    BASE,
    DEMO_QUESTIONS,
    TASKS,
    ScriptedLM,
    evaluate,
    load_task,
)
from workbench.engines.base import render_with
from workbench.errors import InputError, SettingsError
from workbench.prompts import letter_continuations, mcqa_prompt
from workbench.questions import load_questions
from workbench.schema import PromptStyle

ASKED = load_questions("demo-heldout").questions
SHOWN = load_questions("demo-unseen").questions
N = 3


def read(name: str, style: PromptStyle, shots: int) -> list[tuple[Any, ...]]:
    """The arguments of every request that reached the model, in order."""
    lm = ScriptedLM()
    evaluate(
        lm, name, limit=N, num_fewshot=shots, apply_chat_template=style == "chat", log_samples=False
    )
    return lm.history


@pytest.mark.parametrize("shots", [0, 5])
@pytest.mark.parametrize("style", ["native", "chat"])
def test_letters_stand_behind_our_prompt(style: PromptStyle, shots: int) -> None:
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    expected = [
        (render_with(tokenizer, mcqa_prompt(q, style, SHOWN[:shots], letter_next=True)), letter)
        for q in ASKED[:N]
        for letter in letter_continuations(q)
    ]
    assert read("krx_mcqa", style, shots) == expected


@pytest.mark.parametrize("style", ["native", "chat"])
def test_texts_stand_behind_the_same_prompt_with_a_space(style: PromptStyle) -> None:
    letters = {context for context, _ in read("krx_mcqa", style, 1)}
    requests = read("krx_mcqa_text", style, 1)
    assert {context for context, _ in requests} == letters
    assert [text for _, text in requests] == [f" {o}" for q in ASKED[:N] for o in q.options]


@pytest.mark.parametrize("shots", [0, 5])
@pytest.mark.parametrize("style", ["native", "chat"])
def test_a_generated_answer_follows_our_prompt(style: PromptStyle, shots: int) -> None:
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    prompts = [mcqa_prompt(q, style, SHOWN[:shots]) for q in ASKED[:N]]
    requests = read("krx_mcqa_gen", style, shots)
    assert [context for context, _ in requests] == [render_with(tokenizer, p) for p in prompts]


def test_a_native_prompt_ends_at_the_colon_and_the_letter_brings_the_space() -> None:
    context, letter = read("krx_mcqa", "native", 0)[0]
    assert context.endswith("### 정답:")
    assert letter == " A"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"system_instruction": "Be brief."}, "--system_instruction changes what the model reads"),
    ({"cache_requests": True}, "--cache_requests keeps prompts under the task's name alone"),
    (
        {"apply_chat_template": True, "fewshot_as_multiturn": False, "num_fewshot": 2},
        "--fewshot_as_multiturn false puts all examples into one turn",
    ),
]


@pytest.mark.parametrize(("options", "reason"), REFUSED)
def test_what_would_change_the_prompt_is_refused(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        evaluate(ScriptedLM(), "krx_mcqa", limit=1, **options)


def test_examples_that_are_also_asked_are_refused() -> None:
    with pytest.raises(InputError, match=r"questions to show as examples are also asked"):
        evaluate(ScriptedLM(), "krx_mcqa", {"shots_from": "demo-heldout"}, limit=1, num_fewshot=1)


def test_examples_that_are_also_asked_do_no_harm_while_none_is_shown() -> None:
    evaluate(ScriptedLM(), "krx_mcqa", {"shots_from": "demo-heldout"}, limit=1)


def test_more_examples_than_there_are_is_refused() -> None:
    with pytest.raises(InputError, match=f"the few-shot set holds {len(SHOWN)} questions"):
        evaluate(ScriptedLM(), "krx_mcqa", limit=1, num_fewshot=len(SHOWN) + 1)


def test_the_results_say_which_questions_and_prompts_they_come_from() -> None:
    results = evaluate(ScriptedLM(), "krx_mcqa", limit=1, num_fewshot=2)
    noted = results["configs"]["krx_mcqa"]["metadata"]
    assert noted["question_set_hash"] == load_questions("demo-heldout").hash
    assert noted["prompt_format"] == mcqa_prompt(ASKED[0], "native").format
    assert noted["shots"] == [question.hash for question in SHOWN[:2]]


@pytest.mark.parametrize("shots", [0, 5])
def test_the_yaml_for_upstream_renders_the_same_prompts(shots: int) -> None:
    readme = (TASKS / "README.md").read_text("utf-8")
    (shown,) = re.findall(r"^```yaml\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    config = yaml.safe_load(shown) | {"num_fewshot": shots}
    del config["dataset_path"]
    config["custom_dataset"] = lambda **_: question_splits(**DEMO_QUESTIONS)
    upstream = ConfigurableTask(config=config)
    upstream.set_fewshot_seed(1234)
    upstream.build_all_requests(limit=N)
    assert [request.args for request in upstream.instances] == read("krx_mcqa", "native", shots)


def test_what_the_harness_shows_of_a_question_is_the_native_prompt() -> None:
    task = load_task("krx_mcqa")
    assert task.doc_to_text(task.task_docs[0]) == mcqa_prompt(ASKED[0], "native").text
