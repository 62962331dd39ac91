"""What the disk has to do with an error: no room, read-only, not permitted, damaged; decided by codes, never by a text.

The one place that knows the codes of the operating system, of SQLite and of DuckDB. An error may be wrapped (by
SQLAlchemy, by Dagster): its causes are looked at. Where an engine keeps its code to itself, the folder is tried.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import duckdb
from polars.exceptions import ComputeError

from recon.errors import BusyError, ReconError, StorageError
from resources.files import PART
from resources.waiting import wait_for

PUBLISH_AGAIN = "Run the newest day again: it writes this copy anew"
RESTORE = "Restore a backup into a new folder: `recon restore`, then name it in recon.toml"
LEAST_FREE = 4 * 1024 * 1024  # less is no room for an engine that does not say why it could not write
TRIAL_BYTES = 256 * 1024  # a block of DuckDB
_ROOM = ("no room left on the disk", "Make room there, then run again")
_READ_ONLY = ("is read-only, and cannot be written", "Make it writable, or name another folder, then run again")
_NOT_PERMITTED = (
    "this user has no right to use it",
    "Give the user of this program the right to read and write there, then run again",
)
_CANNOT_OPEN = ("cannot be opened", "Check the path, its rights and the disk, then run again")
_DEVICE = ("the disk reports an input/output error", "Check the disk, then run again or restore a backup")
_DAMAGED = "is damaged and cannot be read"
_OF_SYSTEM = {
    errno.ENOSPC: _ROOM, errno.EDQUOT: _ROOM, errno.EFBIG: _ROOM,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _NOT_PERMITTED, errno.EPERM: _NOT_PERMITTED,
    errno.EIO: _DEVICE,
}  # fmt: skip
_OF_SQLITE = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _NOT_PERMITTED, sqlite3.SQLITE_CANTOPEN: _CANNOT_OPEN,
    sqlite3.SQLITE_IOERR: _DEVICE,
    sqlite3.SQLITE_CORRUPT: (_DAMAGED, RESTORE), sqlite3.SQLITE_NOTADB: (_DAMAGED, RESTORE),
}  # fmt: skip
_TRY_THE_FOLDER = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR)  # the cause is deeper
_ENGINES = (  # errors behind which a disk may be
    duckdb.IOException, duckdb.TransactionException, duckdb.FatalException, duckdb.OutOfMemoryException, ComputeError,
)  # fmt: skip


def storage_error(
    error: BaseException, where: Path | None = None, kind: type[Exception] = Exception
) -> StorageError | None:
    """The disk fault behind an error, or None. `where`: the file or folder in use; it is the place of a fault of `kind`
    that names no place itself.
    """
    for cause in _chain(error):
        if isinstance(cause, ReconError):  # it is clear by itself
            return cause if isinstance(cause, StorageError) else None
        if found := _fault(cause, where if isinstance(cause, kind) else None):
            return found
    return None


@contextmanager
def storage_errors(where: Path, kind: type[Exception] = Exception) -> Iterator[None]:
    """Turns what comes from the disk into StorageError with the path; every other error passes."""
    try:
        yield
    except Exception as error:
        found = storage_error(error, where, kind)
        if found is None or found is error:
            raise
        raise found from error


def damaged(path: Path, *, do: str = RESTORE) -> StorageError:
    """The error about a file whose bytes are not what they must be."""
    return StorageError(_DAMAGED, where=str(path), do=do)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and its causes, the outermost first."""
    seen = set[int]()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _fault(error: BaseException, where: Path | None) -> StorageError | None:
    words: tuple[str, str] | None = None
    if isinstance(error, OSError):
        words = _OF_SYSTEM.get(error.errno or 0)
        where = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else where
    elif isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the primary code of an extended one
        words = (_tried(where) if code in _TRY_THE_FOLDER else None) or _OF_SQLITE.get(code)
    elif isinstance(error, _ENGINES):
        words = _OF_SYSTEM.get(errno_of_duckdb(error) or 0) or _tried(where)
    return StorageError(words[0], where=str(where or ""), do=words[1]) if words else None


def errno_of_duckdb(error: BaseException) -> int | None:
    """The code of the operating system, from an error of a connection with `errors_as_json`; None if it has none."""
    _, brace, rest = str(error).partition("{")
    try:
        number = json.JSONDecoder().raw_decode(brace + rest)[0].get("errno")
        return int(number) if number else None
    except (ValueError, AttributeError):
        return None


def _tried(where: Path | None) -> tuple[str, str] | None:
    """What the system says when something is written next to a file, or into a folder."""
    if where is None:
        return None
    folder = next(path for path in (where, *where.parents) if path.is_dir())
    trial = folder / f".{secrets.token_hex(4)}{PART}"
    try:
        with trial.open("xb", buffering=0) as file:
            file.write(bytes(TRIAL_BYTES))
            os.fsync(file.fileno())
        if where.is_file():
            os.close(os.open(where, os.O_RDWR))
    except OSError as error:
        return _OF_SYSTEM.get(error.errno or 0)
    finally:
        with suppress(OSError):
            trial.unlink(missing_ok=True)
    return _ROOM if shutil.disk_usage(folder).free < LEAST_FREE else None


# -- DuckDB ---------------------------------------------------------------------------------------


def open_database(
    file: Path, *, read_only: bool = False, wait_seconds: float = 0, if_damaged: str = RESTORE
) -> duckdb.DuckDBPyConnection:
    """A connection to a DuckDB file. BusyError while another process has it for longer than `wait_seconds`.

    StorageError if the disk refuses, or if the file is damaged: then `if_damaged` is what to do. A lock is known by
    its code, EAGAIN.
    """
    opened = wait_for(
        lambda: _opened(file, read_only=read_only, if_damaged=if_damaged),
        wait_seconds,
        lambda: f"another process that uses {file}",
    )
    if opened is None:
        raise BusyError(
            "another process is using the warehouse", where=str(file), do="Wait for it to end, then run again"
        )
    return opened


def _opened(file: Path, *, read_only: bool, if_damaged: str) -> duckdb.DuckDBPyConnection | None:
    try:
        return duckdb.connect(str(file), read_only=read_only)
    except (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException) as error:
        code = _code_of_opening(file, read_only=read_only)
        if code in (0, errno.EAGAIN):
            return None
        words = _OF_SYSTEM.get(code or 0) or (_CANNOT_OPEN if code else None)
        what, do = words or (None if read_only else _tried(file)) or (_DAMAGED, if_damaged)
        raise StorageError(what, where=str(file), do=do) from error


def _code_of_opening(file: Path, *, read_only: bool) -> int | None:
    """The code of the operating system when the file is opened once more; 0 if it can be; None for other reasons."""
    with duckdb.connect() as connection:
        connection.execute("SET errors_as_json = true")
        try:
            connection.execute(f"ATTACH {sql_path(file)} AS opened{' (READ_ONLY)' if read_only else ''}")
        except duckdb.Error as error:
            return errno_of_duckdb(error)
    return 0


@contextmanager
def readable(file: Path, *, if_damaged: str = PUBLISH_AGAIN) -> Iterator[None]:
    """While a DuckDB file is only read: what it cannot give is StorageError with the file and `if_damaged`."""
    try:
        yield
    except duckdb.IOException as error:
        raise damaged(file, do=if_damaged) from error


def sql_path(path: Path) -> str:
    """A path as a literal of SQL, whatever signs are in it."""
    return "'" + str(path).replace("'", "''") + "'"


def sql_day(day: date) -> str:
    """A day as a literal of SQL, for the text of a view, which takes no parameters; everywhere else a day is bound."""
    return f"DATE '{day.isoformat()}'"


def require_readable_parquet(path: Path, *, do: str = RESTORE) -> None:
    """StorageError if a Parquet file cannot be read to its end; `do`: what to do then."""
    with duckdb.connect() as connection:
        try:
            connection.execute(f"SELECT COUNT(COLUMNS(*)) FROM read_parquet([{sql_path(path)}])").fetchall()
        except duckdb.Error as error:
            raise storage_error(error, path) or damaged(path, do=do) from error
