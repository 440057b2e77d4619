"""A comparison as one HTML file that needs nothing else: no network, no script, no other file.

Korean and English are both in it, and a switch that works by style alone shows one of them.
The template escapes whatever comes from data, and the page forbids itself every script and fetch,
so that not even a question written for the purpose can do more than be read.

The same comparison gives the same bytes: nothing of the machine or the moment is in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from workbench.compare import Comparison, compare_runs
from workbench.config import load_presets
from workbench.evaluate import is_primary
from workbench.languages import Language
from workbench.matrix import Matrix, comparison_matrix
from workbench.report.caveats import caveats
from workbench.report.charts import difference_axis
from workbench.report.phrases import Phrase, say
from workbench.report.question_lists import question_lists
from workbench.report.reproduction import report_command, reproduction
from workbench.report.sides import Side, sides
from workbench.report.tables import field_rows, group_tables, property_rows
from workbench.report.templates import environment
from workbench.report.ways import standing, ways
from workbench.schema import Answer, QuestionSet
from workbench.store import Store

if TYPE_CHECKING:
    from jinja2 import Template


def report_runs(
    store: Store,
    run_a: str,
    run_b: str,
    *,
    varying: Sequence[str] = (),
    language: Language = "ko",
) -> str:
    """The report of two runs of the store; refuses what `compare_runs` refuses."""
    comparison = compare_runs(store, run_a, run_b, varying=varying)
    question_set = store.questions(comparison.question_set_hash)
    answers = (store.answers(run_a), store.answers(run_b))
    matrix = comparison_matrix(store, run_a, run_b)
    return render_report(comparison, question_set, answers, matrix, language=language)


def render_report(
    comparison: Comparison,
    question_set: QuestionSet,
    answers: tuple[Sequence[Answer], Sequence[Answer]],
    matrix: Matrix,
    *,
    language: Language = "ko",
) -> str:
    """The page as HTML; `language` is the one it opens in.

    `answers` are those of side a and of side b that were compared, in question order; `matrix` is
    that of the two runs.
    """
    a, b = sides(comparison)
    presets = load_presets()
    primary = is_primary(a.spec, presets) and is_primary(b.spec, presets)
    return _template().render(
        language=language,
        title=say("page.title", a=a.name, b=b.name).text(language),
        comparison=comparison,
        paired=comparison.paired,
        a=a,
        b=b,
        demo=a.demo or b.demo,
        primary=primary,
        headline=headline(comparison, a, b),
        standing=tuple(standing(matrix, a, b)),
        ways=ways(matrix, a, b),
        axis=difference_axis([comparison.paired], comparison.paired.detectable or 0.0),
        fields=field_rows(a, b),
        group_tables=group_tables(comparison),
        properties=property_rows(a, b),
        caveats=tuple(caveats(comparison, a, b, primary)),
        lists=question_lists(comparison, question_set, (a, b), answers),
        reproductions=[reproduction(side, question_set, presets) for side in (a, b)],
        report_command=report_command(comparison),
    )


def headline(comparison: Comparison, a: Side, b: Side) -> Phrase:
    """The verdict in one sentence, which the report and the screen share."""
    if not comparison.paired.n:
        return say("verdict.no_common")
    match comparison.verdict:
        case "a better":
            return say("verdict.better", better=a.name, worse=b.name)
        case "b better":
            return say("verdict.better", better=b.name, worse=a.name)
        case "no difference seen":
            return say("verdict.none_seen", a=a.name, b=b.name)


@cache
def _template() -> Template:
    return environment().get_template("page.html")
