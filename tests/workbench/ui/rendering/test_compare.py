"""A comparison as HTML: in the reader's language, escaped, its parts saying what a click means."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.sittings import exam, sit
from workbench.compared import Compared, asked_questions, read_compared, read_matrix
from workbench.evaluation_jobs import JobStatus, RunProgress
from workbench.store import Store
from workbench.ui.compare_view import CompareView
from workbench.ui.rendering import compare as rendering
from workbench.ui.texts import load_texts

KOREAN, ENGLISH = load_texts("ko"), load_texts("en")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def compared(path: Path, **fields) -> tuple[Compared, CompareView]:
    questions = exam(6, name=fields.pop("name", "exam"), category=[HOSTILE] * 6)
    with Store(path) as store:
        a = sit(store, questions, "AABBBB", variant="vanilla", **fields)
        b = sit(store, questions, "AAAAA!", **fields)
    return read_compared(path, a.id, b.id), CompareView(a=a.id, b=b.id)


def test_the_verdict_is_the_reports_own_and_in_one_language(path) -> None:
    found, view = compared(path)
    korean, english = (
        rendering.result(found.comparison, view, texts, expected_at_chance=False)
        for texts in (KOREAN, ENGLISH)
    )
    assert "차이가 확인되지 않았습니다" in korean
    assert "차이가" not in english
    assert "None" not in korean


def test_the_square_says_what_a_click_lists(path) -> None:
    found, view = compared(path)
    html = rendering.result(
        found.comparison, view.listing("only_b"), KOREAN, expected_at_chance=False
    )
    assert 'data-value="only_b" aria-pressed="true"' in html
    assert 'data-value="only_a" aria-pressed="false" disabled' in html
    assert "outcome=only_b" in html


def test_a_set_beyond_the_demo_pair_is_expected_at_chance(path) -> None:
    found, view = compared(path)
    html = rendering.result(found.comparison, view, KOREAN, expected_at_chance=True)
    assert "우연 수준일 것으로 예상됩니다" in html


def test_whatever_data_says_is_escaped(path) -> None:
    found, view = compared(path, name=HOSTILE)
    view = view.listing("only_b").opening("2")
    with Store(path) as store:
        asked = asked_questions(store, found, "only_b", 1)
    html = "".join(
        [
            rendering.result(found.comparison, view, KOREAN, expected_at_chance=False),
            rendering.beneath(found.comparison, read_matrix(path, view.a, view.b), KOREAN),
            rendering.questions(found, asked, view, KOREAN),
            rendering.refused(HOSTILE, (), view, KOREAN),
        ]
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_only_the_opened_question_shows_its_answers(path) -> None:
    found, view = compared(path)
    view = view.listing("only_b").opening("3")
    with Store(path) as store:
        asked = asked_questions(store, found, "only_b", 1)
    html = rendering.questions(found, asked, view, KOREAN)
    assert html.count('class="detail"') == 1
    assert html.count("<li") == 3 + 3  # three questions, and the options of one


def test_no_outcome_is_no_list(path) -> None:
    found, view = compared(path)
    assert rendering.questions(found, [], view, KOREAN) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(3.2, "약 3초"), (89, "약 89초"), (150, "약 2분"), (9000, "약 2.5시간")]
)
def test_time_left_is_as_coarse_as_a_guess(seconds: float, text: str) -> None:
    assert rendering.time_left(seconds, KOREAN) == text


def status(**fields) -> JobStatus:
    run = RunProgress(variant="tuned", method="loglik", style="native", total=10, done=4)
    return JobStatus(id="1", question_set="exam", runs=(run,), **{"state": "running", **fields})


def test_a_running_job_shows_its_pace_and_the_time_left() -> None:
    html = rendering.job(status(per_second=2.0, seconds_left=3.0), KOREAN)
    assert "4 / 10문항" in html
    assert "2.0문항/초" in html
    assert "약 3초 남음" in html


def test_a_failed_job_shows_why_escaped() -> None:
    html = rendering.job(status(state="failed", error=HOSTILE), KOREAN)
    assert "&lt;script&gt;" in html
    assert "progressbar" not in html
