"""Questions from files, the Hub and the bundled sets, and back into files."""

from workbench.questions.dump import dump_questions
from workbench.questions.load import bundled_names, load_questions
from workbench.questions.open_questions import load_open_questions

__all__ = ["bundled_names", "dump_questions", "load_open_questions", "load_questions"]
