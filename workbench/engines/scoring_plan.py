"""Which tokens are read together when continuations are scored. No tensors, no model.

    context       = prefix + stem
    continuations = what is scored behind it, each on its own

    group    contexts that share a prefix; it is read once, by itself
    piece    one stem with continuations of it; becomes one row of a batch
    row      [stem | continuation 1 | continuation 2 | …], every continuation without its last
             token, from which nothing is predicted; a continuation sees the stem and itself

So letters, which are one token each, add nothing to their stem: all of them are read from its last
token.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import NamedTuple

Tokens = tuple[int, ...]

# A row carries a copy of the prefix's keys and values while a layer runs. That weighs less than
# reading as many tokens: about a quarter, by the width of keys and values beside that of the MLP.
PREFIX_TOKENS_PER_TOKEN = 4


class Group(NamedTuple):
    """Contexts, by index, that begin with `prefix` and are longer than it."""

    prefix: Tokens
    members: tuple[int, ...]


class Piece(NamedTuple):
    """A stem and where the score of each continuation goes."""

    context: Tokens
    slots: Mapping[Tokens, int]
    width: int  # tokens of its row


class Read(NamedTuple):
    """What the model says of `token` after `column` is part of the score in `slot`."""

    column: int
    token: int
    slot: int


class Row(NamedTuple):
    tokens: list[int]
    branches: list[int]  # 0 for the stem, 1, 2, … for the continuations
    positions: list[int]  # in the text, so side by side continuations count from the same one
    reads: list[Read]

    @property
    def is_chain(self) -> bool:
        """Whether each token follows the one before it, as in plain text."""
        return max(self.branches) < 2


# ── groups ───────────────────────────────────────────────────────────────────────────────────


def shared_length(one: Tokens, other: Tokens) -> int:
    """How many tokens two texts begin with in common."""
    for n, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return n
    return min(len(one), len(other))


@dataclass
class _Interval:
    """Neighbours in sorted order that share `depth` tokens, and the best way to group them."""

    depth: int
    first: int
    gain: int = 0  # tokens saved by `groups`
    groups: list[tuple[int, int, int]] = field(default_factory=list)  # depth, first, end

    def absorb(self, inner: _Interval) -> None:
        self.gain += inner.gain
        self.groups += inner.groups

    def close(self, end: int, worth: int) -> None:
        """Take all as one group where that saves more than the groups inside do."""
        whole = (end - self.first - 1) * self.depth - worth
        if whole > self.gain:
            self.gain, self.groups = whole, [(self.depth, self.first, end)]


def group_by_prefix(contexts: Sequence[Tokens], worth: int) -> list[Group]:
    """A partition of the contexts by the prefixes that are worth reading apart.

    Reading a prefix of p tokens apart for n contexts saves (n - 1)·p tokens and costs a forward
    pass of its own, which is worth `worth` tokens. The groups are those that save most. What is
    left over is one more group, whose prefix may not be worth a pass.

    The candidates are the intervals of neighbours in sorted order that share a prefix. They form
    a tree, which one pass with a stack visits from the leaves up (the LCP intervals of Abouelhoda,
    Kurtz and Ohlebusch, 2004).
    """
    order = sorted(range(len(contexts)), key=contexts.__getitem__)
    stack = [_Interval(depth=0, first=0)]
    for end in range(1, len(order) + 1):
        neighbours = [contexts[n] for n in order[end - 1 : end + 1]]
        shared = _prefix_length(neighbours) if len(neighbours) == 2 else 0
        first = end - 1
        while shared < stack[-1].depth:
            closed = stack.pop()
            closed.close(end, worth)
            first = closed.first
            if shared > stack[-1].depth:
                stack.append(_Interval(shared, first))
            stack[-1].absorb(closed)
        if shared > stack[-1].depth:
            stack.append(_Interval(shared, first))
    chosen = [(depth, tuple(order[first:end])) for depth, first, end in stack[0].groups]
    groups = [Group(contexts[members[0]][:depth], members) for depth, members in chosen]
    taken = {n for group in groups for n in group.members}
    rest = tuple(n for n in range(len(contexts)) if n not in taken)
    if rest:
        shared = _prefix_length([contexts[n] for n in rest])
        groups.append(Group(contexts[rest[0]][:shared], rest))
    return groups


def _prefix_length(contexts: Sequence[Tokens]) -> int:
    """Tokens that all share, less than any has: the last token of each must be read anyway."""
    # Whatever the first and the last in sorted order share, those between them share too.
    shared = shared_length(min(contexts), max(contexts))
    return min(shared, min(map(len, contexts)) - 1)


# ── pieces and batches ───────────────────────────────────────────────────────────────────────


def pieces_of(
    context: Tokens, slots: Mapping[Tokens, int], prefix: int, budget: int
) -> Iterator[Piece]:
    """A context with its continuations, in as many pieces as keep a row within `budget` tokens.

    Each piece has one continuation at least, however long, so with a budget of 0 every
    continuation of several tokens has a row of its own and each row is a chain.
    """
    stem = width = len(context) - prefix
    taken: dict[Tokens, int] = {}
    inputs: set[Tokens] = {()}
    for continuation, slot in slots.items():
        added = 0 if continuation[:-1] in inputs else len(continuation) - 1
        if added and width > stem and width + added > budget:
            yield Piece(context, taken, width)
            taken, inputs, width, added = {}, {()}, stem, len(continuation) - 1
        taken[continuation] = slot
        inputs.add(continuation[:-1])
        width += added
    yield Piece(context, taken, width)


def fill_batches(pieces: Sequence[Piece], prefix: int, budget: int) -> Iterator[list[Piece]]:
    """Batches of similar width, the widest first; rows times width stay within `budget` tokens.

    What is too wide by itself is alone.
    """
    batch: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: -piece.width):
        if batch:
            cost = batch[0].width + prefix // PREFIX_TOKENS_PER_TOKEN
            if (len(batch) + 1) * cost > budget:
                yield batch
                batch = []
        batch.append(piece)
    if batch:
        yield batch


def lay_out(piece: Piece, prefix: int) -> Row:
    """The row of a piece, behind `prefix` tokens that are read already.

    >>> row = lay_out(Piece((7, 8, 9), {(1, 2): 0, (3, 4, 5): 1, (6,): 2}, 5), prefix=1)
    >>> row.tokens, row.branches, row.positions
    ([8, 9, 1, 3, 4], [0, 0, 1, 2, 2], [1, 2, 3, 3, 4])
    >>> [tuple(read) for read in row.reads]
    [(1, 1, 0), (2, 2, 0), (1, 3, 1), (3, 4, 1), (4, 5, 1), (1, 6, 2)]
    """
    tokens = list(piece.context[prefix:])
    stem, end = len(tokens), len(piece.context)
    branches, positions = [0] * stem, list(range(prefix, end))
    reads: list[Read] = []
    starts: dict[Tokens, int] = {(): stem}  # where the inputs of a continuation stand
    for continuation, slot in piece.slots.items():
        inputs = continuation[:-1]
        if inputs not in starts:
            branches += [len(starts)] * len(inputs)
            positions += range(end, end + len(inputs))
            starts[inputs] = len(tokens)
            tokens += inputs
        columns = (stem - 1, *range(starts[inputs], starts[inputs] + len(inputs)))
        reads += map(Read, columns, continuation, repeat(slot))
    return Row(tokens, branches, positions, reads)
