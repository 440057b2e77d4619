"""The leaderboard as HTML. Names of imported runs are a stranger's: everything is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from itertools import groupby

from workbench import numerals
from workbench.analysis import Share
from workbench.leaderboard import Board, Entry, LeftOut
from workbench.provenance import provenance
from workbench.published import PublishedTable
from workbench.report.phrases import load_texts as field_names
from workbench.schema import VARIANTS
from workbench.standings import PEOPLE, Standings, WinRate
from workbench.stats import Interval
from workbench.ui.board_view import (
    ALWAYS,
    COLUMNS,
    FACETS,
    BoardView,
    Column,
    Facet,
    Place,
    PlacesPage,
    choose_places,
    facet_counts,
    is_descending,
    style_of,
)
from workbench.ui.texts import Texts

FIRST_COMMAND = "python -m workbench eval --model demo --questions demo-heldout"
NO_VALUE = '<span class="none">–</span>'


# ── the board ────────────────────────────────────────────────────────────────────────────────


def board(standings: Standings, view: BoardView, texts: Texts) -> str:
    """Filters, table and pages. `data-act` and `data-value` say what a click on a part means."""
    boards = standings.leaderboard.boards
    if not boards:
        return _root(view, _empty(texts))
    page = choose_places(standings, view)
    chips = "".join(_chips(facet, boards, view, texts) for facet in FACETS)
    table = _table(page, view, texts) if page.places else _nothing_found(texts)
    count = texts("leaderboard.found", count=numerals.count(page.found))
    return _root(
        view,
        f'<div class="chips">{chips}</div>'
        f'<div class="above"><p class="count" role="status">{escape(count)}</p>'
        f"{_column_choice(view, texts)}</div>"
        f"{table}{_pages(page, texts)}",
    )


def _root(view: BoardView, content: str) -> str:
    return f'<div class="board" data-address="{escape(view.to_query())}">{content}</div>'


def _empty(texts: Texts) -> str:
    return (
        f'<div class="empty"><p><strong>{escape(texts("leaderboard.empty"))}</strong></p>'
        f"<p>{escape(texts('leaderboard.empty_cure'))}</p>"
        f'<p class="command"><code>{FIRST_COMMAND}</code>'
        f'<button type="button" data-copy="{FIRST_COMMAND}">'
        f"{escape(texts('leaderboard.copy'))}</button></p>"
        f"<p>{escape(texts('leaderboard.empty_then'))}</p></div>"
    )


def _nothing_found(texts: Texts) -> str:
    return (
        f'<div class="empty"><p>{escape(texts("leaderboard.nothing_found"))}</p>'
        f"<p>{_button('clear', '', texts('leaderboard.clear'))}</p></div>"
    )


# ── what can be pressed ──────────────────────────────────────────────────────────────────────


def _button(act: str, value: str, text: str, attributes: str = "") -> str:
    return (
        f'<button type="button" data-act="{act}" data-value="{escape(value)}"{attributes}>'
        f"{escape(text)}</button>"
    )


def _chips(facet: Facet, boards: Sequence[Board], view: BoardView, texts: Texts) -> str:
    counts = facet_counts(boards, facet)
    ticked = view.ticked(facet)
    chips = (
        f'<button type="button" class="chip" data-act="{facet}" data-value="{escape(value)}" '
        f'aria-pressed="{"true" if value in ticked else "false"}">'
        f"{escape(_choice_name(facet, value, texts))} <small>{numerals.count(count)}</small></button>"
        for value, count in counts.items()
    )
    name = texts(f"facet.{facet}")
    return (
        f'<div class="facet" role="group" aria-label="{escape(name)}">'
        f"<span>{escape(name)}</span>{''.join(chips)}</div>"
    )


def _choice_name(facet: Facet, value: str, texts: Texts) -> str:
    return value if facet == "set" else texts(f"facet.{value}")


def _column_choice(view: BoardView, texts: Texts) -> str:
    chips = (
        f'<button type="button" class="chip" data-act="column" data-value="{name}" '
        f'aria-pressed="{"true" if name in view.columns else "false"}">'
        f"{escape(texts(f'column.{name}'))}</button>"
        for name in COLUMNS
        if name not in ALWAYS
    )
    return (
        '<button type="button" class="plain" popovertarget="leaderboard-columns">'
        f"{escape(texts('leaderboard.columns'))}</button>"
        f'<div popover id="leaderboard-columns"><p>{escape(texts("leaderboard.columns_info"))}</p>'
        f'<div class="facet">{"".join(chips)}</div></div>'
    )


def _pages(page: PlacesPage, texts: Texts) -> str:
    if page.pages == 1:
        return ""
    here = texts("leaderboard.page", page=page.page, pages=page.pages)
    back = _turn(page.page - 1, texts("leaderboard.previous"), page.page > 1)
    on = _turn(page.page + 1, texts("leaderboard.next"), page.page < page.pages)
    return f'<nav class="pages">{back}<span>{escape(here)}</span>{on}</nav>'


def _turn(page: int, text: str, possible: bool) -> str:
    return _button("page", str(page), text, "" if possible else " disabled")


# ── the table ────────────────────────────────────────────────────────────────────────────────


def _table(page: PlacesPage, view: BoardView, texts: Texts) -> str:
    head = "".join(_heading(name, view, texts) for name in view.shown)
    bodies = (
        _body(list(places), view, texts)
        for _, places in groupby(page.places, key=lambda place: place.board)
    )
    return (
        f'<div class="frame" tabindex="0" role="region" '
        f'aria-label="{escape(texts("leaderboard.tab"))}">'
        f"<table><thead><tr>{head}</tr></thead>{''.join(bodies)}</table></div>"
    )


def _heading(column: Column, view: BoardView, texts: Texts) -> str:
    state, mark = "none", ""
    if view.sort == column:
        state, mark = ("descending", "▾") if is_descending(view) else ("ascending", "▴")
    return (
        f'<th scope="col" class="{column}" aria-sort="{state}">'
        f'<button type="button" data-act="sort" data-value="{column}" '
        f'aria-describedby="about-{column}">{escape(texts(f"column.{column}"))}'
        f'<span aria-hidden="true">{mark}</span></button>'
        f'<span popover="manual" role="tooltip" id="about-{column}">{escape(texts(f"about.{column}"))}</span></th>'
    )


def _body(places: Sequence[Place], view: BoardView, texts: Texts) -> str:
    width = len(view.shown)
    rows = "".join(_row(place, view, texts) for place in places)
    return (
        f'<tbody><tr class="title"><th scope="rowgroup" colspan="{width}">'
        f"{_board_title(places[0].board, texts)}</th></tr>{rows}</tbody>"
    )


def _board_title(board: Board, texts: Texts) -> str:
    conditions = board.conditions
    chance = board.entries[0].accuracy.chance
    facts = [
        texts(f"facet.{conditions.method}"),
        texts(f"facet.{style_of(board)}"),
        texts("leaderboard.questions", n=numerals.count(board.entries[0].run.spec.n_questions)),
        texts("leaderboard.chance", value=numerals.percent(chance)) if chance else "",
    ]
    kind = "primary" if board.primary else "secondary"
    demo = any(entry.run.spec.engine.demo for entry in board.entries)
    return (
        f"<div><strong>{escape(board.question_set)}</strong>"
        f"<span>{escape(' · '.join(filter(None, facts)))}</span>"
        f'<span class="kind {kind}">{escape(texts(f"leaderboard.{kind}"))}</span>'
        + (f'<span class="kind demo">{escape(texts("status.demo_pair"))}</span>' if demo else "")
        + "</div>"
    )


def _row(place: Place, view: BoardView, texts: Texts) -> str:
    opened = bool(view.opened) and place.key.startswith(view.opened)
    cells = "".join(
        f'<td class="{name}" data-label="{escape(texts(f"column.{name}"))}">'
        f"{_CELLS[name](place, texts)}</td>"
        if name != "model"
        else f'<th scope="row" class="model">{_model(place, opened, texts)}</th>'
        for name in view.shown
    )
    row = f'<tr class="entry" data-act="open" data-value="{place.key}">{cells}</tr>'
    if not opened:
        return row
    return (
        f'{row}<tr class="origin"><td colspan="{len(view.shown)}">{_origin(place, texts)}</td></tr>'
    )


def _model(place: Place, opened: bool, texts: Texts) -> str:
    spec = place.entry.run.spec
    expanded = "true" if opened else "false"
    return (
        f'<button type="button" aria-expanded="{expanded}"><b>{escape(spec.engine.model)}</b>'
        f'<small class="{spec.variant}">{escape(texts(f"variant.{spec.variant}"))}</small></button>'
    )


def _rank(place: Place, texts: Texts) -> str:
    return NO_VALUE if place.entry.rank is None else str(place.entry.rank)


def _accuracy(place: Place, texts: Texts) -> str:
    accuracy = place.entry.accuracy
    if accuracy.share is None or accuracy.interval is None:
        return NO_VALUE
    return (
        f"{_bar(accuracy.share, accuracy.interval, place.entry.run.spec.variant, accuracy.chance)}"
        f"{_value(numerals.percent(accuracy.share), numerals.percent_interval(accuracy.interval))}"
    )


def _bar(share: float, interval: Interval, kind: str, chance: float | None = None) -> str:
    """A share on the scale from 0 to 1: its interval as a line, itself as a mark, chance a tick."""
    tick = f'<i class="chance" style="left:{_at(chance)}"></i>' if chance is not None else ""
    width = _at(interval.high - interval.low)
    return (
        f'<span class="bar {kind}" aria-hidden="true">{tick}'
        f'<i class="range" style="left:{_at(interval.low)};width:{width}"></i>'
        f'<i class="at" style="left:{_at(share)}"></i></span>'
    )


def _at(share: float) -> str:
    return f"{100 * share}%"


def _value(value: str, interval: str) -> str:
    return f'<span class="value">{value}</span> <span class="interval">{interval}</span>'


def _gap(place: Place, texts: Texts) -> str:
    if place.gap is None:
        return NO_VALUE
    return _value(
        numerals.points(place.gap.difference), numerals.points_interval(place.gap.interval)
    )


def _votes(place: Place, texts: Texts) -> str:
    share = place.votes.share if place.votes else None
    if share is None or share.share is None or share.interval is None:
        return NO_VALUE
    n = texts("leaderboard.of_votes", n=numerals.count(share.n))
    value = f"{numerals.percent(share.share)} · {escape(n)}"
    return _value(value, numerals.percent_interval(share.interval))


def _adjusted(place: Place, texts: Texts) -> str:
    adjusted = place.entry.accuracy.adjusted
    return NO_VALUE if adjusted is None else numerals.percent(adjusted)


def _count(number: Callable[[Entry], int]) -> Callable[[Place, Texts], str]:
    return lambda place, texts: numerals.count(number(place.entry))


def _text(value: Callable[[Entry], str]) -> Callable[[Place, Texts], str]:
    return lambda place, texts: escape(value(place.entry)) or NO_VALUE


_CELLS: Mapping[Column, Callable[[Place, Texts], str]] = {
    "rank": _rank,
    "accuracy": _accuracy,
    "n": _count(lambda entry: entry.accuracy.n),
    "adjusted": _adjusted,
    "unparsed": _count(lambda entry: sum(entry.unparsed.values())),
    "truncated": _count(lambda entry: entry.truncated),
    "failed": _count(lambda entry: entry.failed),
    "gap": _gap,
    "votes": _votes,
    "engine": _text(lambda entry: entry.run.spec.engine.engine),
    "dtype": _text(lambda entry: entry.run.spec.engine.dtype),
    "adapter": _text(lambda entry: entry.run.spec.engine.tuned_hash[:8]),
    "run": _text(lambda entry: entry.run.id),
    "date": _text(lambda entry: f"{entry.run.created:%Y-%m-%d}"),
}


# ── everything that could change a score ─────────────────────────────────────────────────────


_SEEN_IN_THE_ROW = {"variant", "demo"}


def _origin(place: Place, texts: Texts) -> str:
    names = field_names(texts.language)
    fields = (
        f"<div><dt>{escape(names(f'field.{name}'))}</dt><dd>{escape(value) or NO_VALUE}</dd></div>"
        for name, value in provenance(place.entry.run).items()
        if name not in _SEEN_IN_THE_ROW
    )
    sentences = "".join(f"<li>{escape(text)}</li>" for text in _sentences(place, texts))
    return (
        f'<div class="origin"><h4>{escape(texts("leaderboard.origin"))}</h4>'
        f"<ul>{sentences}</ul><dl>{''.join(fields)}</dl></div>"
    )


def _sentences(place: Place, texts: Texts) -> Iterable[str]:
    """What the numbers of the row mean, in words."""
    entry = place.entry
    yield _rank_sentence(place, texts)
    for reason, count in entry.unparsed.items():
        if count:
            yield texts(f"unread.{reason}", n=numerals.count(count))
    if entry.failed:
        yield texts("leaderboard.failed", n=numerals.count(entry.failed))
    for each in entry.repetitions:
        if each.accuracy.share is not None:
            value = numerals.percent(each.accuracy.share)
            yield texts("leaderboard.repetition", run=each.run.id, value=value)
    if place.gap is not None and place.gap.fresh.share is not None:
        yield texts(
            "leaderboard.gap",
            set=place.gap.fresh_set,
            value=numerals.percent(place.gap.fresh.share),
            n=numerals.count(place.gap.fresh.n),
        )


def _rank_sentence(place: Place, texts: Texts) -> str:
    entry = place.entry
    if entry.rank is None:
        return texts("leaderboard.no_rank")
    if not entry.beaten_by:
        return texts("leaderboard.unbeaten")
    specs = {each.run.id: each.run.spec for each in place.board.entries}
    better = (specs[run_id] for run_id in entry.beaten_by if run_id in specs)
    names = ", ".join(f"{spec.engine.model}/{spec.variant}" for spec in better)
    return texts("leaderboard.beaten", names=names, rank=entry.rank)


# ── beside the board ─────────────────────────────────────────────────────────────────────────


def beside(standings: Standings, texts: Texts) -> str:
    """Votes, runs without a place, and the numbers of others in a block that looks different."""
    parts = (
        _votes_block(standings.win_rates, texts),
        _left_out(standings.leaderboard.left_out, texts),
        _published_block(standings.leaderboard.published, texts),
    )
    return "".join(parts)


_VOTE_COLUMNS = (
    "leaderboard.side",
    "leaderboard.voter",
    "leaderboard.win_share",
    "leaderboard.decided",
    "leaderboard.ties",
)


def _votes_block(rates: Sequence[WinRate], texts: Texts) -> str:
    heading = f"<h3>{escape(texts('leaderboard.votes'))}</h3>"
    if not rates:
        nothing = f"<p>{escape(texts('leaderboard.no_votes'))}</p>"
        return f'<section class="votes">{heading}{nothing}</section>'
    head = "".join(f'<th scope="col">{escape(texts(key))}</th>' for key in _VOTE_COLUMNS)
    rows = "".join(_rate(rate, texts) for rate in rates)
    return (
        f'<section class="votes">{heading}<p>{escape(texts("leaderboard.votes_info"))}</p>'
        f'<div class="frame" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _rate(rate: WinRate, texts: Texts) -> str:
    voter = texts("leaderboard.people") if rate.voter == PEOPLE else rate.voter
    model, _, variant = rate.side.rpartition("/")
    side, kind = escape(rate.side), "vanilla"
    if variant in VARIANTS:
        word = escape(texts(f"variant.{variant}"))
        side, kind = f'{escape(model)} <small class="{variant}">{word}</small>', variant
    return (
        f'<tr><th scope="row">{side}</th><td>{escape(voter)}</td>'
        f'<td class="accuracy">{_share(rate.share, kind)}</td>'
        f"<td>{numerals.count(rate.share.n)}</td><td>{numerals.count(rate.ties)}</td></tr>"
    )


def _share(share: Share, kind: str) -> str:
    if share.share is None or share.interval is None:
        return NO_VALUE
    return (
        f"{_bar(share.share, share.interval, kind, 0.5)}"
        f"{_value(numerals.percent(share.share), numerals.percent_interval(share.interval))}"
    )


def _left_out(left_out: Sequence[LeftOut], texts: Texts) -> str:
    if not left_out:
        return ""
    heading = texts("leaderboard.left_out", n=numerals.count(len(left_out)))
    rows = "".join(
        f"<li><code>{escape(each.run.id)}</code> {escape(each.reason)}</li>" for each in left_out
    )
    return f"<details><summary>{escape(heading)}</summary><ul>{rows}</ul></details>"


def _published_block(tables: Sequence[PublishedTable], texts: Texts) -> str:
    shown = "".join(_published(table, texts) for table in tables)
    return (
        f'<section class="published"><h3>{escape(texts("leaderboard.published"))}</h3>'
        f"<p>{escape(texts('leaderboard.published_info'))}</p>{shown}</section>"
    )


def _published(table: PublishedTable, texts: Texts) -> str:
    head = "".join(f'<th scope="col">{escape(subject)}</th>' for subject in table.subjects)
    rows = "".join(
        f'<tr><th scope="row">{escape(model)}</th>'
        + "".join(f"<td>{escape(scores.get(name, '–'))}</td>" for name in table.subjects)
        + "</tr>"
        for model, scores in table.scores.items()
    )
    unit = texts(f"leaderboard.{table.unit}")
    source = texts("leaderboard.source", source=table.source)
    return (
        f"<figure><figcaption><strong>{escape(table.title[texts.language])}</strong>"
        f"<span>{escape(table.conditions[texts.language])}</span></figcaption>"
        f'<div class="frame" tabindex="0"><table><thead><tr>'
        f'<th scope="col">{escape(texts("column.model"))} <small>({escape(unit)})</small></th>'
        f"{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f'<p class="source">{escape(source)}</p></figure>'
    )


def reading_guide(texts: Texts) -> str:
    """What every column says: for those who cannot hover."""
    entries = "".join(
        f"<div><dt>{escape(texts(f'column.{name}'))}</dt><dd>{escape(texts(f'about.{name}'))}</dd></div>"
        for name in COLUMNS
    )
    return (
        f'<details class="guide"><summary>{escape(texts("leaderboard.guide"))}</summary>'
        f"<dl>{entries}</dl></details>"
    )


# ── adding results ───────────────────────────────────────────────────────────────────────────


def importing(seconds: str, texts: Texts) -> str:
    return f'<p role="status" class="busy">{escape(texts("leaderboard.importing", seconds=seconds))}</p>'


def imported(run_ids: Sequence[str], texts: Texts) -> str:
    listed = ", ".join(run_ids)
    text = texts("leaderboard.imported", n=numerals.count(len(run_ids)), runs=listed)
    return f'<p role="status" class="done">{escape(text)}</p>'


def refused(reason: str, texts: Texts) -> str:
    return _alert(texts("leaderboard.refused"), reason)


def unreadable(reason: str, texts: Texts) -> str:
    """In the place of the table, where the store cannot be read."""
    return _alert(texts("leaderboard.unreadable"), reason)


def _alert(said: str, reason: str) -> str:
    return (
        f'<div role="alert" class="refused"><strong>{escape(said)}</strong>'
        f"<pre>{escape(reason)}</pre></div>"
    )
