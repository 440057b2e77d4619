"""What the leaderboard puts on the screen."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench.engines.scripted import ScriptedEngine
from workbench.schema import ModelSpec
from workbench.ui.language import Languages
from workbench.ui.leaderboard_tab import LeaderboardHandlers, Parts
from workbench.ui.loading import EngineLoader
from workbench.ui.page import Page

PARTS = Parts(**{field.name: field.name for field in fields(Parts)})
READER = SimpleNamespace(query_params={}, headers={"accept-language": "ko"})


@pytest.fixture
def broken_store(tmp_path: Path) -> Path:
    path = tmp_path / "store.sqlite"
    path.write_bytes(b"no database, but <b>something else</b>" * 100)
    return path


def handlers(store: Path) -> LeaderboardHandlers:
    loader = EngineLoader(ModelSpec(name="pair", base="base"), lambda: ScriptedEngine())
    return LeaderboardHandlers(Page(loader, Languages(), store), PARTS)


def test_a_store_that_cannot_be_read_is_said_in_the_place_of_the_table(broken_store) -> None:
    shown = handlers(broken_store).open(None, READER)
    assert "결과를 읽지 못했습니다" in shown[PARTS.board]
    assert "store.sqlite" in shown[PARTS.board]


def test_an_empty_store_is_no_fault(tmp_path) -> None:
    shown = handlers(tmp_path / "store.sqlite").open(None, READER)
    assert "결과를 읽지 못했습니다" not in shown[PARTS.board]
    assert set(shown) >= {PARTS.board, PARTS.beside, PARTS.guide}
