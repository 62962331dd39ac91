"""A copy of the state directory in one file, and back again into a new one.

In it are the landed files, parsed rows, frozen orders, revisions, the warehouse and the journals, each with
its sha256 in a manifest at the end. Not in it: locks, scratch folders, Dagster's own records, exports (made again).
The state lock is held meanwhile, so no run writes; the databases are copied by their own means all the same.
"""

from __future__ import annotations

import errno
import io
import json
import os
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO

from recon.errors import ReconError
from recon.listing import counted
from recon.reports.names import printable
from resources.files import fsync_folder, scratch_folder
from resources.state_files import Hashing, consistent, is_plain_name, kept_files, put_in_place, write_file
from resources.state_lock import StateLock

MANIFEST = "manifest.json"
FORMAT = 1
LARGEST_MANIFEST = 256 * 1024 * 1024  # bytes; a file takes about 200


Files = dict[str, tuple[str, int]]  # path -> sha256, size
Manifest = tuple[Files, datetime]  # what a backup says of its files, and when it was made


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
            "already exists" if to.exists() else "is in the state directory", where=str(to), do="Name a new file"
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
    return restore(directory, lambda scratch: _from_archive(source, scratch))


def restore(directory: Path, fill: Callable[[Path], tuple[Files, datetime]]) -> BackupReceipt:
    """A folder that is new or empty becomes what `fill` writes into a scratch folder; nothing is left if it raises.

    `fill` proves what it writes, and gives path -> sha256 and size, and when the state was so. BackupError if the
    folder is not empty.
    """
    directory = directory.absolute()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise BackupError("is not empty", where=str(directory), do="Name a new folder: nothing is overwritten")
    directory.mkdir(parents=True, exist_ok=True)
    is_writable = os.access(directory.parent, os.W_OK)
    scratch = directory.with_name(f".{directory.name}.restoring") if is_writable else directory / ".restoring"
    with scratch_folder(scratch):
        files, made_at = fill(scratch)
        put_in_place(scratch, directory)
    return BackupReceipt(directory, len(files), sum(size for _, size in files.values()), made_at)


def _from_archive(source: Path, scratch: Path) -> tuple[Files, datetime]:
    found, (listed, made_at) = _unpack(source, scratch)
    if changed := sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name)):
        raise _not_whole(source, f"not as it was: {counted(len(changed), 'file')}, first {printable(changed[0])}")
    return found, made_at


# -- writing --------------------------------------------------------------------------------------


def _write(directory: Path, target: IO[bytes], copy: Path, now: datetime, wait_seconds: float) -> Files:
    files: Files = {}
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in kept_files(directory):
            name = path.relative_to(directory).as_posix()
            with consistent(path, directory, copy, wait_seconds) as kept, kept.open("rb") as content:
                files[name] = _add(archive, name, content, path)
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "files": {name: {"sha256": sha256, "size": size} for name, (sha256, size) in files.items()},
        }
        _add_manifest(archive, json.dumps(manifest, indent=1).encode())
    return files


def _add(archive: tarfile.TarFile, name: str, content: BinaryIO, original: Path) -> tuple[str, int]:
    """One file with its rights and time, hashed while it is read."""
    member, stat = tarfile.TarInfo(name), original.stat()
    member.size = os.fstat(content.fileno()).st_size
    member.mode, member.mtime = stat.st_mode & 0o777, int(stat.st_mtime)
    hashing = Hashing(content)
    archive.addfile(member, hashing)
    return hashing.sha256.hexdigest(), member.size


def _add_manifest(archive: tarfile.TarFile, content: bytes) -> None:
    member = tarfile.TarInfo(MANIFEST)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


# -- reading --------------------------------------------------------------------------------------


def _unpack(source: Path, folder: Path) -> tuple[Files, Manifest]:
    """The files as they come, and what the manifest says of them. The archive may have been made by anybody."""
    found: Files = {}
    manifest: Manifest | None = None
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
                        path = folder / member.name
                        member_content = _content(archive, member)
                        found[member.name] = write_file(path, member_content, member.mode, int(member.mtime))
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
    if not is_plain_name(member.name):
        raise _unusable(source, f"holds a name that leads outside: {printable(member.name)}")
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
        raise _unusable(source, f"holds something else than plain files: {printable(member.name)}")
    if not 0 <= member.size <= most:
        raise _not_whole(source, f"{printable(member.name)} is said to be larger than the backup")


def _read_manifest(source: Path, archive: tarfile.TarFile, member: tarfile.TarInfo) -> Manifest:
    if member.size > LARGEST_MANIFEST:
        raise _not_whole(source, "its manifest is too large")
    try:
        document = json.loads(_content(archive, member).read())
        version = document["format"]
        if version == FORMAT:
            files = {str(name): (str(line["sha256"]), int(line["size"])) for name, line in document["files"].items()}
            return files, datetime.fromisoformat(document["made_at"])
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


def _not_whole(source: Path, why: str) -> BackupError:
    return BackupError(f"is not a whole backup: {why}", where=str(source), do="Use another one; nothing was restored")


def _unusable(source: Path, why: str) -> BackupError:
    return BackupError(why, where=str(source), do="Do not use it; nothing was restored")
