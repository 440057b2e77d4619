"""Context and continuation as tokens, split where lm-eval splits them.

The split moves scores: it decides which tokens count as the answer. These are the rules of
lm_eval.api.model.TemplateLM and its `hf` backend; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from workbench.engines.scoring_plan import Tokens


class TokenPair(NamedTuple):
    context: Tokens
    continuation: Tokens


def encode_pairs(tokenizer: Any, context: str, continuations: Sequence[str]) -> list[TokenPair]:
    """One pair for each continuation.

    - The continuation is what the whole text has beyond the tokens of the context alone, so the
      whole decides how the two are split into tokens.
    - White space that ends the context counts as the continuation's.
    - Special tokens are added unless the text begins with one, as texts of chat templates may.
    - An empty context is the token that begins a text (BOS, else EOS).
    """
    start = tokenizer.eos_token_id if tokenizer.bos_token_id is None else tokenizer.bos_token_id
    if not context:
        tails = _encode(tokenizer, continuations, special=False)
        return [
            TokenPair(tail[:1], tail[1:]) if tail[:1] == (start,) else TokenPair((start,), tail)
            for tail in tails
        ]
    text = context.rstrip()
    special = start is None or not text.startswith(tokenizer.decode(start))
    head = read_head(tokenizer, text, special)
    endings = [head.rest + context[len(text) :] + continuation for continuation in continuations]
    wholes = [
        head.settled + tail for tail in _encode(tokenizer, endings, special and not head.settled)
    ]
    return [TokenPair(head.tokens or (start,), whole[len(head.tokens) :]) for whole in wholes]


class Head(NamedTuple):
    """A text that will go on: its tokens, those that stay whatever follows, and the other text."""

    tokens: Tokens
    settled: Tokens
    rest: str


def read_head(tokenizer: Any, text: str, special: bool) -> Head:
    """Tokenise `text` so that only its end has to be tokenised again with what follows.

    Tokenisers cut a text into pieces (words, runs of punctuation, line breaks) from left to right,
    and every piece by itself into tokens. What follows a text can lengthen its last piece; the cut
    before the last but one is behind it. Whether the tokeniser can begin there anew is tried out.
    One that knows no pieces tokenises the whole text again.
    """
    encoding = tokenizer(text, add_special_tokens=special, return_offsets_mapping=tokenizer.is_fast)
    tokens = tuple(encoding["input_ids"])
    pieces = encoding.word_ids() if tokenizer.is_fast else []
    cuts = [n for n in range(1, len(pieces)) if pieces[n] != pieces[n - 1]]
    if len(cuts) > 1:
        cut = cuts[-2]
        rest = text[encoding["offset_mapping"][cut][0] :]
        if _encode(tokenizer, [rest], special=False) == [tokens[cut:]]:
            return Head(tokens, tokens[:cut], rest)
    return Head(tokens, (), text)


def _encode(tokenizer: Any, texts: Sequence[str], special: bool) -> list[Tokens]:
    if not texts:
        return []
    encoded = tokenizer(list(texts), add_special_tokens=special, return_attention_mask=False)
    return [tuple(ids) for ids in encoded["input_ids"]]
