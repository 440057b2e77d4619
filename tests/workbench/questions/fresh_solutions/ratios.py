"""Ratios, solved from a balance sheet, an income statement or a calendar of months."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from tests.workbench.questions.fresh_solutions.registry import solves


@solves("current-ratio-after-payment")
def _(assets: float, debts: float, moved: float, action: str) -> float:
    change = -moved if "갚았다" in action else moved
    return (assets + change) / (debts + change)


@solves("dupont")
def _(margin: float, turnover: float, leverage: float) -> float:
    equity = 100.0
    assets = equity + equity * leverage
    return assets * turnover * margin / equity


@solves("cash-conversion-cycle")
def _(sales: float, cost: float, receivable: float, stock: float, payable: float) -> float:
    a_day = {"sales": sales / 365, "cost": cost / 365}
    return receivable / a_day["sales"] + (stock - payable) / a_day["cost"]


@solves("sustainable-growth")
def _(equity: float, debt: float, income: float, dividend: float) -> float:
    return (equity + income - dividend) / equity - 1


@solves("combined-leverage")
def _(sales: float, variable: float, fixed: float, interest: float, change: float) -> float:
    def left(amount: float) -> float:
        return amount - amount * variable - fixed - interest

    return left(sales * (1 + change)) / left(sales) - 1


@solves("margin-of-safety")
def _(price: float, unit_cost: float, sold: float, fixed: float) -> float:
    even = brentq(lambda n: n * (price - unit_cost) - fixed * 1e6, 0, sold, xtol=1e-9)
    return (price * sold - price * even) / (price * sold)


@solves("target-profit-sales")
def _(margin: float, fixed: float, target: float, tax: float) -> float:
    return brentq(lambda s: (s * margin - fixed) * (1 - tax) - target, 0, 1e6, xtol=1e-9)


@solves("earnings-per-share")
def _(
    start: float, issued: float, bought: float, bonus: float, income: float, preferred: float,
    month_issued: int, month_bought: int,
) -> float:  # fmt: skip
    outstanding = []
    for month in range(1, 13):
        count = start * (1 + bonus)
        count += issued * (1 + bonus) if month >= month_issued else 0
        count -= bought if month >= month_bought else 0
        outstanding.append(count)
    return (income - preferred) / float(np.mean(outstanding))


@solves("diluted-earnings-per-share")
def _(
    count: float, income: float, converted: float, months: int, interest: float, tax: float
) -> float:
    shares = np.mean([count + (converted if month < months else 0) for month in range(12)])
    diluted = (income + interest - interest * tax) * 1e6 / float(shares)
    assert diluted < income * 1e6 / count
    return diluted


@solves("price-from-peers")
def _(income: float, count: float, growth: float, multiples: list[float]) -> float:
    capitalisation = income * 1e8 * (1 + growth) * float(np.mean(multiples))
    return capitalisation / (count * 1e4)


@solves("economic-value-added")
def _(
    assets: float, free: float, debt: float, profit: float, tax: float, own: float,
    borrowing: float,
) -> float:  # fmt: skip
    # What is left to the shareholders after interest and tax, less what they require.
    income = (profit - debt * borrowing) * (1 - tax)
    return income - (assets - free - debt) * own


@solves("price-from-ebitda")
def _(
    profit: float, wear: float, multiple: float, debt: float, cash: float, minority: float,
    count: float,
) -> float:  # fmt: skip
    def multiple_at(price: float) -> float:
        return (price * count / 1e4 + debt - cash + minority) / (profit + wear)

    return brentq(lambda price: multiple_at(price) - multiple, 0, 1e7, xtol=1e-8)


@solves("justified-price-to-book")
def _(book: float, growth: float, required: float, earned: float, paid: float) -> float:
    # Book value plus the value of all profits above the required return.
    value, held, factor = book, book, 1.0
    for _year in range(3_000):
        factor /= 1 + required
        value += held * (earned - required) * factor
        held *= 1 + growth
    return value
