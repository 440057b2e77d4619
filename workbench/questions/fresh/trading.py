"""What an investor does with shares: borrowed money, averages, short sales, taxes on dividends."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    man_won,
    million_won,
    percent,
    shares,
    units,
    won,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, family


@family("margin-call-price", "투자 전략", "hard")
def margin_call_price(dice: Dice) -> Draft:
    price = won(dice.whole(20_000, 90_000, 500))
    count = shares(dice.whole(500, 3_000, 100))
    own = percent(dice.rate(40, 60, 5))
    kept = percent(dice.rate(130, 150, 5))
    loan = price * count * (1 - own)
    floor = loan * kept / count
    return Draft(
        question=dice.one_of(
            [
                f"투자자가 주가 {price}인 주식 {count:을/를} 매수하면서 대금의 {own}는 자기자금으로, 나머지는 "
                f"신용융자로 조달하였다. 담보는 이 주식뿐이고 담보유지비율(담보평가액 ÷ 융자금)은 {kept}이다. 주가가 "
                "얼마 밑으로 내려가면 추가 담보를 요구받는가? (이자와 비용은 무시하고 원 미만은 반올림한다.)",
                f"신용융자로 주식 {count:을/를} 주당 {price}에 샀다. 자기자금은 매수대금의 {own}이고 융자금에 대한 "
                f"담보평가액의 비율이 {kept:을/를} 밑돌면 추가 담보를 내야 한다. 산 주식만 담보로 잡힌다면 추가 담보 "
                "요구가 시작되는 주가에 가장 가까운 것은? (이자와 비용은 무시한다.)",
            ]
        ),
        given={"price": price, "count": count, "own": own, "kept": kept},
        right=won(floor, 0),
        mistakes={
            "융자금 대신 자기자금에 담보유지비율을 곱하면": won(price * own * kept, 0),
            "담보평가액이 융자금과 같아지는 주가를 구하면": won(loan / count, 0),
            "융자금을 담보유지비율로 나누면": won(loan / kept / count, 0),
            "매수대금을 담보유지비율로 나누면": won(price / kept, 0),
            "손실이 자기자금의 절반에 이르는 주가를 구하면": won(price * (1 - own / 2), 0),
            "담보유지비율에서 100%를 뺀 몫을 매수대금에서 빼면": won(price * (2 - kept), 0),
        },
        reasoning=f"융자금은 {price} × {count} × (1 − {own}) = {man_won(loan / 10_000)}이다. 담보평가액이 융자금의 "
        f"{kept}인 {man_won(loan * kept / 10_000)} 밑으로 내려가면 추가 담보를 요구받으므로, 이를 {count:으로/로} 나눈 "
        f"{won(floor, 0)}이 기준 주가이다.",
    )


@family("margin-trading-return", "투자 전략", "easy")
def margin_trading_return(dice: Dice) -> Draft:
    own, loan = man_won(dice.whole(1_000, 6_000, 200)), man_won(dice.whole(800, 5_000, 200))
    change = percent(dice.one_of((-1, 1)) * dice.rate(6, 24), signed=True)
    rate = percent(dice.rate(5, 10, "0.5"))
    months = dice.one_of((3, 4, 6, 8, 9))
    interest = loan * rate * Fraction(months, 12)
    gain = (own + loan) * change - interest
    verb = "오른" if change > 0 else "내린"
    move = percent(abs(change))

    def result(value: Fraction) -> Amount:
        return percent(value, 2, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"자기자금 {own}에 연 {rate}로 빌린 {loan:을/를} 더하여 모두 한 종목에 투자하고 {months}개월 뒤 주가가 "
                f"{move} {verb} 가격에 전량 팔아 빌린 돈과 이자를 갚았다. 자기자금에 대한 수익률은? (이자는 월할 "
                "단리이고 세금과 비용은 무시하며, 소수점 아래 셋째 자리에서 반올림한다.)",
                f"어느 투자자가 {own}의 자기자금과 {loan}의 신용융자(연 {rate}, 월할 단리)로 산 주식이 {months}개월 동안 "
                f"{move} {verb} 뒤 이를 모두 팔아 융자 원리금을 상환하였다. 이 기간의 자기자금 수익률에 가장 가까운 "
                "것은? (세금과 비용은 무시한다.)",
            ]
        ),
        given={
            "own": own,
            "loan": loan,
            "rate": rate,
            "months": months,
            "move": move,
            "verb": verb,
        },
        right=result(gain / own),
        mistakes={
            "이자를 빼지 않으면": result((own + loan) * change / own),
            "총투자금으로 나누면": result(gain / (own + loan)),
            "1년치 이자를 모두 빼면": result(((own + loan) * change - loan * rate) / own),
            "빌린 돈의 손익을 빠뜨리면": result((own * change - interest) / own),
            "빌린 돈으로 나누면": result(gain / loan),
            "이자를 더하면": result(((own + loan) * change + interest) / own),
            "총투자금 전체에 이자를 매기면": result(
                (own + loan) * (change - rate * Fraction(months, 12)) / own
            ),
        },
        reasoning=f"주식의 손익은 {man_won(own + loan)} × {change.factor} = {man_won((own + loan) * change, 1)}, 이자는 "
        f"{loan} × {rate} × {months}/12 = {man_won(interest, 1)}이다. 이자를 뺀 손익 {man_won(gain, 1)}을 자기자금 "
        f"{own:으로/로} 나누면 {result(gain / own)}이다.",
    )


@family("after-tax-holding-return", "투자 전략", "easy")
def after_tax_holding_return(dice: Dice) -> Draft:
    bought = won(dice.whole(20_000, 80_000, 1_000))
    sold = won(bought + dice.one_of((-1, 1)) * dice.whole(1_000, 9_000, 500))
    dividend = won(dice.whole(600, 3_000, 50))
    tax = percent(dice.one_of([Fraction("0.14"), Fraction("0.154"), Fraction("0.22")]))
    fee = percent(dice.rate("0.15", "0.35", "0.05"))

    def result(gain: Fraction) -> Amount:
        return percent(gain / bought, 2, signed=True)

    gain = sold - bought
    net = dividend * (1 - tax)
    return Draft(
        question=dice.one_of(
            [
                f"주당 {bought}에 산 주식을 1년간 보유하며 주당 {dividend}의 배당을 받고 {sold}에 팔았다. 배당에는 "
                f"{tax}의 세금이 원천징수되고 매도대금에는 {fee}의 거래세가 붙으며 매매차익은 과세되지 않는다고 할 때, "
                "세후 보유기간수익률은? (다른 비용은 없고 소수점 아래 셋째 자리에서 반올림한다.)",
                f"어느 투자자가 주식을 {bought}에 사서 주당 배당금 {dividend:을/를} 받은 뒤 {sold}에 팔았다. 배당소득의 "
                f"원천징수세율이 {tax}, 매도대금에 대한 거래세율이 {fee}이고 매매차익에는 세금이 없다면 세금을 모두 뺀 "
                "투자수익률에 가장 가까운 것은?",
            ]
        ),
        given={"bought": bought, "sold": sold, "dividend": dividend, "tax": tax, "fee": fee},
        right=result(gain + net - sold * fee),
        mistakes={
            "세금을 전혀 빼지 않으면": result(gain + dividend),
            "거래세를 빼지 않으면": result(gain + net),
            "배당의 세금을 빼지 않으면": result(gain + dividend - sold * fee),
            "매매차익에도 배당의 세율을 매기면": result((gain + dividend) * (1 - tax) - sold * fee),
            "배당을 빠뜨리면": result(gain - sold * fee),
            "매도가격으로 나누면": percent((gain + net - sold * fee) / sold, 2, signed=True),
            "배당세율만큼만 배당을 받는다고 보면": result(gain + dividend * tax - sold * fee),
        },
        reasoning=f"세후 배당은 {dividend} × (1 − {tax}) = {won(net, 1)}, 거래세는 {sold} × {fee} = "
        f"{won(sold * fee, 1)}이다. 매매손익 {won(gain, signed=True)}에 세후 배당을 더하고 거래세를 뺀 "
        f"{won(gain + net - sold * fee, 1, signed=True)}을 매수가격으로 나누면 {result(gain + net - sold * fee)}이다.",
    )


@family("dividend-gross-up", "투자 전략", "hard")
def dividend_gross_up(dice: Dice) -> Draft:
    dividend = million_won(dice.whole(30, 200, 5))
    gross_up = percent(dice.rate(8, 15))
    rate = percent(dice.one_of([Fraction(n, 100) for n in (24, 35, 38, 40, 42)]))
    withheld = percent(Fraction("0.14"))
    added = dividend * gross_up
    total = (dividend + added) * rate - added
    due = total - dividend * withheld

    def tax(value: Fraction) -> Amount:
        return million_won(value, 2)

    return Draft(
        question=dice.one_of(
            [
                f"어느 거주자가 배당 {dividend:을/를} 받으면서 {withheld:을/를} 원천징수당하였다. 배당의 {gross_up:을/를} "
                f"배당소득에 더하여(배당가산) 전액을 {rate}의 세율로 종합과세하고, 더한 금액만큼 산출세액에서 빼 주며"
                "(배당세액공제), 원천징수된 세액도 공제한다. 이 규칙만 적용할 때 추가로 낼 소득세는? (지방소득세는 "
                "고려하지 않는다.)",
                f"다음 규칙으로 배당소득에 과세한다. (1) 배당의 {gross_up:을/를} 가산한다. (2) 가산 후 금액에 {rate}의 "
                "세율을 곱한다. (3) 가산한 금액을 배당세액공제로 뺀다. (4) 이미 원천징수된 배당의 "
                f"{withheld:을/를} 뺀다. 배당 {dividend:을/를} 받은 투자자가 추가로 낼 세액은?",
            ]
        ),
        given={"dividend": dividend, "gross_up": gross_up, "rate": rate, "withheld": withheld},
        right=tax(due),
        mistakes={
            "배당가산과 세액공제를 모두 빠뜨리면": tax(dividend * (rate - withheld)),
            "배당세액공제를 빠뜨리면": tax(due + added),
            "배당가산 없이 세액공제만 적용하면": tax(dividend * (rate - withheld) - added),
            "원천징수된 세액을 빼지 않으면": tax(total),
            "가산한 금액까지 원천징수된 것으로 보면": tax(total - (dividend + added) * withheld),
            "가산율과 원천징수율을 서로 바꾸면": tax(
                dividend * (1 + withheld) * rate - dividend * (withheld + gross_up)
            ),
            "배당세액공제를 두 번 빼면": tax(due - added),
        },
        reasoning=f"가산액은 {dividend} × {gross_up} = {million_won(added)}이고 산출세액은 {million_won(dividend + added)} "
        f"× {rate} = {tax((dividend + added) * rate)}이다. 배당세액공제 {million_won(added)}과 원천징수세액 "
        f"{million_won(dividend * withheld)}을 빼면 {tax(due)}이다.",
    )


@family("constant-mix-trade", "투자 전략", "easy")
def constant_mix_trade(dice: Dice) -> Draft:
    value = million_won(dice.whole(200, 2_000, 50))
    target = percent(dice.rate(40, 70, 5))
    stock = percent(dice.one_of((-1, 1)) * dice.rate(8, 30), signed=True)
    bond = percent(dice.rate("0.5", 4, "0.5"), signed=True)
    stocks, bonds = value * target * (1 + stock), value * (1 - target) * (1 + bond)
    trade = stocks - target * (stocks + bonds)
    verb, turned = ("팔아야", "오르고") if trade > 0 else ("사야", "내리고")

    def amount(x: Fraction) -> Amount:
        return million_won(abs(x), 1)

    return Draft(
        question=dice.one_of(
            [
                f"{value:을/를} 주식 {target}, 채권 {percent(1 - target)}의 비율로 투자하고 이 비율을 유지하는 고정비율 "
                f"전략을 쓴다. 이후 주식이 {percent(abs(stock))} {turned} 채권이 {percent(bond)} 올랐다면 주식을 얼마나 "
                f"{verb} 하는가? (거래비용은 없고 소수점 아래 둘째 자리에서 반올림한다.)",
                f"주식의 목표비중이 {target}이고 나머지를 채권에 두는 {value} 규모의 포트폴리오가 목표대로 출발하였다. 주식 "
                f"가격이 {percent(abs(stock))} {turned} 채권 가격이 {percent(bond)} 오른 뒤 목표비중으로 되돌리려면 "
                f"{verb} 할 주식의 금액에 가장 가까운 것은? (거래비용은 없다.)",
            ]
        ),
        given={
            "value": value,
            "target": target,
            "stock": percent(abs(stock)),
            "bond": percent(bond),
            "turned": turned,
        },
        right=amount(trade),
        mistakes={
            "주식의 손익 전부를 거래하면": amount(stocks - value * target),
            "처음의 총액을 기준으로 채권까지 맞추면": amount(bonds - value * (1 - target)),
            "주식과 채권의 차이를 절반씩 거래하면": amount((stocks - bonds) / 2),
            "채권의 가격 변화를 무시하면": amount(
                stocks - target * (stocks + value * (1 - target))
            ),
            "주식의 손익에 목표비중을 곱하면": amount((stocks - value * target) * target),
            "채권의 손익을 반대 방향으로 계산하면": amount(
                stocks - target * (stocks + value * (1 - target) * (1 - bond))
            ),
            "두 자산이 똑같은 금액이 되도록 거래하면": amount(stocks - bonds),
        },
        reasoning=f"변동 후 주식은 {million_won(stocks, 1)}, 채권은 {million_won(bonds, 1)}으로 합계 "
        f"{million_won(stocks + bonds, 1)}이다. 주식의 목표금액은 그 {target}인 "
        f"{million_won(target * (stocks + bonds), 1)}이므로 차이인 {amount(trade)}만큼 거래한다.",
    )


@family("average-purchase-price", "투자 전략", "easy")
def average_purchase_price(dice: Dice) -> Draft:
    budget = man_won(dice.whole(50, 300, 10))
    base = dice.whole(8_000, 20_000)
    paid = [won(round(base * (1 + dice.rate(-35, 35, "0.01")))) for _ in range(4)]
    units_bought = sum((10_000 * budget / price for price in paid), Fraction())
    average = 40_000 * budget / units_bought
    ordered = sorted(paid)
    listed = ", ".join(str(price) for price in paid)
    return Draft(
        question=dice.one_of(
            [
                f"매월 {budget}씩 같은 금액으로 한 상장지수펀드를 사는 정액적립식 투자를 4개월간 하였다. 매수가격이 "
                f"차례로 {listed}이었다면 평균 매수단가는? (소수 단위로도 살 수 있고 원 미만은 반올림한다.)",
                f"어느 투자자가 네 차례에 걸쳐 {budget}씩 같은 펀드를 매수하였고 기준가격은 순서대로 {listed}이었다. 펀드를 "
                "소수 좌수까지 살 수 있고 수수료가 없다면 한 좌당 평균 취득원가에 가장 가까운 것은?",
            ]
        ),
        given={"budget": budget, "paid": tuple(paid)},
        right=won(average, 0),
        mistakes={
            "네 가격을 산술평균하면": won(sum(paid, Fraction()) / 4, 0),
            "가장 높은 가격과 가장 낮은 가격을 평균하면": won((ordered[0] + ordered[-1]) / 2, 0),
            "가운데 두 가격을 평균하면": won((ordered[1] + ordered[2]) / 2, 0),
            "가격을 가중치로 하여 평균하면": won(
                sum((p * p for p in paid), Fraction()) / sum(paid, Fraction()), 0
            ),
            "마지막 가격을 그대로 쓰면": won(paid[-1], 0),
            "처음 가격과 마지막 가격을 평균하면": won((paid[0] + paid[-1]) / 2, 0),
            "첫 가격을 그대로 쓰면": won(paid[0], 0),
        },
        reasoning="같은 금액으로 사면 쌀 때 더 많은 수량을 사므로 평균 매수단가는 가격의 조화평균이다. 총투자금 "
        f"{man_won(4 * budget)}을 사들인 수량 {units(units_bought, 2):으로/로} 나누면 {won(average, 0)}이다.",
    )
