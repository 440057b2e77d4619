"""The questions by who got them right, each with its options and what either side chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.compare import Comparison, QuestionName
from workbench.report.phrases import Phrase, say
from workbench.report.sides import Side
from workbench.schema import Answer, Question, QuestionSet

LISTED = 1_000  # of each list: a page of 50,000 questions would open in no browser


@dataclass(frozen=True)
class Chosen:
    """What one side did with a question: `tone` colours it, `outcome` says it in words."""

    side: Side
    letter: str | None
    correct: bool
    outcome: Phrase


@dataclass(frozen=True)
class Asked:
    question: Question
    chosen: tuple[Chosen, ...]


@dataclass(frozen=True)
class QuestionList:
    """One outcome: `anchor` names it in links, `n` counts all, `asked` holds the first LISTED."""

    anchor: str
    title: Phrase
    n: int
    asked: tuple[Asked, ...]


def question_lists(
    comparison: Comparison,
    question_set: QuestionSet,
    sides: Sequence[Side],
    answers: Sequence[Sequence[Answer]],
) -> tuple[QuestionList, ...]:
    """`answers` of each side, in the order of the question set."""
    by_name = {
        (question.id, question.hash): (question, replies)
        for question, replies in zip(
            question_set.questions, zip(*answers, strict=True), strict=True
        )
    }

    def listed(anchor: str, title: Phrase, names: Sequence[QuestionName]) -> QuestionList:
        found = [by_name[name.id, name.hash] for name in names[:LISTED]]
        asked = tuple(
            Asked(question, tuple(map(_chosen, sides, replies))) for question, replies in found
        )
        return QuestionList(anchor, title, len(names), asked)

    a, b = sides
    outcomes = comparison.questions
    return (
        listed("only-b", say("paired.only_b", b=b.name), outcomes.only_b),
        listed("only-a", say("paired.only_a", a=a.name), outcomes.only_a),
        listed("both-wrong", say("paired.both_wrong"), outcomes.both_wrong),
        listed("both-right", say("paired.both_right"), outcomes.both_right),
        listed("excluded", say("paired.excluded"), outcomes.excluded),
    )


def _chosen(side: Side, answer: Answer) -> Chosen:
    return Chosen(side, answer.letter, answer.correct, _outcome(side, answer))


def _outcome(side: Side, answer: Answer) -> Phrase:
    if answer.failure is not None:
        return say("questions.failed", side=side.name, reason=answer.failure)
    if answer.letter is None:
        reason = say(f"unparsed.{answer.unparsed}") if answer.unparsed else "–"
        return say("questions.unparsed", side=side.name, reason=reason)
    outcome = "correct" if answer.correct else "wrong"
    return say(f"questions.{outcome}", side=side.name, letter=answer.letter)
