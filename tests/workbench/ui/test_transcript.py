"""Conversations as files: what was written comes back, and nothing else comes in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.schema import Sampling, Variant
from workbench.ui.conversation import Conversation, Measures, Settings, Turn
from workbench.ui.rendering.chat import as_markdown
from workbench.ui.texts import load_texts
from workbench.ui.transcript import MAX_CHARACTERS, MAX_QUESTIONS, from_json, to_json


def turn(question: str = "공매도란?", variant: Variant = "tuned", **changes: Any) -> Turn:
    given = {
        "question": question,
        "variant": variant,
        "settings": Settings(style="chat", system="", sampling=Sampling()),
        "answer": "**빌려** 파는 것",
        "progress": "done",
        "measures": Measures(tokens=9, first_token_seconds=0.1, seconds=0.9),
    }
    return Turn(**given | changes)


PAIR = Conversation(sides=((turn(),), (turn(variant="vanilla", answer="모릅니다."),)))


def changed(**changes: Any) -> str:
    """The file of PAIR with fields of its first turn changed."""
    file = json.loads(to_json(PAIR))
    file["conversation"]["sides"][0][0] |= changes
    return json.dumps(file)


def test_a_conversation_comes_back_as_it_was() -> None:
    assert from_json(to_json(PAIR)) == PAIR
    assert from_json(to_json(Conversation())) == Conversation()


def test_the_sides_of_a_blind_conversation_have_names_when_it_comes_back() -> None:
    hidden = PAIR.model_copy(update={"hidden": True})
    assert from_json(to_json(hidden)) == PAIR


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Invalid JSON"),
        ("[]", "no conversation"),
        ("{}", "Field required"),
        ('{"a": ' * 5000, "no conversation"),
        ("가" * (MAX_CHARACTERS + 1), "more than 2,000,000 characters"),
        (to_json(PAIR).replace("/v1", "/v9"), "conversation/v9"),
        (changed(variant="<script>"), "variant"),
        (changed(extra="x"), "extra"),
        (changed(answer=["a"]), "answer"),
        (changed(answer="\ud800"), "no conversation"),
        (changed(progress="reading"), "without an answer"),
        (changed(question="다른 질문"), "same questions"),
        (changed(measures={"tokens": 1, "first_token_seconds": 0, "seconds": 1e999}), "seconds"),
        (changed(measures={"tokens": -1, "first_token_seconds": 0, "seconds": 1}), "tokens"),
    ],
    ids=lambda value: value[:24],
)
def test_what_this_chat_never_wrote_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as refused:
        from_json(text)
    assert len(str(refused.value)) < 400


def test_a_conversation_longer_than_a_browser_draws_is_refused() -> None:
    long = Conversation(sides=((turn(answer="짧다", measures=None),) * (MAX_QUESTIONS + 1),))
    with pytest.raises(InputError, match="more than 500 questions"):
        from_json(to_json(long))


def test_markdown_holds_the_question_once_and_both_answers() -> None:
    text = as_markdown(PAIR, load_texts("ko"))
    assert text.count("공매도란?") == 1
    assert text.index("◆ 튜닝") < text.index("**빌려** 파는 것") < text.index("◇ 바닐라")
    assert "투자 권유가 아니" in text
