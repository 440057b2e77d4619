"""A pair behind an OpenAI-compatible server answers and scores as it does in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from threading import Event
from typing import Any

import pytest

from tests.workbench.engines.loopback import other_json, serving, status
from tests.workbench.engines.served_pair import ServedPair
from workbench.config import load_presets
from workbench.engines import open_engine
from workbench.engines.base import Engine, UpperBound
from workbench.engines.hf import HfEngine
from workbench.engines.openai_compatible import OpenAiEngine, open_openai
from workbench.engines.server_options import ServerOptions
from workbench.errors import (
    ContextLengthError,
    EngineError,
    InputError,
    OfflineError,
    UnknownNameError,
)
from workbench.evaluate import Procedure, evaluate
from workbench.prompts import letter_continuations, mcqa_prompt, qa_prompt
from workbench.questions import load_questions
from workbench.schema import ModelSpec, Sampling, Variant
from workbench.store import Store

SPEC = load_presets()["demo"]
SERVED = ModelSpec(name="served", base="base", tuned="lora")  # known by its names alone
NO_TEMPLATE = {"template_here": False, "vanilla_name": "base", "tuned_name": "lora"}
ASKED = load_questions("demo-heldout").questions[:6]
LETTERS = [letter_continuations(question) for question in ASKED]
GREEDY = Sampling(max_tokens=24)
WHAT = qa_prompt("국채란 무엇인가요?", "chat")


@pytest.fixture(scope="module")
def hf() -> Iterator[HfEngine]:
    engine = HfEngine.load(SPEC, device="cpu")
    yield engine
    engine.close()


Opener = Callable[..., tuple[OpenAiEngine, ServedPair]]


@pytest.fixture
def opened(hf: HfEngine) -> Iterator[Opener]:
    """Opens a server that lacks what it is told to lack, and an engine on it."""
    with ExitStack() as stack:

        def open_pair(
            spec: ModelSpec = SPEC, options: dict[str, Any] | None = None, **lacks: Any
        ) -> tuple[OpenAiEngine, ServedPair]:
            server = ServedPair(hf, **lacks)
            address = stack.enter_context(serving(server.app()))
            engine = open_openai(spec, ServerOptions(base_url=address, **(options or {})))
            stack.callback(engine.close)
            return engine, server

        yield open_pair


def letter_prompts(style: str = "native") -> list[Any]:
    return [mcqa_prompt(question, style, letter_next=True) for question in ASKED]


def close_to(scores: list[tuple[float, ...]]) -> list[Any]:
    return [pytest.approx(own, abs=1e-3) for own in scores]


# ── the same as in process ───────────────────────────────────────────────────────────────────


def test_it_is_an_engine_and_says_what_is_behind_it(opened: Opener) -> None:
    engine, _ = opened()
    assert isinstance(engine, Engine)
    assert engine.variants == ("vanilla", "tuned")
    info = engine.info
    assert (info.engine, info.version) == ("openai", "vllm 0.32.0")
    assert (info.base, info.tuned, info.demo) == ("base", "lora", True)
    assert (info.base_hash, info.dtype) == ("", "unknown")


@pytest.mark.parametrize("style", ["native", "chat"])
@pytest.mark.parametrize("variant", ["vanilla", "tuned"])
def test_letters_through_the_server_score_as_in_process(
    opened: Opener, hf: HfEngine, variant: Variant, style: str
) -> None:
    engine, server = opened()
    del server.bodies[:]
    prompts = letter_prompts(style)
    assert engine.score_options(prompts, LETTERS, variant) == close_to(
        hf.score_options(prompts, LETTERS, variant)
    )
    assert [body["max_tokens"] for body in server.bodies] == [1] * len(ASKED)
    assert not any("echo" in body or "prompt_logprobs" in body for body in server.bodies)


def test_whole_option_texts_are_read_back_once_each(opened: Opener, hf: HfEngine) -> None:
    engine, server = opened()
    del server.bodies[:]
    texts = [[f" {option}" for option in question.options] for question in ASKED[:2]]
    prompts = letter_prompts()[:2]
    assert engine.score_options(prompts, texts, "tuned") == close_to(
        hf.score_options(prompts, texts, "tuned")
    )
    assert len(server.bodies) <= sum(map(len, texts))


@pytest.mark.parametrize("style", ["native", "chat"])
@pytest.mark.parametrize("variant", ["vanilla", "tuned"])
def test_greedy_answers_are_those_of_the_model_in_process(
    opened: Opener, hf: HfEngine, variant: Variant, style: str
) -> None:
    engine, _ = opened()
    prompts = [mcqa_prompt(question, style) for question in ASKED]
    assert engine.generate(prompts, GREEDY, variant) == hf.generate(prompts, GREEDY, variant)


def test_a_stream_adds_up_to_the_answer(opened: Opener, hf: HfEngine) -> None:
    engine, _ = opened()
    (whole,) = hf.generate([WHAT], GREEDY, "tuned")
    assert "".join(engine.stream(WHAT, GREEDY, "tuned")) == whole.text


def test_what_the_model_reads_is_rendered_and_counted_here(opened: Opener, hf: HfEngine) -> None:
    engine, server = opened()
    engine.generate([WHAT], GREEDY, "tuned")
    assert engine.render(WHAT) == hf.render(WHAT) == server.bodies[-1]["prompt"]
    assert engine.count_tokens(hf.render(WHAT)) == hf.count_tokens(hf.render(WHAT))


def test_an_evaluation_through_the_server_says_the_same_as_in_process(
    opened: Opener, hf: HfEngine, workbench_home: Any
) -> None:
    engine, _ = opened()
    question_set = load_questions("demo-heldout").head(8)
    with Store(workbench_home / "store.sqlite") as store:
        procedure = Procedure(method="loglik", style="native")
        ours, theirs = (evaluate(e, "tuned", question_set, procedure, store) for e in (engine, hf))
        letters = [[a.letter for a in store.answers(s.run.id)] for s in (ours, theirs)]
    assert letters[0] == letters[1]
    assert ours.run.spec.engine.engine == "openai"


# ── what is sent ─────────────────────────────────────────────────────────────────────────────


def test_samplers_that_vllm_applies_unasked_are_switched_off(opened: Opener) -> None:
    engine, server = opened()
    drawn = Sampling(temperature=0.7, top_p=0.9, max_tokens=8, seed=3)
    engine.generate([WHAT], drawn, "vanilla")
    body = server.bodies[-1]
    assert {key: body[key] for key in Sampling.model_fields} == drawn.model_dump()
    assert (body["top_k"], body["repetition_penalty"]) == (0, 1.0)
    assert body["add_special_tokens"] is False


def test_a_server_we_do_not_know_is_sent_only_what_all_of_them_take(opened: Opener) -> None:
    engine, server = opened(software="someone")
    engine.generate([WHAT], GREEDY, "vanilla")
    assert server.bodies[-1].keys() == {"model", "prompt", "stream", *Sampling.model_fields}


def test_many_prompts_are_asked_at_once_and_answered_in_order(opened: Opener, hf: HfEngine) -> None:
    engine, server = opened()
    prompts = [qa_prompt(f"{n}월의 국채란?", "native") for n in range(40)]
    sampling = Sampling(max_tokens=4)
    assert engine.generate(prompts, sampling, "tuned") == hf.generate(prompts, sampling, "tuned")
    assert 1 < server.most_in_flight <= 32


def test_leaving_a_stream_stops_the_server(opened: Opener) -> None:
    engine, server = opened(pause=0.2)
    cancel = Event()
    stream = engine.stream(WHAT, GREEDY, "tuned", cancel)
    next(stream)
    cancel.set()
    assert list(stream) == []
    assert server.left.wait(10)


# ── servers that leave something out ─────────────────────────────────────────────────────────


@pytest.mark.parametrize("software", ["vllm", "llamacpp"])
def test_without_named_tokens_letters_come_from_the_likeliest(
    opened: Opener, hf: HfEngine, software: str
) -> None:
    engine, _ = opened(software=software, named=False)
    assert "letters from the 20 likeliest tokens" in engine.info.loading
    ours = engine.score_options(letter_prompts(), LETTERS, "tuned")
    theirs = hf.score_options(letter_prompts(), LETTERS, "tuned")
    pairs = [pair for rows in zip(ours, theirs, strict=True) for pair in zip(*rows, strict=True)]
    assert all(abs(a - b) < 1e-3 for a, b in pairs if not isinstance(a, UpperBound))
    assert all(a >= b - 1e-3 for a, b in pairs if isinstance(a, UpperBound))


def test_a_letter_that_was_not_told_is_an_upper_bound_and_its_answer_says_so(
    opened: Opener, hf: HfEngine, workbench_home: Any
) -> None:
    engine, _ = opened(named=False, top=5)
    prompts, letters = letter_prompts(), [(*own, " 국채") for own in LETTERS]
    for ours, theirs in zip(
        engine.score_options(prompts, letters, "tuned"),
        hf.score_options(prompts, letters, "tuned"),
        strict=True,
    ):
        assert isinstance(ours[-1], UpperBound)
        assert theirs[-1] <= ours[-1] < 0
        assert ours.index(max(ours)) == theirs.index(max(theirs))


def test_letters_of_which_none_was_told_are_a_failure_and_no_score(opened: Opener) -> None:
    engine, _ = opened(named=False, top=5)
    with pytest.raises(EngineError, match=r"none of ' 국채', ' 주식' is among the 5 tokens"):
        engine._scorer.score("lora", [letter_prompts()[0].text], [[" 국채", " 주식"]])


def test_without_log_probabilities_scoring_offers_generation(opened: Opener) -> None:
    engine, _ = opened(top=0)
    assert "no log-probabilities" in engine.info.loading
    with pytest.raises(InputError, match=r"tells no log-probabilities.*--method generate"):
        engine.score_options(letter_prompts(), LETTERS, "tuned")
    assert engine.generate(letter_prompts()[:1], GREEDY, "tuned")


def test_a_server_that_reads_nothing_back_says_so_for_texts_alone(opened: Opener) -> None:
    engine, _ = opened(echo=False)
    with pytest.raises(InputError, match="options of several tokens cannot be scored there"):
        engine.score_options(letter_prompts()[:1], [[" 국가가 발행하는 채권", " 주식"]], "tuned")
    assert engine.score_options(letter_prompts()[:1], LETTERS[:1], "tuned")


def test_without_raw_completions_the_chat_style_alone_is_left(opened: Opener, hf: HfEngine) -> None:
    engine, _ = opened(completions=False)
    assert "chat style alone" in engine.info.loading
    assert engine.generate([WHAT], GREEDY, "tuned") == hf.generate([WHAT], GREEDY, "tuned")
    assert "".join(engine.stream(WHAT, GREEDY, "tuned"))
    with pytest.raises(InputError, match=r"no raw completions.*use the chat style"):
        engine.stream(qa_prompt("국채란?", "native"), GREEDY, "tuned")


# ── a server of which only the names are known ───────────────────────────────────────────────


def test_without_a_tokenizer_the_server_applies_its_own_template(
    opened: Opener, hf: HfEngine
) -> None:
    engine, server = opened(SERVED, NO_TEMPLATE)
    assert engine.generate([WHAT], GREEDY, "tuned") == hf.generate([WHAT], GREEDY, "tuned")
    assert "messages" in server.bodies[-1]
    assert "국채란 무엇인가요?" in engine.render(WHAT)
    assert engine.count_tokens("국채") > 0


def test_without_a_tokenizer_native_letters_are_found_by_their_text(
    opened: Opener, hf: HfEngine
) -> None:
    engine, _ = opened(SERVED, NO_TEMPLATE, software="someone")
    ours = engine.score_options(letter_prompts(), LETTERS, "tuned")
    theirs = hf.score_options(letter_prompts(), LETTERS, "tuned")
    assert [own.index(max(own)) for own in ours] == [own.index(max(own)) for own in theirs]
    with pytest.raises(InputError, match="scored behind raw text"):
        engine.score_options(letter_prompts("chat"), LETTERS, "tuned")


def test_the_names_are_found_where_the_server_leaves_no_doubt(opened: Opener) -> None:
    engine, _ = opened()
    assert (engine.info.base, engine.info.tuned) == ("base", "lora")


# ── faults ───────────────────────────────────────────────────────────────────────────────────


def test_a_wrong_name_lists_those_on_offer(opened: Opener) -> None:
    with pytest.raises(UnknownNameError, match="unknown model 'gpt'; known: base, lora"):
        opened(options={"vanilla_name": "gpt"})


def test_a_refused_key_names_its_variable(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "wrong")
    with pytest.raises(InputError, match=r"refused the key in \$MY_KEY"):
        opened(options={"key_env": "MY_KEY"}, key="right")
    monkeypatch.setenv("MY_KEY", "right")
    assert opened(options={"key_env": "MY_KEY"}, key="right")


def test_an_engine_without_an_address_asks_for_one() -> None:
    with pytest.raises(InputError, match="--engine openai needs --base-url"):
        open_engine(SPEC, "openai")


def test_a_model_without_a_tokenizer_at_hand_says_what_else_works() -> None:
    far = ModelSpec(name="far", base="nobody/nothing")
    with pytest.raises(OfflineError, match="leave --model out"):
        open_openai(far, ServerOptions(base_url="http://127.0.0.1:9/v1"))


def test_a_prompt_that_is_too_long_is_refused_before_it_is_sent(opened: Opener) -> None:
    engine, server = opened()
    del server.bodies[:]
    with pytest.raises(ContextLengthError):
        engine.stream(qa_prompt("국채 " * 2000, "native"), GREEDY, "tuned")
    with pytest.raises(ContextLengthError):
        engine.score_options([qa_prompt("국채 " * 2000, "native")], [[" A"]], "tuned")
    assert server.bodies == []


def test_an_answer_of_another_shape_is_told_apart(opened: Opener) -> None:
    engine, server = opened()
    server.faults.append(other_json)
    with pytest.raises(EngineError, match=r"no completion of OpenAI's protocol \(choices"):
        engine.generate([WHAT], GREEDY, "tuned")


def test_a_refused_request_is_told_in_the_servers_words(opened: Opener) -> None:
    engine, server = opened()
    server.faults.append(status(400, "guided decoding is off"))
    with pytest.raises(EngineError, match="answered 400: guided decoding is off"):
        engine.generate([WHAT], GREEDY, "tuned")


def test_a_closed_engine_says_so(opened: Opener) -> None:
    engine, _ = opened()
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="the engine is closed"):
        engine.generate([WHAT], GREEDY, "tuned")
