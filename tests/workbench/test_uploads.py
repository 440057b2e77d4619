"""What strangers drop on the page: what is taken, what is refused, and that nothing escapes."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.store import Store
from workbench.uploads import Import, Limits, discard, unpack

RESULTS = Path(__file__).parents[1] / "data" / "lm_eval_results"  # written by lm_eval's dummy model
WAIT = 120  # seconds, for a process of its own on a busy machine


def archive(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def files_in(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


# ── unpacking ────────────────────────────────────────────────────────────────────────────────


def test_results_are_taken_out_of_an_archive_with_their_folders(tmp_path: Path) -> None:
    dropped = archive(tmp_path / "r.zip", {"model/results_1.json": b"{}", "model/notes.txt": b"-"})
    unpack([dropped], tmp_path / "out")
    assert files_in(tmp_path / "out") == {"archive-0/model/results_1.json": b"{}"}


def test_loose_files_end_up_beside_each_other(tmp_path: Path) -> None:
    """Gradio keeps each upload in a folder of its own; lm_eval's two files belong together."""
    for folder, name in (("x", "results_1.json"), ("y", "samples_t_1.jsonl")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(b"{}")
    unpack([tmp_path / "x/results_1.json", tmp_path / "y/samples_t_1.jsonl"], tmp_path / "out")
    assert sorted(files_in(tmp_path / "out")) == ["files/results_1.json", "files/samples_t_1.jsonl"]


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "results_1.json").write_bytes(b"{}")
    with pytest.raises(InputError, match=r"two files 'results_1\.json'; drop a zip"):
        unpack([tmp_path / f"{folder}/results_1.json" for folder in "xy"], tmp_path / "out")


@pytest.mark.parametrize(
    "name",
    [
        "../results.json",
        "a/../../results.json",
        "/etc/results.json",
        "C:\\results.json",
        "a\\..\\results.json",
        f"{'가' * 100}.json",
        "/".join(["a"] * 30) + ".json",
    ],
)
def test_a_member_that_goes_astray_is_refused(tmp_path: Path, name: str) -> None:
    dropped = archive(tmp_path / "r.zip", {name: b"{}"})
    with pytest.raises(InputError, match="no plain file inside"):
        unpack([dropped], tmp_path / "deep" / "out")
    assert {path.name for path in tmp_path.rglob("*")} <= {"r.zip", "deep", "out", "archive-0"}


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("results.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "r.zip", "w") as file:
        file.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="no plain file inside"):
        unpack([tmp_path / "r.zip"], tmp_path / "out")


def test_a_bomb_is_stopped_while_it_unfolds(tmp_path: Path) -> None:
    dropped = archive(tmp_path / "r.zip", {"results.json": b"0" * 3_000_000})
    assert dropped.stat().st_size < 10_000
    with pytest.raises(InputError, match="unpacked, it is larger than 1 MiB"):
        unpack([dropped], tmp_path / "out", Limits(bytes=1024**2))
    assert sum(map(len, files_in(tmp_path / "out").values())) <= 1024**2


def test_sizes_that_an_archive_claims_are_not_believed(tmp_path: Path) -> None:
    dropped = archive(tmp_path / "r.zip", {"results.json": b"0" * 3_000_000})
    lied = dropped.read_bytes().replace((3_000_000).to_bytes(4, "little"), bytes([9, 0, 0, 0]))
    dropped.write_bytes(lied)
    with pytest.raises(InputError, match="no zip archive that can be read"):
        unpack([dropped], tmp_path / "out", Limits(bytes=1024**2))


def test_limits_hold_over_everything_together(tmp_path: Path) -> None:
    dropped = [archive(tmp_path / f"{i}.zip", {f"{i}.json": b"0" * 600}) for i in range(2)]
    with pytest.raises(InputError, match="larger"):
        unpack(dropped, tmp_path / "out", Limits(bytes=1000))


def test_too_many_members_are_refused_even_those_that_are_not_taken(tmp_path: Path) -> None:
    dropped = archive(tmp_path / "r.zip", {f"{i}.txt": b"" for i in range(6)})
    with pytest.raises(InputError, match="more than 5 files"):
        unpack([dropped], tmp_path / "out", Limits(files=5))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no archive"])
def test_what_is_no_archive_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "r.zip").write_bytes(content)
    with pytest.raises(InputError, match=r"'r\.zip' is no zip archive"):
        unpack([tmp_path / "r.zip"], tmp_path / "out")


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    dropped = archive(tmp_path / "r.zip", {"results.json": b"{}"})
    data = bytearray(dropped.read_bytes())
    data[6] |= 1  # the flag that says so, in both headers
    data[data.index(b"PK\x01\x02") + 8] |= 1
    dropped.write_bytes(bytes(data))
    with pytest.raises(InputError, match="no zip archive that can be read"):
        unpack([dropped], tmp_path / "out")


@pytest.mark.parametrize("name", ["run.py", "page.html", "sheet.xlsx", "noname"])
def test_other_kinds_of_file_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(InputError, match=r"expected \.zip, \.json, \.jsonl"):
        unpack([tmp_path / name], tmp_path / "out")


# ── importing ────────────────────────────────────────────────────────────────────────────────


def imported(folder: Path, store: Path) -> tuple[str, ...] | None:
    with Import(folder, store) as running:
        return running.wait(WAIT)


def test_results_of_lm_eval_become_runs(tmp_path: Path) -> None:
    found = imported(RESULTS, tmp_path / "store.sqlite")
    with Store(tmp_path / "store.sqlite") as store:
        assert found == tuple(run.id for run in store.runs())
        assert found


def test_a_refusal_speaks_in_the_commands_words_and_names_no_folder(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "samples_task_1.jsonl").write_text("{}\n", "utf-8")
    with pytest.raises(InputError, match=r"there is no results_1\.json beside") as refusal:
        imported(folder, tmp_path / "store.sqlite")
    assert str(tmp_path) not in str(refusal.value)


def test_an_import_that_is_left_is_killed(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    with Import(tmp_path / "results", tmp_path / "store.sqlite") as running:
        assert running.wait(0.0) is None
        process = running._process
    assert process.returncode is not None


def test_discarding_twice_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    for _ in range(2):
        discard([tmp_path / "folder", tmp_path / "file"])
    assert list(tmp_path.iterdir()) == []
