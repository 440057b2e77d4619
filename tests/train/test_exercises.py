"""The demo base's exercises: their answers are right, and none of them is about finance."""

from __future__ import annotations

import re
from random import Random

import pytest

from train.demo.exercises import EVERYDAY, TOLD_BY, Exercise, Exercises
from train.demo.glossary import load_glossary

OPTION = re.compile(r"^([A-J])\. (.+)$", flags=re.MULTILINE)
LEVELS = range(len(Exercises(Random(0))) + 1)  # the last one draws from all


def text(exercise: Exercise) -> str:
    turns = "\n".join(turn.content for turn in exercise.prompt.messages)
    return f"{exercise.prompt.text}{turns}"


def drawn(level: int, n: int = 200) -> list[Exercise]:
    exercises = Exercises(Random(level))
    return [exercises.draw(level) for _ in range(n)]


def test_a_lookup_answers_each_word_by_the_letter_before_it() -> None:
    exercises = Exercises(Random(0))
    for exercise in (exercises.lookup(7) for _ in range(200)):
        options = dict(re.findall(r"^([A-J])\. (.+)$", exercise.prompt.text, flags=re.MULTILINE))
        asked = [exercise.prompt.text.split("\n")[-1], *(given for given, _ in exercise.further)]
        said = [exercise.completion, *(learnt for _, learnt in exercise.further)]
        assert [options[letter.strip()] for letter in said] == [word.strip() for word in asked]


def test_counting_alone_does_not_name_a_letter() -> None:
    exercises = Exercises(Random(0))
    texts = [exercises.bare(7).prompt.text for _ in range(200)]
    orders = ["".join(re.findall(r"^([A-G])\. ", text, flags=re.MULTILINE)) for text in texts]
    assert 0.3 < sum(order == "ABCDEFG"[: len(order)] for order in orders) / len(orders) < 0.7


def test_the_dictionary_tells_a_word_by_the_same_words_every_time() -> None:
    first, second = Exercises(Random(0)), Exercises(Random(1))
    told: dict[str, set[str]] = {}
    for exercise in (drawer.told() for drawer in (first, second) for _ in range(2000)):
        told.setdefault(exercise.completion, set()).update(
            set(re.findall("[가-힣]+", exercise.prompt.text)) & set(EVERYDAY)
        )
    assert max(len(words) for words in told.values()) <= TOLD_BY


def test_a_bare_question_is_answered_by_the_letter_before_its_word() -> None:
    exercises = Exercises(Random(0))
    for exercise in (exercises.bare(7) for _ in range(200)):
        word = exercise.prompt.text.split("\n")[0].strip()
        assert f"{exercise.completion.strip()}. {word}\n" in exercise.prompt.text


@pytest.mark.parametrize("level", LEVELS)
def test_a_choice_is_answered_by_a_letter_that_is_offered(level: int) -> None:
    for exercise in drawn(level):
        if offered := OPTION.findall(text(exercise)):
            assert exercise.completion.strip()[-1] in dict(offered)


def test_an_echo_is_answered_by_what_was_named() -> None:
    exercises = Exercises(Random(0))
    for exercise in (exercises.echo() for _ in range(200)):
        echoed = re.match(r" ?(.+?)(?:이다|다)\.", exercise.completion)
        assert echoed
        assert echoed[1] in text(exercise)


@pytest.mark.parametrize("level", LEVELS)
def test_of_the_options_only_the_right_one_has_a_word_of_the_question(level: int) -> None:
    for exercise in drawn(level):
        options = dict(OPTION.findall(text(exercise)))
        words = set(re.split(r"\W+", OPTION.split(text(exercise))[0]))
        named = {letter for letter, option in options.items() if set(option.split()) & words}
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
