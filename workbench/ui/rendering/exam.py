"""The exam card, its bars, its rotations and the solutions to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import urlencode

from workbench import numerals
from workbench.errors import CardError
from workbench.option_probabilities import (
    STYLES,
    TUNED_FIRST,
    Asked,
    OptionScores,
    RotationScores,
)
from workbench.questions.card import Card
from workbench.questions.library import topic
from workbench.schema import LETTERS, PromptStyle, Question, Variant
from workbench.ui.rendering.durations import whole_seconds
from workbench.ui.sitting import Sitting, Solution
from workbench.ui.texts import Texts

MARKS: dict[Variant, str] = {"tuned": "◆", "vanilla": "◇"}
RIGHT, WRONG, UNPARSED = "✓", "✗", "–"


# ── the card ─────────────────────────────────────────────────────────────────────────────────


def sheet(sitting: Sitting, texts: Texts) -> str:
    """The card with whatever is known about it."""
    card = sitting.card
    if card is None:
        return _addressed(_empty(texts), "")
    question = card.question
    parts = [
        _heading(sitting, card, texts),
        f'<p class="stem">{_lines(question.question)}</p>',
        _folded(texts("exam.reference"), question.reference),
        _options(sitting, card, texts),
        _choices(sitting, card, texts),
        _revealed(sitting, card, texts),
        status(sitting, texts),
    ]
    address = question.id if card.in_a_set and sitting.set_name else ""
    return _addressed(f'<article class="card">{"".join(parts)}</article>', address)


def missing(question_id: str, texts: Texts) -> str:
    """The empty card, where the address asked for a question that there is not."""
    sentence = texts("exam.unknown_address", id=question_id[:80])
    return _addressed(f'<p class="fault" role="alert">{escape(sentence)}</p>{_empty(texts)}', "")


def _addressed(content: str, question_id: str) -> str:
    named = {"tab": "exam"} | ({"question": question_id} if question_id else {})
    return f'<div class="exam" data-address="{escape(urlencode(named))}">{content}</div>'


def _empty(texts: Texts) -> str:
    return (
        f'<div class="empty"><strong>{escape(texts("exam.empty_title"))}</strong>'
        f"<p>{escape(texts('exam.empty'))}</p>"
        f'<button type="button" data-act="first">{escape(texts("exam.first"))}</button></div>'
    )


def _heading(sitting: Sitting, card: Card, texts: Texts) -> str:
    facts = []
    if sitting.place:
        place, count = sitting.place
        facts.append(texts("exam.place", place=place, count=count))
    if card.in_a_set:
        facts += [card.question.id, topic(card.question)]
    else:
        facts.append(texts("exam.own_question"))
    listed = "".join(f"<span>{escape(fact)}</span>" for fact in facts if fact)
    return f'<header class="facts">{listed}</header>'


def _options(sitting: Sitting, card: Card, texts: Texts) -> str:
    styles = _styles(sitting.scores)
    head = "".join(f"<span>{escape(texts(f'prompt.{style}'))}</span>" for style in styles)
    options = "".join(
        _option(sitting, card, place, styles, texts) for place in range(len(card.question.options))
    )
    heading = f'<div class="styles" aria-hidden="true">{head}</div>' if len(styles) > 1 else ""
    return f'<div class="options-box" data-styles="{len(styles)}">{heading}<ol class="options">{options}</ol></div>'


def _option(
    sitting: Sitting, card: Card, place: int, styles: Sequence[PromptStyle], texts: Texts
) -> str:
    letter = LETTERS[place]
    right = sitting.revealed and letter == card.answer
    tick = f'<span class="tick">{RIGHT} {escape(texts("exam.answer"))}</span>' if right else ""
    groups = "".join(_bars(sitting.scores, style, place, texts) for style in styles)
    bars = f'<div class="bars">{groups}</div>' if groups else ""
    text = _lines(card.question.options[place])
    return (
        f'<li class="option{" right" if right else ""}"><span class="letter">{letter}</span>'
        f'<span class="text">{text}{tick}</span>{bars}</li>'
    )


def _bars(scores: Iterable[OptionScores], style: PromptStyle, place: int, texts: Texts) -> str:
    rows = "".join(_bar(each, place, texts) for each in scores if each.style == style)
    name = escape(texts(f"prompt.{style}"))
    return f'<div class="group"><span class="style-name">{name}</span>{rows}</div>'


def _bar(scores: OptionScores, place: int, texts: Texts) -> str:
    share = scores.shares[place]
    value = numerals.percent(share)
    chosen = " chosen" if scores.choice == LETTERS[place] else ""
    name = escape(f"{texts(f'variant.{scores.variant}')} {value}")
    return (
        f'<div class="odds {scores.variant}{chosen}" role="img" aria-label="{name}" title="{name}">'
        f"<span>{MARKS[scores.variant]}</span>"
        f'<span class="odds-track"><span class="odds-fill" style="width:{100 * share}%"></span></span>'
        f'<span class="odds-value">{value}</span></div>'
    )


def _choices(sitting: Sitting, card: Card, texts: Texts) -> str:
    """What each side chose in each style, judged once the answer is shown."""
    if not sitting.scores and sitting.work:
        return ""
    if not sitting.scores:
        return f'<p class="hint">{escape(texts("exam.not_scored"))}</p>'
    answer = card.answer if sitting.revealed else None
    rows = "".join(
        f'<div class="side {variant}">{_side_name(variant, texts)}'
        + "".join(
            f'<span class="pick">{escape(texts(f"prompt.{each.style}"))} '
            f"<b>{each.choice}</b>{_verdict(each.choice, answer, texts)}</span>"
            for each in own
        )
        + "</div>"
        for variant, own in _by_variant(sitting.scores)
    )
    info = escape(texts("exam.shares_info"))
    label = escape(texts("exam.choice"))
    return (
        f'<section class="choices" aria-label="{label}">{rows}</section><p class="hint">{info}</p>'
    )


def _revealed(sitting: Sitting, card: Card, texts: Texts) -> str:
    if not sitting.revealed:
        return ""
    if card.answer is None:
        return f'<p class="note-line">{escape(texts("exam.answer_unknown"))}</p>'
    said = escape(texts("exam.right_answer", letter=card.answer))
    return f'<p class="answer-line">{said}</p>' + _folded(
        texts("exam.explanation"), card.question.reasoning
    )


def status(sitting: Sitting, texts: Texts) -> str:
    """What is under way, in one line; nothing at rest."""
    if sitting.work is None:
        return ""
    if sitting.loading is not None:
        line = texts("exam_work.loading", seconds=whole_seconds(sitting.loading, texts))
    elif not sitting.begun:
        line = texts("exam_work.asked")
    else:
        line = texts(f"exam_work.{sitting.work}", done=sitting.done, steps=sitting.steps)
    return f'<p class="work" role="status">{escape(line)}</p>'


# ── rotations ────────────────────────────────────────────────────────────────────────────────


def rotations(sitting: Sitting, texts: Texts) -> str:
    if not sitting.rotations:
        return ""
    turns = range(len(sitting.rotations[0].letters))
    head = "".join(f"<th scope=col>{escape(texts('rotation.turn', turn=n))}</th>" for n in turns)
    rows = "".join(_rotation_row(each, texts) for each in sitting.rotations)
    sums = "".join(_rotation_sum(each, texts) for each in sitting.rotations)
    return (
        f'<section class="rotations"><h3>{escape(texts("rotation.title"))}</h3>'
        f'<ul class="sums">{sums}</ul>'
        f'<div class="scroll" tabindex="0"><table><thead><tr><td></td>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        f'<p class="hint">{escape(texts("rotation.info"))}</p></section>'
    )


def _rotation_sum(scores: RotationScores, texts: Texts) -> str:
    turns = len(scores.letters)
    said = texts(
        f"rotation.{scores.follows}",
        letter=scores.favourite_letter,
        count=scores.same_letter,
        turns=turns,
    )
    return (
        f'<li class="side {scores.variant}" data-follows="{scores.follows}">'
        f"{_asked_name(scores, texts)} <b>{scores.same_content}/{turns}</b>"
        f"<span>{escape(said)}</span></li>"
    )


def _rotation_row(scores: RotationScores, texts: Texts) -> str:
    cells = "".join(
        f"<td{' class=same' if content == scores.favourite else ''}><b>{content}</b>"
        f"<small>{escape(texts('rotation.place', letter=letter))}</small></td>"
        for content, letter in zip(scores.contents, scores.letters, strict=True)
    )
    name = _asked_name(scores, texts)
    return f'<tr class="{scores.variant}"><th scope=row>{name}</th>{cells}</tr>'


# ── solutions ────────────────────────────────────────────────────────────────────────────────


def solutions(sitting: Sitting, texts: Texts) -> str:
    if not sitting.solutions or sitting.card is None:
        return ""
    answer = sitting.card.answer if sitting.revealed else None
    sides = "".join(
        _solution(each, sitting.card.question, answer, texts) for each in sitting.solutions
    )
    return (
        f'<section class="solutions"><h3>{escape(texts("solution.title"))}</h3>'
        f'<div class="sides">{sides}</div></section>'
    )


def _solution(solution: Solution, question: Question, answer: str | None, texts: Texts) -> str:
    body, footer = _solution_text(solution, question, answer, texts)
    return (
        f'<article class="solution side {solution.variant}"><header>{_asked_name(solution, texts)}'
        f"</header><div class=text>{body}</div><footer>{footer}</footer></article>"
    )


def _solution_text(
    solution: Solution, question: Question, answer: str | None, texts: Texts
) -> tuple[str, str]:
    """The text with what was read as its answer highlighted, and what was read, or why nothing."""
    text = solution.text
    if not solution.finished:
        waiting = "" if text else escape(texts("solution.reading"))
        return escape(text) or waiting, escape(texts("solution.streaming")) if text else ""
    found = solution.extraction(question)
    if found.span:
        start, end = found.span
        marked = f"<mark>{escape(text[start:end])}</mark>"
        body = f"{escape(text[:start])}{marked}{escape(text[end:])}"
    else:
        body = escape(text) or escape(texts("solution.empty"))
    ended = [] if solution.state == "done" else [escape(texts(f"solution.{solution.state}"))]
    if found.letter is not None and found.tier is not None:
        said = escape(texts("solution.answer", letter=found.letter))
        read = f"<b>{said}</b>{_verdict(found.letter, answer, texts)}"
        why = escape(texts(f"found_by.{found.tier}"))
    else:
        read = f"<b>{UNPARSED} {escape(texts('solution.unparsed'))}</b>"
        why = escape(texts(f"unparsed.{found.reason}"))
    return body, " · ".join([read, why, *ended])


# ── faults ───────────────────────────────────────────────────────────────────────────────────


def card_fault(error: CardError, texts: Texts) -> str:
    """Why a text is no question, in the reader's language."""
    sentence = texts(f"card_fault.{error.fault}", **error.values)
    return f'<p class="fault" role="alert">{escape(sentence)}</p>'


def upload_fault(reason: str, texts: Texts) -> str:
    """Why a file was refused, with every fault of it."""
    sentence = escape(texts("exam.refused_file"))
    return f'<div class="fault" role="alert">{sentence}<pre>{escape(reason)}</pre></div>'


def several(count: int, texts: Texts) -> str:
    return f'<p class="note-line" role="status">{escape(texts("exam.several", count=count))}</p>'


# ── what they share ──────────────────────────────────────────────────────────────────────────


def _side_name(variant: Variant, texts: Texts) -> str:
    return f'<span class="side-name">{escape(texts(f"variant.{variant}"))}</span>'


def _asked_name(asked: Asked, texts: Texts) -> str:
    style = escape(texts(f"prompt.{asked.style}"))
    return f'{_side_name(asked.variant, texts)} <span class="style">{style}</span>'


def _verdict(letter: str, answer: str | None, texts: Texts) -> str:
    """A tick or a cross with its word for screen readers; nothing while the answer is hidden."""
    if answer is None:
        return ""
    right = letter == answer
    word = escape(texts("verdict.right") if right else texts("verdict.wrong"))
    mark, name = (RIGHT, "right") if right else (WRONG, "wrong")
    return f' <span class="verdict {name}" title="{word}" aria-label="{word}">{mark}</span>'


def _styles(scores: Iterable[OptionScores]) -> list[PromptStyle]:
    found = {each.style for each in scores}
    return [style for style in STYLES if style in found]


def _by_variant(scores: Sequence[OptionScores]) -> list[tuple[Variant, list[OptionScores]]]:
    found = [(v, [each for each in scores if each.variant == v]) for v in TUNED_FIRST]
    return [(variant, own) for variant, own in found if own]


def _folded(summary: str, text: str) -> str:
    if not text:
        return ""
    return (
        f'<details class="folded"><summary>{escape(summary)}</summary>'
        f"<div>{_lines(text)}</div></details>"
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
