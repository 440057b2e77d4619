"""All ways of asking two models: which runs stand in a cell, and which cells contradict."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workbench.sittings import exam, sit
from workbench.compare import compare_runs
from workbench.errors import InputError, UnknownNameError
from workbench.matrix import Cell, Matrix, comparison_matrix
from workbench.schema import Run, Sampling
from workbench.stats import holm
from workbench.store import Store

EIGHT = exam(8)
RIGHT, WRONG, HALF = "A" * 8, "B" * 8, "AAAABBBB"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


def both(store: Store, a: str = WRONG, b: str = RIGHT, **planned: Any) -> tuple[Run, Run]:
    """A vanilla and a tuned run of one pair, each with these letters."""
    return (
        sit(store, EIGHT, a, variant="vanilla", **planned),
        sit(store, EIGHT, b, variant="tuned", **planned),
    )


def in_own_styles(store: Store, a: str = WRONG, b: str = RIGHT) -> tuple[Run, Run]:
    """The primary result of krx-7b."""
    return (
        sit(store, EIGHT, a, variant="vanilla", style="chat", model="krx-7b"),
        sit(store, EIGHT, b, variant="tuned", style="native", model="krx-7b"),
    )


def matrix_of(store: Store, runs: tuple[Run, Run]) -> Matrix:
    return comparison_matrix(store, *(run.id for run in runs))


def way(cell: Cell) -> tuple[str, str]:
    return cell.a.spec.method, "/".join(cell.styles)


# ── which cells there are ────────────────────────────────────────────────────────────────────


def test_every_method_and_style_that_both_were_asked_in_is_a_cell(store: Store) -> None:
    runs = in_own_styles(store)
    for style in ("native", "chat"):
        for method in ("generate", "loglik"):
            both(store, model="krx-7b", style=style, method=method)
    assert [way(cell) for cell in matrix_of(store, runs).cells] == [
        ("generate", "chat/native"),
        ("generate", "native"),
        ("generate", "chat"),
        ("loglik", "chat/native"),
        ("loglik", "native"),
        ("loglik", "chat"),
    ]


def test_the_primary_cell_is_the_one_declared_beforehand(store: Store) -> None:
    runs = in_own_styles(store)
    both(store, model="krx-7b", style="native")
    matrix = matrix_of(store, runs)
    assert [cell.primary for cell in matrix.cells] == [True, False]
    assert matrix.primary == matrix.cells[0]


def test_a_style_that_is_not_its_own_makes_no_cell_with_another_style(store: Store) -> None:
    a = sit(store, EIGHT, WRONG, variant="vanilla", style="native", model="krx-7b")
    b = sit(store, EIGHT, RIGHT, variant="tuned", style="chat", model="krx-7b")
    assert matrix_of(store, (a, b)).cells == ()


def test_the_pair_that_was_named_is_marked(store: Store) -> None:
    both(store)
    letters = both(store, method="loglik")
    assert [cell.current for cell in matrix_of(store, letters).cells] == [False, True]


def test_a_cell_says_what_the_comparison_of_its_runs_says(store: Store) -> None:
    runs = both(store, HALF, RIGHT)
    (cell,) = matrix_of(store, runs).cells
    comparison = compare_runs(store, *(run.id for run in runs))
    assert cell.paired == comparison.paired
    assert (cell.accuracy_a, cell.accuracy_b) == (comparison.a.accuracy, comparison.b.accuracy)
    assert (cell.p, cell.verdict) == (comparison.paired.sign_flip_p, comparison.verdict)


OTHERS: list[dict[str, Any]] = [
    {"model": "other"},
    {"engine": {"base_hash": "1" * 64}},
    {"engine": {"tuned_hash": "1" * 64}},
]


@pytest.mark.parametrize("changed", OTHERS)
def test_runs_of_other_models_are_in_no_cell(store: Store, changed: dict[str, Any]) -> None:
    runs = both(store)
    sit(store, EIGHT, RIGHT, variant="tuned", method="loglik", **changed)
    sit(store, EIGHT, RIGHT, variant="vanilla", method="loglik")
    assert len(matrix_of(store, runs).cells) == 1


def test_a_vanilla_side_is_the_same_beside_any_adapter(store: Store) -> None:
    runs = both(store)
    sit(store, EIGHT, RIGHT, method="loglik")
    sit(store, EIGHT, RIGHT, variant="vanilla", method="loglik", engine={"tuned_hash": "1" * 64})
    assert len(matrix_of(store, runs).cells) == 2


def test_runs_over_other_questions_or_unfinished_are_in_no_cell(store: Store) -> None:
    runs = both(store)
    sit(store, exam(3), "AAA", variant="vanilla", method="loglik")
    store.begin(runs[0].spec.model_copy(update={"method": "loglik", "sampling": None}))
    sit(store, EIGHT, RIGHT, method="loglik")
    assert len(matrix_of(store, runs).cells) == 1


def test_one_model_asked_in_two_ways_is_no_pair_of_models(store: Store) -> None:
    a = sit(store, EIGHT, RIGHT, style="native")
    b = sit(store, EIGHT, RIGHT, style="chat")
    assert matrix_of(store, (a, b)).cells == ()


# ── which runs stand in a cell ───────────────────────────────────────────────────────────────


def test_repetitions_gain_nothing_unless_they_are_the_ones_named(store: Store) -> None:
    first = both(store, HALF, HALF)
    again = both(store, WRONG, RIGHT, repeat=1)
    assert matrix_of(store, first).cells[0].verdict == "no difference seen"
    (cell,) = matrix_of(store, again).cells
    assert cell.current


def test_only_the_newest_reading_of_answers_counts(store: Store) -> None:
    letters = both(store, method="loglik")
    both(store, spec={"extraction_version": 1})
    newest = both(store, spec={"extraction_version": 9})
    primary = matrix_of(store, letters).primary
    assert primary is not None
    assert (primary.a, primary.b) == newest


def test_runs_of_the_same_engine_are_preferred(store: Store) -> None:
    both(store, engine={"dtype": "bfloat16"})
    float32 = both(store)
    letters = both(store, method="loglik")
    primary = matrix_of(store, letters).primary
    assert primary is not None
    assert (primary.a, primary.b) == float32


def test_other_sampling_or_examples_make_cells_of_their_own(store: Store) -> None:
    runs = both(store)
    both(store, sampling=Sampling(temperature=0.7))
    both(store, examples=exam(2, "shots").questions)
    cells = matrix_of(store, runs).cells
    assert [(cell.temperature, cell.a.spec.shots) for cell in cells] == [(0, 0), (0.7, 0), (0, 2)]


def test_prompts_of_others_are_called_by_the_name_of_their_format(store: Store) -> None:
    runs = both(store, spec={"prompt_format": "lm_eval/krx_mcqa_text/v1.0"}, method="loglik")
    (cell,) = matrix_of(store, runs).cells
    assert cell.foreign_format == "lm_eval/krx_mcqa_text/v1.0"
    assert not cell.primary


def test_a_cell_whose_answers_cannot_be_trusted_is_left_out_with_the_reason(store: Store) -> None:
    runs = both(store)
    damaged, _ = both(store, method="loglik")
    store._database.execute(
        "UPDATE answers SET answer = json_set(answer, '$.letter', 'F') WHERE run_id = ?", damaged.id
    )
    matrix = matrix_of(store, runs)
    assert len(matrix.cells) == 1
    assert "its answer is 'F'" in matrix.left_out[0]


# ── what they say together ───────────────────────────────────────────────────────────────────


def test_all_but_the_primary_cell_are_adjusted_for_their_number(store: Store) -> None:
    runs = both(store, "B" * 6 + "AA", RIGHT)
    both(store, "B" * 7 + "A", RIGHT, method="loglik")
    both(store, "B" * 6 + "AA", RIGHT, style="native")
    matrix = matrix_of(store, runs)
    raw = [cell.paired.sign_flip_p for cell in matrix.others]
    assert matrix.cells[0].p == matrix.cells[0].paired.sign_flip_p == pytest.approx(2 / 64)
    assert [cell.p for cell in matrix.others] == pytest.approx(holm(raw))
    assert max(cell.p for cell in matrix.others) > max(raw) / 1.001


# (letters of a and of b, what that says of a primary cell in which b is better, and in which
# nothing is seen)
AGREEMENTS = [
    (WRONG, RIGHT, "same", "undecided"),
    (RIGHT, WRONG, "opposite", "undecided"),
    (HALF, HALF, "undecided", "same"),
]


@pytest.mark.parametrize(("a", "b", "beside_better", "beside_none"), AGREEMENTS)
def test_cells_are_held_against_the_primary_one(
    store: Store, tmp_path: Path, a: str, b: str, beside_better: str, beside_none: str
) -> None:
    runs = both(store, WRONG, RIGHT)
    both(store, a, b, method="loglik")
    assert [cell.agreement for cell in matrix_of(store, runs).cells] == [None, beside_better]
    with Store(tmp_path / "other.sqlite") as other:
        runs = both(other, HALF, HALF)
        both(other, a, b, method="loglik")
        assert matrix_of(other, runs).others[0].agreement == beside_none


def test_without_a_primary_cell_nothing_is_held_against_it(store: Store) -> None:
    both(store, RIGHT, WRONG, style="native")
    matrix = matrix_of(store, both(store, method="loglik"))
    assert matrix.primary is None
    assert [cell.agreement for cell in matrix.cells] == [None, None]


def test_two_question_sets_are_refused(store: Store) -> None:
    (a, _), b = both(store), sit(store, exam(3), "AAA")
    with pytest.raises(InputError, match="over different questions"):
        matrix_of(store, (a, b))
    with pytest.raises(UnknownNameError, match="unknown run 'nothing'"):
        comparison_matrix(store, a.id, "nothing")


def test_a_matrix_survives_json(store: Store) -> None:
    runs = both(store)
    both(store, method="loglik")
    matrix = matrix_of(store, runs)
    assert Matrix.model_validate_json(matrix.model_dump_json()) == matrix
