"""Templates that write a comparison: the report's own, and those of whoever shows its pieces."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import __version__, numerals
from workbench.languages import Language
from workbench.report.charts import SHARES, reliability_marks
from workbench.report.phrases import Phrase, say

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent


def environment(*folders: Path, language: Language | None = None) -> Environment:
    """Templates of `folders` and of the report, which escape whatever comes from data.

    Phrases are said in `language`, or in all languages at once where that is None.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader([*folders, FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=partial(_said, language=language) if language else None,
    )
    templates.globals.update(
        say=say,
        number=numerals,
        zip=zip,
        version=__version__,
        shares=SHARES,
        reliability_marks=reliability_marks,
    )
    return templates


def _said(value: object, *, language: Language) -> object:
    return value.text(language) if isinstance(value, Phrase) else value
