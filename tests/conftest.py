"""What every test gets: a home of its own, and no word to the outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Set before any test imports gradio or a Hugging Face library, which read these once.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


@pytest.fixture(autouse=True)
def workbench_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder of results, redirected so that no test can touch the real one."""
    home = tmp_path / "home"
    monkeypatch.setenv("KRX_WORKBENCH_HOME", str(home))
    return home
