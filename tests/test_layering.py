"""Who may import whom. Every import is read, also those inside functions, and held to one table.

The point is that a rule can be read, tested and trusted alone: the text of a prompt cannot depend
on a screen, and nothing that is installed with the workbench needs what trains its models.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("workbench", "train", "eval_tasks", "app")

# A unit is a module or a package right under workbench/, or one of the other three as a whole.
LAYERS: dict[str, tuple[str, ...]] = {
    "words": ("errors", "schema"),
    "rules": ("prompts", "answers", "stats", "timeliness", "provenance"),
    "questions": ("questions",),
    "world": (
        *("config", "flags", "numerals", "languages", "published"),
        *("store", "retrieval", "engines"),
    ),
    "work": (
        *("evaluate", "rescore", "judge", "compare", "leaderboard", "lm_eval_bridge", "report"),
        *("sources", "standings", "uploads", "contamination"),
        *("analysis", "bench", "evaluation_jobs", "compared", "matrix", "option_probabilities"),
        "preferences",
    ),
    "faces": ("ui", "cli", "doctor", "__main__", "app"),
    "eval_tasks": ("eval_tasks",),
    "train": ("train",),
}
# Layers or single units. Rules and questions stand alone; inside the others, neighbours may meet.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "words": ("words",),
    "rules": ("words",),
    "questions": ("words", "rules"),
    "world": ("words", "rules", "world"),
    "work": ("words", "rules", "questions", "world", "work"),
    "faces": ("words", "rules", "questions", "world", "work", "faces"),
    "eval_tasks": ("words", "rules", "questions", "lm_eval_bridge"),
    "train": (
        *("words", "rules", "questions", "world"),
        *("evaluate", "compare", "preferences", "contamination"),
    ),
}
LIBRARIES_OF_WORDS = sys.stdlib_module_names | {"pydantic", "pydantic_core"}

LAYER_OF = {unit: layer for layer, units in LAYERS.items() for unit in units}
ALLOWED = {
    layer: {unit for name in names for unit in LAYERS.get(name, (name,))}
    for layer, names in MAY_IMPORT.items()
}


class Import(NamedTuple):
    """A dotted name that a file imports, and the line where it does."""

    name: str
    line: int


def faults(root: Path) -> list[str]:
    """Every import under `root` that breaks the table, and every module that is not in it."""
    return [fault for path in sources(root) for fault in faults_of(path, root)]


def sources(root: Path) -> list[Path]:
    found = [path for name in OURS for path in (root / name).rglob("*.py")]
    return sorted([*found, *root.glob("app.py")])


def faults_of(path: Path, root: Path) -> Iterator[str]:
    place = path.relative_to(root)
    if place.as_posix() == "workbench/__init__.py":  # it is imported with every unit
        yield from (f"{place}:{line}: imports {name}" for name, line in imports(path, root))
        return
    unit = unit_of(place.with_suffix("").parts)
    layer = LAYER_OF.get(unit)
    if layer is None:
        yield f"{place} has no layer: enter '{unit}' in LAYERS of tests/test_layering.py"
        return
    for name, line in imports(path, root):
        parts = tuple(name.split("."))
        if parts[0] not in OURS:
            if layer == "words" and parts[0] not in LIBRARIES_OF_WORDS:
                yield f"{place}:{line}: {layer} may not import the library {parts[0]}"
        elif unit_of(parts) not in ALLOWED[layer] | {unit}:
            yield f"{place}:{line}: {layer} may not import {name}"


def unit_of(parts: tuple[str, ...]) -> str:
    """('workbench', 'engines', 'hf') -> 'engines'; ('train', 'sft') -> 'train'."""
    return parts[1] if parts[0] == "workbench" and len(parts) > 1 else parts[0]


def imports(path: Path, root: Path) -> Iterator[Import]:
    """All imports of a file, wherever they stand, relative ones made absolute.

    `from workbench import prompts` counts as workbench.prompts where that is a module, and
    `from workbench import __version__` as nothing, since every unit imports the package anyway.
    """
    package = path.relative_to(root).parent.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            if module != "workbench":
                yield Import(module, node.lineno)
                continue
            for alias in node.names:
                target = root / "workbench" / alias.name
                if target.is_dir() or target.with_suffix(".py").is_file():
                    yield Import(f"workbench.{alias.name}", node.lineno)


# ── this project ─────────────────────────────────────────────────────────────────────────────


def test_every_import_keeps_to_the_table() -> None:
    assert faults(ROOT) == []


def test_there_is_something_to_hold_to_the_table() -> None:
    units = {unit_of(path.relative_to(ROOT).with_suffix("").parts) for path in sources(ROOT)}
    assert {"errors", "schema", "prompts", "questions", "store", "evaluate", "ui"} <= units
    assert {"app", "train"} <= units


def test_the_workbench_may_import_neither_training_nor_eval_tasks() -> None:
    workbench = LAYERS.keys() - {"train", "eval_tasks"}
    assert not any({"train", "eval_tasks"} & ALLOWED[layer] for layer in workbench)


# ── the checker itself ───────────────────────────────────────────────────────────────────────

# One file at a time: where, what it says, what must be said about it ('' for nothing).
TREES = [
    ("workbench/prompts.py", "from workbench.schema import Question", ""),
    ("workbench/prompts.py", "import re, yaml", ""),
    ("workbench/evaluate.py", "from workbench import prompts, __version__", ""),
    ("workbench/engines/hf.py", "from .base import Engine", ""),
    ("workbench/engines/hf.py", "from ..errors import EngineError", ""),
    ("app.py", "from workbench.ui.interface import launch", ""),
    ("train/demo/base.py", "from train.demo.glossary import Term", ""),
    ("train/merge.py", "from workbench.engines import open_engine", ""),
    (
        "workbench/prompts.py",
        "from workbench.engines.base import Engine",
        "workbench/prompts.py:1: rules may not import workbench.engines.base",
    ),
    (
        "workbench/prompts.py",
        "def f():\n    import workbench.store",
        "workbench/prompts.py:2: rules may not import workbench.store",
    ),
    (
        "workbench/answers.py",
        "from workbench import prompts",
        "workbench/answers.py:1: rules may not import workbench.prompts",
    ),
    (
        "workbench/engines/hf.py",
        "from ..ui import page",
        "workbench/engines/hf.py:1: world may not import workbench.ui",
    ),
    (
        "workbench/engines/hf.py",
        "from .. import cli",
        "workbench/engines/hf.py:1: world may not import workbench.cli",
    ),
    (
        "workbench/evaluate.py",
        "if False:\n    from train.formatting import Row",
        "workbench/evaluate.py:2: work may not import train.formatting",
    ),
    (
        "workbench/schema.py",
        "import yaml",
        "workbench/schema.py:1: words may not import the library yaml",
    ),
    (
        "workbench/__init__.py",
        "from workbench.schema import Question",
        "workbench/__init__.py:1: imports workbench.schema",
    ),
    (
        "eval_tasks/krx/utils.py",
        "from workbench.store import Store",
        "eval_tasks/krx/utils.py:1: eval_tasks may not import workbench.store",
    ),
    (
        "train/sft.py",
        "from workbench.ui.texts import load_texts",
        "train/sft.py:1: train may not import workbench.ui.texts",
    ),
    (
        "workbench/helpers.py",
        "",
        "workbench/helpers.py has no layer: enter 'helpers' in LAYERS of tests/test_layering.py",
    ),
]


@pytest.mark.parametrize(("place", "code", "fault"), TREES)
def test_the_checker_sees_a_bad_import_and_lets_a_good_one_pass(
    tmp_path: Path, place: str, code: str, fault: str
) -> None:
    for module in ("prompts", "cli", "ui"):  # what `from workbench import …` is looked up in
        (tmp_path / "workbench").mkdir(exist_ok=True)
        (tmp_path / "workbench" / f"{module}.py").touch()
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code, "utf-8")
    assert faults(tmp_path) == ([fault] if fault else [])
