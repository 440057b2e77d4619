"""The server we start: its faults become sentences, and nothing of it outlives us."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import psutil
import pytest

from tests.workbench.engines import fake_vllm
from workbench.config import load_presets
from workbench.engines import open_engine
from workbench.engines.server_options import ServerOptions
from workbench.engines.vllm_engine import open_vllm
from workbench.engines.vllm_server import VllmServer, explain_log, free_port
from workbench.errors import EngineError, InputError, MissingPackageError
from workbench.prompts import qa_prompt
from workbench.schema import Sampling

ROOT = Path(__file__).parents[3]
SPEC = load_presets()["demo"]
LONG = 60.0  # seconds; only ever waited for where something is wrong


@pytest.fixture
def vllm(tmp_path: Path) -> Path:
    """An executable that behaves as `--behaviour` says."""
    program = tmp_path / "vllm"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{fake_vllm.__file__}" "$@"\n')
    program.chmod(0o755)
    return program


Starter = Callable[..., VllmServer]


@pytest.fixture
def server_of(vllm: Path, tmp_path: Path) -> Iterator[Starter]:
    """Makes a server, not started, that behaves as it is told to."""
    made: list[VllmServer] = []

    def make(behaviour: str = "well", **settings: Any) -> VllmServer:
        port = free_port()
        arguments = ("serve", "x", "--port", str(port), "--note", str(tmp_path))
        made.append(
            VllmServer(
                [str(vllm), *arguments, "--behaviour", behaviour],
                port,
                log_path=tmp_path / "logs" / "vllm.log",
                environment={**os.environ, "VLLM_API_KEY": "key"},
                **{"report": lambda _: None, "grace": 1.0, **settings},
            )
        )
        return made[-1]

    yield make
    for server in made:
        server.stop()


def starts(folder: Path) -> list[dict[str, Any]]:
    """What every start of the stand-in noted down."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("start-*"))]


def alive(folder: Path) -> list[int]:
    pids = [pid for start in starts(folder) for pid in start["pids"]]
    return [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def until(condition: Callable[[], object]) -> None:
    limit = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < limit
        time.sleep(0.05)


# ── living and dying ─────────────────────────────────────────────────────────────────────────


def test_it_starts_answers_and_leaves_nothing_behind(server_of: Starter, tmp_path: Path) -> None:
    server = server_of()
    server.start()
    assert server.ready
    assert httpx.get(f"http://127.0.0.1:{server.port}/health").is_success
    assert len(alive(tmp_path)) == 2
    server.stop()
    server.stop()
    until(lambda: alive(tmp_path) == [])


def test_a_server_that_will_not_end_is_killed(server_of: Starter, tmp_path: Path) -> None:
    server = server_of("stubborn")
    server.start()
    server.stop()
    until(lambda: alive(tmp_path) == [])


def test_the_wait_for_a_slow_server_is_explained(server_of: Starter) -> None:
    said: list[str] = []
    server = server_of("slow", report=said.append, report_seconds=0.2)
    server.start()
    assert any("is starting" in line and "Loading model weights" in line for line in said)
    assert said[-1] == f"vLLM is ready on port {server.port}"


def test_a_server_that_is_never_ready_is_given_up(server_of: Starter, tmp_path: Path) -> None:
    server = server_of("never-ready", startup_seconds=2.0)
    with pytest.raises(EngineError, match="still starting when its time was up"):
        server.start()
    until(lambda: alive(tmp_path) == [])


def test_stopping_ends_a_start_that_is_under_way(server_of: Starter, tmp_path: Path) -> None:
    server = server_of("never-ready")
    stopper = Thread(target=lambda: (until(lambda: starts(tmp_path)), server.stop()))
    stopper.start()
    with pytest.raises(EngineError, match="has been stopped"):
        server.start()
    stopper.join()
    until(lambda: alive(tmp_path) == [])


def test_a_killed_server_is_started_once_more(
    server_of: Starter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = server_of()
    server.start()
    os.kill(starts(tmp_path)[0]["pids"][0], signal.SIGKILL)
    until(lambda: len(starts(tmp_path)) == 2 and server.ready)
    server.wait_ready()
    assert "ended by itself (killed by SIGKILL)" in caplog.text
    until(lambda: set(alive(tmp_path)) == set(starts(tmp_path)[1]["pids"]))


@pytest.mark.parametrize("relapse", [True, False])
def test_a_server_that_dies_again_soon_is_given_up(
    server_of: Starter, tmp_path: Path, relapse: bool
) -> None:
    server = server_of(relapse_seconds=600.0 if relapse else 0.0)
    server.start()
    for n in (1, 2):
        until(lambda n=n: len(starts(tmp_path)) == n and server.ready)
        os.kill(starts(tmp_path)[-1]["pids"][0], signal.SIGKILL)
        until(lambda: not server.ready)
    if relapse:
        with pytest.raises(EngineError, match="is not started again"):
            server.wait_ready()
        until(lambda: alive(tmp_path) == [])
    else:
        server.wait_ready()


def test_a_restart_that_fails_is_told_with_the_log(server_of: Starter, tmp_path: Path) -> None:
    server = server_of("fails-again")
    server.start()
    os.kill(starts(tmp_path)[0]["pids"][0], signal.SIGKILL)
    until(lambda: not server.ready)
    with pytest.raises(EngineError, match="the second start fails"):
        server.wait_ready()


def test_the_server_ends_with_an_app_that_is_killed(vllm: Path, tmp_path: Path) -> None:
    code = (
        "import os, sys, time\nfrom pathlib import Path\n"
        "from workbench.engines.vllm_server import VllmServer, free_port\n"
        "port = free_port()\n"
        f"server = VllmServer([{str(vllm)!r}, 'serve', '--port', str(port), '--note', "
        f"{str(tmp_path)!r}], port, log_path=Path({str(tmp_path)!r}) / 'log', grace=1.0,\n"
        "    environment={**os.environ, 'VLLM_API_KEY': 'key'}, report=print)\n"
        "server.start()\nprint('up', flush=True)\ntime.sleep(600)\n"
    )
    app = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    with app:
        assert app.stdout is not None
        until(lambda: b"up" in app.stdout.readline())
        assert len(alive(tmp_path)) == 2
        app.kill()
    until(lambda: alive(tmp_path) == [])


# ── what its log says ────────────────────────────────────────────────────────────────────────

CURES = {
    "out-of-memory": r"it ran out of memory.*--context-length",
    "context-too-long": r"holds 2048 tokens; give --context-length 2048",
    "unknown-flag": r"does not know the flags --tensor-paralel-size 2; see --vllm-args",
    "port-taken": r"its port was taken",
    "rank-too-high": r"the adapter's rank 64 is above --max-lora-rank 16",
    "disk-full": r"the disk is full",
    "no-network": r"the Hugging Face Hub cannot be reached",
    "says-nothing": r"exit status 1",
}


@pytest.mark.parametrize("behaviour", CURES)
def test_a_server_that_fails_at_the_start_says_why_once(
    server_of: Starter, tmp_path: Path, behaviour: str
) -> None:
    server = server_of(behaviour)
    with pytest.raises(EngineError, match=CURES[behaviour]) as caught:
        server.start()
    assert "The end of its log" in str(caught.value)
    assert fake_vllm.LAST_WORDS[behaviour] in str(caught.value)
    assert len(starts(tmp_path)) == 1
    until(lambda: alive(tmp_path) == [])


def test_a_log_without_a_known_cause_has_none() -> None:
    assert explain_log("INFO all is well\nKeyError: 'x'") == ""


def test_a_program_that_cannot_run_is_named(tmp_path: Path) -> None:
    server = VllmServer(
        [str(tmp_path / "nothing")],
        free_port(),
        log_path=tmp_path / "log",
        environment=os.environ,
        report=lambda _: None,
    )
    with pytest.raises(EngineError, match=r"nothing' cannot be started: No such file"):
        server.start()


def test_a_log_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    server = VllmServer(
        ["true"],
        free_port(),
        log_path=tmp_path / "file" / "log",
        environment=os.environ,
        report=lambda _: None,
    )
    with pytest.raises(EngineError, match="vLLM cannot be started: "):
        server.start()


# ── the engine on it ─────────────────────────────────────────────────────────────────────────


def options(vllm: Path, folder: Path, *more: str) -> ServerOptions:
    return ServerOptions(vllm=str(vllm), vllm_args=("--note", str(folder), *more))


def test_the_engine_says_what_is_served_and_ends_it(vllm: Path, tmp_path: Path) -> None:
    said: list[str] = []
    engine = open_vllm(SPEC, options(vllm, tmp_path), report=said.append)
    info = engine.info
    assert (info.engine, info.version) == ("vllm", "0.32.0")
    assert (info.base, info.tuned, info.demo) == ("demo/base", "demo/adapter", True)
    assert len(info.base_hash) == len(info.tuned_hash) == 64
    assert engine.variants == ("vanilla", "tuned")
    assert "one base for both variants" in said[0]
    (answer,) = engine.generate([qa_prompt("국채란?", "native")], Sampling(), "tuned")
    assert answer.text == "네"
    engine.close()
    until(lambda: alive(tmp_path) == [])


def test_the_command_holds_the_adapter_and_ends_with_the_users_flags(
    vllm: Path, tmp_path: Path
) -> None:
    chosen = options(vllm, tmp_path, "--swap-space", "2")
    open_vllm(SPEC, chosen, report=lambda _: None).close()
    (start,) = starts(tmp_path)
    arguments = " ".join(start["arguments"])
    assert "--enable-prefix-caching" in arguments
    assert f"--lora-modules tuned={SPEC.adapter}" in arguments
    assert arguments.endswith("--swap-space 2")
    assert len(start["key"]) > 20
    assert start["key"] not in arguments


def test_a_server_that_dies_while_it_works_is_waited_for(vllm: Path, tmp_path: Path) -> None:
    engine = open_vllm(SPEC, options(vllm, tmp_path), report=lambda _: None)
    os.kill(starts(tmp_path)[0]["pids"][0], signal.SIGKILL)
    (answer,) = engine.generate([qa_prompt("국채란?", "native")], Sampling(), "tuned")
    assert answer.text == "네"
    assert len(starts(tmp_path)) == 2
    engine.close()


def test_an_engine_that_cannot_be_opened_leaves_no_server(vllm: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="out of memory"):
        open_engine(SPEC, "vllm", server=options(vllm, tmp_path, "--behaviour", "out-of-memory"))
    until(lambda: alive(tmp_path) == [])


def test_two_full_models_are_no_pair_for_one_server() -> None:
    with pytest.raises(InputError, match="two full models"):
        open_engine(load_presets()["krx-7b"], "vllm")


def test_without_vllm_its_pip_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(MissingPackageError, match=r"requirements-gpu\.txt"):
        open_engine(SPEC, "vllm")
