"""A comparison as HTML, of the same pieces as the report; templates escape whatever data says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench import numerals
from workbench.compare import Comparison, FieldDifference
from workbench.compared import AskedQuestion, Compared, page_count
from workbench.config import load_presets
from workbench.evaluate import is_primary
from workbench.evaluation_jobs import JobStatus, Unfinished
from workbench.languages import Language
from workbench.matrix import Matrix
from workbench.report import headline
from workbench.report.caveats import caveats, field_name
from workbench.report.charts import difference_axis
from workbench.report.phrases import Phrase, say
from workbench.report.sides import Side, sides
from workbench.report.tables import field_rows, group_tables
from workbench.report.templates import environment
from workbench.report.ways import standing, ways
from workbench.schema import Run, Variant
from workbench.ui.compare_view import CompareView
from workbench.ui.texts import Texts

if TYPE_CHECKING:
    from jinja2 import Environment

_MINUTE, _HOUR = 60.0, 3600.0


def result(
    comparison: Comparison, view: CompareView, texts: Texts, *, expected_at_chance: bool
) -> str:
    """The verdict, the plot of the difference, the square and both accuracies."""
    a, b = sides(comparison)
    paired = comparison.paired
    return _rendered(
        "compare_result",
        texts,
        view=view,
        comparison=comparison,
        paired=paired,
        a=a,
        b=b,
        primary=_primary(a, b),
        headline=headline(comparison, a, b),
        tone=_winner_tone(comparison, a, b),
        axis=difference_axis([paired], paired.detectable or 0.0),
        expected_at_chance=expected_at_chance,
    )


def beneath(comparison: Comparison, matrix: Matrix, texts: Texts) -> str:
    """All ways of asking, slices, calibration, and what only some will open."""
    a, b = sides(comparison)
    return _rendered(
        "compare_ways",
        texts,
        a=a,
        b=b,
        ways=ways(matrix, a, b),
        standing=tuple(standing(matrix, a, b)),
        group_tables=group_tables(comparison),
        fields=field_rows(a, b),
        caveats=tuple(caveats(comparison, a, b, _primary(a, b))),
    )


def questions(
    compared: Compared, asked: Sequence[AskedQuestion], view: CompareView, texts: Texts
) -> str:
    """One page of the questions of the view's outcome; '' where none is chosen."""
    if view.outcome is None:
        return ""
    a, b = sides(compared.comparison)
    names = {"a": a.name.text(texts.language), "b": b.name.text(texts.language)}
    return _rendered(
        "compare_questions",
        texts,
        view=view,
        a=a,
        b=b,
        title=texts(f"compare_list.{view.outcome}", **names),
        total=len(compared.ordinals[view.outcome]),
        pages=page_count(compared, view.outcome),
        asked=asked,
    )


def refused(
    reason: str, differing: Sequence[FieldDifference], view: CompareView, texts: Texts
) -> str:
    """Why two runs were not compared; `differing` are conditions that could be what is compared."""
    listed = [f"{_text(field_name(each.field), texts)} ({each.a} / {each.b})" for each in differing]
    return _rendered(
        "compare_refused",
        texts,
        view=view,
        reason=reason,
        fields=", ".join(listed),
        names=",".join(each.field for each in differing),
    )


def empty(view: CompareView, texts: Texts, *, pair: bool, expected_at_chance: bool) -> str:
    """What to do first; without a `pair` there is nothing to compare."""
    return _rendered(
        "compare_empty", texts, view=view, pair=pair, expected_at_chance=expected_at_chance
    )


# ── evaluations ──────────────────────────────────────────────────────────────────────────────


def job(status: JobStatus, texts: Texts) -> str:
    """How far an evaluation is, or how it ended."""
    key = "stopping" if status.stopping else status.state
    pace, left = status.per_second, status.seconds_left
    return _rendered(
        "compare_job",
        texts,
        job=status,
        state=texts(f"compare_job.{key}", ahead=numerals.count(status.ahead)),
        pace="" if pace is None else texts("compare_job.rate", rate=numerals.rate(pace)),
        left="" if left is None else texts("compare_job.left", time=time_left(left, texts)),
    )


def left_open(left: Unfinished, texts: Texts) -> str:
    sentence = texts(
        "compare_job.unfinished",
        name=left.question_set.name,
        done=numerals.count(left.done),
        total=numerals.count(left.total),
    )
    return _rendered("compare_sentence", texts, sentence=sentence)


def problem(title: str, reason: str, texts: Texts) -> str:
    """Why an evaluation or a file was refused, where the person is looking."""
    return _rendered("compare_problem", texts, title=title, reason=reason)


def sentence(text: str, texts: Texts) -> str:
    return _rendered("compare_sentence", texts, sentence=text)


def time_left(seconds: float, texts: Texts) -> str:
    """'약 40초', '약 3분': as coarse as a guess should be."""
    if seconds < 1.5 * _MINUTE:
        return texts("compare_job.seconds", n=numerals.whole_seconds(seconds))
    if seconds < 1.5 * _HOUR:
        return texts("compare_job.minutes", n=numerals.whole_minutes(seconds))
    return texts("compare_job.hours", n=numerals.hours(seconds))


# ── names in menus ───────────────────────────────────────────────────────────────────────────


def run_label(run: Run, texts: Texts) -> str:
    """'◆ 튜닝 · 글자의 가능도 비교 · 원문형 · demo-heldout (500) · 2026-11-22 14:03'."""
    spec = run.spec
    parts = [
        _text(say(f"variant.{spec.variant}"), texts),
        spec.engine.model,
        _text(say(f"method.{spec.method}"), texts),
        _text(say(f"style.{spec.prompt_style}"), texts),
        f"{spec.question_set} ({numerals.count(spec.n_questions)})",
        f"{run.finished or run.created:%Y-%m-%d %H:%M}",
    ]
    return " · ".join(parts)


# ── inside ───────────────────────────────────────────────────────────────────────────────────


def _primary(a: Side, b: Side) -> bool:
    presets = load_presets()
    return is_primary(a.spec, presets) and is_primary(b.spec, presets)


def _winner_tone(comparison: Comparison, a: Side, b: Side) -> Variant | Literal[""]:
    """Whose colour the plot takes; '' where no side is better."""
    tones: dict[str, Variant] = {"a better": a.tone, "b better": b.tone}
    return tones.get(comparison.verdict, "")


def _text(phrase: Phrase | str, texts: Texts) -> str:
    return phrase.text(texts.language) if isinstance(phrase, Phrase) else phrase


def _meaning(texts: Texts, key: str) -> str:
    return texts(f"compare_why.{key}")


def _rendered(template: str, texts: Texts, **values: Any) -> str:
    found = _templates(texts.language).get_template(f"{template}.html")
    return found.render(
        texts=texts, language=texts.language, meaning=partial(_meaning, texts), **values
    )


@cache
def _templates(language: Language) -> Environment:
    return environment(Path(__file__).parent / "templates", language=language)
