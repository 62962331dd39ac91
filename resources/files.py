"""Files of the state: written whole or not at all, locked by one process at a time, known by their digest."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from typing import IO, Literal

Readers = Literal["owner", "group"]
_MASKS: dict[Readers, int] = {"owner": 0o077, "group": 0o027}
_PART_OF_AN_ADDRESS = re.compile(r"\?|%[0-9A-Fa-f]{2}")
PART = ".part"  # the ending of a file that is not complete yet; its name begins with a dot
UNLOCKED_SECONDS = 60  # a younger part may not be locked yet by the process that writes it


def require_plain_path(path: Path) -> Path:
    """The path itself; ValueError if DuckDB or SQLAlchemy would take a part of it for something else."""
    if _PART_OF_AN_ADDRESS.search(str(path)):
        raise ValueError(f"{path} cannot hold databases: ? and % with two digits mean something else there")
    return path


def create_readable_by(readers: Readers) -> None:
    """From now on this process creates files and folders for its user alone, or for its group to read as well."""
    os.umask(_MASKS[readers])


def make_read_only(file: IO[bytes]) -> None:
    """Takes the right to write from everybody; who may read stays."""
    os.fchmod(file.fileno(), stat.S_IMODE(os.fstat(file.fileno()).st_mode) & ~0o222)


def write_atomically(path: Path, content: bytes | memoryview) -> None:
    """A file that is on disk whole, or not there. Missing folders are made. OSError if the disk refuses.

    Incomplete copies of the same file that killed processes left behind are removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}{PART}")
    try:
        with part.open("xb") as file:
            try_lock(file)  # while it is locked, no other process removes it as a leftover
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    for left in path.parent.glob(f".{escape(path.name)}.*{PART}"):
        with suppress(FileNotFoundError), left.open("rb") as file:
            is_old = time.time() - os.fstat(file.fileno()).st_mtime > UNLOCKED_SECONDS
            if is_old and try_lock(file):
                left.unlink()
    fsync_folder(path.parent)


@contextmanager
def scratch_folder(folder: Path) -> Iterator[Path]:
    """An empty folder, which is gone in the end; what a killed process left there is removed first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


_COPY = """
import os, shutil, sys
try:
    shutil.copyfile(*sys.argv[1:])
    with open(sys.argv[2], "rb+") as copy:
        os.fsync(copy.fileno())
except OSError as error:
    sys.exit(error.errno or 1)
"""


def copy_elsewhere(source: Path, target: Path) -> None:
    """Copies the bytes of a file in a process of its own, to the disk. OSError of the target if that fails.

    A database that this process has open is read by another one: to open and close it here would release the lock
    that keeps others out (fcntl: all locks of a process on a file end when it closes any descriptor of it).
    """
    command = [sys.executable, "-I", "-S", "-c", _COPY, str(source), str(target)]
    ended = subprocess.run(command, check=False)  # noqa: S603
    if ended.returncode:
        raise OSError(ended.returncode, os.strerror(ended.returncode), str(target))


def fsync_folder(folder: Path) -> None:
    """A rename is safe only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """The digest of the bytes of a file, in hexadecimal. OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits until no other process holds the lock file `path`; the lock ends with its process, also after kill -9."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def try_lock(file: IO[str] | IO[bytes], *, is_shared: bool = False) -> bool:
    """Takes the lock of an open file unless another process has it; closing the file gives it back."""
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
