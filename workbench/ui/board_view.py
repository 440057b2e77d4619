"""Which entries of the leaderboard a reader wants to see, in which order, and how an address says so."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, Self, TypeVar, get_args
from urllib.parse import urlencode

from workbench.leaderboard import Board, Entry
from workbench.schema import Record, canonical_hash
from workbench.standings import Gap, Standings, WinRate

PAGE_SIZE = 50
MAX_TEXT = 100  # characters of a search, or of a name in an address
MAX_CHOICES = 50

Column = Literal[
    "rank",
    "model",
    "accuracy",
    "n",
    "adjusted",
    "unparsed",
    "truncated",
    "failed",
    "gap",
    "votes",
    "engine",
    "dtype",
    "adapter",
    "run",
    "date",
]
COLUMNS: tuple[Column, ...] = get_args(Column)
ALWAYS: tuple[Column, ...] = ("rank", "model", "accuracy")
AT_FIRST: tuple[Column, ...] = ("n", "adjusted", "unparsed", "gap", "votes")
# Those that are read from the largest down; the others from the smallest, or from A, up.
_LARGEST_FIRST = {"accuracy", "n", "adjusted", "gap", "votes", "date"}

Facet = Literal["set", "method", "style"]
FACETS: tuple[Facet, ...] = get_args(Facet)
OWN_STYLE = "own"  # where each model of a board is asked in the style that it was made for

_Known = TypeVar("_Known", bound=str)


class BoardView(Record):
    """What is searched for, ticked, sorted by and opened. Nothing ticked means everything.

    `opened` is the key of the place whose origin is shown, or its beginning: a run's id.
    """

    search: str = ""
    sets: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    sort: Column = "rank"
    reverse: bool = False
    columns: tuple[Column, ...] = AT_FIRST
    opened: str = ""
    page: int = 1

    def ticked(self, facet: Facet) -> tuple[str, ...]:
        return {"set": self.sets, "method": self.methods, "style": self.styles}[facet]

    @property
    def shown(self) -> tuple[Column, ...]:
        """The columns in their order on the screen."""
        return tuple(name for name in COLUMNS if name in ALWAYS or name in self.columns)

    # ── what a click does ────────────────────────────────────────────────────────────────────

    def searching(self, text: str) -> Self:
        return self._changed(search=text.strip()[:MAX_TEXT])

    def toggling(self, facet: str, value: str) -> Self:
        fields = {"set": "sets", "method": "methods", "style": "styles"}
        if facet not in fields:
            return self
        field = fields[facet]
        return self._changed(**{field: _toggled(getattr(self, field), value)})

    def without_filters(self) -> Self:
        return self._changed(search="", sets=(), methods=(), styles=())

    def sorting(self, column: str) -> Self:
        """Sorted by that column; once more turns the order round."""
        if column not in COLUMNS:
            return self
        return self._changed(sort=column, reverse=column == self.sort and not self.reverse)

    def with_column(self, column: str) -> Self:
        """The column shown, or no longer; what it was sorted by goes with it."""
        if column not in COLUMNS or column in ALWAYS:
            return self
        view = self.model_copy(update={"columns": _toggled(self.columns, column)})
        return view.sorting("rank") if view.sort not in view.shown else view

    def opening(self, key: str) -> Self:
        """What is open closes, and what is closed opens, one at a time."""
        is_open = bool(self.opened) and key.startswith(self.opened)
        return self.model_copy(update={"opened": "" if is_open else key[:MAX_TEXT]})

    def turning_to(self, page: str) -> Self:
        return self.model_copy(update={"page": _page(page)})

    def _changed(self, **fields: object) -> Self:
        """With other entries or another order one reads from the first page."""
        return self.model_copy(update={**fields, "page": 1})

    # ── the address ──────────────────────────────────────────────────────────────────────────

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """What an address asks for; what it says wrongly is as if it said nothing."""
        columns = query.get("columns")
        return cls(
            search=query.get("search", "")[:MAX_TEXT],
            sets=_names(query.get("set")),
            methods=_names(query.get("method")),
            styles=_names(query.get("style")),
            sort=next(iter(_known(query.get("sort"), COLUMNS)), "rank"),
            reverse=query.get("reverse") == "1",
            columns=AT_FIRST if columns is None else _known(columns, COLUMNS),
            opened=query.get("run", "")[:MAX_TEXT],
            page=_page(query.get("page", "1")),
        )

    def to_query(self) -> str:
        """The address's part after the question mark, without what is so anyway."""
        said = {
            "search": self.search,
            "set": ",".join(self.sets),
            "method": ",".join(self.methods),
            "style": ",".join(self.styles),
            "sort": "" if self.sort == "rank" else self.sort,
            "reverse": "1" if self.reverse else "",
            "run": self.opened,
            "page": "" if self.page == 1 else str(self.page),
        }
        query = {key: value for key, value in said.items() if value}
        if self.columns != AT_FIRST:
            query["columns"] = ",".join(self.columns)
        return urlencode({"tab": "leaderboard", **query}, safe=",")


def _toggled(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    if value in chosen:
        return tuple(each for each in chosen if each != value)
    return (*chosen, value[:MAX_TEXT])[-MAX_CHOICES:]


def _names(given: str | None) -> tuple[str, ...]:
    found = [name[:MAX_TEXT] for name in (given or "").split(",") if name]
    return tuple(dict.fromkeys(found))[:MAX_CHOICES]


def _known(given: str | None, known: Sequence[_Known]) -> tuple[_Known, ...]:
    names = set(_names(given))
    return tuple(name for name in known if name in names)


def _page(given: str) -> int:
    return max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 7 else 1


# ── which rows ───────────────────────────────────────────────────────────────────────────────


class Place(NamedTuple):
    """An entry on its board, with what stands beside its accuracy."""

    board: Board
    entry: Entry
    gap: Gap | None
    votes: WinRate | None

    @property
    def key(self) -> str:
        """Names the place: a run may stand on several boards."""
        return f"{self.entry.run.id}-{canonical_hash(self.board.conditions.model_dump())[:8]}"


class PlacesPage(NamedTuple):
    """`places` of page `page` of `pages`; `found` is how many there are on all of them."""

    places: tuple[Place, ...]
    found: int
    page: int
    pages: int


def style_of(board: Board) -> str:
    return board.conditions.prompt_style or OWN_STYLE


def facet_of(board: Board, facet: Facet) -> str:
    return {
        "set": board.question_set,
        "method": board.conditions.method,
        "style": style_of(board),
    }[facet]


def facet_counts(boards: Iterable[Board], facet: Facet) -> dict[str, int]:
    """How many entries a choice has, by choice, in the order of the boards."""
    counts: Counter[str] = Counter()
    for board in boards:
        counts[facet_of(board, facet)] += len(board.entries)
    return dict(counts)


def choose_places(standings: Standings, view: BoardView) -> PlacesPage:
    """Board after board, each sorted by itself: a rank means nothing outside its board."""
    found: list[Place] = []
    for board in standings.leaderboard.boards:
        if _is_wanted(board, view):
            places = [place for place in _places(standings, board) if _matches(place, view)]
            found += _sorted(places, view)
    pages = max(1, math.ceil(len(found) / PAGE_SIZE))
    page = min(view.page, pages)
    first = (page - 1) * PAGE_SIZE
    return PlacesPage(tuple(found[first : first + PAGE_SIZE]), len(found), page, pages)


def _is_wanted(board: Board, view: BoardView) -> bool:
    return all(
        not view.ticked(facet) or facet_of(board, facet) in view.ticked(facet) for facet in FACETS
    )


def _places(standings: Standings, board: Board) -> list[Place]:
    return [
        Place(board, entry, standings.gaps.get(entry.run.id), standings.votes_of(entry))
        for entry in board.entries
    ]


def _matches(place: Place, view: BoardView) -> bool:
    spec = place.entry.run.spec
    texts = (
        *(spec.engine.model, spec.variant, spec.question_set, spec.engine.engine),
        *(spec.engine.dtype, spec.engine.tuned, spec.engine.base, place.entry.run.id),
    )
    words = _folded(view.search).split()
    within = _folded("\n".join(texts))
    return all(word in within for word in words)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _sorted(places: list[Place], view: BoardView) -> list[Place]:
    """Entries come by rank. What a column says nothing of stands last in either direction."""
    known = [place for place in places if sort_value(place, view.sort) is not None]
    unknown = [place for place in places if sort_value(place, view.sort) is None]
    # Equal values keep the order of their ranks, also where the larger stand first.
    known.sort(key=lambda place: _key(place, view.sort), reverse=is_descending(view))
    return known + unknown


def is_descending(view: BoardView) -> bool:
    return (view.sort in _LARGEST_FIRST) != view.reverse


def _key(place: Place, column: Column) -> float | str:
    value = sort_value(place, column)
    assert value is not None
    return value


def sort_value(place: Place, column: Column) -> float | str | None:
    entry, spec = place.entry, place.entry.run.spec
    match column:
        case "rank":
            return entry.rank
        case "model":
            return _folded(f"{spec.engine.model} {spec.variant}")
        case "accuracy":
            return entry.accuracy.share
        case "n":
            return entry.accuracy.n
        case "adjusted":
            return entry.accuracy.adjusted
        case "unparsed":
            return sum(entry.unparsed.values())
        case "truncated":
            return entry.truncated
        case "failed":
            return entry.failed
        case "gap":
            return place.gap.difference if place.gap else None
        case "votes":
            return place.votes.share.share if place.votes else None
        case "engine":
            return spec.engine.engine
        case "dtype":
            return spec.engine.dtype
        case "adapter":
            return spec.engine.tuned_hash or spec.engine.tuned or None
        case "run":
            return entry.run.id
        case "date":
            return entry.run.created.timestamp()
