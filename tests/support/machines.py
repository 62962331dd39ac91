"""Machines with their own disks and one object store, and what a run leaves on them, without a run."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from resources.files import sha256_of
from resources.settings import load_settings
from resources.settings.storage import Storage
from resources.state_files import WAREHOUSE, kept_files
from resources.state_store.objects import Bucket, open_bucket
from resources.state_store.store import StateStore
from tests.support import ROOT
from tests.support.s3 import S3Server

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)
DAY, NEXT = date(2026, 11, 20), date(2026, 11, 21)
EXAMPLE = ROOT / "config" / "recon.toml"
PREFIXES = count()
CLIENTS = dict[str | None, Any]()


def bucket_of(storage: Storage) -> Bucket:
    """One client for each server: to make one takes a fifth of a second."""
    if storage.endpoint_url not in CLIENTS:
        CLIENTS[storage.endpoint_url] = open_bucket(storage, load_settings(EXAMPLE).optional_secret)._client
    return Bucket(storage.url, CLIENTS[storage.endpoint_url])


@dataclass(frozen=True)
class Machine:
    """A machine with its own disk."""

    folder: Path
    storage: Storage

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def store(self) -> StateStore:
        """As a process that has just started opens it."""
        return StateStore(bucket_of(self.storage), self.state, self.folder / "exports", lambda: NOW)

    def run(self, day: date, text: str = "rows") -> int:
        """What a run leaves, without a run: the number of the stored state."""
        self.store.begin(day)
        self.work(day, text)
        return self.store.push().number

    def work(self, day: date, text: str = "rows") -> None:
        landed, exports = self.state / "landed" / str(day), self.folder / "exports" / str(day)
        for folder in (landed, exports):
            folder.mkdir(parents=True, exist_ok=True)
        (landed / "fee.csv.v1").write_text(text)
        (landed / "fee.csv.v1").chmod(0o444)
        with closing(duckdb.connect(str(self.state / WAREHOUSE))) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS days (day DATE)")
            connection.execute("INSERT INTO days VALUES (?)", [day])
        with closing(sqlite3.connect(self.state / "journal.sqlite")) as journal:
            journal.execute("CREATE TABLE IF NOT EXISTS questions (day TEXT)")
            journal.execute("INSERT INTO questions VALUES (?)", [str(day)])
            journal.commit()
        (exports / "breaks.csv").write_text(text)
        (exports / "summary.json").write_text(json.dumps({"day": str(day), "rows": text}))

    def days(self) -> list[date]:
        with closing(duckdb.connect(str(self.state / WAREHOUSE), read_only=True)) as connection:
            return [day for (day,) in connection.execute("SELECT day FROM days ORDER BY day").fetchall()]

    def files(self) -> dict[str, str]:
        """Every file that is kept, by its sha256; databases by their place only, for a copy has other bytes."""
        names = {path.relative_to(self.state).as_posix(): path for path in kept_files(self.state)}
        return {name: sha256_of(path) if name.startswith("landed") else "" for name, path in names.items()}


Machines = tuple[Machine, Machine]


Machines = tuple[Machine, Machine]


def two_machines(server: S3Server, folder: Path) -> Machines:
    """With one store that has nothing yet."""
    storage = server.storage(f"p{next(PREFIXES)}")
    one, two = (Machine(folder / name, storage) for name in "ab")
    one.state.mkdir(parents=True)
    (one.state / ".lock").write_text("not kept")
    return one, two
