"""The published columns become records and preferences, and no evaluation question is among them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from train.formatting import McqaRecord, QaRecord, read_preferences, read_records
from train.published_data import main, mcqa_question, qa_pair
from workbench.questions import load_questions
from workbench.schema import Question

EVALUATION = load_questions("krx-mcqa").questions[0]


def mcqa(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "reference": f"자료 {number}",
        "question": f"{number}번 상품의 위험을 옳게 설명한 것은 무엇인가?",
        "options": [f"A. 금리 위험 {number}", f"B. 신용 위험 {number}", f"C. 환율 {number}"],
        "reasoning_process": "발행자가 갚지 못할 수 있다. 따라서 정답은 B 입니다.",
        "n_options": 3,
        "answer": "B",
        "step": 1,
        "value": 4,
        "type": "mcqa",
        **changes,
    }


def qa(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "reference": f"자료 {number}",
        "question": f"{number}번 용어의 뜻은 무엇인가?",
        "answer_A": f"짧은 설명 {number}.",
        "answer_B": f"{number}번 용어를 보기와 함께 자세히 적은 설명.",
        "preference": "B",
        "preference_desc": "더 자세하다.",
        "value": 3,
        "type": "qa",
        **changes,
    }


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def run(folder: Path, questions: list[dict[str, Any]], pairs: list[dict[str, Any]]) -> Path:
    """The command over one parquet and one JSONL file; returns its folder."""
    files = (
        *("--mcqa", str(write_parquet(folder / "mcqa.parquet", questions))),
        *("--qa", str(write_jsonl(folder / "qa.jsonl", pairs))),
    )
    assert main([*files, "--against", "krx-mcqa", "--out", str(folder / "out")]) == 0
    return folder / "out"


def asked(path: Path) -> list[str]:
    """The questions of a file of records, in order."""
    return [
        record.question.question if isinstance(record, McqaRecord) else record.question
        for record in read_records(path)
    ]


def dropped(out: Path, config: str) -> dict[str, int]:
    told: dict[str, int] = json.loads((out / "data.json").read_text("utf-8"))[config]["dropped"]
    return told


def test_the_first_step_is_easy_and_the_second_has_all(tmp_path: Path) -> None:
    out = run(tmp_path, [mcqa(1), mcqa(2, step=2)], [qa(3)])
    assert [text[0] for text in asked(out / "sft_1.jsonl")] == ["1", "3"]
    assert [text[0] for text in asked(out / "sft_2.jsonl")] == ["1", "2", "3"]


def test_options_lose_their_letters_and_the_reference_is_not_shown() -> None:
    question = mcqa_question(mcqa(1), "mcqa-1")
    assert isinstance(question, Question)
    assert question.options == ("금리 위험 1", "신용 위험 1", "환율 1")
    assert (question.answer, question.difficulty, question.reference) == ("B", "easy", "")


def test_the_preferred_answer_is_learnt_and_chosen(tmp_path: Path) -> None:
    out = run(tmp_path, [mcqa(1)], [qa(2, preference="A")])
    record = read_records(out / "sft_1.jsonl")[-1]
    (pair,) = read_preferences(out / "preferences.jsonl")
    assert isinstance(record, QaRecord)
    assert record.answer == "짧은 설명 2."
    assert pair.prompt == "### 질문: 2번 용어의 뜻은 무엇인가?\n### 정답:"
    assert (pair.chosen, pair.rejected) == (
        " 짧은 설명 2.",
        " 2번 용어를 보기와 함께 자세히 적은 설명.",
    )


def test_rows_of_low_or_no_value_are_left_out_and_counted(tmp_path: Path) -> None:
    out = run(tmp_path, [mcqa(1), mcqa(2, value=2), mcqa(3, value=None)], [qa(4), qa(5, value=0)])
    assert [text[0] for text in asked(out / "sft_2.jsonl")] == ["1", "4"]
    assert dropped(out, "mcqa") == {"value under 3": 2}
    assert dropped(out, "qa") == {"value under 3": 1}


LEAKS = [
    {"question": EVALUATION.question, "options": list(EVALUATION.lettered_options)},
    {"question": f"  {EVALUATION.question.replace(' ', '')}"}
    | {"options": list(EVALUATION.lettered_options)},
]


@pytest.mark.parametrize("leak", LEAKS, ids=["as it is", "spaced otherwise"])
def test_a_row_that_holds_an_evaluation_question_is_refused(
    leak: dict[str, Any], tmp_path: Path
) -> None:
    fields = {"answer": EVALUATION.answer, "n_options": len(EVALUATION.options)}
    out = run(tmp_path, [mcqa(1), mcqa(2, **leak, **fields)], [qa(3)])
    assert [text[0] for text in asked(out / "sft_2.jsonl")] == ["1", "3"]
    assert dropped(out, "mcqa") == {"in an evaluation set": 1}


def test_an_open_answer_that_recites_an_evaluation_question_is_refused(tmp_path: Path) -> None:
    recited = "\n".join((EVALUATION.question, *EVALUATION.lettered_options))
    out = run(tmp_path, [mcqa(1)], [qa(2), qa(3, answer_B=recited)])
    assert dropped(out, "qa") == {"in an evaluation set": 1}
    assert len(read_preferences(out / "preferences.jsonl")) == 1


FAULTY_MCQA = [
    ({"answer": "F"}, "answer 'F' is not among options A–C"),
    ({"step": 3}, "step is '3', expected 1 (easy) or 2 (hard)"),
    ({"step": None}, "step is missing"),
    ({"reasoning_process": " "}, "reasoning_process is empty"),
    ({"n_options": 4}, "n_options is '4', but there are 3 options"),
]


@pytest.mark.parametrize(("changes", "message"), FAULTY_MCQA)
def test_a_faulty_question_says_what_is_wrong(changes: dict[str, Any], message: str) -> None:
    faults = mcqa_question(mcqa(1, **changes), "mcqa-1")
    assert isinstance(faults, list)
    assert message in "; ".join(faults)


FAULTY_QA = [
    ({"preference": "E"}, "preference is 'E', expected A or B"),
    ({"answer_A": None}, "answer_A is empty"),
    ({"answer_A": "같다", "answer_B": "같다 "}, "answer_A and answer_B are the same"),
    ({"old_answer": "옛 답"}, "those of an older revision"),
]


@pytest.mark.parametrize(("changes", "message"), FAULTY_QA)
def test_a_faulty_pair_says_what_is_wrong(changes: dict[str, Any], message: str) -> None:
    faults = qa_pair(qa(1, **changes))
    assert isinstance(faults, list)
    assert message in "; ".join(faults)


def test_the_same_rows_make_the_same_bytes(tmp_path: Path) -> None:
    hashes = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        out = run(tmp_path / name, [mcqa(1), mcqa(2, step=2)], [qa(3)])
        hashes.append(json.loads((out / "data.json").read_text("utf-8"))["sha256"])
    assert hashes[0] == hashes[1]
    assert set(hashes[0]) == {"sft_1.jsonl", "sft_2.jsonl", "preferences.jsonl"}


def test_nothing_left_is_an_error_with_the_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = (
        *("--mcqa", str(write_jsonl(tmp_path / "mcqa.jsonl", [mcqa(1, value=1)]))),
        *("--qa", str(write_jsonl(tmp_path / "qa.jsonl", [qa(1)]))),
    )
    assert main([*files, "--out", str(tmp_path)]) == 2
    assert "nothing of the mcqa table can be used: 1 value under 3" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [[], ["--mcqa", "mcqa.jsonl"]])
def test_half_of_the_data_is_refused(
    flags: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*flags, "--out", str(tmp_path)]) == 2
    assert "give both files" in capsys.readouterr().err
