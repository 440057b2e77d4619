"""What is asked about a card, and what comes of it."""

from __future__ import annotations

from threading import Event

import pytest

from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError
from workbench.questions.card import Card
from workbench.schema import Prompt, PromptStyle, Question, Sampling, Variant
from workbench.ui.sitting import Sitting, Solution, Work, carry_out

QUESTION = Question(id="q", question="옳은 것은?", options=("가나", "다라", "마바"), answer="B")
SITTING = Sitting(card=Card(question=QUESTION))
STYLES: dict[Variant, PromptStyle] = {"tuned": "native", "vanilla": "chat"}


def results(engine: ScriptedEngine, work: Work, style="own", cancel=None) -> list[Sitting]:
    began = SITTING.beginning(work, style)
    return list(carry_out(engine, began, STYLES, cancel or Event()))


def test_scoring_asks_both_sides_in_both_styles_and_counts_along() -> None:
    shown = results(ScriptedEngine(), "score")
    assert [(sitting.done, sitting.steps) for sitting in shown] == [(n, 4) for n in range(5)]
    assert {(each.variant, each.style) for each in shown[-1].scores} == {
        (variant, style) for variant in ("tuned", "vanilla") for style in ("native", "chat")
    }


def test_rotating_asks_every_rotation_of_every_side_and_style() -> None:
    engine = ScriptedEngine()
    last = results(engine, "rotate")[-1]
    assert [len(each.letters) for each in last.rotations] == [3, 3, 3, 3]
    assert len(engine.history) == 12


def test_a_model_alone_is_one_side() -> None:
    engine = ScriptedEngine(variants=("vanilla",))
    assert {each.variant for each in results(engine, "score")[-1].scores} == {"vanilla"}
    assert [each.variant for each in results(engine, "solve")[-1].solutions] == ["vanilla"]


def test_cancelling_asks_nothing_more() -> None:
    cancel, engine = Event(), ScriptedEngine()
    running = carry_out(engine, SITTING.beginning("score", "own"), STYLES, cancel)
    next(running)
    next(running)
    cancel.set()
    assert list(running) == []
    assert len(engine.history) == 1


@pytest.mark.parametrize(
    ("style", "asked"),
    [("own", ["native", "chat"]), ("native", ["native"] * 2), ("chat", ["chat"] * 2)],
)
def test_each_side_solves_in_its_own_style_or_both_in_one(style, asked) -> None:
    last = results(ScriptedEngine(), "solve", style)[-1]
    assert [solution.style for solution in last.solutions] == asked
    assert [solution.extraction(QUESTION).letter for solution in last.solutions] == ["A", "A"]
    assert {solution.state for solution in last.solutions} == {"done"}


def test_solving_is_greedy_and_an_answer_at_the_limit_is_cut() -> None:
    engine = ScriptedEngine(fallback="가" * 900)
    last = results(engine, "solve")[-1]
    assert {call.sampling for call in engine.history} == {Sampling(max_tokens=256)}
    assert {solution.state for solution in last.solutions} == {"cut"}
    assert last.solutions[0].extraction(QUESTION).reason == "truncated"


def test_a_stopped_solution_keeps_what_has_come_and_says_so() -> None:
    cancel = Event()
    running = carry_out(
        ScriptedEngine(fallback="가나다라마바사"), SITTING.beginning("solve", "own"), STYLES, cancel
    )
    for sitting in running:
        if sitting.solutions[0].text:
            cancel.set()
    assert {solution.state for solution in sitting.solutions} == {"stopped"}
    assert sitting.solutions[0].text


def test_both_streams_are_closed_when_nobody_reads_on() -> None:
    closed = []

    class Watched(ScriptedEngine):
        def stream(self, prompt: Prompt, sampling: Sampling, variant: Variant, cancel=None):
            try:
                yield from super().stream(prompt, sampling, variant, cancel)
            finally:
                closed.append(variant)

    running = carry_out(Watched(), SITTING.beginning("solve", "own"), STYLES, Event())
    for _ in range(4):
        next(running)
    running.close()
    assert sorted(closed) == ["tuned", "vanilla"]


def test_an_error_of_the_engine_passes_through() -> None:
    engine = ScriptedEngine(replies=[EngineError("broken")])
    with pytest.raises(EngineError, match="broken"):
        results(engine, "solve")


def test_new_work_puts_away_its_own_results_and_no_others() -> None:
    scored = results(ScriptedEngine(), "score")[-1].at_rest()
    turning = scored.beginning("rotate", "own")
    assert turning.scores == scored.scores
    assert turning.beginning("score", "own").scores == ()


def test_at_rest_nothing_is_under_way_and_the_unfinished_is_called_stopped() -> None:
    half = Solution(variant="tuned", style="chat", text="가", state="streaming")
    resting = SITTING.beginning("solve", "own").model_copy(update={"solutions": (half,)}).at_rest()
    assert resting.work is None
    assert resting.solutions[0].state == "stopped"
