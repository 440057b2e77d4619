"""Portfolios: risk, return, performance, and what an investor keeps of it."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    eok_won,
    number,
    percent,
    percent_points,
    root,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, family


def _correlation(dice: Dice) -> Amount:
    return number(dice.between("-0.4", "0.8", "0.1"))


@family("two-asset-risk", "투자 전략", "easy")
def two_asset_risk(dice: Dice) -> Draft:
    weight = percent(dice.rate(20, 80, 10))
    rest = percent(1 - weight)
    high, low = percent(dice.rate(18, 35)), percent(dice.rate(5, 15))
    correlation = _correlation(dice)
    squares = (weight * high) ** 2 + (rest * low) ** 2
    cross = 2 * weight * rest * high * low * correlation
    risk = root(squares + cross)
    return Draft(
        question=dice.one_of(
            [
                f"주식에 {weight}, 채권에 {rest}를 투자한 포트폴리오가 있다. 주식과 채권의 수익률 표준편차는 "
                f"각각 {high}, {low}이고 두 수익률의 상관계수는 {correlation}이다. 포트폴리오 수익률의 "
                "표준편차는? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"표준편차가 {high}인 주식과 {low}인 채권의 상관계수가 {correlation}일 때, 주식 {weight}와 채권 "
                f"{rest:으로/로} 이루어진 포트폴리오의 표준편차에 가장 가까운 것은?",
            ]
        ),
        given={
            "weight": weight,
            "rest": rest,
            "high": high,
            "low": low,
            "correlation": correlation,
        },
        right=percent(risk, 1),
        mistakes={
            "두 표준편차를 가중평균하면": percent(weight * high + rest * low, 1),
            "공분산 항을 빠뜨리면": percent(root(squares), 1),
            "공분산 항의 부호를 반대로 하면": percent(root(max(squares - cross, Fraction())), 1),
            "공분산 항에 2를 곱하지 않으면": percent(root(squares + cross / 2), 1),
            "두 투자비중을 서로 바꾸면": percent(
                root((rest * high) ** 2 + (weight * low) ** 2 + cross), 1
            ),
            "투자비중을 제곱하지 않으면": percent(root(weight * high**2 + rest * low**2), 1),
            "분산의 제곱근을 구하지 않으면": percent(squares + cross, 1),
        },
        reasoning="포트폴리오의 분산은 각 자산의 (비중 × 표준편차)²에 공분산 항 2 × 비중의 곱 × 표준편차의 곱 × "
        f"상관계수를 더한 값이다. {number(squares, 6)} + {number(cross, 6).factor} = "
        f"{number(squares + cross, 6)}이므로 표준편차는 {percent(risk, 1)}이다.",
    )


@family("minimum-variance-weight", "투자 전략", "hard")
def minimum_variance_weight(dice: Dice) -> Draft:
    high, low = percent(dice.rate(20, 36, 2)), percent(dice.rate(10, 18, 2))
    correlation = number(dice.between("-0.5", "0.4", "0.1"))
    covariance = high * low * correlation
    bottom = high**2 + low**2 - 2 * covariance
    weight = (low**2 - covariance) / bottom
    return Draft(
        question=dice.one_of(
            [
                f"주식 갑과 을의 수익률 표준편차는 각각 {high}, {low}이고 상관계수는 {correlation}이다. 두 주식만으로 "
                "최소분산 포트폴리오를 만들 때 갑의 투자비중은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"표준편차 {high}인 주식 갑과 {low}인 주식 을의 상관계수가 {correlation}이다. 두 주식으로 구성한 "
                "포트폴리오의 분산이 가장 작아지게 하는 갑의 비중에 가장 가까운 것은?",
            ]
        ),
        given={"high": high, "low": low, "correlation": correlation},
        right=percent(weight, 1),
        mistakes={
            "을의 비중을 구하면": percent(1 - weight, 1),
            "공분산을 0으로 보면": percent(low**2 / (high**2 + low**2), 1),
            "표준편차에 반비례하게 나누면": percent(low / (high + low), 1),
            "분모에서 공분산을 한 번만 빼면": percent(
                (low**2 - covariance) / (high**2 + low**2 - covariance), 1
            ),
            "분자에서 공분산을 빼지 않으면": percent(low**2 / bottom, 1),
            "공분산의 부호를 모두 반대로 하면": percent(
                (low**2 + covariance) / (high**2 + low**2 + 2 * covariance), 1
            ),
            "공분산 대신 상관계수와 작은 분산을 곱하면": percent(
                (low**2 - correlation * low**2) / (high**2 + low**2 - 2 * correlation * low**2), 1
            ),
        },
        reasoning="최소분산 포트폴리오에서 갑의 비중은 (을의 분산 − 공분산) ÷ (두 분산의 합 − 2 × 공분산)이다. "
        f"공분산은 {number(high)} × {number(low)} × {correlation.factor} = {number(covariance, 5)}이므로 비중은 "
        f"{number(low**2 - covariance, 5)} ÷ {number(bottom, 5)} = {percent(weight, 1)}이다.",
    )


@family("jensen-alpha", "투자 전략", "easy")
def jensen_alpha(dice: Dice) -> Draft:
    fund, market = percent(dice.rate(6, 16, "0.2")), percent(dice.rate(5, 13, "0.2"))
    risk_free = percent(dice.rate(2, 4, "0.1"))
    beta = number(dice.between("0.6", "1.5", "0.05"))
    required = risk_free + beta * (market - risk_free)

    def points(value: Fraction) -> Amount:
        return percent_points(value, 2, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"지난해 어느 펀드의 수익률은 {fund}, 베타는 {beta}이고 시장수익률은 {market}, 무위험이자율은 "
                f"{risk_free}였다. CAPM을 기준으로 한 이 펀드의 젠센의 알파는?",
                f"무위험이자율 {risk_free}, 시장포트폴리오의 수익률 {market}인 기간에 베타가 {beta}인 펀드가 {fund}의 "
                "수익률을 올렸다. 증권시장선이 요구하는 수익률을 넘어선 초과수익률(젠센의 알파)은?",
            ]
        ),
        given={"fund": fund, "market": market, "risk_free": risk_free, "beta": beta},
        right=points(fund - required),
        mistakes={
            "위험을 조정하지 않고 시장수익률을 빼면": points(fund - market),
            "시장위험프리미엄 대신 시장수익률에 베타를 곱하면": points(
                fund - risk_free - beta * market
            ),
            "요구수익률에 무위험이자율을 더하지 않으면": points(fund - beta * (market - risk_free)),
            "부호를 반대로 하면": points(required - fund),
            "베타를 1로 보고 무위험이자율을 한 번 더 빼면": points(fund - market - risk_free),
            "무위험이자율을 무시하고 시장수익률에 베타만 곱하면": points(fund - beta * market),
            "알파를 베타로 나누면": points((fund - required) / beta),
        },
        reasoning=f"요구수익률은 {risk_free} + {beta} × ({market} − {risk_free}) = {percent(required, 2)}이다. "
        f"알파는 실현수익률에서 요구수익률을 뺀 {fund} − {percent(required, 2)} = "
        f"{points(fund - required)}이다.",
    )


@family("m-squared", "투자 전략", "hard")
def m_squared(dice: Dice) -> Draft:
    fund, market = percent(dice.rate(7, 18, "0.5")), percent(dice.rate(6, 12, "0.5"))
    risk_free = percent(dice.rate(2, 4, "0.25"))
    fund_risk, market_risk = percent(dice.rate(12, 32)), percent(dice.rate(12, 22))
    beta = number(dice.between("0.6", "1.6", "0.1"))
    sharpe = (fund - risk_free) / fund_risk
    result = risk_free + sharpe * market_risk - market

    def points(value: Fraction) -> Amount:
        return percent_points(value, 2, signed=True)

    return Draft(
        question=dice.one_of(
            [
                "펀드와 시장의 연간 성과가 다음과 같다.\n\n| 구분 | 수익률 | 표준편차 | 베타 |\n|---|---|---|---|\n"
                f"| 펀드 | {fund} | {fund_risk} | {beta} |\n| 시장 | {market} | {market_risk} | 1 |\n\n"
                f"무위험이자율이 {risk_free}일 때, 펀드에 무위험자산을 섞어(또는 차입하여) 시장과 위험을 같게 한 "
                "포트폴리오의 수익률에서 시장수익률을 뺀 값(M² 초과수익률)은? (소수점 아래 셋째 자리에서 "
                "반올림한다.)",
                f"수익률 {fund}, 표준편차 {fund_risk}, 베타 {beta}인 펀드가 있다. 같은 기간 시장수익률은 {market}, "
                f"시장의 표준편차는 {market_risk}, 무위험이자율은 {risk_free}였다. 모딜리아니의 M²으로 잰 펀드의 "
                "시장 대비 초과수익률에 가장 가까운 것은?",
            ]
        ),
        given={
            "fund": fund,
            "market": market,
            "risk_free": risk_free,
            "fund_risk": fund_risk,
            "market_risk": market_risk,
            "beta": beta,
        },
        right=points(result),
        mistakes={
            "시장수익률을 빼지 않으면": points(result + market),
            "무위험이자율을 더하지 않으면": points(result - risk_free),
            "표준편차 대신 베타로 위험을 맞추면": points(
                risk_free + (fund - risk_free) / beta - market
            ),
            "수익률 자체를 표준편차로 나누면": points(fund / fund_risk * market_risk - market),
            "표준편차의 비율을 거꾸로 곱하면": points(
                risk_free + (fund - risk_free) * fund_risk / market_risk - market
            ),
            "위험을 조정하지 않으면": points(fund - market),
            "젠센의 알파를 구하면": points(fund - risk_free - beta * (market - risk_free)),
        },
        reasoning=f"펀드의 샤프지수는 ({fund} − {risk_free}) ÷ {fund_risk} = {number(sharpe, 4)}이다. 위험을 시장과 "
        f"같게 한 수익률은 {risk_free} + {number(sharpe, 4)} × {market_risk} = "
        f"{percent(result + market, 2)}이고 시장수익률을 빼면 {points(result)}이다. 베타는 쓰이지 않는다.",
    )


@family("information-ratio", "투자 전략", "hard")
def information_ratio(dice: Dice) -> Draft:
    benchmark = percent(dice.rate(4, 10, "0.2"))
    active = dice.rate("1.2", 4, "0.2")
    fund, risk_free = percent(benchmark + active), percent(dice.rate(2, 3, "0.1"))
    fund_risk, benchmark_risk = percent(dice.rate(12, 22)), percent(dice.rate(11, 20))
    correlation = number(dice.between("0.8", "0.95", "0.05"))
    squares = fund_risk**2 + benchmark_risk**2
    covariance = fund_risk * benchmark_risk * correlation
    error = root(squares - 2 * covariance)
    gap = abs(fund_risk - benchmark_risk)
    by_gap = {"추적오차를 두 표준편차의 차이로 보면": number(active / gap, 2)} if gap else {}
    return Draft(
        question=dice.one_of(
            [
                f"펀드의 연 수익률은 {fund}, 표준편차는 {fund_risk}이고 벤치마크의 연 수익률은 {benchmark}, 표준편차는 "
                f"{benchmark_risk}이다. 두 수익률의 상관계수가 {correlation}, 무위험이자율이 {risk_free}일 때 "
                "펀드의 정보비율은? (추적오차는 수익률 차이의 표준편차이며, 소수점 아래 셋째 자리에서 "
                "반올림한다.)",
                f"연 {fund}의 수익률을 올린 펀드(표준편차 {fund_risk})와 벤치마크(수익률 연 {benchmark}, 표준편차 "
                f"{benchmark_risk})의 상관계수는 {correlation}이다. 무위험이자율은 연 {risk_free}이다. "
                "벤치마크 대비 초과수익률을 추적오차로 나눈 정보비율에 가장 가까운 것은?",
            ]
        ),
        given={
            "fund": fund,
            "fund_risk": fund_risk,
            "benchmark": benchmark,
            "benchmark_risk": benchmark_risk,
            "correlation": correlation,
            "risk_free": risk_free,
        },
        right=number(active / error, 2),
        mistakes={
            "펀드의 표준편차로 나누면": number(active / fund_risk, 2),
            "샤프지수를 구하면": number((fund - risk_free) / fund_risk, 2),
            "추적오차에서 공분산을 한 번만 빼면": number(active / root(squares - covariance), 2),
            "추적오차에서 공분산을 무시하면": number(active / root(squares), 2),
            "펀드수익률에서 무위험이자율을 뺀 값을 추적오차로 나누면": number(
                (fund - risk_free) / error, 2
            ),
            "벤치마크의 초과수익률을 추적오차로 나누면": number((benchmark - risk_free) / error, 2),
            "벤치마크의 표준편차로 나누면": number(active / benchmark_risk, 2),
            **by_gap,
        },
        reasoning="추적오차의 제곱은 두 분산의 합에서 2 × 공분산을 뺀 값이다. "
        f"{number(squares, 6)} − {number(2 * covariance, 6)} = {number(squares - 2 * covariance, 6)}이므로 "
        f"추적오차는 {percent(error, 2)}이고, 정보비율은 {percent(active)} ÷ {percent(error, 2)} = "
        f"{number(active / error, 2)}이다.",
    )


@family("value-at-risk", "투자 전략", "easy")
def value_at_risk(dice: Dice) -> Draft:
    value = eok_won(dice.whole(100, 900, 10))
    daily = percent(dice.rate("0.6", "2.4", "0.1"))
    horizon = dice.whole(3, 30)
    z = {"95%": number(Fraction("1.65")), "99%": number(Fraction("2.33"))}
    level, other = dice.shuffled(sorted(z))
    one_day = value * daily * z[level]
    stretch = root(Fraction(horizon))
    return Draft(
        question=dice.one_of(
            [
                f"시가 {value}인 주식 포트폴리오의 일간 수익률은 평균 0, 표준편차 {daily}인 정규분포를 따르며 날마다 "
                f"독립이다. 신뢰수준 {level}, 보유기간 {horizon}일의 VaR는? (단측 신뢰수준에 대응하는 값은 95%에서 "
                "1.65, 99%에서 2.33이고, 소수점 아래 셋째 자리에서 반올림한다.)",
                f"일간 변동성이 {daily}인 {value} 규모의 포트폴리오가 있다. 평균을 0으로 두는 델타-노말 방식과 시간의 "
                f"제곱근 법칙으로 구한 {level} 신뢰수준의 {horizon}일 VaR에 가장 가까운 것은? (z값은 95%에서 1.65, "
                "99%에서 2.33)",
            ]
        ),
        given={"value": value, "daily": daily, "horizon": horizon, "level": level},
        right=eok_won(one_day * stretch, 2),
        mistakes={
            "보유기간의 제곱근이 아니라 보유기간을 곱하면": eok_won(one_day * horizon, 2),
            "하루의 VaR를 구하면": eok_won(one_day, 2),
            "신뢰수준의 값을 곱하지 않으면": eok_won(value * daily * stretch, 2),
            f"{other} 신뢰수준의 값을 쓰면": eok_won(value * daily * z[other] * stretch, 2),
            "보유기간에서 하루를 빼고 제곱근을 구하면": eok_won(
                one_day * root(Fraction(horizon - 1)), 2
            ),
            "하루의 VaR를 보유기간의 제곱근으로 나누면": eok_won(one_day / stretch, 2),
            "보유기간에 하루를 더하고 제곱근을 구하면": eok_won(
                one_day * root(Fraction(horizon + 1)), 2
            ),
        },
        reasoning="VaR는 시가 × 일간 표준편차 × 신뢰수준의 값 × 보유기간의 제곱근이다. "
        f"{value.bare} × {number(daily)} × {z[level]} × √{horizon} = {eok_won(one_day * stretch, 2)}이다.",
    )


@family("diversification-of-var", "투자 전략", "hard")
def diversification_of_var(dice: Dice) -> Draft:
    stocks, bonds = eok_won(dice.whole(20, 90)), eok_won(dice.whole(10, 60))
    correlation = _correlation(dice)
    squares, cross = stocks**2 + bonds**2, 2 * stocks * bonds * correlation
    total = root(squares + cross)

    def effect(value: Fraction) -> Amount:
        return eok_won(value, 1)

    return Draft(
        question=dice.one_of(
            [
                f"주식 포지션의 VaR는 {stocks}, 채권 포지션의 VaR는 {bonds}이고 두 포지션 수익률의 상관계수는 "
                f"{correlation}이다. 두 포지션이 모두 매입이고 수익률이 정규분포를 따를 때, 합쳐서 운용하여 줄어드는 "
                "VaR(분산효과)는? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"같은 신뢰수준과 보유기간에서 잰 VaR가 주식 {stocks}, 채권 {bonds}인 두 매입 포지션이 있다. 상관계수가 "
                f"{correlation}일 때 개별 VaR의 단순 합계와 포트폴리오 VaR의 차이(분산효과)에 가장 가까운 것은?",
            ]
        ),
        given={"stocks": stocks, "bonds": bonds, "correlation": correlation},
        right=effect(stocks + bonds - total),
        mistakes={
            "포트폴리오의 VaR를 구하면": effect(total),
            "상관계수를 0으로 보면": effect(stocks + bonds - root(squares)),
            "상관계수의 부호를 반대로 하면": effect(stocks + bonds - root(squares - cross)),
            "교차항에 2를 곱하지 않으면": effect(stocks + bonds - root(squares + cross / 2)),
            "상관계수가 −1이라고 보면": effect(stocks + bonds - abs(stocks - bonds)),
            "큰 VaR에서 작은 VaR를 빼면": effect(abs(stocks - bonds)),
            "큰 VaR에서 포트폴리오의 VaR를 빼면": effect(abs(max(stocks, bonds) - total)),
        },
        reasoning="포트폴리오의 VaR는 두 VaR의 제곱합에 2 × 상관계수 × 두 VaR의 곱을 더한 값의 제곱근이다. "
        f"√({number(squares).bare} + {number(cross).factor}) = {effect(total)}이므로 분산효과는 "
        f"{eok_won(stocks + bonds)} − {effect(total)} = {effect(stocks + bonds - total)}이다.",
    )


@family("time-weighted-return", "투자 전략", "hard")
def time_weighted_return(dice: Dice) -> Draft:
    start = eok_won(dice.whole(80, 240, 4))
    before = eok_won(round(start * (1 + dice.rate(-12, 18))))
    inflow = eok_won(dice.whole(30, 160, 2))
    end = eok_won(round((before + inflow) * (1 + dice.rate(-10, 20))))
    halves = (before / start - 1, end / (before + inflow) - 1)
    result = (1 + halves[0]) * (1 + halves[1]) - 1

    def rate(value: Fraction) -> Amount:
        return percent(value, 2, signed=True)

    return Draft(
        question=dice.one_of(
            [
                f"연초 순자산이 {start}인 펀드의 6월 말 순자산은 {before}이었고, 그 직후 {inflow}이 추가로 설정되었다. "
                f"연말 순자산이 {end}일 때 이 펀드의 연간 시간가중수익률은? (그 밖의 입출금은 없고 소수점 아래 셋째 "
                "자리에서 반올림한다.)",
                f"{start:으로/로} 시작한 일임계좌가 반년 뒤 {before:이/가} 되었을 때 고객이 {inflow:을/를} 더 맡겼고, 다시 "
                f"반년 뒤 계좌의 평가액은 {end:이/가} 되었다. 운용자의 능력을 재는 연간 시간가중수익률에 가장 "
                "가까운 것은?",
            ]
        ),
        given={"start": start, "before": before, "inflow": inflow, "end": end},
        right=rate(result),
        mistakes={
            "추가 자금을 성과로 여기면": rate(end / start - 1),
            "추가 자금을 빼고 처음 금액으로 나누면": rate((end - inflow) / start - 1),
            "손익을 투입한 금액의 합계로 나누면": rate(end / (start + inflow) - 1),
            "손익을 평균 투입금액으로 나누면": rate((end - start - inflow) / (start + inflow / 2)),
            "두 기간의 수익률을 더하기만 하면": rate(halves[0] + halves[1]),
            "두 기간의 수익률을 산술평균하면": rate((halves[0] + halves[1]) / 2),
        },
        reasoning="시간가중수익률은 자금이 드나든 시점마다 구간을 나누어 수익률을 구하고 기하적으로 연결한다. 앞 구간은 "
        f"{before.bare} ÷ {start.bare} − 1 = {rate(halves[0])}, 뒤 구간은 {end.bare} ÷ "
        f"{eok_won(before + inflow).bare} − 1 = {rate(halves[1])}이므로 연간 수익률은 {rate(result)}이다.",
    )


@family("optimal-risky-share", "투자 전략", "easy")
def optimal_risky_share(dice: Dice) -> Draft:
    risky, risk_free = percent(dice.rate(6, 11, "0.5")), percent(dice.rate(2, 4, "0.25"))
    risk = percent(dice.rate(20, 34))
    aversion = dice.whole(3, 8)
    share = (risky - risk_free) / (aversion * risk**2)
    return Draft(
        question=dice.one_of(
            [
                f"위험자산의 기대수익률은 {risky}, 표준편차는 {risk}이고 무위험이자율은 {risk_free}이다. 효용함수가 U = "
                f"E(R) − ½ × {aversion} × σ²인 투자자의 최적 위험자산 비중은? (소수점 아래 둘째 자리에서 반올림한다.)",
                f"위험회피계수가 {aversion}이고 평균-분산 효용(기대수익률 − ½ × 위험회피계수 × 분산)을 극대화하는 투자자가 "
                f"기대수익률 {risky}, 표준편차 {risk}인 위험자산과 이자율 {risk_free}인 무위험자산에 투자한다. "
                "위험자산에 넣을 비중에 가장 가까운 것은?",
            ]
        ),
        given={"risky": risky, "risk_free": risk_free, "risk": risk, "aversion": aversion},
        right=percent(share, 1),
        mistakes={
            "무위험자산의 비중을 구하면": percent(1 - share, 1),
            "무위험이자율을 빼지 않으면": percent(risky / (aversion * risk**2), 1),
            "효용함수의 ½을 남겨 두면": percent(2 * share, 1),
            "분모에 2를 더 곱하면": percent(share / 2, 1),
            "분산 대신 표준편차로 나누면": percent(share * risk, 1),
            "위험회피계수를 제곱하면": percent(share / aversion, 1),
            "위험회피계수를 빠뜨리면": percent(share * aversion, 1),
        },
        reasoning="효용을 비중으로 미분하면 최적 비중은 위험프리미엄 ÷ (위험회피계수 × 분산)이다. "
        f"{percent(risky - risk_free)} ÷ ({aversion} × {number(risk**2)}) = {percent(share, 1)}이다.",
    )
