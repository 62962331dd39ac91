"""Clearing days of a sandbox as operations would run them, without Dagster: in the morning, when a file came late or
anew, and after a report was handed over.

The proofs of a day are the checks of the product, all of them (`pipelines.assembly.CHECKS`), and so are the rules about
which days run again and what a correction changed; here is only the order of steps, and the clock.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import cast

import dagster as dg
import duckdb
import polars as pl

from assets.breaks.step import close_breaks
from assets.exports.step import export_day
from assets.inquiries.loop import LoopReceipt, ask_due, states_now
from assets.landed.asset import keep_calendar
from assets.orders.named_keys import named_keys
from assets.parsed.step import join_past_rows, keep_kind, read_kind
from assets.reconciled.step import reconcile_day
from assets.tied_out.step import tie_out_day
from bench.deliveries import LocalServer, server_at
from checks.arrival import arrival
from checks.conservation import conservation
from checks.register import register
from pipelines.assembly import CHECKS
from pipelines.build_resources import journal_of, warehouse_of
from pipelines.clearing_day import last_finished_day
from pipelines.incomplete import declare_incomplete, reasons_of
from pipelines.sensors.late_files import decide, listings_of
from recon.clearing_day import as_of, days_from, report_date
from recon.errors import DayOrderError, UnprovedDayError
from recon.inquiry.schedule import due_questions
from recon.reports.names import ReportKind
from recon.tie_out.proof import PROVED
from resources.alipayplus.api import api_of
from resources.engine import engine_of
from resources.journals.decisions import DecisionJournal
from resources.landing import Landing
from resources.orders_db.db import OrdersDb, OrdersScope
from resources.register import decision_heads, mark_day, status_of, withdraw_proof
from resources.revisions import Revision, corrections_of, record_revision, revisions
from resources.settings import Settings
from resources.settings.rules import day_rules, report_options, schedule_of
from sandbox.answers import asked_at
from sandbox.api import ApiServer
from sandbox.deliveries import BY_HAND, Delivery

FORMATS = ("csv", "parquet")
# When each check of the product can run: on what landed, on what was read of it and of our orders, on what became of
# each row, on the list.
ON_LANDED, ON_OUTCOMES, ON_LIST = (arrival,), (conservation,), (register,)
ON_INPUTS = tuple(check for check in CHECKS if check not in (*ON_LANDED, *ON_OUTCOMES, *ON_LIST))


def small(settings: Settings) -> Settings:
    """For days of some hundred payments: one thread, and no export that only a person reads."""
    exports, warehouse = settings.exports, settings.warehouse
    return settings.model_copy(
        update={
            "exports": exports.model_copy(update={"formats": FORMATS}),
            "warehouse": warehouse.model_copy(update={"threads": 1}),
        }
    )


@cache
def _no_records() -> dg.DagsterInstance:
    """The instance that Dagster's checks run in. One for all, because making one takes a fifth of a second."""
    return dg.DagsterInstance.ephemeral()


@dataclass(frozen=True)
class Ran:
    """One run of a day."""

    day: date
    at: datetime
    reason: str = ""  # why it is incomplete; empty: proved
    before: pl.DataFrame = field(default_factory=pl.DataFrame)  # the list
    after: pl.DataFrame = field(default_factory=pl.DataFrame)  # the list with the answers of Alipay+
    loop: LoopReceipt | None = None
    known_before: Revision | None = None  # the revision that stood until then
    corrections: pl.DataFrame = field(default_factory=pl.DataFrame)  # what this run changed of it, answers apart


@dataclass
class DayDriver:
    """The product at work on one sandbox."""

    settings: Settings
    directory: Path
    deliveries: list[Delivery]
    api: ApiServer | None = None  # None: no question is asked
    now: datetime = field(init=False)
    _seen: dict[str, str] = field(default_factory=dict)  # what the sensor remembers

    def __post_init__(self) -> None:
        settings = self.settings
        self.warehouse = warehouse_of(settings)
        self.journal = journal_of(settings)
        self.landing = Landing(
            settings.warehouse.directory / "landed",
            participant_id=settings.participant.id,
            agreement_ids=[agreement.id for agreement in settings.agreements],
            now=lambda: self.now,
        )

    # -- when a day runs -----------------------------------------------------------------------

    def play(self, days: list[date]) -> Iterator[Ran]:
        """The mornings of the days, and what arrives between them, in the order of time."""
        mornings = [(as_of(day, self.settings.calendar.arrival_grace), "", day) for day in days]
        arrivals = {
            (datetime.fromisoformat(one.arrives_at), one.where, Path(one.path).parent if one.where == BY_HAND else None)
            for one in self.deliveries
            if one.note and one.arrives_at
        }
        for at, _, what in sorted([*mornings, *arrivals], key=lambda event: event[:2]):
            self.now = at
            if isinstance(what, date):
                yield self.run(what)
            else:
                yield from map(self.run, self._after_hand(self.directory / what) if what else self._sensed())

    def _sensed(self) -> list[date]:
        """The days that the sensor for late files asks for."""
        listings = listings_of(self.server(), self.settings, self.now)
        result = decide(listings, self.landing, self._seen)
        self._seen = json.loads(result.cursor or "{}")
        return [date.fromisoformat(str(request.partition_key)) for request in result.run_requests or ()]

    def _after_hand(self, folder: Path) -> list[date]:
        """A report is landed by hand; then the days run from the first one that is not proved."""
        self.landing.land_from(folder)
        last = last_finished_day(self.settings, self.now)
        first = self.settings.participant.start_day
        days = days_from(first, last)
        with self.warehouse.connect() as connection:
            proved = [status_of(connection, day)[0] == PROVED for day in days]
        return days[proved.index(False) :]

    def server(self) -> LocalServer:
        """What Alipay+ offers now."""
        return server_at(self.directory, self.deliveries, self.now)

    # -- one day -------------------------------------------------------------------------------

    def run(self, day: date) -> Ran:
        """Lands what is there, and proves the day or says why not."""
        with self.warehouse.kept_open():
            return self._run(day)

    def _run(self, day: date) -> Ran:
        self.landing.require_as_landed(report_date(day))
        self.landing.land(report_date(day), self.server())
        keep_calendar(self.settings, self.landing, self.warehouse, day, self.now)
        try:
            self._prove(ON_LANDED, day)
            return self._proved(day)
        except UnprovedDayError as error:
            return self._incomplete(day, error.what, is_disproved=True)
        except DayOrderError as error:
            return self._incomplete(day, str(error), is_disproved=False)

    def _prove(self, checks: Sequence[dg.AssetChecksDefinition], day: date) -> None:
        """Runs these checks of the product as its job does; UnprovedDayError with the reasons of all that fail."""
        resources = {"settings": self.settings, "warehouse": self.warehouse, "landing": self.landing}
        results = list[dg.AssetCheckResult]()
        for check in checks:
            with dg.build_op_context(
                resources=resources, partition_key=day.isoformat(), instance=_no_records()
            ) as context:
                results += cast("list[dg.AssetCheckResult]", check(context))
        if reasons := reasons_of((str(result.check_name), result) for result in results):
            raise UnprovedDayError("; ".join(reasons), where=str(day))

    def _incomplete(self, day: date, reason: str, *, is_disproved: bool) -> Ran:
        declare_incomplete(self.warehouse, self.settings, day, reason, is_disproved=is_disproved)
        return Ran(day, self.now, reason)

    def _proved(self, day: date) -> Ran:
        orders = OrdersDb.of(self.settings, os.environ)
        with self.warehouse.connect() as connection:
            known = revisions(connection, day)[-1:]
            self._prepare(connection, orders, day)
        self._prove(ON_INPUTS, day)
        before = self._list(day)
        with self.warehouse.connect() as connection:
            number = record_revision(connection, self.warehouse, day, self.now).number
            changed = corrections_of(connection, day).filter(pl.col("revision") == number)
        loop = self._ask(before, orders, day)
        after = self._list(day) if loop and loop.asked else before
        with self.warehouse.connect() as connection:
            record_revision(connection, self.warehouse, day, self.now)
        export_day(self.warehouse, day, self.settings.exports.directory, FORMATS)
        with self.warehouse.connect() as connection:
            mark_day(connection, day, PROVED)
        is_same = bool(known) and known[0].number == number
        return Ran(
            day, self.now, "", before, after, loop, next(iter(known), None), changed.clear() if is_same else changed
        )

    def _prepare(self, connection: duckdb.DuckDBPyConnection, orders: OrdersDb, day: date) -> None:
        """Parses, freezes and ties out."""
        withdraw_proof(connection, day)
        for kind in ReportKind:
            files = [file for file in self.landing.versions(report_date(day)) if file.name.kind is kind]
            tables = read_kind(self.warehouse, day, kind, files, report_options(self.settings))
            keep_kind(connection, day, kind, tables)
        join_past_rows(connection, self.warehouse)
        moment, named = as_of(day, self.settings.calendar.arrival_grace), named_keys(connection, self.warehouse, day)
        orders.freeze(OrdersScope(day, moment, self.now, named), self.warehouse.directory / "orders")
        tie_out_day(connection, self.warehouse, self.settings, day)

    def _list(self, day: date) -> pl.DataFrame:
        rules = day_rules(self.settings)
        with self.warehouse.connect() as connection:
            answers = self.journal.evidence(day)
            reconcile_day(connection, self.warehouse, day, rules, answers, engine_of(self.settings))
        self._prove(ON_OUTCOMES, day)
        with self.warehouse.connect() as connection:
            decisions = DecisionJournal(self.settings.warehouse.directory).decisions(decision_heads(connection))
            items, _ = close_breaks(connection, self.warehouse, day, rules, decisions)
        self._prove(ON_LIST, day)
        return items

    def _ask(self, items: pl.DataFrame, orders: OrdersDb, day: date) -> LoopReceipt | None:
        """The loop of a day asks five minutes after the day was judged, however late it ran: the truth knows that."""
        if self.api is None:
            return None
        self.api.at = at = asked_at(day)
        due = due_questions(items, self.journal.history(), schedule_of(self.settings), day, at)
        return ask_due(
            api_of(self.settings), self.journal, due, worker=f"driver {day} {self.now}", clock=lambda: at,
            current_states=states_now(orders, lambda: at),
        )  # fmt: skip
