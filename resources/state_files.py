"""The files of a state directory that are worth keeping, how they are copied while others write, and put in place.

In it are the landed files, parsed rows, frozen orders, revisions, the warehouse and the journals. Not in it: locks,
scratch folders, Dagster's own records, exports (made again). A backup and the object store keep the same ones.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

import duckdb

from recon.errors import BusyError
from resources.files import fsync_folder
from resources.storage import errno_of_duckdb, open_database, sql_path
from resources.waiting import wait_for

WAREHOUSE = "recon.duckdb"
SQLITE = b"SQLite format 3\0"
LEFT_OUT = ("dagster", "spill")  # folders of the state directory
SCRATCH = (".part", ".opening", ".sqlite-wal", ".sqlite-shm", ".duckdb.wal", ".lock")
CHUNK = 1024 * 1024
MEMORY = "1GB"


def kept_files(directory: Path) -> Iterator[Path]:
    """All files of a state directory that are worth keeping, in a fixed order."""
    for path in sorted(directory.rglob("*")):
        parts = path.relative_to(directory).parts
        is_scratch = path.name.endswith(SCRATCH) or any(part.startswith(".") for part in parts)
        if parts[0] not in LEFT_OUT and not is_scratch and path.is_file() and not path.is_symlink():
            yield path


def has_state(directory: Path) -> bool:
    """Whether there is any."""
    return any(True for _ in kept_files(directory))


@contextmanager
def consistent(path: Path, directory: Path, copy: Path, wait_seconds: float) -> Iterator[Path]:
    """The file itself; of a database that somebody may be using, a consistent copy, which is gone afterwards.

    `copy`: a free path for it. BusyError if another process writes the warehouse for longer than `wait_seconds`.
    """
    copy.unlink(missing_ok=True)  # of a killed one
    with path.open("rb") as content:
        is_sqlite = content.read(len(SQLITE)) == SQLITE
    try:
        if is_sqlite:
            _copy_sqlite(path, copy)
        elif path == directory / WAREHOUSE:
            _copy_duckdb(path, copy, wait_seconds)
        yield copy if copy.exists() else path
    finally:
        copy.unlink(missing_ok=True)


def _copy_sqlite(path: Path, copy: Path) -> None:
    """What is committed, while others go on writing."""
    with (
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=30)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)


def _copy_duckdb(path: Path, copy: Path, wait_seconds: float) -> None:
    """All tables as they are, whatever their schema version; readers without the state lock are waited for."""
    with duckdb.connect() as connection:
        connection.execute("SET memory_limit = ?", [MEMORY])
        connection.execute(f"SET temp_directory = {sql_path(copy.with_name('spill'))}")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute("SET autoinstall_known_extensions = false")
        connection.execute("SET errors_as_json = true")
        attach = partial(_attached, connection, path)
        if wait_for(attach, wait_seconds, lambda: f"another process that writes {path}") is None:
            raise BusyError("the warehouse is in use", where=str(path), do="Try again later")
        connection.execute(f"ATTACH {sql_path(copy)} AS target")
        connection.execute("COPY FROM DATABASE source TO target")
        connection.execute("DETACH target")


def _attached(connection: duckdb.DuckDBPyConnection, path: Path) -> bool | None:
    try:
        open_database(path, read_only=True).close()  # what is wrong with the file is said by this one
        connection.execute(f"ATTACH {sql_path(path)} AS source (READ_ONLY)")
    except BusyError:
        return None
    except duckdb.IOException as error:  # another process came in between
        if errno_of_duckdb(error) != errno.EAGAIN:
            raise
        return None
    return True


class Hashing:
    """A file that is hashed by whoever reads it."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content, self.sha256 = content, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        found = self._content.read(size)
        self.sha256.update(found)
        return found


def is_plain_name(name: str) -> bool:
    """Whether a name from elsewhere is that of a file inside the state directory, written as this program does."""
    path = PurePosixPath(name)
    return (
        bool(path.parts)
        and not path.is_absolute()
        and ".." not in path.parts
        and str(path) == name
        and "\0" not in name
    )


def write_file(path: Path, content: IO[bytes], mode: int, mtime: int) -> tuple[str, int]:
    """A new file on the disk with these bytes; its sha256 and size.

    `mode`: rights, of which those to execute are not given, and as many as this process gives to new files;
    `mtime`: seconds since 1970. FileExistsError if it is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    hashing, size = Hashing(content), 0
    rights = mode & 0o666  # as the process allows: the umask is taken away from them
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights | 0o400)
    with os.fdopen(descriptor, "wb") as target:
        while chunk := hashing.read(CHUNK):
            size += target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    os.utime(path, (mtime, mtime))
    return hashing.sha256.hexdigest(), size


def put_in_place(scratch: Path, directory: Path) -> None:
    """One rename; where the folder cannot be replaced (a disk of its own, or locks are in it), one for each file.

    The warehouse comes last. Called again after it was interrupted, it moves what is left.
    """
    try:
        scratch.replace(directory)
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EXDEV, errno.ENOTEMPTY, errno.EEXIST, errno.EINVAL):
            raise
        _move_files(scratch, directory)
    fsync_folder(directory)
    fsync_folder(directory.parent)


def _move_files(scratch: Path, directory: Path) -> None:
    """Each by a rename; on a disk of its own by a copy."""
    files = (path for path in scratch.rglob("*") if path.is_file())
    folders = {directory}
    for path in sorted(files, key=lambda path: (path.name == WAREHOUSE and path.parent == scratch, path)):
        target = directory / path.relative_to(scratch)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        folders.add(target.parent)
    for folder in folders:
        fsync_folder(folder)
