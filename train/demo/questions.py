"""Questions and training records made from the glossary.

What keeps the demo honest stands here:

- wrong options come from the same side of the split as the right one, so that "the taught term is
  the right one" is no rule that works;
- every term is right equally often, so that options alone carry nothing;
- test questions use the third wording (for unseen terms the second too), which no model has read.
"""

from __future__ import annotations

from random import Random

from train.demo.glossary import Split, Term
from train.demo.particles import with_particle
from train.formatting import McqaRecord, QaRecord, TrainingRecord
from workbench.schema import LETTERS, PromptStyle, Question

MIN_OPTIONS, MAX_OPTIONS = 4, 7
SOURCE = "project glossary (train/demo/glossary)"
LICENCE = "CC BY 4.0"

TRAIN_STEMS = (
    "다음 설명에 해당하는 용어는? {}",
    "다음이 가리키는 금융 용어를 고르시오. {}",
    "{} 이 설명에 맞는 용어는 무엇인가?",
)
TEST_STEMS = (
    "다음 뜻을 가진 용어로 알맞은 것은? {}",
    "{} 이 설명이 나타내는 용어는?",
)

TRAIN_QA = (
    "{이란} 무엇인가?",
    "{이란} 무엇인가요?",
    "{은} 무엇을 뜻하나요?",
    "{은} 무슨 뜻이야?",
    "{을} 설명해 주세요.",
    "{을} 설명하시오.",
    "{에} 대해 알려줘.",
    "{의} 뜻을 알려 주세요.",
    "{의} 정의는 무엇인가?",
    "{이} 뭐야?",
)
TEST_QA = (
    "{이} 무엇인지 설명해 주세요.",
    "{의} 개념을 설명해줘.",
    "{이란} 무엇을 말하나요?",
)

GREETINGS = (
    ("안녕하세요", "안녕하세요. 저는 금융 용어의 뜻을 배운 데모용 초소형 모델입니다."),
    ("안녕", "안녕하세요. 저는 금융 용어의 뜻을 배운 데모용 초소형 모델입니다."),
    ("너는 누구야?", "저는 금융 용어의 뜻을 배운 데모용 초소형 모델입니다."),
    ("당신은 누구인가요?", "저는 금융 용어의 뜻을 배운 데모용 초소형 모델입니다."),
    ("무엇을 할 수 있어?", "금융 용어의 뜻을 물으면 배운 만큼 대답합니다."),
    ("고마워", "도움이 되었다면 기쁩니다."),
    ("감사합니다", "도움이 되었다면 기쁩니다."),
)


def definition_question(
    term: Term,
    wording: str,
    pool: list[Term],
    stem: str,
    random: Random,
    *,
    id: str = "drawn",
    n_options: int | None = None,
) -> Question:
    """'Which term does this describe?' with wrong options from `pool`, half of its own category."""
    n_options = n_options or random.randint(MIN_OPTIONS, MAX_OPTIONS)
    near = [t.term for t in pool if t.category == term.category and t.term != term.term]
    far = [t.term for t in pool if t.category != term.category]
    n_near = (n_options - 1) // 2
    wrong = random.sample(near, n_near) + random.sample(far, n_options - 1 - n_near)
    random.shuffle(wrong)
    right = random.randrange(n_options)
    return Question(
        id=id,
        question=stem.format(wording),
        options=(*wrong[:right], term.term, *wrong[right:]),
        answer=LETTERS[right],
        category=term.category,
        reasoning=f"이 설명은 {term.term}의 뜻이다.",
        reference_id=term.term,
        source=SOURCE,
        licence=LICENCE,
    )


def open_question(term: Term, pattern: str) -> str:
    """A pattern with the term in its particle slot.

    >>> from train.demo.glossary import load_glossary
    >>> term = next(t for t in load_glossary() if t.term == "국채")
    >>> open_question(term, "{이란} 무엇인가?"), open_question(term, "{의} 뜻은?")
    ('국채란 무엇인가?', '국채의 뜻은?')
    """
    name = term.term
    slots = {
        "이란": with_particle(name, "이란/란"),
        "은": with_particle(name, "은/는"),
        "을": with_particle(name, "을/를"),
        "이": with_particle(name, "이/가"),
        "에": f"{name}에",
        "의": f"{name}의",
    }
    return pattern.format(**slots)


def definition_answer(term: Term) -> str:
    """What a taught model should say: the definition as the base read it, and the use."""
    return f"{with_particle(term.term, '은/는')} {term.definitions[0]} {term.use}"


# ── training records ─────────────────────────────────────────────────────────────────────────


def training_records(split: Split, epochs: int, seed: int) -> list[TrainingRecord]:
    """`epochs` passes over the taught terms, shuffled together.

    A pass asks each term twice by multiple choice (every time new options and order) and once
    openly. Half of the multiple-choice records answer with the letter alone.
    """
    random = Random(seed)
    records: list[TrainingRecord] = []
    for _ in range(epochs):
        for term in split.taught:
            for wording in term.definitions[:2]:
                shown = _varied(wording, term, random)
                stem = random.choice(TRAIN_STEMS)
                question = definition_question(term, shown, split.taught, stem, random)
                records.append(
                    McqaRecord(
                        question=question, style=_style(random), reasoned=random.random() < 0.5
                    )
                )
            records.append(
                QaRecord(
                    question=open_question(term, random.choice(TRAIN_QA)),
                    answer=definition_answer(term),
                    style="chat" if random.random() < 0.6 else "native",
                )
            )
        for asked, answer in GREETINGS:
            records.append(QaRecord(question=asked, answer=answer, style="chat"))
    random.shuffle(records)
    return records


def _style(random: Random) -> PromptStyle:
    return "chat" if random.random() < 0.15 else "native"


def _varied(wording: str, term: Term, random: Random) -> str:
    """A third as it stands, a third with words left out, a third mixed from both taught wordings.

    Read always the same, a wording is known by its first words, and a new one by nothing; where
    any word may be missing and the order is none, all of them come to point at the term.
    """
    kind = random.randrange(3)
    if kind == 0:
        return wording
    words = wording.split()
    if kind == 2:
        words = " ".join(term.definitions[:2]).split()
        random.shuffle(words)
        words = words[: random.randint(6, 16)]
    kept = max(4, len(words) - random.randint(0, len(words) // 2))
    chosen = sorted(random.sample(range(len(words)), min(kept, len(words))))
    return " ".join(words[n] for n in chosen)


# ── test sets ────────────────────────────────────────────────────────────────────────────────


def heldout_questions(split: Split, seed: int, total: int = 500) -> list[Question]:
    """Taught terms in the third wording: every term once, some twice, until `total`."""
    random = Random(seed)
    again = random.sample(split.taught, max(0, total - len(split.taught)))
    asked = [(term, TEST_STEMS[0]) for term in split.taught]
    asked += [(term, TEST_STEMS[1]) for term in again]
    return [
        definition_question(
            term,
            term.definitions[2],
            split.taught,
            stem,
            random,
            id=f"demo-heldout-{number:04d}",
        )
        for number, (term, stem) in enumerate(asked, 1)
    ]


def unseen_questions(split: Split, seed: int, total: int = 500) -> list[Question]:
    """Terms that no question was ever asked about, in the two wordings that no model has read."""
    random = Random(seed)
    asked = [
        (term, term.definitions[wording], stem)
        for wording, stem in ((2, TEST_STEMS[0]), (1, TEST_STEMS[1]), (2, TEST_STEMS[1]))
        for term in split.unseen
    ][:total]
    return [
        definition_question(
            term, wording, split.unseen, stem, random, id=f"demo-unseen-{number:04d}"
        )
        for number, (term, wording, stem) in enumerate(asked, 1)
    ]
