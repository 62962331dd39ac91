"""Report files as delivered: a write-once store of every version of every file.

    <directory>/<report date>/<file name>.v<N>         the bytes, read-only
    <directory>/<report date>/<file name>.v<N>.json    the receipt (landed_files.py)
    <directory>/<report date>/<file name>.v<N>.set_aside    only if a person took it out of the way, and why

A file grows as `.part`, is checked, renamed, and then gets its receipt; whatever a killed process
leaves is repaired by the next run. The same name with other bytes becomes the next version. Paths
are built from parsed names only: no text of the server reaches the file system.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from recon.clearing_day import Clock
from recon.clearing_day import report_date as report_date_of
from recon.errors import LandingError, ReportNameError, StorageError
from recon.listing import counted, some_of
from recon.reports.names import ReportKind, ReportName, parse_report_name, printable
from resources.files import fsync_folder, locked, make_read_only, sha256_of, try_lock
from resources.landed_files import (
    RECEIPT,
    LandedFile,
    fault_of,
    read_receipt,
    receipt_path,
    remove_mark,
    write_mark,
    write_receipt,
)
from resources.report_sftp import FileError, FileGoneError, RemoteFile, ReportServer

_VERSIONED = re.compile(r"(?P<name>.+\.csv)\.v(?P<version>[1-9][0-9]*)")
_FOLDER = re.compile(r"[0-9]{8}")
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class LeftAlone:
    """Something in a report folder that was not landed, and why."""

    name: str  # made printable
    reason: str


@dataclass
class LandingReport:
    """What one landing found and did."""

    landed: list[LandedFile] = field(default_factory=list)
    restored: list[LandedFile] = field(default_factory=list)  # known versions whose bytes were lost or changed here
    already_there: list[LandedFile] = field(default_factory=list)
    left_alone: list[LeftAlone] = field(default_factory=list)


class Landing:
    """The write-once store. Several processes may land at once."""

    def __init__(
        self,
        directory: Path,
        *,
        participant_id: str,
        agreement_ids: Sequence[str],
        now: Clock,
    ) -> None:
        self.directory = directory
        self._participant_id, self._agreement_ids = participant_id, tuple(agreement_ids)
        self._now = now

    def land(
        self,
        report_date: date,
        server: ReportServer,
        kinds: Collection[ReportKind] = tuple(ReportKind),
    ) -> LandingReport:
        """Land what is new in the folders of a report date: each file is fetched, and its content decides.

        A file that cannot be had does not keep the others: its error comes last.
        """
        self._repair(report_date)
        report, errors = LandingReport(), list[FileError]()
        for area in sorted({kind.area for kind in kinds}):
            for remote in server.list_reports(area, self._participant_id, report_date):
                name = self._name_of(remote, area, report)
                if name is not None and name.kind in kinds:
                    try:
                        self._land_remote(remote, name, report_date, server, report)
                    except FileError as error:
                        errors.append(error)
        if errors:
            raise errors[0]
        return report

    def land_from(self, source: Path, day: date | None = None) -> LandingReport:
        """Land reports downloaded by hand, by the same rules.

        The report date is the nearest folder named YYYYMMDD, else that of the clearing day `day`.
        """
        if not source.is_dir():
            raise LandingError("there is no such folder", where=str(source), do="Check the path given with --from")
        report = LandingReport()
        found = [
            (path, name, _report_date_of(path, source, day))
            for path in sorted(source.rglob("*"))
            if not path.is_dir() and (name := self._name_of(_local(path), None, report))
        ]
        for path, name, report_date in found:
            self._repair(report_date)
            self._land_local(path, name, report_date, report)
        return report

    def versions(self, report_date: date) -> list[LandedFile]:
        """All versions of all files of a report date that count; of each file the newest first."""
        return [file for file in self.everything(report_date) if not file.set_aside]

    def everything(self, report_date: date) -> list[LandedFile]:
        """As `versions`, with what was set aside."""
        receipts = sorted(self._folder(report_date).glob("*.csv.v*.json"))
        landed = [read_receipt(path) for path in receipts]
        return sorted(landed, key=lambda file: (file.name, -file.version))

    def require_as_landed(self, report_date: date, *, with_receipts: bool = False) -> None:
        """StorageError if a file that counts is not what was landed, or, `with_receipts`, if one has no receipt."""
        faults = [(file.path, fault) for file in self.versions(report_date) if (fault := fault_of(file))]
        if with_receipts:
            with self._lock():  # another process may be landing: its receipt comes at once
                alone = self._without_receipt(report_date)
            faults += [(path, "has no receipt, so that nothing proves it") for path in alone]
        if faults:
            (path, fault), more = faults[0], len(faults) - 1
            raise StorageError(
                fault + (f"; and {counted(more, 'more file')}" if more else ""),
                where=str(path),
                do=f"Fetch it again: `recon land --day {report_date - timedelta(days=1)}`. If the server has it no"
                " more, restore it from a backup, or move it and its receipt away",
            )

    def set_aside(self, day: date, file_name: str, because: str) -> LandedFile:
        """Takes the newest version of a report out of the way of a clearing day; an older one counts again.

        LandingError if there is none.
        """
        file = self._named(self.versions(report_date_of(day)), day, file_name, "Check the name")
        write_mark(file, because, self._now())
        return file

    def take_back(self, day: date, file_name: str) -> LandedFile:
        """Lets the newest version that was set aside count again. LandingError if there is none."""
        marked = [file for file in self.everything(report_date_of(day)) if file.set_aside]
        file = self._named(marked, day, file_name, "Nothing of this name was set aside")
        remove_mark(file)
        return file

    def _named(self, files: Sequence[LandedFile], day: date, file_name: str, do: str) -> LandedFile:
        for file in files:
            if file.name.file_name == file_name:
                return file
        there = some_of(sorted({file.name.file_name for file in files})) or "none"
        raise LandingError(
            f"no such report of {day}: {printable(file_name)}",
            where=str(self._folder(report_date_of(day))),
            do=f"{do}; these are there: {there}",
        )

    # --- one file

    def _name_of(self, remote: RemoteFile, area: str | None, report: LandingReport) -> ReportName | None:
        """The parsed name, or None and a line in the report."""
        try:
            return self._accepted(remote, area)
        except ReportNameError as error:
            report.left_alone.append(LeftAlone(printable(remote.name), error.what))
            return None

    def is_report(self, remote: RemoteFile) -> bool:
        """Whether this entry of a folder would be landed."""
        try:
            return bool(self._accepted(remote, None))
        except ReportNameError:
            return False

    def _accepted(self, remote: RemoteFile, area: str | None) -> ReportName:
        if remote.is_file is False:
            raise ReportNameError("not a regular file")
        if remote.name.endswith(".tmp"):
            raise ReportNameError("still being written by the server")
        if remote.name.endswith(".asc"):
            raise ReportNameError("encrypted, and no key is configured")
        name = parse_report_name(remote.name, self._participant_id, self._agreement_ids)
        if area is not None and name.kind.area != area:
            raise ReportNameError(f"does not belong into the {area} folder")
        return name

    def _land_remote(
        self,
        remote: RemoteFile,
        name: ReportName,
        report_date: date,
        server: ReportServer,
        report: LandingReport,
    ) -> None:
        """Size and time of a listing say nothing about the content: a file can be issued again with both unchanged."""
        with self._part(report_date, name) as part:
            try:
                sha256 = server.fetch(remote, part)
            except FileGoneError:
                newest = self._newest(report_date, name)
                if newest and not fault_of(newest):  # given once, and it has landed
                    report.already_there.append(newest)
                elif remote.is_file is None:
                    reason = "the server does not say whether it is a file, and does not give it"
                    report.left_alone.append(LeftAlone(printable(remote.name), reason))
                else:
                    raise
                return
            self._keep(part, name, report_date, sha256, remote.mtime or self._now().replace(microsecond=0), report)

    def _land_local(self, path: Path, name: ReportName, report_date: date, report: LandingReport) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as source, self._part(report_date, name) as part:
            digest = hashlib.sha256()
            while content := source.read(_CHUNK):
                digest.update(content)
                part.write(content)
            mtime = datetime.fromtimestamp(int(os.fstat(descriptor).st_mtime), UTC)
            self._keep(part, name, report_date, digest.hexdigest(), mtime, report, is_by_hand=True)

    @contextmanager
    def _part(self, report_date: date, name: ReportName) -> Iterator[BinaryIO]:
        """A growing file of our own, locked as long as we live, gone if we do not finish."""
        folder = self._folder(report_date)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f".{name.file_name}.{secrets.token_hex(8)}.part"
        with self._lock():  # so that no repair sees it before it is locked
            part = path.open("xb")
            try_lock(part)
        with part:
            try:
                yield part
            finally:
                path.unlink(missing_ok=True)

    def _keep(
        self,
        part: BinaryIO,
        name: ReportName,
        report_date: date,
        sha256: str,
        mtime: datetime,
        report: LandingReport,
        *,
        is_by_hand: bool = False,
    ) -> None:
        """Make the complete part the next version, unless its bytes are the newest one."""
        part.flush()
        os.utime(part.name, (mtime.timestamp(), mtime.timestamp()))  # survives a kill: see _repair
        make_read_only(part)
        os.fsync(part.fileno())
        with self._lock():
            newest = self._newest(report_date, name)
            if newest is not None and newest.sha256 == sha256:
                self._restore(part, newest, report)
                return
            version = 1 + max(self._used_versions(report_date, name), default=0)
            path = self._folder(report_date) / f"{name.file_name}.v{version}"
            Path(part.name).rename(path)
            fsync_folder(path.parent)
            size = path.stat().st_size
            landed = LandedFile(
                name, version, path, sha256, size, mtime, report_date, self._now(), is_by_hand=is_by_hand
            )
            write_receipt(landed)
            report.landed.append(landed)

    def _restore(self, part: BinaryIO, newest: LandedFile, report: LandingReport) -> None:
        """The same bytes came again: they replace what became of the landed ones, if anything did."""
        if not fault_of(newest):
            report.already_there.append(newest)
            return
        Path(part.name).replace(newest.path)
        fsync_folder(newest.path.parent)
        report.restored.append(newest)

    # --- the store

    def _folder(self, report_date: date) -> Path:
        return self.directory / report_date.isoformat()

    def _newest(self, report_date: date, name: ReportName) -> LandedFile | None:
        return next((file for file in self.everything(report_date) if file.name == name), None)

    def _used_versions(self, report_date: date, name: ReportName) -> Iterator[int]:
        for path in self._folder(report_date).iterdir():
            match = _VERSIONED.fullmatch(
                path.name.removesuffix(RECEIPT)
            )  # a receipt keeps its number if the file is gone
            if match and match["name"] == name.file_name:
                yield int(match["version"])

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One process at a time gives out version numbers."""
        with locked(self.directory / ".lock"):
            yield

    def _repair(self, report_date: date) -> None:
        """Remove parts that no process writes any more, and write receipts that are missing."""
        folder = self._folder(report_date)
        if not folder.is_dir():
            return
        with self._lock():
            for path in folder.glob(".*.part"):
                _remove_if_abandoned(path)
            for path in self._without_receipt(report_date):
                self._write_missing_receipt(path, report_date)

    def _without_receipt(self, report_date: date) -> list[Path]:
        folder = self._folder(report_date)
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
        return [path for path in paths if _VERSIONED.fullmatch(path.name) and not receipt_path(path).exists()]

    def _write_missing_receipt(self, path: Path, report_date: date) -> None:
        """The file was complete before it got its name; only the receipt is missing."""
        match = _VERSIONED.fullmatch(path.name)
        assert match is not None
        name = parse_report_name(match["name"], self._participant_id, self._agreement_ids)
        sha256, found = sha256_of(path), path.stat()
        mtime = datetime.fromtimestamp(int(found.st_mtime), UTC)
        version = int(match["version"])
        write_receipt(LandedFile(name, version, path, sha256, found.st_size, mtime, report_date, self._now()))


def _report_date_of(path: Path, source: Path, day: date | None) -> date:
    inside = [source.resolve().name, *path.relative_to(source).parts[:-1]]
    for folder in reversed(inside):
        if _FOLDER.fullmatch(folder):
            try:
                return datetime.strptime(folder, "%Y%m%d").replace(tzinfo=UTC).date()
            except ValueError:
                continue
    if day is None:
        raise LandingError(
            "the report date is not known",
            where=printable(str(path)),
            do="Put it into a folder named YYYYMMDD (the report date), or give the clearing day",
        )
    return report_date_of(day)


def _local(path: Path) -> RemoteFile:
    is_file = path.is_file() and not path.is_symlink()
    return RemoteFile(str(path.parent), path.name, None, None, is_file)


def _remove_if_abandoned(path: Path) -> None:
    with suppress(FileNotFoundError), path.open("rb") as part:
        if try_lock(part):  # refused while its writer lives
            path.unlink(missing_ok=True)
