"""One run at a time on a state directory. The lock dies with its process, even after kill -9."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, TextIO

from recon.errors import BusyError
from resources.files import try_lock
from resources.storage import storage_errors

LOCK_FILE = ".lock"
ASK_AGAIN_SECONDS = 0.1


@dataclass
class _Held:
    file: TextIO
    depth: int = 1


@dataclass(frozen=True)
class StateLock:
    """`with StateLock(directory, wait_seconds).held("run of 2026-11-20"): ...`

    A process may take it again while it holds it; another one waits, and is told who holds it.
    """

    directory: Path
    wait_seconds: float = 30
    _held: ClassVar[dict[Path, _Held]] = {}
    _guard: ClassVar[threading.RLock] = threading.RLock()
    _path: Path = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_path", self.directory.resolve() / LOCK_FILE)

    @contextmanager
    def held(self, doing: str) -> Iterator[None]:
        """Holds the lock; `doing` is what others are told."""
        self._take(doing)
        try:
            yield
        finally:
            self._give_back()

    def _take(self, doing: str) -> None:
        with self._guard:
            if held := self._held.get(self._path):
                held.depth += 1
                return
            self._held[self._path] = _Held(self._locked_file(doing))

    def _give_back(self) -> None:
        with self._guard:
            held = self._held[self._path]
            held.depth -= 1
            if held.depth == 0:
                held.file.truncate(0)
                held.file.close()  # closing unlocks
                del self._held[self._path]

    def _locked_file(self, doing: str) -> TextIO:
        with storage_errors(self.directory):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+", encoding="utf-8")
        until = time.monotonic() + self.wait_seconds
        while not try_lock(file):
            if time.monotonic() >= until:
                holder = _holder(file)
                file.close()
                raise BusyError(
                    f"another run holds the state directory: {holder}",
                    where=str(self.directory),
                    do="Wait for it to end, or end it",
                )
            time.sleep(ASK_AGAIN_SECONDS)
        with suppress(OSError):  # a full disk: the lock holds all the same, only its holder is not named
            file.truncate(0)
            file.write(f"process {os.getpid()}, {doing}\n")
            file.flush()
        return file


def _holder(file: TextIO) -> str:
    file.seek(0)
    return file.read().strip() or "a process that has just started"
