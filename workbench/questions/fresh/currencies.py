"""Exchange rates: parity, cross rates, and what a gap between markets earns."""

from __future__ import annotations

from fractions import Fraction

from workbench.questions.fresh.amounts import (
    Amount,
    dollars,
    man_dollars,
    man_won,
    number,
    percent,
    won,
)
from workbench.questions.fresh.dice import Dice
from workbench.questions.fresh.family import Draft, Phrase, family


@family("forward-exchange-rate", "금융 개념", "easy")
def forward_exchange_rate(dice: Dice) -> Draft:
    spot = won(dice.between(1_150, 1_450, "0.5"))
    home = percent(dice.rate(3, 6, "0.1"))
    foreign = percent(home + dice.one_of((-1, 1)) * dice.rate("0.8", "2.2", "0.1"))
    months = dice.one_of((3, 6, 9, 12))
    term = Fraction(months, 12)

    def forward(growth: Fraction) -> Amount:
        return won(spot * growth, 2)

    return Draft(
        question=dice.one_of(
            [
                f"원/달러 현물환율이 달러당 {spot}이고 원화 금리는 연 {home}, 달러 금리는 연 {foreign}이다. 무위험 "
                f"이자율평가가 성립할 때 {months}개월 선물환율은? (금리는 월할 단리이고 소수점 아래 셋째 자리에서 "
                "반올림한다.)",
                f"달러당 {spot}인 현물환율과 연 {home}의 원화 금리, 연 {foreign}의 달러 금리가 주어져 있다. 차익거래 "
                f"기회가 없게 하는 {months}개월 만기 선물환율에 가장 가까운 것은? (월할 단리로 계산한다.)",
            ]
        ),
        given={"spot": spot, "home": home, "foreign": foreign, "months": months},
        right=forward((1 + home * term) / (1 + foreign * term)),
        mistakes={
            "두 나라의 금리를 서로 바꾸면": forward((1 + foreign * term) / (1 + home * term)),
            "원화 금리만 반영하면": forward(1 + home * term),
            "달러 금리만 반영하면": forward(1 / (1 + foreign * term)),
            "달러 금리로 나누는 대신 곱하면": forward((1 + home * term) * (1 + foreign * term)),
            "금리 차이를 절반만 반영하면": forward(1 + (home - foreign) * term / 2),
            "금리 차이를 두 배로 반영하면": forward(1 + 2 * (home - foreign) * term),
            "두 금리의 합으로 할인하면": forward(1 / (1 + (home + foreign) * term)),
        },
        reasoning="무위험 이자율평가에서 선물환율은 현물환율 × (1 + 원화 금리) ÷ (1 + 달러 금리)이다. "
        f"{spot.bare} × {number(1 + home * term, 5)} ÷ {number(1 + foreign * term, 5)} = "
        f"{forward((1 + home * term) / (1 + foreign * term))}이다.",
    )


@family("covered-interest-arbitrage", "투자 전략", "hard")
def covered_interest_arbitrage(dice: Dice) -> Draft:
    spot = won(dice.whole(1_150, 1_450, 5))
    home, foreign = percent(dice.rate(2, 6, "0.25")), percent(dice.rate(2, 6, "0.25"))
    parity = spot * (1 + home) / (1 + foreign)
    forward = won(round(parity) + dice.one_of((-1, 1)) * dice.whole(6, 25))
    amount = man_dollars(dice.whole(100, 900, 50))
    borrows_won = forward > parity
    # Both strategies start with the same sum today and end with the profit in won.
    per_dollar = abs((1 + foreign) * forward - spot * (1 + home))

    def trade(in_won: bool, profit: Fraction) -> Phrase:
        words = "원화 차입·달러 운용" if in_won else "달러 차입·원화 운용"
        return Phrase(f"{words}, {{}}", man_won(profit * amount, 0))

    unhedged = abs((1 + foreign) * spot - spot * (1 + home))
    return Draft(
        question=dice.one_of(
            [
                f"현물환율은 달러당 {spot}, 1년 선물환율은 달러당 {forward}이고 1년 만기 금리는 원화 연 {home}, 달러 연 "
                f"{foreign}이다. {amount} 또는 그에 해당하는 원화를 빌려 하는 무위험 금리차익거래와 1년 뒤 "
                "원화로 확정되는 이익은? (거래비용은 없고 만원 미만은 반올림한다.)",
                f"원화와 달러의 1년 금리가 각각 연 {home}, {foreign}이고 달러당 현물환율이 {spot}, 1년 선물환율이 "
                f"{forward}이다. {amount} 규모(현물환율 기준)로 차입하여 차익을 얻는 거래와 만기의 원화 이익은? "
                "(거래비용은 없고 만원 미만은 반올림한다.)",
            ]
        ),
        given={
            "spot": spot,
            "forward": forward,
            "home": home,
            "foreign": foreign,
            "amount": amount,
        },
        right=trade(borrows_won, per_dollar),
        mistakes={
            "거래의 방향을 바꾸면": trade(not borrows_won, per_dollar),
            "선물환율과 현물환율의 차이만 계산하면": trade(forward > spot, abs(forward - spot)),
            "금리 차이만 계산하면": trade(foreign > home, unhedged),
            "이론선물환율과의 차이를 만기 금액에 적용하지 않으면": trade(
                borrows_won, abs(forward - parity)
            ),
            "이론선물환율과의 차이만 계산하고 방향을 바꾸면": trade(
                not borrows_won, abs(forward - parity)
            ),
            "빌린 돈의 이자를 갚지 않으면": trade(
                borrows_won,
                abs((1 + foreign) * forward - spot)
                if borrows_won
                else abs(spot * (1 + home) - forward),
            ),
            "두 나라의 금리를 바꾸어 계산하면": trade(
                (1 + home) * forward > spot * (1 + foreign),
                abs((1 + home) * forward - spot * (1 + foreign)),
            ),
        },
        reasoning=f"이론선물환율은 {spot.bare} × {number(1 + home)} ÷ {number(1 + foreign)} = {won(parity, 2)}이므로 시장의 "
        f"선물환율이 {'높아 원화를 빌려 달러로 운용하고 만기의 달러를 선물환으로 판다' if borrows_won else '낮아 달러를 빌려 원화로 운용하고 갚을 달러를 선물환으로 산다'}. "
        f"1달러당 이익은 |{number(1 + foreign)} × {forward.bare} − {spot.bare} × {number(1 + home)}| = "
        f"{won(per_dollar, 2)}이고 전체 이익은 {man_won(per_dollar * amount, 0)}이다.",
    )


@family("triangular-arbitrage", "시장 동향", "hard")
def triangular_arbitrage(dice: Dice) -> Draft:
    won_rate = won(dice.whole(1_150, 1_450, 5))
    yen_rate = dice.whole(120, 160)
    fair = won_rate / yen_rate * 100
    cross = won(round(fair * (1 + dice.one_of((-1, 1)) * dice.rate("0.6", 3, "0.2")), 1))
    start = man_dollars(dice.whole(100, 900, 50))
    yen_first = cross > fair
    ratio = cross / fair
    growth = ratio if yen_first else 1 / ratio

    def route(yen: bool, gain: Fraction) -> Phrase:
        path = "달러→엔→원→달러" if yen else "달러→원→엔→달러"
        return Phrase(f"{path}, {{}}", dollars(10_000 * start * gain, 0))

    return Draft(
        question=dice.one_of(
            [
                f"세 시장의 환율이 1달러 = {won_rate}, 1달러 = {yen_rate}엔, 100엔 = {cross}이다. {start:으로/로} 시작하여 "
                "무위험 이익을 얻는 거래 순서와 이익은? (거래비용은 없고 달러 미만은 반올림한다.)",
                f"서울에서 달러는 {won_rate}, 100엔은 {cross}에 거래되고 도쿄에서 달러는 {yen_rate}엔에 거래된다. "
                f"{start:을/를} 가진 은행이 삼각 차익거래로 얻을 수 있는 이익과 그 순서는? (거래비용은 없고 달러 미만은 "
                "반올림한다.)",
            ]
        ),
        given={"won_rate": won_rate, "yen_rate": yen_rate, "cross": cross, "start": start},
        right=route(yen_first, growth - 1),
        mistakes={
            "거래의 순서를 거꾸로 하면": route(not yen_first, growth - 1),
            "순서를 거꾸로 하고 손실의 크기를 이익으로 보면": route(not yen_first, 1 - 1 / growth),
            "이익률의 분모를 바꾸어 계산하면": route(yen_first, 1 - 1 / growth),
            "환율의 차이를 사고팔 때 모두 얻는다고 보면": route(yen_first, 2 * (growth - 1)),
            "순서를 거꾸로 하고 차이를 사고팔 때 모두 얻는다고 보면": route(
                not yen_first, 2 * (growth - 1)
            ),
            "환율의 차이를 두 시장에 나누면": route(yen_first, (growth - 1) / 2),
            "순서를 거꾸로 하고 차이를 두 시장에 나누면": route(not yen_first, (growth - 1) / 2),
        },
        reasoning=f"달러 환율로 구한 100엔의 재정환율은 {won_rate.bare} ÷ {yen_rate} × 100 = {won(fair, 2)}이다. 시장의 100엔 = "
        f"{cross:은/는} 이보다 {'높으므로 달러로 엔을 사서 원화를 받고 판 뒤 달러로 바꾼다' if yen_first else '낮으므로 달러를 원화로 바꾸어 엔을 산 뒤 달러로 바꾼다'}. "
        f"이익률은 {percent(growth - 1, 4)}이고 이익은 {dollars(10_000 * start * (growth - 1), 0)}이다.",
    )


@family("cross-rate-quotes", "시장 동향", "easy")
def cross_rate_quotes(dice: Dice) -> Draft:
    won_bid = won(dice.between(1_150, 1_450, "0.5"))
    won_ask = won(won_bid + dice.between(1, 6, "0.5"))
    euro_bid = number(dice.between("1.02", "1.2", "0.005"))
    euro_ask = number(euro_bid + dice.between("0.003", "0.012", "0.001"))
    buys = dice.one_of((True, False))

    def quote(value: Fraction) -> Amount:
        return won(value, 2)

    right, other = (
        (won_ask * euro_ask, won_bid * euro_bid)
        if buys
        else (won_bid * euro_bid, won_ask * euro_ask)
    )
    spread = won_ask - won_bid
    need = "원화로 유로를 사려는" if buys else "유로를 팔아 원화를 받으려는"
    return Draft(
        question=dice.one_of(
            [
                f"은행이 고시한 원/달러 환율은 매입 {won_bid}, 매도 {won_ask}이고 달러/유로 환율은 매입 {euro_bid}달러, 매도 "
                f"{euro_ask}달러이다. {need} 고객에게 적용되는 유로당 원화 환율(재정환율)은? (소수점 아래 셋째 자리에서 "
                "반올림한다.)",
                f"달러당 {won_bid}에 사고 {won_ask}에 팔며, 유로당 {euro_bid}달러에 사고 {euro_ask}달러에 파는 은행이 있다. 이 "
                f"은행과 두 거래를 이어서 {need} 고객의 유로당 원화 환율에 가장 가까운 것은?",
            ]
        ),
        given={
            "won_bid": won_bid,
            "won_ask": won_ask,
            "euro_bid": euro_bid,
            "euro_ask": euro_ask,
            "need": need,
        },
        right=quote(right),
        mistakes={
            "매입과 매도를 모두 바꾸어 곱하면": quote(other),
            "원/달러는 매입, 달러/유로는 매도 환율을 쓰면": quote(won_bid * euro_ask),
            "원/달러는 매도, 달러/유로는 매입 환율을 쓰면": quote(won_ask * euro_bid),
            "두 환율의 중간값을 곱하면": quote((won_bid + won_ask) * (euro_bid + euro_ask) / 4),
            "원/달러의 매매 차이를 한 번 더 반영하면": quote(
                (won_ask + spread) * euro_ask if buys else (won_bid - spread) * euro_bid
            ),
            "달러/유로 환율로 나누면": quote(won_ask / euro_ask if buys else won_bid / euro_bid),
            "달러/유로의 매매 방향을 바꾸어 나누면": quote(
                won_ask / euro_bid if buys else won_bid / euro_ask
            ),
        },
        reasoning=f"{need} 고객은 은행과 두 번 거래하며 두 거래 모두 은행이 {'파는(매도) 환율을 적용받아 달러를 사고 그 달러로 유로를 산다' if buys else '사는(매입) 환율을 적용받아 유로를 달러로, 달러를 원화로 바꾼다'}. "
        f"{(won_ask if buys else won_bid).bare} × {euro_ask if buys else euro_bid} = {quote(right)}이다.",
    )
