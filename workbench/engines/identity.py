"""Who answers, as runs record it: names, files, hashes and versions, told without the weights.

A finished run is recognised by its spec, and nothing that the spec says of the engine needs a
loaded model. `HfEngine` describes itself by the same function, so the two cannot drift apart.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

from workbench.schema import EngineInfo, ModelSpec

CONFIG = "config.json"


def foreseen_info(
    spec: ModelSpec,
    engine: str = "hf",
    *,
    device: str | None = None,
    dtype: str | None = None,
    in_turn: bool = False,
) -> EngineInfo | None:
    """What the engine that `open_engine` would open says of itself; None where only it can tell.

    That is so for engines that run elsewhere, and for a model on the Hub that was never fetched.
    Without a revision a Hub model is known by its name alone, loaded or not: its runs stay the
    same runs when its owner changes the weights.
    """
    if engine != "hf":
        return None
    context_length = _context_length(spec)
    if context_length is None:
        return None
    place = _device(device)
    return hf_info(
        spec,
        device=place,
        dtype=dtype or default_dtype(place),
        context_length=context_length,
        in_turn=in_turn,
    )


def hf_info(
    spec: ModelSpec, *, device: str, dtype: str, context_length: int, in_turn: bool
) -> EngineInfo:
    """Reads every weight file once, for the hashes."""
    return EngineInfo(
        engine="hf",
        version=version("transformers"),
        model=spec.name,
        base=_portable(spec.base, spec),
        base_revision=spec.base_revision or "",
        base_hash=weights_hash(spec.base),
        tuned=_portable(spec.adapter or spec.tuned or "", spec),
        tuned_hash=weights_hash(spec.adapter or spec.tuned or ""),
        device=device,
        dtype=dtype,
        context_length=context_length,
        demo=spec.demo,
        loading=_loading(spec, in_turn),
    )


def default_dtype(device: str) -> str:
    """bfloat16 on CUDA and float32 elsewhere, where it is faster."""
    return "bfloat16" if device.startswith("cuda") else "float32"


def weights_hash(place: str) -> str:
    """SHA-256 (hex) over a local folder's weight files in name order; '' for a Hub id.

    A Hub id is identified by its revision instead.
    """
    folder = Path(place)
    if not place or not folder.is_dir():
        return ""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")]):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _loading(spec: ModelSpec, in_turn: bool) -> str:
    if spec.adapter:
        return "one base, adapter off and on"
    if not spec.tuned:
        return "one model"
    return "two models in turn" if in_turn else "two models"


def _portable(place: str, spec: ModelSpec) -> str:
    """A place as runs record it: Hub ids whole, local folders by their last name.

    The hash says which weights they are; where a user keeps them changes no score.
    """
    if not place or not Path(place).is_dir():
        return place
    return f"{spec.name}/{Path(place).name}"


# ── what only a look at the machine tells ────────────────────────────────────────────────────


def _device(name: str | None) -> str:
    """As `choose_device` decides; torch, which takes seconds to import, is asked only in doubt."""
    if name == "cpu" or (name is None and _gpu_is_ruled_out()):
        return "cpu"
    from workbench.engines.hf_loading import choose_device

    return str(choose_device(name))


def _gpu_is_ruled_out() -> bool:
    """Whether no build of torch can find a GPU here: neither NVIDIA's driver library nor the
    device files of the others are there."""
    if sys.platform != "linux" or any(Path(file).exists() for file in ("/dev/kfd", "/dev/dxg")):
        return False
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return True
    return False


def _context_length(spec: ModelSpec) -> int | None:
    """From the base's configuration, in its folder or among what was fetched from the Hub."""
    try:
        file = _config_file(spec)
        config = json.loads(file.read_text("utf-8")) if file else None
    except (OSError, ValueError):
        return None
    length = config.get("max_position_embeddings") if isinstance(config, dict) else None
    return length if isinstance(length, int) else None


def _config_file(spec: ModelSpec) -> Path | None:
    if Path(spec.base).is_dir():
        return Path(spec.base) / CONFIG
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(spec.base, CONFIG, revision=spec.base_revision)
    return Path(found) if isinstance(found, str) else None
