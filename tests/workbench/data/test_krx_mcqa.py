"""The bundled question sets: balanced, checked, and as their card, review and the READMEs say."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import pytest

from workbench.questions import dump_questions, load_open_questions, load_questions
from workbench.questions.composition import (
    AREAS,
    ASKS_FOR_WHAT_IS_NOT,
    CATEGORIES,
    DOCUMENTS,
    OPTION_COUNTS,
    ROOT,
    documents,
)
from workbench.questions.review import load_checks, load_solves
from workbench.schema import LETTERS, OpenQuestion, Question

DATA = ROOT / "workbench" / "data"
CARD = (DATA / "CARD.md").read_text("utf-8")
REVIEW = (DATA / "REVIEW.md").read_text("utf-8")
CANARY = "krx-workbench:canary:1325acc5-4dc0-481d-ac63-41ff9faab870"  # never to be changed

TEST = load_questions("krx-mcqa").questions
DEV = load_questions("krx-mcqa-dev").questions
OPEN = load_open_questions("krx-qa").questions
LAST_OF_VERSION_0_1 = "krx-mcqa-0060"

BY_ID = {q.id: q for q in TEST}
# The two categories without areas of their own are one area each.
PLACES = {*AREAS, ("국내기업", "국내기업"), ("금융에이전트", "금융에이전트")}
FEW_SHOT_PLACES = set(AREAS) - {("재무회계", "금융 개념")}

both_sets = pytest.mark.parametrize("questions", [TEST, DEV], ids=["test", "dev"])


# ── composition ──────────────────────────────────────────────────────────────────────────────


def place(question: Question | OpenQuestion) -> tuple[str, str]:
    return question.category, question.area


def test_every_question_has_a_place_in_the_card() -> None:
    assert {category for category, _ in PLACES} == set(CATEGORIES)
    assert set(map(place, TEST)) == PLACES


@pytest.mark.parametrize("where", sorted(PLACES), ids="-".join)
def test_easy_and_hard_are_even_within_every_area(where: tuple[str, str]) -> None:
    there = Counter(q.difficulty for q in TEST if place(q) == where)
    assert there["easy"] + there["hard"] == there.total() >= 10
    assert abs(there["easy"] - there["hard"]) <= 2


def test_half_of_all_questions_are_easy() -> None:
    easy = sum(q.difficulty == "easy" for q in TEST)
    assert abs(2 * easy - len(TEST)) <= 2


def test_about_a_fifth_of_the_questions_ask_for_what_is_not_right() -> None:
    negated = sum(ASKS_FOR_WHAT_IS_NOT.search(q.question) is not None for q in TEST)
    assert 0.15 <= negated / len(TEST) <= 0.25


def test_companies_are_named_as_invented() -> None:
    companies = [q for q in TEST if q.category == "국내기업"]
    assert [q.id for q in companies if "가상" not in q.question] == []


def test_the_few_shot_examples_show_one_easy_and_one_hard_question_of_six_areas() -> None:
    cells = Counter((*place(q), q.difficulty) for q in DEV)
    assert cells == {(*where, level): 1 for where in FEW_SHOT_PLACES for level in ("easy", "hard")}


def test_open_questions_cover_six_areas_and_both_categories_equally() -> None:
    assert set(map(place, OPEN)) == FEW_SHOT_PLACES
    assert Counter(q.category for q in OPEN) == {"재무회계": 10, "금융시장": 10}


@pytest.mark.parametrize("size", OPTION_COUNTS)
def test_every_letter_is_right_equally_often_among_questions_of_one_size(size: int) -> None:
    right = Counter(q.answer for q in TEST if len(q.options) == size)
    counts = [right[letter] for letter in LETTERS[:size]]
    assert sum(counts) == right.total() > 0
    assert max(counts) - min(counts) <= 3


def test_no_letter_carries_the_few_shot_examples() -> None:
    assert max(Counter(q.answer for q in DEV).values()) <= len(DEV) / 4


@both_sets
def test_questions_of_every_size_occur_and_none_of_another(questions: Sequence[Question]) -> None:
    assert {len(q.options) for q in questions} == set(OPTION_COUNTS)


@both_sets
def test_every_question_says_why_and_where_it_comes_from(questions: Sequence[Question]) -> None:
    for q in questions:
        assert q.reasoning
        assert q.reference_id
        assert (q.source, q.licence) == ("written for this project", "CC BY 4.0")


def test_open_questions_have_three_to_five_points() -> None:
    assert all(3 <= len(q.points) <= 5 for q in OPEN)


# ── reasoning ────────────────────────────────────────────────────────────────────────────────────


# A letter by itself, as full-width or circled too; a number only where it counts options.
NAMES_AN_OPTION = re.compile(
    r"(?<![A-Za-z0-9])[A-G](?![A-Za-z0-9])"
    r"|[①-⑦ⓐ-ⓖⒶ-Ⓖ]"
    r"|\d ?번(?!째)"
    r"|(?:\d|첫|두|세|네|다섯|여섯|일곱) ?번째 ?(?:선택지|선지|보기|답|항목)"
    r"|(?:선택지|선지|보기|정답|답) ?\d"
)


def names_an_option(reasoning: str) -> bool:
    # Full-width letters become plain; circled ones must not, so NFKC would not do.
    plain = reasoning.translate({0xFF01 + i: 0x21 + i for i in range(94)})
    return NAMES_AN_OPTION.search(plain) is not None


@pytest.mark.parametrize(
    ("reasoning", "named"),
    [
        ("따라서 정답은 B이다.", True),
        ("Ｃ는 단리로 계산한 값이다.", True),
        ("②는 세금을 빠뜨렸다.", True),
        ("정답은 3번이다.", True),
        ("세 번째 선택지는 부호가 반대이다.", True),
        ("세 번째 매입 직후의 주가도 같다.", False),
        ("AA− 회사채와 CAPM의 베타, EV/EBITDA", False),
        ("과세되는 3번의 배당이 아니라 한 번의 배당", True),  # rather one too many than one missed
    ],
)
def test_naming_an_option_is_told_from_naming_anything_else(reasoning: str, named: bool) -> None:
    assert names_an_option(reasoning) is named


# Options may be shuffled: a reasoning that names one by its place would then be wrong.
@both_sets
def test_the_reasoning_names_no_letter_and_no_number_of_an_option(
    questions: Sequence[Question],
) -> None:
    assert not [q.id for q in questions if names_an_option(q.reasoning)]


# ── overlap ──────────────────────────────────────────────────────────────────────────────────


def grams(text: str, size: int = 5) -> frozenset[str]:
    """The character n-grams of a text, white space apart."""
    packed = "".join(text.split())
    return frozenset(packed[i : i + size] for i in range(len(packed) - size + 1))


def stem(question: Question | OpenQuestion) -> str:
    return question.question


def stem_and_options(question: Question | OpenQuestion) -> str:
    options = question.options if isinstance(question, Question) else ()
    return " ".join((question.question, *options))


@pytest.mark.parametrize("text", [stem, stem_and_options])
def test_no_two_questions_of_all_sets_are_nearly_the_same(
    text: Callable[[Question | OpenQuestion], str],
) -> None:
    known = {q.id: grams(text(q)) for q in (*TEST, *DEV, *OPEN)}
    for (one, a), (other, b) in combinations(known.items(), 2):
        assert len(a & b) / len(a | b) < 0.6, f"{one} and {other}"


def topics(questions: Sequence[Question]) -> list[str]:
    # Half of dev's topics carry a prefix, which would set them apart without being different.
    return [q.reference_id.removeprefix("dev-") for q in questions]


def test_no_topic_of_the_few_shot_examples_is_tested() -> None:
    assert not set(topics(TEST)) & set(topics(DEV))


@both_sets
def test_every_question_has_a_topic_of_its_own(questions: Sequence[Question]) -> None:
    assert len(set(topics(questions))) == len(questions)


# ── files ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "name", ["krx_mcqa.jsonl", "krx_mcqa_dev.jsonl", "krx_qa.jsonl", "CARD.md", "REVIEW.md"]
)
def test_every_text_is_nfc(name: str) -> None:
    text = (DATA / name).read_text("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert "\\u" not in text  # an escape could hide a decomposed character


@pytest.mark.parametrize("name", ["krx_mcqa", "krx_mcqa_dev"])
def test_the_file_is_what_dump_questions_writes(name: str, tmp_path: Path) -> None:
    dump_questions(load_questions(name.replace("_", "-")).questions, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (DATA / f"{name}.jsonl").read_bytes()


# ── review ───────────────────────────────────────────────────────────────────────────────────


def test_every_solve_is_of_a_question_as_it_stands_and_chose_the_key() -> None:
    assert [solve for solve in load_solves() if not solve.agrees(BY_ID[solve.id])] == []


def test_the_220_questions_after_the_first_60_were_solved_by_two_solvers() -> None:
    solvers = defaultdict(set)
    for solve in load_solves():
        solvers[solve.id].add(solve.solver)
    assert [q.id for q in TEST[60:280] if len(solvers[q.id]) < 2] == []


def test_nobody_solved_a_question_twice() -> None:
    times = Counter((solve.id, solve.solver) for solve in load_solves())
    assert max(times.values()) == 1


def test_calculations_are_stored_from_61_on() -> None:
    assert min(check.id for check in load_checks()) > LAST_OF_VERSION_0_1


def test_the_review_speaks_of_questions_that_there_are() -> None:
    named = set(re.findall(r"krx-mcqa-\d{4}", REVIEW))
    assert LAST_OF_VERSION_0_1.replace("krx-mcqa-", "") in REVIEW
    assert named - BY_ID.keys() == set()


# ── documents ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def counted() -> dict[str, str]:
    return documents()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_count_in_a_document_is_that_of_the_files(counted: dict[str, str], name: str) -> None:
    written = (ROOT / name).read_text("utf-8")
    assert written == counted[name], "run python -m workbench.questions.composition"


def test_the_card_carries_the_canary_and_names_every_file() -> None:
    assert CARD.count(CANARY) == 1
    for name in ("krx_mcqa.jsonl", "krx_mcqa_dev.jsonl", "krx_qa.jsonl"):
        assert f"`{name}`" in CARD
