"""The reference engine on the bundled pair: equal to transformers, one copy of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from threading import Event

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from workbench.config import load_presets
from workbench.engines.base import Engine
from workbench.engines.hf import HfEngine
from workbench.errors import ContextLengthError, InputError, OfflineError, SettingsError
from workbench.prompts import letter_continuations, mcqa_prompt, qa_prompt
from workbench.questions import load_questions
from workbench.schema import ModelSpec, Prompt, Sampling, Variant

GREEDY = Sampling(max_tokens=40)
SPEC = load_presets()["demo"]


@pytest.fixture(scope="module")
def engine() -> Iterator[HfEngine]:
    engine = HfEngine.load(SPEC, device="cpu")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tuned model as full weights, as the published checkpoint is."""
    folder = tmp_path_factory.mktemp("merged")
    base = AutoModelForCausalLM.from_pretrained(SPEC.base, dtype=torch.float32)
    PeftModel.from_pretrained(base, SPEC.adapter).merge_and_unload().save_pretrained(folder)
    AutoTokenizer.from_pretrained(SPEC.base).save_pretrained(folder)
    return folder


def questions(n: int) -> list[Prompt]:
    return [mcqa_prompt(q, "native") for q in load_questions("demo-heldout").questions[:n]]


def test_it_is_an_engine(engine: HfEngine) -> None:
    assert isinstance(engine, Engine)
    assert engine.variants == ("vanilla", "tuned")


def test_it_reports_what_is_loaded(engine: HfEngine) -> None:
    info = engine.info
    assert (info.engine, info.device, info.dtype) == ("hf", "cpu", "float32")
    assert (info.base, info.tuned, info.demo) == ("demo/base", "demo/adapter", True)
    assert len(info.base_hash) == len(info.tuned_hash) == 64
    assert "adapter" in info.loading


@pytest.mark.parametrize("variant", ["vanilla", "tuned"])
def test_greedy_answers_equal_those_of_transformers_generate(
    engine: HfEngine, variant: Variant
) -> None:
    prompts = questions(6)
    ours = engine.generate(prompts, GREEDY, variant)
    tokenizer = AutoTokenizer.from_pretrained(SPEC.base)
    with engine._weights.use(variant) as model:
        for prompt, answer in zip(prompts, ours, strict=True):
            ids = tokenizer(prompt.text, return_tensors="pt").input_ids
            theirs = model.generate(ids, max_new_tokens=40, do_sample=False)
            text = tokenizer.decode(theirs[0, ids.shape[1] :], skip_special_tokens=True)
            assert answer.text == text


def test_answers_do_not_depend_on_the_batch(engine: HfEngine) -> None:
    prompts = questions(5)
    drawn = Sampling(temperature=0.8, top_p=0.9, max_tokens=24, seed=7)
    together = engine.generate(prompts, drawn, "tuned")
    alone = [engine.generate([prompt], drawn, "tuned")[0] for prompt in prompts]
    assert together == alone


def test_a_seed_repeats_an_answer_and_another_seed_does_not(engine: HfEngine) -> None:
    prompt = qa_prompt("오늘 날씨는?", "native")
    texts = [
        engine.generate([prompt], Sampling(temperature=1.5, max_tokens=20, seed=seed), "vanilla")[
            0
        ].text
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]


def test_the_stream_adds_up_to_the_generated_text(engine: HfEngine) -> None:
    prompt = qa_prompt("국채란 무엇인가요?", "chat")
    pieces = list(engine.stream(prompt, Sampling(max_tokens=60), "tuned"))
    (whole,) = engine.generate([prompt], Sampling(max_tokens=60), "tuned")
    assert len(pieces) > 3
    assert "".join(pieces) == whole.text
    assert not any("\ufffd" in piece for piece in pieces)


def test_a_cancelled_stream_stops_at_the_next_token(engine: HfEngine) -> None:
    cancel = Event()
    stream = engine.stream(
        qa_prompt("국채란 무엇인가요?", "chat"), Sampling(max_tokens=60), "tuned", cancel
    )
    got = list(islice(stream, 2))
    cancel.set()
    assert len(got) == 2
    assert list(stream) == []


def test_two_variants_stream_in_step_from_one_copy(engine: HfEngine) -> None:
    prompt, sampling = qa_prompt("국채란 무엇인가요?", "native"), Sampling(max_tokens=16)
    apart = {v: "".join(engine.stream(prompt, sampling, v)) for v in engine.variants}
    streams = {v: engine.stream(prompt, sampling, v) for v in engine.variants}
    mixed: dict[Variant, str] = {"vanilla": "", "tuned": ""}
    for _ in range(40):
        for variant, stream in streams.items():
            mixed[variant] += next(stream, "")
    assert mixed == apart


def test_letters_are_scored_as_a_full_forward_pass_scores_them(engine: HfEngine) -> None:
    asked = load_questions("demo-heldout").questions[:5]
    prompts = [mcqa_prompt(q, "native", letter_next=True) for q in asked]
    letters = [letter_continuations(q) for q in asked]
    scores = engine.score_options(prompts, letters, "tuned")
    tokenizer = AutoTokenizer.from_pretrained(SPEC.base)
    with engine._weights.use("tuned") as model, torch.inference_mode():
        for prompt, options, row in zip(prompts, letters, scores, strict=True):
            ids = tokenizer(prompt.text, return_tensors="pt").input_ids
            logprobs = model(ids).logits[0, -1].log_softmax(-1)
            expected = [logprobs[tokenizer.encode(option)[0]].item() for option in options]
            assert row == pytest.approx(expected, abs=1e-4)


def test_longer_continuations_are_scored_token_by_token(engine: HfEngine) -> None:
    prompt = qa_prompt("국채란 무엇인가요?", "native")
    options = [" 중앙정부가 발행하는 채권이다.", " 배"]
    (scores,) = engine.score_options([prompt], [options], "tuned")
    tokenizer = AutoTokenizer.from_pretrained(SPEC.base)
    with engine._weights.use("tuned") as model, torch.inference_mode():
        for option, score in zip(options, scores, strict=True):
            head = tokenizer.encode(prompt.text)
            whole = tokenizer.encode(prompt.text + option)
            logprobs = model(torch.tensor([whole])).logits[0].log_softmax(-1)
            expected = sum(logprobs[n - 1, whole[n]].item() for n in range(len(head), len(whole)))
            assert score == pytest.approx(expected, abs=1e-4)


def test_scores_do_not_depend_on_the_batch(engine: HfEngine) -> None:
    asked = load_questions("demo-heldout").questions[:8]
    prompts = [mcqa_prompt(q, "chat", letter_next=True) for q in asked]
    letters = [letter_continuations(q) for q in asked]
    together = engine.score_options(prompts, letters, "vanilla")
    for prompt, options, row in zip(prompts, letters, together, strict=True):
        assert engine.score_options([prompt], [options], "vanilla")[0] == pytest.approx(
            row, abs=1e-4
        )


def test_a_prompt_too_long_is_refused_with_its_count(engine: HfEngine) -> None:
    with pytest.raises(ContextLengthError, match=r"the prompt has \d+ tokens"):
        engine.generate([qa_prompt("가나다 " * 2000, "native")], GREEDY, "tuned")


@pytest.mark.parametrize("in_turn", [False, True])
def test_two_full_models_answer_as_base_and_adapter_do(
    engine: HfEngine, merged: Path, in_turn: bool
) -> None:
    spec = ModelSpec(name="merged", base=SPEC.base, tuned=str(merged))
    pair = HfEngine.load(spec, device="cpu", in_turn=in_turn)
    prompts = questions(4)
    for variant in pair.variants:
        assert pair.generate(prompts, GREEDY, variant) == engine.generate(prompts, GREEDY, variant)
    assert pair.info.loading == ("two models in turn" if in_turn else "two models")
    pair.close()


def test_a_base_alone_has_no_tuned_variant() -> None:
    alone = HfEngine.load(ModelSpec(name="alone", base=SPEC.base), device="cpu")
    assert alone.variants == ("vanilla",)
    with pytest.raises(InputError, match="'tuned' is not loaded"):
        alone.generate(questions(1), GREEDY, "tuned")


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no readable model"):
        HfEngine.load(ModelSpec(name="empty", base=str(tmp_path)), device="cpu")


def test_a_hub_id_without_a_network_names_the_way_out() -> None:
    with pytest.raises(OfflineError, match="--model demo"):
        HfEngine.load(load_presets()["krx-7b"], device="cpu")


@pytest.mark.parametrize(("device", "dtype"), [("gpu0", None), (None, "float8")])
def test_unknown_devices_and_dtypes_are_refused(device: str | None, dtype: str | None) -> None:
    with pytest.raises(SettingsError):
        HfEngine.load(SPEC, device=device, dtype=dtype)
