"""Corporate finance: the cost of capital, the value of shares, whether a project pays."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    eok_won,
    million_won,
    number,
    percent,
    superscript,
    won,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, family
from workbench.questions.fresh.valuation import annuity


@family("weighted-cost-of-capital", "금융 개념", "easy")
def weighted_cost_of_capital(dice: Dice) -> Draft:
    company = dice.company()
    equity, debt = eok_won(dice.whole(200, 900, 20)), eok_won(dice.whole(100, 700, 20))
    risk_free, premium = percent(dice.rate(2, 4, "0.5")), percent(dice.rate(4, 8, "0.5"))
    beta = number(dice.between("0.7", "1.6", "0.1"))
    borrowing = percent(risk_free + dice.rate(1, 4, "0.5"))
    tax = percent(dice.rate(18, 28, 2))
    share = debt / (equity + debt)
    own = risk_free + beta * premium

    def cost(value: Fraction) -> Amount:
        return percent(value, 2)

    return Draft(
        question=dice.one_of(
            [
                f"{company}의 자기자본 시가는 {equity}, 부채 시가는 {debt}이다. 주식의 베타는 {beta}, 무위험이자율은 "
                f"{risk_free}, 시장위험프리미엄은 {premium}, 세전 차입이자율은 {borrowing}, 법인세율은 {tax}이다. 시가를 "
                "기준으로 한 가중평균자본비용은? (소수점 아래 셋째 자리에서 반올림한다.)",
                f"부채 {debt:과/와} 자기자본 {equity}(모두 시가)으로 자금을 조달한 {company}의 주식 베타는 {beta}이다. 시장위험프리미엄이 "
                f"{premium}, 무위험이자율이 {risk_free}이고 세율 {tax}인 이 회사가 연 {borrowing}에 차입할 수 있을 때 "
                "가중평균자본비용에 가장 가까운 것은? (자기자본비용은 CAPM으로 구한다.)",
            ]
        ),
        given={
            "equity": equity,
            "debt": debt,
            "risk_free": risk_free,
            "premium": premium,
            "beta": beta,
            "borrowing": borrowing,
            "tax": tax,
        },
        right=cost((1 - share) * own + share * borrowing * (1 - tax)),
        mistakes={
            "부채의 절세효과를 빠뜨리면": cost((1 - share) * own + share * borrowing),
            "부채와 자기자본의 비중을 서로 바꾸면": cost(
                share * own + (1 - share) * borrowing * (1 - tax)
            ),
            "두 자본비용을 단순평균하면": cost((own + borrowing * (1 - tax)) / 2),
            "자기자본비용에도 절세효과를 적용하면": cost(
                ((1 - share) * own + share * borrowing) * (1 - tax)
            ),
            "시장위험프리미엄에서 무위험이자율을 한 번 더 빼면": cost(
                (1 - share) * (risk_free + beta * (premium - risk_free))
                + share * borrowing * (1 - tax)
            ),
            "자기자본비용에 무위험이자율을 더하지 않으면": cost(
                (1 - share) * beta * premium + share * borrowing * (1 - tax)
            ),
            "부채의 비중을 부채비율로 잘못 쓰면": cost(
                (1 - debt / equity) * own + debt / equity * borrowing * (1 - tax)
            ),
        },
        reasoning=f"자기자본비용은 {risk_free} + {beta} × {premium} = {percent(own)}이고 세후 부채비용은 {borrowing} × "
        f"(1 − {tax}) = {percent(borrowing * (1 - tax))}이다. 부채의 비중이 {percent(share, 2)}이므로 가중평균은 "
        f"{cost((1 - share) * own + share * borrowing * (1 - tax))}이다.",
    )


@family("relevered-beta", "금융 개념", "hard")
def relevered_beta(dice: Dice) -> Draft:
    peer, ours = percent(dice.rate(30, 120, 10)), percent(dice.rate(20, 150, 10))
    tax = percent(dice.rate(18, 28, 2))
    asset = dice.between("0.6", "1.1", "0.05")
    beta = number(round(asset * (1 + (1 - tax) * peer), 2))
    risk_free, premium = percent(dice.rate(2, 4, "0.5")), percent(dice.rate(4, 8, "0.5"))

    def required(equity_beta: Fraction) -> Amount:
        return percent(risk_free + premium * equity_beta, 2)

    unlevered = beta / (1 + (1 - tax) * peer)
    relevered = unlevered * (1 + (1 - tax) * ours)
    return Draft(
        question=dice.one_of(
            [
                f"신규 사업과 위험이 같은 상장회사의 주식베타는 {beta}, 부채비율(부채 ÷ 자기자본, 시가)은 {peer}이다. 신규 사업의 "
                f"목표 부채비율은 {ours}, 법인세율은 두 곳 모두 {tax}, 무위험이자율은 {risk_free}, 시장위험프리미엄은 "
                f"{premium}이다. 부채의 베타를 0으로 보는 하마다 모형으로 구한 신규 사업의 자기자본비용은? (소수점 아래 "
                "셋째 자리에서 반올림한다.)",
                f"부채비율(시가 기준 부채 ÷ 자기자본)이 {peer}인 비교기업의 주식베타가 {beta}이다. 부채가 무위험이고 세율이 {tax}일 "
                f"때 하마다 모형을 써서 부채비율 {ours}인 사업의 자기자본비용을 구하면? (무위험이자율 {risk_free}, "
                f"시장위험프리미엄 {premium}, 소수점 아래 셋째 자리에서 반올림한다.)",
            ]
        ),
        given={
            "peer": peer,
            "ours": ours,
            "tax": tax,
            "beta": beta,
            "risk_free": risk_free,
            "premium": premium,
        },
        right=required(relevered),
        mistakes={
            "비교기업의 베타를 그대로 쓰면": required(beta),
            "무부채베타에서 멈추면": required(unlevered),
            "비교기업의 베타를 무부채베타로 여기면": required(beta * (1 + (1 - tax) * ours)),
            "두 부채비율을 서로 바꾸면": required(
                beta / (1 + (1 - tax) * ours) * (1 + (1 - tax) * peer)
            ),
            "법인세를 무시하면": required(beta / (1 + peer) * (1 + ours)),
            "베타를 부채비율에 비례하게 조정하면": required(beta * ours / peer),
            "세율을 곱하는 자리에 (1 − 세율) 대신 세율을 쓰면": required(
                beta / (1 + tax * peer) * (1 + tax * ours)
            ),
        },
        reasoning=f"무부채베타는 {beta} ÷ (1 + {number(1 - tax)} × {number(peer)}) = {number(unlevered, 4)}이고, 목표 부채비율을 "
        f"반영한 베타는 {number(unlevered, 4)} × (1 + {number(1 - tax)} × {number(ours)}) = "
        f"{number(relevered, 4)}이다. 자기자본비용은 {risk_free} + {number(relevered, 4)} × {premium} = "
        f"{required(relevered)}이다.",
    )


@family("constant-growth-value", "금융 개념", "easy")
def constant_growth_value(dice: Dice) -> Draft:
    company = dice.company()
    paid = won(dice.whole(800, 4_000, 50))
    growth = percent(dice.rate(2, 6, "0.5"))
    required = percent(growth + dice.rate(3, 8, "0.5"))

    def price(value: Fraction) -> Amount:
        return won(value, 0)

    value = paid * (1 + growth) / (required - growth)
    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} 방금 주당 {paid}의 배당을 지급하였고 앞으로 배당은 매년 {growth}씩 영구히 늘어날 것이다. 이 주식에 "
                f"대한 요구수익률이 {required}일 때 현재의 이론주가는? (원 미만은 반올림한다.)",
                f"올해의 배당(주당 {paid})을 이미 지급한 {company}의 배당성장률은 영구히 연 {growth}이고 주주의 요구수익률은 연 "
                f"{required}이다. 항상성장모형에 따른 현재 주가에 가장 가까운 것은?",
            ]
        ),
        given={"paid": paid, "growth": growth, "required": required},
        right=price(value),
        mistakes={
            "방금 지급한 배당을 다음 배당으로 쓰면": price(paid / (required - growth)),
            "배당이 늘지 않는다고 보면": price(paid / required),
            "성장률을 빼는 대신 더하면": price(paid * (1 + growth) / (required + growth)),
            "두 해 뒤의 배당을 쓰면": price(paid * (1 + growth) ** 2 / (required - growth)),
            "방금 지급한 배당을 주가에 더하면": price(value + paid),
            "다음 배당이 그대로 이어진다고 보면": price(paid * (1 + growth) / required),
            "구한 가치를 한 해 더 할인하면": price(value / (1 + required)),
        },
        reasoning=f"항상성장모형의 주가는 다음 해의 배당을 (요구수익률 − 성장률)로 나눈 값이다. 다음 배당은 {paid.bare} × "
        f"{number(1 + growth)} = {won(paid * (1 + growth), 1)}이므로 주가는 이를 {percent(required - growth)}로 나눈 "
        f"{price(value)}이다.",
    )


@family("two-stage-value", "금융 개념", "hard")
def two_stage_value(dice: Dice) -> Draft:
    paid = won(dice.whole(500, 2_000, 50))
    fast, slow = percent(dice.rate(8, 18)), percent(dice.rate(1, 4, "0.5"))
    required = percent(dice.rate(8, 12, "0.5"))
    n = dice.whole(2, 3)
    dividends = [paid * (1 + fast) ** year for year in range(1, n + 1)]
    near = sum((d / (1 + required) ** t for t, d in enumerate(dividends, start=1)), Fraction())
    terminal = dividends[-1] * (1 + slow) / (required - slow)
    discounting = (1 + required) ** n

    def price(value: Fraction) -> Amount:
        return won(value, 0)

    return Draft(
        question=dice.one_of(
            [
                f"방금 주당 {paid}을 배당한 회사의 배당은 앞으로 {n}년간 매년 {fast}씩, 그 뒤에는 매년 {slow}씩 영구히 늘어날 것이다. "
                f"요구수익률이 {required}일 때 현재의 주식가치는? (원 미만은 반올림한다.)",
                f"어느 주식의 최근 배당은 {paid}이었다. 배당성장률은 {n}년 동안 연 {fast}이고 그 후에는 연 {slow}로 낮아져 영구히 "
                f"유지된다. 주주의 요구수익률이 연 {required}라면 이 주식의 내재가치에 가장 가까운 것은?",
            ]
        ),
        given={"paid": paid, "fast": fast, "slow": slow, "required": required, "n": n},
        right=price(near + terminal / discounting),
        mistakes={
            "잔존가치를 한 해 더 할인하면": price(near + terminal / discounting / (1 + required)),
            "잔존가치를 할인하지 않으면": price(near + terminal),
            "고성장기의 배당을 빠뜨리면": price(terminal / discounting),
            "잔존가치에 마지막 배당을 그대로 쓰면": price(
                near + dividends[-1] / (required - slow) / discounting
            ),
            "고성장기를 무시하고 처음부터 낮은 성장률을 쓰면": price(
                paid * (1 + slow) / (required - slow)
            ),
            "잔존가치를 한 해 덜 할인하면": price(near + terminal / discounting * (1 + required)),
            "고성장기의 배당을 할인하지 않으면": price(
                sum(dividends, Fraction()) + terminal / discounting
            ),
        },
        reasoning=f"{n}년간의 배당을 할인한 현재가치는 {won(near, 1)}이다. {n}년 말의 잔존가치는 "
        f"{won(dividends[-1], 1)} × {number(1 + slow)} ÷ {percent(required - slow)} = {won(terminal, 1)}이고 이를 "
        f"{number(1 + required)}{superscript(n)}으로 할인하여 더하면 {price(near + terminal / discounting)}이다.",
    )


@family("net-present-value", "금융 개념", "easy")
def net_present_value(dice: Dice) -> Draft:
    company = dice.company()
    n = dice.whole(3, 5)
    rate = percent(dice.rate(6, 14))
    flow = million_won(dice.whole(100, 600, 10))
    scrap = million_won(dice.whole(30, 150, 10))
    outlay = million_won(round(flow * annuity(rate, n) * dice.rate(75, 98), -1))
    end = (1 + rate) ** n
    factor = annuity(rate, n)

    def worth(value: Fraction) -> Amount:
        return million_won(value, 1, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"{company:은/는} {outlay:을/를} 투자하면 {n}년간 매년 말 {flow}의 순현금이 들어오고 {n}년 말에 설비를 "
                f"{scrap}에 처분하는 투자안을 검토한다. 할인율이 {rate}일 때 순현재가치는? (처분손익의 세금은 없고 소수점 "
                "아래 둘째 자리에서 반올림한다.)",
                f"지금 {outlay}을 지출하는 {n}년짜리 투자안이 매년 말 {flow}의 현금흐름을 낳고, 마지막 해 말에는 처분대금 {scrap}이 "
                f"더 들어온다. 자본비용 {rate:으로/로} 계산한 순현재가치에 가장 가까운 것은?",
            ]
        ),
        given={"outlay": outlay, "flow": flow, "scrap": scrap, "rate": rate, "n": n},
        right=worth(flow * factor + scrap / end - outlay),
        mistakes={
            "처분대금을 빠뜨리면": worth(flow * factor - outlay),
            "처분대금을 할인하지 않으면": worth(flow * factor + scrap - outlay),
            "현금흐름을 할인하지 않으면": worth(n * flow + scrap - outlay),
            "투자액도 한 해 뒤의 지출로 보면": worth(
                (flow * factor + scrap / end - outlay) / (1 + rate)
            ),
            "현금흐름이 매년 초에 들어온다고 보면": worth(
                flow * factor * (1 + rate) + scrap / end - outlay
            ),
            "현금흐름의 합계를 마지막 해의 현가계수로 할인하면": worth(
                (n * flow + scrap) / end - outlay
            ),
            "처분대금을 투자액에서 바로 빼고 현금흐름을 한 해 적게 세면": worth(
                flow * annuity(rate, n - 1) + scrap - outlay
            ),
        },
        reasoning=f"매년의 현금흐름에는 연금의 현가계수 {number(factor, 4):을/를}, 처분대금에는 {n}년의 현가계수 "
        f"{number(1 / end, 4):을/를} 곱한다. {flow.bare} × {number(factor, 4)} + {scrap.bare} × {number(1 / end, 4)} − "
        f"{outlay.bare} = {worth(flow * factor + scrap / end - outlay)}이다.",
    )


@family("equivalent-annual-cost", "금융 개념", "hard")
def equivalent_annual_cost(dice: Dice) -> Draft:
    rate = percent(dice.rate(6, 12))
    n = dice.whole(3, 6)
    price, upkeep = million_won(dice.whole(200, 900, 20)), million_won(dice.whole(20, 90, 5))
    scrap = million_won(dice.whole(20, 120, 10))
    factor, end = annuity(rate, n), (1 + rate) ** n

    def yearly(value: Fraction) -> Amount:
        return million_won(value, 1)

    whole = price + upkeep * factor - scrap / end
    return Draft(
        question=dice.one_of(
            [
                f"설비의 가격은 {price}, 내용연수는 {n}년이고 매년 말 유지비 {upkeep:이/가} 들며 내용연수가 끝나면 {scrap}에 팔 수 "
                f"있다. 할인율이 {rate}이고 세금을 무시할 때 이 설비의 연간균등비용(EAC)은? (소수점 아래 둘째 자리에서 "
                "반올림한다.)",
                f"{n}년마다 같은 설비로 계속 교체하는 회사가 있다. 설비는 {price}에 사서 매년 말 {upkeep}의 유지비를 쓰고 {n}년 "
                f"말에 {scrap}에 처분한다. 할인율 {rate:을/를} 적용한 연간균등비용에 가장 가까운 것은? (세금은 무시한다.)",
            ]
        ),
        given={"rate": rate, "n": n, "price": price, "upkeep": upkeep, "scrap": scrap},
        right=yearly(whole / factor),
        mistakes={
            "처분대금을 빼지 않으면": yearly(whole / factor + scrap / end / factor),
            "할인하지 않고 내용연수로 나누면": yearly((price + n * upkeep - scrap) / n),
            "비용의 현재가치를 내용연수로 나누면": yearly(whole / n),
            "유지비를 빠뜨리면": yearly((price - scrap / end) / factor),
            "처분대금을 할인하지 않고 빼면": yearly((price + upkeep * factor - scrap) / factor),
            "한 해 짧은 연금의 현가계수로 나누면": yearly(whole / annuity(rate, n - 1)),
            "구입가격에 대한 이자만 더하면": yearly(price * rate + upkeep),
            "유지비를 매년 초에 낸다고 보면": yearly(whole / factor + upkeep * rate),
        },
        reasoning=f"비용의 현재가치는 {price.bare} + {upkeep.bare} × {number(factor, 4)} − {scrap.bare} × {number(1 / end, 4)} = "
        f"{yearly(whole)}이다. 이를 연금의 현가계수 {number(factor, 4):으로/로} 나누면 매년 같은 금액인 "
        f"{yearly(whole / factor)}이 된다.",
    )
