"""The chat: one conversation with either side of the pair.

Asking is two steps. `_ask` puts the question on the screen at once; `answer` follows in the queue,
where it may have to wait for other people's answers, and is the only step that runs the model.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator
from dataclasses import dataclass, fields
from threading import Event
from typing import Any

import gradio as gr

from workbench.engines.base import Engine
from workbench.errors import WorkbenchError
from workbench.prompts import CHAT_SYSTEM
from workbench.schema import ModelSpec, PromptStyle, Sampling, Variant
from workbench.ui.conversation import Settings, Turn, answer_turn
from workbench.ui.loading import EngineNotOpenError, Failed, Loading, Ready
from workbench.ui.page import ENGINE_QUEUE, Page, session
from workbench.ui.rendering.chat import conversation
from workbench.ui.rendering.notices import notice
from workbench.ui.texts import example_questions

Turns = tuple[Turn, ...]
Inputs = dict[Any, Any]  # what Gradio hands over: component -> value
Update = dict[Any, Any]  # what it takes back: component -> value or gr.update

STYLES: tuple[PromptStyle, ...] = ("chat", "native")  # the first is chosen at the start
TUNED_FIRST: tuple[Variant, ...] = ("tuned", "vanilla")
DEFAULT_SAMPLING = Sampling(temperature=0.7, top_p=1.0, max_tokens=512)
MAX_TOKENS_CHOICE = 2048
MAX_SEED = 2**31 - 1
NOTHING: Update = gr.skip()
WAIT_STEP = 0.5  # seconds between two looks at an engine that is being opened


@dataclass(frozen=True)
class Controls:
    """The components that say how a question is put."""

    variant: gr.Radio
    style: gr.Radio
    system: gr.Textbox
    temperature: gr.Slider
    top_p: gr.Slider
    max_tokens: gr.Slider
    seed: gr.Number

    @property
    def components(self) -> set[Any]:
        return {getattr(self, field.name) for field in fields(self)}

    def read(self, inputs: Inputs) -> Settings:
        return Settings(
            variant=inputs[self.variant],
            style=inputs[self.style],
            system=inputs[self.system] or "",
            sampling=Sampling(
                temperature=inputs[self.temperature],
                top_p=inputs[self.top_p],
                max_tokens=int(inputs[self.max_tokens]),
                seed=inputs[self.seed] or secrets.randbelow(MAX_SEED),
            ),
        )


@dataclass(frozen=True)
class Parts:
    """The components of the tab."""

    turns: gr.State
    controls: Controls
    native_note: gr.Markdown
    clear: gr.Button
    chatbot: gr.Chatbot
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button

    @property
    def inputs(self) -> set[Any]:
        return {self.turns, self.question, *self.controls.components}

    @property
    def outputs(self) -> list[Any]:
        return [self.turns, self.chatbot, self.question, self.send, self.stop, self.clear]


def chat_tab(page: Page) -> None:
    with gr.Tab(page.words("chat.tab"), id="chat", elem_id="chat-tab"):
        parts = _lay_out(page)
    _wire(parts, Chat(page, parts))


# ── layout ───────────────────────────────────────────────────────────────────────────────────


def _lay_out(page: Page) -> Parts:
    words, spec = page.words, page.spec
    with gr.Row(elem_classes="toolbar"):
        choices = _choices(words, spec)
        clear = gr.Button(words("chat.clear"), size="sm", visible=False, elem_id="clear")
    native_note = gr.Markdown(words("chat.native_note"), visible=False, elem_classes="note")
    chatbot = gr.Chatbot(
        label=words("chat.conversation"),
        show_label=False,
        elem_id="conversation",
        height=None,
        editable="user",
        buttons=["copy"],
        sanitize_html=True,
        allow_tags=False,
        placeholder=words("chat.empty"),
        examples=[{"text": question} for question in example_questions(spec.demo)],
    )
    with gr.Row(elem_id="composer"):
        question = gr.Textbox(
            label=words("chat.question"),
            show_label=False,
            placeholder=words("chat.placeholder"),
            lines=1,
            max_lines=8,
            autofocus=True,
            container=False,
            elem_id="question",
        )
        send = gr.Button(words("chat.send"), variant="primary", elem_id="send")
        stop = gr.Button(words("chat.stop"), visible=False, elem_id="stop")
    with gr.Accordion(words("chat.settings"), open=False, elem_id="settings"):
        folded = _folded(words)
    return Parts(
        turns=gr.State(()),
        controls=Controls(**choices, **folded),
        native_note=native_note,
        clear=clear,
        chatbot=chatbot,
        question=question,
        send=send,
        stop=stop,
    )


def _choices(words: gr.I18n, spec: ModelSpec) -> dict[str, Any]:
    """The controls that are always in sight."""
    variants = [name for name in TUNED_FIRST if name in spec.variants]
    return {
        "variant": gr.Radio(
            [(words(f"variant.{name}"), name) for name in variants],
            value=variants[0],
            label=words("chat.variant"),
            elem_id="variant",
            elem_classes="segments",
        ),
        "style": gr.Radio(
            [(words(f"prompt.{name}"), name) for name in STYLES],
            value=STYLES[0],
            label=words("chat.style"),
            elem_id="style",
            elem_classes="segments",
        ),
    }


def _folded(words: gr.I18n) -> dict[str, Any]:
    """The controls that most questions do without."""

    def named(key: str) -> dict[str, Any]:
        return {"label": words(key), "info": words(f"{key}_info")}

    sampling = DEFAULT_SAMPLING
    system = gr.Textbox(CHAT_SYSTEM, label=words("chat.system"), lines=2, max_lines=6)
    with gr.Row():
        temperature = gr.Slider(0, 2, sampling.temperature, step=0.05, **named("chat.temperature"))
        top_p = gr.Slider(0.05, 1, sampling.top_p, step=0.05, **named("chat.top_p"))
    with gr.Row():
        max_tokens = gr.Slider(
            16, MAX_TOKENS_CHOICE, sampling.max_tokens, step=16, **named("chat.max_tokens")
        )
        seed = gr.Number(0, minimum=0, maximum=MAX_SEED, precision=0, **named("chat.seed"))
    return {
        "system": system,
        "temperature": temperature,
        "top_p": top_p,
        "max_tokens": max_tokens,
        "seed": seed,
    }


# ── wiring ───────────────────────────────────────────────────────────────────────────────────


def _wire(parts: Parts, chat: Chat) -> None:
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = quiet | {"queue": False}
    ends = parts.inputs, parts.outputs
    asked = [
        gr.on([parts.question.submit, parts.send.click], chat.send, *ends, **at_once),
        parts.chatbot.example_select(chat.send_example, *ends, **at_once),
        parts.chatbot.retry(chat.retry, *ends, **at_once),
        parts.chatbot.edit(chat.edit, *ends, **at_once),
    ]
    for event in asked:
        # "multiple": a new chat asks while the answer of the old one is still winding down.
        answer = event.then(
            chat.answer,
            parts.turns,
            parts.outputs,
            trigger_mode="multiple",
            **ENGINE_QUEUE,
            **quiet,
        )
        answer.failure(chat.recover, parts.turns, parts.outputs, **at_once)
    parts.stop.click(chat.stop, **at_once)
    parts.chatbot.undo(chat.undo, parts.turns, parts.outputs, **at_once)
    gr.on([parts.clear.click, parts.chatbot.clear], chat.clear, outputs=parts.outputs, **at_once)
    parts.controls.style.change(
        lambda style: gr.update(visible=style == "native"),
        parts.controls.style,
        parts.native_note,
        **at_once,
    )


class Chat:
    """The handlers. None of them reads the conversation back from the screen: it is in `turns`."""

    def __init__(self, page: Page, parts: Parts) -> None:
        self.page, self.parts = page, parts

    # ── asking ───────────────────────────────────────────────────────────────────────────────

    def send(self, inputs: Inputs, request: gr.Request) -> Update:
        question = inputs[self.parts.question] or ""
        update = self._ask(inputs[self.parts.turns], question, inputs, request)
        return update if update is NOTHING else update | {self.parts.question: ""}

    def send_example(self, inputs: Inputs, event: gr.SelectData, request: gr.Request) -> Update:
        return self._ask(inputs[self.parts.turns], event.value["text"], inputs, request)

    def retry(self, inputs: Inputs, request: gr.Request) -> Update:
        turns: Turns = inputs[self.parts.turns]
        return self._ask(turns[:-1], turns[-1].question, inputs, request) if turns else NOTHING

    def edit(self, inputs: Inputs, event: gr.EditData, request: gr.Request) -> Update:
        """Ask an earlier question anew; what followed it is dropped."""
        position = turn_position(event.index)
        return self._ask(inputs[self.parts.turns][:position], event.value, inputs, request)

    def _ask(self, earlier: Turns, question: str, inputs: Inputs, request: gr.Request) -> Update:
        """Show the question as asked; the step after this one answers it.

        Does nothing while an answer is under way: the screen offers no way to ask then, but Enter
        and a slow connection do.
        """
        if _busy(inputs[self.parts.turns]) or not question.strip():
            return NOTHING
        self.page.stops.announce(session(request))
        turn = Turn(question=question.strip(), settings=self.parts.controls.read(inputs))
        return self._screen((*earlier, turn), request)

    # ── answering ────────────────────────────────────────────────────────────────────────────

    def answer(self, turns: Turns, request: gr.Request) -> Generator[Update]:
        """Stream the answer to the question that was asked last, if it still wants one."""
        cancel = self.page.stops.claim(session(request))
        if cancel is None or not _busy(turns):
            yield NOTHING
            return
        earlier, turn = turns[:-1], turns[-1]
        texts = self.page.languages.texts(request)
        try:
            for newer in self._progress(earlier, turn, cancel):
                turn = newer
                yield {self.parts.chatbot: conversation((*earlier, turn), texts)}
        except WorkbenchError as error:
            gr.Warning(notice(error, texts), duration=None)
        finally:
            cancel.set()
        if not self.page.stops.holds(session(request), cancel):
            # A new chat was begun, and a frame of this one may have been drawn over it.
            yield {self.parts.chatbot: []}
        elif turn.finished and (turn.answer or turn.progress != "stopped"):
            yield self._screen((*earlier, turn), request)
        else:
            yield self._give_back((*earlier, turn), request)

    def _progress(self, earlier: Turns, turn: Turn, cancel: Event) -> Generator[Turn]:
        engine = yield from self._wait_for_engine(turn, cancel)
        if engine is not None:
            yield from answer_turn(engine, earlier, turn, cancel)

    def _wait_for_engine(self, turn: Turn, cancel: Event) -> Generator[Turn, None, Engine | None]:
        """The engine once it is open; None if the reader would rather not wait."""
        while not cancel.is_set():
            match self.page.loader.wait(WAIT_STEP):
                case Ready(engine=engine):
                    return engine
                case Failed(reason=reason):
                    raise EngineNotOpenError(reason)
                case Loading(seconds=seconds):
                    yield turn.model_copy(update={"progress": "waiting", "waited": seconds})
        return None

    # ── everything else ──────────────────────────────────────────────────────────────────────

    def stop(self, request: gr.Request) -> None:
        self.page.stops.stop(session(request))

    def clear(self, request: gr.Request) -> Update:
        self.page.stops.forget(session(request))
        return self._screen((), request)

    def undo(self, turns: Turns, request: gr.Request) -> Update:
        """Take back the last question and its answer; the question returns to the box."""
        return NOTHING if _busy(turns) or not turns else self._give_back(turns, request)

    def recover(self, turns: Turns, request: gr.Request) -> Update:
        """After an answer that never came, for a reason of no engine: a bug, or a full queue."""
        return self._give_back(turns, request) if _busy(turns) else NOTHING

    # ── what the handlers share ──────────────────────────────────────────────────────────────

    def _screen(self, turns: Turns, request: gr.Request) -> Update:
        """The whole tab for a conversation: what can be pressed follows from what is under way."""
        busy = _busy(turns)
        return {
            self.parts.turns: turns,
            self.parts.chatbot: conversation(turns, self.page.languages.texts(request)),
            self.parts.send: gr.update(visible=not busy),
            self.parts.stop: gr.update(visible=busy),
            self.parts.clear: gr.update(visible=bool(turns)),
        }

    def _give_back(self, turns: Turns, request: gr.Request) -> Update:
        """The conversation without its last turn, whose question can be put again or changed."""
        return self._screen(turns[:-1], request) | {self.parts.question: turns[-1].question}


def _busy(turns: Turns) -> bool:
    return bool(turns) and not turns[-1].finished


def turn_position(index: int | tuple[int, int]) -> int:
    """Which turn a message of the chatbot belongs to: every turn is two messages."""
    message = index if isinstance(index, int) else index[0]
    return message // 2
