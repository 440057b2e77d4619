"""An answer as it grows, at a rate that a browser keeps up with, and the means to stop it.

A yield costs the server one to two milliseconds whatever it carries, so one per token fills a
process at some forty readers. A dozen a second looks the same and costs a fraction.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from threading import Event, Lock

FRAMES_PER_SECOND = 12.0

Clock = Callable[[], float]


@dataclass(frozen=True)
class Frame:
    """The answer so far. Times are seconds since the question was handed over."""

    text: str
    first_piece: float
    elapsed: float


def frames(
    pieces: Iterator[str], clock: Clock = time.monotonic, per_second: float = FRAMES_PER_SECOND
) -> Generator[Frame]:
    """The first piece at once, then at most `per_second` frames; the last holds everything.

    An answer without a piece is one empty frame. Closing this generator closes `pieces`, which is
    how an engine learns that nobody reads on.
    """
    start = clock()
    text, shown = "", None
    first_piece = last_shown = 0.0
    try:
        for piece in pieces:
            now = clock() - start
            if not text:
                first_piece = now
            text += piece
            if shown is None or now - last_shown >= 1 / per_second:
                shown, last_shown = text, now
                yield Frame(text, first_piece, now)
    finally:
        if isinstance(pieces, Generator):
            pieces.close()
    if shown != text:
        yield Frame(text, first_piece, clock() - start)


class Stops:
    """The answers under way, each with the event that stops it: at most one for an open page.

    An answer is announced when its question is asked, and claimed once by the handler that writes
    it. They stand outside Gradio's state, because they must be reached while a handler is running
    and after its page is gone. Pages go by their session hash.
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
