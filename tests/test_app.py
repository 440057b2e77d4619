"""The command that opens the page: quick to help, quick to answer, one sentence when refused."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import app

ROOT = Path(__file__).parents[1]
HEAVY = ("gradio", "torch", "transformers", "numpy", "pandas")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, app\n"
        "try: app.main(['--help'])\n"
        f"finally: print('loaded:', sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert "--adapter PATH" in done.stdout
    assert done.stdout.endswith("loaded: []\n")


def test_the_demo_pair_is_opened_unless_told_otherwise() -> None:
    args = app.parse_arguments([])
    assert (app.chosen_model(args).name, args.engine) == ("demo", "hf")
    assert (args.host, args.port, args.lang, args.auth) == (None, None, None, None)


def test_credentials_are_a_user_and_a_password() -> None:
    assert app.parse_arguments(["--auth", "krx:a:b"]).auth == ("krx", "a:b")


@pytest.mark.parametrize(
    "flags",
    [["--auth", "krx"], ["--auth", ":x"], ["--adapter", "a", "--tuned", "b"], ["--lang", "fr"]],
)
def test_flags_that_make_no_sense_are_refused(flags: list[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        app.parse_arguments(flags)


def test_an_unknown_model_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.main(["--model", "nothing"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: unknown model 'nothing'; known: demo, krx-7b")
    assert error.count("\n") == 1


@pytest.fixture
def served(tmp_path: Path) -> subprocess.Popen[str]:
    """The app on a free port, with a folder for a model that holds none."""
    process = subprocess.Popen(
        [sys.executable, "app.py", "--model", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"GRADIO_SERVER_NAME": "127.0.0.1", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_app_prints_where_it_is_and_answers_there_before_its_model(served) -> None:
    name, address = served.stdout.readline().rstrip().split(": ", 1)
    assert name == "KRX-LLM Workbench"
    with urllib.request.urlopen(address, timeout=10) as reply:
        assert b"gradio" in reply.read()
    served.send_signal(signal.SIGTERM)
    assert served.wait(20) == 0
    assert served.stdout.read() == ""


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "app.py", "--model", str(tmp_path), "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    assert f"cannot listen on port {port}" in done.stderr
