"""Tricks for the sandbox's API: what is wrong with one reply, and at which step (`sandbox.api.tricks.Reply`).

`both(...)` plays several in one reply.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from sandbox.api.ledger import result
from sandbox.api.tricks import Reply, Trick


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
