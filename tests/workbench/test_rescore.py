"""Rescoring: the same words, today's letters, a run of its own; and no model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workbench.records import question_set_of
from workbench.answers import EXTRACTION_VERSION
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError, InputError, UnknownNameError
from workbench.evaluate import Procedure, evaluate
from workbench.rescore import rescore_run
from workbench.schema import Method, Run
from workbench.store import Store

GONE = EngineError("gone")
CUT_OFF = "이유를 길게 쓴다. " * 200
REPLIES = ["정답은 B 입니다.", GONE, GONE, CUT_OFF, "", "정답은 A 입니다."]


def evaluated(store: Store, method: Method = "generate") -> Run:
    """B, a failed call, a reply cut off at its limit, an empty one and A."""
    summary = evaluate(
        ScriptedEngine(REPLIES if method == "generate" else ()),
        "tuned",
        question_set_of(5),
        Procedure(method=method, style="native", batch_size=1),
        store=store,
    )
    return summary.run


def read_long_ago(store: Store, run: Run, today: Store) -> Run:
    """Put the run into `store` as an older extraction left it, which could read nothing."""
    spec = run.spec.model_copy(update={"extraction_version": EXTRACTION_VERSION - 1})
    nothing = {"letter": None, "unparsed": "no_answer"}
    answers = [
        answer if answer.failure else answer.model_copy(update=nothing)
        for answer in today.answers(run.id)
    ]
    return store.import_run(spec, answers, today.questions(spec.question_set_hash))


@pytest.fixture
def today(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "today.sqlite") as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Where the older runs are."""
    with Store(tmp_path / "old.sqlite") as opened:
        yield opened


def test_a_rescored_run_equals_one_that_is_evaluated_today(store: Store, today: Store) -> None:
    new = evaluated(today)
    old = read_long_ago(store, new, today)
    rescored = rescore_run(store, old.id)
    assert store.export(rescored.id) == today.export(new.id)
    assert [answer.letter for answer in store.answers(rescored.id)] == ["B", None, None, None, "A"]


def test_the_older_run_stays_as_it_is(store: Store, today: Store) -> None:
    old = read_long_ago(store, evaluated(today), today)
    before = store.export(old.id)
    rescore_run(store, old.id)
    assert store.export(old.id) == before
    assert len(store.runs()) == 2


def test_rescoring_twice_gives_the_same_run(store: Store, today: Store) -> None:
    old = read_long_ago(store, evaluated(today), today)
    assert rescore_run(store, old.id) == rescore_run(store, old.id)


def test_a_run_of_likelihoods_has_no_text_to_read(today: Store) -> None:
    run = evaluated(today, "loglik")
    with pytest.raises(InputError, match=f"run {run.id} cannot be rescored: .* likelihoods"):
        rescore_run(today, run.id)


def test_a_run_that_today_s_extraction_has_read_is_refused(today: Store) -> None:
    run = evaluated(today)
    with pytest.raises(InputError, match=f"extraction {EXTRACTION_VERSION} .* no newer reading"):
        rescore_run(today, run.id)


def test_an_unfinished_run_is_refused(store: Store, today: Store) -> None:
    spec = evaluated(today).spec.model_copy(update={"extraction_version": 0})
    run = store.begin(spec)
    with pytest.raises(InputError, match="not finished; evaluate the questions again"):
        rescore_run(store, run.id)


def test_a_run_without_its_questions_says_how_to_add_them(store: Store, today: Store) -> None:
    """As runs of a version-1 store are."""
    run = evaluated(today)
    old = store.begin(run.spec.model_copy(update={"extraction_version": 0}))
    store.append(old.id, dict(enumerate(today.answers(run.id))))
    store.finish(old.id)
    with pytest.raises(UnknownNameError, match=r"unknown question set .* adds them"):
        rescore_run(store, old.id)
