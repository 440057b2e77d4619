"""A conversation as messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench import numerals
from workbench.analysis import count_hanja
from workbench.schema import Variant
from workbench.ui.conversation import Measures, Turn
from workbench.ui.rendering.durations import seconds_text, whole_seconds
from workbench.ui.texts import Texts


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
