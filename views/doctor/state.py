"""The state directory and the folder of exports: room, rights, lock, warehouse, journals."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from recon.errors import BusyError, StorageError
from recon.listing import counted
from resources.journals.decisions import DecisionJournal
from resources.journals.inquiries import FILE
from resources.settings import Settings
from resources.state_lock import StateLock
from resources.storage import open_database
from resources.warehouse import SCHEMA_VERSION, Warehouse
from views.doctor.findings import Finding, note, ok, wrong

GIB = 1024**3
LEAST_FREE = GIB
FEW_FREE = 5 * GIB


def state_findings(settings: Settings) -> Iterator[Finding]:
    """Nothing is made that is not there, and nothing is migrated."""
    directory, key = settings.warehouse.directory, "warehouse.directory"
    yield writable("state directory", directory, key)
    yield writable("exports", settings.exports.directory, "exports.directory")
    yield _disk(directory, key)
    if not directory.is_dir():
        yield ok("warehouse", "none yet: the first run makes it")
        return
    yield _lock(directory)
    yield _warehouse(Warehouse(directory).file)
    yield _questions(directory / FILE)
    yield _decisions(DecisionJournal(directory))


def writable(check: str, folder: Path, key: str) -> Finding:
    """Whether a folder can be written, or made."""
    if folder.exists() and not folder.is_dir():
        return wrong(check, f"{folder} is a file", key, "Name a folder")
    there = _nearest(folder)
    if not os.access(there, os.W_OK | os.X_OK):
        do = "Give the user of this program the right to write there, or name another folder"
        return wrong(check, f"{there} may not be written", key, do)
    return ok(check, f"{folder}{'' if folder.is_dir() else ' will be made'}")


def _nearest(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _disk(directory: Path, key: str) -> Finding:
    free = shutil.disk_usage(_nearest(directory)).free
    what = f"{free / GIB:,.1f} GiB free"
    if free < LEAST_FREE:
        return wrong("disk", what, key, "Make room: without it a run fails")
    if free < FEW_FREE:
        return note("disk", what, key, "A million payments a day need about 0.3 GiB each day")
    return ok("disk", what)


def _lock(directory: Path) -> Finding:
    try:
        with StateLock(directory, 0).held("a look at the state directory"):
            return ok("lock", "no run is going on")
    except BusyError as error:
        return note("lock", error.what)


def _warehouse(file: Path) -> Finding:
    """Its version, without bringing it up to date."""
    if not file.is_file():
        return ok("warehouse", "none yet: the first run makes it")
    try:
        with closing(open_database(file, read_only=True)) as connection:
            rows = connection.execute("SELECT MAX(version) FROM main.schema_version").fetchall()
    except BusyError:
        return note("warehouse", "a run is writing it")
    except StorageError as error:
        return wrong("warehouse", f"{file} {error.what}", "warehouse.directory", error.do)
    except duckdb.Error:
        do = "Restore a backup into a new folder and name it here: `recon restore`"
        return wrong("warehouse", f"{file} cannot be opened", "warehouse.directory", do)
    version = rows[0][0] or 0
    if version > SCHEMA_VERSION:
        what = f"it has schema version {version}, this program knows {SCHEMA_VERSION}"
        return wrong("warehouse", what, "warehouse.directory", "Use the newer program that wrote it")
    if version < SCHEMA_VERSION:
        what = f"schema version {version}; the next run brings it to {SCHEMA_VERSION}"
        return note("warehouse", what, do="Make a backup first: `recon backup`")
    return ok("warehouse", f"schema version {version}")


def _questions(file: Path) -> Finding:
    """The journal of questions, if there is one."""
    if not file.is_file():
        return ok("questions", "no question was asked yet")
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            (count,) = connection.execute("SELECT COUNT(*) FROM questions").fetchone()
    except sqlite3.Error as error:
        what = f"{file} cannot be read ({type(error).__name__})"
        do = "Keep the file, restore a backup into a new folder: `recon restore`"
        return wrong("questions", what, "warehouse.directory", do)
    return ok("questions", counted(count, "question"))


def _decisions(journal: DecisionJournal) -> Finding:
    """The journal of decisions, if there is one; reading it proves its chain."""
    try:
        with closing(journal):
            count = len(journal.decisions())
    except StorageError as error:
        return wrong("decisions", f"{journal.path} {error.what}", "warehouse.directory", error.do)
    return ok("decisions", f"{counted(count, 'decision')}, none changed" if count else "nothing was decided yet")
