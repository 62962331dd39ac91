"""The Alipay+ SFTP server, read only: one connection, a strict host key, bounds and retries.

Nothing is ever written, moved or deleted on the server. Everything that it sends is bounded: in bytes, in entries, in
silence and in time. An attribute that it does not send is unknown, never a "no". What is done with a file: landing.py.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import stat
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self, TypeVar

import asyncssh
import tenacity
from asyncssh.constants import FILEXFER_TYPE_REGULAR, FILEXFER_TYPE_UNKNOWN

from recon.errors import ConfigurationError, LandingError
from recon.reports.names import printable, report_directory
from resources.sftp_login import Login, agreed_keys, read_host_keys, read_private_key
from resources.storage import storage_error

T = TypeVar("T")
MIB = 1024 * 1024
MOST_ENTRIES = 100_000  # of a folder
MOST_NAME_BYTES = 32 * MIB  # of all entries of a folder together
BLOCK = 32_768  # bytes of one read; each server takes it
LARGE_BLOCK = 261_120  # what OpenSSH offers
READS = ((32, LARGE_BLOCK), (4, BLOCK), (1, BLOCK // 2))  # reads on their way and their bytes, by attempt
logging.getLogger("asyncssh").setLevel(logging.CRITICAL)  # what happened is told once, by the error


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
        """Where it lies on the server. Never a path on our side."""
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


_TRANSIENT = (asyncssh.Error, OSError, EOFError, ValueError, _Interrupted)  # ValueError: packets that make no sense
_NOT_THERE = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_FINAL = (
    asyncssh.PermissionDenied,
    asyncssh.IllegalUserName,
    asyncssh.HostKeyNotVerifiable,
    asyncssh.KeyExchangeFailed,
    asyncssh.ProtocolNotSupported,
    asyncssh.SFTPPermissionDenied,
    asyncssh.SFTPOpUnsupported,
    *_NOT_THERE,
)


class ReportSftp:
    """A connection to the report server, opened at the first request and again after a failure."""

    def __init__(
        self,
        *,
        host: str,
        username: str,
        known_hosts: Path,
        port: int = 22,
        root: str = "/v1",
        private_key_file: Path | None = None,
        passphrase: str | None = None,
        password: str | None = None,
        connect_timeout_seconds: float = 15,
        read_timeout_seconds: float = 60,
        transfer_timeout_seconds: float = 3600,
        largest_file_mib: int = 2048,
        attempts: int = 4,
        backoff_seconds: float = 1,
    ) -> None:
        self.host, self.port, self.username, self.root = host, port, username, root
        if private_key_file is None and password is None:
            raise ConfigurationError(
                "neither a key nor a password is given",
                where=self.where,
                do="Set one of the environment variables that [sftp] names",
            )
        self._known_hosts, self._private_key_file = known_hosts, private_key_file
        self._passphrase, self._password = passphrase, password
        self._connect_timeout = connect_timeout_seconds
        self._silence, self._transfer = read_timeout_seconds, transfer_timeout_seconds
        self._largest = largest_file_mib * MIB
        self._attempts, self._backoff = attempts, backoff_seconds
        self._runner: asyncio.Runner | None = None
        self._connection: asyncssh.SSHClientConnection | None = None
        self._session: asyncssh.SFTPClient | None = None

    def __repr__(self) -> str:
        return f"ReportSftp({self.where})"  # no secrets

    @property
    def where(self) -> str:
        """The server, for messages."""
        return f"sftp://{self.username}@{self.host}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        connection, self._connection, self._session = self._connection, None, None
        runner, self._runner = self._runner, None
        if connection is not None:
            connection.abort()
        if runner is not None:
            runner.close()

    def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
        """The entries of a report folder, by name; none if the folder is not there."""
        return self.list_folder(report_directory(self.root, area, participant_id, report_date)) or []

    def list_folder(self, directory: str) -> list[RemoteFile] | None:
        """The entries of any folder, by name; None if it is not there.

        Servers answer for a missing folder in several ways. Any refusal is held against the folders above: it is
        missing if one of them can be listed and does not have it.
        """

        async def listed(sftp: asyncssh.SFTPClient, watch: _Watch, _: int) -> list[RemoteFile] | None:
            try:
                return await _entries(sftp, directory, watch)
            except asyncssh.SFTPError as error:
                if isinstance(error, _NOT_THERE) or await _is_missing(sftp, directory, watch):
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
            raise self._too_large(what, f"the listing says {remote.size:,} bytes")

        async def fetched(sftp: asyncssh.SFTPClient, watch: _Watch, attempt: int) -> str:
            target = _Hashing(into)
            reads, block = READS[min(attempt, len(READS)) - 1]
            file = await sftp.open(remote.path.encode(errors="surrogateescape"), "rb", block_size=0)
            block = max(min(block, sftp.limits.max_read_len), min(block, BLOCK))
            await _copy(file, target, remote.size or self._largest, reads, block, watch)
            if target.size > (remote.size or self._largest):
                if not remote.size:
                    raise self._too_large(what, f"more than {self._largest:,} bytes came")
                raise _Interrupted(f"more than the listed {remote.size:,} bytes came")
            told = {remote.size, await _size_now(file)} - {None, 0}
            if told - {target.size}:
                raise _Interrupted(f"{target.size:,} bytes came, {max(filter(None, told)):,} are there")
            await _closed(file)
            return target.sha256

        try:
            return self._retried(fetched, what)
        except LandingError as error:
            if isinstance(error.__cause__, (*_NOT_THERE, asyncssh.SFTPPermissionDenied, asyncssh.SFTPFailure)):
                raise FileGoneError(error.what, where=error.where, do=error.do) from error.__cause__
            raise

    def _too_large(self, what: str, how: str) -> FileError:
        return FileError(
            f"{what}: {how}, and at most {self._largest // MIB:,} MiB are taken",
            where=self.where,
            do="Ask Alipay+ about this file; if it is right, raise sftp.largest_file_mib",
        )

    def _retried(self, ask: Callable[[asyncssh.SFTPClient, _Watch, int], Awaitable[T]], what: str) -> T:
        """Ask; after a transport error connect anew and ask again, with growing pauses and smaller requests."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=tenacity.wait_exponential(multiplier=self._backoff, max=60),
            retry=tenacity.retry_if_exception(_is_transient),
            after=lambda _: self.close(),
            reraise=True,
        )
        attempts = 0

        def once() -> T:
            nonlocal attempts
            attempts += 1
            if self._runner is None:
                self._runner = asyncio.Runner()
                self._runner.get_loop().set_exception_handler(lambda *_: None)  # told once, by the error
            return self._runner.run(self._watched(ask, attempts))

        try:
            return retrying(once)
        except asyncssh.SFTPPermissionDenied as error:
            raise LandingError(
                f"no permission to read {what}",
                where=self.where,
                do="Ask Alipay+ support to grant this user read access",
            ) from error
        except _NOT_THERE as error:
            raise LandingError(
                f"{what}: the server lists it and does not have it",
                where=self.where,
                do="Run again; if it stays so, ask Alipay+ for the file",
            ) from error
        except _TRANSIENT as error:
            raise UnreachableError(
                f"{what}: {_reason(error)} ({attempts} attempts)",
                where=self.where,
                do="Check the network and the source IP allowlist, then run again",
            ) from error

    async def _watched(self, ask: Callable[[asyncssh.SFTPClient, _Watch, int], Awaitable[T]], attempt: int) -> T:
        sftp = await self._connected()
        assert self._connection is not None
        watch = _Watch(self._connection, self._silence, self._transfer)
        try:
            return await ask(sftp, watch, attempt)
        except _TRANSIENT as error:
            if watch.over_time:
                raise LandingError(
                    f"the server sent for more than {self._transfer:g} seconds",
                    where=self.where,
                    do="Ask Alipay+ about their server; if the line is slow, raise sftp.transfer_timeout_seconds",
                ) from error
            if watch.silent:
                raise _Interrupted(f"no answer within {self._silence:g} seconds") from error
            raise
        finally:
            watch.stop()

    async def _connected(self) -> asyncssh.SFTPClient:
        if self._session is None:
            hosts = read_host_keys(self._known_hosts)
            key = self._private_key_file and read_private_key(self._private_key_file, self._passphrase)
            login = Login(key or None, self._password)
            try:
                async with asyncio.timeout(2 * self._connect_timeout):  # to connect, and to log in
                    self._connection = await self._logged_in(login, hosts)
                    self._session = await self._connection.start_sftp_client(path_encoding=None)
            except asyncssh.HostKeyNotVerifiable:
                is_known = bool(agreed_keys(hosts, self.host, self.port))
                raise login.refusal(self.where, self._known_hosts, is_known=is_known) from None
            except (asyncssh.KeyExchangeFailed, asyncssh.ProtocolNotSupported) as error:
                raise LandingError(
                    f"the server and we share no algorithm ({_reason(error)})",
                    where=self.where,
                    do=f"Compare the kinds of keys in {self._known_hosts} with what the server offers, and ask Alipay+ "
                    "for a key or a server that both sides know",
                ) from None
            except asyncssh.DisconnectError as error:
                if isinstance(error, asyncssh.PermissionDenied | asyncssh.IllegalUserName) or (
                    login.is_trying and not isinstance(error, asyncssh.ConnectionLost)
                ):
                    raise self._refused(login) from None
                raise
            except asyncssh.ChannelOpenError as error:
                raise LandingError(
                    f"the server lets us in, and offers no SFTP ({_reason(error)})",
                    where=self.where,
                    do="Ask Alipay+ to enable SFTP for this user",
                ) from None
            except TimeoutError:
                raise _Interrupted(f"no login within {2 * self._connect_timeout:g} seconds") from None
        return self._session

    async def _logged_in(self, login: Login, hosts: asyncssh.SSHKnownHosts) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            self.host,
            self.port,
            username=self.username,
            client_factory=lambda: login,
            known_hosts=hosts,
            client_keys=None,  # each secret comes from `login`
            preferred_auth=["publickey", "password", "keyboard-interactive"],
            encryption_algs="^aes128-gcm@openssh.com",  # the fastest by far
            compression_algs=None,
            connect_timeout=self._connect_timeout,
            login_timeout=self._connect_timeout,
            utf8_decode_errors="backslashreplace",
            config=None,  # neither files nor agents of the user who runs us
            agent_path=None,
            gss_host=None,
        )

    def _refused(self, login: Login) -> LandingError:
        if login.has_more_questions:
            return LandingError(
                "the server refused the key or password: it asks for more than one password",
                where=self.where,
                do="Ask Alipay+ for a login by key, or by a password alone",
            )
        return LandingError(
            "the server refused the key or password",
            where=self.where,
            do="Check the user name and the key or password in the environment",
        )


class _Watch:
    """Ends a connection that is silent, or that sends for too long: what waits for it is then told so."""

    def __init__(self, connection: asyncssh.SSHClientConnection, silence: float, transfer: float) -> None:
        self._connection, self._silence = connection, silence
        self._loop = asyncio.get_running_loop()
        self._heard = self._loop.time()
        self._end = self._heard + transfer
        self.silent = self.over_time = False
        self._timer = self._loop.call_at(min(self._heard + silence, self._end), self._look)

    def alive(self) -> None:
        """Something of use came."""
        self._heard = self._loop.time()

    def stop(self) -> None:
        """The answer is complete."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        self.over_time = now >= self._end
        self.silent = now >= self._heard + self._silence
        if self.over_time or self.silent:
            self._connection.abort()
        else:
            self._timer = self._loop.call_at(min(self._heard + self._silence, self._end), self._look)


async def _entries(sftp: asyncssh.SFTPClient, directory: str, watch: _Watch) -> list[RemoteFile]:
    found, size = list[RemoteFile](), 0
    # closed here, while the connection is watched: the end of a listing is a request too
    async with aclosing(sftp.scandir(directory.encode(errors="surrogateescape"))) as entries:  # type: ignore[type-var]
        async for entry in entries:
            watch.alive()
            name = _bytes(entry.filename)
            size += len(name)
            if len(found) >= MOST_ENTRIES or size > MOST_NAME_BYTES:
                raise LandingError(
                    f"more than {MOST_ENTRIES:,} entries, or names that are too long",
                    where=printable(directory),
                    do="Ask Alipay+ to tidy up this folder",
                )
            if name not in (b".", b".."):
                found.append(_remote_file(directory, name.decode(errors="surrogateescape"), entry.attrs))
    return found


async def _is_missing(sftp: asyncssh.SFTPClient, directory: str, watch: _Watch) -> bool:
    """Whether a folder above can be listed and does not have what leads to this one."""
    above, _, name = directory.rstrip("/").rpartition("/")
    if not name:
        return False
    try:
        entries = await _entries(sftp, above or "/", watch)
    except asyncssh.SFTPError as error:
        return isinstance(error, _NOT_THERE) or await _is_missing(sftp, above, watch)
    return name not in {entry.name for entry in entries}


async def _copy(
    file: asyncssh.SFTPClientFile, target: _Hashing, bound: int, reads: int, block: int, watch: _Watch
) -> None:
    """Reads to the end of the file, or one byte more than `bound`; at most `reads` requests are on their way."""
    asked, place, end, window = 0, 0, bound + 1, 1
    waiting = deque[asyncio.Task[bytes]]()
    try:
        while place < end:
            while asked < end and len(waiting) < window:
                length = min(block, end - asked)
                waiting.append(asyncio.ensure_future(file.read(length, asked)))
                asked += length
            until = min(place + block, end)
            content = await waiting.popleft()
            while content:  # fewer bytes than asked for are no end; none are
                watch.alive()
                place += len(content)
                if place > until:
                    raise _Interrupted("more bytes came than were asked for")
                target.write(content)
                if place == until:
                    break
                content = await file.read(until - place, place)
            else:
                return
            window = min(reads, 2 * window)
    finally:
        for late in waiting:
            late.cancel()


async def _size_now(file: asyncssh.SFTPClientFile) -> int | None:
    """What an open file is said to have; a server that does not say is believed by its bytes."""
    try:
        return (await file.stat()).size
    except asyncssh.SFTPConnectionLost:
        raise
    except asyncssh.SFTPError:
        return None


async def _closed(file: asyncssh.SFTPClientFile) -> None:
    """All bytes are there: a server that does not like the end of it changes nothing."""
    try:
        await file.close()
    except asyncssh.SFTPError:
        return


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


def _remote_file(directory: str, name: str, attributes: asyncssh.SFTPAttrs) -> RemoteFile:
    return RemoteFile(directory, name, attributes.size or None, _instant(attributes.mtime), _is_file(attributes))


def _instant(seconds: int | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    except (OverflowError, ValueError, OSError):
        return None


def _is_file(attributes: asyncssh.SFTPAttrs) -> bool | None:
    """By the type or the type bits of the permissions; None if the server sends neither."""
    kind = stat.S_IFMT(attributes.permissions or 0)
    if kind:
        return kind == stat.S_IFREG
    if attributes.type != FILEXFER_TYPE_UNKNOWN:
        return bool(attributes.type == FILEXFER_TYPE_REGULAR)
    return None


def _bytes(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode(errors="surrogateescape")


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, _TRANSIENT) and not isinstance(error, _FINAL)


def _reason(error: BaseException) -> str:
    """In one line, whatever the other side sent."""
    told = getattr(error, "reason", None) or str(error)
    if isinstance(error, OSError) and (number := error.errno or 0) in errno.errorcode:
        told = os.strerror(number)
    return printable(str(told), 400) or type(error).__name__
