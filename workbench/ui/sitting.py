"""One card before both variants: what was asked of them and what came of it. Knows no screen."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from threading import Event
from typing import Literal

from workbench.answers import Extraction, extract_letter
from workbench.engines.base import Engine
from workbench.evaluate import greedy
from workbench.option_probabilities import (
    TUNED_FIRST,
    Asked,
    OptionScores,
    RotationScores,
    cells,
    score,
    score_rotations,
)
from workbench.prompts import mcqa_prompt
from workbench.questions.card import Card
from workbench.schema import PromptStyle, Question, Record, Sampling, Variant
from workbench.ui.streaming import Frame, frames

Work = Literal["score", "rotate", "solve"]
SolvingStyle = Literal["own", PromptStyle]  # own: each variant in the style it was made for
SolutionState = Literal["reading", "streaming", "done", "stopped", "cut"]


class Solution(Asked):
    """What a variant writes when it solves the question, as far as it has come."""

    text: str = ""
    state: SolutionState = "reading"

    @property
    def finished(self) -> bool:
        return self.state in ("done", "stopped", "cut")

    def extraction(self, question: Question) -> Extraction:
        return extract_letter(self.text, question, truncated=self.state in ("stopped", "cut"))


class Sitting(Record):
    """A card and all results for it. A new card has none.

    `work` is what is being done; it waits for other people's as long as `begun` is false, and
    `loading` says for how many seconds the engine has been opening.
    """

    card: Card | None = None
    set_name: str = ""  # of the library; empty for a question that is in none of its sets
    place: tuple[int, int] | None = (
        None  # ordinal in what is leafed through, from 1, and of how many
    )
    revealed: bool = False
    work: Work | None = None
    solving_style: SolvingStyle = "own"
    begun: bool = False
    loading: float | None = None
    scores: tuple[OptionScores, ...] = ()
    rotations: tuple[RotationScores, ...] = ()
    solutions: tuple[Solution, ...] = ()
    steps: int = 0  # of `work` as a whole, once it is known how many there are

    @property
    def done(self) -> int:
        """How many steps of the work are done."""
        match self.work:
            case "score":
                return len(self.scores)
            case "rotate":
                return len(self.rotations)
            case _:
                return 0

    def beginning(self, work: Work, style: SolvingStyle) -> Sitting:
        """About to do `work`, whose earlier results are put away."""
        put_away = {"score": "scores", "rotate": "rotations", "solve": "solutions"}[work]
        fresh = {"work": work, "solving_style": style, "begun": False, "steps": 0, put_away: ()}
        return self.model_copy(update=fresh)

    def at_rest(self) -> Sitting:
        """With nothing under way; what has come so far stays, and what was cut off says so."""
        stopped = tuple(
            each if each.finished else each.model_copy(update={"state": "stopped"})
            for each in self.solutions
        )
        rest = {"work": None, "begun": False, "loading": None, "steps": 0, "solutions": stopped}
        return self.model_copy(update=rest)


def carry_out(
    engine: Engine, sitting: Sitting, styles: dict[Variant, PromptStyle], cancel: Event
) -> Generator[Sitting]:
    """The sitting again and again with more of the results of its work.

    Setting `cancel` ends it before the next call of the engine, and a solution within one token.
    Raises as the engine does.
    """
    assert sitting.card is not None
    question = sitting.card.question
    sitting = sitting.model_copy(update={"begun": True, "loading": None})
    if sitting.work == "solve":
        yield from _solve(engine, sitting, question, styles, cancel)
        return
    asked = cells(engine, question)
    sitting = sitting.model_copy(update={"steps": len(asked)})
    yield sitting
    for each in asked:
        if cancel.is_set():
            return
        found: dict[str, object]
        if sitting.work == "score":
            found = {"scores": (*sitting.scores, score(engine, question, each))}
        else:
            found = {"rotations": (*sitting.rotations, score_rotations(engine, question, each))}
        sitting = sitting.model_copy(update=found)
        yield sitting


def _solve(
    engine: Engine,
    sitting: Sitting,
    question: Question,
    styles: dict[Variant, PromptStyle],
    cancel: Event,
) -> Generator[Sitting]:
    solutions = [
        Solution(variant=variant, style=_style(sitting.solving_style, styles[variant]))
        for variant in TUNED_FIRST
        if variant in engine.variants
    ]
    yield sitting.model_copy(update={"solutions": tuple(solutions)})
    sampling = greedy(engine.info.context_length)
    streams = [
        engine.stream(mcqa_prompt(question, each.style), sampling, each.variant, cancel)
        for each in solutions
    ]
    # Whoever holds one model at a time would load the other for each token.
    growing = frames(streams, in_step=engine.info.loading != "two models in turn")
    try:
        for shown in growing:
            grown = _grown(solutions, shown, engine, sampling, cancel)
            yield sitting.model_copy(update={"solutions": grown})
    finally:
        growing.close()


def _style(wanted: SolvingStyle, own: PromptStyle) -> PromptStyle:
    return own if wanted == "own" else wanted


def _grown(
    solutions: Sequence[Solution],
    shown: Sequence[Frame],
    engine: Engine,
    sampling: Sampling,
    cancel: Event,
) -> tuple[Solution, ...]:
    return tuple(
        solution.model_copy(
            update={
                # A native answer begins with a space, which belongs to the format.
                "text": frame.text.lstrip(),
                "state": _state(frame, engine, sampling, cancel),
            }
        )
        for solution, frame in zip(solutions, shown, strict=True)
    )


def _state(frame: Frame, engine: Engine, sampling: Sampling, cancel: Event) -> SolutionState:
    if not frame.ended:
        return "streaming" if frame.text else "reading"
    if engine.count_tokens(frame.text) >= sampling.max_tokens:
        return "cut"
    return "stopped" if cancel.is_set() else "done"
