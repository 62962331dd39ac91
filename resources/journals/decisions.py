"""The journal of decisions: who decided what about a break, when and why, chained by hash.

    <warehouse.directory>/decisions/journal.sqlite
    <warehouse.directory>/decisions/files/<sha256>      what was attached, written once

Append only: the file itself refuses to change or delete a row, and a row that was changed all the same breaks the
chain (`recon.decisions.chain`). Decisions that belong together are stored together or not at all.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from recon.decisions import Decision, Fact, Kind, Person, Wanted
from recon.decisions.chain import chained, first_fault, question_of, repeats
from resources.files import write_atomically
from resources.journals.group_commit import GroupCommit, JournalError, insert
from resources.journals.schema import journal_schema
from resources.storage import RESTORE

FOLDER = Path("decisions")
ALL = "SELECT * FROM decisions ORDER BY seq"


@dataclass(frozen=True)
class Checked:
    """A decision that may be taken, with the facts of its break on the list of the day."""

    wanted: Wanted
    facts: Mapping[str, Fact]


class DecisionJournal:
    """The journal in a state directory. Reading makes no file; every reading proves the chain."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FOLDER / "journal.sqlite"
        self._files = directory / FOLDER / "files"
        self._file = GroupCommit(self.path, journal_schema("decisions"))

    def close(self) -> None:
        """Ends the connection; the journal may be used again."""
        self._file.close()

    def decisions(self, heads: Mapping[int, str] | None = None) -> list[Decision]:
        """All of them, oldest first. `heads`: seq -> sha256 that closed days knew; they must still be there.

        JournalError if the chain is broken: nothing in it counts until it is mended.
        """
        return self._proved(self._file.rows("decisions", ALL), heads or {})

    def add(
        self, person: Person, day: date, at: datetime, check: Callable[[Sequence[Decision]], Sequence[Checked]]
    ) -> list[Decision]:
        """Stores what `check` allows, given all decisions so far, in one transaction; returns the new ones.

        What repeats the decision that is in force is not stored again.

        `check` may raise: then nothing is stored.
        """

        def act(connection: sqlite3.Connection) -> list[Decision]:
            known = self._proved(connection.execute(ALL), {})
            ids, made = {one.decision_id for one in known}, list[Decision]()
            in_force = {question_of(one): one for one in known}
            newest = known[-1] if known else None
            for one in check(known):
                new = chained(newest, one.wanted, person, day, one.facts, at, ids)
                if not repeats(new, in_force.get(question_of(new))):
                    ids.add(new.decision_id)
                    made.append(newest := new)
                    in_force[question_of(new)] = new
                    _insert(connection, new)
            return made

        return self._file.write(act)

    def keep_file(self, content: bytes) -> str:
        """The sha256 under which a file is kept from now on."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._files / digest
        if not path.exists():
            write_atomically(path, content)
        return digest

    def _proved(self, rows: Iterable[Iterable[Any]], heads: Mapping[int, str]) -> list[Decision]:
        found = [_decision(row) for row in rows]
        if fault := first_fault(found, heads):
            raise JournalError(fault, where=str(self.path), do=RESTORE)
        return found


def _decision(row: Iterable[Any]) -> Decision:
    seq, name, at, by, known_by, day, break_id, kind, value, because, facts, before, digest = row
    return Decision(
        seq, name, datetime.fromisoformat(at), by, known_by, date.fromisoformat(day), break_id, Kind(kind), value,
        because, json.loads(facts), before, digest,
    )  # fmt: skip


def _insert(connection: sqlite3.Connection, one: Decision) -> None:
    instants = {"decided_at": one.decided_at.isoformat(), "as_of_day": one.as_of_day.isoformat()}
    insert(connection, "decisions", asdict(one) | instants | {"facts": json.dumps(dict(one.facts), sort_keys=True)})
