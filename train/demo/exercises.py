"""Non-financial exercises that teach the demo base to bind an option to its letter.

The hard thing for a model this small is not finance but the form of a multiple-choice question:
find the right text among the options, then say the letter before it. Everyday words and made-up
ones teach that, in a bare frame first and in the very prompts of `workbench.prompts` after, so
that no finance question is ever shown to the base.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

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

WORDS: dict[str, tuple[str, ...]] = {
    "과일": (
        "사과",
        "배",
        "포도",
        "딸기",
        "수박",
        "참외",
        "복숭아",
        "자두",
        "귤",
        "감",
        "살구",
        "앵두",
    ),
    "채소": (
        "배추",
        "무",
        "당근",
        "오이",
        "가지",
        "호박",
        "시금치",
        "상추",
        "양파",
        "마늘",
        "고추",
        "미나리",
    ),
    "동물": (
        "호랑이",
        "사슴",
        "토끼",
        "여우",
        "늑대",
        "다람쥐",
        "코끼리",
        "기린",
        "염소",
        "너구리",
        "고라니",
        "수달",
    ),
    "새": (
        "참새",
        "까치",
        "독수리",
        "두루미",
        "제비",
        "오리",
        "부엉이",
        "갈매기",
        "비둘기",
        "꾀꼬리",
        "딱따구리",
        "백로",
    ),
    "물고기": (
        "고등어",
        "갈치",
        "연어",
        "붕어",
        "잉어",
        "명태",
        "대구",
        "참치",
        "가자미",
        "멸치",
        "조기",
        "숭어",
    ),
    "꽃": (
        "장미",
        "국화",
        "진달래",
        "개나리",
        "튤립",
        "백합",
        "무궁화",
        "연꽃",
        "해바라기",
        "민들레",
        "코스모스",
        "철쭉",
    ),
    "나무": (
        "소나무",
        "참나무",
        "은행나무",
        "단풍나무",
        "느티나무",
        "버드나무",
        "밤나무",
        "자작나무",
        "향나무",
        "전나무",
    ),
    "악기": (
        "피아노",
        "바이올린",
        "가야금",
        "거문고",
        "장구",
        "북",
        "피리",
        "하프",
        "기타",
        "해금",
        "트럼펫",
        "아쟁",
    ),
    "가구": ("책상", "의자", "침대", "옷장", "서랍장", "책장", "식탁", "소파", "화장대", "신발장"),
    "옷": ("저고리", "치마", "바지", "외투", "조끼", "양말", "장갑", "목도리", "두루마기", "셔츠"),
    "탈것": (
        "자전거",
        "버스",
        "기차",
        "비행기",
        "배편",
        "트럭",
        "지하철",
        "오토바이",
        "마차",
        "열기구",
    ),
    "날씨": ("비", "눈", "바람", "안개", "우박", "번개", "천둥", "서리", "이슬", "무지개"),
    "운동": (
        "축구",
        "농구",
        "배구",
        "수영",
        "탁구",
        "씨름",
        "양궁",
        "태권도",
        "스키",
        "체조",
        "달리기",
        "역도",
    ),
    "음식": (
        "김치",
        "비빔밥",
        "불고기",
        "냉면",
        "떡국",
        "된장찌개",
        "잡채",
        "만두",
        "칼국수",
        "식혜",
        "수제비",
        "전골",
    ),
    "직업": (
        "의사",
        "교사",
        "농부",
        "어부",
        "요리사",
        "목수",
        "소방관",
        "기자",
        "화가",
        "가수",
        "간호사",
        "조종사",
    ),
    "색깔": ("빨강", "노랑", "파랑", "초록", "보라", "주황", "하양", "검정", "분홍", "갈색"),
    "문구": ("연필", "지우개", "공책", "가위", "풀", "자", "볼펜", "크레용", "색종이", "필통"),
    "도시": (
        "서울",
        "부산",
        "인천",
        "광주",
        "대전",
        "울산",
        "전주",
        "춘천",
        "강릉",
        "목포",
        "여수",
        "경주",
    ),
}
_REAL_WORDS = sorted({word for words in WORDS.values() for word in words})
_SYLLABLES = "가나다라마바사아자차카타파하고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후기니디리미비시이지치키티피히강난단람만반산안장찬"


@dataclass(frozen=True)
class Exercise:
    """A prompt and what follows it; what was wanted is the last token of the completion."""

    prompt: Prompt
    completion: str


def draw_bare(random: Random, max_options: int) -> Exercise:
    """The shortest question there is: a word, the options, the letter."""
    options = random.sample(_REAL_WORDS, random.randint(2, max_options))
    right = random.randrange(len(options))
    lines = "\n".join(f"{x}. {option}" for x, option in zip(LETTERS, options, strict=False))
    prompt = Prompt(format="exercise/bare/v1", text=f" {options[right]}\n{lines}\n정답:")
    return Exercise(prompt, f" {LETTERS[right]}")


def draw_exercise(random: Random, max_options: int) -> Exercise:
    """A question of any kind with 2 to `max_options` options, in any prompt."""
    n_options = random.randint(2, max_options)
    question = (
        _pick(random, random.sample(_draw_words(random), n_options))
        if random.random() < 0.6
        else _categorise(random, n_options)
    )
    reasoned = random.random() < 0.4
    return (
        _chat(random, question, reasoned) if random.random() > 0.7 else _native(question, reasoned)
    )


def draw_unknown(random: Random) -> Exercise:
    """An open question about a word that means nothing: the answer names it and says so.

    It teaches to answer about what was asked, without a word of finance.
    """
    word = _made_up(random) if random.random() < 0.7 else random.choice(_REAL_WORDS)
    asked = random.choice(_UNKNOWN_STEMS).format(
        word=word, eun=with_particle(word, "은/는"), iran=with_particle(word, "이란/란")
    )
    answer = f"{with_particle(word, '은/는')} 배운 적이 없는 말이다."
    if random.random() < 0.5:
        return Exercise(qa_prompt(asked, "native"), qa_completion(answer))
    return Exercise(qa_prompt(asked, "chat"), answer)


def draw_at(level: int, random: Random) -> Exercise:
    """An exercise of a level, half of the newest kind and half of those before.

    0 bare, 1 to 3 the native prompt with up to three, five and seven options, 4 with reasoning,
    5 the chat prompt, 6 any words, 7 open questions, and from 8 on everything, categories too.
    """
    if level > 0 and random.random() < 0.5:
        level = random.randrange(min(level, 8))
    if level == 0:
        return draw_bare(random, 3)
    if level == 7:
        return draw_unknown(random)
    if level >= 8:
        return draw_exercise(random, 7)
    n_options = random.randint(2, {1: 3, 2: 5}.get(level, 7))
    words = _draw_words(random) if level == 6 else _REAL_WORDS
    question = _pick(random, random.sample(words, n_options))
    if level == 5 or (level == 6 and random.random() < 0.3):
        return _chat(random, question, random.random() < 0.5)
    return _native(question, reasoned=level >= 4 and random.random() < 0.5)


def _native(question: Question, reasoned: bool) -> Exercise:
    return Exercise(mcqa_prompt(question, "native"), mcqa_completion(question, reasoned))


def _chat(random: Random, question: Question, reasoned: bool) -> Exercise:
    # Half of the chat prompts open the assistant's turn with the mark, as letter scoring does.
    if random.random() < 0.5:
        return Exercise(mcqa_prompt(question, "chat", letter_next=True), mcqa_completion(question))
    return Exercise(mcqa_prompt(question, "chat"), chat_mcqa_completion(question, reasoned))


def _pick(random: Random, options: list[str]) -> Question:
    """Find a given word among the options."""
    right = random.randrange(len(options))
    return Question(
        id="exercise",
        question=random.choice(_PICK_STEMS).format(options[right]),
        options=tuple(options),
        answer=LETTERS[right],
        reasoning=f"찾는 말은 {with_particle(options[right], '이다/다')}.",
    )


def _categorise(random: Random, n_options: int) -> Question:
    """Find the one option of a category among those of another."""
    category, other = random.sample(sorted(WORDS), 2)
    wrong = random.sample(WORDS[other], min(n_options, len(WORDS[other])) - 1)
    right = random.randrange(len(wrong) + 1)
    chosen = random.choice(WORDS[category])
    return Question(
        id="exercise",
        question=random.choice(_CATEGORY_STEMS).format(category),
        options=(*wrong[:right], chosen, *wrong[right:]),
        answer=LETTERS[right],
        reasoning=f"{chosen}만 {category}에 든다.",
    )


_PICK_STEMS = (
    "다음 중 같은 말은? {}",
    "같은 말 찾기: {}",
    "보기와 같은 것은? 보기: {}",
    "{} 이 말과 같은 선택지는?",
)
_UNKNOWN_STEMS = (
    "{iran} 무엇인가?",
    "{eun} 무슨 말인가?",
    "{word} 뜻을 말하시오.",
    "{word}에 대해 말해 보시오.",
)
_CATEGORY_STEMS = (
    "다음 중 {}에 속하는 것은?",
    "{}에 해당하는 것을 고르시오.",
    "다음에서 {}의 이름은 무엇인가?",
)


def _draw_words(random: Random) -> list[str]:
    """Ten different words: real ones, made-up ones, or short made-up phrases."""
    kind = random.random()
    if kind < 0.4:
        return random.sample(_REAL_WORDS, 10)
    words: set[str] = set()
    while len(words) < 10:
        words.add(_made_up(random) if kind < 0.8 else f"{_made_up(random)} {_made_up(random)}")
    return sorted(words)


def _made_up(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=random.randint(2, 4)))


def exercise_vocabulary() -> list[str]:
    """Text that shows the tokenizer every frame and every real word of the exercises."""
    random = Random(0)
    drawn = [draw_exercise(random, 7) for _ in range(2000)]
    texts = [exercise.prompt.text + exercise.completion for exercise in drawn]
    texts += [turn.content for exercise in drawn for turn in exercise.prompt.messages]
    return [*texts, *(f" {word}" for word in _REAL_WORDS * 20), ANSWER_MARK]
