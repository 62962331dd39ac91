"""An SFTP session over paramiko in which every wait, every packet and every listing is bounded.

paramiko brings SSH and the frame of a packet. Its own file client waits without a limit, reads ahead without end and
takes names for UTF-8; here each request is sent and each answer awaited with the time that is left.
"""

from __future__ import annotations

import math
import stat
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import paramiko  # type: ignore[import-untyped]
from paramiko import sftp

VERSION = 3  # of the protocol, the one that all servers speak
NO_SUCH_PATH = 10  # of later versions, and sent in this one too
NO_ATTRIBUTES = struct.pack(">I", 0)
SIZE, OWNER, PERMISSIONS, TIMES, EXTENDED = 0x1, 0x2, 0x4, 0x8, 0x80000000  # flags of attributes


class ProtocolError(Exception):
    """A packet that makes no sense."""


class SilentError(Exception):
    """Nothing of use came for too long."""


class OverTimeError(Exception):
    """The server still sends when the time is over."""


class StatusError(Exception):
    """The server refuses a request: its code, and its words as bytes that may be anything."""

    def __init__(self, code: int, words: bytes) -> None:
        self.code, self.words = code, words
        super().__init__(words.decode("utf-8", "backslashreplace"))

    @property
    def is_missing(self) -> bool:
        """Whether it says that the file or folder is not there."""
        return self.code in (sftp.SFTP_NO_SUCH_FILE, NO_SUCH_PATH)

    @property
    def is_forbidden(self) -> bool:
        """Whether it says that we may not."""
        return bool(self.code == sftp.SFTP_PERMISSION_DENIED)

    @property
    def is_final(self) -> bool:
        """Whether asking again would bring the same."""
        return self.is_missing or self.is_forbidden or self.code == sftp.SFTP_OP_UNSUPPORTED

    @property
    def is_failure(self) -> bool:
        """Whether it says no more than that it failed."""
        return bool(self.code == sftp.SFTP_FAILURE)


@dataclass(frozen=True)
class Attributes:
    """What the server says of a file; None for what it does not say. `mode`: permissions with the bits of the type."""

    size: int | None
    mode: int | None
    mtime: int | None

    @property
    def is_file(self) -> bool | None:
        """By the bits of the type; None if there are none."""
        kind = stat.S_IFMT(self.mode or 0)
        return kind == stat.S_IFREG if kind else None


class SftpSession(sftp.BaseSFTP):  # type: ignore[misc]
    """Requests and answers over an open channel. Silence is counted in seconds without anything of use.

    SilentError, OverTimeError, StatusError, ProtocolError, or what paramiko and the socket raise.
    """

    def __init__(self, channel: paramiko.Channel, silence_seconds: float) -> None:
        super().__init__()
        self.sock = channel
        self._silence, self._number = silence_seconds, 0
        self._answers: dict[int, tuple[int, bytes]] = {}  # of requests whose answer is not asked for yet
        self.begin(math.inf)
        if self._send_version() != VERSION:
            raise ProtocolError("the server uses another version of SFTP")

    def begin(self, seconds: float) -> None:
        """From now on there are as many seconds for what is asked."""
        self._end = time.monotonic() + seconds
        self._waiting: set[int] = set()
        self.alive()

    def alive(self) -> None:
        """Something of use came."""
        self._alive_at = time.monotonic()

    # -- requests ------------------------------------------------------------------------------

    def entries(self, directory: bytes) -> Iterator[tuple[bytes, Attributes]]:
        """The entries of a folder as they come, without its own name and that of its parent."""
        handle = self._handle(sftp.CMD_OPENDIR, _string(directory))
        while True:
            try:
                kind, fields = self._ask(sftp.CMD_READDIR, _string(handle))
            except StatusError as error:
                if error.code != sftp.SFTP_EOF:
                    raise
                break
            _require(kind == sftp.CMD_NAME)
            for _ in range(fields.number()):
                name, _ = fields.string(), fields.string()
                attributes = fields.attributes()
                self.alive()
                if name not in (b".", b".."):
                    yield name, attributes
        self.close_handle(handle)

    def open(self, path: bytes) -> bytes:
        """The handle of a file that is only read."""
        return self._handle(sftp.CMD_OPEN, _string(path), struct.pack(">I", sftp.SFTP_FLAG_READ), NO_ATTRIBUTES)

    def ask_to_read(self, handle: bytes, place: int, length: int) -> int:
        """The number of a request for bytes of a file."""
        return self._request(sftp.CMD_READ, _string(handle), struct.pack(">QI", place, length))

    def content(self, number: int) -> bytes:
        """The bytes of a request, at most as many as were asked for; none at the end of the file."""
        try:
            kind, fields = self._answer(number)
        except StatusError as error:
            if error.code == sftp.SFTP_EOF:
                return b""
            raise
        _require(kind == sftp.CMD_DATA)
        return fields.string()

    def attributes_of(self, handle: bytes) -> Attributes:
        """Of an open file."""
        kind, fields = self._ask(sftp.CMD_FSTAT, _string(handle))
        _require(kind == sftp.CMD_ATTRS)
        return fields.attributes()

    def close_handle(self, handle: bytes) -> None:
        """All came by now: a server that does not like the end of it changes nothing."""
        try:
            self._ask(sftp.CMD_CLOSE, _string(handle))
        except StatusError:
            return

    # -- the protocol --------------------------------------------------------------------------

    def _handle(self, kind: int, *fields: bytes) -> bytes:
        answered, content = self._ask(kind, *fields)
        _require(answered == sftp.CMD_HANDLE)
        return content.string()

    def _ask(self, kind: int, *fields: bytes) -> tuple[int, _Fields]:
        return self._answer(self._request(kind, *fields))

    def _request(self, kind: int, *fields: bytes) -> int:
        self._number += 1
        self._limit()
        self._send_packet(kind, paramiko.Message(struct.pack(">I", self._number) + b"".join(fields)))
        self._waiting.add(self._number)
        return self._number

    def _answer(self, number: int) -> tuple[int, _Fields]:
        """The answer to a request; those to others are kept, those to none are left out."""
        while number not in self._answers:
            kind, content = self._read_packet()
            (answered,) = struct.unpack(">I", content[:4].rjust(4, b"\0"))
            if answered in self._waiting:
                self._answers[answered] = kind, content[4:]
        self._waiting.discard(number)
        kind, content = self._answers.pop(number)
        fields = _Fields(content)
        if kind == sftp.CMD_STATUS and (code := fields.number()) != sftp.SFTP_OK:
            raise StatusError(code, fields.words())
        return kind, fields

    def _read_all(self, n: int) -> bytes:
        content = bytearray()
        while len(content) < n:
            self._limit()
            try:
                part = self.sock.recv(n - len(content))
            except TimeoutError:
                self._limit()
                continue
            if not part:
                raise EOFError("the server ended the connection")
            content += part
        return bytes(content)

    def _limit(self) -> None:
        """Gives the next step the time that is left."""
        now = time.monotonic()
        if now >= self._end:
            raise OverTimeError
        if now >= self._alive_at + self._silence:
            raise SilentError
        self.sock.settimeout(min(self._end, self._alive_at + self._silence) - now)


class _Fields:
    """The fields of a packet, in order; ProtocolError if it ends before they do."""

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def number(self) -> int:
        return int(self._unpacked(">I"))

    def string(self) -> bytes:
        return self._taken(self.number())

    def words(self) -> bytes:
        """The words of a status; some servers send none."""
        return self.string() if self._place < len(self._content) else b""

    def attributes(self) -> Attributes:
        flags = self.number()
        size = int(self._unpacked(">Q")) if flags & SIZE else None
        if flags & OWNER:
            self._taken(8)
        mode = self.number() if flags & PERMISSIONS else None
        mtime = (self.number(), self.number())[1] if flags & TIMES else None
        for _ in range(self.number() if flags & EXTENDED else 0):
            self.string(), self.string()
        return Attributes(size, mode, mtime)

    def _unpacked(self, form: str) -> Any:
        return struct.unpack(form, self._taken(struct.calcsize(form)))[0]

    def _taken(self, length: int) -> bytes:
        start, self._place = self._place, self._place + length
        _require(self._place <= len(self._content))
        return self._content[start : self._place]


def _string(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _require(is_sound: bool) -> None:
    if not is_sound:
        raise ProtocolError("the server sent a packet that makes no sense")
