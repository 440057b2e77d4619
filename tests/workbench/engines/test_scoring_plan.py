"""What is read together: nothing is lost, nothing is read twice that is worth reading once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.engines.scoring_plan import (
    Piece,
    Tokens,
    fill_batches,
    group_by_prefix,
    lay_out,
    pieces_of,
    shared_length,
)

# Few different tokens, so that texts share beginnings.
TEXTS = st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple)
CONTEXTS = st.lists(TEXTS, min_size=1, max_size=6, unique=True)
CONTINUATIONS = st.lists(TEXTS, min_size=1, max_size=6, unique=True).map(
    lambda texts: {text: slot for slot, text in enumerate(texts)}
)


def partitions(things: Sequence[Tokens]) -> Iterator[list[list[Tokens]]]:
    if not things:
        yield []
        return
    first, rest = things[0], things[1:]
    for partition in partitions(rest):
        yield [[first], *partition]
        for n, block in enumerate(partition):
            yield [*partition[:n], [first, *block], *partition[n + 1 :]]


def saved(contexts: Sequence[Tokens], worth: int) -> int:
    """Tokens that these contexts save by a prefix of their own; 0 where it is not worth it."""
    shared = min(shared_length(a, b) for a in contexts for b in contexts)
    shared = min(shared, min(map(len, contexts)) - 1)
    return max(0, (len(contexts) - 1) * shared - worth)


# ── groups ───────────────────────────────────────────────────────────────────────────────────


@given(CONTEXTS, st.integers(0, 6))
def test_every_context_is_in_one_group_and_longer_than_its_prefix(
    contexts: list[Tokens], worth: int
) -> None:
    groups = group_by_prefix(contexts, worth)
    assert sorted(n for group in groups for n in group.members) == list(range(len(contexts)))
    for prefix, members in groups:
        assert all(contexts[n][: len(prefix)] == prefix != contexts[n] for n in members)


@given(CONTEXTS, st.integers(0, 6))
def test_no_other_partition_saves_more(contexts: list[Tokens], worth: int) -> None:
    groups = group_by_prefix(contexts, worth)
    ours = sum(saved([contexts[n] for n in group.members], worth) for group in groups)
    assert ours == max(
        sum(saved(block, worth) for block in partition) for partition in partitions(contexts)
    )


def test_two_sets_of_worked_examples_are_two_groups() -> None:
    first, second = tuple(range(100)), tuple(range(50, 150))
    contexts = [(*block, 200 + n) for n in range(5) for block in (first, second)]
    prefixes = {group.prefix for group in group_by_prefix(contexts, worth=64)}
    assert prefixes == {first, second}


def test_what_few_share_is_not_worth_a_pass() -> None:
    contexts = [(1, 2, 3, 4), (1, 2, 3, 5), (6, 7)]
    (group,) = group_by_prefix(contexts, worth=64)
    assert group.prefix == ()


def test_nothing_to_score_is_no_group() -> None:
    assert group_by_prefix([], worth=1) == []


# ── pieces and rows ──────────────────────────────────────────────────────────────────────────


@given(TEXTS, CONTINUATIONS, st.integers(0, 12))
def test_pieces_hold_every_continuation_once_and_know_their_width(
    context: Tokens, slots: dict[Tokens, int], budget: int
) -> None:
    pieces = list(pieces_of(context, slots, 0, budget))
    assert [item for piece in pieces for item in piece.slots.items()] == list(slots.items())
    assert all(piece.width == len(lay_out(piece, 0).tokens) for piece in pieces)


@given(TEXTS, CONTINUATIONS)
def test_without_a_budget_every_row_is_plain_text(
    context: Tokens, slots: dict[Tokens, int]
) -> None:
    for piece in pieces_of(context, slots, 0, budget=0):
        row = lay_out(piece, 0)
        assert row.is_chain
        assert row.positions == list(range(len(row.tokens)))


@given(TEXTS, CONTINUATIONS)
def test_each_token_is_read_behind_its_own_continuation(
    context: Tokens, slots: dict[Tokens, int]
) -> None:
    """What a column sees, followed from its branch, is the text before the token it predicts."""
    row = lay_out(Piece(context, slots, 0), 0)
    texts = {slot: continuation for continuation, slot in slots.items()}
    seen: dict[int, int] = dict.fromkeys(texts, 0)
    for column, token, slot in row.reads:
        visible = [
            row.tokens[n] for n in range(column + 1) if row.branches[n] in (0, row.branches[column])
        ]
        assert tuple(visible) == context + texts[slot][: seen[slot]]
        assert token == texts[slot][seen[slot]]
        seen[slot] += 1
    assert seen == {slot: len(text) for slot, text in texts.items()}


def test_letters_add_nothing_to_their_stem() -> None:
    row = lay_out(Piece((5, 6, 7), {(1,): 0, (2,): 1, (3,): 2}, 2), prefix=1)
    assert (row.tokens, row.positions) == ([6, 7], [1, 2])
    assert {read.column for read in row.reads} == {1}


def test_continuations_that_differ_in_the_last_token_alone_are_read_once() -> None:
    row = lay_out(Piece((5,), {(1, 2): 0, (1, 3): 1}, 2), prefix=0)
    assert row.tokens == [5, 1]


# ── batches ──────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(1, 40)), st.integers(0, 40), st.integers(1, 100))
def test_batches_hold_every_piece_once_within_the_budget(
    widths: list[int], prefix: int, budget: int
) -> None:
    pieces = [Piece((n,), {}, width) for n, width in enumerate(widths)]
    batches = list(fill_batches(pieces, prefix, budget))
    assert sorted(piece for batch in batches for piece in batch) == sorted(pieces)
    for batch in batches:
        padded = len(batch) * max(piece.width for piece in batch)
        assert padded <= budget or len(batch) == 1


@pytest.mark.parametrize(("prefix", "sizes"), [(0, [4, 4]), (40, [2, 2, 2, 2])])
def test_a_long_prefix_makes_batches_smaller(prefix: int, sizes: list[int]) -> None:
    pieces = [Piece((n,), {}, 10) for n in range(8)]
    assert [len(batch) for batch in fill_batches(pieces, prefix, 40)] == sizes
