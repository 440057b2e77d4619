"""What fresh questions are made of: exact numbers in Korean, particles, dice."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.questions.fresh.amounts import (
    Amount,
    basis_points,
    eok_won,
    man_won,
    number,
    percent,
    root,
    shares,
    superscript,
    won,
    years,
)
from workbench.questions.fresh.dice import Dice, deck
from workbench.questions.fresh.family import Draft, Option, Phrase, family
from workbench.questions.fresh.korean import Words, last_sound, with_particle
from workbench.questions.fresh.options import is_apart, usable_mistakes

SHOWN = [
    (won(1_234_567), "1,234,567원"),
    (won(Fraction(25, 10), 0), "3원"),
    (won(Fraction(35, 10), 0), "4원"),
    (won(Fraction(-25, 10), 0), "−3원"),
    (won(Fraction(-4, 10), 0), "0원"),
    (won(1_500, signed=True), "+1,500원"),
    (won(0, signed=True), "0원"),
    (percent(Fraction("0.035")), "3.5%"),
    (percent(Fraction(1, 3), 2), "33.33%"),
    (basis_points(Fraction("0.0125")), "125bp"),
    (eok_won(Fraction("2588.65")), "2,588.65억원"),
    (man_won(9_999), "9,999만원"),
    (man_won(Fraction("9999.6"), 0), "1억원"),
    (man_won(145_510), "14억 5,510만원"),
    (man_won(-20_000), "−2억원"),
    (number(Fraction("-0.3")), "−0.3"),
]


@pytest.mark.parametrize(("amount", "text"), SHOWN, ids=lambda value: str(value))
def test_amounts_are_written_as_examinations_write_them(amount: Amount, text: str) -> None:
    assert str(amount) == text


def test_an_amount_takes_the_particle_that_its_reading_asks_for() -> None:
    price, rate = won(300), percent(Fraction("0.05"))
    assert (
        f"{price:은/는} {rate:은/는} {price:으로/로} {rate:으로/로}"
        == "300원은 5%는 300원으로 5%로"
    )


def test_a_negative_amount_stands_in_brackets_inside_a_formula() -> None:
    assert (number(-2).factor, number(2).factor) == ("(−2)", "2")


def test_arithmetic_is_exact_and_leaves_the_unit_behind() -> None:
    price = won(10_000) / (1 + percent(Fraction("0.07"))) ** 3
    assert price == Fraction(10_000) / Fraction(107, 100) ** 3
    assert type(price) is Fraction


def test_a_given_number_that_never_ends_is_an_error() -> None:
    with pytest.raises(ValueError, match="1/3 has more than 6 decimals; say how many to show"):
        number(Fraction(1, 3))


@given(st.fractions(min_value=0, max_value=10**9))
def test_a_root_is_exact_to_fifteen_decimals(value: Fraction) -> None:
    found = root(value)
    assert found**2 <= value < (found + Fraction(1, 10**15)) ** 2


def test_an_exponent_of_one_is_not_written() -> None:
    assert [superscript(n) for n in (1, 2, 10)] == ["", "²", "¹⁰"]


# ── particles ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("채권", "consonant"),
        ("주가", "vowel"),
        ("2일", "rieul"),
        ("5%", "vowel"),
        ("2%p", "vowel"),
        ("25bp", "vowel"),
        ("10", "consonant"),
        ("2", "vowel"),
        ("8", "rieul"),
        ("CAPM", "consonant"),
        ("WACC", "vowel"),
        ("(주)가람(12월 결산)", "consonant"),
        ("'매도'", "vowel"),
    ],
)
def test_the_last_sound_of_a_word_is_heard(word: str, sound: str) -> None:
    assert last_sound(word) == sound


def test_after_rieul_only_one_particle_is_as_after_a_vowel() -> None:
    assert with_particle("7", "으로/로") == "7로"
    assert with_particle("7", "을/를") == "7을"
    assert f"{Words('(주)윤슬'):과/와}" == "(주)윤슬과"


# ── dice ─────────────────────────────────────────────────────────────────────────────────────


def test_dice_of_one_name_fall_the_same_for_ever() -> None:
    # These numbers are the promise: they may never change.
    dice = Dice("krx-fresh", 1)
    assert [dice.whole(1, 100) for _ in range(8)] == [27, 9, 96, 67, 19, 24, 65, 80]
    assert dice.shuffled("가나다라마") == list("가나다라마")


@pytest.mark.parametrize("step", ["0.5", "0.1", "0.05"])
def test_dice_reach_both_ends_and_every_step_between(step: str) -> None:
    dice = Dice("ends")
    found = {dice.between(2, 3, step) for _ in range(600)}
    assert (min(found), max(found)) == (2, 3)
    assert len(found) == 1 / Fraction(step) + 1


def test_companies_are_all_different() -> None:
    names = Dice("names").companies(12)
    assert len(set(names)) == 12
    assert all(name.startswith("(주)") for name in names)


def test_a_deck_deals_every_card_before_it_repeats_one() -> None:
    dealt = list(islice(deck("ABCDE", "cards"), 500))
    assert set(Counter(dealt).values()) == {100}
    assert len({"".join(dealt[n : n + 5]) for n in range(0, 500, 5)}) > 50


# ── options ──────────────────────────────────────────────────────────────────────────────────

APART = [
    (won(1_000), won(1_002), False),  # two steps are within reach of rounding
    (won(1_000), won(1_003), True),
    (won(100_000), won(100_050), False),  # half a thousandth
    (Phrase("{} 매수", shares(5)), Phrase("{} 매도", shares(5)), True),
    (Phrase("{} 매수", shares(5)), Phrase("{} 매수", shares(6)), False),
]


@pytest.mark.parametrize(("option", "right", "apart"), APART, ids=str)
def test_options_near_the_right_one_are_recognised(
    option: Option, right: Option, apart: bool
) -> None:
    assert is_apart(option, right) is apart


def test_an_option_of_another_form_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"'2년' beside '2\.00년' would give one of them away"):
        is_apart(years(2), years(2, 2))


def test_only_mistakes_that_nobody_takes_for_the_right_number_are_used() -> None:
    named = {
        "같으면": won(500),
        "가까우면": won(501),
        "터무니없으면": won(50_000),
        "음수이면": won(-300),
        "다르면": won(700),
        "또 같으면": won(700),
    }
    assert usable_mistakes(Draft("?", {}, won(500), named, ".")) == ["다르면"]


def test_a_right_number_that_cannot_be_shown_leaves_nothing_to_ask() -> None:
    assert usable_mistakes(Draft("?", {}, won(0), {"다르면": won(700)}, ".")) == []


def test_a_familys_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="two families are called 'put-call-parity'"):
        family("put-call-parity", "금융 개념", "easy")(lambda dice: Draft("?", {}, won(1), {}, "."))
