"""Documentation is executed: what the READMEs show exists and parses, and docstrings are true."""

from __future__ import annotations

import argparse
import doctest
import importlib
import itertools
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pytest

import app
from train import sft
from workbench import cli
from workbench.lm_eval_bridge import command as lm_eval_command

ROOT = Path(__file__).parents[1]
READMES = ("README.md", "README.ko.md")

# Where a path of ours begins; a trailing '*' and the like make it a pattern.
TOP = r"(?:workbench|train|eval_tasks|tests|\.ci)/[^\s]*|(?:app\.py|Makefile|Dockerfile|LICENSE|pyproject\.toml|requirements[\w-]*\.txt|README[\w.]*\.md)"
PATH = re.compile(rf"(?:\./)?({TOP})")
NAME = re.compile(r"[\w./-]+(/|\.\w+)")  # in the tree: a folder, or a file with its ending
PARSERS: dict[str, Callable[[Sequence[str]], object]] = {
    "app.py": app.parse_arguments,
    "workbench": lambda arguments: parse_workbench(arguments),
    "train.sft": lambda arguments: sft._parser().parse_args(arguments),
}
SEPARATORS = {"&&", "||", ";", "|", "&", ">", ">>", "2>"}
WITH_EXAMPLES = [
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")
    for package in ("workbench", "train")
    for path in sorted((ROOT / package).rglob("*.py"))
    if re.search(r"^\s*>>> ", path.read_text("utf-8"), re.MULTILINE)
]


# ── reading Markdown ─────────────────────────────────────────────────────────────────────────


def code_blocks(markdown: str) -> list[str]:
    return re.findall(r"^```[^\n]*\n(.*?)^```", markdown, re.MULTILINE | re.DOTALL)


def quoted(markdown: str) -> list[str]:
    """What stands between backticks within a line, outside code blocks."""
    prose = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`([^`\n]+)`", prose)


def commands(markdown: str) -> Iterator[list[str]]:
    """The commands in the code blocks as words, without comments, prompts and variables.

    Only python and make are taken; '\\' at the end of a line continues it, and '&&', ';', '|' and
    '>' end one command.
    """
    for block in code_blocks(markdown):
        for line in block.replace("\\\n", " ").splitlines():
            if not re.search(r"\b(python3?|make)\b", line):  # output need not be shell words
                continue
            words = shlex.split(line.strip().removeprefix("$ "), comments=True)
            for end, command in itertools.groupby(words, lambda word: word in SEPARATORS):
                program, *arguments = itertools.dropwhile(re.compile(r"\w+=").match, command)
                if not end and re.fullmatch(r"(\S*/)?(python3?|make)", program):
                    yield [program, *arguments]


def paths(markdown: str) -> list[str]:
    """Link targets, and every word in backticks or code blocks that looks like a path of ours."""
    links: list[str] = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", markdown)
    words = [word for text in quoted(markdown) for word in text.split()]
    words += [word for block in code_blocks(markdown) for word in block.split()]
    matches = (PATH.fullmatch(word.strip("\"'(),;:")) for word in words)
    return [*links, *(match[1] for match in matches if match)]


def tree(markdown: str) -> list[str]:
    """The paths of the tree that shows the project.

    Each line begins with one or more names, and a phrase follows; indented names lie in the folder
    that is not indented.
    """
    found: list[str] = []
    for block in code_blocks(markdown):
        if not re.search(r"^workbench/$", block, re.MULTILINE):
            continue
        folder = ""
        for line in block.splitlines():
            names = list(itertools.takewhile(NAME.fullmatch, line.split()))
            if line.startswith(" "):
                found += [folder + name for name in names]
            else:
                folder = "".join(names[:1])
                found += names
    return found


def missing(named: Iterable[str]) -> list[str]:
    return [path for path in named if not any(ROOT.glob(path.rstrip("/")))]


def fault(command: list[str], targets: set[str]) -> str:
    """What is wrong with a command, or ''."""
    match command:
        case [program, *arguments] if Path(program).name == "make":
            goals = [word for word in arguments if not re.match(r"-|\w+=", word)]
            unknown = [goal for goal in goals if goal not in targets]
            return f"make has no target {unknown}" if unknown else ""
        case [program, "-m", module, *arguments] if Path(program).name.startswith("python"):
            if module in PARSERS:
                return parse_fault(PARSERS[module], arguments)
            ours = module.split(".")[0] in ("workbench", "train")
            file = ROOT.joinpath(*module.split(".")).with_suffix(".py")
            return f"there is no module {module}" if ours and not file.is_file() else ""
        case [program, script, *arguments] if Path(program).name.startswith("python"):
            return parse_fault(PARSERS[script], arguments) if script in PARSERS else ""
        case _:
            return ""


def parse_workbench(arguments: Sequence[str]) -> object:
    if arguments[0] == "lm-eval":  # the rest of its flags are lm_eval's
        return lm_eval_command.build_parser().parse_known_args(arguments[1:])
    return cli.build_parser().parse_args(arguments)


def parse_fault(parse: Callable[[Sequence[str]], object], arguments: list[str]) -> str:
    try:
        parse(arguments)
    except SystemExit as stop:  # --help ends with 0
        return f"does not parse: {arguments}" if stop.code else ""
    return ""


def make_targets() -> set[str]:
    return set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def subcommands() -> dict[str, argparse.ArgumentParser]:
    (action,) = (
        action
        for action in cli.build_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(action.choices)


# ── the READMEs ──────────────────────────────────────────────────────────────────────────────


def read(name: str) -> str:
    path = ROOT / name
    if not path.is_file():
        pytest.skip(f"{name} is not written yet")
    return path.read_text("utf-8")


@pytest.mark.parametrize("name", READMES)
def test_every_path_that_a_readme_names_exists(name: str) -> None:
    assert missing(paths(read(name))) == []


@pytest.mark.parametrize("name", READMES)
def test_the_tree_shows_what_there_is(name: str) -> None:
    shown = tree(read(name))
    assert missing(shown) == []
    units = [path for top in ("workbench", "train") for path in (ROOT / top).glob("[a-z]*")]
    there = [path for path in units if path.is_file() or any(path.iterdir())]
    names = [path.relative_to(ROOT).as_posix() for path in there]
    assert [name for name in names if not any(f"{p}/".startswith(f"{name}/") for p in shown)] == []


@pytest.mark.parametrize("name", READMES)
def test_every_command_that_a_readme_shows_parses(name: str) -> None:
    shown = list(commands(read(name)))
    targets = make_targets()
    assert shown
    assert [(command, found) for command in shown if (found := fault(command, targets))] == []


@pytest.mark.parametrize("name", READMES)
def test_every_make_target_that_a_readme_quotes_exists(name: str) -> None:
    targets = make_targets()
    calls = [shlex.split(text) for text in quoted(read(name)) if re.match(r"make [a-z]", text)]
    assert [(call, found) for call in calls if (found := fault(call, targets))] == []


@pytest.mark.parametrize("name", READMES)
def test_a_readme_shows_every_subcommand(name: str) -> None:
    shown = {" ".join(command[1:4]) for command in commands(read(name))}
    assert {n for n in subcommands() if f"-m workbench {n}" not in shown} == set()


def test_both_readmes_show_the_same_commands() -> None:
    english, korean = (list(commands(read(name))) for name in READMES)
    assert korean == english


# ── the command line ─────────────────────────────────────────────────────────────────────────


def test_every_subcommand_and_every_flag_has_help() -> None:
    parser = cli.build_parser()
    helped = parser.format_help()
    for name, subparser in subcommands().items():
        assert re.search(rf"^ +{name}\s+\w", helped, re.MULTILINE), f"'{name}' has no help"
        silent = [action.dest for action in subparser._actions if not action.help]
        assert silent == [], f"flags of '{name}' without help"


# ── docstrings ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_in_docstrings_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted > 0
    assert result.failed == 0


# ── the readers above ────────────────────────────────────────────────────────────────────────

SAMPLE = """
Run `make run`, see `workbench/config.py`, not `workbench/clj.py` or `--model demo`; `tests/` too.

```bash
$ make test ARGS="-q"     # all tests
HF_HUB_OFFLINE=1 python -m workbench eval --model demo \\
    --questions demo-heldout > out.txt && python app.py --prot 80
python3 -m train.nothing --recipe train/recipes/*.yaml
pip install nothing
```

[the page](workbench/ui/), [elsewhere](https://example.org/train/), [here](#top)

```
app.py           opens the page
workbench/
  config.py ui/  the faces
tests/           mirrors the tree
```
"""


def test_commands_are_found_in_code_blocks() -> None:
    assert list(commands(SAMPLE)) == [
        ["make", "test", "ARGS=-q"],
        ["python", "-m", "workbench", "eval", "--model", "demo", "--questions", "demo-heldout"],
        ["python", "app.py", "--prot", "80"],
        ["python3", "-m", "train.nothing", "--recipe", "train/recipes/*.yaml"],
    ]


def test_paths_are_found_in_backticks_and_code_blocks() -> None:
    assert paths(SAMPLE) == [
        "workbench/ui/",
        "workbench/config.py",
        "workbench/clj.py",
        "tests/",
        "app.py",
        "train/recipes/*.yaml",
        "app.py",
        "workbench/",
        "tests/",
    ]
    assert missing(paths(SAMPLE)) == ["workbench/clj.py"]


def test_the_tree_is_read_with_its_folders() -> None:
    assert tree(SAMPLE) == [
        "app.py",
        "workbench/",
        "workbench/config.py",
        "workbench/ui/",
        "tests/",
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("make run CPU=1", ""),
        ("make rum", "make has no target ['rum']"),
        ("python app.py --port 80", ""),
        ("python app.py --prot 80", "does not parse: ['--prot', '80']"),
        ("python -m workbench --help", ""),
        ("python -m workbench evil", "does not parse: ['evil']"),
        ("python -m train.sft --recipe r --machine m --out o", ""),
        ("python -m train.sft --recipe r", "does not parse: ['--recipe', 'r']"),
        ("python -m train.nothing", "there is no module train.nothing"),
        ("python -m pytest -q", ""),
    ],
)
def test_a_command_that_would_fail_is_told(line: str, found: str) -> None:
    assert fault(shlex.split(line), {"run", "test"}) == found
