"""The two sides of a comparison by name and colour: vanilla slate and ◇, tuned blue and ◆."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis import RunAnalysis
from workbench.compare import Comparison
from workbench.report.phrases import Phrase, say
from workbench.schema import EngineInfo, RunSpec, Variant


@dataclass(frozen=True)
class Side:
    """One of the two runs as it is spoken of everywhere in the report."""

    letter: str
    name: Phrase
    analysis: RunAnalysis

    @property
    def spec(self) -> RunSpec:
        return self.analysis.run.spec

    @property
    def tone(self) -> Variant:
        """The class that colours it."""
        return self.spec.variant

    @property
    def demo(self) -> bool:
        return self.spec.engine.demo


def sides(comparison: Comparison) -> tuple[Side, Side]:
    analyses = (comparison.a, comparison.b)
    specs = [analysis.run.spec for analysis in analyses]
    same_variant = specs[0].variant == specs[1].variant
    same_model = len({_model(spec.engine) for spec in specs}) == 1
    a, b = (
        Side(letter, _name(letter, analysis.run.spec, same_variant, same_model), analysis)
        for letter, analysis in zip("AB", analyses, strict=True)
    )
    return a, b


def _name(letter: str, spec: RunSpec, same_variant: bool, same_model: bool) -> Phrase:
    """As short as tells the sides apart; that one is of the demo pair is always said."""
    name = say(f"variant.{spec.variant}")
    if not same_model and not spec.engine.demo:
        name = say("side.of_model", name=name, model=spec.engine.model)
    if same_variant:
        name = say("side.lettered", letter=letter, name=name)
    return say("side.demo", name=name) if spec.engine.demo else name


def _model(engine: EngineInfo) -> tuple[str, str, str]:
    return engine.model, engine.base, engine.tuned
