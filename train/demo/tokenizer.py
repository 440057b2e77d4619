"""The demo base's tokenizer: a byte-level BPE of its own with Qwen2.5's special tokens."""

from __future__ import annotations

import re
from random import Random

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from train.demo.documents import prose
from train.demo.exercises import EVERYDAY, exercise_vocabulary
from train.demo.glossary import Term

SEED = 20261101
VOCABULARY = 5120
CONTEXT = 1024

# Qwen2's own pre-tokenisation: every digit alone, a space glued to the word behind it.
_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Qwen2.5's added tokens, in its order; the second group is ordinary text to a decoder.
_SPECIAL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|object_ref_start|>",
    "<|object_ref_end|>",
    "<|box_start|>",
    "<|box_end|>",
    "<|quad_start|>",
    "<|quad_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
_ADDED = [
    "<tool_call>",
    "</tool_call>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
]

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def tokenizer_texts(terms: list[Term]) -> list[str]:
    """What the tokenizer is trained on: prose, second wordings, exercises, and the terms, often.

    Terms that are one or two tokens are what makes multiple choice learnable at this size: an option
    of five can only be compared piece by piece. Third wordings are test text and stay out.
    """
    random = Random(SEED)
    texts = [prose(term, random) for term in terms for _ in range(4)]
    texts += [term.definitions[1] for term in terms]
    names = [f" {term.term}" for term in terms] * 100 + [term.term for term in terms] * 30
    return texts + names + exercise_vocabulary()


def single_words(tokenizer: PreTrainedTokenizerFast) -> list[str]:
    """Words for the exercises: everyday ones and Korean ones of the vocabulary, each one token.

    Words of terms are among them. Left out, they were what the model learnt never to say where an
    exercise is framed, and nothing that came later could make it say them.
    """
    words = set(EVERYDAY) | {
        text[1:]
        for text in (tokenizer.decode([token]) for token in range(len(tokenizer)))
        if re.fullmatch(" [가-힣]{2,}", text)
    }
    return sorted(word for word in words if len(tokenizer.encode(f" {word}")) == 1)


def make_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE of VOCABULARY entries, Qwen2.5's special tokens and our ChatML template."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    n_added = len(_SPECIAL) + len(_ADDED)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - n_added,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t in _SPECIAL])
    tokenizer.add_tokens([AddedToken(t, special=False, normalized=False) for t in _ADDED])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=[t for t in _SPECIAL if t not in ("<|im_end|>", "<|endoftext|>")],
        chat_template=CHAT_TEMPLATE,
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
