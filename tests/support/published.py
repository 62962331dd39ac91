"""A state directory with published lists of breaks, and the job that asks about them, on a sandbox of Alipay+."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Self

import dagster as dg
import polars as pl

from pipelines.assembly import build_definitions
from pipelines.sensors.inquiries import JOB
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.tie_out.proof import PROVED
from resources.journals.inquiries import InquiryJournal
from resources.orders_db.db import CURRENT, OrdersDb
from resources.register import mark_day
from resources.settings import Settings
from resources.settings.rules import schedule_of
from resources.warehouse import Warehouse, replace_day, transaction
from tests.support.api_tricks import TrickServer
from tests.support.asking import NOW, Clock, items_of
from tests.support.inquiry import client_of, write_payments


class StillInit(OrdersDb):
    """Every order is INIT whenever it is looked up."""

    def current_states(self, source_id: str, order_keys: Sequence[str], now: object) -> pl.DataFrame:
        rows = [dict.fromkeys(CURRENT) | {"order_key": key, "pay_state": "INIT"} for key in order_keys]
        return pl.DataFrame(rows, schema=dict.fromkeys(CURRENT, pl.String))


class PublishedState:
    """Lists that are published, and what Dagster makes of them."""

    def __init__(self, settings: Settings, api: TrickServer | None = None, **overrides: Any) -> None:
        self.settings, self.api, self.clock = settings, api, Clock()
        self.warehouse = Warehouse(settings.warehouse.directory)
        self.journal = InquiryJournal(settings.warehouse.directory, schedule_of(settings))
        self.instance = dg.DagsterInstance.ephemeral()
        resources: dict[str, Any] = {"clock": self.clock, "orders_db": StillInit([])}
        if api is not None:
            resources["open_api"] = lambda now: client_of(api, now=now)
        self.definitions = build_definitions(settings, resources | overrides)
        self.repository = self.definitions.get_repository_def()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()
        self.instance.dispose()

    def publish(self, day: date, *keys: dict[str, Any] | str, status: str = PROVED) -> None:
        """The list of a day, as a run leaves it; it knows what the journal knows."""
        items = items_of(*keys).with_columns(pl.lit(day).alias("as_of_day"))
        evidence = self.journal.evidence(day).select(pl.lit(day).alias("as_of_day"), *ANSWER_SCHEMA)
        with self.warehouse.kept_open():
            with self.warehouse.connect() as connection:
                with transaction(connection):
                    replace_day(connection, "breaks.items", day, items)
                    replace_day(connection, "inquiries.evidence", day, evidence)
                mark_day(connection, day, status)
            self.warehouse.publish()

    def ask(self, day: date, **tags: str) -> dg.ExecuteInProcessResult:
        """A run of the job."""
        job = self.definitions.resolve_job_def(JOB)
        return job.execute_in_process(
            partition_key=day.isoformat(), instance=self.instance, raise_on_error=False, tags=tags
        )

    def tick(self) -> dg.RunRequest | str:
        """What the sensor asks for, or why it does not."""
        sensor = self.repository.get_sensor_def("unresolved_rows")
        known = self.definitions.resources or {}
        needed = {name: known[name] for name in sensor.required_resource_keys}
        with dg.build_sensor_context(
            instance=self.instance, resources=needed, repository_def=self.repository
        ) as context:
            result = sensor(context)
        assert isinstance(result, (dg.RunRequest, dg.SkipReason))
        return result if isinstance(result, dg.RunRequest) else str(result.skip_message)

    def requested_after(self, result: dg.ExecuteInProcessResult) -> list[dg.RunRequest]:
        """The runs that follow from a run of the job."""
        (success,) = self.instance.all_logs(result.run_id, of_type=dg.DagsterEventType.RUN_SUCCESS)
        run = self.instance.get_run_by_id(result.run_id)
        assert run is not None
        assert success.dagster_event is not None
        context = dg.build_run_status_sensor_context(
            sensor_name="answers_are_in",
            dagster_event=success.dagster_event,
            dagster_instance=self.instance,
            dagster_run=run,
            resources={"settings": self.settings},
        )
        evaluated = self.repository.get_sensor_def("answers_are_in")(context)
        return list(evaluated.run_requests or []) if isinstance(evaluated, dg.SensorResult) else []


def metadata_of(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    """The metadata of the answers."""
    (made,) = result.asset_materializations_for_node("answers")
    return {name: value.value for name, value in made.metadata.items()}


def proofs(result: dg.ExecuteInProcessResult) -> dict[str, str]:
    """Check -> "", or what it says."""
    evaluations = result.get_asset_check_evaluations()
    return {each.check_name: "" if each.passed else str(each.metadata["reason"].value) for each in evaluations}


@contextmanager
def published_at(settings: Settings, directory: Path) -> Iterator[PublishedState]:
    """A published state whose Alipay+ knows the payments of `tests.support.inquiry`."""
    write_payments(directory)
    with TrickServer(directory, at=NOW) as api, PublishedState(settings, api) as published:
        yield published
