"""Supervised fine-tuning of a LoRA adapter, with trl's SFTTrainer.

    python -m train.sft --recipe train/recipes/demo.yaml --machine train/machines/cpu.yaml \\
        --data records.jsonl --out adapter/

The rows have a prompt and a completion column, and the loss covers the completion alone: the
reasoning, the letter and the end token. After saving, the adapter is loaded again from disk and
must change the base's logits, because an adapter can be saved dead without any error.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from train.recipe import Machine, Recipe, read_settings
from workbench.errors import EngineError, InputError, WorkbenchError


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        recipe = read_settings(args.recipe, Recipe)
        machine = read_settings(args.machine, Machine)
        data = args.data or [Path(path) for path in recipe.data]
        train_adapter(recipe, machine, args.base or recipe.base, data, args.out, args.max_steps)
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train_adapter(
    recipe: Recipe,
    machine: Machine,
    base: str,
    data: list[Path],
    out: Path,
    max_steps: int | None = None,
) -> dict[str, Any]:
    """Train, save into `out`, prove that the saved adapter is alive; returns the run's record."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    from train.formatting import format_record, read_records
    from train.preflight import check_rows, inspect_rows

    # ── data ─────────────────────────────────────────────────────────────────────────────────
    if not data:
        raise InputError(f"recipe '{recipe.name}' names no data; give --data FILE.jsonl")
    tokenizer = AutoTokenizer.from_pretrained(base, revision=recipe.base_revision)
    records = [record for path in data for record in read_records(path)]
    rows = [format_record(record, tokenizer)._asdict() for record in records]

    # ── model and trainer ────────────────────────────────────────────────────────────────────
    dtype = getattr(torch, machine.precision if machine.device == "cuda" else "float32")
    model = AutoModelForCausalLM.from_pretrained(
        base, revision=recipe.base_revision, dtype=dtype, attn_implementation=machine.attention
    )
    config = SFTConfig(
        output_dir=str(out),
        max_length=recipe.max_length,
        completion_only_loss=True,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=recipe.warmup_ratio,
        weight_decay=recipe.weight_decay,
        num_train_epochs=recipe.epochs,
        max_steps=max_steps or -1,
        per_device_train_batch_size=machine.micro_batch,
        gradient_accumulation_steps=machine.accumulation(recipe.global_batch),
        gradient_checkpointing=machine.gradient_checkpointing,
        bf16=machine.precision == "bfloat16",
        use_cpu=machine.device == "cpu",
        train_sampling_strategy="group_by_length",
        seed=recipe.seed,
        data_seed=recipe.seed,
        logging_steps=10,
        save_strategy="no",
        report_to="none",
        dataloader_pin_memory=machine.device == "cuda",
    )
    trainer = SFTTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=LoraConfig(
            r=recipe.lora.r,
            lora_alpha=recipe.lora.alpha,
            lora_dropout=recipe.lora.dropout,
            target_modules=list(recipe.lora.targets),
            task_type="CAUSAL_LM",
        ),
    )
    tokenised = list(trainer.train_dataset)
    preflight = inspect_rows(tokenised, tokenizer, recipe.max_length, given=len(rows))
    print(preflight.report(), flush=True)
    check_rows(preflight)

    # ── train, save, prove ───────────────────────────────────────────────────────────────────
    started = time.monotonic()
    result = trainer.train()
    trainer.model.save_pretrained(str(out))  # the adapter alone, without the trainer's own files
    (out / "README.md").unlink(missing_ok=True)  # peft's empty form of a model card
    difference = adapter_effect(base, recipe.base_revision, out, rows[0]["prompt"])
    record = {
        "recipe": recipe.model_dump(mode="json"),
        "machine": machine.model_dump(mode="json"),
        "records": len(records),
        "steps": result.global_step,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "final_loss": round(_last_loss(trainer.state.log_history), 4),
        "trained_tokens_per_epoch": preflight.trained_tokens,
        "max_logit_change": round(difference, 3),
    }
    (out / "training.json").write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    return record


def adapter_effect(base: str, revision: str | None, adapter: Path, prompt: str) -> float:
    """Largest change of a logit by the adapter as it lies on disk.

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
        with model.disable_adapter():
            vanilla = model(ids).logits
    change = float((tuned - vanilla).abs().max())
    if change < 1e-4:
        raise EngineError(
            f"the adapter saved in '{adapter}' does not change the base's logits (largest change "
            f"{change:.1e}): its weights were not trained or its keys do not match the model"
        )
    return change


def _last_loss(history: list[dict[str, float]]) -> float:
    return next((entry["loss"] for entry in reversed(history) if "loss" in entry), float("nan"))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train.sft",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--recipe", type=Path, required=True, help="what to train (YAML)")
    parser.add_argument("--machine", type=Path, required=True, help="where to train (YAML)")
    parser.add_argument("--base", help="base model, instead of the recipe's")
    parser.add_argument(
        "--data", type=Path, nargs="+", help="JSONL records, instead of the recipe's"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the adapter")
    parser.add_argument("--max-steps", type=int, help="stop after so many optimiser steps")
    return parser


if __name__ == "__main__":
    sys.exit(main())
