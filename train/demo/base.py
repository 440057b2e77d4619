"""Make the demo base: a tokenizer and a small Qwen2 trained from scratch on our own text.

    python -m train.demo.base --out workbench/demo/base

First *binding*: the shortest multiple-choice exercises, with a little prose beside them, until the
model finds an option and says its letter. Then *everything*: each step reads glossary prose (every
term in its first wording, never a question) and exercises in the prompts that models are given, a
kind more each time the model has mastered what it gets. The loss covers all of the prose, but only
the answers of the exercises: their words are drawn at random and teach nothing.

`train.demo.circuits` says what the model begins with, train/LOG.md what did not work.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import torch
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from train.demo.circuits import SEEKING_LAYER, give_habits
from train.demo.documents import IGNORED, Batch, document_batches, exercise_batches
from train.demo.exercises import MOST_OPTIONS, Exercise, Exercises
from train.demo.glossary import Term, load_glossary
from train.demo.tokenizer import CONTEXT, SEED, make_tokenizer, single_words, tokenizer_texts

BINDING_STEPS, BINDING_ATTEMPTS = 1500, 6
HOPELESS_AFTER = 500  # steps; a seed that has not mastered the first words by then is given up
FIRST_WORDS, FIRST_OPTIONS = 24, 3
BOUND, MASTERED = 0.85, 0.75  # shares of right letters over twenty steps
RECALL_LAYERS = SEEKING_LAYER - 1  # what prose tells is to be known behind this many layers
RECALL_WEIGHT, SOUGHT_WEIGHT = 0.5, 0.5
EXERCISE_NORM = 1.5  # of their gradient, where prose is read beside them

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


class Mastery:
    """How hard the exercises are: one level more each time enough of the answers are right."""

    def __init__(self, threshold: float) -> None:
        self.level = 0
        self._threshold = threshold
        self._recent = deque[float](maxlen=20)

    def record(self, accuracy: float) -> bool:
        """Note one step's accuracy; True when it led to the next level."""
        self._recent.append(accuracy)
        if len(self._recent) < 20 or sum(self._recent) / 20 < self._threshold:
            return False
        self.level += 1
        self._recent.clear()
        return True


class Losses(NamedTuple):
    """Means over what is learnt of a batch; `right` is the share of wanted tokens that were said."""

    loss: torch.Tensor
    recall: torch.Tensor  # of what is recalled, read off behind RECALL_LAYERS layers; 0 without any
    sought: torch.Tensor  # of what is sought, read off before SEEKING_LAYER; 0 without any
    asked: torch.Tensor  # of the same at the end of its question, behind RECALL_LAYERS layers
    right: float

    @property
    def total(self) -> torch.Tensor:
        return self.loss + RECALL_WEIGHT * (self.recall + self.asked) + SOUGHT_WEIGHT * self.sought


def losses(model: Qwen2ForCausalLM, batch: Batch) -> Losses:
    """Cross-entropies in nats, computed only where there is a label.

    What a question asks for must be known before the layer that seeks it among the options. Left to
    itself, the model recalls a word in its last layer, where nothing can be looked for any more. So
    what is recalled is also learnt from the layers up to there, and what a question asks for is to
    be known at its end, whether it was named or described, and to be fetched from there to where
    the letter is wanted. What else knows its object at that place, such as prose, is then sought,
    too.
    """
    with torch.autocast("cpu", torch.bfloat16):
        states = model.model(input_ids=batch.ids, use_cache=False, output_hidden_states=True)
        said = _said(model, states.last_hidden_state, batch.labels)
        recalled = batch.labels.masked_fill(~batch.recalled, IGNORED)
        known = model.model.norm(states.hidden_states[RECALL_LAYERS])
        early, asked = _said(model, known, recalled), _said(model, known, batch.asked)
        before = model.model.norm(states.hidden_states[SEEKING_LAYER])
        sought = _said(model, before, batch.sought)
    learnt = batch.labels[:, 1:] != IGNORED
    right = (said.logits.argmax(-1) == said.expected)[batch.wanted[:, 1:][learnt]]
    return Losses(said.loss, early.loss, sought.loss, asked.loss, right.float().mean().item())


class _Said(NamedTuple):
    logits: torch.Tensor  # (labelled tokens, vocabulary)
    expected: torch.Tensor

    @property
    def loss(self) -> torch.Tensor:
        if not len(self.expected):
            return torch.zeros(())
        return torch.nn.functional.cross_entropy(self.logits, self.expected)


def _said(model: Qwen2ForCausalLM, hidden: torch.Tensor, labels: torch.Tensor) -> _Said:
    """What the states one token before each label say there, computed nowhere else."""
    expected = labels[:, 1:]
    labelled = expected != IGNORED
    return _Said(model.lm_head(hidden[:, :-1][labelled]).float(), expected[labelled])


def learn(model: Qwen2ForCausalLM, batches: list[Batch]) -> tuple[float, float]:
    """Add the gradient of some batches; returns their mean loss and share of right answers."""
    total_loss = total_right = 0.0
    for batch in batches:
        found = losses(model, batch)
        (found.total / len(batches)).backward()  # type: ignore[no-untyped-call]
        total_loss += found.loss.item() / len(batches)
        total_right += found.right / len(batches)
    return total_loss, total_right


# ── binding ──────────────────────────────────────────────────────────────────────────────────


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
        give_habits(model)
        random = Random(SEED + attempt)
        if _teach_binding(model, tokenizer, terms, words, learning_rate, random, log):
            torch.set_num_threads(threads)
            model.requires_grad_(True)
            return model
    raise RuntimeError(f"no seed of {BINDING_ATTEMPTS} bound options to letters")


def _teach_binding(
    model: Qwen2ForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    terms: list[Term],
    words: list[str],
    learning_rate: float,
    random: Random,
    log: Log,
) -> bool:
    """First FIRST_WORDS words, twice as many at each mastery until all, then more options.

    With many words from the start nothing begins to pay; with few, the model compares them by
    heart, and then has to compare. Without the prose beside them all tokens that are no letters
    are pushed away, and prose can hardly be learnt from there.
    """
    mastery, words = Mastery(BOUND), random.sample(words, len(words))
    n_words, n_options = FIRST_WORDS, FIRST_OPTIONS
    documents = document_batches(terms, tokenizer, 6, random)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=learning_rate, fused=True)

    def accuracy_on(draw: Callable[[int], Exercise], n: int) -> float:
        exercises = [draw(n_options) for _ in range(n)]
        return learn(model, exercise_batches(exercises, tokenizer, chunks=1, end=False))[1]

    for step in range(BINDING_STEPS):
        _set_rate(optimiser, learning_rate * min(1.0, (step + 1) / 30))
        drawer = Exercises(random, words[:n_words])
        looked_up, asked = accuracy_on(drawer.lookup, 24), accuracy_on(drawer.bare, 40)
        prose_loss, _ = learn(model, [next(documents)])
        _update(model, optimiser)
        log.note(
            step,
            stage="binding",
            words=min(n_words, len(words)),
            options=n_options,
            prose_loss=prose_loss,
            lookup_accuracy=looked_up,
            letter_accuracy=asked,
        )
        if step == HOPELESS_AFTER and mastery.level == 0:
            return False
        if mastery.record(min(looked_up, asked)):
            if n_words < len(words):
                n_words *= 2
            elif n_options < MOST_OPTIONS:
                n_options += 2
            else:
                return True
    return False


# ── everything ───────────────────────────────────────────────────────────────────────────────


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
    random, mastery = Random(SEED), Mastery(MASTERED)
    drawer = Exercises(random, words)
    documents = document_batches(
        terms, tokenizer, rows // 4, random, lambda: drawer.draw(mastery.level)
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=learning_rate, fused=True)
    for step in range(steps):
        _set_rate(optimiser, learning_rate * _schedule(step, steps))
        exercises = [drawer.draw(mastery.level) for _ in range(rows)]
        batches = exercise_batches(exercises, tokenizer, chunks=3, end=True)
        exercise_loss, accuracy = learn(model, batches)
        # New kinds of exercises begin with gradients that would leave prose no say.
        torch.nn.utils.clip_grad_norm_(model.parameters(), EXERCISE_NORM)
        prose_loss, _ = learn(model, [next(documents)])
        _update(model, optimiser)
        mastery.record(accuracy)
        log.note(
            step,
            stage="everything",
            level=mastery.level,
            prose_loss=prose_loss,
            exercise_loss=exercise_loss,
            accuracy=accuracy,
        )


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


# ── the whole ────────────────────────────────────────────────────────────────────────────────


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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=1200)
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
