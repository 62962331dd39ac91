"""The way to Alipay+ and back: one HTTP request, the whole reply, or why there is none.

TLS is always verified, redirects are never followed, no cookie is kept, the environment (proxies,
other certificates) is not asked. A whole reply, from its first byte to its last, has one limit of time and one of size,
however it is cut into pieces. Nothing of a reply is believed here.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpcore
import httpx

from recon.errors import ConfigurationError
from recon.inquiry import NotSent, OutcomeUnknown, Reason
from recon.inquiry.signature import METHOD
from resources.settings import Inquiry

OK = 200
MOST_BYTES = 262_144  # of the body of a reply; an answer has about two thousand
MOST_RAW_BYTES = 4 * MOST_BYTES  # of all that comes for one question: heads and chunk marks too
logging.getLogger("httpcore").setLevel(logging.INFO)  # its DEBUG lines hold signatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, before anything of it is believed."""

    status: int
    headers: httpx.Headers
    body: bytes
    received_at: datetime  # UTC

    def only(self, name: str) -> str:
        """The value of a header that comes exactly once; empty otherwise."""
        values = self.headers.get_list(name)
        return values[0].strip() if len(values) == 1 else ""


class BrokenError(Exception):
    """No whole reply came."""

    def __init__(self, kind: type[NotSent | OutcomeUnknown], reason: Reason) -> None:
        self.kind, self.reason = kind, reason
        super().__init__(reason.value)


class Wire:
    """Connections to one address; opened when they are needed, shared by threads."""

    def __init__(self, wanted: Inquiry) -> None:
        self._url = _checked_url(wanted)
        self.where = f"{self._url.scheme}://{self._url.netloc.decode()}"
        self._bound = Bound(wanted.read_timeout_seconds)
        self._http = bounded_client(wanted.ca_bundle, wanted.connect_timeout_seconds, self._bound)

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def exchange(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Sends exactly these bytes and takes the whole reply, up to a limit of size and time."""
        self._bound.begin()
        try:
            with self._http.stream(METHOD, self._url, headers=headers, content=body) as response:
                raw = self._taken(response)
                return Reply(
                    status=response.status_code,
                    headers=response.headers,
                    body=_decoded(raw, response.headers.get("Content-Encoding", "")),
                    received_at=datetime.now(UTC),
                )
        except httpx.TransportError as error:
            if self._bound.bytes_left < 0:
                raise BrokenError(OutcomeUnknown, Reason.TOO_LONG) from None
            raise _broken(error) from None

    def _taken(self, response: httpx.Response) -> bytes:
        parts, size = [], 0
        for part in response.iter_raw():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise BrokenError(OutcomeUnknown, Reason.TOO_LONG)
        return b"".join(parts)


# -- bounds ----------------------------------------------------------------------------------


class Bound(threading.local):
    """What is left of one exchange, for the thread that waits for it: seconds and bytes."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.begin()

    def begin(self) -> None:
        """From now on, again when a connection is there."""
        self._end, self.bytes_left = time.monotonic() + self.seconds, MOST_RAW_BYTES

    def left(self, wanted: float | None) -> float:
        """How long to wait at most, in seconds."""
        rest = self._end - time.monotonic()
        if rest <= 0:
            raise httpcore.ReadTimeout("the whole reply took too long")
        return rest if wanted is None else min(rest, wanted)

    def took(self, content: bytes) -> bytes:
        """Some bytes came."""
        self.bytes_left -= len(content)
        if self.bytes_left < 0:
            raise httpcore.ReadError("the reply is too long")
        return content


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose waits together take no longer than the bound."""

    def __init__(self, stream: httpcore.NetworkStream, bound: Bound) -> None:
        self._stream, self._bound = stream, bound

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._bound.took(self._stream.read(max_bytes, self._bound.left(timeout)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._bound.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secure = self._stream.start_tls(ssl_context, server_hostname, timeout)
        self._bound.begin()
        return _BoundedStream(secure, self._bound)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _BoundedBackend(httpcore.SyncBackend):
    """Opens connections; the time for the reply begins when one is there."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        self._bound.begin()
        return _BoundedStream(stream, self._bound)


class _BoundedTransport(httpx.HTTPTransport):
    """httpx over bounded connections."""

    def __init__(self, context: ssl.SSLContext, bound: Bound) -> None:
        super().__init__(verify=context, trust_env=False)
        self._pool.close()
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_connections=100, keepalive_expiry=5, network_backend=_BoundedBackend(bound)
        )


def bounded_client(ca_bundle: Path | None, connect_timeout_seconds: float, bound: Bound) -> httpx.Client:
    """An HTTP client that trusts only what it is given, and waits only so long."""
    return httpx.Client(
        transport=_BoundedTransport(trust(ca_bundle), bound),
        timeout=httpx.Timeout(bound.seconds, connect=connect_timeout_seconds),
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


# -- address and trust -----------------------------------------------------------------------


def _checked_url(wanted: Inquiry) -> httpx.URL:
    url = None
    with contextlib.suppress(httpx.InvalidURL):
        url = httpx.URL(wanted.base_url).copy_with(path=wanted.path)
    if url is None or not url.host:
        raise ConfigurationError(
            "base_url and path are not an address",
            where="[inquiry]",
            do="Write it like https://open-sea.alipayplus.com, and the path into inquiry.path",
        )
    if url.scheme == "http" and not (wanted.environment == "sandbox" and _is_loopback(url.host)):
        raise ConfigurationError(
            "questions are not asked without TLS",
            where=url.host,
            do="Write https in inquiry.base_url; only a sandbox on this machine may do without",
        )
    return url


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def trust(ca_bundle: Path | None) -> ssl.SSLContext:
    """Certificates and host names are always verified."""
    if ca_bundle is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=str(ca_bundle))
    except (OSError, ssl.SSLError):
        raise ConfigurationError(
            "the certificates cannot be read",
            where=str(ca_bundle),
            do="Write the certificate of the authority into it as PEM",
        ) from None


# -- replies and failures --------------------------------------------------------------------


def _decoded(raw: bytes, encoding: str) -> bytes:
    """We ask for none; gzip is taken all the same, up to the limit of size."""
    if encoding.strip().lower() in ("", "identity"):
        return raw
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise BrokenError(OutcomeUnknown, Reason.ENCODING)
    inflating = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        body = inflating.decompress(raw, MOST_BYTES + 1)
    except zlib.error:
        raise BrokenError(OutcomeUnknown, Reason.ENCODING) from None
    if len(body) > MOST_BYTES:
        raise BrokenError(OutcomeUnknown, Reason.TOO_LONG)
    if not inflating.eof:
        raise BrokenError(OutcomeUnknown, Reason.CUT)
    return body


def _broken(error: httpx.TransportError) -> BrokenError:
    """What a transport error means for the question: whether it can have arrived."""
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return BrokenError(NotSent, Reason.CONNECTION_TIMEOUT)
    if isinstance(error, httpx.ConnectError):
        causes = list(_causes(error))
        if any(isinstance(cause, ssl.SSLError) and not _is_end(cause) for cause in causes):
            return BrokenError(NotSent, Reason.TRUST)
        if any(isinstance(cause, socket.gaierror) for cause in causes):
            return BrokenError(NotSent, Reason.NAME)
        return BrokenError(NotSent, Reason.CONNECTION)
    if isinstance(error, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
        return BrokenError(NotSent, Reason.REQUEST)
    if isinstance(error, httpx.TimeoutException):
        return BrokenError(OutcomeUnknown, Reason.TIMEOUT)
    return BrokenError(OutcomeUnknown, Reason.CUT)


def _is_end(error: ssl.SSLError) -> bool:
    """The other side hung up: that says nothing about trust."""
    return isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
