"""Both sides answer, a judge decides, the votes are written down.

Every vote's id is a hash of all that could change it, so a judging that was interrupted continues
with the questions that have no vote yet, and none is ever voted on twice.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from workbench import prompts
from workbench.engines.base import Engine, check_variant
from workbench.evaluate import BATCH_SIZE, Progress
from workbench.judge.plan import (
    JudgingSpec,
    fitting_sampling,
    open_greedy,
    plan_judging,
    render_for_judge,
)
from workbench.judge.respondent import Respondent, answer_questions
from workbench.judge.summary import JudgeSummary, Lapse, summarise_judging
from workbench.judge.verdict import Judgement, Pair, judge_pairs
from workbench.schema import (
    VARIANTS,
    OpenQuestion,
    OpenQuestionSet,
    PromptStyle,
    Sampling,
    Variant,
    Vote,
)
from workbench.store import Store

log = logging.getLogger(__name__)


def run_judging(
    store: Store,
    pair_engine: Engine,
    judge_engine: Engine,
    question_set: OpenQuestionSet,
    *,
    styles: Mapping[Variant, PromptStyle],
    judge_variant: Variant = "vanilla",
    sampling: Sampling | None = None,
    judge_sampling: Sampling | None = None,
    batch_size: int = BATCH_SIZE,
    progress: Progress | None = None,
) -> JudgeSummary:
    """Have each question that has no vote yet answered by both sides and judged, and sum up.

    `styles` are the prompt styles of the two sides. Both samplings default to greedy, that of the
    answers to a length at which they fit before the judge (see `fitting_sampling`). The engines may
    be one and the same, though a model that judges its own answers favours them.

    A call that fails is repeated once, alone; if it fails again, its question has no vote. After
    GIVE_UP_AFTER of them in a row EngineError is raised; what was voted on before is kept.
    """
    questions = question_set.questions
    judge_sampling = judge_sampling or open_greedy(judge_engine.info.context_length)
    if sampling is None:
        sampling = fitting_sampling(
            pair_engine.info, judge_engine, questions, judge_sampling.max_tokens
        )
    spec = plan_judging(
        pair_engine.info,
        judge_engine.info,
        styles=styles,
        judge_variant=judge_variant,
        sampling=sampling,
        judge_sampling=judge_sampling,
        batch_size=batch_size,
    )
    court = _Court(
        spec,
        [Respondent(pair_engine, variant, spec.sampling) for variant in VARIANTS],
        Respondent(judge_engine, judge_variant, spec.judge_sampling),
    )
    court.check(questions[0])
    started = time.monotonic()
    voted = {vote.id for vote in store.votes()}
    voted_now = 0
    lapses: Counter[Lapse] = Counter()
    for start in range(0, len(questions), batch_size):
        batch = questions[start : start + batch_size]
        if progress is not None:
            progress(start, len(questions))
        for outcome in court.hear([each for each in batch if spec.vote_id(each) not in voted]):
            if isinstance(outcome, Vote):
                store.add_vote(outcome)
                voted_now += 1
            else:
                lapses[outcome] += 1
    if progress is not None:
        progress(len(questions), len(questions))
    _report(lapses, len(questions))
    summary = summarise_judging(spec, question_set, store.votes(), lapses)
    seconds = time.monotonic() - started
    return summary.model_copy(update={"voted_now": voted_now, "seconds": seconds})


def _report(lapses: Mapping[Lapse, int], questions: int) -> None:
    if unparsed := lapses.get("unparsed", 0) + lapses.get("truncated", 0):
        log.warning(
            "%d of %d questions have no vote, because the judge's reply does not end in a verdict",
            unparsed,
            questions,
        )
    if failed := lapses.get("failed", 0):
        log.warning("%d of %d questions have no vote, because a call failed", failed, questions)


@dataclass
class _Court:
    """Two sides and a judge."""

    spec: JudgingSpec
    sides: Sequence[Respondent]
    judge: Respondent

    def check(self, question: OpenQuestion) -> None:
        """Raise now what would make every question fail: no such variant, no chat template."""
        for side in self.sides:
            check_variant(side.variant, side.engine.variants)
            style = self.spec.styles[side.variant]
            side.engine.render(prompts.qa_prompt(question.question, style, question.reference))
        check_variant(self.judge.variant, self.judge.engine.variants)
        render_for_judge(self.judge.engine, question)

    def hear(self, questions: Sequence[OpenQuestion]) -> list[Vote | Lapse]:
        """One batch answered and judged: a vote on each question, or why there is none."""
        answers = [
            answer_questions(side, questions, self.spec.styles[side.variant]) for side in self.sides
        ]
        pairs = [
            Pair(question, a, b)
            for question, a, b in zip(questions, *answers, strict=True)
            if a is not None and b is not None
        ]
        outcomes: list[Vote | Lapse] = ["failed"] * (len(questions) - len(pairs))
        for pair, judgement in zip(pairs, judge_pairs(self.judge, pairs), strict=True):
            outcomes.append(self._outcome(pair, judgement))
        return outcomes

    def _outcome(self, pair: Pair, judgement: Judgement | None) -> Vote | Lapse:
        if judgement is None:
            return "failed"
        if judgement.choice is None:
            rulings = (judgement.a_first, judgement.b_first)
            unread = next(ruling for ruling in rulings if ruling.choice is None)
            log.info("question '%s': no verdict in the reply %r", pair.question.id, unread.reply)
            return "truncated" if unread.truncated else "unparsed"
        side_a, side_b = self.spec.sides
        return Vote(
            id=self.spec.vote_id(pair.question),
            question=pair.question.question,
            answer_a=pair.a.text,
            answer_b=pair.b.text,
            side_a=side_a,
            side_b=side_b,
            choice=judgement.choice,
            voter=self.spec.voter,
            created=datetime.now(UTC),
            reason=judgement.model_dump_json(),
        )
