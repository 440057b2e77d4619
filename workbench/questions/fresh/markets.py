"""How markets are measured and run: indices, price steps, auctions, new shares, funds, the economy."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from workbench.questions.fresh.amounts import (
    Amount,
    basis_points,
    eok_won,
    jo_won,
    man_shares,
    man_units,
    number,
    percent,
    points,
    root,
    shares,
    times,
    won,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, Phrase, family

# ── indices ──────────────────────────────────────────────────────────────────────────────────


@family("index-weighting", "시장 동향", "easy")
def index_weighting(dice: Dice) -> Draft:
    before = [won(dice.whole(8_000, 90_000, 1_000)) for _ in range(3)]
    after = [won(round(price * (1 + dice.rate(-12, 18)), -2)) for price in before]
    counts = [man_shares(dice.whole(100, 1_200, 100)) for _ in range(3)]
    names = ("갑", "을", "병")
    rows = "\n".join(
        f"| {name} | {old} | {new} | {count} |"
        for name, old, new, count in zip(names, before, after, counts, strict=True)
    )
    table = f"| 종목 | 전일 종가 | 당일 종가 | 상장주식수 |\n|---|---|---|---|\n{rows}"
    start = sum((p * n for p, n in zip(before, counts, strict=True)), Fraction())
    end = sum((p * n for p, n in zip(after, counts, strict=True)), Fraction())
    moves = [new / old - 1 for old, new in zip(before, after, strict=True)]
    end_weighted = sum(
        (move * p * n / end for move, p, n in zip(moves, after, counts, strict=True)), Fraction()
    )
    by_count = sum((m * n for m, n in zip(moves, counts, strict=True)), Fraction()) / sum(
        counts, Fraction()
    )
    largest = max(range(3), key=lambda i: before[i] * counts[i])

    def change(value: Fraction) -> Amount:
        return percent(value, 2, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"세 종목만으로 이루어진 시장의 자료가 다음과 같다.\n\n{table}\n\n시가총액가중 방식으로 산출한 당일의 지수 "
                "수익률은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"다음 세 종목으로 시가총액가중 주가지수를 만든다.\n\n{table}\n\n전일과 비교한 당일 지수의 등락률에 가장 "
                "가까운 것은?",
            ]
        ),
        given={"before": tuple(before), "after": tuple(after), "counts": tuple(counts)},
        right=change(end / start - 1),
        mistakes={
            "가격가중 방식으로 계산하면": change(
                sum(after, Fraction()) / sum(before, Fraction()) - 1
            ),
            "세 종목의 등락률을 단순평균하면": change(sum(moves, Fraction()) / 3),
            "당일의 시가총액을 가중치로 쓰면": change(end_weighted),
            "상장주식수를 가중치로 쓰면": change(by_count),
            "전일 대신 당일의 시가총액으로 나누면": change(1 - start / end),
            "시가총액이 가장 큰 종목만 보면": change(moves[largest]),
            "등락률이 가운데인 종목만 보면": change(sorted(moves)[1]),
        },
        reasoning="시가총액가중 지수의 수익률은 전체 시가총액의 변화율이다. 시가총액은 "
        f"{eok_won(start / 10_000)}에서 {eok_won(end / 10_000)}으로 변하였으므로 수익률은 "
        f"{change(end / start - 1)}이다.",
    )


@family("index-base-adjustment", "시장 동향", "hard")
def index_base_adjustment(dice: Dice) -> Draft:
    level = points(dice.between(180, 420, "0.5"))
    cap = eok_won(dice.whole(20, 90) * 1_000)
    issued = eok_won(dice.whole(10, 120) * 100)
    change = dice.rate(-6, 8, "0.5") or Fraction("0.02")
    end = eok_won(round((cap + issued) * (1 + change), -1))
    grown = end / (cap + issued)

    def index(value: Fraction) -> Amount:
        return points(level * value, 2)

    return Draft(
        question=dice.one_of(
            [
                f"시가총액가중 지수의 전일 종가는 {level}, 구성종목의 시가총액은 {cap}이었다. 당일 장 시작 전에 유상증자로 "
                f"시가총액이 {issued}만큼 늘어 기준시가총액을 수정하였고, 당일 종가의 시가총액은 {end}이다. 당일의 지수 "
                "종가는? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"시가총액 {cap}에서 {level}로 끝난 시가총액식 주가지수가 있다. 다음 날 개장 전 신주 상장으로 시가총액이 "
                f"{issued} 늘었고 지수의 연속성을 위해 기준시가총액을 고쳤다. 그날 시가총액이 {end:으로/로} 마감하였다면 지수의 "
                "종가에 가장 가까운 것은?",
            ]
        ),
        given={"level": level, "cap": cap, "issued": issued, "end": end},
        right=index(grown),
        mistakes={
            "기준시가총액을 수정하지 않으면": index(end / cap),
            "늘어난 시가총액을 종가에서 빼고 비교하면": index((end - issued) / cap),
            "늘어난 시가총액을 기준에서 빼면": index(end / (cap - issued)),
            "늘어난 시가총액을 종가에도 더하면": index((end + issued) / (cap + issued)),
            "신주를 종가에서만 빼면": index((end - issued) / (cap + issued)),
            "수정 후의 변화율을 거꾸로 적용하면": index(1 / grown),
            "증자만으로 지수가 바뀌었다고 보면": index((cap + issued) / cap),
        },
        reasoning="신주 상장처럼 주가와 관계없는 시가총액의 변동은 기준시가총액을 같은 비율로 고쳐 지수에 반영하지 않는다. "
        f"수정 후의 출발점은 {eok_won(cap + issued)}이므로 지수는 {level.bare} × {end.bare} ÷ "
        f"{eok_won(cap + issued).bare} = {index(grown)}이다.",
    )


# ── trading rules ────────────────────────────────────────────────────────────────────────────


class Band(NamedTuple):
    """Prices below `limit` move in steps of `step`."""

    limit: int
    step: int


BANDS = (Band(2_000, 1), Band(5_000, 5), Band(20_000, 10), Band(50_000, 50), Band(200_000, 100))
_STEP_TABLE = (
    "| 가격 | 호가가격단위 |\n|---|---|\n| 2,000원 미만 | 1원 |\n| 2,000원 이상 5,000원 미만 | 5원 |\n"
    "| 5,000원 이상 20,000원 미만 | 10원 |\n| 20,000원 이상 50,000원 미만 | 50원 |\n"
    "| 50,000원 이상 200,000원 미만 | 100원 |"
)


def _step(price: Fraction | int) -> int:
    """The price step of the table, which a question shows as it is."""
    return next(band.step for band in BANDS if price < band.limit)


def _moved(price: int, steps: int) -> int:
    """The price so many steps up, each by the step of the price that it starts from."""
    for _ in range(steps):
        price += _step(price)
    return price


@family("tick-size", "시장 동향", "easy")
def tick_size(dice: Dice) -> Draft:
    band = dice.one_of((0, 1, 2, 3))
    border, small, large = BANDS[band].limit, BANDS[band].step, BANDS[band + 1].step
    below, above = dice.whole(2, 9), dice.whole(2, 9)
    price = won(border - below * small)
    steps = below + above
    count = shares(dice.whole(10, 90, 10))

    def total(end: int) -> Amount:
        return won((end - price) * count)

    return Draft(
        question=dice.one_of(
            [
                f"어느 시장의 호가가격단위가 다음과 같다.\n\n{_STEP_TABLE}\n\n{price}에 산 주식 {count:을/를} 그보다 {steps}단위 "
                "높은 호가에 모두 팔았을 때 매매차익은? (비용과 세금은 없다.)",
                f"호가가격단위를 다음 표와 같이 정한 시장이 있다.\n\n{_STEP_TABLE}\n\n주가 {price}에서 호가가 한 단위씩 {steps}번 "
                f"올랐다면, 처음 가격에 {count:을/를} 산 투자자의 평가이익은?",
            ]
        ),
        given={"price": price, "steps": steps, "count": count},
        right=total(_moved(int(price), steps)),
        mistakes={
            "처음 가격의 호가가격단위를 계속 적용하면": total(int(price) + steps * small),
            "오른 뒤의 호가가격단위를 처음부터 적용하면": total(int(price) + steps * large),
            "한 단위를 더 세면": total(_moved(int(price), steps + 1)),
            "한 단위를 덜 세면": total(_moved(int(price), steps - 1)),
            "경계까지의 변동만 계산하면": total(border),
            "경계를 넘은 뒤의 변동만 계산하면": total(int(price) + above * large),
            "두 호가가격단위의 평균을 적용하면": won((small + large) * steps * count / 2),
        },
        reasoning=f"{won(border)} 미만에서는 {won(small)}, 그 이상에서는 {won(large)}씩 움직인다. {price}에서 {below}단위를 올라 "
        f"{won(border):이/가} 되고 나머지 {above}단위는 {won(large)}씩 올라 "
        f"{won(_moved(int(price), steps)):이/가} 된다. 주당 {won(_moved(int(price), steps) - price)}에 "
        f"{count:을/를} 곱하면 {total(_moved(int(price), steps))}이다.",
    )


@family("price-limit", "시장 동향", "hard")
def price_limit(dice: Dice) -> Draft:
    # Base prices whose upper limit lies in a band with a larger step.
    low, high = dice.one_of(((3_900, 4_950), (15_500, 19_900), (38_600, 49_500)))
    step = _step(low)
    base = won(dice.whole(low, high, step))
    rate = percent(Fraction("0.3"))
    width = int(base * rate) // step * step
    unrounded = int(base) + width
    limit = unrounded // _step(unrounded) * _step(unrounded)
    count = dice.whole(100, 900, 100)

    def money(price: Fraction | int) -> Amount:
        return won((price - base) * count, 0)

    upward = -(-unrounded // _step(unrounded)) * _step(unrounded)
    return Draft(
        question=dice.one_of(
            [
                f"호가가격단위가 다음과 같은 시장에서 가격제한폭은 기준가격의 {rate}이다. 제한폭은 기준가격의 호가가격단위 "
                "미만을 버려 구하고, 상한가는 기준가격에 제한폭을 더한 뒤 그 가격대의 호가가격단위 미만을 버려 "
                f"정한다.\n\n{_STEP_TABLE}\n\n기준가격이 {base}인 주식 {count}주를 기준가격에 사서 상한가에 팔 때의 "
                "매매차익은? (비용과 세금은 없다.)",
                f"다음은 어느 시장의 호가가격단위이다.\n\n{_STEP_TABLE}\n\n상한가는 기준가격에 가격제한폭(기준가격의 {rate}, "
                "기준가격의 호가가격단위 미만 버림)을 더하고 그 결과가 속한 가격대의 호가가격단위 미만을 버린 가격이다. "
                f"기준가격 {base}에 산 {count}주를 상한가에 모두 팔면 매매차익은 얼마인가? (비용과 세금은 없다.)",
            ]
        ),
        given={"base": base, "rate": rate, "count": count},
        right=money(limit),
        mistakes={
            "호가가격단위를 고려하지 않으면": money(base * (1 + rate)),
            "기준가격의 호가가격단위만 적용하면": money(unrounded),
            "버리지 않고 올려서 정하면": money(upward),
            "상한가의 호가가격단위로 한 번 더 내리면": money(limit - _step(limit)),
            "상한가의 호가가격단위로 한 번 더 올리면": money(limit + _step(limit)),
            "상한가보다 두 단위 낮게 잡으면": money(limit - 2 * _step(limit)),
            "기준가격의 30% 대신 상한가의 30%를 더하면": money(base / (1 - rate)),
        },
        reasoning=f"제한폭은 {base} × {rate} = {won(base * rate)}에서 {won(step)} 미만을 버린 {won(width)}이다. 더한 값 "
        f"{won(unrounded)}이 속한 가격대의 호가가격단위는 {won(_step(unrounded))}이므로 상한가는 {won(limit)}이고, "
        f"차익은 {won(limit - base)} × {count}주 = {money(limit)}이다.",
    )


@family("call-auction", "시장 동향", "hard")
def call_auction(dice: Dice) -> Draft:
    start, step = dice.whole(10_000, 18_000, 100), 10
    prices = [won(start + step * n) for n in range(5)]
    bids = [dice.whole(1, 9) * 100 for _ in prices]
    asks = [dice.whole(1, 9) * 100 for _ in prices]
    demand = [sum(bids[n:]) for n in range(5)]
    supply = [sum(asks[: n + 1]) for n in range(5)]
    volumes = [min(pair) for pair in zip(demand, supply, strict=True)]
    # Which price wins a tie is a rule of its own, so a tie is no question.
    best = max(range(5), key=volumes.__getitem__)
    unique = volumes.count(volumes[best]) == 1
    rows = "\n".join(
        f"| {number(ask)} | {price} | {number(bid)} |"
        for ask, price, bid in reversed(list(zip(asks, prices, bids, strict=True)))
    )
    table = f"| 매도 수량(주) | 가격 | 매수 수량(주) |\n|---|---|---|\n{rows}"
    matched = [min(pair) for pair in zip(bids, asks, strict=True)]
    touching = max(range(5), key=matched.__getitem__)
    reverse = [min(sum(bids[: n + 1]), sum(asks[n:])) for n in range(5)]
    turned = max(range(5), key=reverse.__getitem__)
    busiest = max(range(5), key=lambda n: bids[n] + asks[n])

    def trade(place: int, volume: int) -> Phrase:
        return Phrase("{}에 {}", prices[place], shares(volume))

    return Draft(
        question=dice.one_of(
            [
                f"단일가매매의 호가접수시간이 끝났을 때 지정가 호가가 다음과 같다.\n\n{table}\n\n체결수량이 가장 많아지는 하나의 "
                "가격으로 모두 체결된다면 체결가격과 체결수량은?",
                f"시가를 정하는 단일가매매에 다음과 같은 지정가 주문이 모였다.\n\n{table}\n\n체결 가능한 수량을 가장 크게 하는 "
                "가격이 시가가 된다고 할 때 시가와 그때의 체결수량은?",
            ]
        ),
        given={"prices": tuple(prices), "bids": tuple(bids), "asks": tuple(asks)},
        right=trade(best, volumes[best] if unique else 0),
        mistakes={
            "호가를 누적하지 않고 가격별로 맞추면": trade(touching, matched[touching]),
            "매수와 매도를 누적하는 방향을 바꾸면": trade(turned, reverse[turned]),
            "호가 수량이 가장 많은 가격을 고르면": trade(busiest, volumes[busiest]),
            "가격은 맞지만 많은 쪽의 누적수량을 체결수량으로 보면": trade(
                best, max(demand[best], supply[best])
            ),
            "가격은 맞지만 그 가격의 호가만 체결된다고 보면": trade(best, matched[best]),
            "가장 높은 매수호가에서 체결된다고 보면": trade(4, volumes[4]),
            "가장 낮은 매도호가에서 체결된다고 보면": trade(0, volumes[0]),
            "가운데 가격에서 체결된다고 보면": trade(2, volumes[2]),
        },
        reasoning="매수는 그 가격 이상의 호가를, 매도는 그 가격 이하의 호가를 누적하여 둘 중 적은 수량이 체결된다. 가격이 낮은 "
        f"쪽부터 누적 매수는 {', '.join(str(number(n)) for n in demand)}주, 누적 매도는 "
        f"{', '.join(str(number(n)) for n in supply)}주이므로 체결수량은 {prices[best]}에서 "
        f"{shares(volumes[best]):으로/로} 가장 많다.",
    )


@family("ex-rights-price", "시장 동향", "easy")
def ex_rights_price(dice: Dice) -> Draft:
    price = won(dice.whole(12_000, 80_000, 500))
    ratio = percent(dice.rate(10, 60, 5))
    issue = won(round(price * (1 - dice.rate(15, 40, 5)), -2))

    def share(value: Fraction) -> Amount:
        return won(value, 0)

    right = (price + issue * ratio) / (1 + ratio)
    return Draft(
        question=dice.one_of(
            [
                f"권리부 종가가 {price}인 회사가 1주당 신주 {number(ratio)}주를 주당 {issue}에 배정하는 주주배정 유상증자를 한다. "
                "이론 권리락 주가는? (원 미만은 반올림한다.)",
                f"주가가 {price}인 회사가 기존 주식 수의 {ratio}에 해당하는 신주를 주당 {issue}에 주주배정으로 발행한다. 다른 "
                "조건이 같다면 권리락 직후의 이론주가에 가장 가까운 것은?",
            ]
        ),
        given={"price": price, "ratio": ratio, "issue": issue},
        right=share(right),
        mistakes={
            "새로 들어온 대금을 더하지 않으면": share(price / (1 + ratio)),
            "권리부 주가와 발행가를 단순평균하면": share((price + issue) / 2),
            "두 가격의 가중치를 서로 바꾸면": share((price * ratio + issue) / (1 + ratio)),
            "늘어난 주식 수로 나누지 않고 가중평균하면": share(price * (1 - ratio) + issue * ratio),
            "납입대금을 더하고 늘어난 주식 수로 나누지 않으면": share(price + issue * ratio),
            "신주인수권의 가치를 권리부 주가에 더하면": share(2 * price - right),
            "신주인수권의 가치만 구하면": share(price - right),
            "발행가를 그대로 쓰면": share(Fraction(issue)),
        },
        reasoning="권리락 뒤의 주식은 기존 주식의 가치와 납입대금을 늘어난 주식 수로 나눈 값을 가진다. "
        f"({price.bare} + {issue.bare} × {number(ratio)}) ÷ {number(1 + ratio)} = {share(right)}이다.",
    )


# ── funds and volatility ─────────────────────────────────────────────────────────────────────


@family("etf-premium", "시장 동향", "easy")
def etf_premium(dice: Dice) -> Draft:
    count = man_units(dice.whole(300, 3_000, 50))
    value = won(dice.whole(8_000, 40_000, 10))
    debts = eok_won(dice.whole(2, 40))
    assets = eok_won(value * count / 10_000 + debts)
    market = won(round(value * (1 + dice.one_of((-1, 1)) * dice.rate("0.3", 2, "0.1")) / 5) * 5)

    def gap(of: Fraction, over: Fraction) -> Amount:
        return percent(of / over, 2, signed=True)

    gross = assets * 10_000 / count
    return Draft(
        question=dice.one_of(
            [
                f"상장지수펀드의 자산총액은 {assets}, 부채총액은 {debts}, 총좌수는 {count}이고 시장가격은 1좌당 "
                f"{market}이다. 순자산가치(NAV)에 대한 시장가격의 괴리율은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"자산 {assets}, 부채 {debts}인 ETF가 {count} 발행되어 1좌당 {market}에 거래되고 있다. 1좌당 "
                "순자산가치를 기준으로 한 괴리율에 가장 가까운 것은?",
            ]
        ),
        given={"assets": assets, "debts": debts, "count": count, "market": market},
        right=gap(market - value, value),
        mistakes={
            "부호를 반대로 하면": gap(value - market, value),
            "부채를 빼지 않은 자산가치를 쓰면": gap(market - gross, gross),
            "부채를 자산에 더하면": gap(market - gross - (gross - value), 2 * gross - value),
            "괴리를 절반만 계산하면": gap(market - value, 2 * value),
            "부채를 뺀 뒤 한 번 더 빼면": gap(market - 2 * value + gross, 2 * value - gross),
            "부채를 빼지 않은 자산가치를 쓰고 부호를 반대로 하면": gap(gross - market, gross),
        },
        reasoning="1좌당 순자산가치는 자산에서 부채를 뺀 금액을 총좌수로 나눈 "
        f"({assets.bare} − {debts.bare})억원 ÷ {count} = {value}이다. 괴리율은 "
        f"({market.bare} − {value.bare}) ÷ {value.bare} = {gap(market - value, value)}이다.",
    )


@family("leveraged-fund", "시장 동향", "hard")
def leveraged_fund(dice: Dice) -> Draft:
    factor = dice.one_of((2, 2, -1, -2))
    moves = [percent(dice.one_of((-1, 1)) * dice.rate(2, 9), signed=True) for _ in range(3)]
    listed = ", ".join(str(move) for move in moves)
    multiple = times(Fraction(factor))
    kind = {2: "2배 레버리지", -1: "1배 인버스", -2: "2배 인버스"}[factor]

    def compounded(by: int, of: list[Amount]) -> Fraction:
        value = Fraction(1)
        for move in of:
            value *= 1 + by * move
        return value - 1

    def result(value: Fraction) -> Amount:
        return percent(value, 2, signed=True)

    index = compounded(1, moves)
    steps = " × ".join(str(number(1 + factor * move)) for move in moves)
    return Draft(
        question=dice.one_of(
            [
                f"기초지수의 일간 수익률이 사흘 동안 차례로 {listed}였다. 날마다 지수 일간 수익률의 {multiple}를 추적하는 "
                f"{kind} 상장지수펀드의 사흘간 누적수익률은? (보수와 추적오차는 없고 소수점 아래 셋째 자리에서 "
                "반올림한다.)",
                f"일간 수익률 기준으로 기초지수의 {multiple}를 정확히 추적하는 {kind} ETF가 있다. 지수가 3거래일에 걸쳐 "
                f"{listed} 변동하였다면 이 ETF의 3거래일 누적수익률에 가장 가까운 것은? (보수는 없다.)",
            ]
        ),
        given={"factor": multiple, "moves": tuple(moves)},
        right=result(compounded(factor, moves)),
        mistakes={
            "지수의 누적수익률에 배수를 곱하면": result(factor * index),
            "일간 수익률의 합에 배수를 곱하면": result(factor * sum(moves, Fraction())),
            "배수를 적용하지 않으면": result(index),
            "배수의 방향을 바꾸면": result(compounded(-factor, moves)),
            "지수 누적수익률의 배수의 방향을 바꾸면": result(-factor * index),
            "첫날을 빠뜨리면": result(compounded(factor, moves[1:])),
            "마지막 날을 빠뜨리면": result(compounded(factor, moves[:-1])),
        },
        reasoning=f"배수는 일간 수익률에 적용되고 그 결과가 날마다 복리로 쌓인다. {steps} − 1 = "
        f"{result(compounded(factor, moves))}이며, 지수의 누적수익률 {result(index)}의 "
        f"{multiple}와는 다르다.",
    )


@family("implied-daily-move", "시장 동향", "easy")
def implied_daily_move(dice: Dice) -> Draft:
    index = points(dice.between(260, 440, "0.5"))
    volatility = percent(dice.rate(12, 42, "0.5"))
    horizon = dice.one_of((1, 4, 5, 9, 10, 20))
    daily = index * volatility / root(Fraction(252))
    span = "하루" if horizon == 1 else f"{horizon}거래일"

    def move(value: Fraction) -> Amount:
        return points(value, 2)

    many = (
        {
            "거래일 수의 제곱근 대신 거래일 수를 곱하면": move(daily * horizon),
            "하루의 변동폭을 구하면": move(daily),
        }
        if horizon > 1
        else {}
    )
    stretch = root(Fraction(horizon))
    return Draft(
        question=dice.one_of(
            [
                f"현재 {index}인 주가지수 옵션의 연율 내재변동성이 {volatility}이다. 1년을 252거래일로 보고 시간의 제곱근 "
                f"법칙을 적용할 때 앞으로 {span} 동안의 1표준편차 변동폭은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"변동성지수가 연 {volatility:을/를} 가리키고 있고 기초지수는 {index}이다. 1년 252거래일을 기준으로 시장이 예상하는 "
                f"{span} 동안의 지수 변동(1표준편차)에 가장 가까운 것은?",
            ]
        ),
        given={"index": index, "volatility": volatility, "horizon": horizon},
        right=move(daily * stretch),
        mistakes={
            **many,
            "연율 변동성을 그대로 적용하면": move(index * volatility),
            "달력일수 365일의 제곱근을 쓰면": move(
                index * volatility * stretch / root(Fraction(365))
            ),
            "제곱근 없이 거래일 수의 비율을 곱하면": move(index * volatility * horizon / 252),
            "한 달을 기준으로 12의 제곱근으로 나누면": move(
                index * volatility / root(Fraction(12))
            ),
            "1표준편차 대신 2표준편차를 구하면": move(2 * daily * stretch),
            "변동폭을 위아래로 나누어 절반만 쓰면": move(daily * stretch / 2),
        },
        reasoning=f"변동성은 시간의 제곱근에 비례한다. {index.bare} × {volatility} × √({horizon}/252) = "
        f"{move(daily * stretch)}이다.",
    )


# ── the economy and the bond market ──────────────────────────────────────────────────────────


@family("real-growth", "시장 동향", "easy")
def real_growth(dice: Dice) -> Draft:
    before = jo_won(dice.whole(1_500, 2_600, 10))
    old = number(dice.between(98, 112, "0.5"))
    after = jo_won(round(before * (1 + dice.rate(2, 9, "0.5"))))
    new = number(round(old * (1 + dice.rate("0.5", 5, "0.5")), 1))
    nominal, prices = after / before - 1, new / old - 1

    def growth(value: Fraction) -> Amount:
        return percent(value, 2, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"어느 나라의 명목 GDP는 작년 {before}, 올해 {after}이고 GDP 디플레이터는 작년 {old}, 올해 {new}이다. 올해의 "
                "실질 경제성장률은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"GDP 디플레이터가 {old}에서 {new:으로/로} 오르는 동안 명목 GDP는 {before}에서 {after:으로/로} 변하였다. 이 "
                "기간의 실질 GDP 증가율에 가장 가까운 것은?",
            ]
        ),
        given={"before": before, "after": after, "old": old, "new": new},
        right=growth((1 + nominal) / (1 + prices) - 1),
        mistakes={
            "명목 성장률을 그대로 쓰면": growth(nominal),
            "물가상승률을 구하면": growth(prices),
            "물가상승률을 더하면": growth(nominal + prices),
            "디플레이터의 작년과 올해를 바꾸면": growth((1 + nominal) * (1 + prices) - 1),
            "올해의 명목 GDP만 디플레이터로 나누면": growth(after / new * 100 / before - 1),
            "물가상승률에서 명목 성장률을 빼면": growth(prices - nominal),
            "작년의 명목 GDP만 디플레이터로 나누면": growth(after / (before / old * 100) - 1),
        },
        reasoning="실질 GDP는 명목 GDP를 디플레이터로 나눈 값이다. 작년은 "
        f"{jo_won(before / old * 100, 1)}, 올해는 {jo_won(after / new * 100, 1)}이므로 실질 성장률은 "
        f"{growth((1 + nominal) / (1 + prices) - 1)}이다.",
    )


@family("credit-spread-change", "시장 동향", "easy")
def credit_spread_change(dice: Dice) -> Draft:
    state = [percent(dice.rate("2.5", "4.5", "0.05"), 2)]
    state.append(percent(state[0] + dice.one_of((-1, 1)) * dice.rate("0.1", "0.6", "0.05"), 2))
    high = [percent(state[0] + dice.rate("0.4", "0.9", "0.05"), 2)]
    high.append(percent(high[0] + dice.one_of((-1, 1)) * dice.rate("0.05", "0.6", "0.05"), 2))
    low = [percent(high[0] + dice.rate(3, 6, "0.05"), 2)]
    low.append(percent(low[0] + dice.one_of((-1, 1)) * dice.rate("0.05", "0.8", "0.05"), 2))
    table = (
        "| 3년 만기 | 월초 | 월말 |\n|---|---|---|\n"
        f"| 국고채 | {state[0]} | {state[1]} |\n| 회사채 AA− | {high[0]} | {high[1]} |\n"
        f"| 회사채 BBB− | {low[0]} | {low[1]} |"
    )
    asked, name, other = dice.one_of(((high, "AA−", low), (low, "BBB−", high)))

    def moved(value: Fraction) -> Amount:
        return basis_points(value, 0, signed=True)

    def spread(day: int) -> Fraction:
        return asked[day] - state[day]

    return Draft(
        question=dice.one_of(
            [
                f"채권 수익률이 한 달 동안 다음과 같이 변하였다.\n\n{table}\n\n{name} 회사채의 국고채 대비 신용스프레드는 한 달간 "
                "얼마나 변하였는가?",
                f"다음은 만기가 같은 채권들의 수익률이다.\n\n{table}\n\n월초에 비해 월말에 {name} 회사채의 신용스프레드(국고채 "
                "기준)가 변한 폭은?",
            ]
        ),
        given={"state": tuple(state), "asked": tuple(asked), "other": tuple(other)},
        right=moved(spread(1) - spread(0)),
        mistakes={
            "부호를 반대로 하면": moved(spread(0) - spread(1)),
            "회사채 수익률의 변화만 보면": moved(asked[1] - asked[0]),
            "국고채 수익률의 변화만 보면": moved(state[1] - state[0]),
            "두 수익률의 변화를 더하면": moved(asked[1] - asked[0] + state[1] - state[0]),
            "다른 등급의 신용스프레드를 계산하면": moved(other[1] - state[1] - other[0] + state[0]),
            "두 회사채 사이의 스프레드를 계산하면": moved(
                abs(low[1] - high[1]) - abs(low[0] - high[0])
            ),
            "국고채의 월초 수익률을 월말에도 쓰고 부호를 바꾸면": moved(asked[0] - asked[1]),
        },
        reasoning=f"신용스프레드는 회사채 수익률에서 만기가 같은 국고채 수익률을 뺀 값이다. 월초에는 "
        f"{basis_points(spread(0))}, 월말에는 {basis_points(spread(1))}이므로 {moved(spread(1) - spread(0))} 변하였다.",
    )
