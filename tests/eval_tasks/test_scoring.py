"""How single results count."""

from __future__ import annotations

import doctest
import importlib
import math

import pytest

from eval_tasks.scoring import (
    PLACEHOLDER_VARIABLE,
    adjusted_accuracy,
    choice_scores,
    has_failed,
    mean_of_part,
    most_likely,
)
from workbench.errors import EngineError
from workbench.schema import Question

QUESTION = Question(id="q", question="?", options=("가", "나", "다", "라"), answer="B")


@pytest.mark.parametrize(("letter", "accuracy"), [("B", 1.0), ("A", 0.0), (None, 0.0)])
def test_an_answer_counts_beside_its_chance(letter: str | None, accuracy: float) -> None:
    assert choice_scores(QUESTION, letter) == {
        "acc": accuracy,
        "chance": 0.25,
        "acc_adjusted": (accuracy, 0.25),
    }


def test_the_first_of_equally_likely_letters_is_taken() -> None:
    assert most_likely(QUESTION, [-2.0, -1.0, -1.0, -3.0]) == "B"


@pytest.mark.parametrize("nothing", [math.nan, -math.inf])
def test_a_likelihood_without_value_is_an_error_and_no_answer(nothing: float) -> None:
    with pytest.raises(EngineError, match="without value for question 'q'"):
        most_likely(QUESTION, [-1.0, nothing, -2.0, -3.0])


def test_adjusted_accuracy_uses_the_mean_chance_of_the_same_questions() -> None:
    assert adjusted_accuracy([(1.0, 0.25), (0.0, 0.5)]) == pytest.approx((0.5 - 0.375) / 0.625)


@pytest.mark.parametrize("module", ["eval_tasks.scoring", "eval_tasks.krx_qa.utils"])
def test_the_examples_in_docstrings_are_true(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted > 0
    assert found.failed == 0


def test_a_part_without_questions_has_no_mean() -> None:
    assert mean_of_part([None, 1.0, 0.0, None]) == 0.5
    assert mean_of_part([None, None]) == "N/A"


def test_a_call_has_failed_where_the_harness_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert has_failed(None)
    assert not has_failed("")
    monkeypatch.setenv(PLACEHOLDER_VARIABLE, "<none>")
    assert has_failed("<none>")
    assert not has_failed("")
