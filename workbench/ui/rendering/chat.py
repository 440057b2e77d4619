"""A conversation as messages."""

from __future__ import annotations

from typing import Any

from workbench import numerals
from workbench.analysis import count_hanja
from workbench.schema import Variant, VoteChoice
from workbench.timeliness import asks_for_now
from workbench.ui.conversation import Conversation, Measures, Turn
from workbench.ui.rendering.durations import seconds_text, whole_seconds
from workbench.ui.texts import Texts

Message = dict[str, Any]  # as gr.Chatbot takes it

LETTERS = ("A", "B")  # of the sides, where there are two


def sides_messages(conversation: Conversation, texts: Texts) -> list[list[Message]]:
    """The messages of each side.

    An answer is three parts: its heading, its text, its measures. They are rendered one by one, so
    an answer that leaves a code fence or a table open cannot swallow what stands around it.
    """
    names = _names(conversation)
    return [
        [
            message
            for turn in side
            for message in _messages(turn, letter, conversation.hidden, texts)
        ]
        for letter, side in zip(names, conversation.sides, strict=True)
    ]


def side_choices(conversation: Conversation, texts: Texts) -> list[tuple[str, int]]:
    """What a side is called where a narrow screen shows one of two."""
    names = _names(conversation)
    if conversation.hidden or conversation.empty:
        return [(name, position) for position, name in enumerate(names)]
    return [
        (f"{name} · {texts(f'variant.{turn.variant}')}", position)
        for position, (name, turn) in enumerate(zip(names, conversation.last, strict=True))
    ]


def _names(conversation: Conversation) -> tuple[str, ...]:
    """The letter of each side; a side that stands alone needs none."""
    return LETTERS if len(conversation.sides) == 2 else ("",)


def _messages(turn: Turn, letter: str, hidden: bool, texts: Texts) -> list[Message]:
    heading = answer_heading(turn, letter, hidden, texts)
    parts = (heading, answer_text(turn, texts), answer_footer(turn, texts))
    return [_message("user", turn.question), _message("assistant", *parts)]


def _message(role: str, *parts: str) -> Message:
    """With every key that Gradio knows, because frames are sent as they are."""
    # A bare string would go through inspect.cleandoc, which eats an answer's indentation.
    content = [{"type": "text", "text": part} for part in parts]
    return {"role": role, "metadata": None, "content": content, "options": None}


def answer_heading(turn: Turn, letter: str, hidden: bool, texts: Texts) -> str:
    """Who answers, and what it was given. The stylesheet colours strong as tuned, em as vanilla.

    Markdown and not HTML, so that a copied answer brings a readable heading along.
    """
    emphasis: dict[Variant, str] = {"tuned": "**", "vanilla": "*"}
    mark, name = emphasis[turn.variant], texts(f"variant.{turn.variant}")
    named = "" if hidden else f"{mark}{name}{mark}"
    style = texts(f"prompt.{turn.settings.style}")
    line = " · ".join(part for part in (letter, named, style) if part)
    topic = asks_for_now(turn.question)
    return f"{line}\n\n⏱ {texts(f'now.{topic}')}" if topic else line


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


def vote_outcome(conversation: Conversation, choice: VoteChoice, stored: bool, texts: Texts) -> str:
    """Who was who, what was chosen, and whether that was kept. `conversation` is as voted on."""
    a, b = (texts(f"variant.{turn.variant}") for turn in conversation.last)
    parts = [
        texts("vote.names", a=f"**{a}**", b=f"**{b}**"),
        texts("vote.chosen", choice=texts(f"vote.{choice}")),
        texts("vote.stored") if stored else texts("vote.not_stored"),
    ]
    if conversation.hidden:
        parts.append(texts("vote.over"))
    return " ".join(parts)


def prompt_label(position: int, boxes: int, same: bool, tokens: int, texts: Texts) -> str:
    """What stands over a prompt: whose it is, where that is a question, and its length."""
    length = texts("read.tokens", tokens=numerals.count(tokens))
    whose = texts("read.by_both") if same else LETTERS[position] if boxes > 1 else ""
    return " · ".join(part for part in (whose, length) if part)


def as_markdown(conversation: Conversation, texts: Texts) -> str:
    """The conversation as a document to read. Answers stand in it as the models wrote them."""
    title, notice, asked = texts("keep.heading"), texts("app.ai_notice"), texts("chat.question")
    blocks = [f"# {title}", f"> {notice}"]
    names = _names(conversation)
    for turns in zip(*conversation.sides, strict=True):
        blocks.append(f"## {asked}\n\n{turns[0].question}")
        for letter, turn in zip(names, turns, strict=True):
            heading = answer_heading(turn, letter, conversation.hidden, texts)
            blocks.append(f"### {heading}\n\n{turn.answer}\n\n_{answer_footer(turn, texts)}_")
    return "\n\n".join(blocks) + "\n"
