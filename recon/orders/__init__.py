"""Our side, in canonical form: payments (one per paymentRequestId) and refunds (one per refundRequestId).

A real Ogloba database is plugged in by configuration; this module says what it is mapped to.
One status column of a source becomes two facets: did Alipay+ take the money (`pay_state`), and did the
merchant confirm the sale (`confirm_state`). Refunds are rows of their own, never a status of the payment.
Money is Int64 in minor units, times are UTC without a zone in microseconds, ids are text, verbatim.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import polars as pl

from recon.schema import Schema

INSTANT = pl.Datetime("us")
# What Python can show in UTC and in UTC+8: beyond it, no page, workbook or trail could be written.
EARLIEST, LATEST = datetime(1, 1, 1), datetime(9999, 12, 31, 15, 59, 59, 999999)  # noqa: DTZ001 - UTC, as in a frame
OFFSET = r"(?:Z|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)"  # of a time from UTC, as text


def shown_instants(instants: pl.Series) -> pl.Series:
    """Instants in UTC without a zone; null where one cannot be shown."""
    return instants.set(~instants.is_between(EARLIEST, LATEST), None)


class PayState(StrEnum):
    """What Ogloba has stored of the provider's result."""

    INIT = "INIT"  # no final answer stored
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CLOSED = "CLOSED"  # cancelled, or ORDER_IS_CLOSED
    UNMAPPED = "UNMAPPED"


class ConfirmState(StrEnum):
    """What the merchant said of the sale."""

    NOT_CONFIRMED = "NOT_CONFIRMED"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    UNMAPPED = "UNMAPPED"


class ProviderState(StrEnum):
    """What Ogloba has stored of the provider's result of a refund."""

    NEVER_SENT = "NEVER_SENT"
    INIT = "INIT"
    UNKNOWN = "UNKNOWN"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    UNMAPPED = "UNMAPPED"


class LocalState(StrEnum):
    """Whether Ogloba's own database has voided what was refunded."""

    PENDING = "PENDING"
    VOIDED = "VOIDED"
    VOID_FAILED = "VOID_FAILED"
    UNMAPPED = "UNMAPPED"


class CancelState(StrEnum):
    """How a cancel request at Alipay+ ended."""

    NONE = "NONE"
    REQUESTED = "REQUESTED"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    UNMAPPED = "UNMAPPED"


CANCEL_CAME_TOO_LATE = "CANCEL_WINDOW_EXCEED"  # a `cancel_code`, as Alipay+ answers it


class ResultChannel(StrEnum):
    """Who closed the order."""

    SYNC = "SYNC"
    INQUIRY = "INQUIRY"
    NOTIFY = "NOTIFY"
    MANUAL = "MANUAL"
    UNMAPPED = "UNMAPPED"


class Initiator(StrEnum):
    """Who asked for the refund."""

    MERCHANT = "MERCHANT"
    SUPPORT = "SUPPORT"
    REPAIR = "REPAIR"
    DISPUTE = "DISPUTE"
    SYSTEM = "SYSTEM"
    UNMAPPED = "UNMAPPED"


# Columns of words with a map of their own, and the meaning of words where no map is configured.
OWN_CHANNELS = {word.value: word.value for word in ResultChannel if word is not ResultChannel.UNMAPPED}
OWN_INITIATORS = {word.value: word.value for word in Initiator if word is not Initiator.UNMAPPED}
OWN_FLAGS = {  # "true" and "1" as databases write a boolean, and Y/N
    word: word in ("1", "Y", "y", "true", "True", "TRUE")
    for word in ("1", "Y", "y", "true", "True", "TRUE", "0", "N", "n", "false", "False", "FALSE")
}

PAYMENT_SCHEMA: Schema = {
    "source_id": pl.String,  # the configured source
    "order_key": pl.String,  # Ogloba referenceNumber
    "payment_request_id": pl.String,  # what was really sent; default: order_key
    "merchant_id": pl.String,
    "terminal_id": pl.String,
    "merchant_txn_no": pl.String,  # the till's own number
    "amount_minor": pl.Int64,
    "currency": pl.String,
    "pay_state": pl.String,  # PayState
    "confirm_state": pl.String,  # ConfirmState
    "status_raw": pl.String,  # the source's own words, joined with a bar
    "created_at": INSTANT,
    "paid_at": INSTANT,  # Alipay+ paymentTime
    "confirmed_at": INSTANT,
    "updated_at": INSTANT,
    "provider_payment_id": pl.String,
    "psp_id": pl.String,
    "settlement_amount_minor": pl.Int64,  # as reported by notifyPayment or inquiryPayment
    "settlement_currency": pl.String,
    "result_channel": pl.String,  # ResultChannel
    "result_code": pl.String,
    "cancel_state": pl.String,  # CancelState
    "cancel_requested_at": INSTANT,
    "cancel_code": pl.String,
    "voided_in_full": pl.Boolean,  # null where the source cannot tell
    "is_test": pl.Boolean,
    "merchant_name": pl.String,  # as people call it
    "store_id": pl.String,  # of the merchant's stores; null where merchant_id is already one store
}
PAYMENT_REQUIRED = (
    "order_key", "merchant_id", "amount_minor", "currency", "status_raw", "created_at", "updated_at",
)  # fmt: skip

REFUND_SCHEMA: Schema = {
    "source_id": pl.String,
    "refund_key": pl.String,  # Ogloba's void reference
    "order_key": pl.String,  # the original order
    "refund_request_id": pl.String,  # null: never sent
    "provider_refund_id": pl.String,
    "amount_minor": pl.Int64,
    "currency": pl.String,
    "provider_state": pl.String,  # ProviderState
    "local_state": pl.String,  # LocalState
    "status_raw": pl.String,
    "requested_at": INSTANT,
    "refunded_at": INSTANT,  # Alipay+ refundTime
    "voided_at": INSTANT,
    "updated_at": INSTANT,
    "settlement_amount_minor": pl.Int64,
    "settlement_currency": pl.String,
    "initiator": pl.String,  # Initiator
    "attempts": pl.Int64,
    "alert_sent_at": INSTANT,  # the "void failed" alert
}
REFUND_REQUIRED = (
    "refund_key", "order_key", "amount_minor", "currency", "status_raw", "requested_at", "updated_at",
)  # fmt: skip
