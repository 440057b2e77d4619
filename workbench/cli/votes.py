"""The command over what people said: votes, counted or exported as training data."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from workbench.cli.text import add_json_flag, print_json, table, write_out
from workbench.flags import add_store_flag, chosen_store
from workbench.preferences import preference_lines, preference_rows
from workbench.schema import Vote, VoteChoice
from workbench.store import Store

CHOICES: tuple[VoteChoice, ...] = get_args(VoteChoice)


def add_command(commands: Any) -> None:
    votes = commands.add_parser(
        "votes", help="count the votes cast on the screens, or export them as preference pairs"
    )
    votes.set_defaults(run=run_votes)
    votes.add_argument(
        "--export",
        type=Path,
        metavar="FILE",
        help="write decided votes of people as JSON lines with prompt, chosen and rejected",
    )
    add_json_flag(votes)
    add_store_flag(votes)


def run_votes(args: argparse.Namespace) -> None:
    with Store(chosen_store(args)) as store:
        votes = store.votes()
    if args.export is not None:
        rows = preference_rows(votes)
        write_out(preference_lines(rows), args.export)
        print(f"{len(rows)} pairs of {len(votes)} votes", file=sys.stderr)
    elif args.json:
        print_json([vote.model_dump(mode="json") for vote in votes])
    else:
        print(_counts(votes) if votes else "no votes yet; they are cast in the app's chat")


def _counts(votes: Sequence[Vote]) -> str:
    """How often each choice was made, by who was compared and who judged."""
    found = Counter((vote.side_a, vote.side_b, vote.voter, vote.choice) for vote in votes)
    groups = sorted({key[:3] for key in found})
    lines = [(*group, *(str(found[(*group, choice)]) for choice in CHOICES)) for group in groups]
    return table([("A", "B", "voter", *CHOICES), *lines])
