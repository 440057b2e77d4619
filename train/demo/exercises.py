"""Non-financial exercises that teach the demo base to bind an option to its letter.

The hard thing for a model this small is not finance but the form of a multiple-choice question:
know what is asked for, find it among the options, then say the letter before it. Everyday words,
and tokens drawn blindly from the vocabulary, teach that: in a bare frame first and in the very
prompts of `workbench.prompts` after. A made-up dictionary, in which each of some everyday words is
told by six others, teaches to find by a description what the description does not name. The tokens
of terms are among the words, as strings that are the same or not: no exercise asks what a term
means, and none says it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import NamedTuple

from train.demo.particles import with_particle
from workbench.prompts import (
    ANSWER_MARK,
    chat_mcqa_completion,
    mcqa_completion,
    mcqa_prompt,
    qa_completion,
    qa_prompt,
)
from workbench.schema import LETTERS, Prompt, Question

_WORDS = (
    "사과 배 포도 딸기 수박 참외 복숭아 자두 귤 감 살구 앵두",
    "배추 무 당근 오이 가지 호박 시금치 상추 양파 마늘 고추 미나리",
    "호랑이 사슴 토끼 여우 늑대 다람쥐 코끼리 기린 염소 너구리 고라니 수달",
    "참새 까치 독수리 두루미 제비 오리 부엉이 갈매기 비둘기 꾀꼬리 딱따구리 백로",
    "고등어 갈치 연어 붕어 잉어 명태 대구 참치 가자미 멸치 조기 숭어",
    "장미 국화 진달래 개나리 튤립 백합 무궁화 연꽃 해바라기 민들레 코스모스 철쭉",
    "소나무 참나무 은행나무 단풍나무 느티나무 버드나무 밤나무 자작나무 향나무 전나무",
    "피아노 바이올린 가야금 거문고 장구 북 피리 하프 기타 해금 트럼펫 아쟁",
    "책상 의자 침대 옷장 서랍장 책장 식탁 소파 화장대 신발장",
    "저고리 치마 바지 외투 조끼 양말 장갑 목도리 두루마기 셔츠",
    "자전거 버스 기차 비행기 배편 트럭 지하철 오토바이 마차 열기구",
    "비 눈 바람 안개 우박 번개 천둥 서리 이슬 무지개",
    "축구 농구 배구 수영 탁구 씨름 양궁 태권도 스키 체조 달리기 역도",
    "김치 비빔밥 불고기 냉면 떡국 된장찌개 잡채 만두 칼국수 식혜 수제비 전골",
    "의사 교사 농부 어부 요리사 목수 소방관 기자 화가 가수 간호사 조종사",
    "빨강 노랑 파랑 초록 보라 주황 하양 검정 분홍 갈색",
    "연필 지우개 공책 가위 풀 자 볼펜 크레용 색종이 필통",
    "서울 부산 인천 광주 대전 울산 전주 춘천 강릉 목포 여수 경주",
)
EVERYDAY = sorted({word for line in _WORDS for word in line.split()})
MOST_OPTIONS = 7
HEADWORDS, TOLD_BY = 120, 6  # of the made-up dictionary: its words, and how many tell each


class Piece(NamedTuple):
    """Text that is read, and text that is learnt behind it."""

    given: str
    learnt: str


@dataclass(frozen=True)
class Exercise:
    """A prompt and what follows it; what was wanted is the last token of what is learnt.

    Two hints for the layers on the way there (train.demo.base): `recalled` says that the answer is
    known and not found, `sought` is the option whose letter it is, asked for by `question`, a line
    of the prompt.
    """

    prompt: Prompt
    completion: str
    further: tuple[Piece, ...] = ()
    recalled: bool = False
    sought: str = ""
    question: str = ""


class Exercises:
    """Draws exercises from a seeded `random`, level by level.

    `words` (the everyday ones by default) are what is compared: the more there are, the less pays
    anything but comparing. Every level's exercises stand below in the order of being taught.
    """

    def __init__(self, random: Random, words: Sequence[str] = ()) -> None:
        self._random = random
        self._words = tuple(words) or tuple(EVERYDAY)
        self._levels: tuple[Callable[[], Exercise], ...] = (
            lambda: self.bare(7),
            lambda: self._native(self._same(7)),
            lambda: self._native(self._same(7), self._often(0.5)),
            self.echo,
            self.told,
            lambda: self._native(self._described(7), self._often(0.4)),
            lambda: self._native(self._described(7)),
            lambda: self._chat_letter(self._same(7)),
            lambda: self._chat(self._same(7)),
            lambda: self._chat(self._described(7)),
        )

    def __len__(self) -> int:
        """Number of levels."""
        return len(self._levels)

    def draw(self, level: int) -> Exercise:
        """An exercise of a level, or as often one of those before; beyond the last, any."""
        if level >= len(self) or (level > 0 and self._often(0.5)):
            level = self._random.randrange(min(level, len(self)))
        return self._levels[level]()

    def lookup(self, max_options: int) -> Exercise:
        """Some of the options once more, each answered by its letter at once."""
        options, letters = self._lettered_words(max_options)
        asked = self._random.sample(
            range(len(options)), min(len(options), self._random.randint(2, 5))
        )
        first, *others = [Piece(f"\n {options[n]}", f" {letters[n]}") for n in asked]
        prompt = Prompt(format="exercise/lookup/v1", text=_lines(options, letters) + first.given)
        return Exercise(prompt, first.learnt, tuple(others))

    def bare(self, max_options: int) -> Exercise:
        """The shortest question there is: a word, the options, the letter."""
        options, letters = self._lettered_words(max_options)
        right = self._random.randrange(len(options))
        sought = f" {options[right]}"
        prompt = Prompt(
            format="exercise/bare/v1", text=f"{sought}\n{_lines(options, letters)}\n정답:"
        )
        return Exercise(prompt, f" {letters[right]}", sought=sought, question=sought)

    def _lettered_words(self, max_options: int) -> tuple[list[str], list[str]]:
        """Options and their letters, which every other time are any, in any order.

        Were the letters always in order, counting would do instead of reading them, and what has
        only counted to C says C for whatever comes later.
        """
        options = self._some_words(self._random.randint(2, max_options))
        letters = list(LETTERS[: len(options)])
        if self._often(0.5):
            letters = self._random.sample(LETTERS[:MOST_OPTIONS], len(options))
        return options, letters

    def echo(self) -> Exercise:
        """An open prompt that asks for nothing but some of its own words.

        It teaches to answer with what was named, without a word of finance.
        """
        phrase = self._some_phrases(1)[0]
        asked = self._random.choice(_ECHO_STEMS).format(phrase)
        answer = self._random.choice(_ECHOES).format(with_particle(phrase, "이다/다"))
        if self._often(0.5):
            return Exercise(qa_prompt(asked, "native"), qa_completion(answer))
        return Exercise(qa_prompt(asked, "chat"), answer)

    def told(self) -> Exercise:
        """A description of the dictionary, then the word it describes."""
        word = self._random.choice(sorted(self._told))
        text = self._random.choice(_TOLD_FRAMES).format(self._description(word))
        prompt = Prompt(format="exercise/told/v1", text=text)
        return Exercise(prompt, f" {word}", recalled=True)

    # ── questions ────────────────────────────────────────────────────────────────────────────

    def _same(self, max_options: int) -> Question:
        """Find a given word among the options."""
        options = self._some_phrases(self._random.randint(2, max_options))
        right = self._random.randrange(len(options))
        asked = self._random.choice(_SAME_STEMS).format(options[right])
        return _question(asked, options, right)

    def _described(self, max_options: int) -> Question:
        """Find the word that the dictionary describes like this."""
        options = self._random.sample(sorted(self._told), self._random.randint(2, max_options))
        right = self._random.randrange(len(options))
        asked = self._random.choice(_DESCRIBED_STEMS).format(self._description(options[right]))
        return _question(asked, options, right)

    @cached_property
    def _told(self) -> dict[str, list[str]]:
        """The made-up dictionary: the same for the same words, whatever is drawn.

        No headword tells another, so that a question never names a wrong option.
        """
        random = Random(0)
        headwords = random.sample(EVERYDAY, HEADWORDS)
        others = [word for word in self._words if word not in headwords]
        return {word: random.sample(others, TOLD_BY) for word in headwords}

    def _description(self, word: str) -> str:
        """Most of the words that tell it, in any order."""
        return " ".join(self._random.sample(self._told[word], self._random.randint(4, TOLD_BY)))

    # ── frames ───────────────────────────────────────────────────────────────────────────────

    def _native(self, question: Question, reasoned: bool = False) -> Exercise:
        completion = mcqa_completion(question, reasoned)
        return _asking(question, mcqa_prompt(question, "native"), completion)

    def _chat_letter(self, question: Question) -> Exercise:
        """The assistant's turn is opened with the mark, as letter scoring does it."""
        prompt = mcqa_prompt(question, "chat", letter_next=True)
        return _asking(question, prompt, mcqa_completion(question))

    def _chat(self, question: Question) -> Exercise:
        if self._often(0.5):
            return self._chat_letter(question)
        completion = chat_mcqa_completion(question, with_reasoning=self._often(0.7))
        return _asking(question, mcqa_prompt(question, "chat"), completion)

    # ── draws ────────────────────────────────────────────────────────────────────────────────

    def _often(self, share: float) -> bool:
        return self._random.random() < share

    def _some_phrases(self, n: int) -> list[str]:
        """`n` words or, one time in five, phrases some of which are two; no word stands twice."""
        longer = self._often(0.2)
        sizes = [2 if longer and self._often(0.25) else 1 for _ in range(n)]
        words = self._some_words(sum(sizes))
        return [" ".join(words.pop() for _ in range(size)) for size in sizes]

    def _some_words(self, n: int) -> list[str]:
        return self._random.sample(self._words, n)


def _asking(question: Question, prompt: Prompt, completion: str) -> Exercise:
    sought = f" {question.right_option}"
    return Exercise(prompt, completion, sought=sought, question=question.question)


def _lines(options: Sequence[str], letters: Sequence[str]) -> str:
    return "\n".join(f"{x}. {option}" for x, option in zip(letters, options, strict=True))


def _question(asked: str, options: list[str], right: int) -> Question:
    return Question(
        id="exercise",
        question=asked,
        options=tuple(options),
        answer=LETTERS[right],
        reasoning=f"찾는 말은 {with_particle(options[right], '이다/다')}.",
    )


_SAME_STEMS = (
    "다음 중 같은 말은? {}",
    "같은 말 찾기: {}",
    "보기와 같은 것은? 보기: {}",
    "{} 이 말과 같은 선택지는?",
)
_DESCRIBED_STEMS = (
    "다음 풀이에 맞는 말은? {}",
    "풀이를 보고 맞는 말을 고르시오. {}.",
    "{} 이 풀이에 맞는 것은?",
)
_TOLD_FRAMES = ("풀이: {}\n", "{} 이것은", "{}.", "다음 풀이를 읽으시오. {}\n\n")
_ECHO_STEMS = (
    "다음 말을 따라 쓰시오. {}",
    "{} 이 말을 그대로 쓰시오.",
    "따라 쓰기: {}",
)
_ECHOES = ("{}.", "{}. 따라 썼다.")


def exercise_vocabulary() -> list[str]:
    """Text that shows the tokenizer every frame and every everyday word of the exercises."""
    exercises = Exercises(Random(0))
    drawn = [exercises.draw(len(exercises)) for _ in range(2000)]
    texts = [exercise.prompt.text + exercise.completion for exercise in drawn]
    texts += [turn.content for exercise in drawn for turn in exercise.prompt.messages]
    return [*texts, *(f" {word}" for word in EVERYDAY * 20), ANSWER_MARK]
