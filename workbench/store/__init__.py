"""Where results are written down: one SQLite file, safe to kill at any moment.

A batch of answers is one transaction, and WAL with `synchronous=FULL` makes a committed one
survive even a power cut. Each answer has one place, (run, ordinal of its question), and each vote
its id, so two processes that write the same thing at once can neither double nor lose it.

The file itself is `database`, its tables are `migrations`; here is what stands in them.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from workbench.errors import InputError, StoreError, UnknownNameError
from workbench.schema import Answer, Question, QuestionSet, Record, Run, RunSpec, Vote
from workbench.store.database import Database

log = logging.getLogger(__name__)


class Store:
    """Runs with their answers and questions, and votes.

    Belongs to the thread that opened it; opening another is cheap. Every method raises
    StoreError, in one sentence, where the file or the disk is at fault.
    """

    def __init__(self, path: Path) -> None:
        """Open the store at `path`; the file and its folders are made where they are missing, and
        a file of an older version is brought up to date."""
        self.path = path
        self._database = Database(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    # ── writing runs ─────────────────────────────────────────────────────────────────────────

    def begin(self, spec: RunSpec) -> Run:
        """The run of this spec: a new one, or the one that is there, to be continued."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO runs (id, spec, status, created) VALUES (?, ?, 'open', ?) "
                "ON CONFLICT DO NOTHING",
                spec.id,
                _canonical(spec),
                _now(),
            )
        return self.run(spec.id)

    def append(self, run_id: str, answers: Mapping[int, Answer]) -> int:
        """Write one batch, ordinal of the question → answer, in one transaction.

        What is written stays: an ordinal that already has its answer, because another process was
        quicker, is skipped. Returns how many answers were new.
        """
        with self._database.transaction():
            return self._database.execute_many(
                "INSERT INTO answers (run_id, ordinal, question_hash, answer) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (run_id, ordinal) DO NOTHING",
                (
                    (run_id, ordinal, answer.question_hash, _canonical(answer))
                    for ordinal, answer in sorted(answers.items())
                ),
            )

    def finish(self, run_id: str) -> Run:
        """Mark a run whose every question has its answer; finishing twice changes nothing.

        Raises StoreError while answers are missing.
        """
        expected = self.run(run_id).spec.n_questions
        with self._database.transaction():
            answered = len(self.answered(run_id))
            if answered != expected:
                raise StoreError(
                    f"run {run_id} has {answered} of {expected} answers and cannot be finished; "
                    "evaluate it again to continue it"
                )
            self._database.execute(
                "UPDATE runs SET status = 'finished', finished = ? "
                "WHERE id = ? AND status = 'open'",
                _now(),
                run_id,
            )
        return self.run(run_id)

    def import_run(
        self, spec: RunSpec, answers: Sequence[Answer], question_set: QuestionSet
    ) -> Run:
        """Write a finished run that was made elsewhere, with its questions: whole or not at all.

        `answers` are in question order. Importing the same again changes nothing, and the log
        says so. Raises InputError where the answers are not those to `question_set`, StoreError
        where the store has another answer in this run: what is written stays.
        """
        _check_belonging(spec, answers, question_set)
        with self._database.transaction():
            # What the store has is as good or newer: questions come here from old result files.
            if question_set.hash not in self._known_questions():
                self.save_questions(question_set)
            before = self.begin(spec)
            self.append(spec.id, dict(enumerate(answers)))
            for there, here in zip(self.answers(spec.id), answers, strict=True):
                if there != here:
                    raise StoreError(
                        f"run {spec.id} is in '{self.path}' with another answer to question "
                        f"'{here.question_id}', and what is written is never replaced; import it "
                        "into another store"
                    )
            run = self.finish(spec.id)
        if before == run:
            log.info("run %s was in '%s' before and stays as it is", run.id, self.path)
        return run

    # ── reading runs ─────────────────────────────────────────────────────────────────────────

    def run(self, run_id: str) -> Run:
        """Raises UnknownNameError, with the runs that there are."""
        found = self._database.fetch("SELECT * FROM runs WHERE id = ?", run_id)
        if not found:
            raise UnknownNameError("run", run_id, [run.id for run in self.runs()])
        return self._read_run(found[0])

    def runs(self) -> list[Run]:
        """All runs, the oldest first."""
        found = self._database.fetch("SELECT * FROM runs ORDER BY rowid")
        return [self._read_run(row) for row in found]

    def answered(self, run_id: str) -> set[int]:
        """Ordinals of the questions that have their answer."""
        found = self._database.fetch("SELECT ordinal FROM answers WHERE run_id = ?", run_id)
        return {int(row["ordinal"]) for row in found}

    def answers(self, run_id: str) -> list[Answer]:
        """The answers written so far, in question order."""
        return list(self._numbered_answers(run_id).values())

    def answers_at(self, run_id: str, ordinals: Sequence[int]) -> list[Answer]:
        """The answers to a few questions by their ordinals, in the order asked for.

        Raises StoreError for one that is not written.
        """
        query = "SELECT ordinal, answer FROM answers WHERE run_id = ? AND ordinal IN ({})"
        found = self._at(query, run_id, ordinals)
        with self._readable():
            return [Answer.model_validate_json(row["answer"]) for row in found]

    def export(self, run_id: str) -> str:
        """The run as JSON lines: its spec, then its answers in question order.

        The bytes depend on the spec and the answers alone: not on times, nor on the order in
        which batches were written.
        """
        head = {"run": run_id, "spec": self.run(run_id).spec.model_dump(mode="json")}
        lines = [
            {"ordinal": ordinal, **answer.model_dump(mode="json")}
            for ordinal, answer in self._numbered_answers(run_id).items()
        ]
        return "".join(f"{_canonical_json(line)}\n" for line in [head, *lines])

    # ── questions ────────────────────────────────────────────────────────────────────────────

    def save_questions(self, question_set: QuestionSet) -> None:
        """Keep the questions under the set's hash. Saving the same again changes nothing.

        What is no part of the hash (name, ids, categories, sources) is taken from the last set
        that was saved, because that is where a correction stands.
        """
        key = question_set.hash
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO question_sets (hash, name, origin) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET name = excluded.name, origin = excluded.origin "
                "WHERE (name, origin) <> (excluded.name, excluded.origin)",
                key,
                question_set.name,
                question_set.origin,
            )
            self._database.execute_many(
                "INSERT INTO questions (set_hash, ordinal, question) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET question = excluded.question "
                "WHERE question <> excluded.question",
                (
                    (key, ordinal, _canonical(question))
                    for ordinal, question in enumerate(question_set.questions)
                ),
            )

    def questions(self, question_set_hash: str) -> QuestionSet:
        """Raises UnknownNameError, with the question sets that there are."""
        found = self._database.fetch(
            "SELECT name, origin, question FROM question_sets JOIN questions ON set_hash = hash "
            "WHERE hash = ? ORDER BY ordinal",
            question_set_hash,
        )
        if not found:
            raise UnknownNameError(
                "question set",
                question_set_hash,
                [f"{key} ({name})" for key, name in self._known_questions().items()],
                "Runs of an older workbench came without their questions; evaluating the same "
                "questions once more, or importing the run again, adds them",
            )
        with self._readable():
            return QuestionSet(
                name=found[0]["name"],
                questions=tuple(Question.model_validate_json(row["question"]) for row in found),
                origin=found[0]["origin"],
            )

    def questions_at(self, question_set_hash: str, ordinals: Sequence[int]) -> list[Question]:
        """A few questions of a set by their ordinals: see `answers_at`."""
        query = "SELECT ordinal, question FROM questions WHERE set_hash = ? AND ordinal IN ({})"
        found = self._at(query, question_set_hash, ordinals)
        with self._readable():
            return [Question.model_validate_json(row["question"]) for row in found]

    # ── votes ────────────────────────────────────────────────────────────────────────────────

    def add_vote(self, vote: Vote) -> None:
        """Write a vote down. One whose id is there, because the writer was not sure, is no second
        vote, and the first stays as it is."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO votes (id, vote) VALUES (?, ?) ON CONFLICT DO NOTHING",
                vote.id,
                _canonical(vote),
            )

    def delete_vote(self, vote_id: str) -> None:
        """Take a vote back; one that is not there has been taken back before."""
        with self._database.transaction():
            self._database.execute("DELETE FROM votes WHERE id = ?", vote_id)

    def votes(self) -> list[Vote]:
        """All votes, the oldest first."""
        with self._readable():
            votes = [
                Vote.model_validate_json(row["vote"])
                for row in self._database.fetch("SELECT vote FROM votes")
            ]
        return sorted(votes, key=lambda vote: (vote.created, vote.id))

    # ── inside ───────────────────────────────────────────────────────────────────────────────

    def _known_questions(self) -> dict[str, str]:
        """Name by hash of the question sets."""
        found = self._database.fetch("SELECT hash, name FROM question_sets ORDER BY name, hash")
        return {row["hash"]: row["name"] for row in found}

    def _numbered_answers(self, run_id: str) -> dict[int, Answer]:
        self.run(run_id)
        query = "SELECT ordinal, answer FROM answers WHERE run_id = ? ORDER BY ordinal"
        with self._readable():
            return {
                int(row["ordinal"]): Answer.model_validate_json(row["answer"])
                for row in self._database.fetch(query, run_id)
            }

    def _at(self, query: str, key: str, ordinals: Sequence[int]) -> list[sqlite3.Row]:
        """The rows of `ordinals`, whose places stand as '{}' in the query, in their order."""
        places = ", ".join("?" for _ in ordinals)
        rows = self._database.fetch(query.format(places), key, *ordinals)
        found = {int(row["ordinal"]): row for row in rows}
        if missing := [ordinal for ordinal in ordinals if ordinal not in found]:
            raise StoreError(f"'{self.path}' has nothing at {missing[:5]} of {key}")
        return [found[ordinal] for ordinal in ordinals]

    def _read_run(self, row: sqlite3.Row) -> Run:
        with self._readable():
            return Run(
                id=row["id"],
                spec=RunSpec.model_validate_json(row["spec"]),
                status=row["status"],
                created=row["created"],
                finished=row["finished"],
            )

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except ValidationError as error:
            raise StoreError(
                f"the result store '{self.path}' holds a {error.title} that this workbench cannot "
                "read; it was written by another version or edited by hand"
            ) from error


def _check_belonging(spec: RunSpec, answers: Sequence[Answer], question_set: QuestionSet) -> None:
    """Raise InputError unless each question of the run's set has its answer, in order."""
    refused = f"run {spec.id} cannot be imported"
    if spec.question_set_hash != question_set.hash:
        raise InputError(
            f"{refused}: it is over the questions {spec.question_set_hash}, and "
            f"'{question_set.name}' is {question_set.hash}; give the questions that it answered"
        )
    questions = question_set.questions
    if not len(answers) == len(questions) == spec.n_questions:
        raise InputError(
            f"{refused}: it has {len(answers)} answers to {len(questions)} questions and its spec "
            f"says {spec.n_questions}; give one answer for each question"
        )
    for answer, question in zip(answers, questions, strict=True):
        if answer.question_hash != question.hash:
            raise InputError(
                f"{refused}: where the answer to '{question.id}' should be is one to "
                f"'{answer.question_id}' or to another wording; give the answers in question order"
            )


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _canonical(record: Record) -> str:
    return _canonical_json(record.model_dump(mode="json"))


def _canonical_json(value: object) -> str:
    """One spelling for each value. NaN and infinity, which JSON does not know, are refused."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
