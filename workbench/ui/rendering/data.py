"""Question sets, the published model's data and recipe, as HTML. Questions may come from anywhere:
everything is escaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from workbench import numerals
from workbench.schema import OpenQuestion, Question, QuestionSet
from workbench.sources import (
    DataTable,
    Defect,
    Line,
    ModelCard,
    RecipeItem,
    Source,
    Total,
    setting_of,
)
from workbench.ui.question_view import (
    FRESH,
    PAGE_SIZE,
    PROPERTIES,
    AnyQuestion,
    AnySet,
    Property,
    QuestionView,
    Selection,
    choose_questions,
    property_counts,
    property_of,
)
from workbench.ui.texts import Texts

NO_VALUE = '<span class="none">–</span>'


# ── questions ────────────────────────────────────────────────────────────────────────────────


def questions(question_set: AnySet, view: QuestionView, texts: Texts) -> str:
    """Filters, the list that the open question stands in, and that question with its reasoning."""
    selection = choose_questions(question_set, view)
    chips = "".join(_chips(name, question_set.questions, view, texts) for name in PROPERTIES)
    current = selection.current
    shown = _nothing_found(texts) if current is None else _browse(selection, current, texts)
    return f'<div data-address="{escape(view.to_query())}"><div class="chips">{chips}</div>{shown}</div>'


def _chips(name: Property, among: Sequence[AnyQuestion], view: QuestionView, texts: Texts) -> str:
    counts = property_counts(among, name)
    if len(counts) < 2:
        return ""
    chips = (
        f'<button type="button" class="chip" data-act="{name}" data-value="{escape(value)}" '
        f'aria-pressed="{"true" if value in view.ticked(name) else "false"}">'
        f"{escape(_value_name(name, value, texts))} <small>{numerals.count(count)}</small></button>"
        for value, count in counts.items()
    )
    label = texts(f"property.{name}")
    return (
        f'<div class="facet" role="group" aria-label="{escape(label)}">'
        f"<span>{escape(label)}</span>{''.join(chips)}</div>"
    )


def _value_name(name: Property, value: str, texts: Texts) -> str:
    return texts(f"property.{value}") if name == "difficulty" else value


def _nothing_found(texts: Texts) -> str:
    return (
        f'<div class="empty"><p>{escape(texts("data.nothing_found"))}</p><p>'
        f'<button type="button" data-act="clear" data-value="">{escape(texts("data.clear"))}'
        "</button></p></div>"
    )


def _browse(selection: Selection, current: AnyQuestion, texts: Texts) -> str:
    return (
        f'<div class="browse">{_question(selection, current, texts)}'
        f"{_list(selection, current, texts)}</div>"
    )


def _list(selection: Selection, current: AnyQuestion, texts: Texts) -> str:
    start = selection.page * PAGE_SIZE + 1
    entries = "".join(
        f'<li><button type="button" data-act="question" data-value="{escape(question.id)}"'
        f"{' aria-current=true' if question is current else ''}>"
        f"<small>{place}</small><span>{escape(question.question)}</span></button></li>"
        for place, question in enumerate(selection.on_page(), start=start)
    )
    label = texts("data.list")
    return (
        f'<nav class="list" aria-label="{escape(label)}"><ol>{entries}</ol>'
        f"{_pages(selection, texts)}</nav>"
    )


def _pages(selection: Selection, texts: Texts) -> str:
    if selection.pages < 2:
        return ""
    here = texts("data.page", page=selection.page + 1, pages=selection.pages)
    firsts = [question.id for question in selection.questions[::PAGE_SIZE]]
    back = _step(_nth(firsts, selection.page - 1), texts("data.previous_page"))
    on = _step(_nth(firsts, selection.page + 1), texts("data.next_page"))
    return f'<div class="pages">{back}<span>{escape(here)}</span>{on}</div>'


def _nth(values: Sequence[str], place: int) -> str:
    return values[place] if 0 <= place < len(values) else ""


def _step(question_id: str, text: str, key: str = "") -> str:
    """A button to another question; one that leads nowhere cannot be pressed."""
    attributes = f' data-key="{key}"' if key else ""
    attributes += "" if question_id else " disabled"
    return (
        f'<button type="button" data-act="question" data-value="{escape(question_id)}"'
        f"{attributes}>{escape(text)}</button>"
    )


def _question(selection: Selection, question: AnyQuestion, texts: Texts) -> str:
    place = texts(
        "data.place",
        place=numerals.count(selection.position + 1),
        count=numerals.count(len(selection.questions)),
    )
    body = _options(question, texts) if isinstance(question, Question) else _prose(question, texts)
    reference = ""
    if question.reference:
        reference = (
            f"<details><summary>{escape(texts('data.reference'))}</summary>"
            f'<p class="text">{escape(question.reference)}</p></details>'
        )
    return (
        f'<article><header><p role="status">{escape(place)}</p>'
        f"{_step(selection.neighbour(-1), texts('data.previous'), 'ArrowLeft')}"
        f"{_step(selection.neighbour(1), texts('data.next'), 'ArrowRight')}</header>"
        f"{_tags(question, texts)}"
        f'<p class="stem">{escape(question.question)}</p>{reference}{body}'
        f"{_facts(question, texts)}</article>"
    )


def _tags(question: AnyQuestion, texts: Texts) -> str:
    tags = (
        f"<span>{escape(_value_name(name, value, texts))}</span>"
        for name in PROPERTIES
        if (value := property_of(question, name))
    )
    return f'<p class="tags">{"".join(tags)}</p>'


def _options(question: Question, texts: Texts) -> str:
    """The answer is folded away, so that a reader can try first; its letter marks the right option."""
    options = "".join(
        f"<li{' class=right' if letter == question.answer else ''}><b>{letter}</b> "
        f"<span>{escape(option)}</span></li>"
        for letter, option in zip(question.letters, question.options, strict=True)
    )
    right = texts("data.right", letter=question.answer, option=question.right_option)
    reasoning = question.reasoning or texts("data.no_reasoning")
    return (
        f'<ol class="options">{options}</ol>'
        '<details class="answer">'
        f"<summary>{escape(texts('data.answer'))}</summary>"
        f'<p><strong class="ready">✓ {escape(right)}</strong></p>'
        f'<p class="text">{escape(reasoning)}</p></details>'
    )


def _prose(question: OpenQuestion, texts: Texts) -> str:
    points = "".join(f"<li>{escape(point)}</li>" for point in question.points)
    return (
        '<details class="answer">'
        f"<summary>{escape(texts('data.open_answer'))}</summary>"
        f'<p class="text">{escape(question.answer)}</p>'
        f"<p><strong>{escape(texts('data.points'))}</strong></p><ul>{points}</ul></details>"
    )


def _facts(question: AnyQuestion, texts: Texts) -> str:
    as_of = f"{question.as_of:%Y-%m-%d}" if question.as_of else ""
    facts = {
        "data.id": question.id,
        "data.reference_id": question.reference_id,
        "data.source": question.source,
        "data.licence": question.licence,
        "data.as_of": as_of,
        "data.hash": question.hash[:12],
    }
    listed = "".join(
        f"<div><dt>{escape(texts(key))}</dt><dd>{escape(value)}</dd></div>"
        for key, value in facts.items()
        if value
    )
    return f'<dl class="facts">{listed}</dl>'


def profile(question_set: AnySet, source: str, texts: Texts) -> str:
    """The set in numbers, counted from its questions."""
    among = question_set.questions
    facts = {
        texts("data.questions"): numerals.count(len(among)),
        texts("data.set_hash"): question_set.hash[:12],
        texts("data.origin"): question_set.origin,
    }
    if isinstance(question_set, QuestionSet):
        sizes = Counter(len(question.options) for question in question_set.questions)
        letters = Counter(question.answer for question in question_set.questions)
        facts |= {
            texts("data.chance"): numerals.percent(question_set.chance),
            texts("data.sizes"): _listed(sizes),
            texts("data.letters"): _listed(letters),
        }
    for name in PROPERTIES:
        counts = property_counts(among, name)
        if counts:
            named = {_value_name(name, value, texts): count for value, count in counts.items()}
            facts[texts(f"property.{name}")] = _listed(named, in_order=True)
    shown = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    note = f"<p>{escape(texts('data.fresh_note'))}</p>" if source == FRESH else ""
    return f'{note}<dl class="facts">{shown}</dl>'


def _listed(counts: Mapping[Any, int], in_order: bool = False) -> str:
    """'A 11 · B 11 · C 12'."""
    named = counts.items() if in_order else sorted(counts.items())
    return " · ".join(f"{value} {numerals.count(count)}" for value, count in named)


_RELATIVE_LINK = re.compile(r"\[([^]]+)\]\((?!https?://)[^)]*\)")


def card_text(markdown: str) -> str:
    """A card to read on a page, where its links to other files lead nowhere."""
    return _RELATIVE_LINK.sub(r"\1", markdown)


# ── the published model's data ───────────────────────────────────────────────────────────────


def training_data(card: ModelCard, texts: Texts) -> str:
    """Both tables with printed and computed totals, then the sources."""
    tables = "".join(_data_table(table, texts) for table in card.tables)
    total = texts("data.believed", tokens=numerals.count(card.believed_tokens))
    return (
        '<div data-address="tab=data&amp;section=sources">'
        f"<p class=lead>{escape(total)}</p>{tables}"
        f"{_sources(card.sources, texts)}"
        f'<p class="source">{escape(texts("data.document", document=card.document))}</p></div>'
    )


def _data_table(table: DataTable, texts: Texts) -> str:
    rows = "".join(_line(line, texts) for line in table.lines)
    head = _head(("data.source_name", "data.questions", "data.tokens", "data.per_question"), texts)
    believed, summed = table.believed, table.summed
    finding = table.finding[texts.language].format(
        summed=numerals.count(summed.tokens),
        questions=numerals.count(believed.questions),
        tokens=numerals.count(believed.tokens),
    )
    return (
        f"<section><h3>{escape(table.name)}</h3>"
        f'<div class="frame" tabindex="0"><table><thead>{head}</thead><tbody>{rows}</tbody>'
        f"<tfoot>{_totals(table, summed, believed, texts)}</tfoot></table></div>"
        f'<p class="finding">{escape(finding)}</p></section>'
    )


def _head(keys: Iterable[str], texts: Texts) -> str:
    cells = "".join(f'<th scope="col">{escape(texts(key))}</th>' for key in keys)
    return f"<tr>{cells}</tr>"


def _line(line: Line, texts: Texts) -> str:
    remark = ""
    if line.remark is not None:
        remark = f"<small>⚠ {escape(line.remark[texts.language])}</small>"
    return (
        f"<tr{' class=doubtful' if line.remark else ''}>"
        f'<th scope="row">{escape(line.source)}{remark}</th>'
        f"<td>{numerals.count(line.questions)}</td><td>{numerals.count(line.tokens)}</td>"
        f"<td>{numerals.rate(line.tokens_per_question)}</td></tr>"
    )


def _totals(table: DataTable, summed: Total, believed: Total, texts: Texts) -> str:
    """What is printed, struck through where no sum bears it, and the sums of the lines."""
    printed = table.printed
    sums = {numerals.count(total.questions) for total in (summed, believed)}
    tokens = {numerals.count(total.tokens) for total in (summed, believed)}
    rows = [
        f'<tr class="printed"><th scope="row">{escape(texts("data.printed_total"))}</th>'
        f"<td>{_struck(printed.questions, sums)}</td><td>{_struck(printed.tokens, tokens)}</td>"
        "<td></td></tr>"
    ]
    if summed != believed:
        rows.append(_sum(texts("data.summed"), summed))
        rows.append(_sum(texts("data.summed_without"), believed, final=True))
    else:
        rows.append(_sum(texts("data.summed"), summed, final=True))
    return "".join(rows)


def _struck(printed: str, sums: set[str]) -> str:
    text = escape(printed)
    return text if printed in sums else f"<del>{text}</del>"


def _sum(name: str, total: Total, final: bool = False) -> str:
    tag = "ins" if final else "span"
    return (
        f'<tr class="sum"><th scope="row">{escape(name)}</th>'
        f"<td><{tag}>{numerals.count(total.questions)}</{tag}></td>"
        f"<td><{tag}>{numerals.count(total.tokens)}</{tag}></td>"
        f"<td>{numerals.rate(total.tokens / total.questions)}</td></tr>"
    )


def _sources(sources: Sequence[Source], texts: Texts) -> str:
    columns = ("data.source_name", "data.where", "data.how", "data.licence", "data.kept")
    rows = "".join(_source(source, texts) for source in sources)
    return (
        f"<section><h3>{escape(texts('data.sources', n=numerals.count(len(sources))))}</h3>"
        f"<p>{escape(texts('data.sources_info'))}</p>"
        f'<div class="frame cards" tabindex="0"><table><thead>{_head(columns, texts)}</thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _source(source: Source, texts: Texts) -> str:
    language = texts.language
    place = NO_VALUE
    if source.place:
        host = source.place.split("/")[2]
        place = (
            f'<a href="{escape(source.place)}" rel="noreferrer noopener" target="_blank">'
            f"{escape(host)}</a>"
        )
    cells = (
        ("data.where", place),
        ("data.how", escape(source.obtained[language])),
        ("data.licence", escape(source.licence[language])),
        ("data.kept", escape(texts(f"kept.{source.kept}"))),
    )
    shown = "".join(
        f'<td data-label="{escape(texts(key))}">{content}</td>' for key, content in cells
    )
    return f'<tr><th scope="row">{escape(source.name[language])}</th>{shown}</tr>'


# ── the recipe ───────────────────────────────────────────────────────────────────────────────


def recipe(card: ModelCard, demo: Mapping[str, Any], texts: Texts) -> str:
    """The card's recipe beside the record of the demo pair's training, and what not to copy."""
    head = _head(("data.setting", "data.card_says", "data.demo_ran"), texts)
    rows = "".join(_recipe_item(item, demo, texts) for item in card.recipe)
    defects = "".join(_defect(defect, texts) for defect in card.defects)
    return (
        '<div data-address="tab=data&amp;section=recipe">'
        f"<section><h3>{escape(texts('data.recipe'))}</h3>"
        f"<p>{escape(texts('data.recipe_info'))}</p>"
        f'<div class="frame" tabindex="0"><table class="recipe"><thead>{head}</thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
        f"<section><h3>{escape(texts('data.defects'))}</h3>"
        f"<p>{escape(texts('data.defects_info'))}</p>"
        f'<ol class="defects">{defects}</ol></section>'
        f'<p class="source">{escape(texts("data.document", document=card.document))}</p></div>'
    )


def _recipe_item(item: RecipeItem, demo: Mapping[str, Any], texts: Texts) -> str:
    ran = escape(setting_of(demo, item.setting)) if item.setting else ""
    return (
        f'<tr><th scope="row">{escape(item.item[texts.language])}</th>'
        f"<td>{escape(item.printed)}</td><td>{ran or NO_VALUE}</td></tr>"
    )


def _defect(defect: Defect, texts: Texts) -> str:
    language = texts.language
    return (
        f"<li><p>{escape(defect.fault[language])}</p>"
        f'<p class="cure"><b>{escape(texts("data.cure"))}</b> {escape(defect.cure[language])}</p></li>'
    )


# ── the demo pair ────────────────────────────────────────────────────────────────────────────


def demo_pair() -> str:
    """What stands above its card: nothing to see, but the address of the section."""
    return '<div data-address="tab=data&amp;section=demo">&#8203;</div>'
