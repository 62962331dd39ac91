"""SFTP servers as they are in the world, on loopback: a small one, of version 3, whose every answer can be another.

A server is a subclass of `OddSftp`; what it overrides is what is odd about it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import asyncssh

INIT, VERSION, OPEN, CLOSE, READ, FSTAT, OPENDIR, READDIR, STAT = 1, 2, 3, 4, 5, 8, 11, 12, 17
STATUS, HANDLE, DATA, NAME, ATTRS = 101, 102, 103, 104, 105
OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED = 0, 1, 2, 3, 4, 8
FILE_MODE, FOLDER_MODE = 0o100644, 0o040755
MTIME = 1_795_222_800  # 2026-11-21 01:00 UTC
Tree = dict[bytes, bytes | None]  # path -> content, None for a folder


def text(content: bytes) -> bytes:
    """A string of the protocol."""
    return struct.pack(">I", len(content)) + content


def attributes(*, size: int | None = None, mode: int | None = None, mtime: int | None = None) -> bytes:
    """Attributes; what is None is not sent."""
    flags, parts = 0, b""
    if size is not None:
        flags, parts = flags | 1, parts + struct.pack(">Q", size)
    if mode is not None:
        flags, parts = flags | 4, parts + struct.pack(">I", mode)
    if mtime is not None:
        flags, parts = flags | 8, parts + struct.pack(">II", mtime, mtime)
    return struct.pack(">I", flags) + parts


@dataclass
class Open:
    """An open file or folder."""

    path: bytes
    is_listed: bool = False


class OddSftp:
    """A server that answers as one should."""

    password: ClassVar[str | None] = None
    options: ClassVar[dict[str, Any]] = {}  # of the SSH server
    offers_sftp: ClassVar[bool] = True

    def __init__(self, tree: Tree) -> None:
        self.tree = dict(tree)
        self.opened: dict[bytes, Open] = {}
        self.logins = 0
        self.opens = 0
        self.connections: list[asyncssh.SSHServerConnection] = []

    # -- what can be odd -----------------------------------------------------------------------

    def attributes_of(self, path: bytes) -> bytes:
        """Of a file or a folder."""
        content = self.tree[path]
        if content is None:
            return attributes(mode=FOLDER_MODE, mtime=MTIME)
        return attributes(size=len(content), mode=FILE_MODE, mtime=MTIME)

    def missing(self, path: bytes) -> int:
        """The status for a folder that is not there."""
        return NO_SUCH_FILE

    def names(self, path: bytes) -> list[bytes]:
        """What is in a folder."""
        return [each.rpartition(b"/")[2] for each in sorted(self.tree) if each.rpartition(b"/")[0] == path]

    def message(self) -> bytes:
        """The words that go with a status."""
        return b"so it is"

    def status(self, code: int) -> bytes:
        """Packet type and content, without the id."""
        return bytes([STATUS]) + b"%ID%" + struct.pack(">I", code) + text(self.message()) + text(b"en")

    async def opendir(self, path: bytes) -> bytes:
        """HANDLE, or why not."""
        if self.tree.get(path, b"") is not None:
            return self.status(self.missing(path))
        return self._handle(path)

    async def readdir(self, handle: Open) -> bytes:
        """All names at once, then EOF."""
        if handle.is_listed:
            return self.status(EOF)
        handle.is_listed = True
        return self.listing(handle.path, self.names(handle.path))

    def listing(self, path: bytes, names: list[bytes]) -> bytes:
        """NAME."""
        entries = [text(name) + text(b"?") + self.attributes_of(path + b"/" + name) for name in names]
        return bytes([NAME]) + b"%ID%" + struct.pack(">I", len(entries)) + b"".join(entries)

    async def open(self, path: bytes) -> bytes:
        """HANDLE, or why not."""
        self.opens += 1
        if self.tree.get(path) is None:
            return self.status(FAILURE if path in self.tree else NO_SUCH_FILE)
        return self._handle(path)

    async def read(self, path: bytes, offset: int, length: int) -> bytes | None:
        """DATA, EOF, or None for no answer."""
        content = (self.tree[path] or b"")[offset : offset + length]
        return self.data(content) if content else self.status(EOF)

    def data(self, content: bytes) -> bytes:
        """DATA."""
        return bytes([DATA]) + b"%ID%" + text(content)

    async def stat(self, path: bytes) -> bytes:
        """ATTRS, or why not."""
        if path not in self.tree:
            return self.status(NO_SUCH_FILE)
        return bytes([ATTRS]) + b"%ID%" + self.attributes_of(path)

    def version(self) -> bytes:
        """The first packet of the server."""
        return bytes([VERSION]) + struct.pack(">I", 3)

    def packet(self, content: bytes) -> bytes:
        """A packet with its length."""
        return text(content)

    # -- the protocol --------------------------------------------------------------------------

    def _handle(self, path: bytes) -> bytes:
        handle = b"h%d" % len(self.opened)
        self.opened[handle] = Open(path)
        return bytes([HANDLE]) + b"%ID%" + text(handle)

    async def answer(self, kind: int, rest: bytes) -> bytes | None:
        """What is said to a request, without its id."""
        (length,) = struct.unpack(">I", rest[:4])
        name, rest = rest[4 : 4 + length], rest[4 + length :]
        if kind == OPENDIR:
            return await self.opendir(name)
        if kind == READDIR:
            return await self.readdir(self.opened[name])
        if kind == OPEN:
            return await self.open(name)
        if kind == READ:
            return await self.read(self.opened[name].path, *struct.unpack(">QI", rest))
        if kind in (STAT, FSTAT):
            return await self.stat(self.opened[name].path if kind == FSTAT else name)
        return self.status(OK if kind == CLOSE else UNSUPPORTED)


class _Session(asyncssh.SSHServerSession[bytes]):
    """One session; requests are answered side by side, as they come."""

    def __init__(self, play: OddSftp) -> None:
        self._play, self._rest, self._answering = play, b"", set[asyncio.Task[None]]()

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def subsystem_requested(self, subsystem: str) -> bool:
        return subsystem == "sftp" and self._play.offers_sftp

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self._rest += data
        while len(self._rest) >= 4:
            (length,) = struct.unpack(">I", self._rest[:4])
            if len(self._rest) < 4 + length:
                return
            packet, self._rest = self._rest[4 : 4 + length], self._rest[4 + length :]
            if packet[0] == INIT:
                self._channel.write(self._play.packet(self._play.version()))
                continue
            task = asyncio.ensure_future(self._reply(packet))
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)

    async def _reply(self, packet: bytes) -> None:
        content = await self._play.answer(packet[0], packet[5:])
        if content is not None and not self._channel.is_closing():
            self._channel.write(self._play.packet(content[:1] + packet[1:5] + content[5:]))

    def connection_lost(self, exc: Exception | None) -> None:
        for task in self._answering:
            task.cancel()


class _Guard(asyncssh.SSHServer):
    def __init__(self, play: OddSftp) -> None:
        self._play = play
        play.logins += 1

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._play.connections.append(conn)

    def session_requested(self) -> _Session:
        return _Session(self._play)

    def begin_auth(self, username: str) -> bool:
        return self._play.password is not None

    def kbdint_auth_supported(self) -> bool:
        return True

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return self.questions()

    def questions(self) -> Any:
        return "", "", "", [("Mot de passe : ", False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        return list(responses) == [self._play.password]


class _Curious(_Guard):
    def questions(self) -> Any:
        return "", "", "", [("Password: ", False), ("Code of your phone: ", False)]


@dataclass(frozen=True)
class Running:
    """A running server."""

    port: int
    directory: Path
    play: OddSftp

    def settings(self, **other: Any) -> dict[str, Any]:
        """Keyword arguments of `report_sftp`: small bounds."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "username": "recon",
            "known_hosts": self.directory / "known_hosts",
            "password": self.play.password or "any",
            "connect_timeout_seconds": 10,
            "read_timeout_seconds": 1.5,
            "transfer_timeout_seconds": 4,
            "largest_file_mib": 1,
            "attempts": 3,
            "backoff_seconds": 0,
        } | other


@contextmanager
def running(play: OddSftp, directory: Path, *, is_curious: bool = False) -> Iterator[Running]:
    """Serves in a thread of its own until the end."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop, started, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    ports = list[int]()
    refused = {"password_auth": False, "public_key_auth": False}

    async def serve() -> None:
        guard = _Curious if is_curious else _Guard
        server = await asyncssh.create_server(
            lambda: guard(play), "127.0.0.1", 0, server_host_keys=[key], encoding=None, **refused | play.options
        )
        ports.append(server.get_port())
        started.set()
        await stop.wait()
        server.close()
        for connection in play.connections:
            connection.abort()
            await connection.wait_closed()
        await server.wait_closed()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def run() -> None:
        loop.set_exception_handler(lambda *_: None)
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run, name="odd-sftp")
    thread.start()
    try:
        assert started.wait(30)
        public = key.export_public_key().decode().strip()
        (directory / "known_hosts").write_text(f"[127.0.0.1]:{ports[0]} {public}\n")
        yield Running(ports[0], directory, play)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)


@contextmanager
def speaking(words: bytes, *, again_seconds: float = 0) -> Iterator[int]:
    """A port where each connection hears these words, once or again and again, and nothing else."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def speak(client: socket.socket) -> None:
        with client:
            try:
                client.sendall(words)
                while not stop.wait(again_seconds or 0.2):
                    if again_seconds:
                        client.sendall(words)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=speak, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
