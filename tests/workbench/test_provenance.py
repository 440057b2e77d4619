"""What a run was made with, flat and in words."""

from __future__ import annotations

from pathlib import Path

from tests.workbench.sittings import exam, sit
from workbench.provenance import provenance
from workbench.store import Store


def test_everything_that_could_move_a_score_is_named(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        run = sit(
            store,
            exam(2),
            "AA",
            engine={"tuned_hash": "abc"},
            spec={"packages": {"b": "2", "a": "1"}},
        )
    made_with = provenance(run)
    assert (made_with["model"], made_with["variant"], made_with["demo"]) == ("pair", "tuned", "no")
    assert (made_with["tuned_hash"], made_with["packages"]) == ("abc", "a 1, b 2")
    assert made_with["sampling"] == "temperature=0.0, top_p=1.0, max_tokens=256, seed=0"
    assert made_with["question_set_hash"] == exam(2).hash
    assert made_with["finished"].endswith(" UTC")


def test_what_does_not_apply_is_empty_and_the_fields_stay_the_same(tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        generated = sit(store, exam(2), "AA")
        scored = sit(store, exam(2), "AA", method="loglik")
    assert provenance(scored).keys() == provenance(generated).keys()
    assert (provenance(scored)["sampling"], provenance(scored)["extraction_version"]) == ("", "")
