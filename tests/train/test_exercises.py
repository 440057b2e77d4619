"""The demo base's exercises: their answers are right, and none of them is about finance."""

from __future__ import annotations

import re
from random import Random

import pytest

from train.demo.exercises import EVERYDAY, Exercise, Exercises
from train.demo.glossary import load_glossary

LEVELS = range(len(Exercises(Random(0))) + 1)  # the last one draws from all


def text(exercise: Exercise) -> str:
    turns = "\n".join(turn.content for turn in exercise.prompt.messages)
    return f"{exercise.prompt.text}{turns}"


def drawn(level: int, n: int = 200) -> list[Exercise]:
    exercises = Exercises(Random(level))
    return [exercises.draw(level) for _ in range(n)]


def test_a_bare_question_is_answered_by_the_letter_before_its_word() -> None:
    exercises = Exercises(Random(0))
    for exercise in (exercises.bare(7) for _ in range(200)):
        word = exercise.prompt.text.split("\n")[0].strip()
        assert f"{exercise.completion.strip()}. {word}\n" in exercise.prompt.text


@pytest.mark.parametrize("level", LEVELS)
def test_a_choice_is_answered_by_a_letter_that_is_offered_anything_else_by_what_was_named(
    level: int,
) -> None:
    for exercise in drawn(level):
        offered = re.findall(r"^([A-J])\. ", text(exercise), flags=re.MULTILINE)
        if offered:
            assert exercise.completion.strip()[-1] in offered
        else:
            echoed = re.match(r" ?(.+?)(?:이다|다)\.", exercise.completion)
            assert echoed
            assert echoed[1] in text(exercise)


@pytest.mark.parametrize("level", LEVELS)
def test_of_the_options_only_the_right_one_has_a_word_of_the_question(level: int) -> None:
    for exercise in drawn(level):
        options = dict(re.findall(r"^([A-J])\. (.+)$", text(exercise), flags=re.MULTILINE))
        words = set(re.split(r"\W+", text(exercise).partition("A. ")[0]))
        named = {letter for letter, option in options.items() if set(option.split()) & words}
        # The names of categories ('과일') are asked for, and are no option.
        assert named <= {exercise.completion.strip()[-1]}


@pytest.mark.parametrize("level", LEVELS)
def test_no_exercise_holds_a_definition_of_the_glossary(level: int) -> None:
    everything = "\n".join(text(exercise) + exercise.completion for exercise in drawn(level))
    assert not [term.term for term in load_glossary() if term.definitions[0] in everything]


def test_no_everyday_word_is_a_term() -> None:
    assert not set(EVERYDAY) & {term.term for term in load_glossary()}


def test_only_the_given_words_are_compared() -> None:
    words = ["하나", "둘째", "셋째", "넷째"]
    exercises = Exercises(Random(0), words)
    for exercise in (exercises.bare(4) for _ in range(50)):
        assert set(re.findall(r"[가-힣]+", exercise.prompt.text)) <= {*words, "정답"}


def test_the_same_seed_draws_the_same_exercises() -> None:
    assert [drawn(level, 3) for level in LEVELS] == [drawn(level, 3) for level in LEVELS]
