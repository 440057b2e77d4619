"""The demo base's exercises: their answers are right, and none of them is about finance."""

from __future__ import annotations

import re
from random import Random

import pytest

from train.demo.exercises import Exercise, draw_at, draw_bare
from train.demo.glossary import load_glossary

LEVELS = range(10)


def text(exercise: Exercise) -> str:
    turns = "\n".join(turn.content for turn in exercise.prompt.messages)
    return f"{exercise.prompt.text}{turns}"


def test_a_bare_question_is_answered_by_the_letter_before_its_word() -> None:
    random = Random(0)
    for _ in range(200):
        exercise = draw_bare(random, 7)
        word = exercise.prompt.text.split("\n")[0].strip()
        assert f"{exercise.completion.strip()}. {word}\n" in exercise.prompt.text


@pytest.mark.parametrize("level", LEVELS)
def test_a_choice_is_answered_by_a_letter_that_is_offered(level: int) -> None:
    random = Random(level)
    for _ in range(200):
        exercise = draw_at(level, random)
        offered = re.findall(r"^([A-J])\. ", text(exercise), flags=re.MULTILINE)
        if offered:
            assert exercise.completion.strip()[-1] in offered
        else:
            assert exercise.completion.endswith("배운 적이 없는 말이다.")


@pytest.mark.parametrize("level", LEVELS)
def test_no_exercise_holds_a_definition_of_the_glossary(level: int) -> None:
    random = Random(level)
    drawn = "\n".join(text(e) + e.completion for e in (draw_at(level, random) for _ in range(200)))
    assert not [term.term for term in load_glossary() if term.definitions[0] in drawn]


def test_the_same_seed_draws_the_same_exercises() -> None:
    first, second = (
        [draw_at(level, random) for level in LEVELS] for random in (Random(7), Random(7))
    )
    assert first == second
