"""The check before every run: is what should be trained really trained?

The published scripts masked nearly every label away, and no error showed it. So a run starts only
if at least 99 % of its rows have trained tokens, and it prints one row with the trained part marked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import InputError

MIN_TRAINED_SHARE = 0.99
IGNORED = -100


@dataclass(frozen=True)
class Preflight:
    """Counts over tokenised rows; `shown` is one row with its trained part between ⟦ and ⟧.

    `rows` is what was given: trl silently drops rows without a trained token, and they must count.
    """

    rows: int
    trained_rows: int
    ended_rows: int
    longest_rows: int
    tokens: int
    trained_tokens: int
    shown: str

    @property
    def trained_share(self) -> float:
        return self.trained_rows / self.rows

    def report(self) -> str:
        return (
            f"pre-flight: {self.rows} rows, {self.trained_share:.1%} with trained tokens, "
            f"{self.ended_rows / self.rows:.1%} end with the end token, "
            f"{self.longest_rows} at the length limit; "
            f"{self.trained_tokens:,} of {self.tokens:,} tokens are trained\n{self.shown}"
        )


def inspect_rows(
    rows: Sequence[dict[str, list[int]]], tokenizer: Any, max_length: int, given: int
) -> Preflight:
    """Inspect rows of `input_ids` and `labels` as the trainer will feed them, of `given` rows.

    Raises InputError where none is left.
    """
    if not rows:
        raise InputError(
            f"pre-flight failed: none of the {given} rows given has a trained token; the prompts "
            "may be longer than max_length, or the completions empty"
        )
    trained = [[y for y in row["labels"] if y != IGNORED] for row in rows]
    end = tokenizer.eos_token_id
    return Preflight(
        rows=given,
        trained_rows=sum(bool(labels) for labels in trained),
        ended_rows=sum(bool(labels) and labels[-1] == end for labels in trained),
        longest_rows=sum(len(row["input_ids"]) >= max_length for row in rows),
        tokens=sum(len(row["input_ids"]) for row in rows),
        trained_tokens=sum(map(len, trained)),
        shown=mark_trained(rows[0], tokenizer),
    )


def check_rows(preflight: Preflight) -> None:
    """Raises InputError where too many rows would train nothing."""
    if preflight.trained_share < MIN_TRAINED_SHARE:
        raise InputError(
            f"pre-flight failed: only {preflight.trained_share:.1%} of {preflight.rows} rows have "
            f"trained tokens (at least {MIN_TRAINED_SHARE:.0%} expected); the prompts may be longer "
            "than max_length, or the completions empty"
        )


def mark_trained(row: dict[str, list[int]], tokenizer: Any) -> str:
    """The row as text, its trained runs between ⟦ and ⟧."""
    pieces: list[str] = []
    run: list[int] = []
    inside = False
    for token, label in zip(row["input_ids"], row["labels"], strict=True):
        if (label != IGNORED) != inside:
            pieces.append(_bracketed(tokenizer.decode(run), inside))
            run, inside = [], not inside
        run.append(token)
    pieces.append(_bracketed(tokenizer.decode(run), inside))
    return "".join(pieces)


def _bracketed(text: str, inside: bool) -> str:
    return f"⟦{text}⟧" if inside else text
