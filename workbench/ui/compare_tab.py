"""The comparison: put questions to both sides, and read in one sentence which of them is better.

Evaluations run behind the page (`evaluation_jobs`): this file starts them, looks at them once a
second while one is under way, and shows what the store holds. What is shown is a `CompareView`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, get_args

import gradio as gr

from workbench.compare import FieldDifference, differing_conditions
from workbench.compared import (
    asked_questions,
    foremost_cell,
    page_count,
    read_compared,
    read_matrix,
    runs_over,
)
from workbench.engines.base import Engine
from workbench.errors import InputError, UnknownNameError, WorkbenchError
from workbench.evaluate import PRIMARY_METHOD, Procedure
from workbench.evaluation_jobs import (
    EvaluationJobs,
    JobStatus,
    PlannedRun,
    Unfinished,
    unfinished,
)
from workbench.matrix import Cell
from workbench.questions import load_questions
from workbench.questions.load import bundled_names
from workbench.questions.reading import READERS
from workbench.schema import Method, ModelSpec, PromptStyle, QuestionSet, Run
from workbench.store import Store
from workbench.ui.address import KEEP_ADDRESS, query
from workbench.ui.clicks import CLICKS
from workbench.ui.compare_view import CompareView
from workbench.ui.exam_tab import ExamParts
from workbench.ui.loading import EngineLoader, EngineNotOpenError, Failed, Ready
from workbench.ui.page import Page
from workbench.ui.rendering import compare as rendering
from workbench.ui.scripts import SAVE_TEXT
from workbench.ui.texts import Texts

Update = dict[Any, Any]  # what Gradio takes back: component -> value or gr.update
Inputs = dict[Any, Any]  # what Gradio hands over: component -> value

OWN_STYLE = "own"
DEMO_SET, DEFAULT_SET = "demo-heldout", "krx-mcqa"  # what the demo pair was taught for; all others
UPLOADED = "uploaded"
LOOK_SECONDS = 1.0  # between two looks at an evaluation under way
RUNS_OFFERED = 200
NOTHING: Update = gr.skip()


@dataclass(frozen=True)
class Parts:
    """The components of the tab. `view` is None until the address was read, `job` an id or ''."""

    view: gr.State
    job: gr.State
    uploaded: gr.State
    set: gr.Dropdown
    upload: gr.UploadButton
    limit: gr.Number
    methods: gr.CheckboxGroup
    styles: gr.CheckboxGroup
    run: gr.Button
    cancel: gr.Button
    resume: gr.Button
    progress: gr.HTML
    clock: gr.Timer
    a: gr.Dropdown
    b: gr.Dropdown
    compare: gr.Button
    result: gr.HTML
    questions: gr.HTML
    beneath: gr.HTML
    report: gr.Button
    file_name: gr.Textbox
    file_text: gr.Textbox

    @property
    def shown(self) -> list[Any]:
        """What shows a comparison, but for what takes long to compute."""
        return [self.view, self.result, self.questions, self.report]

    @property
    def evaluation(self) -> list[Any]:
        """What shows an evaluation."""
        return [self.job, self.progress, self.run, self.cancel, self.resume, self.clock]


def compare_tab(page: Page, exam: ExamParts, tabs: gr.Tabs) -> None:
    """Questions are opened in `exam`, one of `tabs`."""
    jobs = EvaluationJobs(page.store_path, engine_source(page.loader))
    page.loader.before_close(jobs.close)
    with gr.Tab(page.words("compare.tab"), id="compare", elem_id="compare-tab") as tab:
        parts = _lay_out(page)
    _wire(tab, parts, Compare(page, parts, jobs, exam, tabs))


def engine_source(loader: EngineLoader) -> Callable[[float], Engine | None]:
    """The page's engine as evaluations wait for it."""

    def engine_within(seconds: float) -> Engine | None:
        match loader.wait(seconds):
            case Ready(engine=engine):
                return engine
            case Failed(reason=reason):
                raise EngineNotOpenError(reason)
        return None

    return engine_within


# ── layout ───────────────────────────────────────────────────────────────────────────────────


def _lay_out(page: Page) -> Parts:
    words = page.words
    plain: dict[str, Any] = {"apply_default_css": False}
    with gr.Column(elem_id="compare-setup"):
        chosen = _choices(page)
        with gr.Row(elem_classes="compare-actions"):
            run = gr.Button(words("compare.run"), variant="primary", elem_id="compare-run")
            cancel = gr.Button(words("compare.cancel"), visible=False, elem_id="compare-cancel")
            resume = gr.Button(words("compare.resume"), visible=False, elem_id="compare-resume")
            upload = gr.UploadButton(
                words("compare.upload"),
                file_types=list(READERS),
                size="sm",
                elem_id="compare-upload",
            )
        progress = gr.HTML(elem_id="compare-progress", **plain)
    with gr.Accordion(words("compare.stored"), open=False, elem_id="compare-stored"):
        gr.Markdown(words("compare.stored_info"), elem_classes="note")
        with gr.Row():
            a = gr.Dropdown(label=words("compare.side_a"), elem_id="compare-a", interactive=True)
            b = gr.Dropdown(label=words("compare.side_b"), elem_id="compare-b", interactive=True)
        compare = gr.Button(words("compare.compare"), size="sm", elem_id="compare-chosen")
    result = gr.HTML(js_on_load=CLICKS, elem_id="compare-result", **plain)
    report = gr.Button(words("compare.report"), size="sm", visible=False, elem_id="compare-report")
    questions = gr.HTML(js_on_load=CLICKS, elem_id="compare-questions", **plain)
    beneath = gr.HTML(js_on_load=CLICKS, elem_id="compare-beneath", **plain)
    return Parts(
        **chosen,
        view=gr.State(None),
        job=gr.State(""),
        uploaded=gr.State(None),
        upload=upload,
        run=run,
        cancel=cancel,
        resume=resume,
        progress=progress,
        clock=gr.Timer(LOOK_SECONDS, active=False),
        a=a,
        b=b,
        compare=compare,
        result=result,
        questions=questions,
        beneath=beneath,
        report=report,
        file_name=gr.Textbox(visible=False),
        file_text=gr.Textbox(visible=False),
    )


def _choices(page: Page) -> dict[str, Any]:
    """What is asked, and how."""
    words = page.words
    with gr.Row(elem_classes="compare-choices"):
        return {
            "set": gr.Dropdown(
                [(_set_label(name), name) for name in bundled_names()],
                value=default_set(page.spec),
                label=words("compare.set"),
                elem_id="compare-set",
                scale=3,
            ),
            "limit": gr.Number(
                label=words("compare.limit"),
                value=0,
                precision=0,
                minimum=0,
                elem_id="compare-limit",
                scale=1,
                min_width=140,
            ),
            "methods": gr.CheckboxGroup(
                [(words(f"compare_method.{name}"), name) for name in method_choices()],
                value=[PRIMARY_METHOD],
                label=words("compare.methods"),
                elem_id="compare-methods",
                scale=3,
            ),
            "styles": gr.CheckboxGroup(
                [
                    (words("compare.own_style"), OWN_STYLE),
                    *((words(f"prompt.{style}"), style) for style in get_args(PromptStyle)),
                ],
                value=[OWN_STYLE],
                label=words("compare.styles"),
                elem_id="compare-styles",
                scale=3,
            ),
        }


def default_set(spec: ModelSpec) -> str:
    return DEMO_SET if spec.demo else DEFAULT_SET


def method_choices() -> list[Method]:
    """The primary method first."""
    methods: tuple[Method, ...] = get_args(Method)
    return sorted(methods, key=lambda method: method != PRIMARY_METHOD)


def plan(
    spec: ModelSpec, methods: Sequence[Method], styles: Sequence[str]
) -> tuple[PlannedRun, ...]:
    """Every side of the pair by every method in every style; OWN_STYLE is what a side was made for.

    The sides of one way of asking follow each other, so that a first comparison stands early.
    """
    named: dict[str, PromptStyle] = {style: style for style in get_args(PromptStyle)}
    return tuple(
        PlannedRun(
            variant=variant,
            procedure=Procedure(method=method, style=named.get(style) or spec.styles[variant]),
        )
        for method in methods
        for style in styles
        for variant in spec.variants
    )


@cache
def _bundled(name: str) -> QuestionSet:
    return load_questions(name)


def _set_label(name: str, question_set: QuestionSet | None = None) -> str:
    return f"{name} ({len((question_set or _bundled(name)).questions):,})"


# ── wiring ───────────────────────────────────────────────────────────────────────────────────


def _wire(tab: gr.Tab, parts: Parts, compare: Compare) -> None:
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    at_once = quiet | {"queue": False}
    # A first look at fifty thousand questions takes seconds; a sign of life stands in its place.
    first_look = at_once | {"show_progress": "minimal", "show_progress_on": parts.result}
    shown, evaluation = parts.shown, parts.evaluation
    opened = tab.select(
        compare.open,
        {parts.view, parts.job},
        [*shown, *evaluation, parts.a, parts.b],
        **first_look,
    )
    looked = parts.clock.tick(
        compare.look, {parts.view, parts.job}, [*shown, *evaluation, parts.a, parts.b], **at_once
    )
    asked = {parts.set, parts.uploaded, parts.limit, parts.methods, parts.styles}
    parts.run.click(compare.run, asked, evaluation, **at_once)
    parts.cancel.click(compare.cancel, parts.job, evaluation, **at_once)
    parts.resume.click(compare.resume, None, evaluation, **at_once)
    parts.upload.upload(
        compare.upload,
        parts.upload,
        [parts.set, parts.uploaded, parts.progress, *shown],
        **at_once,
    )
    other_set = parts.set.input(compare.show_set, {parts.set, parts.uploaded}, shown, **at_once)
    parts.a.input(compare.offer_partners, {parts.a, parts.b}, parts.b, **at_once)
    chosen = parts.compare.click(compare.show_chosen, {parts.a, parts.b}, shown, **first_look)
    for place in (parts.result, parts.questions, parts.beneath):
        clicked = place.click(compare.click, parts.view, shown, **at_once)
        clicked.then(compare.beneath, parts.view, parts.beneath, **at_once)
        clicked.then(None, js=KEEP_ADDRESS, **at_once)
    for event in (opened, looked, other_set, chosen):
        event.then(compare.beneath, parts.view, parts.beneath, **at_once)
        event.then(None, js=KEEP_ADDRESS, **at_once)
    exam_card = [compare.tabs, *compare.exam.outputs]
    parts.questions.click(compare.open_in_exam, parts.view, exam_card, **at_once)
    file = [parts.file_name, parts.file_text]
    parts.report.click(compare.report, parts.view, file, **at_once).then(
        None, file, js=SAVE_TEXT, **at_once
    )


class Compare:
    """The handlers. What they show follows from the store, the jobs and the view."""

    def __init__(
        self, page: Page, parts: Parts, jobs: EvaluationJobs, exam: ExamParts, tabs: gr.Tabs
    ) -> None:
        self.page, self.parts, self.jobs = page, parts, jobs
        self.exam, self.tabs = exam, tabs

    # ── opening ──────────────────────────────────────────────────────────────────────────────

    def open(self, inputs: Inputs, request: gr.Request) -> Update:
        """The tab as it was left, as the address asks for it, or on the loaded pair's own set."""
        asked, own_set = query(request), default_set(self.page.spec)
        view: CompareView | None = inputs[self.parts.view]
        if view is None and asked.get("tab") == "compare":
            view = CompareView.from_query(asked)
        if view is None or not view.chosen:
            view = self._foremost(own_set)
        status = self._status(inputs[self.parts.job])
        shown = self._shown(view, request, own_set)
        return shown | self._evaluation(status, request) | self._runs(request)

    def show_set(self, inputs: Inputs, request: gr.Request) -> Update:
        """What is known of the pair on a question set, as soon as the set is chosen."""
        name = self._chosen_set(inputs).name
        return self._shown(self._foremost(name), request, name)

    def upload(self, path: str, request: gr.Request) -> Update:
        texts = self.page.languages.texts(request)
        try:
            questions = load_questions(Path(path))
        except WorkbenchError as error:
            title = texts("compare_note.upload_refused")
            return {self.parts.progress: rendering.problem(title, str(error), texts)}
        choices = [(_set_label(name), name) for name in bundled_names()]
        choices.append((_set_label(questions.name, questions), UPLOADED))
        return {
            self.parts.progress: "",
            self.parts.uploaded: questions,
            self.parts.set: gr.update(choices=choices, value=UPLOADED),
            **self._shown(self._foremost(questions.name), request, questions.name),
        }

    # ── evaluating ───────────────────────────────────────────────────────────────────────────

    def run(self, inputs: Inputs, request: gr.Request) -> Update:
        parts = self.parts
        questions = self._chosen_set(inputs).head(inputs[parts.limit] or None)
        planned = plan(self.page.spec, inputs[parts.methods], inputs[parts.styles])
        if not planned:
            texts = self.page.languages.texts(request)
            return {parts.progress: rendering.sentence(texts("compare_note.choose"), texts)}
        return self._start(questions, planned, request)

    def resume(self, request: gr.Request) -> Update:
        left = self._left()
        return self._start(left[0].question_set, left[0].runs, request) if left else NOTHING

    def cancel(self, job: str, request: gr.Request) -> Update:
        self.jobs.cancel(job)
        return self._evaluation(self.jobs.status(job), request)

    def look(self, inputs: Inputs, request: gr.Request) -> Update:
        """How far the evaluation is; once it has ended, its result."""
        status = self._status(inputs[self.parts.job])
        update = self._evaluation(status, request)
        if status is None or not status.ended:
            return update
        return update | self._result_of(status, request) | self._runs(request)

    def _start(
        self, questions: QuestionSet, planned: Sequence[PlannedRun], request: gr.Request
    ) -> Update:
        try:
            job = self.jobs.start(questions, planned)
        except InputError as error:
            texts = self.page.languages.texts(request)
            title = texts("compare_note.not_started")
            return {self.parts.progress: rendering.problem(title, str(error), texts)}
        return self._evaluation(self.jobs.status(job), request)

    def _result_of(self, status: JobStatus, request: gr.Request) -> Update:
        if status.state != "finished":
            return {}
        with Store(self.page.store_path) as store:
            runs = [store.run(each.run_id) for each in status.runs]
        cell = foremost_cell(self.page.store_path, runs)
        if cell is None:
            texts = self.page.languages.texts(request)
            return {self.parts.progress: rendering.sentence(texts("compare_job.one_side"), texts)}
        return self._shown(_view_of(cell), request)

    def _status(self, job: str) -> JobStatus | None:
        """That of the page's own job, or of whatever is under way, for a page opened anew."""
        under_way = (status for status in self.jobs.statuses() if not status.ended)
        return (self.jobs.status(job) if job else None) or next(under_way, None)

    def _left(self) -> list[Unfinished]:
        """What the loaded engine can go on with; nothing until it is open."""
        state = self.page.loader.state
        if not isinstance(state, Ready):
            return []
        with Store(self.page.store_path) as store:
            return unfinished(store, state.engine.info)

    def _evaluation(self, status: JobStatus | None, request: gr.Request) -> Update:
        texts, parts = self.page.languages.texts(request), self.parts
        running = status is not None and not status.ended
        left = [] if running else self._left()
        told = ""
        if status is not None and status.state != "finished":
            told = rendering.job(status, texts)
        elif left:
            told = rendering.left_open(left[0], texts)
        return {
            parts.job: status.id if status is not None else "",
            parts.progress: told,
            parts.run: gr.update(visible=not running),
            parts.cancel: gr.update(visible=running, interactive=not (status and status.stopping)),
            parts.resume: gr.update(visible=bool(left)),
            parts.clock: gr.Timer(active=running),
        }

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def click(self, view: CompareView | None, event: gr.EventData, request: gr.Request) -> Update:
        act, value = str(event._data.get("act")), str(event._data.get("value"))
        return self._shown(_after_click(view or CompareView(), act, value), request)

    def open_in_exam(
        self, view: CompareView | None, event: gr.EventData, request: gr.Request
    ) -> Update:
        """Turn to the exam card with the opened question, if that is what was clicked."""
        if view is None or view.opened is None or event._data.get("act") != "exam":
            return NOTHING
        with Store(self.page.store_path) as store:
            spec = store.run(view.a).spec
            (question,) = store.questions_at(spec.question_set_hash, [view.opened])
        known = spec.question_set if spec.question_set in bundled_names() else ""
        return {self.tabs: gr.Tabs(selected="exam"), **self.exam.load(question, request, known)}

    def show_chosen(self, inputs: Inputs, request: gr.Request) -> Update:
        a, b = inputs[self.parts.a], inputs[self.parts.b]
        return self._shown(CompareView(a=a, b=b), request) if a and b else NOTHING

    def offer_partners(self, inputs: Inputs, request: gr.Request) -> Update:
        """For b, the runs over the questions that a answered."""
        a = inputs[self.parts.a]
        runs = self._finished()
        questions = {run.spec.question_set_hash for run in runs if run.id == a}
        fitting = [run for run in runs if run.spec.question_set_hash in questions and run.id != a]
        kept = inputs[self.parts.b] if inputs[self.parts.b] in {r.id for r in fitting} else None
        return {self.parts.b: gr.update(choices=self._labels(fitting, request), value=kept)}

    def beneath(self, view: CompareView | None, request: gr.Request) -> str:
        """What takes long: every other way in which the two models were asked."""
        if view is None or not view.chosen:
            return ""
        path, texts = self.page.store_path, self.page.languages.texts(request)
        try:
            comparison = read_compared(path, view.a, view.b, view.varying).comparison
            return rendering.beneath(comparison, read_matrix(path, view.a, view.b), texts)
        except WorkbenchError:  # which the result itself has told
            return ""

    def report(self, view: CompareView | None, request: gr.Request) -> Update:
        from workbench.report import report_runs

        if view is None or not view.chosen:
            return NOTHING
        language = self.page.languages.texts(request).language
        with Store(self.page.store_path) as store:
            page = report_runs(store, view.a, view.b, varying=view.varying, language=language)
        name = f"report-{view.a}-{view.b}.html"
        return {self.parts.file_name: name, self.parts.file_text: page}

    # ── what the handlers share ──────────────────────────────────────────────────────────────

    def _shown(self, view: CompareView, request: gr.Request, question_set: str = "") -> Update:
        """The comparison of a view with its questions, or why there is none.

        Where no runs are chosen, there are none over `question_set`.
        """
        texts, parts = self.page.languages.texts(request), self.parts
        drawn: Update = {parts.view: view, parts.questions: "", parts.report: _visible(False)}
        if not view.chosen:
            told = rendering.empty(
                view,
                texts,
                pair="tuned" in self.page.spec.variants,
                expected_at_chance=_expected_at_chance(self.page.spec.demo, question_set),
            )
            return drawn | {parts.result: told}
        try:
            compared = read_compared(self.page.store_path, view.a, view.b, view.varying)
            view = _within(view, view.outcome and page_count(compared, view.outcome))
            with Store(self.page.store_path) as store:
                asked = (
                    asked_questions(store, compared, view.outcome, view.page)
                    if view.outcome
                    else []
                )
        except WorkbenchError as error:
            return drawn | {parts.result: self._refused(error, view, texts)}
        return {
            parts.view: view,
            parts.result: rendering.result(
                compared.comparison,
                view,
                texts,
                expected_at_chance=_expected_at_chance(
                    compared.comparison.a.run.spec.engine.demo, compared.comparison.question_set
                ),
            ),
            parts.questions: rendering.questions(compared, asked, view, texts),
            parts.report: _visible(True),
        }

    def _refused(self, error: WorkbenchError, view: CompareView, texts: Texts) -> str:
        """Only where conditions alone differ, they may be what is compared."""
        differing: tuple[FieldDifference, ...] = ()
        if isinstance(error, InputError) and not isinstance(error, UnknownNameError):
            with Store(self.page.store_path) as store:
                a, b = store.run(view.a), store.run(view.b)
            if a.spec.question_set_hash == b.spec.question_set_hash and a.id != b.id:
                differing = differing_conditions(a.spec, b.spec)
        return rendering.refused(str(error), differing, view, texts)

    def _foremost(self, question_set: str) -> CompareView:
        """The primary result of the loaded pair over a set, or the first there is, or none."""
        state = self.page.loader.state
        info = state.engine.info if isinstance(state, Ready) else None
        runs = runs_over(self._finished(), self.page.spec.name, question_set, info)
        cell = foremost_cell(self.page.store_path, runs)
        return CompareView() if cell is None else _view_of(cell)

    def _chosen_set(self, inputs: Inputs) -> QuestionSet:
        name = inputs[self.parts.set]
        return inputs[self.parts.uploaded] if name == UPLOADED else _bundled(name)

    def _finished(self) -> list[Run]:
        with Store(self.page.store_path) as store:
            return [run for run in store.runs() if run.status == "finished"]

    def _runs(self, request: gr.Request) -> Update:
        labels = self._labels(self._finished(), request)
        return {part: gr.update(choices=labels) for part in (self.parts.a, self.parts.b)}

    def _labels(self, runs: Sequence[Run], request: gr.Request) -> list[tuple[str, str]]:
        texts = self.page.languages.texts(request)
        latest = list(reversed(runs))[:RUNS_OFFERED]
        return [(rendering.run_label(run, texts), run.id) for run in latest]


def _after_click(view: CompareView, act: str, value: str) -> CompareView:
    """The view after a click on a part of it; a click on nothing known changes nothing."""
    match act:
        case "outcome":
            return view.listing(value)
        case "page":
            return view.turning_to(value)
        case "question":
            return view.opening(value)
        case "varying":
            return view.comparing_on_purpose(value)
        case "pair":
            return view.of_pair(value)
        case _:
            return view


def _view_of(cell: Cell) -> CompareView:
    """A cell of the matrix differs in nothing, or in each side's own style by declaration."""
    varying = ("prompt_style",) if len(cell.styles) > 1 else ()
    return CompareView(a=cell.a.id, b=cell.b.id, varying=varying)


def _within(view: CompareView, pages: int | None) -> CompareView:
    """An address may ask for a page that is not there."""
    return view.turning_to(str(pages)) if pages and view.page > pages else view


def _expected_at_chance(demo: bool, question_set: str) -> bool:
    """The demo pair was taught for one set, and knows nothing of what the others ask."""
    return demo and question_set != DEMO_SET


def _visible(visible: bool) -> Any:
    return gr.update(visible=visible)
