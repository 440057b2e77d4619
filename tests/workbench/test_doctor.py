"""The doctor: what it reads, what it concludes, and that it never fails."""

from __future__ import annotations

import json
import socket

import pytest

from workbench import cli
from workbench.doctor import (
    APP_PACKAGES,
    TRAINING_PACKAGES,
    Diagnosis,
    Gpu,
    Machine,
    PackageState,
    hub_state,
    judge,
    package_states,
    read_pins,
    render,
)


def machine_with(
    gpu_gb: float = 0.0, demo_pair: bool = True, missing: tuple[str, ...] = ()
) -> Machine:
    return Machine(
        python="3.11.7",
        system="Linux x86_64",
        cpu_cores=2,
        memory_gb=8.0,
        memory_free_gb=4.0,
        disk_free_gb=100.0,
        results="results",
        demo_pair=demo_pair,
        packages=tuple(
            PackageState(name=name, installed=None if name in missing else "1.0", pinned="1.0")
            for name in dict.fromkeys([*APP_PACKAGES, *TRAINING_PACKAGES])
        ),
        optional=(PackageState(name="vllm", installed=None, install="pip install vllm"),),
        gpus=(Gpu(name="Some GPU", memory_gb=gpu_gb),) if gpu_gb else (),
        gpu_note="" if gpu_gb else "none that torch sees",
        hub="reachable",
    )


def possible(machine: Machine) -> list[bool]:
    """For the app, a 7B model, training the demo adapter, training a 7B adapter."""
    return [verdict.possible for verdict in judge(machine)]


VERDICTS = [
    (machine_with(), [True, False, True, False]),
    (machine_with(gpu_gb=12.9), [True, False, True, False]),
    (machine_with(gpu_gb=17.2), [True, True, True, False]),
    (machine_with(gpu_gb=85.1), [True, True, True, True]),
    (machine_with(gpu_gb=85.1, demo_pair=False), [False, True, True, True]),
    (machine_with(gpu_gb=85.1, missing=("gradio",)), [False, False, True, True]),
    (machine_with(gpu_gb=85.1, missing=("trl",)), [True, True, False, False]),
]


@pytest.mark.parametrize(("machine", "expected"), VERDICTS)
def test_verdicts_follow_from_packages_and_gpu_memory(
    machine: Machine, expected: list[bool]
) -> None:
    assert possible(machine) == expected


def test_a_verdict_says_what_is_needed_and_what_is_there() -> None:
    whys = [verdict.why for verdict in judge(machine_with(gpu_gb=12.9))]
    assert "about 16 GB of GPU memory" in whys[1]
    assert whys[1].endswith("here: 13 GB")
    assert judge(machine_with())[1].why.endswith("here: no CUDA GPU")


def test_a_missing_package_comes_with_its_cure() -> None:
    why = judge(machine_with(missing=("gradio",)))[0].why
    assert why == "not installed: gradio; run `pip install -r requirements.txt`"


def test_pins_are_read_past_comments_and_includes() -> None:
    text = "# pins\n-r other.txt\ntorch==2.13.0   # why\nlm_eval==0.4.13\nhypothesis\n"
    assert read_pins(text) == {"torch": "2.13.0", "lm_eval": "0.4.13"}


FITS = [
    ("2.13.0", "2.13.0", True),
    ("2.13.0+cpu", "2.13.0", True),
    ("2.12.0", "2.13.0", False),
    ("2.12.0", None, True),
    (None, "2.13.0", False),
]


@pytest.mark.parametrize(("installed", "pinned", "fits"), FITS)
def test_a_package_fits_in_its_pinned_version(
    installed: str | None, pinned: str | None, fits: bool
) -> None:
    assert PackageState(name="torch", installed=installed, pinned=pinned).fits is fits


def test_a_package_that_is_nowhere_is_reported_as_missing() -> None:
    states = {state.name: state for state in package_states({"no-such-package": "1.0"})}
    assert states["no-such-package"].installed is None
    assert states["no-such-package"].pinned == "1.0"


@pytest.mark.parametrize("value", ["1", "true", "ON"])
def test_the_hub_is_not_asked_where_that_is_forbidden(value: str) -> None:
    environment = {"HF_HUB_OFFLINE": value, "HF_ENDPOINT": "http://would.fail.invalid"}
    assert hub_state(environment) == "not asked, because HF_HUB_OFFLINE is set"


def test_a_hub_that_cannot_be_reached_is_a_finding() -> None:
    with socket.socket() as closed:  # bound but not listening: connections are refused
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert hub_state({"HF_ENDPOINT": endpoint}).startswith("not reachable: ")


@pytest.mark.parametrize("endpoint", ["no address", "ftp//x", "http://[broken"])
def test_an_endpoint_that_is_no_address_is_a_finding(endpoint: str) -> None:
    assert hub_state({"HF_ENDPOINT": endpoint}).startswith("not reachable: ")


def test_the_text_shows_every_finding() -> None:
    machine = machine_with(gpu_gb=17.2, missing=("trl",))
    text = render(Diagnosis(machine=machine, verdicts=judge(machine)))
    assert "GPU      Some GPU with 17 GB" in text
    assert "trl              not installed" in text
    assert "vllm             not installed: pip install vllm" in text
    assert "yes  the app on the demo pair" in text
    assert "no   training a 7B adapter" in text


def test_unknown_memory_is_said_to_be_unknown() -> None:
    machine = machine_with().model_copy(update={"memory_gb": None, "memory_free_gb": None})
    assert "memory unknown" in render(Diagnosis(machine=machine, verdicts=judge(machine)))


def test_the_command_describes_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--json"]) == 0
    diagnosis = json.loads(capsys.readouterr().out)
    assert diagnosis["machine"]["hub"].startswith("not asked")
    assert {"torch", "gradio"} <= {package["name"] for package in diagnosis["machine"]["packages"]}
    assert len(diagnosis["verdicts"]) == 4
