"""The job that asks Alipay+ about unresolved rows, the sensor that finds when it is worth asking, and the one that
runs the day again when answers are in. Sensors only look and request; the runs do.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime

import dagster as dg

from assets.inquiries.asset import ANSWERS, NEWS
from assets.inquiries.step import due_on, unused_answers
from pipelines.clearing_day import ALONE
from pipelines.incomplete import PARTITION_TAG
from pipelines.sensors.alert_runs import said_of_answers
from recon.clearing_day import Clock, clearing_time
from recon.errors import ReconError
from recon.inquiry.schedule import DueQuestion, Schedule
from recon.listing import are, counted
from resources.journals.inquiries import InquiryJournal
from resources.published import Published
from resources.settings import Settings
from resources.settings.rules import schedule_of

JOB = "inquiries"
SECONDS = 5 * 60
BECAUSE = "recon/because"
FINISHED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
UNFINISHED = tuple(status for status in dg.DagsterRunStatus if status not in FINISHED)


def inquiries_job(executor: dg.ExecutorDefinition = dg.in_process_executor) -> "dg.UnresolvedAssetJobDefinition":
    """The questions of one day and the checks of their answers, in one process."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.assets(ANSWERS.key),
        description="Asks Alipay+ about the unresolved payments of a day. The list of breaks changes only when the "
        "day is run again with the answers.",
        executor_def=executor,
        tags={"dagster/max_runtime": 2 * 3600, ALONE: "alipayplus"},
    )


def unresolved_rows_sensor(job: object) -> dg.SensorDefinition:
    """Every five minutes."""

    @dg.sensor(
        job=job,  # type: ignore[arg-type]
        name="unresolved_rows",
        minimum_interval_seconds=SECONDS,
        description="Asks Alipay+ about unresolved payments of the newest proved day, when a question is due.",
    )
    def unresolved_rows(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        inquiry_journal: dg.ResourceParam[InquiryJournal],
        clock: dg.ResourceParam[Clock],
    ) -> dg.RunRequest | dg.SkipReason:
        if settings.inquiry is None:
            return dg.SkipReason("there is no section [inquiry]: no question is asked")
        if newest_run(context.instance, UNFINISHED):
            return dg.SkipReason("a run is asking already")
        published, now, schedule = Published.of(settings), clock(), schedule_of(settings)
        with published.kept_open():
            days = published.proved_days()
            if not days:
                return dg.SkipReason("no day is proved yet")
            day = days[-1]
            try:
                due = due_on(published, inquiry_journal, schedule, day, now)
                unused = unused_answers(published.items(day), published.evidence(day), inquiry_journal.evidence(day))
            except ReconError as error:
                return dg.SkipReason(str(error))
        last = newest_run(context.instance, FINISHED, day)
        return decide(day, due, unused["question_id"].to_list(), schedule, now, last)

    return unresolved_rows


def newest_run(
    instance: dg.DagsterInstance, statuses: Sequence[dg.DagsterRunStatus], day: date | None = None
) -> dg.RunRecord | None:
    """The newest run of the job in one of these states."""
    tags = {PARTITION_TAG: day.isoformat()} if day else None
    wanted = dg.RunsFilter(job_name=JOB, statuses=list(statuses), tags=tags)
    return next(iter(instance.get_run_records(wanted, limit=1)), None)


def decide(
    day: date,
    due: Sequence[DueQuestion],
    unused: Sequence[str],
    schedule: Schedule,
    now: datetime,
    last: dg.RunRecord | None,
) -> dg.RunRequest | dg.SkipReason:
    """The same questions have the same run key. After a run that did not end well they wait, then have another one.

    `unused`: questions with answers that the list does not show yet, because a run died after asking.
    """
    if not due and not unused:
        return dg.SkipReason(f"nothing is due for {day}")
    names = sorted([question.question_id for question in due] + list(unused))
    key = f"{day}/{hashlib.sha256(' '.join(names).encode()).hexdigest()[:16]}"
    if last is not None and last.dagster_run.status is not dg.DagsterRunStatus.SUCCESS:
        again_at = _ended_at(last) + schedule.pause_after_stop
        if now < again_at:
            return dg.SkipReason(
                f"the last run failed or was cancelled, the next attempt is due at {clearing_time(again_at)}"
            )
        key += f"/after {last.dagster_run.run_id[:8]}"
    return dg.RunRequest(
        run_key=key,
        partition_key=day.isoformat(),
        tags={BECAUSE: f"{counted(len(due), 'question')} {are(len(due))} due"},
    )


def _ended_at(record: dg.RunRecord) -> datetime:
    ended = record.end_time
    return datetime.fromtimestamp(ended, UTC) if ended else record.create_timestamp


def answers_are_in_sensor(job: object, day_job: object) -> dg.SensorDefinition:
    """After each run that asked."""

    @dg.run_status_sensor(
        run_status=dg.DagsterRunStatus.SUCCESS,
        name="answers_are_in",
        monitored_jobs=[job],  # type: ignore[list-item]
        request_job=day_job,  # type: ignore[arg-type]
        minimum_interval_seconds=30,
        description="Runs a day again when Alipay+ answered about its breaks, and the days after it.",
    )
    def answers_are_in(
        context: dg.RunStatusSensorContext, settings: dg.ResourceParam[Settings]
    ) -> dg.SensorResult | dg.SkipReason:
        run = context.dagster_run
        if not said_of_answers(context.instance, run.run_id).get(NEWS):
            return dg.SkipReason(f"run {run.run_id} brought nothing new")
        day = date.fromisoformat(run.tags[PARTITION_TAG])
        days = [day, *(later for later in Published.of(settings).proved_days() if later > day)]
        return dg.SensorResult(run_requests=[_run_again(each, run.run_id) for each in days])

    return answers_are_in


def _run_again(day: date, run_id: str) -> dg.RunRequest:
    return dg.RunRequest(
        run_key=f"{day}/answers of {run_id}",
        partition_key=day.isoformat(),
        tags={BECAUSE: f"answers of run {run_id}"},
    )
