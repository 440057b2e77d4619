"""Recipes and machines: small files that say everything, and are refused with every fault."""

from __future__ import annotations

import math
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
    assert machine.batches(recipe.global_batch) == (1, 48, 1)


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


@pytest.mark.parametrize("machine_file", MACHINES, ids=lambda path: path.stem)
@pytest.mark.parametrize("recipe_file", RECIPES, ids=lambda path: path.stem)
def test_every_machine_keeps_the_global_batch_of_every_recipe(
    recipe_file: Path, machine_file: Path
) -> None:
    recipe, machine = read_settings(recipe_file, Recipe), read_settings(machine_file, Machine)
    batches = machine.batches(recipe.global_batch)
    assert math.prod(batches) == recipe.global_batch
    assert batches.micro_batch <= machine.micro_batch
    assert f"accumulation {batches.accumulation}" in str(batches)


@pytest.mark.parametrize("stage", ["krx_sft_1", "krx_sft_2", "krx_dpo", "as_published"])
def test_every_stage_has_the_card_s_base_adapter_and_batch(stage: str) -> None:
    recipe = read_settings(TRAIN / "recipes" / f"{stage}.yaml", Recipe)
    assert (recipe.lora.r, recipe.lora.alpha, recipe.lora.targets) == (8, 64, PROJECTIONS)
    assert (recipe.base, recipe.global_batch) == ("Qwen/Qwen2.5-7B-Instruct", 128)


def test_the_curriculum_is_a_chain_of_sixteen_epochs_and_preferences() -> None:
    first, second, dpo = (
        read_settings(TRAIN / "recipes" / f"krx_{stage}.yaml", Recipe)
        for stage in ("sft_1", "sft_2", "dpo")
    )
    assert (first.continues, second.continues, dpo.continues) == (None, first.name, second.name)
    assert first.epochs + second.epochs == 16
    assert (first.dpo, second.dpo) == (None, None)
    assert dpo.dpo is not None
    assert dpo.dpo.beta == 0.05


BATCHES = [
    (1, 48, (1, 48, 1)),
    (1, 6, (1, 6, 8)),
    (2, 8, (2, 8, 3)),
    (2, 48, (2, 24, 1)),  # no more than a process's share
    (1, 32, (1, 24, 2)),  # the largest that divides it
    (3, 7, (3, 4, 4)),
]


@pytest.mark.parametrize(("processes", "micro_batch", "batches"), BATCHES)
def test_the_global_batch_is_kept_by_accumulating(
    processes: int, micro_batch: int, batches: tuple[int, int, int]
) -> None:
    machine = Machine(name="m", processes=processes, micro_batch=micro_batch)
    assert machine.batches(48) == batches


@pytest.mark.parametrize("processes", [5, 32, 96])
def test_a_global_batch_that_processes_cannot_share_is_refused(processes: int) -> None:
    machine = Machine(name="m", processes=processes, micro_batch=1)
    with pytest.raises(SettingsError, match=f"48 is no multiple of the {processes} processes"):
        machine.batches(48)
