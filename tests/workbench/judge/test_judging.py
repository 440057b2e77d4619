"""A judging as a whole: who is asked what, what is written, and what an interruption costs."""

from __future__ import annotations

import logging
import multiprocessing
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.judge.court import (
    RIGHT,
    STYLES,
    WRONG,
    AnsweringPair,
    FairJudge,
    InterruptedJudge,
    judge,
    judge_until_killed,
    question_of,
    question_set_of,
)
from workbench.config import load_presets
from workbench.engines.hf import HfEngine
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError, InputError, SettingsError
from workbench.evaluate import GIVE_UP_AFTER
from workbench.judge import plan_judging, run_judging
from workbench.judge.plan import render_for_judge
from workbench.schema import OpenQuestionSet, Prompt, Sampling, Vote
from workbench.store import Store

GREEDY = Sampling(max_tokens=512)
FORKS = multiprocessing.get_context("fork")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


def untimed(votes: list[Vote]) -> dict[str, dict[str, Any]]:
    return {vote.id: vote.model_dump(exclude={"created"}) for vote in votes}


# ── one judging ──────────────────────────────────────────────────────────────────────────────


def test_every_question_is_answered_by_both_sides_and_voted_on_once(store: Store) -> None:
    summary = judge(store, FairJudge())
    assert (summary.questions, summary.votes, summary.voted_now) == (4, 4, 4)
    assert (summary.a_wins, summary.b_wins, summary.ties) == (0, 4, 0)
    assert len(store.votes()) == 4


def test_a_vote_says_who_answered_what_and_who_judged_why(store: Store) -> None:
    judge(store, FairJudge(), n=1, judge_variant="tuned")
    (vote,) = store.votes()
    assert vote.question == "0번 질문은?"
    assert (vote.answer_a, vote.answer_b) == (f"0번 질문의 {WRONG}", f"0번 질문의 {RIGHT}")
    assert (vote.side_a, vote.side_b, vote.choice) == ("pair/vanilla", "pair/tuned", "b")
    assert vote.voter == "judge:fair/tuned"
    assert vote.reason.count("차이가 있다.") == 2


def test_each_side_is_asked_in_its_own_style_greedily_batch_by_batch(store: Store) -> None:
    pair = AnsweringPair()
    judge(store, FairJudge(), n=3, pair=pair)
    asked = [call.variant for call in pair.history]
    assert asked == ["vanilla", "vanilla", "tuned", "tuned", "vanilla", "tuned"]
    assert {call.sampling for call in pair.history} == {GREEDY}
    chatted = {call.variant: "<user>" in call.rendered for call in pair.history}
    assert chatted == {"vanilla": True, "tuned": False}


def test_sampling_is_given_to_the_sides_and_the_judge_apart(store: Store) -> None:
    pair, fair = AnsweringPair(), FairJudge()
    warm, cool = Sampling(temperature=0.7, seed=1), Sampling(max_tokens=99)
    judge(store, fair, pair=pair, sampling=warm, judge_sampling=cool)
    assert {call.sampling for call in pair.history} == {warm}
    assert {call.sampling for call in fair.history} == {cool}


def test_a_pair_may_judge_itself(store: Store) -> None:
    engine = ScriptedEngine(fallback="### 판정: A")
    summary = run_judging(store, engine, engine, question_set_of(2), styles=STYLES)
    assert (summary.votes, summary.ties) == (2, 2)


def test_progress_starts_at_none_and_ends_at_all(store: Store) -> None:
    seen: list[tuple[int, int]] = []
    judge(store, FairJudge(), n=5, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 5), (2, 5), (4, 5), (5, 5)]


# ── no vote ──────────────────────────────────────────────────────────────────────────────────


def test_a_reply_without_verdict_is_counted_told_and_no_vote(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    summary = judge(store, ScriptedEngine(["### 판정: A", "둘 다 좋다.", "길" * 600]))
    assert (summary.votes, summary.unparsed, summary.truncated, summary.failed) == (0, 4, 1, 0)
    assert store.votes() == []
    assert "4 of 4 questions have no vote, because the judge's reply" in caplog.text
    assert "question 'q0': no verdict in the reply '둘 다 좋다.'" in caplog.text


def test_a_failed_call_of_side_or_judge_leaves_its_question_without_a_vote(store: Store) -> None:
    gone = EngineError("gone")
    side = AnsweringPair([gone, gone])  # in the batch, then alone
    summary = judge(store, FairJudge([gone, gone]), pair=side, batch_size=1)
    assert (summary.votes, summary.failed, summary.unparsed) == (2, 2, 0)


def test_a_dead_engine_ends_the_judging_and_keeps_the_votes(store: Store) -> None:
    class DyingJudge(FairJudge):
        def generate(self, prompts: Any, sampling: Any, variant: Any) -> Any:
            if len(self.history) >= 4:
                raise EngineError("server gone")
            return super().generate(prompts, sampling, variant)

    with pytest.raises(EngineError, match=f"{GIVE_UP_AFTER} calls in a row failed.*server gone"):
        judge(store, DyingJudge(), n=40)
    assert len(store.votes()) == 2


def test_what_has_no_vote_is_asked_again(store: Store) -> None:
    judge(store, FairJudge(["무슨 말인지 모르겠다."]))
    again = FairJudge()
    summary = judge(store, again)
    assert (summary.votes, summary.voted_now, summary.unparsed) == (4, 1, 0)
    assert len(again.history) == 2


# ── continuing ───────────────────────────────────────────────────────────────────────────────


def test_an_interrupted_judging_continues_with_the_next_batch(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        judge(store, InterruptedJudge(calls_left=2), n=10)
    pair, fair = AnsweringPair(), FairJudge()
    summary = judge(store, fair, n=10, pair=pair)
    assert (summary.votes, summary.voted_now) == (10, 6)
    assert (len(pair.history), len(fair.history)) == (12, 12)


def test_a_finished_judging_is_read_from_the_store(store: Store) -> None:
    first = judge(store, FairJudge())
    pair, fair = AnsweringPair(), FairJudge()
    second = judge(store, fair, pair=pair)
    assert pair.history == fair.history == []
    told = {"voted_now", "seconds"}
    assert second.model_dump(exclude=told) == first.model_dump(exclude=told)


def test_a_batch_half_written_continues_with_its_missing_votes(
    store: Store, tmp_path: Path
) -> None:
    judge(store, FairJudge(), n=3, batch_size=3)
    with Store(tmp_path / "other.sqlite") as other:
        other.add_vote(store.votes()[1])
        fair = FairJudge()
        judge(other, fair, n=3, batch_size=3)
        assert len(fair.history) == 4
        assert untimed(other.votes()) == untimed(store.votes())


@pytest.mark.parametrize("calls", range(4))
def test_a_killed_judging_equals_one_left_alone(store: Store, tmp_path: Path, calls: int) -> None:
    path = tmp_path / "killed.sqlite"
    life = FORKS.Process(target=judge_until_killed, args=(path, 7, calls))
    life.start()
    life.join()
    assert life.exitcode == -signal.SIGKILL
    judge(store, FairJudge(), n=7)
    with Store(path) as killed:
        assert len(killed.votes()) == calls * 2
        fair = FairJudge()
        judge(killed, fair, n=7)
        assert len(fair.history) == (7 - calls * 2) * 2
        assert untimed(killed.votes()) == untimed(store.votes())


def test_a_set_that_has_grown_keeps_its_votes(store: Store) -> None:
    judge(store, FairJudge(), n=3)
    summary = judge(store, FairJudge(), n=5)
    assert (summary.votes, summary.voted_now) == (5, 2)


# ── identity ─────────────────────────────────────────────────────────────────────────────────


def vote_id(question: int = 0, **changed: Any) -> str:
    plan: dict[str, Any] = {"styles": STYLES, **changed}
    pair, judging = plan.pop("pair", ScriptedEngine()), plan.pop("judge", ScriptedEngine())
    return plan_judging(pair.info, judging.info, **plan).vote_id(question_of(question))


def test_everything_that_could_change_a_vote_makes_another_one() -> None:
    ids = [
        vote_id(),
        vote_id(question=1),
        vote_id(pair=ScriptedEngine(name="other")),
        vote_id(judge=ScriptedEngine(name="other")),
        vote_id(judge_variant="tuned"),
        vote_id(styles={"vanilla": "native", "tuned": "native"}),
        vote_id(sampling=Sampling(temperature=0.7)),
        vote_id(judge_sampling=Sampling(max_tokens=9)),
        vote_id(batch_size=1),
    ]
    assert len(set(ids)) == len(ids)
    assert vote_id() == vote_id()


def test_another_judge_votes_beside_the_first(store: Store) -> None:
    judge(store, FairJudge(), n=2)
    summary = judge(store, FairJudge(name="second"), n=2)
    assert (summary.votes, summary.voted_now) == (2, 2)
    assert {vote.voter for vote in store.votes()} == {"judge:fair/vanilla", "judge:second/vanilla"}


@pytest.mark.parametrize(("context_length", "tokens"), [(32_768, 512), (1024, 128), (2, 1)])
def test_an_answer_takes_an_eighth_of_a_small_context(context_length: int, tokens: int) -> None:
    info = ScriptedEngine(context_length=context_length).info
    plan = plan_judging(info, info, styles=STYLES)
    assert plan.sampling == plan.judge_sampling == Sampling(max_tokens=tokens)


# ── a judge with a short context ─────────────────────────────────────────────────────────────


def prompt_length() -> int:
    """Of the judge's prompts around two empty answers: the scripted engine counts characters."""
    return len(render_for_judge(FairJudge(), question_of(0)))


def test_answers_are_shortened_until_two_of_them_fit_before_the_judge(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    pair = AnsweringPair(context_length=1024)
    short = FairJudge(context_length=prompt_length() + 100 + 2 * 50 + 1)
    summary = judge(store, short, pair=pair, judge_sampling=Sampling(max_tokens=100))
    assert {call.sampling for call in pair.history} == {Sampling(max_tokens=50)}
    assert (summary.votes, summary.spec.sampling.max_tokens) == (4, 50)
    assert "answers are asked for in 50 tokens, not 128" in caplog.text


def test_a_judge_that_could_read_only_beginnings_is_refused(store: Store) -> None:
    short = FairJudge(context_length=prompt_length() + 100 + 2 * 31)
    with pytest.raises(InputError, match=r"no room for two answers of 32 tokens; choose a judge"):
        judge(store, short, judge_sampling=Sampling(max_tokens=100))


def test_a_length_that_was_asked_for_is_kept(store: Store) -> None:
    pair = AnsweringPair()
    judge(store, FairJudge(), pair=pair, sampling=Sampling(max_tokens=400))
    assert {call.sampling for call in pair.history} == {Sampling(max_tokens=400)}


# ── refusals ─────────────────────────────────────────────────────────────────────────────────


class Untemplated(FairJudge):
    """A base model's tokenizer, which knows no chat."""

    def render(self, prompt: Prompt) -> str:
        if prompt.style == "chat":
            raise InputError("this model's tokenizer has no chat template")
        return super().render(prompt)


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"judge": Untemplated()}, InputError, "'fair' cannot judge.*choose an instruction-tuned"),
    ({"pair": ScriptedEngine(variants=("vanilla",))}, InputError, "variant 'tuned' is not loaded"),
    ({"pair": Untemplated()}, InputError, "no chat template"),
    ({"judge": FairJudge(variants=("tuned",))}, InputError, "variant 'vanilla' is not loaded"),
    ({"batch_size": 0}, SettingsError, "batch size 0"),
]


@pytest.mark.parametrize(("given", "error", "message"), REFUSED)
def test_what_would_fail_for_every_question_is_refused_at_once(
    store: Store, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        judge(store, **{"judge": FairJudge(), **given})
    assert store.votes() == []


# ── a real pair ──────────────────────────────────────────────────────────────────────────────


def test_the_demo_pair_may_judge_itself_whatever_it_says(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    spec = load_presets()["demo"]
    engine = HfEngine.load(spec, device="cpu")
    questions = OpenQuestionSet(name="open", questions=(question_of(1), question_of(2)))
    brief = {"sampling": Sampling(max_tokens=24), "judge_sampling": Sampling(max_tokens=32)}
    summary = run_judging(store, engine, engine, questions, styles=spec.styles, **brief)
    engine.close()
    assert summary.votes == len(store.votes())
    assert (summary.votes + summary.unparsed, summary.failed) == (2, 0)
    assert ("does not end in a verdict" in caplog.text) == bool(summary.unparsed)
