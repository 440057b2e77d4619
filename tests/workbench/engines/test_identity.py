"""What an engine says of itself can be told before its weights are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.config import load_presets
from workbench.engines.hf import HfEngine
from workbench.engines.identity import foreseen_info, weights_hash
from workbench.schema import ModelSpec

DEMO = load_presets()["demo"]
TWO_MODELS = DEMO.model_copy(update={"adapter": None, "tuned": DEMO.base})
ONE_MODEL = DEMO.model_copy(update={"adapter": None})

LOADED: list[tuple[ModelSpec, dict[str, Any]]] = [
    (DEMO, {}),
    (DEMO, {"device": "cpu", "dtype": "bfloat16"}),
    (TWO_MODELS, {"device": "cpu"}),
    (TWO_MODELS, {"device": "cpu", "in_turn": True}),
    (ONE_MODEL, {"device": "cpu"}),
]


@pytest.mark.parametrize(("spec", "options"), LOADED)
def test_what_is_foreseen_is_what_the_loaded_engine_says(
    spec: ModelSpec, options: dict[str, Any]
) -> None:
    engine = HfEngine.load(spec, **options)
    engine.close()
    assert foreseen_info(spec, **options) == engine.info


def test_an_engine_that_runs_elsewhere_must_be_asked() -> None:
    assert foreseen_info(DEMO, "vllm") is None


@pytest.mark.parametrize("base", ["nobody/never-fetched", "no repository/at/all"])
def test_a_model_that_was_never_fetched_must_be_opened(base: str) -> None:
    assert foreseen_info(ModelSpec(name="far", base=base), device="cpu") is None


@pytest.mark.parametrize("config", ["", "[]", "{}", '{"max_position_embeddings": "long"}', "\xff"])
def test_a_configuration_that_tells_nothing_leaves_it_to_the_engine(
    tmp_path: Path, config: str
) -> None:
    (tmp_path / "config.json").write_bytes(config.encode("latin-1"))
    assert foreseen_info(ModelSpec(name="odd", base=str(tmp_path)), device="cpu") is None


def test_other_weights_are_another_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"max_position_embeddings": 8}), "utf-8")
    hashes = set()
    for weights in (b"one", b"two"):
        (tmp_path / "model.safetensors").write_bytes(weights)
        info = foreseen_info(ModelSpec(name="mine", base=str(tmp_path)), device="cpu")
        assert info is not None
        hashes.add(info.base_hash)
    assert len(hashes) == 2


def test_a_hub_id_has_no_hash_of_weights() -> None:
    assert weights_hash("Qwen/Qwen2.5-7B-Instruct") == weights_hash("") == ""
