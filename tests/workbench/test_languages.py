"""Words of a folder: a file for each language, nested there and dotted here."""

from __future__ import annotations

from pathlib import Path

from workbench.languages import read_texts


def test_words_are_found_by_dotted_keys_and_filled_in(tmp_path: Path) -> None:
    (tmp_path / "ko.yaml").write_text("answer:\n  hanja: 한자 {count}자\n", "utf-8")
    texts = read_texts(tmp_path, "ko")
    assert texts("answer.hanja", count=3) == "한자 3자"
    assert (texts.language, list(texts.words)) == ("ko", ["answer.hanja"])


def test_braces_in_what_is_filled_in_mean_nothing(tmp_path: Path) -> None:
    (tmp_path / "en.yaml").write_text("name: 'Model {name}'\n", "utf-8")
    assert read_texts(tmp_path, "en")("name", name="{0.__class__}") == "Model {0.__class__}"


def test_a_language_may_be_a_folder_of_files(tmp_path: Path) -> None:
    (tmp_path / "ko").mkdir()
    (tmp_path / "ko" / "chat.yaml").write_text("chat:\n  send: 보내기\n", "utf-8")
    (tmp_path / "ko" / "page.yaml").write_text("app:\n  name: 작업대\n", "utf-8")
    assert list(read_texts(tmp_path, "ko").words) == ["chat.send", "app.name"]
