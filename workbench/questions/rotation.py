"""Every question once for each place its options can move to, so that no letter is favoured.

A model that knows the answer finds it wherever it stands. CircularEval (MMBench, Liu et al. 2024,
ECCV) counts a question as right only if it is answered right in every cyclic rotation of its
options; how often the same option is chosen in all of them is the model's consistency.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.schema import Question, QuestionSet

NAME_SUFFIX = "-rotations"
_ROTATED_ID = re.compile(r"(?P<id>.+)@r(?P<turn>[0-9]+)", re.DOTALL)


def rotations(question_set: QuestionSet) -> QuestionSet:
    """All cyclic rotations of every question, an original's one after another.

    Rotation n of question 'q' has the id 'q@rn'; 'q@r0' has the options where they were. All of
    them stay in the original's cluster, because they stand or fall with what it asks.
    """
    turned = (
        rotated(question, turn)
        for question in question_set.questions
        for turn in range(len(question.options))
    )
    return QuestionSet(
        name=f"{question_set.name}{NAME_SUFFIX}",
        questions=tuple(turned),
        origin=question_set.origin,
    )


def rotated(question: Question, turn: int) -> Question:
    """The question with its options moved `turn` places up; its first options come last.

    The answer's letter follows its option. A reasoning that names letters would be wrong now, so
    none is kept.

    >>> q = Question(id="q", question="?", options=("가", "나", "다"), answer="C")
    >>> rotated(q, 1).options, rotated(q, 1).answer
    (('나', '다', '가'), 'B')
    """
    letters, options = question.letters, question.options
    place = letters.index(question.answer) - turn
    return question.model_copy(
        update={
            "id": f"{question.id}@r{turn}",
            "options": options[turn:] + options[:turn],
            "answer": letters[place % len(letters)],
            "reasoning": "" if turn else question.reasoning,
            "reference_id": question.cluster,
        }
    )


def rotation_groups(questions: Sequence[Question]) -> tuple[tuple[int, ...], ...]:
    """Ordinals of each original's rotations, rotation 0 first, for originals that have them all.

    Empty for questions that are no rotations. Ids alone are not believed: the options must be
    each other's rotations, with the same one right.
    """
    found: dict[str, dict[int, int]] = {}
    for ordinal, question in enumerate(questions):
        if match := _ROTATED_ID.fullmatch(question.id):
            found.setdefault(match["id"], {})[int(match["turn"])] = ordinal
    return tuple(
        tuple(turns[turn] for turn in range(len(turns)))
        for turns in found.values()
        if _is_complete({turn: questions[ordinal] for turn, ordinal in turns.items()})
    )


def _is_complete(turns: dict[int, Question]) -> bool:
    first = turns.get(0)
    return (
        first is not None
        and turns.keys() == set(range(len(first.options)))
        and all(_is_rotation(question, first, turn) for turn, question in turns.items())
    )


def _is_rotation(question: Question, first: Question, turn: int) -> bool:
    return (
        question.question == first.question
        and question.options == first.options[turn:] + first.options[:turn]
        and question.right_option == first.right_option
    )
