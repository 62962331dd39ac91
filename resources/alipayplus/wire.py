"""The way to Alipay+ and back: one HTTP request, the whole reply, or why there is none.

TLS is always verified, redirects are never followed, no cookie is kept, the environment (proxies,
other certificates) is not asked. Nothing of a reply is believed here.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import ssl
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx

from recon.errors import ConfigurationError
from recon.inquiry import NotSent, OutcomeUnknown, Reason
from recon.inquiry.signature import METHOD

OK = 200
NO_ADDRESS = "base_url and path are no address"
AN_ADDRESS = "Write it like https://open-sea.alipayplus.com, and the path into inquiry.path"
MOST_BYTES = 262_144  # of a reply; an answer has about two thousand
logging.getLogger("httpcore").setLevel(logging.INFO)  # its DEBUG lines hold signatures


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back, before anything of it is believed."""

    status: int
    headers: httpx.Headers
    body: bytes

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

    def __init__(
        self,
        base_url: str,
        path: str,
        *,
        may_be_plain: bool,
        ca_bundle: Path | None,
        connect_timeout_seconds: float,
        read_timeout_seconds: float,
    ) -> None:
        self._url = _checked_url(base_url, path, may_be_plain)
        self.where = f"{self._url.scheme}://{self._url.netloc.decode()}"
        self._read_timeout = read_timeout_seconds
        self._http = httpx.Client(
            verify=trust(ca_bundle),
            timeout=httpx.Timeout(read_timeout_seconds, connect=connect_timeout_seconds),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    def close(self) -> None:
        """End all connections."""
        self._http.close()

    def exchange(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Sends exactly these bytes and takes the whole reply, up to a limit of size and time."""
        try:
            with self._http.stream(METHOD, self._url, headers=headers, content=body) as response:
                raw = self._taken(response)
                return Reply(
                    status=response.status_code,
                    headers=response.headers,
                    body=_decoded(raw, response.headers.get("Content-Encoding", "")),
                )
        except httpx.TransportError as error:
            raise _broken(error) from None

    def _taken(self, response: httpx.Response) -> bytes:
        begun, parts, size = time.monotonic(), [], 0
        for part in response.iter_raw():
            parts.append(part)
            size += len(part)
            if size > MOST_BYTES:
                raise BrokenError(OutcomeUnknown, Reason.TOO_LONG)
            if time.monotonic() - begun > self._read_timeout:  # drop by drop
                raise BrokenError(OutcomeUnknown, Reason.TIMEOUT)
        return b"".join(parts)


# -- address and trust -----------------------------------------------------------------------


def _checked_url(base_url: str, path: str, may_be_plain: bool) -> httpx.URL:
    try:
        base = httpx.URL(base_url)
        url = base.copy_with(raw_path=path.encode("ascii"))
    except (httpx.InvalidURL, UnicodeEncodeError):
        raise ConfigurationError(NO_ADDRESS, where="[inquiry]", do=AN_ADDRESS) from None
    if not base.host or base.userinfo or base.path not in ("", "/") or base.query:
        raise ConfigurationError(
            "inquiry.base_url must be a scheme and a host, nothing else",
            where=base.host,
            do=AN_ADDRESS,
        )
    if url.scheme == "http" and not (may_be_plain and _is_loopback(url.host)):
        raise ConfigurationError(
            "questions are not asked without TLS",
            where=url.host,
            do="Write https in inquiry.base_url; only a sandbox on this machine may do without",
        )
    if url.scheme not in ("http", "https") or url.raw_path != path.encode("ascii"):
        raise ConfigurationError(NO_ADDRESS, where=url.host, do=AN_ADDRESS)
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
