"""The SFTP server of Alipay+ on loopback: read only, key login, its own thread and event loop.

`serve` is what `recon sandbox serve` runs: this server and the API of `sandbox.api` together.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import asyncssh

from recon.errors import ConfigurationError
from sandbox.api import ApiServer
from sandbox.keys import HOST, USERNAME, make_keys

CHANGES = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC
START_SECONDS = 20
SFTP_VERSION = 3  # what OpenSSH speaks


class SftpServer:
    """`with SftpServer(directory) as server:` serves its `sftp` folder; port 0 takes a free one."""

    host = HOST
    username = USERNAME

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.root = directory.resolve() / "sftp"
        self.port = port
        self._configured = configured_port(directory)
        self._keys = make_keys(directory.resolve(), self._configured)
        self.known_hosts = self._keys.known_hosts
        self.client_key = self._keys.client_key
        self._runner = asyncio.Runner()
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._thread = threading.Thread(target=self._run, name="sandbox-sftp", daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(START_SECONDS)
        if self._failure:
            self._thread.join()
            raise ConfigurationError(
                "the port is already in use",
                where=f"{self.host}:{self.port}",
                do="Stop the other server, or seed again with another port",
            ) from self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.get_loop().call_soon_threadsafe(self._stop.set)
        self._thread.join(START_SECONDS)

    def wait(self) -> None:
        """Until the server stops."""
        while self._thread.is_alive():
            self._thread.join(1)

    def _run(self) -> None:
        with self._runner:
            self._runner.run(self._serve())

    async def _serve(self) -> None:
        asyncssh.set_log_level(logging.ERROR)
        try:
            acceptor = await asyncssh.listen(
                self.host,
                self.port,
                server_factory=lambda: _KeyLogin(self._connections),
                server_host_keys=[str(self._keys.host_key)],
                authorized_client_keys=str(self._keys.authorized_keys),
                sftp_factory=lambda channel: _ReadOnly(channel, self.root),
                sftp_version=SFTP_VERSION,
                allow_scp=False,
            )
        except OSError as error:
            self._failure = error
            self._ready.set()
            return
        self.port = acceptor.get_port()
        make_keys(self.root.parent, self._configured, self.port)
        self._ready.set()
        await self._stop.wait()
        acceptor.close()
        open_still = list(self._connections)
        for connection in open_still:
            connection.abort()
        await asyncio.gather(*(connection.wait_closed() for connection in open_still))
        await acceptor.wait_closed()


def serve(directory: Path, announce: Callable[[SftpServer, ApiServer], None] | None = None) -> None:
    """Serves a seeded directory on the ports of its recon.toml until it is interrupted."""
    ports = configured_port(directory), configured_api_port(directory)
    with SftpServer(directory, ports[0]) as server, ApiServer(directory, ports[1]) as api:
        if announce:
            announce(server, api)
        server.wait()


def configured_port(directory: Path) -> int:
    """The port of the SFTP server that recon.toml of a seeded directory names."""
    return int(_configured(directory)["sftp"]["port"])


def configured_api_port(directory: Path) -> int:
    """The port of the API that recon.toml of a seeded directory names."""
    section = _configured(directory).get("inquiry")
    if section is None:
        raise ConfigurationError(
            "recon.toml has no section [inquiry]", where=str(directory), do="Run `recon sandbox seed` again"
        )
    return urlsplit(section["base_url"]).port or 0


def _configured(directory: Path) -> dict[str, Any]:
    try:
        return tomllib.loads((directory / "recon.toml").read_text())
    except FileNotFoundError:
        raise ConfigurationError(
            "nothing is seeded here", where=str(directory), do="Run `recon sandbox seed` first"
        ) from None


class _KeyLogin(asyncssh.SSHServer):
    """Keys only; remembers who is connected, so that no one is left behind."""

    def __init__(self, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._connections = connections
        self._own: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._own = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._own:
            self._connections.discard(self._own)


class _ReadOnly(asyncssh.SFTPServer):
    """The provider's folder: no one changes anything in it."""

    def __init__(self, channel: asyncssh.SSHServerChannel[bytes], root: Path) -> None:
        super().__init__(channel, chroot=str(root).encode())

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        """Refuses to open for writing."""
        if pflags & CHANGES:
            self._refuse()
        return super().open(path, pflags, attrs)

    def _refuse(self, *_: Any) -> Any:
        raise asyncssh.SFTPPermissionDenied("this server is read only")

    write = remove = rename = posix_rename = mkdir = rmdir = _refuse  # type: ignore[assignment]
    setstat = lsetstat = fsetstat = symlink = link = _refuse  # type: ignore[assignment]
