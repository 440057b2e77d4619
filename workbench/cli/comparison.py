"""`compare`, `report` and `leaderboard`: what stored runs say about each other."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench import contamination, numerals
from workbench.analysis import Accuracy, RunAnalysis
from workbench.cli.evaluation import DEMO_NOTICE, render_paired
from workbench.cli.text import add_json_flag, table, write_out
from workbench.compare import (
    CONDITION_FIELDS,
    Comparison,
    FieldDifference,
    GroupResult,
    PairedResult,
    Verdict,
    compare_runs,
)
from workbench.contamination.splitting import compare_by_verdict
from workbench.flags import add_store_flag, chosen_store
from workbench.languages import LANGUAGES
from workbench.leaderboard import Board, Entry, Leaderboard, build_leaderboard, leaderboard_csv
from workbench.matrix import Cell, Matrix, comparison_matrix
from workbench.published import PublishedTable
from workbench.schema import RunSpec
from workbench.store import Store


def add_commands(commands: Any) -> None:
    compare = commands.add_parser("compare", help="two runs over the same questions, paired")
    compare.set_defaults(run=run_compare)
    _add_pair(compare)
    compare.add_argument(
        "--contamination",
        type=Path,
        metavar="REPORT",
        help="also compare over clean questions and over the others, as the file says that "
        "`contamination --json` wrote",
    )
    add_json_flag(compare)
    report = commands.add_parser("report", help="the comparison as one HTML file")
    report.set_defaults(run=run_report)
    _add_pair(report)
    report.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="default: report-A-B.html"
    )
    report.add_argument(
        "--lang", choices=LANGUAGES, default="ko", help="language it opens in (default: ko)"
    )
    leaderboard = commands.add_parser(
        "leaderboard", help="all finished runs, ranked by what their differences can bear"
    )
    leaderboard.set_defaults(run=run_leaderboard)
    leaderboard.add_argument(
        "--question-set", metavar="HASH", help="hash of one question set (default: all sets)"
    )
    kind = leaderboard.add_mutually_exclusive_group()
    kind.add_argument("--json", action="store_true", help="print one JSON object")
    kind.add_argument("--csv", action="store_true", help="print one row for each entry")
    for parser in (compare, report, leaderboard):
        add_store_flag(parser)


def _add_pair(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="id of a run, as `runs` lists it")
    parser.add_argument("b", metavar="B", help="id of the run that is held against it")
    parser.add_argument(
        "--varying",
        action="append",
        choices=CONDITION_FIELDS,
        default=[],
        metavar="FIELD",
        help="a condition that differs on purpose, because it is what is compared; one of "
        f"{', '.join(CONDITION_FIELDS)}; may be given several times",
    )


class ComparisonWithMatrix(Comparison):
    """What `compare --json` prints; `by_contamination` is empty without --contamination."""

    matrix: Matrix
    by_contamination: dict[contamination.Verdict, PairedResult]


def run_compare(args: argparse.Namespace) -> None:
    with Store(chosen_store(args)) as store:
        comparison = compare_runs(store, args.a, args.b, varying=args.varying)
        matrix = comparison_matrix(store, args.a, args.b)
        by_contamination = _by_contamination(store, args)
    if args.json:
        whole = ComparisonWithMatrix(
            **dict(comparison), matrix=matrix, by_contamination=by_contamination
        )
        print(whole.model_dump_json(indent=2))
        return
    print(render_comparison(comparison, matrix))
    names = _side_names(comparison.a.run.spec, comparison.b.run.spec)
    for verdict, paired in by_contamination.items():
        print(f"{verdict} questions: {render_paired(paired, *names)}")


def _by_contamination(
    store: Store, args: argparse.Namespace
) -> dict[contamination.Verdict, PairedResult]:
    if args.contamination is None:
        return {}
    report = contamination.load_report(args.contamination)
    return compare_by_verdict(report, store.answers(args.a), store.answers(args.b))


def run_report(args: argparse.Namespace) -> None:
    from workbench.report import report_runs

    with Store(chosen_store(args)) as store:
        page = report_runs(store, args.a, args.b, varying=args.varying, language=args.lang)
    output = args.output or Path(f"report-{args.a}-{args.b}.html")
    write_out(page, output)
    print(output)


def run_leaderboard(args: argparse.Namespace) -> None:
    with Store(chosen_store(args)) as store:
        leaderboard = build_leaderboard(store, question_set_hash=args.question_set)
    if args.csv:
        sys.stdout.write(leaderboard_csv(leaderboard))
        if leaderboard.notice:
            print(leaderboard.notice, file=sys.stderr)
    else:
        text = (
            leaderboard.model_dump_json(indent=2) if args.json else render_leaderboard(leaderboard)
        )
        print(text)


# ── a comparison as text ─────────────────────────────────────────────────────────────────────


def render_comparison(comparison: Comparison, matrix: Matrix) -> str:
    a, b = _side_names(comparison.a.run.spec, comparison.b.run.spec)
    paired = comparison.paired
    lines = [
        f"questions {comparison.question_set} ({paired.n} compared)",
        *_demo_notice(comparison.a.run.spec, comparison.b.run.spec),
        "",
        _sides(((a, comparison.a), (b, comparison.b))),
        "",
        render_paired(paired, a, b),
        *_reach(paired),
        f"{_said(comparison.verdict, a, b)} (at the 5% level)",
        *_standing(matrix, a, b),
    ]
    for kind, groups in (("category", comparison.by_category), ("area", comparison.by_area)):
        if len(groups) > 1:
            lines += ["", _groups(kind, groups)]
    lines += _matrix(matrix, a, b)
    lines += _differences("compared on purpose", comparison.varied)
    lines += _differences("differs as well, and could matter", comparison.caveats)
    return "\n".join(lines)


def _side_names(a: RunSpec, b: RunSpec) -> tuple[str, str]:
    """The variants where they tell the sides apart, else with the model, else A and B."""
    for names in (
        (a.variant, b.variant),
        (f"{a.engine.model}/{a.variant}", f"{b.engine.model}/{b.variant}"),
    ):
        if names[0] != names[1]:
            return names
    return "A", "B"


def _demo_notice(*specs: RunSpec) -> list[str]:
    return [f"demo pair: {DEMO_NOTICE}"] if any(spec.engine.demo for spec in specs) else []


def _sides(sides: Sequence[tuple[str, RunAnalysis]]) -> str:
    head = (
        *("side", "run", "model", "prompt", "accuracy", "95% interval", "n", "chance"),
        *("above chance", "unparsed", "truncated", "failed"),
    )
    return table([head, *(_side(name, analysis) for name, analysis in sides)])


def _side(name: str, analysis: RunAnalysis) -> tuple[str, ...]:
    spec, accuracy = analysis.run.spec, analysis.accuracy
    return (
        name,
        analysis.run.id,
        spec.engine.model,
        spec.prompt_style,
        *_accuracy(accuracy),
        str(accuracy.n),
        "–" if accuracy.chance is None else numerals.percent(accuracy.chance),
        "–" if accuracy.adjusted is None else numerals.percent(accuracy.adjusted),
        str(sum(analysis.unparsed.values())),
        str(analysis.truncated),
        str(analysis.failed),
    )


def _accuracy(accuracy: Accuracy) -> tuple[str, str]:
    return (
        "–" if accuracy.share is None else numerals.percent(accuracy.share),
        "–" if accuracy.interval is None else numerals.percent_interval(accuracy.interval),
    )


def _reach(paired: PairedResult) -> list[str]:
    interval = paired.clustered_interval
    lines = (
        [] if interval is None else [f"95% interval {numerals.points_interval(interval)} points"]
    )
    if paired.detectable is None:
        return [*lines, "so few questions cannot show any difference reliably"]
    size = numerals.size_in_points(paired.detectable)
    return [*lines, f"a true difference below {size} points would often go unseen (power 0.8)"]


def _said(verdict: Verdict, a: str, b: str) -> str:
    match verdict:
        case "a better":
            return f"{a} is better"
        case "b better":
            return f"{b} is better"
        case "no difference seen":
            return "no difference seen"


def _groups(kind: str, groups: dict[str, GroupResult]) -> str:
    head = (kind, "n", "difference", "95% interval", "p (Holm)", "verdict")
    return table([head, *(_group(name, group) for name, group in groups.items())])


def _group(name: str, group: GroupResult) -> tuple[str, ...]:
    paired = group.paired
    interval = paired.clustered_interval
    return (
        name or "–",
        str(paired.n),
        "–" if paired.difference is None else numerals.points(paired.difference),
        "–" if interval is None else numerals.points_interval(interval),
        _bare_p(group.holm_p),
        group.verdict,
    )


def _bare_p(p: float) -> str:
    """For a column that is called p: '0.043', '< 0.001'."""
    return numerals.p_value(p).removeprefix("p = ").removeprefix("p ")


# ── all ways of asking ───────────────────────────────────────────────────────────────────────


def _standing(matrix: Matrix, a: str, b: str) -> list[str]:
    """How the verdict stands to the primary result, and that to all other ways of asking."""
    primary = matrix.primary
    if not matrix.cells:
        return []
    if primary is None:
        return ["a secondary result; the store has no primary one, `eval --prompt own` makes it"]
    if primary.current:
        lines = ["this is the primary result"]
    else:
        said = _said(primary.verdict, a, b)
        lines = [f"a secondary result; the primary one ({_way(primary)}): {said}"]
    others = len(matrix.others)
    none_seen = primary.verdict == "no difference seen"
    doubts = [
        (matrix.others_that_are("opposite"), "say the opposite"),
        (matrix.others_that_are("undecided"), f"see {'a' if none_seen else 'no'} difference"),
    ]
    lines += [
        f"of {others} other ways of asking, {len(cells)} {what}: {'; '.join(map(_way, cells))}"
        for cells, what in doubts
        if cells
    ]
    if others and len(matrix.others_that_are("same")) == others:
        lines.append(f"other ways of asking that say the same: all {others}")
    return lines


def _matrix(matrix: Matrix, a: str, b: str) -> list[str]:
    if len(matrix.cells) + len(matrix.left_out) < 2:
        return []
    head = ("way of asking", a, b, "n", "difference", "95% interval", "p", "verdict", "runs")
    cells = [_cell(cell, a, b) for cell in matrix.cells]
    return [
        "",
        table([head, *cells]),
        "p is Holm-adjusted over all ways but the primary one (*)",
        *(f"left out: {reason}" for reason in matrix.left_out),
    ]


def _cell(cell: Cell, a: str, b: str) -> tuple[str, ...]:
    paired, interval = cell.paired, cell.paired.clustered_interval
    return (
        f"{_way(cell)}{' *' if cell.primary else ''}",
        _accuracy(cell.accuracy_a)[0],
        _accuracy(cell.accuracy_b)[0],
        str(paired.n),
        "–" if paired.difference is None else numerals.points(paired.difference),
        "–" if interval is None else numerals.points_interval(interval),
        _bare_p(cell.p),
        _said(cell.verdict, a, b),
        f"{cell.a.id} {cell.b.id}",
    )


def _way(cell: Cell) -> str:
    """'generate, chat/native, 5 shots'; prompts that are not ours by the name of their format."""
    shots = cell.a.spec.shots
    return ", ".join(
        [
            cell.a.spec.method,
            "/".join(cell.styles),
            *([f"{shots} shots"] if shots else []),
            *([cell.foreign_format] if cell.foreign_format else []),
            *([f"temperature {cell.temperature}"] if cell.temperature else []),
        ]
    )


def _differences(title: str, differences: Sequence[FieldDifference]) -> list[str]:
    if not differences:
        return []
    return ["", f"{title}:", *(f"  {each.field}: {each.a} | {each.b}" for each in differences)]


# ── a leaderboard as text ────────────────────────────────────────────────────────────────────


def render_leaderboard(leaderboard: Leaderboard) -> str:
    parts = [leaderboard.notice] if leaderboard.notice else []
    parts += map(_board, leaderboard.boards)
    if leaderboard.left_out:
        left_out = "\n".join(f"  {each.run.id}: {each.reason}" for each in leaderboard.left_out)
        parts.append(f"on no board:\n{left_out}")
    if leaderboard.published:
        parts.append("published by others; no test can pair these with the runs above")
        parts += map(_published, leaderboard.published)
    return "\n\n".join(parts)


def _board(board: Board) -> str:
    conditions = board.conditions
    kind = "the primary result" if board.primary else "a secondary result"
    style = conditions.prompt_style or "each in its own style"
    shots = board.entries[0].run.spec.shots  # part of the prompt, so the same in every entry
    asked = f"{style}, {shots} shots" if shots else style
    demo = " · demo pair" if any(entry.run.spec.engine.demo for entry in board.entries) else ""
    head = (
        *("rank", "model", "variant", "accuracy", "95% interval", "n", "above chance"),
        *("unparsed", "failed", "dtype", "adapter", "run", "UTC"),
    )
    title = f"{board.question_set} · {conditions.method} · {asked} · {kind}{demo}"
    return f"{title}\n{table([head, *map(_entry, board.entries)])}"


def _entry(entry: Entry) -> tuple[str, ...]:
    spec, accuracy = entry.run.spec, entry.accuracy
    return (
        "–" if entry.rank is None else str(entry.rank),
        spec.engine.model,
        spec.variant,
        *_accuracy(accuracy),
        str(accuracy.n),
        "–" if accuracy.adjusted is None else numerals.percent(accuracy.adjusted),
        str(sum(entry.unparsed.values())),
        str(entry.failed),
        spec.engine.dtype,
        spec.engine.tuned_hash[:8] or "–",
        entry.run.id,
        f"{entry.run.created:%Y-%m-%d}",
    )


def _published(published: PublishedTable) -> str:
    subjects = published.subjects
    unit = "%" if published.unit == "percent" else "share"
    lines = [
        (model, *(scores.get(subject, "–") for subject in subjects))
        for model, scores in published.scores.items()
    ]
    title = f"{published.title['en']} ({unit}; {published.conditions['en']}; {published.source})"
    return f"{title}\n{table([('model', *subjects), *lines])}"
