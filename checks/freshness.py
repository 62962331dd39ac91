"""Yesterday's clearing day is proved by its time: by partition, so that a run of an older day freshens nothing.

No run is needed to look: the sensor `freshness` does, and a person may execute the check.
"""

from collections.abc import Iterator
from datetime import date, datetime

import dagster as dg

from checks.verdict import verdict, warns
from recon.clearing_day import Clock, newest_due
from recon.errors import ReconError
from resources.published import Published
from resources.settings import Settings

FRESH = "yesterday_is_proved_by_its_time"
KEY = dg.AssetKey(["exports", "day"])
ABOUT = (
    "The newest clearing day whose time is over was materialized and is proved; "
    "its time is calendar.proved_within_minutes after its run begins."
)


@dg.multi_asset_check(name="freshness", specs=[warns(FRESH, KEY, ABOUT)])
def freshness(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    clock: dg.ResourceParam[Clock],
) -> Iterator[dg.AssetCheckResult]:
    """Look at the partition and at the published copy."""
    yield look(settings, context.instance, clock())


def look(settings: Settings, instance: dg.DagsterInstance, now: datetime) -> dg.AssetCheckResult:
    """The verdict of this moment; passed as long as no day is due."""
    day = due_day(settings, now)
    if day < settings.participant.start_day:
        return verdict(KEY.path, FRESH, [], newest_due_day="none yet")
    return verdict(KEY.path, FRESH, _problems(settings, instance, day), newest_due_day=day.isoformat())


def due_day(settings: Settings, now: datetime) -> date:
    """The newest clearing day that has to be proved by now."""
    return newest_due(now, settings.calendar.arrival_grace + settings.calendar.proved_within)


def _problems(settings: Settings, instance: dg.DagsterInstance, day: date) -> list[str]:
    try:
        Published.of(settings).require_proved(day)
    except ReconError as error:
        return [str(error)]
    if day.isoformat() in instance.get_materialized_partitions(KEY):
        return []
    return [f"{day} is proved, but this Dagster has not seen its run: other records, or a restored state"]
