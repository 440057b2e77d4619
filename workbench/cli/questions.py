"""`questions`: sets drawn anew, shown, checked, or made from a glossary."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workbench import numerals
from workbench.cli.text import (
    add_json_flag,
    add_output_flag,
    positive,
    print_json,
    table,
)
from workbench.errors import InputError, QuestionFileError
from workbench.questions import dump_questions, glossary, glossary_file, load_questions
from workbench.questions.dump import json_line
from workbench.schema import Question, QuestionSet

FRESH_QUESTIONS = 200  # as many as the draw that is bundled
SHOWN_STEM = 40  # characters of a stem in a listing


def add_command(commands: Any) -> None:
    parser = commands.add_parser("questions", help="draw, show, check or make a set of questions")
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="ACTION", help="one of the following"
    )
    _add_fresh(actions)
    _add_show(actions)
    _add_check(actions)
    _add_from_glossary(actions)


def _add_fresh(actions: Any) -> None:
    parser = actions.add_parser(
        "fresh", help="draw questions that no model has read: parametric families and a seed"
    )
    parser.set_defaults(run=run_fresh)
    parser.add_argument(
        "--seed", type=int, required=True, metavar="N", help="the same seed, the same questions"
    )
    parser.add_argument(
        "-n",
        type=positive,
        default=FRESH_QUESTIONS,
        metavar="N",
        help="how many; a smaller draw begins a larger one (default: %(default)s)",
    )
    add_output_flag(parser)


def _add_show(actions: Any) -> None:
    parser = actions.add_parser("show", help="list a set, or print one of its questions in full")
    parser.set_defaults(run=run_show)
    _add_set(parser)
    parser.add_argument("--id", metavar="ID", help="the one question to print")
    add_json_flag(parser)


def _add_check(actions: Any) -> None:
    parser = actions.add_parser(
        "check", help="every fault of a question file by line, or what it is made of"
    )
    parser.set_defaults(run=run_check)
    _add_set(parser)
    add_json_flag(parser)


def _add_from_glossary(actions: Any) -> None:
    parser = actions.add_parser(
        "from-glossary", help="questions on the terms of a glossary and what they mean"
    )
    parser.set_defaults(run=run_from_glossary)
    parser.add_argument(
        "glossary", type=Path, metavar="FILE", help=f"one of {', '.join(glossary_file.SUFFIXES)}"
    )
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="FILE", help="the question file to write"
    )
    for column in ("term", "contents", "category"):
        parser.add_argument(
            f"--{column}",
            metavar="COLUMN",
            help=f"column that holds the {column} (default: found by its name)",
        )
    parser.add_argument(
        "--ask",
        choices=[*glossary.ASKS, "both"],
        default="both",
        help="ask for the term, for its definition, or for both in turn (default: %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="draws options (default: %(default)s)"
    )
    parser.add_argument(
        "--licence", default="", metavar="TEXT", help="of the glossary; kept with every question"
    )


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "questions", metavar="SET", help="a bundled set, a file or a Hub data set id"
    )
    parser.add_argument("--revision", metavar="REV", help="Hub revision of SET")


# ── fresh ────────────────────────────────────────────────────────────────────────────────────


def run_fresh(args: argparse.Namespace) -> None:
    # All families and what they compute with; the other commands need none of it.
    from workbench.questions.fresh import fresh_questions

    question_set = fresh_questions(args.seed, args.n)
    _write_questions(question_set.questions, args.output)
    print(question_set.origin, file=sys.stderr)


def _write_questions(questions: Iterable[Question], output: Path | None) -> None:
    """To a file, whole or not at all, or to stdout where none is named."""
    if output is None:
        sys.stdout.writelines(map(json_line, questions))
    else:
        dump_questions(questions, output)


# ── from-glossary ────────────────────────────────────────────────────────────────────────────


def run_from_glossary(args: argparse.Namespace) -> None:
    columns = glossary_file.Columns(args.term, args.contents, args.category)
    made = glossary.glossary_questions(
        glossary_file.read_glossary(args.glossary, columns),
        args.out.stem,
        seed=args.seed,
        asks=glossary.ASKS if args.ask == "both" else (args.ask,),
        source=args.glossary.name,
        licence=args.licence,
    )
    if made.questions:
        dump_questions(made.questions, args.out)
    print(render_glossary(made))
    if not made.questions:
        raise InputError(
            f"'{args.glossary}' makes no question; what was dropped and why stands above"
        )


def render_glossary(made: glossary.GlossaryQuestions) -> str:
    dropped = sum(made.dropped.values())
    lines = [
        ("entries read", str(made.read)),
        ("questions made", str(len(made.questions))),
        ("definitions in which the term was masked", str(made.masked)),
        ("entries dropped", str(dropped)),
        *((f"  {reason}", str(made.dropped[reason])) for reason in sorted(made.dropped)),
    ]
    return table(lines)


# ── show ─────────────────────────────────────────────────────────────────────────────────────


def run_show(args: argparse.Namespace) -> None:
    question_set = load_questions(args.questions, revision=args.revision)
    if args.id is not None:
        question = _question(question_set, args.id)
        print(question.model_dump_json(indent=2) if args.json else render_question(question))
    elif args.json:
        print_json([question.model_dump(mode="json") for question in question_set.questions])
    else:
        print(render_listing(question_set))


def _question(question_set: QuestionSet, wanted: str) -> Question:
    """Raises InputError, with the ids that are nearest, for one that is not in the set."""
    by_id = {question.id: question for question in question_set.questions}
    if wanted not in by_id:
        near = ", ".join(f"'{id}'" for id in difflib.get_close_matches(wanted, by_id))
        raise InputError(
            f"'{question_set.name}' has no question '{wanted}'{f'; near: {near}' if near else ''}; "
            f"without --id all {len(by_id)} are listed"
        )
    return by_id[wanted]


def render_question(question: Question) -> str:
    """The whole question, right answer and reasoning included."""
    facts = {
        "category": question.category,
        "area": question.area,
        "difficulty": question.difficulty,
        "as of": question.as_of,
        "made from": question.reference_id,
        "source": question.source,
        "licence": question.licence,
        "hash": question.hash,
    }
    parts = [
        question.id,
        question.reference,
        question.question,
        "\n".join(question.lettered_options),
        f"answer: {question.answer}",
        question.reasoning,
        "\n".join(f"{name}: {value}" for name, value in facts.items() if value),
    ]
    return "\n\n".join(filter(None, parts))


def render_listing(question_set: QuestionSet) -> str:
    head = ("id", "options", "answer", "category", "area", "difficulty", "question")
    return table([head, *map(_columns, question_set.questions)])


def _columns(question: Question) -> tuple[str, ...]:
    stem = " ".join(question.question.split())
    return (
        question.id,
        str(len(question.options)),
        question.answer,
        question.category,
        question.area,
        question.difficulty or "",
        stem if len(stem) <= SHOWN_STEM else f"{stem[: SHOWN_STEM - 1]}…",
    )


# ── check ────────────────────────────────────────────────────────────────────────────────────


def run_check(args: argparse.Namespace) -> None:
    """Faults are the result here, and all of them are told; elsewhere the first twenty are."""
    try:
        question_set = load_questions(args.questions, revision=args.revision)
    except QuestionFileError as error:
        if args.json:
            found = [{"line": fault.line, "message": fault.message} for fault in error.faults]
            print_json({"faults": found})
        else:
            print("\n".join(map(str, error.faults)))
        count = len(error.faults)
        told = "1 fault; mend it" if count == 1 else f"{count} faults; mend them"
        raise InputError(f"'{error.path}' has {told} and check again") from error
    if args.json:
        print_json({"faults": [], **_composition(question_set)})
    else:
        print(render_composition(question_set))


def _composition(question_set: QuestionSet) -> dict[str, Any]:
    """What a set is made of; `answers` counts right letters by number of options."""
    questions = question_set.questions
    sizes = sorted({len(question.options) for question in questions})
    right = Counter((len(question.options), question.answer) for question in questions)
    return {
        "name": question_set.name,
        "hash": question_set.hash,
        "questions": len(questions),
        "clusters": len({question.cluster for question in questions}),
        "chance": question_set.chance,
        "answers": {
            size: {letter: right[size, letter] for letter in _letters(questions, size)}
            for size in sizes
        },
        "categories": _counted(question.category for question in questions),
        "areas": _counted(question.area for question in questions),
        "difficulties": _counted(question.difficulty or "" for question in questions),
    }


def _letters(questions: Sequence[Question], size: int) -> tuple[str, ...]:
    return next(question.letters for question in questions if len(question.options) == size)


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(filter(None, names)).items()))


def render_composition(question_set: QuestionSet) -> str:
    found = _composition(question_set)
    lines = [
        f"{found['name']}: {found['questions']} questions without a fault, "
        f"{found['clusters']} clusters, chance {numerals.percent(found['chance'])}",
        f"hash {found['hash']}",
        "",
        _letter_table(found["answers"]),
    ]
    for kind in ("categories", "areas", "difficulties"):
        if found[kind]:
            listed = ", ".join(f"{name} {count}" for name, count in found[kind].items())
            lines += ["", f"{kind}: {listed}"]
    return "\n".join(lines)


def _letter_table(answers: dict[int, dict[str, int]]) -> str:
    """A line for each number of options, a column for each letter; '–' where it is not offered."""
    letters = tuple(answers[max(answers)])
    lines = [
        (str(size), str(sum(right.values())), *(str(right.get(letter, "–")) for letter in letters))
        for size, right in answers.items()
    ]
    return table([("options", "questions", *(f"{x} right" for x in letters)), *lines])
