"""From settings to the objects that assets and checks ask for: the warehouse, the landing, the
server, the orders, the journal of questions, the API.

Nothing is opened here and no secret is read: that happens when a step needs it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import TypeVar

import dagster as dg

from assets.landed.asset import FROM_COMMAND_LINE
from pipelines.incomplete import PARTITION_TAG
from pipelines.kept_state import NOT_STORED, changing_state
from recon.errors import ReconError
from resources.alipayplus.api import api_of
from resources.channels import AlertChannels
from resources.engine import engine_of
from resources.journals.alerts import AlertJournal
from resources.journals.decisions import DecisionJournal
from resources.journals.inquiries import InquiryJournal
from resources.landing import Landing
from resources.orders_db.db import OrdersDb
from resources.report_sftp import ReportSftp
from resources.settings import Settings
from resources.settings.rules import schedule_of
from resources.state_lock import QUEUED_SECONDS
from resources.warehouse import Warehouse

AnyWarehouse = TypeVar("AnyWarehouse", bound=Warehouse)
AnyLanding = TypeVar("AnyLanding", bound=Landing)


def build_resources(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, object]:
    """The objects by the names under which steps ask for them."""
    return {
        "settings": settings,
        "warehouse": _locked_warehouse(settings),
        "landing": landing_of(settings),
        "open_server": server_of(settings),
        "orders_db": OrdersDb.of(settings, environ),
        "inquiry_journal": journal_of(settings),
        "open_api": partial(api_of, settings),
        "open_engine": engine_of(settings),
        "decision_journal": DecisionJournal(settings.warehouse.directory),
        "alert_journal": AlertJournal(settings.warehouse.directory),
        "alert_channels": AlertChannels(settings.alerts, settings.secret),
        "changing_state": partial(changing_state, settings, alone=False),
        "clock": now,
    }


def missing_resources(settings: Settings, error: ReconError) -> dict[str, object]:
    """Stand-ins for a code location that shows the example of `settings`: every run ends with this error."""

    def refuse(_: dg.InitResourceContext) -> object:
        raise error

    return {name: dg.ResourceDefinition(refuse) for name in build_resources(settings)}


def now() -> datetime:
    """The clock enters here."""
    return datetime.now(UTC)


def warehouse_of(settings: Settings) -> Warehouse:
    """The warehouse of the state directory."""
    return warehouse_as(Warehouse, settings)


def warehouse_as(kind: type[AnyWarehouse], settings: Settings) -> AnyWarehouse:
    """The same as one of its kinds."""
    wanted = settings.warehouse
    return kind(
        wanted.directory,
        memory_limit=wanted.memory_limit,
        threads=wanted.threads,
        lock_wait_seconds=wanted.lock_wait_seconds,
    )


def landing_of(settings: Settings) -> Landing:
    """The write-once store of report files."""
    return landing_as(Landing, settings)


def landing_as(kind: type[AnyLanding], settings: Settings) -> AnyLanding:
    """The same as one of its kinds."""
    return kind(
        settings.warehouse.directory / "landed",
        participant_id=settings.participant.id,
        agreement_ids=[agreement.id for agreement in settings.agreements],
        now=now,
    )


def journal_of(settings: Settings) -> InquiryJournal:
    """The journal of questions; no file is made before the first one."""
    return InquiryJournal(settings.warehouse.directory, schedule_of(settings))


def server_of(settings: Settings) -> Callable[[], ReportSftp]:
    """Opens the connection to Alipay+ when it is called."""
    return lambda: ReportSftp(settings.wanted_sftp(), settings.optional_secret)


def _locked_warehouse(settings: Settings) -> dg.ResourceDefinition:
    """The open warehouse, and with it the state directory: one run at a time, however it was started."""

    def held(context: dg.InitResourceContext) -> Iterator[Warehouse]:
        is_watched = context.run is None or FROM_COMMAND_LINE in context.run.tags
        patience = settings.warehouse.lock_wait_seconds if is_watched else QUEUED_SECONDS
        wait = max(patience, settings.warehouse.lock_wait_seconds)
        doing = f"run {context.run.run_id if context.run else 'without a name'}"
        warehouse = warehouse_of(settings)
        changing = changing_state(settings, doing, _day_of(context.run), wait_seconds=wait)
        with changing as stored, warehouse.kept_open():
            yield warehouse
        if stored.problem and context.log:
            context.log.error(f"{NOT_STORED}: {stored.problem}")

    return dg.ResourceDefinition(held)


def _day_of(run: dg.DagsterRun | None) -> date | None:
    named = run.tags.get(PARTITION_TAG) if run else None
    return date.fromisoformat(named) if named else None
