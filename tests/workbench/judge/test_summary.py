"""What votes amount to: wins, position bias, and agreement with people."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import pytest
from scipy.stats import binomtest
from statsmodels.stats.inter_rater import cohens_kappa

from tests.workbench.judge.court import STYLES, question_set_of
from tests.workbench.records import vote_of
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import StoreError
from workbench.judge import JudgeSummary, JudgingSpec, plan_judging
from workbench.judge.summary import agreement_with_people, summarise_judging
from workbench.judge.verdict import Judgement, Preference, Ruling
from workbench.schema import OpenQuestionSet, Vote, VoteChoice

SPEC: JudgingSpec = plan_judging(ScriptedEngine().info, ScriptedEngine().info, styles=STYLES)
Orders = tuple[Preference, Preference]  # with a first, with b first
FOR_A, FOR_B, TIE, FIRST, SECOND = ("a", "a"), ("b", "b"), ("tie", "tie"), ("a", "b"), ("b", "a")


def vote_on(number: int, orders: Orders, truncated_a: bool = False) -> Vote:
    a_first, b_first = (Ruling(choice=each, reply="", truncated=False) for each in orders)
    judgement = Judgement(
        a_first=a_first, b_first=b_first, truncated_a=truncated_a, truncated_b=False
    )
    question = question_set_of(number + 1).questions[number]
    return vote_of(number).model_copy(
        update={
            "id": SPEC.vote_id(question),
            "voter": SPEC.voter,
            "choice": judgement.choice,
            "reason": judgement.model_dump_json(),
        }
    )


def summarised(orders: Sequence[Orders], topics: int | None = None) -> JudgeSummary:
    """Votes on as many questions, made from `topics` terms in turn."""
    question_set = question_set_of(max(1, len(orders)))
    if topics:
        clustered = (
            question.model_copy(update={"reference_id": f"term{number % topics}"})
            for number, question in enumerate(question_set.questions)
        )
        question_set = OpenQuestionSet(name="open", questions=tuple(clustered))
    votes = [vote_on(number, each) for number, each in enumerate(orders)]
    return summarise_judging(SPEC, question_set, votes, {})


# ── wins ─────────────────────────────────────────────────────────────────────────────────────


def test_wins_and_ties_are_counted_and_ties_say_nothing_about_the_better_side() -> None:
    summary = summarised([FOR_B] * 9 + [FOR_A] * 2 + [TIE, FIRST, SECOND])
    assert (summary.a_wins, summary.b_wins, summary.ties) == (2, 9, 3)
    tested = binomtest(9, 11)
    interval = tested.proportion_ci(method="wilson")
    assert summary.win_share.share == 9 / 11
    assert summary.win_share.interval is not None
    assert summary.win_share.interval.low == pytest.approx(interval.low)
    assert summary.win_share.interval.high == pytest.approx(interval.high)
    assert summary.p_value == pytest.approx(tested.pvalue)


VERDICTS = [
    ([FOR_B] * 6, "b better"),
    ([FOR_A] * 6, "a better"),
    ([FOR_B] * 5, "no difference seen"),  # p = .0625
    ([FOR_B] * 6 + [FOR_A] * 6, "no difference seen"),
    ([TIE] * 9, "no difference seen"),
    ([], "no difference seen"),
]


@pytest.mark.parametrize(("orders", "verdict"), VERDICTS)
def test_the_better_side_is_named_where_chance_does_not_explain_it(
    orders: list[Orders], verdict: str
) -> None:
    assert summarised(orders).verdict == verdict


def test_questions_from_one_source_count_less() -> None:
    alone, clustered = (summarised([FOR_B] * 12 + [FOR_A] * 3, topics) for topics in (None, 3))
    assert clustered.win_share.clusters == 3
    assert clustered.p_value > alone.p_value


def test_no_vote_at_all_gives_no_share_and_no_p_below_one() -> None:
    summary = summarised([])
    assert (summary.votes, summary.p_value, summary.first_shown_p) == (0, 1.0, 1.0)
    assert (
        summary.win_share.share is summary.first_shown.share is summary.disagreement.share is None
    )
    assert summary.agreement is None


def test_questions_without_a_vote_are_told_by_their_reason() -> None:
    lapses = {"unparsed": 2, "truncated": 1, "failed": 3}
    summary = summarise_judging(SPEC, question_set_of(7), [vote_on(6, TIE, True)], lapses)  # type: ignore[arg-type]
    assert (summary.questions, summary.votes) == (7, 1)
    assert (summary.unparsed, summary.truncated, summary.failed) == (3, 1, 3)
    assert (summary.truncated_a, summary.truncated_b) == (1, 0)


def test_votes_of_others_are_not_counted() -> None:
    votes = [vote_on(0, FOR_A), vote_of(7), vote_on(5, FOR_B)]
    assert summarise_judging(SPEC, question_set_of(2), votes, {}).votes == 1


@pytest.mark.parametrize("changed", [{"reason": ""}, {"choice": "b"}, {"reason": "{}"}])
def test_a_vote_edited_by_hand_is_refused(changed: dict[str, str]) -> None:
    vote = vote_on(0, FOR_A).model_copy(update=changed)
    with pytest.raises(StoreError, match="edited by hand"):
        summarise_judging(SPEC, question_set_of(1), [vote], {})


# ── the judge's own bias ─────────────────────────────────────────────────────────────────────


def test_a_judge_that_prefers_the_first_place_is_seen() -> None:
    summary = summarised([FIRST] * 8 + [FOR_A, FOR_B])
    assert summary.disagreement.share == 0.8
    assert (summary.first_shown.count, summary.first_shown.n) == (18, 20)
    assert summary.first_shown_p == pytest.approx(binomtest(8, 8).pvalue)


def test_a_judge_to_whom_place_means_nothing_is_even() -> None:
    summary = summarised([FOR_A, FOR_B, FOR_B, TIE])
    assert (summary.disagreement.share, summary.first_shown.share) == (0.0, 0.5)
    assert summary.first_shown_p == 1.0


# ── people ───────────────────────────────────────────────────────────────────────────────────


def judged(number: int, choice: VoteChoice) -> Vote:
    return vote_of(number).model_copy(update={"voter": SPEC.voter, "choice": choice})


def person(number: int, choice: VoteChoice, voter: str = "human", swapped: bool = False) -> Vote:
    vote = vote_of(number)
    answers = {"answer_a": vote.answer_b, "answer_b": f" {vote.answer_a}\n"} if swapped else {}
    id = UUID(int=1000 + number).hex
    return vote.model_copy(update={"id": id, "voter": voter, "choice": choice, **answers})


def test_agreement_with_people_is_raw_and_beyond_chance() -> None:
    judge: list[VoteChoice] = ["a", "a", "b", "b", "tie", "a"]
    people: list[VoteChoice] = ["a", "b", "b", "b", "both_bad", "tie"]
    agreement = agreement_with_people(
        [judged(number, choice) for number, choice in enumerate(judge)],
        [person(number, choice) for number, choice in enumerate(people)],
    )
    assert agreement is not None
    assert (agreement.agreed.count, agreement.agreed.n) == (4, 6)
    table = [[1, 1, 1], [0, 2, 0], [0, 0, 1]]
    assert agreement.kappa == pytest.approx(cohens_kappa(table).kappa)


SIDES: list[tuple[VoteChoice, VoteChoice, bool]] = [
    ("a", "b", True),
    ("b", "a", True),
    ("tie", "tie", True),
    ("a", "a", False),
]


@pytest.mark.parametrize(("judge", "human", "agrees"), SIDES)
def test_answers_may_have_been_shown_to_people_the_other_way_round(
    judge: VoteChoice, human: VoteChoice, agrees: bool
) -> None:
    agreement = agreement_with_people([judged(0, judge)], [person(0, human, swapped=True)])
    assert agreement is not None
    assert agreement.agreed.count == agrees


def test_only_people_on_the_same_answers_are_compared() -> None:
    votes = [person(0, "a", voter="judge:other/tuned"), person(1, "a")]
    assert agreement_with_people([judged(0, "a")], votes) is None


def test_several_people_on_one_pair_are_several_votes_of_one_cluster() -> None:
    votes = [person(0, "a"), person(0, "b", voter="kim"), person(1, "a")]
    agreement = agreement_with_people([judged(0, "a"), judged(1, "a")], votes)
    assert agreement is not None
    assert (agreement.agreed.count, agreement.agreed.n, agreement.agreed.clusters) == (2, 3, 2)


def test_kappa_says_nothing_where_only_one_thing_was_ever_said() -> None:
    agreement = agreement_with_people([judged(0, "a")], [person(0, "a")])
    assert agreement is not None
    assert (agreement.agreed.share, agreement.kappa) == (1.0, None)
