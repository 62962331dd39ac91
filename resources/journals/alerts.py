"""The journal of alerts: which messages are due, to whom, and what became of each attempt to send them.

    <warehouse.directory>/alerts/journal.sqlite

Append only, for several processes. A message is stored before it is sent, and each attempt before it begins: a process
that dies in between leaves an attempt without a result, and the message is sent once more later. So a message comes at
least once, seldom twice, and never more often than `MOST_ATTEMPTS`, however often processes die.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from recon.alerts import Cause, Message
from recon.breaks.catalogue import Severity
from recon.sql_text import sql_text
from resources.journals.group_commit import GroupCommit, insert
from resources.journals.schema import journal_schema

FILE = Path("alerts", "journal.sqlite")
LEASE = timedelta(minutes=2)  # an attempt without a result is taken for lost after it
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))  # after the first failures
LAST_WAIT = timedelta(hours=1)
MESSAGES = "SELECT * FROM messages ORDER BY seq"
MOST_ATTEMPTS = 26  # about a day
LOST = "not known whether it was sent: the process ended"


@dataclass(frozen=True)
class Delivery:
    """One message to one channel that has not been delivered."""

    message: Message
    channel: str
    attempts: int
    next_at: datetime
    problem: str  # of the last attempt; empty before the first

    @property
    def is_given_up(self) -> bool:
        """No further attempt is made."""
        return self.attempts >= MOST_ATTEMPTS


class AlertJournal:
    """The journal in a state directory. Reading makes no file."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE
        self._file = GroupCommit(self.path, journal_schema("alerts"))

    def close(self) -> None:
        """Ends the connection; the journal may be used again."""
        self._file.close()

    def add(self, messages: Sequence[tuple[Message, Sequence[str]]], now: datetime) -> list[Message]:
        """Stores messages with the channels that they are for; those that were not there already."""

        def act(connection: sqlite3.Connection) -> list[Message]:
            return [one for one, channels in messages if _added(connection, one, channels, now)]

        return self._file.write(act) if messages else []

    def messages(self) -> list[Message]:
        """All messages, oldest first."""
        return [_message(row) for row in self._file.rows("messages", MESSAGES)]

    def undelivered(self) -> list[Delivery]:
        """What has not reached its channel, oldest first; also what is given up."""
        tried: dict[tuple[str, str], list[sqlite3.Row]] = {}
        for row in self._file.rows("attempts", sql_text("resources.journals", "attempts")):
            tried.setdefault((row["message_id"], row["channel"]), []).append(row)
        return [
            _delivery(row, channel, attempts)
            for row in self._file.rows("messages", MESSAGES)
            for channel in json.loads(row["channels"])
            for attempts in [tried.get((row["message_id"], channel), [])]
            if not any(_is_delivered(one) for one in attempts)
        ]

    def begin(self, delivery: Delivery, now: datetime) -> int | None:
        """Takes the next attempt for us; None if somebody else took it."""

        def act(connection: sqlite3.Connection) -> int | None:
            key = (delivery.message.message_id, delivery.channel)
            (count,) = connection.execute(
                "SELECT COUNT(*) FROM attempts WHERE message_id = ? AND channel = ?", key
            ).fetchone()
            if count != delivery.attempts:
                return None
            row = {"message_id": key[0], "channel": key[1], "ordinal": count + 1, "begun_at": _text(now)}
            return insert(connection, "attempts", row)

        return self._file.write(act)

    def end(self, attempt: int, problem: str | None, now: datetime) -> None:
        """Stores what became of an attempt; None is delivered."""
        row = {"seq": attempt, "told_at": _text(now), "problem": problem}
        self._file.write(lambda connection: insert(connection, "results", row))


def _added(connection: sqlite3.Connection, message: Message, channels: Sequence[str], now: datetime) -> bool:
    known = connection.execute("SELECT 1 FROM messages WHERE message_id = ?", [message.message_id]).fetchone()
    if known:
        return False
    row = {
        "message_id": message.message_id,
        "cause": str(message.cause),
        "day": message.day.isoformat(),
        "subject": message.subject,
        "occurrence": message.occurrence,
        "is_over": int(message.is_over),
        "severity": str(message.severity),
        "title": message.title,
        "body": message.body,
        "about": json.dumps(sorted(message.about)),
        "channels": json.dumps(list(channels)),
        "due_at": _text(now),
    }
    insert(connection, "messages", row)
    return True


def _message(row: sqlite3.Row) -> Message:
    return Message(
        Cause(row["cause"]), date.fromisoformat(row["day"]), row["subject"], row["occurrence"], bool(row["is_over"]),
        Severity(row["severity"]), row["title"], row["body"], frozenset(json.loads(row["about"])),
    )  # fmt: skip


def _is_delivered(attempt: sqlite3.Row) -> bool:
    return bool(attempt["is_told"]) and attempt["problem"] is None


def _delivery(message: sqlite3.Row, channel: str, attempts: Sequence[sqlite3.Row]) -> Delivery:
    if not attempts:
        return Delivery(_message(message), channel, 0, _instant(message["due_at"]), "")
    last, count = attempts[-1], len(attempts)
    wait = WAITS[count - 1] if count <= len(WAITS) else LAST_WAIT
    if last["is_told"]:
        return Delivery(_message(message), channel, count, _instant(last["told_at"]) + wait, last["problem"])
    return Delivery(_message(message), channel, count, _instant(last["begun_at"]) + max(wait, LEASE), LOST)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
