"""Starts a model server as a child process, watches it, and leaves nothing of it behind."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition, Thread
from typing import Literal

import httpx

from workbench.engines import vllm_guard
from workbench.errors import EngineError

log = logging.getLogger(__name__)

Report = Callable[[str], None]
State = Literal["starting", "ready", "failed", "stopped"]

LOOK = 0.2  # seconds between two looks at a server that is starting
HEALTH_SECONDS = 5.0
REPORT_SECONDS = 5.0  # seconds between two words about the wait
STARTUP_SECONDS = 3600.0  # a first start may fetch 15 GB of weights
RELAPSE_SECONDS = 600.0  # a server that lived shorter after a restart is not started again
GRACE = 15.0  # seconds that vLLM has to end by itself
TAIL_LINES = 12

# What a line of vLLM's log means to whoever can act on it. The first that matches is told.
CAUSES: tuple[tuple[str, str], ...] = (
    (r"unrecognized arguments?: (.+)", "vllm does not know the flags {0}; see --vllm-args"),
    (
        r"(?i)address already in use",
        "its port was taken by another program in the meantime; start again",
    ),
    (
        r"LoRA rank (\d+) is greater than max_lora_rank\D*(\d+)",
        "the adapter's rank {0} is above --max-lora-rank {1}; leave that flag out of --vllm-args",
    ),
    (
        r"No adapter found for (\S+)",
        "there is no adapter in {0}; give --adapter the folder that holds adapter_config.json",
    ),
    (
        r"estimated maximum model length is (\d+)",
        "the memory left beside the weights holds {0} tokens; give --context-length {0} or less",
    ),
    (
        r"(?i)out ?of ?memory|No available memory for the cache|desired GPU memory utilization|"
        r"larger than the available KV cache|Cannot allocate memory",
        "it ran out of memory; end other programs that use the GPU, give a smaller "
        "--context-length, or a quantised base (--vllm-args='--quantization …')",
    ),
    (r"No space left on device", "the disk is full; free some space and start again"),
    (
        r"(?i)offline mode|LocalEntryNotFound|couldn't connect to|Max retries exceeded|"
        r"Temporary failure in name resolution",
        "the Hugging Face Hub cannot be reached; download the model where there is a network and "
        "give its folder to --model",
    ),
    (r"cannot start '(.+)': (.+)", "'{0}' cannot be started: {1}"),
)


class VllmServer:
    """One `vllm serve`. Implements `openai_client.Upkeep`; methods may be called from any thread.

    The process belongs to a group of its own under `vllm_guard`. A crash at the start is final,
    because the next start would fail alike; a server that was ready is started once more.
    """

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        *,
        log_path: Path,
        environment: Mapping[str, str],
        report: Report,
        startup_seconds: float = STARTUP_SECONDS,
        relapse_seconds: float = RELAPSE_SECONDS,
        grace: float = GRACE,
        report_seconds: float = REPORT_SECONDS,
    ) -> None:
        """`report` is told, now and then, what the wait for the server is for."""
        self.port, self.log_path = port, log_path
        self._command, self._environment, self._report = list(command), environment, report
        self._startup_seconds, self._relapse_seconds = startup_seconds, relapse_seconds
        self._grace, self._report_seconds = grace, report_seconds
        self._changed = Condition()
        self._state: State = "starting"
        self._failure = ""
        self._process: subprocess.Popen[bytes] | None = None
        # The watcher outlives the thread that starts the server, which may be a short one.
        self._watcher = Thread(target=self._watch, name="vllm-watcher", daemon=True)

    def start(self) -> None:
        """Start, and return once the server answers.

        Raises EngineError, with the end of the log, where it never will.
        """
        self._watcher.start()
        self.wait_ready()

    @property
    def ready(self) -> bool:
        return self._is("ready")

    def wait_ready(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._is("starting"))
            if self._is("failed"):
                raise EngineError(self._failure)
            if self._is("stopped"):
                raise EngineError("the model server has been stopped")

    def stop(self) -> None:
        """End the server and everything it started; again is no error."""
        self._become("stopped")
        process = self._process
        if process is not None:
            self._end(process)
        if self._watcher.is_alive():
            self._watcher.join(self._grace)

    # ── watching ─────────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        try:
            self._live()
        except OSError as error:  # no log can be written, no process started
            self._fail(f"vLLM cannot be started: {error}")

    def _live(self) -> None:
        """Start the server, wait for its end, start it once more: until it is stopped or fails."""
        relapse = False
        while self._is("starting"):
            process = self._spawn()
            if not self._await_health(process):
                break
            self._report(f"vLLM is ready on port {self.port}")
            began = time.monotonic()
            self._become("ready")
            process.wait()
            self._end(process)
            if self._is("stopped"):
                return
            short = time.monotonic() - began < self._relapse_seconds
            reason = f"vLLM ended by itself ({_status(process)}){self._told()}"
            if relapse and short:
                self._fail(f"{reason}\nIt had been restarted before and is not started again")
                return
            log.error("%s\nIt is started once more", reason)
            self._become("starting")
            relapse = True
        if self._is("starting"):
            status = _status(process)  # before it is ended, which would be all that is left to say
            self._end(process)
            self._fail(f"vLLM did not start ({status}){self._told()}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        guarded = [sys.executable, vllm_guard.__file__, str(self._grace), *self._command]
        with self.log_path.open("wb") as log_file, self._changed:
            if not self._is("starting"):
                raise OSError("it was stopped before")
            self._process = subprocess.Popen(
                guarded,
                stdin=subprocess.PIPE,
                stdout=log_file,
                stderr=subprocess.STDOUT,
                env=dict(self._environment),
                start_new_session=True,
            )
        return self._process

    def _await_health(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether the server answered before it ended, was stopped, or its time was up."""
        began = told = time.monotonic()
        while self._is("starting") and process.poll() is None:
            if self._healthy():
                return True
            now = time.monotonic()
            if now - began > self._startup_seconds:
                return False
            if now - told >= self._report_seconds:
                told = now
                last = "".join(self._tail(1)) or "nothing logged yet"
                self._report(f"vLLM is starting ({now - began:.0f} s): {last}")
            time.sleep(LOOK)
        return False

    def _healthy(self) -> bool:
        try:
            address = f"http://127.0.0.1:{self.port}/health"
            return httpx.get(address, timeout=HEALTH_SECONDS, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        """Close the guard's standard input, which ends the group, and see to it that it has."""
        with self._changed:
            if process.stdin is not None and not process.stdin.closed:
                process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._grace + 5.0)
        with suppress(ProcessLookupError):  # what outlived the guard, were it killed
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _is(self, state: State) -> bool:
        return self._state == state

    def _become(self, state: State) -> None:
        with self._changed:
            if not self._is("stopped"):
                self._state = state
            self._changed.notify_all()

    def _fail(self, failure: str) -> None:
        self._failure = failure
        self._become("failed")

    # ── the log ──────────────────────────────────────────────────────────────────────────────

    def _told(self) -> str:
        """What the log says: the cause in our words, if it is known, and its last lines."""
        lines = self._tail(TAIL_LINES)
        cause = explain_log(self._text())
        parts = [f": {cause}" if cause else ""]
        if lines:
            parts += [
                f"\nThe end of its log ({self.log_path}):",
                *(f"\n  {line}" for line in lines),
            ]
        return "".join(parts)

    def _tail(self, count: int) -> list[str]:
        lines = (line.strip() for line in self._text().splitlines())
        return list(deque((line for line in lines if line), maxlen=count))

    def _text(self) -> str:
        try:
            return self.log_path.read_text("utf-8", "replace")
        except OSError:
            return ""


def explain_log(text: str) -> str:
    """The first known cause that a log names, as a sentence with its cure; '' for none.

    >>> explain_log("vllm: error: unrecognized arguments: --foo 3")
    'vllm does not know the flags --foo 3; see --vllm-args'
    """
    for pattern, sentence in CAUSES:
        match = re.search(pattern, text)
        if match:
            return sentence.format(*match.groups())
    return ""


def free_port() -> int:
    """A port on the loopback address that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _status(process: subprocess.Popen[bytes]) -> str:
    status = process.returncode
    if status is None:
        return "still starting when its time was up"
    if status < 0 or status > 128:
        number = -status if status < 0 else status - 128
        with suppress(ValueError):
            return f"killed by {signal.Signals(number).name}"
    return f"exit status {status}"
