"""Finished runs over a small exam, as the tests of leaderboards and reports need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.engines.scripted import ScriptedEngine
from workbench.evaluate import Procedure, plan_run
from workbench.schema import Answer, Question, QuestionSet, Run, Variant
from workbench.store import Store


def exam(n: int, name: str = "exam", **fields: Sequence[Any]) -> QuestionSet:
    """n questions where A is right; `fields` hold one value for each."""
    return QuestionSet(
        name=name,
        questions=tuple(
            Question(
                id=f"q{i}",
                question=f"{name} {i}번: 국가가 발행하는 채권은?",
                options=("국채", "회사채", "전환사채"),
                answer="A",
                **{field: values[i] for field, values in fields.items()},
            )
            for i in range(n)
        ),
    )


def sit(
    store: Store,
    questions: QuestionSet,
    letters: str,
    *,
    model: str = "pair",
    variant: Variant = "tuned",
    demo: bool = False,
    spec: dict[str, Any] | None = None,
    engine: dict[str, Any] | None = None,
    **planned: Any,
) -> Run:
    """A run with one answer a letter: '-' could not be read, '!' is a call that failed.

    `planned` goes into its plan, `engine` and `spec` change fields of those.
    """
    info = ScriptedEngine(name=model, demo=demo).info.model_copy(update=engine)
    plan = {"method": "generate", "style": "chat", **planned}
    run_spec = plan_run(info, variant, questions, Procedure(**plan)).model_copy(update=spec)
    loglik = plan["method"] == "loglik"
    answers = [
        answer_of(question, letter, loglik)
        for question, letter in zip(questions.questions, letters, strict=True)
    ]
    return store.import_run(run_spec, answers, questions)


def answer_of(question: Question, letter: str, loglik: bool) -> Answer:
    logprobs = tuple(-0.2 if each == letter else -2.0 for each in question.letters)
    return Answer(
        question_id=question.id,
        question_hash=question.hash,
        right=question.answer,
        letter=None if letter in "!-" else letter,
        failure="connection lost" if letter == "!" else None,
        unparsed="no_answer" if letter == "-" else None,
        option_logprobs=logprobs if loglik else None,
        text=None if loglik or letter == "!" else f"정답은 {letter}",
        cluster=question.cluster,
    )
