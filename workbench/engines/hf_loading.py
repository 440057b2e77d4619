"""Reading a pair's weights with transformers and peft, and handing out one variant at a time.

Three ways to hold a pair: one base with the adapter on or off (half the memory, and the comparison
differs in nothing but the adapter), two full models at once, or two full models in turn.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import RLock
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from workbench.engines.identity import default_dtype
from workbench.errors import EngineError, InputError, OfflineError, SettingsError
from workbench.schema import VARIANTS, ModelSpec, Variant

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Weights:
    """A tokenizer and the models of a pair. `use` gives one thread one variant."""

    def __init__(
        self,
        tokenizer: Any,
        models: dict[Variant, Callable[[], AbstractContextManager[Any]]],
        *,
        config: Any,
        end_tokens: frozenset[int],
        device: torch.device,
        dtype: torch.dtype,
        on_release: Callable[[], None],
    ) -> None:
        self.tokenizer, self.device, self.dtype = tokenizer, device, dtype
        self.variants: tuple[Variant, ...] = tuple(v for v in VARIANTS if v in models)
        self.end_tokens = end_tokens
        self.context_length = int(config.max_position_embeddings)
        self._models, self._lock, self._on_release = models, RLock(), on_release
        self._released = False

    @contextmanager
    def use(self, variant: Variant) -> Iterator[Any]:
        """The model of this variant, for this thread alone while the block lasts."""
        with self._lock:
            if self._released:
                raise EngineError("the engine is closed")
            with self._models[variant]() as model:
                yield model

    def release(self) -> None:
        with self._lock:
            self._released = True
            self._models.clear()
            self._on_release()
            gc.collect()


def load_weights(
    spec: ModelSpec, *, device: str | None, dtype: str | None, in_turn: bool
) -> Weights:
    """Load `spec` as it asks for; errors as `HfEngine.load` documents."""
    where = choose_device(device)
    precision = choose_dtype(dtype, where)
    tokenizer = _read(AutoTokenizer, spec.base, spec.base_revision)
    holder = _Holder(spec, where, precision)
    models: dict[Variant, Callable[[], AbstractContextManager[Any]]]
    if spec.adapter:
        model = holder.with_adapter()
        models = {"vanilla": model.disable_adapter, "tuned": lambda: nullcontext(model)}
        # disable_adapter yields nothing; `use` needs the model.
        models["vanilla"] = lambda: _adapter_off(model)
        config, generation = model.config, model.generation_config
    else:
        models = {variant: _bind(holder, variant, in_turn) for variant in spec.variants}
        first = holder.full("vanilla", in_turn)
        if spec.tuned and not in_turn:
            holder.full("tuned", in_turn)
        config, generation = first.config, first.generation_config
    return Weights(
        tokenizer,
        models,
        config=config,
        end_tokens=_end_tokens(tokenizer, generation),
        device=where,
        dtype=precision,
        on_release=holder.clear,
    )


class _Holder:
    """Keeps the models that are in memory."""

    def __init__(self, spec: ModelSpec, device: torch.device, dtype: torch.dtype) -> None:
        self._spec, self._device, self._dtype = spec, device, dtype
        self._loaded: dict[Variant, Any] = {}

    def full(self, variant: Variant, alone: bool) -> Any:
        """The full model of a variant, read if it is not there; `alone` drops the other first."""
        if variant not in self._loaded:
            if alone:
                self.clear()
            if variant == "vanilla":
                place, revision = self._spec.base, self._spec.base_revision
            else:
                place, revision = self._spec.tuned or "", self._spec.tuned_revision
            self._loaded[variant] = self._model(place, revision)
        return self._loaded[variant]

    def with_adapter(self) -> Any:
        from peft import PeftModel

        base = self._model(self._spec.base, self._spec.base_revision)
        adapter = self._spec.adapter or ""
        try:
            model = PeftModel.from_pretrained(base, adapter, revision=self._spec.tuned_revision)
        except Exception as error:
            raise _explained(error, adapter, "adapter") from error
        model = model.to(self._device).eval()
        self._loaded["tuned"] = model
        return model

    def clear(self) -> None:
        self._loaded.clear()
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    def _model(self, place: str, revision: str | None) -> Any:
        model = _read(AutoModelForCausalLM, place, revision, dtype=self._dtype)
        try:
            return model.to(self._device).eval()
        except torch.OutOfMemoryError as error:
            raise EngineError(
                f"'{place}' does not fit into the memory of {self._device}; try --in-turn (one of "
                "two models at a time), --device cpu, or a machine with more memory"
            ) from error


def _bind(
    holder: _Holder, variant: Variant, in_turn: bool
) -> Callable[[], AbstractContextManager[Any]]:
    return lambda: nullcontext(holder.full(variant, alone=in_turn))


@contextmanager
def _adapter_off(model: Any) -> Iterator[Any]:
    with model.disable_adapter():
        yield model


# ── choices ──────────────────────────────────────────────────────────────────────────────────


def choose_device(name: str | None) -> torch.device:
    """The device asked for, else CUDA, else Apple's GPU, else the CPU."""
    if name is None:
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise SettingsError(
            f"--device '{name}' is no device; use cpu, cuda, cuda:1 or mps"
        ) from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise SettingsError(
            f"--device '{name}' was asked for, but this torch sees no CUDA GPU; leave --device out "
            "to use what there is, or run `python -m workbench doctor`"
        )
    return device


def choose_dtype(name: str | None, device: torch.device) -> torch.dtype:
    """The dtype asked for, else the one that suits the device."""
    if name is None:
        return DTYPES[default_dtype(device.type)]
    if name not in DTYPES:
        raise SettingsError(f"--dtype '{name}' is unknown; known: {', '.join(DTYPES)}")
    return DTYPES[name]


def _end_tokens(tokenizer: Any, generation: Any) -> frozenset[int]:
    """Every token that ends an answer: the tokenizer's and the generation config's."""
    configured = getattr(generation, "eos_token_id", None)
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in [*ids, tokenizer.eos_token_id] if i is not None)


# ── reading ──────────────────────────────────────────────────────────────────────────────────


def _read(loader: Any, place: str, revision: str | None, **options: Any) -> Any:
    try:
        return loader.from_pretrained(place, revision=revision, **options)
    except Exception as error:
        raise _explained(error, place, "model") from error


def _explained(error: Exception, place: str, kind: str) -> Exception:
    """Our error for what transformers, peft or the Hub client raised."""
    if isinstance(error, torch.OutOfMemoryError):
        return EngineError(f"out of memory while reading '{place}'")
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if Path(place).is_dir():
        return InputError(f"the folder '{place}' holds no readable {kind}: {reason}")
    if isinstance(error, OSError | ValueError):
        return OfflineError(
            f"the {kind} '{place}' is neither a local folder nor to be had from the Hugging Face "
            f"Hub now; download it where there is a network and give the folder's path, or use "
            f"--model demo. The Hub client said: {reason}"
        )
    return error
