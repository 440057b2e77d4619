"""krx_mcqa: which letter is the most likely right behind the prompt."""

import sys
from pathlib import Path

# The harness loads this file by its path, from whatever folder it was started in.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eval_tasks.letters import LetterTask, letter_scores, letters, right_place
from eval_tasks.scoring import adjusted_accuracy
from eval_tasks.selection import question_splits

__all__ = [
    "LetterTask",
    "adjusted_accuracy",
    "letter_scores",
    "letters",
    "question_splits",
    "right_place",
]
