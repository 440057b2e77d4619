"""What stands around the tabs: title, status line, notice."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import assert_never

from workbench.schema import EngineInfo
from workbench.ui.loading import Failed, Loading, Ready, State
from workbench.ui.rendering.durations import whole_seconds
from workbench.ui.texts import LANGUAGES, Texts, load_texts


def title(name: str) -> str:
    return f"<h1>{escape(name)}</h1>"


def status_line(state: State, name: str, demo: bool, texts: Texts) -> str:
    """Which pair is loaded, by what, on what; or how long it has been loading, or why it is not."""
    pair = texts("status.demo_pair") if demo else name
    match state:
        case Loading():
            word = texts("status.loading", seconds=whole_seconds(state.seconds, texts))
            return _status("loading", word, [fact for fact in (pair, state.reason) if fact])
        case Ready():
            return _status(
                "ready", texts("status.ready"), [pair, *_engine(state.engine.info, texts)]
            )
        case Failed():
            return _status("failed", texts("status.failed"), [pair]) + _details(
                texts("status.reason"), state.reason
            )
        case _:
            assert_never(state)


# What engines say about how they hold a pair, and the text that says it to people. A description
# that is not here is shown as it is.
_HELD = {
    "one base, adapter off and on": "held.adapter",
    "one model": "held.one",
    "two models": "held.two",
    "two models in turn": "held.in_turn",
}


def _engine(info: EngineInfo, texts: Texts) -> list[str]:
    held = texts(_HELD[info.loading]) if info.loading in _HELD else info.loading
    facts = [f"{info.engine} {info.version}", info.device, info.dtype, held]
    return [fact for fact in facts if fact]


def _status(state: str, word: str, facts: Sequence[str]) -> str:
    listed = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    # A screen reader announces what is settled, and not every second of the way there.
    role = "" if state == "loading" else ' role="status"'
    return (
        f'<div class="status" data-state="{state}"{role}>'
        f"<strong>{escape(word)}</strong>{listed}</div>"
    )


def _details(summary: str, text: str) -> str:
    return (
        f'<details class="reason" open><summary>{escape(summary)}</summary>'
        f"<pre>{escape(text)}</pre></details>"
    )


def ai_notice() -> str:
    """The notice in every language at once: whoever reads the screen must be able to read it."""
    lines = (
        f'<p lang="{language}">{escape(load_texts(language)("app.ai_notice"))}</p>'
        for language in LANGUAGES
    )
    return f'<footer class="ai-notice">{"".join(lines)}</footer>'
