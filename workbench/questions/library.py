"""Questions to leaf through: the bundled sets and fresh ones, by set, topic and id."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from workbench.errors import UnknownNameError
from workbench.questions.fresh import fresh_questions
from workbench.questions.load import bundled_names, load_questions
from workbench.schema import Question, QuestionSet

FRESH_PREFIX = "krx-fresh-"
FRESH_QUESTIONS = 60  # in a fresh set that is leafed through
MAX_SEED = 10**6  # exclusive: seeds that are drawn, and that an id may name
_FRESH_ID = re.compile(rf"{FRESH_PREFIX}(?P<seed>[0-9]{{1,6}})(?:-[a-z0-9-]+-[0-9]+)?", re.ASCII)


def library_set(name: str) -> QuestionSet:
    """A bundled set, or the fresh one of the seed that 'krx-fresh-SEED' names.

    Raises UnknownNameError for any other name: what is no name here is never a path.
    """
    if name in bundled_names():
        return _bundled(name)
    seed = _FRESH_ID.fullmatch(name)
    if seed is None or name != f"{FRESH_PREFIX}{seed['seed']}":
        cure = f"a fresh set is {FRESH_PREFIX}SEED, with a seed below {MAX_SEED:,}"
        raise UnknownNameError("question set", name, bundled_names(), cure)
    return _fresh(int(seed["seed"]))


def find_question(question_id: str) -> tuple[QuestionSet, Question] | None:
    """The question of that id and the first set that holds it; None where there is none."""
    sets = [_bundled(name) for name in bundled_names()]
    if seed := _FRESH_ID.fullmatch(question_id):
        sets.append(_fresh(int(seed["seed"])))
    for question_set in sets:
        for question in question_set.questions:
            if question.id == question_id:
                return question_set, question
    return None


def topic(question: Question) -> str:
    """What a question is filed under: its category and the area in it."""
    return " · ".join(filter(None, (question.category, question.area)))


def topics(question_set: QuestionSet) -> tuple[str, ...]:
    """The topics of a set, each once, in the order of the alphabet."""
    return tuple(sorted({topic(question) for question in question_set.questions} - {""}))


def on_topic(question_set: QuestionSet, wanted: str) -> tuple[Question, ...]:
    """The questions on one topic; all of them for the topic ''."""
    return tuple(question for question in question_set.questions if wanted in ("", topic(question)))


@cache
def _bundled(name: str) -> QuestionSet:
    return load_questions(name)


@lru_cache(maxsize=32)
def _fresh(seed: int) -> QuestionSet:
    return fresh_questions(seed, FRESH_QUESTIONS)
