"""The sensor for late and re-issued files: it looks at what is on the server, and asks for runs.
It changes nothing.

A day with a file that has not landed is run, and every later day after it, because each day starts
from the closing of the one before. The server forgets after seven days, so there is nothing older
to look for.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import dagster as dg

from assets.landed.asset import OpenServer
from assets.landed.expected_files import calendar_of_day
from checks.verdict import in_one_line
from pipelines.clearing_day import last_finished_day
from recon.clearing_day import Clock, report_date
from recon.file_calendar import KEPT_DAYS, wanting
from recon.reports.names import ReportKind
from resources.landing import Landing
from resources.report_sftp import RemoteFile, ReportServer
from resources.settings import Settings

SECONDS = 15 * 60
Listing = list[RemoteFile]


def late_files_sensor(job: object) -> dg.SensorDefinition:
    """Every quarter of an hour."""

    @dg.sensor(
        job=job,  # type: ignore[arg-type]
        name="late_files",
        minimum_interval_seconds=SECONDS,
        description="Runs a day again when a file came late or anew, and the days after it.",
    )
    def late_files(
        context: dg.SensorEvaluationContext,
        settings: dg.ResourceParam[Settings],
        landing: dg.ResourceParam[Landing],
        open_server: dg.ResourceParam[OpenServer],
        clock: dg.ResourceParam[Clock],
    ) -> dg.SensorResult:
        if settings.sftp is None:
            return dg.SensorResult(skip_reason="there is no section [sftp]")
        with open_server() as server:
            listings = listings_of(server, settings, clock())
        return decide(listings, landing, json.loads(context.cursor or "{}"), still_missing(settings, landing, clock()))

    return late_files


def listings_of(server: ReportServer, settings: Settings, now: datetime) -> dict[date, Listing]:
    """What is on the server for each of the last days."""
    areas = sorted({kind.area for kind in ReportKind})
    return {
        day: [file for area in areas for file in server.list_reports(area, settings.participant.id, report_date(day))]
        for day in days_to_watch(settings, now)
    }


def days_to_watch(settings: Settings, now: datetime) -> list[date]:
    """The days whose scheduled run is over and whose files are still kept, oldest first."""
    last = last_finished_day(settings, now)
    days = [last - timedelta(days=back) for back in range(KEPT_DAYS - 1, -1, -1)]
    return [day for day in days if day >= settings.participant.start_day]


def still_missing(settings: Settings, landing: Landing, now: datetime) -> str:
    """What the file calendar misses, and how long the server keeps it."""
    calendar = calendar_of_day(settings, landing, last_finished_day(settings, now), now)
    return in_one_line(wanting(calendar))


def decide(listings: dict[date, Listing], landing: Landing, seen: dict[str, str], missing: str = "") -> dg.SensorResult:
    """Which runs to ask for, and what to remember; `missing` is shown if there is nothing new."""
    digests = {day.isoformat(): _digest(listing, landing) for day, listing in listings.items()}
    changed = [
        day
        for day, listing in listings.items()
        if digests[day.isoformat()] != seen.get(day.isoformat()) and _has_news(day, listing, landing)
    ]
    cursor = json.dumps(digests, sort_keys=True)
    if not changed:
        reason = "; ".join(filter(None, ("nothing new on the server", missing)))
        return dg.SensorResult(skip_reason=dg.SkipReason(reason), cursor=cursor)
    first = min(changed)
    cause = hashlib.sha256(cursor.encode()).hexdigest()[:16]
    runs = [
        dg.RunRequest(
            run_key=f"{day}/{cause}",
            partition_key=day.isoformat(),
            tags={"recon/because": "late files"},
        )
        for day in sorted(listings)
        if day >= first
    ]
    return dg.SensorResult(run_requests=runs, cursor=cursor)


def _has_news(day: date, listing: Listing, landing: Landing) -> bool:
    """A report that has not landed in this form; what the server does not say distinguishes no form."""
    landed = landing.everything(report_date(day))
    return any(
        not any(
            file.name.file_name == remote.name
            and remote.size in (None, file.size)
            and remote.mtime in (None, file.mtime)
            for file in landed
        )
        for remote in _reports(listing, landing)
    )


def _reports(listing: Listing, landing: Landing) -> Iterator[RemoteFile]:
    return (file for file in listing if landing.is_report(file))


def _digest(listing: Listing, landing: Landing) -> str:
    lines = [
        f"{file.name}\t{file.size}\t{file.mtime and file.mtime.isoformat()}" for file in _reports(listing, landing)
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16]
