"""Numbers of others: bundled with their sources, kept as printed, refused where they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import SettingsError
from workbench.published import load_published

TABLE = """
- title: {ko: 표, en: Table}
  conditions: {ko: 조건, en: Conditions}
  source: somebody's page
  unit: percent
  scores:
    some model: {law: "32.0"}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "published.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_bundled_numbers_all_name_their_source() -> None:
    tables = load_published()
    assert len(tables) == 4
    assert all(table.source and table.title["ko"] and table.conditions["en"] for table in tables)


def test_digits_stay_as_printed() -> None:
    contest = load_published()[0]
    printed = [score for scores in contest.scores.values() for score in scores.values()]
    assert printed == ["38.5", "41"]


def test_the_subjects_of_a_table_keep_their_order() -> None:
    kmmlu = load_published()[3]
    assert kmmlu.subjects == ("Accounting", "Economics", "Taxation", "Management", "Law")
    assert kmmlu.scores["GPT-4o"]["Law"] == "65.8"


# (what is changed in a good table, into what, what is said)
FAULTS = [
    ('"32.0"', "32.0", "must stand in quotes"),
    ('"32.0"', '"320"', "320 is above 100"),
    ('"32.0"', '"about 30"', "should match pattern"),
    ("unit: percent", "unit: share", "32.0 is above 1"),
    ("unit: percent", "unit: points", "'percent' or 'share'"),
    ("en: Table", "en: ''", "says nothing in en"),
    ("source: somebody's page", "source: ''", "source"),
    ("source:", "sauce:", "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("good", "bad", "said"), FAULTS)
def test_a_faulty_table_is_refused_with_its_fault(
    tmp_path: Path, good: str, bad: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=r"table 1: (.|\n)*" + said):
        load_published(written(tmp_path, TABLE.replace(good, bad)))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    bad = TABLE.replace("unit: percent", "unit: points")
    with pytest.raises(SettingsError, match=r"table 1(.|\n)*table 2"):
        load_published(written(tmp_path, bad + bad))


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="must be a list of tables"):
        load_published(written(tmp_path, "title: x"))
