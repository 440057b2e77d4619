"""The project's own Korean finance glossary and its split into taught and unseen terms.

Each term has three wordings of its definition, each with a role that never changes:
the base reads the first as prose; fine-tuning asks with the first and second about the *taught*
terms; tests ask with the third (and, for the *unseen* terms, which nobody ever asked about,
with the second too).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from workbench.errors import InputError
from workbench.schema import Record

FOLDER = Path(__file__).parent / "glossary"
UNSEEN_SHARE = 0.3


class Term(Record):
    """One glossary entry. `key_phrase` stands verbatim in the first two definitions."""

    term: str
    english: str
    category: str
    definitions: tuple[str, str, str]
    key_phrase: str = Field(min_length=5)
    use: str
    example: str


class Split(NamedTuple):
    taught: list[Term]
    unseen: list[Term]


def load_glossary(folder: Path = FOLDER) -> list[Term]:
    """All terms, file by file in name order. Raises InputError for a term that stands twice."""
    terms: dict[str, Term] = {}
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            term = Term(**json.loads(line))
            if term.term in terms:
                raise InputError(f"'{path.name}' line {number}: '{term.term}' stands twice")
            terms[term.term] = term
    return list(terms.values())


def split_glossary(terms: list[Term]) -> Split:
    """Taught and unseen terms: three in ten of every category, chosen by the hash of the name.

    By hash and not by seed, so that adding a term later moves no other one.
    """
    unseen: set[str] = set()
    for category in {term.category for term in terms}:
        names = sorted((t.term for t in terms if t.category == category), key=_digest)
        unseen.update(names[: round(len(names) * UNSEEN_SHARE)])
    return Split(
        taught=[t for t in terms if t.term not in unseen],
        unseen=[t for t in terms if t.term in unseen],
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
