"""The model card's numbers: what is printed, what the lines add up to, and what answers a setting."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import SettingsError
from workbench.sources import DataTable, Total, load_model_card, setting_of

CARD = load_model_card()


def table(name: str) -> DataTable:
    return next(each for each in CARD.tables if each.name == name)


def test_the_mcqa_total_is_not_what_is_printed() -> None:
    mcqa = table("MCQA")
    assert (mcqa.printed.questions, mcqa.printed.tokens) == ("46,445", "19,998,931")
    assert mcqa.summed == mcqa.believed == Total(questions=46_445, tokens=11_924_335)


def test_without_the_pasted_line_the_qa_total_is_right_but_for_a_nine() -> None:
    qa = table("QA")
    assert qa.summed == Total(questions=51_539, tokens=20_628_738)
    assert qa.believed == Total(questions=47_965, tokens=19_998_931)
    assert qa.printed.tokens == f"{199_998_931:,}"


def test_the_printed_mcqa_total_is_the_qa_tables() -> None:
    assert table("MCQA").printed.tokens == f"{table('QA').believed.tokens:,}"


def test_the_pasted_line_is_the_other_tables() -> None:
    (pasted,) = (line for line in table("QA").lines if line.pasted)
    assert (pasted.questions, pasted.tokens) in {
        (line.questions, line.tokens) for line in table("MCQA").lines
    }


def test_about_32_million_tokens_remain_of_220() -> None:
    printed = sum(int(each.printed.tokens.replace(",", "")) for each in CARD.tables)
    assert round(printed / 1e6) == 220
    assert round(CARD.believed_tokens / 1e6) == 32


def test_eleven_sources_are_told_of_in_both_languages() -> None:
    assert len(CARD.sources) == 11
    for source in CARD.sources:
        for words in (source.name, source.obtained, source.licence):
            assert words.keys() == {"ko", "en"}


def test_none_of_the_sources_lies_in_this_repository() -> None:
    assert {source.kept for source in CARD.sources} == {"nothing"}


def test_every_place_is_an_address_to_click_on() -> None:
    places = [source.place for source in CARD.sources if source.place]
    assert len(places) == 10
    assert all(place.startswith(("https://", "http://open.krx.co.kr/")) for place in places)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("recipe.lora.r", "8"),
        ("recipe.lora.targets", "q_proj, v_proj"),
        ("recipe.lora.none", ""),
        ("machine.device", ""),
        ("recipe.lora.r.more", ""),
    ],
)
def test_a_setting_is_found_by_its_dotted_name(name: str, value: str) -> None:
    record = {"recipe": {"lora": {"r": 8, "targets": ["q_proj", "v_proj"]}}}
    assert setting_of(record, name) == value


def test_a_file_with_faults_names_them_all(tmp_path: Path) -> None:
    file = tmp_path / "sources.yaml"
    file.write_text("document: card\nsources: [{place: x}]\ntables: nothing\n", "utf-8")
    with pytest.raises(SettingsError) as refusal:
        load_model_card(file)
    assert all(name in str(refusal.value) for name in ("sources.0.name", "tables", "defects"))
