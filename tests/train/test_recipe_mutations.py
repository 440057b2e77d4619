"""Recipes and machines with anything done to them are read, or refused by an error of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workbench.mutated_yaml import MUTANTS, check_reader
from train.recipe import Machine, Recipe, read_settings

TRAIN = Path(__file__).parents[2] / "train"


@MUTANTS
@pytest.mark.parametrize(
    ("source", "kind"),
    [(TRAIN / "recipes" / "demo.yaml", Recipe), (TRAIN / "machines" / "cpu.yaml", Machine)],
    ids=["recipe", "machine"],
)
def test_a_mutated_file_is_read_or_an_error_of_ours(
    source: Path, kind: type[Recipe | Machine], mutants: int, tmp_path: Path
) -> None:
    check_reader(lambda path: read_settings(path, kind), source, tmp_path, mutants)
