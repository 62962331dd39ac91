"""What is kept of a question and its reply: enough to prove what was said, nothing personal.

The customer's id leaves the body before anything else sees the text; the hash is that of the bytes
as they came. Signatures and keys are not part of it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

MOST_KEPT = 65_536  # bytes of a body; an answer has about two thousand
REMOVED = '"(removed)"'
PERSONAL = frozenset({"customerid"})
_KEY = re.compile(r'("(?:[^"\\]|\\.)*+")\s*:\s*')
_SHORTEST_TRACE = 6  # a shorter id would be found everywhere


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question on the wire, and what came back. Empty where nothing was sent or came."""

    path: str
    request_body: str
    asked_at: datetime | None = None
    request_headers: Mapping[str, str] = field(default_factory=dict)
    http_status: int | None = None
    reply_headers: Mapping[str, str] = field(default_factory=dict)
    reply_body: str = ""
    reply_bytes: int = 0
    reply_sha256: str = ""
    latency_seconds: float = 0.0
    attempts: int = 0  # how often it was sent, or tried
    earlier: tuple[str, ...] = ()  # how the attempts before the last one ended


def sha256(body: bytes) -> str:
    """Of the bytes as they came."""
    return hashlib.sha256(body).hexdigest()


def without_customer(body: bytes) -> str:
    """The text as it came, with the customer's id taken out wherever it stands."""
    text = body[:MOST_KEPT].decode("utf-8", errors="replace").replace("\x00", "\ufffd")
    kept, values, place = [], set[str](), 0
    while key := _KEY.search(text, place):
        kept.append(text[place : key.end()])
        place = key.end()
        if _is_personal(key[1]):
            value, place = _value_at(text, place)
            kept.append(REMOVED)
            values.add(value.strip('"'))
    text = "".join([*kept, text[place:]])
    for value in values:
        if len(value) >= _SHORTEST_TRACE:
            text = text.replace(value, REMOVED.strip('"'))
    return text


def _is_personal(key: str) -> bool:
    if "\\" not in key:
        return key.strip('"').casefold() in PERSONAL
    try:
        return str(json.loads(key, strict=False)).casefold() in PERSONAL
    except ValueError:
        return any(name in key.casefold() for name in PERSONAL)


def _value_at(text: str, place: int) -> tuple[str, int]:
    """The value that begins here, and where it ends; an unreadable one ends with the text."""
    try:
        _, end = json.JSONDecoder(strict=False).raw_decode(text, place)
    except (ValueError, RecursionError):
        return "", len(text)
    return text[place:end], end
