"""One process at a time on a folder, and a sign of life of each run. Both die with their process, even after kill -9:
the operating system holds them, no clock is asked.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, TextIO

from recon.clearing_day import clearing_time
from recon.errors import BusyError
from resources.files import try_lock
from resources.storage import storage_errors
from resources.waiting import wait_for

LOCK_FILE = ".lock"
RUNS_FOLDER = ".runs"  # in the state directory; hidden, so that no backup takes it
QUEUED_SECONDS = 3600  # a run without a person waits as long


@dataclass
class _Held:
    file: TextIO
    depth: int = 1


@dataclass(frozen=True)
class StateLock:
    """`with StateLock(directory, wait_seconds).held("run of 2026-11-20"): ...`

    A process may take it again while it holds it; another one waits, and says who holds it. `what`: what it guards.
    """

    directory: Path
    wait_seconds: float = 30
    what: str = "the state directory"
    _held: ClassVar[dict[Path, _Held]] = {}
    _guard: ClassVar[threading.RLock] = threading.RLock()
    _path: Path = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_path", self.directory.resolve() / LOCK_FILE)

    @contextmanager
    def held(self, doing: str) -> Iterator[None]:
        """Holds the lock; `doing` is what others read. BusyError if another process keeps it for `wait_seconds`."""
        self._take(doing)
        try:
            yield
        finally:
            self._release()

    def holder(self) -> str | None:
        """What the other process that holds it says of itself; None if there is none. Nothing is written."""
        with self._guard:
            if self._path in self._held or not self._path.exists():
                return None
            with self._path.open(encoding="utf-8") as file:
                return None if try_lock(file, is_shared=True) else _holder(file)

    def _take(self, doing: str) -> None:
        with self._guard:
            if held := self._held.get(self._path):
                held.depth += 1
                return
            self._held[self._path] = _Held(self._locked_file(doing))

    def _release(self) -> None:
        with self._guard:
            held = self._held[self._path]
            held.depth -= 1
            if held.depth == 0:
                del self._held[self._path]
                with suppress(OSError):
                    os.ftruncate(held.file.fileno(), 0)
                held.file.close()  # closing unlocks

    def _locked_file(self, doing: str) -> TextIO:
        with storage_errors(self.directory):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+", encoding="utf-8")
        try:
            self._lock(file)
        except BaseException:
            file.close()
            raise
        name = f"process {os.getpid()}, {doing}, since {clearing_time(datetime.now(UTC))}\n"
        with suppress(OSError):  # a full disk: the lock holds all the same, only its holder is not named
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), name.encode())  # nothing waits in a buffer to fail later
        return file

    def _lock(self, file: TextIO) -> None:
        def attempt() -> bool | None:
            return try_lock(file) or None

        if wait_for(attempt, self.wait_seconds, lambda: f"{self.what}, which {_holder(file)} holds") is None:
            raise BusyError(
                f"another run holds {self.what}: {_holder(file)}",
                where=str(self.directory),
                do="Wait for it to end, or end it",
            )


@dataclass(frozen=True)
class RunLocks:
    """A file for each run of Dagster, locked while its process lives: whether a run that has no end is still alive.

    The file stays when the run is over, until `forget` removes it.
    """

    state_directory: Path
    _files: ClassVar[dict[Path, TextIO]] = {}

    def hold(self, run_id: str) -> None:
        """From now until this process ends, this run is alive."""
        path = self._path(run_id)
        if path in self._files:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{run_id}.{os.getpid()}")
        file = made.open("w", encoding="utf-8")
        try_lock(file)
        made.replace(path)  # it is never seen unlocked while its process lives
        self._files[path] = file

    def is_alive(self, run_id: str) -> bool | None:
        """Whether a process holds it; None if none ever did."""
        path = self._path(run_id)
        try:
            with path.open(encoding="utf-8") as file:
                return path in self._files or not try_lock(file)
        except FileNotFoundError:
            return None

    def known(self) -> list[str]:
        """The runs that have a file, alive or not."""
        folder = self.state_directory / RUNS_FOLDER
        return sorted(path.name for path in folder.glob("[!.]*"))

    def forget(self, run_id: str) -> None:
        """Removes the file of a run that is over, unless its process is still there."""
        if self.is_alive(run_id) is False:
            self._path(run_id).unlink(missing_ok=True)

    def _path(self, run_id: str) -> Path:
        return self.state_directory.resolve() / RUNS_FOLDER / run_id


def _holder(file: TextIO) -> str:
    file.seek(0)
    return file.read().strip() or "a process that has just started"
