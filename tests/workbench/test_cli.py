"""The command line: what it prints where, which status it ends with, and what it does not load."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from workbench import cli
from workbench.config import default_store, load_presets
from workbench.engines.identity import foreseen_info
from workbench.engines.scripted import ScriptedEngine
from workbench.errors import EngineError
from workbench.schema import EngineInfo, Generation, ModelSpec, Prompt, Question, Sampling, Variant
from workbench.store import Store

ROOT = Path(__file__).parents[2]
RIGHT, WRONG = "정답은 A 입니다.", "정답은 B 입니다."


@pytest.fixture
def questions(tmp_path: Path) -> str:
    """Six questions on three terms, as a file; A is right in all."""
    path = tmp_path / "bonds.jsonl"
    lines = [
        Question(
            id=f"q{i}",
            question=f"{i}번째 질문은?",
            options=("국채", "회사채", "전환사채"),
            answer="A",
            reference_id=f"term{i // 2}",
        ).model_dump_json(exclude_defaults=True)
        for i in range(6)
    ]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return str(path)


def opener(engine: ScriptedEngine) -> Callable[..., ScriptedEngine]:
    """Stands where `open_engine` does and hands out `engine`, whatever the pair."""

    def open_scripted(spec: ModelSpec, **_: Any) -> ScriptedEngine:
        engine.name, engine.variants = spec.name, spec.variants
        return engine

    return open_scripted


def run_cli(*arguments: str, engine: ScriptedEngine | None = None) -> int:
    return cli.main(arguments, open_engine=opener(engine or ScriptedEngine(demo=True)))


def run_json(
    capsys: pytest.CaptureFixture[str], *arguments: str, engine: ScriptedEngine | None = None
) -> Any:
    assert run_cli(*arguments, "--json", engine=engine) == 0
    return json.loads(capsys.readouterr().out)


# ── eval ─────────────────────────────────────────────────────────────────────────────────────


def test_eval_ends_with_a_table_and_the_paired_line(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = ScriptedEngine([WRONG] * 4 + ["모름"] + [RIGHT] * 7)
    assert run_cli("eval", "--model", "demo", "--questions", questions, engine=engine) == 0
    out = capsys.readouterr().out
    assert "vanilla  native  16.7%     [1.3%, 74.8%]" in out  # three clusters of two
    assert "tuned    native  100.0%" in out
    assert "1 (1 no_answer)" in out
    assert "tuned − vanilla: +83.3 points over n = 6; only tuned right 5" in out
    assert "exact McNemar p = 0.062, sign-flip p = " in out
    assert "over 3 clusters" in out


@pytest.mark.parametrize(("demo", "shown"), [(True, True), (False, False)])
def test_the_demo_pair_is_called_a_miniature(
    demo: bool, shown: bool, questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_cli("eval", "--questions", questions, engine=ScriptedEngine(demo=demo))
    assert ("not a financial model" in capsys.readouterr().out) is shown


def test_progress_goes_to_stderr_and_leaves_stdout_to_the_result(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli("eval", "--questions", questions, "--json") == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert [summary["n"] for summary in result["summaries"]] == [6, 6]
    assert result["paired"]["n"] == 6
    assert "question/s" in captured.err


def test_own_styles_with_generation_are_the_primary_result(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = run_json(capsys, "eval", "--questions", questions)
    chat = run_json(capsys, "eval", "--questions", questions, "--prompt", "chat")
    letters = run_json(capsys, "eval", "--questions", questions, "--method", "loglik")
    assert [result["primary"] for result in (own, chat, letters)] == [True, False, False]
    styles = [summary["run"]["spec"]["prompt_style"] for summary in chat["summaries"]]
    assert styles == ["chat", "chat"]


def test_one_variant_alone_has_no_paired_result(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_json(capsys, "eval", "--questions", questions, "--variant", "tuned")
    assert [summary["run"]["spec"]["variant"] for summary in result["summaries"]] == ["tuned"]
    assert result["paired"] is None


def test_a_limit_takes_the_first_questions(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_json(capsys, "eval", "--questions", questions, "--limit", "2")
    assert [summary["n"] for summary in result["summaries"]] == [2, 2]


def test_a_finished_run_is_not_asked_again_and_eval_says_so(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_cli("eval", "--questions", questions)
    engine = ScriptedEngine(demo=True)
    assert run_cli("eval", "--questions", questions, engine=engine) == 0
    assert engine.history == []
    assert "vanilla: 6 of 6 answers were in the store" in capsys.readouterr().err


class Foreseen(ScriptedEngine):
    """Says of itself what the demo pair's engine would say, and so makes its runs."""

    @property
    def info(self) -> EngineInfo:
        foreseen = foreseen_info(load_presets()["demo"], device="cpu")
        assert foreseen is not None
        return foreseen


def refuse_to_open(*_: Any, **__: Any) -> ScriptedEngine:
    raise EngineError("opened")


DEMO_EVAL = ("eval", "--device", "cpu", "--json", "--questions")


def test_finished_runs_are_told_without_opening_the_engine(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run_json(capsys, *DEMO_EVAL, questions, engine=Foreseen())
    assert cli.main([*DEMO_EVAL, questions], open_engine=refuse_to_open) == 0
    captured = capsys.readouterr()
    second = json.loads(captured.out)
    told = ("engine", "paired", "primary", "notice")
    assert [second[key] for key in told] == [first[key] for key in told]
    assert [each["answered_now"] for each in second["summaries"]] == [0, 0]
    assert "tuned: 6 of 6 answers were in the store" in captured.err
    assert "loading" not in captured.err


# Anything that makes another run, or one of which a side is missing.
UNFINISHED = [
    ("--limit", "3"),
    ("--method", "loglik"),
    ("--prompt", "chat"),
    ("--batch-size", "5"),
    ("--dtype", "bfloat16"),
    ("--again",),
    ("--variant", "both"),
]


@pytest.mark.parametrize("flags", UNFINISHED, ids=" ".join)
def test_where_anything_is_left_to_ask_the_engine_is_opened(
    flags: tuple[str, ...], questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_json(capsys, *DEMO_EVAL, questions, "--variant", "tuned", engine=Foreseen())
    arguments = [*DEMO_EVAL, questions, "--variant", "tuned", *flags]
    assert cli.main(arguments, open_engine=refuse_to_open) == 2
    assert capsys.readouterr().err.endswith("error: opened\n")


def test_again_makes_a_repetition_on_purpose(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run_cli("eval", "--questions", questions, "--variant", "tuned")
    capsys.readouterr()
    repeats = [
        run_json(capsys, "eval", "--questions", questions, "--variant", "tuned", "--again")
        for _ in range(2)
    ]
    specs = [result["summaries"][0]["run"]["spec"] for result in repeats]
    assert [spec["repeat"] for spec in specs] == [1, 2]


def test_failed_questions_are_reported_with_their_reason(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = ScriptedEngine([EngineError("batch"), EngineError("server hung up")])
    run_cli("eval", "--questions", questions, "--variant", "tuned", engine=engine)
    captured = capsys.readouterr()
    assert "tuned: 1 failed and are not counted; the first, 'q0': server hung up" in captured.err
    assert "100.0%" in captured.out


class PressCtrlC(ScriptedEngine):
    """Ctrl-C comes with the third batch."""

    def generate(
        self, prompts: Sequence[Prompt], sampling: Sampling, variant: Variant
    ) -> list[Generation]:
        if len(self.history) >= 4:
            raise KeyboardInterrupt
        return super().generate(prompts, sampling, variant)


def test_an_interruption_says_how_to_continue_and_ends_with_130(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("eval", "--questions", questions, "--variant", "tuned", "--batch-size", "2")
    assert run_cli(*arguments, engine=PressCtrlC()) == 130
    assert "the same command continues" in capsys.readouterr().err
    result = run_json(capsys, *arguments, engine=ScriptedEngine())
    assert result["summaries"][0]["answered_now"] == 2


def test_results_go_where_store_points(questions: str, tmp_path: Path) -> None:
    path = tmp_path / "elsewhere" / "mine.sqlite"
    run_cli("eval", "--questions", questions, "--store", str(path))
    assert not default_store().exists()
    with Store(path) as store:
        assert [run.status for run in store.runs()] == ["finished", "finished"]


KNOWN_ERRORS: list[tuple[tuple[str, ...], str]] = [
    (("eval", "--model", "nothing"), "unknown model 'nothing'; known: demo"),
    (("eval", "--questions", "missing.jsonl"), "missing.jsonl"),
    (("eval", "--model", "a/b", "--variant", "tuned", "--questions", "FILE"), "has none"),
    (("eval", "--model", "a/b", "--variant", "both", "--questions", "FILE"), "give --adapter"),
    (("eval", "--questions", "FILE", "--store", "FILE"), "is not a SQLite file"),
    (("export", "0123"), "unknown run '0123'; known: none"),
    (("runs", "--store", "FILE"), "is not a SQLite file"),
]


@pytest.mark.parametrize(("arguments", "message"), KNOWN_ERRORS)
def test_known_errors_are_one_sentence_and_status_2(
    arguments: tuple[str, ...], message: str, questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [questions if argument == "FILE" else argument for argument in arguments]
    assert run_cli(*filled) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert message in captured.err
    assert "Traceback" not in captured.err


def test_a_model_revision_is_refused_for_a_local_folder(
    questions: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--model", str(tmp_path), "--model-revision", "main", "--questions", questions)
    assert run_cli("eval", *arguments) == 2
    assert "is for models on the Hub" in capsys.readouterr().err


def test_a_bug_keeps_its_traceback(questions: str) -> None:
    engine = ScriptedEngine([ZeroDivisionError("ours")])
    with pytest.raises(ZeroDivisionError):
        run_cli("eval", "--questions", questions, engine=engine)


@pytest.mark.parametrize("flag", ["--limit", "--batch-size"])
@pytest.mark.parametrize("value", ["0", "-1", "ten", "1.5"])
def test_counts_are_whole_and_positive(
    flag: str, value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        run_cli("eval", flag, value)
    assert ended.value.code == 2
    assert f"'{value}' is no whole number from 1 up" in capsys.readouterr().err


# ── other commands ───────────────────────────────────────────────────────────────────────────


def test_runs_lists_what_the_store_holds(
    questions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli("runs") == 0
    assert "no runs yet" in capsys.readouterr().out
    run_cli("eval", "--questions", questions)
    capsys.readouterr()
    assert run_cli("runs") == 0
    out = capsys.readouterr().out
    assert out.count("finished") == 2
    assert "6/6" in out
    listed = run_json(capsys, "runs")
    assert [run["answered"] for run in listed] == [6, 6]


def test_export_writes_the_same_lines_to_a_file_and_to_stdout(
    questions: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_cli("eval", "--questions", questions, "--variant", "tuned")
    with Store(default_store()) as store:
        (run,) = store.runs()
    capsys.readouterr()
    assert run_cli("export", run.id) == 0
    assert run_cli("export", run.id, "-o", str(tmp_path / "run.jsonl")) == 0
    written = (tmp_path / "run.jsonl").read_text("utf-8")
    assert capsys.readouterr().out == written
    assert [json.loads(line).get("ordinal") for line in written.splitlines()] == [None, *range(6)]


def test_export_to_a_place_that_cannot_be_written_is_one_sentence(
    questions: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = run_json(capsys, "eval", "--questions", questions, "--variant", "tuned")
    run_id = result["summaries"][0]["run"]["id"]
    assert run_cli("export", run_id, "-o", str(tmp_path)) == 2
    assert "cannot be written" in capsys.readouterr().err


# ── start ────────────────────────────────────────────────────────────────────────────────────

HEAVY = ("torch", "transformers", "gradio", "pandas", "scipy", "numpy", "datasets", "peft")


def test_the_parser_is_built_without_heavy_libraries() -> None:
    """What `--help` loads; seconds would depend on the machine, modules do not."""
    script = (
        "import sys; from workbench.cli import build_parser; build_parser().format_help()\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_the_module_runs_as_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("eval", "runs", "export", "doctor"):
        assert command in done.stdout
