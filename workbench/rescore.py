"""A finished run read anew by today's extraction, without a model.

What a model said is stored word for word, so a better reading of it needs no new answers. The
result is a run of its own: the old one, and what was concluded from it, stays as it is.
"""

from __future__ import annotations

from workbench.answers import EXTRACTION_VERSION, extract_letter
from workbench.errors import InputError
from workbench.schema import Answer, Question, Run
from workbench.store import Store


def rescore_run(store: Store, run_id: str) -> Run:
    """The run with the same texts and today's letters; the one that is there, if there is one.

    Raises UnknownNameError where the store has no such run or not its questions, InputError where
    there is nothing to read anew.
    """
    run = store.run(run_id)
    _check_rescorable(run)
    question_set = store.questions(run.spec.question_set_hash)
    pairs = zip(store.answers(run_id), question_set.questions, strict=True)
    spec = run.spec.model_copy(update={"extraction_version": EXTRACTION_VERSION})
    return store.import_run(spec, [_reread(*pair) for pair in pairs], question_set)


def _check_rescorable(run: Run) -> None:
    refused = f"run {run.id} cannot be rescored"
    if run.spec.method == "loglik":
        raise InputError(
            f"{refused}: its letters come from likelihoods and no text was read; "
            "rescore a run of method 'generate'"
        )
    if run.spec.extraction_version >= EXTRACTION_VERSION:
        raise InputError(
            f"{refused}: it was read by extraction {run.spec.extraction_version} and this "
            f"workbench has {EXTRACTION_VERSION}; there is no newer reading"
        )
    if run.status == "open":
        raise InputError(f"{refused}: it is not finished; evaluate the questions again instead")


def _reread(answer: Answer, question: Question) -> Answer:
    """A failed call stays one: it gave no text to read."""
    if answer.failure is not None or answer.text is None:
        return answer
    truncated = answer.finish_reason == "length"
    extraction = extract_letter(answer.text, question, truncated=truncated)
    return answer.model_copy(update={"letter": extraction.letter, "unparsed": extraction.reason})
