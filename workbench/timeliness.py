"""Does a question ask for something that changes: today's prices, or the rules in force?

A model knows what was written until it was trained, so such an answer may be right and out of date
at once. A note too many costs a line on the screen, so words decide, and no model.
"""

from __future__ import annotations

import re
from typing import Literal

Topic = Literal["prices", "rules"]

# '현재가치' is a term, '지금까지' a span of the past.
_NOW = (
    r"(?:현재(?!\s*가치|\s*가격\s*법)|지금(?!까지)|오늘|요즘|요새|최근|최신|올해|금년|실시간|어제|내일"
    r"|이번\s*(?:주|달|분기)|current|today|latest|right now)"
)
_PRICES = (
    r"(?:주가|시세|환율|금리|지수|코스피|코스닥|시가총액|시총|종가|유가|금값|국채\s*수익률"
    r"|stock price|share price|exchange rate|interest rate|kospi|kosdaq)"
)
_RULES = (
    r"(?:법령|법률|세법|상법|자본시장법|규정|규제|제도|세율|세금|공제|비과세|과세|거래세|소득세|법인세"
    r"|금투세|공매도|가격\s*제한폭|한도|tax|law|regulation|rule)"
)
# What is given in the question, as in '현재 주가가 50,000원일 때', is not asked for.
_NOT_GIVEN = r"(?!\S*\s*[\d(])"
_HOW_MUCH = r"(?:은|는|이|가)?\s*(?:얼마|몇)"

_PATTERNS: tuple[tuple[Topic, re.Pattern[str]], ...] = (
    ("rules", re.compile(rf"(?:현행|개정|{_NOW}).{{0,15}}{_RULES}", re.IGNORECASE)),
    ("rules", re.compile(rf"{_RULES}.{{0,15}}(?:언제부터|시행일|시행되|폐지|개정|바뀌|바뀐)")),
    ("rules", re.compile(rf"(?:세율|공제\s*한도|비과세\s*한도|거래세|가격\s*제한폭){_HOW_MUCH}")),
    ("prices", re.compile(rf"{_NOW}.{{0,15}}{_PRICES}{_NOT_GIVEN}", re.IGNORECASE)),
    ("prices", re.compile(rf"(?:주가|시세|환율|금리|지수|코스피|코스닥|금값|유가){_HOW_MUCH}")),
    (
        "prices",
        re.compile(
            r"(?:사도|팔아도)\s*(?:될|되|괜찮)|살까|팔까|(?:오를|내릴|떨어질)까|목표\s*주가"
        ),
    ),
    ("prices", re.compile(rf"{_PRICES}.{{0,10}}전망|종목.{{0,10}}추천")),
)


def asks_for_now(question: str) -> Topic | None:
    """What a question asks for that changes with time; None where it does not seem to.

    >>> asks_for_now("오늘 코스피 지수는 얼마인가요?"), asks_for_now("코스피 지수란 무엇인가요?")
    ('prices', None)
    """
    return next((topic for topic, pattern in _PATTERNS if pattern.search(question)), None)
