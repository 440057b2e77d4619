"""Evaluations behind a page: one after the other, told how far they are, stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import pytest

from tests.workbench.sittings import exam
from workbench.engines.base import Engine
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError, InputError
from workbench.evaluate import Procedure
from workbench.evaluation_jobs import (
    MAX_WAITING,
    EvaluationJobs,
    JobStatus,
    PlannedRun,
    unfinished,
)
from workbench.schema import VARIANTS, Method, Variant
from workbench.store import Store

EXAM = exam(6)


def planned(
    variant: Variant = "tuned", method: Method = "loglik", batch_size: int = 2
) -> PlannedRun:
    procedure = Procedure(method=method, style="native", batch_size=batch_size)
    return PlannedRun(variant=variant, procedure=procedure)


BOTH = [planned(variant) for variant in VARIANTS]


@dataclass
class GatedEngine(ScriptedEngine):
    """Answers one batch each time that `gate` is opened, and says when it is at the gate."""

    gate: Event = field(default_factory=Event)
    arrived: Event = field(default_factory=Event)
    broken: bool = False

    def score_options(self, *args) -> list[tuple[float, ...]]:
        self.arrived.set()
        assert self.gate.wait(10)
        if self.broken:
            raise EngineError("the engine is closed")
        return super().score_options(*args)


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def open_jobs(store_path: Path) -> Iterator[Callable[..., EvaluationJobs]]:
    opened = []

    def jobs_with(engine: Engine) -> EvaluationJobs:
        opened.append(EvaluationJobs(store_path, lambda _seconds: engine))
        return opened[-1]

    yield jobs_with
    for jobs in opened:
        jobs.close()


def ended(jobs: EvaluationJobs, job: str) -> JobStatus:
    status = jobs.wait(job, 20)
    assert status is not None
    assert status.ended
    return status


def test_a_job_answers_every_question_of_every_run(open_jobs, store_path) -> None:
    jobs = open_jobs(ScriptedEngine())
    status = ended(jobs, jobs.start(EXAM, BOTH))
    assert (status.state, status.done, status.total) == ("finished", 12, 12)
    with Store(store_path) as store:
        runs = [store.run(each.run_id) for each in status.runs]
    assert [(run.spec.variant, run.status) for run in runs] == [
        ("vanilla", "finished"),
        ("tuned", "finished"),
    ]


def test_the_same_run_is_asked_once(open_jobs) -> None:
    jobs = open_jobs(ScriptedEngine())
    assert len(ended(jobs, jobs.start(EXAM, [planned(), planned()])).runs) == 1


def test_a_running_job_tells_its_pace_and_the_time_left(open_jobs) -> None:
    engine = GatedEngine()
    jobs = open_jobs(engine)
    job = jobs.start(EXAM, BOTH)
    engine.arrived.wait(10)
    before = jobs.status(job)
    engine.gate.set()
    after = ended(jobs, job)
    assert (before.state, before.done, before.seconds_left) == ("running", 0, None)
    assert after.seconds_left == 0
    assert after.per_second > 0


def test_jobs_wait_for_each_other(open_jobs) -> None:
    engine = GatedEngine()
    jobs = open_jobs(engine)
    first, second = jobs.start(EXAM, [planned()]), jobs.start(EXAM, [planned("vanilla")])
    engine.arrived.wait(10)
    waiting = jobs.status(second)
    assert (waiting.state, waiting.ahead) == ("waiting", 1)
    engine.gate.set()
    assert [ended(jobs, job).state for job in (first, second)] == ["finished", "finished"]


def test_a_cancelled_job_keeps_the_batch_under_way_and_asks_no_other(open_jobs, store_path) -> None:
    engine = GatedEngine()
    jobs = open_jobs(engine)
    job = jobs.start(EXAM, BOTH)
    engine.arrived.wait(10)
    jobs.cancel(job)
    assert jobs.status(job).stopping
    engine.gate.set()
    status = ended(jobs, job)
    assert status.state == "cancelled"
    with Store(store_path) as store:
        assert len(store.answered(status.runs[0].run_id)) == 2


def test_a_job_in_line_is_cancelled_at_once(open_jobs) -> None:
    engine = GatedEngine()
    jobs = open_jobs(engine)
    jobs.start(EXAM, [planned()])
    waiting = jobs.start(EXAM, [planned("vanilla")])
    jobs.cancel(waiting)
    assert jobs.status(waiting).state == "cancelled"
    engine.gate.set()


def test_a_full_line_is_refused(open_jobs) -> None:
    engine = GatedEngine()
    jobs = open_jobs(engine)
    jobs.start(EXAM, [planned()])
    engine.arrived.wait(10)
    for _ in range(MAX_WAITING):
        jobs.start(EXAM, [planned()])
    with pytest.raises(InputError, match="8 evaluations wait already"):
        jobs.start(EXAM, [planned()])
    engine.gate.set()


def test_an_evaluation_without_a_run_is_refused(open_jobs) -> None:
    with pytest.raises(InputError, match="no run was chosen"):
        open_jobs(ScriptedEngine()).start(EXAM, [])


# ── going on ─────────────────────────────────────────────────────────────────────────────────


def cancelled_halfway(jobs: EvaluationJobs, engine: GatedEngine) -> None:
    job = jobs.start(EXAM, BOTH)
    engine.arrived.wait(10)
    jobs.cancel(job)
    engine.gate.set()
    ended(jobs, job)


def test_what_a_cancelled_job_left_is_known_after_a_restart(open_jobs, store_path) -> None:
    engine = GatedEngine()
    cancelled_halfway(open_jobs(engine), engine)
    with Store(store_path) as store:
        (left,) = unfinished(store, engine.info)
    assert (left.question_set, list(left.runs)) == (EXAM, BOTH)
    assert (left.done, left.total) == (2, 12)


def test_an_unfinished_evaluation_is_gone_on_with(open_jobs, store_path) -> None:
    engine = GatedEngine()
    cancelled_halfway(open_jobs(engine), engine)
    again = ScriptedEngine()
    with Store(store_path) as store:
        (left,) = unfinished(store, again.info)
        jobs = open_jobs(again)
        assert ended(jobs, jobs.start(left.question_set, left.runs)).state == "finished"
        assert len(again.history) == 10  # two of the twelve were answered before
        assert unfinished(store, again.info) == []


def test_another_engine_is_not_asked_to_go_on(open_jobs, store_path) -> None:
    engine = GatedEngine()
    cancelled_halfway(open_jobs(engine), engine)
    with Store(store_path) as store:
        assert unfinished(store, ScriptedEngine(name="another").info) == []


# ── what goes wrong ──────────────────────────────────────────────────────────────────────────


def test_an_engine_that_fails_ends_the_job_with_its_sentence(open_jobs) -> None:
    jobs = open_jobs(ScriptedEngine(fallback=EngineError("CUDA out of memory")))
    status = ended(jobs, jobs.start(exam(20), [planned(method="generate")]))
    assert status.state == "failed"
    assert "CUDA out of memory" in status.error


def test_a_bug_ends_the_job_and_not_the_worker(open_jobs) -> None:
    engine = ScriptedEngine(replies=[ZeroDivisionError("a bug")])
    jobs = open_jobs(engine)
    first, second = (jobs.start(EXAM, [planned(method="generate")]) for _ in range(2))
    assert ended(jobs, first).error == "ZeroDivisionError: a bug"
    assert ended(jobs, second).state == "finished"


def test_an_engine_that_will_not_open_ends_the_job(store_path) -> None:
    def no_engine(_seconds: float) -> Engine:
        raise InputError("there is no folder './models/7b'")

    jobs = EvaluationJobs(store_path, no_engine)
    status = ended(jobs, jobs.start(EXAM, [planned()]))
    jobs.close()
    assert (status.state, status.error) == ("failed", "there is no folder './models/7b'")


def test_a_run_that_the_pair_does_not_have_begins_no_run(open_jobs, store_path) -> None:
    jobs = open_jobs(ScriptedEngine(variants=("vanilla",)))
    assert ended(jobs, jobs.start(EXAM, BOTH)).state == "failed"
    with Store(store_path) as store:
        assert store.runs() == []


def test_closing_under_a_running_batch_records_no_failed_answer(open_jobs, store_path) -> None:
    engine = GatedEngine(broken=True)
    jobs = open_jobs(engine)
    job = jobs.start(EXAM, [planned()])
    engine.arrived.wait(10)
    jobs.cancel(job)
    engine.gate.set()
    jobs.close()
    status = ended(jobs, job)
    with Store(store_path) as store:
        assert (status.state, store.answers(status.runs[0].run_id)) == ("cancelled", [])


def test_a_job_waits_for_an_engine_that_is_being_opened(store_path) -> None:
    answers = iter([None, None, ScriptedEngine()])
    jobs = EvaluationJobs(store_path, lambda _seconds: next(answers))
    assert ended(jobs, jobs.start(EXAM, [planned()])).state == "finished"
    jobs.close()
