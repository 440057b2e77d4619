"""YAML files with anything done to them, for every reader of one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import WorkbenchError

MUTANTS = pytest.mark.parametrize("mutants", [300, pytest.param(1000, marks=pytest.mark.torture)])

FRAGMENTS = [
    *("\t", "\n", ": ", "- ", "[", "}", "&a ", "*a", "<<: ", "? ", "|\n", "---\n", "%YAML 9\n"),
    *("!!bool x", "!!timestamp x", "!!int x", "!!python/name:os.system", "2026-13-45", ".nan"),
    *("9" * 5000, "[" * 600, '"\\ud800"', "\x00", "'", "#", "0b", "\u2028"),
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from([10**400, "", "./", "./\x00", "\ud800", "가", "1\n", "auto"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> bytes:
    """The file after up to four cuts and insertions, perhaps no longer UTF-8."""
    content = bytearray(text.encode("utf-8"))
    pieces = st.sampled_from(FRAGMENTS).map(str.encode) | st.binary(max_size=4)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        content[start : start + draw(st.integers(0, 12))] = draw(pieces)
    return bytes(content)


@st.composite
def mutated(draw: st.DrawFn, text: str) -> bytes:
    """The file with values and keys replaced, lost and added, wherever they stand."""
    document = copy.deepcopy(yaml.safe_load(text))
    for _ in range(draw(st.integers(1, 3))):
        document = _changed(draw, document)
    return yaml.safe_dump(document, allow_unicode=True).encode("utf-8", "surrogatepass")


def _changed(draw: st.DrawFn, value: Any) -> Any:
    """`value` with one place in it changed: itself, or one of what it holds."""
    if not isinstance(value, dict | list) or not value or draw(st.integers(0, 4)) == 0:
        return draw(VALUES)
    if isinstance(value, list):
        place = draw(st.integers(0, len(value) - 1))
        return [_changed(draw, each) if n == place else each for n, each in enumerate(value)]
    key = draw(st.sampled_from(list(value)))
    changed = {k: v for k, v in value.items() if k != key}
    match draw(st.sampled_from(["value", "value", "value", "lose", "rename"])):
        case "value":
            changed[key] = _changed(draw, value[key])
        case "rename":
            changed[draw(st.text(max_size=6) | st.integers())] = value[key]
    return changed


def check_reader(read: Callable[[Path], object], source: Path, folder: Path, mutants: int) -> None:
    """Whatever is done to `source`, `read` takes it or refuses it in words a terminal can show."""
    text = source.read_text("utf-8")
    path = folder / source.name

    @settings(max_examples=mutants, deadline=None, derandomize=True, database=None)
    @given(content=damaged(text) | mutated(text))
    def attempt(content: bytes) -> None:
        path.write_bytes(content)
        try:
            read(path)
        except WorkbenchError as error:
            str(error).encode("utf-8")

    attempt()
