"""Fine-tuning for real on the bundled base: a few steps, one adapter, nothing else moved."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM
from transformers.utils import is_flash_attn_2_available

from train.adapters import adapter_effect, load_policy
from train.demo.glossary import load_glossary, split_glossary
from train.demo.questions import training_records
from train.formatting import QaRecord, write_records
from train.job import Job, usable_attention
from train.recipe import Dpo, Lora, Machine, Recipe, read_settings
from train.sft import main, train_adapter
from workbench.errors import EngineError, InputError, SettingsError

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
    record = train_adapter(Job(RECIPE, CPU, (data,), folder / "adapter", BASE, max_steps=3))
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
        train_adapter(Job(RECIPE, CPU, (data,), tmp_path / "out", BASE, max_steps=1))


def test_an_adapter_is_continued_and_not_begun_anew(
    trained: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    data = tmp_path / "records.jsonl"
    write_records([QaRecord(question="국채란?", answer="나라가 빌린 돈의 증서다.")] * 8, data)
    small = RECIPE.model_copy(update={"learning_rate": 1e-5, "warmup_ratio": 0.0})
    record = train_adapter(Job(small, CPU, (data,), tmp_path / "a", BASE, trained[0], 2))
    before, after = (
        load_file(folder / "adapter_model.safetensors") for folder in (trained[0], tmp_path / "a")
    )
    assert all(torch.allclose(before[name], after[name], atol=1e-4) for name in before)
    assert float(str(record["max_logit_change"])) < float(str(trained[1]["max_logit_change"]))


def test_an_adapter_of_another_shape_is_not_continued(
    trained: tuple[Path, dict[str, object]], tmp_path: Path
) -> None:
    wider = RECIPE.model_copy(update={"lora": Lora(r=16)})
    with pytest.raises(InputError, match=r"has r=8, alpha=64 on .* the recipe says r=16"):
        load_policy(Job(wider, CPU, (), tmp_path, BASE, start=trained[0]))


def test_a_folder_without_an_adapter_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no adapter"):
        load_policy(Job(RECIPE, CPU, (), tmp_path, BASE, start=tmp_path))


REFUSED = [
    ({"continues": "krx_sft_1"}, {}, "continues the adapter of 'krx_sft_1'"),
    ({"dpo": Dpo(beta=0.1)}, {}, "is for preferences; run it with train.dpo"),
    ({}, {"processes": 2}, "means 2 processes and 1 run"),
]


@pytest.mark.parametrize(("recipe", "machine", "message"), REFUSED)
def test_what_does_not_go_together_is_refused_before_anything_is_loaded(
    recipe: dict[str, object], machine: dict[str, object], message: str, tmp_path: Path
) -> None:
    job = Job(RECIPE.model_copy(update=recipe), CPU.model_copy(update=machine), (), tmp_path, BASE)
    with pytest.raises(SettingsError, match=message):
        train_adapter(job)


def test_missing_flash_attention_is_said_and_torch_s_own_is_used() -> None:
    if is_flash_attn_2_available():
        pytest.skip("flash-attn is installed")
    said: list[str] = []
    assert usable_attention("flash_attention_2", said.append) == "sdpa"
    assert usable_attention("eager", said.append) == "eager"
    assert said == [
        "flash-attn is not installed or finds no GPU; training with torch's own attention (sdpa)"
    ]


def test_known_errors_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--machine", "train/machines/cpu.yaml", "--out", str(tmp_path)]
    assert main(["--recipe", "train/recipes/nothing.yaml", *flags]) == 2
    assert "there is no file" in capsys.readouterr().err
