"""The `vllm serve` command for a pair: what the adapter, the base and the machine ask for.

What can be known to fail is refused here, in a second, and not by vLLM after minutes of loading.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from workbench.engines.server_options import ServerOptions
from workbench.errors import InputError, MissingPackageError, OfflineError
from workbench.schema import ModelSpec, Variant

NAMES: dict[Variant, str] = {"vanilla": "vanilla", "tuned": "tuned"}  # on our own server
# What vLLM 0.32 takes for --max-lora-rank (vllm.config.lora.MaxLoRARanks).
LORA_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
CONTEXT = 8192  # tokens, where the model can read more and the user does not say
GPU_SHARE = 0.9  # of a GPU's memory, vLLM's own default
GPU_SPARED_GB = 1.0  # of what other programs leave free
CPU_CACHE_GB = (1, 4)  # least and most for keys and values where there is no GPU
GB = 1e9

# What a layer of Qwen's and Llama's kind reads: the name of that width in config.json.
WIDTHS = {
    "q_proj": "hidden_size",
    "k_proj": "hidden_size",
    "v_proj": "hidden_size",
    "gate_proj": "hidden_size",
    "up_proj": "hidden_size",
    "down_proj": "intermediate_size",
}


class GpuMemory(NamedTuple):
    total_gb: float
    free_gb: float


@dataclass(frozen=True)
class Adapter:
    folder: Path
    rank: int  # the highest of its matrices


@dataclass(frozen=True)
class Plan:
    """`notes` are sentences for the user about what was decided."""

    command: tuple[str, ...]
    environment: dict[str, str]
    dtype: str
    device: str
    notes: tuple[str, ...]


# ── deciding ─────────────────────────────────────────────────────────────────────────────────


def plan_server(
    spec: ModelSpec,
    options: ServerOptions,
    *,
    executable: str,
    port: int,
    dtype: str | None,
    config: Mapping[str, Any],
    adapter: Adapter | None,
    gpus: Sequence[GpuMemory],
    free_gb: float,
) -> Plan:
    """`config` is the base's config.json; `free_gb` is main memory, for machines without a GPU."""
    chosen_dtype = dtype or ("bfloat16" if gpus else "float32")
    context = context_length(config, options.context_length)
    notes = [context.note]
    command = [
        *(executable, "serve", spec.base),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--served-model-name", NAMES["vanilla"]),
        *("--dtype", chosen_dtype),
        *("--max-model-len", str(context.tokens)),
        "--enable-prefix-caching",
    ]
    environment: dict[str, str] = {}
    if spec.base_revision:
        command += ["--revision", spec.base_revision, "--tokenizer-revision", spec.base_revision]
    if adapter is not None:
        rank = max_lora_rank(adapter)
        command += ["--enable-lora", "--max-lora-rank", str(rank)]
        command += ["--lora-modules", f"{NAMES['tuned']}={adapter.folder}"]
        notes.append(f"one base for both variants, the adapter's rank is {adapter.rank}")
    if gpus:
        share = gpu_share(gpus)
        command += ["--gpu-memory-utilization", f"{share:.2f}"]
        notes.append(
            f"{share:.0%} of {min(gpu.total_gb for gpu in gpus):.0f} GB GPU memory, "
            f"{min(gpu.free_gb for gpu in gpus):.0f} GB of which are free"
        )
    else:
        cache = cpu_cache_gb(free_gb)
        environment["VLLM_CPU_KVCACHE_SPACE"] = str(cache)
        notes.append(f"no GPU is seen: it computes on the CPU, with {cache} GB for its cache")
    return Plan(
        command=(*command, *options.vllm_args),
        environment=environment,
        dtype=chosen_dtype,
        device="cuda" if gpus else "cpu",
        notes=tuple(notes),
    )


class Context(NamedTuple):
    tokens: int
    note: str


def context_length(config: Mapping[str, Any], asked: int | None) -> Context:
    """Raises InputError for more than the model can read."""
    most = config.get("max_position_embeddings")
    most = most if isinstance(most, int) else CONTEXT
    if asked is None:
        tokens = min(most, CONTEXT)
        more = f" of {most} (--context-length raises it)" if tokens < most else ""
        return Context(tokens, f"context of {tokens} tokens{more}")
    if asked > most:
        raise InputError(f"--context-length {asked} is more than the model can read: {most} tokens")
    return Context(asked, f"context of {asked} tokens")


def max_lora_rank(adapter: Adapter) -> int:
    """The least that vLLM takes and the adapter fits in.

    >>> max_lora_rank(Adapter(Path("adapter"), rank=12))
    16
    """
    fitting = [rank for rank in LORA_RANKS if rank >= adapter.rank]
    if not fitting:
        raise InputError(
            f"the adapter '{adapter.folder}' has rank {adapter.rank}, vLLM serves up to "
            f"{LORA_RANKS[-1]}; merge it into its base, or use --engine hf"
        )
    return fitting[0]


def gpu_share(gpus: Sequence[GpuMemory]) -> float:
    """The share of each GPU's memory that vLLM may take, besides what other programs hold."""
    share = min((gpu.free_gb - GPU_SPARED_GB) / gpu.total_gb for gpu in gpus)
    return max(0.05, min(GPU_SHARE, int(share * 100) / 100))


def cpu_cache_gb(free_gb: float) -> int:
    least, most = CPU_CACHE_GB
    return max(least, min(most, int(free_gb / 4)))


# ── looking ──────────────────────────────────────────────────────────────────────────────────


def find_executable(asked: str) -> str:
    """The `vllm` that is asked for, else the one beside this Python, else the one on the PATH."""
    if asked:
        found = shutil.which(Path(asked).expanduser())
        if found is None:
            raise InputError(f"--vllm '{asked}' is no program that can be run")
        return found
    found = shutil.which("vllm", path=Path(sys.executable).parent) or shutil.which("vllm")
    if found is None:
        raise MissingPackageError(
            "vllm",
            "--engine vllm",
            "pip install -r requirements-gpu.txt on a CUDA machine, or name another "
            "environment's with --vllm PATH",
        )
    return found


def read_config(place: str, revision: str | None) -> dict[str, Any]:
    """The config.json of a model in a folder or on the Hub."""
    return read_object(hub_file(place, "config.json", revision, "model"))


def read_adapter(place: str, revision: str | None) -> Adapter:
    """Raises InputError where there is no LoRA adapter at `place`."""
    config = read_object(hub_file(place, "adapter_config.json", revision, "adapter"))
    ranks = [config.get("r"), *(config.get("rank_pattern") or {}).values()]
    if not all(isinstance(rank, int) for rank in ranks):
        raise InputError(f"the adapter '{place}' is no LoRA adapter: its config names no rank")
    if Path(place).is_dir():
        return Adapter(Path(place).absolute(), max(ranks))
    from huggingface_hub import snapshot_download

    return Adapter(Path(snapshot_download(place, revision=revision)), max(ranks))


def hub_file(place: str, name: str, revision: str | None, kind: str) -> Path:
    """A small file of a model that lies in a folder or on the Hub."""
    if Path(place).is_dir():
        path = Path(place) / name
        if not path.is_file():
            raise InputError(f"the folder '{place}' holds no {name}, so it is no {kind}")
        return path
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(place, name, revision=revision))
    except Exception as error:  # the Hub client raises a dozen kinds
        raise OfflineError(
            f"the {kind} '{place}' is neither a local folder nor to be had from the Hugging Face "
            "Hub now; download it where there is a network and give the folder's path"
        ) from error


def read_object(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"'{path}' cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise InputError(f"'{path}' holds no JSON object")
    return value


def check_adapter_fits(adapter: Adapter, base: str, config: Mapping[str, Any]) -> None:
    """Refuse an adapter whose matrices cannot belong to this base. Reads headers alone."""
    from safetensors import safe_open

    layers = config.get("num_hidden_layers")
    for path in sorted(adapter.folder.glob("*.safetensors")):
        with safe_open(path, framework="numpy") as tensors:
            for key in tensors.keys():  # noqa: SIM118 (no mapping)
                layer = re.search(r"\.layers\.(\d+)\.", key)
                if layer and isinstance(layers, int) and int(layer[1]) >= layers:
                    raise InputError(
                        f"the adapter '{adapter.folder}' was made for another base: it changes "
                        f"layer {layer[1]}, and '{base}' has layers 0 to {layers - 1}"
                    )
                module = re.search(r"\.(\w+_proj)\.lora_A\.", key)
                expected = config.get(WIDTHS.get(module[1], "")) if module else None
                width = tensors.get_slice(key).get_shape()[1] if expected else None
                if width != expected:
                    raise InputError(
                        f"the adapter '{adapter.folder}' was made for another base: its {key} "
                        f"reads {width} numbers, and '{base}' has {expected} there"
                    )


def gpu_memory() -> tuple[GpuMemory, ...]:
    """NVIDIA's GPUs. By its own tool: asking torch would take memory on each of them."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    query = ["--query-gpu=memory.total,memory.free", "--format=csv,noheader,nounits"]
    done = subprocess.run([tool, *query], capture_output=True, text=True, timeout=60)
    rows = re.findall(r"^(\d+), (\d+)$", done.stdout, re.MULTILINE)
    return tuple(GpuMemory(int(total) * 2**20 / GB, int(free) * 2**20 / GB) for total, free in rows)


def free_memory_gb() -> float:
    import psutil

    return float(psutil.virtual_memory().available) / GB
