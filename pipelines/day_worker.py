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
from functools import partial
from threading import Event, Thread
from typing import TextIO

import dagster as dg

from pipelines.build_resources import landing_as, now, warehouse_as, warehouse_of
from pipelines.cli.alerts import notify_after
from pipelines.day_result import DayResult
from pipelines.instance import open_instance
from pipelines.interruption import run_command
from pipelines.run_day import execute_day
from pipelines.several_days import CLOSED
from recon.clearing_day import as_of, report_date
from resources.day_in_turn import WarehouseInTurn
from resources.landed_files import LandedFile
from resources.landing import Landing
from resources.orders_db.db import OrdersAhead, OrdersScope
from resources.register import stale_days
from resources.settings import load_settings
from resources.state_lock import StateLock
from views import bi


class LandingOfDay(Landing):
    """The landing as a day sees it that runs when its turn comes: what other workers landed of later days is not here
    yet.
    """

    own_date: date
    since: datetime

    def everything(self, report_date: date) -> list[LandedFile]:
        """As `Landing.everything`, without what landed of later days since the workers began."""
        files = super().everything(report_date)
        return files if report_date <= self.own_date else [file for file in files if file.seen_at < self.since]


class Worker:
    """The days of one worker."""

    def __init__(self, own: Sequence[date], first: date, last: date, since: datetime, *, fetch: bool) -> None:
        self._own, self._last, self._since, self._fetch = own, last, since, fetch
        self._settings = load_settings()
        self._may_close = {day: Event() for day in own}  # the day before is closed
        if first in self._may_close:
            self._may_close[first].set()
        self._is_over, self._end = False, Event()
        self._results = os.fdopen(os.dup(1), "w", buffering=1)
        os.dup2(2, 1)  # what anything else prints is no result

    def work(self) -> int:
        """Runs its days up to the first that is not proved, then waits for the end of the others."""
        Thread(target=self._listen, args=[sys.stdin], daemon=True).start()
        with open_instance(self._settings) as instance:
            for day in self._own:
                result = self._run(instance, day)
                self._say(result.to_json())
                if result.status != "proved":
                    break
        self._is_over = True
        self._end.wait()
        return 0

    def _run(self, instance: dg.DagsterInstance, day: date) -> DayResult:
        orders = OrdersAhead.of(self._settings)
        overrides = {"warehouse": self._warehouse(day, orders), "landing": self._landing(day), "orders_db": orders}
        result = execute_day(self._settings, day, instance=instance, fetch=self._fetch, overrides=overrides)
        if result.status == "proved" and day != self._last:
            return result
        with self._lock().held(f"run of {day}"), warehouse_of(self._settings).kept_open():
            if result.status == "proved":
                with warehouse_of(self._settings).connect() as connection:
                    result = replace(result, days_to_run_again=tuple(stale_days(connection, day)))
            else:
                bi.publish(warehouse_of(self._settings))  # of the days before
        notify_after(self._settings, instance)
        return result

    def _warehouse(self, day: date, orders: OrdersAhead) -> dg.ResourceDefinition:
        on_closed = None if day == self._last else partial(self._say, f"{CLOSED} {day}")

        def in_turn(context: dg.InitResourceContext) -> Iterator[WarehouseInTurn]:
            warehouse = warehouse_as(WarehouseInTurn, self._settings)
            with ExitStack() as held:
                held.callback(orders.end)
                held.enter_context(warehouse.taking_turns(day, partial(self._turn, day, orders), on_closed))
                yield warehouse

        return dg.ResourceDefinition(in_turn)

    def _landing(self, day: date) -> Landing:
        landing = landing_as(LandingOfDay, self._settings)
        landing.own_date, landing.since = report_date(day), self._since
        return landing

    @contextmanager
    def _turn(self, day: date, orders: OrdersAhead) -> Iterator[None]:
        moment, folder = (
            as_of(day, self._settings.calendar.arrival_grace),
            self._settings.warehouse.directory / "orders",
        )
        orders.begin(OrdersScope(day, moment, now()), folder)
        self._may_close[day].wait()
        with self._lock().held(f"run of {day}"):
            yield

    def _lock(self) -> StateLock:
        wanted = self._settings.warehouse
        return StateLock(wanted.directory, wanted.lock_wait_seconds)

    def _say(self, line: str) -> None:
        print(line, file=self._results, flush=True)

    def _listen(self, told: TextIO) -> None:
        """Until the command that started this process has ended, or wants its end."""
        for line in told:
            following = date.fromisoformat(line.removeprefix(CLOSED).strip()) + timedelta(days=1)
            self._may_close[following].set()
        if not self._is_over:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the command has said why
            os.kill(os.getpid(), signal.SIGTERM)
        self._end.set()


def main() -> None:
    """Runs the days of the task: `[[own days], first day, last day, instant of the start, whether to fetch]`."""
    own, first, last, since, fetch = json.loads(sys.argv[1])
    day = date.fromisoformat
    start: Callable[[], Worker] = lambda: Worker(  # noqa: E731
        [day(one) for one in own], day(first), day(last), datetime.fromisoformat(since), fetch=fetch
    )
    run_command("recon", lambda: start().work())
