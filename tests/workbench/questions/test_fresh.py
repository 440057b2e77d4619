"""Fresh questions: the same for ever, all different, evenly spread, and without tells."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations, islice
from pathlib import Path

import pytest

from workbench.errors import SettingsError
from workbench.questions import dump_questions, load_questions
from workbench.questions.fresh import FAMILIES, FreshQuestion, draw, fresh_questions
from workbench.questions.fresh.amounts import Amount
from workbench.questions.fresh.drawing import families, write
from workbench.questions.fresh.family import CATEGORY_OF, Family, Option, Phrase
from workbench.schema import LETTERS

ROOT = Path(__file__).parents[3]
FROZEN_SEED, FROZEN_SIZE = 20261122, 200
FROZEN = ROOT / "workbench" / "data" / f"krx_fresh_{FROZEN_SEED}.jsonl"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(2_000, id="2,000"),
        pytest.param(10_000, id="10,000", marks=pytest.mark.torture),
    ],
)
def drawn(request: pytest.FixtureRequest) -> list[FreshQuestion]:
    return list(islice(draw(seed=7), request.param))


every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))


# ── a seed is for ever ───────────────────────────────────────────────────────────────────────


def test_the_frozen_draw_is_still_drawn_byte_for_byte(tmp_path: Path) -> None:
    # If this fails, a family's code has changed what it asks: raise the family's version, and
    # publish a new frozen draw, because the old one cannot be drawn any more.
    again = tmp_path / "again.jsonl"
    dump_questions(fresh_questions(FROZEN_SEED, FROZEN_SIZE).questions, again)
    assert again.read_bytes() == FROZEN.read_bytes()


def test_the_frozen_draw_is_a_bundled_set_under_the_name_of_its_seed() -> None:
    fresh = fresh_questions(FROZEN_SEED, FROZEN_SIZE)
    bundled = load_questions(f"krx-fresh-{FROZEN_SEED}")
    assert (bundled.name, bundled.hash) == (fresh.name, fresh.hash)


def test_a_smaller_draw_is_the_beginning_of_a_larger_one() -> None:
    small, large = fresh_questions(3, 40), fresh_questions(3, 120)
    assert large.questions[:40] == small.questions
    assert large.hash != small.hash


def test_another_seed_asks_other_questions() -> None:
    one, other = ({q.question for q in fresh_questions(seed, 150).questions} for seed in (1, 2))
    assert not one & other


@pytest.mark.parametrize("seed", [0, 1, 2**31, 2**63 - 1, 10**30])
def test_any_seed_can_be_drawn(seed: int) -> None:
    question_set = fresh_questions(seed, len(FAMILIES))
    assert question_set.name == f"krx-fresh-{seed}"
    assert len(question_set.questions) == len(FAMILIES)


@pytest.mark.parametrize(
    ("seed", "n", "message"),
    [
        (-1, 10, "seed -1 is negative"),
        (1, 0, "n = 0 questions, expected 1–10,000"),
        (1, 10_001, "n = 10001 questions, expected 1–10,000"),
    ],
)
def test_what_cannot_be_drawn_is_refused(seed: int, n: int, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        fresh_questions(seed, n)


def test_a_new_version_of_a_family_gives_it_other_questions() -> None:
    family = FAMILIES["put-call-parity"]
    newer = Family(family.name, family.area, family.difficulty, family.write, family.version + 1)
    assert write(family, 1, 1)[0].question != write(newer, 1, 1)[0].question


def test_a_family_that_finds_nothing_to_ask_is_an_error() -> None:
    family = FAMILIES["put-call-parity"]
    always_the_same = write(family, 1, 1)[0]
    stuck = Family("stuck", family.area, family.difficulty, lambda dice: always_the_same)
    with pytest.raises(RuntimeError, match="the family 'stuck' found no question"):
        write(stuck, 1, 1, taken={always_the_same.question})


# ── what is drawn ────────────────────────────────────────────────────────────────────────────


def test_there_are_many_families_in_every_area_of_both_difficulties() -> None:
    cells = Counter((family.area, family.difficulty) for family in FAMILIES.values())
    assert cells.keys() == {(area, level) for area in CATEGORY_OF for level in ("easy", "hard")}
    assert min(cells.values()) >= 4
    assert cells.total() >= 40


def test_no_question_and_no_id_comes_twice(drawn: Sequence[FreshQuestion]) -> None:
    assert len({fresh.question.question for fresh in drawn}) == len(drawn)
    assert len({fresh.question.id for fresh in drawn}) == len(drawn)


def test_areas_are_even_over_any_stretch(drawn: Sequence[FreshQuestion]) -> None:
    for end in (6, 60, 200, len(drawn)):
        counts = Counter(fresh.question.area for fresh in drawn[:end])
        assert max(counts.values()) - min(counts.values()) <= 1


def test_families_of_an_area_are_asked_equally_often() -> None:
    counts = Counter(islice((family.name for family in families(seed=5)), 3_000))
    for area in CATEGORY_OF:
        asked = [counts[family.name] for family in FAMILIES.values() if family.area == area]
        assert max(asked) - min(asked) <= 1


def test_letters_are_even_among_questions_of_one_size(drawn: Sequence[FreshQuestion]) -> None:
    for size in (4, 5, 6, 7):
        right = Counter(f.question.answer for f in drawn if len(f.question.options) == size)
        counts = [right[letter] for letter in LETTERS[:size]]
        assert max(counts) - min(counts) <= 1


def test_questions_have_four_to_seven_options_and_each_size_occurs(
    drawn: Sequence[FreshQuestion],
) -> None:
    assert {len(fresh.question.options) for fresh in drawn} == {4, 5, 6, 7}


def test_a_question_says_what_it_is_and_shares_a_cluster_with_its_family(
    drawn: Sequence[FreshQuestion],
) -> None:
    for fresh in drawn:
        question, family = fresh.question, fresh.family
        assert (question.area, question.difficulty) == (family.area, family.difficulty)
        assert question.category == CATEGORY_OF[family.area]
        assert question.cluster == f"fresh/{family.name}"
        assert question.source == f"krx-fresh, {family.name} v{family.version}"


# ── options ──────────────────────────────────────────────────────────────────────────────────

NUMBER = re.compile(r"([−+]?)(\d[\d,]*(?:\.\d+)?)")
# Whatever a family asks for, an option beyond these would be noticed as absurd.
RANGES = {
    "%": (-150, 600),
    "%p": (-100, 100),
    "bp": (-2_000, 2_500),
    "배": (0, 100),
    "년": (0, 60),
    "일": (0, 1_500),
    "포인트": (0, 2_000),
    "계약": (1, 50_000),
    "": (-10, 100),
}


def shown(amount: Amount) -> Decimal:
    """The number that a reader sees, in the amount's unit: 12500 for '1억 2,500만원'."""
    sign, digits = NUMBER.findall(text := str(amount).replace(",", ""))[0]
    value = Decimal(digits)
    if amount.unit.name == "만원" and "억" in text:
        _, _, rest = text.partition(" ")
        value = value * 10_000 + (Decimal(rest.removesuffix("만원")) if rest else 0)
    return -value if sign == "−" else value


def amounts(option: Option) -> Sequence[Amount]:
    return (option,) if isinstance(option, Amount) else option.amounts


def test_the_right_letter_stands_before_the_right_option(drawn: Sequence[FreshQuestion]) -> None:
    for fresh in drawn:
        assert fresh.question.right_option == str(fresh.draft.right)


def test_a_number_is_shown_rounded_once_and_half_up(drawn: Sequence[FreshQuestion]) -> None:
    for fresh in drawn:
        for amount in amounts(fresh.draft.right):
            exact = Decimal(amount.numerator * amount.unit.scale) / amount.denominator
            place = Decimal(1).scaleb(-amount.digits)
            assert shown(amount) == exact.quantize(place, ROUND_HALF_UP), fresh.question.id


def test_a_wrong_option_cannot_be_reached_by_rounding(drawn: Sequence[FreshQuestion]) -> None:
    for fresh in drawn:
        right = fresh.draft.right
        for option in (fresh.draft.mistakes[mistake] for mistake in fresh.mistakes.values()):
            if isinstance(right, Phrase) and option.wording != right.wording:
                continue
            pairs = zip(amounts(option), amounts(right), strict=True)
            gaps = [abs(shown(a) - shown(b)) * 10**b.digits for a, b in pairs]
            assert max(gaps) >= 2, (fresh.question.id, str(option), str(right))


def test_all_options_of_a_question_are_written_in_one_form(drawn: Sequence[FreshQuestion]) -> None:
    for fresh in drawn:
        options = [fresh.draft.right, *(fresh.draft.mistakes[m] for m in fresh.mistakes.values())]
        for one, other in combinations(options, 2):
            assert [a.form for a in amounts(one)] == [a.form for a in amounts(other)]


def test_options_have_sensible_magnitudes(drawn: Sequence[FreshQuestion]) -> None:
    for fresh in drawn:
        for option in [fresh.draft.right, *fresh.draft.mistakes.values()]:
            if str(option) not in fresh.question.options:
                continue
            for amount in amounts(option):
                low, high = RANGES.get(amount.unit.name, (-(10**9), 10**9))
                assert low <= amount * amount.unit.scale <= high, (fresh.question.id, str(option))


# ── mistakes ─────────────────────────────────────────────────────────────────────────────────


def test_every_wrong_option_comes_from_a_named_mistake(drawn: Sequence[FreshQuestion]) -> None:
    for fresh in drawn:
        question = fresh.question
        assert fresh.mistakes.keys() == set(question.letters) - {question.answer}
        for letter, mistake in fresh.mistakes.items():
            option = question.options[LETTERS.index(letter)]
            assert option == str(fresh.draft.mistakes[mistake])
            assert mistake.endswith("면")
            assert mistake in question.reasoning


@every_family
def test_a_familys_mistakes_all_become_options_now_and_then(family: Family) -> None:
    named: Counter[str] = Counter()
    chosen: Counter[str] = Counter()
    for ordinal in range(80):
        draft, mistakes = write(family, 11, ordinal)
        named.update(draft.mistakes.keys())
        chosen.update(mistakes)
    assert len(named) >= 5
    assert not [mistake for mistake in named if chosen[mistake] < 2]


# ── tells ────────────────────────────────────────────────────────────────────────────────────

Picker = Callable[[FreshQuestion], dict[str, float]]


def by_size(fresh: FreshQuestion) -> list[str]:
    """The options from the smallest number to the largest."""
    mistakes = [fresh.draft.mistakes[mistake] for mistake in fresh.mistakes.values()]
    ordered = sorted(
        [fresh.draft.right, *mistakes], key=lambda o: [*map(Amount.__float__, amounts(o))]
    )
    return [str(option) for option in ordered]


def largest(fresh: FreshQuestion) -> dict[str, float]:
    return {option: place for place, option in enumerate(by_size(fresh))}


def smallest(fresh: FreshQuestion) -> dict[str, float]:
    return {option: -place for place, option in enumerate(by_size(fresh))}


def middle(fresh: FreshQuestion) -> dict[str, float]:
    centre = (len(fresh.question.options) - 1) / 2
    return {option: -abs(place - centre) for place, option in enumerate(by_size(fresh))}


def longest(fresh: FreshQuestion) -> dict[str, float]:
    return {option: len(option) for option in fresh.question.options}


def shortest(fresh: FreshQuestion) -> dict[str, float]:
    return {option: -len(option) for option in fresh.question.options}


def trailing_zeros(text: str) -> int:
    digits = re.sub(r"\D", "", text)
    return len(digits) - len(digits.rstrip("0"))


def roundest(fresh: FreshQuestion) -> dict[str, float]:
    return {option: trailing_zeros(option) for option in fresh.question.options}


def least_round(fresh: FreshQuestion) -> dict[str, float]:
    return {option: -trailing_zeros(option) for option in fresh.question.options}


def score(drawn: Sequence[FreshQuestion], pick: Picker) -> float:
    """What always taking the option with the highest value scores; ties share the point."""
    points = 0.0
    for fresh in drawn:
        values = pick(fresh)
        best = [option for option, value in values.items() if value == max(values.values())]
        points += (fresh.question.right_option in best) / len(best)
    return points / len(drawn)


# Mistakes lie on both sides of the right number more often than on one, which leaves the middle a
# little better than a guess; everything else must be no better at all (three standard errors).
@pytest.mark.parametrize(
    ("pick", "allowed"),
    [
        (largest, 0.025),
        (smallest, 0.025),
        (middle, 0.07),
        (longest, 0.025),
        (shortest, 0.025),
        (roundest, 0.025),
        (least_round, 0.04),
    ],
)
def test_no_look_at_the_options_finds_the_right_one(
    drawn: Sequence[FreshQuestion], pick: Picker, allowed: float
) -> None:
    chance = sum(1 / len(fresh.question.options) for fresh in drawn) / len(drawn)
    assert score(drawn, pick) <= chance + allowed


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def texts(drawn: Sequence[FreshQuestion]) -> Iterator[str]:
    for fresh in drawn:
        yield fresh.question.question
        yield fresh.question.reasoning


NAMES_AN_OPTION = re.compile(
    r"(?<![A-Za-z0-9/])[A-G](?![A-Za-z0-9/])|[①-⑦]|\d ?번(?!째)|(?:선택지|보기|정답) ?\d"
)


def test_the_reasoning_names_no_option_by_its_place(drawn: Sequence[FreshQuestion]) -> None:
    named = [f.question.reasoning for f in drawn if NAMES_AN_OPTION.search(f.question.reasoning)]
    assert not named


def test_every_text_is_nfc_and_without_leftovers(drawn: Sequence[FreshQuestion]) -> None:
    for text in texts(drawn):
        assert unicodedata.is_normalized("NFC", text)
        assert not re.search(r"[{}]|None|Fraction|Amount|  |-\d|\d-", text), text


@every_family
def test_a_family_has_several_wordings(family: Family) -> None:
    company = re.compile(r"\(주\)[가-힣]+?(?=[은는이가을를과와의으로\s,.])")
    shapes = {
        re.sub(NUMBER, "#", company.sub("@", write(family, seed, 1)[0].question))[:12]
        for seed in range(12)
    }
    assert len(shapes) >= 2


# How a number, a unit or a sign is read aloud; a particle follows the sound.
READ_AS = {
    **dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True)),
    **{"%": "퍼센트", "%p": "포인트", "bp": "비피"},
}
PARTICLES = {"은": True, "는": False, "이": True, "가": False, "을": True, "를": False}
PARTICLES |= {"과": True, "와": False, "으로": True, "로": False}
UNITS = "원|%p|%|bp|배|주|개|계약|포인트|년|개월|일|달러|좌|엔|명|단위|거래일"
BEFORE_PARTICLE = re.compile(
    rf"(?P<word>\d(?:{UNITS}|만원|백만원|억원|조원|만주|만좌|만달러)?|\(주\)(?:[가-힣]{{2,3}}?))"
    rf"(?:\([^()]*\))?(?P<particle>으로|[은는이가을를과와로])(?=[ ,.?)]|부터)"
)


def closed(word: str, particle: str) -> bool:
    """Whether a word ends in a consonant that the particle takes notice of; by its jamo."""
    last = next((READ_AS[end] for end in ("%p", "bp") if word.endswith(end)), word[-1])
    last = READ_AS.get(last, last)[-1]
    jamo = unicodedata.normalize("NFD", last)
    has_final = len(jamo) == 3
    return has_final and not (particle in ("으로", "로") and jamo[2] == "\u11af")


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("300원은 크다", True),
        ("300원는 크다", False),
        ("5%를 곱하면", True),
        ("5%을 곱하면", False),
        ("7로 나누면", True),
        ("6로 나누면", False),
        ("(주)가람이 산", True),
        ("(주)나래이 산", False),
        ("(주)나래(12월 결산)은 산", False),
    ],
)
def test_a_wrong_particle_is_recognised(text: str, right: bool) -> None:
    found = BEFORE_PARTICLE.search(text)
    assert found
    assert (closed(found["word"], found["particle"]) == PARTICLES[found["particle"]]) is right


def test_particles_suit_the_numbers_and_names_before_them(drawn: Sequence[FreshQuestion]) -> None:
    seen = 0
    for text in texts(drawn):
        for found in BEFORE_PARTICLE.finditer(text):
            seen += 1
            assert closed(found["word"], found["particle"]) == PARTICLES[found["particle"]], (
                found[0],
                text,
            )
    assert seen > len(drawn)


# ── training never sees them ─────────────────────────────────────────────────────────────────


def test_no_training_code_draws_from_these_families() -> None:
    sources = {path: path.read_text("utf-8") for path in (ROOT / "train").rglob("*.py")}
    assert sources
    assert not [path for path, text in sources.items() if "questions.fresh" in text]
