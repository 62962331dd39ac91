"""The job of a clearing day, and the schedule that starts it when the reports should be there."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import dagster as dg

from checks.freshness import freshness
from pipelines.incomplete import incomplete_day
from recon.clearing_day import CLEARING_ZONE_NAME, REPORTS_READY, clearing_day, newest_due
from resources.settings import Settings

JOB = "clearing_day"
ASKING = "inquiries"  # the state that waits for people outside
ALONE = "recon/alone"  # tag of a job: of each value one run works at a time, see dagster.yaml


def clearing_day_job(executor: dg.ExecutorDefinition = dg.in_process_executor) -> dg.UnresolvedAssetJobDefinition:
    """Every asset of the day and every check of it, one day a run, in one process. No one is asked here."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all()
        - dg.AssetSelection.key_prefixes(ASKING)
        - dg.AssetSelection.checks(freshness),
        description="One clearing day, from the server of Alipay+ to the list of breaks.",
        executor_def=executor,
        hooks={incomplete_day},
        tags={"dagster/max_runtime": 4 * 3600, ALONE: "warehouse"},
    )


def daily_schedule(settings: Settings, job: object) -> dg.ScheduleDefinition:
    """08:00 UTC+8 plus the grace, for the day before."""
    ready = datetime.combine(datetime.min, REPORTS_READY) + settings.calendar.arrival_grace  # noqa: DTZ901

    @dg.schedule(
        job=job,  # type: ignore[arg-type]
        name="after_arrival",
        cron_schedule=f"{ready.minute} {ready.hour} * * *",
        execution_timezone=CLEARING_ZONE_NAME,
        description="Every morning in UTC+8, for the clearing day before.",
    )
    def after_arrival(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        day = clearing_day(context.scheduled_execution_time) - timedelta(days=1)
        if day < settings.participant.start_day:
            return dg.SkipReason(f"{day} is before the first day {settings.participant.start_day}")
        return dg.RunRequest(run_key=day.isoformat(), partition_key=day.isoformat())

    return after_arrival


def last_finished_day(settings: Settings, now: datetime) -> date:
    """The newest day whose reports should be there."""
    return newest_due(now, settings.calendar.arrival_grace)
