"""The API of Alipay+ on loopback, with or without TLS: inquiryPayment, signed both ways.

`with ApiServer(directory) as server:` verifies our signature, answers from Alipay+'s own ledger as
of an instant, and signs what it says. It misbehaves as `server.program` tells it: see `sandbox.api.tricks`.
The signature is written here a second time, on purpose: the two sides must not share a mistake.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import socket
import ssl
import sys
import threading
import time
from collections import deque
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from recon.clearing_day import CLEARING_ZONE
from recon.errors import ConfigurationError
from sandbox.api.keys import make_api_keys, read_rsa
from sandbox.api.ledger import ApiLedger, Fields, instant_of, result
from sandbox.api.tricks import RESET, Program, Reply
from sandbox.keys import HOST

PATH = "/aps/api/v1/payments/inquiryPayment"
CLIENT_ID = "SANDBOX_5YBV2N2Z4G0000123"
REMEMBERED = 1000  # requests
_SIGNED = re.compile(r"algorithm=RSA256, ?keyVersion=([\w.-]+), ?signature=([A-Za-z0-9%]+)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Received(NamedTuple):
    """A request as it came, and what was said about it."""

    headers: list[tuple[str, str]]
    body: bytes
    code: str

    def header(self, name: str) -> str:
        """The value of a header."""
        return next(value for key, value in self.headers if key.lower() == name.lower())


class ApiServer:
    """Serves in threads of its own; port 0 takes a free one.

    `at`: the instant of the answers. None is now; who plays the loop of an earlier day sets it.
    """

    host = HOST
    path = PATH
    client_id = CLIENT_ID

    def __init__(
        self,
        directory: Path,
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        at: datetime | None = None,
        most_per_second: int | None = None,
    ) -> None:
        self.directory = directory.resolve()
        self.port = port
        self.at = at
        self.most_per_second = most_per_second
        self.program = Program()
        self.received: deque[Received] = deque(maxlen=REMEMBERED)
        self.questions = 0
        self.keys = make_api_keys(self.directory)
        self.tls = tls
        self.stopping = threading.Event()
        self._own = read_rsa(self.keys.own_private).public_key()
        self._key = read_rsa(self.keys.provider_private)
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()
        self._problems: list[BaseException] = []

    @property
    def base_url(self) -> str:
        """What to write into recon.toml."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._ledger = ApiLedger(self.directory)
        try:
            self._http = _Threads((self.host, self.port), self, self.tls)
        except OSError as error:
            self._ledger.close()
            raise ConfigurationError(
                "the port is already in use",
                where=f"{self.host}:{self.port}",
                do="Stop the other server, or take another port",
            ) from error
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="sandbox-api")
        self._thread.start()
        return self

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.hang_up()
        self._http.server_close()
        self._thread.join()
        self._ledger.close()
        if self._problems and error is None:
            raise self._problems[0]

    # -- one question --------------------------------------------------------------------------

    def reply(self, path: str, headers: list[tuple[str, str]], body: bytes) -> Reply:
        """What is said to a request."""
        asked, refusal = self._checked(path, headers, body)
        ids = tuple(filter(None, (asked.get("paymentRequestId"), asked.get("paymentId"))))
        reply = Reply(self._refused(refusal) if refusal else self._answer(*_ids(asked)), self._answer)
        reply.is_signed = refusal not in ("INVALID_SIGNATURE", "INVALID_CLIENT", "KEY_NOT_FOUND")
        with self._lock:
            self.questions += 1
            self.received.append(Received(headers, body, refusal or "SUCCESS"))
            trick = self.program.trick_for(ids)
            is_too_fast = self._is_too_fast()
        if is_too_fast:
            reply.fields = {"result": result("REQUEST_TRAFFIC_EXCEED_LIMIT", "U", "Refused on purpose.")}
        if trick:
            trick(reply)
        return reply

    def signature(self, reply: Reply, path: str, time_text: str, body: bytes) -> str:
        """Alipay+'s signature of a reply."""
        text = f"POST {reply.path or path}\n{self.client_id}.{time_text}.".encode() + body
        return reply.signature((reply.key or self._key).sign(text, PKCS1v15(), SHA256()))

    def note(self, problem: BaseException) -> None:
        """Something went wrong in here; it is raised when the server stops."""
        self._problems.append(problem)

    def _answer(self, request_id: str = "", payment_id: str = "") -> Fields:
        at = instant_of(self.at or datetime.now(UTC))
        return self._ledger.answer(at, request_id=request_id, payment_id=payment_id)

    def _refused(self, code: str) -> Fields:
        return {"result": result(code, "F", "The request is not accepted.")}

    def _checked(self, path: str, headers: list[tuple[str, str]], body: bytes) -> tuple[dict[str, str], str]:
        """What is asked, and the code of a refusal or nothing."""
        given = {name.lower(): value for name, value in headers}
        if path != self.path:
            return {}, "NO_INTERFACE_DEF"
        if not given.get("content-type", "").lower().startswith("application/json"):
            return {}, "MEDIA_TYPE_NOT_ACCEPTABLE"
        if given.get("client-id") != self.client_id:
            return {}, "INVALID_CLIENT"
        if not self._is_ours(given, path, body):
            return {}, "INVALID_SIGNATURE"
        asked = _asked(body)
        if asked is None or not _TIME.fullmatch(given.get("request-time", "")):
            return {}, "PARAM_ILLEGAL"
        return asked, ""

    def _is_ours(self, given: dict[str, str], path: str, body: bytes) -> bool:
        signed = _SIGNED.fullmatch(given.get("signature", ""))
        if not signed:
            return False
        text = f"POST {path}\n{given['client-id']}.{given.get('request-time')}.".encode() + body
        try:
            value = base64.b64decode(unquote(signed[2]), validate=True)
            self._own.verify(value, text, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error):
            return False
        return True

    def _is_too_fast(self) -> bool:
        if self.most_per_second is None:
            return False
        now = time.monotonic()
        self._recent.append(now)
        while self._recent[0] < now - 1:
            self._recent.popleft()
        return len(self._recent) > self.most_per_second


def _ids(asked: dict[str, str]) -> tuple[str, str]:
    return asked.get("paymentRequestId", ""), asked.get("paymentId", "")


def _asked(body: bytes) -> dict[str, str] | None:
    """One id or both, as text of 1 to 64 characters."""
    try:
        asked = json.loads(body)
    except ValueError:
        return None
    if not isinstance(asked, dict):
        return None
    ids = {name: asked[name] for name in ("paymentRequestId", "paymentId") if name in asked}
    if not ids or any(not isinstance(each, str) or not 0 < len(each) < 65 for each in ids.values()):
        return None
    return ids


# -- HTTP ------------------------------------------------------------------------------------


class _Threads(ThreadingHTTPServer):
    """A thread for each connection; all of them end with the server."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: ApiServer, tls: ssl.SSLContext | None) -> None:
        self.api, self._tls = api, tls
        self._open = set[socket.socket]()
        super().__init__(address, _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake takes place in the thread of the connection."""
        request.settimeout(30)
        wrapped = self._tls.wrap_socket(request, server_side=True) if self._tls else None
        with wrapped or nullcontext(request) as connection:
            self._open.add(connection)
            try:
                super().finish_request(connection, client_address)
            finally:
                self._open.discard(connection)

    def hang_up(self) -> None:
        """End the connections that clients keep open."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is normal life."""
        problem = sys.exception()
        if problem is not None and not isinstance(problem, OSError):
            self.api.note(problem)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Threads

    def do_POST(self) -> None:
        """inquiryPayment, whatever the path says."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        api = self.server.api
        reply = api.reply(self.path, list(self.headers.items()), body)
        if reply.delay_seconds:
            api.stopping.wait(reply.delay_seconds)
        told_at = datetime.now(UTC).astimezone(CLEARING_ZONE).isoformat(timespec="milliseconds")
        told_at = told_at if reply.time is None else reply.time
        content = reply.write(reply.fields)
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": api.client_id,
            "Response-Time": told_at,
        }
        if reply.is_signed:
            headers["Signature"] = api.signature(reply, self.path, told_at, content)
        self._send(reply, headers | reply.headers, reply.encode(reply.tamper(content)))

    def _send(self, reply: Reply, headers: dict[str, str], content: bytes) -> None:
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
        self.wfile.write(head)
        for place in range(len(content)):
            self.wfile.write(content[place : place + 1])
            if self.server.api.stopping.wait(seconds):
                break

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.close()

    def log_message(self, *_: Any) -> None:
        """Quiet."""
