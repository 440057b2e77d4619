"""Options' full texts in a reply, each as one symbol that the patterns can read like a letter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.answers.korean import ENDING
from workbench.answers.reply import SYMBOLS, Reply

# The two characters around an option's beginning, or its end and what follows, when they belong
# to one longer word or number: '우선주' in '우선주식', '5%' in '15%' and '-5%'.
_GROWN_LEFT = re.compile(r"[0-9A-Za-z][0-9A-Za-z]|[가-힣][가-힣]|[-−.,][0-9]")
_GROWN_RIGHT = re.compile(
    rf"[0-9A-Za-z][0-9A-Za-z%]|[0-9][.,][0-9]|[0-9A-Za-z가-힣%](?!{ENDING})[가-힣]"
)


def with_option_symbols(reply: Reply, options: Sequence[str]) -> Reply:
    """The reply with one symbol for each full option text in it, longest texts first."""
    found: dict[int, tuple[int, str]] = {}  # start -> end, symbol
    taken = bytearray(len(reply.text))
    for option, symbol in sorted(zip(options, SYMBOLS, strict=False), key=lambda p: -len(p[0])):
        if len(option) == 1 and not option.isdigit():
            continue  # a particle, or a letter that means an option's place
        for start, end in _standing(option, reply.text):
            if taken.find(1, start, end) < 0:
                taken[start:end] = bytes([1]) * (end - start)
                found[start] = (end, symbol)
    return _replaced(reply, found)


def _standing(option: str, text: str) -> Iterator[tuple[int, int]]:
    """Where `option` stands in `text` as words of its own, however broken into lines."""
    text = text.replace("\n", " ")
    start = text.find(option) if option else -1
    while start >= 0:
        end = start + len(option)
        grown = (start and _GROWN_LEFT.match(text, start - 1)) or _GROWN_RIGHT.match(text, end - 1)
        if not grown:
            yield start, end
        start = text.find(option, start + 1 if grown else end)


def _replaced(reply: Reply, found: dict[int, tuple[int, str]]) -> Reply:
    characters: list[str] = []
    spans: list[tuple[int, int]] = []
    position = 0
    for start, (end, symbol) in sorted(found.items()):
        characters += [reply.text[position:start], symbol]
        spans += [*reply.spans[position:start], reply.original_span(start, end)]
        position = end
    return Reply("".join([*characters, reply.text[position:]]), [*spans, *reply.spans[position:]])
