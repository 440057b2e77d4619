"""Numbers as people read them, and that nothing else rounds a result."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from workbench import numerals
from workbench.stats import Interval

ROOT = Path(__file__).parents[2]
PRECISION = re.compile(r"\.\d+[fge%]")

# (how, value, text)
TEXTS = [
    (numerals.count, 50_000, "50,000"),
    (numerals.percent, 0.41071, "41.1%"),
    (numerals.percent, 1.0, "100.0%"),
    (numerals.percent, -0.029, "−2.9%"),
    (numerals.percent, -0.0001, "0.0%"),
    (numerals.percent_interval, Interval(0.324, 0.5031), "[32.4%, 50.3%]"),
    (numerals.points, 0.0833, "+8.3"),
    (numerals.points, -0.02, "−2.0"),
    (numerals.points, 0.0, "0.0"),
    (numerals.points, -0.0004, "0.0"),
    (numerals.points_interval, Interval(-0.021, 0.08), "[−2.1, +8.0]"),
    (numerals.size_in_points, 0.1374, "13.7"),
    (numerals.decimal, 0.18349, "0.183"),
    (numerals.rate, 1466.29, "1,466.3"),
    (numerals.seconds, 0.214, "0.21"),
    (numerals.seconds, 12.4, "12"),
    (numerals.percent_tick, 0.25, "25"),
    (numerals.points_tick, -0.15, "−15"),
    (numerals.points_tick, 0.0, "0"),
]


@pytest.mark.parametrize(("how", "value", "text"), TEXTS)
def test_a_number_is_written_in_one_way(how, value, text) -> None:
    assert how(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "p = 1.000"),
        (0.04321, "p = 0.043"),
        (0.05, "p = 0.050"),
        (0.0498, "p = 0.0498"),
        (0.049996, "p = 0.049996"),
        (0.0501, "p = 0.0501"),
        (0.001, "p = 0.001"),
        (0.00099, "p < 0.001"),
        (0.0, "p < 0.001"),
    ],
)
def test_a_p_value_never_rounds_onto_the_level_it_is_held_against(p: float, text: str) -> None:
    assert numerals.p_value(p) == text


def shown_to_people() -> list[Path]:
    """What writes results for people; charts round places on the page, which are no results."""
    package = ROOT / "workbench"
    found = [path for name in ("cli", "ui", "report") for path in package.glob(f"{name}/**/*.py")]
    found.append(package / "doctor.py")
    return [path for path in sorted(found) if path.name != "charts.py"]


@pytest.mark.parametrize("path", shown_to_people(), ids=lambda path: path.stem)
def test_nothing_else_rounds(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    specs = [
        part.value
        for node in ast.walk(tree)
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr)
        for part in node.format_spec.values
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    called = [
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    assert [spec for spec in specs if PRECISION.search(spec)] == []
    assert "round" not in called
