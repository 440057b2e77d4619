"""One training run as the command line gives it, and the trainer settings that SFT and DPO share."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from train.recipe import Machine, Recipe, read_settings
from workbench.errors import InputError, SettingsError

# ZeRO stage 3 as DeepSpeed reads it; transformers fills in what is 'auto'.
ZERO3 = {
    "bf16": {"enabled": "auto"},
    "zero_optimization": {
        "stage": 3,
        "overlap_comm": True,
        "stage3_gather_16bit_weights_on_model_save": True,
    },
    "gradient_accumulation_steps": "auto",
    "train_micro_batch_size_per_gpu": "auto",
    "train_batch_size": "auto",
    "gradient_clipping": "auto",
}


@dataclass(frozen=True)
class Job:
    """What to train (recipe), where (machine), from which base and adapter, into which folder."""

    recipe: Recipe
    machine: Machine
    data: tuple[Path, ...]
    out: Path
    base: str
    start: Path | None = None  # the adapter to continue from
    max_steps: int | None = None


def job_parser(program: str, description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {program}",
        description=description,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--recipe", type=Path, required=True, help="what to train (YAML)")
    parser.add_argument("--machine", type=Path, required=True, help="where to train (YAML)")
    parser.add_argument("--base", help="base model, instead of the recipe's")
    parser.add_argument("--start", type=Path, help="folder of the adapter to continue from")
    parser.add_argument(
        "--data", type=Path, nargs="+", help="JSONL records, instead of the recipe's"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the adapter")
    parser.add_argument("--max-steps", type=int, help="stop after so many optimiser steps")
    return parser


def read_job(args: argparse.Namespace) -> Job:
    """The job that the flags mean. Raises SettingsError, InputError for what does not go together."""
    recipe = read_settings(args.recipe, Recipe)
    data = args.data or [Path(path) for path in recipe.data]
    if not data:
        raise InputError(f"recipe '{recipe.name}' names no data; give --data FILE.jsonl")
    return Job(
        recipe=recipe,
        machine=read_settings(args.machine, Machine),
        data=tuple(data),
        out=args.out,
        base=args.base or recipe.base,
        start=args.start,
        max_steps=args.max_steps,
    )


def check_job(job: Job) -> None:
    """Raises SettingsError where the processes or the adapter are not what the files expect."""
    running = int(os.environ.get("WORLD_SIZE", "1"))  # set by torchrun and accelerate
    if running != job.machine.processes:
        raise SettingsError(
            f"machine '{job.machine.name}' means {job.machine.processes} processes and {running} "
            "run; start with torchrun --nproc-per-node, or the global batch would not be kept"
        )
    if job.recipe.continues and not job.start:
        raise SettingsError(
            f"recipe '{job.recipe.name}' continues the adapter of '{job.recipe.continues}'; "
            "give its folder with --start"
        )


def trainer_settings(job: Job) -> dict[str, Any]:
    """The arguments that trl's SFTConfig and DPOConfig have in common."""
    recipe, machine = job.recipe, job.machine
    batches = machine.batches(recipe.global_batch)
    return {
        "output_dir": str(job.out),
        "max_length": recipe.max_length,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": recipe.schedule,
        "warmup_steps": recipe.warmup_ratio,
        "weight_decay": recipe.weight_decay,
        "num_train_epochs": recipe.epochs,
        "max_steps": job.max_steps or -1,
        "per_device_train_batch_size": batches.micro_batch,
        "gradient_accumulation_steps": batches.accumulation,
        "gradient_checkpointing": machine.gradient_checkpointing,
        "bf16": machine.precision == "bfloat16",
        "use_cpu": machine.device == "cpu",
        "deepspeed": ZERO3 if machine.sharding == "zero3" else None,
        "seed": recipe.seed,
        "data_seed": recipe.seed,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "dataloader_pin_memory": machine.device == "cuda",
    }


def usable_attention(wanted: str, say: Callable[[str], None] = print) -> str:
    """`wanted`, or torch's own attention where flash-attn is not installed, which is said."""
    from transformers.utils import is_flash_attn_2_available

    if wanted != "flash_attention_2" or is_flash_attn_2_available():
        return wanted
    say("flash-attn is not installed or finds no GPU; training with torch's own attention (sdpa)")
    return "sdpa"
