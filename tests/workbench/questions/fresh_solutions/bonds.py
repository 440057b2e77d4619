"""Bonds, interest rates, loans, and the value of shares and projects."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from tests.workbench.questions.fresh_solutions.registry import solves

FACE = 10_000.0


def worth(flows: list[float], rate: float) -> float:
    """By Horner's scheme, from the last flow back to today."""
    value = 0.0
    for flow in reversed(flows):
        value = (value + flow) / (1 + rate)
    return value


def bond(coupon: float, n: int) -> list[float]:
    flows = [FACE * coupon] * n
    flows[-1] += FACE
    return flows


@solves("coupon-bond-price")
def _(coupon: float, rate: float, n: int) -> float:
    # Par plus the value of the coupon's excess over the yield.
    return FACE + worth([FACE * (coupon - rate)] * n, rate)


@solves("macaulay-duration")
def _(coupon: float, rate: float, n: int) -> float:
    # The closed form for a coupon bond.
    y, c = rate, coupon
    return (1 + y) / y - (1 + y + n * (c - y)) / (c * ((1 + y) ** n - 1) + y)


@solves("duration-and-convexity")
def _(price: float, duration: float, convexity: float, move: float, verb: str) -> float:
    change = move if verb == "상승" else -move
    return price * float(np.polyval([convexity / 2, -duration, 0], change))


@solves("forward-rate")
def _(near: float, far: float, short: int, long: int) -> float:
    grown = long * np.log1p(far) - short * np.log1p(near)
    return float(np.expm1(grown / (long - short)))


@solves("spot-rate-bootstrapping")
def _(spot: float, coupon: float, price: float) -> float:
    def excess(rate: float) -> float:
        return FACE * coupon / (1 + spot) + FACE * (1 + coupon) / (1 + rate) ** 2 - price

    return brentq(excess, -0.5, 1, xtol=1e-14)


@solves("discount-paper-yield")
def _(term: int, discount: float, face: float) -> float:
    paid = face - face * discount * term / 365
    return (face - paid) / paid * 365 / term


@solves("real-return-after-tax")
def _(nominal: float, tax: float, inflation: float) -> float:
    kept = nominal - nominal * tax
    return (kept - inflation) / (1 + inflation)


@solves("default-risk-spread")
def _(risk_free: float, default: float, recovery: float) -> float:
    def expected_excess(promised: float) -> float:
        paid = 1 + promised
        return (1 - default) * paid + default * recovery * paid - (1 + risk_free)

    return brentq(expected_excess, 0, 1, xtol=1e-15) - risk_free


@solves("level-repayment-interest")
def _(loan: float, rate: float, n: int) -> float:
    def left_at_the_end(payment: float) -> float:
        balance = loan
        for _year in range(n):
            balance += balance * rate - payment
        return balance

    payment = brentq(left_at_the_end, 0, 2 * loan, xtol=1e-10)
    return (loan - (payment - loan * rate)) * rate


@solves("duration-target-switch")
def _(value: float, held: float, target: float, bought: float) -> float:
    kept, switched = np.linalg.solve([[1, 1], [held, bought]], [value, value * target])
    assert kept > 0
    return float(switched)


# ── shares and projects ──────────────────────────────────────────────────────────────────────


@solves("weighted-cost-of-capital")
def _(
    equity: float, debt: float, risk_free: float, premium: float, beta: float, borrowing: float,
    tax: float,
) -> float:  # fmt: skip
    shareholders = equity * (risk_free + beta * premium)
    lenders = debt * borrowing
    return (shareholders + lenders - tax * lenders) / (equity + debt)


@solves("relevered-beta")
def _(peer: float, ours: float, tax: float, beta: float, risk_free: float, premium: float) -> float:
    # Equity 1, debt `peer`: all assets but the tax shield carry the business risk.
    asset = beta / (1 + peer - tax * peer)
    return risk_free + premium * asset * (1 + ours - tax * ours)


@solves("constant-growth-value")
def _(paid: float, growth: float, required: float) -> float:
    years = np.arange(1, 4_000)
    return float(np.sum(paid * np.exp(years * (np.log1p(growth) - np.log1p(required)))))


@solves("two-stage-value")
def _(paid: float, fast: float, slow: float, required: float, n: int) -> float:
    total, dividend, factor = 0.0, paid, 1.0
    for year in range(1, 3_000):
        dividend *= 1 + (fast if year <= n else slow)
        factor /= 1 + required
        total += dividend * factor
    return total


@solves("net-present-value")
def _(outlay: float, flow: float, scrap: float, rate: float, n: int) -> float:
    flows = [flow] * n
    flows[-1] += scrap
    return worth(flows, rate) - outlay


@solves("equivalent-annual-cost")
def _(rate: float, n: int, price: float, upkeep: float, scrap: float) -> float:
    # What must be set aside each year: interest and sinking fund for what is lost, plus upkeep.
    sinking = rate / ((1 + rate) ** n - 1)
    return price * rate + (price - scrap) * sinking + upkeep
