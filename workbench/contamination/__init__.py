"""Has a model seen the questions? What training files share with a question set, and how much.

A score over questions that stood in the training data measures memory. The verdict on every
question is drawn from its closest training row, so that a comparison can be split into clean
questions and others.
"""

from workbench.contamination.matching import Match, QuestionIndex, Verdict
from workbench.contamination.report import (
    ContaminationReport,
    QuestionVerdict,
    find_contamination,
    load_report,
)
from workbench.contamination.rows import TrainingRow, training_rows

__all__ = [
    "ContaminationReport",
    "Match",
    "QuestionIndex",
    "QuestionVerdict",
    "TrainingRow",
    "Verdict",
    "find_contamination",
    "load_report",
    "training_rows",
]
