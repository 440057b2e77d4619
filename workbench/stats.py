"""What may be said about a score: intervals and paired tests.

Pure and seeded: the same counts give the same numbers everywhere. Formulas come from scipy where
it has them. scipy and numpy are imported where they are used, because `--help` reaches this file.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
DRAWS = 20_000
_DRAWS_AT_ONCE = 100  # bounds memory: over 40,000 clusters these are 36 MB of signs


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval; both ends belong to it."""

    low: float
    high: float


@dataclass(frozen=True)
class SignFlipTest:
    """Two-sided p-value of a paired difference, and how many independent clusters it rests on."""

    p_value: float
    clusters: int


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


def sign_flip_test(
    differences: Sequence[int], clusters: Sequence[Hashable], *, draws: int = DRAWS, seed: int = 0
) -> SignFlipTest:
    """Permutation test of a paired difference whose questions may depend on each other.

    `differences` holds, for each question, right(b) − right(a): −1, 0 or 1. If the sides are equal,
    swapping them within a whole cluster changes nothing, so each cluster's sum may change its sign.
    p = (1 + hits) / (1 + draws), where a hit is a draw at least as far from zero as what was seen;
    the 1 counts what was seen itself and keeps p above zero (Phipson and Smyth 2010).
    Clusters that sum to zero cannot move the statistic and are left out of the draws; sums are
    integers, so ties are exact. Without any difference p is 1.
    """
    import numpy as np

    sums: dict[Hashable, int] = {}
    for difference, cluster in zip(differences, clusters, strict=True):
        sums[cluster] = sums.get(cluster, 0) + difference
    weights = np.array([total for total in sums.values() if total], dtype=np.int64)
    observed = abs(int(weights.sum()))
    generator = np.random.default_rng(seed)
    hits = 0
    for start in range(0, draws, _DRAWS_AT_ONCE):
        shape = (min(_DRAWS_AT_ONCE, draws - start), len(weights))
        signs = 2 * generator.integers(0, 2, size=shape, dtype=np.int8) - 1
        hits += int(np.count_nonzero(np.abs(signs @ weights) >= observed))
    return SignFlipTest(p_value=(1 + hits) / (1 + draws), clusters=len(sums))
