"""A copy of the state directory in one file, and back again into a new one.

In it are the landed files, parsed rows, frozen orders, revisions, the warehouse and the journals, each with
its sha256 in a manifest at the end. Not in it: locks, scratch folders, Dagster's own records, exports (made again).
The state lock is held meanwhile, so no run writes; the databases are copied by their own means all the same.
"""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

import duckdb

from recon.errors import BusyError, ReconError
from recon.reports.names import printable
from resources.files import fsync_folder
from resources.state_lock import StateLock
from resources.storage import errno_of_duckdb, open_database, sql_path
from resources.waiting import wait_for

MANIFEST = "manifest.json"
FORMAT = 1
WAREHOUSE = "recon.duckdb"
SQLITE = b"SQLite format 3\0"
LEFT_OUT = ("dagster", "spill")  # folders of the state directory
SCRATCH = (".part", ".opening", ".sqlite-wal", ".sqlite-shm", ".duckdb.wal", ".lock")
CHUNK = 1024 * 1024
LARGEST_MANIFEST = 256 * 1024 * 1024  # bytes; a file takes about 200
MEMORY = "1GB"


class BackupError(ReconError):
    """A backup cannot be made, or is not whole."""


@dataclass(frozen=True)
class BackupReceipt:
    """What is in a backup."""

    path: Path  # of the backup, or of the folder that was restored
    files: int
    size: int  # bytes of the files in it
    made_at: datetime


def write_backup(directory: Path, to: Path, now: datetime, wait_seconds: float) -> BackupReceipt:
    """Copies a state directory into the new file `to`; BusyError if a run holds it for longer than `wait_seconds`."""
    directory = directory.resolve()
    if not directory.is_dir():
        raise BackupError("there is no state directory", where=str(directory), do="Run a day first")
    if to.exists() or to.resolve().is_relative_to(directory):
        raise BackupError(
            "is there already" if to.exists() else "is in the state directory", where=str(to), do="Name a new file"
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f".{to.name}.part")
    try:
        with StateLock(directory, wait_seconds).held("backup"), part.open("wb") as target:
            files = _write(directory, target, part.with_suffix(".copy.part"), now, wait_seconds)
            target.flush()
            os.fsync(target.fileno())
        part.replace(to)
        fsync_folder(to.resolve().parent)
    finally:
        part.unlink(missing_ok=True)
    return BackupReceipt(to, len(files), sum(size for _, size in files.values()), now)


def restore_backup(source: Path, directory: Path) -> BackupReceipt:
    """Unpacks a backup into a folder that is new or empty; nothing is left there unless every file is as it was.

    BackupError about the archive or the folder, StorageError about the disk. Files get the rights that this process
    gives to new files: no one may execute them.
    """
    directory = directory.absolute()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise BackupError("is not empty", where=str(directory), do="Name a new folder: nothing is overwritten")
    directory.mkdir(parents=True, exist_ok=True)
    is_writable = os.access(directory.parent, os.W_OK)
    scratch = directory.with_name(f".{directory.name}.restoring") if is_writable else directory / ".restoring"
    try:
        shutil.rmtree(scratch, ignore_errors=True)  # of a killed one
        scratch.mkdir()
        found, manifest = _unpack(source, scratch)
        _compare(source, found, manifest)
        _put_in_place(scratch, directory)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return BackupReceipt(directory, len(found), sum(size for _, size in found.values()), manifest.made_at)


def _put_in_place(scratch: Path, directory: Path) -> None:
    """One rename; where the folder cannot be replaced (a disk of its own), one for each entry, the warehouse last."""
    try:
        scratch.replace(directory)
    except OSError as error:
        if error.errno not in (errno.EBUSY, errno.EXDEV, errno.ENOTEMPTY, errno.EINVAL):
            raise
        for entry in sorted(scratch.iterdir(), key=lambda path: path.name == WAREHOUSE):
            shutil.move(entry, directory / entry.name)
    fsync_folder(directory)
    fsync_folder(directory.parent)


# -- writing --------------------------------------------------------------------------------------

Files = dict[str, tuple[str, int]]  # path -> sha256, size


def _write(directory: Path, target: IO[bytes], copy: Path, now: datetime, wait_seconds: float) -> Files:
    files: Files = {}
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in _kept(directory):
            name = path.relative_to(directory).as_posix()
            with _copied(path, directory, copy, wait_seconds) as kept, kept.open("rb") as content:
                files[name] = _add(archive, name, content, path)
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "files": {name: {"sha256": sha256, "size": size} for name, (sha256, size) in files.items()},
        }
        _add_manifest(archive, json.dumps(manifest, indent=1).encode())
    return files


def _kept(directory: Path) -> Iterator[Path]:
    """All files that are worth it, in a fixed order."""
    for path in sorted(directory.rglob("*")):
        parts = path.relative_to(directory).parts
        is_scratch = path.name.endswith(SCRATCH) or any(part.startswith(".") for part in parts)
        if parts[0] not in LEFT_OUT and not is_scratch and path.is_file() and not path.is_symlink():
            yield path


@contextmanager
def _copied(path: Path, directory: Path, copy: Path, wait_seconds: float) -> Iterator[Path]:
    """The file itself; of a database that somebody may be using, a copy that is consistent."""
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
        connection.execute(f"SET memory_limit = '{MEMORY}'")
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


def _add(archive: tarfile.TarFile, name: str, content: BinaryIO, original: Path) -> tuple[str, int]:
    """One file with its rights and time, hashed while it is read."""
    member, stat = tarfile.TarInfo(name), original.stat()
    member.size = os.fstat(content.fileno()).st_size
    member.mode, member.mtime = stat.st_mode & 0o777, int(stat.st_mtime)
    hashing = _Hashing(content)
    archive.addfile(member, hashing)
    return hashing.sha256.hexdigest(), member.size


def _add_manifest(archive: tarfile.TarFile, content: bytes) -> None:
    member = tarfile.TarInfo(MANIFEST)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


class _Hashing:
    """A file that is hashed by whoever reads it."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content, self.sha256 = content, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        found = self._content.read(size)
        self.sha256.update(found)
        return found


# -- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Manifest:
    """What a backup says of its files."""

    files: Files
    made_at: datetime


def _unpack(source: Path, folder: Path) -> tuple[Files, _Manifest]:
    """The files as they come, and what the manifest says of them. The archive may have been made by anybody."""
    found: Files = {}
    manifest: _Manifest | None = None
    try:
        with source.open("rb") as content:
            size = os.fstat(content.fileno()).st_size
            with tarfile.open(fileobj=content, mode="r|") as archive:
                for member in archive:
                    _require_plain(source, member, size)
                    if member.name in found or (member.name == MANIFEST and manifest):
                        raise _unusable(source, f"holds {printable(member.name)} twice")
                    if member.name == MANIFEST:
                        manifest = _read_manifest(source, archive, member)
                    else:
                        found[member.name] = _extract(archive, member, folder)
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError):
        raise _not_whole(source, "it cannot be read to its end") from None
    except FileNotFoundError as error:
        raise BackupError("there is no such file", where=str(error.filename or source), do="Check --from") from None
    except (IsADirectoryError, NotADirectoryError, FileExistsError):
        raise _unusable(source, "holds names that are a file and a folder at once, or is a folder itself") from None
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        raise _unusable(source, "holds a name that is too long") from None
    if manifest is None:
        raise _not_whole(source, "its manifest is missing")
    return found, manifest


def _require_plain(source: Path, member: tarfile.TarInfo, most: int) -> None:
    """BackupError for what this program never writes: links, devices, names that lead outside, impossible sizes."""
    path = PurePosixPath(member.name)
    is_inside = path.parts and not path.is_absolute() and ".." not in path.parts and str(path) == member.name
    if not is_inside or "\0" in member.name:
        raise _unusable(source, f"holds a name that leads outside: {printable(member.name)}")
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
        raise _unusable(source, f"holds something else than plain files: {printable(member.name)}")
    if not 0 <= member.size <= most:
        raise _not_whole(source, f"{printable(member.name)} is said to be larger than the backup")


def _read_manifest(source: Path, archive: tarfile.TarFile, member: tarfile.TarInfo) -> _Manifest:
    if member.size > LARGEST_MANIFEST:
        raise _not_whole(source, "its manifest is too large")
    try:
        document = json.loads(_content(archive, member).read())
        version = document["format"]
        if version == FORMAT:
            files = {str(name): (str(line["sha256"]), int(line["size"])) for name, line in document["files"].items()}
            return _Manifest(files, datetime.fromisoformat(document["made_at"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _not_whole(source, "its manifest cannot be read") from None
    raise BackupError(
        f"is a backup of version {printable(str(version))[:20]}, this program reads {FORMAT}",
        where=str(source),
        do="Use the program that wrote it; nothing was restored",
    )


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = archive.extractfile(member)
    assert content is not None  # a plain file
    return content


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> tuple[str, int]:
    path = folder / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    hashing, size = _Hashing(_content(archive, member)), 0
    rights = member.mode & 0o666  # as the process allows: the umask is taken away from them
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, rights | 0o400)
    with os.fdopen(descriptor, "wb") as target:
        while chunk := hashing.read(CHUNK):
            size += target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    os.utime(path, (member.mtime, member.mtime))
    return hashing.sha256.hexdigest(), size


def _compare(source: Path, found: Files, manifest: _Manifest) -> None:
    listed = manifest.files
    if changed := sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name)):
        raise _not_whole(source, f"{len(changed)} files are not as they were, first {printable(changed[0])}")


def _not_whole(source: Path, why: str) -> BackupError:
    return BackupError(f"is no whole backup: {why}", where=str(source), do="Use another one; nothing was restored")


def _unusable(source: Path, why: str) -> BackupError:
    return BackupError(why, where=str(source), do="Do not use it; nothing was restored")
