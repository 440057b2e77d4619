"""What a click changes of what is seen, and that an address says it all."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from workbench.ui.compare_view import CompareView

PAIR = CompareView(a="1" * 16, b="2" * 16)


def read(query: str) -> CompareView:
    return CompareView.from_query({name: values[0] for name, values in parse_qs(query).items()})


@pytest.mark.parametrize(
    "view",
    [
        CompareView(),
        PAIR,
        PAIR.listing("only_b").turning_to("3"),
        PAIR.listing("excluded").opening("0"),
        PAIR.comparing_on_purpose("method,prompt_style"),
    ],
)
def test_an_address_brings_back_what_was_seen(view: CompareView) -> None:
    assert read(view.to_query()) == view
    assert view.to_query().startswith("tab=compare")


@pytest.mark.parametrize(
    "query",
    [
        "outcome=everything",
        "page=0",
        "page=-1",
        "page=9999999999999",
        "page=²",
        "question=first",
        "varying=the_weather",
    ],
)
def test_what_an_address_says_wrongly_is_as_if_it_said_nothing(query: str) -> None:
    assert read(query) == CompareView()


def test_a_second_click_puts_the_list_away() -> None:
    assert PAIR.listing("only_a").listing("only_a") == PAIR


def test_another_list_begins_at_its_first_page() -> None:
    assert PAIR.listing("only_a").turning_to("4").opening("77").listing("only_b") == PAIR.listing(
        "only_b"
    )


def test_a_second_click_puts_the_question_away() -> None:
    assert PAIR.opening("5").opening("5") == PAIR


def test_another_pair_is_seen_from_its_verdict_on() -> None:
    view = PAIR.listing("only_a").of_pair("a1,b1,prompt_style")
    assert view == CompareView(a="a1", b="b1", varying=("prompt_style",))
