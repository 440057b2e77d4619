"""Questions of our own in the columns of KMMLU."""

from __future__ import annotations

from typing import Any

from datasets import Dataset

# Question, options A to D, number of the right one from 1.
ASKED = [
    ("단기에 상환하여야 하는 차입금은 어디에 속하는가?", "유동자산", "유동부채", "자본", "수익", 2),
    ("이자율이 오르면 이미 발행된 고정금리 채권의 값은?", "내린다", "오른다", "같다", "두 배", 1),
    ("주식을 빌려서 먼저 파는 거래는?", "대차", "배당", "공매도", "증자", 3),
    ("재고가 팔려 나가는 빠르기를 보는 비율은?", "부채비율", "유동비율", "배당률", "회전율", 4),
    ("회사가 이익을 주주에게 나누는 것은?", "배당", "상각", "차입", "감자", 1),
    ("빚이 자기자본의 몇 배인지 보는 비율은?", "회전율", "부채비율", "이익률", "성장률", 2),
]
SHOWN = [
    ("돈을 빌려준 대가로 받는 것은?", "원금", "이자", "세금", "비용", 2),
    ("회사의 소유권을 나눈 증서는?", "어음", "채권", "주식", "수표", 3),
]


def splits(**_: Any) -> dict[str, Dataset]:
    return {"test": Dataset.from_list(rows(ASKED)), "dev": Dataset.from_list(rows(SHOWN))}


def rows(questions: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    columns = ("question", "A", "B", "C", "D", "answer")
    return [
        {**dict(zip(columns, question, strict=True)), "Category": "Accounting"}
        for question in questions
    ]
