"""The sensor that keeps the freshness check true by the clock, without a run: red when yesterday is missing after its
time, green when it is proved. It reports when that changes, and after each materialization: Dagster shows no verdict
that is older than the newest one.
"""

import json

import dagster as dg

from checks.freshness import KEY, look
from checks.verdict import REASON
from recon.clearing_day import Clock
from resources.settings import Settings

SECONDS = 30


@dg.sensor(
    name="freshness",
    minimum_interval_seconds=SECONDS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Sees whether yesterday's clearing day is proved by its time; the check of exports/day says so.",
)
def freshness_sensor(
    context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings], clock: dg.ResourceParam[Clock]
) -> dg.SensorResult:
    """Twice a minute; on from the first start of the daemon."""
    newest = context.instance.get_latest_materialization_event(KEY)
    seen = f"{newest.run_id} {newest.timestamp}" if newest else ""
    return _sensor_result(look(settings, context.instance, clock()), seen, context.cursor)


def _sensor_result(result: dg.AssetCheckResult, seen: str, before: str | None) -> dg.SensorResult:
    said = {name: str(value.value) for name, value in (result.metadata or {}).items() if name != "problems"}
    cursor = json.dumps(said | {"materialization": seen}, sort_keys=True)
    if cursor == before:
        return dg.SensorResult(skip_reason=dg.SkipReason(said.get(REASON, "proved in time")), cursor=cursor)
    evaluation = dg.AssetCheckEvaluation(
        asset_key=result.asset_key or dg.AssetKey([]),
        check_name=result.check_name or "",
        passed=result.passed,
        severity=result.severity,
        metadata=dict(result.metadata or {}),
    )
    return dg.SensorResult(asset_events=[evaluation], cursor=cursor)
