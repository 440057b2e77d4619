"""The check before every run: too few trained rows stop it, and one row is shown."""

from __future__ import annotations

import pytest

from train.preflight import IGNORED, Preflight, check_rows, inspect_rows, mark_trained
from workbench.errors import InputError

END = 0
Rows = list[dict[str, list[int]]]


class LetterTokenizer:
    """Token 1 is 'a', 2 is 'b', …; 0 ends."""

    eos_token_id = END

    def decode(self, ids: list[int]) -> str:
        return "".join("." if token == END else chr(ord("a") + token - 1) for token in ids)


def row_of(prompt: list[int], completion: list[int]) -> dict[str, list[int]]:
    return {"input_ids": prompt + completion, "labels": [IGNORED] * len(prompt) + completion}


def rows_of(trained: int, masked: int = 0) -> Rows:
    return [row_of([1, 2], [3, END])] * trained + [row_of([1, 2, 3], [])] * masked


def inspected(rows: Rows, given: int | None = None) -> Preflight:
    return inspect_rows(rows, LetterTokenizer(), max_length=4, given=given or len(rows))


def test_what_is_counted() -> None:
    preflight = inspected([row_of([1, 2], [3, END]), row_of([1], [2, 3]), row_of([1, 2, 3], [])])
    assert (preflight.rows, preflight.trained_rows, preflight.ended_rows) == (3, 2, 1)
    assert (preflight.tokens, preflight.trained_tokens, preflight.longest_rows) == (10, 4, 1)
    assert preflight.trained_share == pytest.approx(2 / 3)


@pytest.mark.parametrize(("trained", "masked"), [(1, 0), (99, 1), (198, 2)])
def test_a_run_starts_where_99_in_100_rows_are_trained(trained: int, masked: int) -> None:
    check_rows(inspected(rows_of(trained, masked)))


@pytest.mark.parametrize(("trained", "masked"), [(0, 1), (98, 2), (196, 3)])
def test_a_run_does_not_start_below(trained: int, masked: int) -> None:
    with pytest.raises(InputError, match=r"at least 99% expected\); the prompts may be longer"):
        check_rows(inspected(rows_of(trained, masked)))


def test_rows_that_the_trainer_dropped_count_as_not_trained() -> None:
    check_rows(inspected(rows_of(99), given=100))
    with pytest.raises(InputError, match=r"only 98\.0% of 100 rows"):
        check_rows(inspected(rows_of(98), given=100))


def test_a_run_of_which_nothing_is_left_does_not_start() -> None:
    with pytest.raises(InputError, match="none of the 7 rows given has a trained token"):
        inspected([], given=7)


MARKED = [
    ([1, 2, 3, END], [IGNORED, IGNORED, 3, END], "ab⟦c.⟧"),
    ([1, 2], [1, 2], "⟦ab⟧"),
    ([1, 2], [IGNORED, IGNORED], "ab"),
    ([1, 2, 3, 4, 5], [IGNORED, 2, IGNORED, IGNORED, 5], "a⟦b⟧cd⟦e⟧"),
    ([], [], ""),
]


@pytest.mark.parametrize(("ids", "labels", "shown"), MARKED)
def test_the_trained_part_stands_between_brackets(
    ids: list[int], labels: list[int], shown: str
) -> None:
    assert mark_trained({"input_ids": ids, "labels": labels}, LetterTokenizer()) == shown


def test_the_report_shows_the_figures_and_the_first_row() -> None:
    assert inspected(rows_of(99, 1)).report() == (
        "pre-flight: 100 rows, 99.0% with trained tokens, 99.0% end with the end token, "
        "99 at the length limit; 198 of 399 tokens are trained\nab⟦c.⟧"
    )
