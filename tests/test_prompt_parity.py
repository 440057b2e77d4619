"""The app, an evaluation and training give a model the very same text for the same question.

Each is driven through its own door, and what an engine received is compared with what training
would have shown. Were there two ways to write a prompt, a score would measure the difference.
"""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

from train.formatting import McqaRecord, QaRecord, format_record
from workbench.answers import extract_letter
from workbench.engines.scripted import ScriptedEngine
from workbench.evaluate import Procedure, evaluate
from workbench.prompts import CHAT_SYSTEM, letter_continuations, qa_prompt
from workbench.schema import Method, PromptStyle, Question, QuestionSet, Sampling
from workbench.store import Store
from workbench.ui.conversation import Conversation, Settings, Turn, answer_last

STYLES: list[PromptStyle] = ["native", "chat"]
METHODS: list[Method] = ["generate", "loglik"]

PLAIN = Question(
    id="plain",
    question="채권의 이자를 부르는 말은?",
    options=("배당", "쿠폰", "수수료"),
    answer="B",
    reasoning="쿠폰은 채권의 이자를 뜻한다.",
)
GROUNDED = PLAIN.model_copy(update={"id": "grounded", "reference": "채권의 이자를 쿠폰이라 한다."})


class FramingTokenizer:
    """Frames turns as the scripted engine does, so that whole strings can be compared."""

    chat_template = "as ScriptedEngine.render"

    def apply_chat_template(
        self, turns: list[dict[str, str]], *, tokenize: bool, add_generation_prompt: bool
    ) -> str:
        assert not tokenize
        framed = "".join(f"<{turn['role']}>{turn['content']}\n" for turn in turns)
        return f"{framed}<assistant>" if add_generation_prompt else framed


def evaluated(question: Question, style: PromptStyle, method: Method, folder: Path) -> str:
    """What an evaluation gives the model to read."""
    engine = ScriptedEngine()
    with Store(folder / "store.sqlite") as store:
        evaluate(
            engine,
            "tuned",
            QuestionSet(name="one", questions=(question,)),
            Procedure(method=method, style=style),
            store=store,
        )
    (call,) = engine.history
    return call.rendered


def chatted(question: str, style: PromptStyle) -> str:
    """What the app's chat gives the model to read for a first question."""
    engine = ScriptedEngine()
    settings = Settings(style=style, system=CHAT_SYSTEM, sampling=Sampling())
    turn = Turn(question=question, variant="tuned", settings=settings)
    list(answer_last(engine, Conversation(sides=((turn,),)), Event()))
    (call,) = engine.history
    return call.rendered


@pytest.mark.parametrize("question", [PLAIN, GROUNDED], ids=lambda question: question.id)
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("method", METHODS)
def test_an_evaluation_asks_as_training_taught(
    tmp_path: Path, method: Method, style: PromptStyle, question: Question
) -> None:
    record = McqaRecord(question=question, style=style, reasoned=method == "generate")
    taught = format_record(record, FramingTokenizer())
    assert evaluated(question, style, method, tmp_path) == taught.prompt


@pytest.mark.parametrize("style", STYLES)
def test_the_letter_that_is_scored_is_the_one_that_was_taught(style: PromptStyle) -> None:
    record = McqaRecord(question=PLAIN, style=style, reasoned=False)
    taught = format_record(record, FramingTokenizer())
    assert taught.completion == letter_continuations(PLAIN)[1]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("reasoned", [True, False])
def test_an_evaluation_reads_the_answer_that_training_taught(
    style: PromptStyle, reasoned: bool
) -> None:
    record = McqaRecord(question=PLAIN, style=style, reasoned=reasoned)
    completion = format_record(record, FramingTokenizer()).completion
    assert extract_letter(completion, PLAIN).letter == PLAIN.answer


@pytest.mark.parametrize("style", STYLES)
def test_the_chat_asks_as_training_taught(style: PromptStyle) -> None:
    record = QaRecord(question="공매도란?", answer="빌려 파는 것이다.", style=style)
    taught = format_record(record, FramingTokenizer())
    assert chatted("공매도란?", style) == taught.prompt
    assert taught.prompt == ScriptedEngine().render(qa_prompt("공매도란?", style))
