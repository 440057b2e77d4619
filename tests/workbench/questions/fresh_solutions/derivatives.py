"""Options, futures, swaps and currencies: replication, backward induction, day-by-day accounts."""

from __future__ import annotations

import numpy as np

from tests.workbench.questions.fresh_solutions.registry import solves


@solves("put-call-parity")
def _(spot: float, strike: float, rate: float, months: int, call: float) -> float:
    # A call, a short share and a bond that pays the strike: whatever the share, a put's payoff.
    growth = 1 + rate * months / 12
    for end in (0.0, strike, 2 * strike):
        assert max(end - strike, 0) - end + strike == max(strike - end, 0)
    return (call * growth - spot * growth + strike) / growth


@solves("binomial-call")
def _(spot: float, up: float, down: float, believed: float, rate: float, strike: float) -> float:
    # Shares and cash that pay what the call pays in both states.
    ends = [spot * (1 + up), spot * (1 - down)]
    pays = [max(end - strike, 0) for end in ends]
    held, cash = np.linalg.solve([[end, 1 + rate] for end in ends], pays)
    return float(held * spot + cash)


@solves("two-step-put")
def _(spot: float, move: float, rate: float, strike: float) -> float:
    def value(price: float, left: int) -> float:
        if left == 0:
            return max(strike - price, 0)
        ends = [price * (1 + move), price * (1 - move)]
        worth = [value(end, left - 1) for end in ends]
        held, cash = np.linalg.solve([[end, 1 + rate] for end in ends], worth)
        return float(held * price + cash)

    return value(spot, 2)


@solves("straddle-payoff")
def _(strike: float, call: float, put: float, count: int, end: float, verb: str) -> float:
    bought = max(end - strike, 0) + max(strike - end, 0) - call - put
    return count * (bought if verb == "매수" else -bought)


@solves("delta-gamma-hedge")
def _(delta: float, gamma: float, book_delta: float, book_gamma: float) -> tuple[object, ...]:
    # Deltas in the first row, gammas in the second; a share has a delta of 1 and no gamma.
    options, stocks = np.linalg.solve([[delta, 1], [gamma, 0]], [-book_delta, -book_gamma])
    words = ["매수" if trade > 0 else "매도" for trade in (options, stocks)]
    return f"옵션 #계약 {words[0]}, 주식 #주 {words[1]}", abs(options), abs(stocks)


@solves("index-futures-price")
def _(index: float, rate: float, dividend: float, months: int) -> float:
    borrowed = index + index * rate * months / 12
    return borrowed - index * dividend * months / 12


@solves("index-arbitrage")
def _(
    index: float, rate: float, months: int, dividend: float, cost: float, count: float,
    market: float, multiplier: float,
) -> tuple[object, ...]:  # fmt: skip
    # Buy the index on credit, sell the futures; what is left at the end, per index point.
    left = market + dividend - index * (1 + rate * months / 12)
    words = "현물 매수·선물 매도" if left > 0 else "현물 매도·선물 매수"
    return f"{words}, #만원", (abs(left) - cost) * count * multiplier


@solves("minimum-variance-hedge")
def _(
    value: float, spot_risk: float, futures_risk: float, correlation: float, futures: float,
    multiplier: float,
) -> float:  # fmt: skip
    # The slope of a regression of the portfolio's won on one contract's won.
    contract = futures * multiplier * 10_000
    between = correlation * (spot_risk * value * 1e8) * (futures_risk * contract)
    return between / (futures_risk * contract) ** 2


@solves("bond-futures-duration-hedge")
def _(
    value: float, held: float, target: float, futures: float, sensitivity: float
) -> tuple[object, ...]:
    # Won lost per percent: the portfolio's now, what it shall be, and one contract's.
    contract = 100_000_000 / 10_000 * futures
    now, then = (value * 1e8 * years / 100 for years in (held, target))
    count = (then - now) / (contract * sensitivity / 100)
    return f"#계약 {'매수' if count > 0 else '매도'}", abs(count)


@solves("futures-margin-call")
def _(
    count: float, multiplier: float, bought: float, initial: float, maintenance: float, verb: str,
    closes: list[float],
) -> float:  # fmt: skip
    side = 1 if verb == "매수" else -1
    need = bought * multiplier * count * initial
    account, last = need, bought
    for close in closes:
        account += side * (close - last) * multiplier * count
        last = close
        if account < bought * multiplier * count * maintenance:
            return need - account
    raise AssertionError("no call")


@solves("swap-settlement")
def _(notional: float, fixed: float, floating: float, term: int, side: str) -> tuple[object, ...]:
    received = floating if side.startswith("고정금리를 지급") else fixed
    paid = fixed if side.startswith("고정금리를 지급") else floating
    net = notional * 10_000 * (received * term / 365 - paid * term / 365)
    return f"#만원 {'수취' if net > 0 else '지급'}", abs(net)


@solves("forward-rate-agreement")
def _(notional: float, agreed: float, settled_rate: float, term: int) -> float:
    # Worth of: borrow at the market for the term, pay only the agreed interest.
    share = term / 365
    return notional * 10_000 * (1 - (1 + agreed * share) / (1 + settled_rate * share))


# ── currencies ───────────────────────────────────────────────────────────────────────────────


@solves("forward-exchange-rate")
def _(spot: float, home: float, foreign: float, months: int) -> float:
    dollars = 1 / (1 + foreign * months / 12)  # grow to one dollar
    return dollars * spot * (1 + home * months / 12)


@solves("covered-interest-arbitrage")
def _(
    spot: float, forward: float, home: float, foreign: float, amount: float
) -> tuple[object, ...]:
    borrow_won = amount * (1 + foreign) * forward - amount * spot * (1 + home)
    borrow_dollars = amount * spot * (1 + home) - amount * (1 + foreign) * forward
    if borrow_won > 0:
        return "원화 차입·달러 운용, #만원", borrow_won
    return "달러 차입·원화 운용, #만원", borrow_dollars


@solves("triangular-arbitrage")
def _(won_rate: float, yen_rate: int, cross: float, start: float) -> tuple[object, ...]:
    dollars = start * 10_000
    by_yen = dollars * yen_rate / 100 * cross / won_rate - dollars
    by_won = dollars * won_rate / cross * 100 / yen_rate - dollars
    if by_yen > by_won:
        return "달러→엔→원→달러, #달러", by_yen
    return "달러→원→엔→달러, #달러", by_won


@solves("cross-rate-quotes")
def _(won_bid: float, won_ask: float, euro_bid: float, euro_ask: float, need: str) -> float:
    # The bank buys low and sells high, whichever way the customer goes.
    products = [won * euro for won in (won_bid, won_ask) for euro in (euro_bid, euro_ask)]
    return max(products) if need == "원화로 유로를 사려는" else min(products)
