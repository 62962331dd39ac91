"""The Alipay+ SFTP server, read only: one connection, a strict host key, time-outs and retries.

Nothing is ever written, moved or deleted on the server. What is done with a file: landing.py.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self, TypeVar

import paramiko  # type: ignore[import-untyped]
import tenacity

from recon.errors import ConfigurationError, HostKeyError, LandingError
from recon.reports.names import printable, report_directory
from resources.storage import storage_error

T = TypeVar("T")
_CHUNK = 32768  # what paramiko asks for at once


@dataclass(frozen=True)
class RemoteFile:
    """An entry of a folder on the server; its name is foreign text until it is parsed."""

    directory: str
    name: str
    size: int
    mtime: datetime
    is_file: bool = True

    @property
    def path(self) -> str:
        """Where it lies on the server. Never a path on our side."""
        return f"{self.directory}/{self.name}"


class ReportServer(Protocol):
    """What landing needs of a server."""

    def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
        """The entries of a report folder; none if the folder is not there."""

    def fetch(self, remote: RemoteFile, into: BinaryIO) -> str:
        """Write the whole file and return its sha256."""


class _Interrupted(Exception):  # noqa: N818 - never leaves this module
    """The transfer is not complete; try again."""


_TRANSIENT = (paramiko.SSHException, EOFError, OSError, _Interrupted)


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
        self._read_timeout = read_timeout_seconds
        self._attempts, self._backoff = attempts, backoff_seconds
        self._client: paramiko.SSHClient | None = None
        self._session: paramiko.SFTPClient | None = None

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
        client, self._client, self._session = self._client, None, None
        if client is not None:
            client.close()

    def list_reports(self, area: str, participant_id: str, report_date: date) -> list[RemoteFile]:
        """The entries of a report folder, by name; none if the folder is not there."""
        return self.list_folder(report_directory(self.root, area, participant_id, report_date)) or []

    def list_folder(self, directory: str) -> list[RemoteFile] | None:
        """The entries of any folder, by name; None if it is not there."""

        def listed(sftp: paramiko.SFTPClient) -> list[RemoteFile] | None:
            try:
                return [_remote_file(directory, entry) for entry in sftp.listdir_attr(directory)]
            except FileNotFoundError:
                return None

        found = self._retried(listed, directory)
        return None if found is None else sorted(found, key=lambda remote: remote.name)

    def fetch(self, remote: RemoteFile, into: BinaryIO) -> str:
        """Write the whole file and return its sha256; sizes are compared before and after."""

        def fetched(sftp: paramiko.SFTPClient) -> str:
            target = _Hashing(into)
            with sftp.open(remote.path, "rb") as source:
                _read_ahead(source, remote.size)
                while content := source.read(_CHUNK):
                    target.write(content)
            size = sftp.stat(remote.path).st_size
            if not target.size == size == remote.size:
                raise _Interrupted(f"{target.size} bytes came, {size} are there")
            return target.sha256

        return self._retried(fetched, printable(remote.path))

    def _retried(self, ask: Callable[[paramiko.SFTPClient], T], what: str) -> T:
        """Ask; after a transport error connect anew and ask again, with growing pauses."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=tenacity.wait_exponential(multiplier=self._backoff, max=60),
            retry=tenacity.retry_if_exception(_is_transient),
            after=lambda _: self.close(),
            reraise=True,
        )
        try:
            return retrying(lambda: ask(self._connected()))
        except paramiko.AuthenticationException:
            raise LandingError(
                "the server refused the key or password",
                where=self.where,
                do="Check the user name and the key or password in the environment",
            ) from None
        except PermissionError:
            raise LandingError(
                f"no permission to read {what}",
                where=self.where,
                do="Ask Alipay+ support to grant this user read access",
            ) from None
        except _TRANSIENT as error:
            raise LandingError(
                f"{what}: {_reason(error)} ({self._attempts} attempts)",
                where=self.where,
                do="Check the network and the source IP allowlist, then run again",
            ) from error

    def _connected(self) -> paramiko.SFTPClient:
        if self._session is None:
            self._client = paramiko.SSHClient()
            self._load_known_hosts(self._client)
            self._client.set_missing_host_key_policy(_Refuse(self.where, self._known_hosts))
            self._open(self._client)
            self._session = self._client.open_sftp()
            channel = self._session.get_channel()
            assert channel is not None
            channel.settimeout(self._read_timeout)
        return self._session

    def _load_known_hosts(self, client: paramiko.SSHClient) -> None:
        try:
            client.load_host_keys(str(self._known_hosts))
        except (OSError, paramiko.SSHException) as error:
            raise ConfigurationError(
                f"the file of known host keys cannot be read ({_reason(error)})",
                where=str(self._known_hosts),
                do="Write the agreed host key of the server into it, as ssh-keyscan prints it",
            ) from None

    def _open(self, client: paramiko.SSHClient) -> None:
        # paramiko leaves Nagle's algorithm on, which slows small requests; so bring an own socket
        sock = socket.create_connection((self.host, self.port), self._connect_timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            client.connect(
                self.host,
                self.port,
                self.username,
                sock=sock,
                pkey=self._private_key(),
                password=self._password,
                timeout=self._connect_timeout,
                banner_timeout=self._connect_timeout,
                auth_timeout=self._connect_timeout,
                allow_agent=False,
                look_for_keys=False,
                transport_factory=_transport,
            )
        except paramiko.BadHostKeyException:
            sock.close()
            raise HostKeyError(
                "the server shows another host key than the agreed one",
                where=self.where,
                do=f"Stop. Ask Alipay+ whether it was changed; only then edit {self._known_hosts}",
            ) from None
        except BaseException:
            sock.close()
            raise

    def _private_key(self) -> paramiko.PKey | None:
        if self._private_key_file is None:
            return None
        try:
            passphrase = self._passphrase.encode() if self._passphrase else None
            return paramiko.PKey.from_path(self._private_key_file, passphrase)
        except (OSError, paramiko.SSHException, ValueError, TypeError) as error:
            raise ConfigurationError(
                f"the private key cannot be read ({type(error).__name__})",
                where=str(self._private_key_file),
                do="Check the file, its permissions and the passphrase",
            ) from None


class _Refuse(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
    """An unknown host key ends the run; nothing is ever added."""

    def __init__(self, where: str, known_hosts: Path) -> None:
        self._where, self._known_hosts = where, known_hosts

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Say which key was shown, so that it can be compared with the agreed one."""
        raise HostKeyError(
            f"the host key {key.get_name()} {key.fingerprint} is not known",
            where=self._where,
            do=f"Compare it with the one that Alipay+ gave you, then add it to {self._known_hosts}",
        )


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


def _read_ahead(source: Any, size: int) -> None:
    """Ask for the whole file at once, so that distance costs nothing.

    paramiko does so in a thread; if the connection is cut, the reader learns it as well, so the
    thread need not print a traceback.
    """
    ask = source._prefetch_thread

    def ask_quietly(*arguments: Any) -> None:
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            ask(*arguments)

    source._prefetch_thread = ask_quietly
    source.prefetch(size)


def _transport(sock: Any, **options: Any) -> paramiko.Transport:
    """AES-GCM first: it is by far the fastest that paramiko can do."""
    transport = paramiko.Transport(sock, **options)
    security = transport.get_security_options()
    security.ciphers = sorted(security.ciphers, key=lambda cipher: "gcm" not in cipher)
    return transport


def _remote_file(directory: str, entry: paramiko.SFTPAttributes) -> RemoteFile:
    mtime = datetime.fromtimestamp(entry.st_mtime or 0, UTC)
    is_file = stat.S_ISREG(entry.st_mode or 0)
    return RemoteFile(directory, entry.filename, entry.st_size or 0, mtime, is_file)


def _is_transient(error: BaseException) -> bool:
    final = (paramiko.AuthenticationException, PermissionError)
    return isinstance(error, _TRANSIENT) and not isinstance(error, final)


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
