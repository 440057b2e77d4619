"""What the documents say about the bundled questions, counted from the files.

    python -m workbench.questions.composition

Run it whenever questions or solves change. It writes the tables of the data card and of the review
anew, and single numbers in the prose of both and of the READMEs, found by the words around them. All
other prose stays as somebody wrote it; a test fails where a document is not what this would write.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from workbench.questions.load import load_questions
from workbench.questions.open_questions import load_open_questions
from workbench.questions.review import Check, Solve, load_checks, load_solves
from workbench.schema import LETTERS, OpenQuestion, Question
from workbench.stats import detectable_difference

ROOT = Path(__file__).parents[2]
CARD, REVIEW = "workbench/data/CARD.md", "workbench/data/REVIEW.md"
README, README_KO, TASKS = "README.md", "README.ko.md", "eval_tasks/README.md"
DOCUMENTS = (CARD, REVIEW, README, README_KO, TASKS)

DISCORDANCE = 0.25  # share of questions that one of two models alone gets right: see the card
DIFFICULTIES = {
    "easy": "one step or concept",
    "hard": "several steps, exceptions, competing rules",
}
OPTION_COUNTS = (4, 5, 6, 7)
ASKS_FOR_WHAT_IS_NOT = re.compile(r"(?:않은|않는) 것은\?")

# The contest's categories, and within them the areas of its published validation set.
CATEGORIES = {
    "재무회계": "financial accounting",
    "금융시장": "financial markets",
    "국내기업": "companies, each invented and named as such",
    "금융에이전트": "an assistant's tool calls, tables, formulas and queries",
}
AREAS = {
    ("재무회계", "재무제표 분석"): "statement analysis",
    ("재무회계", "회계 원칙 적용"): "accounting principles",
    ("재무회계", "재무 비율 계산"): "ratios",
    ("재무회계", "금융 개념"): "corporate finance",
    ("금융시장", "금융 개념"): "concepts",
    ("금융시장", "시장 동향"): "reading markets",
    ("금융시장", "투자 전략"): "strategies",
}


# ── counts ───────────────────────────────────────────────────────────────────────────────────


def choice_counts(questions: Sequence[Question]) -> dict[str, str]:
    """A set of multiple-choice questions as the card's column: what was counted -> how many."""
    sizes = Counter(len(q.options) for q in questions)
    difficulties = Counter(str(q.difficulty) for q in questions)
    right = Counter(q.answer for q in questions)
    negated = sum(ASKS_FOR_WHAT_IS_NOT.search(q.question) is not None for q in questions)
    return {
        **_counts(questions),
        **{f"{name} ({gloss})": str(difficulties[name]) for name, gloss in DIFFICULTIES.items()},
        **{f"{size} options": str(sizes[size]) for size in OPTION_COUNTS},
        "asks for what is not right": str(negated),
        **{f"{letter} is right": str(right[letter]) for letter in LETTERS[: max(OPTION_COUNTS)]},
        "score of a uniform guess": f"{chance(questions):.1%}",
        "score of taking the longest option": f"{score_by_length(questions, max):.1%}",
        "score of taking the shortest option": f"{score_by_length(questions, min):.1%}",
    }


def open_counts(questions: Sequence[OpenQuestion]) -> dict[str, str]:
    points = Counter(len(q.points) for q in questions)
    return {
        **_counts(questions),
        **{f"with {number} points": str(points[number]) for number in sorted(points)},
    }


def _counts(questions: Sequence[Question] | Sequence[OpenQuestion]) -> dict[str, str]:
    """What every kind of question has."""
    categories = Counter(q.category for q in questions)
    areas = Counter((q.category, q.area) for q in questions)
    counts = {"questions": str(len(questions))}
    for category, gloss in CATEGORIES.items():
        counts[f"{category} ({gloss})"] = str(categories[category])
        for place, meaning in AREAS.items():
            if place[0] == category:
                counts[f"· {place[1]} ({meaning})"] = str(areas[place])
    counts["with an as-of date"] = str(sum(q.as_of is not None for q in questions))
    return counts


def chance(questions: Sequence[Question]) -> float:
    return sum(1 / len(q.options) for q in questions) / len(questions)


def letter_spread(questions: Sequence[Question]) -> int:
    """How many more times one letter is right than another, among questions of one size; the most."""
    right = Counter((len(q.options), q.answer) for q in questions)
    spreads = []
    for size in {len(q.options) for q in questions}:
        counts = [right[size, letter] for letter in LETTERS[:size]]
        spreads.append(max(counts) - min(counts))
    return max(spreads)


def score_by_length(questions: Sequence[Question], extreme: Callable[[list[int]], int]) -> float:
    """What taking the longest (max) or shortest (min) option scores; ties share the point."""
    points = 0.0
    for q in questions:
        lengths = [len(option) for option in q.options]
        picked = extreme(lengths)
        points += (len(q.right_option) == picked) / lengths.count(picked)
    return points / len(questions)


# ── tables ───────────────────────────────────────────────────────────────────────────────────


def composition_table(columns: Mapping[str, Mapping[str, str]]) -> str:
    """The card's table from the counts of each set; a dash where a row does not apply to a set."""
    labels = dict.fromkeys(label for counts in columns.values() for label in counts)
    rows = [[label, *(counts.get(label, "–") for counts in columns.values())] for label in labels]
    return _markdown(["", *columns], rows)


def coverage_table(
    questions: Sequence[Question], solves: Sequence[Solve], checks: Sequence[Check]
) -> str:
    """How often each category's questions were solved as they stand, and with what outcome."""
    rows = []
    for category in CATEGORIES:
        members = {q.id: q for q in questions if q.category == category}
        of_these = [solve for solve in solves if solve.id in members]
        times = Counter(s.id for s in of_these if s.hash == members[s.id].hash)
        rows.append(
            [
                category,
                len(members),
                sum(times[id_] == 1 for id_ in members),
                sum(times[id_] > 1 for id_ in members),
                len(of_these),
                sum(solve.agrees(members[solve.id]) for solve in of_these),
                len({check.id for check in checks} & members.keys()),
            ]
        )
    totals = [sum(column) for column in list(zip(*rows, strict=True))[1:]]
    head = ["category", "questions", "solved once", "twice or more", "solves", "agree", "checked"]
    return _markdown(head, [*rows, ["all", *totals]])


def solver_table(questions: Sequence[Question], solves: Sequence[Solve]) -> str:
    by_id = {q.id: q for q in questions}
    rows = []
    for solver in sorted({solve.solver for solve in solves}):
        own = [solve for solve in solves if solve.solver == solver]
        agreeing = sum(solve.agrees(by_id[solve.id]) for solve in own)
        sure = sum(solve.confidence == "sure" for solve in own)
        rows.append([solver, len(own), agreeing, sure, sum(bool(solve.note) for solve in own)])
    return _markdown(["solver", "solves", "agree", "sure", "with a remark"], rows)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, *rows]
    written = [re.sub(" +", " ", f"| {' | '.join(map(str, line))} |") for line in lines]
    return "\n".join([written[0], "|" + "---|" * len(head), *written[1:]])


# ── documents ────────────────────────────────────────────────────────────────────────────────


class Number(NamedTuple):
    """A number in a document's prose: '{}' in `words` is its place, a space any white space."""

    document: str
    words: str
    value: str


def with_table(text: str, table: str) -> str:
    """The text with the table under the same header line replaced. Raises ValueError without one."""
    head = table.partition("\n")[0]
    return _replaced(text, rf"(?m)(?P<old>^{re.escape(head)}$(?:\n\|.*$)*)", table, head)


def with_number(text: str, words: str, value: str) -> str:
    """The text with the number among these words replaced. Raises ValueError without such words.

    >>> with_number("> 평가용 60문항과\\n> 소수 예시용 12문항", "소수 예시용 {}문항", "18")
    '> 평가용 60문항과\\n> 소수 예시용 18문항'
    """
    space = r"[\s>]+"  # lines of a Markdown quotation begin with '>'
    before, after = (space.join(map(re.escape, part.split(" "))) for part in words.split("{}"))
    number = r"(?<![\d.,])(?P<old>\d(?:[\d.,]*\d)?)"
    return _replaced(text, rf"{before}{number}{after}", value, words)


def _replaced(text: str, pattern: str, new: str, what: str) -> str:
    found = list(re.finditer(pattern, text))
    if len(found) != 1:
        raise ValueError(f"'{what}' stands {len(found)} times in a document; expected once")
    start, end = found[0].span("old")
    return text[:start] + new + text[end:]


def documents() -> dict[str, str]:
    """Every document that counts the questions, as it should be: path from the root -> text."""
    test, dev = load_questions("krx-mcqa").questions, load_questions("krx-mcqa-dev").questions
    prose = load_open_questions("krx-qa").questions
    solves, checks = load_solves(), load_checks()
    columns = {
        "krx-mcqa": choice_counts(test),
        "krx-mcqa-dev": choice_counts(dev),
        "krx-qa": open_counts(prose),
    }
    texts = {name: (ROOT / name).read_text("utf-8") for name in DOCUMENTS}
    texts[CARD] = with_table(texts[CARD], composition_table(columns))
    for table in (coverage_table(test, solves, checks), solver_table(test, solves)):
        texts[REVIEW] = with_table(texts[REVIEW], table)
    for number in _numbers(test, dev, prose):
        texts[number.document] = with_number(texts[number.document], number.words, number.value)
    return texts


def _numbers(
    test: Sequence[Question], dev: Sequence[Question], prose: Sequence[OpenQuestion]
) -> list[Number]:
    n = str(len(test))
    smallest = detectable_difference(len(test), DISCORDANCE)
    if smallest is None:
        raise ValueError(f"{n} questions are too few to show any difference")
    visible = f"{100 * smallest:.1f}"
    cells = Counter((q.category, q.area) for q in test)
    return [
        Number(CARD, "평가용 {}문항", n),
        Number(CARD, "소수 예시(few-shot)용 {}문항", str(len(dev))),
        Number(CARD, "서술형 {}문항", str(len(prose))),
        Number(CARD, "{}문항으로는", n),
        Number(CARD, "정답률이 {}%p", visible),
        Number(CARD, "letters of `krx-mcqa` differ by {} at most", str(letter_spread(test))),
        Number(CARD, "{} questions show", n),
        Number(CARD, "difference of {} points", visible),
        Number(CARD, "as few as {} questions", str(min(cells.values()))),
        Number(README, "`krx-mcqa`: {} of them", n),
        Number(README, "difference of {} points", visible),
        Number(README_KO, "모두 {}문항", n),
        Number(README_KO, "{}%p부터", visible),
        Number(TASKS, "`krx-mcqa` ({} questions)", n),
        Number(TASKS, "`krx-mcqa-dev` ({})", str(len(dev))),
        Number(TASKS, "`krx-qa` ({})", str(len(prose))),
    ]


def main() -> None:
    for name, text in documents().items():
        path = ROOT / name
        if path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            print(f"{name}: written anew")


if __name__ == "__main__":
    main()
