"""The bundled question sets: balanced, without tells, and as their card says."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import pytest

from workbench.questions import dump_questions, load_open_questions, load_questions
from workbench.schema import LETTERS, OpenQuestion, Question
from workbench.stats import detectable_difference

DATA = Path(__file__).parents[3] / "workbench" / "data"
CARD = (DATA / "CARD.md").read_text("utf-8")
CANARY = "krx-workbench:canary:1325acc5-4dc0-481d-ac63-41ff9faab870"  # never to be changed

TEST = load_questions("krx-mcqa").questions
DEV = load_questions("krx-mcqa-dev").questions
OPEN = load_open_questions("krx-qa").questions

AREAS = {
    "재무제표 분석": "재무회계",
    "회계 원칙 적용": "재무회계",
    "재무 비율 계산": "재무회계",
    "금융 개념": "금융시장",
    "시장 동향": "금융시장",
    "투자 전략": "금융시장",
}
OPTION_COUNTS = (4, 5, 6, 7)
ABSOLUTE_WORDS = ("항상", "반드시", "절대", "모든", "전혀")

both_sets = pytest.mark.parametrize("questions", [TEST, DEV], ids=["test", "dev"])


# ── composition ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("questions", "each"), [(TEST, 5), (DEV, 1)], ids=["test", "dev"])
def test_areas_and_difficulties_are_filled_evenly(questions: Sequence[Question], each: int) -> None:
    cells = Counter((q.category, q.area, q.difficulty) for q in questions)
    assert cells == {
        (category, area, difficulty): each
        for area, category in AREAS.items()
        for difficulty in ("easy", "hard")
    }


def test_open_questions_cover_every_area_and_both_categories_equally() -> None:
    assert {(q.category, q.area) for q in OPEN} == {(AREAS[area], area) for area in AREAS}
    assert Counter(q.category for q in OPEN) == {"재무회계": 10, "금융시장": 10}


@pytest.mark.parametrize("size", OPTION_COUNTS)
def test_every_letter_is_right_equally_often_among_questions_of_one_size(size: int) -> None:
    right = Counter(q.answer for q in TEST if len(q.options) == size)
    counts = [right[letter] for letter in LETTERS[:size]]
    assert sum(counts) == right.total() > 0
    assert max(counts) - min(counts) <= 1


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


# ── tells ────────────────────────────────────────────────────────────────────────────────────


def score_by_length(questions: Sequence[Question], extreme: Callable[[list[int]], int]) -> float:
    """What taking the longest (max) or shortest (min) option scores; ties share the point."""
    points = 0.0
    for q in questions:
        lengths = [len(option) for option in q.options]
        picked = extreme(lengths)
        points += (len(q.right_option) == picked) / lengths.count(picked)
    return points / len(questions)


def chance(questions: Sequence[Question]) -> float:
    return sum(1 / len(q.options) for q in questions) / len(questions)


# 15 points are three standard errors of a guesser over 60 questions; a larger set deserves less.
@both_sets
def test_the_longest_option_is_no_better_than_a_guess(questions: Sequence[Question]) -> None:
    assert score_by_length(questions, max) <= chance(questions) + 0.15


@pytest.mark.parametrize("word", ABSOLUTE_WORDS)
def test_absolute_words_do_not_stand_in_wrong_options_only(word: str) -> None:
    questions = (*TEST, *DEV)
    in_right = any(word in q.right_option for q in questions)
    in_wrong = any(word in option for q in questions for option in wrong_options(q))
    assert in_right or not in_wrong


def wrong_options(question: Question) -> list[str]:
    return [option for option in question.options if option != question.right_option]


ABOUT_THE_OPTIONS = re.compile(
    r"(?:모두|전부) ?(?:정답|옳|맞|해당|틀)|(?:정답|답|해당)[은이]? ?(?:사항 ?)?없|위의? ?(?:모두|보기)"
)


@pytest.mark.parametrize(
    "option", ["모두 정답", "위 모두", "정답 없음", "해당 사항 없음", "모두 옳다."]
)
def test_an_option_about_the_other_options_is_recognised(option: str) -> None:
    assert ABOUT_THE_OPTIONS.search(option)


@both_sets
def test_no_option_is_about_the_other_options(questions: Sequence[Question]) -> None:
    assert not [o for q in questions for o in q.options if ABOUT_THE_OPTIONS.search(o)]


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
    "name", ["krx_mcqa.jsonl", "krx_mcqa_dev.jsonl", "krx_qa.jsonl", "CARD.md"]
)
def test_every_text_is_nfc(name: str) -> None:
    text = (DATA / name).read_text("utf-8")
    assert unicodedata.is_normalized("NFC", text)
    assert "\\u" not in text  # an escape could hide a decomposed character


@pytest.mark.parametrize("name", ["krx_mcqa", "krx_mcqa_dev"])
def test_the_file_is_what_dump_questions_writes(name: str, tmp_path: Path) -> None:
    dump_questions(load_questions(name.replace("_", "-")).questions, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (DATA / f"{name}.jsonl").read_bytes()


# ── the card ─────────────────────────────────────────────────────────────────────────────────


def card_column(name: str) -> dict[str, str]:
    """The composition table's column of one set, by row; a gloss in brackets is no part of a row.

    A dash says that the row does not apply.
    """
    lines = [line for line in CARD.splitlines() if line.startswith("|")]
    header, _, *rows = [[cell.strip(" ·") for cell in line.split("|")[1:-1]] for line in lines]
    place = header.index(name)
    return {row[0].partition(" (")[0]: row[place] for row in rows if row[place] != "–"}


def counted(questions: Sequence[Question] | Sequence[OpenQuestion]) -> dict[str, str]:
    """What holds for every kind of question, as the card writes it."""
    groups = Counter(q.area for q in questions) + Counter(q.category for q in questions)
    return {
        "questions": str(len(questions)),
        **{name: str(n) for name, n in groups.items()},
        "with an as-of date": str(sum(q.as_of is not None for q in questions)),
    }


def counted_choices(questions: Sequence[Question]) -> dict[str, str]:
    sizes = Counter(len(q.options) for q in questions)
    right = Counter(q.answer for q in questions)
    negated = sum(re.search(r"(?:않은|않는) 것은\?", q.question) is not None for q in questions)
    return {
        **counted(questions),
        **{str(level): str(n) for level, n in Counter(q.difficulty for q in questions).items()},
        **{f"{size} options": str(sizes[size]) for size in OPTION_COUNTS},
        **{f"{letter} is right": str(right[letter]) for letter in LETTERS[: max(OPTION_COUNTS)]},
        "asks for what is not right": str(negated),
        "score of a uniform guess": f"{chance(questions):.1%}",
        "score of taking the longest option": f"{score_by_length(questions, max):.1%}",
        "score of taking the shortest option": f"{score_by_length(questions, min):.1%}",
    }


def test_the_card_counts_the_test_questions() -> None:
    assert card_column("krx-mcqa") == counted_choices(TEST)


def test_the_card_counts_the_few_shot_questions() -> None:
    assert card_column("krx-mcqa-dev") == counted_choices(DEV)


def test_the_card_counts_the_open_questions() -> None:
    points = Counter(len(q.points) for q in OPEN)
    by_points = {f"with {n} points": str(count) for n, count in points.items()}
    assert card_column("krx-qa") == counted(OPEN) | by_points


def test_the_korean_summary_gives_the_same_sizes() -> None:
    summary = " ".join(line.removeprefix("> ") for line in CARD.splitlines() if line[:1] == ">")
    for part in (f"평가용 {len(TEST)}문항", f"용 {len(DEV)}문항", f"서술형 {len(OPEN)}문항"):
        assert part in summary


def test_the_card_says_what_so_few_questions_can_see() -> None:
    smallest = detectable_difference(len(TEST), 0.25)
    assert smallest is not None
    assert f"difference of {100 * smallest:.1f} points" in " ".join(CARD.split())


def test_the_card_carries_the_canary_and_names_every_file() -> None:
    assert CARD.count(CANARY) == 1
    for name in ("krx_mcqa.jsonl", "krx_mcqa_dev.jsonl", "krx_qa.jsonl"):
        assert f"`{name}`" in CARD
