"""Questions from a glossary: what is dropped, what is masked, and that nothing gives them away."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from workbench.errors import InputError, QuestionFileError
from workbench.questions.glossary import (
    MASK,
    GlossaryQuestions,
    glossary_questions,
    masked_definition,
    shows_through,
    usable_cards,
)
from workbench.questions.glossary_file import Columns, Entry, read_glossary
from workbench.schema import LETTERS

SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호"
KEPT = "만기가 되면 원금을 돌려받는 증권으로서 이자가 미리 정해져 있다."


def made_up(n: int) -> list[Entry]:
    """Entries that share no pair of syllables, in two categories; every third names its term."""
    entries = []
    for i in range(n):
        a, b, c = (SYLLABLES[(i * step + i // 7) % len(SYLLABLES)] for step in (1, 5, 11))
        term = f"{a}{b}{c}{'품' * (i % 4)}{i}"
        body = " ".join(f"{b}{SYLLABLES[(i + j * j) % 40]}{a}{j * i}" for j in range(12))
        opening = f"{term}은 " if i % 3 == 0 else ""
        entries.append(Entry(term, f"{opening}{body} 말한다.", "금융" if i % 2 else "회계"))
    return entries


@pytest.fixture(scope="module")
def made() -> GlossaryQuestions:
    return glossary_questions(made_up(400), "made-up")


# ── the questions ────────────────────────────────────────────────────────────────────────────


def test_every_usable_entry_makes_one_question(made: GlossaryQuestions) -> None:
    assert made.read == 400
    assert len(made.questions) + sum(made.dropped.values()) == made.read
    assert len(made.questions) > 350
    assert len({question.reference_id for question in made.questions}) == len(made.questions)


def test_sizes_and_letters_are_dealt_evenly(made: GlossaryQuestions) -> None:
    sizes = Counter(len(question.options) for question in made.questions)
    assert set(sizes) == {4, 5, 6, 7}
    for size in sizes:
        right = Counter(q.answer for q in made.questions if len(q.options) == size)
        assert max(right.values()) - min(right[letter] for letter in LETTERS[:size]) <= 1


def test_the_right_option_shows_by_no_length(made: GlossaryQuestions) -> None:
    longest = chance = 0.0
    for question in made.questions:
        lengths = [len(option) for option in question.options]
        is_longest = len(question.right_option) == max(lengths)
        longest += is_longest / lengths.count(max(lengths))
        chance += 1 / len(lengths)
    assert abs(longest - chance) / len(made.questions) < 0.05


def test_options_are_of_one_category(made: GlossaryQuestions) -> None:
    category = {entry.term: entry.category for entry in made_up(400)}
    asked_for_terms = [q for q in made.questions if q.question.startswith("다음 설명")]
    assert asked_for_terms
    assert all({category[o] for o in q.options} == {q.category} for q in asked_for_terms)


def test_no_question_holds_its_term_where_the_term_is_asked(made: GlossaryQuestions) -> None:
    for question in made.questions:
        if question.question.startswith("다음 설명"):
            assert question.right_option not in question.question
    assert made.masked > 100


def test_the_same_seed_makes_the_same_questions(made: GlossaryQuestions) -> None:
    assert glossary_questions(made_up(400), "made-up") == made
    assert glossary_questions(made_up(400), "made-up", seed=1).questions != made.questions


def test_one_kind_of_question_can_be_had_alone() -> None:
    only = glossary_questions(made_up(40), "one", asks=("definition",))
    assert only.questions
    assert all("의 뜻으로 옳은 것은?" in question.question for question in only.questions)


def test_a_synonym_is_no_wrong_option() -> None:
    entries = made_up(30)
    right = Entry("수의매매", f"{KEPT} 상대매매라고도 한다.", "금융")
    synonym = Entry("상대매매", "도매상이 파는 사람과 의논하여 값을 정하는 방식을 말한다.", "금융")
    made = glossary_questions([*entries, right, synonym], "x", asks=("term",))
    (question,) = (q for q in made.questions if q.reference_id == "수의매매")
    assert "상대매매" not in question.options


def test_too_few_entries_make_no_question() -> None:
    made = glossary_questions(made_up(3), "few")
    assert made.questions == ()
    assert made.dropped["too few wrong options"] == 3


# ── what is dropped ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (Entry("", KEPT), "no term or no definition"),
        (Entry("국채", " … "), "no term or no definition"),
        (Entry("금", KEPT), "term of one character"),
        (Entry("회사 채(會社債)", "회사가 돈을 빌리려고 내는 증권을 말한다."), "repeated term"),
        (Entry("사채", f"  {KEPT}"), "repeated definition"),
        (Entry("장문", "가나다라마바사 " * 60), "first sentence too long"),
        (Entry("국채", "국채를 말한다."), "too little left beside the term"),
        (
            Entry("국가신용등급", "국가의 신용에 매기는 등급으로서 기관들이 정한다."),
            "term shows in its definition",
        ),
    ],
)
def test_an_entry_that_makes_no_question_is_dropped_with_a_reason(
    entry: Entry, reason: str
) -> None:
    cards, dropped = usable_cards([Entry("회사채", KEPT), entry])
    assert [card.entry.term for card in cards] == ["회사채"]
    assert dict(dropped) == {reason: 1}


def test_a_later_sentence_that_shows_the_term_is_left_out() -> None:
    definition = f"{KEPT} 국가의 신용과 등급이 그 값을 정한다."
    ((card,), _) = usable_cards([Entry("국가 신용 등급", definition)])
    assert card.masked == KEPT


# ── masking ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("term", "definition", "masked"),
    [
        ("국채", "국채는 나라의 빚이다.", f"{MASK}은(는) 나라의 빚이다."),
        ("환율", "환율은 돈의 값이다.", f"{MASK}은(는) 돈의 값이다."),
        ("경제활동인구", "경제 활동 인구를 센다.", f"{MASK}을(를) 센다."),
        ("전환사채(CB)", "CB라고도 하는 전환사채(cb)", f"{MASK}(이)라고도 하는 {MASK}"),
        ("국채", "'국채'는 나라가 낸다.", f"'{MASK}'은(는) 나라가 낸다."),
        ("ＥＴＦ", "ETF와 etf", f"{MASK}과(와) {MASK}"),
        ("IT", "IT 산업과 credit", f"{MASK} 산업과 credit"),
        ("이자", "이자율과 이자는 다르다.", f"{MASK}율과 {MASK}은(는) 다르다."),
        ("옵션", "살 권리이다.", "살 권리이다."),
    ],
)
def test_a_term_is_masked_however_it_is_written(term: str, definition: str, masked: str) -> None:
    assert masked_definition(term, definition) == masked


def test_a_bracket_behind_the_term_goes_with_it() -> None:
    assert masked_definition("무차별곡선", "무차별곡선(Indifference Curve)은 선이다.") == (
        f"{MASK}은(는) 선이다."
    )


def test_half_of_a_term_does_not_show_it() -> None:
    assert not shows_through(("신용등급",), "신용을나타낸것")
    assert shows_through(("신용등급",), "신용의등급")


# ── files ────────────────────────────────────────────────────────────────────────────────────


def write_xlsx(path: Path, *rows: tuple[object, ...]) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "빈 시트"
    sheet = book.create_sheet("용어집")
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_spreadsheet_is_read_below_its_banner(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "g.xlsx",
        ("우리 용어집",),
        (),
        ("순번", "주제", "용어", "설명"),
        (1, "금융", "국채 ", "나라의\u2028빚"),
        (None, None, None, None),
        (2, None, "환율", "돈의 값"),
    )
    assert read_glossary(path) == [
        Entry("국채", "나라의 빚", "금융"),
        Entry("환율", "돈의 값", ""),
    ]


@pytest.mark.parametrize("header", ["title,contents", "Term,Definition", "표제어,뜻풀이"])
def test_columns_are_found_by_their_names(header: str, tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text(f"no,{header}\n1,국채,나라의 빚\n", "utf-8")
    assert read_glossary(path) == [Entry("국채", "나라의 빚")]


def test_columns_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "g.csv"
    path.write_text("x,y,z\n국채,나라의 빚,금융\n", "utf-8")
    columns = Columns(term="x", contents="y", category="z")
    assert read_glossary(path, columns) == [Entry("국채", "나라의 빚", "금융")]


@pytest.mark.parametrize(
    ("content", "columns", "said"),
    [
        ("용어,비고\n국채,나라\n", Columns(), "no column that is known to hold the contents"),
        ("x,설명\n국채,나라\n", Columns(), "name one with --term: x, 설명"),
        ("용어,설명\n국채,나라\n", Columns(term="이름"), "has no column '이름'; it has 용어, 설명"),
        ("용어,설명\n국채,나라\n", Columns(term="설명"), "cannot be both"),
    ],
)
def test_columns_that_cannot_be_told_are_asked_for(
    content: str, columns: Columns, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "g.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=said):
        read_glossary(path, columns)


@pytest.mark.parametrize("data", [b"", b"no spreadsheet", b"PK\x03\x04 broken"])
def test_a_damaged_spreadsheet_is_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "g.xlsx"
    path.write_bytes(data)
    with pytest.raises(QuestionFileError, match="cannot be read as a spreadsheet"):
        read_glossary(path)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected one of .xlsx, .jsonl"):
        read_glossary(tmp_path / "g.hwp")
