"""Opens the engine behind the page, so that the page answers before the model does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from threading import Condition, Event, Thread

from workbench.engines.base import Engine
from workbench.errors import WorkbenchError
from workbench.schema import ModelSpec

log = logging.getLogger(__name__)

Clock = Callable[[], float]

WAIT_STEP = 0.5  # seconds between two looks at an engine that is being opened


@dataclass(frozen=True)
class Loading:
    """The engine has been opening for `seconds`; `reason` is what it said last of why."""

    seconds: float
    reason: str = ""


@dataclass(frozen=True)
class Ready:
    engine: Engine


@dataclass(frozen=True)
class Failed:
    """The engine could not be opened; `reason` is the sentence of the error."""

    reason: str


State = Loading | Ready | Failed


class EngineNotOpenError(WorkbenchError):
    """There is no engine to ask, and there will be none."""


class EngineLoader:
    """One engine on its way: Loading, then for good either Ready or Failed.

    `spec` is known from the start, so a page can be built for it; `start` opens the engine in a
    thread. All methods may be called from any thread.
    """

    def __init__(
        self, spec: ModelSpec, open_engine: Callable[[], Engine], clock: Clock = time.monotonic
    ) -> None:
        self.spec = spec
        self._open, self._clock = open_engine, clock
        self._began: float | None = None
        self._reason = ""
        self._outcome: Ready | Failed | None = None
        self._closed = False
        self._users: list[Callable[[], None]] = []
        self._changed = Condition()

    def start(self) -> None:
        self._began = self._clock()
        Thread(target=self._load, name="engine-loader", daemon=True).start()

    @property
    def state(self) -> State:
        began = self._clock() if self._began is None else self._began
        return self._outcome or Loading(self._clock() - began, self._reason)

    def tell(self, reason: str) -> None:
        """What the engine waits for, from whatever thread opens it."""
        self._reason = reason

    def wait(self, timeout: float) -> State:
        """The state once it is settled, or after `timeout` seconds, whichever comes first."""
        with self._changed:
            self._changed.wait_for(lambda: self._outcome is not None, timeout)
        return self.state

    def until_settled(self, cancel: Event) -> Generator[State]:
        """The state every WAIT_STEP seconds, last the settled one; ends early once `cancel` is set."""
        while not cancel.is_set():
            yield (state := self.wait(WAIT_STEP))
            if not isinstance(state, Loading):
                return

    def before_close(self, stop: Callable[[], None]) -> None:
        """Have `stop` called before the engine closes: what works with it behind the page must end."""
        self._users.append(stop)

    def close(self) -> None:
        """Close the engine; one that is still being opened is closed as soon as it is there."""
        for stop in self._users:
            stop()
        with self._changed:
            self._closed = True
            outcome = self._outcome
        if isinstance(outcome, Ready):
            outcome.engine.close()

    def _load(self) -> None:
        outcome = self._try_open()
        with self._changed:
            self._outcome = outcome
            closed = self._closed
            self._changed.notify_all()
        if closed and isinstance(outcome, Ready):
            outcome.engine.close()

    def _try_open(self) -> Ready | Failed:
        try:
            return Ready(self._open())
        except WorkbenchError as error:
            log.error("the engine could not be opened: %s", error)
            return Failed(str(error))
        except Exception as error:
            # A bug of ours or of a library: the person reads one line, the terminal the traceback.
            log.exception("the engine could not be opened")
            return Failed(f"{type(error).__name__}: {error}")
