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
REMOVED = "(removed)"
PERSONAL = frozenset({"customerid"})
_TRACE = re.compile(r"customer|\\u", re.IGNORECASE)
_STRING = re.compile(r'("(?:[^"\\]|\\.)*+")(\s*:\s*)?')  # with a colon it is a key
_DECODER = json.JSONDecoder(strict=False)
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
    """The text as it came, with the customer's id taken out wherever it is.

    Text that is not JSON ends where such an id may begin.
    """
    text = body[:MOST_KEPT].decode("utf-8", errors="replace").replace("\x00", "\ufffd")
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        trace = _TRACE.search(text)
        return text[: trace.start()] + REMOVED if trace else text
    return _without_values(text)


def _without_values(text: str) -> str:
    kept, values, place = [], set[str](), 0
    for string in _STRING.finditer(text):
        if string.start() < place or not string[2] or not _is_personal(string[1]):
            continue
        _, end = _DECODER.raw_decode(text, string.end())
        kept += [text[place : string.end()], f'"{REMOVED}"']
        values.add(text[string.end() : end].strip('"'))
        place = end
    text = "".join([*kept, text[place:]])
    for value in values:
        if len(value) >= _SHORTEST_TRACE:
            text = text.replace(value, REMOVED)
    return text


def _is_personal(key: str) -> bool:
    if "\\" not in key:
        return key.strip('"').casefold() in PERSONAL
    return str(json.loads(key, strict=False)).casefold() in PERSONAL
