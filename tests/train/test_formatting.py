"""Records become prompt and completion; a file with faults is refused with all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from train.formatting import (
    McqaRecord,
    QaRecord,
    Row,
    TrainingRecord,
    format_record,
    read_records,
    write_records,
)
from workbench.errors import InputError, QuestionFileError
from workbench.prompts import mcqa_prompt, qa_prompt
from workbench.schema import Question

QUESTION = Question(
    id="coupon",
    question="채권의 이자를 부르는 말은?",
    options=("쿠폰", "배당"),
    answer="A",
    reasoning="쿠폰은 채권의 이자이다.",
)


class BareTokenizer:
    """A tokenizer of a model that knows no turns."""

    chat_template = None


class MarkingTokenizer:
    """Shows where the template begins and ends a turn."""

    chat_template = "{…}"

    def apply_chat_template(
        self, turns: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        assert not tokenize
        assert add_generation_prompt
        return "".join(f"[{turn['role']}|{turn['content']}]" for turn in turns) + "[assistant|"


def framed(prompt_turns: list[tuple[str, str]]) -> str:
    return "".join(f"[{role}|{text}]" for role, text in prompt_turns) + "[assistant|"


MCQA_TURNS = [(turn.role, turn.content) for turn in mcqa_prompt(QUESTION, "chat").messages]
QA_TURNS = [(turn.role, turn.content) for turn in qa_prompt("공매도란?", "chat").messages]
NATIVE_MCQA = "### 질문: 채권의 이자를 부르는 말은?\n### 선택지:\nA. 쿠폰\nB. 배당\n### 정답:"

ROWS: list[tuple[TrainingRecord, Row]] = [
    (
        McqaRecord(question=QUESTION),
        Row(NATIVE_MCQA, " 쿠폰은 채권의 이자이다.### 정답: A"),
    ),
    (McqaRecord(question=QUESTION, reasoned=False), Row(NATIVE_MCQA, " A")),
    (
        McqaRecord(question=QUESTION, style="chat"),
        Row(framed(MCQA_TURNS), "쿠폰은 채권의 이자이다.\n### 정답: A"),
    ),
    (
        McqaRecord(question=QUESTION, style="chat", reasoned=False),
        Row(f"{framed(MCQA_TURNS)}### 정답:", " A"),
    ),
    (
        QaRecord(question="공매도란?", answer="빌려 판다."),
        Row("### 질문: 공매도란?\n### 정답:", " 빌려 판다."),
    ),
    (
        QaRecord(question="공매도란?", answer="빌려 판다.", style="chat"),
        Row(framed(QA_TURNS), "빌려 판다."),
    ),
]


@pytest.mark.parametrize(("record", "row"), ROWS)
def test_a_record_is_a_prompt_and_what_is_learnt_behind_it(
    record: TrainingRecord, row: Row
) -> None:
    assert format_record(record, MarkingTokenizer()) == row


@pytest.mark.parametrize(
    "record", [record for record, _ in ROWS if record.style == "native"], ids=lambda r: r.kind
)
def test_native_records_need_no_chat_template(record: TrainingRecord) -> None:
    assert format_record(record, BareTokenizer()) == format_record(record, MarkingTokenizer())


def test_chat_records_need_one() -> None:
    with pytest.raises(InputError, match="no chat template"):
        format_record(QaRecord(question="?", answer=".", style="chat"), BareTokenizer())


def test_records_survive_their_file(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    records = [record for record, _ in ROWS]
    write_records(records, path)
    assert read_records(path) == records


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\n", '"', "\\"])
def test_a_text_may_hold_what_ends_a_line_elsewhere(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "records.jsonl"
    records = [QaRecord(question=f"앞{mark}뒤", answer=".")]
    write_records(records, path)
    assert read_records(path) == records


def test_a_written_record_says_only_what_is_not_the_default(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    write_records([QaRecord(question="공매도란?", answer="빌려 판다.")], path)
    assert path.read_text("utf-8") == (
        '{"kind": "qa", "question": "공매도란?", "answer": "빌려 판다."}\n'
    )


FAULTS = [
    ('{"kind": "qa", "question": "?"}', "answer: Field required"),
    ('{"kind": "qa", "question": "", "answer": "."}', "question: String should have at least 1"),
    ('{"kind": "qa", "question": "?", "answer": ".", "stile": "chat"}', "stile: Extra inputs"),
    ('{"kind": "essay"}', "Input tag 'essay' found"),
    ('{"question": "?"}', "Unable to extract tag using discriminator 'kind'"),
    (
        '{"kind": "mcqa", "question": {"id": "q", "question": "?", "options": ["가", "나"], "answer": "F"}}',
        "question: Value error, answer 'F' is not among options A–B",
    ),
    ('{"kind": "qa", ', "not JSON"),
    ('["qa"]', "not an object"),
]


@pytest.mark.parametrize(("line", "message"), FAULTS)
def test_a_fault_is_told_with_its_line_and_field(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(f'{{"kind": "qa", "question": "?", "answer": "."}}\n{line}\n', "utf-8")
    with pytest.raises(QuestionFileError) as caught:
        read_records(path)
    assert [fault.line for fault in caught.value.faults] == [2]
    assert message in str(caught.value)


def test_all_faults_are_told_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text("\n".join(line for line, _ in FAULTS), "utf-8")
    with pytest.raises(QuestionFileError) as caught:
        read_records(path)
    assert [fault.line for fault in caught.value.faults] == list(range(1, len(FAULTS) + 1))


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_a_file_without_records_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(QuestionFileError, match="the file holds no record"):
        read_records(path)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_records(tmp_path / "nowhere.jsonl")
