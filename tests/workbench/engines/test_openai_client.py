"""The client of model servers: patience with busy ones, plain words about broken ones."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from threading import Event, Thread

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as Received
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.workbench.engines.loopback import (
    Fault,
    broken_off,
    broken_off_later,
    garbage,
    serving,
    status,
)
from workbench.engines.openai_client import Patience, RefusedError, Request, ServerClient
from workbench.errors import EngineError, InputError

QUICK = Patience(connect=2.0, silence=5.0, attempts=3, pause=0.01, longest_pause=0.02, in_flight=4)
ASK = Request("ask", {"question": "공매도?"})


class Scripted:
    """Answers from a queue, then with 'fine'; streams wait until the reader leaves."""

    def __init__(self) -> None:
        self.queue: deque[Fault] = deque()
        self.asked = 0
        self.waiting = 0
        self.most_waiting = 0
        self.left = Event()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/ask", self.answer, methods=["GET", "POST"]),
                Route("/v1/slow", self.slow, methods=["POST"]),
                Route("/v1/endless", self.endless, methods=["POST"]),
            ]
        )

    async def answer(self, request: Received) -> Response:
        self.asked += 1
        return self.queue.popleft()() if self.queue else JSONResponse({"word": "fine"})

    async def slow(self, request: Received) -> Response:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await asyncio.sleep(0.1)
        self.waiting -= 1
        return JSONResponse(await request.json())

    async def endless(self, request: Received) -> Response:
        async def events() -> AsyncIterator[str]:
            try:
                yield 'data: {"n": 1}\n\n'
                await asyncio.sleep(60)
            finally:
                self.left.set()

        return StreamingResponse(events())


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def address(scripted: Scripted) -> Iterator[str]:
    with serving(scripted.app()) as address:
        yield address


@pytest.fixture
def client(address: str) -> Iterator[ServerClient]:
    client = ServerClient(address, patience=QUICK)
    yield client
    client.close()


def streamed(*events: str) -> Fault:
    return lambda: StreamingResponse(iter([*events]))


# ── patience ─────────────────────────────────────────────────────────────────────────────────

BUSY = [status(429), status(500), status(502), status(503), status(504), broken_off]


@pytest.mark.parametrize("fault", BUSY)
def test_a_busy_server_is_asked_again(
    scripted: Scripted, client: ServerClient, fault: Fault
) -> None:
    scripted.queue.extend([fault, fault])
    assert client.post(ASK) == {"word": "fine"}
    assert scripted.asked == 3


def test_a_server_that_stays_busy_is_given_up_with_its_own_words(
    scripted: Scripted, client: ServerClient
) -> None:
    scripted.queue.extend([status(503, "loading the model")] * 3)
    with pytest.raises(EngineError, match=r"answered 503: loading the model \(asked 3 times\)"):
        client.post(ASK)


def test_the_wait_that_a_server_asks_for_is_kept(scripted: Scripted, client: ServerClient) -> None:
    scripted.queue.append(status(429, **{"Retry-After": "0.4"}))
    began = time.monotonic()
    client.post(ASK)
    assert time.monotonic() - began >= 0.4


def test_each_repetition_is_logged(
    scripted: Scripted, client: ServerClient, caplog: pytest.LogCaptureFixture
) -> None:
    scripted.queue.append(status(500, "oops"))
    with caplog.at_level(logging.WARNING):
        client.post(ASK)
    assert "answered 500: oops; asking again in 0.0 s" in caplog.text


def test_a_refusal_is_not_asked_again(scripted: Scripted, client: ServerClient) -> None:
    scripted.queue.append(status(400, "too long"))
    with pytest.raises(RefusedError, match="answered 400: too long"):
        client.post(ASK)
    assert scripted.asked == 1


def test_a_bad_key_names_the_variable_that_holds_it(scripted: Scripted, address: str) -> None:
    scripted.queue.append(status(401, "Unauthorized"))
    client = ServerClient(address, key="secret", key_env="MY_KEY", patience=QUICK)
    with pytest.raises(InputError, match=r"refused the key in \$MY_KEY \(401") as caught:
        client.get("ask")
    client.close()
    assert "secret" not in str(caught.value)


def test_nobody_at_the_address_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    client = ServerClient(f"http://127.0.0.1:{port}/v1", patience=QUICK)
    with pytest.raises(EngineError, match="is the server running"):
        client.get("models")
    client.close()


@pytest.mark.parametrize("address", ["localhost:8000/v1", "file:///etc"])
def test_an_address_without_http_is_told_so(address: str) -> None:
    client = ServerClient(address, patience=QUICK)
    with pytest.raises(InputError, match="no address of a server"):
        client.get("models")
    client.close()


def test_a_silent_server_is_not_waited_for_without_end(address: str) -> None:
    client = ServerClient(address, patience=Patience(silence=0.05))
    with pytest.raises(EngineError, match="has been silent for 0 s"):
        client.post(Request("slow", {}))
    client.close()


GARBAGE: list[tuple[Fault, str]] = [
    (garbage, "no JSON: <html>It works!</html>; is --base-url the root"),
    (lambda: PlainTextResponse(""), "no JSON: nothing at all"),
    (lambda: Response(b"\xff\xfe"), "no JSON"),
]


@pytest.mark.parametrize(("fault", "words"), GARBAGE)
def test_garbage_is_quoted(
    scripted: Scripted, client: ServerClient, fault: Fault, words: str
) -> None:
    scripted.queue.append(fault)
    with pytest.raises(EngineError, match=words):
        client.post(ASK)


# ── many at once ─────────────────────────────────────────────────────────────────────────────


def test_many_are_answered_in_order_with_no_more_in_flight_than_allowed(
    scripted: Scripted, client: ServerClient
) -> None:
    requests = [Request("slow", {"n": n}) for n in range(12)]
    assert client.post_all(requests) == [{"n": n} for n in range(12)]
    assert scripted.most_waiting == QUICK.in_flight


def test_the_first_failure_of_many_is_the_one_that_is_raised(
    scripted: Scripted, client: ServerClient
) -> None:
    scripted.queue.append(status(400, "too long"))
    with pytest.raises(RefusedError, match="too long"):
        client.post_all([ASK] * 6)


# ── streams ──────────────────────────────────────────────────────────────────────────────────


def test_events_are_read_up_to_the_end_mark(scripted: Scripted, client: ServerClient) -> None:
    scripted.queue.append(
        streamed(': hello\n\ndata: {"n": 1}\n', '\ndata: {"n"', ":2}\r\n\r\ndata: [DONE]\n\n")
    )
    assert list(client.stream(ASK)) == [{"n": 1}, {"n": 2}]


def test_a_text_may_hold_every_kind_of_line_break_but_the_line_feed(
    scripted: Scripted, client: ServerClient
) -> None:
    text = "가\u2028나\u2029다\x85라\x0b마"
    scripted.queue.append(streamed(f'data: {{"n": "{text[:-2]}"}}\n\ndata: [DONE]\n\n'))
    assert [event["n"] for event in client.stream(ASK)] == [text[:-2]]


def test_a_stream_is_begun_again_while_nothing_of_it_has_been_seen(
    scripted: Scripted, client: ServerClient
) -> None:
    scripted.queue.extend([status(503), broken_off, streamed('data: {"n": 1}\n\ndata: [DONE]\n')])
    assert list(client.stream(ASK)) == [{"n": 1}]


BROKEN: list[tuple[Fault, str]] = [
    (broken_off_later, "broke off in the middle of an answer"),
    (streamed('data: {"n": 1}\n\n'), "closed the connection before the answer was complete"),
    (streamed('data: {"n": 1}\n\ndata: {"error": {"message": "boom"}}\n\n'), "middle: boom"),
    (streamed('data: {"n": 1}\n\ndata: {nonsense\n\n'), "no JSON: {nonsense"),
    (streamed('data: {"n": 1}\n\ndata: 7\n\n'), "no event: 7"),
]


@pytest.mark.parametrize(("fault", "words"), BROKEN)
def test_a_stream_that_breaks_says_how_and_keeps_what_came_before(
    scripted: Scripted, client: ServerClient, fault: Fault, words: str
) -> None:
    scripted.queue.append(fault)
    events = client.stream(ASK)
    assert next(events)
    with pytest.raises(EngineError, match=words):
        list(events)
    assert scripted.asked == 1


def leave_by_cancelling(client: ServerClient, cancel: Event) -> None:
    events = client.stream(Request("endless", {}), cancel)
    assert next(events) == {"n": 1}
    cancel.set()
    assert list(events) == []


def leave_by_closing(client: ServerClient, cancel: Event) -> None:
    events = client.stream(Request("endless", {}), cancel)
    assert next(events) == {"n": 1}
    events.close()


def leave_by_closing_the_client(client: ServerClient, cancel: Event) -> None:
    events = client.stream(Request("endless", {}), cancel)
    assert next(events) == {"n": 1}
    client.close()
    with pytest.raises(EngineError, match="the engine was closed"):
        list(events)


WAYS_TO_LEAVE = [leave_by_cancelling, leave_by_closing, leave_by_closing_the_client]


@pytest.mark.parametrize("leave", WAYS_TO_LEAVE)
def test_leaving_a_stream_closes_the_connection(
    scripted: Scripted, client: ServerClient, leave: Callable[[ServerClient, Event], None]
) -> None:
    leave(client, Event())
    assert scripted.left.wait(10)


def test_a_stream_can_be_cancelled_before_the_server_has_said_anything(
    scripted: Scripted, client: ServerClient
) -> None:
    cancel = Event()
    Thread(target=lambda: time.sleep(0.1) or cancel.set()).start()
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes the connection, never answers
        events = client.stream(Request(f"http://127.0.0.1:{deaf.getsockname()[1]}/", {}), cancel)
        assert list(events) == []
    assert time.monotonic() - began < 4


# ── closing, and servers of our own ──────────────────────────────────────────────────────────


def test_a_closed_client_says_so_and_closes_twice(client: ServerClient) -> None:
    client.close()
    client.close()
    with pytest.raises(EngineError, match="the engine is closed"):
        client.post(ASK)


def test_closing_ends_calls_that_wait(address: str) -> None:
    client = ServerClient(address, patience=Patience())
    Thread(target=lambda: time.sleep(0.2) or client.close()).start()
    with (
        socket.create_server(("127.0.0.1", 0)) as deaf,
        pytest.raises(EngineError, match="the engine was closed before"),
    ):
        client.get(f"http://127.0.0.1:{deaf.getsockname()[1]}/")


class Restarting:
    """An upkeep whose server is there once `wait_ready` has been called."""

    ready = False
    waited = 0

    def wait_ready(self) -> None:
        self.waited += 1
        self.ready = True


def test_a_server_of_ours_is_waited_for_before_it_is_asked(address: str) -> None:
    upkeep = Restarting()
    client = ServerClient(address, patience=QUICK, upkeep=upkeep)
    assert client.post(ASK) == client.post(ASK) == {"word": "fine"}
    client.close()
    assert upkeep.waited == 1
