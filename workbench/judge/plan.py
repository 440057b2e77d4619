"""What is going to be judged by whom, and thereby the identity of every vote."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import cached_property

from workbench import prompts
from workbench.engines.base import Engine
from workbench.errors import InputError, SettingsError
from workbench.evaluate import BATCH_SIZE, installed_versions
from workbench.judge.verdict import VERDICT_VERSION
from workbench.schema import (
    VARIANTS,
    EngineInfo,
    OpenQuestion,
    PromptStyle,
    Record,
    Sampling,
    Variant,
    canonical_hash,
)

log = logging.getLogger(__name__)

JUDGE_PREFIX = "judge:"  # of a vote's voter, where that is a model
OPEN_ANSWER_TOKENS = 512  # of an answer, and of a judge's reply
SHORTEST_ANSWER = 32  # tokens: below this, two answers are beginnings and not answers


class JudgingSpec(Record):
    """Everything that could change a vote, the question apart. Equal specs give the same votes.

    Side a is the pair's vanilla variant and side b its tuned one.
    """

    pair: EngineInfo
    styles: dict[Variant, PromptStyle]
    answer_prompt_hashes: dict[Variant, str]
    sampling: Sampling
    judge: EngineInfo
    judge_variant: Variant
    judge_prompt_format: str
    judge_prompt_hash: str
    judge_sampling: Sampling
    verdict_version: int
    batch_size: int
    packages: dict[str, str]

    @cached_property
    def hash(self) -> str:
        return canonical_hash(self.model_dump(mode="json"))

    @property
    def sides(self) -> tuple[str, str]:
        """Names of a and b: ('demo/vanilla', 'demo/tuned')."""
        a, b = VARIANTS
        return f"{self.pair.model}/{a}", f"{self.pair.model}/{b}"

    @property
    def voter(self) -> str:
        return f"{JUDGE_PREFIX}{self.judge.model}/{self.judge_variant}"

    def vote_id(self, question: OpenQuestion) -> str:
        return canonical_hash([self.hash, question.hash])[:32]


def plan_judging(
    pair: EngineInfo,
    judge: EngineInfo,
    *,
    styles: Mapping[Variant, PromptStyle],
    judge_variant: Variant = "vanilla",
    sampling: Sampling | None = None,
    judge_sampling: Sampling | None = None,
    batch_size: int = BATCH_SIZE,
) -> JudgingSpec:
    """The spec, and thereby the votes' identity, of a judging; nothing is asked yet."""
    if batch_size < 1:
        raise SettingsError(f"batch size {batch_size}; it must be 1 or more")
    return JudgingSpec(
        pair=pair,
        styles={variant: styles[variant] for variant in VARIANTS},
        answer_prompt_hashes={
            variant: prompts.format_hash(styles[variant], "qa") for variant in VARIANTS
        },
        sampling=sampling or open_greedy(pair.context_length),
        judge=judge,
        judge_variant=judge_variant,
        judge_prompt_format=prompts.format_name("chat", "judge"),
        judge_prompt_hash=prompts.format_hash("chat", "judge"),
        judge_sampling=judge_sampling or open_greedy(judge.context_length),
        verdict_version=VERDICT_VERSION,
        batch_size=batch_size,
        packages=installed_versions(("torch", "transformers", "peft")),
    )


def fitting_sampling(
    pair: EngineInfo, judge: Engine, questions: Sequence[OpenQuestion], reply_tokens: int
) -> Sampling:
    """`open_greedy`, with answers shortened until two of them fit into every prompt of the judge.

    Both sides are held to the same length. Tokens are counted as the judge counts them; a pair
    with another tokenizer may still overrun, and then that question has no vote. Raises InputError
    where less than SHORTEST_ANSWER would be left of each answer, or where the judge knows no chat.
    """
    wanted = open_greedy(pair.context_length)
    longest = max(judge.count_tokens(render_for_judge(judge, each)) for each in questions)
    room = (judge.info.context_length - reply_tokens - longest) // 2
    if room >= wanted.max_tokens:
        return wanted
    told = (
        f"the longest of {len(questions)} prompts for the judge takes {longest} tokens without the "
        f"two answers, its reply {reply_tokens}, and the context of '{judge.info.model}' holds "
        f"{judge.info.context_length}"
    )
    if room < min(SHORTEST_ANSWER, wanted.max_tokens):
        raise InputError(
            f"{told}: no room for two answers of {SHORTEST_ANSWER} tokens; choose a judge with a "
            "longer context, or questions with shorter material"
        )
    log.warning("%s: answers are asked for in %d tokens, not %d", told, room, wanted.max_tokens)
    return wanted.model_copy(update={"max_tokens": room})


def render_for_judge(judge: Engine, question: OpenQuestion) -> str:
    """The judge's prompt around two empty answers. Raises InputError where it knows no chat."""
    try:
        return judge.render(prompts.judge_prompt(question, "", ""))
    except InputError as error:
        raise InputError(
            f"'{judge.info.model}' cannot judge, because a judge is asked in a chat and its "
            "tokenizer has no chat template; choose an instruction-tuned model as judge"
        ) from error


def open_greedy(context_length: int) -> Sampling:
    """Greedy, with room for prose, yet at most an eighth of a small model's context.

    A judge's prompt holds two such answers besides the rubric, the question and a model answer.
    """
    return Sampling(max_tokens=max(1, min(OPEN_ANSWER_TOKENS, context_length // 8)))
