"""Three ways in which question files are written, and how a row becomes the fields of a Question.

workbench   the fields of `schema.Question`; options are texts without letters.
published   the columns of the data set aiqwe/FinShibainu; options are 'A. …', as a list or, in
            some rows, as one text with a line for each.
columns     one column for each option (A, B, C, …) and an answer that is a letter or a number
            from 1, as in KMMLU.

A file is written in one of them, recognised by its columns. Only what needs the format is judged
here; what makes a question right is judged once, by the schema.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any, TypeGuard

from workbench.schema import LETTERS, Question, canonical_hash

Cells = Mapping[str, Any]
Fields = dict[str, Any]

# Loose on purpose: a letter that is not seen would stay in the text and be shown twice. One that
# is seen wrongly ('A.I. 반도체') makes a fault, because the other options then have none.
LETTERED = re.compile(r"\A\(?([A-Ja-j])[.):．]\s*")

DIFFICULTIES = {"1": "easy", "2": "hard"}  # the published `step`: 2 was evolved from 1


@dataclass(frozen=True)
class Format:
    """`known` keys are used, `ignored` ones are expected but mean nothing to a question."""

    name: str
    known: frozenset[str]
    ignored: frozenset[str]
    fields: Callable[[Fields, list[str]], Fields]  # appends what is wrong to its second argument

    @property
    def accepted(self) -> frozenset[str]:
        return self.known | self.ignored


def recognise(keys: Set[str]) -> Format | None:
    """The format that these columns give away; None for columns that several formats share."""
    if {"A", "B"} <= keys and "options" not in keys:
        return COLUMNS
    if keys & (PUBLISHED.accepted - SHARED):
        return PUBLISHED
    if keys & ((WORKBENCH.accepted - SHARED) | {"id"}):
        return WORKBENCH
    return None


def file_format(rows: Iterable[Set[str]]) -> Format | None:
    """The format of a whole file: that of the first row that gives one away.

    Bare question/options/answer rows are read as published, which takes options with letters and
    without. None means that this is no question file.
    """
    has_options = False
    for keys in rows:
        if (found := recognise(keys)) is not None:
            return found
        has_options = has_options or "options" in keys
    return PUBLISHED if has_options else None


def question_fields(cells: Cells, fmt: Format) -> tuple[Fields, list[str]]:
    """The fields of a Question that a row holds, and what is wrong with how they are written.

    All text comes out in NFC, so that texts with one hash are one text to a model, too.
    """
    faults = [unknown_key(key, fmt) for key in cells if key not in fmt.accepted]
    present = {
        key: _nfc(value) for key, value in cells.items() if key in fmt.known and not _absent(value)
    }
    # A question of nothing but spaces is reported as empty, not as missing.
    if isinstance(cells.get("question"), str):
        present["question"] = _nfc(cells["question"])
    return fmt.fields(present, faults), faults


def unknown_key(key: str, fmt: Format) -> str:
    near = difflib.get_close_matches(key, fmt.known, n=1)
    return f"unknown key '{key}'" + (f"; did you mean '{near[0]}'?" if near else "")


def _absent(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _nfc(value: Any) -> Any:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [_nfc(entry) for entry in value]
    return value


def _stripped(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


# ── workbench ────────────────────────────────────────────────────────────────────────────────


def _workbench_fields(cells: Fields, faults: list[str]) -> Fields:
    options = cells.get("options")
    if _is_texts(options) and _letters(options) == list(LETTERS[: len(options)]):
        faults.append("options carry letters ('A. …'); write the texts alone, order gives letters")
    return cells


# ── published ────────────────────────────────────────────────────────────────────────────────


def _published_fields(cells: Fields, faults: list[str]) -> Fields:
    fields = {
        ours: _stripped(cells[theirs])
        for theirs, ours in PUBLISHED_NAMES.items()
        if theirs in cells
    }
    if "options" in cells:
        fields["options"] = _published_options(cells["options"], faults)
    if "answer" in cells:
        fields["answer"] = _answer_letter(cells["answer"], fields.get("options"))
    if "step" in cells:
        step = _digits(cells["step"])
        fields["difficulty"] = DIFFICULTIES.get(step)
        if step not in DIFFICULTIES:
            faults.append(f"step is '{step}', expected 1 (easy) or 2 (hard)")
    # `type` says 'mcqa' of every row of the published set, which is a task and no category.
    if "type" in cells and cells["type"] != "mcqa":
        fields["category"] = cells["type"]
    # The passage that a question was made from was not shown in the published prompt, so it is
    # not shown here. It still tells which questions are not independent of each other.
    if "reference" in cells:
        fields["reference_id"] = canonical_hash(str(cells["reference"]))[:16]
    if "n_options" in cells and isinstance(fields.get("options"), list):
        stated, actual = _digits(cells["n_options"]), len(fields["options"])
        if stated != str(actual):
            faults.append(f"n_options is '{stated}', but there are {actual} options")
    return fields


def _published_options(options: Any, faults: list[str]) -> Any:
    """Option texts without letters; what is no list of texts is left for the schema to refuse."""
    if isinstance(options, str):
        options = _split_options(options)
    if not _is_texts(options):
        return options
    found = _letters(options)
    if not any(found):
        return [option.strip() for option in options]
    expected = list(LETTERS[: len(options)])
    if found[: len(LETTERS)] != expected:
        shown = ", ".join(letter or "none" for letter in found)
        faults.append(f"options are out of order: letters {shown}, expected {', '.join(expected)}")
    return [LETTERED.sub("", option.strip()) for option in options]


def _split_options(text: str) -> list[str]:
    """
    >>> _split_options("A. 자산\\nB. 부채\\n(유동)\\nC. 자본")
    ['A. 자산', 'B. 부채\\n(유동)', 'C. 자본']
    """
    options: list[str] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if options and LETTERED.match(options[0]) and not LETTERED.match(line):
            options[-1] += f"\n{line}"
        else:
            options.append(line)
    return options


def _is_texts(options: Any) -> TypeGuard[list[str]]:
    return isinstance(options, list) and all(isinstance(option, str) for option in options)


def _letters(options: list[str]) -> list[str | None]:
    matches = [LETTERED.match(option.strip()) for option in options]
    return [match and match[1].upper() for match in matches]


# ── columns ──────────────────────────────────────────────────────────────────────────────────


def _columns_fields(cells: Fields, faults: list[str]) -> Fields:
    fields: Fields = {key: _stripped(cells[key]) for key in ("id", "question") if key in cells}
    given = [letter for letter in LETTERS if letter in cells]
    for letter in LETTERS[: len(given)]:
        if letter not in given:
            faults.append(f"option {letter} is empty, but {given[-1]} is not")
    fields["options"] = [_stripped(cells[letter]) for letter in given]
    if "answer" in cells:
        fields["answer"] = _answer_letter(cells["answer"], given)
    for key in ("category", "Category"):
        if key in cells:
            fields["category"] = _stripped(cells[key])
    return fields


def _answer_letter(answer: Any, options: Any) -> Any:
    """
    >>> _answer_letter(2, ["자산", "부채"]), _answer_letter("② ", ["자산", "부채"])
    ('B', 'B')
    >>> _answer_letter("ｂ", ["자산", "부채"]), _answer_letter(3, ["자산", "부채"])
    ('B', '3')
    """
    if isinstance(answer, bool) or not isinstance(answer, str | int | float):
        return answer
    text = unicodedata.normalize("NFKC", _digits(answer)).strip().upper()
    count = len(options) if isinstance(options, list) else 0
    return LETTERS[int(text) - 1] if text in map(str, range(1, count + 1)) else text


def _digits(number: Any) -> str:
    """A number as it is written without a fraction: columns with gaps turn 2 into 2.0.

    >>> _digits(2), _digits("2"), _digits(2.0), _digits("2.0")
    ('2', '2', '2', '2')
    """
    return re.sub(r"(?<=\d)\.0\Z", "", str(number).strip())


WORKBENCH = Format(
    name="this project",
    known=frozenset(Question.model_fields),
    ignored=frozenset({"__index_level_0__"}),
    fields=_workbench_fields,
)
PUBLISHED_NAMES = {
    "id": "id",
    "question": "question",
    "reasoning_process": "reasoning",
    "valid_type_index": "area",
}
PUBLISHED = Format(
    name="aiqwe/FinShibainu",
    known=frozenset(PUBLISHED_NAMES)
    | {"options", "answer", "n_options", "step", "type", "reference"},
    ignored=frozenset(
        {"seq", "index", "value", "oai_model", "update_at", "__index_level_0__"}
        | {"hallucination", "hallucination_desc", "reference_index"}
    ),
    fields=_published_fields,
)
COLUMNS = Format(
    name="one column for each option",
    known=frozenset({"id", "question", "answer", "Category", "category", *LETTERS}),
    ignored=frozenset({"Human Accuracy", "human_accuracy", "__index_level_0__"}),
    fields=_columns_fields,
)
SHARED = WORKBENCH.accepted & PUBLISHED.accepted
