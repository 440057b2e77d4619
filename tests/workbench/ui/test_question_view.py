"""Looking through a question set: filters, neighbours, pages, and the address."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from tests.workbench.sittings import exam
from workbench.questions import load_questions
from workbench.questions.open_questions import load_open_questions
from workbench.schema import QuestionSet
from workbench.ui.question_view import (
    PAGE_SIZE,
    QuestionView,
    choose_questions,
    property_counts,
    set_names,
)

FIFTY: QuestionSet = exam(
    50,
    category=["재무회계"] * 30 + ["금융시장"] * 20,
    difficulty=["easy", "hard"] * 25,
)


def ids(view: QuestionView) -> list[str]:
    return [question.id for question in choose_questions(FIFTY, view).questions]


FILTERS = [
    (QuestionView(), 50),
    (QuestionView(categories=("재무회계",)), 30),
    (QuestionView(categories=("재무회계", "금융시장")), 50),
    (QuestionView(categories=("금융시장",), difficulties=("hard",)), 10),
    (QuestionView(areas=("없는 영역",)), 0),
    (QuestionView(search="7번"), 5),
    (QuestionView(search="회사채 국가"), 50),
    (QuestionView(search="q49"), 1),
]


@pytest.mark.parametrize(("view", "count"), FILTERS)
def test_filters_and_words_narrow_together(view: QuestionView, count: int) -> None:
    assert len(ids(view)) == count


def test_the_open_question_decides_the_page_of_the_list() -> None:
    selection = choose_questions(FIFTY, QuestionView(question="q41"))
    assert (selection.position, selection.page, selection.pages) == (41, 2, 3)
    assert [question.id for question in selection.on_page()] == [f"q{i}" for i in range(40, 50)]
    assert PAGE_SIZE == 20


def test_neighbours_end_with_the_set() -> None:
    first = choose_questions(FIFTY, QuestionView())
    assert (first.neighbour(-1), first.neighbour(1)) == ("", "q1")
    last = choose_questions(FIFTY, QuestionView(question="q49"))
    assert (last.neighbour(-1), last.neighbour(1)) == ("q48", "")


def test_a_question_that_a_filter_hides_gives_way_to_the_first_left() -> None:
    selection = choose_questions(FIFTY, QuestionView(question="q0", categories=("금융시장",)))
    assert selection.current is not None
    assert selection.current.id == "q30"


def test_nothing_left_is_no_question() -> None:
    selection = choose_questions(FIFTY, QuestionView(search="없음"))
    assert (selection.current, selection.on_page(), selection.pages) == (None, (), 0)


def test_properties_are_counted_in_the_order_in_which_they_come() -> None:
    assert list(property_counts(FIFTY.questions, "category").items()) == [
        ("재무회계", 30),
        ("금융시장", 20),
    ]
    assert property_counts(FIFTY.questions, "area") == {}


def test_open_questions_have_no_difficulty() -> None:
    questions = load_open_questions("krx-qa").questions
    assert property_counts(questions, "difficulty") == {}
    assert sum(property_counts(questions, "category").values()) == len(questions)


def test_every_kind_of_set_can_be_looked_at() -> None:
    assert {"krx-mcqa", "krx-mcqa-dev", "krx-qa", "krx-fresh", "demo-heldout"} <= set(set_names())


def test_a_fresh_set_is_named_by_its_seed() -> None:
    assert QuestionView(source="krx-fresh", seed=9).set_name == "krx-fresh-9"
    assert QuestionView(source="krx-mcqa", seed=9).set_name == "krx-mcqa"


@pytest.mark.parametrize("seed", [-5, 1e300, 3.7, None])
def test_a_seed_out_of_range_is_brought_into_it(seed: float | None) -> None:
    assert 0 <= QuestionView().of_set("krx-fresh", seed).seed < 10**6


def test_another_set_is_looked_at_from_its_beginning() -> None:
    view = QuestionView(question="q7", search="x", categories=("a",)).of_set("krx-qa")
    assert view == QuestionView(source="krx-qa")


VIEWS = [
    QuestionView(),
    QuestionView(source="krx-fresh", seed=77, question="krx-fresh-77-x-1"),
    QuestionView(
        categories=("재무회계",), areas=("금융 개념",), difficulties=("hard",), search="a&b"
    ),
]


@pytest.mark.parametrize("view", VIEWS)
def test_an_address_brings_the_view_back(view: QuestionView) -> None:
    assert QuestionView.from_query(dict(parse_qsl(view.to_query()))) == view


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "aiqwe/FinShibainu", "questions.jsonl"])
def test_an_address_cannot_name_a_file_or_the_hub(name: str) -> None:
    assert QuestionView.from_query({"set": name}).source == "krx-mcqa"


def test_the_first_set_is_a_bundled_one() -> None:
    assert load_questions(QuestionView().set_name).questions
