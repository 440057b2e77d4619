"""The estimate agrees with what is known of the 7B, and moves the way memory and time do."""

from __future__ import annotations

from pathlib import Path

import pytest

from train.estimate import (
    A100,
    GB,
    H200,
    PUBLISHED,
    QWEN25_7B,
    RTX3090,
    Data,
    activation_bytes,
    estimate,
    flops_per_token,
    main,
)
from train.recipe import Dpo, Machine, Recipe, read_settings

TRAIN = Path(__file__).parents[2] / "train"
SFT = read_settings(TRAIN / "recipes" / "krx_sft_1.yaml", Recipe)
ONE = read_settings(TRAIN / "machines" / "one_gpu.yaml", Machine)


def test_the_shape_has_the_published_number_of_parameters() -> None:
    assert QWEN25_7B.parameters == pytest.approx(7.616e9, rel=1e-3)
    assert QWEN25_7B.in_matmuls == pytest.approx(7.070e9, rel=1e-3)
    assert QWEN25_7B.lora(8) == pytest.approx(20.19e6, rel=1e-3)


FLOPS = [(512, False, 28.8e9), (2048, False, 29.8e9), (512, True, 43e9)]


@pytest.mark.parametrize(("length", "checkpointing", "expected"), FLOPS)
def test_a_token_costs_what_the_known_model_of_performance_says(
    length: int, checkpointing: bool, expected: float
) -> None:
    assert flops_per_token(QWEN25_7B, length, 8, checkpointing) == pytest.approx(expected, rel=0.01)


def test_the_published_set_has_thirty_million_tokens() -> None:
    assert PUBLISHED.tokens == pytest.approx(29.8e6, rel=0.01)


def test_checkpointing_keeps_less_and_takes_longer() -> None:
    kept, whole = (
        estimate(SFT, ONE.model_copy(update={"gradient_checkpointing": on}), A100)
        for on in (True, False)
    )
    assert kept.activations < whole.activations / 5
    assert kept.hours > 1.4 * whole.hours


def test_sharding_halves_the_weights_on_two_cards_and_nothing_else() -> None:
    ddp, zero3 = (
        estimate(SFT, read_settings(TRAIN / "machines" / f"{name}_2xa100.yaml", Machine), A100)
        for name in ("ddp", "zero3")
    )
    assert zero3.weights == ddp.weights / 2
    assert zero3.activations == ddp.activations
    assert ddp.weights == pytest.approx(15.2 * GB, rel=0.01)


def test_memory_grows_with_the_micro_batch_and_time_does_not() -> None:
    small, large = (
        estimate(SFT, ONE.model_copy(update={"micro_batch": micro}), A100) for micro in (2, 8)
    )
    assert large.activations == pytest.approx(4 * small.activations)
    assert large.hours == small.hours


def test_time_is_shared_by_the_cards_and_falls_with_their_speed() -> None:
    two = ONE.model_copy(update={"processes": 2})
    one = estimate(SFT, ONE, A100).hours
    assert estimate(SFT, two, A100).hours == pytest.approx(one / 2)
    assert estimate(SFT, ONE, H200).hours < one < estimate(SFT, ONE, RTX3090).hours


def test_preferences_carry_two_answers_and_the_reference_once_or_every_epoch() -> None:
    data = Data(100, 40_000)
    runs = [
        estimate(SFT.model_copy(update={"dpo": dpo}), ONE, A100, data)
        for dpo in (
            None,
            Dpo(beta=0.05, precompute_reference=True),
            Dpo(beta=0.05, precompute_reference=False),
        )
    ]
    assert runs[1].activations == 2 * runs[0].activations
    assert 2 * runs[0].hours < runs[1].hours < runs[2].hours


def test_dropout_is_not_free() -> None:
    without, with_dropout = (
        activation_bytes(QWEN25_7B, 1000, 2, dropout, False) for dropout in (False, True)
    )
    assert with_dropout > 1.2 * without


def test_the_table_says_that_it_is_not_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--recipe", str(TRAIN / "recipes" / "krx_dpo.yaml")]) == 0
    printed = capsys.readouterr().out
    assert "estimated, not measured" in printed
    assert all(card in printed for card in ("A100", "3090", "H100", "H200"))
