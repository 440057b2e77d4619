"""Ways to run a model pair behind one protocol (`base.Engine`)."""

from __future__ import annotations

from workbench.engines.base import Engine
from workbench.errors import UnknownNameError
from workbench.schema import ModelSpec

ENGINES = ("hf",)


def open_engine(
    spec: ModelSpec,
    engine: str = "hf",
    *,
    device: str | None = None,
    dtype: str | None = None,
    in_turn: bool = False,
) -> Engine:
    """Load `spec` with the named engine; the only place that maps engine names to classes.

    `device` and `dtype` default to what the machine and the pair suit. `in_turn` keeps one of two
    full models in memory at a time. Slow: it reads the weights, so call it off the main thread.
    """
    if engine == "hf":
        from workbench.engines.hf import HfEngine

        return HfEngine.load(spec, device=device, dtype=dtype, in_turn=in_turn)
    raise UnknownNameError("engine", engine, ENGINES)
