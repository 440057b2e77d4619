"""The nouns: what makes two of them the same, what they refuse, and that JSON keeps them whole."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from workbench.schema import (
    LETTERS,
    Answer,
    EngineInfo,
    Generation,
    Message,
    ModelSpec,
    OpenQuestion,
    OpenQuestionSet,
    Prompt,
    Question,
    QuestionSet,
    Record,
    Run,
    RunSpec,
    Sampling,
    Vote,
    canonical_hash,
)

QUESTION = Question(
    id="bond-1",
    question="발행회사의 주식으로 바꿀 수 있는 채권은?",
    options=("국채", "전환사채", "할인채"),
    answer="B",
    category="채권",
    area="시장",
    difficulty="hard",
    reasoning="바꿀 권리가 붙어 있다.",
    reference="전환사채는 주식으로 바꿀 수 있다.",
    reference_id="전환사채",
    source="our own",
    licence="CC BY 4.0",
    as_of=date(2026, 11, 1),
)
OPEN_QUESTION = OpenQuestion(
    id="short-selling",
    question="공매도란?",
    answer="빌려서 판 뒤 사서 갚는 거래이다.",
    points=("빌려서 판다", "나중에 갚는다"),
    as_of=date(2026, 11, 1),
)
ENGINE = EngineInfo(
    engine="scripted",
    version="1",
    model="pair",
    base="base",
    device="cpu",
    dtype="float32",
    context_length=1024,
)
SPEC = RunSpec(
    variant="tuned",
    engine=ENGINE,
    question_set="bonds",
    question_set_hash="0" * 64,
    n_questions=3,
    method="generate",
    prompt_style="native",
    prompt_format="native/mcqa/v1",
    prompt_hash="1" * 64,
    sampling=Sampling(),
    batch_size=2,
    extraction_version=1,
)
RECORDS: list[Record] = [
    QUESTION,
    QuestionSet(name="bonds", questions=(QUESTION,), origin="bonds.jsonl"),
    OPEN_QUESTION,
    OpenQuestionSet(name="open", questions=(OPEN_QUESTION,), origin="open.jsonl"),
    Message(role="user", content="안녕하세요"),
    Prompt(format="native/qa/v1", text="### 질문: 공매도란?\n### 정답:"),
    Prompt(
        format="chat/qa/v1", messages=(Message(role="user", content="공매도란?"),), prefill="정답:"
    ),
    Sampling(temperature=0.7, top_p=0.9, max_tokens=64, seed=2**63 - 1),
    ModelSpec(name="pair", base="base", adapter="adapter"),
    Generation(text=" B", finish_reason="stop", prompt_tokens=9, completion_tokens=1),
    Answer(
        question_id="q", question_hash="0", right="A", letter="B", option_logprobs=(-0.1, -2.5e-7)
    ),
    ENGINE,
    SPEC,
    Run(id=SPEC.id, spec=SPEC, status="open", created=datetime(2026, 11, 22, 9, 30, tzinfo=UTC)),
    Vote(
        id="0" * 32,
        question="공매도란?",
        answer_a="빌려서 파는 거래",
        answer_b="",
        side_a="demo/vanilla",
        side_b="demo/tuned",
        choice="a",
        voter="human",
        created=datetime(2026, 11, 22, 9, 30, tzinfo=UTC),
    ),
]


def question_of(**fields: Any) -> Question:
    """A small valid question with `fields` put in the place of its own."""
    return Question(
        **{"id": "q", "question": "?", "options": ("가", "나"), "answer": "A", **fields}
    )


def fault_of(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        question_of(**fields)
    return str(caught.value)


# ── identity ─────────────────────────────────────────────────────────────────────────────────

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_the_hash_of_a_value_survives_json(value: Any) -> None:
    assert canonical_hash(json.loads(json.dumps(value))) == canonical_hash(value)


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical_hash({"a": 1, "b": {"c": 2, "d": 3}}) == canonical_hash(
        {"b": {"d": 3, "c": 2}, "a": 1}
    )


def test_the_hash_of_a_list_depends_on_its_order() -> None:
    assert canonical_hash(["가", "나"]) != canonical_hash(["나", "가"])


@given(st.text(alphabet='각값é\u0301\n"ㄱ'))
def test_the_hash_does_not_depend_on_the_unicode_form_of_a_text(text: str) -> None:
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")}
    assert len({canonical_hash({"text": form}) for form in forms}) == 1


def test_a_question_typed_on_a_mac_is_the_same_question() -> None:
    fields = QUESTION.model_dump(mode="json")
    decomposed = Question.model_validate_json(
        unicodedata.normalize("NFD", json.dumps(fields, ensure_ascii=False))
    )
    assert decomposed.question != QUESTION.question
    assert decomposed.hash == QUESTION.hash


ASKED: list[tuple[str, Any]] = [
    ("question", "발행회사의 주식으로 바꿀 수 없는 채권은?"),
    ("options", ("전환사채", "국채", "할인채")),
    ("answer", "A"),
    ("reference", "다른 자료."),
]
ABOUT: list[tuple[str, Any]] = [
    ("id", "bond-2"),
    ("category", "파생상품"),
    ("area", "회계"),
    ("difficulty", "easy"),
    ("reasoning", "다르게 설명한다."),
    ("reference_id", "국채"),
    ("source", "elsewhere"),
    ("licence", "MIT"),
    ("as_of", None),
]


@pytest.mark.parametrize(("field", "value"), ASKED)
def test_what_is_asked_makes_another_question(field: str, value: Any) -> None:
    assert QUESTION.model_copy(update={field: value}).hash != QUESTION.hash


@pytest.mark.parametrize(("field", "value"), ABOUT)
def test_what_is_said_about_a_question_may_be_corrected(field: str, value: Any) -> None:
    assert QUESTION.model_copy(update={field: value}).hash == QUESTION.hash


def test_every_field_of_a_question_is_sorted_into_one_of_the_two() -> None:
    assert {field for field, _ in ASKED + ABOUT} == set(Question.model_fields)


def test_a_question_stands_for_itself_where_it_has_no_reference() -> None:
    assert QUESTION.cluster == "전환사채"
    alone = QUESTION.model_copy(update={"reference_id": ""})
    assert alone.cluster == alone.hash


# ── options and letters ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("n", range(2, 11))
def test_letters_are_derived_from_the_number_of_options(n: int) -> None:
    question = question_of(options=tuple(f"보기 {i}" for i in range(n)), answer=LETTERS[n - 1])
    assert question.letters == tuple("ABCDEFGHIJ"[:n])
    assert question.lettered_options[-1] == f"{LETTERS[n - 1]}. 보기 {n - 1}"


def test_the_right_option_is_the_one_that_the_answer_names() -> None:
    assert QUESTION.right_option == "전환사채"


REFUSALS: list[tuple[dict[str, Any], str]] = [
    ({"options": ("가",)}, "at least 2 items"),
    ({"options": tuple("가나다라마바사아자차카")}, "at most 10 items"),
    ({"answer": "C"}, "answer 'C' is not among options A–B"),
    ({"answer": "a"}, "answer 'a' is not among options A–B"),
    ({"answer": ""}, "answer '' is not among options A–B"),
    ({"options": ("가", " 가 ")}, "options A and B are the same: '가'"),
    ({"options": ("나", "각", unicodedata.normalize("NFD", "각"))}, "options B and C are the same"),
    ({"options": ("가", " ")}, "text is empty"),
    ({"question": "\n"}, "text is empty"),
    ({"id": ""}, "at least 1 character"),
    ({"difficulty": "medium"}, "'easy' or 'hard'"),
    ({"letter": "A"}, "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("fields", "message"), REFUSALS)
def test_a_question_that_cannot_be_asked_is_refused(fields: dict[str, Any], message: str) -> None:
    assert message in fault_of(**fields)


# ── question sets ────────────────────────────────────────────────────────────────────────────


def set_of(*n_options: int) -> QuestionSet:
    """A set whose n-th question has n_options[n] options."""
    return QuestionSet(
        name="small",
        questions=tuple(
            question_of(id=f"q{i}", question=f"질문 {i}?", options=tuple("가나다라마바"[:n]))
            for i, n in enumerate(n_options)
        ),
    )


def test_chance_is_the_mean_over_the_questions() -> None:
    assert set_of(2, 4).chance == pytest.approx(3 / 8)


def test_a_set_is_its_questions_in_order_whatever_its_name() -> None:
    whole = set_of(2, 3)
    assert whole.model_copy(update={"name": "other", "origin": "elsewhere"}).hash == whole.hash
    assert whole.model_copy(update={"questions": whole.questions[::-1]}).hash != whole.hash


def test_a_head_is_another_set_under_the_same_name() -> None:
    whole = set_of(2, 3, 4)
    head = whole.head(2)
    assert (head.name, head.questions) == (whole.name, whole.questions[:2])
    assert head.hash != whole.hash


@pytest.mark.parametrize("limit", [None, 3, 10])
def test_a_head_that_leaves_nothing_out_is_the_set_itself(limit: int | None) -> None:
    whole = set_of(2, 3, 4)
    assert whole.head(limit) is whole


def test_a_set_without_questions_is_refused() -> None:
    with pytest.raises(ValidationError, match="at least 1 item"):
        QuestionSet(name="empty", questions=())


# ── runs ─────────────────────────────────────────────────────────────────────────────────────

SPEC_CHANGES: dict[str, Any] = {
    "variant": "vanilla",
    "question_set": "other",
    "question_set_hash": "2" * 64,
    "n_questions": 4,
    "method": "loglik",
    "prompt_style": "chat",
    "prompt_format": "native/mcqa/v2",
    "prompt_hash": "3" * 64,
    "shots": 5,
    "sampling": Sampling(seed=1),
    "batch_size": 3,
    "extraction_version": 2,
    "repeat": 1,
    "packages": {"torch": "2.13.0"},
}
ENGINE_CHANGES: dict[str, Any] = {
    "engine": "hf",
    "version": "2",
    "model": "other",
    "base": "other",
    "base_revision": "main",
    "tuned": "adapter",
    "tuned_hash": "4" * 64,
    "base_hash": "5" * 64,
    "device": "cuda",
    "dtype": "bfloat16",
    "context_length": 2048,
    "demo": True,
    "loading": "in turn",
}


# The prompt's hash covers the examples already; their own is there to be compared.
NAMING_FIELDS = sorted(RunSpec.model_fields.keys() - {"engine", "examples_hash"})


@pytest.mark.parametrize("field", NAMING_FIELDS)
def test_a_run_is_another_one_when_its_spec_changes(field: str) -> None:
    assert SPEC.model_copy(update={field: SPEC_CHANGES[field]}).id != SPEC.id


@pytest.mark.parametrize("field", sorted(EngineInfo.model_fields))
def test_a_run_is_another_one_when_its_engine_changes(field: str) -> None:
    engine = ENGINE.model_copy(update={field: ENGINE_CHANGES[field]})
    assert SPEC.model_copy(update={"engine": engine}).id != SPEC.id


def test_a_run_from_before_its_examples_were_recorded_keeps_its_name() -> None:
    older = SPEC.model_dump_json(exclude={"examples_hash"})
    assert RunSpec.model_validate_json(older).id == SPEC.id
    assert SPEC.model_copy(update={"examples_hash": "6" * 64}).id == SPEC.id


def test_a_run_is_named_by_sixteen_hex_digits() -> None:
    assert len(SPEC.id) == 16
    assert int(SPEC.id, 16) >= 0


ANSWERS = [
    ({"letter": "A"}, True),
    ({"letter": "B"}, False),
    ({"letter": None, "unparsed": "empty"}, False),
    ({"letter": "A", "failure": "no connection"}, False),
]


@pytest.mark.parametrize(("outcome", "correct"), ANSWERS)
def test_an_answer_is_correct_where_its_letter_is_right_and_the_call_went_well(
    outcome: dict[str, Any], correct: bool
) -> None:
    assert Answer(question_id="q", question_hash="0", right="A", **outcome).correct is correct


# ── every record ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_survives_json_unchanged(record: Record) -> None:
    again = type(record).model_validate_json(record.model_dump_json())
    assert again == record


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_is_frozen(record: Record) -> None:
    field = next(iter(type(record).model_fields))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(record, field, "changed")


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_refuses_unknown_keys(record: Record) -> None:
    fields = record.model_dump(mode="json")
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        type(record).model_validate({**fields, "colour": "red"})


def test_every_kind_of_record_is_tried() -> None:
    ours = {kind for kind in Record.__subclasses__() if kind.__module__ == Record.__module__}
    assert ours == {type(record) for record in RECORDS}


def test_a_copy_does_not_inherit_the_hash_of_what_it_was_made_from() -> None:
    before = QUESTION.hash  # computed once and kept
    assert QUESTION.model_copy(update={"answer": "C"}).hash != before
    assert QUESTION.model_copy().hash == before


SAMPLING_REFUSALS: list[dict[str, Any]] = [
    {"temperature": -0.1},
    {"temperature": 2.1},
    {"top_p": 0.0},
    {"top_p": 1.1},
    {"max_tokens": 0},
    {"max_tokens": 32_769},
    {"seed": -1},
    {"seed": 2**63},
]


@pytest.mark.parametrize("fields", SAMPLING_REFUSALS, ids=str)
def test_sampling_out_of_range_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(fields))):
        Sampling(**fields)


PAIRS: list[tuple[dict[str, str], tuple[str, ...]]] = [
    ({}, ("vanilla",)),
    ({"adapter": "lora"}, ("vanilla", "tuned")),
    ({"tuned": "merged"}, ("vanilla", "tuned")),
]


@pytest.mark.parametrize(("tuned_side", "variants"), PAIRS)
def test_a_model_has_a_tuned_variant_where_something_tuned_is_named(
    tuned_side: dict[str, str], variants: tuple[str, ...]
) -> None:
    assert ModelSpec(name="pair", base="base", **tuned_side).variants == variants


def test_a_pair_is_tuned_in_one_way() -> None:
    with pytest.raises(ValidationError, match="not both"):
        ModelSpec(name="pair", base="base", adapter="lora", tuned="merged")


def test_a_prompt_is_for_chat_where_it_has_messages() -> None:
    assert Prompt(format="f", text="질문").style == "native"
    assert Prompt(format="f", messages=(Message(role="user", content="질문"),)).style == "chat"
