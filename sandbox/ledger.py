"""What Alipay+ has booked: payments, refunds, and the entries that its reports are written from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, get_type_hints

import polars as pl

from sandbox.messages import PayRequest


class Entry(NamedTuple):
    """One line of the ledger: money that moved."""

    kind: str  # PAYMENT, REFUND
    request_id: str
    transaction_id: str
    original_request_id: str
    original_transaction_id: str
    at: int
    amount: int
    currency: str
    settlement_amount: int
    settlement_currency: str
    agreement: str
    psp: str
    store_id: str
    paid_settlement: int = 0  # of a refund: what its payment was booked with


ENTRY_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    name: pl.Int64 if kind is int else pl.String for name, kind in get_type_hints(Entry).items()
}


@dataclass(slots=True)
class Refund:
    """One refund request, as Alipay+ keeps it."""

    refund_id: str
    amount: int
    accepted_at: int
    done_at: int
    settlement_amount: int


@dataclass(slots=True)
class Payment:
    """One payment request, as Alipay+ keeps it."""

    request: PayRequest
    payment_id: str
    created_at: int
    amount: int  # captured
    paid_at: int | None
    declined_at: int | None
    rate: int
    settlement_amount: int
    agreement: str
    cancelled_at: int | None = None
    is_elsewhere: bool = False  # it belongs to another participant
    refunds: dict[str, Refund] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)


def state_at(at: int, paid_at: int | None, declined_at: int | None, cancelled_at: int | None) -> tuple[str, str]:
    """Status and code of a payment at an instant."""
    if cancelled_at is not None and at >= cancelled_at:
        return "F", "ORDER_IS_CLOSED"
    if declined_at is not None and at >= declined_at:
        return "F", "USER_BALANCE_NOT_ENOUGH"
    if paid_at is None or at < paid_at:
        return "U", "PAYMENT_IN_PROCESS"
    return "S", "SUCCESS"


def payment_entry(payment: Payment, at: int) -> Entry:
    """The line of a captured payment."""
    request = payment.request
    return Entry(
        "PAYMENT",
        request.request_id,
        payment.payment_id,
        "",
        "",
        at,
        payment.amount,
        request.currency,
        payment.settlement_amount,
        request.settlement_currency,
        payment.agreement,
        request.wallet.psp,
        request.store_id,
    )


def refund_entry(payment: Payment, request_id: str, refund: Refund) -> Entry:
    """The line of a refund; it names its payment."""
    return payment_entry(payment, refund.done_at)._replace(
        kind="REFUND",
        request_id=request_id,
        transaction_id=refund.refund_id,
        original_request_id=payment.request.request_id,
        original_transaction_id=payment.payment_id,
        amount=refund.amount,
        settlement_amount=refund.settlement_amount,
        paid_settlement=payment.entries[0].settlement_amount if payment.entries else payment.settlement_amount,
    )
