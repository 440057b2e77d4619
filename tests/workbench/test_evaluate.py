"""Evaluating: what counts as right, wrong, unparsed and failed, and what an interruption costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError, InputError, SettingsError
from workbench.evaluate import (
    GIVE_UP_AFTER,
    Procedure,
    RunSummary,
    batches,
    evaluate,
    greedy,
    is_primary,
    next_repeat,
    plan_run,
    summarise,
)
from workbench.schema import (
    Generation,
    Method,
    ModelSpec,
    Prompt,
    PromptStyle,
    Question,
    QuestionSet,
    Sampling,
    Variant,
)
from workbench.store import Store

RIGHT, WRONG = "정답은 A 입니다.", "정답은 B 입니다."


def question_set_of(n: int, name: str = "small") -> QuestionSet:
    """n questions of rising length; A is right in all, and options number 2, 3, 4, 2, 3, …"""
    texts = ("국채", "회사채", "전환사채", "후순위채")
    return QuestionSet(
        name=name,
        questions=tuple(
            Question(
                id=f"q{i}",
                question=f"{'다음에 적은 것들 ' * i}가운데 맞는 것은?",
                options=texts[: 2 + i % 3],
                answer="A",
                reference_id=f"term{i // 2}",
            )
            for i in range(n)
        ),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


def run_generation(
    engine: ScriptedEngine, store: Store, n: int = 4, batch_size: int = 2
) -> RunSummary:
    return evaluate(
        engine,
        "tuned",
        question_set_of(n),
        Procedure(method="generate", style="native", batch_size=batch_size),
        store=store,
    )


# ── scores ───────────────────────────────────────────────────────────────────────────────────


def test_accuracy_comes_with_n_interval_and_chance(store: Store) -> None:
    summary = run_generation(ScriptedEngine([RIGHT, RIGHT, RIGHT, WRONG]), store)
    assert (summary.n, summary.correct, summary.accuracy) == (4, 3, 0.75)
    assert summary.interval is not None
    assert summary.interval.low < 0.75 < summary.interval.high
    assert summary.chance == pytest.approx((1 / 2 + 1 / 3 + 1 / 4 + 1 / 2) / 4)


def test_the_letters_of_likelihoods_are_the_most_likely_ones(store: Store) -> None:
    questions = question_set_of(6)
    summary = evaluate(
        ScriptedEngine(), "tuned", questions, Procedure(method="loglik", style="chat"), store=store
    )
    for question, answer in zip(questions.questions, store.answers(summary.run.id), strict=True):
        assert answer.option_logprobs is not None
        best = answer.option_logprobs.index(max(answer.option_logprobs))
        assert answer.letter == question.letters[best]


class FixedScores(ScriptedEngine):
    """Scores every option the same, or as the class says."""

    scores: tuple[float, ...] = (-1.0, -1.0)

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        super().score_options(prompts, continuations, variant)
        return [self.scores for _ in prompts]


class BrokenScores(FixedScores):
    scores = (-1.0, math.nan)


def test_of_equally_likely_letters_the_first_is_taken(store: Store) -> None:
    summary = evaluate(
        FixedScores(),
        "tuned",
        question_set_of(1),
        Procedure(method="loglik", style="native"),
        store=store,
    )
    assert store.answers(summary.run.id)[0].letter == "A"


def test_a_likelihood_without_value_is_a_failure_and_no_answer(store: Store) -> None:
    summary = evaluate(
        BrokenScores(),
        "tuned",
        question_set_of(1),
        Procedure(method="loglik", style="native"),
        store=store,
    )
    assert (summary.n, summary.failed) == (0, 1)
    assert "nan" in (store.answers(summary.run.id)[0].failure or "")


def test_an_unparsable_answer_is_wrong_and_counted_by_its_reason(store: Store) -> None:
    replies = [RIGHT, "", "모르겠습니다.", RIGHT]
    summary = run_generation(ScriptedEngine(replies), store)
    assert (summary.n, summary.correct) == (4, 2)
    assert summary.unparsed == {"empty": 1, "no_answer": 1}


def test_answers_that_end_at_the_token_limit_are_counted(store: Store) -> None:
    long = "이유를 길게 " * 200
    summary = run_generation(ScriptedEngine([long, RIGHT, RIGHT, RIGHT]), store)
    assert summary.truncated == 1
    assert summary.unparsed == {"truncated": 1}


# ── failures ─────────────────────────────────────────────────────────────────────────────────


def test_a_batch_that_fails_is_asked_again_question_by_question(store: Store) -> None:
    engine = ScriptedEngine([EngineError("hiccup")], fallback=RIGHT)
    summary = run_generation(engine, store)
    assert (summary.n, summary.correct, summary.failed) == (4, 4, 0)
    assert len(engine.history) == 5


def test_a_question_that_fails_twice_is_excluded_and_never_wrong(store: Store) -> None:
    engine = ScriptedEngine([EngineError("batch"), RIGHT, EngineError("alone")], fallback=RIGHT)
    summary = run_generation(engine, store)
    assert (summary.n, summary.correct, summary.failed) == (3, 3, 1)
    failures = [answer.failure for answer in store.answers(summary.run.id)]
    assert [failure for failure in failures if failure] == ["alone"]


def test_a_prompt_that_does_not_fit_fails_alone_with_its_numbers(store: Store) -> None:
    engine = ScriptedEngine(fallback=RIGHT, context_length=200)
    summary = run_generation(engine, store, n=50, batch_size=50)
    answers = store.answers(summary.run.id)
    assert 0 < summary.failed < 50
    assert answers[0].correct
    assert "model's context holds 200" in (answers[-1].failure or "")


def test_many_failures_in_a_row_stop_the_run_and_leave_it_open(store: Store) -> None:
    good: list[str | Exception] = [RIGHT] * 2
    dead = ScriptedEngine(good + [EngineError("server gone")] * 100)
    with pytest.raises(EngineError, match=f"{GIVE_UP_AFTER} questions in a row.*server gone"):
        run_generation(dead, store, n=40)
    (run,) = store.runs()
    assert run.status == "open"
    assert len(store.answered(run.id)) < 2 + GIVE_UP_AFTER


def test_a_run_whose_every_question_failed_has_no_accuracy(store: Store) -> None:
    summary = run_generation(ScriptedEngine([EngineError("no")] * 9), store, n=2)
    assert (summary.n, summary.failed) == (0, 2)
    assert summary.accuracy is None
    assert summary.interval is None


# ── continuing ───────────────────────────────────────────────────────────────────────────────


@dataclass
class InterruptedEngine(ScriptedEngine):
    """Ctrl-C is pressed during the call after `calls_left` more."""

    calls_left: int = 0

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        self.calls_left -= 1
        if self.calls_left < 0:
            raise KeyboardInterrupt
        return super().generate(prompts, sampling, variant)


def test_an_interrupted_run_continues_with_the_next_batch(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_generation(InterruptedEngine(calls_left=2), store, n=10)
    engine = ScriptedEngine()
    summary = run_generation(engine, store, n=10)
    assert summary.answered_now == len(engine.history) == 6
    assert summary.n == 10
    assert summary.run.status == "finished"


def test_a_finished_run_is_read_from_the_store(store: Store) -> None:
    first = run_generation(ScriptedEngine(), store)
    untouched = ScriptedEngine()
    second = run_generation(untouched, store)
    assert untouched.history == []
    assert second.answered_now == 0
    assert (second.run, second.correct) == (first.run, first.correct)


def test_an_interruption_leaves_no_trace_in_the_result(store: Store, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_generation(InterruptedEngine(calls_left=3), store, n=9)
    broken = run_generation(ScriptedEngine(), store, n=9)
    with Store(tmp_path / "other.sqlite") as other:
        whole = run_generation(ScriptedEngine(), other, n=9)
        assert store.export(broken.run.id) == other.export(whole.run.id)


def test_progress_starts_at_what_is_stored_and_ends_at_all(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_generation(InterruptedEngine(calls_left=1), store, n=6)
    seen: list[tuple[int, int]] = []
    evaluate(
        ScriptedEngine(),
        "tuned",
        question_set_of(6),
        Procedure(method="generate", style="native", batch_size=2),
        store=store,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(2, 6), (4, 6), (6, 6)]


def test_a_summary_is_a_function_of_what_is_stored(store: Store) -> None:
    summary = run_generation(ScriptedEngine([RIGHT, WRONG, "", EngineError("x")]), store)
    again = summarise(store.run(summary.run.id), store.answers(summary.run.id), question_set_of(4))
    told = {"answered_now", "seconds"}
    assert again.model_dump(exclude=told) == summary.model_dump(exclude=told)


def test_a_variant_that_is_not_loaded_leaves_no_run_behind(store: Store) -> None:
    with pytest.raises(InputError, match="variant 'tuned' is not loaded"):
        run_generation(ScriptedEngine(variants=("vanilla",)), store)
    assert store.runs() == []


# ── plans ────────────────────────────────────────────────────────────────────────────────────


def plan_id(
    n: int = 4,
    variant: Variant = "tuned",
    method: Method = "generate",
    style: PromptStyle = "native",
    sampling: Sampling | None = None,
    repeat: int = 0,
    examples: tuple[Question, ...] = (),
) -> str:
    return plan_run(
        ScriptedEngine().info,
        variant,
        question_set_of(9).head(n),
        Procedure(method=method, style=style, sampling=sampling, repeat=repeat, examples=examples),
    ).id


def test_everything_that_could_change_a_score_makes_another_run() -> None:
    ids = [
        plan_id(),
        plan_id(n=5),
        plan_id(variant="vanilla"),
        plan_id(method="loglik"),
        plan_id(style="chat"),
        plan_id(sampling=Sampling(temperature=0.7)),
        plan_id(sampling=Sampling(max_tokens=9)),
        plan_id(repeat=1),
        plan_id(examples=question_set_of(1).questions),
        plan_id(examples=question_set_of(2).questions),
    ]
    assert len(set(ids)) == len(ids)
    assert plan_id() == plan_id()


def test_a_limited_set_is_another_set_even_after_its_hash_was_read() -> None:
    whole = question_set_of(4)
    assert whole.hash != whole.head(2).hash


def test_sampling_makes_no_sense_for_likelihoods() -> None:
    with pytest.raises(SettingsError, match="'loglik' draws nothing"):
        plan_id(method="loglik", sampling=Sampling())


@pytest.mark.parametrize(("context_length", "max_tokens"), [(32_768, 256), (512, 128), (2, 1)])
def test_an_answer_takes_a_quarter_of_a_small_context(context_length: int, max_tokens: int) -> None:
    assert greedy(context_length) == Sampling(temperature=0.0, max_tokens=max_tokens)


def test_the_next_repetition_is_the_first_one_not_finished(store: Store) -> None:
    plan = plan_run(
        ScriptedEngine().info,
        "tuned",
        question_set_of(4),
        Procedure(method="generate", style="native", batch_size=2),
    )
    assert next_repeat(plan, store.runs()) == 0
    run_generation(ScriptedEngine(), store)
    assert next_repeat(plan, store.runs()) == 1
    store.begin(plan.model_copy(update={"repeat": 1}))  # begun, then interrupted
    assert next_repeat(plan, store.runs()) == 1


@pytest.mark.parametrize(("n", "batch_size"), [(1, 1), (7, 3), (8, 4), (5, 100)])
def test_batches_hold_each_question_once_longest_first(n: int, batch_size: int) -> None:
    made = batches(question_set_of(n), batch_size)
    flat = [ordinal for batch in made for ordinal in batch]
    assert sorted(flat) == list(range(n))
    assert {len(batch) for batch in made[:-1]} <= {batch_size}
    assert flat[0] == n - 1


# ── the primary result ───────────────────────────────────────────────────────────────────────

OWN = {"krx": ModelSpec(name="krx", base="b", styles={"vanilla": "chat", "tuned": "native"})}

# (model, variant, what else is planned, whether that is part of a primary result)
PLANS: list[tuple[str, Variant, dict[str, Any], bool]] = [
    ("krx", "vanilla", {"style": "chat"}, True),
    ("krx", "tuned", {"style": "native"}, True),
    ("krx", "tuned", {"style": "chat"}, False),
    ("no preset", "tuned", {"style": "chat"}, True),
    ("no preset", "tuned", {"style": "native"}, False),
    ("krx", "tuned", {"style": "native", "method": "loglik"}, False),
    ("krx", "tuned", {"style": "native", "sampling": Sampling(temperature=0.7)}, False),
    ("krx", "tuned", {"style": "native", "examples": question_set_of(1).questions}, False),
]


@pytest.mark.parametrize(("model", "variant", "planned", "primary"), PLANS)
def test_each_model_in_its_own_style_generating_greedily_is_the_primary_result(
    model: str, variant: Variant, planned: dict[str, Any], primary: bool
) -> None:
    plan = {"method": "generate", **planned}
    spec = plan_run(ScriptedEngine(name=model).info, variant, question_set_of(2), Procedure(**plan))
    assert is_primary(spec, OWN) is primary
