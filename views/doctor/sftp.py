"""The report server: reachable, the agreed one, lets us in, shows both folders, and what is in them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from recon.clearing_day import clearing_day, day_in_digits, newest_due, report_date
from recon.errors import ConfigurationError, HostKeyError, ReportNameError
from recon.file_calendar import KEPT_DAYS
from recon.listing import counted, some_of
from recon.reports.kinds.definition import Area
from recon.reports.names import parse_report_name, printable, report_directory
from resources.report_sftp import RemoteFile, ReportSftp
from resources.settings import Settings, Sftp
from resources.settings.rules import expected_sets
from resources.sftp_login import SSH_PORT, WRITE_HOST_KEY, agreed_keys, read_host_keys
from views.doctor.findings import Finding, note, ok, wrong
from views.doctor.rounds import StoppedError, expected

LOSS_IS_NEAR = timedelta(days=5)
BANNER = b"SSH-"
SHOWN = 3


def sftp_findings(settings: Settings, open_server: Callable[[], ReportSftp], at: datetime) -> Iterator[Finding]:
    """`at`: the instant for which reports are expected."""
    sftp = settings.sftp
    if sftp is None:
        yield note("section", "there is none: reports are landed by hand", "sftp", "Write it when you have the access")
        return
    yield _reachable(sftp)
    yield _known_host(sftp)
    with expected("login", "sftp.private_key_env"):
        server = open_server()
    with server:
        with expected("login", "sftp.username, sftp.private_key_env, sftp.password_env"):
            top = _first_look(server, sftp)
        yield ok("login", f"{sftp.username} may read, the host key is the agreed one")
        if top is None:
            raise StoppedError("folders", f"there is no {sftp.root}", "sftp.root", 'Usual: "/v1", or "/sandbox"')
        dates: dict[str, list[date] | None] = {}
        for area in Area:
            finding, dates[area] = _folder(server, settings, area)
            yield finding
        if dates["clearing"] is None:
            return
        yield from _clearing(server, settings, dates["clearing"], at)
        yield _retention(settings, dates["clearing"], at)


def _reachable(sftp: Sftp) -> Finding:
    """A connection, and the first words of an SSH server."""
    place = f"{sftp.host}:{sftp.port}"
    try:
        with socket.create_connection((sftp.host, sftp.port), sftp.connect_timeout_seconds) as connection:
            connection.settimeout(sftp.connect_timeout_seconds)
            banner = connection.recv(255)
    except socket.gaierror:
        raise StoppedError(
            "host", f"no address for the name {sftp.host}", "sftp.host", "Correct the name, or check your DNS"
        ) from None
    except OSError as error:
        what = f"{place} does not answer ({type(error).__name__})"
        do = "Correct it, or have our address put on the allowlist of Alipay+"
        raise StoppedError("host", what, "sftp.host, sftp.port", do) from None
    if not banner.startswith(BANNER):
        raise StoppedError("host", f"{place} is not an SSH server", "sftp.port", "It is usually 22")
    return ok("host", f"{place} answers")


def _known_host(sftp: Sftp) -> Finding:
    """Whether a host key of this server was agreed; that it is the shown one is seen at the login."""
    key = "sftp.known_hosts"
    try:
        keys = agreed_keys(read_host_keys(sftp.known_hosts), sftp.host, sftp.port)
    except ConfigurationError as error:
        raise StoppedError("host key", f"{sftp.known_hosts}: {error.what}", key, WRITE_HOST_KEY) from None
    if not keys:
        name = sftp.host if sftp.port == SSH_PORT else f"[{sftp.host}]:{sftp.port}"
        return wrong("host key", f"{sftp.known_hosts} has no key of {name}", key, WRITE_HOST_KEY)
    kinds = ", ".join(sorted({found.get_name() for found in keys}))
    return ok("host key", f"known: {kinds}")


def _first_look(server: ReportSftp, sftp: Sftp) -> list[RemoteFile] | None:
    """Logs in; a server with another key than the agreed one does not learn who we are."""
    try:
        return server.list_folder(sftp.root)
    except HostKeyError as error:
        raise StoppedError("login", error.what, "sftp.known_hosts", error.do) from None


def _folder(server: ReportSftp, settings: Settings, area: str) -> tuple[Finding, list[date] | None]:
    """Whether the folder of a participant is there, and its report dates; None without a folder."""
    some_day = report_directory(settings.wanted_sftp().root, area, settings.participant.id, date.min)
    directory = some_day.rpartition("/")[0]
    with expected(f"{area} folder", "sftp.root"):
        entries = server.list_folder(directory)
    if entries is None and area == "settlement":
        return note("settlement folder", f"there is no {directory}", do="It comes with the first settlement"), None
    if entries is None:
        do = "Check both; if they are right, ask Alipay+ to make the folder"
        return wrong(f"{area} folder", f"there is no {directory}", "sftp.root, participant.id", do), None
    dates = sorted(day for entry in entries if not entry.is_file and (day := day_in_digits(entry.name)))
    if not dates:
        return note(f"{area} folder", f"{directory} is empty"), []
    return ok(f"{area} folder", f"{counted(len(dates), 'report date')}, {dates[0]} to {dates[-1]}"), dates


def _clearing(server: ReportSftp, settings: Settings, dates: Sequence[date], at: datetime) -> Iterator[Finding]:
    """The newest clearing reports: in time, and of the configured agreements."""
    day = newest_due(at, settings.calendar.arrival_grace)
    if day < settings.participant.start_day:
        yield note("newest reports", f"none is due before {report_date(settings.participant.start_day)}")
    elif not dates or dates[-1] < report_date(day):
        newest = f"the newest are of {dates[-1]}" if dates else "there are none"
        do = "Clearing reports come every day, even empty ones: ask Alipay+"
        yield wrong("newest reports", f"{newest}, but those of {report_date(day)} are due", "sftp.root", do)
    else:
        yield ok("newest reports", f"of {dates[-1]}")
    if dates:
        with expected("agreements", "sftp.root"):
            entries = server.list_reports("clearing", settings.participant.id, dates[-1])
        yield from _names(settings, entries)


def _names(settings: Settings, entries: Sequence[RemoteFile]) -> Iterator[Finding]:
    """Whether each name can be read, and belongs to a configured agreement."""
    names, strange, agreements = [], [], [line.id for line in settings.agreements]
    for entry in entries:
        try:
            names.append(parse_report_name(entry.name, settings.participant.id, agreements))
        except ReportNameError:
            strange.append(printable(entry.name))
    if encrypted := [name for name in strange if name.endswith(".asc")]:
        do = "Ask Alipay+ to send them as they are: encrypted files are not read"
        yield wrong("file names", f"{counted(len(encrypted), 'file')} encrypted", "sftp", do)
    elif others := [name for name in strange if not name.endswith(".tmp")]:
        what = f"{counted(len(others), 'file')} not of participant {settings.participant.id}: {some_of(others)}"
        yield wrong("file names", what, "participant.id", "Compare it with the names of the files")
    else:
        yield ok("file names", f"{counted(len(names), 'report')}, each name is understood")
    sets = {(name.participant_agreement_id, name.settlement_currency) for name in names}
    yield _agreements(sets, set(expected_sets(settings)))


def _agreements(there: set[tuple[str, str]], configured: set[tuple[str, str]]) -> Finding:
    """A set without configuration stops a day, and so does one that does not come."""
    if unknown := sorted(there - configured):
        do = "Add each with its id and settlement_currency, if the contract has it"
        return wrong("agreements", f"not configured: {_listed(unknown)}", "[[agreements]]", do)
    if missing := sorted(configured - there):
        do = "Take them out if they ended; else ask Alipay+ for the reports"
        return wrong("agreements", f"no clearing reports of {_listed(missing)}", "[[agreements]]", do)
    return ok("agreements", _listed(sorted(there)))


def _listed(sets: Sequence[tuple[str, str]]) -> str:
    return some_of((f"{agreement} in {currency}" for agreement, currency in sets), SHOWN)


def _retention(settings: Settings, dates: Sequence[date], at: datetime) -> Finding:
    """Reports that are not landed yet, and when the server forgets them."""
    landed = settings.warehouse.directory / "landed"
    first = report_date(settings.participant.start_day)
    waiting = [day for day in dates if day >= first and not any((landed / day.isoformat()).glob("*.csv.v*"))]
    if not waiting:
        return ok("retention", "all report dates on the server are landed" if dates else "nothing to lose")
    lost_on = waiting[0] + timedelta(days=KEPT_DAYS)
    what = f"{counted(len(waiting), 'report date')} not landed; that of {waiting[0]} may vanish on {lost_on}"
    do = f"Run `recon run` for {waiting[0] - timedelta(days=1)} and the days after it, or `recon land`"
    if clearing_day(at) - waiting[0] >= LOSS_IS_NEAR:
        return wrong("retention", what, "participant.start_day", do)
    return note("retention", what, do=do)
