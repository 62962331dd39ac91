"""`recon land`: report files of a day from the SFTP server, or from a folder. `recon set-aside`: one out of the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pipelines.build_resources import landing_of, server_of
from pipelines.cli.changing import command_changes_state
from recon.clearing_day import report_date
from recon.errors import ReconError
from recon.listing import MOST_NAMED, counted
from resources.landing import Landing, LandingReport
from resources.settings import Settings, load_settings
from resources.storage import storage_errors
from views.terminal import print_json, print_line, waiting

if TYPE_CHECKING:
    from resources.report_sftp import RemoteFile, ReportServer


def land_reports(day: date | None, source: Path | None, *, as_json: bool = False) -> None:
    """Lands what is new and says what happened to every file."""
    if day is None and source is None:
        raise ReconError("neither a day nor a folder is given", where="recon land", do="Give --day, or --from a folder")
    settings = load_settings()
    landing = landing_of(settings)
    with command_changes_state(settings, "landing reports", alone=False):
        if source is not None:
            with waiting(f"Reports from {source}"), storage_errors(landing.directory):
                report = landing.land_from(source, day)
        else:
            assert day is not None
            report = _fetch(settings, landing, day)
        if as_json:
            print_json(_document(report))
        else:
            _tell(report)


def set_aside(day: date, file_name: str, because: str, *, back: bool) -> None:
    """Takes a landed file out of the way, or lets it count again; the next run of the day sees it so."""
    if not back and not because.strip():
        raise ReconError("no reason is given", where="recon set-aside", do='Give --because "..."; it is kept')
    settings = load_settings()
    landing = landing_of(settings)
    with command_changes_state(settings, "setting a report aside", alone=False):
        with storage_errors(landing.directory):
            file = landing.take_back(day, file_name) if back else landing.set_aside(day, file_name, because.strip())
        print_line(f"{file.file_id} of {day} " + ("counts again" if back else f"is set aside: {because.strip()}"))
        print_line(f"It counts from the next run: `recon run --day {day}`")


def _fetch(settings: Settings, landing: Landing, day: date) -> LandingReport:
    with (
        waiting(f"Reports of {day}", 0) as progress,
        server_of(settings)() as server,
        storage_errors(landing.directory),
    ):
        watched: ReportServer = server
        if progress is not None:
            watched = _Watched(
                server,
                lambda done, total: progress.update(progress.task_ids[0], completed=done, total=total),
            )
        return landing.land(report_date(day), watched)


class _Watched:
    """A report server that shows how many files it has seen and fetched."""

    def __init__(self, server: ReportServer, show: Callable[[int, int], None]) -> None:
        self._server, self._show = server, show
        self._done = self._total = 0

    def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
        """As the server does."""
        found = self._server.list_reports(area, participant_id, report_date)
        self._total += len(found)
        self._show(self._done, self._total)
        return found

    def fetch(self, remote: RemoteFile, into: BinaryIO) -> str:
        """As the server does."""
        sha256 = self._server.fetch(remote, into)
        self._done += 1
        self._show(self._done, self._total)
        return sha256


def _document(report: LandingReport) -> dict[str, object]:
    """What happened to every file, for a program."""
    landed, restored = ([str(file.file_id) for file in files] for files in (report.landed, report.restored))
    return {
        "landed": landed,
        "restored": restored,
        "already_there": len(report.already_there),
        "left_alone": [{"name": alone.name, "reason": alone.reason} for alone in report.left_alone],
        "days_to_run": _days_to_run(report),
    }


def _days_to_run(report: LandingReport) -> list[date]:
    """The clearing days whose files are others than before."""
    return sorted({file.report_date - timedelta(days=1) for file in [*report.landed, *report.restored]})


def _tell(report: LandingReport) -> None:
    _say_some([
        f"landed     {file.path.parent.name}/{file.name.file_name} version {file.version}, {counted(file.size, 'byte')}"
        for file in report.landed
    ])  # fmt: skip
    _say_some([
        f"restored   {file.path.parent.name}/{file.name.file_name} version {file.version}: the bytes are as landed"
        for file in report.restored
    ])  # fmt: skip
    _say_some([f"left alone {alone.name}: {alone.reason}" for alone in report.left_alone])
    print_line(
        f"{counted(len(report.landed), 'file')} landed, {len(report.already_there):,} already there, "
        f"{len(report.left_alone):,} left alone"
    )
    if days := _days_to_run(report):
        span = f"--day {days[0]}" if len(days) == 1 else f"--from {days[0]} --to {days[-1]}"
        print_line(f"The next run uses what is new: `recon run {span}`")


def _say_some(lines: Sequence[str]) -> None:
    """The first lines; how many there are is in the last line of the command."""
    for line in lines[:MOST_NAMED]:
        print_line(line)
    if (more := len(lines) - MOST_NAMED) > 0:
        print_line(f"{lines[0][:10]} and {more:,} more")
