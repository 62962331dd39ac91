"""The Alipay+ SFTP server, read only: one connection, a strict host key, bounds and retries.

Nothing is ever written, moved or deleted on the server. Everything that it sends is bounded: in bytes, in entries, in
silence and in time. An attribute that it does not send is unknown, never a "no". What is done with a file: landing.py.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO, Protocol, Self, TypeVar

import paramiko  # type: ignore[import-untyped]
import tenacity
from pydantic import SecretStr

from recon.errors import LandingError
from recon.listing import counted
from recon.reports.names import printable, report_directory
from resources.settings import Sftp
from resources.sftp_login import Login
from resources.sftp_session import Attributes, OverTimeError, ProtocolError, SftpSession, SilentError, StatusError
from resources.storage import storage_error

T = TypeVar("T")
MIB = 1024 * 1024
MOST_ENTRIES = 100_000  # of a folder
MOST_NAME_BYTES = 32 * MIB  # of all entries of a folder together
BLOCK = 32_768  # bytes of one read; each server takes it
# Reads on their way and their bytes: the most that OpenSSH gives at once, and less after each attempt that failed.
READS = ((16, 255 * 1024), (4, BLOCK), (1, BLOCK // 2))


@dataclass(frozen=True)
class RemoteFile:
    """An entry of a folder on the server; its name is foreign text until it is parsed.

    What the server does not say is None: the size in bytes, the instant of the last change (UTC), and whether it is a
    file. A size or an instant of zero is taken for one that is not said. Bytes of the name that are not UTF-8 are kept
    as surrogates.
    """

    directory: str
    name: str
    size: int | None
    mtime: datetime | None
    is_file: bool | None = True

    @property
    def path(self) -> str:
        """Where it is on the server. Never a path on our side."""
        return f"{self.directory}/{self.name}"


class ReportServer(Protocol):
    """What landing needs of a server."""

    def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
        """The entries of a report folder; none if the folder is not there."""

    def fetch(self, remote: RemoteFile, into: BinaryIO) -> str:
        """Write the whole file and return its sha256. FileGoneError if it is listed and cannot be opened."""


class UnreachableError(LandingError):
    """The server does not answer as it should; that may pass."""


class FileError(LandingError):
    """One file cannot be landed; the others can."""


class FileGoneError(FileError):
    """A listed file that the server does not give."""


class _Interrupted(Exception):  # noqa: N818 - never leaves this module
    """The transfer is not complete; try again."""

    do = "Check the network and the source IP allowlist, then run again"


class _OtherSizeError(_Interrupted):
    """What came is not as much as the server says."""

    do = "The file may still be written: run again in some minutes; if it stays so, ask Alipay+ about it"


_TRANSIENT = (  # what may pass
    paramiko.SSHException, paramiko.SFTPError, OSError, EOFError, ProtocolError, SilentError, StatusError, _Interrupted,
)  # fmt: skip


class ReportSftp:
    """A connection to the report server, opened at the first request and again after a failure."""

    def __init__(self, sftp: Sftp, secret: Callable[[str], SecretStr | None]) -> None:
        """`secret`: the value of an environment variable. ConfigurationError without a key and a password."""
        self._login = Login(sftp, secret)
        self.where = self._login.where
        self._sftp, self._largest = sftp, sftp.largest_file_mib * MIB
        self._failed = 0  # the most attempts that failed for one file: how careful to be with the next
        self._transport: paramiko.Transport | None = None
        self._session: SftpSession | None = None

    def __repr__(self) -> str:
        return f"ReportSftp({self.where})"  # no secrets

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        transport, self._transport, self._session = self._transport, None, None
        if transport is not None:
            transport.close()

    def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
        """The entries of a report folder, by name; none if the folder is not there."""
        return self.list_folder(report_directory(self._sftp.root, area, participant_id, report_date)) or []

    def list_folder(self, directory: str) -> list[RemoteFile] | None:
        """The entries of any folder, by name; None if it is not there.

        Servers answer for a missing folder in several ways. Any refusal is held against the folders above: it is
        missing if one of them can be listed and does not have it.
        """

        def listed(sftp: SftpSession, _: int) -> list[RemoteFile] | None:
            try:
                return _entries(sftp, directory)
            except StatusError as error:
                if error.is_missing or _is_missing(sftp, directory):
                    return None
                raise

        found = self._retried(listed, directory)
        return None if found is None else sorted(found, key=lambda remote: remote.name)

    def fetch(self, remote: RemoteFile, into: BinaryIO) -> str:
        """Write the whole file and return its sha256; every size that the server says is compared with what came.

        FileError for a file that is larger than the configuration lets it be, FileGoneError for one that is not given.
        """
        what = printable(remote.path)
        if remote.size and remote.size > self._largest:
            raise self._too_large(what, f"the listing says {counted(remote.size, 'byte')}")

        def fetched(sftp: SftpSession, attempt: int) -> str:
            target = _Hashing(into)
            handle = sftp.open(remote.path.encode(errors="surrogateescape"))
            self._failed = max(self._failed, attempt - 1)
            _copy(sftp, handle, target, remote.size or self._largest, *READS[min(self._failed, len(READS) - 1)])
            if target.size > (remote.size or self._largest):
                if not remote.size:
                    raise self._too_large(what, f"more than {counted(self._largest, 'byte')} came")
                raise _OtherSizeError(f"more came than the listed {counted(remote.size, 'byte')}")
            sizes = {remote.size, _size_now(sftp, handle)} - {None, 0}
            if sizes - {target.size}:
                raise _OtherSizeError(f"{counted(target.size, 'byte')} came, {max(filter(None, sizes)):,} are there")
            sftp.close_handle(handle)
            return target.sha256

        try:
            return self._retried(fetched, what)
        except LandingError as error:
            cause = error.__cause__
            if isinstance(cause, StatusError) and (cause.is_missing or cause.is_forbidden or cause.is_failure):
                raise FileGoneError(error.what, where=error.where, do=error.do) from cause
            raise

    def _too_large(self, what: str, how: str) -> FileError:
        return FileError(
            f"{what}: {how}, and at most {self._largest // MIB:,} MiB are taken",
            where=self.where,
            do="Ask Alipay+ about this file; if it is right, raise sftp.largest_file_mib",
        )

    def _retried(self, ask: Callable[[SftpSession, int], T], what: str) -> T:
        """Ask; after a transport error connect anew and ask again, with growing pauses and smaller requests."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._sftp.attempts),
            wait=tenacity.wait_exponential(multiplier=self._sftp.backoff_seconds, max=60),
            retry=tenacity.retry_if_exception(_is_transient),
            after=lambda _: self.close(),
            reraise=True,
        )
        attempts = 0

        def once() -> T:
            nonlocal attempts
            attempts += 1
            sftp = self._connected()
            sftp.begin(self._sftp.transfer_timeout_seconds)
            try:
                return ask(sftp, attempts)
            except SilentError as error:
                raise _Interrupted(f"no answer within {self._sftp.read_timeout_seconds:g} s") from error

        try:
            return retrying(once)
        except OverTimeError as error:
            self.close()
            raise LandingError(
                f"the server sent for more than {self._sftp.transfer_timeout_seconds:g} s",
                where=self.where,
                do="Ask Alipay+ about their server; if the line is slow, raise sftp.transfer_timeout_seconds",
            ) from error
        except _TRANSIENT as error:
            if isinstance(error, StatusError) and error.is_forbidden:
                raise LandingError(
                    f"no permission to read {what}",
                    where=self.where,
                    do="Ask Alipay+ support to grant this user read access",
                ) from error
            if isinstance(error, StatusError) and error.is_missing:
                raise LandingError(
                    f"{what}: the server lists it and does not have it",
                    where=self.where,
                    do="Run again; if it stays so, ask Alipay+ for the file",
                ) from error
            raise UnreachableError(
                f"{what}: {_reason(error)} (tried {counted(attempts, 'time')})",
                where=self.where,
                do=error.do if isinstance(error, _Interrupted) else _Interrupted.do,
            ) from error

    def _connected(self) -> SftpSession:
        if self._session is None:
            try:
                self._transport, channel = self._login.channel()
                self._session = SftpSession(channel, self._sftp.read_timeout_seconds)
            except (TimeoutError, SilentError):
                self.close()
                raise _Interrupted(f"no login within {2 * self._login.seconds:g} s") from None
        return self._session


def _entries(sftp: SftpSession, directory: str) -> list[RemoteFile]:
    found, size = list[RemoteFile](), 0
    for name, attributes in sftp.entries(directory.encode(errors="surrogateescape")):
        size += len(name)
        if len(found) >= MOST_ENTRIES or size > MOST_NAME_BYTES:
            raise LandingError(
                f"more than {MOST_ENTRIES:,} entries, or names that are too long",
                where=printable(directory),
                do="Ask Alipay+ to tidy up this folder",
            )
        found.append(_remote_file(directory, name.decode(errors="surrogateescape"), attributes))
    return found


def _is_missing(sftp: SftpSession, directory: str) -> bool:
    """Whether a folder above can be listed and does not have what leads to this one."""
    above, _, name = directory.rstrip("/").rpartition("/")
    if not name:
        return False
    try:
        entries = _entries(sftp, above or "/")
    except StatusError as error:
        return error.is_missing or _is_missing(sftp, above)
    return name not in {entry.name for entry in entries}


def _copy(sftp: SftpSession, handle: bytes, target: _Hashing, bound: int, reads: int, block: int) -> None:
    """Reads to the end of the file, or one byte more than `bound`; at most `reads` requests are on their way.

    A server that gives less than the first request asks for is asked for no more than that, or `BLOCK`, from then on.
    """
    asked, place, end, window = 0, 0, bound + 1, 1
    waiting = deque[tuple[int, int]]()  # requests, and where each ends
    while place < end:
        while asked < end and len(waiting) < window:
            length = min(block, end - asked)
            waiting.append((sftp.ask_to_read(handle, asked, length), asked + length))
            asked += length
        number, until = waiting.popleft()
        content = sftp.content(number)
        if place == 0:
            block = min(block, max(len(content), BLOCK))
        while content:  # fewer bytes than asked for are no end; none are
            sftp.alive()
            place += len(content)
            if place > until:
                raise _Interrupted("more bytes came than were asked for")
            target.write(content)
            if place == until:
                break
            content = sftp.content(sftp.ask_to_read(handle, place, until - place))
        else:
            break
        window = min(reads, 2 * window)
    for late, _ in waiting:  # past the end of the file
        sftp.content(late)


def _size_now(sftp: SftpSession, handle: bytes) -> int | None:
    """What an open file is said to have; a server that does not say is believed by its bytes."""
    try:
        return sftp.attributes_of(handle).size
    except StatusError:
        return None


class _Hashing:
    """A target that counts and hashes what is written; begins anew at each attempt."""

    def __init__(self, into: BinaryIO) -> None:
        self._into, self._hash, self.size = into, hashlib.sha256(), 0
        into.seek(0)
        into.truncate()

    def write(self, content: bytes) -> None:
        """Write and hash; a full disk is no reason to ask the server again."""
        self._hash.update(content)
        self.size += len(content)
        try:
            self._into.write(content)
        except OSError as error:
            where = str(getattr(self._into, "name", "the landed copy"))
            raise storage_error(error, Path(where)) or LandingError(
                f"cannot be written ({_reason(error)})", where=where, do="Check the disk, then run again"
            ) from error

    @property
    def sha256(self) -> str:
        """Of all that was written."""
        return self._hash.hexdigest()


def _remote_file(directory: str, name: str, attributes: Attributes) -> RemoteFile:
    return RemoteFile(directory, name, attributes.size or None, _instant(attributes.mtime), attributes.is_file)


def _instant(seconds: int | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, _TRANSIENT) and not (isinstance(error, StatusError) and error.is_final)


def _reason(error: BaseException) -> str:
    """In one line, whatever the other side sent."""
    words = str(error)
    if isinstance(error, OSError) and (number := error.errno or 0) in errno.errorcode:
        words = os.strerror(number)
    return printable(words, 400) or type(error).__name__
