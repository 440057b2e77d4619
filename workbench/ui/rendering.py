"""Answers and states as text. Nothing else on the screens writes HTML; `numerals` rounds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any, assert_never

from workbench import numerals
from workbench.analysis import count_hanja
from workbench.errors import ContextLengthError, InputError, WorkbenchError
from workbench.schema import EngineInfo, Variant
from workbench.ui.conversation import Measures, Turn
from workbench.ui.loading import EngineNotOpenError, Failed, Loading, Ready, State
from workbench.ui.texts import LANGUAGES, Texts, load_texts


def seconds_text(seconds: float, texts: Texts) -> str:
    return texts("answer.seconds", value=numerals.seconds(seconds))


def whole_seconds(seconds: float, texts: Texts) -> str:
    """A wait that is still counting up."""
    return texts("answer.seconds", value=numerals.whole_seconds(seconds))


# ── conversation ─────────────────────────────────────────────────────────────────────────────


def conversation(turns: Sequence[Turn], texts: Texts) -> list[dict[str, Any]]:
    """Messages for gr.Chatbot: each answer in three parts, its heading, its text, its measures.

    The parts are rendered one by one, so an answer that leaves a code fence or a table open cannot
    swallow what stands around it.
    """
    messages: list[dict[str, Any]] = []
    for turn in turns:
        parts = (answer_heading(turn, texts), answer_text(turn, texts), answer_footer(turn, texts))
        messages.append({"role": "user", "content": [_part(turn.question)]})
        messages.append({"role": "assistant", "content": [_part(part) for part in parts]})
    return messages


def answer_heading(turn: Turn, texts: Texts) -> str:
    """Who answers, and what it was given. The stylesheet colours strong as tuned, em as vanilla.

    Markdown and not HTML, so that a copied answer brings a readable heading along.
    """
    emphasis: dict[Variant, str] = {"tuned": "**", "vanilla": "*"}
    settings = turn.settings
    mark = emphasis[settings.variant]
    name, style = texts(f"variant.{settings.variant}"), texts(f"prompt.{settings.style}")
    return f"{mark}{name}{mark} · {style}"


def answer_text(turn: Turn, texts: Texts) -> str:
    if turn.answer:
        return turn.answer
    if turn.finished:
        return texts("answer.empty")
    return texts(f"answer.{turn.progress}", seconds=whole_seconds(turn.waited, texts))


def answer_footer(turn: Turn, texts: Texts) -> str:
    if turn.measures is None:
        return texts("answer.streaming") if turn.answer else ""
    parts = [_speed(turn.measures, texts), _first_token(turn.measures, texts)]
    parts.append(texts("answer.hanja", count=count_hanja(turn.answer)))
    if turn.progress in ("stopped", "cut"):
        parts.insert(0, texts(f"answer.{turn.progress}"))
    return " · ".join(parts)


def _speed(measures: Measures, texts: Texts) -> str:
    rate = measures.tokens_per_second
    value = texts("answer.no_value") if rate is None else numerals.rate(rate)
    return texts("answer.speed", value=value)


def _first_token(measures: Measures, texts: Texts) -> str:
    spent = texts("answer.no_value")
    if measures.tokens:
        spent = seconds_text(measures.first_token_seconds, texts)
    return texts("answer.first_token", seconds=spent)


def _part(text: str) -> dict[str, str]:
    # A bare string would go through inspect.cleandoc, which eats an answer's indentation.
    return {"type": "text", "text": text}


# ── notices ──────────────────────────────────────────────────────────────────────────────────


def notice(error: WorkbenchError, texts: Texts) -> str:
    """An error as one sentence in the reader's language, around the engine's own words.

    Gradio shows notices as HTML, and an error may quote what a model or a file said: it is
    escaped. The title is part of the text, because Gradio 6.31 ignores the one it is given.
    """
    title, sentence = texts("notice.title"), _sentence(error, texts)
    return f"<strong>{escape(title)}</strong><br>{escape(sentence)}"


def _sentence(error: WorkbenchError, texts: Texts) -> str:
    match error:
        case ContextLengthError(tokens=tokens, reserved=reserved, limit=limit):
            return texts("notice.too_long", tokens=tokens, reserved=reserved, limit=limit)
        case EngineNotOpenError():
            return texts("notice.not_loaded", reason=error)
        case InputError():
            return texts("notice.refused", reason=error)
        case _:
            return texts("notice.engine", reason=error)


# ── page ─────────────────────────────────────────────────────────────────────────────────────


def title(name: str) -> str:
    return f"<h1>{escape(name)}</h1>"


def status_line(state: State, name: str, demo: bool, texts: Texts) -> str:
    """Which pair is loaded, by what, on what; or how long it has been loading, or why it is not."""
    pair = texts("status.demo_pair") if demo else name
    match state:
        case Loading():
            word = texts("status.loading", seconds=whole_seconds(state.seconds, texts))
            return _status("loading", word, [pair])
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
