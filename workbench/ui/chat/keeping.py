"""Conversations that outlast the page: kept in the reader's browser, saved and opened as files.

The server writes none of them down.
"""

from __future__ import annotations

import gradio as gr

from workbench.errors import InputError
from workbench.ui.chat.layout import NOTHING, Parts, Update
from workbench.ui.chat.screen import Screen
from workbench.ui.conversation import Conversation
from workbench.ui.page import Page, session
from workbench.ui.rendering.chat import as_markdown
from workbench.ui.rendering.notices import file_notice
from workbench.ui.transcript import MAX_CHARACTERS, from_json, to_json

SAVE_JSON = "(text) => window.krxSaveFile('krx-chat.json', 'application/json', text)"
SAVE_MARKDOWN = "(text) => window.krxSaveFile('krx-chat.md', 'text/markdown', text)"
# A value for each input: the state is the server's, whatever the browser says.
OPEN_JSON = f"async () => [await window.krxOpenFile({MAX_CHARACTERS}), null]"


class Keeping:
    """The handlers. Texts go to the browser and come from it as values of hidden components."""

    def __init__(self, page: Page, parts: Parts, screen: Screen) -> None:
        self.page, self.parts, self.screen = page, parts, screen

    def as_json(self, conversation: Conversation) -> str:
        return to_json(conversation)

    def as_markdown(self, conversation: Conversation, request: gr.Request) -> str:
        return as_markdown(conversation, self.page.languages.texts(request))

    def open(self, text: str, conversation: Conversation, request: gr.Request) -> Update:
        """Show the conversation of a file in place of the one on the screen."""
        if not text or conversation.busy:
            return NOTHING
        try:
            return self.screen.show(from_json(text), request)
        except InputError as error:
            texts = self.page.languages.texts(request)
            gr.Warning(file_notice(error, texts), duration=None)
            return NOTHING

    def restore(self, text: str, conversation: Conversation, request: gr.Request) -> Update:
        """Show what the browser has kept, unless something was asked in the meantime.

        A browser that kept what cannot be read, from an older version perhaps, starts anew.
        """
        under_way = self.page.stops.under_way(session(request))
        if not text or under_way or not conversation.empty:
            return NOTHING
        try:
            kept = from_json(text)
        except InputError:
            return NOTHING
        return NOTHING if kept.empty else self.screen.show(kept, request)
