"""Supervised fine-tuning of a LoRA adapter, with trl's SFTTrainer.

    python -m train.sft --recipe train/recipes/demo.yaml --machine train/machines/cpu.yaml \\
        --data records.jsonl --out adapter/

The rows have a prompt and a completion column, and the loss covers the completion alone: the
reasoning, the letter and the end token. After saving, the adapter is loaded again from disk and
must change the base's logits, because an adapter can be saved dead without any error.
"""

from __future__ import annotations

import argparse
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

    from train.adapters import load_policy, save_proved
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
    record = {
        "records": len(records),
        "steps": result.global_step,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "final_loss": round(_last_loss(trainer.state.log_history), 4),
        "trained_tokens_per_epoch": preflight.trained_tokens,
    }
    return save_proved(trainer, job, record, rows[0]["prompt"])


def _last_loss(history: list[dict[str, float]]) -> float:
    return next((entry["loss"] for entry in reversed(history) if "loss" in entry), float("nan"))


def _parser() -> argparse.ArgumentParser:
    return job_parser("train.sft", __doc__)


if __name__ == "__main__":
    sys.exit(main())
