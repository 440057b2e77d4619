"""Answers as they grow, at a rate that a browser keeps up with, and the means to stop them.

A yield costs the server one to two milliseconds whatever it carries, so one per token fills a
process at some forty readers. A dozen a second looks the same and costs a fraction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Event, Lock

FRAMES_PER_SECOND = 12.0

Clock = Callable[[], float]


@dataclass(frozen=True)
class Frame:
    """One answer so far. Times are seconds since its first piece was waited for."""

    text: str = ""
    first_piece: float = 0.0
    elapsed: float = 0.0
    ended: bool = False


def frames(
    streams: Sequence[Iterator[str]],
    clock: Clock = time.monotonic,
    per_second: float = FRAMES_PER_SECOND,
    in_step: bool = True,
) -> Generator[tuple[Frame, ...]]:
    """One frame for each stream, again and again: first pieces at once, then at most `per_second`
    times a second; in the last one all have ended.

    In step, the streams give one piece each in turn, so that answers of one engine grow side by
    side; otherwise one begins when the one before it has ended. Closing this generator closes the
    streams, which is how an engine learns that nobody reads on.
    """
    answers = [_Growing(stream, clock) for stream in streams]
    shown_at: float | None = None
    try:
        for answer in _take_turns(answers, in_step):
            began = answer.pull()
            if all(each.frame.ended for each in answers):
                break
            now = clock()
            if began or (shown_at is not None and now - shown_at >= 1 / per_second):
                shown_at = now
                yield tuple(each.frame for each in answers)
    finally:
        for stream in streams:
            if isinstance(stream, Generator):
                stream.close()
    yield tuple(each.frame for each in answers)


class _Growing:
    """One stream and what has come of it."""

    def __init__(self, pieces: Iterator[str], clock: Clock) -> None:
        self.frame = Frame()
        self._pieces, self._clock = pieces, clock
        # From the first pull on: whoever comes second is not charged for the first one's reading.
        self._start: float | None = None

    def pull(self) -> bool:
        """Take one piece, or learn that there is none; whether it was the first."""
        if self._start is None:
            self._start = self._clock()
        piece = next(self._pieces, None)
        now, before = self._clock() - self._start, self.frame
        if piece is None:
            self.frame = replace(before, elapsed=now, ended=True)
            return False
        first = now if not before.text else before.first_piece
        self.frame = Frame(before.text + piece, first, now)
        return not before.text


def _take_turns(answers: Sequence[_Growing], in_step: bool) -> Iterator[_Growing]:
    while going := [answer for answer in answers if not answer.frame.ended]:
        yield from going if in_step else going[:1]


class Stops:
    """The answers under way, each with the event that stops it: at most one for an open page.

    An answer is announced when its question is asked, claimed once by the handler that writes it,
    and released when that handler is done. They stand outside Gradio's state, because they must be
    reached while a handler is running and after its page is gone. Pages go by their session hash.
    """

    def __init__(self) -> None:
        self._announced: dict[str, Event] = {}
        self._running: dict[str, Event] = {}
        self._lock = Lock()

    def announce(self, page: str) -> None:
        """A new answer is to come; one still under way on the page is stopped."""
        self.forget(page)
        with self._lock:
            self._announced[page] = Event()

    def claim(self, page: str) -> Event | None:
        """The event of the announced answer; None where another handler has it, or there is none."""
        with self._lock:
            event = self._announced.pop(page, None)
            if event is not None:
                self._running[page] = event
            return event

    def holds(self, page: str, event: Event) -> bool:
        """Whether the page still waits for the answer that `event` stops."""
        with self._lock:
            return self._running.get(page) is event

    def release(self, page: str, event: Event) -> None:
        """The handler that claimed `event` is done, one way or another."""
        event.set()
        with self._lock:
            if self._running.get(page) is event:
                del self._running[page]

    def under_way(self, page: str) -> bool:
        """Whether an answer of the page is still to come or being written."""
        with self._lock:
            return page in self._announced or page in self._running

    def stop(self, page: str) -> None:
        with self._lock:
            for events in (self._announced, self._running):
                if page in events:
                    events[page].set()

    def forget(self, page: str) -> None:
        """Stop the answer for good: the page was closed, or its conversation was dropped."""
        self.stop(page)
        with self._lock:
            self._announced.pop(page, None)
            self._running.pop(page, None)
