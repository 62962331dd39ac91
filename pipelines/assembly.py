"""Everything that Dagster knows, put together in one place.

Loading it opens no connection and reads no secret. Without a configuration the example is shown,
so that the graph can be looked at, and every run ends with the error that says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import dagster as dg

from assets.breaks.asset import breaks
from assets.exports.asset import exports
from assets.inquiries.asset import inquiries
from assets.landed.asset import landed
from assets.orders.asset import orders
from assets.parsed.asset import parsed
from assets.reconciled.asset import reconciled
from assets.states import clearing_days, in_data_flow
from assets.tied_out.asset import tied_out
from checks.alerts import delivered_alerts
from checks.arrival import arrival
from checks.conservation import conservation
from checks.freshness import freshness
from checks.inquiries import sound_answers
from checks.parsed_files import parsed_files
from checks.partitions import of_each_day
from checks.register import register
from checks.shape import shape
from checks.source_contract import source_contract
from checks.tied_out import tied_out_edges
from pipelines.back_fill import back_fill_job
from pipelines.build_resources import build_resources, missing_resources
from pipelines.clearing_day import clearing_day_job, daily_schedule
from pipelines.dead_runs import dead_runs_sensor, living_executor
from pipelines.packaged import EXAMPLE
from pipelines.sensors.alerts import alert_sensor
from pipelines.sensors.freshness import freshness_sensor
from pipelines.sensors.inquiries import answers_are_in_sensor, inquiries_job, unresolved_rows_sensor
from pipelines.sensors.late_files import late_files_sensor
from recon.errors import ConfigurationError
from resources.settings import CONFIG_VARIABLE, Settings, load_settings, nothing_is_configured

ASSETS = (landed, parsed, orders, reconciled, tied_out, breaks, exports, inquiries)
CHECKS = (arrival, parsed_files, shape, source_contract, conservation, tied_out_edges, register)
ANSWER_CHECKS = (sound_answers,)  # of answers: they prove no day
ALERT_CHECKS = (delivered_alerts,)  # nor do these
CLOCK_CHECKS = (freshness,)  # nor these; a sensor looks, no run


def build_definitions(
    settings: Settings,
    overrides: Mapping[str, object] = MappingProxyType({}),
    executor: dg.ExecutorDefinition | None = None,
) -> dg.Definitions:
    """Assets, checks, jobs, schedule and sensors; `overrides` replace resources by name.

    `executor`: of all jobs; by default one process, with a sign of life in the state directory.
    """
    executor = executor or living_executor(settings)
    partitions = clearing_days(settings.participant.start_day)
    job, asking, back_fill = clearing_day_job(executor), inquiries_job(executor), back_fill_job(executor)
    return dg.Definitions(
        assets=[_partitioned(asset, partitions) for asset in ASSETS],
        asset_checks=[
            *(of_each_day(check, partitions) for check in (*CHECKS, *ANSWER_CHECKS)),
            *ALERT_CHECKS,
            *CLOCK_CHECKS,
        ],
        jobs=[job, asking, back_fill],
        schedules=[daily_schedule(settings, job)],
        sensors=[
            late_files_sensor(job),
            unresolved_rows_sensor(asking),
            answers_are_in_sensor(asking, job),
            alert_sensor,
            freshness_sensor,
            dead_runs_sensor,
        ],
        resources=build_resources(settings) | dict(overrides),
        executor=executor,
    )


def _partitioned(asset: dg.AssetsDefinition, partitions: dg.DailyPartitionsDefinition) -> dg.AssetsDefinition:
    """The days begin where the configuration says; group, owners and backup follow from the state."""
    return asset.map_asset_specs(lambda spec: in_data_flow(spec, partitions))


def load_definitions() -> dg.Definitions:
    """Of the configuration that RECON_CONFIG names, or of recon.toml here, or of the example."""
    try:
        return build_definitions(load_settings())
    except ConfigurationError as error:
        if not nothing_is_configured():
            raise
        missing = ConfigurationError(
            "there is no configuration: what is shown is the example",
            where=CONFIG_VARIABLE,
            do="Write one with `recon init` and change it, or name your own file there",
        )
        missing.__cause__ = error
        example = load_settings(EXAMPLE)
        return build_definitions(example, missing_resources(example, missing), dg.in_process_executor)
