"""Put a set of questions to one variant and write every answer down, batch by batch.

An evaluation may be killed at any moment: written batches stay, and the same call continues with
the first batch that is missing. What is measured depends on the run's spec alone, never on how
often it was interrupted.
"""

from __future__ import annotations

import itertools
import math
import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from workbench import prompts
from workbench.answers import EXTRACTION_VERSION, extract_letter
from workbench.engines.base import Engine, UpperBound, check_variant
from workbench.errors import ContextLengthError, EngineError, SettingsError
from workbench.schema import (
    Answer,
    EngineInfo,
    Generation,
    Method,
    ModelSpec,
    Prompt,
    PromptStyle,
    Question,
    QuestionSet,
    Record,
    Run,
    RunSpec,
    Sampling,
    UnparsedReason,
    Variant,
    canonical_hash,
)
from workbench.stats import Interval, clustered_interval
from workbench.store import Store

# The primary result of a comparison, declared before anything is measured: greedy generation with
# extraction, each variant in the prompt style it was made for (ModelSpec.styles), because that is
# how each would be used. Every other cell of method x style is secondary. See `summarise` for
# how unparsed and failed answers count.
PRIMARY_METHOD: Method = "generate"

BATCH_SIZE = 32
ANSWER_TOKENS = 256  # room for a paragraph of reasoning and the letter
GIVE_UP_AFTER = 16  # failed questions in a row: the engine is broken, not the questions

Progress = Callable[[int, int], None]  # (questions answered so far, questions in all)


class Procedure(Record):
    """How questions are put to a variant; with the engine and the questions it makes a RunSpec.

    `sampling` is for method 'generate' alone and defaults to `greedy`. `examples` are shown before
    each question (few-shot). `repeat` above 0 is a deliberate repetition of the same run.
    """

    method: Method = PRIMARY_METHOD
    style: PromptStyle
    sampling: Sampling | None = None
    examples: tuple[Question, ...] = ()
    batch_size: int = BATCH_SIZE
    repeat: int = 0


class RunSummary(Record):
    """What a run says about its variant.

    `n` counts the answers that `accuracy` rests on: unparsed ones are in it, as wrong, failed ones
    are not. `accuracy` and `interval` (95 %, see `clustered_interval`) are None where n is 0. `answered_now` and
    `seconds` tell what the call that returned the summary did; the rest is what the store holds.
    """

    run: Run
    n: int
    correct: int
    accuracy: float | None
    interval: Interval | None
    chance: float  # expected accuracy of guessing: mean of 1/k over the questions
    unparsed: dict[UnparsedReason, int]
    truncated: int  # generations that ended at the token limit, parsed or not
    failed: int
    answered_now: int = 0
    seconds: float = 0.0


def evaluate(
    engine: Engine,
    variant: Variant,
    question_set: QuestionSet,
    procedure: Procedure,
    store: Store,
    progress: Progress | None = None,
) -> RunSummary:
    """Answer every question of the set that the store does not hold yet, and sum the run up.

    A question whose call fails is asked once more, alone, and then recorded as failed. If
    GIVE_UP_AFTER questions in a row fail, EngineError is raised and the run stays open.
    """
    spec = plan_run(engine.info, variant, question_set, procedure)
    examiner = _Examiner(engine, spec, procedure.examples)
    examiner.check(question_set.questions[0])
    store.save_questions(question_set)
    run = store.begin(spec)
    started = time.monotonic()
    answered, answered_now = store.answered(run.id), 0
    for batch in batches(question_set, spec.batch_size):
        if answered.issuperset(batch):
            continue
        answered = store.answered(run.id)  # anew: another process may be at work on this run
        if progress is not None:
            progress(len(answered), spec.n_questions)
        pending = [ordinal for ordinal in batch if ordinal not in answered]
        if pending:
            answers = examiner.ask([question_set.questions[ordinal] for ordinal in pending])
            store.append(run.id, dict(zip(pending, answers, strict=True)))
            answered_now += len(pending)
    if progress is not None:
        progress(spec.n_questions, spec.n_questions)
    summary = summarise(store.finish(run.id), store.answers(run.id), question_set)
    seconds = time.monotonic() - started
    return summary.model_copy(update={"answered_now": answered_now, "seconds": seconds})


def finished_summary(
    info: EngineInfo,
    variant: Variant,
    question_set: QuestionSet,
    procedure: Procedure,
    store: Store,
) -> RunSummary | None:
    """What `evaluate` would return for a run that the store holds whole, without an engine.

    None where there is something left to ask.
    """
    spec = plan_run(info, variant, question_set, procedure)
    run = next((run for run in store.runs() if run.id == spec.id), None)
    if run is None or run.status != "finished":
        return None
    store.save_questions(question_set)
    return summarise(run, store.answers(run.id), question_set)


def summarise(run: Run, answers: Sequence[Answer], question_set: QuestionSet) -> RunSummary:
    """Sum up what is stored of a run.

    An answer that could not be read is wrong, because whoever asked got no answer. A call that
    failed says nothing about the model, so it counts neither as right nor as wrong.
    """
    counted = [answer for answer in answers if answer.failure is None]
    outcomes = [answer.correct for answer in counted]
    clusters = [answer.cluster for answer in counted]
    n, correct = len(outcomes), sum(outcomes)
    return RunSummary(
        run=run,
        n=n,
        correct=correct,
        accuracy=correct / n if n else None,
        interval=clustered_interval(outcomes, clusters) if n else None,
        chance=question_set.chance,
        unparsed=dict(Counter(answer.unparsed for answer in counted if answer.unparsed)),
        truncated=sum(answer.finish_reason == "length" for answer in counted),
        failed=len(answers) - n,
    )


# ── what is going to be done ─────────────────────────────────────────────────────────────────


def plan_run(
    info: EngineInfo, variant: Variant, question_set: QuestionSet, procedure: Procedure
) -> RunSpec:
    """The spec, and thereby the identity, of a run; nothing is asked yet."""
    method, style, sampling = procedure.method, procedure.style, procedure.sampling
    if procedure.batch_size < 1:
        raise SettingsError(f"batch size {procedure.batch_size}; it must be 1 or more")
    if method == "loglik" and sampling is not None:
        raise SettingsError("method 'loglik' draws nothing; give sampling with 'generate' only")
    generates = method == "generate"
    return RunSpec(
        variant=variant,
        engine=info,
        question_set=question_set.name,
        question_set_hash=question_set.hash,
        n_questions=len(question_set.questions),
        method=method,
        prompt_style=style,
        prompt_format=prompts.format_name(style, "mcqa"),
        prompt_hash=_prompt_hash(style, procedure.examples),
        shots=len(procedure.examples),
        examples_hash=examples_hash([example.hash for example in procedure.examples]),
        sampling=(sampling or greedy(info.context_length)) if generates else None,
        batch_size=procedure.batch_size,
        extraction_version=EXTRACTION_VERSION if generates else 0,  # loglik reads no text
        repeat=procedure.repeat,
        packages={
            "python": platform.python_version(),
            **installed_versions(("torch", "transformers", "peft")),
        },
    )


def is_primary(spec: RunSpec, presets: Mapping[str, ModelSpec]) -> bool:
    """Whether a run is part of a primary result: see PRIMARY_METHOD.

    Examples before the question make a run secondary, as do prompts of another making.
    """
    style = own_style(spec, presets)
    return (
        spec.method == PRIMARY_METHOD
        and (spec.sampling is None or spec.sampling.temperature == 0)
        and spec.prompt_style == style
        and spec.prompt_hash == prompts.format_hash(style, "mcqa")
    )


def own_style(spec: RunSpec, presets: Mapping[str, ModelSpec]) -> PromptStyle:
    """The style that a run's model was made for; one that is no preset has ModelSpec's own."""
    model = presets.get(spec.engine.model) or ModelSpec(name=spec.engine.model, base="")
    return model.styles[spec.variant]


def greedy(context_length: int) -> Sampling:
    """Greedy, with room for ANSWER_TOKENS, yet at most a quarter of a small model's context."""
    return Sampling(max_tokens=max(1, min(ANSWER_TOKENS, context_length // 4)))


def next_repeat(spec: RunSpec, runs: Iterable[Run]) -> int:
    """The first repetition of `spec` that is not finished: a new one, or one to be continued.

    It is 0, the run itself, as long as that is not finished.
    """
    finished = {run.id for run in runs if run.status == "finished"}
    repeats = (spec.model_copy(update={"repeat": repeat}) for repeat in itertools.count())
    return next(repetition.repeat for repetition in repeats if repetition.id not in finished)


def batches(question_set: QuestionSet, batch_size: int) -> list[tuple[int, ...]]:
    """Ordinals of the questions, in batches of like length, the longest questions first.

    A function of the question set alone, so that every continuation finds the same batches.
    Like lengths waste least on padding; the longest come first so that a batch that does not fit
    into memory shows at once, and the time left is never promised too short.
    """
    lengths = [
        len(question.question) + len(question.reference) + sum(map(len, question.options))
        for question in question_set.questions
    ]
    order = sorted(range(len(lengths)), key=lambda ordinal: (-lengths[ordinal], ordinal))
    return [tuple(order[at : at + batch_size]) for at in range(0, len(order), batch_size)]


def installed_versions(packages: Iterable[str]) -> dict[str, str]:
    """Version by package, for those that are installed; nothing is imported."""
    versions = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions


def examples_hash(hashes: Sequence[str]) -> str:
    """One hash for the worked examples before each question, in their order; '' for none."""
    return canonical_hash(list(hashes)) if hashes else ""


def _prompt_hash(style: PromptStyle, examples: Sequence[Question]) -> str:
    format_hash = prompts.format_hash(style, "mcqa")
    if not examples:
        return format_hash
    return canonical_hash([format_hash, *(example.hash for example in examples)])


# ── asking ───────────────────────────────────────────────────────────────────────────────────


@dataclass
class _Examiner:
    """Puts questions to the engine the way the spec says."""

    engine: Engine
    spec: RunSpec
    examples: tuple[Question, ...]
    failed_in_a_row: int = 0

    def check(self, question: Question) -> None:
        """Raise now what would make every question fail: no such variant, no chat template."""
        check_variant(self.spec.variant, self.engine.variants)
        self.engine.render(self._prompt(question))

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """One answer for each question; a batch whose call fails is asked one by one."""
        try:
            answers = self._call(questions)
        except (EngineError, ContextLengthError):
            return [self._ask_alone(question) for question in questions]
        self.failed_in_a_row = 0
        return answers

    def _ask_alone(self, question: Question) -> Answer:
        try:
            (answer,) = self._call([question])
        except ContextLengthError as error:  # the question's fault, not the engine's
            return _failed(question, str(error))
        except EngineError as error:
            self.failed_in_a_row += 1
            if self.failed_in_a_row >= GIVE_UP_AFTER:
                raise EngineError(
                    f"{self.failed_in_a_row} questions in a row failed, the last with: {error}. "
                    "Answers written before are kept; once the cause is gone, run the same "
                    "command again to continue"
                ) from error
            return _failed(question, str(error))
        self.failed_in_a_row = 0
        return answer

    def _call(self, questions: Sequence[Question]) -> list[Answer]:
        asked = [self._prompt(question) for question in questions]
        if self.spec.sampling is None:
            continuations = [prompts.letter_continuations(question) for question in questions]
            scores = self.engine.score_options(asked, continuations, self.spec.variant)
            return [_scored(*pair) for pair in zip(questions, scores, strict=True)]
        generations = self.engine.generate(asked, self.spec.sampling, self.spec.variant)
        return [_generated(*pair) for pair in zip(questions, generations, strict=True)]

    def _prompt(self, question: Question) -> Prompt:
        return prompts.mcqa_prompt(
            question,
            self.spec.prompt_style,
            self.examples,
            letter_next=self.spec.method == "loglik",
        )


def _scored(question: Question, logprobs: tuple[float, ...]) -> Answer:
    """The most likely letter; of equally likely ones the first."""
    if not all(map(math.isfinite, logprobs)):
        return _failed(question, f"the engine returned log-likelihoods without value: {logprobs}")
    best = max(range(len(logprobs)), key=logprobs.__getitem__)
    bounded = "".join(
        letter
        for letter, logprob in zip(question.letters, logprobs, strict=True)
        if isinstance(logprob, UpperBound)
    )
    return _answer(
        question, letter=question.letters[best], option_logprobs=logprobs, bounded=bounded
    )


def _generated(question: Question, generation: Generation) -> Answer:
    """The letter that the text names, or why none could be read."""
    truncated = generation.finish_reason == "length"
    extraction = extract_letter(generation.text, question, truncated=truncated)
    return _answer(
        question, letter=extraction.letter, unparsed=extraction.reason, **generation.model_dump()
    )


def _failed(question: Question, reason: str) -> Answer:
    return _answer(question, failure=reason or "the engine gave no reason")


def _answer(question: Question, **outcome: Any) -> Answer:
    return Answer(
        question_id=question.id,
        question_hash=question.hash,
        right=question.answer,
        cluster=question.cluster,
        **outcome,
    )
