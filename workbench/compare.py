"""Two runs over the same questions: what differs, and whether that could be chance.

Side a and side b may be different models; that is the comparison. What is asked must be the same to
the last character, and how it is asked too, unless the caller names that as what is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, get_args

from workbench import prompts
from workbench.analysis import RunAnalysis, analyse_run
from workbench.errors import InputError, UnknownNameError
from workbench.schema import Answer, Question, QuestionSet, Record, Run, RunSpec, Sampling
from workbench.stats import (
    ALPHA,
    Interval,
    bootstrap_interval,
    design_effect,
    detectable_difference,
    holm,
    mcnemar_exact,
    sign_flip_test,
)
from workbench.store import Store

Verdict = Literal["a better", "b better", "no difference seen"]
ConditionField = Literal[
    "method", "sampling", "extraction_version", "prompt_style", "prompt_format", "shots"
]
CONDITION_FIELDS: tuple[ConditionField, ...] = get_args(ConditionField)
_ENGINE_FIELDS = ("engine", "version", "device", "dtype", "context_length", "loading")


class PairedResult(Record):
    """Side b against side a, question by question.

    `difference` is accuracy(b) − accuracy(a) over the `n` questions that both sides answered, None
    where n is 0. `mcnemar_p` and `interval` take questions as independent. `sign_flip_p` and
    `clustered_interval` let questions of one cluster (made from the same term or document) stand or
    fall together, and are the ones to read; with as many `clusters` as questions they are the same.
    Intervals are seeded bootstraps at 95 %, None where resampling cannot show any variation.

    `detectable` is the smallest difference that this many questions, of which this share is
    discordant, show with power 0.8 at alpha 0.05; None where they are too few for any. It counts
    `effective_n` questions: n over the design effect of the differences.
    """

    n: int
    excluded: int  # questions whose call failed on either side
    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    difference: float | None
    interval: Interval | None
    clustered_interval: Interval | None
    mcnemar_p: float
    sign_flip_p: float
    clusters: int
    effective_n: int
    detectable: float | None


class GroupResult(Record):
    """One category or area; `holm_p` is its sign-flip p adjusted for all groups of its kind, and
    the verdict is drawn from it."""

    paired: PairedResult
    holm_p: float
    verdict: Verdict


class FieldDifference(Record):
    """A field of two runs' specs that is not the same, in words."""

    field: str
    a: str
    b: str


class QuestionName(Record):
    id: str
    hash: str


class QuestionsByOutcome(Record):
    """Every question of the set in one of five lists, each in the set's order."""

    both_right: tuple[QuestionName, ...]
    only_a: tuple[QuestionName, ...]
    only_b: tuple[QuestionName, ...]
    both_wrong: tuple[QuestionName, ...]
    excluded: tuple[QuestionName, ...]  # the call failed on either side


class Comparison(Record):
    """Everything that is said about a pair of runs.

    `verdict` is drawn from `paired.sign_flip_p` at alpha 0.05. `varied` are the conditions that
    differ because they are what is compared; `caveats` are other differences of the two runs that
    could move a score and are not the model.
    """

    a: RunAnalysis
    b: RunAnalysis
    question_set: str
    question_set_hash: str
    varied: tuple[FieldDifference, ...]
    caveats: tuple[FieldDifference, ...]
    paired: PairedResult
    verdict: Verdict
    by_category: dict[str, GroupResult]
    by_area: dict[str, GroupResult]
    questions: QuestionsByOutcome


class Side(NamedTuple):
    """A run with all its answers, in question order."""

    run: Run
    answers: Sequence[Answer]


class _Pair(NamedTuple):
    """One question as both sides answered it."""

    question: Question
    a: Answer
    b: Answer

    @property
    def counts(self) -> bool:
        return self.a.failure is None and self.b.failure is None


# ── whole runs ───────────────────────────────────────────────────────────────────────────────


def compare_runs(
    store: Store, run_a: str, run_b: str, *, varying: Sequence[str] = ()
) -> Comparison:
    """Compare two finished runs of the store by their ids; `varying` is as in `check_alike`.

    Raises UnknownNameError for ids that the store does not have, InputError for runs that may not
    be compared, StoreError for answers that cannot be answers to their questions.
    """
    a, b = store.run(run_a), store.run(run_b)
    check_alike(a, b, varying)  # before a hundred thousand answers are read
    question_set = store.questions(a.spec.question_set_hash)
    sides = (Side(a, store.answers(a.id)), Side(b, store.answers(b.id)))
    return compare_sides(*sides, question_set, varying=varying)


def compare_sides(
    a: Side, b: Side, question_set: QuestionSet, *, varying: Sequence[str] = ()
) -> Comparison:
    """The same for runs that are at hand."""
    check_alike(a.run, b.run, varying)
    analyses = [analyse_run(side.run, side.answers, question_set) for side in (a, b)]
    pairs = list(map(_Pair, question_set.questions, a.answers, b.answers))
    paired = _paired_result(pairs)
    return Comparison(
        a=analyses[0],
        b=analyses[1],
        question_set=question_set.name,
        question_set_hash=question_set.hash,
        varied=differing_conditions(a.run.spec, b.run.spec),
        caveats=caveats(a.run.spec, b.run.spec),
        paired=paired,
        verdict=verdict_at(paired, paired.sign_flip_p),
        by_category=_groups(pairs, lambda question: question.category),
        by_area=_groups(pairs, lambda question: question.area),
        questions=_by_outcome(pairs),
    )


def compare_over(
    question_set: QuestionSet, a: Sequence[Answer], b: Sequence[Answer]
) -> PairedResult:
    """The paired result alone, of answers that `analysis.check_answers` found to be those to the
    questions: clusters are the questions' own, as in `compare_sides`."""
    return _paired_result(list(map(_Pair, question_set.questions, a, b)))


def compare_answers(a: Sequence[Answer], b: Sequence[Answer]) -> PairedResult:
    """Pair the answers of two runs, both in the order of their common question set.

    Raises InputError where they did not answer the same questions.
    """
    _check_same_questions(a, b)
    counted = [
        (left, right)
        for left, right in zip(a, b, strict=True)
        if left.failure is None and right.failure is None
    ]
    return _result(
        [(left.correct, right.correct) for left, right in counted],
        [left.cluster for left, _ in counted],
        excluded=len(a) - len(counted),
    )


# ── what may be compared ─────────────────────────────────────────────────────────────────────


def check_alike(a: Run, b: Run, varying: Sequence[str] = ()) -> None:
    """Raise InputError, with the fields that differ, where the runs may not be compared.

    Both must be finished and over the same questions, and agree in all CONDITION_FIELDS but those
    named in `varying`, which are then what is compared. A method brings its sampling and its
    extraction along, a prompt style its format. Raises UnknownNameError for any other name.
    """
    for name in varying:
        if name not in CONDITION_FIELDS:
            raise UnknownNameError("condition", name, CONDITION_FIELDS)
    refused = f"runs {a.id} and {b.id} cannot be compared"
    if a.id == b.id:
        raise InputError(f"run {a.id} cannot be compared with itself; give two runs")
    for run in (a, b):
        if run.status != "finished":
            raise InputError(
                f"{refused}: {run.id} is not finished; continue it with the command that began it"
            )
    if a.spec.question_set_hash != b.spec.question_set_hash:
        raise InputError(
            f"{refused}: question_set_hash is {_set_name(a.spec)} in one and {_set_name(b.spec)} "
            "in the other; put the same questions to both"
        )
    unlike = [each for each in differing_conditions(a.spec, b.spec) if each.field not in varying]
    if unlike:
        listed = ", ".join(f"{each.field} ({each.a} against {each.b})" for each in unlike)
        names = ", ".join(each.field for each in unlike)
        raise InputError(
            f"{refused}: they differ in {listed}; compare runs made alike, or, where this is what "
            f"is compared, name it as varying: {names}"
        )


def differing_conditions(a: RunSpec, b: RunSpec) -> tuple[FieldDifference, ...]:
    """The CONDITION_FIELDS in which two runs differ, each told once."""
    found: list[tuple[ConditionField, str, str]] = [("method", a.method, b.method)]
    if a.method == b.method:
        found += [
            ("sampling", *_differing_sampling(a.sampling, b.sampling)),
            ("extraction_version", str(a.extraction_version), str(b.extraction_version)),
        ]
    found.append(("prompt_style", a.prompt_style, b.prompt_style))
    if a.prompt_style == b.prompt_style:
        found.append(("prompt_format", a.prompt_format, b.prompt_format))
    if a.prompt_hash != b.prompt_hash:  # which covers the examples as well as the format
        found.append(("shots", _shots(a), _shots(b)))
    return tuple(FieldDifference(field=field, a=x, b=y) for field, x, y in found if x != y)


def caveats(a: RunSpec, b: RunSpec) -> tuple[FieldDifference, ...]:
    """What differs besides conditions and models and can still move a score a little."""
    rows = [
        *((field, getattr(a.engine, field), getattr(b.engine, field)) for field in _ENGINE_FIELDS),
        ("batch_size", a.batch_size, b.batch_size),  # padding moves a half-precision score
        *(
            (f"packages.{name}", a.packages.get(name, "none"), b.packages.get(name, "none"))
            for name in sorted(a.packages.keys() | b.packages.keys())
        ),
    ]
    return tuple(FieldDifference(field=field, a=str(x), b=str(y)) for field, x, y in rows if x != y)


def _differing_sampling(a: Sampling | None, b: Sampling | None) -> tuple[str, str]:
    """The fields in which they differ: ('max_tokens=256', 'max_tokens=128')."""
    if a is None or b is None:
        return str(a), str(b)
    differing = [field for field in Sampling.model_fields if getattr(a, field) != getattr(b, field)]
    left, right = (
        ", ".join(f"{field}={getattr(side, field)}" for field in differing) for side in (a, b)
    )
    return left, right


def _shots(spec: RunSpec) -> str:
    """Which examples stand before each question: 'none', '5 (0a1b…)'.

    Of a prompt that is not ours, and of a run from before examples were recorded, only the hash of
    the whole prompt tells, and such examples count as different from all of another style.
    """
    if spec.examples_hash:
        return f"{spec.shots} ({spec.examples_hash[:16]})"
    prompt = f"prompt {spec.prompt_hash[:16]}"
    if spec.prompt_format != prompts.format_name(spec.prompt_style, "mcqa"):
        return f"unknown: {prompt} of {spec.prompt_format}"
    if spec.prompt_hash == prompts.format_hash(spec.prompt_style, "mcqa"):
        return "none"
    return f"those of {prompt}"


def _set_name(spec: RunSpec) -> str:
    return f"{spec.question_set_hash[:16]} ('{spec.question_set}', {spec.n_questions} questions)"


def _check_same_questions(a: Sequence[Answer], b: Sequence[Answer]) -> None:
    if len(a) != len(b):
        raise InputError(
            f"one side answered {len(a)} questions and the other {len(b)}; "
            "compare finished runs over the same question set"
        )
    for place, (left, right) in enumerate(zip(a, b, strict=True), start=1):
        if left.question_hash != right.question_hash:
            raise InputError(
                f"question {place} is '{left.question_id}' on one side and '{right.question_id}' "
                "on the other, or its wording differs; compare runs over the same question set"
            )


# ── pairing ──────────────────────────────────────────────────────────────────────────────────


def _paired_result(pairs: Sequence[_Pair]) -> PairedResult:
    counted = [pair for pair in pairs if pair.counts]
    return _result(
        [(pair.a.correct, pair.b.correct) for pair in counted],
        [pair.question.cluster for pair in counted],
        excluded=len(pairs) - len(counted),
    )


def _result(
    outcomes: Sequence[tuple[bool, bool]], clusters: Sequence[str], excluded: int
) -> PairedResult:
    """`outcomes` hold, for each question, whether a and whether b was right."""
    n = len(outcomes)
    differences = [right - left for left, right in outcomes]
    both_right = sum(left and right for left, right in outcomes)
    only_a, only_b = differences.count(-1), differences.count(1)
    flipped = sign_flip_test(differences, clusters)
    effective_n = _effective_n(differences, clusters)
    discordance = (only_a + only_b) / n if n else 0.0
    return PairedResult(
        n=n,
        excluded=excluded,
        both_right=both_right,
        only_a=only_a,
        only_b=only_b,
        both_wrong=n - both_right - only_a - only_b,
        difference=(only_b - only_a) / n if n else None,
        interval=bootstrap_interval(differences, range(n)),
        clustered_interval=bootstrap_interval(differences, clusters),
        mcnemar_p=mcnemar_exact(only_a, only_b),
        sign_flip_p=flipped.p_value,
        clusters=flipped.clusters,
        effective_n=effective_n,
        detectable=detectable_difference(effective_n, discordance),
    )


def _effective_n(differences: Sequence[int], clusters: Sequence[str]) -> int:
    """How many independent questions say as much as these; a single cluster is one."""
    if len(set(clusters)) == 1:
        return 1
    return int(len(differences) / design_effect(differences, clusters)) if differences else 0


def _groups(pairs: Sequence[_Pair], name: Callable[[Question], str]) -> dict[str, GroupResult]:
    """Results by group, those without a name under ''; empty where no question has one."""
    members: dict[str, list[_Pair]] = {}
    for pair in pairs:
        members.setdefault(name(pair.question), []).append(pair)
    if not any(members):
        return {}
    results = {group: _paired_result(members[group]) for group in sorted(members)}
    adjusted = holm([paired.sign_flip_p for paired in results.values()])
    return {
        group: GroupResult(paired=paired, holm_p=p, verdict=verdict_at(paired, p))
        for (group, paired), p in zip(results.items(), adjusted, strict=True)
    }


def verdict_at(paired: PairedResult, p: float) -> Verdict:
    """What a paired result says at alpha 0.05, by a p-value that may be an adjusted one."""
    if not paired.difference or p >= ALPHA:
        return "no difference seen"
    return "b better" if paired.difference > 0 else "a better"


def _by_outcome(pairs: Sequence[_Pair]) -> QuestionsByOutcome:
    lists: dict[tuple[bool, bool] | None, list[QuestionName]] = {}
    for pair in pairs:
        outcome = (pair.a.correct, pair.b.correct) if pair.counts else None
        name = QuestionName(id=pair.question.id, hash=pair.question.hash)
        lists.setdefault(outcome, []).append(name)
    return QuestionsByOutcome(
        both_right=tuple(lists.get((True, True), ())),
        only_a=tuple(lists.get((True, False), ())),
        only_b=tuple(lists.get((False, True), ())),
        both_wrong=tuple(lists.get((False, False), ())),
        excluded=tuple(lists.get(None, ())),
    )
