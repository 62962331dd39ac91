"""HTTP servers as they are in the world: each by name, with what becomes of the question. Nothing waits or grows without end."""

# ruff: noqa: E501 - tables are read by the row

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from recon.inquiry import NotSent, Outcome, OutcomeUnknown, Question, Reason, Unanswered
from resources.alipayplus.api import AlipayPlusApi
from resources.settings import Inquiry
from tests.support.api_tricks import new_key
from tests.support.tls import make_tls_keys

READ_SECONDS = 1.0
LIMIT_SECONDS = 40.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Pieces = Iterator[bytes]


@dataclass(frozen=True)
class Case:
    """What a server sends, with a pause after each piece, and what becomes of the question."""

    name: str
    pieces: tuple[bytes, ...]  # sent once; the last one again and again if `again`
    kind: type[Unanswered]
    reason: Reason | None  # None: whichever of time and size ends first
    again: bool = False
    pause_seconds: float = 0


def byte_by_byte(content: bytes) -> tuple[bytes, ...]:
    return tuple(content[place : place + 1] for place in range(len(content)))


WAITS, ENDLESS, FLOOD = (OutcomeUnknown, Reason.TIMEOUT), (OutcomeUnknown, Reason.TOO_LONG), (OutcomeUnknown, None)
CASES = [
    Case("silence", (), *WAITS),
    Case("a head byte by byte", byte_by_byte(HEAD * 20), *WAITS, pause_seconds=0.05),
    Case("a status line without end", (b"HTTP/1.1 200 ", b"x" * 1000), OutcomeUnknown, Reason.CUT, again=True),
    Case("a head without end", (HEAD, b"X-More: " + b"x" * 1000 + b"\r\n"), OutcomeUnknown, Reason.CUT, again=True),
    Case("replies 1xx without end", (b"HTTP/1.1 103 Early Hints\r\n\r\n",), *WAITS, again=True, pause_seconds=0.05),
    Case("a flood of replies 1xx", (b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,), *FLOOD, again=True),
    Case("a body without end", (HEAD + b"\r\n", b"x" * 10_000), *ENDLESS, again=True),
    Case("a body byte by byte", (HEAD + b"\r\n", b" "), *WAITS, again=True, pause_seconds=0.05),
    Case(
        "a listed length of 2^60",
        (HEAD + b"Content-Length: 1152921504606846976\r\n\r\n", b"x" * 10_000),
        *ENDLESS,
        again=True,
    ),
    Case("less than the listed length, then silence", (HEAD + b"Content-Length: 100\r\n\r\n{}",), *WAITS),
    Case(
        "chunks of one byte without end",
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 1000),
        *FLOOD,
        again=True,
    ),
    Case(
        "a chunk of 2^60",
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1000000000000000\r\n", b"x" * 10_000),
        *ENDLESS,
        again=True,
    ),
    Case(
        "chunk by chunk, slowly",
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        *WAITS,
        again=True,
        pause_seconds=0.05,
    ),
    Case("two lengths", (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",), OutcomeUnknown, Reason.CUT),
    Case("another protocol", (b"SSH-2.0-OpenSSH_9.2\r\n\r\n",), OutcomeUnknown, Reason.CUT),
]


@contextmanager
def serving(case: Case) -> Iterator[int]:
    """The port of a server that reads a request and sends the pieces."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve(client: socket.socket) -> None:
        pieces: Pieces = iter(case.pieces)
        if case.again:
            pieces = itertools.chain(case.pieces, itertools.repeat(case.pieces[-1]))
        with client:
            try:
                client.recv(65536)
                for piece in pieces:
                    client.sendall(piece)
                    if stop.wait(case.pause_seconds) if case.pause_seconds else stop.is_set():
                        return
                stop.wait(LIMIT_SECONDS)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture(scope="module")
def keys() -> tuple[object, object]:
    return new_key(), new_key()


def ask(keys: tuple[object, object], base_url: str, ca_bundle: Path | None = None) -> Outcome:
    """The outcome of one question; the test fails if it still waits."""
    outcomes = list[Outcome]()
    ours, theirs = keys
    wanted = Inquiry(
        base_url=base_url, client_id="SANDBOX_1", environment="sandbox", ca_bundle=ca_bundle,
        connect_timeout_seconds=READ_SECONDS, read_timeout_seconds=READ_SECONDS, attempts=1, backoff_seconds=0,
    )  # fmt: skip
    with AlipayPlusApi(wanted, ours, [theirs.public_key()]) as api:  # type: ignore[arg-type, attr-defined]
        asking = threading.Thread(target=lambda: outcomes.append(api.ask(Question("R1"))), daemon=True)
        asking.start()
        asking.join(LIMIT_SECONDS)
        assert outcomes, "it still waits"
    return outcomes[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_server_has_its_documented_outcome(case: Case, keys: tuple[object, object]) -> None:
    with serving(case) as port:
        outcome = ask(keys, f"http://127.0.0.1:{port}")
    assert isinstance(outcome, Unanswered)
    assert type(outcome) is case.kind
    assert outcome.reason in ((case.reason,) if case.reason else (Reason.TIMEOUT, Reason.TOO_LONG))


def test_a_handshake_byte_by_byte_means_not_sent(keys: tuple[object, object], tmp_path: Path) -> None:
    slow = Case(
        "",
        byte_by_byte(b"\x16\x03\x03\x40\x00" + b"\x00" * 2000),
        NotSent,
        Reason.CONNECTION_TIMEOUT,
        pause_seconds=0.05,
    )
    with serving(slow) as port:
        outcome = ask(keys, f"https://127.0.0.1:{port}", make_tls_keys(tmp_path).authority)
    assert isinstance(outcome, Unanswered)
    assert type(outcome) is NotSent
