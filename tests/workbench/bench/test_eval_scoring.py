"""The measurement of scoring: equal work on both sides, and a table that says whether they agree."""

from __future__ import annotations

import pytest

from workbench.bench.eval_scoring import Contest, main, parser, spread


def contest() -> Contest:
    measured = Contest(best_batch=4, ours=[1.0, 2.0], best=[6.0, 14.0], default=[9.0, 16.0])
    measured.compare([((-1.0, True), (-2.0, False))], [((-1.0, True), (-2.5, False))])
    measured.compare([((-3.0, False), (-2.0, False))], [((-2.0, True), (-3.0, False))])
    return measured


def test_a_spread_is_median_smallest_and_largest() -> None:
    assert spread([3.0, 1.0, 2.5]) == "2.50 (1.00–3.00)"


def test_agreement_counts_first_choices_and_keeps_the_largest_difference() -> None:
    measured = contest()
    assert (measured.questions, measured.same_argmax) == (2, 1)
    assert measured.largest_difference == 1.0


def test_ratios_are_taken_run_by_run() -> None:
    row = contest().row(5, "letters")
    assert "6.50 (6.00–7.00)" in row
    assert "8.50 (8.00–9.00)" in row
    assert "1/2" in row


def test_a_short_run_agrees_with_stock_lm_eval(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--questions", "3", "--runs", "1", "--shots", "1", "--kinds", "letters"])
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "demo tuned, native, 3 questions, 1 runs"
    assert "3/3" in shown[-1]


@pytest.mark.parametrize("flags", [["--large", "--scaling"], ["--kinds", "words"]])
def test_what_makes_no_sense_is_refused(flags: list[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(flags)
