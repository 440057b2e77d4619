"""What the harness reports for each task, with a model that answers as it is told."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import pytest

from tests.eval_tasks.harness_runs import BASE, ScriptedLM, evaluate, load_task
from workbench.questions import load_questions

ASKED = load_questions("demo-heldout").questions
N = 40


def always_a(continuation: str) -> float:
    return -1.0 if continuation == " A" else -2.0


def metrics(results: Any, name: str) -> dict[str, Any]:
    """Values by metric, without errors and the filter's name."""
    return {
        key.removesuffix(",none"): value
        for key, value in results["results"][name].items()
        if key.endswith(",none") and "_stderr" not in key
    }


# ── letters and texts ────────────────────────────────────────────────────────────────────────


def test_accuracy_stands_beside_chance() -> None:
    found = metrics(evaluate(ScriptedLM(logprob=always_a), "krx_mcqa", limit=N), "krx_mcqa")
    accuracy = fmean(question.answer == "A" for question in ASKED[:N])
    chance = fmean(1 / len(question.options) for question in ASKED[:N])
    assert found["acc"] == accuracy
    assert found["chance"] == pytest.approx(chance)
    assert found["acc_adjusted"] == pytest.approx((accuracy - chance) / (1 - chance))


def test_each_category_is_reported_with_its_number_of_questions() -> None:
    found = metrics(evaluate(ScriptedLM(logprob=always_a), "krx_mcqa"), "krx_mcqa")
    for category in {question.category for question in ASKED}:
        inside = [question for question in ASKED if question.category == category]
        right = fmean(question.answer == "A" for question in inside)
        assert found[f"acc/category/{category}"] == right
        assert found[f"n/category/{category}"] == len(inside)


def test_every_question_has_every_metric_as_data_parallel_runs_need() -> None:
    samples = evaluate(ScriptedLM(), "krx_mcqa", limit=N)["samples"]["krx_mcqa"]
    assert len({tuple(sample["metrics"]) for sample in samples}) == 1


def test_a_logged_sample_names_its_question_and_its_prompt() -> None:
    (sample,) = evaluate(ScriptedLM(), "krx_mcqa", limit=1)["samples"]["krx_mcqa"]
    assert sample["doc"]["question_hash"] == ASKED[0].hash
    assert len(sample["prompt_hash"]) == 64


def test_predict_only_reports_no_metric() -> None:
    results = evaluate(ScriptedLM(), "krx_mcqa", limit=2, predict_only=True)
    assert metrics(results, "krx_mcqa") == {}


def test_texts_count_by_likelihood_and_by_likelihood_per_character() -> None:
    def longer_is_less_likely(text: str) -> float:
        return -0.5 - 0.1 * len(text)

    results = evaluate(ScriptedLM(logprob=longer_is_less_likely), "krx_mcqa_text", limit=N)
    shortest = [min(q.options, key=len) == q.right_option for q in ASKED[:N]]
    longest = [max(q.options, key=len) == q.right_option for q in ASKED[:N]]
    found = metrics(results, "krx_mcqa_text")
    assert (found["acc"], found["acc_norm"]) == (fmean(shortest), fmean(longest))


# ── generation ───────────────────────────────────────────────────────────────────────────────


def generated(reply: str | None, **metadata: Any) -> dict[str, Any]:
    """Metrics of one reply to the first question, whose answer is B."""
    task = load_task("krx_mcqa_gen", tokenizer=str(BASE), **metadata)
    found: dict[str, Any] = task.process_results(task.task_docs[0], [reply])
    return {
        name: found[name] for name in ("acc", "unparsed", "truncated", "failed") if name in found
    }


LONG = "재무상태표는 자산과 부채와 자본을 보인다. " * 40
REPLIES = [
    (" 설명은 재무상태표의 뜻이다.### 정답: B", {"acc": 1, "unparsed": 0, "truncated": 0}),
    ("정답은 C입니다.", {"acc": 0, "unparsed": 0, "truncated": 0}),
    ("모르겠습니다.", {"acc": 0, "unparsed": 1, "truncated": 0}),
    ("", {"acc": 0, "unparsed": 1, "truncated": 0}),
    (f"{LONG}", {"acc": 0, "unparsed": 1, "truncated": 1}),
    (f"정답은 B입니다. {LONG}", {"acc": 1, "unparsed": 0, "truncated": 1}),
    ("재무상태\N{REPLACEMENT CHARACTER}", {"acc": 0, "unparsed": 1, "truncated": 1}),
    ("재\N{REPLACEMENT CHARACTER}상태표.### 정답: B", {"acc": 1, "unparsed": 0, "truncated": 0}),
]


@pytest.mark.parametrize(("reply", "expected"), REPLIES)
def test_a_reply_counts_as_the_app_reads_it(reply: str, expected: dict[str, float]) -> None:
    assert ASKED[0].answer == "B"
    assert generated(reply) == {**expected, "failed": 0}


def test_a_failed_call_is_no_answer() -> None:
    assert generated(None) == {"failed": 1}


def test_failed_calls_are_left_out_of_accuracy_and_counted() -> None:
    replies = iter(["### 정답: B", None, None, "### 정답: 모름"])
    results = evaluate(ScriptedLM(reply=lambda _: next(replies)), "krx_mcqa_gen", limit=4)
    found = metrics(results, "krx_mcqa_gen")
    assert (found["acc"], found["unparsed"], found["failed"]) == (0.5, 0.5, 0.5)


def test_without_a_tokenizer_truncation_is_not_reported(caplog: pytest.LogCaptureFixture) -> None:
    results = evaluate(ScriptedLM(reply=lambda _: "정답은 B입니다."), "krx_mcqa_gen", limit=2)
    assert "truncated" not in metrics(results, "krx_mcqa_gen")
    assert "'truncated' is not reported, because it needs the model's tokenizer" in caplog.text


def test_the_token_budget_is_the_one_given_on_the_command_line() -> None:
    lm = ScriptedLM(reply=lambda _: "설명은 재무상태표의 뜻이다. 정답은 B입니다.")
    metadata = {"tokenizer": str(BASE)}
    wide = evaluate(lm, "krx_mcqa_gen", metadata, limit=1)
    tight = evaluate(lm, "krx_mcqa_gen", metadata, limit=1, gen_kwargs="max_gen_toks=4")
    assert metrics(wide, "krx_mcqa_gen")["truncated"] == 0
    assert metrics(tight, "krx_mcqa_gen")["truncated"] == 1
