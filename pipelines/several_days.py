"""Several days with several workers: each is a process that runs every n-th day, and their lists are closed in order.

The command that a person started is no worker. It tells each day when the day before is closed, and ends the workers
when a day does not prove itself, or when it is ended itself: a worker lives as long as its standard input is open.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from queue import SimpleQueue
from threading import Thread

from pipelines.day_result import DayResult, require_in_scope
from pipelines.kept_state import open_store, push
from recon.errors import ReconError
from resources.settings import Settings
from resources.state_lock import StateLock

WORKER = """
from resources.imports import kept_imports
with kept_imports():
    from pipelines import day_worker
day_worker.main()
"""
CLOSED = "closed"  # what a worker says of a day whose list is closed, and is told of the day before its own
END_SECONDS = 30


def run_several(settings: Settings, days: Sequence[date], workers: int, *, fetch: bool) -> Generator[DayResult]:
    """The results of the days in order, up to the first that is not proved. With an object store the state is stored
    once, after the last of them. ReconError if they cannot begin, or if a worker ends without a result.
    """
    require_in_scope(settings, days[0])
    lock = StateLock(settings.warehouse.directory, settings.warehouse.lock_wait_seconds)
    store = open_store(settings)
    if store is not None:
        with lock.held(f"run of {days[0]}"):
            store.begin(days[0])
    with _workers(days, min(workers, len(days)), fetch=fetch) as started:
        for result in _results(days, started):
            is_over = result.status != "proved" or result.day == days[-1]
            if is_over and store is not None:
                with lock.held(f"run of {result.day}"):
                    result = replace(result, not_stored=push(store))
            yield result
            if is_over:
                return


def _results(days: Sequence[date], workers: Sequence[_Worker]) -> Iterator[DayResult]:
    """In the order of days; a day whose predecessor is closed is told so."""
    for place, day in enumerate(days):
        own, following = workers[place % len(workers)], workers[(place + 1) % len(workers)]
        while isinstance(said := own.said.get(), date):
            following.tell(said)
        if said is None:
            raise ReconError(f"the process that ran {day} has ended", do="Run the days from this one on again")
        yield said


@contextmanager
def _workers(days: Sequence[date], count: int, *, fetch: bool) -> Iterator[list[_Worker]]:
    since = datetime.now(UTC).replace(microsecond=0)
    with ExitStack() as started:
        yield [
            started.enter_context(closing(_Worker(days[place::count], days, since, fetch=fetch)))
            for place in range(count)
        ]


class _Worker:
    """A process, and what it says: a closed day, a result, None when it says no more."""

    def __init__(self, own: Sequence[date], days: Sequence[date], since: datetime, *, fetch: bool) -> None:
        task = [[str(day) for day in own], str(days[0]), str(days[-1]), since.isoformat(), fetch]
        self.said: SimpleQueue[DayResult | date | None] = SimpleQueue()
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-c", WORKER, json.dumps(task)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C ends the command, and it its workers
        )
        Thread(target=self._listen, daemon=True).start()

    def tell(self, closed: date) -> None:
        """The list of a day is closed."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it has ended, which is seen when its day comes
            self._process.stdin.write(f"{CLOSED} {closed}\n")
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

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            word, _, day = line.strip().partition(" ")
            self.said.put(date.fromisoformat(day) if word == CLOSED else DayResult.from_json(line))
        self.said.put(None)
