"""Votes become pairs that DPO can learn from, or nothing where they say nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.workbench.records import vote_of
from workbench.preferences import preference_lines, preference_rows
from workbench.prompts import qa_prompt
from workbench.schema import Vote

NATIVE, CHAT = (qa_prompt("배당락일이란?", style) for style in ("native", "chat"))


def vote(**changes: Any) -> Vote:
    given = {"prompt": NATIVE, "answer_a": "권리가 없어지는 날", "answer_b": "모르겠습니다."}
    return vote_of(1).model_copy(update=given | changes)


def test_a_native_pair_is_text_with_the_space_of_its_format() -> None:
    (row,) = preference_rows([vote()])
    assert row.prompt == "### 질문: 배당락일이란?\n### 정답:"
    assert (row.chosen, row.rejected) == (" 권리가 없어지는 날", " 모르겠습니다.")


def test_a_chat_pair_is_messages() -> None:
    (row,) = preference_rows([vote(prompt=CHAT)])
    assert [message.role for message in row.prompt] == ["system", "user"]
    assert [(message.role, message.content) for message in row.chosen] == [
        ("assistant", "권리가 없어지는 날")
    ]


def test_the_better_answer_is_chosen_wherever_it_stood() -> None:
    (row,) = preference_rows([vote(choice="b")])
    assert (row.chosen, row.rejected) == (" 모르겠습니다.", " 권리가 없어지는 날")


@pytest.mark.parametrize(
    "changes",
    [
        {"choice": "tie"},
        {"choice": "both_bad"},
        {"prompt": None},
        {"voter": "a judge"},
        {"answer_b": "  "},
        {"answer_b": "권리가 없어지는 날 "},
    ],
    ids=["tie", "both bad", "different prompts", "a judge's", "empty", "the same twice"],
)
def test_a_vote_that_decides_nothing_is_left_out(changes: dict[str, Any]) -> None:
    assert preference_rows([vote(**changes)]) == []


def test_a_line_holds_one_pair_as_trl_reads_it() -> None:
    lines = preference_lines(preference_rows([vote(), vote(prompt=CHAT)])).splitlines()
    native, chat = (json.loads(line) for line in lines)
    assert list(native) == list(chat) == ["prompt", "chosen", "rejected"]
    assert native["chosen"] == " 권리가 없어지는 날"
    assert chat["rejected"] == [{"role": "assistant", "content": "모르겠습니다."}]
