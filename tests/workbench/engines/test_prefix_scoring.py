"""Scores are those of one plain forward pass for each continuation, and nothing is read twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from peft import LoraConfig, get_peft_model
from transformers import (
    AutoModelForCausalLM,
    CohereConfig,
    Gemma2Config,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PretrainedConfig,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from workbench.bench.eval_scoring import CONTINUATIONS, Kind
from workbench.config import load_presets
from workbench.engines.hf import CONTEXTS_AT_ONCE, HfEngine
from workbench.engines.hf_loading import Weights
from workbench.engines.prefix_scoring import (
    ContinuationScore,
    PrefixScorer,
    ScoringRequest,
)
from workbench.errors import ContextLengthError, EngineError, InputError
from workbench.prompts import letter_continuations, mcqa_prompt
from workbench.questions import load_questions
from workbench.schema import PromptStyle, Question, Variant

SPEC = load_presets()["demo"]
VOCABULARY = 40
CONTEXT_LENGTH = 256
TOLERANCE = 1e-4  # of a log-likelihood in float32


# ── models and their plain reading ───────────────────────────────────────────────────────────


def qwen2(seed: int = 0, layers: int = 2, heads: int = 4, kv_heads: int = 2, **other: Any) -> Any:
    """A tiny model whose random weights are large enough for attention to matter."""
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=8 * heads,
        intermediate_size=32,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=CONTEXT_LENGTH,
        initializer_range=0.4,
        **other,
    )
    return Qwen2ForCausalLM(config).eval()


def with_adapter(model: Any) -> Any:
    """A random LoRA that changes what the model says."""
    adapter = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False)
    return get_peft_model(model, adapter).eval()


def weights_of(model: Any, limit: int = CONTEXT_LENGTH) -> Weights:
    """One model, or with an adapter a pair."""

    @contextmanager
    def adapter_off() -> Iterator[Any]:
        with model.disable_adapter():
            yield model

    variants = {"vanilla": lambda: nullcontext(model)}
    if hasattr(model, "disable_adapter"):
        variants = {"vanilla": adapter_off, "tuned": lambda: nullcontext(model)}
    return Weights(
        None,
        variants,
        config=PretrainedConfig(max_position_embeddings=limit),
        end_tokens=frozenset(),
        device=torch.device("cpu"),
        dtype=torch.float32,
        on_release=lambda: None,
    )


class Plain(NamedTuple):
    logprob: float
    greedy: bool
    margin: float  # how clear the first choices are


@torch.inference_mode()
def plain_score(model: Any, context: Sequence[int], continuation: Sequence[int]) -> Plain:
    """One sequence, one pass, no cache, no mask, no padding."""
    logits = model(torch.tensor([[*context, *continuation]])).logits[0, len(context) - 1 : -1]
    logprobs, targets = logits.float().log_softmax(-1), torch.tensor(continuation)
    best = logprobs.topk(2).values
    return Plain(
        logprobs.gather(1, targets[:, None]).double().sum().item(),
        bool((logprobs.argmax(-1) == targets).all()),
        (best[:, 0] - best[:, 1]).min().item(),
    )


def assert_plain(
    weights: Weights,
    variant: Variant,
    requests: Sequence[ScoringRequest],
    scores: Sequence[Sequence[ContinuationScore]],
) -> None:
    assert [len(own) for own in scores] == [len(request.continuations) for request in requests]
    with weights.use(variant) as model:
        for request, own in zip(requests, scores, strict=True):
            expected = [plain_score(model, request.context, c) for c in request.continuations]
            assert [s.logprob for s in own] == pytest.approx(
                [plain.logprob for plain in expected], rel=0, abs=TOLERANCE
            )
            for score, plain in zip(own, expected, strict=True):
                assert score.greedy == plain.greedy or plain.margin < TOLERANCE


# ── any model, any texts, any batches ────────────────────────────────────────────────────────

TOKENS = st.integers(0, VOCABULARY - 1)
SHORT = st.lists(TOKENS, min_size=1, max_size=6).map(tuple)


@st.composite
def requests(draw: st.DrawFn) -> list[ScoringRequest]:
    """Some texts behind one or two blocks of examples, some behind none; letters and phrases."""
    blocks = [(), *draw(st.lists(st.lists(TOKENS, max_size=60).map(tuple), max_size=2))]
    letters = tuple((letter,) for letter in range(4))
    return [
        ScoringRequest(
            draw(st.sampled_from(blocks))
            + draw(st.lists(TOKENS, min_size=1, max_size=20).map(tuple)),
            draw(st.one_of(st.just(letters), st.lists(SHORT, min_size=1, max_size=5).map(tuple))),
        )
        for _ in range(draw(st.integers(1, 8)))
    ]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 9),
    layers=st.integers(1, 3),
    heads=st.sampled_from([(1, 1), (4, 4), (4, 2), (4, 1)]),
    attention=st.sampled_from(["sdpa", "eager"]),
    budget=st.sampled_from([1, 16, 64, 1024]),
    calls=st.lists(requests(), min_size=1, max_size=2),
)
def test_scores_are_those_of_plain_passes(
    seed: int,
    layers: int,
    heads: tuple[int, int],
    attention: str,
    budget: int,
    calls: list[list[ScoringRequest]],
) -> None:
    weights = weights_of(qwen2(seed, layers, *heads, attn_implementation=attention))
    scorer = PrefixScorer(weights, token_budget=budget)
    for asked in calls:  # the second finds what the first left cached
        assert_plain(weights, "vanilla", asked, scorer.score(asked, "vanilla"))


@pytest.fixture(scope="module")
def pair() -> Weights:
    return weights_of(with_adapter(qwen2()))


@settings(max_examples=15, deadline=None)
@given(asked=requests(), budget=st.sampled_from([16, 1024]))
def test_vanilla_and_tuned_share_texts_and_never_a_cache(
    pair: Weights, asked: list[ScoringRequest], budget: int
) -> None:
    scorer = PrefixScorer(pair, token_budget=budget)
    for variant in ("vanilla", "tuned", "vanilla"):
        assert_plain(pair, variant, asked, scorer.score(asked, variant))


# ── few-shot questions as they come ──────────────────────────────────────────────────────────


def shared_block(length: int = 100, questions: int = 12, seed: int = 0) -> list[ScoringRequest]:
    """Questions of different lengths behind one block, each with letters and two phrases."""
    drawn = torch.Generator().manual_seed(seed)

    def text(tokens: int) -> tuple[int, ...]:
        return tuple(torch.randint(VOCABULARY, (tokens,), generator=drawn).tolist())

    block = text(length)
    return [
        ScoringRequest((*block, *text(5 + n)), ((1,), (2,), text(2), text(4)))
        for n in range(questions)
    ]


def logprobs(scores: Sequence[Sequence[ContinuationScore]]) -> list[float]:
    return [score.logprob for own in scores for score in own]


def test_variants_differ_where_the_adapter_does_something(pair: Weights) -> None:
    scorer = PrefixScorer(pair)
    asked = shared_block()
    vanilla, tuned = (logprobs(scorer.score(asked, v)) for v in ("vanilla", "tuned"))
    assert vanilla != pytest.approx(tuned, abs=0.1)


def test_a_model_that_takes_the_place_of_another_starts_with_nothing_cached() -> None:
    weights, other = weights_of(qwen2(1)), qwen2(2)
    scorer = PrefixScorer(weights, token_budget=64)
    asked = shared_block()
    scorer.score(asked, "vanilla")
    weights._models["vanilla"] = lambda: nullcontext(other)
    assert_plain(weights, "vanilla", asked, scorer.score(asked, "vanilla"))


def test_scores_stand_in_the_order_of_the_requests_also_when_asked_twice() -> None:
    scorer = PrefixScorer(weights_of(qwen2()))
    asked = shared_block()
    mixed = [*asked[::-1], *asked[:3]]
    straight = scorer.score(asked, "vanilla")
    assert logprobs(scorer.score(mixed, "vanilla")) == pytest.approx(
        logprobs([*straight[::-1], *straight[:3]]), abs=TOLERANCE
    )


def test_nothing_asked_is_nothing_scored() -> None:
    scorer = PrefixScorer(weights_of(qwen2()))
    assert scorer.score([], "vanilla") == []
    assert scorer.score([ScoringRequest((1,), ())], "vanilla") == [()]


# ── what is read ─────────────────────────────────────────────────────────────────────────────


class Work(NamedTuple):
    passes: list[tuple[int, int]]  # rows and width of each
    predicted: list[int]  # hidden states that the head was applied to

    @property
    def tokens(self) -> int:
        return sum(rows * width for rows, width in self.passes)


@contextmanager
def watched(model: Any) -> Iterator[Work]:
    work = Work([], [])
    hooks = [
        model.get_input_embeddings().register_forward_hook(
            lambda _, args, __: work.passes.append(tuple(args[0].shape))
        ),
        model.get_output_embeddings().register_forward_hook(
            lambda _, args, __: work.predicted.append(args[0].shape[:-1].numel())
        ),
    ]
    yield work
    for hook in hooks:
        hook.remove()


def warm_scorer(model: Any, budget: int | None = None) -> PrefixScorer:
    """One that has probed the model."""
    scorer = PrefixScorer(weights_of(model), token_budget=budget)
    scorer.score([ScoringRequest((1,), ((2,),))], "vanilla")
    return scorer


def test_a_shared_block_is_read_once_and_not_again_by_the_next_call() -> None:
    model = qwen2()
    scorer = warm_scorer(model, budget=256)
    first, second = shared_block()[:6], shared_block()[6:]
    stems = [len(r.context) - 100 + 1 + 3 for r in [*first, *second]]  # and two phrases
    with watched(model) as work:
        scorer.score(first, "vanilla")
        assert work.tokens <= 100 + 6 * max(stems[:6])
        scorer.score(second, "vanilla")
        assert work.tokens <= 100 + 6 * max(stems[:6]) + 6 * max(stems[6:])


def test_questions_put_one_at_a_time_share_their_examples_too() -> None:
    model = qwen2()
    scorer = warm_scorer(model, budget=256)
    with watched(model) as work:
        for request in shared_block():
            scorer.score([request], "vanilla")
    assert work.tokens < 100 + 12 * 30


def test_letters_take_one_hidden_state_through_the_head() -> None:
    model = qwen2()
    scorer = warm_scorer(model)
    letters = tuple((letter,) for letter in range(7))
    asked = [request._replace(continuations=letters) for request in shared_block()]
    with watched(model) as work:
        scorer.score(asked, "vanilla")
    assert sum(work.predicted) == len(asked)


def test_the_same_context_in_many_requests_is_read_once() -> None:
    model = qwen2()
    scorer = warm_scorer(model)
    context = tuple(range(30))
    with watched(model) as work:
        scorer.score([ScoringRequest(context, ((n,),)) for n in range(20)], "vanilla")
    assert work.tokens == len(context)


def test_no_pass_exceeds_the_budget_however_many_questions_there_are() -> None:
    model = qwen2(layers=1)
    scorer = warm_scorer(model, budget=200)
    asked = shared_block(questions=40) * 20 + shared_block(length=0, questions=60, seed=1)
    with watched(model) as work:
        scorer.score(asked, "vanilla")
    assert max(rows * width for rows, width in work.passes) <= 200


def test_only_so_many_prefixes_are_kept() -> None:
    model = qwen2()
    scorer = warm_scorer(model, budget=64)
    for seed in range(10):
        scorer.score(shared_block(seed=seed), "vanilla")
    with watched(model) as work:
        scorer.score(shared_block(seed=9), "vanilla")
        last = work.tokens
        scorer.score(shared_block(seed=0), "vanilla")
    assert work.tokens - last == last + 100


# ── what a model allows ──────────────────────────────────────────────────────────────────────

SMALL = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.4,
    "max_position_embeddings": CONTEXT_LENGTH,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 10_000.0,
    "short_factor": [1.0] * 4,
    "long_factor": [8.0] * 4,
    "original_max_position_embeddings": 32,
}
ARCHITECTURES = {
    "learnt positions": GPT2Config(
        vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, initializer_range=0.4
    ),
    "scaled logits": CohereConfig(**SMALL, logit_scale=0.25),
    "capped logits and a window": Gemma2Config(
        **SMALL, head_dim=8, final_logit_softcapping=2.0, sliding_window=8
    ),
    "a window": MistralConfig(**SMALL, sliding_window=8),
    "positions that depend on the length": LlamaConfig(**SMALL, rope_parameters=LONGROPE),
}


@pytest.mark.parametrize("config", ARCHITECTURES.values(), ids=ARCHITECTURES.keys())
def test_other_architectures_are_read_as_they_allow(config: PretrainedConfig) -> None:
    torch.manual_seed(0)
    weights = weights_of(AutoModelForCausalLM.from_config(config).eval())
    asked = shared_block(questions=5)
    if isinstance(config, LlamaConfig):  # of one length, since padding is length to such a model
        asked = [ScoringRequest(r.context[:100], r.continuations[:2]) for r in asked]
    scores = PrefixScorer(weights, token_budget=64).score(asked, "vanilla")
    assert_plain(weights, "vanilla", asked, scores)


def test_a_pass_that_does_not_fit_is_halved_until_it_does() -> None:
    model = qwen2()
    weights = weights_of(model)
    scorer = warm_scorer(model)
    asked = shared_block()

    def no_more_than_three_rows(_: Any, args: tuple[torch.Tensor]) -> None:
        if len(args[0]) > 3:
            raise torch.OutOfMemoryError

    hook = model.get_input_embeddings().register_forward_pre_hook(no_more_than_three_rows)
    scores = scorer.score(asked, "vanilla")
    hook.remove()
    assert_plain(weights, "vanilla", asked, scores)


def test_a_single_row_that_does_not_fit_is_told() -> None:
    model = qwen2()
    scorer = warm_scorer(model)

    def nothing_fits(*_: Any) -> None:
        raise torch.OutOfMemoryError

    model.get_input_embeddings().register_forward_pre_hook(nothing_fits)
    with pytest.raises(EngineError, match="one row of 3 tokens"):
        scorer.score([ScoringRequest((1, 2, 3), ((4,),))], "vanilla")


# ── what is refused ──────────────────────────────────────────────────────────────────────────


def test_texts_beyond_the_context_are_refused_and_not_cut() -> None:
    scorer = PrefixScorer(weights_of(qwen2(), limit=20))
    fits = ScoringRequest(tuple(range(18)), ((1, 2, 3),))  # the last token is not read
    assert len(scorer.score([fits], "vanilla")) == 1
    with pytest.raises(ContextLengthError, match="the prompt has 21 tokens"):
        scorer.score([fits, fits._replace(continuations=((1, 2, 3, 4),))], "vanilla")


@pytest.mark.parametrize("request_", [ScoringRequest((), ((1,),)), ScoringRequest((1,), ((),))])
def test_nothing_behind_or_before_the_split_is_refused(request_: ScoringRequest) -> None:
    with pytest.raises(InputError, match="has no likelihood"):
        PrefixScorer(weights_of(qwen2())).score([request_], "vanilla")


def test_a_variant_that_is_not_loaded_is_refused() -> None:
    with pytest.raises(InputError, match="'tuned' is not loaded"):
        PrefixScorer(weights_of(qwen2())).score([], "tuned")


# ── lm-eval's own backend, on the demo pair ──────────────────────────────────────────────────


@pytest.fixture(scope="module")
def engine() -> Iterator[HfEngine]:
    engine = HfEngine.load(SPEC, device="cpu")
    yield engine
    engine.close()


@pytest.fixture(scope="module", params=["vanilla", "tuned"])
def stock(request: pytest.FixtureRequest) -> tuple[Variant, HFLM]:
    adapter = {"peft": SPEC.adapter} if request.param == "tuned" else {}
    stock = HFLM(pretrained=SPEC.base, device="cpu", dtype="float32", batch_size=1, **adapter)
    return request.param, stock


def one_of_each_option_count() -> list[Question]:
    """The shortest question with 4, 5, 6 and 7 options."""
    asked = sorted(load_questions("demo-unseen").questions, key=lambda q: len(q.question))
    return [next(q for q in asked if len(q.options) == count) for count in (4, 5, 6, 7)]


@pytest.mark.parametrize("kind", CONTINUATIONS)
@pytest.mark.parametrize("shots", [0, 5])
@pytest.mark.parametrize("style", ["native", "chat"])
def test_scores_are_those_of_stock_lm_eval(
    engine: HfEngine, stock: tuple[Variant, HFLM], style: PromptStyle, shots: int, kind: Kind
) -> None:
    variant, lm = stock
    asked = one_of_each_option_count()
    examples = sorted(load_questions("demo-heldout").questions, key=lambda q: len(q.question))
    contexts = [
        engine.render(mcqa_prompt(q, style, examples[:shots], letter_next=True)) for q in asked
    ]
    continuations = list(map(CONTINUATIONS[kind], asked))
    ours = engine.score_texts(contexts, continuations, variant)
    pairs = [(c, t) for c, own in zip(contexts, continuations, strict=True) for t in own]
    instances = [Instance("loglikelihood", {}, pair, n) for n, pair in enumerate(pairs)]
    for batch in (1, 32):
        lm.batch_size_per_gpu = batch
        theirs = iter(lm.loglikelihood(instances, disable_tqdm=True))
        for mine in ours:
            stocks = [next(theirs) for _ in mine]
            assert [s.greedy for s in mine] == [greedy for _, greedy in stocks]
            assert logprobs([mine]) == pytest.approx([s for s, _ in stocks], rel=0, abs=TOLERANCE)
            assert max(mine).logprob == mine[stocks.index(max(stocks))].logprob


def test_options_are_scored_as_their_texts_are(engine: HfEngine) -> None:
    asked = one_of_each_option_count()
    prompts = [mcqa_prompt(q, "chat", letter_next=True) for q in asked]
    letters = [letter_continuations(q) for q in asked]
    scores = engine.score_texts([engine.render(p) for p in prompts], letters, "tuned")
    assert engine.score_options(prompts, letters, "tuned") == [
        tuple(score.logprob for score in own) for own in scores
    ]


def test_more_contexts_than_are_scored_together_keep_their_order(engine: HfEngine) -> None:
    contexts = [f"{n} 국채" for n in range(CONTEXTS_AT_ONCE + 5)]
    scores = engine.score_texts(contexts, [(" A", " B")] * len(contexts), "vanilla")
    assert len(scores) == len(contexts)
    last = engine.score_texts(contexts[-3:], [(" A", " B")] * 3, "vanilla")
    assert logprobs(scores[-3:]) == pytest.approx(logprobs(last), abs=TOLERANCE)
