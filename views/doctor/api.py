"""The API of Alipay+ without a question: the keys, the identity, the way there, and what time it is there.

One HEAD of the base URL is all that is sent; it names no payment, no client, and is not signed.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from recon.clearing_day import Clock
from recon.listing import counted
from resources.alipayplus.api import api_of
from resources.alipayplus.keys import own_key, provider_keys
from resources.alipayplus.wire import Bound, bounded_client, trust
from resources.settings import Inquiry, Settings
from views.doctor.findings import Finding, clock_is_right, note, ok, seconds_text, wrong
from views.doctor.rounds import StoppedError, expected

SKEW = timedelta(seconds=60)
CERTIFICATE_WARNING = timedelta(days=14)


def api_findings(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Nothing but a note without the section [inquiry]."""
    wanted = settings.inquiry
    if wanted is None:
        yield note("section", "there is none: Alipay+ is not asked", "inquiry", "Write it when you have the keys")
        return
    yield from _keys(wanted, settings)
    yield from _way(wanted, clock)


def _keys(wanted: Inquiry, settings: Settings) -> Iterator[Finding]:
    """Both load, and they belong to the environment and to each other."""
    with expected("own key", "inquiry.private_key_file or inquiry.private_key_env"):
        own = own_key(wanted, settings)
    yield ok("own key", f"RSA, {own.key_size} bits, version {wanted.key_version}")
    with expected("key of Alipay+", "inquiry.public_key_files or inquiry.public_key_env"):
        theirs = provider_keys(wanted, settings)
    yield ok("key of Alipay+", ", ".join(f"RSA, {key.key_size} bits" for key in theirs))
    with expected("identity", "inquiry.client_id, inquiry.environment, inquiry.base_url"), api_of(settings):
        yield ok("identity", f"client id and keys are those of one {wanted.environment} account")


def _way(wanted: Inquiry, clock: Clock) -> Iterator[Finding]:
    """The connection, the certificate, and the clock of whoever answers."""
    url = httpx.URL(wanted.base_url)
    yield _connected(wanted, url)
    before = clock()
    try:
        bound = Bound(wanted.read_timeout_seconds)
        with bounded_client(wanted.ca_bundle, wanted.connect_timeout_seconds, bound) as http:
            stated = http.head(url.copy_with(path="/")).headers.get("Date", "")
    except httpx.TransportError as error:
        what = f"the connection is there, but no HTTP answer ({type(error).__name__})"
        do = "Ask Alipay+ which host and which source addresses are allowed"
        raise StoppedError("answer", what, "inquiry.base_url", do) from None
    yield ok("answer", f"{url.host} answers in HTTP; no question was asked")
    yield _clock(stated, before, clock())


def _connected(wanted: Inquiry, url: httpx.URL) -> Finding:
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        with socket.create_connection((url.host, port), wanted.connect_timeout_seconds) as plain:
            if url.scheme != "https":
                return ok("connection", f"{url.host}:{port}, without TLS: a sandbox on this machine")
            with trust(wanted.ca_bundle).wrap_socket(plain, server_hostname=url.host) as secure:
                return _certificate(url.host, secure.version() or "TLS", secure.getpeercert() or {})
    except ssl.SSLError as error:
        what = f"the certificate of {url.host} is not trusted ({getattr(error, 'verify_message', '') or error.reason})"
        do = "Correct the host; behind a company proxy, name its authority"
        raise StoppedError("connection", what, "inquiry.base_url, inquiry.ca_bundle", do) from None
    except socket.gaierror:
        what = f"no address for the name {url.host}"
        raise StoppedError("connection", what, "inquiry.base_url", "Copy it from the Developer Center again") from None
    except OSError as error:
        what = f"{url.host}:{port} does not answer ({type(error).__name__})"
        do = "Open the firewall for it, or ask Alipay+ for the host of your region"
        raise StoppedError("connection", what, "inquiry.base_url", do) from None


def _certificate(host: str, version: str, certificate: Mapping[str, object]) -> Finding:
    ends = str(certificate.get("notAfter", ""))
    if not ends:
        return ok("connection", f"{host}, {version}")
    left = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) - datetime.now(UTC)
    what = f"{host}, {version}, its certificate is valid for {counted(left.days, 'more day')}"
    if left < CERTIFICATE_WARNING:
        return note("connection", what, "inquiry.base_url", "Ask Alipay+ whether they renew it")
    return ok("connection", what)


def _clock(stated: str, before: datetime, after: datetime) -> Finding:
    """The Date header has whole seconds; the answer came between two looks at our clock."""
    try:
        theirs = parsedate_to_datetime(stated)
    except ValueError:
        return note("clock", "the answer does not contain the time")
    apart = max(before - theirs - timedelta(seconds=1), theirs - after, timedelta(0))
    if apart > SKEW:
        side = "behind" if theirs > after else "ahead"
        what = f"our clock is {seconds_text(apart)} {side}"
        return wrong("clock", what, "the clock of this machine", "Set it by NTP: each question carries its time")
    return clock_is_right(apart)
