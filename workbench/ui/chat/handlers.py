"""What the chat does when it is used.

Asking is three steps. `_ask` puts the question on the screen at once; `answer` follows in the
queue, where it may have to wait for other people's answers, and is the only step that runs the
model; `settle` draws the rest of the tab around what came of it.
"""

from __future__ import annotations

import random
from collections.abc import Generator
from threading import Event

import gradio as gr

from workbench.engines.base import Engine
from workbench.errors import WorkbenchError
from workbench.ui.chat.layout import NOTHING, Inputs, Parts, Update
from workbench.ui.chat.screen import Screen
from workbench.ui.chat.voting import votable
from workbench.ui.conversation import Conversation, Turns, answer_last, ask
from workbench.ui.loading import EngineNotOpenError, Failed, Loading, Ready
from workbench.ui.page import Page, session
from workbench.ui.rendering.chat import sides_messages
from workbench.ui.rendering.notices import notice

WAIT_STEP = 0.5  # seconds between two looks at an engine that is being opened


class Chat:
    """The handlers. None of them reads the conversation back from the screen: it is in the state."""

    def __init__(self, page: Page, parts: Parts, screen: Screen) -> None:
        self.page, self.parts, self.screen = page, parts, screen
        self._rng = random.SystemRandom()  # for who is A and who is B

    # ── asking ───────────────────────────────────────────────────────────────────────────────

    def send(self, inputs: Inputs, request: gr.Request) -> Update:
        question = inputs[self.parts.question] or ""
        update = self._ask(inputs[self.parts.conversation], question, inputs, request)
        return update if update is NOTHING else update | {self.parts.question: ""}

    def send_example(self, inputs: Inputs, event: gr.SelectData, request: gr.Request) -> Update:
        conversation: Conversation = inputs[self.parts.conversation]
        return self._ask(conversation, event.value["text"], inputs, request)

    def retry(self, inputs: Inputs, request: gr.Request) -> Update:
        conversation: Conversation = inputs[self.parts.conversation]
        if conversation.empty:
            return NOTHING
        question = conversation.last[0].question
        return self._ask(conversation.without_last(), question, inputs, request)

    def edit(self, inputs: Inputs, event: gr.EditData, request: gr.Request) -> Update:
        """Ask an earlier question anew; what followed it is dropped."""
        conversation: Conversation = inputs[self.parts.conversation]
        earlier = conversation.head(turn_position(event.index))
        return self._ask(earlier, event.value, inputs, request)

    def _ask(
        self, earlier: Conversation, question: str, inputs: Inputs, request: gr.Request
    ) -> Update:
        """Show the question as asked; the step after this one answers it.

        Does nothing while an answer is under way: the screen offers no way to ask then, but Enter
        and a slow connection do.
        """
        conversation: Conversation = inputs[self.parts.conversation]
        if conversation.busy or not question.strip():
            return NOTHING
        self.page.stops.announce(session(request))
        controls = self.parts.controls
        settings = controls.read(inputs)
        asked = ask(earlier, question.strip(), inputs[controls.mode], settings, self._rng)
        return self.screen.show(asked, request)

    # ── answering ────────────────────────────────────────────────────────────────────────────

    def answer(self, conversation: Conversation, request: gr.Request) -> Generator[Update]:
        """Stream the answers to the question that was asked last, if it still wants any.

        What comes of it is left in the state; a conversation that is still busy got no answer.
        """
        cancel = self.page.stops.claim(session(request))
        if cancel is None or not conversation.busy:
            yield NOTHING
            return
        texts = self.page.languages.texts(request)
        earlier = sides_messages(conversation.without_last(), texts)
        last = conversation
        try:
            for turns in self._progress(conversation, cancel):
                last = conversation.with_last(turns)
                newest = sides_messages(last.newest(), texts)
                yield self.screen.frame(
                    [old + new for old, new in zip(earlier, newest, strict=True)]
                )
        except WorkbenchError as error:
            gr.Warning(notice(error, texts), duration=None)
        finally:
            held = self.page.stops.holds(session(request), cancel)
            self.page.stops.release(session(request), cancel)
        if not held:
            # A new chat was begun, and a frame of this one may have been drawn over it.
            yield self.screen.frame([])
        elif any(turn.answer or turn.progress != "stopped" for turn in last.last):
            yield {self.parts.conversation: last}

    def _progress(self, conversation: Conversation, cancel: Event) -> Generator[Turns]:
        engine = yield from self._wait_for_engine(conversation.last, cancel)
        if engine is not None:
            yield from answer_last(engine, conversation, cancel)

    def _wait_for_engine(
        self, turns: Turns, cancel: Event
    ) -> Generator[Turns, None, Engine | None]:
        """The engine once it is open; None if the reader would rather not wait."""
        while not cancel.is_set():
            match self.page.loader.wait(WAIT_STEP):
                case Ready(engine=engine):
                    return engine
                case Failed(reason=reason):
                    raise EngineNotOpenError(reason)
                case Loading(seconds=seconds):
                    waiting = {"progress": "waiting", "waited": seconds}
                    yield tuple(turn.model_copy(update=waiting) for turn in turns)
        return None

    def settle(self, conversation: Conversation, request: gr.Request) -> Update:
        """The tab after an answer. Where none came, the question returns to its box."""
        if self.page.stops.under_way(session(request)):
            return NOTHING  # another question was asked in the meantime
        if conversation.busy:
            return self.screen.give_back(conversation, request)
        return self.screen.show(conversation, request, votable(conversation))

    def recover(self, conversation: Conversation, request: gr.Request) -> Update:
        """After an answer that never came, for a reason of no engine: a bug, or a full queue."""
        return self.screen.give_back(conversation, request) if conversation.busy else NOTHING

    # ── everything else ──────────────────────────────────────────────────────────────────────

    def stop(self, request: gr.Request) -> None:
        self.page.stops.stop(session(request))

    def clear(self, request: gr.Request) -> Update:
        self.page.stops.forget(session(request))
        return self.screen.show(Conversation(), request)

    def undo(self, conversation: Conversation, request: gr.Request) -> Update:
        """Take back the last question and its answers; the question returns to the box."""
        if conversation.busy or conversation.empty:
            return NOTHING
        return self.screen.give_back(conversation, request)


def turn_position(index: int | tuple[int, int]) -> int:
    """Which turn a message of the chatbot belongs to: every turn is two messages."""
    message = index if isinstance(index, int) else index[0]
    return message // 2
