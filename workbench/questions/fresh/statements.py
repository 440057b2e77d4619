"""Financial statements: cash flows, consolidation, and what errors and choices do to them."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    eok_won,
    million_won,
    number,
    percent,
    percent_points,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, family

# ── cash flows ───────────────────────────────────────────────────────────────────────────────


def _change(name: str, amount: Amount) -> str:
    """'매출채권 30백만원 증가'."""
    return f"{name} {million_won(abs(amount))} {'증가' if amount > 0 else '감소'}"


def _moved(dice: Dice) -> Amount:
    """A balance that rose (positive) or fell."""
    return million_won(dice.one_of((-1, 1)) * dice.whole(10, 120, 5))


def _signed(value: Fraction) -> str:
    """'+ 30' or '− 30', as a term of a sum."""
    return f"{'+' if value > 0 else '−'} {number(abs(value))}"


@family("operating-cash-flow", "재무제표 분석", "easy")
def operating_cash_flow(dice: Dice) -> Draft:
    company = dice.company()
    income, wear = million_won(dice.whole(300, 1_500, 10)), million_won(dice.whole(60, 300, 10))
    disposal = million_won(dice.one_of((-1, 1)) * dice.whole(10, 90, 5))  # a gain, or a loss
    receivable, stock, payable = _moved(dice), _moved(dice), _moved(dice)
    name = "유형자산처분이익" if disposal > 0 else "유형자산처분손실"
    listed = ", ".join(
        [
            f"감가상각비 {wear}",
            f"{name} {million_won(abs(disposal))}",
            _change("매출채권", receivable),
            _change("재고자산", stock),
            _change("매입채무", payable),
        ]
    )
    flow = income + wear - disposal - receivable - stock + payable

    def cash(value: Fraction) -> Amount:
        return million_won(value)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 당기순이익은 {income}이다. 다음 자료로 간접법에 따라 계산한 영업활동현금흐름은? {listed}. (이자와 법인세의 별도 "
                "표시는 고려하지 않으며 매입채무는 모두 영업거래에서 생긴 것이다.)",
                f"간접법으로 현금흐름표를 작성하는 {company}의 당기순이익은 {income}이고, 관련 자료는 {listed}이다. 영업활동으로 인한 순현금흐름은? "
                "(이자와 법인세의 별도 표시는 고려하지 않는다.)",
            ]
        ),
        given={
            "income": income,
            "wear": wear,
            "disposal": million_won(abs(disposal)),
            "name": name,
            "receivable": _change("매출채권", receivable),
            "stock": _change("재고자산", stock),
            "payable": _change("매입채무", payable),
        },
        right=cash(flow),
        mistakes={
            "감가상각비를 빼면": cash(flow - 2 * wear),
            "처분손익의 부호를 반대로 하면": cash(flow + 2 * disposal),
            "매출채권 변동의 부호를 반대로 하면": cash(flow + 2 * receivable),
            "재고자산 변동의 부호를 반대로 하면": cash(flow + 2 * stock),
            "매입채무 변동의 부호를 반대로 하면": cash(flow - 2 * payable),
            "영업 자산과 부채의 변동을 빠뜨리면": cash(income + wear - disposal),
            "처분손익을 조정하지 않으면": cash(flow + disposal),
        },
        reasoning="간접법은 당기순이익에서 현금의 유출입이 없는 손익과 투자활동의 손익을 제거하고 영업 자산의 증가를 빼고 영업 부채의 증가를 더한다. "
        f"{income.bare} + {wear.bare} {_signed(-disposal)} {_signed(-receivable)} {_signed(-stock)} "
        f"{_signed(payable)} = {cash(flow)}이다.",
    )


@family("cash-from-customers", "재무제표 분석", "hard")
def cash_from_customers(dice: Dice) -> Draft:
    company = dice.company()
    sales = million_won(dice.whole(2_000, 9_000, 50))
    opening = million_won(dice.whole(300, 900, 10))
    closing = million_won(opening + dice.one_of((-1, 1)) * dice.whole(40, 200, 10))
    allowance, written_off = million_won(dice.whole(50, 90, 2)), million_won(dice.whole(6, 46, 2))
    expense = million_won(dice.whole(8, 60, 2))
    allowance_end = million_won(allowance + expense - written_off)
    advance = million_won(dice.whole(70, 140, 5))
    advance_end = million_won(advance + dice.one_of((-1, 1)) * dice.whole(5, 60, 5))
    flow = sales + opening - closing - written_off + advance_end - advance

    def cash(value: Fraction) -> Amount:
        return million_won(value)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 당기 매출액은 {sales}, 매출채권 손상차손은 {expense}이다. 매출채권(총액)은 기초 {opening}, 기말 {closing}, "
                f"손실충당금은 기초 {allowance}, 기말 {allowance_end}, 선수금은 기초 {advance}, 기말 {advance_end}이다. 고객으로부터 받은 "
                "현금은? (제각한 채권의 회수는 없다.)",
                f"직접법으로 현금흐름표를 작성하는 {company}의 자료이다: 매출액 {sales}, 매출채권 손상차손 {expense}, 매출채권(총액) {opening} → "
                f"{closing}, 손실충당금 {allowance} → {allowance_end}, 선수금 {advance} → {advance_end}(기초 → 기말). 고객으로부터 유입된 "
                "현금은? (제각한 채권의 회수는 없다.)",
            ]
        ),
        given={
            "sales": sales,
            "expense": expense,
            "opening": opening,
            "closing": closing,
            "allowance": allowance,
            "allowance_end": allowance_end,
            "advance": advance,
            "advance_end": advance_end,
        },
        right=cash(flow),
        mistakes={
            "제각한 채권을 빼지 않으면": cash(flow + written_off),
            "손상차손을 제각액으로 여기면": cash(flow + written_off - expense),
            "매출채권의 증감을 반대로 반영하면": cash(flow + 2 * (closing - opening)),
            "선수금의 증감을 반대로 반영하면": cash(flow - 2 * (advance_end - advance)),
            "선수금의 증감을 빠뜨리면": cash(flow - advance_end + advance),
            "제각한 채권을 더하면": cash(flow + 2 * written_off),
            "손상차손을 한 번 더 빼면": cash(flow - expense),
        },
        reasoning=f"당기에 제각한 채권은 {allowance.bare} + {expense.bare} − {allowance_end.bare} = {million_won(written_off)}이다. 현금 유입액은 "
        f"매출액에 매출채권의 감소를 더하고(증가를 빼고) 제각액을 뺀 뒤 선수금의 증가를 더한(감소를 뺀) {sales.bare} "
        f"{_signed(opening - closing)} − {number(written_off)} {_signed(advance_end - advance)} = {cash(flow)}이다.",
    )


@family("equipment-cash-flow", "재무제표 분석", "hard")
def equipment_cash_flow(dice: Dice) -> Draft:
    company = dice.company()
    opening, worn = million_won(dice.whole(800, 2_000, 20)), million_won(dice.whole(200, 600, 10))
    sold_cost = million_won(dice.whole(120, 360, 10))
    sold_worn = million_won(round(sold_cost * dice.rate(30, 70), -1))
    charge = million_won(dice.whole(80, 220, 10))
    gain = million_won(dice.one_of((-1, 1)) * dice.whole(5, 40, 5))
    bought = million_won(dice.whole(260, 700, 10))
    owed = million_won(dice.whole(20, 120, 10))
    closing, worn_end = (
        million_won(opening + bought - sold_cost),
        million_won(worn + charge - sold_worn),
    )
    proceeds = sold_cost - sold_worn + gain
    outflow = bought - owed - proceeds
    name = "처분이익" if gain > 0 else "처분손실"

    def cash(value: Fraction) -> Amount:
        return million_won(value)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 기계장치 취득원가는 기초 {opening}, 기말 {closing}, 감가상각누계액은 기초 {worn}, 기말 {worn_end}이다. 당기에 기계장치 "
                f"{bought:을/를} 취득하면서 {owed:은/는} 기말 현재 지급하지 않았고, 감가상각비는 {charge}, 기계장치{name}은 "
                f"{million_won(abs(gain))}이며 처분대금은 모두 현금으로 받았다. 기계장치와 관련한 투자활동 순현금유출액은?",
                f"기계장치의 취득원가가 {opening}에서 {closing}으로, 감가상각누계액이 {worn}에서 {worn_end}으로 변한 {company}의 당기 감가상각비는 "
                f"{charge}, 기계장치{name}은 {million_won(abs(gain))}이다. 당기의 기계장치 취득액은 {bought}이고 이 가운데 {owed:이/가} "
                "기말 현재 미지급금으로 남아 있다. 기계장치의 취득과 처분(대금은 현금 수령)으로 인한 투자활동 순현금유출액은?",
            ]
        ),
        given={
            "opening": opening,
            "closing": closing,
            "worn": worn,
            "worn_end": worn_end,
            "bought": bought,
            "owed": owed,
            "charge": charge,
            "gain": million_won(abs(gain)),
            "name": name,
        },
        right=cash(outflow),
        mistakes={
            "미지급한 취득대금까지 유출로 보면": cash(outflow + owed),
            "처분대금을 취득원가로 보면": cash(bought - owed - sold_cost),
            "처분대금을 장부금액으로 보면": cash(outflow + gain),
            "처분손익의 부호를 반대로 하면": cash(outflow + 2 * gain),
            "처분대금을 빼지 않으면": cash(bought - owed),
            "취득원가의 순증가액을 유출로 보면": cash(abs(closing - opening)),
            "미지급한 취득대금을 더하면": cash(outflow + 2 * owed),
        },
        reasoning=f"처분한 기계장치의 취득원가는 {opening.bare} + {bought.bare} − {closing.bare} = {million_won(sold_cost)}, 감가상각누계액은 "
        f"{worn.bare} + {charge.bare} − {worn_end.bare} = {million_won(sold_worn)}이다. 처분대금은 장부금액 "
        f"{million_won(sold_cost - sold_worn)}에 처분손익을 반영한 {million_won(proceeds)}이고, 현금으로 지급한 취득대금은 "
        f"{million_won(bought - owed)}이므로 순유출은 {cash(outflow)}이다.",
    )


@family("interest-paid", "재무제표 분석", "hard")
def interest_paid(dice: Dice) -> Draft:
    company = dice.company()
    expense = million_won(dice.whole(120, 480, 5))
    amortised = million_won(dice.whole(8, 40, 2))
    owed = million_won(dice.whole(60, 110, 2))
    owed_end = million_won(owed + dice.one_of((-1, 1)) * dice.whole(6, 40, 2))
    prepaid = million_won(dice.whole(50, 90, 2))
    prepaid_end = million_won(prepaid + dice.one_of((-1, 1)) * dice.whole(4, 36, 2))
    paid = expense - amortised + owed - owed_end + prepaid_end - prepaid

    def cash(value: Fraction) -> Amount:
        return million_won(value)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 당기 이자비용은 {expense}이고 이 가운데 사채할인발행차금 상각액이 {amortised}이다. 미지급이자는 기초 {owed}, 기말 "
                f"{owed_end}이고 선급이자는 기초 {prepaid}, 기말 {prepaid_end}이다. 당기에 현금으로 지급한 이자는?",
                f"포괄손익계산서의 이자비용 {expense}에는 사채할인발행차금 상각액 {amortised:이/가} 들어 있다. {company}의 미지급이자가 {owed}에서 "
                f"{owed_end}으로, 선급이자가 {prepaid}에서 {prepaid_end}으로 변하였다면 당기의 이자지급액은?",
            ]
        ),
        given={
            "expense": expense,
            "amortised": amortised,
            "owed": owed,
            "owed_end": owed_end,
            "prepaid": prepaid,
            "prepaid_end": prepaid_end,
        },
        right=cash(paid),
        mistakes={
            "할인발행차금 상각액을 빼지 않으면": cash(paid + amortised),
            "할인발행차금 상각액을 더하면": cash(paid + 2 * amortised),
            "미지급이자의 증감을 반대로 반영하면": cash(paid + 2 * (owed_end - owed)),
            "선급이자의 증감을 반대로 반영하면": cash(paid - 2 * (prepaid_end - prepaid)),
            "미지급이자의 증감을 빠뜨리면": cash(paid + owed_end - owed),
            "선급이자의 증감을 빠뜨리면": cash(paid - prepaid_end + prepaid),
            "이자비용에서 상각액만 빼면": cash(expense - amortised),
        },
        reasoning="할인발행차금 상각액은 현금이 나가지 않은 이자비용이므로 빼고, 미지급이자의 감소와 선급이자의 증가는 더 지급한 것이므로 더한다. "
        f"{expense.bare} − {amortised.bare} {_signed(owed - owed_end)} {_signed(prepaid_end - prepaid)} = "
        f"{cash(paid)}이다.",
    )


@family("free-cash-flow", "재무제표 분석", "hard")
def free_cash_flow(dice: Dice) -> Draft:
    company = dice.company()
    profit, interest = eok_won(dice.whole(300, 1_200, 10)), eok_won(dice.whole(30, 150, 5))
    wear, spent = eok_won(dice.whole(80, 300, 10)), eok_won(dice.whole(120, 420, 10))
    working = eok_won(dice.one_of((-1, 1)) * dice.whole(20, 120, 5))
    tax = percent(dice.rate(18, 28, 2))
    flow = profit * (1 - tax) + wear - spent - working
    change = f"{eok_won(abs(working))} {'늘었다' if working > 0 else '줄었다'}"

    def cash(value: Fraction) -> Amount:
        return eok_won(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 영업이익은 {profit}, 이자비용은 {interest}, 감가상각비는 {wear}, 자본적 지출은 {spent}이고 순운전자본은 {change}. "
                f"법인세율이 {tax}일 때 기업잉여현금흐름(FCFF)은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"세율이 {tax}인 {company}의 올해 자료는 영업이익 {profit}, 감가상각비 {wear}, 이자비용 {interest}, 설비투자 {spent}이며 한 해 동안 "
                f"순운전자본이 {change}. 채권자와 주주 모두에게 돌아갈 기업잉여현금흐름에 가장 가까운 것은?",
            ]
        ),
        given={
            "profit": profit,
            "interest": interest,
            "wear": wear,
            "spent": spent,
            "change": change,
            "tax": tax,
        },
        right=cash(flow),
        mistakes={
            "이자비용을 뺀 이익에서 출발하면": cash(flow - interest * (1 - tax)),
            "세금을 빼지 않으면": cash(flow + profit * tax),
            "감가상각비를 더하지 않으면": cash(flow - wear),
            "순운전자본의 변동을 반대로 반영하면": cash(flow + 2 * working),
            "순운전자본의 변동을 빠뜨리면": cash(flow + working),
            "감가상각비에도 (1 − 세율)을 곱하면": cash(flow - wear * tax),
            "자본적 지출을 빼지 않으면": cash(flow + spent),
            "이자의 절세액을 더하면": cash(flow + interest * tax),
        },
        reasoning="FCFF는 영업이익 × (1 − 세율) + 감가상각비 − 자본적 지출 − 순운전자본의 증가이며, 이자는 자본 제공자의 몫이므로 빼지 않는다. "
        f"{profit.bare} × (1 − {tax}) + {wear.bare} − {spent.bare} {_signed(-working)} = {cash(flow)}이다.",
    )


# ── groups ───────────────────────────────────────────────────────────────────────────────────


@family("goodwill", "재무제표 분석", "easy")
def goodwill(dice: Dice) -> Draft:
    parent, target = dice.companies(2)
    share = percent(dice.rate(60, 90, 5))
    assets, debts = eok_won(dice.whole(600, 1_500, 20)), eok_won(dice.whole(100, 400, 20))
    land, unseen = eok_won(dice.whole(20, 120, 10)), eok_won(dice.whole(10, 60, 5))
    net = assets - debts + land + unseen
    paid = eok_won(round(net * share * dice.rate(105, 125)))
    fee = eok_won(dice.whole(4, 20))
    worth = paid + net * (1 - share) - net

    def surplus(value: Fraction) -> Amount:
        return eok_won(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{parent:은/는} {target}의 지분 {share:을/를} 현금 {paid}에 취득하여 지배력을 얻고 취득관련원가 {fee:을/를} 지출하였다. 취득일에 "
                f"{target}의 자산은 {assets}, 부채는 {debts}(장부금액)이며 토지의 공정가치는 장부금액보다 {land} 크고, 장부에 없지만 식별 가능한 "
                f"무형자산의 공정가치는 {unseen}이다. 비지배지분을 식별가능한 순자산의 비례적 몫으로 측정할 때 영업권은? (법인세 효과는 없다.)",
                f"장부금액으로 자산 {assets}, 부채 {debts}인 {target}에는 장부금액보다 공정가치가 {land} 큰 토지와 공정가치 {unseen}의 인식되지 않은 "
                f"식별가능 무형자산이 있다. {parent:이/가} 이 회사의 지분 {share:을/를} {paid}에 사들여 종속기업으로 삼고 법률자문 수수료 "
                f"{fee:을/를} 냈다면 영업권은? (비지배지분은 순자산의 비례적 몫으로 측정하고 법인세 효과는 없다.)",
            ]
        ),
        given={
            "share": share,
            "paid": paid,
            "fee": fee,
            "assets": assets,
            "debts": debts,
            "land": land,
            "unseen": unseen,
        },
        right=surplus(worth),
        mistakes={
            "취득관련원가를 더하면": surplus(worth + fee),
            "인식되지 않은 무형자산을 빠뜨리면": surplus(worth + unseen * share),
            "토지의 공정가치 차액을 빠뜨리면": surplus(worth + land * share),
            "순자산의 장부금액을 쓰면": surplus(paid - (assets - debts) * share),
            "토지와 무형자산의 차액을 전액 반영하면": surplus(
                paid - (assets - debts) * share - land - unseen
            ),
            "토지의 차액을 반대로 반영하면": surplus(worth + 2 * land * share),
            "취득관련원가를 빼면": surplus(worth - fee),
        },
        reasoning=f"식별가능한 순자산의 공정가치는 {assets.bare} − {debts.bare} + {land.bare} + {unseen.bare} = {eok_won(net)}이고 비지배지분은 그 "
        f"{percent(1 - share)}인 {eok_won(net * (1 - share))}이다. 취득관련원가는 비용이므로 영업권은 {paid.bare} + "
        f"{eok_won(net * (1 - share)).bare} − {eok_won(net).bare} = {surplus(worth)}이다.",
    )


@family("noncontrolling-profit", "재무제표 분석", "hard")
def noncontrolling_profit(dice: Dice) -> Draft:
    parent, child = dice.companies(2)
    share = percent(dice.rate(60, 90, 5))
    rest = 1 - share
    income = million_won(dice.whole(200, 900, 10))
    step, life = million_won(dice.whole(40, 200, 20)), dice.one_of((4, 5, 8, 10))
    up, down = million_won(dice.whole(20, 80, 4)), million_won(dice.whole(20, 80, 4))
    margin = percent(dice.rate(20, 40, 5))
    worn = step / life

    def profit(value: Fraction) -> Amount:
        return million_won(value * rest, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{parent:은/는} 당기 초 {child}의 지분 {share:을/를} 취득하였다. 취득일에 {child}의 기계장치는 공정가치가 장부금액보다 {step} 컸고 "
                f"잔존내용연수 {life}년, 정액법(잔존가치 없음)으로 상각한다. 기말재고에는 {child}에서 {parent:으로/로} 판 상품 {up}, {parent}에서 "
                f"{child:으로/로} 판 상품 {down}이 남아 있고 두 거래의 매출총이익률은 {margin}이다. {child}의 당기순이익이 {income}일 때 비지배지분에 "
                "귀속되는 당기순이익은? (법인세는 없고 소수점 아래 둘째 자리에서 반올림한다.)",
                f"지배기업 {parent:과/와} 지분 {share}의 종속기업 {child:은/는} 서로 매출총이익률 {margin}의 상품을 판다. 기말 현재 {parent}의 재고에 "
                f"{child:으로/로}부터 산 {up:이/가}, {child}의 재고에 {parent:으로/로}부터 산 {down:이/가} 남아 있다. 당기 초 취득할 때 {child}의 설비는 "
                f"장부금액보다 {step} 높게 평가되었고 남은 {life}년 동안 정액 상각한다(잔존가치 없음). {child}의 당기순이익이 {income}이면 "
                "비지배지분순이익에 가장 가까운 것은? (법인세는 없다.)",
            ]
        ),
        given={
            "share": share,
            "income": income,
            "step": step,
            "life": life,
            "up": up,
            "down": down,
            "margin": margin,
        },
        right=profit(income - worn - up * margin),
        mistakes={
            "하향판매의 미실현이익까지 빼면": profit(income - worn - (up + down) * margin),
            "상향판매 대신 하향판매의 미실현이익을 빼면": profit(income - worn - down * margin),
            "미실현이익을 빼지 않으면": profit(income - worn),
            "공정가치 차액의 상각을 빠뜨리면": profit(income - up * margin),
            "아무것도 조정하지 않으면": profit(Fraction(income)),
            "남은 재고 전액을 미실현이익으로 보면": profit(income - worn - up),
            "미실현이익을 더하면": profit(income - worn + up * margin),
            "공정가치 차액의 상각을 더하면": profit(income + worn - up * margin),
        },
        reasoning="비지배지분은 종속기업의 이익에서 공정가치 차액의 상각과 상향판매의 미실현이익을 뺀 금액에 비지배지분율을 곱한다. 하향판매의 미실현이익은 "
        f"지배기업이 모두 부담한다. ({income.bare} − {million_won(worn).bare} − {up.bare} × {margin}) × {percent(rest)} = "
        f"{profit(income - worn - up * margin)}이다.",
    )


@family("equity-method-income", "재무제표 분석", "hard")
def equity_method_income(dice: Dice) -> Draft:
    investor, associate = dice.companies(2)
    share = percent(dice.rate(20, 40, 5))
    income, dividend = million_won(dice.whole(200, 900, 10)), million_won(dice.whole(20, 150, 10))
    step, life = million_won(dice.whole(40, 240, 20)), dice.one_of((4, 5, 8, 10))
    stock, margin = million_won(dice.whole(40, 200, 10)), percent(dice.rate(15, 40, 5))
    worn, unreal = step / life, stock * margin

    def gain(value: Fraction) -> Amount:
        return million_won(value * share, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{investor:은/는} 당기 초 {associate}의 지분 {share:을/를} 취득하여 유의적인 영향력을 얻었다. 취득일에 {associate}의 건물은 공정가치가 "
                f"장부금액보다 {step} 컸고 남은 {life}년 동안 정액법(잔존가치 없음)으로 상각한다. 당기에 {associate:은/는} 당기순이익 {income:을/를} "
                f"보고하고 {dividend:을/를} 배당하였으며, {investor:이/가} {associate:으로/로}부터 산 상품 {stock}(매출총이익률 {margin})이 기말재고에 "
                f"남아 있다. {investor}의 지분법이익은? (법인세는 없고 소수점 아래 둘째 자리에서 반올림한다.)",
                f"{investor:이/가} 당기 초에 지분 {share:을/를} 사서 관계기업이 된 {associate}의 당기순이익은 {income}, 배당금은 {dividend}이다. 취득일에 "
                f"공정가치가 장부금액을 {step} 웃돈 설비를 {life}년간 정액 상각하고(잔존가치 없음), {associate:이/가} 매출총이익률 {margin:으로/로} "
                f"{investor}에 판 상품 가운데 {stock}이 기말에 남아 있다. 지분법이익에 가장 가까운 것은? (법인세는 없다.)",
            ]
        ),
        given={
            "share": share,
            "income": income,
            "dividend": dividend,
            "step": step,
            "life": life,
            "stock": stock,
            "margin": margin,
        },
        right=gain(income - worn - unreal),
        mistakes={
            "배당금을 빼면": gain(income - worn - unreal - dividend),
            "배당금만 이익으로 보면": gain(Fraction(dividend)),
            "공정가치 차액의 상각을 빠뜨리면": gain(income - unreal),
            "미실현이익을 빼지 않으면": gain(income - worn),
            "아무것도 조정하지 않으면": gain(Fraction(income)),
            "미실현이익에 지분율을 곱하지 않고 전액 빼면": gain(income - worn - unreal / share),
            "공정가치 차액을 한꺼번에 비용으로 보면": gain(income - step - unreal),
            "남은 재고 전액을 미실현이익으로 보면": gain(income - worn - stock),
        },
        reasoning="지분법이익은 관계기업의 이익에서 공정가치 차액의 상각과 내부거래의 미실현이익을 뺀 금액에 지분율을 곱한다. 배당은 투자주식의 장부금액을 "
        f"줄일 뿐 이익이 아니다. ({income.bare} − {million_won(worn).bare} − {million_won(unreal).bare}) × {share} = "
        f"{gain(income - worn - unreal)}이다.",
    )


# ── what errors and choices do ───────────────────────────────────────────────────────────────


@family("inventory-errors", "재무제표 분석", "easy")
def inventory_errors(dice: Dice) -> Draft:
    company = dice.company()
    income = million_won(dice.whole(300, 1_500, 10))
    first = million_won(dice.one_of((-1, 1)) * dice.whole(10, 90, 5))  # positive: overstated
    second = million_won(dice.one_of((-1, 1)) * dice.whole(10, 90, 5))
    late = million_won(dice.whole(10, 80, 5))
    words = [f"{million_won(abs(x))} {'과대' if x > 0 else '과소'}" for x in (first, second)]
    corrected = income + first - second - late

    def profit(value: Fraction) -> Amount:
        return million_won(value)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 20X2년 당기순이익은 {income:으로/로} 보고되었으나 다음 오류가 발견되었다. (1) 20X1년 말 재고자산 {words[0]}계상, (2) "
                f"20X2년 말 재고자산 {words[1]}계상, (3) 20X2년 말 급여 {late} 미계상. 법인세를 무시할 때 오류를 바로잡은 20X2년 당기순이익은?",
                f"장부를 마감하기 전에 {company}의 감사인이 20X1년 말 재고자산이 {words[0]}평가되고 20X2년 말 재고자산이 {words[1]}평가되었으며 20X2년에 "
                f"발생한 급여 {late:이/가} 빠졌음을 알아냈다. 수정 전 20X2년 당기순이익이 {income}이었다면 올바른 당기순이익은? (법인세는 없다.)",
            ]
        ),
        given={"income": income, "first": words[0], "second": words[1], "late": late},
        right=profit(corrected),
        mistakes={
            "기초재고 오류의 방향을 반대로 보면": profit(corrected - 2 * first),
            "기말재고 오류의 방향을 반대로 보면": profit(corrected + 2 * second),
            "기초재고의 오류는 당기와 무관하다고 보면": profit(corrected - first),
            "기말재고의 오류를 고치지 않으면": profit(corrected + second),
            "급여를 빼는 대신 더하면": profit(corrected + 2 * late),
            "급여의 누락을 고치지 않으면": profit(corrected + late),
            "두 재고 오류의 방향을 모두 반대로 보면": profit(corrected - 2 * first + 2 * second),
        },
        reasoning="기초재고가 과대이면 매출원가가 커져 이익이 과소해지고, 기말재고가 과대이면 매출원가가 작아져 이익이 과대해진다. 따라서 "
        f"{income.bare} {_signed(first)} {_signed(-second)} − {late.bare} = {profit(corrected)}이다.",
    )


@family("closing-equity", "재무제표 분석", "easy")
def closing_equity(dice: Dice) -> Draft:
    company = dice.company()
    opening, income = (
        million_won(dice.whole(2_000, 8_000, 50)),
        million_won(dice.whole(300, 1_200, 10)),
    )
    other = million_won(dice.one_of((-1, 1)) * dice.whole(20, 150, 5))
    issued, dividend = million_won(dice.whole(200, 900, 10)), million_won(dice.whole(40, 260, 10))
    bonus, treasury = million_won(dice.whole(50, 250, 10)), million_won(dice.whole(30, 240, 10))
    closing = opening + income + other + issued - dividend - treasury
    name = "이익" if other > 0 else "손실"

    def equity(value: Fraction) -> Amount:
        return million_won(value)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 기초 자본은 {opening}이다. 당기에 당기순이익 {income}, 기타포괄{name} {million_won(abs(other))}을 보고하였고, 유상증자로 "
                f"{issued}이 납입되었으며, 현금배당 {dividend:과/와} 주식배당 {bonus:을/를} 하고 자기주식을 {treasury}에 취득하였다. 기말 자본은?",
                f"기초에 자본이 {opening}이던 {company}의 당기 거래는 유상증자 {issued}, 현금배당 {dividend}, 주식배당 {bonus}, 자기주식 취득 "
                f"{treasury}이고 당기순이익은 {income}, 기타포괄{name}은 {million_won(abs(other))}이다. 기말의 자본총계는?",
            ]
        ),
        given={
            "opening": opening,
            "income": income,
            "other": million_won(abs(other)),
            "name": name,
            "issued": issued,
            "dividend": dividend,
            "bonus": bonus,
            "treasury": treasury,
        },
        right=equity(closing),
        mistakes={
            "주식배당도 자본에서 빼면": equity(closing - bonus),
            "자기주식의 취득을 빼지 않으면": equity(closing + treasury),
            "기타포괄손익을 빠뜨리면": equity(closing - other),
            "기타포괄손익의 부호를 반대로 하면": equity(closing - 2 * other),
            "현금배당을 빼지 않으면": equity(closing + dividend),
            "주식배당으로 자본이 늘었다고 보면": equity(closing + bonus),
            "유상증자를 빠뜨리면": equity(closing - issued),
            "자기주식의 취득을 더하면": equity(closing + 2 * treasury),
        },
        reasoning="주식배당은 이익잉여금이 자본금으로 바뀔 뿐 자본총계를 바꾸지 않고, 자기주식의 취득은 자본에서 뺀다. "
        f"{opening.bare} + {income.bare} {_signed(other)} + {issued.bare} − {dividend.bare} − {treasury.bare} = "
        f"{equity(closing)}이다.",
    )


@family("gross-margin-change", "재무제표 분석", "easy")
def gross_margin_change(dice: Dice) -> Draft:
    company = dice.company()
    sales = [eok_won(dice.whole(600, 2_400, 20))]
    sales.append(eok_won(round(sales[0] * (1 + dice.rate(-15, 30)), -1)))
    share = dice.rate(55, 78)
    cost = [eok_won(round(sales[0] * share))]
    cost.append(eok_won(round(sales[1] * (share + dice.one_of((-1, 1)) * dice.rate(2, 8)))))
    selling = [
        eok_won(round(sales[0] * dice.rate(8, 14))),
        eok_won(round(sales[1] * dice.rate(8, 14))),
    ]
    table = (
        "| 구분 | 20X1년 | 20X2년 |\n|---|---|---|\n"
        f"| 매출액 | {sales[0]} | {sales[1]} |\n| 매출원가 | {cost[0]} | {cost[1]} |\n"
        f"| 판매비와관리비 | {selling[0]} | {selling[1]} |"
    )
    gross = [1 - cost[year] / sales[year] for year in (0, 1)]
    operating = [gross[year] - selling[year] / sales[year] for year in (0, 1)]

    def change(value: Fraction) -> Amount:
        return percent_points(value, 1, signed=True)

    right = gross[1] - gross[0]
    return Draft(
        question=dice.one_of(
            [
                f"{company}의 요약 손익 자료는 다음과 같다.\n\n{table}\n\n공통형 손익계산서에서 20X2년의 매출총이익률은 20X1년에 비하여 얼마나 "
                "변하였는가? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"다음 자료를 매출액을 100%로 하는 공통형으로 바꾸어 {company}의 수익성을 본다.\n\n{table}\n\n매출총이익률의 전년 대비 변동 폭에 가장 "
                "가까운 것은?",
            ]
        ),
        given={"sales": tuple(sales), "cost": tuple(cost), "selling": tuple(selling)},
        right=change(right),
        mistakes={
            "변동의 방향을 반대로 보면": change(-right),
            "영업이익률의 변동을 구하면": change(operating[1] - operating[0]),
            "매출총이익률의 변화율을 구하면": change(gross[1] / gross[0] - 1),
            "매출총이익 금액의 증가율을 구하면": change(
                (sales[1] - cost[1]) / (sales[0] - cost[0]) - 1
            ),
            "두 해 모두 20X1년의 매출액으로 나누면": change(
                (sales[1] - cost[1] - sales[0] + cost[0]) / sales[0]
            ),
            "매출원가로 나눈 이익률을 비교하면": change(sales[1] / cost[1] - sales[0] / cost[0]),
            "영업이익률의 변동을 반대로 보면": change(operating[0] - operating[1]),
        },
        reasoning=f"매출총이익률은 (매출액 − 매출원가) ÷ 매출액이다. 20X1년 {percent(gross[0], 2)}에서 20X2년 {percent(gross[1], 2)}로 "
        f"{change(right)} 변하였다. 이익 금액의 증가율이나 비율의 변화율과는 다르다.",
    )
