"""Settings files with anything done to them are read, or refused by an error of ours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workbench.mutated_yaml import MUTANTS, check_reader
from workbench.config import MODELS_FILE, load_aliases, load_presets
from workbench.errors import SettingsError
from workbench.published import PUBLISHED_FILE, load_published

READERS = [
    (load_presets, MODELS_FILE),
    (load_aliases, MODELS_FILE),
    (load_published, PUBLISHED_FILE),
]


@MUTANTS
@pytest.mark.parametrize(("read", "source"), READERS, ids=["presets", "aliases", "published"])
def test_a_mutated_file_is_read_or_an_error_of_ours(
    read: Callable[[Path], object], source: Path, mutants: int, tmp_path: Path
) -> None:
    check_reader(read, source, tmp_path, mutants)


# What each file must not be, and how that is told.
REFUSED = [
    ("models: [demo]", load_presets, "must hold 'models:' with a line 'name: …' for each"),
    ("models: {a: {base: !!bool x}}", load_presets, "is not YAML: 'x'"),
    ("aliases: old", load_aliases, "must hold 'aliases:'"),
    ("just a sentence", load_published, "must be a list of tables"),
    ("- [", load_published, "is not YAML: while parsing"),
]


@pytest.mark.parametrize(("text", "read", "message"), REFUSED)
def test_a_file_of_another_shape_is_refused_in_one_sentence(
    text: str, read: Callable[[Path], object], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=message):
        read(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_presets(tmp_path / "none.yaml")
