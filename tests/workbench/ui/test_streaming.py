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


def one(pieces: Iterator[str], clock: Clock) -> Generator[Frame]:
    """The frames of a single stream."""
    for (frame,) in frames([pieces], clock):
        yield frame


def test_the_first_piece_is_shown_at_once() -> None:
    clock = Clock()
    first = next(one(ticking(clock, ["공", "매", "도"], 0.01), clock))
    assert first == Frame("공", pytest.approx(0.01), pytest.approx(0.01))


def test_a_fast_answer_comes_in_about_a_dozen_frames_a_second() -> None:
    clock = Clock()
    shown = list(one(ticking(clock, ["가"] * 1000, 0.001), clock))
    assert len(shown) in range(12, 15)
    assert shown[-1].text == "가" * 1000


def test_a_slow_answer_is_shown_piece_by_piece() -> None:
    clock = Clock()
    shown = list(one(ticking(clock, ["a", "b", "c"], 0.2), clock))
    assert [(frame.text, frame.ended) for frame in shown] == [
        ("a", False),
        ("ab", False),
        ("abc", False),
        ("abc", True),
    ]


def test_pieces_that_come_together_are_in_the_last_frame() -> None:
    shown = list(one(iter(["a", "b", "c"]), Clock()))
    assert [frame.text for frame in shown] == ["a", "abc"]


def test_the_first_piece_keeps_its_time() -> None:
    clock = Clock()
    last = list(one(ticking(clock, ["a", "b"], 0.5), clock))[-1]
    assert (last.first_piece, last.elapsed) == (pytest.approx(0.5), pytest.approx(1.0))


def test_an_answer_without_a_piece_is_one_empty_frame() -> None:
    assert list(one(iter([]), Clock())) == [Frame(ended=True)]


def logged(name: str, pieces: int, log: list[str]) -> Generator[str]:
    """A stream that notes each piece it gives, and its own end."""
    try:
        for _ in range(pieces):
            log.append(name)
            yield name
    finally:
        log.append(f"{name} closed")


def test_two_streams_give_a_piece_each_in_turn() -> None:
    log: list[str] = []
    *_, (a, b) = frames([logged("a", 2, log), logged("b", 3, log)], Clock())
    assert log == ["a", "b", "a", "b", "a closed", "b", "b closed"]
    assert (a.text, b.text) == ("aa", "bbb")


def test_out_of_step_the_second_stream_begins_after_the_first() -> None:
    log: list[str] = []
    list(frames([logged("a", 2, log), logged("b", 1, log)], Clock(), in_step=False))
    assert log == ["a", "a", "a closed", "b", "b closed"]


def test_both_first_pieces_are_shown_at_once() -> None:
    shown = list(frames([iter(["a"] * 9), iter(["b"] * 9)], Clock()))
    assert [(a.text, b.text) for a, b in shown] == [("a", ""), ("a", "b"), ("a" * 9, "b" * 9)]


def test_the_second_is_not_charged_for_the_wait_behind_the_first() -> None:
    clock = Clock()
    streams = [ticking(clock, ["a"], 3.0), ticking(clock, ["b"], 0.5)]
    *_, (first, second) = frames(streams, clock)
    assert (first.first_piece, second.first_piece) == (pytest.approx(3.0), pytest.approx(0.5))


def test_an_answer_that_ends_first_is_ended_while_the_other_goes_on() -> None:
    clock = Clock()
    streams = [ticking(clock, ["a"], 0.2), ticking(clock, ["b"] * 3, 0.2)]
    ends = [(a.ended, b.ended) for a, b in frames(streams, clock)]
    assert (True, False) in ends
    assert ends[-1] == (True, True)


def test_closing_the_frames_closes_every_stream() -> None:
    log: list[str] = []
    stream = frames([logged("a", 9, log), logged("b", 9, log)], Clock())
    next(stream), next(stream)
    stream.close()
    assert log == ["a", "b", "a closed", "b closed"]


def test_an_error_of_one_stream_passes_through_and_closes_the_other() -> None:
    log: list[str] = []

    def broken() -> Iterator[str]:
        yield "a"
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        list(frames([logged("a", 9, log), broken()], Clock()))
    assert log[-1] == "a closed"


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


def test_an_answer_is_under_way_from_its_question_to_its_release() -> None:
    stops = Stops()
    seen = [stops.under_way("page")]
    event = running(stops, "page")
    seen.append(stops.under_way("page"))
    stops.release("page", event)
    assert [*seen, stops.under_way("page")] == [False, True, False]


def test_a_late_release_leaves_the_next_answer_alone() -> None:
    stops = Stops()
    first, second = running(stops, "page"), running(stops, "page")
    stops.release("page", first)
    assert stops.holds("page", second)
    assert not second.is_set()
