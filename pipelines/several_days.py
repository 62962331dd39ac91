"""Several days with several workers: each is a process that runs every n-th day, and their lists are closed in order.

The command that a person started is no worker. It passes messages on from worker to worker, and ends the workers
when a day does not prove itself, or when it is ended itself: a worker lives as long as its standard input is open.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from enum import StrEnum
from queue import SimpleQueue
from threading import Thread

from pipelines.day_result import DayResult, require_in_scope
from pipelines.kept_state import changing_state
from recon.errors import ReconError
from resources.settings import Settings
from resources.state_lock import QUEUED_SECONDS, StateLock

WORKER = """
from resources.imports import kept_imports
with kept_imports():
    from pipelines import day_worker
day_worker.main()
"""
END_SECONDS = 30
FOLDER = ".workers"  # in the state directory; hidden, so that no backup takes it


class Progress(StrEnum):
    """How far a day is: a message of its worker, passed on to the worker of the day after."""

    LANDED = "landed"  # its files have landed, and those of all days before
    CLOSED = "closed"  # its list is closed, and the warehouse is free
    EXPORTED = "exported"  # its files are written
    STOPS = "stops"  # they are not, and no later day may go on


def run_several(settings: Settings, days: Sequence[date], workers: int, *, fetch: bool) -> Generator[DayResult]:
    """The results of the days in order, up to the first that is not proved. With an object store the state is stored
    once, after the last of them. ReconError if they cannot begin, or if a worker ends without a result.
    """
    require_in_scope(settings, days[0])
    alone = StateLock(settings.warehouse.directory / FOLDER, QUEUED_SECONDS, "the workers of this state")
    count, doing = min(workers, len(days)), f"run of {days[0]} to {days[-1]}"
    threads = max(1, settings.warehouse.threads // count)
    with (
        changing_state(settings, doing, *days, alone=False) as stored,
        alone.held(doing),
        _workers(days, count, threads, fetch=fetch) as started,
    ):
        for result in _results(days, started):
            if result.status != "proved" or result.day == days[-1]:
                break
            yield result
    yield replace(result, not_stored=stored.problem)


def _results(days: Sequence[date], workers: Sequence[_Worker]) -> Iterator[DayResult]:
    """In the order of days. A day is proved when the next one has written that down: so its result waits for that."""
    waiting: DayResult | None = None
    for place, day in enumerate(days):
        own = workers[place % len(workers)]
        while not isinstance(message := own.messages.get(), DayResult):
            if message is None:
                first = waiting.day if waiting else day
                again = f"Run the days from {first} on again"
                raise ReconError("its worker has ended", where=f"run of {day}", do=again)
            if message is Progress.CLOSED and waiting:
                yield waiting
                waiting = None
            if message is Progress.STOPS:
                for other in workers:
                    if other is not own:
                        other.close()
        if waiting:
            yield waiting
        waiting = message
        if message.status != "proved":
            break
    if waiting:
        yield waiting


@contextmanager
def _workers(days: Sequence[date], count: int, threads: int, *, fetch: bool) -> Iterator[list[_Worker]]:
    since = datetime.now(UTC).replace(microsecond=0)
    environ = {"POLARS_MAX_THREADS": str(threads)} | os.environ  # more would only wait for those of other workers
    with ExitStack() as started:
        workers: list[_Worker] = []
        for place in range(count):
            workers.append(_Worker(days[place::count], days, since, environ, fetch=fetch))
            started.enter_context(closing(workers[-1]))
        for place, worker in enumerate(workers):
            worker.pass_on_to(workers[(place + 1) % count])
        yield workers


class _Worker:
    """A process, and its messages about its days, in their order; None when no more will come."""

    def __init__(
        self, own: Sequence[date], days: Sequence[date], since: datetime, environ: Mapping[str, str], *, fetch: bool
    ) -> None:
        task = [[str(day) for day in own], str(days[0]), str(days[-1]), since.isoformat(), fetch]
        self.messages: SimpleQueue[DayResult | Progress | None] = SimpleQueue()
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-c", WORKER, json.dumps(task)],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C ends the command, and it its workers
        )

    def pass_on_to(self, following: _Worker) -> None:
        """From now on collects its messages, and passes its progress on to the worker of the day after."""
        Thread(target=self._collect, args=[following], daemon=True).start()

    def send(self, line: str) -> None:
        """A message of another worker."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError, ValueError):  # it has ended or is to end, which is seen when its day comes
            self._process.stdin.write(line)
            self._process.stdin.flush()

    def close(self) -> None:
        """Ends it, and waits for its end."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _collect(self, following: _Worker) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                word = line.partition(" ")[0]
                if word in list(Progress):
                    following.send(line)
                    self.messages.put(Progress(word))
                else:
                    self.messages.put(DayResult.from_json(line))
        self.messages.put(None)
