"""How the sandbox's API can misbehave: each trick changes one reply before it leaves.

A reply is composed, signed, then sent; a trick says what is wrong at which of these steps. Without
tricks a reply is honest. The tricks that tests play are theirs.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.api.ledger import Fields

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
