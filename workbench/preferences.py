"""Votes as training data: the better and the worse answer to one prompt, as DPO takes them.

A row has `prompt`, `chosen` and `rejected`. Of a native prompt all three are text, and the answers
begin with the space that belongs to the format. Of a chat prompt they are messages, which the
trainer frames with the model's own template.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.prompts import qa_completion
from workbench.schema import Message, Prompt, Record, Vote

HUMAN = "human"  # who casts the votes of the screens; others are judges

Text = str | tuple[Message, ...]


class PreferenceRow(Record):
    """One comparison that somebody decided."""

    prompt: Text
    chosen: Text
    rejected: Text


def preference_rows(votes: Iterable[Vote], voter: str = HUMAN) -> list[PreferenceRow]:
    """A row for each vote of `voter` that says something about one prompt.

    Left out are ties, votes whose sides read different prompts, and pairs with an empty answer or
    twice the same one, which teach nothing.
    """
    rows = (_row(vote) for vote in votes if vote.voter == voter)
    return [row for row in rows if row is not None]


def _row(vote: Vote) -> PreferenceRow | None:
    answers = {"a": (vote.answer_a, vote.answer_b), "b": (vote.answer_b, vote.answer_a)}
    if vote.prompt is None or vote.choice not in answers:
        return None
    chosen, rejected = (answer.strip() for answer in answers[vote.choice])
    if not chosen or not rejected or chosen == rejected:
        return None
    prompt = vote.prompt
    return PreferenceRow(
        prompt=prompt.text if prompt.style == "native" else prompt.messages,
        chosen=_completion(prompt, chosen),
        rejected=_completion(prompt, rejected),
    )


def _completion(prompt: Prompt, answer: str) -> Text:
    if prompt.style == "native":
        return qa_completion(answer)
    return (Message(role="assistant", content=answer),)


def preference_lines(rows: Iterable[PreferenceRow]) -> str:
    """The rows as JSON lines."""
    return "".join(f"{row.model_dump_json()}\n" for row in rows)
