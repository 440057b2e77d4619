"""What counts as seen: word for word, nearly, the same options; and what is mere chance."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench import cli
from workbench.contamination import (
    ContaminationReport,
    Match,
    QuestionIndex,
    TrainingRow,
    find_contamination,
    load_report,
)
from workbench.errors import InputError
from workbench.prompts import mcqa_prompt
from workbench.questions import load_questions
from workbench.schema import Question, QuestionSet

BOND = Question(
    id="bond",
    question="액면 1만원, 표면이율 연 4%인 3년 만기 이표채의 시장이자율이 연 5%로 오르면 가격은 어떻게 되는가?",
    options=("액면보다 비싸진다", "액면보다 싸진다", "액면과 같아진다", "표면이율만큼 오른다"),
    answer="B",
)
MARGIN = Question(
    id="margin",
    question="선물거래의 유지증거금을 밑돌 때 내야 하는 돈을 무엇이라고 하며 그 금액은 어디까지 채워야 하는가?",
    options=("변동증거금, 개시증거금", "추가증거금, 유지증거금", "위탁증거금, 기본예탁금"),
    answer="A",
)
GENERIC = Question(
    id="generic",
    question="다음 중 옳지 않은 것은?",
    options=(
        "국채는 정부가 발행하는 채권이다.",
        "회사채는 기업이 발행하는 채권이다.",
        "주식은 갚아야 하는 빚이다.",
    ),
    answer="C",
)
SET = QuestionSet(name="three", questions=(BOND, MARGIN, GENERIC))
UNRELATED = (
    "환율은 두 나라 돈을 바꾸는 비율이며, 수출과 수입, 물가와 금리 등 여러 사정에 따라 변한다. "
    "다음 중 옳지 않은 것은 하나도 없다."
)


def matches(*texts: str, options: tuple[str, ...] = ()) -> dict[str, Match]:
    rows = [TrainingRow(f"row {i}", text, (options,)) for i, text in enumerate(texts, start=1)]
    found = QuestionIndex(SET.questions).matches(rows)
    return {SET.questions[ordinal].id: match for ordinal, match in found}


def native(question: Question) -> str:
    return mcqa_prompt(question, "native").text


def spaced(text: str) -> str:
    """As another tokeniser would put it: full-width digits, no spaces, other marks."""
    wide = text.translate({ord("0") + i: ord("０") + i for i in range(10)})
    return wide.replace(" ", "").replace(",", "·").replace("?", " ?")


# ── leaked ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("written", [str, spaced], ids=["as it is", "respaced"])
@pytest.mark.parametrize("question", [BOND, MARGIN], ids=lambda question: question.id)
def test_a_stem_within_a_longer_row_is_leaked(
    question: Question, written: Callable[[str], str]
) -> None:
    match = matches(f"{UNRELATED}\n{written(question.question)}\n{UNRELATED}")[question.id]
    assert match.verdict == "leaked"
    assert "exact" in match.kinds
    assert match.span == question.question.rstrip("?")


def test_a_question_in_the_native_prompt_is_leaked() -> None:
    text = f"{UNRELATED}{native(GENERIC)} 풀이 ### 정답: C"
    assert matches(text)["generic"].verdict == "leaked"


def test_a_question_in_slightly_other_words_is_nearly_the_same() -> None:
    reworded = BOND.question.replace("오르면", "상승하면").replace("되는가", "되나")
    match = matches(f"{UNRELATED} {reworded} {UNRELATED}")["bond"]
    assert match.verdict == "leaked"
    assert "near_duplicate" in match.kinds
    assert "exact" not in match.kinds
    assert 0.6 <= match.likeness < 1


# ── suspect ──────────────────────────────────────────────────────────────────────────────────


def test_the_same_options_in_another_order_are_suspect() -> None:
    match = matches(UNRELATED, options=tuple(reversed(MARGIN.options)))["margin"]
    assert match.verdict == "suspect"
    assert match.kinds == ("option_set",)


def test_a_long_piece_of_a_question_is_suspect() -> None:
    piece = "표면이율 연 4%인 3년 만기 이표채의 시장이자율이 연 5%로 오르면 가격은"
    match = matches(f"{UNRELATED} {piece} 내린다.")["bond"]
    assert match.verdict == "suspect"
    assert match.span == piece


# ── clean ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        UNRELATED,
        "",
        "다음 중 옳지 않은 것은?\n주식은 배당을 약속한다.",
        "국채는 정부가 발행하는 증서이다.",
        "유지증거금을 밑돌 때",
    ],
)
def test_what_any_text_on_finance_may_say_is_clean(text: str) -> None:
    assert matches(text) == {}


def test_options_that_stand_in_many_questions_are_no_sign() -> None:
    question = Question(id="n", question="몇 개인가?", options=("1개", "2개", "3개"), answer="A")
    row = TrainingRow("row 1", "", (("1개", "2개", "3개"),))
    assert list(QuestionIndex([question]).matches([row])) == []


def test_what_most_questions_begin_with_tells_none_of_them() -> None:
    begins = "다음은 어느 회사의 재무상태표와 손익계산서에서 뽑은 자료이다"
    ends = ("유동비율은", "부채비율은", "당좌비율은", "이자보상배율은", "총자산회전율은")
    questions = [
        Question(id=end, question=f"{begins}. {end}?", options=("높다", "낮다"), answer="A")
        for end in ends
    ]
    row = TrainingRow("row 1", f"{begins} 하고 쓴다.")
    assert list(QuestionIndex(questions).matches([row])) == []


# ── whole sets ───────────────────────────────────────────────────────────────────────────────


def test_every_question_of_a_set_is_found_in_a_dump_of_it(tmp_path: Path) -> None:
    question_set = load_questions("krx-mcqa-dev")
    lines = [native(question) for question in question_set.questions]
    path = tmp_path / "dump.jsonl"
    path.write_text("".join(json.dumps({"text": line}) + "\n" for line in lines), "utf-8")
    report = find_contamination([path], question_set)
    assert {each.verdict for each in report.questions} == {"leaked"}
    places = [each.match.place for each in report.questions if each.match]
    assert places == [f"dump.jsonl line {n}" for n in range(1, len(lines) + 1)]


def test_the_closest_row_is_the_one_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    texts = [BOND.question[:40], BOND.question, BOND.question[10:50]]
    path.write_text("".join(json.dumps(text) + "\n" for text in texts), "utf-8")
    report = find_contamination([path], SET)
    assert report.rows == 3
    assert report.counts == {"clean": 2, "suspect": 0, "leaked": 1}
    match = report.questions[0].match
    assert match
    assert match.place == "t.jsonl line 2"


# ── the command ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def train(tmp_path: Path) -> Path:
    question = load_questions("krx-mcqa-dev").questions[0]
    path = tmp_path / "train.txt"
    path.write_text(f"{UNRELATED}\n\n{native(question)}\n", "utf-8")
    return path


def test_the_command_lists_what_is_not_clean(
    train: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["contamination", "--train", str(train), "--questions", "krx-mcqa-dev"]
    assert cli.main(command) == 0
    out = capsys.readouterr().out
    total = len(load_questions("krx-mcqa-dev").questions)
    assert f"{total - 1} clean, 0 suspect, 1 leaked of {total} questions" in out
    assert "train.txt line 1" in out


def test_a_report_comes_back_from_its_file(
    train: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["contamination", "--train", str(train), "--questions", "krx-mcqa-dev", "--json"])
    out = capsys.readouterr().out
    path = tmp_path / "report.json"
    path.write_text(out, "utf-8")
    assert load_report(path) == ContaminationReport.model_validate_json(out)


def test_another_file_is_no_report(train: Path) -> None:
    with pytest.raises(InputError, match="`contamination --json` writes one"):
        load_report(train)
