"""Open answers of the two sides of a pair, compared by a model: any engine may be the judge.

Judges prefer what stands first, so each pair of answers is shown in both orders, and only a verdict
that survives the swap counts: where the two differ, the pair is a tie. What a judge did not say
clearly is no vote, and is counted.
"""

from workbench.judge.judging import run_judging
from workbench.judge.plan import JudgingSpec, plan_judging
from workbench.judge.summary import Agreement, JudgeSummary

__all__ = ["Agreement", "JudgeSummary", "JudgingSpec", "plan_judging", "run_judging"]
