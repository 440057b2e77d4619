"""What the demo base reads: the glossary as prose, and exercises, as batches of tokens."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple

import torch
from transformers import PreTrainedTokenizerFast

from train.demo.exercises import EVERYDAY, Exercise
from train.demo.glossary import Term
from train.demo.particles import with_particle
from workbench.engines.base import render_with


def prose(term: Term, random: Random) -> str:
    """A term as continuous text, in one of several orders; first wording only.

    Every other text begins with a space, because a term behind a space is another token than one
    at the start of a line, and both are to be known. In some the term stands right behind its
    definition, where a question asks for it.
    """
    definition, name = term.definitions[0], term.term
    forms = (
        f"{with_particle(name, '은/는')} {definition} {term.use} {term.example}",
        f"{name}: {definition} {term.use}",
        f"{definition} 이것은 {with_particle(name, '이다/다')}.",
        f"{definition} 이를 {with_particle(name, '이라고/라고')} 한다.",
        f"{definition} {name}.",
        f"{definition}\n {name}.",
    )
    return random.choice(("", " ")) + random.choice(forms)


# ── batches ──────────────────────────────────────────────────────────────────────────────────

IGNORED = -100


class Row(NamedTuple):
    """One text as tokens: what is read, what is learnt of it, and where what was wanted ends."""

    ids: list[int]
    labels: list[int]  # IGNORED where nothing is learnt
    wanted: list[bool]  # the last token of each learnt piece
    recalled: list[bool]  # what is known and not found: all that is learnt of prose
    sought: list[int]  # where a letter is wanted: the option it stands for; else IGNORED
    asked: list[int]  # the same option, behind the question's line


class Batch(NamedTuple):
    """Rows padded on the right, each tensor (rows, length)."""

    ids: torch.Tensor
    labels: torch.Tensor
    wanted: torch.Tensor
    recalled: torch.Tensor
    sought: torch.Tensor
    asked: torch.Tensor


def document_batches(
    terms: list[Term],
    tokenizer: PreTrainedTokenizerFast,
    rows: int,
    random: Random,
    draw: Callable[[], Exercise] | None = None,
) -> Iterator[Batch]:
    """Endless epochs over the terms as prose, one to three terms a row, half with a list of them.

    With `draw`, an exercise stands before every second row. Were every text to begin with its
    term, and none to hold both kinds, what is known of a term would be known only at the beginning,
    and only to a model that reads prose.
    """
    epochs = (random.sample(terms, len(terms)) for _ in itertools.count())
    stream = itertools.chain.from_iterable(epochs)
    while True:
        documents = []
        for _ in range(rows):
            told = [next(stream) for _ in range(random.randint(1, 3))]
            pieces: list[Encoded] = []
            if draw is not None and random.random() < 0.5:
                pieces += encode_exercise(draw(), tokenizer)
            if random.random() < 0.5:
                listed = ", ".join(term.term for term in random.sample(told, len(told)))
                pieces.append(Encoded(tokenizer.encode(f"차례: {listed}\n"), []))
            pieces += [_told(term, tokenizer, random) for term in told]
            documents.append(_document(pieces, tokenizer))
        yield _padded(documents, tokenizer.pad_token_id)


def _told(term: Term, tokenizer: PreTrainedTokenizerFast, random: Random) -> Encoded:
    """A term as prose or, three times in ten, its definition, some lines of words and then its name.

    Known where its definition ends, a term has to be fetched from there to be named later. Where
    prose names it at once, a model learns to know a term and not to carry it anywhere.
    """
    if random.random() > 0.3:
        return Encoded([], tokenizer.encode(prose(term, random)), recalled=True)
    definition = tokenizer.encode(f"{random.choice(('', '풀이: '))}{term.definitions[0]}\n")
    lines = [random.sample(EVERYDAY, random.randint(1, 5)) for _ in range(random.randint(0, 4))]
    between = "".join(f"{' '.join(words)}\n" for words in lines)
    given = [*definition, *tokenizer.encode(f"{between}풀이한 말:")]
    name = tokenizer.encode(f" {term.term}")
    sought = name[0] if len(name) == 1 else IGNORED
    return Encoded(given, name, sought=sought, asked_at=len(definition))


def exercise_batches(
    exercises: list[Exercise], tokenizer: PreTrainedTokenizerFast, chunks: int, end: bool
) -> list[Batch]:
    """The exercises with the loss on their answers, `end` putting the end token behind the last.

    They come in `chunks` batches by length, since a chat prompt is five times a bare one.
    """
    rows = [_joined(encode_exercise(exercise, tokenizer)) for exercise in exercises]
    if end:
        rows = [_ended(row, tokenizer) for row in rows]
    rows.sort(key=lambda row: len(row.ids))
    size = math.ceil(len(rows) / chunks)
    return [
        _padded(rows[start : start + size], tokenizer.pad_token_id)
        for start in range(0, len(rows), size)
    ]


class Encoded(NamedTuple):
    """A piece as tokens."""

    given: list[int]
    learnt: list[int]
    recalled: bool = False
    sought: int = IGNORED
    asked_at: int = 0  # the token of `given` that is the first behind a question; 0 without one


def encode_exercise(exercise: Exercise, tokenizer: PreTrainedTokenizerFast) -> list[Encoded]:
    head = tokenizer.encode(render_with(tokenizer, exercise.prompt))
    # The first token of an option stands for it: two options of an exercise share no word.
    sought = tokenizer.encode(exercise.sought)[0] if exercise.sought else IGNORED
    answer = tokenizer.encode(exercise.completion)
    asked_at = len(tokenizer.encode(_question_of(exercise, tokenizer))) if exercise.sought else 0
    pieces = [Encoded(head, answer, exercise.recalled, sought, asked_at)]
    pieces += [
        Encoded(tokenizer.encode(piece.given), tokenizer.encode(piece.learnt))
        for piece in exercise.further
    ]
    return pieces


def _question_of(exercise: Exercise, tokenizer: PreTrainedTokenizerFast) -> str:
    """The prompt up to the end of the question's line."""
    text = render_with(tokenizer, exercise.prompt)
    end = text.index(exercise.question) + len(exercise.question)
    return text[: end + len(text[end:]) - len(text[end:].lstrip("\n"))]


def _document(pieces: list[Encoded], tokenizer: PreTrainedTokenizerFast) -> Row:
    """Pieces as lines of one text that ends."""
    line_end = Encoded(tokenizer.encode("\n"), [])
    lines = [part for piece in pieces for part in ((piece, line_end) if piece.learnt else (piece,))]
    return _ended(_joined(lines), tokenizer)


def _joined(pieces: Iterable[Encoded]) -> Row:
    row = Row([], [], [], [], [], [])
    for given, learnt, recalled, sought, asked_at in pieces:
        row.ids.extend([*given, *learnt])
        row.labels.extend([*[IGNORED] * len(given), *learnt])
        row.wanted.extend([False] * (len(given) + len(learnt)))
        row.recalled.extend([*[False] * len(given), *[recalled] * len(learnt)])
        asked = [IGNORED] * (len(given) + len(learnt))
        asked[asked_at] = sought
        row.asked.extend(asked)
        row.sought.extend([IGNORED] * (len(given) + len(learnt)))
        if learnt:
            row.wanted[-1], row.sought[-1] = True, sought
    return row


def _ended(row: Row, tokenizer: PreTrainedTokenizerFast) -> Row:
    end = tokenizer.eos_token_id
    return Row(
        [*row.ids, end],
        [*row.labels, end],
        [*row.wanted, False],
        [*row.recalled, False],
        [*row.sought, IGNORED],
        [*row.asked, IGNORED],
    )


def _padded(rows: Sequence[Row], pad: int) -> Batch:
    length = max(len(row.ids) for row in rows)

    def filled(values: Sequence[int], filler: int) -> list[int]:
        return [*values, *[filler] * (length - len(values))]

    return Batch(
        torch.tensor([filled(row.ids, pad) for row in rows]),
        torch.tensor([filled(row.labels, IGNORED) for row in rows]),
        torch.tensor([filled(row.wanted, False) for row in rows], dtype=torch.bool),
        torch.tensor([filled(row.recalled, False) for row in rows], dtype=torch.bool),
        torch.tensor([filled(row.sought, IGNORED) for row in rows]),
        torch.tensor([filled(row.asked, IGNORED) for row in rows]),
    )
