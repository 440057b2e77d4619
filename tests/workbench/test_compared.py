"""What is kept of a comparison, its questions page by page, and which runs are shown first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.sittings import exam, sit
from workbench.compared import (
    PAGE_SIZE,
    asked_questions,
    foremost_cell,
    page_count,
    read_compared,
    runs_over,
)
from workbench.errors import InputError
from workbench.store import Store

FIVE = exam(5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


def test_every_question_stands_under_one_outcome(path) -> None:
    with Store(path) as store:
        a, b = sit(store, FIVE, "AABB!", variant="vanilla"), sit(store, FIVE, "ABA-A")
    compared = read_compared(path, a.id, b.id)
    assert compared.ordinals == {
        "both_right": (0,),
        "only_a": (1,),
        "only_b": (2,),
        "both_wrong": (3,),
        "excluded": (4,),
    }


def test_questions_come_with_both_answers(path) -> None:
    with Store(path) as store:
        a, b = sit(store, FIVE, "AABBB", variant="vanilla"), sit(store, FIVE, "ABACB")
        compared = read_compared(path, a.id, b.id)
        (third,) = asked_questions(store, compared, "only_b", 1)
    assert (third.ordinal, third.question.id) == (2, "q2")
    assert (third.a.letter, third.b.letter) == ("B", "A")


def test_questions_are_read_a_page_at_a_time(path) -> None:
    many = exam(PAGE_SIZE + 3)
    with Store(path) as store:
        right = "A" * len(many.questions)
        a, b = sit(store, many, right, variant="vanilla"), sit(store, many, right)
        compared = read_compared(path, a.id, b.id)
        pages = [asked_questions(store, compared, "both_right", page) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [PAGE_SIZE, 3, 0]
    assert pages[1][0].ordinal == PAGE_SIZE
    assert (page_count(compared, "both_right"), page_count(compared, "only_a")) == (2, 1)


def test_unlike_runs_are_refused_unless_that_is_what_is_compared(path) -> None:
    with Store(path) as store:
        a = sit(store, FIVE, "AABBB", variant="vanilla")
        b = sit(store, FIVE, "AAAAB", method="loglik")
    with pytest.raises(InputError, match="cannot be compared"):
        read_compared(path, a.id, b.id)
    assert read_compared(path, a.id, b.id, ["method"]).comparison.paired.only_b == 2


# ── which runs are shown first ───────────────────────────────────────────────────────────────


def test_the_primary_cell_is_shown_before_any_other(path) -> None:
    with Store(path) as store:
        for method in ("loglik", "generate"):
            for variant in ("vanilla", "tuned"):
                sit(store, FIVE, "AABBB", variant=variant, method=method)
        cell = foremost_cell(path, store.runs())
    assert cell is not None
    assert cell.primary
    assert cell.a.spec.method == "generate"


def test_one_side_alone_is_no_cell(path) -> None:
    with Store(path) as store:
        assert foremost_cell(path, [sit(store, FIVE, "AABBB")]) is None


def test_the_largest_part_of_a_set_stands_for_it(path) -> None:
    with Store(path) as store:
        whole = sit(store, FIVE, "AABBB")
        sit(store, FIVE.head(2), "AA")
        sit(store, exam(5, name="another"), "AAAAA")
        assert runs_over(store.runs(), "pair", "exam", None) == [whole]


def test_an_open_engine_is_known_by_its_weights(path) -> None:
    with Store(path) as store:
        on_cpu = sit(store, FIVE, "AABBB", engine={"base_hash": "1", "device": "cpu"})
        retrained = sit(store, FIVE, "AAAAA", engine={"base_hash": "2"})
        info = on_cpu.spec.engine.model_copy(update={"device": "cuda"})
        assert runs_over(store.runs(), "pair", "exam", info) == [on_cpu]
        assert runs_over(store.runs(), "pair", "exam", None) == [on_cpu, retrained]
