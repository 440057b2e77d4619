"""The engine is opened behind the page, once, and says how that went."""

from __future__ import annotations

from threading import Event

import pytest

from workbench.engines.base import Engine
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError
from workbench.schema import ModelSpec
from workbench.ui.loading import EngineLoader, Failed, Loading, Ready

SPEC = ModelSpec(name="pair", base="base", adapter="adapter")


class ClosableEngine(ScriptedEngine):
    closed = False

    def close(self) -> None:
        self.closed = True


def gated(engine: Engine, gate: Event) -> EngineLoader:
    def open_engine() -> Engine:
        gate.wait(10)
        return engine

    return EngineLoader(SPEC, open_engine)


def test_an_engine_is_loading_until_it_is_ready() -> None:
    gate, engine = Event(), ScriptedEngine()
    loader = gated(engine, gate)
    loader.start()
    assert isinstance(loader.wait(0.01), Loading)
    gate.set()
    assert loader.wait(10) == Ready(engine)
    assert loader.state == Ready(engine)


def test_loading_says_for_how_long() -> None:
    now, gate = [50.0], Event()
    loader = EngineLoader(SPEC, lambda: ScriptedEngine(), clock=lambda: now[0])
    assert loader.state == Loading(0.0)
    loader = EngineLoader(SPEC, lambda: gate.wait(10) and ScriptedEngine(), clock=lambda: now[0])
    loader.start()
    now[0] = 57.0
    assert loader.state == Loading(7.0)
    gate.set()
    loader.wait(10)


def test_loading_says_what_it_waits_for() -> None:
    loader = EngineLoader(SPEC, lambda: ScriptedEngine(), clock=lambda: 50.0)
    loader.tell("vLLM is starting (5 s): Loading model weights")
    assert loader.state == Loading(0.0, "vLLM is starting (5 s): Loading model weights")


def test_a_known_error_is_kept_as_its_sentence() -> None:
    def fail() -> Engine:
        raise EngineError("no config.json; give a model folder")

    loader = EngineLoader(SPEC, fail)
    loader.start()
    assert loader.wait(10) == Failed("no config.json; give a model folder")


def test_an_unknown_error_is_named_and_traced(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Engine:
        raise ZeroDivisionError("division by zero")

    loader = EngineLoader(SPEC, fail)
    loader.start()
    assert loader.wait(10) == Failed("ZeroDivisionError: division by zero")
    assert "Traceback" in caplog.text


def test_closing_closes_an_engine_that_is_open() -> None:
    engine, gate = ClosableEngine(), Event()
    gate.set()
    loader = gated(engine, gate)
    loader.start()
    loader.wait(10)
    loader.close()
    assert engine.closed


def test_an_engine_that_comes_after_closing_is_closed_too() -> None:
    engine, gate = ClosableEngine(), Event()
    loader = gated(engine, gate)
    loader.start()
    loader.close()
    gate.set()
    loader.wait(10)
    assert engine.closed


def test_whoever_waits_sees_each_look_and_last_the_settled_state() -> None:
    gate, engine = Event(), ScriptedEngine()
    loader = gated(engine, gate)
    loader.start()
    states = loader.until_settled(Event())
    assert isinstance(next(states), Loading)
    gate.set()
    assert list(states)[-1] == Ready(engine)


def test_whoever_no_longer_waits_sees_nothing_more() -> None:
    cancel, gate = Event(), Event()
    states = gated(ScriptedEngine(), gate).until_settled(cancel)
    assert isinstance(next(states), Loading)
    cancel.set()
    assert list(states) == []
