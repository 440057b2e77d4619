"""Where the demo base starts from: habits that a model of this size finds late by itself.

To answer a multiple-choice question, an option must know its letter, what is asked for must find
the option that equals it, and the letter must be said. Each is one kind of attention head, and
gradient descent finds none of them while the others are missing. So some heads begin with the
habit: of the first layer, looking one, two and three tokens back; of the last but one, seeking
equal tokens and passing on what the first layer wrote down. The second and third layer sleep
meanwhile, so that what fetches the word a question asks for, and what seeks it, come to stand behind
them, and they can learn what a description means before it is sought. Nothing else is kept fixed:
all weights are trained from there, and train/LOG.md tells what happened without.
"""

from __future__ import annotations

import math

import torch
from transformers import Qwen2ForCausalLM
from transformers.models.qwen2.modeling_qwen2 import Qwen2Attention

EMBEDDING_STD = (
    0.1  # five times the usual, so that what a token is stands out in the residual stream
)
SLEEPING_LAYERS = (1, 2)  # where it will later be known what a question asks for
SEEKING_LAYER = 4
SEEKING_HEADS = (0, 1)
DISTANCES = (1, 2, 3)  # of the heads 0, 1, 2 of the first layer
LETTER_HEAD = 1  # "C. word": a word's letter is two tokens back
SHARP_FREQUENCIES = 6  # the fast ones, which tell neighbouring tokens apart


def give_habits(model: Qwen2ForCausalLM) -> None:
    """Prepare a new model in place; draws from torch's global generator."""
    torch.nn.init.normal_(model.model.embed_tokens.weight, std=EMBEDDING_STD)
    with torch.no_grad():
        _sleep(model)
        _look_back(model)
        _seek_equals(model, _note_letters(model))


def _sleep(model: Qwen2ForCausalLM) -> None:
    """Freeze SLEEPING_LAYERS with no output, so that they pass on what they read."""
    for number in SLEEPING_LAYERS:
        layer = model.model.layers[number]
        torch.nn.init.zeros_(layer.self_attn.o_proj.weight)
        torch.nn.init.zeros_(layer.mlp.down_proj.weight)
        layer.requires_grad_(False)


def _look_back(model: Qwen2ForCausalLM) -> None:
    """Rotary attention that peaks at one distance: the query is the key, turned back as far.

    The weights are zero and the biases alone speak, so it does not matter which tokens they are.
    """
    attention = model.model.layers[0].self_attn
    half = attention.head_dim // 2
    frequencies = model.model.rotary_emb.inv_freq[:SHARP_FREQUENCIES]
    strength = 6.0
    for head, distance in enumerate(DISTANCES):
        part = _rows(attention, head)
        attention.q_proj.weight[part] = 0
        attention.k_proj.weight[part] = 0
        for n, frequency in enumerate(frequencies):
            attention.k_proj.bias[part.start + n] = strength
            attention.q_proj.bias[part.start + n] = strength * torch.cos(distance * frequency)
            attention.q_proj.bias[part.start + half + n] = -strength * torch.sin(
                distance * frequency
            )


def _note_letters(model: Qwen2ForCausalLM) -> torch.Tensor:
    """LETTER_HEAD writes what it reads, Px, into a subspace of its own as Qᵀ Px.

    The seeking heads read it there and say Pᵀ Px, which still resembles x: with tied embeddings
    that is the logit of the token it came from. Returns Q, shape (head size, hidden size).
    """
    first = model.model.layers[0].self_attn
    seeking = model.model.layers[SEEKING_LAYER].self_attn
    size, hidden = first.head_dim, model.config.hidden_size
    strength = 0.3
    token: torch.Tensor = torch.linalg.qr(torch.randn(hidden, size))[0].T
    note: torch.Tensor = torch.linalg.qr(torch.randn(hidden, size))[0].T
    part = _rows(first, LETTER_HEAD)
    first.v_proj.weight[part], first.v_proj.bias[part] = token, 0
    first.o_proj.weight[:, part] = strength * note.T
    for head in SEEKING_HEADS:
        part = _rows(seeking, head)
        seeking.v_proj.weight[part], seeking.v_proj.bias[part] = note, 0
        seeking.o_proj.weight[:, part] = strength * token.T
    return note


def _seek_equals(model: Qwen2ForCausalLM, note: torch.Tensor) -> None:
    """Queries and keys that are the same random projection: a token attends to others like it.

    It is blind to the subspace of `note`, since equal tokens stand behind different letters, and
    leaves out the frequencies that tell neighbours apart, since an equal token may be far.
    """
    attention = model.model.layers[SEEKING_LAYER].self_attn
    size, hidden = attention.head_dim, model.config.hidden_size
    strength = 1.5
    for head in SEEKING_HEADS:
        projection = strength * torch.randn(size, hidden) / math.sqrt(hidden)
        projection -= projection @ note.T @ note
        projection[:SHARP_FREQUENCIES] = 0
        projection[size // 2 : size // 2 + SHARP_FREQUENCIES] = 0
        part = _rows(attention, head)
        for projector in (attention.q_proj, attention.k_proj):
            projector.weight[part] = projection
            projector.bias[part] = 0


def _rows(attention: Qwen2Attention, head: int) -> slice:
    """Where a head's part stands in its layer's projections."""
    return slice(head * attention.head_dim, (head + 1) * attention.head_dim)
