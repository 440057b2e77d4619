"""Importing what lm_eval wrote: runs like any other, or the reason why not."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lm_eval import simple_evaluate
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager
from lm_eval.utils import hash_string

from workbench.compare import compare_runs
from workbench.config import resolve_model
from workbench.engines.hf import HfEngine
from workbench.errors import InputError, SampleFileError, WorkbenchError
from workbench.evaluate import Procedure, evaluate
from workbench.lm_eval_bridge import ImportedRun, read_samples, sample_files
from workbench.questions import load_questions
from workbench.schema import Method
from workbench.store import Store

ROOT = Path(__file__).parents[2]
TASKS = Path(__file__).parents[1] / "data" / "lm_eval_tasks"
DEMO = resolve_model("demo")
QUESTIONS, ASKED = "demo-heldout", 4


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that stock lm_eval wrote, with its own `hf` model."""
    output = tmp_path_factory.mktemp("stock")
    model = {"pretrained": DEMO.base, "peft": DEMO.adapter, "dtype": "float32"}
    tasks = ["column_questions", "krx_mcqa", "krx_mcqa_gen", "krx_mcqa_text"]
    tracker = EvaluationTracker(output_path=str(output))
    results = simple_evaluate(
        "hf",
        model_args=model,
        tasks=tasks,
        task_manager=TaskManager(
            include_path=[str(ROOT / "eval_tasks"), str(TASKS)],
            include_defaults=False,
            metadata={**model, "questions": QUESTIONS, "shots_from": "demo-unseen"},
        ),
        device="cpu",
        batch_size=4,
        limit=ASKED,
        evaluation_tracker=tracker,
    )
    samples = results.pop("samples")
    tracker.save_results_aggregated(results, samples)
    for task in tasks:
        tracker.save_results_samples(task, samples[task])
    (folder,) = output.iterdir()
    return folder


def file_of(folder: Path, task: str) -> Path:
    (file,) = folder.glob(f"samples_{task}_2*.jsonl")
    return file


# ── what becomes of it ───────────────────────────────────────────────────────────────────────


def test_columns_become_the_questions_that_a_file_of_them_holds(
    written: Path, tmp_path: Path
) -> None:
    imported = read_samples(file_of(written, "column_questions"))
    lines = file_of(written, "column_questions").read_text("utf-8").splitlines()
    rows = tmp_path / "rows.jsonl"
    rows.write_text("\n".join(json.dumps(json.loads(line)["doc"]) for line in lines), "utf-8")
    assert imported.question_set.hash == load_questions(rows).hash
    assert [answer.question_hash for answer in imported.answers] == [
        question.hash for question in imported.question_set.questions
    ]


def test_the_run_says_what_lm_eval_recorded(written: Path) -> None:
    spec = read_samples(file_of(written, "column_questions")).spec
    assert (spec.engine.engine, spec.engine.version) == ("lm_eval hf", spec.packages["lm_eval"])
    assert (spec.engine.base, spec.engine.tuned) == (DEMO.base, DEMO.adapter)
    assert (spec.engine.dtype, spec.engine.device, spec.variant) == ("float32", "cpu", "tuned")
    assert (spec.method, spec.sampling, spec.n_questions) == ("loglik", None, ASKED)
    assert (spec.question_set, spec.prompt_format) == (
        "column_questions",
        "lm_eval/column_questions/v2.0",
    )


@pytest.mark.parametrize(("task", "method"), [("krx_mcqa", "loglik"), ("krx_mcqa_gen", "generate")])
def test_an_imported_run_pairs_with_one_of_our_own(
    written: Path, tmp_path: Path, task: str, method: Method
) -> None:
    imported = read_samples(file_of(written, task))
    questions = load_questions(QUESTIONS).head(ASKED)
    with (
        Store(tmp_path / "store.sqlite") as store,
        closing(HfEngine.load(DEMO, device="cpu", dtype="float32")) as engine,
    ):
        theirs = store.import_run(*imported)
        ours = evaluate(
            engine, "tuned", questions, Procedure(method=method, style="native"), store=store
        )
        comparison = compare_runs(store, theirs.id, ours.run.id)
    assert imported.question_set.hash == questions.hash
    assert (comparison.paired.n, comparison.paired.only_a, comparison.paired.only_b) == (
        ASKED,
        0,
        0,
    )


def test_full_texts_are_not_taken_for_letters(written: Path) -> None:
    letters, texts = (
        read_samples(file_of(written, task)).spec for task in ("krx_mcqa", "krx_mcqa_text")
    )
    assert letters.question_set_hash == texts.question_set_hash
    assert letters.prompt_format == "native/mcqa/v1"
    assert texts.prompt_format == "lm_eval/krx_mcqa_text/v1.0"


def test_the_same_file_is_the_same_run(written: Path, tmp_path: Path) -> None:
    file = file_of(written, "krx_mcqa")
    with Store(tmp_path / "store.sqlite") as store:
        assert store.import_run(*read_samples(file)) == store.import_run(*read_samples(file))


def test_the_variant_can_be_told(written: Path) -> None:
    file = file_of(written, "krx_mcqa")
    assert read_samples(file, variant="vanilla").spec.variant == "vanilla"


def test_a_path_means_the_sample_files_of_its_evaluation(written: Path, tmp_path: Path) -> None:
    (results,) = written.glob("results_*.json")
    assert len(sample_files(written)) == len(sample_files(results)) == 4
    with pytest.raises(
        InputError, match=r"means 4 sample files, the first .*samples_column_questions_"
    ):
        read_samples(written)
    with pytest.raises(InputError, match="run lm_eval with --log_samples and --output_path"):
        sample_files(tmp_path)
    with pytest.raises(InputError, match="there is no file or folder"):
        sample_files(tmp_path / "nowhere")


# ── upstream's other ways to write a question ────────────────────────────────────────────────

UPSTREAM: list[tuple[dict[str, Any], list[str], str, tuple[str, ...]]] = [
    # CLIcK: the options' texts in a list, letters scored.
    (
        {"id": "c1", "question": "수도는?", "paragraph": "", "choices": ["서울", "부산"]},
        [" A", " B"],
        "수도는?",
        ("서울", "부산"),
    ),
    # HAE-RAE: the options stand in the query.
    (
        {"query": "수도는?\n(A) 서울 (B) 부산"},
        [" (A)", " (B)"],
        "수도는?\n(A) 서울 (B) 부산",
        ("(A)", "(B)"),
    ),
    # A published question with the same option twice is asked, and counts.
    (
        {"question": "수도는?", "A": "서울", "B": "서울", "answer": 1},
        [" A", " B"],
        "수도는?\nA. 서울\nB. 서울",
        ("A", "B"),
    ),
]


@pytest.mark.parametrize(("doc", "scored", "question", "options"), UPSTREAM)
def test_a_question_is_read_as_its_data_set_writes_it(
    written: Path,
    tmp_path: Path,
    doc: dict[str, Any],
    scored: list[str],
    question: str,
    options: tuple[str, ...],
) -> None:
    folder = shutil.copytree(written, tmp_path / "copy")
    rewrite(folder, [line_of(doc, scored)])
    (found,) = read_samples(file_of(folder, "column_questions")).question_set.questions
    assert (found.question, found.options, found.answer) == (question, options, "A")


def line_of(doc: dict[str, Any], scored: list[str]) -> dict[str, Any]:
    """A line on which the first option is right and most likely."""
    responses = [[f"{-1.0 - n}", "False"] for n in range(len(scored))]
    return {
        "doc_id": 0,
        "doc": doc,
        "target": "0",
        "arguments": {
            f"gen_args_{n}": {"arg_0": "?", "arg_1": option} for n, option in enumerate(scored)
        },
        "resps": [[response] for response in responses],
        "filtered_resps": responses,
        "filter": "none",
        "metrics": ["acc"],
        "acc": 1.0,
    }


def rewrite(folder: Path, lines: list[dict[str, Any]], task: str = "column_questions") -> None:
    """Put these lines into a task's file, and all that lm_eval computes of them beside it."""
    for line in lines:
        line["doc_hash"] = hash_string(json.dumps(line["doc"], indent=2, ensure_ascii=False))
        line["prompt_hash"] = hash_string(line["arguments"]["gen_args_0"]["arg_0"])
        line["target_hash"] = hash_string(line["target"])
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    file_of(folder, task).write_text(text, "utf-8")
    (path,) = folder.glob("results_*.json")
    results = json.loads(path.read_text("utf-8"))
    results["n-samples"][task]["effective"] = len(lines)
    results["results"][task]["acc,none"] = sum(line["acc"] for line in lines) / len(lines)
    results["task_hashes"][task] = hash_string(
        "".join(line["doc_hash"] + line["prompt_hash"] + line["target_hash"] for line in lines)
    )
    path.write_text(json.dumps(results, ensure_ascii=False), "utf-8")


# ── what is refused ──────────────────────────────────────────────────────────────────────────


def edited(place: str, value: Any) -> Callable[[Path], None]:
    """Sets what stands at 'doc.answer' on the file's second line."""

    def edit(folder: Path) -> None:
        file = file_of(folder, "krx_mcqa")
        lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        *path, last = place.split(".")
        inside = lines[1]
        for key in path:
            inside = inside[int(key) if isinstance(inside, list) else key]
        inside[int(last) if isinstance(inside, list) else last] = value
        file.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")

    return edit


def results_edited(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        (path,) = folder.glob("results_*.json")
        results = json.loads(path.read_text("utf-8"))
        change(results)
        path.write_text(json.dumps(results), "utf-8")

    return edit


def lines_edited(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        file = file_of(folder, "krx_mcqa")
        file.write_text("".join(change(file.read_text("utf-8").splitlines(keepends=True))), "utf-8")

    return edit


def renamed(folder: Path) -> None:
    file_of(folder, "krx_mcqa").rename(folder / "samples_krx_mcqa_2.jsonl")


def results_gone(folder: Path) -> None:
    for path in folder.glob("results_*.json"):
        path.unlink()


TOO_LIKELY = [["100.0", "False"]]
REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut after a line": (
        lines_edited(lambda x: x[:-1]),
        "3 lines, but its results count 4.*cut off",
    ),
    "cut within a line": (lines_edited(lambda x: [*x[:-1], x[-1][:99]]), "line 4: not JSON"),
    "empty": (lines_edited(lambda _: []), "there is no answer in it"),
    "a line twice": (
        lines_edited(lambda x: [*x, x[1]]),
        "line 5: doc_id 1 stands on line 2 already",
    ),
    "another order": (
        lines_edited(lambda x: x[::-1]),
        "not those that its results have the hash of",
    ),
    "another question": (edited("doc.question", "?"), "line 2: doc_hash is not that of the doc"),
    "another prompt": (edited("arguments.gen_args_0.arg_0", "?"), "behind different prompts"),
    "another target": (edited("target", "3"), "line 2: target_hash is not that of the target"),
    "another response": (edited("resps.0", TOO_LIKELY), "line 2: filtered_resps are not the resps"),
    "another score": (edited("acc", 0.5), r"line 2: acc is 0\.5, but the responses and the target"),
    "a response less": (edited("resps", []), "line 2: 0 resps, expected one for each of"),
    "no number": (edited("resps.0", [["viel", "False"]]), "line 2: "),
    "another filter": (edited("filter", "strict"), r"several filters \(none, strict\)"),
    "no line of lm_eval": (
        lines_edited(lambda x: [*x[:3], "{}\n"]),
        "line 4: doc_id: field required",
    ),
    "no name of lm_eval": (renamed, "there is no results_2.json beside"),
    "no results": (results_gone, "copy the whole folder that lm_eval wrote"),
    "results of another task": (
        results_edited(lambda r: r["configs"].pop("krx_mcqa")),
        r"knows no task 'krx_mcqa' \(its tasks: column_questions, krx_mcqa, ",
    ),
    "results of no evaluation": (
        results_edited(lambda r: r.clear()),
        "no results file of lm_eval: config",
    ),
    "results without a hash": (
        results_edited(lambda r: r["task_hashes"].clear()),
        "cannot be checked; evaluate with --log_samples",
    ),
    "a kind that has no options": (
        results_edited(
            lambda r: r["configs"]["krx_mcqa"].update(output_type="loglikelihood_rolling")
        ),
        "what can be imported has multiple_choice or generate_until",
    ),
    "another accuracy": (
        results_edited(lambda r: r["results"]["krx_mcqa"].update({"acc,none": 0.99})),
        r"accuracy is 0\.\d+ by its lines, 0\.99 by its results",
    ),
}


@pytest.mark.parametrize(("change", "named"), REFUSED.values(), ids=REFUSED)
def test_what_is_cut_off_foreign_or_changed_is_refused(
    written: Path, tmp_path: Path, change: Callable[[Path], None], named: str
) -> None:
    folder = shutil.copytree(written, tmp_path / "copy")
    change(folder)
    (file,) = folder.glob("samples_krx_mcqa_2*.jsonl")
    with pytest.raises(InputError) as refused:
        read_samples(file)
    assert re.search(named, str(refused.value).replace("\n", " "))


def test_replies_that_were_read_otherwise_are_refused(written: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(written, tmp_path / "copy")
    file = file_of(folder, "krx_mcqa_gen")
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    lines[0]["acc"] = 1.0 - lines[0]["acc"]
    rewrite(folder, lines, "krx_mcqa_gen")
    with pytest.raises(SampleFileError, match=r"line 1: acc is .*, but the answer is "):
        read_samples(file)


def test_replies_that_were_cut_at_stop_strings_are_refused(written: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(written, tmp_path / "copy")
    results_edited(lambda r: r["configs"]["krx_mcqa_gen"]["generation_kwargs"].update(until=["."]))(
        folder
    )
    with pytest.raises(InputError, match="evaluate without stop strings"):
        read_samples(file_of(folder, "krx_mcqa_gen"))


# ── mutations ────────────────────────────────────────────────────────────────────────────────

SIMPLE_VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "0", "A", "nan", "-inf", "1e999", "\ud800", "9" * 5000])
    | st.text(max_size=8)
)
JSON_VALUES = (
    SIMPLE_VALUES
    | st.lists(SIMPLE_VALUES, max_size=3)
    | st.dictionaries(st.text(max_size=4), SIMPLE_VALUES, max_size=3)
)


@st.composite
def mutations(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """One change of a file: of its bytes, of its lines, or of a value in one of them."""
    kind = draw(st.sampled_from(["bytes", "lines", "value"]))
    seed = draw(st.integers(0, 2**32))
    if kind == "bytes":
        new, cut = draw(st.binary(max_size=4)), draw(st.integers(0, 3))
        return lambda data: _spliced(data, seed % (len(data) + 1), cut, new)
    if kind == "lines":
        order = draw(st.sampled_from(["drop", "double", "swap", "blank", "halve"]))
        return lambda data: _reordered(data, seed, order)
    value, remove = draw(JSON_VALUES), draw(st.booleans())
    return lambda data: _with_value(data, seed, value, remove)


def _spliced(data: bytes, at: int, cut: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + cut :]


def _reordered(data: bytes, seed: int, order: str) -> bytes:
    lines = data.splitlines(keepends=True)
    at = seed % len(lines)
    changed = {
        "drop": [],
        "double": [lines[at]] * 2,
        "swap": [lines[-1]],
        "blank": [b"\n", lines[at]],
        "halve": [lines[at][: len(lines[at]) // 2]],
    }
    return b"".join([*lines[:at], *changed[order], *lines[at + 1 :]])


def _with_value(data: bytes, seed: int, value: Any, remove: bool) -> bytes:
    """Replace or remove one value of the JSON that the data, or one of its lines, is."""
    try:
        parts, whole = [json.loads(data)], True
    except ValueError:
        parts, whole = [json.loads(line) for line in data.splitlines()], False
    places = list(_places(parts))
    inside, key = places[seed % len(places)]
    if remove and isinstance(inside, dict):
        del inside[key]
    else:
        inside[key] = value
    texts = [json.dumps(part) for part in parts]
    return (texts[0] if whole else "\n".join(texts)).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(pairs):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _places(inner)


def _repaired(folder: Path, task: str) -> None:
    """Make the hashes of changed lines right again, as a careful forger would, where one can."""
    try:
        text = file_of(folder, task).read_text("utf-8")
        rewrite(folder, [json.loads(line) for line in text.splitlines()], task)
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return


def check_mutation(
    written: Path, task: str, on_results: bool, change: Callable[[bytes], bytes], repair: bool
) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = shutil.copytree(written, Path(scratch) / "copy")
        (results,) = folder.glob("results_*.json")
        changed = results if on_results else file_of(folder, task)
        changed.write_bytes(change(changed.read_bytes()))
        if repair and not on_results:
            _repaired(folder, task)
        try:
            imported = read_samples(file_of(folder, task))
        except WorkbenchError:
            return
        check_run(imported)
        with Store(Path(scratch) / "store.sqlite") as store:
            assert store.import_run(*imported).status == "finished"


def check_run(imported: ImportedRun) -> None:
    """A run whose parts agree with each other."""
    spec, answers, question_set = imported
    assert spec.question_set_hash == question_set.hash
    assert spec.n_questions == len(answers) == len(question_set.questions)
    for answer, question in zip(answers, question_set.questions, strict=True):
        assert (answer.question_hash, answer.right) == (question.hash, question.answer)
        if answer.option_logprobs is not None:
            best = max(answer.option_logprobs)
            assert answer.letter == question.letters[answer.option_logprobs.index(best)]


MUTATED = {
    "task": st.sampled_from(["column_questions", "krx_mcqa", "krx_mcqa_gen"]),
    "on_results": st.booleans(),
    "change": mutations(),
    "repair": st.booleans(),
}
SLOW_IS_FINE = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=200, derandomize=True, **SLOW_IS_FINE)
@given(**MUTATED)
def test_whatever_is_changed_a_run_is_right_or_refused(written: Path, **mutated: Any) -> None:
    check_mutation(written, **mutated)


@pytest.mark.torture
@settings(max_examples=5000, **SLOW_IS_FINE)
@given(**MUTATED)
def test_whatever_is_changed_a_run_is_right_or_refused_at_length(
    written: Path, **mutated: Any
) -> None:
    check_mutation(written, **mutated)
