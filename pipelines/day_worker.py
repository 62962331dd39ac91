"""A worker of `pipelines.several_days`: the whole job of each of its days, recorded in Dagster as always.

What needs no other day is done at once: landing, arrival, parsing, the shape of the rows, the orders of its window.
Then the day waits for its turn.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Event, Thread
from typing import TextIO

import dagster as dg

from pipelines.build_resources import landing_as, now, warehouse_as, warehouse_of
from pipelines.cli.alerts import notify_after
from pipelines.day_result import DayResult
from pipelines.instance import open_instance
from pipelines.interruption import run_command
from pipelines.kept_state import part_of_a_change
from pipelines.run_day import execute_day
from pipelines.several_days import Progress
from recon.clearing_day import as_of, report_date
from resources.day_in_turn import WarehouseInTurn
from resources.landed_files import LandedFile
from resources.landing import Landing
from resources.orders_db.db import OrdersAhead, OrdersScope
from resources.register import stale_days
from resources.settings import Settings, load_settings
from resources.state_lock import StateLock
from views import bi


class LandingOfDay(Landing):
    """The landing as it is when the days run one after the other: earlier days have landed, and of later ones there is
    nothing that landed since the workers began.
    """

    turns: TurnsOfDay
    own_date: date
    since: datetime

    def everything(self, report_date: date) -> list[LandedFile]:
        """As `Landing.everything`. Other days are asked for when the own files have landed."""
        if report_date < self.own_date:
            self.turns.landed()
        files = super().everything(report_date)
        return files if report_date <= self.own_date else [file for file in files if file.seen_at < self.since]


class Worker:
    """The days of one worker."""

    def __init__(self, own: Sequence[date], first: date, last: date, since: datetime, *, fetch: bool) -> None:
        self._own, self._since, self._fetch = own, since, fetch
        self._settings = load_settings()
        self._turns = {day: TurnsOfDay(self._settings, day, first, last, self._send) for day in own}
        self._is_over, self._end = False, Event()
        self._results = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)  # what anything else prints is no result

    def work(self) -> int:
        """Runs its days up to the first that is not proved, then waits for the end of the others."""
        Thread(target=self._receive, args=[sys.stdin], daemon=True).start()
        with open_instance(self._settings) as instance:
            for day in self._own:
                result = self._run(instance, day)
                self._send(result.to_json())
                if result.status != "proved":
                    break
        self._is_over = True
        self._end.wait()
        return 0

    def _run(self, instance: dg.DagsterInstance, day: date) -> DayResult:
        turns = self._turns[day]
        landing = landing_as(LandingOfDay, self._settings)
        landing.turns, landing.own_date, landing.since = turns, report_date(day), self._since
        overrides = {"warehouse": turns.warehouse(), "landing": landing, "orders_db": turns.orders}
        result = execute_day(self._settings, day, instance=instance, fetch=self._fetch, overrides=overrides)
        if result.status == "proved" and not turns.is_last:
            return result
        warehouse = warehouse_of(self._settings)
        with turns.lock.held(f"run of {day}"), warehouse.kept_open():
            if result.status == "proved":
                with warehouse.connect() as connection:
                    result = replace(result, days_to_run_again=tuple(stale_days(connection, day)))
            else:
                bi.publish(warehouse)  # the days before left it to this one
        with part_of_a_change(self._settings.warehouse.directory):
            notify_after(self._settings, instance)
        return result

    def _send(self, line: str) -> None:
        print(line, file=self._results, flush=True)

    def _receive(self, messages: TextIO) -> None:
        """Until the command that started this process has ended, or wants its end."""
        for line in messages:
            word, _, before = line.strip().partition(" ")
            if turns := self._turns.get(date.fromisoformat(before) + timedelta(days=1)):
                turns.before[Progress(word)].set()
        if not self._is_over:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the command has said why
            os.kill(os.getpid(), signal.SIGTERM)
        self._end.set()


class TurnsOfDay:
    """The messages of the run of a day (`resources.day_in_turn.Turns`), and the orders it reads before its turn."""

    def __init__(self, settings: Settings, day: date, first: date, last: date, send: Callable[[str], None]) -> None:
        self._settings, self._day, self._send = settings, day, send
        self.is_first, self.is_last, self._has_landed = day == first, day == last, False
        self.before = {progress: Event() for progress in Progress}
        self.orders = OrdersAhead.of(settings)
        self.lock = StateLock(settings.warehouse.directory, settings.warehouse.lock_wait_seconds)

    def warehouse(self) -> dg.ResourceDefinition:
        """The warehouse of the run."""

        def in_turn(_: dg.InitResourceContext) -> Iterator[WarehouseInTurn]:
            warehouse = warehouse_as(WarehouseInTurn, self._settings)
            with ExitStack() as held:
                held.callback(self.orders.end)
                held.enter_context(warehouse.taking_turns(self._day, self))
                yield warehouse

        return dg.ResourceDefinition(in_turn)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """As `Turns.turn`. Meanwhile the orders of the window of the day are read."""
        moment = as_of(self._day, self._settings.calendar.arrival_grace)
        self.orders.begin(OrdersScope(self._day, moment, now()), self._settings.warehouse.directory / "orders")
        if not self.is_first:
            self.before[Progress.CLOSED].wait()
        with self.lock.held(f"run of {self._day}"):
            yield

    def landed(self) -> None:
        """The files of this day have landed. Returns when those of all days before have, and passes that on."""
        if not self._has_landed:
            self._has_landed = True
            if not self.is_first:
                self.before[Progress.LANDED].wait()
            self._send(f"{Progress.LANDED} {self._day}")

    def wait_for_exports_before(self) -> None:
        """As `Turns.wait_for_exports_before`."""
        self.before[Progress.EXPORTED].wait()

    def gave_file_free(self) -> None:
        """As `Turns.gave_file_free`."""
        self._send(f"{Progress.CLOSED} {self._day}")

    def exported(self) -> None:
        """As `Turns.exported`."""
        self._send(f"{Progress.EXPORTED} {self._day}")

    def wants_file_back(self) -> None:
        """As `Turns.wants_file_back`."""
        self._send(f"{Progress.STOPS} {self._day}")


def main() -> None:
    """Runs the days of the task: `[[own days], first day, last day, instant of the start, whether to fetch]`."""
    own, first, last, since, fetch = json.loads(sys.argv[1])
    day = date.fromisoformat
    start: Callable[[], Worker] = lambda: Worker(  # noqa: E731
        [day(one) for one in own], day(first), day(last), datetime.fromisoformat(since), fetch=fetch
    )
    run_command("recon", lambda: start().work())
