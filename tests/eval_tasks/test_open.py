"""Open answers: what is described of them, and what the model reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sacrebleu

from eval_tasks.krx_qa.utils import korean_share
from tests.eval_tasks.harness_runs import BASE, ScriptedLM, evaluate, load_task
from workbench.prompts import qa_prompt

QUESTIONS = [
    {
        "id": "short",
        "question": "공매도란?",
        "answer": "주식을 빌려서 판 뒤 나중에 사서 갚는 거래이다.",
        "category": "금융시장",
    },
    {
        "id": "grounded",
        "question": "쿠폰이란?",
        "answer": "채권의 이자.",
        "reference": "이자를 쿠폰이라 한다.",
    },
]


@pytest.fixture
def source(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "open.jsonl"
    lines = (json.dumps(question, ensure_ascii=False) for question in QUESTIONS)
    file.write_text("\n".join(lines), "utf-8")
    return {"questions": str(file)}


def test_the_model_reads_our_prompt(source: dict[str, str]) -> None:
    lm = ScriptedLM()
    evaluate(lm, "krx_qa", source)
    expected = [
        qa_prompt(str(q["question"]), "native", str(q.get("reference", ""))).text for q in QUESTIONS
    ]
    assert [context for context, _ in lm.history] == expected


def described(reply: str | None, source: dict[str, str]) -> dict[str, Any]:
    task = load_task("krx_qa", tokenizer=str(BASE), **source)
    found: dict[str, Any] = task.process_results(task.task_docs[0], [reply])
    return found


def test_an_answer_is_described_by_length_korean_and_overlap(source: dict[str, str]) -> None:
    reply = "주식을 빌려서 파는 거래이다."
    found = described(f" {reply}\n", source)
    overlap = sacrebleu.sentence_chrf(reply, [str(QUESTIONS[0]["answer"])]).score
    assert (found["characters"], found["korean_share"]) == (len(reply), 1.0)
    assert found["chrf"] == overlap > 0
    assert (found["truncated"], found["failed"]) == (0, 0)


def test_overlap_is_reported_by_category(source: dict[str, str]) -> None:
    found = described(str(QUESTIONS[0]["answer"]), source)
    assert found["chrf/category/금융시장"] == pytest.approx(100.0)
    assert found["n/category/금융시장"] == 1


def test_a_failed_call_describes_nothing(source: dict[str, str]) -> None:
    found = described(None, source)
    assert found["failed"] == 1
    assert "chrf" not in found


SHARES = [
    ("공매도는 거래이다.", 1.0),
    ("空賣渡 거래", 0.4),
    ("ETF", 0.0),
    ("12%, 34", 0.0),
    ("", 0.0),
]


@pytest.mark.parametrize(("text", "share"), SHARES)
def test_the_share_of_korean_is_that_of_its_letters(text: str, share: float) -> None:
    assert korean_share(text) == share
