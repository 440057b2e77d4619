"""Records that the tests of the result store write: numbered, and the same in every process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from workbench.schema import Answer, EngineInfo, Question, QuestionSet, RunSpec, Vote

ENGINE = EngineInfo(
    engine="scripted",
    version="1",
    model="pair",
    base="base",
    device="none",
    dtype="none",
    context_length=100,
)


def question_of(ordinal: int, topic: str = "") -> Question:
    return Question(
        id=f"q{ordinal}",
        question=f"{topic}{ordinal}번 질문",
        options=("가", "나", "다"),
        answer="A",
    )


def question_set_of(n: int, topic: str = "") -> QuestionSet:
    return QuestionSet(name="small", questions=tuple(question_of(i, topic) for i in range(n)))


def spec_of(n_questions: int = 4, topic: str = "", repeat: int = 0) -> RunSpec:
    return RunSpec(
        variant="tuned",
        engine=ENGINE,
        question_set="small",
        question_set_hash=question_set_of(n_questions, topic).hash,
        n_questions=n_questions,
        method="loglik",
        prompt_style="native",
        prompt_format="native/mcqa/v1",
        prompt_hash="1" * 64,
        batch_size=2,
        extraction_version=0,
        repeat=repeat,
    )


def answer_to(question: Question, letter: str = "A") -> Answer:
    return Answer(
        question_id=question.id,
        question_hash=question.hash,
        right=question.answer,
        letter=letter,
        option_logprobs=(-0.1, -2.5e-7),
        text="정답은 A 입니다.",
    )


def answers_of(n: int, topic: str = "", letter: str = "A") -> list[Answer]:
    return [answer_to(question, letter) for question in question_set_of(n, topic).questions]


def batch(*ordinals: int, letter: str = "A") -> dict[int, Answer]:
    return {ordinal: answer_to(question_of(ordinal), letter) for ordinal in ordinals}


def vote_of(number: int) -> Vote:
    return Vote(
        id=UUID(int=number).hex,
        question=f"{number}번 질문",
        answer_a="배당락일은 배당을 받을 권리가 없어지는 날입니다.",
        answer_b="모르겠습니다.",
        side_a="demo/tuned",
        side_b="demo/vanilla",
        choice="a",
        voter="human",
        created=datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
    )
