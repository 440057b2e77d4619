"""The chat tab as it is laid out, from top to bottom."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from typing import Any, get_args

import gradio as gr

from workbench.evaluate import ANSWER_TOKENS
from workbench.prompts import CHAT_SYSTEM
from workbench.schema import ModelSpec, PromptStyle, Sampling, VoteChoice
from workbench.ui.conversation import PAIR, PAIRED, Conversation, Mode, Settings
from workbench.ui.page import Page
from workbench.ui.texts import example_questions

Inputs = dict[Any, Any]  # what Gradio hands over: component -> value
Update = dict[Any, Any]  # what it takes back: component -> value or gr.update

NOTHING: Update = gr.skip()
CHOICES: tuple[VoteChoice, ...] = get_args(VoteChoice)
STYLES: tuple[PromptStyle, ...] = ("chat", "native")  # the first is chosen at the start
DEFAULT_SAMPLING = Sampling(temperature=0.7, top_p=1.0, max_tokens=512)
PRESETS: dict[str, Sampling] = {
    "default": DEFAULT_SAMPLING,
    "card": Sampling(temperature=0.7, top_p=1.0, max_tokens=128),  # of the published model's card
    "greedy": Sampling(max_tokens=ANSWER_TOKENS),  # as evaluations ask
}
MAX_TOKENS_CHOICE = 2048
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class Controls:
    """The components that say how a question is put."""

    mode: gr.Radio
    style: gr.Radio
    system: gr.Textbox
    temperature: gr.Slider
    top_p: gr.Slider
    max_tokens: gr.Slider
    seed: gr.Number

    @property
    def components(self) -> set[Any]:
        return {getattr(self, field.name) for field in fields(self)}

    def preset(self, sampling: Sampling) -> Update:
        return {
            self.temperature: sampling.temperature,
            self.top_p: sampling.top_p,
            self.max_tokens: sampling.max_tokens,
        }

    def read(self, inputs: Inputs) -> Settings:
        return Settings(
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
class VotingParts:
    """The components that ask which answer is better, and those that say what was voted.

    `ballot` is the pair of answers that a vote is open on, `cast` the ids of the votes that were
    stored from this page.
    """

    ballot: gr.State
    cast: gr.State
    panel: gr.Column
    choices: dict[VoteChoice, gr.Button]
    consent: gr.Checkbox
    outcome: gr.Markdown
    withdraw: gr.Button


@dataclass(frozen=True)
class PromptParts:
    """The components that show what was read; a box for each side."""

    toggle: gr.Button
    shown: gr.State
    panel: gr.Column
    boxes: tuple[gr.Textbox, gr.Textbox]


@dataclass(frozen=True)
class KeepingParts:
    """The components that save conversations and open them; `text` is what is on its way."""

    history: gr.BrowserState
    save_json: gr.Button
    save_markdown: gr.Button
    open_json: gr.Button
    text: gr.Textbox


@dataclass(frozen=True)
class Parts:
    """The components of the tab. `chatbots` are side A and side B; one conversation is on A."""

    conversation: gr.State
    controls: Controls
    pair_note: gr.Markdown
    blind_note: gr.Markdown
    native_note: gr.Markdown
    clear: gr.Button
    shown_side: gr.Radio
    chatbots: tuple[gr.Chatbot, gr.Chatbot]
    voting: VotingParts
    prompt: PromptParts
    keeping: KeepingParts
    presets: dict[str, gr.Button]
    question: gr.Textbox
    send: gr.Button
    stop: gr.Button

    @property
    def inputs(self) -> set[Any]:
        return {self.conversation, self.question, *self.controls.components}

    @property
    def streamed(self) -> list[Any]:
        """What changes while an answer is written. Each further output costs on every frame."""
        return [self.conversation, *self.chatbots]

    @property
    def outputs(self) -> list[Any]:
        return [
            *self.streamed,
            *(self.shown_side, self.question, self.send, self.stop, self.clear),
            *(self.voting.ballot, self.voting.panel, self.voting.outcome),
            *(self.prompt.toggle, self.prompt.shown, self.prompt.panel, self.keeping.history),
        ]


def lay_out(page: Page) -> Parts:
    words, spec = page.words, page.spec
    with gr.Row(elem_classes="toolbar"):
        choices = _choices(words, spec)
        toggle = gr.Button(words("chat.prompt"), size="sm", visible=False, elem_id="show-prompt")
        clear = gr.Button(words("chat.clear"), size="sm", visible=False, elem_id="clear")
    pair_note = _note(words("chat.pair_note"))
    blind_note = _note(words("chat.blind_note"))
    native_note = _note(words("chat.native_note"))
    prompt = _prompt(toggle)
    # A phone shows one side at a time; the stylesheet hides this where there is room for both.
    shown_side = gr.Radio(
        [("A", 0), ("B", 1)],
        value=0,
        label=words("chat.shown_side"),
        show_label=False,
        interactive=True,  # no handler reads it, which Gradio takes for a display
        visible=False,
        elem_id="shown-side",
        elem_classes="segments",
    )
    with gr.Row(elem_id="sides"):
        chatbots = (_side(page, "conversation"), _side(page, "conversation-b", visible=False))
    voting = _voting(words)
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
        presets = _presets(words)
        folded = _folded(words)
    # In a closed accordion it would not be there. Its key and secret are fixed, because those that
    # Gradio draws at each start forget what was kept.
    history = gr.BrowserState("", storage_key="krx-chat", secret="kept-by-this-browser-alone")
    with gr.Accordion(words("keep.title"), open=False, elem_id="keeping"):
        keeping = _keeping(words, history)
    return Parts(
        conversation=gr.State(Conversation()),
        controls=Controls(**choices, **folded),
        pair_note=pair_note,
        blind_note=blind_note,
        native_note=native_note,
        clear=clear,
        shown_side=shown_side,
        chatbots=chatbots,
        voting=voting,
        prompt=prompt,
        keeping=keeping,
        presets=presets,
        question=question,
        send=send,
        stop=stop,
    )


def _note(text: Any) -> gr.Markdown:
    """A sentence that stands there once it matters."""
    return gr.Markdown(text, visible=False, elem_classes="note")


def _side(page: Page, elem_id: str, visible: bool = True) -> gr.Chatbot:
    return gr.Chatbot(
        label=page.words("chat.conversation"),
        show_label=False,
        visible=visible,
        elem_id=elem_id,
        elem_classes="conversation",
        height=None,
        editable="user",
        buttons=["copy"],
        sanitize_html=True,
        allow_tags=False,
        placeholder=page.words("chat.empty"),
        examples=[{"text": question} for question in example_questions(page.spec.demo)],
    )


def _voting(words: gr.I18n) -> VotingParts:
    with gr.Column(visible=False, elem_id="ballot") as panel:
        gr.Markdown(words("vote.which"), elem_id="vote-which")
        with gr.Row(elem_id="vote-choices"):
            choices = {
                choice: gr.Button(words(f"vote.{choice}"), size="md", elem_id=f"vote-{choice}")
                for choice in CHOICES
            }
        consent = gr.Checkbox(label=words("vote.consent"), container=False, elem_id="consent")
    with gr.Row(elem_id="voted"):
        outcome = gr.Markdown(visible=False, elem_id="vote-outcome")
        withdraw = gr.Button(words("vote.withdraw"), visible=False, size="sm", elem_id="withdraw")
    return VotingParts(
        ballot=gr.State(),
        cast=gr.State(()),
        panel=panel,
        choices=choices,
        consent=consent,
        outcome=outcome,
        withdraw=withdraw,
    )


def _prompt(toggle: gr.Button) -> PromptParts:
    with gr.Column(visible=False, elem_id="prompt-view") as panel, gr.Row():
        first, second = (
            gr.Textbox(
                interactive=False, lines=3, max_lines=12, buttons=["copy"], elem_id=f"prompt-{name}"
            )
            for name in "ab"
        )
    return PromptParts(toggle=toggle, shown=gr.State(False), panel=panel, boxes=(first, second))


def _keeping(words: gr.I18n, history: gr.BrowserState) -> KeepingParts:
    gr.Markdown(words("keep.where"), elem_classes="note")
    with gr.Row(elem_classes="small-buttons"):
        save_json = gr.Button(words("keep.save_json"), size="sm", elem_id="save-json")
        save_markdown = gr.Button(words("keep.save_markdown"), size="sm", elem_id="save-markdown")
        open_json = gr.Button(words("keep.open_json"), size="sm", elem_id="open-json")
    return KeepingParts(
        history=history,
        save_json=save_json,
        save_markdown=save_markdown,
        open_json=open_json,
        text=gr.Textbox(visible=False),
    )


def _presets(words: gr.I18n) -> dict[str, gr.Button]:
    with gr.Row(elem_classes="small-buttons"):
        return {
            name: gr.Button(words(f"preset.{name}"), size="sm", elem_id=f"preset-{name}")
            for name in PRESETS
        }


def _choices(words: gr.I18n, spec: ModelSpec) -> dict[str, Any]:
    """The controls that are always in sight."""
    modes: list[tuple[Any, Mode]] = [
        (words(f"variant.{name}"), name) for name in PAIR if name in spec.variants
    ]
    if len(modes) == len(PAIR):
        modes += [(words(f"mode.{name}"), name) for name in PAIRED]
    return {
        "mode": gr.Radio(
            modes,
            value=modes[0][1],
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
