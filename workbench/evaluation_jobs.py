"""Evaluations that run behind a page: one after the other, cancelled between batches, resumable.

What is left of an evaluation stands in the store and nowhere else: before the first question is
asked, every run of a job is written down as open. A page that is reloaded finds the job here; a
server that is restarted finds the open runs there, and `unfinished` offers to go on with them.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Literal, Self

from workbench import prompts
from workbench.engines.base import Engine, check_variant
from workbench.errors import EngineError, InputError, UnknownNameError, WorkbenchError
from workbench.evaluate import Procedure, evaluate, plan_run
from workbench.schema import (
    EngineInfo,
    Generation,
    Method,
    Prompt,
    PromptStyle,
    QuestionSet,
    Record,
    RunSpec,
    Sampling,
    Variant,
)
from workbench.store import Store

log = logging.getLogger(__name__)

MAX_WAITING = 8  # further evaluations are refused until one of these has begun
KEPT = 20  # ended jobs that can still be asked after
ENGINE_WAIT = 0.5  # seconds between two looks at an engine that is being opened
CLOSE_WAIT = 5.0  # seconds that `close` gives the batch under way

JobState = Literal["waiting", "loading", "running", "finished", "cancelled", "failed"]
ENDED: tuple[JobState, ...] = ("finished", "cancelled", "failed")

Clock = Callable[[], float]
# The engine once it is open, None where it is not within so many seconds; raises WorkbenchError
# where there will be none.
EngineSource = Callable[[float], Engine | None]


class PlannedRun(Record):
    """One run to be made: which side is asked, and how."""

    variant: Variant
    procedure: Procedure


class RunProgress(Record):
    """How far one run of a job is; `run_id` is '' until the engine is open."""

    variant: Variant
    method: Method
    style: PromptStyle
    total: int
    done: int = 0
    run_id: str = ""


class JobStatus(Record):
    """A job as it stands at this moment.

    `ahead` counts the jobs that come first. `current` is the place in `runs` of the run under way.
    `per_second` is its pace and None, as is `seconds_left`, until its first batch is answered.
    A job that is `stopping` is cancelled and still has a batch under way.
    """

    id: str
    question_set: str
    state: JobState
    runs: tuple[RunProgress, ...]
    ahead: int = 0
    current: int = 0
    per_second: float | None = None
    seconds_left: float | None = None
    stopping: bool = False
    error: str = ""

    @property
    def done(self) -> int:
        return sum(run.done for run in self.runs)

    @property
    def total(self) -> int:
        return sum(run.total for run in self.runs)

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Unfinished(Record):
    """Open runs over one question set that this engine can go on with: what `start` takes."""

    question_set: QuestionSet
    runs: tuple[PlannedRun, ...]
    done: int
    total: int


class EvaluationJobs:
    """A line of evaluations and the one thread that works it off; safe to use from any thread."""

    def __init__(self, store_path: Path, engine: EngineSource, clock: Clock = time.monotonic):
        self._store_path, self._engine, self._clock = store_path, engine, clock
        self._waiting: deque[_Job] = deque()
        self._running: _Job | None = None
        self._ended: deque[_Job] = deque(maxlen=KEPT)
        self._closed = False
        self._changed = Condition()
        self._worker: Thread | None = None

    def start(self, question_set: QuestionSet, runs: Sequence[PlannedRun]) -> str:
        """Put an evaluation into the line and return its id; each run is asked once.

        Raises InputError where the line is full or there is nothing to do.
        """
        unique = tuple({run.model_dump_json(): run for run in runs}.values())
        if not unique:
            raise InputError("no run was chosen; choose at least one method and one prompt style")
        with self._changed:
            if self._closed:
                raise InputError("the workbench is closing; start it again to evaluate")
            if len(self._waiting) >= MAX_WAITING:
                raise InputError(
                    f"{MAX_WAITING} evaluations wait already; try again once one has ended, or "
                    "cancel one"
                )
            job = _Job.of(question_set, unique)
            self._waiting.append(job)
            if self._worker is None:
                self._worker = Thread(target=self._work, name="evaluation", daemon=True)
                self._worker.start()
            self._changed.notify_all()
        return job.status.id

    def cancel(self, job_id: str) -> None:
        """Stop a job once its batch is answered; what is answered stays. Unknown ids do nothing."""
        with self._changed:
            for job in self._all():
                if job.status.id == job_id:
                    job.cancel.set()
                    job.status = job.status.model_copy(update={"stopping": True})
            for job in [job for job in self._waiting if job.cancel.is_set()]:
                self._waiting.remove(job)
                self._end(job, "cancelled")

    def status(self, job_id: str) -> JobStatus | None:
        """None for an id that was never given, or whose job ended long ago."""
        return next((status for status in self.statuses() if status.id == job_id), None)

    def statuses(self) -> list[JobStatus]:
        """The running job, those in line, then the ended ones from the latest on."""
        with self._changed:
            ahead = [job for job in (self._running, *self._waiting) if job]
            return [
                *(job.status.model_copy(update={"ahead": n}) for n, job in enumerate(ahead)),
                *(job.status for job in reversed(self._ended)),
            ]

    def wait(self, job_id: str, timeout: float) -> JobStatus | None:
        """The job's status once it has ended, or after `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_settled(job_id), timeout)
        return self.status(job_id)

    def close(self) -> None:
        """Cancel everything. The batch under way gets a moment to be written down."""
        with self._changed:
            self._closed = True
            for job in self._all():
                job.cancel.set()
            self._changed.notify_all()
        if self._worker is not None:
            self._worker.join(CLOSE_WAIT)

    # ── the worker ───────────────────────────────────────────────────────────────────────────

    def _work(self) -> None:
        while (job := self._next()) is not None:
            state, error = self._outcome(job)
            with self._changed:
                self._running = None
                self._end(job, state, error)
                self._changed.notify_all()

    def _next(self) -> _Job | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            if self._closed:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def _outcome(self, job: _Job) -> tuple[JobState, str]:
        try:
            self._run(job)
        except _CancelledError:
            return "cancelled", ""
        except WorkbenchError as error:
            log.warning("evaluation over '%s' failed: %s", job.question_set.name, error)
            return "failed", str(error)
        except Exception as error:
            # A bug of ours or of a library: the person reads one line, the terminal the traceback.
            log.exception("evaluation over '%s' failed", job.question_set.name)
            return "failed", f"{type(error).__name__}: {error}"
        return "finished", ""

    def _run(self, job: _Job) -> None:
        engine = _StoppableEngine(self._open_engine(job), job.cancel)
        pace = _Pace(self._clock)
        with Store(self._store_path) as store:
            begun = begin_runs(engine, job.question_set, job.runs, store)
            self._update(job, state="running", runs=begun)
            for place, run in enumerate(job.runs):
                watch = partial(self._watch, job, pace, place)
                evaluate(engine, run.variant, job.question_set, run.procedure, store, watch)

    def _watch(self, job: _Job, pace: _Pace, place: int, done: int, _total: int) -> None:
        """Note how far the run at `place` is; called before each batch."""
        job.raise_if_cancelled()
        runs = list(job.status.runs)
        runs[place] = runs[place].model_copy(update={"done": done})
        method = runs[place].method
        self._update(
            job,
            runs=tuple(runs),
            current=place,
            per_second=pace.observe(place, method, done),
            seconds_left=pace.seconds_left(runs, method),
        )

    def _open_engine(self, job: _Job) -> Engine:
        self._update(job, state="loading")
        while True:
            job.raise_if_cancelled()
            engine = self._engine(ENGINE_WAIT)
            if engine is not None:
                return engine

    # ── with the lock held ───────────────────────────────────────────────────────────────────

    def _all(self) -> Iterator[_Job]:
        if self._running is not None:
            yield self._running
        yield from self._waiting

    def _is_settled(self, job_id: str) -> bool:
        return all(job.status.id != job_id for job in self._all())

    def _end(self, job: _Job, state: JobState, error: str = "") -> None:
        ended = {"state": state, "error": error, "stopping": False}
        job.status = job.status.model_copy(update=ended)
        self._ended.append(job)

    def _update(self, job: _Job, **changes: object) -> None:
        with self._changed:
            job.status = job.status.model_copy(update=changes)


# ── what is left to do ───────────────────────────────────────────────────────────────────────


def unfinished(store: Store, info: EngineInfo) -> list[Unfinished]:
    """What earlier evaluations with this very engine left open, the latest question set first.

    Runs that were begun elsewhere (another model, another version, worked examples that nobody
    kept) cannot become whole here, and are not listed.
    """
    by_set: dict[str, list[RunSpec]] = {}
    for run in reversed(store.runs()):
        if run.status == "open" and run.spec.engine == info:
            by_set.setdefault(run.spec.question_set_hash, []).insert(0, run.spec)
    found = (_unfinished(store, info, key, specs) for key, specs in by_set.items())
    return [each for each in found if each is not None]


def _unfinished(
    store: Store, info: EngineInfo, question_set_hash: str, specs: Sequence[RunSpec]
) -> Unfinished | None:
    try:
        question_set = store.questions(question_set_hash)
    except UnknownNameError:  # a run of an older workbench, which kept no questions
        return None
    runs = {spec.id: planned_run(spec) for spec in specs}
    left = [
        spec
        for spec in specs
        if plan_run(info, spec.variant, question_set, runs[spec.id].procedure) == spec
    ]
    if not left:
        return None
    return Unfinished(
        question_set=question_set,
        runs=tuple(runs[spec.id] for spec in left),
        done=sum(len(store.answered(spec.id)) for spec in left),
        total=sum(spec.n_questions for spec in left),
    )


def planned_run(spec: RunSpec) -> PlannedRun:
    """The plan that makes such a run, as far as a spec tells: not with which worked examples."""
    return PlannedRun(
        variant=spec.variant,
        procedure=Procedure(
            method=spec.method,
            style=spec.prompt_style,
            sampling=spec.sampling,
            batch_size=spec.batch_size,
            repeat=spec.repeat,
        ),
    )


def begin_runs(
    engine: Engine, question_set: QuestionSet, runs: Sequence[PlannedRun], store: Store
) -> tuple[RunProgress, ...]:
    """Write every run of a job down as open, so that a restart knows what was to be done.

    Raises InputError, with nothing written, where one of them could not answer anything.
    """
    for run in runs:
        check_variant(run.variant, engine.variants)
        engine.render(prompts.mcqa_prompt(question_set.questions[0], run.procedure.style))
    specs = [plan_run(engine.info, run.variant, question_set, run.procedure) for run in runs]
    store.save_questions(question_set)
    return tuple(
        _not_begun(run, spec.n_questions).model_copy(
            update={"run_id": spec.id, "done": len(store.answered(store.begin(spec).id))}
        )
        for run, spec in zip(runs, specs, strict=True)
    )


def _not_begun(run: PlannedRun, total: int) -> RunProgress:
    procedure = run.procedure
    return RunProgress(
        variant=run.variant, method=procedure.method, style=procedure.style, total=total
    )


# ── one job ──────────────────────────────────────────────────────────────────────────────────


class _CancelledError(Exception):
    """Somebody wants no more of this job."""


@dataclass
class _Job:
    """What was asked for, and how far it has come."""

    question_set: QuestionSet
    runs: tuple[PlannedRun, ...]
    status: JobStatus
    cancel: Event = field(default_factory=Event)

    @classmethod
    def of(cls, question_set: QuestionSet, runs: tuple[PlannedRun, ...]) -> Self:
        total = len(question_set.questions)
        status = JobStatus(
            id=secrets.token_hex(8),
            question_set=question_set.name,
            state="waiting",
            runs=tuple(_not_begun(run, total) for run in runs),
        )
        return cls(question_set, runs, status)

    def raise_if_cancelled(self) -> None:
        if self.cancel.is_set():
            raise _CancelledError


@dataclass
class _Pace:
    """How fast runs are answered. Methods differ by far, so each has a pace of its own.

    Questions that a run had before this job took no time here and do not count.
    """

    clock: Clock
    place: int = -1
    began: float = 0.0
    done_before: int = 0
    by_method: dict[Method, float] = field(default_factory=dict)  # answers per second

    def observe(self, place: int, method: Method, done: int) -> float | None:
        """The present pace, None until a first batch is answered."""
        if place != self.place:
            self.place, self.began, self.done_before = place, self.clock(), done
        seconds, answered = self.clock() - self.began, done - self.done_before
        if answered <= 0 or seconds <= 0:
            return None
        self.by_method[method] = answered / seconds
        return self.by_method[method]

    def seconds_left(self, runs: Sequence[RunProgress], method: Method) -> float | None:
        """None while nothing is known. A method not met yet is taken to be as fast as `method`,
        the present one."""
        present = self.by_method.get(method)
        if present is None:
            return None
        return sum((run.total - run.done) / self.by_method.get(run.method, present) for run in runs)


@dataclass(frozen=True)
class _StoppableEngine:
    """An engine that asks no further once its job is cancelled.

    An engine that is closed under a running batch fails, and a failed call would be written down
    as what became of its questions; a cancelled job writes nothing of the kind.
    """

    engine: Engine
    cancel: Event

    @property
    def info(self) -> EngineInfo:
        return self.engine.info

    @property
    def variants(self) -> tuple[Variant, ...]:
        return self.engine.variants

    def render(self, prompt: Prompt) -> str:
        return self.engine.render(prompt)

    def count_tokens(self, text: str) -> int:
        return self.engine.count_tokens(text)

    def stream(
        self, prompt: Prompt, sampling: Sampling, variant: Variant, cancel: Event | None = None
    ) -> Iterator[str]:
        return self.engine.stream(prompt, sampling, variant, cancel or self.cancel)

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        with self._stopped_by_cancel():
            return self.engine.generate(prompts, sampling, variant)

    def score_options(
        self, prompts: Sequence[Prompt], continuations: Sequence[Sequence[str]], variant: Variant
    ) -> list[tuple[float, ...]]:
        with self._stopped_by_cancel():
            return self.engine.score_options(prompts, continuations, variant)

    def close(self) -> None:
        self.engine.close()

    @contextmanager
    def _stopped_by_cancel(self) -> Iterator[None]:
        if self.cancel.is_set():
            raise _CancelledError
        try:
            yield
        except EngineError:
            if self.cancel.is_set():
                raise _CancelledError from None
            raise
