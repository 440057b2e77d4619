"""krx-mcqa, whatever its size: nothing but the question gives an answer away, and all is checked.

A tell is a rule that looks at the options alone. What a guesser would reach by luck is allowed, and
what that is depends on how many questions there are.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.questions import load_questions
from workbench.questions.likeness import NEAR, grams, jaccard, packed
from workbench.schema import Question

DATA = Path(__file__).parents[3] / "workbench" / "data"
REVIEW = DATA / "review"
CHECKS = REVIEW / "krx_mcqa_checks.jsonl"

TEST = load_questions("krx-mcqa").questions
DEV = load_questions("krx-mcqa-dev").questions

ALPHA = 0.01
POINTS = 0.05  # from chance, where there are questions enough to see that little
ABSOLUTE_WORDS = ("항상", "반드시", "절대", "모든", "전혀")


# ── chance ───────────────────────────────────────────────────────────────────────────────────


def luck(chances: Sequence[float]) -> np.ndarray:
    """The probability of each number of hits, 0 to n, where each try has a chance of its own."""
    found = np.ones(1)
    for chance in chances:
        found = np.convolve(found, (1 - chance, chance))
    return found


def at_least(hits: int, chances: Sequence[float]) -> float:
    return float(luck(chances)[hits:].sum())


def at_most(hits: int, chances: Sequence[float]) -> float:
    return float(luck(chances)[: hits + 1].sum())


def guesses(questions: Sequence[Question]) -> list[float]:
    return [1 / len(question.options) for question in questions]


def test_luck_is_counted_as_by_hand() -> None:
    assert luck([0.5, 0.25]) == pytest.approx([0.375, 0.5, 0.125])
    assert at_least(1, [0.5, 0.25]) == pytest.approx(0.625)
    assert at_most(0, [0.5, 0.25]) == pytest.approx(0.375)


# ── tells ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("extreme", [max, min])
def test_the_longest_and_the_shortest_option_are_right_no_more_than_by_chance(
    extreme: Callable[[Sequence[int]], int],
) -> None:
    points = 0.0
    for question in TEST:
        lengths = [len(option) for option in question.options]
        picked = extreme(lengths)
        points += (len(question.right_option) == picked) / lengths.count(picked)
    chances = guesses(TEST)
    noise = 1.96 * math.sqrt(sum(p * (1 - p) for p in chances))
    assert points <= sum(chances) + max(POINTS * len(TEST), noise)


@pytest.mark.parametrize("words", [ABSOLUTE_WORDS, *((word,) for word in ABSOLUTE_WORDS)])
def test_absolute_words_do_not_mark_wrong_options(words: Sequence[str]) -> None:
    chances, right = [], 0
    for question in TEST:
        for option in question.options:
            if any(word in option for word in words):
                chances.append(1 / len(question.options))
                right += option == question.right_option
    assert at_most(right, chances) >= ALPHA


ABOUT_THE_OPTIONS = re.compile(
    r"(?:모두|전부) ?(?:정답|옳|맞|해당|틀)|(?:정답|답|해당)[은이]? ?(?:사항 ?)?없|위의? ?(?:모두|보기)"
)


def test_no_option_speaks_of_the_others() -> None:
    assert [o for q in (*TEST, *DEV) for o in q.options if ABOUT_THE_OPTIONS.search(o)] == []


def options_only_hits(questions: Sequence[Question]) -> int:
    """How many right options are the likeliest to a classifier that never saw their question.

    Logistic regression on character 1- to 3-grams; a question's options are in one fold.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    options = [option for question in questions for option in question.options]
    labels = np.array([o == q.right_option for q in questions for o in q.options])
    groups = np.array([n for n, q in enumerate(questions) for _ in q.options])
    scores = np.zeros(len(options))
    for known, asked in GroupKFold(10, shuffle=True, random_state=0).split(options, groups=groups):
        vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2)
        model = LogisticRegression(class_weight="balanced", max_iter=1000)
        model.fit(vectors.fit_transform([options[i] for i in known]), labels[known])
        scores[asked] = model.decision_function(vectors.transform([options[i] for i in asked]))
    return sum(
        bool(labels[groups == n][scores[groups == n].argmax()]) for n in range(len(questions))
    )


def test_the_options_alone_do_not_tell_the_right_one() -> None:
    assert at_least(options_only_hits(TEST), guesses(TEST)) >= ALPHA


def test_the_classifier_would_see_a_word_that_marks_the_right_option() -> None:
    marked = [
        q.model_copy(
            update={"options": tuple(f"{o} 등" if o == q.right_option else o for o in q.options)}
        )
        for q in TEST[:60]
    ]
    assert at_least(options_only_hits(marked), guesses(marked)) < ALPHA


# ── overlap ──────────────────────────────────────────────────────────────────────────────────


def test_no_two_questions_are_nearly_the_same() -> None:
    texts = {q.id: grams(packed(" ".join((q.question, *q.options)))) for q in (*TEST, *DEV)}
    alike = [
        (a, b)
        for a, b in combinations(texts, 2)
        # Two sets of very different size cannot be alike, and counting that is much quicker.
        if min(len(texts[a]), len(texts[b])) >= NEAR * max(len(texts[a]), len(texts[b]))
        and jaccard(texts[a], texts[b]) >= NEAR
    ]
    assert alike == []


def test_what_dev_shows_is_not_what_test_asks() -> None:
    assert {q.reference_id for q in TEST} & {q.reference_id for q in DEV} == set()


# ── calculations ─────────────────────────────────────────────────────────────────────────────

FUNCTIONS: dict[str, Any] = {
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "ceil", "floor", "prod", "pi")},
    **{f.__name__: f for f in (abs, all, any, int, len, max, min, range, round, sorted, sum, zip)},
}
ALLOWED = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Load, ast.Store, ast.Starred),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp),
    *(ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
    *(ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Subscript, ast.Slice),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.comprehension),
    *(ast.Call, ast.keyword, ast.Lambda, ast.arguments, ast.arg),
)


def value_of(expression: str) -> Any:
    """The value of arithmetic, comprehensions and FUNCTIONS.

    There are no attributes, so nothing leads from a number to the interpreter. Raises ValueError.
    """
    tree = ast.parse(expression, mode="eval")
    for node in ast.walk(tree):
        if not isinstance(node, ALLOWED):
            raise ValueError(f"'{expression}' has a {type(node).__name__}, which is no arithmetic")
    return eval(compile(tree, "<check>", "eval"), {"__builtins__": {}, **FUNCTIONS})


@pytest.mark.parametrize(
    "expression", ["().__class__", "[x for x in open('f')]", "__import__('os')", "(x := 1)"]
)
def test_an_expression_that_does_more_than_calculate_is_refused(expression: str) -> None:
    with pytest.raises((ValueError, NameError)):
        value_of(expression)


def is_close(found: Any, stated: Any) -> bool:
    if isinstance(stated, list):
        return len(found) == len(stated) and all(map(is_close, found, stated))
    if isinstance(stated, bool | str):
        return bool(found == stated)
    return math.isclose(found, stated, rel_tol=1e-9, abs_tol=1e-9)


def records(path: Path) -> Iterator[dict[str, Any]]:
    yield from map(json.loads, path.read_text("utf-8").splitlines())


def test_every_calculation_gives_what_is_stated() -> None:
    found = {check["id"]: value_of(check["expression"]) for check in records(CHECKS)}
    stated = {check["id"]: check["value"] for check in records(CHECKS)}
    assert stated
    assert [id for id in stated if not is_close(found[id], stated[id])] == []


def test_every_calculation_is_of_a_question_as_it_stands() -> None:
    right = {question.id: question.right_option for question in TEST}
    checks = list(records(CHECKS))
    assert max(Counter(check["id"] for check in checks).values()) == 1
    assert [c["id"] for c in checks if right.get(c["id"]) != c["right_option"]] == []


# ── solves ───────────────────────────────────────────────────────────────────────────────────


def solves() -> list[dict[str, Any]]:
    paths = sorted(path for path in REVIEW.glob("*.jsonl") if path != CHECKS)
    return [solve for path in paths for solve in records(path)]


def test_every_question_was_solved_as_it_stands_with_the_same_answer() -> None:
    agreed = {(solve["hash"], solve["answer"]) for solve in solves()}
    assert [q.id for q in TEST if (q.hash, q.answer) not in agreed] == []


def test_a_solve_says_who_solved_what_and_how_sure() -> None:
    fields = {"id", "hash", "solver", "answer", "confidence", "note"}
    assert [solve for solve in solves() if not fields <= solve.keys()] == []
