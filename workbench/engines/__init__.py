"""Ways to run a model pair behind one protocol (`base.Engine`)."""

from __future__ import annotations

import sys
from collections.abc import Callable

from workbench.engines.base import Engine
from workbench.engines.server_options import ServerOptions
from workbench.errors import UnknownNameError
from workbench.schema import ModelSpec

ENGINES = ("hf", "vllm", "openai")


def say(sentence: str) -> None:
    """On standard error: standard output is for results."""
    print(sentence, file=sys.stderr, flush=True)


def open_engine(
    spec: ModelSpec,
    engine: str = "hf",
    *,
    device: str | None = None,
    dtype: str | None = None,
    in_turn: bool = False,
    server: ServerOptions | None = None,
    report: Callable[[str], None] = say,
) -> Engine:
    """Open `spec` with the named engine; the only place that maps engine names to classes.

    `device` and `dtype` default to what the machine and the pair suit. `in_turn` keeps one of two
    full models in memory at a time. `server` is for the engines that are model servers; `report`
    is told what a wait for one is for. Slow: it reads the weights or waits for a server that does,
    so call it off the main thread.
    """
    if engine == "hf":
        from workbench.engines.hf import HfEngine

        return HfEngine.load(spec, device=device, dtype=dtype, in_turn=in_turn)
    if engine == "vllm":
        from workbench.engines.vllm_engine import open_vllm

        return open_vllm(spec, server or ServerOptions(), dtype=dtype, report=report)
    if engine == "openai":
        from workbench.engines.openai_compatible import open_openai

        return open_openai(spec, server or ServerOptions())
    raise UnknownNameError("engine", engine, ENGINES)
