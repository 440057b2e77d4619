"""krx_fresh in the harness: which questions a seed asks, and what is refused."""

from __future__ import annotations

from typing import Any

import lm_eval
import pytest
from lm_eval.tasks import TaskManager

from eval_tasks.krx_fresh.utils import fresh_splits
from eval_tasks.selection import question_of
from tests.eval_tasks.harness_runs import TASKS, ScriptedLM
from workbench.errors import SettingsError
from workbench.prompts import mcqa_prompt
from workbench.questions import load_questions
from workbench.questions.fresh import fresh_questions


def asked(**metadata: Any) -> list[Any]:
    return [question_of(doc) for doc in fresh_splits(**metadata)["test"]]


def test_the_seed_and_the_number_choose_the_questions() -> None:
    assert asked(seed=5, n=7) == list(fresh_questions(5, 7).questions)


def test_without_them_the_published_draw_is_asked() -> None:
    assert asked() == list(load_questions("krx-fresh-20261122").questions)


def test_every_question_names_the_draw_that_it_comes_from() -> None:
    doc = fresh_splits(seed=5, n=7)["test"][0]
    drawn = fresh_questions(5, 7)
    assert (doc["question_set"], doc["question_set_hash"]) == ("krx-fresh-5", drawn.hash)


def test_examples_come_from_the_few_shot_set() -> None:
    shown = [question_of(doc) for doc in fresh_splits(seed=5, n=2)["dev"]]
    assert shown == list(load_questions("krx-mcqa-dev").questions)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"seed": 5}, "metadata has 'seed' alone; give both"),
    ({"n": 5}, "metadata has 'n' alone; give both"),
    ({"seed": "5", "n": 7}, "metadata key 'seed' is '5', expected a whole number"),
    ({"seed": 5, "n": 7.5}, r"metadata key 'n' is 7\.5, expected a whole number"),
    ({"seed": True, "n": 7}, "metadata key 'seed' is True, expected a whole number"),
    ({"seed": -5, "n": 7}, "seed -5 is negative"),
    ({"questions": "krx-mcqa"}, "krx_fresh draws its questions"),
]


@pytest.mark.parametrize(("metadata", "reason"), REFUSED)
def test_what_would_choose_no_draw_or_another_set_is_refused(
    metadata: dict[str, Any], reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason):
        fresh_splits(**metadata)


def test_a_model_reads_our_prompt_and_is_scored_by_area() -> None:
    metadata = {"seed": 5, "n": 12}
    manager = TaskManager(include_path=TASKS, include_defaults=False, metadata=metadata)
    lm = ScriptedLM()
    results = lm_eval.simple_evaluate(
        lm, tasks=["krx_fresh"], task_manager=manager, bootstrap_iters=0
    )
    questions = fresh_questions(**metadata).questions
    contexts = list(dict.fromkeys(context for context, _ in lm.history))
    assert contexts == [mcqa_prompt(question, "native").text for question in questions]
    assert results["results"]["krx_fresh"]["n/area/재무 비율 계산,none"] == 2
