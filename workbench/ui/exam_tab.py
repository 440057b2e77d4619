"""The exam card: one question before both variants, pasted, leafed to, or named by the address.

Work on a card is three steps, as an answer in the chat is. `_begin` shows at once that it will be
done; `work` follows in the queue and is the only step that runs the model; `settle` draws the tab
from what came of it, because a card may have been turned over meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from threading import Event
from typing import Any

import gradio as gr

from workbench.engines.base import Engine
from workbench.errors import CardError, InputError, WorkbenchError
from workbench.questions import bundled_names, load_questions
from workbench.questions.card import Card, corrected, lines
from workbench.questions.library import (
    FRESH_PREFIX,
    MAX_SEED,
    find_question,
    library_set,
    on_topic,
    topics,
)
from workbench.questions.paste import read_question
from workbench.schema import Question, QuestionSet
from workbench.ui.address import KEEP_ADDRESS, query
from workbench.ui.loading import EngineNotOpenError, Failed, Loading, Ready
from workbench.ui.page import ENGINE_QUEUE, Page, session
from workbench.ui.rendering import exam as rendering
from workbench.ui.rendering.notices import notice
from workbench.ui.sitting import Sitting, SolvingStyle, Work, carry_out
from workbench.ui.texts import Texts

Inputs = dict[Any, Any]  # what Gradio hands over: component -> value
Update = dict[Any, Any]  # what it takes back: component -> value or gr.update

NOTHING: Update = gr.skip()
UPLOADED = "uploaded"  # the value of one's own set among the names of the bundled ones
UPLOAD_SUFFIXES = (".jsonl", ".csv")
FIRST_SET = "krx-mcqa"

# N turns to the next card while the tab is in sight and nothing is being typed. The key is told by
# its place, because on a Korean keyboard it may mean another letter.
SHEET_SCRIPT = """
const turn = (event) => {
  if (!element.isConnected) { document.removeEventListener("keydown", turn); return; }
  const typing = event.target.closest?.("input:not([type=radio]), textarea, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.code === "KeyN" && element.offsetParent) document.querySelector("#exam-next")?.click();
};
document.addEventListener("keydown", turn);
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-act=first]")) document.querySelector("#exam-next")?.click();
});
"""


@dataclass(frozen=True)
class ExamParts:
    """The components of the tab.

    Another tab opens a question here with `load`, among whose outputs are `outputs`; to bring the
    tab into sight it selects 'exam' in the page's gr.Tabs, too:

        button.click(
            lambda …, request: {tabs: gr.Tabs(selected="exam"), **exam.load(question, request)},
            outputs=[tabs, *exam.outputs],
        )
    """

    page: Page
    sitting: gr.State
    uploaded: gr.State
    set_name: gr.Dropdown
    topic: gr.Dropdown
    previous: gr.Button
    next: gr.Button
    random: gr.Button
    fresh: gr.Button
    upload: gr.UploadButton
    library_note: gr.HTML
    pasted: gr.Textbox
    make_card: gr.Button
    paste_note: gr.HTML
    score: gr.Button
    rotate: gr.Button
    solve: gr.Button
    reveal: gr.Button
    stop: gr.Button
    sheet: gr.HTML
    rotations: gr.HTML
    solutions: gr.HTML
    solving_style: gr.Radio
    stem: gr.Textbox
    options: gr.Textbox
    answer: gr.Radio
    correction_note: gr.HTML

    def load(self, question: Question, request: gr.Request, set_name: str = "") -> Update:
        """The card of `question`, for the components in `outputs`.

        What was under way on an earlier card is stopped. Name the set only if it is one of
        `questions.library`: then the card has an address, and the next card is the set's next.
        """
        exam = Exam(self)
        if not set_name:
            return exam.turn_to(Sitting(card=Card(question=question)), request)
        return exam.show_in_set(library_set(set_name), question, None, request)

    @property
    def outputs(self) -> list[Any]:
        """What a card shows, and what its buttons are."""
        return [
            *(self.sitting, self.set_name, self.topic, self.library_note, self.paste_note),
            *(self.score, self.rotate, self.solve, self.reveal, self.stop),
            *(self.sheet, self.rotations, self.solutions),
            *(self.stem, self.options, self.answer, self.correction_note),
        ]

    @property
    def streamed(self) -> list[Any]:
        """What changes while the model works."""
        return [self.sitting, self.sheet, self.rotations, self.solutions]

    @property
    def inputs(self) -> set[Any]:
        """What handlers of the person's actions read."""
        return {
            *(self.sitting, self.uploaded, self.set_name, self.topic, self.pasted),
            *(self.solving_style, self.stem, self.options, self.answer),
        }


def exam_tab(page: Page) -> ExamParts:
    with gr.Tab(page.words("exam.tab"), id="exam", elem_id="exam-tab") as tab:
        parts = _lay_out(page)
    _wire(tab, parts, Exam(parts))
    return parts


# ── layout ───────────────────────────────────────────────────────────────────────────────────


def _lay_out(page: Page) -> ExamParts:
    states = {"sitting": gr.State(Sitting()), "uploaded": gr.State(None)}
    with gr.Row(elem_id="exam-desk"):
        with gr.Column(scale=2, min_width=280, elem_id="exam-sources"):
            sources = _sources(page)
        with gr.Column(scale=5, min_width=320, elem_id="exam-card"):
            card = _card(page)
    parts = states | sources | card
    assert parts.keys() == {field.name for field in fields(ExamParts)} - {"page"}
    return ExamParts(page=page, **parts)


def _sources(page: Page) -> dict[str, Any]:
    """Where a card comes from."""
    words = page.words
    html: dict[str, Any] = {"apply_default_css": False}
    with gr.Tabs(elem_id="exam-from"):
        with gr.Tab(words("exam.library"), id="library"):
            set_name = gr.Dropdown(
                list(bundled_names()), value=FIRST_SET, label=words("exam.set"), elem_id="exam-set"
            )
            topic = gr.Dropdown(
                [(words("exam.every_topic"), ""), *topics(library_set(FIRST_SET))],
                value="",
                label=words("exam.topic"),
                elem_id="exam-topic",
            )
            with gr.Row(elem_classes="exam-buttons"):
                previous = gr.Button(words("exam.previous"), size="sm", elem_id="exam-previous")
                forward = gr.Button(words("exam.next"), size="sm", elem_id="exam-next")
                random = gr.Button(words("exam.random"), size="sm", elem_id="exam-random")
            with gr.Row(elem_classes="exam-buttons"):
                fresh = gr.Button(words("exam.fresh"), size="sm", elem_id="exam-fresh")
                upload = gr.UploadButton(
                    words("exam.upload"),
                    size="sm",
                    file_types=list(UPLOAD_SUFFIXES),
                    elem_id="exam-upload",
                )
            library_note = gr.HTML(elem_id="exam-library-note", **html)
        with gr.Tab(words("exam.paste"), id="paste", elem_id="exam-paste-tab"):
            pasted = gr.Textbox(
                label=words("exam.paste_text"),
                info=words("exam.paste_info"),
                placeholder=words("exam.paste_placeholder"),
                lines=8,
                max_lines=20,
                elem_id="exam-pasted",
            )
            make_card = gr.Button(
                words("exam.make_card"), variant="primary", size="sm", elem_id="exam-make"
            )
            paste_note = gr.HTML(elem_id="exam-paste-note", **html)
    return {
        "set_name": set_name,
        "topic": topic,
        "previous": previous,
        "next": forward,
        "random": random,
        "fresh": fresh,
        "upload": upload,
        "library_note": library_note,
        "pasted": pasted,
        "make_card": make_card,
        "paste_note": paste_note,
    }


def _card(page: Page) -> dict[str, Any]:
    """The card, what can be done with it, and what came of that."""
    words = page.words
    html: dict[str, Any] = {"apply_default_css": False}
    with gr.Row(elem_id="exam-actions"):
        actions = {
            name: gr.Button(
                words(f"exam.{name}"),
                variant="primary" if name == "score" else "secondary",
                size="sm",
                interactive=False,
                elem_id=f"exam-{name}",
            )
            for name in ("score", "rotate", "solve", "reveal")
        }
        stop = gr.Button(
            words("exam.stop"), variant="stop", size="sm", visible=False, elem_id="exam-stop"
        )
    sheet = gr.HTML(js_on_load=SHEET_SCRIPT, elem_id="exam-sheet", **html)
    rotations = gr.HTML(elem_id="exam-rotations", **html)
    solutions = gr.HTML(elem_id="exam-solutions", **html)
    with gr.Accordion(words("exam.correct"), open=False, elem_id="exam-correct"):
        stem = gr.Textbox(label=words("exam.stem"), lines=3, max_lines=12, elem_id="exam-stem")
        options = gr.Textbox(
            label=words("exam.options"), lines=4, max_lines=12, elem_id="exam-options"
        )
        with gr.Row():
            answer = gr.Radio(
                [(words("exam.unknown"), "")],
                value="",
                label=words("exam.answer"),
                interactive=True,
                elem_id="exam-answer",
                elem_classes="segments",
            )
            solving_style = gr.Radio(
                [
                    (words("exam.own_style"), "own"),
                    *((words(f"prompt.{style}"), style) for style in ("native", "chat")),
                ],
                value="own",
                label=words("exam.solving_style"),
                interactive=True,
                elem_id="exam-solving-style",
                elem_classes="segments",
            )
        correction_note = gr.HTML(elem_id="exam-correction-note", **html)
    return {
        **actions,
        "stop": stop,
        "sheet": sheet,
        "rotations": rotations,
        "solutions": solutions,
        "stem": stem,
        "options": options,
        "answer": answer,
        "solving_style": solving_style,
        "correction_note": correction_note,
    }


# ── wiring ───────────────────────────────────────────────────────────────────────────────────


def _wire(tab: gr.Tab, parts: ExamParts, exam: Exam) -> None:
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = quiet | {"queue": False}
    ends = parts.inputs, parts.outputs
    turned = [
        tab.select(exam.enter, *ends, **at_once),
        parts.set_name.input(exam.choose_set, *ends, **at_once),
        parts.topic.input(exam.first, *ends, **at_once),
        parts.previous.click(exam.previous, *ends, **at_once),
        parts.next.click(exam.next, *ends, **at_once),
        parts.random.click(exam.draw, *ends, **at_once),
        parts.fresh.click(exam.make_fresh, *ends, **at_once),
        parts.make_card.click(exam.paste, *ends, **at_once),
        parts.upload.upload(
            exam.take_file,
            parts.inputs | {parts.upload},
            [*parts.outputs, parts.uploaded, parts.upload],
            **at_once,
        ),
        gr.on(
            [parts.stem.blur, parts.options.blur, parts.answer.input],
            exam.correct,
            *ends,
            **at_once,
        ),
        parts.reveal.click(exam.reveal, *ends, **at_once),
    ]
    for event in turned:
        event.then(None, js=KEEP_ADDRESS, **at_once)
    for button, handler in (
        (parts.score, exam.score),
        (parts.rotate, exam.rotate),
        (parts.solve, exam.solve),
    ):
        begun = button.click(handler, *ends, **at_once)
        worked = begun.then(
            exam.work,
            parts.sitting,
            parts.streamed,
            trigger_mode="multiple",
            **ENGINE_QUEUE,
            **quiet,
        )
        worked.then(exam.settle, parts.sitting, parts.outputs, **at_once)
    parts.stop.click(exam.stop, **at_once)


class Exam:
    """The handlers."""

    def __init__(self, parts: ExamParts) -> None:
        self.page, self.parts = parts.page, parts

    # ── which card ───────────────────────────────────────────────────────────────────────────

    def enter(self, inputs: Inputs, request: gr.Request) -> Update:
        """The tab as it was left, or the question that the address names."""
        sitting: Sitting = inputs[self.parts.sitting]
        named = query(request).get("question")
        if sitting.card is not None or not named:
            return self._drawn(sitting, request)
        found = find_question(named)
        if found is None:
            missing = rendering.missing(named, self._texts(request))
            return self._drawn(sitting, request) | {self.parts.sheet: missing}
        return self.show_in_set(*found, inputs[self.parts.uploaded], request)

    def choose_set(self, inputs: Inputs, request: gr.Request) -> Update:
        name, own = inputs[self.parts.set_name], inputs[self.parts.uploaded]
        return self._opened(self._chosen_set(inputs), name, own, request)

    def make_fresh(self, inputs: Inputs, request: gr.Request) -> Update:
        question_set = library_set(f"{FRESH_PREFIX}{secrets.randbelow(MAX_SEED)}")
        return self._opened(question_set, question_set.name, inputs[self.parts.uploaded], request)

    def take_file(self, inputs: Inputs, request: gr.Request) -> Update:
        """Leaf through a file of one's own; it stays with this page and is written nowhere."""
        path = Path(inputs[self.parts.upload])
        try:
            if path.suffix.lower() not in UPLOAD_SUFFIXES:
                raise InputError(f"expected a file of kind {', '.join(UPLOAD_SUFFIXES)}")
            question_set = load_questions(path)
        except InputError as error:
            reason = str(error).replace(str(path), path.name)
            fault = rendering.upload_fault(reason, self._texts(request))
            return {self.parts.library_note: fault, self.parts.upload: None}
        finally:
            path.unlink(missing_ok=True)
        opened = self._opened(question_set, UPLOADED, question_set, request)
        return opened | {self.parts.uploaded: question_set, self.parts.upload: None}

    def first(self, inputs: Inputs, request: gr.Request) -> Update:
        return self._leafed(inputs, request, lambda position, count: 0)

    def next(self, inputs: Inputs, request: gr.Request) -> Update:
        """Behind the last card comes the first."""
        return self._leafed(
            inputs, request, lambda position, count: 0 if position is None else position + 1
        )

    def previous(self, inputs: Inputs, request: gr.Request) -> Update:
        return self._leafed(
            inputs, request, lambda position, count: -1 if position is None else position - 1
        )

    def draw(self, inputs: Inputs, request: gr.Request) -> Update:
        """Any other card."""

        def other(position: int | None, count: int) -> int:
            if position is None or count == 1:
                return secrets.randbelow(count)
            return position + 1 + secrets.randbelow(count - 1)

        return self._leafed(inputs, request, other)

    def paste(self, inputs: Inputs, request: gr.Request) -> Update:
        texts = self._texts(request)
        try:
            pasted = read_question(inputs[self.parts.pasted] or "")
        except CardError as error:
            return {self.parts.paste_note: rendering.card_fault(error, texts)}
        note = rendering.several(pasted.found, texts) if pasted.found > 1 else ""
        return self.turn_to(Sitting(card=pasted.card), request) | {self.parts.paste_note: note}

    def correct(self, inputs: Inputs, request: gr.Request) -> Update:
        """What stands in the fields becomes the card, if it can be one."""
        sitting: Sitting = inputs[self.parts.sitting]
        try:
            corrected_one = self._as_corrected(inputs)
        except CardError as error:
            fault = rendering.card_fault(error, self._texts(request))
            return {self.parts.correction_note: fault}
        if corrected_one == sitting:
            return {self.parts.correction_note: ""}
        update = self.turn_to(corrected_one, request)
        for field in (self.parts.stem, self.parts.options):
            del update[field]  # it may be being typed in
        return update

    def reveal(self, inputs: Inputs, request: gr.Request) -> Update:
        sitting: Sitting = inputs[self.parts.sitting]
        return self._drawn(sitting.model_copy(update={"revealed": not sitting.revealed}), request)

    # ── work on it ───────────────────────────────────────────────────────────────────────────

    def score(self, inputs: Inputs, request: gr.Request) -> Update:
        return self._begin("score", inputs, request)

    def rotate(self, inputs: Inputs, request: gr.Request) -> Update:
        return self._begin("rotate", inputs, request)

    def solve(self, inputs: Inputs, request: gr.Request) -> Update:
        return self._begin("solve", inputs, request)

    def _begin(self, work: Work, inputs: Inputs, request: gr.Request) -> Update:
        """Show what is going to be done; the step after this one does it."""
        if inputs[self.parts.sitting].work is not None:
            return NOTHING
        try:
            sitting = self._as_corrected(inputs)
        except CardError as error:
            fault = rendering.card_fault(error, self._texts(request))
            return {self.parts.correction_note: fault}
        self.page.stops.announce(_place(request))
        style: SolvingStyle = inputs[self.parts.solving_style]
        return self._drawn(sitting.beginning(work, style), request)

    def work(self, sitting: Sitting, request: gr.Request) -> Generator[Update]:
        """Do what was begun, as far as nobody stops it or turns to another card."""
        place = _place(request)
        cancel = self.page.stops.claim(place)
        if cancel is None or sitting.work is None:
            yield NOTHING
            return
        texts = self._texts(request)
        try:
            for newer in self._progress(sitting, cancel):
                if not self.page.stops.holds(place, cancel):
                    break
                sitting = newer
                yield self._results(sitting, texts)
        except WorkbenchError as error:
            gr.Warning(notice(error, texts), duration=None)
        finally:
            held = self.page.stops.holds(place, cancel)
            self.page.stops.release(place, cancel)
        yield {self.parts.sitting: sitting.at_rest()} if held else NOTHING

    def _progress(self, sitting: Sitting, cancel: Event) -> Generator[Sitting]:
        engine: Engine | None = None
        for state in self.page.loader.until_settled(cancel):
            match state:
                case Ready():
                    engine = state.engine
                case Failed(reason=reason):
                    raise EngineNotOpenError(reason)
                case Loading(seconds=seconds):
                    yield sitting.model_copy(update={"loading": seconds})
        if engine is not None:
            yield from carry_out(engine, sitting, self.page.spec.styles, cancel)

    def settle(self, sitting: Sitting, request: gr.Request) -> Update:
        """The tab once the work is over, however it ended; whatever began since is left alone."""
        if self.page.stops.under_way(_place(request)):
            return NOTHING
        return self._drawn(sitting.at_rest(), request)

    def stop(self, request: gr.Request) -> None:
        self.page.stops.stop(_place(request))

    # ── leafing ──────────────────────────────────────────────────────────────────────────────

    def _chosen_set(self, inputs: Inputs) -> QuestionSet:
        own: QuestionSet | None = inputs[self.parts.uploaded]
        name = inputs[self.parts.set_name]
        return own if name == UPLOADED and own is not None else library_set(name)

    def show_in_set(
        self,
        question_set: QuestionSet,
        question: Question,
        own: QuestionSet | None,
        request: gr.Request,
    ) -> Update:
        """A certain card of a set of the library; just the card if the set has changed since."""
        if question not in question_set.questions:
            return self.turn_to(Sitting(card=Card(question=question)), request)
        opened = self._opened(question_set, question_set.name, own, request)
        position = question_set.questions.index(question)
        return opened | self._laid_down(
            question_set.questions, position, question_set.name, request
        )

    def _opened(
        self, question_set: QuestionSet, name: str, own: QuestionSet | None, request: gr.Request
    ) -> Update:
        """The first card of a set, all topics together; `own` is the uploaded set, if there is one."""
        names: list[str | tuple[str, str]] = list(bundled_names())
        if name not in (*names, UPLOADED):
            names.append(name)
        if own is not None:
            names.append((f"↑ {own.name}", UPLOADED))
        every = self._texts(request)("exam.every_topic")
        return self._laid_down(question_set.questions, 0, name, request) | {
            self.parts.set_name: gr.update(choices=names, value=name),
            self.parts.topic: gr.update(choices=[(every, ""), *topics(question_set)], value=""),
        }

    def _leafed(
        self, inputs: Inputs, request: gr.Request, choose: Callable[[int | None, int], int]
    ) -> Update:
        """Another card of the set and topic that are chosen: `choose` is given the position of
        the present one, if it is one of them, and how many there are."""
        questions = on_topic(self._chosen_set(inputs), inputs[self.parts.topic] or "")
        card: Card | None = inputs[self.parts.sitting].card
        present = [n for n, each in enumerate(questions) if card and each == card.question]
        position = choose(present[0] if present else None, len(questions)) % len(questions)
        return self._laid_down(questions, position, inputs[self.parts.set_name], request)

    def _laid_down(
        self, questions: Sequence[Question], position: int, set_name: str, request: gr.Request
    ) -> Update:
        sitting = Sitting(
            card=Card(question=questions[position]),
            set_name="" if set_name == UPLOADED else set_name,
            place=(position + 1, len(questions)),
        )
        return self.turn_to(sitting, request)

    # ── what the handlers share ──────────────────────────────────────────────────────────────

    def turn_to(self, sitting: Sitting, request: gr.Request) -> Update:
        """Another card: what was under way on the one before is stopped for good."""
        self.page.stops.forget(_place(request))
        return self._drawn(sitting, request) | self._fields(sitting, request)

    def _as_corrected(self, inputs: Inputs) -> Sitting:
        """The sitting with the card as it stands in the fields. Raises CardError."""
        parts, sitting = self.parts, inputs[self.parts.sitting]
        card = corrected(
            sitting.card,
            inputs[parts.stem] or "",
            inputs[parts.options] or "",
            inputs[parts.answer] or None,
        )
        return sitting if card == sitting.card else Sitting(card=card, revealed=sitting.revealed)

    def _drawn(self, sitting: Sitting, request: gr.Request) -> Update:
        """The card with its results and its buttons."""
        texts, busy = self._texts(request), sitting.work is not None
        can_work = gr.update(interactive=sitting.card is not None and not busy)
        reveal = texts("exam.hide") if sitting.revealed else texts("exam.reveal")
        return {
            self.parts.sitting: sitting,
            **dict.fromkeys((self.parts.score, self.parts.rotate, self.parts.solve), can_work),
            self.parts.reveal: gr.update(value=reveal, interactive=sitting.card is not None),
            self.parts.stop: gr.update(visible=busy),
            **self._results(sitting, texts),
        }

    def _results(self, sitting: Sitting, texts: Texts) -> Update:
        return {
            self.parts.sheet: rendering.sheet(sitting, texts),
            self.parts.rotations: rendering.rotations(sitting, texts),
            self.parts.solutions: rendering.solutions(sitting, texts),
        }

    def _fields(self, sitting: Sitting, request: gr.Request) -> Update:
        """The card in the fields for correcting it; faults of an earlier one are gone."""
        card = sitting.card
        letters = card.question.letters if card else ()
        unknown = (self._texts(request)("exam.unknown"), "")
        return {
            self.parts.stem: card.question.question if card else "",
            self.parts.options: lines(card) if card else "",
            self.parts.answer: gr.update(
                choices=[unknown, *letters], value=(card.answer if card else None) or ""
            ),
            self.parts.correction_note: "",
            self.parts.library_note: "",
            self.parts.paste_note: "",
        }

    def _texts(self, request: gr.Request) -> Texts:
        return self.page.languages.texts(request)


def _place(request: gr.Request) -> str:
    """Where this tab's work goes by: the chat of the same page has work of its own."""
    return session(request, "exam")
