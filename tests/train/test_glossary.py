"""The glossary keeps its promises: what each wording holds, and who is taught."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from train.demo.glossary import UNSEEN_SHARE, Term, load_glossary, split_glossary
from workbench.errors import InputError

TERMS = load_glossary()
SPLIT = split_glossary(TERMS)
LONGEST_COMMON_RUN = 11  # characters of the third wording that may stand in the first or second


def runs(text: str, length: int) -> set[str]:
    """All substrings of this length."""
    return {text[start : start + length] for start in range(len(text) - length + 1)}


def term_of(name: str, category: str = "채권") -> Term:
    wording = "서로 다른 말로 적은 뜻이다."
    return Term(
        term=name,
        english=name,
        category=category,
        definitions=(wording, wording, wording),
        key_phrase="다른 말로",
        use="쓰임.",
        example="보기.",
    )


# ── what each wording holds ──────────────────────────────────────────────────────────────────


def test_there_are_enough_terms() -> None:
    assert len(TERMS) >= 500


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_wording_is_one_sentence_of_moderate_length(number: int) -> None:
    odd = [
        term.term
        for term in TERMS
        if not (30 <= len(term.definitions[number]) <= 85)
        or not term.definitions[number].endswith("다.")
    ]
    assert odd == []


def test_no_wording_gives_its_term_away() -> None:
    assert [t.term for t in TERMS if any(t.term in wording for wording in t.definitions)] == []


def test_the_key_phrase_stands_in_the_first_two_wordings_and_not_in_the_third() -> None:
    expected = [True, True, False]
    odd = [t.term for t in TERMS if [t.key_phrase in w for w in t.definitions] != expected]
    assert odd == []


@pytest.mark.parametrize("other", [0, 1])
def test_the_third_wording_repeats_no_long_run_of_another(other: int) -> None:
    length = LONGEST_COMMON_RUN + 1
    shared = {
        term.term: runs(term.definitions[2], length) & runs(term.definitions[other], length)
        for term in TERMS
    }
    assert {name: repeated for name, repeated in shared.items() if repeated} == {}


def test_terms_and_key_phrases_are_unique() -> None:
    assert len({term.term for term in TERMS}) == len(TERMS)
    assert len({term.key_phrase for term in TERMS}) == len(TERMS)


def test_a_term_that_stands_twice_is_refused_with_its_place(tmp_path: Path) -> None:
    lines = [json.dumps(term_of(name).model_dump(mode="json")) for name in ("국채", "국채")]
    (tmp_path / "bonds.jsonl").write_text("\n".join(lines), "utf-8")
    with pytest.raises(InputError, match=r"'bonds\.jsonl' line 2: '국채' stands twice"):
        load_glossary(tmp_path)


# ── who is taught ────────────────────────────────────────────────────────────────────────────


def test_every_term_is_on_one_side() -> None:
    assert sorted(t.term for side in SPLIT for t in side) == sorted(t.term for t in TERMS)


def test_three_in_ten_terms_of_every_category_are_unseen() -> None:
    whole = Counter(term.category for term in TERMS)
    unseen = Counter(term.category for term in SPLIT.unseen)
    assert unseen == {category: round(n * UNSEEN_SHARE) for category, n in whole.items()}


def test_the_split_does_not_depend_on_the_order_of_the_terms() -> None:
    backwards = split_glossary(TERMS[::-1])
    assert {t.term for t in backwards.unseen} == {t.term for t in SPLIT.unseen}


def test_a_new_term_moves_at_most_one_other_and_none_of_another_category() -> None:
    category = TERMS[0].category
    grown = split_glossary([*TERMS, term_of("아직 없는 용어", category)])
    before, after = ({t.term for t in split.unseen} for split in (SPLIT, grown))
    moved = (before ^ after) - {"아직 없는 용어"}
    assert len(moved) <= 1
    assert {t.category for t in TERMS if t.term in moved} <= {category}
