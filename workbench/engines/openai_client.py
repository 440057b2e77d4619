"""HTTP to an OpenAI-compatible server: time-outs, retries, cancellation and back-pressure.

Callers are threads, the requests live on one event loop in a thread of its own. There a request
that nobody wants any more ends at once, whatever it is waiting for, and its connection closes with
it, which is how a server learns to stop computing.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Lock
from typing import Any, NamedTuple, Protocol, TypeVar

import anyio
import anyio.from_thread
import anyio.to_thread
import httpx

from workbench.errors import EngineError, InputError

log = logging.getLogger(__name__)

T = TypeVar("T")

TICK = 0.05  # seconds between two looks at whether a stream has been cancelled
SHOWN = 300  # characters of a server's own words
# The server is busy, or something between it and us is: the same request may go through later.
BUSY_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
LONGEST_WISH = 60.0  # seconds: a server's Retry-After is followed up to here


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for, in seconds, and how often it is asked the same thing.

    `silence` is the time without a byte, so it bounds the wait for a whole answer where that comes
    in one piece. Pauses double from `pause` to `longest_pause`, each cut at random by up to half,
    so that many callers who failed together do not come back together.
    """

    connect: float = 10.0
    silence: float = 600.0
    attempts: int = 6
    pause: float = 0.5
    longest_pause: float = 10.0
    in_flight: int = 32  # requests at once; others wait for their turn on our side


class Request(NamedTuple):
    """What is posted where; `path` is below the base of the API."""

    path: str
    body: dict[str, Any]


class Upkeep(Protocol):
    """Who keeps the server running, where we started it ourselves."""

    @property
    def ready(self) -> bool: ...

    def wait_ready(self) -> None:
        """Return once the server answers; raise EngineError once it is certain never to."""
        ...


class RefusedError(EngineError):
    """The server understood that something was asked and said no."""

    def __init__(self, url: str, status: int, words: str) -> None:
        self.status, self.words = status, words
        super().__init__(f"{url} answered {status}: {words}")


class _BusyError(Exception):
    """Worth another attempt, after `wish` seconds where the server named a time."""

    def __init__(self, reason: str, wish: float | None = None) -> None:
        self.wish = wish
        super().__init__(reason)


class ServerClient:
    """One server. Methods may be called from any thread."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str = "",
        key_env: str = "",
        patience: Patience | None = None,
        upkeep: Upkeep | None = None,
    ) -> None:
        """`base_url` is the root of the API, mostly ending in /v1; `key_env` is where `key` came
        from, for the sentence that says it is refused."""
        self.base_url = base_url.rstrip("/")
        self._patience = patience or Patience()
        self._key_env, self._upkeep = key_env, upkeep
        self._jitter = random.Random()
        self._lock, self._closed = Lock(), False
        self._waiting: set[Future[Any]] = set()
        self._stack = ExitStack()
        self._portal = self._stack.enter_context(
            anyio.from_thread.start_blocking_portal(name="openai-client")
        )
        self._turns = anyio.CapacityLimiter(self._patience.in_flight)
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(self._patience.silence, connect=self._patience.connect),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=8),
        )

    def close(self) -> None:
        """End whatever is under way; calls that wait get EngineError."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            waiting = list(self._waiting)
        # Before the connections: who loses one of those believes that the server broke it off.
        for future in waiting:
            future.cancel()
        self._portal.call(self._http.aclose)
        self._portal.call(self._portal.stop, True)
        self._stack.close()

    # ── asking ───────────────────────────────────────────────────────────────────────────────

    def get(self, path: str) -> Any:
        """The JSON at `path`, which is below the base, or an address of its own if it has a host."""
        return self._run(self._retried, lambda: self._send("GET", path))

    def post(self, request: Request) -> Any:
        """The JSON that answers.

        Raises RefusedError where the server says no, InputError where it refuses the key,
        EngineError where it cannot be reached, keeps failing, or answers with something else.
        """
        return self._run(self._post, request)

    def post_all(self, requests: Sequence[Request]) -> list[Any]:
        """As `post` for several at once, in order; the first that fails ends the others."""
        return self._run(self._post_all, requests)

    def stream(self, request: Request, cancel: Event | None = None) -> Iterator[dict[str, Any]]:
        """The JSON of each server-sent event, until the server says [DONE].

        Setting `cancel`, or closing the iterator, closes the connection. Raises as `post` does;
        once the first event is there nothing is tried again, because it has been seen.
        """
        events: SimpleQueue[dict[str, Any] | Exception | None] = SimpleQueue()
        future = self._start(self._pump, request, events)
        try:
            while cancel is None or not cancel.is_set():
                try:
                    event = events.get(timeout=TICK)
                except Empty:
                    continue
                if event is None:
                    return
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            future.cancel()

    # ── between the threads ──────────────────────────────────────────────────────────────────

    def _start(self, function: Callable[..., Awaitable[T]], *args: Any) -> Future[T]:
        with self._lock:
            if self._closed:
                raise EngineError("the engine is closed")
            future: Future[T] = self._portal.start_task_soon(function, *args)
            self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    def _run(self, function: Callable[..., Awaitable[T]], *args: Any) -> T:
        future = self._start(function, *args)
        try:
            return future.result()
        except CancelledError as error:
            raise EngineError("the engine was closed before the server had answered") from error
        except BaseException:
            future.cancel()  # a keyboard interrupt, say: the server need not go on either
            raise

    # ── on the loop ──────────────────────────────────────────────────────────────────────────

    async def _post(self, request: Request) -> Any:
        return await self._retried(lambda: self._send("POST", *request))

    async def _post_all(self, requests: Sequence[Request]) -> list[Any]:
        replies: list[Any] = [None] * len(requests)

        async def fill(n: int) -> None:
            replies[n] = await self._post(requests[n])

        try:
            async with anyio.create_task_group() as tasks:
                for n in range(len(requests)):
                    tasks.start_soon(fill, n)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return replies

    async def _pump(
        self, request: Request, events: SimpleQueue[dict[str, Any] | Exception | None]
    ) -> None:
        """Put every event into the queue, then None, or what went wrong."""
        seen = False

        async def attempt() -> None:
            nonlocal seen
            url = self._url(request.path)
            try:
                async with (
                    self._turns,
                    self._http.stream("POST", url, json=request.body) as response,
                ):
                    await self._check(response)
                    async for event in server_sent_events(response.aiter_bytes(), url):
                        seen = True
                        events.put(event)
            except httpx.TransportError as error:
                if seen:
                    raise EngineError(
                        f"{url} broke off in the middle of an answer ({_reason(error)}); ask again"
                    ) from error
                raise self._transport_failure(url, error) from error

        try:
            await self._retried(attempt)
            events.put(None)
        except Exception as error:  # handed to the thread that waits for the events
            events.put(error)
        except BaseException:
            events.put(EngineError("the engine was closed before the server had answered"))
            raise

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = self._url(path)
        try:
            async with self._turns:
                response = await self._http.request(method, url, json=body)
        except httpx.TransportError as error:
            raise self._transport_failure(url, error) from error
        await self._check(response)
        return read_json(response.content, url)

    async def _retried(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """What `attempt` returns, which is called again, after a pause, while the server is busy."""
        for number in range(1, self._patience.attempts + 1):
            if self._upkeep is not None and not self._upkeep.ready:
                await anyio.to_thread.run_sync(self._upkeep.wait_ready, abandon_on_cancel=True)
            try:
                return await attempt()
            except _BusyError as busy:
                if number == self._patience.attempts:
                    raise EngineError(f"{busy} (asked {number} times)") from busy.__cause__
                pause = self._pause(number, busy.wish)
                log.warning("%s; asking again in %.1f s", busy, pause)
                await anyio.sleep(pause)
        raise AssertionError("the last attempt either returns or raises")

    def _pause(self, number: int, wish: float | None) -> float:
        """Seconds before the attempt after attempt `number`, which counts from 1."""
        if wish is not None:
            return min(wish, LONGEST_WISH)
        doubled = self._patience.pause * 2.0 ** (number - 1)
        return min(doubled, self._patience.longest_pause) * self._jitter.uniform(0.5, 1.0)

    def _url(self, path: str) -> str:
        return path if "://" in path else f"{self.base_url}/{path.lstrip('/')}"

    def _transport_failure(self, url: str, error: httpx.TransportError) -> Exception:
        """What to raise where no whole answer came."""
        if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
            return EngineError(
                f"{url} has been silent for {self._patience.silence:.0f} s; see what the server "
                "is doing, or ask for shorter answers"
            )
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            return _BusyError(
                f"{url} cannot be reached ({_reason(error)}); is the server running, and is the "
                "address right?"
            )
        if isinstance(error, httpx.UnsupportedProtocol):
            return InputError(f"'{url}' is no address of a server; it begins with http://")
        return _BusyError(f"{url} closed the connection before its answer was complete")

    async def _check(self, response: httpx.Response) -> None:
        """Raise what a status other than success means."""
        if response.is_success:
            return
        await response.aread()
        words, url, status = spoken(response), str(response.request.url), response.status_code
        if status in (401, 403):
            source = f"the key in ${self._key_env}" if self._key_env else "the request"
            raise InputError(
                f"{url} refused {source} ({status}: {words}); put a key that this server accepts "
                "into an environment variable and name it with --api-key-env"
            )
        if status in BUSY_STATUSES:
            raise _BusyError(f"{url} answered {status}: {words}", _retry_after(response))
        raise RefusedError(url, status, words)


# ── reading ──────────────────────────────────────────────────────────────────────────────────


async def server_sent_events(
    chunks: AsyncIterator[bytes], url: str
) -> AsyncIterator[dict[str, Any]]:
    """The JSON objects of an event stream up to [DONE]; EngineError where that never comes.

    Lines end at line feeds alone: a text may well hold U+2028 or U+0085, at which `str.splitlines`
    (and httpx's own lines with it) would cut the JSON in two.
    """
    waiting = b""
    async for chunk in chunks:
        *lines, waiting = (waiting + chunk).split(b"\n")
        for line in lines:
            if not line.startswith(b"data:"):
                continue
            data = line.removeprefix(b"data:").strip()
            if data == b"[DONE]":
                return
            event = read_json(data, url)
            if not isinstance(event, dict):
                raise EngineError(f"{url} streamed something that is no event: {_cut(str(event))}")
            if event.get("error"):
                raise EngineError(f"{url} failed in the middle: {_message(event)}")
            yield event
    raise EngineError(f"{url} closed the connection before the answer was complete; ask again")


def read_json(content: bytes, url: str) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        begin = content[:SHOWN].decode("utf-8", "replace")
        raise EngineError(
            f"{url} answered with something that is no JSON: {_cut(begin) or 'nothing at all'}; "
            "is --base-url the root of an OpenAI-compatible API? Mostly it ends in /v1"
        ) from error


def spoken(response: httpx.Response) -> str:
    """What the server said about its refusal, in one line."""
    try:
        return _message(response.json())
    except ValueError:
        return _cut(response.text) or response.reason_phrase


def _message(payload: Any) -> str:
    """The sentence in an error of OpenAI's, FastAPI's or llama.cpp's shape."""
    for key in ("error", "message", "detail"):
        if isinstance(payload, dict) and payload.get(key):
            payload = payload[key]
    return _cut(payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False))


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]} …"


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _retry_after(response: httpx.Response) -> float | None:
    """The seconds of a Retry-After header; its other form, a date, is not worth a clock."""
    try:
        return max(0.0, float(response.headers.get("Retry-After", "")))
    except ValueError:
        return None
