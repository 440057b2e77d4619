"""What a reader must know before believing the verdict."""

from __future__ import annotations

from collections.abc import Iterator

from workbench import numerals
from workbench.compare import Comparison
from workbench.report.phrases import Phrase, say, say_if_known
from workbench.report.sides import Side

FEW_CLUSTERS = 20  # under which a percentile bootstrap is noticeably too narrow


def caveats(comparison: Comparison, a: Side, b: Side, primary: bool) -> Iterator[Phrase]:
    """From the gravest to the slightest."""
    paired = comparison.paired
    if a.demo or b.demo:
        yield say("caveats.demo")
    if not primary:
        yield say("caveats.secondary")
    for each in comparison.varied:
        yield say("caveats.varied", field=field_name(each.field), a=each.a, b=each.b)
    if paired.excluded:
        yield say("caveats.excluded", n=numerals.count(paired.excluded))
    if paired.clusters < paired.n:
        n, clusters = numerals.count(paired.n), numerals.count(paired.clusters)
        yield say("caveats.clusters", n=n, clusters=clusters)
    if 1 < paired.clusters < FEW_CLUSTERS:
        yield say("caveats.few_clusters", clusters=numerals.count(paired.clusters))
    unparsed = [sum(side.analysis.unparsed.values()) for side in (a, b)]
    if any(unparsed):
        yield _of_both("caveats.unparsed", a, b, *unparsed)
    truncated = [side.analysis.truncated for side in (a, b)]
    if any(truncated):
        yield _of_both("caveats.truncated", a, b, *truncated)
    for each in comparison.caveats:
        yield say("caveats.field", field=field_name(each.field), a=each.a, b=each.b)


def field_name(field: str) -> Phrase | str:
    """Versions of packages are named as they are: 'packages.torch'."""
    return say_if_known(f"field.{field}", field)


def _of_both(key: str, a: Side, b: Side, n_a: int, n_b: int) -> Phrase:
    return say(key, a=a.name, b=b.name, n_a=numerals.count(n_a), n_b=numerals.count(n_b))
