"""Preference training (DPO) of a LoRA adapter, with trl's DPOTrainer.

    python -m train.dpo --recipe train/recipes/krx_dpo.yaml --machine train/machines/one_gpu.yaml \\
        --start sft/ --data preferences.jsonl --out adapter/

No second model is loaded. The reference that the policy is held to is the base with the adapter it
started from, of which trl keeps a frozen copy (0.3 % of the weights). A fresh adapter changes
nothing yet, so that without --start the reference is the base itself, as with the adapter off.
"""

from __future__ import annotations

import argparse
import sys
import time
from itertools import takewhile
from typing import Any

from train.job import Job, check_job, job_parser, read_job, trainer_settings
from train.preflight import IGNORED
from workbench.errors import SettingsError, WorkbenchError


def main(arguments: list[str] | None = None) -> int:
    args = _parser().parse_args(arguments)
    try:
        train_preferences(read_job(args))
    except WorkbenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def train_preferences(job: Job) -> dict[str, Any]:
    """Train, save into `job.out`, prove that the saved adapter moved; returns the run's record.

    Of the recorded pairs of first and last step, `margin` is β times how much further the policy
    tells chosen from rejected than the reference does (0 at the start), in nats; `chosen_logp` and
    `rejected_logp` are mean log-likelihoods of whole answers.
    """
    from datasets import Dataset
    from transformers import AutoTokenizer
    from trl import DPOConfig, DPOTrainer

    from train.adapters import load_policy, save_proved
    from train.formatting import format_preference, read_preferences
    from train.preflight import check_rows, inspect_rows

    recipe, machine = job.recipe, job.machine
    check_job(job)
    if recipe.dpo is None:
        raise SettingsError(f"recipe '{recipe.name}' has no 'dpo:' section; run it with train.sft")

    # ── data ─────────────────────────────────────────────────────────────────────────────────
    tokenizer = AutoTokenizer.from_pretrained(job.base, revision=recipe.base_revision)
    preferences = [row for path in job.data for row in read_preferences(path)]
    pairs = [format_preference(row, tokenizer) for row in preferences]
    rows = [
        labelled(pair.prompt, answer, tokenizer, recipe.max_length)
        for pair in pairs
        for answer in (pair.chosen, pair.rejected)
    ]
    preflight = inspect_rows(rows, tokenizer, recipe.max_length, given=len(rows))
    print(preflight.report(), flush=True)
    check_rows(preflight)  # before the reference's log-probabilities, which take their time

    # ── model and trainer ────────────────────────────────────────────────────────────────────
    print(machine.batches(recipe.global_batch), flush=True)
    trainer = DPOTrainer(
        model=load_policy(job),
        args=DPOConfig(
            **trainer_settings(job),
            beta=recipe.dpo.beta,
            precompute_ref_log_probs=recipe.dpo.precompute_reference,
        ),
        train_dataset=Dataset.from_list([pair._asdict() for pair in pairs]),
        processing_class=tokenizer,
    )

    # ── train, save, prove ───────────────────────────────────────────────────────────────────
    started = time.monotonic()
    result = trainer.train()
    history = [entry for entry in trainer.state.log_history if "rewards/margins" in entry]
    record = {
        "pairs": len(pairs),
        "steps": result.global_step,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "margin": _first_and_last(history, "rewards/margins"),
        "chosen_logp": _first_and_last(history, "logps/chosen"),
        "rejected_logp": _first_and_last(history, "logps/rejected"),
    }
    return save_proved(trainer, job, record, pairs[0].prompt)


def labelled(prompt: str, answer: str, tokenizer: Any, max_length: int) -> dict[str, list[int]]:
    """Prompt and answer as trl cuts them: what is trained begins where both token lists part."""
    alone = tokenizer(prompt).input_ids
    ids = tokenizer(prompt + answer + tokenizer.eos_token).input_ids[:max_length]
    start = sum(1 for _ in takewhile(lambda two: two[0] == two[1], zip(alone, ids, strict=False)))
    return {"input_ids": ids, "labels": [IGNORED] * start + ids[start:]}


def _first_and_last(history: list[dict[str, float]], name: str) -> tuple[float, float]:
    return history[0][name], history[-1][name]


def _parser() -> argparse.ArgumentParser:
    return job_parser("train.dpo", __doc__)


if __name__ == "__main__":
    sys.exit(main())
