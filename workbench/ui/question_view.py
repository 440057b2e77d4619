"""Which questions of a set a reader looks through, which one is open, and how an address says so."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Self, get_args
from urllib.parse import urlencode

from workbench.questions.library import FRESH_PREFIX, MAX_SEED
from workbench.questions.load import OPEN_SETS, bundled_names
from workbench.schema import OpenQuestion, OpenQuestionSet, Question, QuestionSet, Record

PAGE_SIZE = 20
MAX_TEXT = 100
MAX_CHOICES = 50
FIRST_SET = "krx-mcqa"
FRESH = "krx-fresh"  # drawn from the reader's seed, unlike the bundled draw of one date

AnyQuestion = Question | OpenQuestion
AnySet = QuestionSet | OpenQuestionSet

Property = Literal["category", "area", "difficulty"]
PROPERTIES: tuple[Property, ...] = get_args(Property)


def set_names() -> tuple[str, ...]:
    return (*bundled_names(), FRESH, *OPEN_SETS)


class QuestionView(Record):
    """`seed` matters to fresh questions alone. Nothing ticked means everything.

    `question` is the id of the one that is open; the first where the set has no such.
    """

    source: str = FIRST_SET
    seed: int = 1
    search: str = ""
    categories: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    difficulties: tuple[str, ...] = ()
    question: str = ""

    def ticked(self, name: Property) -> tuple[str, ...]:
        return {
            "category": self.categories,
            "area": self.areas,
            "difficulty": self.difficulties,
        }[name]

    @property
    def set_name(self) -> str:
        """The set's name in the library: a fresh one is named by its seed."""
        return f"{FRESH_PREFIX}{self.seed}" if self.source == FRESH else self.source

    # ── what a click does ────────────────────────────────────────────────────────────────────

    def of_set(self, source: str, seed: float | None = None) -> Self:
        """Another set, looked at from its beginning."""
        return type(self)(
            source=source if source in set_names() else FIRST_SET,
            seed=self.seed if seed is None else int(min(max(seed, 0), MAX_SEED - 1)),
        )

    def searching(self, text: str) -> Self:
        return self.model_copy(update={"search": text.strip()[:MAX_TEXT]})

    def toggling(self, name: str, value: str) -> Self:
        fields = {"category": "categories", "area": "areas", "difficulty": "difficulties"}
        if name not in fields:
            return self
        chosen: tuple[str, ...] = getattr(self, fields[name])
        without = tuple(each for each in chosen if each != value)
        changed = without if value in chosen else (*chosen, value[:MAX_TEXT])[-MAX_CHOICES:]
        return self.model_copy(update={fields[name]: changed})

    def without_filters(self) -> Self:
        nothing = {"search": "", "categories": (), "areas": (), "difficulties": ()}
        return self.model_copy(update=nothing)

    def opening(self, question_id: str) -> Self:
        return self.model_copy(update={"question": question_id[: 2 * MAX_TEXT]})

    # ── the address ──────────────────────────────────────────────────────────────────────────

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """What an address asks for; what it says wrongly is as if it said nothing."""
        view = cls().of_set(query.get("set", ""), _number(query, "seed"))
        return view.model_copy(
            update={
                "search": query.get("search", "")[:MAX_TEXT],
                "categories": _names(query.get("category")),
                "areas": _names(query.get("area")),
                "difficulties": _names(query.get("difficulty")),
                "question": query.get("question", "")[: 2 * MAX_TEXT],
            }
        )

    def to_query(self) -> str:
        said = {
            "set": self.source,
            "seed": str(self.seed) if self.source == FRESH else "",
            "search": self.search,
            "category": ",".join(self.categories),
            "area": ",".join(self.areas),
            "difficulty": ",".join(self.difficulties),
            "question": self.question,
        }
        query = {key: value for key, value in said.items() if value}
        return urlencode({"tab": "data", "section": "questions", **query}, safe=",")


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _names(given: str | None) -> tuple[str, ...]:
    found = [name[:MAX_TEXT] for name in (given or "").split(",") if name]
    return tuple(dict.fromkeys(found))[:MAX_CHOICES]


# ── which questions ──────────────────────────────────────────────────────────────────────────


class Selection(NamedTuple):
    """The questions that fit, and the open one's place among them, from 0."""

    questions: tuple[AnyQuestion, ...]
    position: int

    @property
    def current(self) -> AnyQuestion | None:
        return self.questions[self.position] if self.questions else None

    @property
    def page(self) -> int:
        """From 0: the page of the list that the open question stands on."""
        return self.position // PAGE_SIZE

    @property
    def pages(self) -> int:
        return -(-len(self.questions) // PAGE_SIZE)

    def on_page(self) -> tuple[AnyQuestion, ...]:
        return self.questions[self.page * PAGE_SIZE : (self.page + 1) * PAGE_SIZE]

    def neighbour(self, step: int) -> str:
        """The id of the question that many further on; '' where there is none."""
        place = self.position + step
        return self.questions[place].id if 0 <= place < len(self.questions) else ""


def choose_questions(question_set: AnySet, view: QuestionView) -> Selection:
    found = tuple(question for question in question_set.questions if _fits(question, view))
    places = (place for place, question in enumerate(found) if question.id == view.question)
    return Selection(found, next(places, 0))


def property_of(question: AnyQuestion, name: Property) -> str:
    """'' where the question has no such property."""
    value: str | None = getattr(question, name, None)  # open questions have no difficulty
    return value or ""


def property_counts(questions: Sequence[AnyQuestion], name: Property) -> dict[str, int]:
    """How many questions have a value, by value, in the order in which they come."""
    counts = Counter(property_of(question, name) for question in questions)
    return {value: count for value, count in counts.items() if value}


def _fits(question: AnyQuestion, view: QuestionView) -> bool:
    for name in PROPERTIES:
        if view.ticked(name) and property_of(question, name) not in view.ticked(name):
            return False
    options = question.options if isinstance(question, Question) else ()
    within = _folded("\n".join((question.id, question.question, *options)))
    return all(word in within for word in _folded(view.search).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
