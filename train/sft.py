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
from typing import Any

from train.job import Job, check_job, job_parser, read_job, trainer_settings
from workbench.errors import SettingsError, WorkbenchError


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        train_adapter(read_job(args))
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train_adapter(job: Job) -> dict[str, Any]:
    """Train, save into `job.out`, prove that the saved adapter is alive; returns the run's record."""
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    from train.adapters import adapter_effect, load_policy, save_adapter
    from train.formatting import format_record, read_records
    from train.preflight import check_rows, inspect_rows

    recipe, machine = job.recipe, job.machine
    check_job(job)
    if recipe.dpo:
        raise SettingsError(f"recipe '{recipe.name}' is for preferences; run it with train.dpo")

    # ── data ─────────────────────────────────────────────────────────────────────────────────
    tokenizer = AutoTokenizer.from_pretrained(job.base, revision=recipe.base_revision)
    records = [record for path in job.data for record in read_records(path)]
    rows = [format_record(record, tokenizer)._asdict() for record in records]

    # ── model and trainer ────────────────────────────────────────────────────────────────────
    print(machine.batches(recipe.global_batch), flush=True)
    trainer = SFTTrainer(
        model=load_policy(job),
        args=SFTConfig(
            **trainer_settings(job),
            completion_only_loss=True,
            train_sampling_strategy="group_by_length",
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
    )
    tokenised = list(trainer.train_dataset)
    preflight = inspect_rows(tokenised, tokenizer, recipe.max_length, given=len(rows))
    print(preflight.report(), flush=True)
    check_rows(preflight)

    # ── train, save, prove ───────────────────────────────────────────────────────────────────
    started = time.monotonic()
    result = trainer.train()
    save_adapter(trainer, job.out)
    record = {
        "recipe": recipe.model_dump(mode="json"),
        "machine": machine.model_dump(mode="json"),
        "records": len(records),
        "steps": result.global_step,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "final_loss": round(_last_loss(trainer.state.log_history), 4),
        "trained_tokens_per_epoch": preflight.trained_tokens,
    }
    if trainer.accelerator.is_main_process:
        change = adapter_effect(
            job.base, recipe.base_revision, job.out, rows[0]["prompt"], job.start
        )
        record["max_logit_change"] = round(change, 3)
        text = json.dumps(record, indent=2, ensure_ascii=False)
        (job.out / "training.json").write_text(f"{text}\n", "utf-8")
    return record


def _last_loss(history: list[dict[str, float]]) -> float:
    return next((entry["loss"] for entry in reversed(history) if "loss" in entry), float("nan"))


def _parser() -> argparse.ArgumentParser:
    return job_parser("train.sft", __doc__)


if __name__ == "__main__":
    sys.exit(main())
