"""What each option is worth to a model, and what its choice follows."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError, InputError
from workbench.option_probabilities import (
    Asked,
    OptionScores,
    RotationScores,
    cells,
    score,
    score_rotations,
    shares,
)
from workbench.schema import Prompt, Question, Variant

QUESTION = Question(id="q", question="옳은 것은?", options=("가나", "다라", "마바"), answer="B")
NATIVE = Asked(variant="tuned", style="native")


class Partial(ScriptedEngine):
    """An engine that likes one option, or one letter, wherever it finds it."""

    likes = "다라"

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        return [
            tuple(
                0.0 if self.likes in (letter.strip(), self._option(prompt.text, letter)) else -5.0
                for letter in letters
            )
            for prompt, letters in zip(prompts, continuations, strict=True)
        ]

    def _option(self, text: str, letter: str) -> str:
        line = next(line for line in text.split("\n") if line.startswith(f"{letter.strip()}. "))
        return line.partition(". ")[2]


class WithoutTemplate(ScriptedEngine):
    def render(self, prompt: Prompt) -> str:
        if prompt.style == "chat":
            raise InputError("this model has no chat template")
        return super().render(prompt)


def test_a_pair_is_asked_in_both_styles_one_side_after_the_other() -> None:
    asked = [(each.variant, each.style) for each in cells(ScriptedEngine(), QUESTION)]
    assert asked == [
        *(("tuned", "native"), ("tuned", "chat")),
        *(("vanilla", "native"), ("vanilla", "chat")),
    ]


def test_a_model_alone_or_without_a_template_is_asked_as_it_can_be() -> None:
    alone = cells(ScriptedEngine(variants=("vanilla",)), QUESTION)
    assert [each.variant for each in alone] == ["vanilla", "vanilla"]
    assert {each.style for each in cells(WithoutTemplate(), QUESTION)} == {"native"}


def test_the_letters_are_scored_right_behind_the_mark() -> None:
    engine = ScriptedEngine()
    scores = [score(engine, QUESTION, asked) for asked in cells(engine, QUESTION)]
    assert all(call.rendered.endswith("### 정답:") for call in engine.history)
    assert [len(each.shares) for each in scores] == [3, 3, 3, 3]


@given(st.lists(st.floats(-900, 0), min_size=2, max_size=10))
def test_shares_sum_to_one_and_keep_the_order(logprobs: list[float]) -> None:
    result = shares(logprobs)
    assert sum(result) == pytest.approx(1)
    assert logprobs[result.index(max(result))] == pytest.approx(max(logprobs))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_likelihoods_without_value_are_an_error_of_the_engine(value: float) -> None:
    with pytest.raises(EngineError):
        shares((-1.0, value))


def test_of_equal_options_the_first_is_the_choice() -> None:
    assert OptionScores(variant="tuned", style="chat", shares=(0.4, 0.4, 0.2)).choice == "A"


def test_who_knows_the_option_follows_the_content() -> None:
    turned = score_rotations(Partial(), QUESTION, NATIVE)
    assert turned.letters == ("B", "A", "C")
    assert (turned.favourite, turned.same_content, turned.same_letter) == ("B", 3, 1)
    assert turned.follows == "content"


def test_who_likes_a_letter_follows_the_letter() -> None:
    engine = Partial()
    engine.likes = "A"
    turned = score_rotations(engine, QUESTION, NATIVE)
    assert turned.letters == ("A", "A", "A")
    assert turned.contents == ("A", "B", "C")
    assert (turned.favourite_letter, turned.same_letter, turned.follows) == ("A", 3, "letter")


@pytest.mark.parametrize(
    ("letters", "content", "letter", "follows"),
    [
        (("A", "A", "C"), 2, 2, "neither"),
        (("A", "A"), 1, 2, "letter"),
        (("B", "A"), 2, 1, "content"),
        (("A", "D", "A", "B"), 3, 2, "content"),
        (("C", "C", "A", "A"), 2, 2, "neither"),
    ],
)
def test_what_stays_put_more_often_is_what_is_followed(letters, content, letter, follows) -> None:
    turned = RotationScores(variant="tuned", style="native", letters=letters)
    assert (turned.same_content, turned.same_letter, turned.follows) == (content, letter, follows)
