"""The cost of more: processes of their own, questions that differ, medians."""

from __future__ import annotations

import time

from workbench.bench.scaling import Cost, distinct_questions, in_new_process, medians, peak_memory

MEGABYTE = 2**20


def test_repeated_questions_are_told_apart() -> None:
    questions = distinct_questions(1200)
    assert len({question.hash for question in questions}) == 1200


def test_medians_are_taken_of_each_number() -> None:
    costs = [Cost(1.0, 30, 5), Cost(3.0, 10, 6), Cost(2.0, 20, 9)]
    assert medians(costs) == Cost(2.0, 20, 6)


def test_the_peak_is_seen_also_when_it_is_over() -> None:
    with peak_memory() as memory:
        block = bytearray(b"x" * (200 * MEGABYTE))
        time.sleep(0.3)
        del block
    assert memory.peak - memory.before > 150 * MEGABYTE


def test_a_measurement_in_a_process_of_its_own_has_time_and_memory() -> None:
    cost = in_new_process(("vanilla",), 4, False)
    assert cost.seconds > 0
    assert cost.peak > cost.growth >= 0
