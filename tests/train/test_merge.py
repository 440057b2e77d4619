"""The merged model answers as base and adapter did, and a wrong merge is found out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from train.merge import Parity, compare_logits, main, merge_adapter
from workbench.errors import EngineError

BASE, ADAPTER = "workbench/demo/base", Path("workbench/demo/adapter")


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Parity]:
    out = tmp_path_factory.mktemp("merged")
    return out, merge_adapter(BASE, ADAPTER, out, shard="5MB")


def test_it_answers_as_base_and_adapter_did(merged: tuple[Path, Parity]) -> None:
    parity = merged[1]
    assert parity.agreement >= 0.98
    assert 0 < parity.max_difference < 2  # bfloat16 rounds the merged weights
    assert parity.positions > 100


def test_it_is_a_full_model_in_shards_of_the_base_s_precision(merged: tuple[Path, Parity]) -> None:
    files = sorted(merged[0].glob("*.safetensors"))
    weights = {name: tensor for file in files for name, tensor in load_file(file).items()}
    base = load_file(Path(BASE) / "model.safetensors")
    assert len(files) > 1
    assert (merged[0] / "model.safetensors.index.json").is_file()
    assert not any("lora" in name for name in weights)
    assert {tensor.dtype for tensor in weights.values()} == {t.dtype for t in base.values()}


def test_it_differs_from_the_base(merged: tuple[Path, Parity]) -> None:
    ids = torch.arange(300, 320)[None]
    with torch.inference_mode():
        base, tuned = (
            AutoModelForCausalLM.from_pretrained(place, dtype=torch.float32)(ids).logits
            for place in (BASE, merged[0])
        )
    assert float((base - tuned).abs().max()) > 1e-2


def test_the_card_names_base_adapter_and_parity(merged: tuple[Path, Parity]) -> None:
    card = (merged[0] / "README.md").read_text("utf-8")
    assert card.startswith(f"---\nbase_model: {BASE}\n")
    assert str(merged[1]) in card
    assert '"recipe"' in card


def test_what_does_not_agree_is_refused_and_gets_no_card(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="is it the base that the adapter was made on"):
        merge_adapter(BASE, ADAPTER, tmp_path, min_agreement=1.01)
    assert not (tmp_path / "README.md").exists()


def test_a_folder_without_an_adapter_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--base", BASE, "--adapter", str(tmp_path), "--out", str(tmp_path / "m")]) == 2
    assert "holds no adapter" in capsys.readouterr().err


def test_parity_counts_positions_and_the_largest_difference() -> None:
    expected = [torch.tensor([[0.0, 1.0], [2.0, 0.0]]), torch.tensor([[1.0, 0.0]])]
    found = [torch.tensor([[0.0, 1.5], [0.0, 0.5]]), torch.tensor([[1.0, 0.0]])]
    parity = compare_logits(expected, found)
    assert parity == (3, 2.0, pytest.approx(2 / 3))
    assert str(parity).startswith("largest difference of a logit 2.000, same likeliest token at 66")
