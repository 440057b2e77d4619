"""What the votes of one judge say about a pair, and how far the judge may be believed."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, get_args

from pydantic import ValidationError

from workbench.analysis import Share, share_of
from workbench.compare import Verdict
from workbench.errors import StoreError
from workbench.judge.plan import JUDGE_PREFIX, JudgingSpec
from workbench.judge.verdict import Judgement, Preference
from workbench.schema import OpenQuestionSet, Record, Vote, canonical_hash
from workbench.stats import ALPHA, sign_flip_test

Lapse = Literal["unparsed", "truncated", "failed"]  # why a question has no vote
PREFERENCES: tuple[Preference, ...] = get_args(Preference)
_FAVOURS: dict[Preference, int] = {"a": -1, "tie": 0, "b": 1}
_MIRRORED: dict[Preference, Preference] = {"a": "b", "b": "a", "tie": "tie"}


class Agreement(Record):
    """A judge beside people who voted on the same answers to the same question.

    `agreed` counts people's votes; those on one pair form a cluster. 'Both bad' is a tie here,
    because a judge is not offered it. `kappa` is Cohen's over a, b and tie, None where people and
    judge only ever said one and the same, which leaves nothing beyond chance to be seen.
    """

    agreed: Share
    kappa: float | None


class JudgeSummary(Record):
    """What the votes of one judge say about a pair.

    Of the `questions`, `votes` have one. On the others the judge's replies name no verdict
    (`unparsed`; `truncated` of them were cut off at the token limit) or a call `failed`; the next
    call asks them again. `truncated_a` and `truncated_b` count answers among the votes that were
    cut off, which a judge will hold against them.

    `win_share` is side b's share of the pairs that are no tie; with the sign test's `p_value` it
    carries the `verdict`, at alpha 0.05. Both are the exact sign test and Wilson's interval where
    questions are independent, and let those from one source stand or fall together otherwise.

    `disagreement` counts pairs that the two orders judge differently. `first_shown` is the share of
    winners, over all rulings that name one, that had been shown first: 0.5 for a judge to whom
    place means nothing, and `first_shown_p` tests that.
    """

    spec: JudgingSpec
    question_set: str
    question_set_hash: str
    voter: str
    side_a: str
    side_b: str
    questions: int
    votes: int
    a_wins: int
    b_wins: int
    ties: int
    unparsed: int
    truncated: int
    failed: int
    truncated_a: int
    truncated_b: int
    win_share: Share
    p_value: float
    verdict: Verdict
    disagreement: Share
    first_shown: Share
    first_shown_p: float
    agreement: Agreement | None
    voted_now: int = 0
    seconds: float = 0.0


class _Cast(NamedTuple):
    """A vote on a question of `cluster`, with the choice and the rulings that it stands for."""

    vote: Vote
    choice: Preference
    judgement: Judgement
    cluster: str


def summarise_judging(
    spec: JudgingSpec,
    question_set: OpenQuestionSet,
    votes: Sequence[Vote],
    lapses: Mapping[Lapse, int],
) -> JudgeSummary:
    """Sum up those of `votes` that this judging cast; the others are looked through for people's.

    `lapses` counts questions without a vote, which leave no trace in the store. Raises StoreError
    for a vote that was not written by `run_judging`.
    """
    cast = _votes_cast(spec, question_set, votes)
    choices = Counter(each.choice for each in cast)
    clusters = [each.cluster for each in cast]
    tested = sign_flip_test([_FAVOURS[each.choice] for each in cast], clusters)
    decided = [each for each in cast if each.choice != "tie"]
    won = [(first, each.cluster) for each in cast for first in each.judgement.first_won]
    preferences = [sum(1 if first else -1 for first in each.judgement.first_won) for each in cast]
    return JudgeSummary(
        spec=spec,
        question_set=question_set.name,
        question_set_hash=question_set.hash,
        voter=spec.voter,
        side_a=spec.sides[0],
        side_b=spec.sides[1],
        questions=len(question_set.questions),
        votes=len(cast),
        a_wins=choices["a"],
        b_wins=choices["b"],
        ties=choices["tie"],
        unparsed=lapses.get("unparsed", 0) + lapses.get("truncated", 0),
        truncated=lapses.get("truncated", 0),
        failed=lapses.get("failed", 0),
        truncated_a=sum(each.judgement.truncated_a for each in cast),
        truncated_b=sum(each.judgement.truncated_b for each in cast),
        win_share=share_of(
            [each.choice == "b" for each in decided], [each.cluster for each in decided]
        ),
        p_value=tested.p_value,
        verdict=_verdict(choices["b"] - choices["a"], tested.p_value),
        disagreement=share_of([not each.judgement.orders_agree for each in cast], clusters),
        first_shown=share_of([first for first, _ in won], [cluster for _, cluster in won]),
        first_shown_p=sign_flip_test(preferences, clusters).p_value,
        agreement=agreement_with_people([each.vote for each in cast], votes),
    )


def agreement_with_people(judged: Sequence[Vote], votes: Sequence[Vote]) -> Agreement | None:
    """How far a judge's votes agree with those of `votes` that people gave to the same answers.

    It does not matter which answer was called a. None where people voted on none of them.
    """
    ours: dict[tuple[str, ...], Preference] = {}
    for vote in judged:
        ours[_shown(vote.question, vote.answer_b, vote.answer_a)] = _MIRRORED[_preference(vote)]
        ours[_shown(vote.question, vote.answer_a, vote.answer_b)] = _preference(vote)
    both = [
        (ours[shown], _preference(vote), shown)
        for vote in votes
        if not vote.voter.startswith(JUDGE_PREFIX)
        and (shown := _shown(vote.question, vote.answer_a, vote.answer_b)) in ours
    ]
    if not both:
        return None
    return Agreement(
        agreed=share_of(
            [judge == person for judge, person, _ in both],
            [canonical_hash([question, *sorted(answers)]) for *_, (question, *answers) in both],
        ),
        kappa=_cohens_kappa([(judge, person) for judge, person, _ in both]),
    )


def _votes_cast(
    spec: JudgingSpec, question_set: OpenQuestionSet, votes: Sequence[Vote]
) -> list[_Cast]:
    """The votes of this judging in question order."""
    by_id = {vote.id: vote for vote in votes}
    found = []
    for question in question_set.questions:
        if vote := by_id.get(spec.vote_id(question)):
            judgement = _judgement_of(vote)
            found.append(_Cast(vote, _preference(vote), judgement, question.cluster))
    return found


def _judgement_of(vote: Vote) -> Judgement:
    try:
        judgement = Judgement.model_validate_json(vote.reason)
    except ValidationError:
        judgement = None
    if judgement is None or judgement.choice != vote.choice:
        raise StoreError(
            f"vote {vote.id} of {vote.voter} does not hold the judgement that it stands for; it "
            "was edited by hand, judge into another store"
        )
    return judgement


def _preference(vote: Vote) -> Preference:
    return "tie" if vote.choice == "both_bad" else vote.choice


def _shown(question: str, answer_a: str, answer_b: str) -> tuple[str, ...]:
    """The texts as a reader sees them: a screen and a file may differ in form and in spaces."""
    return tuple(
        unicodedata.normalize("NFC", text).strip() for text in (question, answer_a, answer_b)
    )


def _cohens_kappa(pairs: Sequence[tuple[Preference, Preference]]) -> float | None:
    if len({preference for pair in pairs for preference in pair}) < 2:
        return None
    from statsmodels.stats.inter_rater import cohens_kappa

    counts = Counter(pairs)
    table = [[counts[judge, person] for person in PREFERENCES] for judge in PREFERENCES]
    return float(cohens_kappa(table, return_results=False))


def _verdict(lead_of_b: int, p: float) -> Verdict:
    if not lead_of_b or p >= ALPHA:
        return "no difference seen"
    return "b better" if lead_of_b > 0 else "a better"
