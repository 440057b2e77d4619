"""Settings: where results go, which presets there are, and what `--model` may be given."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.config import (
    HOME_VARIABLE,
    PACKAGE,
    default_store,
    home,
    load_aliases,
    load_presets,
    resolve_model,
)
from workbench.errors import InputError, SettingsError, UnknownNameError
from workbench.schema import ModelSpec

PRESETS = {"mini": ModelSpec(name="mini", base="base", adapter="lora")}


def write_models(folder: Path, text: str) -> Path:
    path = folder / "models.yaml"
    path.write_text(text, "utf-8")
    return path


# ── where results go ─────────────────────────────────────────────────────────────────────────


def test_results_go_where_the_environment_says(workbench_home: Path) -> None:
    assert home() == workbench_home
    assert default_store() == workbench_home / "store.sqlite"


@pytest.mark.parametrize("value", ["", None])
def test_results_go_to_the_users_home_by_default(
    value: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    if value is None:
        monkeypatch.delenv(HOME_VARIABLE)
    else:
        monkeypatch.setenv(HOME_VARIABLE, value)
    assert home() == tmp_path / ".krx-workbench"


def test_a_tilde_that_no_shell_has_seen_is_the_users_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(HOME_VARIABLE, "~/results")
    assert home() == tmp_path / "results"


# ── presets ──────────────────────────────────────────────────────────────────────────────────


def test_the_demo_pair_lies_in_the_package_and_says_what_it_is() -> None:
    demo = load_presets()["demo"]
    assert demo.demo
    assert demo.base == str(PACKAGE / "demo" / "base")
    assert demo.adapter == str(PACKAGE / "demo" / "adapter")
    assert demo.variants == ("vanilla", "tuned")


def test_no_other_preset_claims_to_be_the_demo() -> None:
    assert [name for name, spec in load_presets().items() if spec.demo] == ["demo"]


def test_the_published_pair_asks_each_side_in_its_own_style() -> None:
    assert load_presets()["krx-7b"].styles == {"vanilla": "chat", "tuned": "native"}


def test_paths_are_relative_to_the_file_and_hub_ids_stay(tmp_path: Path) -> None:
    path = write_models(tmp_path, "models:\n  own: {base: Qwen/Qwen2.5-7B, adapter: ./lora}\n")
    assert load_presets(path)["own"] == ModelSpec(
        name="own", base="Qwen/Qwen2.5-7B", adapter=str(tmp_path / "lora")
    )


def test_every_fault_of_the_file_is_told_at_once(tmp_path: Path) -> None:
    path = write_models(
        tmp_path,
        "models:\n"
        "  no-base: {adapter: x}\n"
        "  misspelt: {base: b, adaptor: x}\n"
        "  twice-tuned: {base: b, adapter: x, tuned: y}\n"
        "  renamed: {base: b, name: other}\n"
        "  only-a-path: ./base\n"
        "  empty:\n"
        "  fine: {base: b}\n",
    )
    with pytest.raises(SettingsError) as caught:
        load_presets(path)
    first, *faults = str(caught.value).splitlines()
    assert first == f"'{path}' has faults:"
    assert [fault.split(":")[0].strip() for fault in faults] == [
        "no-base",
        "misspelt",
        "twice-tuned",
        "renamed",
        "only-a-path",
        "empty",
    ]
    assert "adaptor: Extra inputs are not permitted" in faults[1]
    assert "not both" in faults[2]


@pytest.mark.parametrize("text", ["", "models:\n", "aliases: {}\n"])
def test_a_file_may_hold_no_models(tmp_path: Path, text: str) -> None:
    path = write_models(tmp_path, text)
    assert load_presets(path) == {}
    assert load_aliases(path) == {}


# ── what --model may be given ────────────────────────────────────────────────────────────────


def test_a_preset_goes_by_its_name() -> None:
    assert resolve_model("mini", presets=PRESETS) is PRESETS["mini"]


@pytest.mark.parametrize("given", [{"adapter": "other"}, {"tuned": "other"}])
def test_a_preset_is_not_given_another_tuned_side(given: dict[str, str]) -> None:
    with pytest.raises(InputError, match="'mini' is a preset and already names its tuned model"):
        resolve_model("mini", **given, presets=PRESETS)


def test_a_hub_id_is_taken_as_it_is() -> None:
    spec = resolve_model("Qwen/Qwen2.5-7B-Instruct", adapter="me/lora", presets=PRESETS)
    assert spec == ModelSpec(
        name="Qwen2.5-7B-Instruct", base="Qwen/Qwen2.5-7B-Instruct", adapter="me/lora"
    )


def test_a_local_folder_is_named_after_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert resolve_model("mine", presets=PRESETS).name == "mine"
    assert resolve_model("./mine/", presets=PRESETS).name == "mine"
    monkeypatch.chdir(tmp_path / "mine")
    assert resolve_model(".", presets=PRESETS) == ModelSpec(name="mine", base=".")


def test_a_tilde_is_the_users_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").mkdir()
    spec = resolve_model("~/mine", adapter="~/lora", presets=PRESETS)
    assert (spec.base, spec.adapter) == (str(tmp_path / "mine"), str(tmp_path / "lora"))


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownNameError, match="unknown model 'minni'; known: mini"):
        resolve_model("minni", presets=PRESETS)


@pytest.mark.parametrize("name", ["./nowhere", "/nowhere/at/all", "~/nowhere"])
def test_a_folder_that_is_not_there_is_no_hub_id(name: str) -> None:
    with pytest.raises(InputError, match=f"--model '{name}' looks like a local folder"):
        resolve_model(name, presets=PRESETS)


def test_the_old_id_of_the_published_model_still_works() -> None:
    old = "aiqwe/krx-llm-competition"
    assert resolve_model(old, presets=PRESETS).base == load_aliases()[old]
    assert resolve_model("some/base", tuned=old, presets=PRESETS).tuned == "aiqwe/FinShibainu"


def test_a_model_has_one_tuned_side_at_most() -> None:
    with pytest.raises(InputError, match="give --adapter 'a' or --tuned 'b', not both"):
        resolve_model("some/base", adapter="a", tuned="b", presets=PRESETS)
