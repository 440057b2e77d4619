"""Questions whose answer is out of date by tomorrow, and those whose answer is not."""

from __future__ import annotations

import pytest

from workbench.timeliness import asks_for_now

CARD = (
    "외환시장에서 일본 엔화와 미국 달러의 환율이 두 시장에서 약간의 차이를 보이고 있다. "
    "이때 무위험 이익을 얻기 위한 적절한 거래 전략은 무엇인가?"
)


@pytest.mark.parametrize(
    "question",
    [
        "오늘 코스피 지수는 얼마인가요?",
        "지금 원/달러 환율 알려 줘",
        "삼성전자 주가 얼마야?",
        "현재 한국은행 기준금리는?",
        "이번 달 금값이 어떻게 되나요",
        "삼성전자 지금 사도 될까요?",
        "하반기 금리 전망은?",
        "좋은 종목 하나 추천해 주세요",
        "What is the current exchange rate?",
    ],
)
def test_current_prices_are_noticed(question: str) -> None:
    assert asks_for_now(question) == "prices"


@pytest.mark.parametrize(
    "question",
    [
        "현행 증권거래세율은?",
        "올해 ISA 비과세 한도가 얼마인가요?",
        "최근 개정된 자본시장법의 내용은?",
        "금투세는 언제부터 시행되나요?",
        "지금 공매도가 금지되어 있나요?",
        "배당소득세율은 몇 퍼센트인가요? 세율은 얼마죠?",
        "What are the latest tax rules?",
    ],
)
def test_current_rules_are_noticed(question: str) -> None:
    assert asks_for_now(question) == "rules"


@pytest.mark.parametrize(
    "question",
    [
        CARD,
        "환율이란 무엇인가요?",
        "현재가치는 얼마인가?",
        "현재 주가가 50,000원이고 EPS가 2,500원일 때 PER은?",
        "기준금리가 오르면 채권 가격은 어떻게 되나요?",
        "공매도(Short Selling)에 대한 설명으로 옳지 않은 것은 무엇입니까?",
        "지금까지 배운 재무비율을 정리해 주세요",
        "주가수익비율은 몇 배일 때 높다고 하나요?",
        "",
    ],
)
def test_what_does_not_change_needs_no_note(question: str) -> None:
    assert asks_for_now(question) is None
