"""Processes that can be killed, or kill themselves, forked from one that has imported everything: only the imports are
shared.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path

PRELOADED = [
    "tests.support.forked", "tests.support.asking", "tests.support.inquiry", "tests.support.stored_answers",
    "pipelines.assembly", "pipelines.run_day", "pipelines.run_records", "pipelines.event_records",
    "pipelines.cli.run", "pipelines.cli.inquire", "pipelines.cli.alerts", "checks.shape",
    "alembic.command", "altair", "pandas", "pyarrow.parquet", "upath", "vl_convert",  # else each run imports them
]  # fmt: skip
WAIT_SECONDS = 300
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(PRELOADED)


@dataclass(frozen=True)
class Child:
    """A running command; what it prints goes to files."""

    process: ForkServerProcess
    out: Path
    err: Path

    def ended(self) -> tuple[int | None, str, str]:
        """Exit code (negative: the signal that killed it), stdout, stderr, once it is over."""
        self.process.join(WAIT_SECONDS)
        return self.process.exitcode, self.out.read_text(), self.err.read_text()

    def first_line(self, file: Path) -> str:
        """What it prints first there; waits for it."""
        until = time.monotonic() + WAIT_SECONDS
        while "\n" not in (said := file.read_text()) and self.process.is_alive() and time.monotonic() < until:
            time.sleep(0.05)
        return said.partition("\n")[0]

    def send(self, number: int) -> None:
        """A signal."""
        os.kill(self.process.pid or 0, number)


def event() -> Event:
    """What such a process can wait for."""
    return _FORKS.Event()


def start(act: Callable[..., None], folder: Path, *arguments: object) -> Child:
    """`act(*arguments)` with the environment of now; what it prints goes to files in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    place = len(list(folder.iterdir()))
    files = tuple(folder / f"{place}.{stream}" for stream in ("out", "err"))
    for file in files:
        file.touch()
    process = _FORKS.Process(target=_run, args=(act, arguments, dict(os.environ), files), daemon=True)
    process.start()
    return Child(process, *files)


def _run(
    act: Callable[..., None], arguments: tuple[object, ...], environment: dict[str, str], files: tuple[Path, ...]
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, file in enumerate(files, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), descriptor)
    act(*arguments)


def ends_in(place: str, times: int = 1) -> None:
    """From now on this process kills itself where it is told to, the n-th time it comes there, or waits for a signal.

    `place`: `module:name:before`, `module:Class.name:after`, `module:name:waits`.
    """
    module, path, how = place.split(":")
    owner, (*outer, name) = import_module(module), path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    original, calls = getattr(owner, name), count(1)

    def ended(*arguments: object, **named: object) -> object:
        result = original(*arguments, **named) if how == "after" else None
        if next(calls) < times:
            return result if how == "after" else original(*arguments, **named)
        if how == "waits":
            os.write(1, b"there\n")
            time.sleep(600)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    setattr(owner, name, ended)
