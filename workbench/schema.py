"""The nouns of the project, each named once: Question, Prompt, Sampling, Answer, Run, Vote.

All are frozen, refuse unknown keys, and survive a round trip through JSON unchanged, because
they are also what the result store writes down.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

LETTERS = "ABCDEFGHIJ"
MIN_OPTIONS, MAX_OPTIONS = 2, len(LETTERS)

Variant = Literal["vanilla", "tuned"]
VARIANTS: tuple[Variant, ...] = ("vanilla", "tuned")
PromptStyle = Literal["native", "chat"]
Method = Literal["loglik", "generate"]
Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length", "cancelled"]
RunStatus = Literal["open", "finished"]
VoteChoice = Literal["a", "b", "tie", "both_bad"]
UnparsedReason = Literal["empty", "no_answer", "several_answers", "letter_not_offered", "truncated"]


def canonical_hash(value: Any) -> str:
    """SHA-256 (hex) of a JSON value, the same for any key order and any Unicode form of its texts.

    Keys are taken as they are: they are names of our own.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(unicodedata.normalize("NFC", text).encode("utf-8")).hexdigest()


class Record(BaseModel):
    """A frozen value that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy that derives its hash and id anew: pydantic would hand the old ones on."""
        copy = super().model_copy(update=update, deep=deep)
        for derived in copy.__dict__.keys() - type(copy).model_fields.keys():
            del copy.__dict__[derived]
        return copy


# ── questions ────────────────────────────────────────────────────────────────────────────────


def _refuse_blank(value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    for text in (value,) if isinstance(value, str) else value:
        if not text.strip():
            raise ValueError("text is empty")
    return value


class Question(Record):
    """A multiple-choice question with one right option.

    `options` are texts without letters; letters are derived from their order, so that rotating
    the options cannot leave a stale letter behind. `answer` is the letter of the right one.
    `reference_id` names what the question was made from (a term, a document); questions that
    share one are not independent and form a cluster in every interval and test.
    """

    id: str = Field(min_length=1)
    question: str
    options: tuple[str, ...] = Field(min_length=MIN_OPTIONS, max_length=MAX_OPTIONS)
    answer: str
    category: str = ""
    area: str = ""
    difficulty: Literal["easy", "hard"] | None = None
    reasoning: str = ""
    reference: str = ""
    reference_id: str = ""
    source: str = ""
    licence: str = ""
    as_of: date | None = None

    @field_validator("question", "options")
    @classmethod
    def _not_blank(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        return _refuse_blank(value)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.answer not in self.letters:
            raise ValueError(
                f"answer '{self.answer}' is not among options {self.letters[0]}–{self.letters[-1]}"
            )
        seen: dict[str, str] = {}
        for letter, option in zip(self.letters, self.options, strict=True):
            key = unicodedata.normalize("NFC", option).strip()
            if key in seen:
                raise ValueError(f"options {seen[key]} and {letter} are the same: '{key}'")
            seen[key] = letter
        return self

    @property
    def letters(self) -> tuple[str, ...]:
        """('A', …), one for each option."""
        return tuple(LETTERS[: len(self.options)])

    @property
    def right_option(self) -> str:
        return self.options[self.letters.index(self.answer)]

    @property
    def lettered_options(self) -> tuple[str, ...]:
        """('A. …', 'B. …'), as models and people see them."""
        return tuple(f"{x}. {option}" for x, option in zip(self.letters, self.options, strict=True))

    @property
    def cluster(self) -> str:
        return self.reference_id or self.hash

    @cached_property
    def hash(self) -> str:
        """Identity of what is asked and what is right: stem, options in order, answer, reference.

        Id, category, source and reasoning may be corrected without making a different question.
        """
        return canonical_hash(
            {
                "question": self.question,
                "options": self.options,
                "answer": self.answer,
                "reference": self.reference,
            }
        )


class QuestionSet(Record):
    """Questions in a fixed order, under the name that results are filed by."""

    name: str
    questions: tuple[Question, ...] = Field(min_length=1)
    origin: str = ""  # a path, or Hub id @ revision

    @cached_property
    def hash(self) -> str:
        return canonical_hash([question.hash for question in self.questions])

    @property
    def chance(self) -> float:
        """Expected accuracy of a uniform guess: mean(1/k) over the questions."""
        return sum(1 / len(question.options) for question in self.questions) / len(self.questions)

    def head(self, limit: int | None) -> QuestionSet:
        """The first `limit` questions under the same name; its hash differs from the whole set's."""
        if limit is None or limit >= len(self.questions):
            return self
        return self.model_copy(update={"questions": self.questions[:limit]})


class OpenQuestion(Record):
    """A question that is answered in prose.

    `answer` is a full answer to compare with. `points` are what an answer must say to be whole,
    for a judge with a rubric. As with Question, `reference` is material that the model is shown,
    and questions of one `reference_id` form a cluster.
    """

    id: str = Field(min_length=1)
    question: str
    answer: str
    points: tuple[str, ...] = ()
    category: str = ""
    area: str = ""
    reference: str = ""
    reference_id: str = ""
    source: str = ""
    licence: str = ""
    as_of: date | None = None

    @field_validator("question", "answer", "points")
    @classmethod
    def _not_blank(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        return _refuse_blank(value)

    @property
    def cluster(self) -> str:
        return self.reference_id or self.hash

    @cached_property
    def hash(self) -> str:
        """Identity of what is asked and what a good answer says."""
        return canonical_hash(
            {
                "question": self.question,
                "answer": self.answer,
                "points": self.points,
                "reference": self.reference,
            }
        )


class OpenQuestionSet(Record):
    """Open questions in a fixed order, under the name that results are filed by."""

    name: str
    questions: tuple[OpenQuestion, ...] = Field(min_length=1)
    origin: str = ""

    @cached_property
    def hash(self) -> str:
        return canonical_hash([question.hash for question in self.questions])

    def head(self, limit: int | None) -> OpenQuestionSet:
        """The first `limit` questions under the same name; its hash differs from the whole set's."""
        if limit is None or limit >= len(self.questions):
            return self
        return self.model_copy(update={"questions": self.questions[:limit]})


# ── what a model is given ────────────────────────────────────────────────────────────────────


class Message(Record):
    role: Role
    content: str


class Prompt(Record):
    """Text for a model, written by `workbench.prompts` and nowhere else.

    Native prompts are one string (`text`). Chat prompts are `messages` that the model's own
    template frames, plus `prefill`: the first words of the assistant's turn, if they are given.
    """

    format: str  # id and version of the format, e.g. 'native/mcqa/v1'
    text: str = ""
    messages: tuple[Message, ...] = ()
    prefill: str = ""

    @property
    def style(self) -> PromptStyle:
        return "chat" if self.messages else "native"


class Sampling(Record):
    """How an answer is drawn. `temperature` 0 is greedy; a seed makes the rest repeatable."""

    temperature: float = Field(0.0, ge=0.0, le=2.0)
    top_p: float = Field(1.0, gt=0.0, le=1.0)
    max_tokens: int = Field(256, ge=1, le=32_768)
    seed: int = Field(0, ge=0, lt=2**63)


class ModelSpec(Record):
    """A pair of models to compare: a base with an adapter, or two full models.

    Ids are Hub ids or local paths. Exactly one of `adapter` and `tuned` is set for a pair;
    neither means that only the vanilla model exists.
    """

    name: str
    base: str
    adapter: str | None = None
    tuned: str | None = None
    base_revision: str | None = None
    tuned_revision: str | None = None
    styles: dict[Variant, PromptStyle] = {"vanilla": "chat", "tuned": "chat"}
    demo: bool = False  # the bundled miniature: every screen must say so

    @model_validator(mode="after")
    def _one_tuned(self) -> Self:
        if self.adapter and self.tuned:
            raise ValueError("give an adapter or a second full model (tuned), not both")
        return self

    @property
    def variants(self) -> tuple[Variant, ...]:
        return VARIANTS if self.adapter or self.tuned else ("vanilla",)


# ── what a model did ─────────────────────────────────────────────────────────────────────────


class Generation(Record):
    """A finished or stopped answer as an engine returns it."""

    text: str
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int


class Answer(Record):
    """What one variant did with one question.

    `letter` is None when nothing could be read out (`unparsed` says why: it counts as wrong) or
    when the call failed (`failure` says why: it is excluded, on both sides of a comparison).
    `option_logprobs` are natural-log likelihoods in option order, for method 'loglik'; those of the
    letters in `bounded` are upper bounds, because the server told likelier tokens alone.
    """

    question_id: str
    question_hash: str
    right: str
    letter: str | None = None
    unparsed: UnparsedReason | None = None
    failure: str | None = None
    option_logprobs: tuple[float, ...] | None = None
    bounded: str = ""
    text: str | None = None
    finish_reason: FinishReason | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cluster: str = ""

    @property
    def correct(self) -> bool:
        return self.failure is None and self.letter == self.right


class EngineInfo(Record):
    """What exactly is answering; everything here can move a score."""

    engine: str
    version: str
    model: str
    base: str
    base_revision: str = ""
    tuned: str = ""  # adapter or second model
    tuned_hash: str = ""  # SHA-256 of the adapter's (or second model's) weights
    base_hash: str = ""
    device: str
    dtype: str
    context_length: int
    demo: bool = False
    loading: str = ""  # how the pair is held: 'one base, adapter on/off', 'two models', 'in turn'


class RunSpec(Record):
    """Everything that could change a run's score. Two equal specs are the same run.

    `prompt_hash` covers the prompt's format and the examples together, and is what tells runs
    apart. `examples_hash` names the examples alone, so that those of two styles can be held
    against each other; '' where there are none, or where the run is older than this field.
    """

    variant: Variant
    engine: EngineInfo
    question_set: str
    question_set_hash: str
    n_questions: int
    method: Method
    prompt_style: PromptStyle
    prompt_format: str
    prompt_hash: str
    shots: int = 0  # worked examples before each question
    examples_hash: str = ""
    sampling: Sampling | None = None  # None for loglik, which draws nothing
    batch_size: int
    extraction_version: int
    repeat: int = 0  # 0 is the run; 1, 2, … are deliberate repetitions of it
    packages: dict[str, str] = Field(default_factory=dict)

    @cached_property
    def id(self) -> str:
        """Sixteen hex digits of the spec's hash: the run's name in the store.

        Without `examples_hash`, which `prompt_hash` implies: runs from before it keep their names.
        """
        return canonical_hash(self.model_dump(mode="json", exclude={"examples_hash"}))[:16]


class Run(Record):
    """A run as the result store holds it; finished once each of its questions has an answer.

    Times are UTC. They say when, not what: two runs of equal spec and answers export the same.
    """

    id: str
    spec: RunSpec
    status: RunStatus
    created: datetime
    finished: datetime | None = None


# ── what people say ──────────────────────────────────────────────────────────────────────────


class Vote(Record):
    """Which of two answers to one question somebody, or a model as judge, found better.

    `id` is 32 hex digits (a UUID) that the caller draws once per vote, so that writing it again
    after a failure is no second vote. `side_a` and `side_b` name who answered ('demo/vanilla');
    what was shown left and right is up to the screen. `prompt` is what both of them read, None
    where each had a conversation of its own behind it or where nobody wrote it down.
    """

    id: str = Field(pattern=r"\A[0-9a-f]{32}\z")
    question: str
    answer_a: str
    answer_b: str
    side_a: str
    side_b: str
    choice: VoteChoice
    voter: str  # 'human', or a judge's name
    created: AwareDatetime  # UTC
    reason: str = ""
    prompt: Prompt | None = None
