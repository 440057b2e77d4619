"""What the published model's card says of its training data and recipe, beside what the sums show.

The card's totals do not follow from its own lines. Both are kept: what is printed as text, in its own
digits, and the lines as numbers, from which every sum is computed and none is written down.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError

from workbench.config import DATA
from workbench.errors import SettingsError
from workbench.languages import Language
from workbench.schema import Record

SOURCES_FILE = DATA / "sources.yaml"

InWords = dict[Language, str]


class Source(Record):
    """A text that training questions were made from; `place` is '' where there is none to visit."""

    name: InWords
    place: str
    obtained: InWords
    licence: InWords
    kept: Literal["nothing", "part", "all"]


class Line(Record):
    """One line of a table. A `pasted` one is another table's and belongs in no sum of this one."""

    source: str
    questions: int = Field(gt=0)
    tokens: int = Field(gt=0)
    pasted: bool = False
    remark: InWords | None = None

    @property
    def tokens_per_question(self) -> float:
        return self.tokens / self.questions


class Total(Record):
    questions: int
    tokens: int


class PrintedTotal(Record):
    """In the digits of the card, which need not be a sum of anything."""

    questions: str
    tokens: str


class DataTable(Record):
    name: str
    printed: PrintedTotal
    finding: InWords
    lines: tuple[Line, ...] = Field(min_length=1)

    @property
    def summed(self) -> Total:
        """Of all lines as they are printed."""
        return _total(self.lines)

    @property
    def believed(self) -> Total:
        """Of the lines that belong to this table."""
        return _total([line for line in self.lines if not line.pasted])


class RecipeItem(Record):
    """`setting` is the dotted name of what answers it in a training record; '' for nothing."""

    item: InWords
    printed: str
    setting: str


class Defect(Record):
    fault: InWords
    cure: InWords


class ModelCard(Record):
    """The card, with where it stands in `document`."""

    document: str
    sources: tuple[Source, ...]
    tables: tuple[DataTable, ...]
    recipe: tuple[RecipeItem, ...]
    defects: tuple[Defect, ...]

    @property
    def believed_tokens(self) -> int:
        return sum(table.believed.tokens for table in self.tables)


def _total(lines: Sequence[Line]) -> Total:
    return Total(
        questions=sum(line.questions for line in lines), tokens=sum(line.tokens for line in lines)
    )


def load_model_card(path: Path = SOURCES_FILE) -> ModelCard:
    """Raises SettingsError with every fault of the file at once."""
    try:
        return ModelCard.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise SettingsError(f"'{path}' has faults:\n  " + "\n  ".join(faults)) from error


def setting_of(record: Mapping[str, Any], name: str) -> str:
    """The value of a training record under a dotted name, in words; '' where it has none.

    >>> setting_of({"recipe": {"lora": {"targets": ["q_proj", "k_proj"]}}}, "recipe.lora.targets")
    'q_proj, k_proj'
    """
    value: Any = record
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
