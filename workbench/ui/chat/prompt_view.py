"""What the model read for the last question: the exact string and its length in tokens."""

from __future__ import annotations

import gradio as gr

from workbench.engines.base import Engine
from workbench.errors import WorkbenchError
from workbench.ui.chat.layout import NOTHING, Parts, Update
from workbench.ui.conversation import Conversation, write_prompt
from workbench.ui.loading import Ready
from workbench.ui.page import Page
from workbench.ui.rendering.chat import prompt_label
from workbench.ui.rendering.notices import notice


class PromptView:
    """The handler of the button that opens and closes it."""

    def __init__(self, page: Page, parts: Parts) -> None:
        self.page, self.parts = page, parts.prompt

    def toggle(self, conversation: Conversation, shown: bool, request: gr.Request) -> Update:
        state, texts = self.page.loader.state, self.page.languages.texts(request)
        if shown:
            return {self.parts.shown: False, self.parts.panel: gr.update(visible=False)}
        if conversation.empty or not isinstance(state, Ready):
            return NOTHING
        try:
            rendered = read_by(state.engine, conversation)
        except WorkbenchError as error:
            gr.Warning(notice(error, texts), duration=None)
            return NOTHING
        # One text that both sides have read is shown once.
        same = len(rendered) > 1 and len(set(rendered)) == 1
        shown_texts = rendered[:1] if same else rendered
        boxes = {}
        for position, box in enumerate(self.parts.boxes):
            if position < len(shown_texts):
                text, tokens = shown_texts[position]
                label = prompt_label(position, len(shown_texts), same, tokens, texts)
                boxes[box] = gr.update(value=text, label=label, visible=True)
            else:
                boxes[box] = gr.update(visible=False)
        return {self.parts.shown: True, self.parts.panel: gr.update(visible=True), **boxes}


def read_by(engine: Engine, conversation: Conversation) -> list[tuple[str, int]]:
    """For each side the string that was read for its last question, and its length in tokens."""
    found = []
    for side in conversation.sides:
        text = engine.render(write_prompt(side[:-1], side[-1]))
        found.append((text, engine.count_tokens(text)))
    return found
