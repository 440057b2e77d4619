"""Recipes and machines: small files that say everything, and are refused with every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from train.recipe import PROJECTIONS, Lora, Machine, Recipe, read_settings
from workbench.errors import SettingsError

TRAIN = Path(__file__).parents[2] / "train"
RECIPES = sorted((TRAIN / "recipes").glob("*.yaml"))
MACHINES = sorted((TRAIN / "machines").glob("*.yaml"))

RECIPE = "base: b\nlearning_rate: 1.0e-3\nglobal_batch: 8\nmax_length: 64\n"


def recipe_file(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_bundled_recipe_can_be_read(path: Path) -> None:
    assert read_settings(path, Recipe).name == path.stem


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem)
def test_every_bundled_machine_can_be_read(path: Path) -> None:
    assert read_settings(path, Machine).name == path.stem


def test_the_demo_adapter_has_the_shape_of_the_published_one() -> None:
    lora = read_settings(TRAIN / "recipes" / "demo.yaml", Recipe).lora
    assert lora == Lora(r=8, alpha=64, targets=PROJECTIONS)
    assert len(PROJECTIONS) == 7


def test_the_demo_recipe_fits_the_machine_it_is_made_for() -> None:
    recipe = read_settings(TRAIN / "recipes" / "demo.yaml", Recipe)
    machine = read_settings(TRAIN / "machines" / "cpu.yaml", Machine)
    assert machine.accumulation(recipe.global_batch) >= 1


def test_a_recipe_is_named_after_its_file_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert read_settings(recipe_file(tmp_path, RECIPE), Recipe).name == "mine"
    named = recipe_file(tmp_path, f"{RECIPE}name: krx\n")
    assert read_settings(named, Recipe).name == "krx"


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    path = recipe_file(
        tmp_path, "base: b\nlearning_rte: 1\nglobal_batch: 0\nmax_length: 64\nlora: {rank: 8}\n"
    )
    with pytest.raises(SettingsError) as caught:
        read_settings(path, Recipe)
    message = str(caught.value)
    assert message.startswith(f"'{path}': ")
    assert "learning_rte: Extra inputs are not permitted" in message
    assert "learning_rate: Field required" in message
    assert "lora.rank: Extra inputs are not permitted" in message
    assert "global_batch: Input should be greater than or equal to 1" in message


def test_a_missing_file_is_answered_with_those_beside_it(tmp_path: Path) -> None:
    beside = recipe_file(tmp_path, RECIPE)
    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path / "mien.yaml", Recipe)
    expected = f"there is no file '{tmp_path / 'mien.yaml'}'; files beside it: {beside}"
    assert str(caught.value) == expected


def test_a_missing_folder_has_no_files_beside(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="files beside it: none"):
        read_settings(tmp_path / "no" / "mine.yaml", Recipe)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no settings"),
        ("- base: b\n", "holds no settings"),
        ("base: [b\n", "is not YAML"),
        ("1: one\n", "1: "),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        read_settings(recipe_file(tmp_path, text), Recipe)


@pytest.mark.parametrize(
    ("processes", "micro_batch", "steps"), [(1, 48, 1), (1, 6, 8), (2, 8, 3), (4, 12, 1)]
)
def test_the_global_batch_is_kept_by_accumulating(
    processes: int, micro_batch: int, steps: int
) -> None:
    machine = Machine(name="m", processes=processes, micro_batch=micro_batch)
    assert machine.accumulation(48) == steps


@pytest.mark.parametrize(("processes", "micro_batch"), [(1, 5), (2, 48), (3, 32)])
def test_a_global_batch_that_does_not_divide_is_refused(processes: int, micro_batch: int) -> None:
    machine = Machine(name="m", processes=processes, micro_batch=micro_batch)
    with pytest.raises(SettingsError, match=f"48 is no multiple of {processes} processes"):
        machine.accumulation(48)
