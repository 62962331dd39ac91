"""The API of Alipay+, questions only: signs, asks, verifies, and says which outcome it was.

It fails closed: nothing of a reply is used before its signature, over the raw bytes, fits a public
key of Alipay+ and our own client id. The bytes travel in `alipayplus_wire`, what a
reply says is read by `recon.inquiry.answer`. Which payments are asked about, when, and what is kept
of it: not here.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self

import tenacity
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from recon.clearing_day import Clock
from recon.errors import ConfigurationError
from recon.inquiry import (
    Answered,
    NotSent,
    Outcome,
    OutcomeUnknown,
    Question,
    Reason,
    Unanswered,
    Unauthenticated,
)
from recon.inquiry.answer import diagnostic_code, read_reply
from recon.inquiry.evidence import Exchange, sha256, without_customer
from recon.inquiry.signature import (
    SignatureError,
    read_signature_header,
    signature_header,
    text_to_sign,
)
from resources.alipayplus.keys import is_signed_by, own_key, provider_keys, sign
from resources.alipayplus.pace import Pace
from resources.alipayplus.wire import OK, BrokenError, Reply, Wire
from resources.settings import Inquiry, Settings

CONTENT_TYPE = "application/json; charset=UTF-8"
SANDBOX_CLIENT = "SANDBOX_"  # how the client ids of Alipay+'s sandbox begin
KEPT_HEADERS = ("Client-Id", "Response-Time", "Content-Type", "Date", "Retry-After")
MOST_HEADER = 200  # characters of a header that are kept
LONGEST_PAUSE = 60.0
NOW = partial(datetime.now, UTC)


class AlipayPlusApi:
    """inquiryPayment. One object for all threads; connections are opened when they are needed."""

    def __init__(
        self,
        wanted: Inquiry,
        private_key: RSAPrivateKey,
        public_keys: Sequence[RSAPublicKey],
        *,
        pace: Pace | None = None,
        now: Clock = NOW,
    ) -> None:
        """`public_keys`: of Alipay+. `pace`: in place of that of `wanted`. ConfigurationError if keys do not fit."""
        _check_identity(wanted, private_key, public_keys)
        self._wanted, self._private_key, self._public_keys = wanted, private_key, tuple(public_keys)
        self._required = frozenset(wanted.required_reply_headers)
        self._allowance = timedelta(seconds=wanted.response_time_allowance_seconds)
        self.pace = pace or Pace(wanted.per_second)
        self._now = now
        self._wire = Wire(wanted)
        self.where = self._wire.where

    def __repr__(self) -> str:
        return f"AlipayPlusApi({self.where})"  # no secrets

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all connections."""
        self._wire.close()

    # -- asking --------------------------------------------------------------------------------

    def ask(self, question: Question, *, within_seconds: float | None = None) -> Outcome:
        """Asks, and again if the fault may pass, signed anew. No pause outlasts the time given."""
        until = None if within_seconds is None else time.monotonic() + within_seconds
        time_left = tenacity.stop_never if within_seconds is None else tenacity.stop_before_delay(within_seconds)
        earlier: list[str] = []
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._wanted.attempts) | time_left,
            wait=tenacity.wait_exponential(multiplier=self._wanted.backoff_seconds, max=LONGEST_PAUSE)
            + tenacity.wait_random(0, self._wanted.backoff_seconds),
            retry=tenacity.retry_if_result(_may_pass),
            before_sleep=lambda state: earlier.append(_reason_of(state.outcome)),
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )
        outcome: Outcome = retrying(lambda: self._ask_once(question, until))
        exchange = replace(outcome.exchange, attempts=len(earlier) + 1, earlier=tuple(earlier))
        return replace(outcome, exchange=exchange)

    def _ask_once(self, question: Question, until: float | None) -> Outcome:
        body = question.body()
        unsent = Exchange(self._wanted.path, body.decode())
        turn = self.pace.turn(until)
        if turn is None:
            return NotSent(exchange=unsent, reason=Reason.NO_TIME)
        asked_at = self._now().astimezone(UTC)
        headers = self._headers(asked_at, body)
        sent = replace(unsent, asked_at=asked_at, request_headers=_kept_request(headers))
        begun = time.perf_counter()
        try:
            reply = self._wire.exchange(headers, body)
        except BrokenError as broken:
            sent = replace(sent, latency_seconds=time.perf_counter() - begun)
            outcome: Outcome = broken.kind(exchange=sent, reason=broken.reason)
        else:
            sent = replace(sent, latency_seconds=time.perf_counter() - begun)
            outcome = self._read(question, reply, _with_reply(sent, reply))
        self._keep_pace(outcome, turn)
        return outcome

    def _headers(self, asked_at: datetime, body: bytes) -> dict[str, str]:
        asked = asked_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        signature = sign(self._private_key, text_to_sign(self._wanted.path, self._wanted.client_id, asked, body))
        return {
            "Content-Type": CONTENT_TYPE,
            "Client-Id": self._wanted.client_id,
            "Request-Time": asked,
            "Signature": signature_header(signature, self._wanted.key_version),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "recon",
        }

    def _keep_pace(self, outcome: Outcome, turn: float) -> None:
        if isinstance(outcome, Answered):
            self.pace.answered()
        elif isinstance(outcome, Unanswered) and outcome.asks_to_slow_down:
            retry_after = outcome.exchange.reply_headers.get("Retry-After", "")
            self.pace.throttled(turn, float(retry_after) if retry_after.isdecimal() else 0.0)

    # -- the reply -----------------------------------------------------------------------------

    def _read(self, question: Question, reply: Reply, exchange: Exchange) -> Outcome:
        if reply.status != OK:
            return OutcomeUnknown(
                exchange=exchange,
                reason=Reason.HTTP_STATUS,
                code=diagnostic_code(reply.body),
            )
        if fault := self._distrust(reply):
            code = diagnostic_code(reply.body)
            return Unauthenticated(exchange=exchange, reason=fault, code=code)
        exchange = replace(exchange, reply_body=without_customer(reply.body))
        needs_id = self._wanted.final_answers_name_an_id
        return read_reply(question, reply.body, exchange, self._wanted.acquirer_id, needs_id=needs_id)

    def _distrust(self, reply: Reply) -> Reason | None:
        """Why this reply is not the word of Alipay+ to us; None if it is."""
        signature = reply.only("Signature")
        told_at = reply.only("Response-Time")
        if not signature or (not told_at and "Response-Time" in self._required):
            return Reason.NO_SIGNATURE
        is_named = "Client-Id" in reply.headers or "Client-Id" in self._required
        if is_named and reply.only("Client-Id") != self._wanted.client_id:
            return Reason.FOREIGN_CLIENT
        try:
            header = read_signature_header(signature)
        except SignatureError:
            return Reason.SIGNATURE_HEADER
        signed = text_to_sign(self._wanted.path, self._wanted.client_id, told_at, reply.body)
        if not is_signed_by(self._public_keys, header.signature, signed):
            return Reason.WRONG_SIGNATURE
        is_timed = "Response-Time" in reply.headers or "Response-Time" in self._required
        if is_timed and not _is_near(told_at, reply.received_at, self._allowance):
            return Reason.OTHER_TIME
        return None


# -- refusing to start -----------------------------------------------------------------------


def _check_identity(wanted: Inquiry, private_key: RSAPrivateKey, public_keys: Sequence[RSAPublicKey]) -> None:
    if wanted.client_id.startswith(SANDBOX_CLIENT) != (wanted.environment == "sandbox"):
        raise ConfigurationError(
            "client_id does not belong to environment",
            where="[inquiry]",
            do="Sandbox and production each have their own client id, keys and base URL",
        )
    if not public_keys:
        raise ConfigurationError(
            "the public key of Alipay+ is missing",
            where="[inquiry]",
            do="Name its file in public_key_files, or put the key into the variable of public_key_env",
        )
    ours = private_key.public_key().public_numbers()
    if any(key.public_numbers() == ours for key in public_keys):
        raise ConfigurationError(
            "our own public key is given as that of Alipay+",
            where="[inquiry]",
            do="Take the public key that Alipay+ shows in its Developer Center",
        )


# -- small print -----------------------------------------------------------------------------


def _is_near(stated: str, received_at: datetime, allowance: timedelta) -> bool:
    """A time with its offset, or milliseconds since 1970; nothing else is an instant."""
    try:
        at = datetime.fromtimestamp(int(stated) / 1000, UTC) if stated.isdecimal() else datetime.fromisoformat(stated)
    except (ValueError, OverflowError, OSError):
        return False
    return at.tzinfo is not None and abs(received_at - at) <= allowance


def _may_pass(outcome: Outcome) -> bool:
    return isinstance(outcome, Unanswered) and outcome.may_pass


def _reason_of(ended: Future[Outcome] | None) -> str:
    outcome = ended.result() if ended else None
    return outcome.reason.value if isinstance(outcome, Unanswered) else ""


def _kept_request(headers: dict[str, str]) -> dict[str, str]:
    """Never the signature."""
    return {name: headers[name] for name in ("Client-Id", "Request-Time", "Content-Type")}


def _with_reply(exchange: Exchange, reply: Reply) -> Exchange:
    headers = {name: value[:MOST_HEADER] for name in KEPT_HEADERS if (value := reply.only(name))}
    return replace(
        exchange,
        http_status=reply.status,
        reply_headers=headers,
        reply_bytes=len(reply.body),
        reply_sha256=sha256(reply.body),
    )


def api_of(settings: Settings, now: Clock = NOW) -> AlipayPlusApi:
    """The API as recon.toml describes it; refuses to start when anything is missing."""
    wanted = settings.wanted_inquiry()
    return AlipayPlusApi(wanted, own_key(wanted, settings), provider_keys(wanted, settings), now=now)
