"""The sandbox's API as it can misbehave: each trick changes one reply before it leaves.

A reply is composed, signed, then sent; a trick says what is wrong at which of these steps. Without tricks a reply is
honest. `both(...)` plays several in one reply.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

from sandbox.api import ApiHandler, ApiServer, as_header, compact, now_text, signed_text
from sandbox.api.ledger import Fields, result

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset
REMEMBERED = 1000  # requests


@dataclass(slots=True)
class Trickable:
    """A reply that is about to be sent, and how."""

    fields: Fields
    lookup: Callable[[str], Fields]  # the honest answer about another request id
    # composed
    write: Callable[[Fields], bytes] = compact
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)  # more headers, or other values
    dropped: set[str] = field(default_factory=set)  # headers that are not sent
    name: Callable[[str], str] = str  # how header names are written
    # signed
    is_signed: bool = True
    key: RSAPrivateKey | None = None  # another one than Alipay+'s
    path: str = ""  # another one than the asked one
    time: str | None = None  # another Response-Time than now, and signed
    signature: Callable[[bytes], str] = as_header
    # sent
    tamper: Callable[[bytes], bytes] = bytes  # after it was signed
    encode: Callable[[bytes], bytes] = bytes
    is_chunked: bool = False
    delay_seconds: float = 0
    sends: float = 1.0  # the share that leaves before the connection is reset
    drip_seconds: float = 0  # pause after each byte of the body


Trick = Callable[[Trickable], None]


def both(*tricks: Trick) -> Trick:
    """Several tricks in one reply."""

    def play(reply: Trickable) -> None:
        for trick in tricks:
            trick(reply)

    return play


def with_(**attributes: Any) -> Trick:
    """Any attribute of a reply."""

    def play(reply: Trickable) -> None:
        for name, value in attributes.items():
            setattr(reply, name, value)

    return play


# -- transport -------------------------------------------------------------------------------


def delayed(seconds: float) -> Trick:
    """The answer comes late."""
    return with_(delay_seconds=seconds)


def dripping(seconds: float) -> Trick:
    """The body comes byte by byte."""
    return with_(drip_seconds=seconds)


cut_before_reply: Trick = with_(sends=0.0)
cut_in_reply: Trick = with_(sends=0.6)
chunked: Trick = with_(is_chunked=True)


def http_status(status: int, body: bytes = b"", **headers: str) -> Trick:
    """Another status, from a gateway that signs nothing; `Retry_After` becomes a header."""
    renamed = {name.replace("_", "-"): value for name, value in headers.items()}
    return both(with_(status=status, is_signed=False, headers=renamed), sending(body))


def sending(body: bytes) -> Trick:
    """These bytes instead of an answer."""
    return with_(write=lambda _: body)


# -- who speaks ------------------------------------------------------------------------------

unsigned: Trick = with_(is_signed=False)


def signed_with(key: RSAPrivateKey) -> Trick:
    """A foreign key, or the next one of Alipay+."""
    return with_(key=key)


def signed_for(path: str) -> Trick:
    """The signature of a reply to another path."""
    return with_(path=path)


def signed_at(time: str) -> Trick:
    """An authentic reply of another time."""
    return with_(time=time)


def altered(change: Callable[[bytes], bytes]) -> Trick:
    """Somebody on the way changes the body."""
    return with_(tamper=change)


def header(name: str, value: str) -> Trick:
    """Another value than the signed one."""

    def play(reply: Trickable) -> None:
        reply.headers[name] = value

    return play


def without_header(name: str) -> Trick:
    """A header is missing."""

    def play(reply: Trickable) -> None:
        reply.dropped.add(name)

    return play


# -- what is said ----------------------------------------------------------------------------


def reply_about(request_id: str) -> Trick:
    """The authentic answer to another question."""

    def play(reply: Trickable) -> None:
        reply.fields = reply.lookup(request_id)

    return play


def refusing(code: str, status: str = "F") -> Trick:
    """`result` other than S, and nothing else."""
    return with_(fields={"result": result(code, status, "Refused on purpose.")})


def saying(code: str, status: str) -> Trick:
    """Another paymentResult."""
    return telling(paymentResult=result(code, status, "Said on purpose."))


def telling(**fields: Any) -> Trick:
    """Other fields; a value of `...` takes the field away."""

    def play(reply: Trickable) -> None:
        merged = reply.fields | fields
        reply.fields = {name: value for name, value in merged.items() if value is not ...}

    return play


throttled: Trick = refusing("REQUEST_TRAFFIC_EXCEED_LIMIT", "U")


class Program:
    """Which trick is played on which question: those of its id in turn, then honesty."""

    def __init__(self) -> None:
        self._once: dict[str, list[Trick | None]] = {}
        self._always: dict[str, Trick] = {}

    def play(self, request_id: str, *tricks: Trick | None) -> None:
        """The first question gets the first trick, and so on; None is an honest answer."""
        self._once.setdefault(request_id, []).extend(tricks)

    def always(self, request_id: str, trick: Trick) -> None:
        """Every question; "*" is any id."""
        self._always[request_id] = trick

    def clear(self) -> None:
        """Honesty again."""
        self._once.clear()
        self._always.clear()

    def trick_for(self, request_ids: Sequence[str]) -> Trick | None:
        """The trick that is next for one of these ids."""
        for each in (*request_ids, "*"):
            if self._once.get(each):
                return self._once[each].pop(0)
            if each in self._always:
                return self._always[each]
        return None


def new_key() -> RSAPrivateKey:
    """A new private key, known to neither side."""
    return generate_private_key(public_exponent=65537, key_size=2048)


class Received(NamedTuple):
    """A request as it came, and what was said about it."""

    headers: list[tuple[str, str]]
    body: bytes
    code: str

    def header(self, name: str) -> str:
        """The value of a header."""
        return next(value for key, value in self.headers if key.lower() == name.lower())


class TrickHandler(ApiHandler):
    """Sends what a trick made of a reply."""

    def respond(self, body: bytes) -> None:
        api: Any = self.server.api
        reply = api.tricked(self.path, list(self.headers.items()), body)
        if reply.delay_seconds:
            api.stopping.wait(reply.delay_seconds)
        told_at = now_text() if reply.time is None else reply.time
        content = reply.write(reply.fields)
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": api.client_id,
            "Response-Time": told_at,
        }
        if reply.is_signed:
            text = signed_text(reply.path or self.path, api.client_id, told_at, content)
            headers["Signature"] = reply.signature((reply.key or api.key).sign(text, PKCS1v15(), SHA256()))
        self._send(reply, headers | reply.headers, reply.encode(reply.tamper(content)))

    def _send(self, reply: Trickable, headers: dict[str, str], content: bytes) -> None:
        if reply.is_chunked:
            headers["Transfer-Encoding"] = "chunked"
            sizes = range(0, len(content), 100)
            parts = [content[place : place + 100] for place in sizes]
            content = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"
        else:
            headers.setdefault("Content-Length", str(len(content)))
        lines = [f"{reply.name(name)}: {value}" for name, value in headers.items() if name not in reply.dropped]
        head = "\r\n".join([f"HTTP/1.1 {reply.status} .", *lines, "", ""]).encode("utf-8")
        if reply.drip_seconds:
            self._drip(head, content, reply.drip_seconds)
        elif reply.sends < 1:
            whole = head + content
            self.wfile.write(whole[: int(len(whole) * reply.sends)])
            self._reset()
        else:
            self.wfile.write(head + content)

    def _drip(self, head: bytes, content: bytes, seconds: float) -> None:
        api: Any = self.server.api
        self.wfile.write(head)
        for place in range(len(content)):
            self.wfile.write(content[place : place + 1])
            if api.stopping.wait(seconds):
                break

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.close()


class TrickServer(ApiServer):
    """Misbehaves as its program says, remembers what it was asked, and refuses more than so many questions a second."""

    handler = TrickHandler

    def __init__(self, directory: Path, port: int = 0, *, most_per_second: int | None = None, **wishes: Any) -> None:
        super().__init__(directory, port, **wishes)
        self.most_per_second = most_per_second
        self.program = Program()
        self.received: deque[Received] = deque(maxlen=REMEMBERED)
        self.questions = 0
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.stopping.set()
        super().__exit__(kind, error, trace)

    def tricked(self, path: str, headers: list[tuple[str, str]], body: bytes) -> Trickable:
        """The honest reply, and what the program makes of it."""
        said = self.reply(path, headers, body)
        reply = Trickable(said.fields, self.answer, is_signed=said.is_signed)
        with self._lock:
            self.questions += 1
            self.received.append(Received(headers, body, said.refusal or "SUCCESS"))
            trick = self.program.trick_for(tuple(filter(None, said.ids)))
            is_too_fast = self._is_too_fast()
        if is_too_fast:
            throttled(reply)
        if trick:
            trick(reply)
        return reply

    def _is_too_fast(self) -> bool:
        if self.most_per_second is None:
            return False
        now = time.monotonic()
        self._recent.append(now)
        while self._recent[0] < now - 1:
            self._recent.popleft()
        return len(self._recent) > self.most_per_second
