"""Answers are gathered into frames, and can be stopped from outside."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from threading import Event

import pytest

from workbench.ui.streaming import Frame, Stops, frames


class Clock:
    """A clock that stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def ticking(clock: Clock, pieces: list[str], seconds: float) -> Iterator[str]:
    """Pieces that come `seconds` apart."""
    for piece in pieces:
        clock.now += seconds
        yield piece


def test_the_first_piece_is_shown_at_once() -> None:
    clock = Clock()
    first = next(frames(ticking(clock, ["공", "매", "도"], 0.01), clock))
    assert first == Frame("공", pytest.approx(0.01), pytest.approx(0.01))


def test_a_fast_answer_comes_in_about_a_dozen_frames_a_second() -> None:
    clock = Clock()
    shown = list(frames(ticking(clock, ["가"] * 1000, 0.001), clock))
    assert len(shown) in range(12, 15)
    assert shown[-1].text == "가" * 1000


def test_a_slow_answer_is_shown_piece_by_piece() -> None:
    clock = Clock()
    shown = list(frames(ticking(clock, ["a", "b", "c"], 0.2), clock))
    assert [frame.text for frame in shown] == ["a", "ab", "abc"]


def test_pieces_that_come_together_are_in_the_last_frame() -> None:
    clock = Clock()
    shown = list(frames(iter(["a", "b", "c"]), clock))
    assert [frame.text for frame in shown] == ["a", "abc"]


def test_the_first_piece_keeps_its_time() -> None:
    clock = Clock()
    last = list(frames(ticking(clock, ["a", "b"], 0.5), clock))[-1]
    assert (last.first_piece, last.elapsed) == (pytest.approx(0.5), pytest.approx(1.0))


def test_an_answer_without_a_piece_is_one_empty_frame() -> None:
    assert [frame.text for frame in frames(iter([]), Clock())] == [""]


def test_closing_the_frames_closes_the_pieces() -> None:
    closed = []

    def pieces() -> Generator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(True)

    stream = frames(pieces(), Clock())
    next(stream)
    stream.close()
    assert closed == [True]


def test_an_error_of_the_engine_passes_through() -> None:
    def pieces() -> Iterator[str]:
        yield "a"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        list(frames(pieces(), Clock()))


def running(stops: Stops, page: str) -> Event:
    stops.announce(page)
    event = stops.claim(page)
    assert event is not None
    return event


def test_a_stop_reaches_the_answer_of_its_own_page_only() -> None:
    stops = Stops()
    mine, yours = running(stops, "mine"), running(stops, "yours")
    stops.stop("mine")
    assert mine.is_set()
    assert not yours.is_set()


def test_an_answer_that_is_still_to_come_can_be_stopped() -> None:
    stops = Stops()
    stops.announce("page")
    stops.stop("page")
    event = stops.claim("page")
    assert event is not None
    assert event.is_set()


def test_an_announced_answer_is_claimed_once() -> None:
    stops = Stops()
    running(stops, "page")
    assert stops.claim("page") is None
    assert stops.claim("another") is None


def test_a_new_answer_stops_the_one_before_it_on_the_same_page() -> None:
    stops = Stops()
    first, second = running(stops, "page"), running(stops, "page")
    assert first.is_set()
    assert not second.is_set()
    assert not stops.holds("page", first)
    assert stops.holds("page", second)


def test_a_forgotten_page_has_stopped_and_waits_for_nothing() -> None:
    stops = Stops()
    event = running(stops, "page")
    stops.forget("page")
    assert event.is_set()
    assert not stops.holds("page", event)
