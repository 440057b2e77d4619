"""Known answers for what is said about scores."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import binomtest, permutation_test

from workbench.stats import mcnemar_exact, sign_flip_test, wilson_interval

# (right, n, low, high): the first is the small validation set this project meets; the second
# and third are the worked examples of Newcombe (1998), table I, method 3.
WILSON = [(46, 112, 0.324, 0.503), (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)]


@pytest.mark.parametrize(("right", "n", "low", "high"), WILSON)
def test_wilson_intervals_agree_with_worked_examples(
    right: int, n: int, low: float, high: float
) -> None:
    interval = wilson_interval(right, n)
    assert interval.low == pytest.approx(low, abs=1e-3)
    assert interval.high == pytest.approx(high, abs=1e-3)


@pytest.mark.parametrize(("right", "low", "high"), [(0, 0.0, 0.1611), (20, 0.8389, 1.0)])
def test_wilson_intervals_stay_inside_zero_and_one(right: int, low: float, high: float) -> None:
    interval = wilson_interval(right, 20)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-4)
    assert 0.0 <= interval.low <= interval.high <= 1.0


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one answer, got n = 0"):
        wilson_interval(0, 0)


# (only a right, only b right, p): binomial tails that a pocket calculator gives.
MCNEMAR = [(0, 0, 1.0), (3, 3, 1.0), (0, 5, 2 / 32), (1, 7, 2 * 9 / 256), (10, 2, 2 * 79 / 4096)]


@pytest.mark.parametrize(("only_a", "only_b", "p"), MCNEMAR)
def test_mcnemar_is_exact_and_symmetric(only_a: int, only_b: int, p: float) -> None:
    assert mcnemar_exact(only_a, only_b) == pytest.approx(p)
    assert mcnemar_exact(only_b, only_a) == mcnemar_exact(only_a, only_b)


def test_sign_flip_agrees_with_every_flip_enumerated() -> None:
    differences = [1, 1, 1, 0, -1, 1, 0, 1, 1, -1, 1, 1]
    enumerated = permutation_test(
        (np.array(differences),), np.sum, permutation_type="samples", n_resamples=np.inf
    )
    drawn = sign_flip_test(differences, range(12))
    assert drawn.p_value == pytest.approx(enumerated.pvalue, abs=0.01)


def test_sign_flip_of_independent_questions_agrees_with_mcnemar() -> None:
    differences = [1] * 14 + [-1] * 5 + [0] * 93
    drawn = sign_flip_test(differences, range(len(differences)))
    assert drawn.p_value == pytest.approx(mcnemar_exact(5, 14), abs=0.01)
    assert drawn.clusters == 112


def test_questions_that_stand_or_fall_together_count_once() -> None:
    differences = [1] * 20
    alone = sign_flip_test(differences, range(20))
    together = sign_flip_test(differences, [question // 5 for question in range(20)])
    assert alone.p_value < 0.001
    assert together.clusters == 4
    assert together.p_value == pytest.approx(binomtest(0, 4).pvalue, abs=0.01)


@pytest.mark.parametrize("differences", [[], [0, 0, 0], [1, -1, 0]])
def test_sides_without_a_net_difference_in_any_cluster_have_p_one(differences: list[int]) -> None:
    assert sign_flip_test(differences, ["one cluster"] * len(differences)).p_value == 1.0


def test_the_p_value_never_reaches_zero() -> None:
    assert sign_flip_test([1] * 400, range(400), draws=999).p_value == pytest.approx(1 / 1000)


def test_the_same_seed_draws_the_same_p_value() -> None:
    differences = random.Random(7).choices([-1, 0, 1, 1], k=200)
    p_values = [sign_flip_test(differences, range(200), seed=seed).p_value for seed in (1, 1, 2)]
    assert p_values[0] == p_values[1] != p_values[2]


def test_every_question_needs_a_cluster() -> None:
    with pytest.raises(ValueError, match="zip"):
        sign_flip_test([1, 0], ["only one"])
