"""Which files become question sets, and what is said about those that do not."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InputError, QuestionFileError, UnknownNameError, WorkbenchError
from workbench.questions import bundled_names, load_questions
from workbench.schema import QuestionSet

DATA = Path(__file__).parents[2] / "data" / "questions"

OURS = {
    "id": "q1",
    "question": "이자를 원금에 더해 다시 이자를 셈하는 방법은?",
    "options": ["단리", "복리", "할인", "액면"],
    "answer": "B",
}
PUBLISHED = {
    "question": "배당락일의 뜻은?",
    "options": ["A. 배당을 받을 권리가 없어지는 날", "B. 배당을 주는 날", "C. 주주총회 날"],
    "answer": "A",
    "n_options": "3",
    "reasoning_process": "권리가 떨어지는 날이다.",
}
COLUMNS_HEADER = "question,answer,A,B,C,D\n"


def write_jsonl(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def write_parquet(path: Path, *rows: dict[str, Any]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return path


def faults_of(path: Path) -> list[str]:
    with pytest.raises(QuestionFileError) as caught:
        load_questions(path)
    return [str(fault) for fault in caught.value.faults]


# ── formats ──────────────────────────────────────────────────────────────────────────────────


def test_own_format_keeps_every_field() -> None:
    questions = load_questions(DATA / "workbench.jsonl").questions
    assert questions[0].options == ("쿠폰", "배당", "공모가")
    assert (questions[0].area, questions[0].difficulty) == ("fin_concept", "easy")
    assert str(questions[1].as_of) == "2026-01-02"


def test_published_options_lose_their_letters_in_a_list_and_in_one_text() -> None:
    first, second = load_questions(DATA / "published.jsonl").questions
    assert first.options == ("자산총계", "자기자본", "매출액", "영업이익")
    assert second.options[2:4] == ("전환사채\n(주식으로 바꿀 수 있음)", "교환사채")


def test_published_columns_get_our_names() -> None:
    first, second = load_questions(DATA / "published.jsonl").questions
    assert (first.area, first.category, first.difficulty) == ("fin_ratio", "", None)
    assert (second.category, second.difficulty) == ("채권", "hard")
    assert first.reasoning == "부채비율은 부채를 자기자본으로 나눈다."


def test_published_reference_groups_questions_and_stays_out_of_the_prompt(tmp_path: Path) -> None:
    rows = [{**PUBLISHED, "question": f"{n}?", "reference": "같은 글"} for n in range(2)]
    first, second = load_questions(write_jsonl(tmp_path / "q.jsonl", *rows)).questions
    assert first.cluster == second.cluster
    assert first.reference == ""


def test_columns_give_as_many_options_as_are_filled() -> None:
    first, second = load_questions(DATA / "columns.csv").questions
    assert (len(first.options), first.answer, first.right_option) == (4, "B", "재고자산")
    assert (len(second.options), second.answer, second.right_option) == (5, "E", "PER")
    assert first.category == "Accounting"


@pytest.mark.parametrize("answer", [2, "2", "2.0", "B", "b", "Ｂ", "②", " B "])
def test_an_answer_may_be_a_number_or_a_letter(answer: str | int, tmp_path: Path) -> None:
    row = {
        "question": "예금자를 보호하는 제도는?",
        "answer": answer,
        "A": "공매도",
        "B": "예금보험",
    }
    assert load_questions(write_jsonl(tmp_path / "q.jsonl", row)).questions[0].answer == "B"


def test_parquet_reads_like_json_lines(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "q.parquet", PUBLISHED, {**PUBLISHED, "question": "둘째?"})
    lines = write_jsonl(tmp_path / "q.jsonl", PUBLISHED, {**PUBLISHED, "question": "둘째?"})
    assert load_questions(path).questions == load_questions(lines).questions


def test_bare_rows_may_carry_letters_or_not(tmp_path: Path) -> None:
    bare = {key: OURS[key] for key in ("question", "options", "answer")}
    lettered = {**bare, "question": "다음은?", "options": ["A. 단리", "B. 복리"]}
    first, second = load_questions(write_jsonl(tmp_path / "q.jsonl", bare, lettered)).questions
    assert first.options == ("단리", "복리", "할인", "액면")
    assert second.options == ("단리", "복리")


def test_missing_ids_are_made_from_name_and_position(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "mock.jsonl", PUBLISHED, {**PUBLISHED, "question": "둘째?"})
    assert [q.id for q in load_questions(path).questions] == ["mock-0001", "mock-0002"]


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    text = (DATA / "columns.csv").read_text("utf-8").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    assert len(load_questions(path).questions) == 2


def test_text_comes_out_in_nfc(tmp_path: Path) -> None:
    row = unicodedata.normalize("NFD", json.dumps(OURS, ensure_ascii=False))
    question = load_questions(write_jsonl(tmp_path / "q.jsonl", row)).questions[0]
    assert question.question == OURS["question"]
    assert question.options == tuple(OURS["options"])


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_very_long_texts_are_no_fault(suffix: str, tmp_path: Path) -> None:
    path, long = tmp_path / f"q.{suffix}", "가" * 300_000
    if suffix == "csv":
        path.write_text(f"{COLUMNS_HEADER}{long},1,ㄱ,ㄴ,ㄷ,ㄹ\n", "utf-8")
    else:
        write_jsonl(path, {**OURS, "question": long})
    assert load_questions(path).questions[0].question == long


def test_name_and_origin_say_where_a_set_is_from() -> None:
    found = load_questions(DATA / "workbench.jsonl")
    assert (found.name, found.origin) == ("workbench", str(DATA / "workbench.jsonl"))


# ── faults ───────────────────────────────────────────────────────────────────────────────────

ROW_FAULTS: dict[str, tuple[dict[str, Any] | str, list[str]]] = {
    "missing answer": ({**OURS, "answer": None}, ["answer is missing"]),
    "blank answer": ({**OURS, "answer": " "}, ["answer is missing"]),
    "answer outside": (
        {**OURS, "options": list("ㄱㄴㄷㄹㅁ"), "answer": "F"},
        ["answer 'F' is not among options A–E"],
    ),
    "number outside": (
        {"question": "?", "answer": 5, "A": "ㄱ", "B": "ㄴ"},
        ["answer '5' is not among options A–B"],
    ),
    "counted from zero": (
        {"question": "?", "answer": "0", "A": "ㄱ", "B": "ㄴ"},
        ["answer '0' is not among options A–B"],
    ),
    "equal options": (
        {**OURS, "options": ["단리", "복리", "단리 "]},
        ["options A and C are the same: '단리'"],
    ),
    "one option": ({**OURS, "options": ["단리"], "answer": "A"}, ["1 option, expected 2–10"]),
    "eleven options": (
        {**OURS, "options": [str(n) for n in range(11)]},
        ["11 options, expected 2–10"],
    ),
    "blank options": (
        {**OURS, "options": ["단리", " ", "할인", ""]},
        ["option B, D is empty"],
    ),
    "option of numbers": (
        {**OURS, "options": ["단리", 100]},
        ["option B is 100, expected text"],
    ),
    "options in one text": (
        {**OURS, "options": "단리/복리"},
        ["options is '단리/복리', expected a list of texts"],
    ),
    "blank question": ({**OURS, "question": "  "}, ["question text is empty"]),
    "no question": ({**OURS, "question": None}, ["question is missing"]),
    "question of numbers": ({**OURS, "question": 3}, ["question is 3, expected text"]),
    "unknown key": ({**OURS, "anwser": "B"}, ["unknown key 'anwser'; did you mean 'answer'?"]),
    "unknown value": (
        {**OURS, "difficulty": "medium"},
        ["difficulty is 'medium', expected 'easy' or 'hard'"],
    ),
    "no date": (
        {**OURS, "as_of": "2026-13-01"},
        ["as_of is '2026-13-01', expected a date such as 2026-11-30"],
    ),
    "letters in our options": (
        {**OURS, "options": ["A. 단리", "B. 복리"]},
        ["options carry letters ('A. …'); write the texts alone, order gives letters"],
    ),
    "options out of order": (
        {**PUBLISHED, "options": ["A. 앞", "C. 뒤", "B. 옆"]},
        ["options are out of order: letters A, C, B, expected A, B, C"],
    ),
    "an option without a letter": (
        {**PUBLISHED, "options": ["A. 앞", "뒤", "C. 옆"]},
        ["options are out of order: letters A, none, C, expected A, B, C"],
    ),
    "n_options": ({**PUBLISHED, "n_options": 4}, ["n_options is '4', but there are 3 options"]),
    "step": ({**PUBLISHED, "step": 3}, ["step is '3', expected 1 (easy) or 2 (hard)"]),
    "a gap between columns": (
        {"question": "?", "answer": 1, "A": "ㄱ", "B": "", "C": "ㄷ"},
        ["option B is empty, but C is not"],
    ),
    "several at once": (
        {**OURS, "question": "", "options": ["단리", "단리"], "answer": "C", "note": 1},
        [
            "unknown key 'note'",
            "question text is empty",
            "answer 'C' is not among options A–B",
            "options A and B are the same: '단리'",
        ],
    ),
    "bad JSON": (
        '{"id": "q1",',
        ["not JSON: Expecting property name enclosed in double quotes at column 13"],
    ),
    "a key twice": ('{"id": "1", "id": "2"}', ["not usable JSON: key 'id' stands twice"]),
    "no object": ("[1, 2]", ["not an object: expected {…}, found '[1, 2]'"]),
    "half a character": (
        '{"id": "\\ud83d"}',
        ["not text: the escape \\ud83d is half a character"],
    ),
    "too deep": ("[" * 100_000, ["not usable JSON: nested too deeply"]),
}


@pytest.mark.parametrize("name", ROW_FAULTS)
def test_a_fault_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    row, expected = ROW_FAULTS[name]
    assert faults_of(write_jsonl(tmp_path / "q.jsonl", "", row)) == [
        f"line 2: {m}" for m in expected
    ]


def test_every_faulty_line_is_listed_and_the_message_says_nothing_was_loaded(
    tmp_path: Path,
) -> None:
    path = write_jsonl(tmp_path / "q.jsonl", OURS, "{", {**OURS, "id": "q2", "answer": "F"})
    with pytest.raises(QuestionFileError) as caught:
        load_questions(path)
    assert [fault.line for fault in caught.value.faults] == [2, 3]
    assert "q.jsonl' has 2 faults; nothing was loaded:" in str(caught.value)


def test_a_repeated_question_names_its_first_line(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "q.jsonl", OURS, "", {**OURS, "id": "q2"}, {**OURS, "id": "q3"})
    assert faults_of(path) == [
        "line 3: the same question as line 1",
        "line 4: the same question as line 1",
    ]


def test_a_repeated_id_names_its_first_line_even_if_a_question_is_faulty(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "q.jsonl", OURS, {**OURS, "answer": "F"})
    assert faults_of(path) == [
        "line 2: answer 'F' is not among options A–D",
        "line 2: the same id as line 1",
    ]


def test_formats_do_not_mix(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "q.jsonl", OURS, PUBLISHED)
    assert faults_of(path) == [
        "line 2: has the columns of aiqwe/FinShibainu, but the file begins with those of this project"
    ]


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_a_blank_file_is_refused(content: bytes, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"q.{suffix}"
    path.write_bytes(content)
    with pytest.raises(QuestionFileError, match="has 1 fault"):
        load_questions(path)


def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(COLUMNS_HEADER, "utf-8")
    assert faults_of(path) == ["there is no question in it"]


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_cp949_is_named_with_its_cure(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"q.{suffix}"
    path.write_bytes("question,answer,A,B\n질문?,1,ㄱ,ㄴ\n".encode("cp949"))
    assert faults_of(path) == [
        "line 2: byte 0xc1 is not UTF-8; Korean files from Windows are often cp949: "
        "iconv -f cp949 -t utf-8 OLD > NEW"
    ]


def test_utf16_is_named_with_its_cure(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes("question,answer,A,B\n".encode("utf-16"))
    assert "iconv -f utf-16 -t utf-8" in faults_of(path)[0]


def test_a_json_array_is_named_with_its_cure(tmp_path: Path) -> None:
    path = tmp_path / "q.json"
    path.write_text(json.dumps([OURS], indent=1), "utf-8")
    assert faults_of(path) == [
        "the file is one JSON array; write one object a line: jq -c '.[]' OLD > NEW"
    ]


def test_foreign_columns_are_named_once(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text("term,meaning\n채권,빚 문서\n주식,지분\n", "utf-8")
    assert faults_of(path) == [
        "line 1: no columns of a question: term, meaning; "
        "expected question, options, answer, or question, A, B, …, answer"
    ]


def test_csv_faults_stand_on_the_line_where_their_row_begins(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(
        COLUMNS_HEADER + '"첫\n째?",1,ㄱ,ㄴ,ㄷ,ㄹ\n둘째?,9,ㄱ,ㄴ,ㄷ,ㄹ\n\n셋째?,1,ㄱ\n', "utf-8"
    )
    assert faults_of(path) == [
        "line 4: answer '9' is not among options A–D",
        "line 6: 3 cells, but the header has 6",
    ]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("question,answer,A,B,level\n", ["line 1: unknown key 'level'"]),
        ("question,answer,A,B,A\n", ["line 1: column 'A' stands twice"]),
        (
            "question,answer,A,B,\n",
            ["line 1: column 5 has no name (pandas: to_csv(index=False))"],
        ),
    ],
)
def test_a_bad_csv_header_is_one_fault(header: str, expected: list[str], tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(f"{header}하나?,1,ㄱ,ㄴ,ㄱ\n둘?,2,ㄷ,ㄹ,ㄷ\n", "utf-8")
    assert [fault for fault in faults_of(path) if fault.startswith("line 1:")] == expected


def test_an_open_quotation_is_told_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(f'{COLUMNS_HEADER}하나?,1,ㄱ,ㄴ,ㄷ,ㄹ\n"둘?,1,ㄱ,ㄴ\n', "utf-8")
    assert faults_of(path) == ["line 3: not CSV from here on: unexpected end of data"]


def test_parquet_faults_count_rows(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "q.parquet", PUBLISHED, {**PUBLISHED, "answer": "D"})
    assert faults_of(path) == ["row 2: answer 'D' is not among options A–C"]


def test_a_broken_parquet_file_is_one_fault(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "q.parquet", PUBLISHED)
    path.write_bytes(path.read_bytes()[:-20])
    assert faults_of(path)[0].startswith("the file cannot be read as parquet: ")


def test_a_message_is_short_and_safe_to_print(tmp_path: Path) -> None:
    row = {**OURS, "answer": "긴 답 \x1b[2J\n" * 1000}
    (message,) = faults_of(write_jsonl(tmp_path / "q.jsonl", row))
    assert len(message) < 250
    assert message.isprintable()
    assert message.endswith("is not among options A–D")


# ── sources ──────────────────────────────────────────────────────────────────────────────────


def test_an_unknown_bare_name_lists_the_bundled_ones() -> None:
    with pytest.raises(UnknownNameError, match="unknown question set 'demo-heldut'") as caught:
        load_questions("demo-heldut")
    assert caught.value.known == bundled_names()


def test_every_bundled_set_loads_under_its_name() -> None:
    assert [load_questions(name).name for name in bundled_names()] == list(bundled_names())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("./no/such.jsonl", "there is no file"),
        ("no/such.parquet", "there is no file"),
        (Path("nowhere"), "there is no file"),
        (DATA, "is a folder"),
        (str(DATA), "is a folder"),
        (Path(__file__), "is no question file"),
    ],
)
def test_a_path_that_cannot_be_read_is_told(source: str | Path, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_questions(source)


@pytest.mark.parametrize("source", ["", " ", "\0", "a/b/c", "가" * 5000])
def test_nonsense_is_an_unknown_name(source: str) -> None:
    with pytest.raises(UnknownNameError):
        load_questions(source)


def test_a_revision_is_refused_beside_a_file() -> None:
    with pytest.raises(InputError, match="is for data sets on the Hub"):
        load_questions(DATA / "workbench.jsonl", revision="abc")


def test_nothing_heavy_is_imported_for_json_lines() -> None:
    code = (
        "import sys; from workbench.questions import load_questions; "
        f"load_questions({str(DATA / 'workbench.jsonl')!r}); "
        "print(sorted({'pandas', 'pyarrow', 'datasets', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_five_thousand_questions_load_in_a_moment(tmp_path: Path) -> None:
    rows = ({**OURS, "id": f"q{n}", "question": f"{n}번 질문?"} for n in range(5000))
    path = write_jsonl(tmp_path / "q.jsonl", *rows)
    begin = time.perf_counter()
    assert len(load_questions(path).questions) == 5000
    assert time.perf_counter() - begin < 5


# ── anything at all ──────────────────────────────────────────────────────────────────────────


def load_or_refuse(path: Path, content: bytes) -> None:
    """Passes for a set and for an error of ours that can be printed; anything else escapes."""
    path.write_bytes(content)
    try:
        assert isinstance(load_questions(path), QuestionSet)
    except WorkbenchError as error:
        str(error).encode("utf-8")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet"])
@given(
    content=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
)
@settings(max_examples=60, deadline=None)
def test_random_bytes_are_a_set_or_an_error_of_ours(
    scratch: Path, suffix: str, content: bytes
) -> None:
    load_or_refuse(scratch / f"random.{suffix}", content)


@pytest.mark.parametrize("name", ["workbench.jsonl", "published.jsonl", "columns.csv"])
@given(at=st.integers(0, 2000), cut=st.integers(0, 40), insert=st.binary(max_size=8))
@settings(max_examples=60, deadline=None)
def test_damaged_files_are_a_set_or_an_error_of_ours(
    scratch: Path, name: str, at: int, cut: int, insert: bytes
) -> None:
    content = (DATA / name).read_bytes()
    at %= len(content)
    load_or_refuse(scratch / name, content[:at] + insert + content[at + cut :])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "row", [OURS, PUBLISHED, {"question": "?", "answer": 1, "A": "ㄱ", "B": "ㄴ"}]
)
@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_any_value_in_any_column_is_a_set_or_an_error_of_ours(
    scratch: Path, row: dict[str, Any], data: st.DataObject
) -> None:
    key = data.draw(st.sampled_from([*row, "step", "type", "reference", "as_of", "id", "note"]))
    line = json.dumps({**row, key: data.draw(JSON_VALUES)})
    load_or_refuse(scratch / "values.jsonl", line.encode("utf-8"))
