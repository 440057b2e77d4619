"""Our engine as a model of lm_eval, held to lm_eval's own `hf` on the same weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from lm_eval.api.instance import Instance
from lm_eval.api.registry import get_model
from lm_eval.models.huggingface import HFLM

from workbench.config import resolve_model
from workbench.engines.hf import HfEngine
from workbench.errors import SettingsError
from workbench.lm_eval_bridge.model import WorkbenchLM
from workbench.schema import VARIANTS, Sampling, Variant

DEMO = resolve_model("demo")
STEM = "### 질문: 만기에 받는 돈은?\n### 선택지:\nA. 원금\nB. 이자\nC. 배당금\n### 정답:"
LONG = "자산은 부채와 자본의 합이다. " * 150  # more than the context holds

SCORED = [
    *((STEM, letter) for letter in (" A", " B", " C")),
    *((STEM, f" {text}") for text in ("원금", "이자", "배당금")),
    (f"{STEM} ", "A"),  # white space that ends a context counts as the continuation's
    ("", "채권은 빚이다."),
    ("금리가 오르면", " 채권 값은 내린다."),
    (LONG, " A"),
    (STEM, " A"),  # asked twice
]
WRITTEN = [
    "채권의 값은 금리가 오르면 내린다.",
    "주식은 소유권이다.\n\n배당은 이익에서 나온다.",
    LONG,
]
GENERATED = [
    ("채권은", {"until": ["."], "max_gen_toks": 24}),
    ("채권은", {"until": [], "max_gen_toks": 12}),
    (STEM, {"until": "\n\n", "max_gen_toks": 24, "do_sample": False, "temperature": 0.7}),
    (STEM, {"until": ["입니다", "다", "<|endoftext|>"], "max_gen_toks": 32}),
    ("주식을 발행한 회사는", {"until": [" "], "max_gen_toks": 8, "top_k": 50}),
    (LONG, {"until": ["."], "max_gen_toks": 8}),
    ("금리", {"max_new_tokens": 5}),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[HfEngine]:
    with closing(HfEngine.load(DEMO, device="cpu", dtype="float32")) as loaded:
        yield loaded


@pytest.fixture(scope="module", params=VARIANTS)
def pair(request: pytest.FixtureRequest, engine: HfEngine) -> tuple[WorkbenchLM, HFLM]:
    """Ours and lm_eval's, with the same variant."""
    variant: Variant = request.param
    theirs = HFLM(
        DEMO.base,
        peft=DEMO.adapter if variant == "tuned" else None,
        device="cpu",
        dtype="float32",
        batch_size=3,
    )
    return WorkbenchLM(engine, variant, batch_size=3), theirs


def requests(kind: str, arguments: list[tuple[object, ...]]) -> list[Instance]:
    return [
        Instance(request_type=kind, doc={}, arguments=each, idx=0, metadata=("", n, 1))
        for n, each in enumerate(arguments)
    ]


def test_the_long_text_is_longer_than_the_context(engine: HfEngine) -> None:
    assert engine.count_tokens(LONG) > engine.info.context_length + 24


# ── as lm_eval's own ─────────────────────────────────────────────────────────────────────────


def test_likelihoods_are_those_of_lm_evals_hf(pair: tuple[WorkbenchLM, HFLM]) -> None:
    ours, theirs = (
        each.loglikelihood(requests("loglikelihood", SCORED), disable_tqdm=True) for each in pair
    )
    assert [logprob for logprob, _ in ours] == pytest.approx([p for p, _ in theirs], abs=1e-4)
    assert [greedy for _, greedy in ours] == [greedy for _, greedy in theirs]


def test_rolling_likelihoods_are_those_of_lm_evals_hf(pair: tuple[WorkbenchLM, HFLM]) -> None:
    whole = requests("loglikelihood_rolling", [(text,) for text in WRITTEN])
    ours, theirs = (each.loglikelihood_rolling(whole, disable_tqdm=True) for each in pair)
    # A window sums a thousand tokens, each of them as near as a single one is.
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_answers_are_cut_where_lm_evals_hf_cuts_them(pair: tuple[WorkbenchLM, HFLM]) -> None:
    asked = requests("generate_until", GENERATED)
    ours, theirs = (each.generate_until(asked, disable_tqdm=True) for each in pair)
    assert ours == theirs


def test_chats_are_framed_as_lm_evals_hf_frames_them(pair: tuple[WorkbenchLM, HFLM]) -> None:
    turns = [
        {"role": "user", "content": "채권이란?"},
        {"role": "assistant", "content": "### 정답:"},
    ]
    for chat, opened in ((turns[:1], True), (turns, False)):
        ours, theirs = (each.apply_chat_template(chat, opened) for each in pair)
        assert ours == theirs
    assert pair[0].chat_template(True) == pair[1].chat_template(True)
    assert pair[0].tokenizer_name == pair[1].tokenizer_name


# ── what is our own ──────────────────────────────────────────────────────────────────────────


def test_both_variants_share_one_engine_and_answer_differently(engine: HfEngine) -> None:
    asked = requests("loglikelihood", SCORED[:3])
    vanilla, tuned = (
        WorkbenchLM(engine, variant).loglikelihood(asked, disable_tqdm=True) for variant in VARIANTS
    )
    assert vanilla != tuned
    assert WorkbenchLM(engine, "vanilla").loglikelihood(asked, disable_tqdm=True) == vanilla


def test_a_stop_string_ends_the_work_and_not_only_the_text(engine: HfEngine) -> None:
    context = engine.tokenizer.encode("채권은")
    (stopped,) = engine.continue_tokens([context], _greedy(64), "tuned", stop=("다",))
    (whole,) = engine.continue_tokens([context], _greedy(64), "tuned")
    assert stopped.finish_reason == "stop"
    assert whole.text.startswith(stopped.text)
    assert "다" in stopped.text
    assert stopped.completion_tokens < whole.completion_tokens


def test_repeats_of_a_sampled_answer_differ_and_come_again(engine: HfEngine) -> None:
    options = {"do_sample": True, "temperature": 1.5, "max_gen_toks": 12, "until": []}
    asked = requests("generate_until", [("채권은", options)] * 3)
    first, again = (
        WorkbenchLM(engine, "tuned").generate_until(asked, disable_tqdm=True) for _ in range(2)
    )
    assert len(set(first)) == 3
    assert first == again


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"do_sample": True, "temperature": 0.0}, "without a temperature above 0"),
        ({"do_sample": True, "temperature": 0.5, "top_k": 5}, "top_k=5 is not supported"),
        ({"num_beams": 4}, "num_beams=4 is not supported"),
        ({"temperature": 9.0}, "temperature: "),
        ({"max_gen_toks": 0}, "max_tokens: "),
        ({"max_gen_toks": 1024}, "lower that, as in --gen_kwargs max_gen_toks=128"),
    ],
)
def test_options_that_would_change_an_answer_are_refused(
    engine: HfEngine, options: dict[str, object], named: str
) -> None:
    with pytest.raises(SettingsError, match=named):
        WorkbenchLM(engine, "vanilla").generate_until(
            requests("generate_until", [("채권은", options)]), disable_tqdm=True
        )


def test_stock_code_finds_the_model_by_its_name() -> None:
    assert get_model("workbench") is WorkbenchLM
    tuned = WorkbenchLM.create_from_arg_string(
        "model=demo,variant=tuned,dtype=float32", {"batch_size": "4", "device": "cpu"}
    )
    assert (tuned.variant, tuned.batch_size) == ("tuned", 4)
    assert tuned.engine.info.demo


def test_an_unknown_model_argument_is_refused_before_anything_is_read() -> None:
    with pytest.raises(SettingsError, match="'pretrained' is unknown; known: model, variant"):
        WorkbenchLM.create_from_arg_string("pretrained=demo")


def _greedy(tokens: int) -> Sampling:
    return Sampling(max_tokens=tokens)
