"""Accounting under K-IFRS: instruments, provisions, revenue, leases, taxes, share-based payment."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    eok_won,
    man_dollars,
    million_won,
    number,
    percent,
    pieces,
    won,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, family
from workbench.questions.fresh.korean import Words
from workbench.questions.fresh.valuation import annuity

# ── financial instruments, provisions ────────────────────────────────────────────────────────


@family("effective-interest-expense", "회계 원칙 적용", "easy")
def effective_interest_expense(dice: Dice) -> Draft:
    company = dice.company()
    face = won(dice.whole(1, 9) * 1_000_000)
    coupon = percent(dice.rate(3, 9))
    effective = percent(coupon + dice.one_of((-1, 1)) * dice.rate(1, 3, "0.5"))
    n = dice.whole(3, 5)
    issue = won(
        Fraction(round(face * coupon * annuity(effective, n) + face / (1 + effective) ** n))
    )
    paid = face * coupon
    carrying = issue * (1 + effective) - paid

    def expense(value: Fraction) -> Amount:
        return won(value, 0)

    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 20X1년 초 액면 {face}, 표면이율 연 {coupon}(매년 말 이자 지급), 만기 {n}년의 사채를 유효이자율 연 {effective:으로/로} "
                f"{issue}에 발행하였다. 상각후원가로 측정할 때 20X2년에 인식할 이자비용은? (원 미만은 반올림한다.)",
                f"20X1년 1월 1일 {company:이/가} 발행한 {n}년 만기 사채의 액면은 {face}, 표면이율은 연 {coupon}(연말 후급), 발행금액은 {issue}, "
                f"유효이자율은 연 {effective}이다. 유효이자율법에 따른 20X2년의 이자비용에 가장 가까운 것은?",
            ]
        ),
        given={"face": face, "coupon": coupon, "effective": effective, "n": n, "issue": issue},
        right=expense(carrying * effective),
        mistakes={
            "표면이자를 이자비용으로 보면": expense(paid),
            "첫해의 이자비용을 구하면": expense(issue * effective),
            "액면에 유효이자율을 곱하면": expense(face * effective),
            "차금을 정액으로 상각하면": expense(paid + (face - issue) / n),
            "첫해 차금상각의 방향을 바꾸면": expense((2 * issue - carrying) * effective),
            "둘째 해의 차금상각액을 구하면": expense(abs(carrying * effective - paid)),
            "20X1년 말 장부금액에 표면이율을 곱하면": expense(carrying * coupon),
            "셋째 해의 이자비용을 구하면": expense((carrying * (1 + effective) - paid) * effective),
        },
        reasoning=f"이자비용은 기초 장부금액에 유효이자율을 곱한 금액이다. 20X1년 말 장부금액은 {issue.bare} × "
        f"{number(1 + effective)} − {won(paid).bare} = {expense(carrying)}이므로 20X2년의 이자비용은 "
        f"{expense(carrying).bare} × {effective} = {expense(carrying * effective)}이다.",
    )


@family("expected-credit-loss", "회계 원칙 적용", "easy")
def expected_credit_loss(dice: Dice) -> Draft:
    company = dice.company()
    amounts = [
        million_won(dice.whole(low, high, 20))
        for low, high in ((800, 3_000), (300, 900), (100, 400))
    ]
    rates = [
        percent(dice.rate("0.5", 2, "0.5")),
        percent(dice.rate(4, 10)),
        percent(dice.rate(20, 40, 5)),
    ]
    needed = sum((a * r for a, r in zip(amounts, rates, strict=True)), Fraction())
    opening = million_won(round(needed * dice.rate(50, 90)))
    written_off = million_won(round(opening * dice.rate(20, 80)))
    rows = "\n".join(
        f"| {name} | {amount} | {rate} |"
        for name, amount, rate in zip(
            ("연체 없음", "90일 이내 연체", "90일 초과 연체"), amounts, rates, strict=True
        )
    )
    table = f"| 구분 | 기말 매출채권 | 기대손실률 |\n|---|---|---|\n{rows}"

    def loss(value: Fraction) -> Amount:
        return million_won(value, 1)

    right = needed - (opening - written_off)
    average = sum(rates, Fraction()) / 3 * sum(amounts, Fraction())
    return Draft(
        question=dice.one_of(
            [
                f"{company}의 기말 매출채권과 기대손실률은 다음과 같다.\n\n{table}\n\n기초 손실충당금은 {opening}이었고 당기 중 회수할 수 없는 "
                f"채권 {written_off:을/를} 제각하였다. 당기에 인식할 매출채권 손상차손은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"전체기간 기대신용손실을 충당금설정률표로 측정하는 {company}의 기말 자료가 다음과 같다.\n\n{table}\n\n당기에 제각한 채권은 "
                f"{written_off}, 기초 손실충당금은 {opening}이다. 포괄손익계산서에 표시할 손상차손에 가장 가까운 것은?",
            ]
        ),
        given={
            "amounts": tuple(amounts),
            "rates": tuple(rates),
            "opening": opening,
            "written_off": written_off,
        },
        right=loss(right),
        mistakes={
            "기말에 필요한 충당금을 그대로 인식하면": loss(needed),
            "제각액을 반영하지 않으면": loss(needed - opening),
            "기초 충당금을 빼지 않고 제각액을 더하면": loss(needed + written_off),
            "제각액을 충당금에 더하면": loss(needed - opening - written_off),
            "제각액만 손상차손으로 보면": loss(written_off),
            "기대손실률을 단순평균하여 적용하면": loss(average - opening + written_off),
            "기초 충당금을 더하고 제각액을 빼면": loss(needed + opening - written_off),
        },
        reasoning=f"기말에 필요한 손실충당금은 구간별 채권에 기대손실률을 곱한 합계 {million_won(needed)}이다. 제각 후 남은 충당금은 "
        f"{opening.bare} − {written_off.bare} = {million_won(opening - written_off)}이므로 손상차손은 그 차이인 {loss(right)}이다.",
    )


@family("foreign-currency-payable", "회계 원칙 적용", "easy")
def foreign_currency_payable(dice: Dice) -> Draft:
    company = dice.company()
    company_of_december = Words(f"{company}(12월 결산)")
    amount = man_dollars(dice.whole(10, 90, 5))
    bought = won(dice.whole(1_150, 1_400, 5))
    closing = won(bought + dice.one_of((-1, 1)) * dice.whole(15, 80, 5))
    settled = won(closing + dice.one_of((-1, 1)) * dice.whole(10, 60, 5))
    average = won((bought + closing) / 2)
    receivable = dice.one_of((True, False))
    sign = 1 if receivable else -1
    words = "제품을 수출하고 대금" if receivable else "원재료를 수입하고 대금"
    act = "받기로" if receivable else "주기로"
    end = "받았다" if receivable else "지급하였다"

    def gain(rate_change: Fraction) -> Amount:
        return won(sign * rate_change * amount * 10_000, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"기능통화가 원화인 {company_of_december:은/는} 20X1년 11월 {words} {amount:을/를} 석 달 뒤 {act} 하였다. 환율은 거래일 {bought}, "
                f"20X1년 말 {closing}, 20X1년 평균 {average}, 결제일인 20X2년 2월 {settled}이다. 20X2년에 인식할 외환손익은? (이익은 +, "
                "손실은 −)",
                f"원화를 기능통화로 쓰는 12월 결산법인 {company:은/는} 20X1년 11월 {words} {amount:을/를} 20X2년 2월에 {end}. 달러당 환율이 "
                f"거래일에 {bought}, 20X1년 평균 {average}, 20X1년 말에 {closing}, 결제일에 {settled}이었다면 20X2년의 당기손익에 "
                "반영되는 외환손익은? (이익은 +, 손실은 −)",
            ]
        ),
        given={
            "amount": amount,
            "bought": bought,
            "closing": closing,
            "settled": settled,
            "words": words,
        },
        right=gain(settled - closing),
        mistakes={
            "거래일의 환율과 비교하면": gain(settled - bought),
            "20X1년의 환산손익을 구하면": gain(closing - bought),
            "이익과 손실을 반대로 보면": gain(closing - settled),
            "거래일의 환율과 비교하고 이익과 손실을 반대로 보면": gain(bought - settled),
            "20X1년의 평균환율과 비교하면": gain(settled - average),
            "20X1년의 환산손익을 반대로 보면": gain(bought - closing),
            "평균환율과 비교하고 이익과 손실을 반대로 보면": gain(average - settled),
        },
        reasoning="화폐성 항목은 보고기간말에 마감환율로 환산하므로 결제하는 해의 손익은 직전 보고기간말 환율과 결제일 환율의 차이에서 "
        f"생긴다. 환율의 차이 {won(abs(settled - closing))} × {amount} = "
        f"{won(abs(settled - closing) * amount * 10_000)}이고, "
        f"{'받을' if receivable else '갚을'} 외화의 환율이 {'오른' if settled > closing else '내린'} 것이므로 "
        f"{gain(settled - closing)}이다.",
    )


@family("warranty-provision", "회계 원칙 적용", "easy")
def warranty_provision(dice: Dice) -> Draft:
    company = dice.company()
    sold = pieces(dice.whole(1_000, 6_000, 100))
    small, large = won(dice.whole(10_000, 40_000, 1_000)), won(dice.whole(60_000, 200_000, 5_000))
    none, minor = percent(dice.rate(75, 85, 5)), percent(dice.rate(8, 12))
    major = percent(1 - none - minor)
    expected = small * minor + large * major
    spent = won(round(expected * sold * dice.rate(20, 60), -4))
    total = expected * sold

    def provision(value: Fraction) -> Amount:
        return won(value, 0)

    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 당기에 제품 {sold:을/를} 1년간의 확신 유형 보증을 붙여 팔았다. 보증비는 결함이 없으면 0원, 작은 결함이면 대당 "
                f"{small}, 큰 결함이면 대당 {large}이고 확률은 각각 {none}, {minor}, {major:으로/로} 추정한다. 당기에 실제로 보증비 "
                f"{spent:을/를} 지출하였을 때 기말의 제품보증충당부채는? (기초 잔액은 없고 할인은 고려하지 않는다.)",
                f"확신 유형의 보증이 붙은 제품 {sold:을/를} 당기에 처음 판매한 {company:은/는} 팔린 제품의 {none:은/는} 결함이 없고, {minor}에는 대당 "
                f"{small}, {major}에는 대당 {large}의 수선비가 들 것으로 본다. 당기의 실제 보증 지출이 {spent}이라면 보고기간말에 "
                "표시할 제품보증충당부채는? (할인은 고려하지 않는다.)",
            ]
        ),
        given={
            "sold": sold,
            "small": small,
            "large": large,
            "minor": minor,
            "major": major,
            "none": none,
            "spent": spent,
        },
        right=provision(total - spent),
        mistakes={
            "실제 지출을 빼지 않으면": provision(total),
            "실제 지출을 더하면": provision(total + spent),
            "결함이 없는 제품에도 작은 결함의 비용을 잡으면": provision(
                total + small * none * sold - spent
            ),
            "큰 결함만 계산하면": provision(large * major * sold - spent),
            "두 결함의 확률을 서로 바꾸면": provision(
                (small * major + large * minor) * sold - spent
            ),
            "두 보증비의 평균에 결함의 확률을 곱하면": provision(
                (small + large) / 2 * (1 - none) * sold - spent
            ),
            "실제 지출을 그대로 남기면": provision(spent),
        },
        reasoning=f"모집단이 큰 의무는 기댓값으로 추정한다. 대당 기대보증비는 {small.bare} × {minor} + {large.bare} × {major} = "
        f"{won(expected)}이므로 총액은 {won(total)}이고, 이미 지출한 {spent:을/를} 빼면 {provision(total - spent)}이다.",
    )


# ── revenue, leases, taxes, share-based payment ──────────────────────────────────────────────


@family("revenue-over-time", "회계 원칙 적용", "hard")
def revenue_over_time(dice: Dice) -> Draft:
    company = dice.company()
    price = eok_won(dice.whole(400, 1_500, 20))
    planned = eok_won(round(price * dice.rate(70, 85), -1))
    spent = eok_won(round(planned * dice.rate(20, 40, 5)))
    change = dice.one_of([-8, -6, -4, -2, 2, 4, 6, 8, 10])
    revised = eok_won(round(planned * Fraction(100 + change, 100)))
    spent_so_far = eok_won(round(revised * dice.rate(55, 80, 5)))
    first, so_far = spent / planned, spent_so_far / revised

    def profit(value: Fraction) -> Amount:
        return eok_won(value, 1, signed=True)

    earned_first = (price - planned) * first
    earned = (price - revised) * so_far
    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 계약금액 {price}의 건설계약을 20X1년에 시작하였다. 누적발생원가와 총추정원가는 20X1년 말 {spent:과/와} {planned}, "
                f"20X2년 말 {spent_so_far:과/와} {revised}이다. 원가기준 투입법으로 진행률을 측정하여 기간에 걸쳐 수익을 인식할 때 "
                "20X2년의 계약이익은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"기간에 걸쳐 이행하는 계약(계약금액 {price})의 진행률을 발생원가 기준으로 재는 {company}의 자료이다. 20X1년: 발생원가 {spent}, "
                f"총추정원가 {planned}. 20X2년: 누적발생원가 {spent_so_far}, 총추정원가 {revised}. 20X2년에 인식할 계약이익에 가장 "
                "가까운 것은?",
            ]
        ),
        given={
            "price": price,
            "planned": planned,
            "spent": spent,
            "revised": revised,
            "spent_so_far": spent_so_far,
        },
        right=profit(earned - earned_first),
        mistakes={
            "20X2년 말까지의 누적이익을 모두 인식하면": profit(earned),
            "총추정원가의 변경을 무시하면": profit(
                (price - planned) * (spent_so_far / planned - first)
            ),
            "당기 발생원가의 비율에 새 예상이익만 곱하면": profit(
                (price - revised) * (spent_so_far - spent) / revised
            ),
            "진행률의 차이에 새 예상이익을 곱하면": profit((price - revised) * (so_far - first)),
            "진행률의 차이에 처음의 예상이익을 곱하면": profit(
                (price - planned) * (so_far - first)
            ),
            "20X1년의 이익을 구하면": profit(earned_first),
            "총추정원가의 변동액을 20X2년의 이익에서 한 번 더 빼면": profit(
                earned - earned_first - (revised - planned)
            ),
        },
        reasoning=f"20X1년 말 진행률은 {percent(first, 2)}로 이익은 {profit(earned_first)}이었다. 20X2년 말 진행률은 {spent_so_far.bare} ÷ "
        f"{revised.bare} = {percent(so_far, 2)}이므로 누적이익은 ({price.bare} − {revised.bare}) × {percent(so_far, 2)} = "
        f"{profit(earned)}이고, 이미 인식한 이익을 빼면 {profit(earned - earned_first)}이다.",
    )


@family("lessee-expense", "회계 원칙 적용", "hard")
def lessee_expense(dice: Dice) -> Draft:
    company = dice.company()
    payment = million_won(dice.whole(60, 400, 10))
    n, rate = dice.whole(3, 5), percent(dice.rate(4, 10))
    direct = million_won(dice.whole(8, 40, 2))
    liability = payment * annuity(rate, n)
    asset = liability + direct
    left = liability * (1 + rate) - payment
    interest, wear = left * rate, asset / n

    def expense(value: Fraction) -> Amount:
        return million_won(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 20X1년 초 {n}년간 매년 말 {payment:을/를} 지급하는 설비 리스를 시작하였다. 내재이자율은 연 {rate}이고 "
                f"리스개설직접원가 {direct:을/를} 지출하였으며, 사용권자산은 리스기간에 걸쳐 정액법(잔존가치 없음)으로 상각한다. "
                "20X2년에 인식할 비용(이자비용과 감가상각비의 합계)은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"리스기간 {n}년, 연간 고정리스료 {payment}(매년 말 지급), 내재이자율 연 {rate}인 리스가 20X1년 초에 개시되었다. 리스이용자 "
                f"{company}의 리스개설직접원가는 {direct}이다. 사용권자산을 정액법(잔존가치 없음)으로 상각할 때 20X2년의 이자비용과 감가상각비를 합한 "
                "금액에 가장 가까운 것은? (소유권은 이전되지 않는다.)",
            ]
        ),
        given={"payment": payment, "n": n, "rate": rate, "direct": direct},
        right=expense(interest + wear),
        mistakes={
            "리스개설직접원가를 사용권자산에 넣지 않으면": expense(interest + liability / n),
            "20X1년의 비용을 구하면": expense(liability * rate + wear),
            "리스료를 그대로 비용으로 보면": expense(payment),
            "이자비용을 빠뜨리면": expense(wear),
            "리스개설직접원가를 리스부채에 더하면": expense(
                ((liability + direct) * (1 + rate) - payment) * rate + wear
            ),
            "리스료의 합계를 사용권자산으로 보면": expense(interest + (n * payment + direct) / n),
            "리스부채가 리스료만큼 줄었다고 보면": expense((liability - payment) * rate + wear),
            "리스개설직접원가를 20X2년의 비용에 더하면": expense(interest + liability / n + direct),
        },
        reasoning=f"리스부채는 {payment.bare} × {number(annuity(rate, n), 4)} = {expense(liability)}, 사용권자산은 여기에 리스개설직접원가를 더한 "
        f"{expense(asset)}이다. 20X1년 말 리스부채는 {expense(left)}이므로 20X2년의 이자비용은 {expense(interest)}, 감가상각비는 "
        f"{expense(wear)}이고 합계는 {expense(interest + wear)}이다.",
    )


@family("deferred-tax-expense", "회계 원칙 적용", "hard")
def deferred_tax_expense(dice: Dice) -> Draft:
    company = dice.company()
    profit = million_won(dice.whole(500, 3_000, 20))
    fine = million_won(dice.whole(10, 90, 5))
    deductible = million_won(dice.whole(120, 260, 10))
    taxable = million_won(deductible + 10 * dice.one_of([n for n in range(-10, 9) if n]))
    now = percent(dice.rate(20, 26))
    later = percent(now + dice.one_of((-1, 1)) * dice.rate(1, 4))
    income = profit + fine + deductible - taxable
    deferred = (deductible - taxable) * later

    def tax(value: Fraction) -> Amount:
        return million_won(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 20X1년 법인세비용차감전순이익은 {profit}이다. 세무조정은 벌과금 {fine}(손금불산입, 소멸하지 않음), 감가상각비 "
                f"한도초과액 {deductible}(20X2년 이후 소멸), 미수이자 {taxable}(익금불산입, 20X2년에 과세)이다. 세율은 20X1년 {now}, "
                f"20X2년 이후 {later}(20X1년 말에 제정 완료)이고 기초 이연법인세는 없으며 실현가능성은 충분하다. 20X1년의 "
                "법인세비용은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"설립 첫해인 20X1년에 {company:은/는} 법인세비용차감전순이익 {profit:을/를} 보고하였다. 손금에 산입되지 않는 영구적 차이 {fine:을/를} 더하고, "
                f"미래에 차감할 일시적차이 {deductible:을/를} 더하며, 미래에 가산할 일시적차이 {taxable:을/를} 빼서 과세소득을 구한다. 당기 "
                f"세율은 {now}, 보고기간말까지 제정된 20X2년 이후의 세율은 {later}일 때 당기의 법인세비용에 가장 가까운 것은? "
                "(이연법인세자산의 실현가능성은 충분하다.)",
            ]
        ),
        given={
            "profit": profit,
            "fine": fine,
            "deductible": deductible,
            "taxable": taxable,
            "now": now,
            "later": later,
        },
        right=tax(income * now - deferred),
        mistakes={
            "이연법인세를 인식하지 않으면": tax(income * now),
            "이연법인세를 당기의 세율로 재면": tax(income * now - (deductible - taxable) * now),
            "이연법인세를 반대 방향으로 조정하면": tax(income * now + deferred),
            "회계이익에 당기의 세율을 곱하면": tax(profit * now),
            "이연법인세부채를 빠뜨리면": tax(income * now - deductible * later),
            "이연법인세자산을 빠뜨리면": tax(income * now + taxable * later),
            "소멸하지 않는 차이에도 이연법인세를 인식하면": tax(
                income * now - deferred - fine * later
            ),
            "과세소득에 미래의 세율을 곱하면": tax(income * later - deferred),
        },
        reasoning=f"당기법인세는 ({profit.bare} + {fine.bare} + {deductible.bare} − {taxable.bare}) × {now} = {tax(income * now)}이다. "
        f"일시적차이의 순액 {million_won(abs(deductible - taxable)).bare}에 소멸할 때의 세율 {later:을/를} 곱한 "
        f"{tax(abs(deferred))}만큼 이연법인세{'자산이' if deferred > 0 else '부채가'} 생겨 법인세비용은 "
        f"{tax(income * now - deferred)}이다.",
    )


@family("share-based-payment", "회계 원칙 적용", "hard")
def share_based_payment(dice: Dice) -> Draft:
    company = dice.company()
    people, each = dice.whole(40, 200, 10), dice.whole(50, 200, 10)
    value = won(dice.whole(800, 6_000, 100))
    later_value = won(round(value * (1 + dice.one_of((-1, 1)) * dice.rate(10, 30, 5)), -1))
    first, second = percent(dice.rate(5, 15)), percent(dice.rate(16, 24))
    if dice.one_of((True, False)):
        first, second = second, first
    years_needed = dice.whole(3, 4)
    total = people * each * value

    def cost(amount: Fraction) -> Amount:
        return won(amount, 0)

    before = total * (1 - first) / years_needed
    so_far = total * (1 - second) * 2 / years_needed
    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 20X1년 초 종업원 {people}명에게 {years_needed}년의 근무를 조건으로 주식선택권을 {each}개씩 주었다. 개당 "
                f"공정가치는 부여일 {value}, 20X2년 말 {later_value}이다. 가득 전에 퇴사할 종업원의 누적 비율은 20X1년 말 {first}, 20X2년 말 "
                f"{second:으로/로} 추정하였다. 주식결제형일 때 20X2년의 주식보상비용은? (원 미만은 반올림한다.)",
                f"{years_needed}년 근무를 가득조건으로 하는 주식결제형 주식선택권을 20X1년 초 종업원 {people}명에게 {each}개씩 부여한 {company:이/가} "
                f"예상하는 누적 퇴사율은 20X1년 말 {first}, 20X2년 말 {second}이다. 부여일의 공정가치가 개당 {value}, 20X2년 말의 "
                f"공정가치가 개당 {later_value}일 때 20X2년에 인식할 비용에 가장 가까운 것은?",
            ]
        ),
        given={
            "people": people,
            "each": each,
            "value": value,
            "later_value": later_value,
            "first": first,
            "second": second,
            "years_needed": years_needed,
        },
        right=cost(so_far - before),
        mistakes={
            "20X2년 말의 누적비용을 모두 인식하면": cost(so_far),
            "추정의 변경을 소급하지 않고 한 해분만 인식하면": cost(so_far / 2),
            "퇴사를 고려하지 않으면": cost(Fraction(total, years_needed)),
            "20X1년의 추정을 그대로 쓰면": cost(before),
            "20X2년 말의 공정가치로 다시 재면": cost(so_far * later_value / value - before),
            "두 해의 예상 퇴사율을 더하면": cost(
                total * (1 - first - second) * 2 / years_needed - before
            ),
            "20X1년에 퇴사율을 반영하지 않은 것으로 보면": cost(
                so_far - Fraction(total, years_needed)
            ),
        },
        reasoning="주식결제형은 부여일의 공정가치로 재고 가득될 수량의 추정만 바꾼다. 누적비용은 20X1년 말 "
        f"{people} × {each} × (1 − {first}) × {value.bare} × 1/{years_needed} = {cost(before)}, 20X2년 말 {people} × {each} × "
        f"(1 − {second}) × {value.bare} × 2/{years_needed} = {cost(so_far)}이므로 차이는 {cost(so_far - before)}이다.",
    )
