"""What models read, character by character."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workbench.prompts import (
    CHAT_SYSTEM,
    FORMAT_VERSIONS,
    Task,
    chat_mcqa_completion,
    chat_prompt,
    format_hash,
    format_name,
    judge_prompt,
    letter_continuations,
    mcqa_completion,
    mcqa_prompt,
    qa_completion,
    qa_prompt,
    reasoned_prompt,
)
from workbench.schema import LETTERS, Message, OpenQuestion, PromptStyle, Question

TOKENIZER = Path(__file__).parents[2] / "workbench" / "demo" / "base" / "tokenizer.json"

COUPON = Question(
    id="coupon",
    question="채권의 이자를 부르는 말은?",
    options=("쿠폰", "배당"),
    answer="A",
    reasoning="쿠폰은 채권의 이자이다.",
)
LISTED = Question(
    id="listed",
    question="상장된 것은?",
    options=("가", "나", "다"),
    answer="C",
    reference="다뿐이다.",
)

# ── native ───────────────────────────────────────────────────────────────────────────────────

COUPON_TEXT = "### 질문: 채권의 이자를 부르는 말은?\n### 선택지:\nA. 쿠폰\nB. 배당\n### 정답:"
LISTED_TEXT = (
    "### 참고자료: 다뿐이다.\n### 질문: 상장된 것은?\n### 선택지:\nA. 가\nB. 나\nC. 다\n### 정답:"
)
NATIVE_MCQA: list[tuple[Question, tuple[Question, ...], str]] = [
    (COUPON, (), COUPON_TEXT),
    (LISTED, (), LISTED_TEXT),
    (LISTED, (COUPON,), f"{COUPON_TEXT} A\n\n{LISTED_TEXT}"),
    (COUPON, (LISTED, COUPON), f"{LISTED_TEXT} C\n\n{COUPON_TEXT} A\n\n{COUPON_TEXT}"),
]


@pytest.mark.parametrize(("question", "examples", "text"), NATIVE_MCQA)
def test_a_native_question_is_the_published_text(
    question: Question, examples: tuple[Question, ...], text: str
) -> None:
    prompt = mcqa_prompt(question, "native", examples)
    assert prompt.text == text
    assert (prompt.style, prompt.messages, prompt.prefill) == ("native", (), "")


def test_a_native_prompt_is_ready_for_the_letter_anyway() -> None:
    assert mcqa_prompt(COUPON, "native", letter_next=True) == mcqa_prompt(COUPON, "native")


SHOTS = (("주식이란?", "지분이다."), ("채권이란?", "빚이다."))
NATIVE_QA: list[tuple[dict[str, Any], str]] = [
    ({}, "### 질문: 공매도란?\n### 정답:"),
    ({"reference": "빌려 판다."}, "### 참고자료: 빌려 판다.\n### 질문: 공매도란?\n### 정답:"),
    (
        {"examples": SHOTS},
        "### 질문: 주식이란?\n### 정답: 지분이다.\n\n### 질문: 채권이란?\n### 정답: 빚이다.\n\n"
        "### 질문: 공매도란?\n### 정답:",
    ),
    ({"system": "짧게 답한다."}, "### 질문: 공매도란?\n### 정답:"),
]


@pytest.mark.parametrize(("given", "text"), NATIVE_QA)
def test_a_native_open_question_has_no_options_and_no_system(
    given: dict[str, Any], text: str
) -> None:
    assert qa_prompt("공매도란?", "native", **given).text == text


# ── chat ─────────────────────────────────────────────────────────────────────────────────────

SYSTEM = ("system", "당신은 한국의 금융과 회계를 잘 아는 조수입니다. 한국어로 정확하게 답합니다.")
INSTRUCTION = (
    "다음 객관식 질문의 답을 고르십시오. 필요하면 먼저 짧게 풀이하고, "
    "마지막 줄에 '### 정답: 기호' 꼴로 선택지의 기호 하나만 쓰십시오."
)
COUPON_TURN = ("user", f"{INSTRUCTION}\n\n채권의 이자를 부르는 말은?\n\nA. 쿠폰\nB. 배당")
LISTED_TURN = (
    "user",
    f"{INSTRUCTION}\n\n### 참고자료: 다뿐이다.\n\n상장된 것은?\n\nA. 가\nB. 나\nC. 다",
)
Turns = list[tuple[str, str]]
CHAT_MCQA: list[tuple[Question, tuple[Question, ...], Turns]] = [
    (COUPON, (), [SYSTEM, COUPON_TURN]),
    (LISTED, (), [SYSTEM, LISTED_TURN]),
    (LISTED, (COUPON,), [SYSTEM, COUPON_TURN, ("assistant", "### 정답: A"), LISTED_TURN]),
]


def turns_of(messages: tuple[Message, ...]) -> Turns:
    return [(message.role, message.content) for message in messages]


@pytest.mark.parametrize(("question", "examples", "turns"), CHAT_MCQA)
def test_a_chat_question_is_an_instruction_the_question_and_its_options(
    question: Question, examples: tuple[Question, ...], turns: Turns
) -> None:
    prompt = mcqa_prompt(question, "chat", examples)
    assert turns_of(prompt.messages) == turns
    assert (prompt.style, prompt.text, prompt.prefill) == ("chat", "", "")


def test_a_chat_prompt_opens_the_answer_where_the_letter_comes_next() -> None:
    prompt = mcqa_prompt(COUPON, "chat", letter_next=True)
    assert prompt.prefill == "### 정답:"
    assert prompt.messages == mcqa_prompt(COUPON, "chat").messages


SHOT_TURNS = [
    ("user", "주식이란?"),
    ("assistant", "지분이다."),
    ("user", "채권이란?"),
    ("assistant", "빚이다."),
]
GROUNDED = "아래 참고자료에 근거하여 답하십시오.\n\n### 참고자료: 빌려 판다.\n\n공매도란?"
CHAT_QA: list[tuple[dict[str, Any], Turns]] = [
    ({}, [SYSTEM, ("user", "공매도란?")]),
    ({"reference": "빌려 판다."}, [SYSTEM, ("user", GROUNDED)]),
    ({"examples": SHOTS}, [SYSTEM, *SHOT_TURNS, ("user", "공매도란?")]),
    ({"system": "짧게 답한다."}, [("system", "짧게 답한다."), ("user", "공매도란?")]),
    ({"system": " \n"}, [("user", "공매도란?")]),
]


@pytest.mark.parametrize(("given", "turns"), CHAT_QA)
def test_a_chat_open_question_is_the_words_of_the_user(given: dict[str, Any], turns: Turns) -> None:
    assert turns_of(qa_prompt("공매도란?", "chat", **given).messages) == turns


def test_a_conversation_keeps_its_turns_behind_the_system_prompt() -> None:
    turns = [Message(role=role, content=text) for role, text in SHOT_TURNS[:3]]  # type: ignore[arg-type]
    assert chat_prompt(turns).messages == (Message(role="system", content=CHAT_SYSTEM), *turns)


# ── judging ──────────────────────────────────────────────────────────────────────────────────

SHORT_SELLING = OpenQuestion(
    id="short",
    question="공매도란?",
    answer="주식을 빌려서 판 뒤 사서 갚는 거래이다.",
    points=("빌려서 판다", "나중에 갚는다"),
    reference="차입한 주식을 매도한다.",
)
MATERIAL = """\
### 참고자료: 차입한 주식을 매도한다.

### 질문: 공매도란?

### 모범 답안: 주식을 빌려서 판 뒤 사서 갚는 거래이다.

### 채점 요점:
- 빌려서 판다
- 나중에 갚는다

<답변 A>
빌려 판다.
</답변 A>

<답변 B>
모른다.
</답변 B>

"""


def judged_turn(question: OpenQuestion, first: str, second: str) -> str:
    (_, turn) = judge_prompt(question, first, second).messages
    return turn.content


def test_a_judge_reads_the_rubric_the_material_and_what_it_shall_write() -> None:
    before, after = judged_turn(SHORT_SELLING, "빌려 판다.", "모른다.").split(MATERIAL)
    assert "정확성" in before
    for verdict in ("A", "B", "동점"):
        assert f"'### 판정: {verdict}'" in after


def test_swapped_answers_change_places_and_nothing_else() -> None:
    one, other = (
        judged_turn(SHORT_SELLING, *pair) for pair in (("가가", "나나"), ("나나", "가가"))
    )
    assert one != other
    assert one.replace("가가", "\0").replace("나나", "가가").replace("\0", "나나") == other


def test_a_judge_of_a_bare_question_sees_no_empty_headings() -> None:
    bare = SHORT_SELLING.model_copy(update={"points": (), "reference": ""})
    turn = judged_turn(bare, "빌려 판다.", "")
    assert "참고자료" not in turn
    assert "### 채점 요점" not in turn
    assert "<답변 B>\n(답변이 비어 있음)\n</답변 B>" in turn


# ── what follows ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("style", ["native", "chat"])
def test_the_space_stands_before_the_letter_and_never_at_the_end_of_a_prompt(
    style: PromptStyle,
) -> None:
    prompt = mcqa_prompt(LISTED, style, letter_next=True)
    assert (prompt.text or prompt.prefill).endswith("### 정답:")
    assert letter_continuations(LISTED) == (" A", " B", " C")


COMPLETIONS = [
    (mcqa_completion(COUPON), " A"),
    (mcqa_completion(COUPON, with_reasoning=True), " 쿠폰은 채권의 이자이다.### 정답: A"),
    (chat_mcqa_completion(COUPON), "### 정답: A"),
    (chat_mcqa_completion(COUPON, with_reasoning=True), "쿠폰은 채권의 이자이다.\n### 정답: A"),
    (qa_completion("빚이다."), " 빚이다."),
]


@pytest.mark.parametrize(("completion", "text"), COMPLETIONS)
def test_a_completion_is_what_training_teaches(completion: str, text: str) -> None:
    assert completion == text


@pytest.mark.parametrize("style", ["native", "chat"])
def test_behind_a_models_own_reasoning_only_the_letter_is_missing(style: PromptStyle) -> None:
    prompt = mcqa_prompt(COUPON, style)
    reasoned = reasoned_prompt(COUPON, style, COUPON.reasoning)
    complete = mcqa_completion if style == "native" else chat_mcqa_completion
    continued = (reasoned.text + reasoned.prefill).removeprefix(prompt.text)
    assert reasoned.messages == prompt.messages
    assert f"{continued} A" == complete(COUPON, with_reasoning=True)


@pytest.mark.parametrize("style", ["native", "chat"])
def test_without_a_reasoning_the_letter_follows_the_question(style: PromptStyle) -> None:
    assert reasoned_prompt(COUPON, style, "") == mcqa_prompt(COUPON, style, letter_next=True)


# ── identity ─────────────────────────────────────────────────────────────────────────────────

# A new wording gets a new version in FORMAT_VERSIONS and a new line here; old lines stay, because
# results of old versions stay in people's stores.
KNOWN_HASHES: dict[tuple[str, int], str] = {
    ("native/mcqa", 1): "aba053b4a6d3087bfbf1dfc212f7840844179bcf67c1cb080eb5f42803e51e41",
    ("native/qa", 1): "a8e8556121bd3d0ce22c4e539bf470822c6ca9b6f907174d94b396161bc24614",
    ("chat/mcqa", 1): "39b79d3ddb5b0af34a0caa4c92f65a02ba5b2f733babcbb51f9544ad2815c765",
    ("chat/qa", 1): "506b0dd7577bbbfa6c7d053c96374ee0ea09b30827a17b3d9d7d82da49aa3ae6",
    ("chat/judge", 1): "53450ca27e28d7189bf9f58552086f7010fe18bf97abe1c2cdfa0c7caad3f445",
}
FORMATS: list[tuple[PromptStyle, Task]] = [
    ("native", "mcqa"),
    ("native", "qa"),
    ("chat", "mcqa"),
    ("chat", "qa"),
    ("chat", "judge"),
]


def test_every_format_has_a_version() -> None:
    assert set(FORMAT_VERSIONS) == {f"{style}/{task}" for style, task in FORMATS}


@pytest.mark.parametrize(("style", "task"), FORMATS)
def test_no_wording_changes_without_a_new_version(style: PromptStyle, task: Task) -> None:
    key = f"{style}/{task}"
    now = format_hash(style, task)
    assert now == KNOWN_HASHES.get((key, FORMAT_VERSIONS[key])), (
        f"what '{key}' renders has changed: raise FORMAT_VERSIONS['{key}'] in prompts.py, and "
        f"enter ('{key}', {FORMAT_VERSIONS[key] + 1}): '{now}' in KNOWN_HASHES"
    )


@pytest.mark.parametrize(("style", "task"), FORMATS)
def test_a_prompt_names_its_format(style: PromptStyle, task: Task) -> None:
    prompts = {
        "mcqa": mcqa_prompt(COUPON, style),
        "qa": qa_prompt("공매도란?", style),
        "judge": judge_prompt(SHORT_SELLING, "빌려 판다.", ""),
    }
    prompt = prompts[task]
    assert prompt.format == format_name(style, task)
    assert prompt.format.startswith(f"{style}/{task}/v")


# ── the token boundary ───────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    if not TOKENIZER.is_file():
        pytest.skip("the demo pair is not built (make demo-model)")
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(TOKENIZER))


def encode(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


@pytest.mark.parametrize("letter", LETTERS[:7])
def test_a_letter_with_its_space_is_one_token(tokenizer: Any, letter: str) -> None:
    assert len(encode(tokenizer, f" {letter}")) == 1


@pytest.mark.parametrize(("question", "examples", "text"), NATIVE_MCQA)
def test_prompt_and_letter_are_split_where_their_tokens_are(
    tokenizer: Any, question: Question, examples: tuple[Question, ...], text: str
) -> None:
    prompt = mcqa_prompt(question, "native", examples).text
    for letter in letter_continuations(question):
        together = encode(tokenizer, prompt + letter)
        assert together == encode(tokenizer, prompt) + encode(tokenizer, letter)
