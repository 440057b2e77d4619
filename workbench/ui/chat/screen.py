"""The tab as it shows a conversation: what can be pressed follows from what is under way."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from workbench.ui.chat.layout import Parts, Update
from workbench.ui.conversation import Conversation
from workbench.ui.page import Page
from workbench.ui.rendering.chat import Message, side_choices, sides_messages
from workbench.ui.transcript import to_json


class Screen:
    """Updates of the components in `parts`."""

    def __init__(self, page: Page, parts: Parts) -> None:
        self.page, self.parts = page, parts

    def show(
        self, conversation: Conversation, request: gr.Request, votable: bool = False
    ) -> Update:
        """The whole tab. `votable` answers have just been written and may be voted on."""
        texts = self.page.languages.texts(request)
        parts, busy = self.parts, conversation.busy
        paired = len(conversation.last) == 2
        first, second = parts.chatbots
        messages = [*sides_messages(conversation, texts), []]
        return {
            parts.conversation: conversation,
            first: messages[0],
            second: gr.update(value=messages[1] if paired else [], visible=paired),
            parts.shown_side: gr.update(visible=paired, choices=side_choices(conversation, texts)),
            parts.send: gr.update(visible=not busy),
            parts.stop: gr.update(visible=busy),
            parts.clear: gr.update(visible=not conversation.empty),
            parts.voting.ballot: conversation if votable else None,
            parts.voting.panel: gr.update(visible=votable),
            parts.voting.outcome: gr.update(visible=False),
            parts.prompt.toggle: gr.update(visible=not conversation.empty and not busy),
            parts.prompt.shown: False,
            parts.prompt.panel: gr.update(visible=False),
            # A question that still waits is not kept: nobody would answer it after a reload.
            **({} if busy else {parts.keeping.history: to_json(conversation)}),
        }

    def give_back(self, conversation: Conversation, request: gr.Request) -> Update:
        """The conversation without its last turn, whose question can be put again or changed."""
        question = conversation.last[0].question
        update = self.show(conversation.without_last(), request)
        return update | {self.parts.question: question}

    def frame(self, messages: Sequence[list[Message]]) -> Update:
        """Both chatbots by value: an update of a component would build it anew on every frame."""
        return dict(zip(self.parts.chatbots, [*messages, [], []], strict=False))
