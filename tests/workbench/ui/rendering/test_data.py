"""Question sets and the published model's data as HTML."""

from __future__ import annotations

import pytest

from workbench.questions.open_questions import load_open_questions
from workbench.schema import Question, QuestionSet
from workbench.sources import load_model_card
from workbench.ui.question_view import QuestionView
from workbench.ui.rendering import data as rendering
from workbench.ui.texts import LANGUAGES, load_texts

KOREAN = load_texts("ko")
CARD = load_model_card()
HOSTILE = "<script>alert(1)</script>"


def set_of(**fields: str) -> QuestionSet:
    question = Question(id="q1", question="가?", options=("나", "다"), answer="B")
    return QuestionSet(name="set", questions=(question.model_copy(update=fields),))


@pytest.mark.parametrize(
    "field",
    ["id", "question", "reasoning", "category", "area", "reference", "reference_id", "source"],
)
def test_no_text_of_a_question_becomes_markup(field: str) -> None:
    hostile = set_of(**{field: HOSTILE})
    page = rendering.questions(hostile, QuestionView(), KOREAN)
    page += rendering.profile(hostile, "set", KOREAN)
    assert "<script" not in page
    assert "&lt;script" in page


def test_an_option_becomes_no_markup() -> None:
    page = rendering.questions(set_of(options=(HOSTILE, "다")), QuestionView(), KOREAN)
    assert "<script" not in page


def test_the_answer_is_folded_away_with_its_reasoning() -> None:
    page = rendering.questions(set_of(reasoning="까닭"), QuestionView(), KOREAN)
    fold = page[page.index("<details") : page.index("</details>")]
    assert "정답 B. 다" in fold
    assert "까닭" in fold


def test_an_open_question_shows_its_rubric() -> None:
    questions = load_open_questions("krx-qa")
    page = rendering.questions(questions, QuestionView(source="krx-qa"), KOREAN)
    assert KOREAN("data.points") in page


def test_a_button_that_leads_nowhere_cannot_be_pressed() -> None:
    page = rendering.questions(set_of(), QuestionView(), KOREAN)
    assert page.count(" disabled") == 2


def test_wrong_totals_are_struck_through_and_right_ones_beside() -> None:
    page = rendering.training_data(CARD, KOREAN)
    assert "<del>19,998,931</del>" in page
    assert "<del>199,998,931</del>" in page
    assert "<del>46,445</del>" not in page
    for right in ("11,924,335", "47,965", "19,998,931"):
        assert f"<ins>{right}</ins>" in page
    assert "31,923,266" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_eleven_sources_are_named(language: str) -> None:
    page = rendering.training_data(CARD, load_texts(language))
    for source in CARD.sources:
        assert source.name[language].replace("'", "&#x27;") in page


def test_the_recipe_stands_beside_what_was_run() -> None:
    record = {"recipe": {"learning_rate": 0.5, "lora": {"r": 8}}}
    page = rendering.recipe(CARD, record, KOREAN)
    assert "<td>1e-5 (§4: 8e-6)</td><td>0.5</td>" in page
    assert "<td>β = 0.05</td><td>" + rendering.NO_VALUE in page


def test_every_defect_comes_with_its_cure() -> None:
    page = rendering.recipe(CARD, {}, KOREAN)
    assert page.count('class="cure"') == len(CARD.defects) == 4


def test_links_to_other_files_are_text_on_a_page() -> None:
    card = "[their card](../demo/CARD.md) and [CC](https://example.org/by)"
    assert rendering.card_text(card) == "their card and [CC](https://example.org/by)"
