"""The chat: a conversation with either side of the pair, or with both at once."""

from __future__ import annotations

from typing import Any

import gradio as gr

from workbench.ui.chat.handlers import Chat
from workbench.ui.chat.keeping import OPEN_JSON, SAVE_JSON, SAVE_MARKDOWN, Keeping
from workbench.ui.chat.layout import PRESETS, Parts, lay_out
from workbench.ui.chat.prompt_view import PromptView
from workbench.ui.chat.screen import Screen
from workbench.ui.chat.voting import Voting
from workbench.ui.page import ENGINE_QUEUE, Page

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
AT_ONCE = QUIET | {"queue": False}
# Notices reach the page through the queue alone. This line is its own, and nobody waits in it.
WITH_NOTICE = QUIET | {"concurrency_limit": None}


def chat_tab(page: Page, app: gr.Blocks) -> None:
    with gr.Tab(page.words("chat.tab"), id="chat", elem_id="chat-tab"):
        parts = lay_out(page)
    screen = Screen(page, parts)
    _wire(parts, Chat(page, parts, screen))
    _wire_voting(parts, Voting(page, parts, screen))
    _wire_keeping(parts, Keeping(page, parts, screen), app)
    _wire_settings(parts, PromptView(page, parts))


def _wire(parts: Parts, chat: Chat) -> None:
    ends = parts.inputs, parts.outputs
    first, second = parts.chatbots
    asked = [
        gr.on([parts.question.submit, parts.send.click], chat.send, *ends, **AT_ONCE),
        first.example_select(chat.send_example, *ends, **AT_ONCE),
        gr.on([first.retry, second.retry], chat.retry, *ends, **AT_ONCE),
        gr.on([first.edit, second.edit], chat.edit, *ends, **AT_ONCE),
    ]
    for event in asked:
        # "multiple": a new chat asks while the answer of the old one is still winding down.
        answer = event.then(
            chat.answer,
            parts.conversation,
            parts.streamed,
            trigger_mode="multiple",
            postprocess=False,  # messages are as Gradio sends them: an eighth of the time a frame
            **ENGINE_QUEUE,
            **QUIET,
        )
        answer.success(chat.settle, parts.conversation, parts.outputs, **AT_ONCE)
        answer.failure(chat.recover, parts.conversation, parts.outputs, **AT_ONCE)
    parts.stop.click(chat.stop, **AT_ONCE)
    gr.on([first.undo, second.undo], chat.undo, parts.conversation, parts.outputs, **AT_ONCE)
    gr.on(
        [parts.clear.click, first.clear, second.clear], chat.clear, outputs=parts.outputs, **AT_ONCE
    )


def _wire_voting(parts: Parts, voting: Voting) -> None:
    own = parts.voting
    outputs = [*parts.outputs, own.cast, own.withdraw]
    for choice, button in own.choices.items():
        button.click(
            voting.voting_for(choice),
            {own.ballot, own.cast, own.consent},
            outputs,
            **WITH_NOTICE,
        )
    own.withdraw.click(
        voting.withdraw, own.cast, [own.outcome, own.cast, own.withdraw], **WITH_NOTICE
    )


def _wire_keeping(parts: Parts, keeping: Keeping, app: gr.Blocks) -> None:
    own, conversation = parts.keeping, parts.conversation
    for button, write, save in (
        (own.save_json, keeping.as_json, SAVE_JSON),
        (own.save_markdown, keeping.as_markdown, SAVE_MARKDOWN),
    ):
        button.click(write, conversation, own.text, **AT_ONCE).then(
            None, own.text, js=save, **AT_ONCE
        )
    own.open_json.click(
        keeping.open, [own.text, conversation], parts.outputs, js=OPEN_JSON, **WITH_NOTICE
    )
    app.load(keeping.restore, [own.history, conversation], parts.outputs, **AT_ONCE)


def _wire_settings(parts: Parts, prompt_view: PromptView) -> None:
    """What should be known before a question is put in this way, and what was made of it."""
    controls = parts.controls
    for control, value, note in (
        (controls.style, "native", parts.native_note),
        (controls.mode, "pair", parts.pair_note),
        (controls.mode, "blind", parts.blind_note),
    ):
        control.change(
            lambda chosen, value=value: gr.update(visible=chosen == value), control, note, **AT_ONCE
        )
    sliders = [controls.temperature, controls.top_p, controls.max_tokens]
    for name, button in parts.presets.items():
        sampling = PRESETS[name]
        button.click(
            lambda sampling=sampling: controls.preset(sampling), outputs=sliders, **AT_ONCE
        )
    own = parts.prompt
    own.toggle.click(
        prompt_view.toggle,
        [parts.conversation, own.shown],
        [own.shown, own.panel, *own.boxes],
        **WITH_NOTICE,
    )
