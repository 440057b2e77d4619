"""The demo base: what its model begins with, what it reads, and that steps teach it."""

from __future__ import annotations

from random import Random

import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from train.demo.base import SHAPE, Mastery, learn, losses
from train.demo.circuits import (
    DISTANCES,
    SEEKING_HEADS,
    SEEKING_LAYER,
    SLEEPING_LAYERS,
    give_habits,
)
from train.demo.documents import IGNORED, document_batches, exercise_batches
from train.demo.exercises import Exercises
from train.demo.glossary import load_glossary
from train.demo.tokenizer import make_tokenizer, single_words, tokenizer_texts


@pytest.fixture(scope="module")
def terms():
    return load_glossary()[:60]


@pytest.fixture(scope="module")
def tokenizer(terms):
    return make_tokenizer(tokenizer_texts(terms))


@pytest.fixture
def model(tokenizer) -> Qwen2ForCausalLM:
    torch.manual_seed(0)
    config = Qwen2Config(vocab_size=len(tokenizer), attn_implementation="eager", **SHAPE)
    model = Qwen2ForCausalLM(config)
    give_habits(model)
    return model


def attention(model: Qwen2ForCausalLM, layer: int, ids: list[int]) -> torch.Tensor:
    """(heads, length, length) of one text."""
    with torch.no_grad():
        return model(torch.tensor([ids]), output_attentions=True).attentions[layer][0]


# ── what the model begins with ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("head", "distance"), list(enumerate(DISTANCES)))
def test_a_head_of_the_first_layer_looks_back_by_its_distance(model, head, distance) -> None:
    ids = torch.randint(300, 3000, (20,)).tolist()
    weights = attention(model, 0, ids)[head]
    assert all(weights[place].argmax() == place - distance for place in range(5, 20))


@pytest.mark.parametrize("head", SEEKING_HEADS)
def test_a_seeking_head_prefers_the_token_that_is_the_same(model, head) -> None:
    found = 0
    for place in [*range(12)] * 3:
        ids = torch.randperm(2000)[:12].add(300).tolist()
        weights = attention(model, SEEKING_LAYER, [*ids, ids[place]])[head, -1, :-1]
        found += int(weights.argmax() == place)
    assert found / 36 > 0.5  # of twelve tokens, before a single step


def test_a_letter_that_was_noted_is_what_the_seeking_heads_say(model, tokenizer) -> None:
    letters = [tokenizer.encode(letter)[0] for letter in "ABCDEFG"]
    drawer, right = Exercises(Random(0), single_words(tokenizer)), 0
    asked = [drawer.lookup(4) for _ in range(60)]
    for question in asked:
        ids = tokenizer.encode(question.prompt.text)
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1]
        said = tokenizer.decode([max(letters, key=lambda n: logits[n])])
        right += said == question.completion.strip()
    assert right / len(asked) > 0.3  # of seven letters, before a single step


def test_sleeping_layers_pass_on_what_they_read(model) -> None:
    ids = torch.randint(300, 3000, (1, 8))
    with torch.no_grad():
        states = model(ids, output_hidden_states=True).hidden_states
    for layer in SLEEPING_LAYERS:
        assert torch.equal(states[layer], states[layer + 1])
        assert not any(p.requires_grad for p in model.model.layers[layer].parameters())


# ── what it reads ────────────────────────────────────────────────────────────────────────────


def test_only_the_answer_of_an_exercise_is_learnt(tokenizer) -> None:
    drawer = Exercises(Random(0))
    (batch,) = exercise_batches([drawer.lookup(4)], tokenizer, chunks=1, end=True)
    learnt = batch.labels[batch.labels != IGNORED]
    assert (
        tokenizer.decode(learnt[:-1]).split() == tokenizer.decode(batch.ids[batch.wanted]).split()
    )
    assert learnt[-1] == tokenizer.eos_token_id


def test_padding_is_never_learnt(tokenizer, terms) -> None:
    batch = next(document_batches(terms, tokenizer, 8, Random(0)))
    padding = batch.ids == tokenizer.pad_token_id
    assert padding.any()
    assert (batch.labels[padding] == IGNORED).all()


def test_every_term_is_read_before_one_is_read_again(tokenizer, terms) -> None:
    batches = document_batches(terms, tokenizer, 4, Random(0))
    read = "".join(tokenizer.decode(row) for _ in range(60) for row in next(batches).ids)
    counts = {term.term: read.count(term.definitions[0]) for term in terms}
    assert max(counts.values()) - min(counts.values()) <= 1


def test_some_terms_are_named_lines_behind_their_definition(tokenizer, terms) -> None:
    batches = document_batches(terms, tokenizer, 4, Random(0))
    fetched = [batch for batch in (next(batches) for _ in range(10)) if (batch.sought >= 0).any()]
    assert fetched
    for batch in fetched:
        row, place = (batch.sought >= 0).nonzero()[0].tolist()
        assert batch.asked[row, :place].max() == batch.sought[row, place] == batch.ids[row, place]


# ── training ─────────────────────────────────────────────────────────────────────────────────


def test_steps_lower_the_losses_of_prose_and_recall(model, tokenizer, terms) -> None:
    batch = next(document_batches(terms, tokenizer, 2, Random(0)))
    before = losses(model, batch)
    optimiser = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-3)
    for _ in range(5):
        learn(model, [batch])
        optimiser.step()
        optimiser.zero_grad()
    after = losses(model, batch)
    assert after.loss < before.loss
    assert after.recall < before.recall


def test_exercises_report_the_share_of_right_answers(model, tokenizer) -> None:
    drawer = Exercises(Random(0), single_words(tokenizer))
    batches = exercise_batches([drawer.bare(3) for _ in range(20)], tokenizer, 2, end=False)
    loss, right = learn(model, batches)
    assert loss > 0
    assert 0 <= right <= 1
    assert any(p.grad is not None for p in model.parameters())


def test_a_level_is_mastered_by_twenty_steps_above_the_threshold() -> None:
    mastery = Mastery(0.75)
    assert [mastery.record(1.0) for _ in range(20)] == [False] * 19 + [True]
    assert [mastery.record(0.7) for _ in range(40)] == [False] * 40
    assert mastery.level == 1
