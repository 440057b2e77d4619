"""`python -m workbench lm-eval`: lm_eval with our engine, our tasks, and both variants in one call.

    python -m workbench lm-eval --tasks krx_mcqa
    python -m workbench lm-eval --tasks krx_mcqa,kmmlu_accounting --num_fewshot 5 --limit 100
    python -m workbench lm-eval --tasks krx_mcqa_cot --model krx-7b --apply_chat_template
    python -m workbench lm-eval --tasks krx_mcqa --output_path results --log_samples --store

What answers is named as in every command here; every other flag is `lm_eval run`'s, parsed by
lm_eval itself, and means what it means there. Tables and result folders are lm_eval's as well.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.config import default_store
from workbench.errors import InputError, OfflineError, SettingsError
from workbench.evaluate import BATCH_SIZE, Procedure, evaluate
from workbench.flags import add_model_flags, add_variant_flag, chosen_model, chosen_variants
from workbench.lm_eval_bridge.importing import read_samples
from workbench.questions import load_questions
from workbench.schema import ModelSpec, PromptStyle, Variant
from workbench.store import Store

if TYPE_CHECKING:
    from lm_eval.config.evaluate_config import EvaluatorConfig
    from lm_eval.loggers import EvaluationTracker
    from lm_eval.tasks import TaskManager

    from workbench.engines.hf import HfEngine

EVAL_TASKS = Path(__file__).parents[2] / "eval_tasks"

# The task that scores letters behind a reasoning of the model's own, the metadata that names the
# run with this reasoning, and the questions that it asks unless the metadata name others.
REASONING_TASK = "krx_mcqa_cot"
SAVED_RUN = "saved_run"
DEFAULT_QUESTIONS = "krx-mcqa"

# Flags of lm_eval that would do something else here, or harm.
_REFUSED = {
    "model": "--model and --variant say what answers, -M does not",
    "model_args": "--model, --adapter, --tuned, --model-revision, --device and --dtype say this",
    "config": "give the flags themselves",
    "use_cache": "its keys do not name the model, so one variant would get the other's answers; "
    "`python -m workbench eval` keeps answers safely",
    "wandb_args": "use --output_path, and upload from there",
    "trackio_args": "use --output_path, and upload from there",
    "hf_hub_log_args": "use --output_path, and upload from there",
}


_PASSED_ON = (
    *("num_fewshot", "limit", "samples", "check_integrity", "write_out", "system_instruction"),
    *("apply_chat_template", "fewshot_as_multiturn", "gen_kwargs", "predict_only"),
    *("confirm_run_unsafe_code",),
)
_REQUEST_CACHE = ("cache_requests", "rewrite_requests_cache", "delete_requests_cache")
_SEEDS = ("random_seed", "numpy_random_seed", "torch_random_seed", "fewshot_random_seed")


def build_parser() -> argparse.ArgumentParser:
    """The flags that are ours; lm_eval's own parser reads the rest."""
    parser = argparse.ArgumentParser(
        prog="python -m workbench lm-eval",
        description="Evaluate a model pair on tasks of lm_eval, the krx tasks among them, with one "
        "copy of the weights and shared prefixes read once.",
        epilog="All other flags are those of `lm_eval run`: --tasks, --num_fewshot, --limit, "
        "--apply_chat_template, --metadata, --gen_kwargs, --output_path, --log_samples, …",
        allow_abbrev=False,
    )
    add_model_flags(parser)
    add_variant_flag(parser)
    parser.add_argument(
        "--store",
        type=Path,
        nargs="?",
        const=default_store(),
        metavar="PATH",
        help="keep the answers in the result store, too, to be compared like any run "
        "(default PATH: store.sqlite in $KRX_WORKBENCH_HOME, else in ~/.krx-workbench)",
    )
    return parser


def run_lm_eval(arguments: Sequence[str]) -> int:
    """Run the command with everything that stands behind `lm-eval`; returns the exit status.

    Raises WorkbenchError for what the user can mend.
    """
    args, rest = build_parser().parse_known_args(arguments)
    config = _harness_config(rest)
    spec = chosen_model(args)
    variants = chosen_variants(args, spec)
    metadata = _metadata(config, spec)
    tasks = _find_tasks(config, metadata)  # unknown ones show before a model is read
    _check_output(config.output_path)
    reasons = REASONING_TASK in tasks.names and SAVED_RUN not in metadata
    print(f"loading {spec.name} …", file=sys.stderr)
    from workbench.engines.hf import HfEngine  # after everything that the flags can have wrong

    engine = HfEngine.load(spec, device=args.device, dtype=args.dtype, in_turn=args.in_turn)
    with closing(engine), TemporaryDirectory() as scratch:
        files: list[Path] = []
        for variant in variants:
            call = _Call(config, engine, variant, args.store, Path(scratch))
            if reasons:
                own = {**metadata, SAVED_RUN: str(_save_reasoning(call, metadata))}
                tasks = _find_tasks(config, own)
            files += _evaluate(call, tasks)
        if args.store is not None:
            _keep(files, args.store)
    return 0


class _Tasks(NamedTuple):
    """What is to be evaluated: names (or configurations, of YAML files) and who can load them."""

    names: list[Any]
    manager: TaskManager


class _Call(NamedTuple):
    """One variant to be evaluated."""

    config: EvaluatorConfig
    engine: HfEngine
    variant: Variant
    store: Path | None  # None: keep nothing but what was asked for
    scratch: Path  # gone when the command ends

    @property
    def batch_size(self) -> int:
        given = str(self.config.batch_size)
        return int(given) if given.isdecimal() else BATCH_SIZE

    @property
    def logs(self) -> bool:
        return self.config.log_samples or self.store is not None

    @property
    def output_path(self) -> str | None:
        return self.config.output_path or (str(self.scratch) if self.logs else None)

    @property
    def model_args(self) -> dict[str, str]:
        """What results say of the model; lm_eval names their folder after the first."""
        info = self.engine.info
        told = {"model": f"{info.model}/{self.variant}", "base": info.base, "dtype": info.dtype}
        return told if self.variant == "vanilla" else {**told, "tuned": info.tuned}


# ── flags ────────────────────────────────────────────────────────────────────────────────────


def _harness_config(arguments: Sequence[str]) -> EvaluatorConfig:
    """lm_eval's own reading of its flags."""
    from lm_eval._cli.run import Run
    from lm_eval.config.evaluate_config import EvaluatorConfig
    from lm_eval.utils import setup_logging

    parser = argparse.ArgumentParser(prog="python -m workbench lm-eval")
    Run(parser.add_subparsers())
    given = parser.parse_args(["run", *arguments])
    for flag, instead in _REFUSED.items():
        if getattr(given, flag, None) is not None:
            raise SettingsError(f"--{flag} is not for this command: {instead}")
    if not given.tasks:
        raise InputError("name the tasks, as in --tasks krx_mcqa; `lm_eval ls` lists upstream's")
    given.batch_size = getattr(given, "batch_size", str(BATCH_SIZE))
    if not (given.batch_size.partition(":")[0] == "auto" or _is_count(given.batch_size)):
        raise SettingsError(f"--batch_size '{given.batch_size}'; it must be 1 or more, or auto")
    setup_logging("WARNING")  # LMEVAL_LOG_LEVEL=INFO shows what lm_eval tells by itself
    try:
        return EvaluatorConfig.from_cli(given)
    except (ValueError, TypeError) as error:
        raise SettingsError(f"lm_eval refuses its flags: {error}") from error


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) > 0


def _check_output(given: str | None) -> None:
    """Raise now what lm_eval would only log, and only after hours of work."""
    if given is None:
        return
    place = Path(given)
    try:
        (place.parent if place.suffix == ".json" else place).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"--output_path '{given}' cannot be made: {error.strerror}") from error


def _metadata(config: EvaluatorConfig, spec: ModelSpec) -> dict[str, Any]:
    """What tasks are told. Some need the model's tokenizer, which they seek under these names."""
    model = {"pretrained": spec.base, "revision": spec.base_revision or "main"}
    return {**model, **config.metadata}


def _find_tasks(config: EvaluatorConfig, metadata: Mapping[str, Any]) -> _Tasks:
    """The tasks that were asked for. Raises InputError for one that there is not."""
    from lm_eval.tasks import TaskManager

    folders = [str(EVAL_TASKS)] if EVAL_TASKS.is_dir() else []
    folders += [config.include_path] if isinstance(config.include_path, str) else []
    asked = config.tasks if isinstance(config.tasks, list) else [config.tasks]
    names = [name for listed in asked for name in str(listed).split(",")]
    # The index of upstream's ten thousand files takes six seconds, which our tasks do not need.
    own = TaskManager(include_path=folders, include_defaults=False, metadata=dict(metadata))
    if set(names) <= set(own.all_subtasks):
        return _Tasks(names, own)
    every = replace(config, include_path=folders)
    try:
        manager = every.process_tasks(dict(metadata))
    except ValueError as error:
        raise InputError(
            f"{error}; `lm_eval ls tasks` lists upstream's, eval_tasks/ ours"
        ) from error
    return _Tasks(list(every.tasks), manager)


# ── the model's own reasoning ────────────────────────────────────────────────────────────────


def _save_reasoning(call: _Call, metadata: Mapping[str, Any]) -> Path:
    """Let the variant reason about the questions that the task is going to ask; the run's export.

    lm_eval builds all requests before the model is called, so this comes first. The run is one
    like any other: it is kept in the store, and once finished it is not made again.
    """
    asked = load_questions(
        metadata.get("questions", DEFAULT_QUESTIONS), revision=metadata.get("questions_revision")
    )
    style: PromptStyle = "chat" if call.config.apply_chat_template else "native"
    print(f"{call.variant}: reasoning first …", file=sys.stderr)
    with Store(call.store or default_store()) as store:
        summary = evaluate(
            call.engine,
            call.variant,
            asked.head(_limit(call.config.limit, len(asked.questions))),
            Procedure(method="generate", style=style, batch_size=call.batch_size),
            store=store,
        )
        export = call.scratch / f"{summary.run.id}.jsonl"
        export.write_text(store.export(summary.run.id), "utf-8")
    return export


def _limit(given: float | None, available: int) -> int | None:
    """`--limit` as lm_eval reads it: a number of questions, or below 1 a share of them."""
    if not given:
        return None
    return math.ceil(available * given) if given < 1 else int(given)


# ── evaluation ───────────────────────────────────────────────────────────────────────────────


def _evaluate(call: _Call, tasks: _Tasks) -> list[Path]:
    """Evaluate one variant, print lm_eval's table, write what is to be written: its sample files."""
    from lm_eval.loggers import EvaluationTracker

    tracker = EvaluationTracker(output_path=call.output_path)
    results = _results(call, tasks, tracker)
    samples = results.pop("samples", None)
    print(_table(call, results))
    return _write(tracker, results, samples)


def _results(call: _Call, tasks: _Tasks, tracker: EvaluationTracker) -> Any:
    """What lm_eval finds. Raises OfflineError where a task's questions lie on the Hub."""
    from lm_eval import simple_evaluate

    from workbench.lm_eval_bridge.model import MODEL_NAME, WorkbenchLM

    config = call.config
    try:
        results = simple_evaluate(
            model=WorkbenchLM(call.engine, call.variant, call.batch_size),
            model_args=call.model_args,
            tasks=tasks.names,
            task_manager=tasks.manager,
            batch_size=call.batch_size,
            device=call.engine.info.device,
            log_samples=call.logs,
            evaluation_tracker=tracker,
            **{name: getattr(config, name) for name in _PASSED_ON},
            **{name: config.cache_requests.get(name, False) for name in _REQUEST_CACHE},
            **dict(zip(_SEEDS, config.seed, strict=True)),
        )
    except ConnectionError as error:
        raise OfflineError(
            f"a task's questions lie on the Hugging Face Hub, which cannot be reached now: {error}; "
            "run the same command once where there is a network, the Hub client keeps them"
        ) from error
    # lm_eval notes the class of a model that it was given ready-made.
    results["config"]["model"] = tracker.general_config_tracker.model_source = MODEL_NAME
    return results


def _write(tracker: EvaluationTracker, results: Any, samples: Any) -> list[Path]:
    """Results and samples as lm_eval writes them; the sample files, of which there may be none.

    Raises InputError where they are not there afterwards: lm_eval only logs that.
    """
    if not tracker.output_path:
        return []
    tracker.save_results_aggregated(results=results, samples=samples)
    for task in results["configs"] if samples else ():
        tracker.save_results_samples(task_name=task, samples=samples[task])
    given = Path(tracker.output_path)
    folder = given.parent if given.suffix == ".json" else given / _folder_name(tracker)
    date = getattr(tracker, "date_id", "")
    files = [folder / f"samples_{task}_{date}.jsonl" for task in samples or ()]
    written = [*folder.glob(f"*_{date}.json")] if date else []
    if not written or not all(file.is_file() for file in files):
        raise InputError(
            f"the results could not be written to '{given}'; give --output_path a folder that can "
            "be written, on a disk with space"
        )
    return files


def _folder_name(tracker: EvaluationTracker) -> str:
    return str(tracker.general_config_tracker.model_name_sanitized)


def _keep(files: Sequence[Path], place: Path) -> None:
    """Import what can be imported; of the rest say why not."""
    with Store(place) as store:
        for file in files:
            try:
                run = store.import_run(*read_samples(file))
            except InputError as error:
                print(f"not in the store: {error}", file=sys.stderr)
            else:
                told = f"{run.spec.variant}, {run.spec.question_set}, {run.spec.prompt_format}"
                print(f"in the store: run {run.id} ({told})", file=sys.stderr)


def _table(call: _Call, results: Any) -> str:
    from lm_eval.utils import handle_non_serializable, make_table

    config = call.config
    head = (
        f"workbench ({call.model_args}), gen_kwargs: ({config.gen_kwargs}), limit: {config.limit}, "
        f"num_fewshot: {config.num_fewshot}, batch_size: {call.batch_size}"
    )
    parts = [head, make_table(results)]
    if "groups" in results:
        parts.append(make_table(results, "groups"))
    if config.show_config:
        parts.insert(
            0, json.dumps(results, indent=2, default=handle_non_serializable, ensure_ascii=False)
        )
    return "\n".join(parts)
