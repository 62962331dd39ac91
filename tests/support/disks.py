"""Disks that are full, small or read-only: real file systems, mounted for the time of a test (that needs root)."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[Path]:
    """An empty file system of that size in the place of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", folder)
    try:
        yield folder
    finally:
        _run("umount", "--lazy", folder)


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """The folder as it is, on a file system that refuses every change."""
    folder.mkdir(parents=True, exist_ok=True)
    _run("mount", "--bind", folder, folder)
    try:
        _run("mount", "-o", "remount,bind,ro", folder)
        yield folder
    finally:
        _run("umount", "--lazy", folder)


def fill(folder: Path) -> Path:
    """Takes all the room that is left; the file that takes it."""
    path = folder / "fill"
    with path.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            while True:
                try:
                    file.write(bytes(size))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    break
    return path


def _run(*words: object) -> None:
    subprocess.run([str(word) for word in words], check=True, capture_output=True)
