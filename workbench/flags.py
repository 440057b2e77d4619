"""Command-line flags that several commands share, and what they mean."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from workbench.config import default_store, resolve_model
from workbench.engines import ENGINES
from workbench.errors import InputError
from workbench.schema import VARIANTS, ModelSpec, Variant


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    """Which pair answers, and with what: read back by `chosen_model` and `chosen_engine`."""
    model = parser.add_argument_group("what answers")
    model.add_argument(
        "--model",
        default="demo",
        help="a preset of models.yaml, a local folder or a Hub id (default: %(default)s)",
    )
    tuned = model.add_mutually_exclusive_group()
    tuned.add_argument("--adapter", metavar="PATH", help="LoRA adapter that makes the tuned side")
    tuned.add_argument("--tuned", metavar="PATH", help="full model that is the tuned side")
    model.add_argument("--model-revision", metavar="REV", help="Hub revision of --model")
    model.add_argument(
        "--engine", choices=ENGINES, default=ENGINES[0], help="what runs it (default: %(default)s)"
    )
    model.add_argument("--device", help="cpu, cuda, cuda:1, mps (default: the best there is)")
    model.add_argument(
        "--dtype", help="float32, bfloat16, float16 (default: what suits the device)"
    )
    model.add_argument(
        "--in-turn", action="store_true", help="keep one of two full models in memory at a time"
    )


def add_variant_flag(parser: argparse.ArgumentParser) -> None:
    """Which sides answer: read back by `chosen_variants`."""
    parser.add_argument(
        "--variant",
        choices=[*VARIANTS, "both"],
        help="default: both, or vanilla where the model has no tuned side",
    )


def add_store_flag(parser: argparse.ArgumentParser) -> None:
    """Read back by `chosen_store`."""
    parser.add_argument(
        "--store",
        type=Path,
        metavar="PATH",
        help="result store (default: store.sqlite in $KRX_WORKBENCH_HOME, else in ~/.krx-workbench)",
    )


def chosen_model(args: argparse.Namespace) -> ModelSpec:
    """The pair that the flags name. Raises as `resolve_model` does."""
    spec = resolve_model(args.model, args.adapter, args.tuned)
    if args.model_revision is None:
        return spec
    if Path(spec.base).is_dir():
        raise InputError(
            f"--model-revision '{args.model_revision}' is for models on the Hub; "
            f"'{args.model}' is a local folder"
        )
    return spec.model_copy(update={"base_revision": args.model_revision})


def chosen_engine(args: argparse.Namespace) -> dict[str, Any]:
    """What `open_engine` is called with besides the pair."""
    return {
        "engine": args.engine,
        "device": args.device,
        "dtype": args.dtype,
        "in_turn": args.in_turn,
    }


def chosen_variants(args: argparse.Namespace, spec: ModelSpec) -> tuple[Variant, ...]:
    """Raises InputError for a tuned side that the pair does not have."""
    if args.variant is None or (args.variant == "both" and spec.variants == VARIANTS):
        return spec.variants
    chosen = tuple(variant for variant in spec.variants if variant == args.variant)
    if not chosen:
        raise InputError(
            f"--variant {args.variant} needs a tuned side, and '{spec.name}' has none; "
            "give --adapter or --tuned"
        )
    return chosen


def chosen_store(args: argparse.Namespace) -> Path:
    given: Path | None = args.store
    return given or default_store()
