"""A web server on loopback for tests of what speaks HTTP, and the faults that servers have."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import uvicorn
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

Fault = Callable[[], Response]


# ── faults ───────────────────────────────────────────────────────────────────────────────────


def status(code: int, words: str = "come back later", **headers: str) -> Fault:
    return lambda: JSONResponse({"error": {"message": words}}, code, headers)


def garbage() -> Response:
    return PlainTextResponse("<html>It works!</html>")


def other_json() -> Response:
    return JSONResponse({"answer": 42})


def broken_off() -> Response:
    """Headers and half a body; then the connection closes."""

    async def half() -> AsyncIterator[str]:
        yield 'data: {"choices": [{"text": "공'
        await asyncio.sleep(0.05)
        raise ConnectionResetError

    return StreamingResponse(half())


def broken_off_later() -> Response:
    """One whole event; then the connection closes."""

    async def one() -> AsyncIterator[str]:
        yield 'data: {"choices": [{"text": "공매도"}]}\n\n'
        await asyncio.sleep(0.05)
        raise ConnectionResetError

    return StreamingResponse(one())


# ── running it ───────────────────────────────────────────────────────────────────────────────


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address of `app`, served on a free port of the loopback address."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    started = Event()
    server.install_signal_handlers = lambda: None
    thread = Thread(target=_run, args=(server, listener, started), daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(30)
        listener.close()


def _run(server: uvicorn.Server, listener: socket.socket, started: Event) -> None:
    started.set()  # the socket listens already: whoever connects now waits for the loop
    server.run(sockets=[listener])
