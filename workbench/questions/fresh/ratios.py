"""Ratios: liquidity, activity, profitability, leverage, earnings per share, multiples."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    days,
    eok_won,
    man_shares,
    million_won,
    number,
    percent,
    pieces,
    shares,
    times,
    won,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, family

# ── liquidity, activity, profitability ───────────────────────────────────────────────────────


@family("current-ratio-after-payment", "재무 비율 계산", "easy")
def current_ratio_after_payment(dice: Dice) -> Draft:
    company = dice.company()
    debts = eok_won(dice.whole(120, 400, 10))
    assets = eok_won(round(debts * dice.rate(110, 220), -1))
    moved = eok_won(dice.whole(20, 90, 5))
    pays = dice.one_of((True, False))
    sign = -1 if pays else 1
    action = (
        f"매입채무 {moved:을/를} 현금으로 갚았다"
        if pays
        else f"원재료 {moved:을/를} 외상으로 사들였다"
    )

    def ratio(up: Fraction, down: Fraction) -> Amount:
        return percent(up / down, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 유동자산은 {assets}, 유동부채는 {debts}이었다. 이 회사가 {action}. 거래 직후의 유동비율은? (소수점 "
                "아래 둘째 자리에서 반올림한다.)",
                f"유동자산 {assets}, 유동부채 {debts}인 {company:이/가} {action}. 다른 변동이 없을 때 거래 뒤의 유동비율에 가장 "
                "가까운 것은?",
            ]
        ),
        given={"assets": assets, "debts": debts, "moved": moved, "action": action},
        right=ratio(assets + sign * moved, debts + sign * moved),
        mistakes={
            "거래가 유동비율을 바꾸지 않는다고 보면": ratio(assets, debts),
            "유동자산만 조정하면": ratio(assets + sign * moved, Fraction(debts)),
            "유동부채만 조정하면": ratio(Fraction(assets), debts + sign * moved),
            "증감의 방향을 바꾸면": ratio(assets - sign * moved, debts - sign * moved),
            "유동자산과 유동부채를 반대 방향으로 조정하면": ratio(
                assets - sign * moved, debts + sign * moved
            ),
            "유동부채를 유동자산으로 나누면": ratio(debts + sign * moved, assets + sign * moved),
        },
        reasoning=f"이 거래는 유동자산과 유동부채를 똑같이 {moved} {'줄인다' if pays else '늘린다'}. 유동비율은 "
        f"{eok_won(assets + sign * moved).bare} ÷ {eok_won(debts + sign * moved).bare} = "
        f"{ratio(assets + sign * moved, debts + sign * moved)}이다.",
    )


@family("dupont", "재무 비율 계산", "easy")
def dupont(dice: Dice) -> Draft:
    company = dice.company()
    margin, turnover = percent(dice.rate(3, 12, "0.5")), times(dice.between("0.6", "1.8", "0.1"))
    leverage = percent(dice.rate(40, 220, 10))

    def roe(value: Fraction) -> Amount:
        return percent(value, 2)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 매출액순이익률은 {margin}, 총자산회전율은 {turnover}, 부채비율(부채 ÷ 자기자본)은 {leverage}이다. "
                "자기자본순이익률(ROE)은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"부채비율(부채 ÷ 자기자본)이 {leverage}인 {company:은/는} 총자산회전율 {turnover}, 매출액순이익률 "
                f"{margin:을/를} 기록하였다. 듀퐁 분석에 따른 이 회사의 ROE에 가장 가까운 것은?",
            ]
        ),
        given={"margin": margin, "turnover": turnover, "leverage": leverage},
        right=roe(margin * turnover * (1 + leverage)),
        mistakes={
            "재무레버리지를 곱하지 않으면": roe(margin * turnover),
            "자기자본승수 대신 부채비율을 곱하면": roe(margin * turnover * leverage),
            "총자산회전율을 곱하지 않으면": roe(margin * (1 + leverage)),
            "총자산회전율로 나누면": roe(margin / turnover * (1 + leverage)),
            "자기자본승수로 나누면": roe(margin * turnover / (1 + leverage)),
            "자기자본승수에 1을 한 번 더 더하면": roe(margin * turnover * (2 + leverage)),
        },
        reasoning="ROE는 매출액순이익률 × 총자산회전율 × 자기자본승수이고, 자기자본승수는 1 + 부채비율이다. "
        f"{margin} × {turnover.bare} × {number(1 + leverage)} = {roe(margin * turnover * (1 + leverage))}이다.",
    )


@family("cash-conversion-cycle", "재무 비율 계산", "hard")
def cash_conversion_cycle(dice: Dice) -> Draft:
    company = dice.company()
    sales = eok_won(dice.whole(800, 3_000, 50))
    cost = eok_won(round(sales * dice.rate(60, 80), -1))
    receivable, stock = eok_won(dice.whole(80, 320, 5)), eok_won(dice.whole(60, 300, 5))
    payable = eok_won(dice.whole(40, 200, 5))

    def held(amount: Fraction, per: Fraction) -> Fraction:
        return amount / per * 365

    collection, storage, credit = held(receivable, sales), held(stock, cost), held(payable, cost)

    def cycle(value: Fraction) -> Amount:
        return days(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 당기 매출액은 {sales}, 매출원가는 {cost}이고 기말 잔액은 매출채권 {receivable}, 재고자산 {stock}, "
                f"매입채무 {payable}이다. 기말 잔액을 쓰고 재고자산과 매입채무는 매출원가를 기준으로 할 때 현금전환주기는? "
                "(1년은 365일이고 소수점 아래 둘째 자리에서 반올림한다.)",
                f"매출액 {sales}, 매출원가 {cost}인 {company}의 기말 매출채권은 {receivable}, 재고자산은 {stock}, 매입채무는 "
                f"{payable}이다. 매출채권은 매출액, 나머지는 매출원가에 대한 회전기간을 기말 잔액으로 구한 현금전환주기에 "
                "가장 가까운 것은? (1년은 365일)",
            ]
        ),
        given={
            "sales": sales,
            "cost": cost,
            "receivable": receivable,
            "stock": stock,
            "payable": payable,
        },
        right=cycle(collection + storage - credit),
        mistakes={
            "매입채무 회전기간을 더하면": cycle(collection + storage + credit),
            "매입채무를 빠뜨리고 영업주기를 구하면": cycle(collection + storage),
            "재고자산과 매입채무도 매출액을 기준으로 하면": cycle(
                collection + held(stock - payable, sales)
            ),
            "매출채권도 매출원가를 기준으로 하면": cycle(held(receivable + stock - payable, cost)),
            "매입채무만 매출액을 기준으로 하면": cycle(collection + storage - held(payable, sales)),
            "재고자산 회전기간을 빼고 매입채무 회전기간을 더하면": cycle(
                collection - storage + credit
            ),
            "재고자산만 매출액을 기준으로 하면": cycle(collection + held(stock, sales) - credit),
        },
        reasoning="현금전환주기는 매출채권 회수기간 + 재고자산 회전기간 − 매입채무 지급기간이다. "
        f"{days(collection, 1).bare} + {days(storage, 1).bare} − {days(credit, 1).bare} = "
        f"{cycle(collection + storage - credit)}이다.",
    )


@family("sustainable-growth", "재무 비율 계산", "easy")
def sustainable_growth(dice: Dice) -> Draft:
    company = dice.company()
    equity = eok_won(dice.whole(400, 2_000, 50))
    debt = eok_won(dice.whole(300, 2_000, 50))
    income = eok_won(round(equity * dice.rate(8, 20)))
    dividend = eok_won(round(income * dice.rate(20, 60, 5)))

    def growth(value: Fraction) -> Amount:
        return percent(value, 2)

    kept = income - dividend
    return Draft(
        question=dice.one_of(
            [
                f"{company}의 기초 자기자본은 {equity}, 기초 부채는 {debt}이고 당기순이익은 {income}, 배당금은 {dividend}이다. 기초 "
                "자기자본을 기준으로 한 ROE와 유보율로 구한 지속가능성장률은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"기초에 자기자본 {equity:과/와} 부채 {debt:을/를} 가진 {company:이/가} 당기순이익 {income} 가운데 {dividend:을/를} "
                "배당하였다. 기초 자기자본으로 잰 ROE에 유보율을 곱한 지속가능성장률에 가장 가까운 것은?",
            ]
        ),
        given={"equity": equity, "debt": debt, "income": income, "dividend": dividend},
        right=growth(kept / equity),
        mistakes={
            "유보율 대신 배당성향을 곱하면": growth(dividend / equity),
            "유보율을 곱하지 않으면": growth(income / equity),
            "기말 자기자본으로 나누면": growth(kept / (equity + kept)),
            "자기자본 대신 총자산으로 나누면": growth(kept / (equity + debt)),
            "유보이익을 부채로 나누면": growth(kept / debt),
            "배당금을 순이익에 더하면": growth((income + dividend) / equity),
            "ROE를 (1 − ROE)로 나눈 뒤 유보율을 곱하면": growth(
                kept / equity / (1 - income / equity)
            ),
        },
        reasoning=f"ROE는 {income.bare} ÷ {equity.bare} = {percent(income / equity, 2)}, 유보율은 1 − {dividend.bare} ÷ "
        f"{income.bare} = {percent(kept / income, 2)}이다. 두 값을 곱한 지속가능성장률은 {growth(kept / equity)}이다.",
    )


# ── cost, volume, leverage ───────────────────────────────────────────────────────────────────


@family("combined-leverage", "재무 비율 계산", "easy")
def combined_leverage(dice: Dice) -> Draft:
    company = dice.company()
    sales = eok_won(dice.whole(500, 2_000, 50))
    variable = percent(dice.rate(40, 65, 5))
    margin = sales * (1 - variable)
    fixed = eok_won(round(margin * dice.rate(30, 60, 5)))
    profit = margin - fixed
    interest = eok_won(round(profit * dice.rate(10, 45, 5)))
    change = percent(dice.rate(2, 8))
    taxed = profit - interest

    def rise(factor: Fraction) -> Amount:
        return percent(change * factor, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 매출액은 {sales}, 변동비율은 {variable}, 고정영업비는 {fixed}, 이자비용은 {interest}이고 우선주는 없다. "
                f"매출액이 {change} 늘어나면 주당순이익은 얼마나 늘어나는가? (세율과 주식 수는 변하지 않고 소수점 아래 둘째 "
                "자리에서 반올림한다.)",
                f"매출액 {sales}, 매출액에 대한 변동영업비의 비율 {variable}, 고정영업비 {fixed}, 이자비용 {interest}인 {company}의 "
                f"매출액이 {change} 증가할 때 주당순이익의 증가율에 가장 가까운 것은? (우선주는 없고 세율과 주식 수는 "
                "일정하다.)",
            ]
        ),
        given={
            "sales": sales,
            "variable": variable,
            "fixed": fixed,
            "interest": interest,
            "change": change,
        },
        right=rise(margin / taxed),
        mistakes={
            "영업레버리지도만 적용하면": rise(margin / profit),
            "재무레버리지도만 적용하면": rise(profit / taxed),
            "두 레버리지도를 더하면": rise(margin / profit + profit / taxed),
            "레버리지 효과를 무시하면": rise(Fraction(1)),
            "공헌이익 대신 매출액을 분자에 쓰면": rise(sales / taxed),
            "매출액을 영업이익으로 나누면": rise(sales / profit),
            "고정영업비를 분자에 쓰면": rise(fixed / taxed),
        },
        reasoning=f"공헌이익은 {eok_won(margin)}, 영업이익은 {eok_won(profit)}, 이자를 뺀 이익은 {eok_won(taxed)}이다. 결합레버리지도는 "
        f"{eok_won(margin).bare} ÷ {eok_won(taxed).bare} = {number(margin / taxed, 3)}이므로 주당순이익은 {change} × "
        f"{number(margin / taxed, 3)} = {rise(margin / taxed)} 늘어난다.",
    )


@family("margin-of-safety", "재무 비율 계산", "easy")
def margin_of_safety(dice: Dice) -> Draft:
    company = dice.company()
    price = won(dice.whole(4_000, 30_000, 500))
    unit_cost = won(round(price * dice.rate(40, 70, 5), -2))
    sold = pieces(dice.whole(8_000, 40_000, 500))
    fixed = million_won(round((price - unit_cost) * sold * dice.rate(40, 80) / 1_000_000, 0))
    even = fixed * 1_000_000 / (price - unit_cost)

    def safety(value: Fraction) -> Amount:
        return percent(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 단위당 {price}에 파는 제품을 {sold} 판매하였다. 단위당 변동비는 {unit_cost}, 총고정비는 "
                f"{fixed}이다. 안전한계율은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"판매가격 {price}, 단위당 변동비 {unit_cost}인 제품의 판매량이 {sold}이고 고정비가 {fixed}인 {company}의 안전한계율에 "
                "가장 가까운 것은?",
            ]
        ),
        given={"price": price, "unit_cost": unit_cost, "sold": sold, "fixed": fixed},
        right=safety(1 - even / sold),
        mistakes={
            "손익분기점률을 구하면": safety(even / sold),
            "안전한계를 손익분기점 판매량으로 나누면": safety(sold / even - 1),
            "공헌이익률을 구하면": safety(1 - unit_cost / price),
            "매출액이익률을 구하면": safety(
                ((price - unit_cost) * sold - fixed * 1_000_000) / (price * sold)
            ),
            "변동비를 빼지 않고 고정비를 판매가격으로 나누면": safety(
                1 - fixed * 1_000_000 / price / sold
            ),
            "변동비율을 구하면": safety(unit_cost / price),
            "고정비를 변동비로 나누어 판매량과 비교하면": safety(
                1 - fixed * 1_000_000 / unit_cost / sold
            ),
        },
        reasoning=f"단위당 공헌이익은 {won(price - unit_cost)}이므로 손익분기점 판매량은 {pieces(even, 0)}이다. 안전한계율은 "
        f"({sold.bare} − {pieces(even, 0).bare}) ÷ {sold.bare} = {safety(1 - even / sold)}이다.",
    )


@family("target-profit-sales", "재무 비율 계산", "hard")
def target_profit_sales(dice: Dice) -> Draft:
    company = dice.company()
    margin = percent(dice.rate(25, 50, 5))
    fixed, target = million_won(dice.whole(200, 900, 20)), million_won(dice.whole(60, 400, 10))
    tax = percent(dice.rate(18, 28, 2))

    def sales(value: Fraction) -> Amount:
        return million_won(value, 0)

    needed = target / (1 - tax)
    return Draft(
        question=dice.one_of(
            [
                f"{company}의 공헌이익률은 {margin}, 총고정비는 {fixed}, 법인세율은 {tax}이다. 세후이익 {target:을/를} 얻기 위한 "
                "매출액은? (백만원 미만은 반올림한다.)",
                f"공헌이익률이 {margin}이고 고정비가 {fixed}인 {company:이/가} 법인세({tax})를 뺀 뒤 {target}의 이익을 "
                "내려면 매출액이 얼마가 되어야 하는가? (백만원 미만은 반올림한다.)",
            ]
        ),
        given={"margin": margin, "fixed": fixed, "target": target, "tax": tax},
        right=sales((fixed + needed) / margin),
        mistakes={
            "목표이익을 세전으로 바꾸지 않으면": sales((fixed + target) / margin),
            "세율을 곱하여 세전이익으로 바꾸면": sales((fixed + target * (1 + tax)) / margin),
            "변동비율로 나누면": sales((fixed + needed) / (1 - margin)),
            "고정비까지 세전으로 바꾸면": sales((fixed + target) / (1 - tax) / margin),
            "손익분기점 매출액을 구하면": sales(fixed / margin),
            "목표이익을 공헌이익률로 나누지 않고 더하면": sales(fixed / margin + needed),
            "목표이익을 세율로 나누면": sales((fixed + target / tax) / margin),
        },
        reasoning=f"세후이익 {target:을/를} 얻으려면 세전이익이 {target.bare} ÷ {number(1 - tax)} = {million_won(needed, 1)}이어야 한다. "
        f"매출액은 ({fixed.bare} + {million_won(needed, 1).bare}) ÷ {margin} = {sales((fixed + needed) / margin)}이다.",
    )


# ── per share, multiples, value added ────────────────────────────────────────────────────────


@family("earnings-per-share", "재무 비율 계산", "hard")
def earnings_per_share(dice: Dice) -> Draft:
    company = dice.company()
    start = shares(dice.whole(20_000, 80_000, 1_000))
    issued, bought = shares(dice.whole(3_000, 12_000, 600)), shares(dice.whole(1_000, 5_000, 400))
    bonus = percent(dice.one_of([Fraction(n, 100) for n in (10, 20, 25, 30)]))
    month_issued, month_bought = dice.one_of((3, 4, 5)), dice.one_of((9, 10, 11))
    income = won(dice.whole(60, 240, 5) * 1_000_000)
    preferred = won(dice.whole(4, 20) * 1_000_000)
    part_issued = Fraction(13 - month_issued, 12)
    part_bought = Fraction(13 - month_bought, 12)
    free = (start + issued) * bonus
    weighted = (start + issued * part_issued) * (1 + bonus) - bought * part_bought

    def per_share(count: Fraction, profit: Fraction = income - preferred) -> Amount:
        return won(profit / count, 0)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 기초 유통보통주식수는 {start}이다. {month_issued}월 1일 시가로 {issued:을/를} 유상증자하고, 7월 1일 "
                f"{bonus}의 무상증자를 실시하였으며, {month_bought}월 1일 자기주식 {bought:을/를} 취득하였다. 당기순이익이 {income}, "
                f"우선주배당금이 {preferred}일 때 기본주당이익은? (12월 결산, 월할 계산하고 원 미만은 반올림한다.)",
                f"결산일이 12월 31일인 {company:은/는} 보통주 {start:으로/로} 한 해를 시작하였다. 당기순이익은 {income}, 우선주에 대한 "
                f"배당은 {preferred}이다. {month_issued}월 1일에 {issued:을/를} 시가로 발행하고 7월 1일에 {bonus}의 무상증자를 한 뒤 "
                f"{month_bought}월 1일에 자기주식 {bought:을/를} 사들였다면 기본주당이익은? (월할 계산, 원 미만 반올림)",
            ]
        ),
        given={
            "start": start,
            "issued": issued,
            "bought": bought,
            "bonus": bonus,
            "income": income,
            "preferred": preferred,
            "month_issued": month_issued,
            "month_bought": month_bought,
        },
        right=per_share(weighted),
        mistakes={
            "무상증자를 실시일부터 가중평균하면": per_share(
                start + issued * part_issued + free / 2 - bought * part_bought
            ),
            "무상증자를 유상증자분에는 적용하지 않으면": per_share(
                start * (1 + bonus) + issued * part_issued - bought * part_bought
            ),
            "무상증자를 빠뜨리면": per_share(start + issued * part_issued - bought * part_bought),
            "유상증자분도 기초부터 있었던 것으로 보면": per_share(
                (start + issued) * (1 + bonus) - bought * part_bought
            ),
            "기말의 주식 수로 나누면": per_share((start + issued) * (1 + bonus) - bought),
            "우선주배당금을 빼지 않으면": per_share(weighted, income),
            "자기주식을 빼지 않으면": per_share(weighted + bought * part_bought),
            "우선주배당금을 더하면": per_share(weighted, income + preferred),
        },
        reasoning="무상증자는 자원의 변동 없이 주식만 늘리므로 기초부터 있었던 것으로 보아 소급하고, 그 전에 발행한 "
        f"유상증자분에도 같은 비율을 적용한다. 가중평균주식수는 ({start.bare} + {issued.bare} × {13 - month_issued}/12) × "
        f"{number(1 + bonus)} − {bought.bare} × {13 - month_bought}/12 = {shares(weighted, 0)}이고, "
        f"({income.bare} − {preferred.bare}) ÷ {shares(weighted, 0).bare} = {per_share(weighted)}이다.",
    )


@family("diluted-earnings-per-share", "재무 비율 계산", "hard")
def diluted_earnings_per_share(dice: Dice) -> Draft:
    company = dice.company()
    count = shares(dice.whole(200_000, 900_000, 10_000))
    income = million_won(dice.whole(900, 4_000, 50))
    converted = shares(dice.whole(40_000, 150_000, 6_000))
    months = dice.one_of((3, 4, 6, 8, 9))
    tax = percent(dice.rate(18, 28, 2))
    added = converted * Fraction(months, 12)
    # Always dilutive: each new share brings less than a share has earned.
    brought = added * income / count * dice.rate(15, 70, 5)
    interest = million_won(round(brought / (1 - tax)) + 1)

    def per_share(profit: Fraction, total: Fraction) -> Amount:
        return won(profit * 1_000_000 / total, 0)

    saved = interest * (1 - tax)
    return Draft(
        question=dice.one_of(
            [
                f"{company}의 당기순이익은 {income}, 가중평균유통보통주식수는 {count}이다. 결산일까지 {months}개월이 남은 날에 발행한 "
                f"전환사채는 모두 전환되면 보통주 {converted:이/가} 되고, 당기에 인식한 전환사채의 이자비용은 {interest}이다. "
                f"법인세율이 {tax}일 때 희석주당이익은? (우선주는 없고 월할 계산하며 원 미만은 반올림한다.)",
                f"{company:이/가} 기중에 발행하여 기말까지 {months}개월간 유통된 전환사채가 있다. 전환되면 보통주 {converted:을/를} "
                f"발행하여야 하고 당기의 관련 이자비용은 {interest}이다. 당기순이익 {income}, 기본주당이익의 분모가 되는 주식 수 "
                f"{count}, 세율 {tax}일 때 희석주당이익은? (우선주는 없고 월할 계산, 원 미만 반올림)",
            ]
        ),
        given={
            "count": count,
            "income": income,
            "converted": converted,
            "months": months,
            "interest": interest,
            "tax": tax,
        },
        right=per_share(income + saved, count + added),
        mistakes={
            "이자비용을 더하지 않으면": per_share(income, count + added),
            "이자비용의 세금효과를 고려하지 않으면": per_share(income + interest, count + added),
            "전환될 주식을 기초부터 더하면": per_share(income + saved, count + converted),
            "기본주당이익을 구하면": per_share(income, Fraction(count)),
            "전환될 주식을 더하지 않으면": per_share(income + saved, Fraction(count)),
            "세후 이자비용을 빼면": per_share(income - saved, count + added),
            "이자비용도 월할로 다시 나누면": per_share(
                income + saved * Fraction(months, 12), count + added
            ),
            "이자비용을 더하지 않고 전환될 주식을 기초부터 더하면": per_share(
                income, count + converted
            ),
        },
        reasoning="전환사채가 발행일에 전환되었다고 가정하면 세후 이자비용이 줄고 주식이 늘어난다. 분자는 "
        f"{income.bare} + {interest.bare} × (1 − {tax}) = {million_won(income + saved)}, 분모는 {count.bare} + "
        f"{converted.bare} × {months}/12 = {shares(count + added, 0)}이므로 희석주당이익은 "
        f"{per_share(income + saved, count + added)}이다.",
    )


@family("price-from-peers", "재무 비율 계산", "easy")
def price_from_peers(dice: Dice) -> Draft:
    company, *peers = dice.companies(4)
    income = eok_won(dice.whole(120, 900, 10))
    count = man_shares(dice.whole(600, 3_000, 50))
    growth = percent(dice.rate(5, 25))
    multiples = [times(dice.between(7, 19, "0.5")) for _ in peers]
    average = sum(multiples, Fraction()) / 3
    earned = income / count * 10_000
    ordered = sorted(multiples)
    listed = ", ".join(f"{name} {per}" for name, per in zip(peers, multiples, strict=True))

    def price(value: Fraction) -> Amount:
        return won(value, 0)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 올해 당기순이익은 {income}, 발행주식수는 {count}이고 내년 순이익은 {growth} 늘어날 것으로 예상된다. "
                f"비교기업의 선행 PER가 {listed}일 때, 이들의 평균을 내년 예상 주당순이익에 적용한 목표주가는? (주식 수는 변하지 "
                "않고 원 미만은 반올림한다.)",
                f"발행주식수 {count}인 {company}의 올해 순이익은 {income}이며 내년에는 {growth} 증가할 전망이다. 내년 이익을 기준으로 "
                f"한 비교기업의 주가수익비율은 {listed}이다. 평균 배수로 구한 {company}의 목표주가에 가장 가까운 것은? (주식 수는 "
                "일정하다.)",
            ]
        ),
        given={"income": income, "count": count, "growth": growth, "multiples": tuple(multiples)},
        right=price(earned * (1 + growth) * average),
        mistakes={
            "올해의 주당순이익을 쓰면": price(earned * average),
            "가장 높은 배수를 적용하면": price(earned * (1 + growth) * ordered[-1]),
            "가장 낮은 배수를 적용하면": price(earned * (1 + growth) * ordered[0]),
            "가운데 배수를 적용하면": price(earned * (1 + growth) * ordered[1]),
            "내년 이익을 성장률로 할인하면": price(earned / (1 + growth) * average),
            "성장률을 두 번 적용하면": price(earned * (1 + growth) ** 2 * average),
            "올해의 주당순이익에 가장 높은 배수를 적용하면": price(earned * ordered[-1]),
        },
        reasoning=f"내년 예상 주당순이익은 {income} ÷ {count} × {number(1 + growth)} = {won(earned * (1 + growth), 1)}이고 평균 배수는 "
        f"{times(average, 2)}이다. 두 값을 곱한 목표주가는 {price(earned * (1 + growth) * average)}이다.",
    )


@family("economic-value-added", "재무 비율 계산", "hard")
def economic_value_added(dice: Dice) -> Draft:
    company = dice.company()
    assets = eok_won(dice.whole(1_000, 4_000, 50))
    free = eok_won(round(assets * dice.rate(10, 25)))
    debt = eok_won(round((assets - free) * dice.rate(25, 55, 5)))
    profit = eok_won(round((assets - free) * dice.rate(9, 18)))
    tax = percent(dice.rate(18, 28, 2))
    own, borrowing = percent(dice.rate(8, 13, "0.5")), percent(dice.rate(4, 7, "0.5"))
    capital = assets - free
    share = debt / capital
    cost = (1 - share) * own + share * borrowing * (1 - tax)
    after_tax = profit * (1 - tax)

    def added(value: Fraction) -> Amount:
        return eok_won(value, 1, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 총자산은 {assets}, 비이자발생부채는 {free}, 이자부부채는 {debt}이고 나머지는 자기자본이다. 세전 영업이익은 "
                f"{profit}, 법인세율은 {tax}, 자기자본비용은 {own}, 세전 차입이자율은 {borrowing}이다. 장부금액을 가중치로 쓸 때 "
                "경제적 부가가치(EVA)는? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"총자산 {assets} 가운데 {free:은/는} 이자를 내지 않는 영업부채로, {debt:은/는} 연 {borrowing}의 차입금으로, 나머지는 "
                f"자기자본(자본비용 {own})으로 조달한 {company}의 세전 영업이익은 {profit}이다. 법인세율이 {tax}일 때 장부금액 "
                "기준의 EVA에 가장 가까운 것은?",
            ]
        ),
        given={
            "assets": assets,
            "free": free,
            "debt": debt,
            "profit": profit,
            "tax": tax,
            "own": own,
            "borrowing": borrowing,
        },
        right=added(after_tax - capital * cost),
        mistakes={
            "영업이익에서 세금을 빼지 않으면": added(profit - capital * cost),
            "비이자발생부채를 투하자본에서 빼지 않으면": added(after_tax - assets * cost),
            "차입금의 절세효과를 빠뜨리면": added(
                after_tax - (capital - debt) * own - debt * borrowing
            ),
            "세후 순이익에서 자본비용을 빼면": added(
                (profit - debt * borrowing) * (1 - tax) - capital * cost
            ),
            "자기자본비용을 투하자본 전체에 적용하면": added(after_tax - capital * own),
            "차입금의 비용을 빼지 않으면": added(after_tax - (capital - debt) * own),
            "자기자본의 비용을 빼지 않으면": added(after_tax - debt * borrowing * (1 - tax)),
        },
        reasoning=f"투하자본은 {assets.bare} − {free.bare} = {eok_won(capital)}이고 가중평균자본비용은 {percent(cost, 3)}이다. 세후 "
        f"영업이익 {eok_won(after_tax, 2)}에서 자본비용 {eok_won(capital * cost, 2)}을 빼면 "
        f"{added(after_tax - capital * cost)}이다.",
    )


@family("price-from-ebitda", "재무 비율 계산", "hard")
def price_from_ebitda(dice: Dice) -> Draft:
    company = dice.company()
    profit, wear = eok_won(dice.whole(200, 900, 10)), eok_won(dice.whole(50, 300, 10))
    multiple = times(dice.between(5, 11, "0.5"))
    debt, cash = eok_won(dice.whole(400, 1_500, 50)), eok_won(dice.whole(100, 380, 10))
    minority = eok_won(dice.whole(40, 260, 20))
    count = man_shares(dice.whole(800, 3_000, 100))
    earned = profit + wear

    def price(equity: Fraction) -> Amount:
        return won(equity / count * 10_000, 0)

    value = multiple * earned
    return Draft(
        question=dice.one_of(
            [
                f"{company}의 연결 영업이익은 {profit}, 영업비용에 포함된 감가상각비와 무형자산상각비는 {wear}이다. 이자부부채는 {debt}, "
                f"현금성자산은 {cash}, 비지배지분의 시가는 {minority}, 유통주식수는 {count}이다. 업종 평균 EV/EBITDA {multiple:을/를} "
                "적용한 1주당 가치는? (원 미만은 반올림한다.)",
                f"EV/EBITDA 배수 {multiple:으로/로} {company:을/를} 평가한다. 연결 기준으로 영업이익 {profit}, 유·무형자산 상각비 "
                f"{wear}, 차입금 {debt}, 현금성자산 {cash}, 비지배지분의 공정가치 {minority}이고 유통주식수는 {count}이다. 적정 "
                "주가에 가장 가까운 것은?",
            ]
        ),
        given={
            "profit": profit,
            "wear": wear,
            "multiple": multiple,
            "debt": debt,
            "cash": cash,
            "minority": minority,
            "count": count,
        },
        right=price(value - debt + cash - minority),
        mistakes={
            "상각비를 더하지 않고 영업이익에 배수를 곱하면": price(
                multiple * profit - debt + cash - minority
            ),
            "기업가치를 주식 수로 바로 나누면": price(value),
            "비지배지분을 빼지 않으면": price(value - debt + cash),
            "현금성자산을 더하지 않으면": price(value - debt - minority),
            "순차입금을 빼지 않고 더하면": price(value + debt - cash - minority),
            "순차입금을 빼지 않으면": price(value - minority),
            "비지배지분을 더하면": price(value - debt + cash + minority),
        },
        reasoning=f"EBITDA는 {profit.bare} + {wear.bare} = {eok_won(earned)}이고 기업가치(EV)는 {multiple.bare} × {eok_won(earned).bare} = "
        f"{eok_won(value)}이다. 순차입금 {eok_won(debt - cash)}과 비지배지분 {minority:을/를} 빼면 지배주주의 몫은 "
        f"{eok_won(value - debt + cash - minority)}이고, 주식 수로 나누면 {price(value - debt + cash - minority)}이다.",
    )


@family("justified-price-to-book", "재무 비율 계산", "hard")
def justified_price_to_book(dice: Dice) -> Draft:
    company = dice.company()
    book = won(dice.whole(8_000, 60_000, 500))
    growth = percent(dice.rate(1, 5, "0.5"))
    required = percent(growth + dice.rate(3, 8, "0.5"))
    # At a ROE equal to the required return every share is worth its book value.
    gap = dice.one_of([n for n in range(-5, 13) if n])
    earned = percent(required + Fraction(gap, 200))
    paid = percent(dice.rate(20, 60, 5))

    def price(ratio: Fraction) -> Amount:
        return won(book * ratio, 0)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 주당순자산은 {book}이고 앞으로 ROE {earned:과/와} 이익의 성장률 {growth:이/가} 영구히 유지된다. 최근 배당성향은 "
                f"{paid}였으나 앞으로는 성장에 맞게 조정된다. 요구수익률이 {required}일 때 (ROE − g) ÷ (k − g)로 구한 적정 PBR를 "
                "적용한 주가는? (원 미만은 반올림한다.)",
                f"요구수익률 {required}, 영구성장률 {growth}, 지속 가능한 ROE {earned}인 {company}의 주당순자산은 {book}, 작년의 배당성향은 "
                f"{paid}이다. 항상성장모형에서 도출한 적정 주가순자산비율로 평가한 주가에 가장 가까운 것은? (배당성향은 성장률과 "
                "ROE에 맞게 정해진다.)",
            ]
        ),
        given={
            "book": book,
            "growth": growth,
            "required": required,
            "earned": earned,
            "paid": paid,
        },
        right=price((earned - growth) / (required - growth)),
        mistakes={
            "성장률을 무시하고 ROE를 요구수익률로 나누면": price(earned / required),
            "분자에서 성장률을 빼지 않으면": price(earned / (required - growth)),
            "분모에서 성장률을 빼지 않으면": price((earned - growth) / required),
            "ROE와 요구수익률의 자리를 바꾸면": price((required - growth) / (earned - growth)),
            "ROE에 작년의 배당성향을 곱하여 나누면": price(earned * paid / (required - growth)),
            "성장률을 빼는 대신 모두 더하면": price((earned + growth) / (required + growth)),
            "구한 배수에 (1 + 성장률)을 곱하면": price(
                (earned - growth) / (required - growth) * (1 + growth)
            ),
        },
        reasoning=f"적정 PBR는 ({earned} − {growth}) ÷ ({required} − {growth}) = "
        f"{times((earned - growth) / (required - growth), 4)}이다. 작년의 배당성향은 쓰이지 않으며, 주당순자산을 곱한 주가는 "
        f"{price((earned - growth) / (required - growth))}이다.",
    )
