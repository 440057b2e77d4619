"""The split of context and continuation is lm-eval's, for every kind of tokenizer."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from workbench.config import load_presets
from workbench.engines.token_pairs import TokenPair, encode_pairs, read_head

SPECIAL = ["<s>", "</s>", "<unk>"]
CORPUS = [
    "### 질문: 국채란 무엇인가?\n### 정답: A",
    "The bond's yield rose 12.5% today.",
    "가나다 라마 ",
]
PARTS = [
    *("국채", "### 정답:", ":", " ", "\n", "\n\n", " A", "B", "12", ".5", "'s", "...", "\t", "?"),
    *("é", "e\u0301", "\u0301", "　", "<s>", "</s>", "질문 ", "yield"),
]
TEXTS = st.lists(st.sampled_from(PARTS), max_size=8).map("".join)


def demo() -> PreTrainedTokenizerFast:
    return AutoTokenizer.from_pretrained(load_presets()["demo"].base)


def trained(tokenizer: Tokenizer, trainer: trainers.Trainer) -> PreTrainedTokenizerFast:
    tokenizer.train_from_iterator(CORPUS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="</s>", unk_token="<unk>", pad_token="<unk>"
    )


def unigram_with_word_marks() -> PreTrainedTokenizerFast:
    """As T5: every word begins with a mark, also the first one."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    return trained(
        tokenizer,
        trainers.UnigramTrainer(special_tokens=SPECIAL, unk_token="<unk>", vocab_size=120),
    )


def bpe_without_pieces() -> PreTrainedTokenizerFast:
    """As Llama 2: merges may cross words."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    return trained(tokenizer, trainers.BpeTrainer(special_tokens=SPECIAL, vocab_size=150))


def words_with_begin_and_end() -> PreTrainedTokenizerFast:
    """As BERT: white space is dropped, and special tokens frame the text."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast = trained(tokenizer, trainers.WordPieceTrainer(special_tokens=SPECIAL, vocab_size=120))
    fast.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return fast


def bytes_with_begin() -> PreTrainedTokenizerFast:
    """As Llama 3: byte-level, and BOS before every text that does not begin with it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    fast = trained(tokenizer, trainer)
    fast.bos_token = "<s>"
    fast.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 0)]
    )
    return fast


KINDS = [
    demo,
    unigram_with_word_marks,
    bpe_without_pieces,
    words_with_begin_and_end,
    bytes_with_begin,
]


class Split(HFLM):
    """Stock lm-eval as far as the tokens; in place of scores it returns the pairs to be scored."""

    def _loglikelihood_tokens(self, requests: list[Any], **kwargs: Any) -> list[TokenPair]:
        return [TokenPair(tuple(head), tuple(tail)) for _, head, tail in requests]

    def pairs(self, context: str, continuations: list[str]) -> list[TokenPair]:
        texts = [Instance("loglikelihood", {}, (context, tail), 0) for tail in continuations]
        return self.loglikelihood(texts, disable_tqdm=True)


@pytest.fixture(scope="module", params=KINDS, ids=lambda make: make.__name__)
def stock(request: pytest.FixtureRequest) -> Split:
    config = Qwen2Config(
        vocab_size=8, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=1, num_key_value_heads=1,
    )  # fmt: skip
    return Split(pretrained=Qwen2ForCausalLM(config), tokenizer=request.param(), batch_size=1)


@settings(max_examples=150, deadline=None)
@given(context=TEXTS, continuations=st.lists(TEXTS.filter(str.strip), min_size=1, max_size=3))
def test_pairs_are_those_of_lm_eval(stock: Split, context: str, continuations: list[str]) -> None:
    ours = encode_pairs(stock.tokenizer, context, continuations)
    begin = (stock.prefix_token_id,)  # where a context has no tokens, lm-eval refuses it
    assert ours == [
        pair._replace(context=pair.context or begin) for pair in stock.pairs(context, continuations)
    ]


def test_a_context_is_told_apart_from_what_follows_without_being_read_anew() -> None:
    """The end alone is tokenised again: the same few characters for any length of context."""
    tokenizer = demo()
    for words in (10, 1000):
        head = read_head(tokenizer, "국채 " * words + "### 정답:", special=True)
        assert len(head.rest) < 10


def test_no_continuation_is_no_pair() -> None:
    assert encode_pairs(demo(), "국채", []) == []
