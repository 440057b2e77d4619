"""Known answers for what is said about scores."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap, chi2, permutation_test
from sklearn.metrics import brier_score_loss
from statsmodels.stats.contingency_tables import mcnemar

from workbench.stats import (
    ReliabilityBin,
    bootstrap_interval,
    brier_score,
    chance_adjusted,
    clustered_interval,
    design_effect,
    detectable_difference,
    expected_calibration_error,
    holm,
    mcnemar_exact,
    mcnemar_power,
    option_probabilities,
    recall_spread,
    reliability,
    sign_flip_test,
    wilson_interval,
)

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


# ── one share of questions that depend on each other ─────────────────────────────────────────


def clustered_outcomes(
    generator: np.random.Generator, clusters: int, share: float
) -> tuple[list[bool], list[int]]:
    """Questions in clusters of 1 to 7, with an intra-cluster correlation of 0.4."""
    sizes = generator.integers(1, 8, size=clusters)
    names = np.repeat(np.arange(clusters), sizes)
    ease = generator.beta(1.5 * share, 1.5 * (1 - share), size=clusters)
    return (generator.random(len(names)) < ease[names]).tolist(), names.tolist()


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # statsmodels 0.14.6
def test_the_design_effect_is_the_squared_ratio_of_the_standard_errors() -> None:
    from statsmodels.api import OLS

    outcomes, clusters = clustered_outcomes(np.random.default_rng(1), 40, 0.4)
    mean = OLS(np.array(outcomes, dtype=float), np.ones(len(outcomes)))
    robust = mean.fit(cov_type="cluster", cov_kwds={"groups": np.array(clusters)})
    ratio = (robust.bse[0] / mean.fit().bse[0]) ** 2
    assert design_effect(outcomes, clusters) == pytest.approx(ratio)
    assert ratio > 1.5


def test_questions_that_repel_each_other_do_not_make_an_interval_narrower() -> None:
    assert design_effect([0, 1] * 10, [question // 2 for question in range(20)]) == 1.0


def test_equal_outcomes_are_taken_for_clusters_that_stand_or_fall_as_one() -> None:
    assert design_effect([1] * 12, [question // 4 for question in range(12)]) == 4.0
    interval = clustered_interval([True] * 12, [question // 4 for question in range(12)])
    assert interval.low < wilson_interval(3, 3).low
    assert interval.high == 1.0


def test_with_a_cluster_for_each_question_the_interval_is_wilsons() -> None:
    outcomes = [True] * 46 + [False] * 66
    assert clustered_interval(outcomes, range(112)) == wilson_interval(46, 112)


def test_one_cluster_says_nothing_about_others() -> None:
    interval = clustered_interval([True, True, False], ["only document"] * 3)
    assert (interval.low, interval.high) == (0.0, 1.0)


@pytest.mark.parametrize(("clusters", "share"), [(20, 0.4), (40, 0.4), (40, 0.85)])
def test_clustered_intervals_hold_the_truth_as_often_as_they_say(
    clusters: int, share: float
) -> None:
    generator, held, held_by_wilson = np.random.default_rng(2), 0, 0
    for _ in range(600):
        outcomes, names = clustered_outcomes(generator, clusters, share)
        interval = clustered_interval(outcomes, names)
        naive = wilson_interval(sum(outcomes), len(outcomes))
        held += interval.low <= share <= interval.high
        held_by_wilson += naive.low <= share <= naive.high
    assert held / 600 > 0.92
    assert held_by_wilson / 600 < 0.84


@pytest.mark.parametrize(
    ("accuracy", "chance", "adjusted"), [(0.25, 0.25, 0), (1, 0.2, 1), (0, 0.2, -0.25)]
)
def test_guessing_is_zero_and_all_right_is_one(
    accuracy: float, chance: float, adjusted: float
) -> None:
    assert chance_adjusted(accuracy, chance) == pytest.approx(adjusted)


# ── pairs ────────────────────────────────────────────────────────────────────────────────────

# (only a right, only b right, p): binomial tails that a pocket calculator gives.
MCNEMAR = [(0, 0, 1.0), (3, 3, 1.0), (0, 5, 2 / 32), (1, 7, 2 * 9 / 256), (10, 2, 2 * 79 / 4096)]


@pytest.mark.parametrize(("only_a", "only_b", "p"), MCNEMAR)
def test_mcnemar_is_exact_and_symmetric(only_a: int, only_b: int, p: float) -> None:
    assert mcnemar_exact(only_a, only_b) == pytest.approx(p)
    assert mcnemar_exact(only_b, only_a) == mcnemar_exact(only_a, only_b)


def test_mcnemar_agrees_with_a_published_table() -> None:
    # Agresti, Categorical Data Analysis (2nd ed. 2002), table 10.1: approval of a prime minister in
    # two surveys, 794 twice, 150 only at first, 86 only later, 570 never. z² = 17.36, p < .0001.
    table = [[794, 150], [86, 570]]
    assert mcnemar_exact(150, 86) == pytest.approx(mcnemar(table, exact=True).pvalue)
    assert mcnemar_exact(150, 86) == pytest.approx(chi2.sf(17.36, df=1), rel=0.25)


def test_sign_flip_agrees_with_every_flip_enumerated() -> None:
    differences = [1, 1, 1, 0, -1, 1, 0, 1, 1, -1, 1, 1]
    clusters = "abbccdeeefgh"
    sums = np.bincount([ord(name) - ord("a") for name in clusters], differences)
    enumerated = permutation_test((sums,), np.sum, permutation_type="samples", n_resamples=np.inf)
    flipped = sign_flip_test(differences, clusters)
    assert flipped.p_value == pytest.approx(enumerated.pvalue)
    assert flipped.clusters == 8


def test_sign_flip_of_independent_questions_is_mcnemar() -> None:
    differences = [1] * 14 + [-1] * 5 + [0] * 93
    flipped = sign_flip_test(differences, range(112))
    assert flipped.p_value == pytest.approx(mcnemar_exact(5, 14), rel=1e-12)


def test_questions_that_stand_or_fall_together_count_once() -> None:
    together = sign_flip_test([1] * 20, [question // 5 for question in range(20)])
    assert together.clusters == 4
    assert together.p_value == pytest.approx(binomtest(0, 4).pvalue)


@pytest.mark.parametrize("differences", [[], [0, 0, 0], [1, -1, 0]])
def test_sides_without_a_net_difference_in_any_cluster_have_p_one(differences: list[int]) -> None:
    assert sign_flip_test(differences, ["one cluster"] * len(differences)).p_value == 1.0


def test_the_order_of_questions_and_the_names_of_clusters_mean_nothing() -> None:
    differences = random.Random(7).choices([-1, 0, 1, 1], k=200)
    clusters = [question // 3 for question in range(200)]
    turned = sign_flip_test(differences[::-1], [f"term {cluster}" for cluster in clusters[::-1]])
    assert turned == sign_flip_test(differences, clusters)


def test_every_question_needs_a_cluster() -> None:
    with pytest.raises(ValueError, match="zip"):
        sign_flip_test([1, 0], ["only one"])


def test_the_interval_of_a_difference_agrees_with_a_published_one() -> None:
    # Agresti's table again: the difference is −.04 with a 95 % interval of (−.06, −.02).
    interval = bootstrap_interval([-1] * 150 + [1] * 86 + [0] * 1364, range(1600))
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((-0.0587, -0.0213), abs=1e-3)


def test_the_interval_of_a_difference_agrees_with_scipy() -> None:
    a = np.random.default_rng(3).random(112) < 0.4
    b = np.random.default_rng(4).random(112) < 0.5
    theirs = bootstrap(
        (b.astype(float) - a,), np.mean, method="percentile", n_resamples=20_000, rng=5
    ).confidence_interval
    ours = bootstrap_interval((b.astype(int) - a).tolist(), range(112))
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs), abs=0.01)


def test_whole_clusters_are_drawn() -> None:
    generator = np.random.default_rng(6)
    clusters = [name for name in range(30) for _ in range(1 + name % 4)]
    differences = generator.choice([-1, 0, 1], size=len(clusters), p=[0.1, 0.6, 0.3])
    by_cluster = [differences[np.array(clusters) == name] for name in range(30)]
    means = [
        np.concatenate([by_cluster[name] for name in generator.integers(0, 30, 30)]).mean()
        for _ in range(5_000)
    ]
    interval = bootstrap_interval(differences.tolist(), clusters)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(
        tuple(np.quantile(means, [0.025, 0.975])), abs=0.015
    )


@pytest.mark.parametrize("differences", [[], [0, 0, 0], [1, 1]])
def test_an_interval_of_width_zero_is_none(differences: list[int]) -> None:
    assert bootstrap_interval(differences, range(len(differences))) is None


def test_the_same_seed_draws_the_same_interval() -> None:
    differences = random.Random(7).choices([-1, 0, 1, 1], k=200)
    drawn = [bootstrap_interval(differences, range(200), seed=seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_holm_agrees_with_worked_examples() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    # The fifteen p-values of Benjamini and Hochberg (1995), of which three survive.
    trial = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    trial += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert sum(p < 0.05 for p in holm(trial)) == 3
    assert holm([]) == ()


# ── power ────────────────────────────────────────────────────────────────────────────────────


def test_the_power_agrees_with_a_published_example() -> None:
    # O'Brien (2002), as in the manual of G*Power 3.1: 50 pairs, 40 % discordant, odds ratio 0.25,
    # power .839343 at one-sided alpha .05, which is two-sided .1 but for the other tail's 1e-5.
    assert mcnemar_power(50, 0.4, 0.24, alpha=0.1) == pytest.approx(0.839343, abs=5e-5)


def test_without_a_difference_the_power_stays_below_alpha() -> None:
    assert 0.02 < mcnemar_power(200, 0.3, 0.0) < 0.05
    assert mcnemar_power(200, 0.0, 0.0) == 0.0


# (n, what is published for it in points of accuracy)
PUBLISHED = [(112, 0.11, 0.14), (1000, 0.039, 0.048)]


@pytest.mark.parametrize(("n", "low", "high"), PUBLISHED)
@pytest.mark.parametrize("discordance", [0.2, 0.25])
def test_what_small_sets_can_see(n: int, low: float, high: float, discordance: float) -> None:
    detectable = detectable_difference(n, discordance)
    assert detectable is not None
    assert low < detectable < high
    assert mcnemar_power(n, discordance, detectable) == pytest.approx(0.8, abs=1e-3)


def test_sides_that_never_disagreed_have_a_smallest_difference_too() -> None:
    detectable = detectable_difference(112, 0.0)
    assert detectable is not None
    assert binomtest(0, 6).pvalue < 0.05 < binomtest(0, 5).pvalue  # so it takes six
    assert np.random.default_rng(8).binomial(112, detectable, 50_000).clip(5, 6).mean() == (
        pytest.approx(5.8, abs=0.01)
    )


@pytest.mark.parametrize(("n", "seen"), [(0, False), (5, False), (6, True)])
def test_fewer_than_six_questions_can_show_nothing(n: int, seen: bool) -> None:
    assert (detectable_difference(n, 0.5) is not None) is seen


# ── probabilities ────────────────────────────────────────────────────────────────────────────


def test_options_that_are_not_offered_have_no_probability() -> None:
    probabilities = option_probabilities([(-1.0, -1.0), (-300.0, -301.0, -302.0)])
    assert probabilities[0].tolist() == pytest.approx([0.5, 0.5, 0.0])
    assert probabilities.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert probabilities[1] == pytest.approx([0.6652, 0.2447, 0.0900], abs=1e-4)


def test_the_brier_score_agrees_with_scikit_learn() -> None:
    probabilities = np.random.default_rng(9).dirichlet(np.ones(5), size=40)
    right = np.random.default_rng(10).integers(0, 5, size=40)
    theirs = brier_score_loss(right, probabilities, labels=range(5), scale_by_half=False)
    assert brier_score(probabilities, right.tolist()) == pytest.approx(theirs)


def test_reliability_bins_have_equal_mass() -> None:
    confidences = np.random.default_rng(11).random(1000)
    bins = reliability(confidences.tolist(), (confidences > 0.5).tolist())
    assert [each.n for each in bins] == [100] * 10
    assert [each.correct for each in bins[:4] + bins[6:]] == [0] * 4 + [100] * 4
    assert bins[0].confidence == pytest.approx(0.05, abs=0.02)


def test_equal_confidences_share_a_bin_whatever_their_order() -> None:
    confidences, correct = [0.9, 0.3, 0.9, 0.9, 0.3, 0.9], [True, False, False, True, True, True]
    bins = reliability(confidences, correct, bins=3)
    assert bins == reliability(confidences[::-1], correct[::-1], bins=3)
    assert [(each.n, each.correct) for each in bins] == [(2, 1), (4, 3)]


def test_fewer_questions_than_bins_get_a_bin_each() -> None:
    assert [each.n for each in reliability([0.5, 0.7, 0.9], [True] * 3)] == [1, 1, 1]


def test_the_calibration_error_weighs_bins_by_their_questions() -> None:
    bins = (ReliabilityBin(30, 15, 0.6), ReliabilityBin(10, 10, 0.8))
    assert expected_calibration_error(bins) == pytest.approx(0.75 * 0.1 + 0.25 * 0.2)


# ── letters ──────────────────────────────────────────────────────────────────────────────────


def test_a_model_that_always_says_a_has_the_widest_spread() -> None:
    spread = recall_spread([25, 0, 0, 0], [25, 25, 25, 25])
    assert spread.observed == pytest.approx(np.std([1, 0, 0, 0]))
    assert spread.observed > 3 * spread.by_chance


def test_the_spread_by_chance_is_what_an_unbiased_model_shows() -> None:
    n = np.array([40, 30, 30, 12])
    hits = np.random.default_rng(12).binomial(n, 0.4, size=(20_000, 4))
    simulated = np.sqrt(np.var(hits / n, axis=1).mean())
    assert recall_spread([16, 12, 12, 5], n.tolist()).by_chance == pytest.approx(
        simulated, rel=0.02
    )
