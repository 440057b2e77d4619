"""What the chat decides before a browser sees it. The rest is in tests/browser/test_chat.py."""

from __future__ import annotations

import pytest

from workbench.ui.chat.handlers import turn_position


@pytest.mark.parametrize(("index", "turn"), [(0, 0), (1, 0), (2, 1), ((4, 0), 2), ([5, 1], 2)])
def test_a_message_belongs_to_a_turn(index: int | tuple[int, int], turn: int) -> None:
    assert turn_position(index) == turn
