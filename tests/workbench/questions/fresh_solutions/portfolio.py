"""Portfolios and an investor's own trades."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from tests.workbench.questions.fresh_solutions.registry import solves


def covariance(high: float, low: float, correlation: float) -> np.ndarray:
    scale = np.diag([high, low])
    return scale @ np.array([[1, correlation], [correlation, 1]]) @ scale


@solves("two-asset-risk")
def _(weight: float, rest: float, high: float, low: float, correlation: float) -> float:
    held = np.array([weight, rest])
    return float(np.sqrt(held @ covariance(high, low, correlation) @ held))


@solves("minimum-variance-weight")
def _(high: float, low: float, correlation: float) -> float:
    inverse = np.linalg.inv(covariance(high, low, correlation))
    return float((inverse @ [1, 1])[0] / ([1, 1] @ inverse @ [1, 1]))


@solves("jensen-alpha")
def _(fund: float, market: float, risk_free: float, beta: float) -> float:
    return (fund - risk_free) - beta * (market - risk_free)


@solves("m-squared")
def _(
    fund: float, market: float, risk_free: float, fund_risk: float, market_risk: float, beta: float
) -> float:
    mixed = market_risk / fund_risk  # the share of the fund beside cash
    return mixed * fund + (1 - mixed) * risk_free - market


@solves("information-ratio")
def _(
    fund: float, fund_risk: float, benchmark: float, benchmark_risk: float, correlation: float,
    risk_free: float,
) -> float:  # fmt: skip
    active = np.array([1, -1])
    error = np.sqrt(active @ covariance(fund_risk, benchmark_risk, correlation) @ active)
    return float((fund - benchmark) / error)


@solves("value-at-risk")
def _(value: float, daily: float, horizon: int, level: str) -> float:
    variance = horizon * daily**2
    return value * {"95%": 1.65, "99%": 2.33}[level] * float(np.sqrt(variance))


@solves("diversification-of-var")
def _(stocks: float, bonds: float, correlation: float) -> float:
    # The law of cosines, with the angle between two independent risks a right one.
    together = np.hypot(stocks + bonds * correlation, bonds * np.sqrt(1 - correlation**2))
    return float(stocks + bonds - together)


@solves("time-weighted-return")
def _(start: float, before: float, inflow: float, end: float) -> float:
    units = start  # at a price of 1
    price = before / units
    units += inflow / price
    return end / units - 1


@solves("optimal-risky-share")
def _(risky: float, risk_free: float, risk: float, aversion: int) -> float:
    def utility(share: float) -> float:
        return risk_free + share * (risky - risk_free) - aversion * (share * risk) ** 2 / 2

    # At the top it is as far down on one side as on the other.
    return brentq(lambda share: utility(share + 1) - utility(share - 1), 0, 50, xtol=1e-13)


# ── trades ───────────────────────────────────────────────────────────────────────────────────


@solves("margin-call-price")
def _(price: float, count: float, own: float, kept: float) -> float:
    loan = price * count - price * count * own
    return brentq(lambda p: p * count / loan - kept, 1, 10 * price, xtol=1e-9)


@solves("margin-trading-return")
def _(own: float, loan: float, rate: float, months: int, move: float, verb: str) -> float:
    value = (own + loan) * (1 + (move if verb == "오른" else -move))
    return (value - loan - loan * rate / 12 * months) / own - 1


@solves("after-tax-holding-return")
def _(bought: float, sold: float, dividend: float, tax: float, fee: float) -> float:
    return (sold * (1 - fee) + dividend - dividend * tax) / bought - 1


@solves("dividend-gross-up")
def _(dividend: float, gross_up: float, rate: float, withheld: float) -> float:
    # Each 1 of dividend: taxed at the rate, less the part of the credit that tax does not take back.
    return dividend * (rate - withheld - gross_up * (1 - rate))


@solves("constant-mix-trade")
def _(value: float, target: float, stock: float, bond: float, turned: str) -> float:
    up = 1 + (stock if turned == "오르고" else -stock)
    stocks, bonds = value * target * up, value * (1 - target) * (1 + bond)

    def off_target(sold: float) -> float:
        return (stocks - sold) / (stocks + bonds) - target

    return abs(brentq(off_target, -value, value, xtol=1e-10))


@solves("average-purchase-price")
def _(budget: float, paid: list[float]) -> float:
    return float(1 / np.mean(1 / np.array(paid)))
