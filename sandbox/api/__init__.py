"""The API of Alipay+ on loopback, with or without TLS: inquiryPayment, signed both ways.

`with ApiServer(directory) as server:` verifies our signature, answers from Alipay+'s own ledger as
of an instant, and signs what it says.
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
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import quote, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from recon.clearing_day import CLEARING_ZONE
from recon.errors import ConfigurationError
from sandbox.api.ledger import ApiLedger, Fields, instant_of, result
from sandbox.keys import HOST, make_api_keys

PATH = "/aps/api/v1/payments/inquiryPayment"
CLIENT_ID = "SANDBOX_5YBV2N2Z4G0000123"
_SIGNED = re.compile(r"algorithm=RSA256, ?keyVersion=([\w.-]+), ?signature=([A-Za-z0-9%]+)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Reply(NamedTuple):
    """What is said to a request."""

    fields: Fields
    refusal: str  # the code of it, or empty
    ids: tuple[str, str]  # paymentRequestId and paymentId that were asked for

    @property
    def is_signed(self) -> bool:
        """Whether Alipay+ knows by whom it was asked."""
        return self.refusal not in ("INVALID_SIGNATURE", "INVALID_CLIENT", "KEY_NOT_FOUND")


class _Threads(ThreadingHTTPServer):
    """A thread for each connection; all of them end with the server."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: ApiServer, tls: ssl.SSLContext | None) -> None:
        self.api, self._tls = api, tls
        self._open = set[socket.socket]()
        super().__init__(address, api.handler)

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


class ApiHandler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Threads

    def do_POST(self) -> None:
        """inquiryPayment, whatever the path says."""
        self.respond(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def respond(self, body: bytes) -> None:
        """The signed answer."""
        api = self.server.api
        reply = api.reply(self.path, list(self.headers.items()), body)
        told_at = now_text()
        content = compact(reply.fields)
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "Client-Id": api.client_id,
            "Response-Time": told_at,
            "Content-Length": str(len(content)),
        }
        if reply.is_signed:
            headers["Signature"] = as_header(api.signature(self.path, told_at, content))
        self.send_response_only(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def now_text() -> str:
    """As Alipay+ writes the time of a reply."""
    return datetime.now(UTC).astimezone(CLEARING_ZONE).isoformat(timespec="milliseconds")


class ApiServer:
    """Serves in threads of its own; port 0 takes a free one.

    `at`: the instant of the answers. None is now; who plays the loop of an earlier day sets it.
    """

    host = HOST
    path = PATH
    client_id = CLIENT_ID
    handler = ApiHandler

    def __init__(
        self,
        directory: Path,
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        at: datetime | None = None,
    ) -> None:
        self.directory = directory.resolve()
        self.port = port
        self.at = at
        self.keys = make_api_keys(self.directory)
        self.tls = tls
        self._own = _read_rsa(self.keys.own_private).public_key()
        self.key = _read_rsa(self.keys.provider_private)
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
        ids = asked.get("paymentRequestId", ""), asked.get("paymentId", "")
        refused = {"result": result(refusal, "F", "The request is not accepted.")}
        return Reply(refused if refusal else self.answer(*ids), refusal, ids)

    def signature(self, path: str, time_text: str, body: bytes) -> bytes:
        """Alipay+'s signature of a reply."""
        return self.key.sign(signed_text(path, self.client_id, time_text, body), PKCS1v15(), SHA256())

    def answer(self, request_id: str = "", payment_id: str = "") -> Fields:
        """The honest answer about a payment."""
        at = instant_of(self.at or datetime.now(UTC))
        return self._ledger.answer(at, request_id=request_id, payment_id=payment_id)

    def note(self, problem: BaseException) -> None:
        """Something went wrong in here; it is raised when the server stops."""
        self._problems.append(problem)

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
        text = signed_text(path, given["client-id"], given.get("request-time", ""), body)
        try:
            value = base64.b64decode(unquote(signed[2]), validate=True)
            self._own.verify(value, text, PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error):
            return False
        return True


def _read_rsa(file: Path) -> RSAPrivateKey:
    """One of the keys made here: whether it is a sound one need not be computed each time."""
    key = load_pem_private_key(file.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)
    return key


def signed_text(path: str, client_id: str, time_text: str, body: bytes) -> bytes:
    """What a request and its reply are signed for."""
    return f"POST {path}\n{client_id}.{time_text}.".encode() + body


def as_header(signature: bytes) -> str:
    """As Alipay+ writes a signature."""
    encoded = quote(base64.b64encode(signature).decode(), safe="")
    return f"algorithm=RSA256, keyVersion=2, signature={encoded}"


def compact(fields: Fields) -> bytes:
    """JSON without blanks."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


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
