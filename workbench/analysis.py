"""One run, looked at from all sides: how right, how sure of it, how biased, in which language.

A failed call is no answer and counts nowhere but in `failed`. An answer that could not be read is
wrong. Every share comes with what it rests on.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from workbench.errors import InputError, StoreError
from workbench.questions.rotation import rotation_groups
from workbench.schema import LETTERS, Answer, Question, QuestionSet, Record, Run, UnparsedReason
from workbench.stats import (
    Interval,
    ReliabilityBin,
    brier_score,
    chance_adjusted,
    clustered_interval,
    expected_calibration_error,
    option_probabilities,
    recall_spread,
    reliability,
)

K = TypeVar("K", str, int)

# CJK ideographs: the unified block, extension A, compatibility, and the planes beyond the first.
_HANJA = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


class Share(Record):
    """`count` of `n`, with a 95 % interval; `share` and `interval` are None where n is 0.

    The interval is Wilson's, and where there are fewer `clusters` than n it is the one of
    `stats.clustered_interval`, which questions from one source make wider.
    """

    n: int
    count: int
    share: float | None
    interval: Interval | None
    clusters: int


class Accuracy(Share):
    """The share of right answers, beside the one that guessing is expected to reach.

    `adjusted` is the share on a scale where guessing is 0 and all right is 1.
    """

    chance: float | None
    adjusted: float | None


class LetterRecall(Record):
    """One letter: `n` times it was right, `recalled` of them chosen; `recall` is None where n is 0.

    `offered` counts the questions that have this letter, `chosen` the answers that name it.
    """

    n: int
    recalled: int
    recall: float | None
    offered: int
    chosen: int


class PositionBias(Record):
    """Whether it matters where the right option stands: see `stats.recall_spread`.

    `spread` is over the letters that are right at least once; `spread_by_chance` is what a model
    without any preference is expected to show over these questions.
    """

    letters: dict[str, LetterRecall]
    spread: float
    spread_by_chance: float


class Rotation(Record):
    """What cyclic rotations of the options show, over originals answered in all of theirs.

    `circular` counts an original as right only if it was in every rotation; its chance is the mean
    of (1/k)^k. `consistent` counts those for which the same option was chosen in every rotation,
    right or wrong. `excluded` originals had a failed call.
    """

    circular: Accuracy
    consistent: Share
    excluded: int


class Calibration(Record):
    """Whether the probabilities of the options, among those offered, deserve belief.

    The confidence of an answer is the largest of them. Of `brier`, 0 is perfect, and
    `brier_by_chance` is what equal probabilities would score.
    """

    n: int
    ece: float
    brier: float
    brier_by_chance: float
    bins: tuple[ReliabilityBin, ...]


class HanjaUse(Record):
    """Chinese characters in answers that should be Korean, over answers that have a text.

    `characters` of `letters` (of any script) are Chinese; `answers` counts those with at least one.
    """

    characters: int
    letters: int
    share: float | None
    answers: Share


class Throughput(Record):
    """How fast the run was. `measured` seconds were spent on it; others lie between its first and
    its last moment, and any interruption is in them."""

    seconds: float
    measured: bool
    answers_per_second: float
    tokens_per_second: float | None  # of answers' tokens; None where none were generated


class RunAnalysis(Record):
    """Everything that is said about one finished run.

    The groups are empty where no question of the set has such a property; questions without it
    then stand under ''. `rotation` is for sets of rotations, `calibration` for answers that come
    with likelihoods, `hanja` for answers with a text; None elsewhere. `position_bias` is None where
    every call failed. `truncated` answers ended at the token limit, parsed or not.
    """

    run: Run
    accuracy: Accuracy
    by_category: dict[str, Accuracy]
    by_area: dict[str, Accuracy]
    by_difficulty: dict[str, Accuracy]
    by_options: dict[int, Accuracy]
    position_bias: PositionBias | None
    rotation: Rotation | None
    calibration: Calibration | None
    hanja: HanjaUse | None
    unparsed: dict[UnparsedReason, int]
    truncated: int
    failed: int
    throughput: Throughput | None


class _Reply(NamedTuple):
    """An answer beside its question."""

    question: Question
    answer: Answer


def analyse_run(
    run: Run,
    answers: Sequence[Answer],
    question_set: QuestionSet,
    *,
    seconds: float | None = None,
) -> RunAnalysis:
    """Look at a finished run; `seconds` is the time spent on it, where somebody measured it.

    Raises InputError where the run is not finished or is not over these questions, StoreError where
    its answers cannot be answers to them.
    """
    check_answers(run, answers, question_set)
    counted = [
        _Reply(question, answer)
        for question, answer in zip(question_set.questions, answers, strict=True)
        if answer.failure is None
    ]
    unparsed = Counter(answer.unparsed for _, answer in counted if answer.unparsed)
    return RunAnalysis(
        run=run,
        accuracy=_accuracy(counted),
        by_category=_named_groups(counted, lambda question: question.category),
        by_area=_named_groups(counted, lambda question: question.area),
        by_difficulty=_named_groups(counted, lambda question: question.difficulty or ""),
        by_options=_groups(counted, lambda question: len(question.options)),
        position_bias=_position_bias(counted),
        rotation=_rotation(question_set.questions, answers),
        calibration=_calibration(counted),
        hanja=_hanja_use(counted),
        unparsed=dict(sorted(unparsed.items())),
        truncated=sum(answer.finish_reason == "length" for _, answer in counted),
        failed=len(answers) - len(counted),
        throughput=_throughput(run, answers, seconds),
    )


def accuracy_of_run(run: Run, answers: Sequence[Answer], question_set: QuestionSet) -> Accuracy:
    """The accuracy alone, for many runs at once; refuses what `analyse_run` refuses."""
    check_answers(run, answers, question_set)
    pairs = zip(question_set.questions, answers, strict=True)
    return _accuracy([_Reply(*pair) for pair in pairs if pair[1].failure is None])


def check_answers(run: Run, answers: Sequence[Answer], question_set: QuestionSet) -> None:
    """Raise unless the run is finished and `answers` are answers to these questions, in order."""
    if run.status != "finished":
        raise InputError(
            f"run {run.id} is not finished ({len(answers)} of {run.spec.n_questions} answers), and "
            "the longest questions come first, so what is there says little about the rest; "
            "continue it with the command that began it"
        )
    questions = question_set.questions
    if run.spec.question_set_hash != question_set.hash or len(answers) != len(questions):
        raise InputError(
            f"run {run.id} has {len(answers)} answers to question set "
            f"{run.spec.question_set_hash[:16]}, and '{question_set.name}' is "
            f"{question_set.hash[:16]} with {len(questions)} questions; give the questions that "
            "the run answered"
        )
    for question, answer in zip(questions, answers, strict=True):
        if fault := _answer_fault(question, answer):
            raise StoreError(
                f"run {run.id}, question '{question.id}': {fault}; the run was edited by hand or "
                "damaged, evaluate or import it again"
            )


def _answer_fault(question: Question, answer: Answer) -> str:
    """Why this cannot be an answer to the question, or ''."""
    if answer.question_hash != question.hash:
        return f"its answer is one to '{answer.question_id}', or to another wording"
    if answer.right != question.answer:
        return f"its answer takes '{answer.right}' as right and the question '{question.answer}'"
    if answer.letter is not None and answer.letter not in question.letters:
        return f"its answer is '{answer.letter}', and it offers {', '.join(question.letters)}"
    logprobs = answer.option_logprobs
    if logprobs is not None and len(logprobs) != len(question.options):
        return f"its answer has {len(logprobs)} likelihoods for {len(question.options)} options"
    if logprobs is not None and not all(map(math.isfinite, logprobs)):
        return f"its answer has likelihoods without value, {logprobs}"
    return ""


# ── shares ───────────────────────────────────────────────────────────────────────────────────


def _accuracy(counted: Sequence[_Reply]) -> Accuracy:
    return _accuracy_of(
        [answer.correct for _, answer in counted],
        [question.cluster for question, _ in counted],
        [1 / len(question.options) for question, _ in counted],
    )


def _accuracy_of(
    outcomes: Sequence[bool], clusters: Sequence[str], guesses: Sequence[float]
) -> Accuracy:
    """`guesses` hold each question's probability of being right by guessing."""
    share = share_of(outcomes, clusters)
    chance = sum(guesses) / len(guesses) if guesses else None
    adjusted = None
    if share.share is not None and chance is not None:
        adjusted = chance_adjusted(share.share, chance)
    return Accuracy(**dict(share), chance=chance, adjusted=adjusted)


def share_of(outcomes: Sequence[bool], clusters: Sequence[str]) -> Share:
    """How many of the outcomes are true; `clusters` holds what each of them depends on."""
    n, count = len(outcomes), sum(outcomes)
    return Share(
        n=n,
        count=count,
        share=count / n if n else None,
        interval=clustered_interval(outcomes, clusters) if n else None,
        clusters=len(set(clusters)),
    )


def _named_groups(
    counted: Sequence[_Reply], name: Callable[[Question], str]
) -> dict[str, Accuracy]:
    groups = _groups(counted, name)
    return groups if any(groups) else {}


def _groups(counted: Sequence[_Reply], key: Callable[[Question], K]) -> dict[K, Accuracy]:
    members: dict[K, list[_Reply]] = {}
    for reply in counted:
        members.setdefault(key(reply.question), []).append(reply)
    return {group: _accuracy(members[group]) for group in sorted(members)}


# ── positions ────────────────────────────────────────────────────────────────────────────────


def _position_bias(counted: Sequence[_Reply]) -> PositionBias | None:
    if not counted:
        return None
    right = Counter(question.answer for question, _ in counted)
    recalled = Counter(question.answer for question, answer in counted if answer.correct)
    chosen = Counter(answer.letter for _, answer in counted)
    offered = Counter(letter for question, _ in counted for letter in question.letters)
    letters = {
        letter: LetterRecall(
            n=right[letter],
            recalled=recalled[letter],
            recall=recalled[letter] / right[letter] if right[letter] else None,
            offered=offered[letter],
            chosen=chosen[letter],
        )
        for letter in LETTERS
        if offered[letter]
    }
    asked = [each for each in letters.values() if each.n]
    spread = recall_spread([each.recalled for each in asked], [each.n for each in asked])
    return PositionBias(letters=letters, spread=spread.observed, spread_by_chance=spread.by_chance)


def _rotation(questions: Sequence[Question], answers: Sequence[Answer]) -> Rotation | None:
    groups = [
        [_Reply(questions[ordinal], answers[ordinal]) for ordinal in ordinals]
        for ordinals in rotation_groups(questions)
    ]
    if not groups:
        return None
    whole = [group for group in groups if all(answer.failure is None for _, answer in group)]
    clusters = [group[0].question.cluster for group in whole]
    return Rotation(
        circular=_accuracy_of(
            [all(answer.correct for _, answer in group) for group in whole],
            clusters,
            [len(group) ** -len(group) for group in whole],
        ),
        consistent=share_of([_is_consistent(group) for group in whole], clusters),
        excluded=len(groups) - len(whole),
    )


def _is_consistent(group: Sequence[_Reply]) -> bool:
    """Whether one option was chosen throughout; an answer that names none agrees with nothing."""
    chosen = {
        answer.letter and question.options[question.letters.index(answer.letter)]
        for question, answer in group
    }
    return len(chosen) == 1 and None not in chosen


# ── probabilities ────────────────────────────────────────────────────────────────────────────


def _calibration(counted: Sequence[_Reply]) -> Calibration | None:
    scored = [
        (question, answer.correct, answer.option_logprobs)
        for question, answer in counted
        if answer.option_logprobs is not None
    ]
    if not scored:
        return None
    probabilities = option_probabilities([logprobs for _, _, logprobs in scored])
    right = [question.letters.index(question.answer) for question, _, _ in scored]
    bins = reliability(probabilities.max(axis=1), [correct for _, correct, _ in scored])
    guessed = [1 - 1 / len(question.options) for question, _, _ in scored]
    return Calibration(
        n=len(scored),
        ece=expected_calibration_error(bins),
        brier=brier_score(probabilities, right),
        brier_by_chance=sum(guessed) / len(guessed),
        bins=bins,
    )


# ── language and time ────────────────────────────────────────────────────────────────────────


def count_hanja(text: str) -> int:
    """Chinese characters in a text. A Korean answer has few; a base that slips has many.

    >>> count_hanja("株式을 파는 공매도")
    2
    """
    return len(_HANJA.findall(text))


def _hanja_use(counted: Sequence[_Reply]) -> HanjaUse | None:
    told = [
        (question.cluster, answer.text) for question, answer in counted if answer.text is not None
    ]
    if not told:
        return None
    found = [count_hanja(text) for _, text in told]
    letters = sum(sum(map(str.isalpha, text)) for _, text in told)
    return HanjaUse(
        characters=sum(found),
        letters=letters,
        share=sum(found) / letters if letters else None,
        answers=share_of([count > 0 for count in found], [cluster for cluster, _ in told]),
    )


def _throughput(run: Run, answers: Sequence[Answer], seconds: float | None) -> Throughput | None:
    """None where no time is known; a run that was imported whole began and ended in one moment."""
    measured = seconds is not None
    if seconds is None and run.finished is not None:
        seconds = (run.finished - run.created).total_seconds()
    if not seconds or seconds < 0:
        return None
    tokens = sum(answer.completion_tokens for answer in answers)
    return Throughput(
        seconds=seconds,
        measured=measured,
        answers_per_second=len(answers) / seconds,
        tokens_per_second=tokens / seconds if tokens else None,
    )
