"""Numbers that others published, with where they stand. They are shown beside ours, never among
them: other questions, other prompts and other code made them, and no test can pair the two.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from workbench.config import DATA, printable, read_yaml
from workbench.errors import SettingsError
from workbench.languages import LANGUAGES, Language
from workbench.schema import Record

PUBLISHED_FILE = DATA / "published.yaml"

_LARGEST = {"percent": 100.0, "share": 1.0}


def _as_printed(value: object) -> object:
    """A bare YAML number has lost how it was printed: 32.0 and 32 are the same to it."""
    if isinstance(value, float | int):
        raise ValueError(f"{value} must stand in quotes, so that its digits stay as printed")
    return value


# A number in the digits of its source: '38.5' and '41' of one table differ in precision.
Printed = Annotated[str, BeforeValidator(_as_printed), Field(pattern=r"^[0-9]*\.?[0-9]+$")]


class PublishedTable(Record):
    """Scores by model and subject, as their source prints them; `unit` says of how much."""

    title: dict[Language, str]
    conditions: dict[Language, str]
    source: str = Field(min_length=1)
    unit: Literal["percent", "share"]
    scores: dict[str, dict[str, Printed]] = Field(min_length=1)

    @field_validator("title", "conditions")
    @classmethod
    def _in_every_language(cls, value: dict[Language, str]) -> dict[Language, str]:
        missing = [language for language in LANGUAGES if not value.get(language, "").strip()]
        if missing:
            raise ValueError(f"says nothing in {', '.join(missing)}")
        return value

    @model_validator(mode="after")
    def _possible(self) -> Self:
        largest = _LARGEST[self.unit]
        for model, scores in self.scores.items():
            for subject, score in scores.items():
                if float(score) > largest:
                    raise ValueError(
                        f"{model}, {subject}: {score} is above {largest:g}, the most a "
                        f"{self.unit} can be"
                    )
        return self

    @property
    def subjects(self) -> tuple[str, ...]:
        """All subjects, in the order in which the models name them."""
        return tuple(dict.fromkeys(name for scores in self.scores.values() for name in scores))


def load_published(path: Path = PUBLISHED_FILE) -> tuple[PublishedTable, ...]:
    """The published numbers. Raises SettingsError with every fault of the file at once."""
    raw = read_yaml(path)
    if not isinstance(raw, list):
        raise SettingsError(f"'{path}' must be a list of tables, each with title, source, scores")
    tables, faults = [], []
    for number, fields in enumerate(raw, start=1):
        try:
            tables.append(PublishedTable.model_validate(fields))
        except ValidationError as error:
            faults += [
                f"table {number}: {'.'.join(map(str, each['loc'])) or 'table'}: {each['msg']}"
                for each in error.errors()
            ]
    if faults:
        raise SettingsError(printable(f"'{path}' has faults:\n  " + "\n  ".join(faults)))
    return tuple(tables)
