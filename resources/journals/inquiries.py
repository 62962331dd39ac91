"""The journal of questions to Alipay+: what was asked, and what came back, on disk before it is used.

    <warehouse.directory>/inquiries/journal.sqlite

Append only: the file itself refuses to change or delete a row. A question is stored before it is sent; whoever
stored it may ask it until its lease ends, no one else may ask about the same order meanwhile. Several processes
and threads may use one journal. No key, no signature, no customer id is in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self

import polars as pl

from recon.inquiry import Outcome
from recon.inquiry.history import HISTORY_SCHEMA, evidence_of, later_answers, lost
from recon.inquiry.schedule import DueQuestion, Schedule
from recon.listing import counted
from recon.orders import INSTANT
from recon.schema import Schema
from recon.sql_text import sql_text
from resources.journals.group_commit import GroupCommit, JournalError, insert
from resources.journals.inquiry_rows import (
    as_json,
    as_text,
    frame,
    outcome_row,
    question_row,
    skipped_row,
)
from resources.journals.schema import journal_schema, tables_of
from resources.state_lock import StateLock

FILE = Path("inquiries", "journal.sqlite")
HISTORY = sql_text("resources.journals", "history")
WRITES = sql_text("resources.journals", "writes")
WRITES_SCHEMA: Schema = {
    "question_id": pl.String,
    "break_id": pl.String,
    "situation": pl.String,
    "as_of_day": pl.Date,
    "source_id": pl.String,
    "order_key": pl.String,
    "asked_by": pl.String,
    "asked_id": pl.String,
    "intended_at": INSTANT,
    "before": pl.String,  # JSON
    "told_at": INSTANT,
    "result": pl.String,  # null: no one knows whether it was written
    "after": pl.String,  # JSON
}
CHAIN_IS_THERE = " OR (break_id = NEW.break_id AND situation = NEW.situation AND ordinal = NEW.ordinal)"


def asking_lock(state_directory: Path, wait_seconds: float = 0) -> StateLock:
    """Held by the one process that asks: whoever holds it knows that every other one that asked is dead."""
    return StateLock(state_directory / FILE.parent, wait_seconds, "the questions to Alipay+")


class InquiryJournal:
    """The journal in a state directory; `schedule` says which questions are still planned.

    Reading makes no file; nothing is open until it is needed.
    """

    def __init__(self, directory: Path, schedule: Schedule | None = None) -> None:
        self.path = directory / FILE
        self._max_questions = (schedule or Schedule()).max_questions
        self._file = GroupCommit(self.path, _schema())
        self._is_alone = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection; the journal may be used again."""
        self._file.close()

    @contextmanager
    def alone(self, doing: str, wait_seconds: float) -> Iterator[None]:
        """No other process asks meanwhile, so that those whose leases still last are dead.

        BusyError if another one asks for longer than `wait_seconds`.
        """
        with asking_lock(self.path.parents[1], wait_seconds).held(doing):
            self._is_alone = True
            try:
                yield
            finally:
                self._is_alone = False

    @property
    def asked_by(self) -> str | None:
        """The other process that is asking now, as it names itself; None if every lease is of a dead one."""
        return asking_lock(self.path.parents[1]).holder()

    # -- asking --------------------------------------------------------------------------------

    def claim(
        self, questions: Sequence[DueQuestion], worker: str, now: datetime, lease: timedelta
    ) -> list[DueQuestion]:
        """Stores those that no one asks and no one has asked; they are ours until the lease ends.

        A question that somebody claimed and never finished is recorded as INTERRUPTED when its lease is over, or when
        whoever claimed it is proved to be dead.
        """

        def act(connection: sqlite3.Connection) -> list[DueQuestion]:
            return [each for each in questions if self._claimed(connection, each, worker, now, lease)]

        return self._file.write(act)

    def record(self, question: DueQuestion, outcome: Outcome, told_at: datetime) -> None:
        """Stores what became of a claimed question, with all that was said."""
        self._file.write(lambda connection: insert(connection, "outcomes", outcome_row(question, outcome, told_at)))

    def skip(self, states: Mapping[DueQuestion, str], worker: str, now: datetime) -> int:
        """Stores that questions are not sent, each with the state of its order; "" if the order is gone.

        Returns how many: what somebody else claimed meanwhile is left to them.
        """

        def act(connection: sqlite3.Connection) -> int:
            skipped = 0
            for question, state in states.items():
                if self._claimed(connection, question, worker, now, timedelta()):
                    insert(connection, "outcomes", skipped_row(question, state, now))
                    skipped += 1
            return skipped

        return self._file.write(act)

    def _claimed(
        self, connection: sqlite3.Connection, question: DueQuestion, worker: str, now: datetime, lease: timedelta
    ) -> bool:
        """Whether it is ours now. The number within its chain says whether it was asked meanwhile."""
        last = connection.execute(
            "SELECT max(ordinal) FROM questions WHERE break_id = ? AND situation = ?",
            [question.break_id, question.situation],
        ).fetchone()[0]
        if (last or 0) != question.ordinal - 1:
            return False
        open_ones = _open_about(connection, question)
        lasting = [by for _, by, lease_until in open_ones if lease_until > as_text(now)]
        if worker in lasting or (lasting and not self._is_alone):
            return False
        for name, _, _ in open_ones:
            row = {"question_id": name, "told_at": as_text(now), "told_by": worker}
            insert(connection, "interruptions", row)
        insert(connection, "questions", question_row(question, worker, now, lease))
        return True

    # -- what is known -------------------------------------------------------------------------

    def history(self, until_day: date | None = None) -> pl.DataFrame:
        """HISTORY_SCHEMA, in the order of asking: questions from the lists of days up to `until_day`."""
        return self._read(HISTORY, [(until_day or date.max).isoformat()], HISTORY_SCHEMA)

    def evidence(self, until_day: date) -> pl.DataFrame:
        """ANSWER_SCHEMA: one row for each break and situation in which a question left."""
        return evidence_of(self.history(until_day), until_day, self._max_questions)

    def later_answers(self, until_day: date | None = None) -> pl.DataFrame:
        """Final answers that differ from the first one about the same break and situation."""
        return later_answers(self.history(until_day))

    def replies(self, question_ids: Sequence[str]) -> list[dict[str, Any]]:
        """What was kept of each exchange: columns of the table `outcomes`."""
        marks = ",".join("?" * len(question_ids))
        statement = f"SELECT * FROM outcomes WHERE question_id IN ({marks}) ORDER BY seq"
        return [dict(row) for row in self._file.rows("questions", statement, question_ids)]

    # -- writing back --------------------------------------------------------------------------

    def intend_write(self, question_id: str, before: Mapping[str, Any], told_at: datetime) -> bool:
        """Stores that an answer is about to be written; False if that was stored before."""

        def act(connection: sqlite3.Connection) -> bool:
            if _is_there(connection, "write_intents", question_id):
                return False
            row = {"question_id": question_id, "intended_at": as_text(told_at), "before": as_json(before)}
            insert(connection, "write_intents", row)
            return True

        return self._file.write(act)

    def record_write(self, question_id: str, result: str, after: Mapping[str, Any], told_at: datetime) -> None:
        """Stores what became of an intended write."""
        row = {"question_id": question_id, "told_at": as_text(told_at), "result": result, "after": as_json(after)}
        self._file.write(lambda connection: insert(connection, "write_results", row))

    def writes(self) -> pl.DataFrame:
        """WRITES_SCHEMA: every intended write; `result` is null where no one knows."""
        return self._read(WRITES, [], WRITES_SCHEMA)

    # -- the file ------------------------------------------------------------------------------

    def _read(self, statement: str, values: Sequence[Any], schema: Schema) -> pl.DataFrame:
        with self._file.reading("questions") as connection:
            return frame(connection.execute(statement, values) if connection else None, schema)


def require_whole(shown: pl.DataFrame, kept: pl.DataFrame) -> None:
    """JournalError if lists rest on questions that the journal does not have any more; both in ANSWER_SCHEMA."""
    gone = lost(shown, kept)
    if not gone.is_empty():
        raise JournalError(
            f"the journal of questions has lost the answers to {counted(gone.height, 'break')},"
            f" first {gone['break_id'][0]}",
            where=str(FILE),
            do="Put it back from the backup of the state directory; until then nothing is asked and no list changes",
        )


# -- claims ----------------------------------------------------------------------------------


def _open_about(connection: sqlite3.Connection, question: DueQuestion) -> list[tuple[str, str, str]]:
    """Questions without an outcome about the same order or the same id, their workers and their leases."""
    asked = {"asked_id": question.asked.asked_id, "break_id": question.break_id, "situation": question.situation}
    order = {"source_id": question.source_id, "order_key": question.order_key}
    return connection.execute(sql_text("resources.journals", "open_about"), asked | order).fetchall()


def _is_there(connection: sqlite3.Connection, table: str, question_id: str) -> bool:
    found = connection.execute(f"SELECT 1 FROM {table} WHERE question_id = ?", [question_id]).fetchone()
    return found is not None


@cache
def _schema() -> str:
    """The journal's own, and what keeps anybody from replacing a row."""
    no_replace = sql_text("resources.journals", "no_replace")
    tables = tables_of(journal_schema("inquiries"))
    also = {"questions": CHAIN_IS_THERE}
    return "\n".join(
        [journal_schema("inquiries"), *(no_replace.format(table=table, also=also.get(table, "")) for table in tables)]
    )
