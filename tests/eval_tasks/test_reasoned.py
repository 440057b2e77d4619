"""Letters behind the reasoning of a saved run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from tests.eval_tasks.harness_runs import BASE, ScriptedLM, evaluate, load_task
from workbench.engines.base import render_with
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import InputError, SettingsError
from workbench.evaluate import Procedure
from workbench.evaluate import evaluate as evaluate_run
from workbench.prompts import mcqa_prompt, reasoned_prompt
from workbench.questions import load_questions
from workbench.schema import Method, PromptStyle
from workbench.store import Store

HELDOUT = load_questions("demo-heldout").head(4)
REASONING = "이 설명은 재무상태표의 뜻이다. 따라서 정답은 B 입니다."


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., str]:
    """Exports a run of the first four questions, all answered with the same text."""

    def save(style: PromptStyle = "native", method: Method = "generate", shots: int = 0) -> str:
        engine = ScriptedEngine(replies=[f" {REASONING}### 정답: B"] * len(HELDOUT.questions))
        with Store(tmp_path / "store.sqlite") as store:
            summary = evaluate_run(
                engine,
                "tuned",
                HELDOUT,
                Procedure(
                    method=method,
                    style=style,
                    examples=load_questions("demo-unseen").questions[:shots],
                ),
                store=store,
            )
            file = tmp_path / f"{style}-{method}-{shots}.jsonl"
            file.write_text(store.export(summary.run.id), "utf-8")
        return str(file)

    return save


def contexts(saved_run: str, style: PromptStyle) -> list[str]:
    lm = ScriptedLM()
    chat = style == "chat"
    evaluate(lm, "krx_mcqa_cot", {"saved_run": saved_run}, apply_chat_template=chat)
    return list(dict.fromkeys(context for context, _ in lm.history))


@pytest.mark.parametrize("style", ["native", "chat"])
def test_letters_stand_behind_the_runs_own_reasoning(
    style: PromptStyle, saved: Callable[..., str]
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    expected = [
        render_with(tokenizer, reasoned_prompt(question, style, REASONING))
        for question in HELDOUT.questions
    ]
    assert contexts(saved(style), style) == expected


def test_the_native_text_is_the_one_that_training_has_before_the_letter(
    saved: Callable[..., str],
) -> None:
    context = contexts(saved(), "native")[0]
    question = mcqa_prompt(HELDOUT.questions[0], "native").text
    assert context == f"{question} {REASONING}### 정답:"


def test_only_the_questions_of_the_run_are_asked(
    saved: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    task = load_task("krx_mcqa_cot", saved_run=saved())
    assert [doc["id"] for doc in task.task_docs] == [q.id for q in HELDOUT.questions]
    assert "krx_mcqa_cot: only 4 of the " in caplog.text


def test_a_sample_names_the_run_that_it_continues(saved: Callable[..., str]) -> None:
    doc = load_task("krx_mcqa_cot", saved_run=saved()).task_docs[0]
    assert len(doc["saved_run"]) == 16
    assert doc["own_reasoning"] == REASONING


def refusal(**metadata: Any) -> str:
    with pytest.raises(InputError) as caught:
        load_task("krx_mcqa_cot", **metadata)
    return str(caught.value)


def test_without_a_saved_run_the_message_says_how_to_make_one() -> None:
    assert "python -m workbench export RUN -o FILE" in refusal()


def test_a_run_in_the_other_style_is_refused(saved: Callable[..., str]) -> None:
    with pytest.raises(SettingsError, match="add --apply_chat_template"):
        contexts(saved("chat"), "native")


def test_a_run_over_other_questions_is_refused(saved: Callable[..., str]) -> None:
    message = refusal(saved_run=saved(), questions="demo-unseen", shots_from="demo-heldout")
    assert "replied to 4 questions, and 0 of them are in 'demo-unseen'" in message


def test_a_run_that_scored_letters_is_refused(saved: Callable[..., str]) -> None:
    assert "scored letters and replied nothing" in refusal(saved_run=saved(method="loglik"))


def test_a_run_with_examples_is_refused(saved: Callable[..., str]) -> None:
    assert "was asked with other prompts" in refusal(saved_run=saved(shots=2))


BROKEN = [
    ("", "is empty"),
    ("not JSON\n", "line 1 is not JSON"),
    ("[1]\n", "line 1 is no object"),
    ('{"id": "a"}\n', "is no exported run"),
]


@pytest.mark.parametrize(("content", "reason"), BROKEN)
def test_a_file_that_is_no_export_is_refused(content: str, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "run.jsonl"
    file.write_text(content, "utf-8")
    assert reason in refusal(saved_run=str(file))


def test_a_file_that_is_cut_off_is_refused(saved: Callable[..., str]) -> None:
    file = Path(saved())
    lines = file.read_text("utf-8").splitlines(keepends=True)
    file.write_text("".join(lines[:-1]), "utf-8")
    assert "holds 3 of 4 answers" in refusal(saved_run=str(file))


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(saved_run=str(tmp_path / "none.jsonl"))
