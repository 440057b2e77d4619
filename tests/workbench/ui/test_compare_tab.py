"""What an evaluation started on the screen asks of whom."""

from __future__ import annotations

import pytest

from workbench.schema import ModelSpec
from workbench.ui.compare_tab import default_set, method_choices, plan

PAIR = ModelSpec(
    name="pair", base="base", adapter="adapter", styles={"vanilla": "chat", "tuned": "native"}
)


def test_each_side_is_asked_in_the_style_it_was_made_for() -> None:
    asked = plan(PAIR, ["generate"], ["own"])
    assert [(run.variant, run.procedure.style) for run in asked] == [
        ("vanilla", "chat"),
        ("tuned", "native"),
    ]


def test_every_method_meets_every_style_and_both_sides() -> None:
    asked = plan(PAIR, ["generate", "loglik"], ["native", "chat"])
    assert len({run.model_dump_json() for run in asked}) == 8
    assert [run.variant for run in asked[:2]] == ["vanilla", "tuned"]


def test_a_base_alone_is_asked_alone() -> None:
    asked = plan(ModelSpec(name="base", base="base"), ["loglik"], ["chat"])
    assert [run.variant for run in asked] == ["vanilla"]


def test_the_primary_method_is_offered_first() -> None:
    assert method_choices()[0] == "generate"


@pytest.mark.parametrize(("demo", "name"), [(True, "demo-heldout"), (False, "krx-mcqa")])
def test_a_pair_opens_on_its_own_set(demo: bool, name: str) -> None:
    assert default_set(PAIR.model_copy(update={"demo": demo})) == name
