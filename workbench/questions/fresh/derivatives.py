"""Options, futures, swaps: prices that allow no arbitrage, hedges, and what a position pays."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    contracts,
    eok_won,
    man_won,
    number,
    percent,
    points,
    shares,
    superscript,
    won,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, Phrase, family

# ── options ──────────────────────────────────────────────────────────────────────────────────


@family("put-call-parity", "금융 개념", "easy")
def put_call_parity(dice: Dice) -> Draft:
    spot = won(dice.whole(30_000, 90_000, 1_000))
    strike = won(spot + dice.whole(-6_000, 6_000, 1_000))
    rate = percent(dice.rate(2, 6, "0.5"))
    months = dice.one_of((3, 4, 6, 8, 9))
    term = Fraction(months, 12)
    discounted = strike / (1 + rate * term)
    floor = max(spot - discounted, Fraction())
    call = won(round(floor + spot * dice.rate(3, 9, "0.5"), -1))
    put = call - spot + discounted
    return Draft(
        question=dice.one_of(
            [
                f"배당이 없는 주식의 현재가격은 {spot}이고, 행사가격 {strike}, 만기 {months}개월인 유럽형 콜옵션의 가격은 "
                f"{call}이다. 무위험이자율이 연 {rate}(단리)일 때 풋-콜 패리티를 만족하는 같은 조건의 유럽형 풋옵션 "
                "가격은? (원 미만은 반올림한다.)",
                f"만기까지 배당을 주지 않는 주식이 {spot}에 거래된다. 이 주식에 대한 만기 {months}개월, 행사가격 "
                f"{strike}의 유럽형 콜옵션이 {call}이고 무위험이자율은 연 {rate}(월할 단리)이다. 차익거래 기회가 없도록 "
                "하는 유럽형 풋옵션의 가격에 가장 가까운 것은?",
            ]
        ),
        given={"spot": spot, "strike": strike, "rate": rate, "months": months, "call": call},
        right=won(put, 0),
        mistakes={
            "행사가격을 할인하지 않으면": won(call - spot + strike, 0),
            "주가와 행사가격의 부호를 바꾸면": won(call + spot - discounted, 0),
            "행사가격을 1년간 할인하면": won(call - spot + strike / (1 + rate), 0),
            "행사가격 대신 주가를 할인하면": won(call - spot / (1 + rate * term) + strike, 0),
            "행사가격을 할인하는 대신 이자로 불리면": won(
                call - spot + strike * (1 + rate * term), 0
            ),
            "콜옵션 가격의 부호를 바꾸면": won(abs(discounted - spot - call), 0),
            "풋옵션이 콜옵션과 같다고 보면": won(call, 0),
        },
        reasoning="풋-콜 패리티는 풋 + 주가 = 콜 + 행사가격의 현재가치이다. 행사가격의 현재가치는 "
        f"{strike} ÷ (1 + {rate} × {months}/12) = {won(discounted, 1)}이므로 풋옵션 가격은 "
        f"{call.bare} + {won(discounted, 1).bare} − {spot.bare} = {won(put, 0)}이다.",
    )


@family("binomial-call", "금융 개념", "easy")
def binomial_call(dice: Dice) -> Draft:
    spot = won(dice.whole(20_000, 80_000, 2_000))
    up, down = percent(dice.rate(15, 40, 5)), percent(dice.rate(10, 30, 5))
    rate = percent(dice.rate(2, 8))
    believed = percent(dice.rate(45, 75, 5))
    strike = won(spot + dice.whole(-1, 2) * 1_000)
    high = max(spot * (1 + up) - strike, Fraction())
    chance = (rate + down) / (up + down)
    price = chance * high / (1 + rate)
    low_put = max(strike - spot * (1 - down), Fraction())
    return Draft(
        question=dice.one_of(
            [
                f"현재 {spot}인 무배당 주식은 1년 뒤 {up} 오르거나 {down} 내린다. 투자자들이 보는 상승 확률은 "
                f"{believed}이고 무위험이자율은 연 {rate}이다. 1기간 이항모형으로 구한 행사가격 {strike}, 만기 1년인 "
                "유럽형 콜옵션의 가격은? (원 미만은 반올림한다.)",
                f"1년 후 주가가 현재의 {spot}에서 {up} 상승하거나 {down} 하락하는 주식이 있다. 상승할 실제 확률은 "
                f"{believed}, 무위험이자율은 연 {rate}이며 배당은 없다. 행사가격이 {strike}인 1년 만기 유럽형 콜옵션의 "
                "이항모형 가격에 가장 가까운 것은?",
            ]
        ),
        given={
            "spot": spot,
            "up": up,
            "down": down,
            "believed": believed,
            "rate": rate,
            "strike": strike,
        },
        right=won(price, 0),
        mistakes={
            "위험중립확률 대신 실제 확률을 쓰면": won(believed * high / (1 + rate), 0),
            "무위험이자율로 할인하지 않으면": won(chance * high, 0),
            "상승과 하락의 위험중립확률을 바꾸면": won((1 - chance) * high / (1 + rate), 0),
            "상승 확률을 절반으로 보면": won(high / 2 / (1 + rate), 0),
            "상승할 때의 가치를 확률 없이 할인하면": won(high / (1 + rate), 0),
            "풋옵션의 가격을 구하면": won((1 - chance) * low_put / (1 + rate), 0),
            "위험중립확률에서 이자율을 빠뜨리면": won(down / (up + down) * high / (1 + rate), 0),
        },
        reasoning=f"위험중립확률은 ({rate} + {down}) ÷ ({up} + {down}) = {number(chance, 4)}이고 실제 확률은 쓰이지 "
        f"않는다. 주가가 오르면 콜옵션의 가치는 {won(high)}, 내리면 0이므로 가격은 {number(chance, 4)} × "
        f"{won(high).bare} ÷ {number(1 + rate)} = {won(price, 0)}이다.",
    )


@family("two-step-put", "금융 개념", "hard")
def two_step_put(dice: Dice) -> Draft:
    spot = won(dice.whole(20_000, 60_000, 2_000))
    move = percent(dice.rate(10, 25, 5))
    rate = percent(dice.rate(1, 5, "0.5"))
    strike = won(spot * (1 + dice.rate(-5, 10, 5)))
    chance = (rate + move) / (2 * move)

    def exercise(factor: Fraction) -> Fraction:
        return max(strike - spot * factor, Fraction())

    middle, lowest = exercise(1 - move**2), exercise((1 - move) ** 2)
    both, twice = 2 * chance * (1 - chance) * middle, (1 - chance) ** 2 * lowest
    value = (both + twice) / (1 + rate) ** 2
    at_low = (chance * middle + (1 - chance) * lowest) / (1 + rate)
    early = max(at_low, exercise(1 - move))
    american = (chance * (1 - chance) * middle / (1 + rate) + (1 - chance) * early) / (1 + rate)
    highest = max(spot * (1 + move) ** 2 - strike, Fraction())
    middle_call = max(spot * (1 - move**2) - strike, Fraction())
    call = (chance**2 * highest + 2 * chance * (1 - chance) * middle_call) / (1 + rate) ** 2
    swapped = 2 * chance * (1 - chance) * middle + chance**2 * lowest
    return Draft(
        question=dice.one_of(
            [
                f"무배당 주식의 현재가격은 {spot}이고 매 기간 {move} 오르거나 {move} 내린다. 기간당 무위험이자율은 "
                f"{rate}이다. 2기간 이항모형으로 구한 행사가격 {strike}, 만기 2기간인 유럽형 풋옵션의 가격은? (원 미만은 "
                "반올림한다.)",
                f"한 기간마다 주가가 {move}씩 상승하거나 하락하는 2기간 이항나무를 생각하자. 현재 주가는 {spot}, 기간당 "
                f"무위험이자율은 {rate}, 배당은 없다. 두 기간 뒤에만 행사할 수 있는 행사가격 {strike}의 풋옵션 가격에 "
                "가장 가까운 것은?",
            ]
        ),
        given={"spot": spot, "move": move, "rate": rate, "strike": strike},
        right=won(value, 0),
        mistakes={
            "중간에도 행사할 수 있다고 보면": won(american, 0),
            "한 기간만 할인하면": won(value * (1 + rate), 0),
            "할인을 하지 않으면": won(value * (1 + rate) ** 2, 0),
            "중간 값에 이르는 경로를 하나만 세면": won((both / 2 + twice) / (1 + rate) ** 2, 0),
            "가장 낮은 주가의 경우만 더하면": won(twice / (1 + rate) ** 2, 0),
            "상승과 하락의 위험중립확률을 바꾸면": won(swapped / (1 + rate) ** 2, 0),
            "콜옵션의 가격을 구하면": won(call, 0),
            "상승 확률을 절반으로 보면": won((middle / 2 + lowest / 4) / (1 + rate) ** 2, 0),
        },
        reasoning=f"위험중립 상승 확률은 ({rate} + {move}) ÷ (2 × {move}) = {number(chance, 4)}이다. 만기의 풋옵션 가치는 한 "
        f"번씩 오르고 내리면 {won(middle, 1)}, 두 번 내리면 {won(lowest, 1)}이므로 기대값 "
        f"{won(both + twice, 1)}을 {number(1 + rate)}{superscript(2)}으로 할인한 {won(value, 0)}이 가격이다.",
    )


@family("straddle-payoff", "투자 전략", "easy")
def straddle_payoff(dice: Dice) -> Draft:
    strike = won(dice.whole(40_000, 90_000, 1_000))
    call, put = won(dice.whole(1_500, 4_500, 50)), won(dice.whole(1_500, 4_500, 50))
    count = dice.whole(10, 90, 10)
    move = dice.one_of((-1, 1)) * dice.whole(1_000, 12_000, 250)
    end = won(strike + move)
    sells = dice.one_of((False, True))
    side = -1 if sells else 1
    verb = "매도" if sells else "매수"

    def result(per_share: Fraction | int) -> Amount:
        return won(side * per_share * count, 0, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"행사가격 {strike}, 만기가 같은 콜옵션과 풋옵션을 각각 {count}개씩 {verb}하였다. 프리미엄은 콜옵션이 "
                f"{call}, 풋옵션이 {put}이고 만기의 주가는 {end}이다. 이 포지션의 만기 손익은? (옵션 1개의 기초자산은 "
                "1주이고 이자와 비용은 무시한다.)",
                f"행사가격이 {strike:으로/로} 같은 콜옵션({call})과 풋옵션({put})을 {count}개씩 함께 {verb}하는 스트래들을 "
                f"만기까지 유지하였다. 만기 주가가 {end}이라면 총손익은? (옵션 1개당 1주, 이자와 비용은 없다.)",
            ]
        ),
        given={
            "strike": strike,
            "call": call,
            "put": put,
            "count": count,
            "end": end,
            "verb": verb,
        },
        right=result(abs(move) - call - put),
        mistakes={
            "매수와 매도의 방향을 바꾸면": result(call + put - abs(move)),
            "프리미엄을 계산하지 않으면": result(abs(move)),
            "콜옵션의 프리미엄만 계산하면": result(abs(move) - call),
            "풋옵션의 프리미엄만 계산하면": result(abs(move) - put),
            "프리미엄을 반대 방향으로 계산하면": result(abs(move) + call + put),
            "두 옵션이 모두 행사된다고 보면": result(2 * abs(move) - call - put),
            "어느 옵션도 행사되지 않는다고 보면": result(-call - put),
        },
        reasoning=f"만기에는 {'콜옵션' if move > 0 else '풋옵션'}만 행사되어 1주당 가치가 {won(abs(move))}이 된다. "
        f"프리미엄 합계 {won(call + put)}을 고려하면 {verb}자의 1주당 손익은 "
        f"{won(side * (abs(move) - call - put), signed=True)}이고 {count}개의 손익은 "
        f"{result(abs(move) - call - put)}이다.",
    )


@family("delta-gamma-hedge", "투자 전략", "hard")
def delta_gamma_hedge(dice: Dice) -> Draft:
    gamma = number(Fraction(dice.whole(1, 9), 100))
    delta = number(dice.between("0.3", "0.7", "0.05"))
    bought = dice.one_of((-1, 1)) * dice.whole(2, 12) * 100  # negative: sold
    book_gamma = number(-bought * gamma)
    book_delta = number(dice.one_of((-1, 1)) * dice.whole(60, 900, 10))
    after = book_delta + bought * delta
    by_delta = round(-book_delta / delta)

    def trade(options: Fraction | int, delta_left: Fraction) -> Phrase:
        first = "매수" if options > 0 else "매도"
        second = "매도" if delta_left > 0 else "매수"
        return Phrase(
            f"옵션 {{}} {first}, 주식 {{}} {second}",
            contracts(abs(Fraction(options)), 0),
            shares(abs(delta_left), 0),
        )

    return Draft(
        question=dice.one_of(
            [
                f"옵션 포지션의 델타는 {book_delta}, 감마는 {book_gamma}이다. 델타가 {delta}, 감마가 {gamma}인 상장 콜옵션과 "
                "기초주식을 써서 포지션을 감마중립이면서 델타중립으로 만들 때 필요한 거래는? (옵션 1계약의 기초자산은 "
                "1주이다.)",
                f"운용 중인 포지션 전체의 델타가 {book_delta}, 감마가 {book_gamma}이다. 1계약의 델타가 {delta}이고 감마가 "
                f"{gamma}인 콜옵션(1계약은 1주)으로 감마를 없앤 다음 기초주식으로 델타를 없애려면 어떻게 거래해야 "
                "하는가?",
            ]
        ),
        given={"delta": delta, "gamma": gamma, "book_delta": book_delta, "book_gamma": book_gamma},
        right=trade(bought, after),
        mistakes={
            "옵션의 델타를 더하지 않고 처음의 델타만 주식으로 없애면": trade(bought, book_delta),
            "옵션의 방향을 바꾸면": trade(-bought, book_delta - bought * delta),
            "주식의 방향을 바꾸면": trade(bought, -after),
            "옵션의 방향을 바꾸고 처음의 델타만 주식으로 없애면": trade(-bought, book_delta),
            "옵션과 주식의 방향을 모두 바꾸면": trade(-bought, -after),
            "처음의 델타를 옵션으로, 처음의 감마를 주식으로 없애면": trade(by_delta, book_gamma),
        },
        reasoning="주식의 감마는 0이므로 감마는 옵션으로만 없앨 수 있고, 필요한 옵션은 "
        f"{number(abs(book_gamma))} ÷ {gamma} = {contracts(abs(bought))} {'매수' if bought > 0 else '매도'}이다. "
        f"그러면 델타는 {book_delta} + {number(bought).factor} × {delta} = {number(after):이/가} 되므로 주식 "
        f"{shares(abs(after)):을/를} {'매도' if after > 0 else '매수'}하여 없앤다.",
    )


# ── futures ──────────────────────────────────────────────────────────────────────────────────


@family("index-futures-price", "시장 동향", "easy")
def index_futures_price(dice: Dice) -> Draft:
    index = points(dice.between(280, 420, "0.5"))
    rate, dividend = percent(dice.rate("2.5", 6, "0.1")), percent(dice.rate("0.8", "2.2", "0.1"))
    months = dice.one_of((2, 3, 4, 6, 8, 9))
    term = Fraction(months, 12)

    def price(growth: Fraction) -> Amount:
        return points(index * growth, 2)

    return Draft(
        question=dice.one_of(
            [
                f"주가지수는 {index}, 이자율은 연 {rate}, 지수의 배당수익률은 연 {dividend}이고 지수선물의 잔존만기는 "
                f"{months}개월이다. 보유비용모형(단리)에 따른 이론선물가격은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"현재 {index}인 주가지수를 기초로 하는 선물의 만기가 {months}개월 남았다. 자금 조달금리가 연 {rate}, 지수의 "
                f"배당수익률이 연 {dividend}일 때 차익거래가 일어나지 않는 선물가격에 가장 가까운 것은? (모두 단리로 "
                "계산한다.)",
            ]
        ),
        given={"index": index, "rate": rate, "dividend": dividend, "months": months},
        right=price(1 + (rate - dividend) * term),
        mistakes={
            "배당수익률을 빼지 않고 더하면": price(1 + (rate + dividend) * term),
            "배당을 무시하면": price(1 + rate * term),
            "이자를 빠뜨리고 배당만 빼면": price(1 - dividend * term),
            "이자율과 배당수익률의 부호를 모두 바꾸면": price(1 - (rate - dividend) * term),
            "잔존만기를 1년으로 보면": price(1 + rate - dividend),
            "이자율만 잔존만기로 조정하고 배당은 1년치를 빼면": price(1 + rate * term - dividend),
            "이자는 1년치를 더하고 배당만 잔존만기로 조정하면": price(1 + rate - dividend * term),
        },
        reasoning="이론선물가격은 지수에 잔존기간의 이자를 더하고 배당을 뺀 값이다. "
        f"{index.bare} × [1 + ({rate} − {dividend}) × {months}/12] = "
        f"{price(1 + (rate - dividend) * term)}이다.",
    )


@family("index-arbitrage", "투자 전략", "hard")
def index_arbitrage(dice: Dice) -> Draft:
    index = points(dice.between(300, 420, "0.5"))
    rate = percent(dice.rate("2.5", 5, "0.5"))
    months = dice.one_of((2, 3, 4, 6))
    dividend = points(dice.between("0.4", 3, "0.1"))
    multiplier = man_won(25)
    count = contracts(dice.whole(10, 60, 5))
    fair = index * (1 + rate * Fraction(months, 12)) - dividend
    cost = points(dice.between("0.2", "0.8", "0.1"))
    gap = dice.one_of((-1, 1)) * (cost + dice.between("0.4", 3, "0.1"))
    market = points(round(fair + gap, 1))
    apart = market - fair
    profit = abs(apart) - cost

    def trade(richer: bool, per_index: Fraction) -> Phrase:
        words = "현물 매수·선물 매도" if richer else "현물 매도·선물 매수"
        return Phrase(f"{words}, {{}}", man_won(per_index * multiplier * count, 0))

    def against(wrong_fair: Fraction) -> Phrase:
        return trade(market > wrong_fair, abs(market - wrong_fair) - cost)

    rich = apart > 0
    return Draft(
        question=dice.one_of(
            [
                f"주가지수가 {index}, 잔존만기 {months}개월인 지수선물이 {market}이다. 금리는 연 {rate}(단리), 만기까지 받을 "
                f"배당의 만기 가치는 {dividend}, 차익거래의 총비용은 만기 시점에 {cost}이다. 선물 {count}(1포인트당 "
                f"{multiplier})에 해당하는 차익거래와 만기의 이익은? (만원 미만은 반올림한다.)",
                f"지수선물(잔존만기 {months}개월, 1포인트당 {multiplier})이 {market}, 현물지수가 {index}에 거래된다. 금리 연 "
                f"{rate}(단리), 만기까지의 배당은 만기 가치로 {dividend}이다. 만기 시점으로 환산한 거래비용이 {cost}일 때 "
                f"선물 {count:으로/로} 할 차익거래와 만기에 확정되는 이익은? (만원 미만은 반올림한다.)",
            ]
        ),
        given={
            "index": index,
            "rate": rate,
            "months": months,
            "dividend": dividend,
            "cost": cost,
            "count": count,
            "market": market,
            "multiplier": multiplier,
        },
        right=trade(rich, profit),
        mistakes={
            "거래의 방향을 바꾸면": trade(not rich, profit),
            "거래비용을 빼지 않으면": trade(rich, abs(apart)),
            "거래비용을 더하면": trade(rich, abs(apart) + cost),
            "이론가격에서 배당을 빼지 않으면": against(fair + dividend),
            "이론가격에 배당을 더하면": against(fair + 2 * dividend),
            "이론가격 대신 현물지수와 비교하면": against(index),
            "이자를 1년치로 계산하면": against(index * (1 + rate) - dividend),
            "거래비용을 두 번 빼면": trade(rich, profit - cost),
        },
        reasoning=f"이론선물가격은 {index.bare} × (1 + {rate} × {months}/12) − {dividend.bare} = {points(fair, 2)}이므로 선물이 "
        f"{points(abs(apart), 2)} {'고평가' if rich else '저평가'}되어 있다. 비용을 뺀 {points(profit, 2)}에 "
        f"{multiplier:과/와} 계약 수를 곱한 {man_won(profit * multiplier * count, 0)}이 이익이며, 비싼 쪽을 팔고 싼 쪽을 "
        "산다.",
    )


@family("minimum-variance-hedge", "투자 전략", "easy")
def minimum_variance_hedge(dice: Dice) -> Draft:
    value = eok_won(dice.whole(60, 600, 10))
    spot_risk, futures_risk = percent(dice.rate(12, 30)), percent(dice.rate(12, 30))
    correlation = number(dice.between("0.6", "0.95", "0.05"))
    futures = points(dice.whole(280, 420, 4))
    multiplier = man_won(25)
    size = futures * multiplier / 10_000  # 억원
    ratio = correlation * spot_risk / futures_risk

    def hedge(per_won: Fraction) -> Amount:
        return contracts(per_won * value / size, 0)

    return Draft(
        question=dice.one_of(
            [
                f"{value} 규모의 주식 포트폴리오를 지수선물로 헤지한다. 포트폴리오 수익률의 표준편차는 {spot_risk}, 선물 "
                f"수익률의 표준편차는 {futures_risk}, 상관계수는 {correlation}이다. 선물가격이 {futures}, 거래승수가 "
                f"1포인트당 {multiplier}일 때 분산을 최소로 하는 매도 계약 수는? (정수로 반올림한다.)",
                f"주식 {value:을/를} 보유한 운용사가 지수선물(현재 {futures}, 1포인트당 {multiplier})을 매도하여 위험을 줄이려 "
                f"한다. 현물과 선물 수익률의 표준편차는 각각 {spot_risk}, {futures_risk}이고 상관계수는 "
                f"{correlation}이다. 최소분산 헤지에 필요한 계약 수에 가장 가까운 것은?",
            ]
        ),
        given={
            "value": value,
            "spot_risk": spot_risk,
            "futures_risk": futures_risk,
            "correlation": correlation,
            "futures": futures,
            "multiplier": multiplier,
        },
        right=hedge(ratio),
        mistakes={
            "헤지비율을 1로 보면": hedge(Fraction(1)),
            "표준편차의 비율을 거꾸로 쓰면": hedge(correlation * futures_risk / spot_risk),
            "상관계수를 빠뜨리면": hedge(spot_risk / futures_risk),
            "상관계수를 제곱하면": hedge(ratio * correlation),
            "상관계수만 쓰면": hedge(Fraction(correlation)),
            "상관계수로 나누면": hedge(ratio / correlation**2),
            "표준편차의 비율을 제곱하면": hedge(ratio * spot_risk / futures_risk),
        },
        reasoning=f"최소분산 헤지비율은 상관계수 × 현물 표준편차 ÷ 선물 표준편차 = {correlation} × {spot_risk} ÷ "
        f"{futures_risk} = {number(ratio, 4)}이다. 선물 1계약의 금액은 {futures.bare} × {multiplier} = "
        f"{eok_won(size)}이므로 {number(ratio, 4)} × {value.bare} ÷ {eok_won(size).bare} = {hedge(ratio)}이다.",
    )


@family("bond-futures-duration-hedge", "투자 전략", "hard")
def bond_futures_duration_hedge(dice: Dice) -> Draft:
    value = eok_won(dice.whole(100, 900, 20))
    held = number(dice.between(3, 8, "0.1"))
    target = number(held + dice.one_of((-1, 1)) * dice.between("0.6", "2.4", "0.1"))
    futures = won(dice.whole(10_200, 11_200, 20))
    sensitivity = number(dice.between("2.2", "4.2", "0.1"))
    # The quote is for a face of 100원 hundredfold: one contract moves 1억원 of face.
    size = futures / 10_000  # 억원
    count = (target - held) * value / (sensitivity * size)
    sells = count < 0

    def trade(number_of_contracts: Fraction) -> Phrase:
        verb = "매도" if number_of_contracts < 0 else "매수"
        return Phrase(f"{{}} {verb}", contracts(abs(number_of_contracts), 0))

    return Draft(
        question=dice.one_of(
            [
                f"시가 {value}, 수정듀레이션 {held}인 채권 포트폴리오의 수정듀레이션을 국채선물로 {target}까지 바꾸려 한다. "
                f"액면 1억원인 국채선물의 가격은 액면 1만원당 {futures}이고 수정듀레이션은 {sensitivity}이다. 필요한 거래는? "
                "(계약 수는 정수로 반올림한다.)",
                f"국채선물(1계약은 액면 1억원, 가격은 액면 1만원당 {futures}, 수정듀레이션 {sensitivity})을 써서 시가 {value}인 "
                f"채권 포트폴리오의 수정듀레이션을 {held}에서 {target:으로/로} 조정하려면 어떤 거래가 필요한가? (계약 수는 "
                "정수로 반올림한다.)",
            ]
        ),
        given={
            "value": value,
            "held": held,
            "target": target,
            "futures": futures,
            "sensitivity": sensitivity,
        },
        right=trade(count),
        mistakes={
            "거래의 방향을 바꾸면": trade(-count),
            "듀레이션을 모두 없애는 계약 수를 구하면": trade(-held * value / (sensitivity * size)),
            "목표 듀레이션만큼 거래하면": trade(
                (-1 if sells else 1) * target * value / (sensitivity * size)
            ),
            "선물의 듀레이션으로 나누지 않으면": trade((target - held) * value / size),
            "선물 대신 포트폴리오의 듀레이션으로 나누면": trade(
                (target - held) * value / (held * size)
            ),
            "두 듀레이션으로 모두 나누면": trade(
                (target - held) * value / (held * sensitivity * size)
            ),
            "선물 대신 포트폴리오의 듀레이션으로 나누고 방향을 바꾸면": trade(
                (held - target) * value / (held * size)
            ),
        },
        reasoning="필요한 계약 수는 (목표 듀레이션 − 현재 듀레이션) × 시가 ÷ (선물 듀레이션 × 선물 1계약의 금액)이다. "
        f"({target} − {held}) × {value.bare} ÷ ({sensitivity} × {eok_won(size)}) = {number(count, 1)}이고, "
        f"{'음수이므로 매도한다' if sells else '양수이므로 매수한다'}.",
    )


@family("futures-margin-call", "시장 동향", "hard")
def futures_margin_call(dice: Dice) -> Draft:
    count = contracts(dice.whole(5, 40))
    multiplier = man_won(25)
    bought = points(dice.between(300, 400, "0.5"))
    initial = percent(dice.rate(9, 15, "0.5"))
    maintenance = percent(Fraction(round(initial * dice.rate(66, 80, 2) * 1000), 1000))
    buys = dice.one_of((True, False))
    side, verb = (1, "매수") if buys else (-1, "매도")
    swings = (dice.between(-4, 5, "0.5"), -dice.between(6, 18, "0.5"), dice.between(-9, 7, "0.5"))
    closes = [points(bought + side * sum(swings[:n], Fraction())) for n in range(4)]
    size = multiplier * count
    deposit = bought * size * initial
    floor = bought * size * maintenance
    balances = [deposit + side * (close - bought) * size for close in closes]
    # Without a call nothing is due, which is no question: it is drawn again.
    day = next((day for day, balance in enumerate(balances) if balance < floor), 0)
    paths = ", ".join(f"{n}일째 {close}" for n, close in enumerate(closes[1:], start=1))
    lost = deposit - balances[day]

    def amount(value: Fraction) -> Amount:
        return man_won(value, 0)

    return Draft(
        question=dice.one_of(
            [
                f"투자자가 주가지수선물 {count:을/를} {bought}에 {verb}하였다. 거래승수는 1포인트당 "
                f"{multiplier}이고, 약정금액의 {initial:을/를} 개시증거금으로 예탁하며 예탁금이 약정금액의 {maintenance}인 "
                "유지증거금을 밑돌면 개시증거금까지 채워야 한다(두 금액은 처음 약정금액으로 고정). 정산가격이 "
                f"{paths}일 때 처음으로 추가증거금을 요구받는 날의 추가 납부액은? (만원 미만은 반올림한다.)",
                f"선물 {count:을/를} {bought}({verb}, 1포인트당 {multiplier})에 체결하고 약정금액의 "
                f"{initial:을/를} 증거금으로 넣었다. 일일정산 후 잔액이 약정금액의 {maintenance:을/를} 밑도는 날에는 처음 "
                f"증거금 수준까지 회복시켜야 한다. 일별 정산가격이 {paths}라면, 처음 추가증거금을 내는 날 납부할 "
                "금액에 가장 가까운 것은? (증거금 기준금액은 처음 약정금액으로 고정한다.)",
            ]
        ),
        given={
            "count": count,
            "multiplier": multiplier,
            "bought": bought,
            "initial": initial,
            "maintenance": maintenance,
            "verb": verb,
            "closes": tuple(closes[1:]),
        },
        right=amount(lost),
        mistakes={
            "유지증거금까지만 채우면": amount(floor - balances[day]),
            "그날의 손실만 채우면": amount(balances[day - 1] - balances[day]),
            "마지막 날까지의 손실을 채우면": amount(deposit - balances[3]),
            "처음 예탁한 증거금을 다시 내면": amount(deposit),
            "개시증거금과 유지증거금의 차이를 내면": amount(deposit - floor),
            "그날의 잔액을 내면": amount(balances[day]),
            "유지증거금에 손실을 더하면": amount(floor + lost),
        },
        reasoning=f"예탁금은 개시증거금 {amount(deposit)}에서 출발하고 유지증거금은 {amount(floor)}이다. 일일정산 후 잔액은 "
        f"{', '.join(f'{n}일째 {amount(b)}' for n, b in enumerate(balances[1 : day + 1], start=1))}으로 {day}일째에 처음 "
        f"유지증거금을 밑돈다. 개시증거금까지 채워야 하므로 {amount(deposit)} − {amount(balances[day])} = "
        f"{amount(lost)}을 낸다.",
    )


# ── interest-rate derivatives ────────────────────────────────────────────────────────────────


@family("swap-settlement", "금융 개념", "easy")
def swap_settlement(dice: Dice) -> Draft:
    notional = eok_won(dice.whole(50, 500, 10))
    fixed = percent(dice.rate(2, 5, "0.05"))
    floating = percent(fixed + dice.one_of((-1, 1)) * dice.rate("0.2", "1.2", "0.05"))
    term = dice.whole(88, 94)
    pays_fixed = dice.one_of((True, False))
    gain = (floating - fixed) * (1 if pays_fixed else -1)
    side = (
        "고정금리를 지급하고 변동금리를 받는"
        if pays_fixed
        else "변동금리를 지급하고 고정금리를 받는"
    )

    def settled(value: Fraction) -> Phrase:
        return Phrase(f"{{}} {'수취' if value > 0 else '지급'}", man_won(abs(value) * 10_000, 0))

    share = Fraction(term, 365)
    return Draft(
        question=dice.one_of(
            [
                f"명목원금 {notional}, 고정금리 연 {fixed}의 3개월 이자율스왑에서 {side} 거래자가 있다. 이번 이자계산기간은 "
                f"{term}일, 변동금리는 연 {floating:으로/로} 정해졌다. 이 거래자의 차액결제 금액은? (1년은 365일로 보고 "
                "만원 미만은 반올림한다.)",
                f"{side} 이자율스왑(명목원금 {notional}, 고정금리 연 {fixed})의 이번 결제기간은 {term}일이고 적용되는 "
                f"변동금리는 연 {floating}이다. 두 이자를 상계하여 결제할 때 이 거래자가 주고받을 금액은? (실제일수 ÷ 365, "
                "만원 미만은 반올림한다.)",
            ]
        ),
        given={
            "notional": notional,
            "fixed": fixed,
            "floating": floating,
            "term": term,
            "side": side,
        },
        right=settled(notional * gain * share),
        mistakes={
            "지급과 수취를 바꾸면": settled(-notional * gain * share),
            "1년치 차액을 결제하면": settled(notional * gain),
            "1년을 360일로 보고 방향을 바꾸면": settled(-notional * gain * Fraction(term, 360)),
            "고정금리 이자 전액을 결제하면": settled(
                notional * fixed * share * (-1 if pays_fixed else 1)
            ),
            "변동금리 이자 전액을 결제하면": settled(
                notional * floating * share * (1 if pays_fixed else -1)
            ),
            "1년치 차액을 결제하고 방향을 바꾸면": settled(-notional * gain),
            "1년치 차액을 12로 나누면": settled(notional * gain / 12),
            "1년치 차액을 12로 나누고 방향을 바꾸면": settled(-notional * gain / 12),
        },
        reasoning=f"명목원금은 교환하지 않고 이자의 차액만 결제한다. {notional} × |{floating} − {fixed}| × {term}/365 = "
        f"{man_won(abs(notional * gain * share) * 10_000, 0)}이다. "
        f"{'변동' if floating > fixed else '고정'}금리가 더 높으므로 그 금리를 "
        f"{'받는 쪽이어서 수취' if gain > 0 else '내는 쪽이어서 지급'}한다.",
    )


@family("forward-rate-agreement", "금융 개념", "hard")
def forward_rate_agreement(dice: Dice) -> Draft:
    notional = eok_won(dice.whole(50, 600, 10))
    agreed = percent(dice.rate(2, 6, "0.1"))
    settled_rate = percent(agreed + dice.rate("0.3", "1.6", "0.05"))
    term = dice.one_of((91, 92, 180, 181, 182))
    share = Fraction(term, 365)
    undiscounted = notional * (settled_rate - agreed) * share * 10_000

    def amount(value: Fraction) -> Amount:
        return man_won(value, 1)

    paid = undiscounted / (1 + settled_rate * share)
    return Draft(
        question=dice.one_of(
            [
                f"선도금리계약(FRA)을 명목원금 {notional}, 계약금리 연 {agreed}, 대상기간 {term}일로 매수하였다. 결제일의 "
                f"기준금리가 연 {settled_rate}일 때 대상기간이 시작하는 결제일에 받는 금액은? (1년은 365일이고 소수점 "
                "아래 둘째 자리에서 반올림한다.)",
                f"{term}일간의 금리를 연 {agreed:으로/로} 고정하는 선도금리계약을 명목원금 {notional}만큼 매수한 기업이 있다. "
                f"결제일에 고시된 기준금리는 연 {settled_rate}이다. 결제금액을 대상기간의 첫날에 미리 정산할 때 이 기업이 "
                "받을 금액에 가장 가까운 것은? (1년은 365일)",
            ]
        ),
        given={"notional": notional, "agreed": agreed, "settled_rate": settled_rate, "term": term},
        right=amount(paid),
        mistakes={
            "기간 말의 차액을 할인하지 않으면": amount(undiscounted),
            "일수를 반영하지 않고 1년치 차액을 할인하면": amount(
                undiscounted / share / (1 + settled_rate)
            ),
            "할인율에 1년치 기준금리를 쓰면": amount(undiscounted / (1 + settled_rate)),
            "할인하는 대신 이자를 더하면": amount(undiscounted * (1 + settled_rate * share)),
            "1년치 차액을 그대로 받으면": amount(undiscounted / share),
            "두 금리의 합만큼 할인하면": amount(
                undiscounted / (1 + (settled_rate + agreed) * share)
            ),
            "1년을 360일로 보고 할인하지 않으면": amount(undiscounted * Fraction(365, 360)),
        },
        reasoning="FRA의 차액은 대상기간이 끝날 때의 이자 차이를 기준금리로 할인하여 결제일에 미리 정산한다. 이자 차이는 "
        f"{notional} × ({settled_rate} − {agreed}) × {term}/365 = {amount(undiscounted)}이고, 이를 1 + "
        f"{settled_rate} × {term}/365 = {number(1 + settled_rate * share, 5):으로/로} 나누면 {amount(paid)}이다.",
    )
