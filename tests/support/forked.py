"""`recon` in processes of their own, forked from one that has imported everything: only the imports are shared."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from pipelines.cli.commands import main

PRELOADED = ["tests.support.forked", "pipelines.assembly", "pipelines.run_day", "pipelines.cli.inquire", "checks.shape"]
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


def start(words: list[str], folder: Path, prepare: Callable[..., None], *arguments: object) -> Child:
    """`recon <words>` with the environment of now; `prepare` is called there first, with the arguments."""
    folder.mkdir(parents=True, exist_ok=True)
    place = len(list(folder.iterdir()))
    files = tuple(folder / f"{place}.{stream}" for stream in ("out", "err"))
    for file in files:
        file.touch()
    process = _FORKS.Process(target=_run, args=(words, dict(os.environ), files, prepare, arguments), daemon=True)
    process.start()
    return Child(process, *files)


def _run(
    words: list[str],
    environment: dict[str, str],
    files: tuple[Path, ...],
    prepare: Callable[..., None],
    arguments: tuple[object, ...],
) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, file in enumerate(files, start=1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), descriptor)
    prepare(*arguments)
    sys.argv = ["recon", *words]
    main()
