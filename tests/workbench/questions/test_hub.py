"""Data sets on the Hub. The Hub itself is away in tests, so `datasets` stands in for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import httpx
import pytest

from workbench.errors import InputError, OfflineError, QuestionFileError
from workbench.questions import load_questions

HUB_ID = "aiqwe/FinShibainu"
COMMIT = "0" * 40
ROW = {
    "seq": 0,
    "question": "금리가 오르면 채권 값은?",
    "options": ["A. 오른다", "B. 내린다"],
    "answer": "B",
    "n_options": "2",
    "valid_type_index": "fin_concept",
    "type": "mcqa",
    "reviewer": "a column nobody told us about",
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], list[tuple[Any, ...]]]:
    """Lets `datasets.load_dataset` give rows, or raise; returns the calls it got."""

    def answer_with(outcome: list[dict[str, Any]] | Exception) -> list[tuple[Any, ...]]:
        calls: list[tuple[Any, ...]] = []

        def load_dataset(path: str, name: str, *, split: str, revision: str) -> datasets.Dataset:
            calls.append((path, name, split, revision))
            if isinstance(outcome, Exception):
                raise outcome
            return datasets.Dataset.from_list(outcome)

        monkeypatch.setattr(datasets, "load_dataset", load_dataset)
        return calls

    return answer_with


def test_a_data_set_without_a_revision_is_refused_with_the_reason() -> None:
    with pytest.raises(InputError, match=r"needs --revision: .* can change under its name"):
        load_questions(HUB_ID)


def test_the_split_train_of_the_config_is_loaded_at_the_revision(hub: Any) -> None:
    calls = hub([ROW])
    found = load_questions(HUB_ID, revision=COMMIT)
    assert calls == [(HUB_ID, "validation", "train", COMMIT)]
    assert (found.name, found.origin) == (
        "FinShibainu-validation",
        f"{HUB_ID} (validation) @ {COMMIT}",
    )


def test_published_rows_become_questions_and_columns_we_do_not_know_are_left_out(hub: Any) -> None:
    hub([ROW])
    (question,) = load_questions(HUB_ID, revision=COMMIT).questions
    assert (question.id, question.area) == ("FinShibainu-validation-0001", "fin_concept")
    assert question.right_option == "내린다"


def test_faults_are_told_by_row(hub: Any) -> None:
    hub([ROW, {**ROW, "question": "둘째?", "answer": "C"}])
    with pytest.raises(QuestionFileError, match="row 2: answer 'C' is not among options A–B"):
        load_questions(HUB_ID, revision=COMMIT)


def test_without_a_network_the_way_to_a_local_file_is_told() -> None:
    with pytest.raises(OfflineError, match=r"cannot be reached .*--questions FILE\.parquet"):
        load_questions(HUB_ID, revision=COMMIT)


def test_a_connection_lost_on_the_way_is_being_offline(hub: Any) -> None:
    hub(httpx.ReadTimeout("timed out"))
    with pytest.raises(OfflineError, match=r"cannot be reached \(timed out\)"):
        load_questions(HUB_ID, revision=COMMIT)


@pytest.mark.parametrize(
    "refusal",
    [
        ValueError("BuilderConfig 'exam' not found."),
        datasets.exceptions.DatasetNotFoundError("Revision does not exist."),
        RuntimeError("Dataset scripts are no longer supported"),
    ],
)
def test_what_is_not_on_the_hub_is_told_with_config_and_revision(
    hub: Any, refusal: Exception
) -> None:
    hub(refusal)
    with pytest.raises(InputError, match=f"has no config 'exam' .* '{COMMIT}' .*{refusal}"):
        load_questions(HUB_ID, revision=COMMIT, config="exam")


def test_a_local_path_with_a_slash_is_not_taken_for_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "one.jsonl").write_text(
        '{"question": "?", "options": ["가", "나"], "answer": "A"}\n', "utf-8"
    )
    monkeypatch.chdir(tmp_path)
    assert load_questions("sets/one.jsonl").origin == "sets/one.jsonl"
