"""How the sandbox's API can misbehave: each trick changes one reply before it leaves.

A reply is composed, signed, then sent; a trick says what is wrong at which of these steps. Without
tricks a reply is honest. `both(...)` plays several in one reply.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.api.ledger import Fields, result

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


def plain_signature(value: bytes) -> str:
    """As Alipay+ writes it."""
    encoded = quote(base64.b64encode(value).decode(), safe="")
    return f"algorithm=RSA256, keyVersion=2, signature={encoded}"


def compact(fields: Fields) -> bytes:
    """JSON without blanks."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(slots=True)
class Reply:
    """What is about to be sent, and how."""

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
    signature: Callable[[bytes], str] = plain_signature
    # sent
    tamper: Callable[[bytes], bytes] = bytes  # after it was signed
    encode: Callable[[bytes], bytes] = bytes
    is_chunked: bool = False
    delay_seconds: float = 0
    sends: float = 1.0  # the share that leaves before the connection is reset
    drip_seconds: float = 0  # pause after each byte of the body


Trick = Callable[[Reply], None]


def both(*tricks: Trick) -> Trick:
    """Several tricks in one reply."""

    def play(reply: Reply) -> None:
        for trick in tricks:
            trick(reply)

    return play


def with_(**attributes: Any) -> Trick:
    """Any attribute of a reply."""

    def play(reply: Reply) -> None:
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

    def play(reply: Reply) -> None:
        reply.headers[name] = value

    return play


def without_header(name: str) -> Trick:
    """A header is missing."""

    def play(reply: Reply) -> None:
        reply.dropped.add(name)

    return play


# -- what is said ----------------------------------------------------------------------------


def reply_about(request_id: str) -> Trick:
    """The authentic answer to another question."""

    def play(reply: Reply) -> None:
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

    def play(reply: Reply) -> None:
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
