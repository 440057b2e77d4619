"""Financial statements, solved through the accounts behind them."""

from __future__ import annotations

import numpy as np

from tests.workbench.questions.fresh_solutions.registry import solves


def signed(change: str) -> float:
    """'매출채권 30백만원 증가' -> 30.0; a decrease is negative."""
    *_, amount, direction = change.split()
    value = float(amount.removesuffix("백만원").replace(",", ""))
    return value if direction == "증가" else -value


@solves("operating-cash-flow")
def _(
    income: float, wear: float, disposal: float, name: str, receivable: str, stock: str,
    payable: str,
) -> float:  # fmt: skip
    gain = disposal if name.endswith("이익") else -disposal
    return income + wear - gain - signed(receivable) - signed(stock) + signed(payable)


@solves("cash-from-customers")
def _(
    sales: float, expense: float, opening: float, closing: float, allowance: float,
    allowance_end: float, advance: float, advance_end: float,
) -> float:  # fmt: skip
    # Net assets from customers grow by sales less losses, and fall by what is collected.
    before = opening - allowance - advance
    after = closing - allowance_end - advance_end
    return before + sales - expense - after


@solves("equipment-cash-flow")
def _(
    opening: float, closing: float, worn: float, worn_end: float, bought: float, owed: float,
    charge: float, gain: float, name: str,
) -> float:  # fmt: skip
    # Net book value rolls forward: additions, depreciation, and what was sold.
    sold = (opening - worn) + bought - charge - (closing - worn_end)
    received = sold + (gain if name.endswith("이익") else -gain)
    return bought - owed - received


@solves("interest-paid")
def _(
    expense: float, amortised: float, owed: float, owed_end: float, prepaid: float,
    prepaid_end: float,
) -> float:  # fmt: skip
    # Interest of the year in cash terms, settled against what was owed and what was prepaid.
    net_before, net_after = owed - prepaid, owed_end - prepaid_end
    return net_before + (expense - amortised) - net_after


@solves("free-cash-flow")
def _(profit: float, interest: float, wear: float, spent: float, change: str, tax: float) -> float:
    amount = float(change.split("억원")[0].replace(",", ""))
    working = amount if change.endswith("늘었다") else -amount
    # From the owners' side: net income, with the lenders' share after tax added back.
    income = (profit - interest) * (1 - tax)
    return income + interest * (1 - tax) + wear - spent - working


@solves("goodwill")
def _(
    share: float, paid: float, fee: float, assets: float, debts: float, land: float, unseen: float
) -> float:
    return paid - share * (assets + land + unseen - debts)


@solves("noncontrolling-profit")
def _(
    share: float, income: float, step: float, life: int, up: float, down: float, margin: float
) -> float:
    adjusted = income - step / life - (up - up * (1 - margin))
    return adjusted - adjusted * share


@solves("equity-method-income")
def _(
    share: float, income: float, dividend: float, step: float, life: int, stock: float,
    margin: float,
) -> float:  # fmt: skip
    # Growth of the investment's carrying amount, with the dividend put back.
    growth = share * (income - dividend) - share * step / life - share * stock * margin
    return growth + share * dividend


def misstated(words: str) -> float:
    """'30백만원 과대' -> 30.0; an understatement is negative."""
    amount, direction = words.split()
    value = float(amount.removesuffix("백만원").replace(",", ""))
    return value if direction == "과대" else -value


@solves("inventory-errors")
def _(income: float, first: str, second: str, late: float) -> float:
    # Cost of sales = opening + purchases − closing, reported and true; purchases cancel.
    opening, closing = 1_000.0, 1_000.0
    reported_cost = (opening + misstated(first)) - (closing + misstated(second))
    true_cost = opening - closing
    return income + reported_cost - true_cost - late


@solves("closing-equity")
def _(
    opening: float, income: float, other: float, name: str, issued: float, dividend: float,
    bonus: float, treasury: float,
) -> float:  # fmt: skip
    capital = {"paid in": issued + bonus, "earned": opening + income - dividend - bonus}
    capital["other"] = (other if name == "이익" else -other) - treasury
    return sum(capital.values())


@solves("gross-margin-change")
def _(sales: list[float], cost: list[float], selling: list[float]) -> float:
    return float(np.diff(np.subtract(sales, cost) / np.array(sales))[0])
