"""A store with enough in it to fill a leaderboard: several boards, votes, and a hostile name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from tests.workbench.sittings import exam, sit
from workbench.schema import Vote
from workbench.store import Store

HOSTILE = '<img src=x onerror="window.hacked=1">{{7*7}}${window.hacked=1}'
N = 60


def letters(right: int, unread: int = 0) -> str:
    return "A" * right + "-" * unread + "B" * (N - right - unread)


def fill(path: Path) -> None:
    frozen, fresh = exam(N, "krx-mcqa"), exam(N, "krx-fresh-7")
    with Store(path) as store:
        for model, variant, right in (
            ("krx-7b", "tuned", 44),
            ("krx-7b", "vanilla", 28),
            ("Qwen2.5-14B", "vanilla", 41),
        ):
            sit(store, frozen, letters(right, 3), model=model, variant=variant)
            sit(store, fresh, letters(right - 10), model=model, variant=variant)
        sit(store, frozen, letters(12), model=HOSTILE, variant="vanilla")
        for variant, right in (("tuned", 22), ("vanilla", 13)):
            sit(
                store,
                frozen,
                letters(right),
                model="demo",
                variant=variant,
                demo=True,
                style="native",
                method="loglik",
            )
        for number in range(24):
            store.add_vote(_vote(number))


def _vote(number: int) -> Vote:
    return Vote(
        id=UUID(int=number).hex,
        question=f"{number}번 질문",
        answer_a="가",
        answer_b="나",
        side_a="krx-7b/tuned",
        side_b="krx-7b/vanilla",
        choice=("a", "a", "b", "tie")[number % 4],
        voter="human",
        created=datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=number),
    )
