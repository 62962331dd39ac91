"""Asking Alipay+ about one payment: the question and its outcomes.

How a reply is read: `answer`. What is kept of it: `evidence`. What is signed: `signature`. Nothing is sent or timed
here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from recon.errors import ReconError
from recon.inquiry.evidence import Exchange

PATH = "/aps/api/v1/payments/inquiryPayment"
MOST_CHARACTERS = 64
THROTTLED = "REQUEST_TRAFFIC_EXCEED_LIMIT"
SUCCESS = "SUCCESS"  # result code of a paid payment


class QuestionError(ReconError):
    """A question that Alipay+ cannot be asked."""


class Amount(NamedTuple):
    """Smallest units with their currency."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Question:
    """About one payment, by exactly one of its two ids; `expected`: what it should amount to.

    `known_payment_id`: Alipay+'s id of it, where that is known and the other id is sent.
    """

    payment_request_id: str = ""
    payment_id: str = ""
    expected: Amount | None = None
    known_payment_id: str = ""

    def __post_init__(self) -> None:
        if bool(self.payment_request_id) == bool(self.payment_id):
            raise QuestionError("a question names either a paymentRequestId or a paymentId", do="Give one of them")
        if len(self.asked_id) > MOST_CHARACTERS:
            raise QuestionError(
                f"an id has more than {MOST_CHARACTERS} characters", do="Give it as it was sent to Alipay+"
            )
        if self.asked_id != self.asked_id.strip() or not self.asked_id.isprintable():
            raise QuestionError(
                "an id has blanks around it, or characters that do not print", do="Give it as it was sent to Alipay+"
            )

    @property
    def asked_by(self) -> str:
        """Alipay+'s name of the id that is sent."""
        return "paymentRequestId" if self.payment_request_id else "paymentId"

    @property
    def asked_id(self) -> str:
        """The id that is sent."""
        return self.payment_request_id or self.payment_id

    def body(self) -> bytes:
        """The bytes that are signed and sent."""
        body = {self.asked_by: self.asked_id}
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


class Reason(StrEnum):
    """Why there is no answer."""

    # not sent
    NAME = "the host name is not known"
    CONNECTION = "no connection"
    CONNECTION_TIMEOUT = "no connection in time"
    TRUST = "the certificate of the server is not trusted"
    REQUEST = "the request cannot be sent"
    NO_TIME = "no time left to ask"
    # outcome unknown
    TIMEOUT = "no answer in time"
    CUT = "the connection was cut"
    HTTP_STATUS = "another HTTP status than 200"
    TOO_LONG = "the reply is too long"
    ENCODING = "the encoding of the reply is not known"
    THROTTLED = "Alipay+ asks for fewer questions"
    PROVIDER_UNKNOWN = "Alipay+ could not answer"
    # malformed
    NOT_JSON = "the reply is not one JSON object"
    NO_RESULT = "the reply has no result"
    STATUS_LETTER = "a result other than S, F and U"
    # unauthenticated
    NO_SIGNATURE = "the reply is not signed"
    SIGNATURE_HEADER = "the Signature header cannot be read"
    FOREIGN_CLIENT = "the reply is meant for another client"
    OTHER_TIME = "the reply is of another time than the question"
    WRONG_SIGNATURE = "the signature does not fit the reply"
    # rejected
    SETUP = "key, signature, client or contract are refused"
    QUESTION = "the question is refused"
    BUSINESS = "refused for a reason that does not concern the payment"


_PASSING = {
    Reason.NAME,
    Reason.CONNECTION,
    Reason.CONNECTION_TIMEOUT,
    Reason.TIMEOUT,
    Reason.CUT,
    Reason.THROTTLED,
    Reason.PROVIDER_UNKNOWN,
}
_BUSY_STATUS = (429, 503)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a question. `exchange`: what was said, fit to be kept."""

    exchange: Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered(Outcome):
    """Nothing is known about the payment. `code`: what the other side calls it, if it said so."""

    reason: Reason
    code: str = ""

    @property
    def may_pass(self) -> bool:
        """Whether the same question may be answered a moment later."""
        if self.reason is Reason.HTTP_STATUS:
            status = self.exchange.http_status or 0
            return status >= 500 or status in _BUSY_STATUS
        return self.reason in _PASSING

    @property
    def asks_to_slow_down(self) -> bool:
        """Whether the other side wants fewer questions, from all of us."""
        return self.code == THROTTLED or self.exchange.http_status in _BUSY_STATUS

    @property
    def stops_the_run(self) -> bool:
        """Whether every further question would end like this one, until a person repairs it.

        A reply without a signature is enough for that: it only makes us silent.
        """
        return self.reason in (Reason.TRUST, Reason.SETUP) or self.code in SETUP_CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent(Unanswered):
    """The question never left: no name, no connection, no trust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUnknown(Unanswered):
    """The question left; nothing usable came back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed(OutcomeUnknown):
    """The reply is signed by Alipay+, but cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unauthenticated(Unanswered):
    """A reply that Alipay+ did not sign: no word of it is used. `code` is for people, never for a decision on money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(Unanswered):
    """Alipay+ refused the question; the payment may be in any state."""


SETUP_CODES = frozenset({
    "INVALID_SIGNATURE", "INVALID_CLIENT", "KEY_NOT_FOUND", "ACCESS_DENIED", "INVALID_CONTRACT",
    "METHOD_NOT_SUPPORTED", "MEDIA_TYPE_NOT_ACCEPTABLE", "NO_INTERFACE_DEF",
})  # fmt: skip


class Finding(StrEnum):
    """What an answer says about the payment."""

    PAID = "paid"
    CLOSED = "closed or cancelled"
    FAILED = "failed"
    IN_PROCESS = "not final"
    NOT_EXIST = "Alipay+ does not know the order (yet)"
    UNCLEAR = "answered without a readable payment result"
    REVIEW = "the answer does not fit the question: a person looks at it"


class Result(NamedTuple):
    """`result` or `paymentResult`; a part that is missing is empty."""

    status: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Outcome):
    """An authentic answer, as far as it is used. `differences`: why it is REVIEW."""

    finding: Finding
    result: Result
    payment_result: Result | None = None
    payment_id: str = ""
    amount: Amount | None = None
    paid_at: datetime | None = None
    settlement_amount: Amount | None = None
    differences: tuple[str, ...] = ()
