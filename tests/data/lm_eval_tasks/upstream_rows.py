"""Questions of our own in the shapes of the data sets that upstream's Korean tasks read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from datasets import Dataset

LETTERS = "ABCDE"

# Question, options, which of them is right.
ASKED = [
    ("빌린 돈에 대하여 치르는 값은?", ("이자", "배당", "임금", "지대", "세금"), 0),
    (
        "한 해 동안 나라 안에서 새로 만든 값의 합은?",
        ("국부", "총생산", "통화량", "물가", "환율"),
        1,
    ),
    ("물가가 오래도록 오르는 일은?", ("침체", "불황", "인플레이션", "긴축", "절상"), 2),
]


def kmmlu_row(question: str, options: tuple[str, ...], right: int) -> dict[str, Any]:
    columns = dict(zip(LETTERS, options[:4], strict=False))
    return {"question": question, **columns, "answer": right + 1, "Category": "Economics"}


def click_row(subject: str, question: str, options: tuple[str, ...], right: int) -> dict[str, Any]:
    return {
        "id": f"KIIP_{subject}_{right}",
        "paragraph": "" if right else "돈은 값을 재는 자이다.",
        "question": question,
        "choices": list(options[:4]),
        "answer": options[right],
    }


def haerae_row(question: str, options: tuple[str, ...], right: int) -> dict[str, Any]:
    lines = "\n".join(f"({x}) {text}" for x, text in zip(LETTERS, options, strict=True))
    return {"query": f"### 질문: {question}\n{lines}\n### 정답:", "answer": f"({LETTERS[right]})"}


def splits_for(task: str) -> Callable[..., dict[str, Dataset]]:
    """What upstream's task of this name may take for its data set."""
    row: Callable[..., dict[str, Any]] = haerae_row
    if task.startswith("kmmlu"):
        row = kmmlu_row
    elif task.startswith("click"):
        row = partial(click_row, task.rpartition("_")[2])
    rows = [row(*asked) for asked in ASKED]

    def splits(**_: Any) -> dict[str, Dataset]:
        return {split: Dataset.from_list(rows) for split in ("train", "dev", "test")}

    return splits
