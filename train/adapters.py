"""LoRA adapters: a fresh or a continued one on the base, saved, and proved alive from disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from train.job import Job, usable_attention
from train.recipe import Lora
from workbench.errors import EngineError, InputError

ALIVE = 1e-4  # a logit that training moved by less was not trained


def load_policy(job: Job) -> Any:
    """The base with the adapter to train: that of `job.start`, or a fresh one.

    Raises InputError where the adapter to continue has another shape than the recipe.
    """
    import torch
    from peft import PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM

    machine = job.machine
    base = AutoModelForCausalLM.from_pretrained(
        job.base,
        revision=job.recipe.base_revision,
        dtype=getattr(torch, machine.precision if machine.device == "cuda" else "float32"),
        attn_implementation=usable_attention(machine.attention),
    )
    # DeepSpeed gathers adapter and base together, which must then be of one type.
    same_type = {"autocast_adapter_dtype": machine.sharding != "zero3"}
    shape = lora_config(job.recipe.lora)
    if job.start is None:
        return get_peft_model(base, shape, **same_type)
    check_shape(job.start, job.recipe.lora)
    return PeftModel.from_pretrained(
        base, str(job.start), is_trainable=True, config=shape, **same_type
    )


def lora_config(lora: Lora) -> Any:
    from peft import LoraConfig

    return LoraConfig(
        r=lora.r,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
        task_type="CAUSAL_LM",
    )


def check_shape(adapter: Path, lora: Lora) -> None:
    """Raises InputError where the adapter in the folder cannot be continued as the recipe says."""
    from peft import PeftConfig

    if not (adapter / "adapter_config.json").is_file():
        raise InputError(f"'{adapter}' holds no adapter (adapter_config.json is missing)")
    saved = PeftConfig.from_pretrained(str(adapter))
    there = (saved.r, saved.lora_alpha, frozenset(saved.target_modules))
    if there != (lora.r, lora.alpha, frozenset(lora.targets)):
        raise InputError(
            f"the adapter in '{adapter}' has r={saved.r}, alpha={saved.lora_alpha} on "
            f"{', '.join(sorted(saved.target_modules))}; the recipe says r={lora.r}, "
            f"alpha={lora.alpha} on {', '.join(sorted(lora.targets))}. They must be the same"
        )


def save_proved(trainer: Any, job: Job, record: dict[str, Any], prompt: str) -> dict[str, Any]:
    """Save the trained adapter and its record into `job.out`, and prove it from disk with `prompt`.

    Every process calls this; the first one writes. Returns the record with the change of logits.
    """
    save_adapter(trainer, job.out)
    if not trainer.accelerator.is_main_process:
        return record
    change = adapter_effect(job.base, job.recipe.base_revision, job.out, prompt, job.start)
    proved = {
        "recipe": job.recipe.model_dump(mode="json"),
        "machine": job.machine.model_dump(mode="json"),
        **record,
        "max_logit_change": round(change, 3),
    }
    text = json.dumps(proved, indent=2, ensure_ascii=False)
    (job.out / "training.json").write_text(f"{text}\n", "utf-8")
    return proved


def save_adapter(trainer: Any, out: Path) -> None:
    """The trained adapter alone, without the trainer's own files.

    A sharded model is gathered, and the frozen copy that DPO keeps as reference is left out.
    """
    weights = trainer.accelerator.get_state_dict(trainer.model_wrapped)
    if trainer.accelerator.is_main_process:
        model = trainer.accelerator.unwrap_model(trainer.model_wrapped)
        model.save_pretrained(str(out), state_dict=weights, selected_adapters=["default"])
        (out / "README.md").unlink(missing_ok=True)  # peft's empty form of a model card
    trainer.accelerator.wait_for_everyone()


def adapter_effect(
    base: str, revision: str | None, adapter: Path, prompt: str, before: Path | None = None
) -> float:
    """Largest change of a logit by the adapter as it lies on disk.

    The change is that from `before`, the adapter which training started from, or from the base.
    Raises EngineError for a dead adapter (keys that matched nothing load without an error).
    """
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base, revision=revision)
    model = PeftModel.from_pretrained(
        AutoModelForCausalLM.from_pretrained(base, revision=revision, dtype=torch.float32),
        str(adapter),
    ).eval()
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    with torch.inference_mode():
        tuned = model(ids).logits
        if before is None:
            with model.disable_adapter():
                earlier = model(ids).logits
        else:
            model.load_adapter(str(before), adapter_name="before")
            model.set_adapter("before", inference_mode=True)
            earlier = model(ids).logits
    change = float((tuned - earlier).abs().max())
    if change < ALIVE:
        compared = f"those of '{before}'" if before else "the base's logits"
        raise EngineError(
            f"the adapter saved in '{adapter}' does not change {compared} (largest change "
            f"{change:.1e}): its weights were not trained or its keys do not match the model"
        )
    return change
