"""Bonds, interest rates and loans."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    basis_points,
    eok_won,
    man_won,
    number,
    percent,
    root,
    superscript,
    won,
    years,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, family
from workbench.questions.fresh.valuation import annuity, discounted

FACE = won(10_000)


def _bond_flows(coupon: Fraction, n: int) -> list[Fraction]:
    return [FACE * coupon] * (n - 1) + [FACE * (1 + coupon)]


def _bond_price(coupon: Fraction, rate: Fraction, n: int) -> Fraction:
    return sum(discounted(_bond_flows(coupon, n), rate), Fraction())


@family("coupon-bond-price", "금융 개념", "easy")
def coupon_bond_price(dice: Dice) -> Draft:
    n = dice.whole(2, 4)
    coupon = percent(dice.rate(3, 8, "0.5"))
    rate = percent(coupon + dice.one_of((-1, 1)) * dice.rate("0.6", "2.4", "0.2"))
    price = _bond_price(coupon, rate, n)
    interest = won(FACE * coupon)
    growth = number(1 + rate)
    terms = [f"{interest.bare} ÷ {growth}{superscript(t)}" for t in range(1, n)]
    terms.append(f"{won(FACE + interest).bare} ÷ {growth}{superscript(n)}")
    simple = [flow / (1 + rate * t) for t, flow in enumerate(_bond_flows(coupon, n), start=1)]
    return Draft(
        question=dice.one_of(
            [
                f"액면 {FACE}, 표면이율 연 {coupon}(매년 말 이자 지급), 잔존만기 {n}년인 이표채의 "
                f"만기수익률이 연 {rate}일 때 채권가격은? (원 미만은 반올림한다.)",
                f"매년 말 액면 {FACE}에 대하여 연 {coupon}의 이자를 지급하고 {n}년 뒤 원금을 일시에 "
                f"상환하는 채권이 있다. 시장의 만기수익률이 연 {rate}라면 이 채권의 현재가격은? "
                "(원 미만은 반올림한다.)",
            ]
        ),
        given={"coupon": coupon, "rate": rate, "n": n},
        right=won(price, 0),
        mistakes={
            "표면이율과 만기수익률을 서로 바꾸면": won(_bond_price(rate, coupon, n), 0),
            "원금만 할인하고 이자를 빠뜨리면": won(FACE / (1 + rate) ** n, 0),
            "이자를 할인하지 않고 더하면": won(FACE / (1 + rate) ** n + n * interest, 0),
            "현금흐름을 단리로 할인하면": won(sum(simple, Fraction()), 0),
            "모든 현금흐름을 한 해씩 더 할인하면": won(price / (1 + rate), 0),
            "모든 현금흐름을 한 해씩 덜 할인하면": won(price * (1 + rate), 0),
        },
        reasoning="채권가격은 이자와 원금을 만기수익률로 할인한 현재가치의 합이다. 매년 이자는 "
        f"{interest}이므로 {' + '.join(terms)} = {won(price, 0)}이다.",
    )


@family("macaulay-duration", "금융 개념", "hard")
def macaulay_duration(dice: Dice) -> Draft:
    n = dice.whole(3, 5)
    coupon, rate = percent(dice.rate(3, 10, "0.5")), percent(dice.rate(3, 9, "0.5"))
    flows = _bond_flows(coupon, n)
    values = discounted(flows, rate)
    price = sum(values, Fraction())
    weighted = sum((t * value for t, value in enumerate(values, start=1)), Fraction())
    duration = weighted / price
    interest_values = discounted([FACE * coupon] * n, rate)
    interest_only = sum((t * v for t, v in enumerate(interest_values, start=1)), Fraction())
    undiscounted = sum((t * flow for t, flow in enumerate(flows, start=1)), Fraction())
    return Draft(
        question=dice.one_of(
            [
                f"표면이율 연 {coupon}(매년 말 이자 지급), 만기 {n}년, 액면 {FACE}인 채권의 만기수익률이 "
                f"연 {rate}일 때 맥콜리 듀레이션은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"만기수익률이 연 {rate}인 {n}년 만기 이표채(액면 {FACE}, 표면이율 연 {coupon}, 연 1회 "
                "이자 후급)의 맥콜리 듀레이션에 가장 가까운 것은?",
            ]
        ),
        given={"coupon": coupon, "rate": rate, "n": n},
        right=years(duration, 2),
        mistakes={
            "수정듀레이션을 구하면": years(duration / (1 + rate), 2),
            "(1 + 만기수익률)로 나누는 대신 곱하면": years(duration * (1 + rate), 2),
            "현금흐름을 할인하지 않고 가중평균하면": years(undiscounted / sum(flows), 2),
            "잔존만기를 그대로 쓰면": years(Fraction(n), 2),
            "원금의 현재가치 비중만 쓰고 이자를 빠뜨리면": years(
                n * (values[-1] - interest_values[-1]) / price, 2
            ),
            "이자만 가중평균하고 원금을 빠뜨리면": years(
                interest_only / sum(interest_values, Fraction()), 2
            ),
            "채권가격 대신 액면으로 나누면": years(weighted / FACE, 2),
        },
        reasoning="맥콜리 듀레이션은 각 현금흐름의 현재가치를 가중치로 하여 회수 시점을 평균한 값이다. "
        f"현재가치의 합(채권가격)은 {won(price, 0)}이고 시점을 곱한 현재가치의 합은 "
        f"{won(weighted, 0).bare}이므로 듀레이션은 {years(duration, 2)}이다.",
    )


@family("duration-and-convexity", "금융 개념", "hard")
def duration_and_convexity(dice: Dice) -> Draft:
    price = won(dice.whole(9_200, 10_800, 20))
    duration = number(dice.between(4, 12, "0.1"))
    convexity = number(int(duration**2 * dice.between("1.1", "1.4", "0.05")))
    direction = dice.one_of((-1, 1))
    move = basis_points(Fraction(dice.whole(80, 200, 10), 10_000))
    change = direction * move
    linear = -price * duration * change
    curved = price * convexity * change**2 / 2
    verb = "상승" if direction > 0 else "하락"

    return Draft(
        question=dice.one_of(
            [
                f"가격이 {price}인 채권의 수정듀레이션은 {duration}, 볼록성은 {convexity}이다. "
                f"만기수익률이 {move} {verb}할 때 듀레이션과 볼록성을 모두 고려한 채권가격의 변화는? "
                "(원 미만은 반올림한다.)",
                f"어느 채권의 현재가격은 {price}, 수정듀레이션은 {duration}, 볼록성은 {convexity}이다. "
                f"수익률이 {move} {verb}하면 이 채권의 가격은 얼마나 변하는가? (테일러 전개의 2차 항까지 "
                "쓰고 원 미만은 반올림한다.)",
            ]
        ),
        given={
            "price": price,
            "duration": duration,
            "convexity": convexity,
            "move": move,
            "verb": verb,
        },
        right=won(linear + curved, 0, signed=True),
        mistakes={
            "볼록성을 빠뜨리면": won(linear, 0, signed=True),
            "볼록성 항의 2분의 1을 빠뜨리면": won(linear + 2 * curved, 0, signed=True),
            "볼록성 항의 부호를 반대로 하면": won(linear - curved, 0, signed=True),
            "듀레이션 항의 부호를 반대로 하면": won(curved - linear, 0, signed=True),
            "두 항의 부호를 모두 반대로 하면": won(-linear - curved, 0, signed=True),
            "볼록성 항만 계산하면": won(curved, 0, signed=True),
        },
        reasoning="가격 변화는 −수정듀레이션 × Δy × 가격 + ½ × 볼록성 × (Δy)² × 가격으로 근사한다. "
        f"듀레이션 효과는 {won(linear, 2, signed=True)}, 볼록성 효과는 {won(curved, 2, signed=True)}이므로 "
        f"합은 {won(linear + curved, 0, signed=True)}이다.",
    )


@family("forward-rate", "금융 개념", "easy")
def forward_rate(dice: Dice) -> Draft:
    short, long = dice.one_of([(1, 2), (1, 3), (2, 3), (2, 4), (3, 4)])
    span = long - short
    near = percent(dice.rate("2.5", 5, "0.1"))
    far = percent(near + dice.one_of((-1, 1)) * dice.rate("0.3", "1.2", "0.1"))
    growth = (1 + far) ** long / (1 + near) ** short

    def yearly(value: Fraction) -> Fraction:
        return (value if span == 1 else root(value)) - 1

    unrooted = {"연율로 바꾸지 않으면": percent(growth - 1, 2)} if span == 2 else {}
    spread = (1 + far) ** long - (1 + near) ** short
    powers = [f"{number(1 + far)}{superscript(long)}", f"{number(1 + near)}{superscript(short)}"]
    return Draft(
        question=dice.one_of(
            [
                f"{short}년 만기 현물이자율이 연 {near}, {long}년 만기 현물이자율이 연 {far}이다. 연 1회 "
                f"복리로 계산할 때 {short}년 뒤부터 {span}년간의 내재선도이자율(연율)은? "
                "(소수점 아래 셋째 자리에서 반올림한다.)",
                f"할인채 수익률이 {short}년물 연 {near}, {long}년물 연 {far}일 때, 두 만기에 내재된 "
                f"{short}년 후 {span}년 만기 선도이자율(연 1회 복리)에 가장 가까운 것은?",
            ]
        ),
        given={"near": near, "far": far, "short": short, "long": long},
        right=percent(yearly(growth), 2),
        mistakes={
            "두 현물이자율을 단순히 평균하면": percent((near + far) / 2, 2),
            "긴 만기의 이자율을 그대로 쓰면": percent(Fraction(far), 2),
            "짧은 만기의 이자율을 그대로 쓰면": percent(Fraction(near), 2),
            "만기의 길이를 무시하고 (1 + 이자율)의 비율만 구하면": percent(
                (1 + far) / (1 + near) - 1, 2
            ),
            "두 이자율의 자리를 서로 바꾸면": percent(
                yearly((1 + near) ** long / (1 + far) ** short), 2
            ),
            "두 이자율의 차이를 긴 만기의 이자율에 더하면": percent(2 * far - near, 2),
            "누적수익률의 차이를 그대로 쓰면": percent(spread, 2),
            **unrooted,
        },
        reasoning="두 기간을 나누어 투자하나 이어서 투자하나 결과가 같아야 한다. 선도기간의 총수익은 "
        f"{' ÷ '.join(powers)} = {number(growth, 4)}이므로 "
        f"{'연율로 바꾼 ' if span > 1 else ''}내재선도이자율은 {percent(yearly(growth), 2)}이다.",
    )


@family("spot-rate-bootstrapping", "금융 개념", "hard")
def spot_rate_bootstrapping(dice: Dice) -> Draft:
    spot = percent(dice.rate("2.5", 5, "0.1"))
    coupon = percent(dice.rate(4, 10, "0.5"))
    implied = spot + dice.one_of((-1, 1)) * dice.rate("0.5", "1.5", "0.01")
    interest = won(FACE * coupon)
    price = won(int(interest / (1 + spot) + (FACE + interest) / (1 + implied) ** 2))
    # The price is shown in whole won, and the rate asked for is the one that this price implies.
    rest = price - interest / (1 + spot)
    rate = root((FACE + interest) / rest) - 1
    # Positive root of price·x² − interest·x − (face + interest) = 0 for x = 1 + yield to maturity.
    to_maturity = (interest + root(interest**2 + 4 * price * (FACE + interest))) / (2 * price) - 1
    return Draft(
        question=dice.one_of(
            [
                f"1년 만기 현물이자율은 연 {spot}이고, 액면 {FACE}, 표면이율 연 {coupon}(매년 말 이자 지급), "
                f"만기 2년인 국채의 가격은 {price}이다. 이 가격에 내재된 2년 만기 현물이자율은? "
                "(연 1회 복리, 소수점 아래 셋째 자리에서 반올림한다.)",
                f"2년 만기 국채(액면 {FACE}, 표면이율 연 {coupon}, 연 1회 이자 후급)가 {price}에 거래되고 "
                f"1년 만기 할인채의 수익률은 연 {spot}이다. 붓스트래핑으로 구한 2년 만기 현물이자율에 가장 "
                "가까운 것은? (연 1회 복리)",
            ]
        ),
        given={"spot": spot, "coupon": coupon, "price": price},
        right=percent(rate, 2),
        mistakes={
            "국채의 만기수익률을 구하면": percent(to_maturity, 2),
            "첫해 이자를 할인하지 않고 빼면": percent(
                root((FACE + interest) / (price - interest)) - 1, 2
            ),
            "첫해 이자를 빼지 않으면": percent(root((FACE + interest) / price) - 1, 2),
            "만기에 받는 이자를 빠뜨리면": percent(root(FACE / rest) - 1, 2),
            "제곱근을 구하지 않고 2로 나누면": percent(((FACE + interest) / rest - 1) / 2, 2),
            "2년 누적수익률을 그대로 쓰면": percent((FACE + interest) / rest - 1, 2),
            "표면이율을 그대로 쓰면": percent(Fraction(coupon), 2),
        },
        reasoning="이표채의 현금흐름은 시점마다 해당 만기의 현물이자율로 할인한다. 첫해 이자의 현재가치는 "
        f"{won(interest / (1 + spot), 2)}이므로 {won(FACE + interest).bare} ÷ (1 + r)² = "
        f"{won(rest, 2)}이고, 이를 풀면 2년 만기 현물이자율은 {percent(rate, 2)}이다.",
    )


@family("discount-paper-yield", "금융 개념", "easy")
def discount_paper_yield(dice: Dice) -> Draft:
    term = dice.whole(60, 330, 5)
    discount = percent(dice.rate(3, 8, "0.1"))
    face = eok_won(dice.whole(10, 200, 5))
    share = Fraction(term, 365)
    price = 1 - discount * share
    rate = discount / price
    return Draft(
        question=dice.one_of(
            [
                f"액면 {face}, 잔존만기 {term}일인 기업어음을 연 {discount}의 할인율로 매입하여 만기까지 "
                "보유한다. 매입금액을 기준으로 한 연 단리 수익률은? (할인과 수익률 모두 1년을 365일로 보고, "
                "소수점 아래 셋째 자리에서 반올림한다.)",
                f"잔존만기가 {term}일인 기업어음(액면 {face})이 연 할인율 {discount}에 거래되고 있다. 할인액을 "
                "만기에 받는 액면에서 미리 뺀 금액으로 사서 만기까지 들고 갈 때의 연 단리 수익률에 가장 "
                "가까운 것은? (1년은 365일)",
            ]
        ),
        given={"term": term, "discount": discount, "face": face},
        right=percent(rate, 2),
        mistakes={
            "할인율을 수익률로 여기면": percent(Fraction(discount), 2),
            "1년치 할인액을 모두 뺀 금액으로 나누면": percent(discount / (1 - discount), 2),
            "할인액을 액면에 더한 금액으로 나누면": percent(discount / (1 + discount * share), 2),
            "수익률을 360일 기준으로 바꾸면": percent(rate * Fraction(360, 365), 2),
            "연율로 바꾸지 않으면": percent(rate * share, 2),
            "남은 일수 대신 지난 일수로 할인하면": percent(
                discount / (1 - discount * (1 - share)), 2
            ),
        },
        reasoning="할인율은 액면을, 수익률은 매입금액을 기준으로 한다. 매입금액은 액면의 "
        f"1 − {number(discount)} × {term}/365 = {number(price, 4)}배이므로 수익률은 "
        f"{discount} ÷ {number(price, 4)} = {percent(rate, 2)}이다.",
    )


@family("real-return-after-tax", "금융 개념", "hard")
def real_return_after_tax(dice: Dice) -> Draft:
    nominal = percent(dice.rate(5, 9, "0.1"))
    tax = percent(dice.rate(10, 30, "0.2"))
    inflation = percent(dice.rate(1, "3.5", "0.1"))
    net = nominal * (1 - tax)
    real = (1 + net) / (1 + inflation) - 1
    pre_tax = (1 + nominal) / (1 + inflation) - 1

    return Draft(
        question=dice.one_of(
            [
                f"연 {nominal}의 이자를 주는 1년 만기 예금의 이자에 {tax}의 세율로 세금이 부과된다. 1년간 "
                f"물가가 {inflation} 오를 때 세금을 뺀 실질수익률은? (피셔의 정확한 관계식을 쓰고 소수점 아래 "
                "셋째 자리에서 반올림한다.)",
                f"명목이자율 연 {nominal}, 이자소득세율 {tax}, 물가상승률 연 {inflation}일 때 1년 만기 예금의 "
                "세후 실질이자율에 가장 가까운 것은? (근사식이 아닌 피셔 관계식을 쓴다.)",
            ]
        ),
        given={"nominal": nominal, "tax": tax, "inflation": inflation},
        right=percent(real, 2),
        mistakes={
            "세금을 빼지 않으면": percent(pre_tax, 2),
            "세후 명목이자율에서 물가상승률을 빼기만 하면": percent(net - inflation, 2),
            "세전 실질이자율에 세금을 매기면": percent(pre_tax * (1 - tax), 2),
            "물가상승률을 고려하지 않으면": percent(net, 2),
            "물가상승률로 나누는 대신 곱하면": percent((1 + net) * (1 + inflation) - 1, 2),
            "세금을 뺀 실질이자율에 다시 세금을 매기면": percent(real * (1 - tax), 2),
            "물가가 아니라 명목이자율로 나누어 실질가치를 구하면": percent(
                (net - inflation) / (1 + nominal), 2
            ),
            "물가상승률에도 (1 − 세율)을 곱하면": percent(
                (1 + net) / (1 + inflation * (1 - tax)) - 1, 2
            ),
        },
        reasoning=f"세후 명목이자율은 {nominal} × (1 − {tax}) = {percent(net, 3)}이다. 세금은 실질이 아니라 "
        f"명목이자에 부과되므로 실질수익률은 {number(1 + net, 5)} ÷ {number(1 + inflation)} − 1 = "
        f"{percent(real, 2)}이다.",
    )


@family("default-risk-spread", "시장 동향", "hard")
def default_risk_spread(dice: Dice) -> Draft:
    risk_free = percent(dice.rate(2, 5, "0.1"))
    default = percent(dice.rate(1, 6, "0.2"))
    recovery = percent(dice.rate(20, 60, 5))
    loss = default * (1 - recovery)
    promised = (1 + risk_free) / (1 - loss) - 1
    spread = promised - risk_free
    return Draft(
        question=dice.one_of(
            [
                f"1년 만기 무위험이자율은 연 {risk_free}이다. 1년 뒤 한 번에 원리금을 갚는 회사채의 부도확률은 "
                f"{default}이고, 부도가 나면 만기에 약속한 원리금의 {recovery}를 회수한다. 투자자가 위험중립적일 "
                "때 이 회사채의 신용스프레드(약속수익률 − 무위험이자율)는? (1bp 미만은 반올림한다.)",
                f"위험중립적인 투자자가 1년 만기 할인 회사채를 산다. 1년 안에 부도날 확률은 {default}, 부도 시 "
                f"액면의 회수율은 {recovery}, 무위험이자율은 연 {risk_free}이다. 이 회사채의 만기수익률에서 "
                "무위험이자율을 뺀 신용스프레드에 가장 가까운 것은?",
            ]
        ),
        given={"risk_free": risk_free, "default": default, "recovery": recovery},
        right=basis_points(spread, 0),
        mistakes={
            "기대손실률을 그대로 쓰면": basis_points(loss, 0),
            "부도확률을 그대로 쓰면": basis_points(default, 0),
            "손실률 대신 회수율을 곱하면": basis_points(default * recovery, 0),
            "회수가 전혀 없다고 보면": basis_points(
                (1 + risk_free) / (1 - default) - 1 - risk_free, 0
            ),
            "회수율을 손실률로 여기고 약속수익률을 구하면": basis_points(
                (1 + risk_free) / (1 - default * recovery) - 1 - risk_free, 0
            ),
            "무위험이자율을 빼지 않으면": basis_points(promised, 0),
            "기대손실률을 (1 + 무위험이자율)로 할인하면": basis_points(loss / (1 + risk_free), 0),
        },
        reasoning="위험중립 투자자에게 회사채의 기대수익률은 무위험이자율과 같다. 기대손실률은 "
        f"{default} × (1 − {recovery}) = {percent(loss)}이므로 약속수익률은 {number(1 + risk_free)} ÷ "
        f"(1 − {number(loss)}) − 1 = {percent(promised, 3)}이고, 스프레드는 {basis_points(spread, 0)}이다.",
    )


@family("level-repayment-interest", "금융 개념", "hard")
def level_repayment_interest(dice: Dice) -> Draft:
    loan = man_won(dice.whole(2_000, 30_000, 100))
    rate = percent(dice.rate(3, 9, "0.5"))
    n = dice.whole(3, 6)
    payment = loan / annuity(rate, n)
    first = loan * rate
    left = loan - (payment - first)
    second = left * rate
    return Draft(
        question=dice.one_of(
            [
                f"{loan:을/를} 연 {rate}로 빌려 {n}년간 매년 말 원리금을 균등하게 갚기로 하였다. 두 번째 "
                "상환액에 들어 있는 이자는? (만원 미만은 반올림한다.)",
                f"대출금 {loan}, 이자율 연 {rate}, 매년 말 {n}회 원리금균등분할상환 조건의 대출이 있다. "
                "2년째 말에 내는 상환액 가운데 이자에 해당하는 금액에 가장 가까운 것은?",
            ]
        ),
        given={"loan": loan, "rate": rate, "n": n},
        right=man_won(second, 0),
        mistakes={
            "첫해의 이자를 구하면": man_won(first, 0),
            "2년째에 갚는 원금을 구하면": man_won(payment - second, 0),
            "원금균등분할상환으로 계산하면": man_won(loan * (1 - Fraction(1, n)) * rate, 0),
            "상환액 전부가 원금을 줄인다고 보면": man_won((loan - payment) * rate, 0),
            "셋째 해의 이자를 구하면": man_won((left - (payment - second)) * rate, 0),
            "총이자를 상환 횟수로 나누면": man_won(payment - loan / n, 0),
            "이자가 잔액에 더해진다고 보면": man_won(loan * (1 + rate) * rate, 0),
        },
        reasoning=f"매년 상환액은 대출금을 연금의 현가계수 {number(annuity(rate, n), 4):으로/로} 나눈 "
        f"{man_won(payment, 1)}이다. 첫해에는 이자 {man_won(first, 1)}을 뺀 {man_won(payment - first, 1)}만 "
        f"원금을 줄이므로 2년째 이자는 {man_won(left, 1)} × {rate} = {man_won(second, 0)}이다.",
    )


@family("duration-target-switch", "투자 전략", "easy")
def duration_target_switch(dice: Dice) -> Draft:
    value = eok_won(dice.whole(200, 2_000, 50))
    held = number(dice.between(3, 8, "0.5"))
    target = number(held + dice.one_of((-1, 1)) * dice.between("0.5", "1.5", "0.1"))
    raises = target > held
    gap = Fraction("0.4")
    lowest, highest = (target + gap, target + 4) if raises else (Fraction("0.5"), target - gap)
    bought = number(dice.between(lowest, highest, "0.1"))
    switched = value * (target - held) / (bought - held)
    verb = "늘리려고" if raises else "줄이려고"
    return Draft(
        question=dice.one_of(
            [
                f"시가 {value}인 채권 포트폴리오의 수정듀레이션을 {held}에서 {target:으로/로} {verb} 한다. 보유 "
                f"채권을 같은 비율로 팔아 수정듀레이션이 {bought}인 채권을 사는 방법을 쓸 때 바꾸어야 할 금액은? "
                "(억원 미만은 반올림한다.)",
                f"채권운용역이 시가 {value}, 수정듀레이션 {held}인 포트폴리오의 일부를 비례적으로 매도하여 "
                f"수정듀레이션 {bought}인 국채로 교체함으로써 듀레이션을 {target:으로/로} {verb} 한다. 교체할 "
                "금액에 가장 가까운 것은?",
            ]
        ),
        given={"value": value, "held": held, "target": target, "bought": bought},
        right=eok_won(switched, 0),
        mistakes={
            "교체하지 않고 남기는 금액을 구하면": eok_won(value - switched, 0),
            "듀레이션의 변화율만큼 바꾸면": eok_won(value * abs(target - held) / held, 0),
            "목표와 새 채권의 듀레이션 비율을 쓰면": eok_won(
                value * min(target, bought) / max(target, bought), 0
            ),
            "듀레이션 차이를 새 채권의 듀레이션으로 나누면": eok_won(
                value * abs(target - held) / bought, 0
            ),
            "늘리거나 줄일 폭을 새 채권과 목표의 차이로 나누면": eok_won(
                value * (target - held) / (bought - target), 0
            ),
            "두 채권에 반씩 나누면": eok_won(value / 2, 0),
        },
        reasoning="포트폴리오의 듀레이션은 금액으로 가중평균한 값이다. 교체 비율을 w라 하면 "
        f"{held} × (1 − w) + {bought} × w = {target}이므로 w = {percent(switched / value, 2)}이고 교체할 금액은 "
        f"{eok_won(switched, 0)}이다.",
    )
