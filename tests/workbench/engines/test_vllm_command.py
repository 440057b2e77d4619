"""What `vllm serve` is told, and what is refused before it is started."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from workbench.config import load_presets
from workbench.engines.server_options import ServerOptions
from workbench.engines.vllm_command import (
    Adapter,
    GpuMemory,
    Plan,
    check_adapter_fits,
    context_length,
    cpu_cache_gb,
    find_executable,
    gpu_share,
    max_lora_rank,
    plan_server,
    read_adapter,
    read_config,
)
from workbench.errors import InputError, OfflineError
from workbench.schema import ModelSpec

SPEC = load_presets()["demo"]
CONFIG = {"max_position_embeddings": 32768, "hidden_size": 8, "num_hidden_layers": 2}
ADAPTER = Adapter(Path("/models/adapter"), rank=12)


def planned(**changes: Any) -> Plan:
    settings: dict[str, Any] = {
        "executable": "vllm",
        "port": 8123,
        "dtype": None,
        "config": CONFIG,
        "adapter": ADAPTER,
        "gpus": (GpuMemory(24.0, 23.5),),
        "free_gb": 8.0,
    }
    options = changes.pop("options", ServerOptions())
    spec = changes.pop("spec", ModelSpec(name="pair", base="base", adapter="adapter"))
    return plan_server(spec, options, **settings | changes)


def flag(plan: Plan, name: str) -> str:
    return plan.command[plan.command.index(name) + 1]


# ── the plan ─────────────────────────────────────────────────────────────────────────────────


def test_one_base_serves_both_sides() -> None:
    plan = planned()
    assert plan.command[:3] == ("vllm", "serve", "base")
    assert flag(plan, "--lora-modules") == "tuned=/models/adapter"
    assert (flag(plan, "--served-model-name"), flag(plan, "--max-lora-rank")) == ("vanilla", "16")
    assert (flag(plan, "--host"), flag(plan, "--port")) == ("127.0.0.1", "8123")


def test_a_base_alone_is_served_without_lora() -> None:
    assert not any("lora" in word for word in planned(adapter=None).command)


def test_a_gpu_is_shared_with_what_runs_there_already() -> None:
    plan = planned(gpus=(GpuMemory(24.0, 12.0),))
    assert flag(plan, "--gpu-memory-utilization") == "0.45"
    assert (plan.device, plan.dtype) == ("cuda", "bfloat16")
    assert any("45% of 24 GB GPU memory, 12 GB of which are free" in note for note in plan.notes)


def test_without_a_gpu_it_computes_in_float32_with_a_bounded_cache() -> None:
    plan = planned(gpus=())
    assert (plan.device, plan.dtype) == ("cpu", "float32")
    assert plan.environment == {"VLLM_CPU_KVCACHE_SPACE": "2"}


def test_what_the_user_says_comes_last_and_wins() -> None:
    options = ServerOptions(vllm_args=("--max-model-len", "auto"))
    assert planned(options=options).command[-2:] == ("--max-model-len", "auto")
    assert planned(dtype="float16").dtype == "float16"


def test_a_revision_is_served_as_it_is_named() -> None:
    spec = ModelSpec(name="pair", base="org/base", base_revision="abc")
    assert flag(planned(spec=spec), "--revision") == "abc"


CONTEXTS = [
    (CONFIG, None, 8192),
    (CONFIG, 20000, 20000),
    ({"max_position_embeddings": 1024}, None, 1024),
    ({}, None, 8192),
]


@pytest.mark.parametrize(("config", "asked", "tokens"), CONTEXTS)
def test_the_context_is_the_models_own_up_to_a_bound(
    config: dict[str, Any], asked: int | None, tokens: int
) -> None:
    assert context_length(config, asked).tokens == tokens


def test_a_context_beyond_the_models_own_is_refused() -> None:
    with pytest.raises(InputError, match="40000 is more than the model can read: 32768"):
        context_length(CONFIG, 40000)


@pytest.mark.parametrize(("rank", "served"), [(1, 1), (2, 8), (8, 8), (33, 64), (512, 512)])
def test_the_rank_is_the_least_that_vllm_takes(rank: int, served: int) -> None:
    assert max_lora_rank(Adapter(Path("adapter"), rank)) == served


def test_a_rank_beyond_vllms_is_refused() -> None:
    with pytest.raises(InputError, match=r"has rank 600, vLLM serves up to 512; merge it"):
        max_lora_rank(Adapter(Path("adapter"), 600))


@pytest.mark.parametrize(("free", "share"), [(24.0, 0.9), (12.0, 0.45), (0.5, 0.05)])
def test_the_share_of_a_gpu_leaves_others_theirs(free: float, share: float) -> None:
    assert gpu_share([GpuMemory(24.0, 24.0), GpuMemory(24.0, free)]) == share


@pytest.mark.parametrize(("free", "cache"), [(0.5, 1), (8.0, 2), (100.0, 4)])
def test_the_cache_on_a_cpu_is_bounded(free: float, cache: int) -> None:
    assert cpu_cache_gb(free) == cache


# ── what lies in folders ─────────────────────────────────────────────────────────────────────


def adapter_folder(folder: Path, shapes: dict[str, tuple[int, int]], **config: Any) -> Adapter:
    (folder / "adapter_config.json").write_text(json.dumps({"r": 4, **config}))
    tensors = {name: torch.zeros(shape) for name, shape in shapes.items()}
    save_file(tensors, folder / "adapter_model.safetensors")
    return read_adapter(str(folder), None)


def key(layer: int, module: str = "self_attn.q_proj") -> str:
    return f"base_model.model.model.layers.{layer}.{module}.lora_A.weight"


def test_the_demo_adapter_fits_its_base() -> None:
    adapter = read_adapter(SPEC.adapter or "", None)
    assert adapter.rank >= 1
    check_adapter_fits(adapter, SPEC.base, read_config(SPEC.base, None))


def test_the_highest_rank_of_an_adapter_counts(tmp_path: Path) -> None:
    adapter = adapter_folder(tmp_path, {key(0): (16, 8)}, rank_pattern={"q_proj": 16})
    assert adapter.rank == 16


MISFITS = [
    ({key(0): (4, 16)}, r"another base: its .*q_proj.* reads 16 numbers, and 'base' has 8"),
    ({key(5): (4, 8)}, "it changes layer 5, and 'base' has layers 0 to 1"),
]


@pytest.mark.parametrize(("shapes", "words"), MISFITS)
def test_an_adapter_of_another_base_is_refused(
    tmp_path: Path, shapes: dict[str, tuple[int, int]], words: str
) -> None:
    adapter = adapter_folder(tmp_path, shapes)
    with pytest.raises(InputError, match=words):
        check_adapter_fits(adapter, "base", CONFIG)


def test_a_layer_that_we_know_nothing_of_is_left_to_vllm(tmp_path: Path) -> None:
    adapter = adapter_folder(tmp_path, {key(0, "mlp.experts_proj"): (4, 99)})
    check_adapter_fits(adapter, "base", CONFIG)


def test_a_folder_without_an_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no adapter_config\.json, so it is no adapter"):
        read_adapter(str(tmp_path), None)


@pytest.mark.parametrize("text", ["{", "[]", '{"peft_type": "IA3"}'])
def test_a_config_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "adapter_config.json").write_text(text)
    with pytest.raises(InputError):
        read_adapter(str(tmp_path), None)


def test_an_adapter_that_cannot_be_fetched_asks_for_a_folder() -> None:
    with pytest.raises(OfflineError, match="neither a local folder nor to be had"):
        read_adapter("nobody/nothing", None)


def test_the_vllm_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--vllm 'nowhere/vllm' is no program"):
        find_executable("nowhere/vllm")
