"""What may be said about a score: intervals, paired tests, power, calibration, position bias.

Pure and seeded: the same counts give the same numbers everywhere. Formulas come from scipy and
statsmodels where they have them. They and numpy are imported where they are used, because
`--help` reaches this file.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CONFIDENCE = 0.95
ALPHA = 0.05
POWER = 0.8
DRAWS = 20_000
_DRAWS_AT_ONCE = 1_000  # bounds memory where clusters have many different sizes
BINS = 10


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval; both ends belong to it."""

    low: float
    high: float


# ── one share ────────────────────────────────────────────────────────────────────────────────


def wilson_interval(correct: int, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval of a proportion, inside [0, 1] even at 0 or n right.

    Raises ValueError at n = 0: nothing was measured, so no interval exists.

    >>> interval = wilson_interval(46, 112)  # 41 % of a small test set
    >>> round(interval.low, 2), round(interval.high, 2)
    (0.32, 0.5)
    """
    if n < 1:
        raise ValueError(f"an interval needs at least one answer, got n = {n}")
    from scipy.stats import binomtest

    interval = binomtest(correct, n).proportion_ci(confidence_level=confidence, method="wilson")
    return Interval(low=float(interval.low), high=float(interval.high))


def clustered_interval(
    outcomes: Sequence[bool], clusters: Sequence[Hashable], confidence: float = CONFIDENCE
) -> Interval:
    """Wilson's interval of a share whose questions may depend on each other within a cluster.

    n is replaced by an effective size: n over the design effect (the clustered variance of Miller
    2024, arXiv:2411.00640, over the independent one), shrunk by (t(n−1) / t(C−1))² for having
    only C clusters to estimate it from (Korn and Graubard 1998, Survey Methodology 24). Franco et
    al. (2019, J. Survey Stat. Methodol. 7) recommend Wilson's interval with such a size.
    Where each question is a cluster of its own it is `wilson_interval`; a single cluster of
    several questions says nothing about others and gives [0, 1]. Raises ValueError at n = 0.
    """
    n, groups = len(outcomes), len(set(clusters))
    if groups == n:
        return wilson_interval(sum(map(bool, outcomes)), n, confidence)
    if groups == 1:
        return Interval(0.0, 1.0)
    from scipy.stats import t
    from statsmodels.stats.proportion import proportion_confint

    few = t.isf((1 - confidence) / 2, n - 1) / t.isf((1 - confidence) / 2, groups - 1)
    size = n / design_effect(outcomes, clusters) * float(few) ** 2
    share = sum(map(bool, outcomes)) / n
    low, high = proportion_confint(share * size, size, 1 - confidence, method="wilson")
    # At a share of 0 or 1 rounding may step outside by 1e-17.
    return Interval(low=max(0.0, float(low)), high=min(1.0, float(high)))


def design_effect(values: Sequence[float], clusters: Sequence[Hashable]) -> float:
    """How many times larger clustering makes the variance of the mean; never below 1.

    The squared ratio of the cluster-robust standard error (with the factor C/(C−1) for C clusters)
    to the independent one. Values that are all equal cannot show how much a cluster has in common;
    the worst case is taken, Kish's Σm²/n of clusters that stand or fall as one.
    Raises ValueError where no value is given, or where a single cluster holds several.
    """
    import numpy as np

    x, codes = np.asarray(values, dtype=float), _codes(clusters)
    sizes = np.bincount(codes)
    n, groups = len(x), len(sizes)
    if not n or groups == 1 < n:
        raise ValueError(f"a design effect needs two clusters, got {groups} with n = {n}")
    if np.ptp(x) == 0:
        return float((sizes**2).sum() / n)
    residuals = x - x.mean()
    clustered = groups / (groups - 1) * (np.bincount(codes, residuals) ** 2).sum()
    independent = n / (n - 1) * (residuals**2).sum()
    return max(1.0, float(clustered / independent))


def chance_adjusted(accuracy: float, chance: float) -> float:
    """Accuracy on a scale where guessing is 0 and all right is 1; worse than guessing is negative.

    `chance` is the mean of 1/k over the same questions, below 1.

    >>> chance_adjusted(0.625, 0.25)
    0.5
    """
    return (accuracy - chance) / (1 - chance)


# ── two sides over the same questions ────────────────────────────────────────────────────────


@dataclass(frozen=True)
class SignFlipTest:
    """Two-sided p-value of a paired difference, and how many independent clusters it rests on."""

    p_value: float
    clusters: int


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided exact McNemar p-value from the two discordant counts.

    Questions that both sides got right, or both wrong, say nothing about which side is better;
    under the null hypothesis a discordant one falls to either side like a fair coin. Without any
    discordant question p is 1. The questions must be independent: see `sign_flip_test` otherwise.
    """
    if only_a + only_b == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(only_a, only_a + only_b, 0.5).pvalue)


def sign_flip_test(differences: Sequence[int], clusters: Sequence[Hashable]) -> SignFlipTest:
    """Exact permutation test of a paired difference whose questions may depend on each other.

    `differences` holds, for each question, right(b) − right(a): −1, 0 or 1. If the sides are equal,
    swapping them within a whole cluster changes nothing, so each cluster's sum may change its sign;
    p is the share of all such changes that lead at least as far from zero as what was seen.
    They are counted rather than drawn: sums are small integers, so the distribution is a product of
    binomials. Where each question is a cluster of its own, p is `mcnemar_exact`.
    """
    import numpy as np
    from scipy.stats import binom

    sums: Counter[Hashable] = Counter()
    for difference, cluster in zip(differences, clusters, strict=True):
        sums[cluster] += difference
    observed = abs(sum(sums.values()))
    if observed == 0:
        return SignFlipTest(p_value=1.0, clusters=len(sums))
    # Of the sums' absolute values, each is positive with probability one half. `mass[t]` is the
    # probability that the positive ones add up to t; the signed sum is then 2t − reach.
    mass: NDArray[np.floating] = np.ones(1)
    reach = 0
    for weight, count in sorted(Counter(abs(total) for total in sums.values() if total).items()):
        spread = np.zeros(weight * count + 1)
        spread[::weight] = binom.pmf(np.arange(count + 1), count, 0.5)
        mass = np.convolve(mass, spread)
        reach += weight * count
    tail = float(mass[: (reach - observed) // 2 + 1].sum())
    return SignFlipTest(p_value=min(1.0, 2 * tail), clusters=len(sums))


def bootstrap_interval(
    differences: Sequence[int],
    clusters: Sequence[Hashable],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    confidence: float = CONFIDENCE,
) -> Interval | None:
    """Percentile interval of the mean difference, whole clusters drawn with replacement.

    `differences` are as in `sign_flip_test`. Clusters of equal size and sum are the same to the
    mean, so how often each kind is drawn is drawn at once, as a multinomial: the distribution that
    drawing clusters one by one has, without the cost of 20,000 times 50,000 of them.
    With few clusters it is too narrow, as every bootstrap is; the sign-flip test decides.
    None where resampling changes nothing (no question, or clusters all of one kind): a
    width of zero would claim a certainty that nobody has.
    """
    import numpy as np

    codes = _codes(clusters)
    each = np.stack([np.bincount(codes), np.bincount(codes, differences)], axis=1).astype(np.int64)
    kinds, counts = np.unique(each, axis=0, return_counts=True)
    sizes, sums = kinds.T
    if len(np.unique(sums / np.maximum(sizes, 1))) < 2:
        return None
    generator = np.random.default_rng(seed)
    means = []
    for start in range(0, draws, _DRAWS_AT_ONCE):
        drawn = generator.multinomial(
            counts.sum(), counts / counts.sum(), size=min(_DRAWS_AT_ONCE, draws - start)
        )
        means.append((drawn @ sums) / (drawn @ sizes))
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p-values, in the order given: they may all be held against one alpha.

    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    if not p_values:
        return ()
    from statsmodels.stats.multitest import multipletests

    return tuple(multipletests(p_values, method="holm")[1].tolist())


# ── what n questions can see ─────────────────────────────────────────────────────────────────


def mcnemar_power(n: int, discordance: float, difference: float, alpha: float = ALPHA) -> float:
    """Probability that the exact McNemar test over n independent questions finds `difference`.

    `discordance` is the expected share of questions that one side alone gets right, at least
    |difference|. Exact: the test's power at each possible number of discordant questions,
    weighted by that number's probability (Duffy 1984, Biometrics 40).
    """
    if discordance == 0:
        return 0.0
    import numpy as np
    from scipy.stats import binom

    # Numbers of discordant questions that are not all but impossible: 50,000 questions have
    # some 1,300 of them.
    possible = np.arange(binom.ppf(1e-10, n, discordance), binom.isf(1e-10, n, discordance) + 1)
    # The highest count on the weaker side that is still significant; −1 where none is.
    limit = binom.ppf(alpha / 2, possible, 0.5)
    limit -= 2 * binom.cdf(limit, possible, 0.5) > alpha
    favoured = (1 + difference / discordance) / 2
    rejected = binom.cdf(limit, possible, favoured)
    rejected += binom.sf(possible - limit - 1, possible, favoured)
    return float(binom.pmf(possible, n, discordance) @ rejected)


def detectable_difference(
    n: int, discordance: float, *, alpha: float = ALPHA, power: float = POWER
) -> float | None:
    """The smallest difference that the exact McNemar test sees with this power over n questions.

    `discordance` is the share of questions that one side alone got right. A difference larger than
    that needs more discordant questions; it is taken to bring them along, all on its side.
    None where n is so small that even a difference of 1 would not be seen (n < 6 at alpha .05).

    >>> round(detectable_difference(112, 0.25), 3)  # the size of the published validation set
    0.137
    """
    from scipy.optimize import brentq

    def missing(difference: float) -> float:
        return power - mcnemar_power(n, max(discordance, difference), difference, alpha)

    if n < 1 or missing(1.0) > 0:
        return None
    return float(brentq(missing, 0.0, 1.0, xtol=1e-6))


# ── probabilities ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class ReliabilityBin:
    """Questions of like confidence: how sure the model was on average, how often it was right."""

    n: int
    correct: int
    confidence: float


def option_probabilities(logprobs: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Probability of each option among those offered: softmax of each question's log-likelihoods.

    One row for each question; rows of questions with fewer options are filled up with zeros.
    """
    import numpy as np
    from scipy.special import softmax

    filled = np.full((len(logprobs), max(map(len, logprobs))), -np.inf)
    for row, values in zip(filled, logprobs, strict=True):
        row[: len(values)] = values
    probabilities: NDArray[np.float64] = softmax(filled, axis=1)
    return probabilities


def brier_score(probabilities: NDArray[np.float64], right: Sequence[int]) -> float:
    """Mean over questions of Σ(p − outcome)² over the options: 0 is perfect, 2 the worst.

    Brier's original (1950) score, not halved; guessing scores the mean of 1 − 1/k. `right` is each
    question's place of the right option, from 0.
    """
    import numpy as np

    outcomes = np.zeros_like(probabilities)
    outcomes[np.arange(len(outcomes)), right] = 1
    return float(((probabilities - outcomes) ** 2).sum(axis=1).mean())


def reliability(
    confidences: Sequence[float], correct: Sequence[bool], bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Bins of equal mass, the least confident first, as a reliability diagram shows them.

    Equal confidences are never parted, so that the order of questions means nothing; with many of
    them bins are fewer and only roughly equal.
    """
    import numpy as np

    order = np.argsort(confidences, kind="stable")
    sure, hits = np.asarray(confidences)[order], np.asarray(correct)[order]
    cuts = np.searchsorted(sure, sure[np.arange(1, bins) * len(sure) // bins])
    edges = np.unique([0, *cuts, len(sure)])
    return tuple(
        ReliabilityBin(
            n=int(end - start),
            correct=int(hits[start:end].sum()),
            confidence=float(sure[start:end].mean()),
        )
        for start, end in itertools.pairwise(edges)
    )


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """Mean distance between confidence and accuracy over bins, weighted by their questions.

    Roelofs et al. (2022, AISTATS) find it less biased over bins of equal mass than of equal width.
    It stays above 0 by chance for a perfectly calibrated model, the more the smaller the bins.
    """
    n = sum(each.n for each in bins)
    return sum(abs(each.correct - each.n * each.confidence) for each in bins) / n


# ── letters ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class RecallSpread:
    """How unequal the letters' recalls are, beside what chance alone makes of equal ones."""

    observed: float
    by_chance: float


def recall_spread(recalled: Sequence[int], n: Sequence[int]) -> RecallSpread:
    """Standard deviation of recall over letters: RStd of Zheng et al. (2024, ICLR), as a share.

    For each letter, `n` counts the questions whose right option stands there (at least 1), and
    `recalled` those answered so. A model that prefers a letter recalls it well and others badly.
    `by_chance` is the root mean square spread at equal recall: √((1 − 1/L) · mean(p(1−p)/n)) over
    L letters. Letters that only questions with more options offer have harder questions.
    """
    import numpy as np

    hits, sizes = np.asarray(recalled, dtype=float), np.asarray(n, dtype=float)
    share = hits.sum() / sizes.sum()
    noise = (1 - 1 / len(sizes)) * (share * (1 - share) / sizes).mean()
    return RecallSpread(observed=float(np.std(hits / sizes)), by_chance=float(np.sqrt(noise)))


# ── inside ───────────────────────────────────────────────────────────────────────────────────


def _codes(clusters: Sequence[Hashable]) -> NDArray[np.intp]:
    """0, 1, 2, … for each cluster, in order of first appearance."""
    import numpy as np

    numbers: dict[Hashable, int] = {}
    codes = [numbers.setdefault(cluster, len(numbers)) for cluster in clusters]
    return np.array(codes, dtype=np.intp)
