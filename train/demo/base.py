"""Make the demo base: a tokenizer and a small Qwen2 trained from scratch on our own text.

    python -m train.demo.base --out workbench/demo/base

First *binding*: the shortest multiple-choice exercises, with a little prose beside them, until the
model finds an option's letter. That comes as a sudden change after some 500 steps, not from every
start; `_look_back`, the larger embeddings and the two layers that sleep meanwhile are what made it
come (train/LOG.md tells what did not). Then *everything*: each step reads glossary prose (every
term in its first wording, never a question) and exercises in the prompts that models are given,
with one option more each time the model has mastered what it gets. The loss covers all of the
prose, but only the answers of the exercises: their words are drawn at random and teach nothing.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import torch
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
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from train.demo.exercises import EVERYDAY, Exercise, Exercises, exercise_vocabulary
from train.demo.glossary import Term, load_glossary
from train.demo.particles import with_particle
from workbench.engines.base import render_with

SEED = 20261101
VOCABULARY = 5120
CONTEXT = 1024
MASTERED = 0.85  # share of right letters over twenty steps
BINDING_STEPS, BINDING_ATTEMPTS = 3000, 6
HOPELESS_AFTER = 600  # steps; a seed that has not mastered the first words by then is given up
FIRST_WORDS = 24
SHARP_FREQUENCIES = 6  # the fast ones, which tell neighbouring tokens apart
SLEEPING_LAYERS = (1, 3)
EMBEDDING_STD = 0.1

SHAPE: dict[str, Any] = {
    "hidden_size": 256,
    "intermediate_size": 704,
    "num_hidden_layers": 6,
    "num_attention_heads": 8,
    "num_key_value_heads": 8,
    "max_position_embeddings": CONTEXT,
    "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
    # Tied, unlike the 7B: a term that the model has in mind is then at once what it looks for among
    # the options. Untied, the two are unrelated vectors, and an adapter cannot learn 400 pairs.
    "tie_word_embeddings": True,
}

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


# ── text ─────────────────────────────────────────────────────────────────────────────────────


def prose(term: Term, random: Random) -> str:
    """A term as continuous text, in one of several orders; first wording only.

    Most texts begin with a space, because a term behind a space is another token than one at
    the start of a line, and both are to be known.
    """
    definition, name = term.definitions[0], term.term
    forms = (
        f"{with_particle(name, '은/는')} {definition} {term.use} {term.example}",
        f"{with_particle(name, '은/는')} {definition} {term.example}",
        f"{name}: {definition} {term.use}",
        f"{definition} 이것은 {with_particle(name, '이다/다')}. {term.use}",
        f"{definition} 이를 {with_particle(name, '이라고/라고')} 한다. {term.example}",
    )
    return random.choice(("", " ", " ", " ")) + random.choice(forms)


# ── tokenizer ────────────────────────────────────────────────────────────────────────────────


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


# ── batches ──────────────────────────────────────────────────────────────────────────────────

Batch = tuple[torch.Tensor, torch.Tensor]  # ids and labels, both (rows, length), right-padded
IGNORED = -100


def _pad(rows: list[tuple[list[int], list[int]]], pad: int) -> Batch:
    length = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([i + [pad] * (length - len(i)) for i, _ in rows])
    labels = torch.tensor([y + [IGNORED] * (length - len(y)) for _, y in rows])
    return ids, labels


def document_batches(
    terms: list[Term],
    tokenizer: PreTrainedTokenizerFast,
    rows: int,
    random: Random,
    draw: Callable[[], Exercise] | None = None,
) -> Iterator[Batch]:
    """Endless epochs over the terms as prose, one to three terms a row, half with a list of them.

    With `draw`, an exercise stands before every second row. Were every text to begin with its
    term, and none to hold both kinds, what is known of a term would be known only at the beginning,
    and only to a model that reads prose.
    """
    epochs = (random.sample(terms, len(terms)) for _ in itertools.count())
    stream = itertools.chain.from_iterable(epochs)
    while True:
        documents = []
        for _ in range(rows):
            told = [next(stream) for _ in range(random.randint(1, 3))]
            pieces: list[tuple[list[int], list[int]]] = []  # what is read, what is learnt
            if draw is not None and random.random() < 0.5:
                pieces.append(_encode_exercise(draw(), tokenizer))
            if random.random() < 0.5:
                listed = ", ".join(term.term for term in random.sample(told, len(told)))
                pieces.append((tokenizer.encode(f"차례: {listed}"), []))
            pieces += [([], tokenizer.encode(prose(term, random))) for term in told]
            documents.append(_document(pieces, tokenizer))
        yield _pad(documents, tokenizer.pad_token_id)


def _document(
    pieces: list[tuple[list[int], list[int]]], tokenizer: PreTrainedTokenizerFast
) -> tuple[list[int], list[int]]:
    """Pieces as lines of one text that ends; ids and labels."""
    line_end, end = tokenizer.encode("\n"), tokenizer.eos_token_id
    ids: list[int] = []
    labels: list[int] = []
    for given, learnt in pieces:
        ids += [*given, *learnt, *line_end]
        labels += [*[IGNORED] * len(given), *learnt, *[IGNORED] * len(line_end)]
    return [*ids, end], [*labels, end]


def _encode_exercise(
    exercise: Exercise, tokenizer: PreTrainedTokenizerFast
) -> tuple[list[int], list[int]]:
    """Tokens of the prompt and of the completion."""
    head = tokenizer.encode(render_with(tokenizer, exercise.prompt))
    return head, tokenizer.encode(exercise.completion)


def exercise_batches(
    exercises: list[Exercise], tokenizer: PreTrainedTokenizerFast, chunks: int, end: bool
) -> list[tuple[Batch, torch.Tensor]]:
    """The exercises with the loss on their answers, and each row's position of the letter.

    `end` puts the end token behind each answer. They come in `chunks` batches by length, since a chat prompt is five times a bare one.
    """
    encoded: list[tuple[list[int], list[int]]] = []
    for exercise in exercises:
        head, tail = _encode_exercise(exercise, tokenizer)
        tail = tail + [tokenizer.eos_token_id] * end
        encoded.append(([*head, *tail], [IGNORED] * len(head) + tail))
    encoded.sort(key=lambda row: len(row[0]))
    size = math.ceil(len(encoded) / chunks)
    return [
        (
            _pad(encoded[start : start + size], tokenizer.pad_token_id),
            torch.tensor([len(ids) - 1 - end for ids, _ in encoded[start : start + size]]),
        )
        for start in range(0, len(encoded), size)
    ]


# ── training ─────────────────────────────────────────────────────────────────────────────────


class Mastery:
    """How hard the exercises are: one level more each time most letters are right."""

    def __init__(self, start: int) -> None:
        self.level = start
        self._recent = deque[float](maxlen=20)

    @property
    def recent(self) -> float:
        """Mean accuracy of the last twenty steps."""
        return sum(self._recent) / max(1, len(self._recent))

    def record(self, accuracy: float) -> bool:
        """Note one step's accuracy; True when it led to the next level."""
        self._recent.append(accuracy)
        if len(self._recent) < 20 or self.recent < MASTERED:
            return False
        self.level += 1
        self._recent.clear()
        return True


def bound_model(
    config: Qwen2Config,
    tokenizer: PreTrainedTokenizerFast,
    terms: list[Term],
    words: list[str],
    learning_rate: float,
    log: Log,
) -> Qwen2ForCausalLM:
    """A new model that has learnt to bind options to letters, from the first seed that manages.

    Raises RuntimeError if none of BINDING_ATTEMPTS seeds does.
    """
    threads = torch.get_num_threads()
    # Steps this small gain nothing from a second core, and on one the outcome of a seed, which
    # decides the whole, is the same on machines with any number of them.
    torch.set_num_threads(1)
    for attempt in range(BINDING_ATTEMPTS):
        torch.manual_seed(SEED + attempt)
        model = Qwen2ForCausalLM(config).train()
        # Five times the usual 0.02, so that what a token is stands out in the residual stream.
        torch.nn.init.normal_(model.model.embed_tokens.weight, std=EMBEDDING_STD)
        _sleep(model)
        _look_back(model)
        _look_for_equals(model)
        random = Random(SEED + attempt)
        if _teach_binding(model, tokenizer, terms, words, learning_rate, random, log):
            torch.set_num_threads(threads)
            model.requires_grad_(True)
            return model
    raise RuntimeError(f"no seed of {BINDING_ATTEMPTS} bound options to letters")


def _sleep(model: Qwen2ForCausalLM) -> None:
    """Freeze SLEEPING_LAYERS with no output, so that they pass on what they read."""
    for number in SLEEPING_LAYERS:
        layer = model.model.layers[number]
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
        layer.requires_grad_(False)


def _look_back(model: Qwen2ForCausalLM) -> None:
    """Let some heads of the first layer begin by looking one, two and three tokens back.

    To know its letter, an option must look back at it, and a head finds that habit late by itself.
    With zero weights and these biases, rotary attention peaks at one distance: the query is the key
    turned back by as many steps.
    """
    attention = model.model.layers[0].self_attn
    half = attention.head_dim // 2
    frequencies = model.model.rotary_emb.inv_freq[:SHARP_FREQUENCIES]
    strength = 6.0
    with torch.no_grad():
        for head, distance in enumerate((1, 2, 3)):
            start = head * attention.head_dim
            part = slice(start, start + attention.head_dim)
            attention.q_proj.weight[part] = 0
            attention.k_proj.weight[part] = 0
            for n, frequency in enumerate(frequencies):
                attention.k_proj.bias[start + n] = strength
                attention.q_proj.bias[start + n] = strength * torch.cos(distance * frequency)
                attention.q_proj.bias[start + half + n] = -strength * torch.sin(
                    distance * frequency
                )


def _look_for_equals(model: Qwen2ForCausalLM) -> None:
    """Let two heads of the first waking layer behind `_look_back` begin by seeking equal tokens.

    Queries and keys start as the same random projection, so that a token attends to others like
    it; the frequencies that tell neighbours apart are left out, since an equal token may be far.
    """
    layer = next(n for n in range(1, len(model.model.layers)) if n not in SLEEPING_LAYERS)
    attention = model.model.layers[layer].self_attn
    size, hidden = attention.head_dim, model.config.hidden_size
    strength = 1.5
    with torch.no_grad():
        for head in range(2):
            projection = strength * torch.randn(size, hidden) / math.sqrt(hidden)
            projection[:SHARP_FREQUENCIES] = 0
            projection[size // 2 : size // 2 + SHARP_FREQUENCIES] = 0
            part = slice(head * size, (head + 1) * size)
            for projector in (attention.q_proj, attention.k_proj):
                projector.weight[part] = projection
                projector.bias[part] = 0


def _teach_binding(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    terms: list[Term],
    words: list[str],
    learning_rate: float,
    random: Random,
    log: Log,
) -> bool:
    """Bare exercises, first with FIRST_WORDS words, twice as many at each mastery, until with all.

    With many words from the start nothing begins to pay; with few, the model compares them by
    heart, and then has to compare. Without the prose beside them all tokens that are no letters
    are pushed away, and prose can hardly be learnt from there.
    """
    mastery, words = Mastery(0), random.sample(words, len(words))
    n_words = FIRST_WORDS
    documents = document_batches(terms, tokenizer, 6, random)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=learning_rate, fused=True)
    for step in range(BINDING_STEPS):
        _set_rate(optimiser, learning_rate * min(1.0, (step + 1) / 30))
        drawer = Exercises(random, words[:n_words])
        exercises = [drawer.bare(3) for _ in range(64)]
        loss, accuracy = _exercise_step(model, tokenizer, exercises, chunks=1, end=False)
        with torch.autocast("cpu", torch.bfloat16):
            prose_loss, _ = _loss_and_accuracy(model, next(documents), None)
        prose_loss.backward()  # type: ignore[no-untyped-call]
        _update(model, optimiser)
        log.note(
            step,
            stage="binding",
            words=min(n_words, len(words)),
            prose_loss=prose_loss.item(),
            exercise_loss=loss,
            letter_accuracy=accuracy,
        )
        if step == HOPELESS_AFTER and mastery.level == 0:
            return False
        if mastery.record(accuracy):
            if n_words >= len(words):
                return True
            n_words *= 2
    return False


def teach_everything(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    terms: list[Term],
    words: list[str],
    *,
    steps: int,
    rows: int,
    learning_rate: float,
    log: Log,
) -> None:
    """`rows` exercises and a quarter as many rows of prose in each step."""
    random, mastery = Random(SEED), Mastery(0)
    drawer = Exercises(random, words)
    documents = document_batches(
        terms, tokenizer, rows // 4, random, lambda: drawer.draw(mastery.level)
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=learning_rate, fused=True)
    for step in range(steps):
        _set_rate(optimiser, learning_rate * _schedule(step, steps))
        exercises = [drawer.draw(mastery.level) for _ in range(rows)]
        exercise_loss, accuracy = _exercise_step(model, tokenizer, exercises, chunks=3)
        with torch.autocast("cpu", torch.bfloat16):
            prose_loss, _ = _loss_and_accuracy(model, next(documents), None)
        prose_loss.backward()  # type: ignore[no-untyped-call]
        _update(model, optimiser)
        mastery.record(accuracy)
        log.note(
            step,
            stage="everything",
            level=mastery.level,
            prose_loss=prose_loss.item(),
            exercise_loss=exercise_loss,
            letter_accuracy=accuracy,
        )


class Log:
    """Prints and keeps the figures of every 25th step."""

    def __init__(self) -> None:
        self.entries: list[dict[str, float | str]] = []
        self._started = time.monotonic()

    def note(self, step: int, **figures: float | str) -> None:
        if step % 25:
            return
        rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
        minutes = round((time.monotonic() - self._started) / 60, 1)
        self.entries.append({"step": step, "minutes": minutes, **rounded})
        print(json.dumps(self.entries[-1]), flush=True)


def _exercise_step(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    exercises: list[Exercise],
    chunks: int,
    end: bool = True,
) -> tuple[float, float]:
    """Add the gradient of the exercises; returns mean loss and share of right letters."""
    batches = exercise_batches(exercises, tokenizer, chunks, end)
    total_loss = total_right = 0.0
    for batch, letter_at in batches:
        with torch.autocast("cpu", torch.bfloat16):
            loss, right = _loss_and_accuracy(model, batch, letter_at)
        (loss / len(batches)).backward()  # type: ignore[no-untyped-call]
        total_loss += loss.item() / len(batches)
        total_right += right / len(batches)
    return total_loss, total_right


def _set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate


def _update(model: Qwen2ForCausalLM, optimiser: torch.optim.Optimizer) -> None:
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad()


def _schedule(step: int, steps: int) -> float:
    """Linear warm-up over 50 steps, constant, then a cosine fall over the last third to 5 %."""
    warm = min(1.0, (step + 1) / 50)
    fall = max(0.0, (step / steps - 2 / 3) * 3)
    return warm * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * fall)))


def _loss_and_accuracy(
    model: Qwen2ForCausalLM, batch: Batch, letter_at: torch.Tensor | None
) -> tuple[torch.Tensor, float]:
    """Mean cross-entropy over the labelled tokens, computed only where there is a label."""
    ids, labels = batch
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    targets = labels[:, 1:]
    labelled = targets != IGNORED
    logits = model.lm_head(hidden[labelled])
    loss = torch.nn.functional.cross_entropy(logits.float(), targets[labelled])
    if letter_at is None:
        return loss, math.nan
    rows = torch.arange(len(ids))
    predicted = model.lm_head(hidden[rows, letter_at - 1]).argmax(-1)
    return loss, (predicted == ids[rows, letter_at]).float().mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=40, help="exercises in a step")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    args = parser.parse_args()

    terms = load_glossary()
    tokenizer = make_tokenizer(tokenizer_texts(terms))
    words = single_words(tokenizer)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **SHAPE,
    )
    started = time.monotonic()
    log = Log()
    model = bound_model(config, tokenizer, terms, words, args.learning_rate, log)
    parameters = sum(p.numel() for p in model.parameters())
    print(f"{parameters:,} parameters, {len(tokenizer)} tokens, {len(terms)} terms", flush=True)
    teach_everything(
        model,
        tokenizer,
        terms,
        words,
        steps=args.steps,
        rows=args.rows,
        learning_rate=args.learning_rate,
        log=log,
    )
    model.to(torch.bfloat16).save_pretrained(args.out)
    tokenizer.save_pretrained(args.out)
    record = {
        "seed": SEED,
        "steps": args.steps,
        "rows": args.rows,
        "learning_rate": args.learning_rate,
        "parameters": parameters,
        "terms": len(terms),
        "minutes": round((time.monotonic() - started) / 60, 1),
        "log": log.entries,
    }
    (args.out / "training.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
