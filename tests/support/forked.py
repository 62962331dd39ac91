"""Processes that can be killed, or kill themselves, forked from one that has imported everything: only the imports are
shared.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import NoReturn

PRELOADED = [
    "tests.support.forked", "tests.support.asking", "tests.support.inquiry", "tests.support.stored_answers",
    "pipelines.assembly", "pipelines.run_day", "pipelines.run_records", "pipelines.event_records",
    "pipelines.several_days", "pipelines.day_worker",
    "pipelines.cli.commands", "pipelines.cli.run", "pipelines.cli.inquire", "pipelines.cli.alerts", "checks.shape",
    # else each run imports them
    "alembic.command", "altair", "dagster._core.execution.execute_in_process", "dagster._core.instance.factory",
    "dagster._core.secrets", "dagster._core.storage.migration", "fsspec.implementations.local", "pandas",
    "pyarrow.dataset", "pyarrow.parquet", "typer.main", "upath.implementations.local", "vl_convert",
    "tests.support.frozen",
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


class ForkedPython:
    """In the place of `subprocess.Popen` in such a process, for `[python, "-c", code, *words]` with pipes in text: the
    code runs in a fork, which has what was imported and, as after an exec, no file but its pipes and stderr.
    """

    def __init__(self, command: Sequence[str], **_: object) -> None:
        (stdin, to_it), (from_it, stdout) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _become(command[2:], stdin, stdout)
        os.close(stdin)
        os.close(stdout)
        self.stdin, self.stdout, self._has_ended = os.fdopen(to_it, "w"), os.fdopen(from_it), False

    def wait(self, timeout: float) -> None:
        """Until it has ended; TimeoutExpired."""
        until = time.monotonic() + timeout
        while not self._has_ended and os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("a fork", timeout)
            time.sleep(0.02)
        self._has_ended = True

    def kill(self) -> None:
        """With SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)


def _become(argv: Sequence[str], stdin: int, stdout: int) -> NoReturn:
    """Never returns into what was going on in the process that forked."""
    code = 1
    try:
        os.setsid()
        os.dup2(stdin, 0)
        os.dup2(stdout, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        sys.stdin, sys.stdout, sys.argv = os.fdopen(0), os.fdopen(1, "w"), ["-c", *argv[1:]]
        exec(argv[0], {"__name__": "__main__"})
    except SystemExit as ending:
        code = int(ending.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)
