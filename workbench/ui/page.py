"""What every tab of the page is built with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from workbench.schema import ModelSpec
from workbench.ui.language import Languages
from workbench.ui.loading import EngineLoader
from workbench.ui.streaming import Stops
from workbench.ui.texts import translations

# Options of every event that makes the model write: they wait in one line, and the engine in
# process answers one after the other.
ENGINE_QUEUE: dict[str, Any] = {"concurrency_id": "engine", "concurrency_limit": 1}

# Tabs whose work goes by `Page.stops`.
WORKING_TABS = ("chat", "exam")


@dataclass(frozen=True)
class Page:
    """`words(key)` is a text that the browser translates, for what stands there from the start.

    A Store belongs to one thread, so handlers open `store_path` for themselves, each time.
    """

    loader: EngineLoader
    languages: Languages
    store_path: Path
    stops: Stops = field(default_factory=Stops)
    words: gr.I18n = field(default_factory=lambda: gr.I18n(**translations()))

    @property
    def spec(self) -> ModelSpec:
        return self.loader.spec

    def leave(self, request: gr.Request) -> None:
        """Somebody closed the page: what is under way for them need not be finished."""
        for tab in WORKING_TABS:
            self.stops.forget(session(request, tab))


def session(request: gr.Request, tab: str = "chat") -> str:
    """Which open page, and which tab of it, a request comes from: each has work of its own."""
    return f"{request.session_hash}/{tab}"
