"""Accounting for assets under K-IFRS: depreciation, impairment, borrowing costs, inventories."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    million_won,
    number,
    percent,
    pieces,
    won,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, family
from workbench.questions.fresh.korean import Words

# ── property, plant and equipment ────────────────────────────────────────────────────────────


@family("declining-balance", "회계 원칙 적용", "easy")
def declining_balance(dice: Dice) -> Draft:
    company = dice.company()
    cost = million_won(dice.whole(200, 1_500, 20))
    residual = million_won(round(cost * dice.rate(4, 10)))
    life = dice.one_of((4, 5, 8, 10))
    rate = Fraction(2, life)

    def charge(value: Fraction) -> Amount:
        return million_won(value, 1)

    second = cost * (1 - rate) * rate
    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 20X1년 초 기계장치를 {cost}에 취득하여 내용연수 {life}년, 잔존가치 {residual}으로 추정하고 "
                "이중체감법(상각률은 정액법 상각률의 두 배)으로 상각한다. 20X2년의 감가상각비는? (소수점 아래 둘째 자리에서 "
                "반올림한다.)",
                f"20X1년 1월 1일 {cost}에 산 설비(내용연수 {life}년, 잔존가치 {residual})를 이중체감법으로 상각하는 {company:이/가} "
                "20X2년에 인식할 감가상각비에 가장 가까운 것은?",
            ]
        ),
        given={"cost": cost, "residual": residual, "life": life},
        right=charge(second),
        mistakes={
            "첫해의 감가상각비를 구하면": charge(cost * rate),
            "잔존가치를 먼저 빼고 상각률을 곱하면": charge((cost - residual) * (1 - rate) * rate),
            "정액법으로 상각하면": charge((cost - residual) / life),
            "셋째 해의 감가상각비를 구하면": charge(second * (1 - rate)),
            "장부금액에서 잔존가치를 빼고 상각률을 곱하면": charge(
                (cost * (1 - rate) - residual) * rate
            ),
            "정액법의 상각률을 체감잔액에 곱하면": charge(cost * (1 - rate / 2) * rate / 2),
            "잔존가치를 뺀 뒤 첫해의 금액을 구하면": charge((cost - residual) * rate),
        },
        reasoning=f"이중체감법은 잔존가치를 빼지 않은 기초 장부금액에 정액법의 두 배인 상각률(2 ÷ {life})을 곱한다. 20X2년 초 장부금액은 {cost.bare} × "
        f"(1 − {percent(rate)}) = {million_won(cost * (1 - rate))}이므로 감가상각비는 {charge(second)}이다.",
    )


@family("sum-of-years-digits", "회계 원칙 적용", "hard")
def sum_of_years_digits(dice: Dice) -> Draft:
    company = dice.company()
    company_of_december = Words(f"{company}(12월 결산)")
    residual = million_won(dice.whole(10, 60, 5))
    base = dice.whole(150, 900, 15)
    cost = million_won(residual + base)
    life, month = dice.whole(4, 6), dice.whole(3, 10)
    held = Fraction(13 - month, 12)
    total = Fraction(life * (life + 1), 2)

    def year(n: int) -> Fraction:
        return base * (life - n + 1) / total

    def charge(value: Fraction) -> Amount:
        return million_won(value, 1)

    second = year(1) * (1 - held) + year(2) * held
    return Draft(
        question=dice.one_of(
            [
                f"{company_of_december:은/는} 20X1년 {month}월 1일 설비를 {cost}에 취득하여 바로 사용하였다. 내용연수는 {life}년, 잔존가치는 "
                f"{residual}이고 연수합계법으로 월할 상각할 때 20X2년의 감가상각비는? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"12월 결산법인인 {company:은/는} 20X1년 {month}월 1일부터 쓰는 기계장치(취득원가 {cost}, 잔존가치 {residual}, 내용연수 "
                f"{life}년)를 연수합계법으로 상각한다. 월할 계산한 20X2년 감가상각비에 가장 가까운 것은?",
            ]
        ),
        given={"cost": cost, "residual": residual, "life": life, "month": month},
        right=charge(second),
        mistakes={
            "회계연도를 내용연수의 둘째 해로 보면": charge(year(2)),
            "회계연도를 내용연수의 첫해로 보면": charge(year(1)),
            "잔존가치를 빼지 않으면": charge(second * cost / base),
            "두 해의 월수를 서로 바꾸면": charge(year(1) * held + year(2) * (1 - held)),
            "정액법으로 상각하면": charge(Fraction(base, life)),
            "20X1년의 감가상각비를 구하면": charge(year(1) * held),
            "둘째 해의 상각액을 20X1년에 쓴 월수만큼만 계산하면": charge(year(2) * held),
        },
        reasoning=f"연수합계는 {number(total)}이고 상각대상금액은 {million_won(Fraction(base))}이다. 20X2년은 내용연수 첫해의 "
        f"{month - 1}개월과 둘째 해의 {13 - month}개월로 이루어지므로 {charge(year(1)).bare} × {month - 1}/12 + "
        f"{charge(year(2)).bare} × {13 - month}/12 = {charge(second)}이다.",
    )


@family("changed-useful-life", "회계 원칙 적용", "hard")
def changed_useful_life(dice: Dice) -> Draft:
    company = dice.company()
    life, used = dice.whole(8, 12), dice.whole(2, 4)
    remaining = life - used + dice.one_of((-2, -1, 1, 2, 3))
    residual, changed = million_won(dice.whole(20, 80, 10)), million_won(dice.whole(5, 95, 10))
    cost = million_won(residual + life * dice.whole(20, 90, 5))
    yearly = (cost - residual) / life
    carrying = cost - used * yearly

    def charge(value: Fraction) -> Amount:
        return million_won(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} {cost}에 취득한 건물을 내용연수 {life}년, 잔존가치 {residual}으로 {used}년간 정액법으로 상각하였다. 그다음 "
                f"해 초에 앞으로의 잔존내용연수를 {remaining}년, 잔존가치를 {changed}으로 다시 추정하였다면 그해의 감가상각비는? "
                "(소수점 아래 둘째 자리에서 반올림한다.)",
                f"취득원가 {cost}, 내용연수 {life}년, 잔존가치 {residual}인 설비를 정액법으로 {used}년 상각한 {company:이/가} 다음 해 초 "
                f"잔존가치의 추정을 {changed}으로, 남은 내용연수의 추정을 {remaining}년으로 바꾸었다. 변경한 해의 감가상각비에 가장 "
                "가까운 것은?",
            ]
        ),
        given={
            "cost": cost,
            "life": life,
            "used": used,
            "remaining": remaining,
            "residual": residual,
            "changed": changed,
        },
        right=charge((carrying - changed) / remaining),
        mistakes={
            "변경 전의 감가상각비를 유지하면": charge(yearly),
            "변경 전의 잔존가치를 쓰면": charge((carrying - residual) / remaining),
            "변경 전의 남은 내용연수를 쓰면": charge((carrying - changed) / (life - used)),
            "취득할 때부터 새 추정을 적용하면": charge((cost - changed) / (used + remaining)),
            "취득원가를 남은 내용연수로 상각하면": charge((cost - changed) / remaining),
            "잔존가치를 빼지 않으면": charge(carrying / remaining),
            "새 추정을 소급하여 누적 차이를 한꺼번에 반영하면": charge(
                (cost - changed) / (used + remaining) * (used + 1) - used * yearly
            ),
        },
        reasoning=f"추정의 변경은 전진적으로 처리한다. 변경 시점의 장부금액은 {cost.bare} − {charge(yearly).bare} × {used} = "
        f"{charge(carrying)}이므로 감가상각비는 ({charge(carrying).bare} − {changed.bare}) ÷ {remaining} = "
        f"{charge((carrying - changed) / remaining)}이다.",
    )


@family("impairment-reversal", "회계 원칙 적용", "hard")
def impairment_reversal(dice: Dice) -> Draft:
    company = dice.company()
    life = dice.whole(8, 10)
    cost = million_won(life * dice.whole(40, 120, 10))
    yearly = cost / life
    at_loss, at_gain = 2, dice.one_of((3, 4))
    before = cost - at_loss * yearly
    recoverable = million_won(round(before * dice.rate(45, 70, 5), -1))
    lowered = recoverable * Fraction(life - at_gain, life - at_loss)
    cap = cost - at_gain * yearly
    restored = million_won(round(cap * dice.rate(102, 120, 2), 0))

    def gain(value: Fraction) -> Amount:
        return million_won(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 20X1년 초 {cost}에 취득한 기계장치(내용연수 {life}년, 잔존가치 없음, 정액법, 원가모형)에 대하여 "
                f"20X{at_loss}년 말 회수가능액 {recoverable:으로/로} 손상차손을 인식하였다. 20X{at_gain}년 말 회수가능액이 "
                f"{restored:으로/로} 회복되었을 때 인식할 손상차손환입은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"원가모형을 적용하는 {company}의 설비는 20X1년 초 {cost}에 취득하여 {life}년간 정액법(잔존가치 없음)으로 상각한다. 20X{at_loss}년 "
                f"말 회수가능액이 {recoverable:으로/로} 떨어져 손상을 인식하였으나 20X{at_gain}년 말에는 {restored:으로/로} 늘었다. "
                f"20X{at_gain}년의 손상차손환입액에 가장 가까운 것은?",
            ]
        ),
        given={
            "cost": cost,
            "life": life,
            "at_loss": at_loss,
            "at_gain": at_gain,
            "recoverable": recoverable,
            "restored": restored,
        },
        right=gain(cap - lowered),
        mistakes={
            "한도 없이 회수가능액까지 환입하면": gain(restored - lowered),
            "인식했던 손상차손을 모두 환입하면": gain(before - recoverable),
            "손상 후의 상각을 빠뜨리고 한도까지 환입하면": gain(cap - recoverable),
            "손상 후의 상각을 빠뜨리고 회수가능액까지 환입하면": gain(restored - recoverable),
            "손상이 없었을 때의 장부금액을 손상 시점으로 계산하면": gain(before - lowered),
            "회수가능액이 한도를 넘는 금액만 인식하면": gain(restored - cap),
            "손상 후의 장부금액을 처음의 내용연수로 상각하면": gain(
                cap - recoverable * (1 - Fraction(at_gain - at_loss, life))
            ),
        },
        reasoning="손상차손환입은 손상을 인식하지 않았더라면 남아 있을 장부금액을 한도로 한다. 환입 전 장부금액은 "
        f"{recoverable.bare} × {life - at_gain}/{life - at_loss} = {gain(lowered)}이고 한도는 {cost.bare} × "
        f"{life - at_gain}/{life} = {gain(cap)}이다. 회수가능액이 한도보다 크므로 환입액은 {gain(cap - lowered)}이다.",
    )


@family("capitalised-borrowing-cost", "회계 원칙 적용", "hard")
def capitalised_borrowing_cost(dice: Dice) -> Draft:
    company = dice.company()
    special, general = (
        million_won(dice.whole(400, 1_200, 100)),
        million_won(dice.whole(3_600, 6_000, 200)),
    )
    special_rate, general_rate = percent(dice.rate(4, 7, "0.5")), percent(dice.rate(5, 9, "0.5"))
    first, second = (
        million_won(dice.whole(1_200, 2_400, 100)),
        million_won(dice.whole(600, 1_800, 100)),
    )
    month = dice.whole(4, 10)
    part = Fraction(13 - month, 12)
    average = first + second * part

    def cost(value: Fraction) -> Amount:
        return million_won(value, 1)

    on_special = special * special_rate
    right = on_special + (average - special) * general_rate
    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 20X1년 초 공장 신축을 시작하여 1월 1일 {first}, {month}월 1일 {second:을/를} 지출하였고 공장은 20X2년에 "
                f"완공된다. 이 공장을 위한 특정차입금 {special}(연 {special_rate})과 일반차입금 {general}(연 {general_rate})이 20X1년 "
                "내내 있었다. 20X1년에 자본화할 차입원가는? (월할 계산하고 소수점 아래 둘째 자리에서 반올림한다.)",
                f"20X1년 1월 1일 착공한 적격자산에 같은 날 {first}, {month}월 1일 {second}이 지출되었고 연말 현재 건설 중이다. {company}의 "
                f"차입금은 연중 변동 없이 특정차입금 {special}(이자율 연 {special_rate})과 일반목적차입금 {general}(이자율 연 "
                f"{general_rate})뿐이다. 20X1년의 자본화 차입원가에 가장 가까운 것은? (월할 계산한다.)",
            ]
        ),
        given={
            "special": special,
            "general": general,
            "special_rate": special_rate,
            "general_rate": general_rate,
            "first": first,
            "second": second,
            "month": month,
        },
        right=cost(right),
        mistakes={
            "특정차입금의 이자만 자본화하면": cost(on_special),
            "연평균지출액 전체에 일반차입금의 이자율을 적용하면": cost(average * general_rate),
            "특정차입금을 연평균지출액에서 빼지 않으면": cost(on_special + average * general_rate),
            "지출액을 월할하지 않으면": cost(
                on_special + min(first + second - special, Fraction(general)) * general_rate
            ),
            "나중의 지출을 빠뜨리면": cost(on_special + (first - special) * general_rate),
            "발생한 이자를 모두 자본화하면": cost(on_special + general * general_rate),
            "두 차입금의 이자율을 서로 바꾸면": cost(
                special * general_rate + (average - special) * special_rate
            ),
        },
        reasoning=f"연평균지출액은 {first.bare} + {second.bare} × {13 - month}/12 = {million_won(average, 1)}이다. 특정차입금의 이자 "
        f"{million_won(on_special)}과, 연평균지출액에서 특정차입금을 뺀 {million_won(average - special, 1)}에 일반차입금의 이자율을 "
        f"곱한 {million_won((average - special) * general_rate, 1)}을 더하면 {cost(right)}이며, 일반차입금에서 실제 발생한 이자 "
        f"{million_won(general * general_rate)}을 넘지 않는다.",
    )


# ── inventories ──────────────────────────────────────────────────────────────────────────────


@family("moving-average-cost", "회계 원칙 적용", "easy")
def moving_average_cost(dice: Dice) -> Draft:
    company = dice.company()
    opening, bought = pieces(dice.whole(200, 600, 50)), pieces(dice.whole(400, 900, 50))
    later, sold = pieces(dice.whole(300, 800, 50)), pieces(dice.whole(300, 550, 50))
    sold_later = pieces(dice.whole(200, 500, 50))
    first = won(dice.whole(1_000, 4_000, 50))
    second = won(round(first * (1 + dice.rate(4, 16)), -1))
    third = won(round(second * (1 + dice.rate(4, 16)), -1))
    mixed = (opening * first + bought * second) / (opening + bought)
    left = opening + bought - sold
    mixed_later = (left * mixed + later * third) / (left + later)
    moving = sold * mixed + sold_later * mixed_later
    total = opening * first + bought * second + later * third
    count = opening + bought + later
    gone = sold + sold_later

    def oldest(quantity: Fraction) -> Fraction:
        """The cost of that many pieces when the oldest go first."""
        of_bought = max(quantity - opening, Fraction())
        of_later = max(of_bought - bought, Fraction())
        return min(quantity, opening) * first + (of_bought - of_later) * second + of_later * third

    def cost(value: Fraction) -> Amount:
        return won(value, 0)

    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 계속기록법과 이동평균법을 쓴다. 기초재고 {opening}(단위당 {first})에서 출발하여 차례로 {bought} 매입(단위당 "
                f"{second}), {sold} 판매, {later} 매입(단위당 {third}), {sold_later} 판매가 있었다. 당기의 매출원가는? (원 미만은 "
                "마지막에 반올림한다.)",
                f"상품의 수량과 단위당 원가가 다음과 같다: 기초 {opening}({first}), 매입 {bought}({second}), 판매 {sold}, 매입 "
                f"{later}({third}), 판매 {sold_later}. 순서대로 일어난 거래를 {company:이/가} 이동평균법으로 처리할 때 매출원가에 "
                "가장 가까운 것은?",
            ]
        ),
        given={
            "opening": opening,
            "first": first,
            "bought": bought,
            "second": second,
            "sold": sold,
            "later": later,
            "third": third,
            "sold_later": sold_later,
        },
        right=cost(moving),
        mistakes={
            "기간 전체의 총평균법으로 계산하면": cost(total * gone / count),
            "선입선출법으로 계산하면": cost(oldest(gone)),
            "기말재고의 금액을 구하면": cost(total - moving),
            "처음 판매 때의 평균단가를 끝까지 쓰면": cost(gone * mixed),
            "나중의 평균단가로 모든 판매를 계산하면": cost(gone * mixed_later),
            "나중에 들어온 것부터 나간 것으로 보면": cost(total - oldest(count - gone)),
            "두 번의 판매에 직전 매입단가를 쓰면": cost(sold * second + sold_later * third),
        },
        reasoning=f"이동평균법은 매입할 때마다 평균단가를 새로 구한다. 첫 판매의 단가는 {won(mixed, 2)}이고, 남은 "
        f"{pieces(left)}와 새로 매입한 {later}의 평균단가는 {won(mixed_later, 2)}이다. 매출원가는 {sold.bare} × "
        f"{won(mixed, 2).bare} + {sold_later.bare} × {won(mixed_later, 2).bare} = {cost(moving)}이다.",
    )


@family("inventory-write-down", "회계 원칙 적용", "easy")
def inventory_write_down(dice: Dice) -> Draft:
    company = dice.company()
    counts = [pieces(dice.whole(100, 900, 50)) for _ in range(3)]
    costs = [won(dice.whole(1_000, 8_000, 100)) for _ in range(3)]
    selling = [won(round(cost * dice.rate(6, 14), -1)) for cost in costs]
    # One surely below its cost, one surely above it, one either way.
    changes = dice.shuffled([dice.rate(-22, -4), dice.rate(16, 34), dice.rate(-22, 34)])
    worth = [won(round(cost * (1 + c), -1)) for cost, c in zip(costs, changes, strict=True)]
    rows = "\n".join(
        f"| {name} | {count} | {cost} | {price} | {fee} |"
        for name, count, cost, price, fee in zip(
            ("갑", "을", "병"), counts, costs, worth, selling, strict=True
        )
    )
    table = (
        "| 상품 | 수량 | 단위당 취득원가 | 단위당 예상판매가격 | 단위당 추정판매비용 |\n"
        f"|---|---|---|---|---|\n{rows}"
    )
    gaps = [
        (cost - price + fee) * count
        for count, cost, price, fee in zip(counts, costs, worth, selling, strict=True)
    ]
    before_fee = [
        (cost - price) * count for count, cost, price in zip(counts, costs, worth, strict=True)
    ]

    def only_losses(values: list[Fraction]) -> Fraction:
        return sum((value for value in values if value > 0), Fraction())

    def loss(value: Fraction) -> Amount:
        return won(value)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 기말 상품 자료가 다음과 같다.\n\n{table}\n\n서로 비슷하지 않은 세 상품에 항목별로 저가법을 적용할 때 인식할 "
                "재고자산평가손실은? (기초의 평가충당금은 없다.)",
                f"다음은 {company:이/가} 보유한 서로 다른 종류의 상품이다.\n\n{table}\n\n순실현가능가치와 비교하여 항목별로 평가할 때 당기의 "
                "재고자산평가손실은? (기초의 평가충당금은 없다.)",
            ]
        ),
        given={
            "counts": tuple(counts),
            "costs": tuple(costs),
            "worth": tuple(worth),
            "selling": tuple(selling),
        },
        right=loss(only_losses(gaps)),
        mistakes={
            "세 상품의 합계로 비교하면": loss(sum(gaps, Fraction())),
            "추정판매비용을 빼지 않으면": loss(only_losses(before_fee)),
            "손실이 난 상품 가운데 큰 것만 인식하면": loss(max(gaps)),
            "손실과 이익의 금액을 모두 더하면": loss(sum((abs(gap) for gap in gaps), Fraction())),
            "이익이 난 상품의 평가이익을 구하면": loss(only_losses([-gap for gap in gaps])),
            "추정판매비용만 손실로 보면": loss(
                sum((fee * count for fee, count in zip(selling, counts, strict=True)), Fraction())
            ),
            "추정판매비용을 더한 가격과 비교하면": loss(
                only_losses(
                    [
                        (cost - price - fee) * count
                        for count, cost, price, fee in zip(
                            counts, costs, worth, selling, strict=True
                        )
                    ]
                )
            ),
        },
        reasoning="순실현가능가치는 예상판매가격에서 추정판매비용을 뺀 금액이고, 항목별로 취득원가보다 낮을 때에만 손실을 인식하며 다른 "
        "상품의 평가이익과 상계하지 않는다. 상품별 (취득원가 − 순실현가능가치) × 수량은 차례로 "
        f"{', '.join(str(won(gap)) for gap in gaps)}이므로 손실은 {loss(only_losses(gaps))}이다.",
    )
