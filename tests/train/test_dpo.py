"""Preferences for real on the bundled pair: a few steps from its adapter, held to that adapter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoTokenizer

from train.demo.glossary import load_glossary, split_glossary
from train.demo.questions import definition_answer
from train.dpo import labelled, main, train_preferences
from train.formatting import format_preference
from train.job import Job
from train.preflight import mark_trained
from train.recipe import Dpo, Machine, Recipe, read_settings
from workbench.errors import InputError, SettingsError
from workbench.preferences import PreferenceRow, preference_lines
from workbench.prompts import qa_completion, qa_prompt
from workbench.schema import Message

BASE, ADAPTER = "workbench/demo/base", Path("workbench/demo/adapter")
PAIRS = 8
RECIPE = read_settings(Path("train/recipes/demo.yaml"), Recipe).model_copy(
    update={"global_batch": PAIRS, "dpo": Dpo(beta=0.05), "learning_rate": 2e-4, "epochs": 6.0}
)
CPU = Machine(
    name="test", device="cpu", micro_batch=PAIRS, precision="float32", gradient_checkpointing=False
)

pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"
)


def preference(question: str, chosen: str, rejected: str) -> PreferenceRow:
    return PreferenceRow(
        prompt=qa_prompt(question, "native").text,
        chosen=qa_completion(chosen),
        rejected=qa_completion(rejected),
    )


def chat_preference(question: str, chosen: str, rejected: str) -> PreferenceRow:
    return PreferenceRow(
        prompt=(Message(role="user", content=question),),
        chosen=(Message(role="assistant", content=chosen),),
        rejected=(Message(role="assistant", content=rejected),),
    )


def preference_file(folder: Path) -> Path:
    """Half native, half chat; what is rejected is the definition of another term."""
    terms = split_glossary(load_glossary()).taught[:PAIRS]
    others = [*terms[1:], terms[0]]
    rows = [
        (preference if n % 2 else chat_preference)(
            f"{term.term}의 뜻은?", definition_answer(term), definition_answer(other)
        )
        for n, (term, other) in enumerate(zip(terms, others, strict=True))
    ]
    path = folder / "preferences.jsonl"
    path.write_text(preference_lines(rows), "utf-8")
    return path


@pytest.fixture(scope="module", params=[True, False], ids=["precomputed", "along the way"])
def trained(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("dpo")
    dpo = Dpo(beta=0.05, precompute_reference=request.param)
    recipe = RECIPE.model_copy(update={"dpo": dpo})
    data = (preference_file(folder),)
    return folder / "out", train_preferences(Job(recipe, CPU, data, folder / "out", BASE, ADAPTER))


def test_the_margin_starts_at_nothing_and_grows(trained: tuple[Path, dict[str, Any]]) -> None:
    first, last = trained[1]["margin"]
    assert first == pytest.approx(0.0, abs=1e-4)
    assert last > 0.01


def test_the_likelihood_of_what_is_chosen_does_not_collapse(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    chosen, rejected = trained[1]["chosen_logp"], trained[1]["rejected_logp"]
    assert chosen[1] > chosen[0] - 1.0
    assert chosen[1] - chosen[0] > rejected[1] - rejected[0]


def test_one_adapter_of_the_same_shape_is_saved(trained: tuple[Path, dict[str, Any]]) -> None:
    before, after = (
        load_file(folder / "adapter_model.safetensors") for folder in (ADAPTER, trained[0])
    )
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)
    assert not (trained[0] / "ref").exists()


def test_the_record_says_how_far_it_moved_from_its_start(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    written = json.loads((trained[0] / "training.json").read_text("utf-8"))
    assert (written["pairs"], written["steps"]) == (PAIRS, 6)
    assert 1e-4 < written["max_logit_change"] < 10


def test_pairs_that_would_train_nothing_stop_the_run(tmp_path: Path) -> None:
    row = preference("가나다라 " * 400, "답", "다른 답")
    (tmp_path / "long.jsonl").write_text(preference_lines([row, row]), "utf-8")
    job = Job(RECIPE, CPU, (tmp_path / "long.jsonl",), tmp_path / "out", BASE, ADAPTER)
    with pytest.raises(InputError, match=r"only 0\.0% of 4 rows have trained tokens"):
        train_preferences(job)


def test_the_whole_answer_and_the_end_token_are_trained() -> None:
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    row = labelled("### 질문: 국채란?\n### 정답:", " 나라의 빚이다.", tokenizer, 512)
    assert mark_trained(row, tokenizer).endswith(f"### 정답:⟦ 나라의 빚이다.{tokenizer.eos_token}⟧")


def test_a_chat_is_framed_by_the_model_s_template() -> None:
    tokenizer = AutoTokenizer.from_pretrained(BASE)
    pair = format_preference(chat_preference("국채란?", "나라의 빚.", "모름."), tokenizer)
    assert pair.prompt.endswith("<|im_start|>assistant\n")
    assert "국채란?" in pair.prompt
    assert (pair.chosen, pair.rejected) == ("나라의 빚.", "모름.")


def test_a_text_is_not_answered_by_messages() -> None:
    mixed = preference("국채란?", "나라의 빚.", "모름.").model_copy(
        update={"chosen": (Message(role="assistant", content="나라의 빚."),)}
    )
    with pytest.raises(InputError, match="a text as its prompt and messages as its answer"):
        format_preference(mixed, tokenizer=None)


def test_a_recipe_without_preferences_is_refused(tmp_path: Path) -> None:
    recipe = RECIPE.model_copy(update={"dpo": None})
    with pytest.raises(SettingsError, match=r"has no 'dpo:' section; run it with train\.sft"):
        train_preferences(Job(recipe, CPU, (), tmp_path, BASE))


def test_known_errors_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    flags = ["--machine", "train/machines/cpu.yaml", "--out", str(tmp_path), "--data", "x.jsonl"]
    assert main(["--recipe", "train/recipes/krx_dpo.yaml", *flags]) == 2
    assert "continues the adapter of 'krx_sft_2'" in capsys.readouterr().err
