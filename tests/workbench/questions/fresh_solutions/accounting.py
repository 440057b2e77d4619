"""Accounting rules, solved by schedules and ledgers."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from tests.workbench.questions.fresh_solutions.registry import solves


@solves("declining-balance")
def _(cost: float, residual: float, life: int) -> float:
    book, charges = cost, []
    for _year in range(2):
        charges.append(book * 2 / life)
        book -= charges[-1]
    assert book > residual
    return charges[1]


@solves("sum-of-years-digits")
def _(cost: float, residual: float, life: int, month: int) -> float:
    digits = np.repeat(np.arange(life, 0, -1), 12)  # one for each month of use
    monthly = (cost - residual) * digits / digits.sum()
    first_of_second_year = 13 - month
    return float(monthly[first_of_second_year : first_of_second_year + 12].sum())


@solves("changed-useful-life")
def _(cost: float, life: int, used: int, remaining: int, residual: float, changed: float) -> float:
    book = cost
    for _year in range(used):
        book -= (cost - residual) / life
    return brentq(lambda charge: book - remaining * charge - changed, -cost, cost, xtol=1e-12)


@solves("impairment-reversal")
def _(
    cost: float, life: int, at_loss: int, at_gain: int, recoverable: float, restored: float
) -> float:
    book = untouched = cost
    for year in range(1, at_gain + 1):
        book -= book / (life - year + 1)
        untouched -= cost / life
        if year == at_loss:
            book = min(book, recoverable)
    return min(restored, untouched) - book


@solves("capitalised-borrowing-cost")
def _(
    special: float, general: float, special_rate: float, general_rate: float, first: float,
    second: float, month: int,
) -> float:  # fmt: skip
    spent = [first + (second if m >= month else 0) for m in range(1, 13)]
    general_use = sum(amount - special for amount in spent) / 12
    incurred = general * general_rate
    return special * special_rate + min(general_use * general_rate, incurred)


# ── inventories ──────────────────────────────────────────────────────────────────────────────


@solves("moving-average-cost")
def _(
    opening: float, first: float, bought: float, second: float, sold: float, later: float,
    third: float, sold_later: float,
) -> float:  # fmt: skip
    count = value = cost_of_sales = 0.0
    trades = [
        (opening, first),
        (bought, second),
        (-sold, None),
        (later, third),
        (-sold_later, None),
    ]
    for quantity, price in trades:
        amount = quantity * (value / count if price is None else price)
        count, value = count + quantity, value + amount
        cost_of_sales -= amount if price is None else 0
    return cost_of_sales


@solves("inventory-write-down")
def _(counts: list[float], costs: list[float], worth: list[float], selling: list[float]) -> float:
    carried = np.array(costs) * counts
    realisable = np.subtract(worth, selling) * counts
    return float((carried - np.minimum(carried, realisable)).sum())


# ── instruments, provisions ──────────────────────────────────────────────────────────────────


@solves("effective-interest-expense")
def _(face: float, coupon: float, effective: float, n: int, issue: float) -> float:
    book, expenses = issue, []
    for _year in range(n):
        expenses.append(book * effective)
        book += expenses[-1] - face * coupon
    assert abs(book - face) < 3  # the issue price is in whole won
    return expenses[1]


@solves("expected-credit-loss")
def _(amounts: list[float], rates: list[float], opening: float, written_off: float) -> float:
    account = opening
    account -= written_off
    return float(np.dot(amounts, rates)) - account


@solves("foreign-currency-payable")
def _(amount: float, bought: float, closing: float, settled: float, words: str) -> float:
    books = [amount * 10_000 * rate for rate in (bought, closing, settled)]
    rise = books[2] - books[1]
    return rise if "수출" in words else -rise


@solves("warranty-provision")
def _(
    sold: float, small: float, large: float, minor: float, major: float, none: float, spent: float
) -> float:
    assert abs(none + minor + major - 1) < 1e-12
    return sold * float(np.dot([0, small, large], [none, minor, major])) - spent


# ── revenue, leases, taxes, share-based payment ──────────────────────────────────────────────


@solves("revenue-over-time")
def _(price: float, planned: float, spent: float, revised: float, spent_so_far: float) -> float:
    revenue = [price * spent / planned, price * spent_so_far / revised]
    cost = [spent, spent_so_far]
    return (revenue[1] - revenue[0]) - (cost[1] - cost[0])


@solves("lessee-expense")
def _(payment: float, n: int, rate: float, direct: float) -> float:
    liability = 0.0
    for _year in range(n):
        liability = (liability + payment) / (1 + rate)
    asset = liability + direct
    liability += liability * rate - payment
    return liability * rate + asset / n


@solves("deferred-tax-expense")
def _(
    profit: float, fine: float, deductible: float, taxable: float, now: float, later: float
) -> float:
    # Tax now, and tax in the years in which the differences turn round.
    this_year = (profit + fine + deductible - taxable) * now
    turning = (taxable - deductible) * later
    return this_year + turning


@solves("share-based-payment")
def _(
    people: int, each: int, value: float, later_value: float, first: float, second: float,
    years_needed: int,
) -> float:  # fmt: skip
    staying = [people * (1 - left) for left in (first, second)]
    earned = [count * each * value * year / years_needed for year, count in enumerate(staying, 1)]
    return earned[1] - earned[0]
