"""Fine-tuning for real on the bundled base: a few steps, one adapter, nothing else moved."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from train.demo.glossary import load_glossary, split_glossary
from train.demo.questions import training_records
from train.formatting import QaRecord, write_records
from train.recipe import Machine, Recipe, read_settings
from train.sft import adapter_effect, main, train_adapter
from workbench.errors import EngineError, InputError

BASE = "workbench/demo/base"
RECIPE = read_settings(Path("train/recipes/demo.yaml"), Recipe).model_copy(
    update={"global_batch": 8, "base": BASE}
)
CPU = Machine(
    name="test",
    device="cpu",
    micro_batch=4,
    precision="float32",
    attention="sdpa",
    gradient_checkpointing=False,
)

# trl and transformers warn about their own coming changes; our code answers for its own.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    folder = tmp_path_factory.mktemp("sft")
    data = folder / "records.jsonl"
    write_records(training_records(split_glossary(load_glossary()), 1, 0)[:64], data)
    record = train_adapter(RECIPE, CPU, BASE, [data], folder / "adapter", max_steps=3)
    return folder / "adapter", record


def test_the_adapter_has_the_recipe_s_shape(trained: tuple[Path, dict[str, object]]) -> None:
    weights = load_file(trained[0] / "adapter_model.safetensors")
    ranks = {tensor.shape[0] for name, tensor in weights.items() if "lora_A" in name}
    layers = 6
    assert ranks == {8}
    assert len(weights) == 2 * 7 * layers


def test_the_record_tells_what_was_done(trained: tuple[Path, dict[str, object]]) -> None:
    record = trained[1]
    assert (record["steps"], record["records"]) == (3, 64)
    assert float(str(record["max_logit_change"])) > 1e-4


def test_the_base_is_untouched(trained: tuple[Path, dict[str, object]]) -> None:
    fresh = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32)
    tuned = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32), trained[0]
    )
    ids = torch.arange(300, 320)[None]
    with torch.inference_mode(), tuned.disable_adapter():
        assert torch.equal(fresh(ids).logits, tuned(ids).logits)


def test_a_dead_adapter_is_found_out(
    trained: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    weights = load_file(trained[0] / "adapter_model.safetensors")
    renamed = {name.replace("layers", "_orig_mod.layers"): t for name, t in weights.items()}
    save_file(renamed, tmp_path / "adapter_model.safetensors")
    config = (trained[0] / "adapter_config.json").read_text("utf-8")
    (tmp_path / "adapter_config.json").write_text(config, "utf-8")
    with pytest.raises(EngineError, match="does not change the base's logits"):
        adapter_effect(BASE, None, tmp_path, "### 질문: 국채란?\n### 정답:")


def test_rows_that_would_train_nothing_stop_the_run(tmp_path: Path) -> None:
    data = tmp_path / "long.jsonl"
    write_records([QaRecord(question="가나다라 " * 400, answer="답")], data)
    with pytest.raises(InputError, match="pre-flight failed"):
        train_adapter(RECIPE, CPU, BASE, [data], tmp_path / "out", max_steps=1)


def test_known_errors_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--machine", "train/machines/cpu.yaml", "--out", str(tmp_path)]
    assert main(["--recipe", "train/recipes/nothing.yaml", *flags]) == 2
    assert "there is no file" in capsys.readouterr().err
