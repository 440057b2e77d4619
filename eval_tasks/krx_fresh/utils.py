"""krx_fresh: which letter is the most likely, for questions that `seed` and `n` draw.

Without them the published draw is asked, which a model may have been trained on. It cannot have been
trained on the draw of a seed that nobody had used: the difference between the two shows memory.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# The harness loads this file by its path, from whatever folder it was started in.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from eval_tasks.letters import LetterTask, letter_scores, letters, right_place
from eval_tasks.scoring import adjusted_accuracy
from eval_tasks.selection import DEFAULT_SHOTS, chosen, split_of
from workbench.errors import SettingsError
from workbench.questions import load_questions
from workbench.questions.fresh import fresh_questions
from workbench.schema import QuestionSet

__all__ = [
    "LetterTask",
    "adjusted_accuracy",
    "fresh_splits",
    "letter_scores",
    "letters",
    "right_place",
]

PUBLISHED = "krx-fresh-20261122"


def fresh_splits(**metadata: Any) -> dict[str, Any]:
    keys = chosen(metadata)
    if "questions" in keys:
        raise SettingsError(
            "krx_fresh draws its questions and takes none from metadata key 'questions'; leave it "
            "out, and run tasks that need it in a call of their own"
        )
    return {
        "test": split_of(drawn(metadata)),
        "dev": split_of(load_questions(keys.get("shots_from", DEFAULT_SHOTS))),
    }


def drawn(metadata: Mapping[str, Any]) -> QuestionSet:
    """The draw that `seed` and `n` ask for, or the published one.

    Both or neither: the harness mixes the model's arguments into the metadata, and a model's seed
    alone shall not choose the questions.
    """
    given = {key: metadata[key] for key in ("seed", "n") if key in metadata}
    for key, value in given.items():
        if type(value) is not int:
            raise SettingsError(f"metadata key '{key}' is {value!r}, expected a whole number")
    if len(given) == 1:
        (key,) = given
        raise SettingsError(
            f"metadata has '{key}' alone; give both, as in --metadata seed=20261122 n=500 (a model "
            "argument of that name counts too)"
        )
    return fresh_questions(**given) if given else load_questions(PUBLISHED)
