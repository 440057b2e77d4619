"""Command-line flags that several commands share, and what they mean."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from workbench.config import default_store, resolve_model
from workbench.engines import ENGINES
from workbench.engines.server_options import KEY_ENV, ServerOptions
from workbench.errors import InputError
from workbench.schema import VARIANTS, ModelSpec, Variant

DEFAULT_MODEL = "demo"
# Which engines a flag is for, where it is not for all of them.
FLAGS_OF_ENGINES = {
    "device": ("hf",),
    "dtype": ("hf", "vllm"),
    "in_turn": ("hf",),
    "base_url": ("openai",),
    "vanilla_name": ("openai",),
    "tuned_name": ("openai",),
    "api_key_env": ("openai",),
    "context_length": ("vllm", "openai"),
    "vllm": ("vllm",),
    "vllm_args": ("vllm",),
}


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    """Which pair answers, and with what: read back by `chosen_model` and `chosen_engine`."""
    model = parser.add_argument_group("what answers")
    model.add_argument(
        "--model",
        help=f"a preset of models.yaml, a local folder or a Hub id (default: {DEFAULT_MODEL}; with "
        "--engine openai: whatever the server offers)",
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
    server = parser.add_argument_group("model servers")
    server.add_argument(
        "--base-url", metavar="URL", help="root of the server's API, mostly ending in /v1 (openai)"
    )
    server.add_argument(
        "--vanilla-name", metavar="NAME", help="the vanilla side's name on the server (openai)"
    )
    server.add_argument(
        "--tuned-name", metavar="NAME", help="the tuned side's name on the server (openai)"
    )
    server.add_argument(
        "--api-key-env",
        metavar="NAME",
        help=f"environment variable that holds the server's key (openai; default: {KEY_ENV})",
    )
    server.add_argument(
        "--context-length",
        type=int,
        metavar="N",
        help="tokens that prompt and answer may have together (vllm, openai; default: what the "
        "server says)",
    )
    server.add_argument(
        "--vllm",
        metavar="PATH",
        help="the vllm executable (vllm; default: beside this Python, else on the PATH)",
    )
    server.add_argument(
        "--vllm-args",
        metavar="FLAGS",
        help="further flags for `vllm serve`, such as "
        "--vllm-args='--tensor-parallel-size 2 --quantization awq' (vllm)",
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
    if args.engine == "openai" and args.model is None:
        return _served_model(args)
    name = args.model or DEFAULT_MODEL
    spec = resolve_model(name, args.adapter, args.tuned)
    if args.model_revision is None:
        return spec
    if Path(spec.base).is_dir():
        raise InputError(
            f"--model-revision '{args.model_revision}' is for models on the Hub; "
            f"'{name}' is a local folder"
        )
    return spec.model_copy(update={"base_revision": args.model_revision})


def _served_model(args: argparse.Namespace) -> ModelSpec:
    """A pair of which only the names on a server are known."""
    for flag in ("adapter", "tuned", "model_revision"):
        if getattr(args, flag) is not None:
            raise InputError(
                f"--{flag.replace('_', '-')} says which weights belong to --model; a model that "
                "only the server knows is named by --vanilla-name and --tuned-name"
            )
    vanilla = args.vanilla_name or ""
    return ModelSpec(name=vanilla or "served", base=vanilla, tuned=args.tuned_name)


def chosen_engine(args: argparse.Namespace) -> dict[str, Any]:
    """What `open_engine` is called with besides the pair.

    Raises InputError for a flag that means nothing to the chosen engine, or makes no sense.
    """
    for flag, engines in FLAGS_OF_ENGINES.items():
        if getattr(args, flag) not in (None, False) and args.engine not in engines:
            raise InputError(
                f"--{flag.replace('_', '-')} means nothing to --engine {args.engine}; "
                f"it is for {' and '.join(engines)}"
            )
    if args.context_length is not None and args.context_length < 1:
        raise InputError(f"--context-length {args.context_length}; it must be 1 or more")
    return {
        "engine": args.engine,
        "device": args.device,
        "dtype": args.dtype,
        "in_turn": args.in_turn,
        "server": ServerOptions(
            base_url=args.base_url or "",
            vanilla_name=args.vanilla_name or "",
            tuned_name=args.tuned_name or "",
            key_env=args.api_key_env or KEY_ENV,
            context_length=args.context_length,
            template_here=args.model is not None,
            vllm=args.vllm or "",
            vllm_args=_words(args.vllm_args or ""),
        ),
    }


def _words(flags: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(flags))
    except ValueError as error:
        raise InputError(f"--vllm-args '{flags}' cannot be read as flags: {error}") from error


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
