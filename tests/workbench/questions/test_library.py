"""Questions to leaf through are found by set, topic and id."""

from __future__ import annotations

import pytest

from workbench.errors import UnknownNameError
from workbench.questions import bundled_names
from workbench.questions.library import find_question, library_set, on_topic, topic, topics


@pytest.mark.parametrize("name", bundled_names())
def test_every_bundled_question_is_found_by_its_id(name: str) -> None:
    last = library_set(name).questions[-1]
    found = find_question(last.id)
    assert found is not None
    assert found[0].name == name
    assert found[1] == last


def test_a_fresh_set_is_named_by_its_seed_and_its_questions_by_theirs() -> None:
    fresh = library_set("krx-fresh-17")
    assert find_question(fresh.questions[5].id) == (fresh, fresh.questions[5])
    assert fresh == library_set("krx-fresh-17")


@pytest.mark.parametrize(
    "name",
    ["", "nothing", "../data/krx_mcqa.jsonl", "/etc/passwd", "krx-fresh-", "krx-fresh-9999999"],
)
def test_what_is_no_set_is_refused_and_never_opened_as_a_file(name: str) -> None:
    with pytest.raises(UnknownNameError):
        library_set(name)


@pytest.mark.parametrize(
    "name", ["", "nothing", "krx-fresh-17-no-such-1", "krx-fresh-17", "q" * 9999]
)
def test_an_unknown_id_is_no_question(name: str) -> None:
    assert find_question(name) is None


def test_a_topic_leaves_out_the_others() -> None:
    whole = library_set("krx-mcqa")
    chosen = topics(whole)[0]
    assert on_topic(whole, "") == whole.questions
    assert {topic(question) for question in on_topic(whole, chosen)} == {chosen}
    assert sum(len(on_topic(whole, each)) for each in topics(whole)) == len(whole.questions)
