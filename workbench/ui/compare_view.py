"""What a reader sees of a comparison, and how an address says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlencode

from workbench.compare import CONDITION_FIELDS
from workbench.compared import OUTCOMES, Outcome
from workbench.schema import Record

MAX_NAME = 64  # characters of a run's id in an address


class CompareView(Record):
    """Two runs by their ids, and which of their questions are listed.

    `varying` are the conditions that may differ because they are what is compared. `opened` is the
    ordinal of the question that is shown whole.
    """

    a: str = ""
    b: str = ""
    varying: tuple[str, ...] = ()
    outcome: Outcome | None = None
    page: int = 1
    opened: int | None = None

    @property
    def chosen(self) -> bool:
        return bool(self.a and self.b)

    # ── what a click does ────────────────────────────────────────────────────────────────────

    def listing(self, outcome: str) -> Self:
        """The questions of that outcome; once more puts the list away."""
        found = next((each for each in OUTCOMES if each == outcome), None)
        wanted = None if found == self.outcome else found
        return self.model_copy(update={"outcome": wanted, "page": 1, "opened": None})

    def turning_to(self, page: str) -> Self:
        return self.model_copy(update={"page": _number(page, 1) or 1, "opened": None})

    def opening(self, ordinal: str) -> Self:
        """The question whole; once more puts it away."""
        wanted = _number(ordinal, 0)
        return self.model_copy(update={"opened": None if wanted == self.opened else wanted})

    def comparing_on_purpose(self, fields: str) -> Self:
        return self.model_copy(update={"varying": _fields(fields)})

    def of_pair(self, ids: str) -> Self:
        """Another cell of the matrix: 'A,B', and what may differ, 'A,B,prompt_style'."""
        a, _, rest = ids.partition(",")
        b, _, varying = rest.partition(",")
        return type(self)(a=a[:MAX_NAME], b=b[:MAX_NAME], varying=_fields(varying))

    # ── the address ──────────────────────────────────────────────────────────────────────────

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """What an address asks for; what it says wrongly is as if it said nothing."""
        return cls(
            a=query.get("a", "")[:MAX_NAME],
            b=query.get("b", "")[:MAX_NAME],
            varying=_fields(query.get("varying", "")),
            outcome=next((each for each in OUTCOMES if each == query.get("outcome")), None),
            page=_number(query.get("page", ""), 1) or 1,
            opened=_number(query.get("question", ""), 0),
        )

    def to_query(self) -> str:
        """The address's part after the question mark, without what is so anyway."""
        said = {
            "a": self.a,
            "b": self.b,
            "varying": ",".join(self.varying),
            "outcome": self.outcome or "",
            "page": "" if self.page == 1 else str(self.page),
            "question": "" if self.opened is None else str(self.opened),
        }
        return urlencode([("tab", "compare"), *((k, v) for k, v in said.items() if v)], safe=",")


def _fields(listed: str) -> tuple[str, ...]:
    return tuple(field for field in CONDITION_FIELDS if field in listed.split(","))


def _number(text: str, least: int) -> int | None:
    """None where it is no number, or a smaller one; a longer one was never ours."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else least - 1
    return number if number >= least else None
