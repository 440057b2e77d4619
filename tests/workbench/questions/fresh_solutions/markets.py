"""Indices, trading rules, funds, the economy."""

from __future__ import annotations

import numpy as np

from tests.workbench.questions.fresh_solutions.registry import solves


@solves("index-weighting")
def _(before: list[float], after: list[float], counts: list[float]) -> float:
    weights = np.array(before) * counts
    moves = np.array(after) / before - 1
    return float(np.average(moves, weights=weights))


@solves("index-base-adjustment")
def _(level: float, cap: float, issued: float, end: float) -> float:
    divisor = cap / level  # raised so that the new shares alone do not move the index
    divisor *= (cap + issued) / cap
    return end / divisor


def step(price: float) -> int:
    """The table as it stands in the question."""
    edges = [2_000, 5_000, 20_000, 50_000, 200_000]
    return [1, 5, 10, 50, 100][int(np.searchsorted(edges, price, side="right"))]


@solves("tick-size")
def _(price: float, steps: int, count: float) -> float:
    ladder = [p for p in range(int(price), int(price) + 2_000) if p % step(p) == 0]
    return (ladder[steps] - price) * count


@solves("price-limit")
def _(base: float, rate: float, count: int) -> float:
    width = max(w for w in range(int(base)) if w % step(base) == 0 and w <= base * rate + 1e-9)
    top = int(base) + width
    limit = next(p for p in range(top, 0, -1) if p % step(top) == 0)
    return (limit - base) * count


@solves("call-auction")
def _(prices: list[float], bids: list[int], asks: list[int]) -> tuple[object, ...]:
    orders = list(zip(prices, bids, asks, strict=True))

    def matched(price: float) -> int:
        willing = sum(bid for p, bid, _ in orders if p >= price)
        offered = sum(ask for p, _, ask in orders if p <= price)
        return min(willing, offered)

    volumes = sorted(map(matched, prices))
    assert volumes[-1] > volumes[-2]
    return "#원에 #주", max(prices, key=matched), volumes[-1]


@solves("ex-rights-price")
def _(price: float, ratio: float, issue: float) -> float:
    # A holder of 100 shares is as rich after paying for the new ones.
    return (100 * price + 100 * ratio * issue) / (100 + 100 * ratio)


@solves("etf-premium")
def _(assets: float, debts: float, count: float, market: float) -> float:
    worth = (assets * 1e8 - debts * 1e8) / (count * 1e4)
    return market / worth - 1


@solves("leveraged-fund")
def _(factor: float, moves: list[float]) -> float:
    value = 100.0
    for move in moves:
        value += value * factor * move
    return value / 100 - 1


@solves("implied-daily-move")
def _(index: float, volatility: float, horizon: int) -> float:
    yearly_variance = (index * volatility) ** 2
    return float(np.sqrt(yearly_variance / 252 * horizon))


@solves("real-growth")
def _(before: float, after: float, old: float, new: float) -> float:
    real = [100 * before / old, 100 * after / new]
    return float(np.diff(real)[0] / real[0])


@solves("credit-spread-change")
def _(state: list[float], asked: list[float], other: list[float]) -> float:
    return float(np.diff(np.subtract(asked, state))[0])
