"""What Alipay+ would answer to inquiryPayment: its own books on disk, asked as of an instant.

    <directory>/alipayplus_ledger.db     written at seed time, read by the API

It is Alipay+'s view: what a report leaves out, cuts or repeats is whole and single here.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from recon.clearing_day import CLEARING_ZONE
from recon.errors import ConfigurationError
from recon.money import exponent
from sandbox.alipayplus import AlipayPlus
from sandbox.instants import SECOND, as_datetime, day_of
from sandbox.ledger import state_at
from sandbox.orders_store import fresh_sqlite
from sandbox.world import PARTICIPANT_ID, RATE_UNIT, TEST_STORE, WALLET_NAMES, rate

FILE = "alipayplus_ledger.db"
CROWD_PAYS_WITHIN = 3 * SECOND
ROWS_AT_ONCE = 50_000
MESSAGES = {
    "ORDER_IS_CLOSED": "The order is closed.",
    "USER_BALANCE_NOT_ENOUGH": "The balance is not enough.",
    "PAYMENT_IN_PROCESS": "The payment is in process.",
    "SUCCESS": "Success.",
}
Fields = dict[str, Any]


class Booked(NamedTuple):
    """A payment as the API knows it."""

    request_id: str
    payment_id: str
    created_at: int
    paid_at: int | None
    declined_at: int | None
    cancelled_at: int | None
    amount: int
    currency: str
    settlement_amount: int
    settlement_currency: str
    psp: str


class BookedRefund(NamedTuple):
    """A refund, as it shows in the answer about its payment."""

    request_id: str
    refund_request_id: str
    refund_id: str
    amount: int
    done_at: int


# -- written at seed time --------------------------------------------------------------------


class ApiLedgerWriter:
    """Takes payments as they are played."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add_played(self, alipayplus: AlipayPlus) -> None:
        """What was played one by one. Tills of the test environment and of other participants are not known here."""
        payments = [
            payment
            for payment in alipayplus.payments.values()
            if not payment.is_elsewhere and (payment.request.store_id != TEST_STORE or payment.entries)
        ]
        self._insert(
            "payment",
            (
                Booked(
                    payment.request.request_id,
                    payment.payment_id,
                    payment.created_at,
                    payment.paid_at,
                    payment.declined_at,
                    payment.cancelled_at,
                    payment.amount,
                    payment.request.currency,
                    payment.settlement_amount,
                    payment.request.settlement_currency,
                    payment.request.wallet.psp,
                )
                for payment in payments
            ),
        )
        self._insert(
            "refund",
            (
                BookedRefund(payment.request.request_id, key, refund.refund_id, refund.amount, refund.done_at)
                for payment in payments
                for key, refund in payment.refunds.items()
            ),
        )

    def add_crowd(self, entries: pl.DataFrame) -> None:
        """Plain sales, by the thousand."""
        rows = entries.select(
            "request_id",
            "transaction_id",
            pl.col("at") - CROWD_PAYS_WITHIN,
            paid_at="at",
            declined_at=pl.lit(None, dtype=pl.Int64),
            cancelled_at=pl.lit(None, dtype=pl.Int64),
            amount="amount",
            currency="currency",
            settlement_amount="settlement_amount",
            settlement_currency="settlement_currency",
            psp="psp",
        )
        for part in rows.iter_slices(ROWS_AT_ONCE):
            self._insert("payment", part.iter_rows())

    def _insert(self, table: str, rows: Iterator[tuple[Any, ...]]) -> None:
        marks = ",".join("?" * len(Booked._fields if table == "payment" else BookedRefund._fields))
        self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


@contextmanager
def write_ledger(directory: Path) -> Iterator[ApiLedgerWriter]:
    """An empty ledger."""
    with fresh_sqlite(directory / FILE) as connection:
        connection.execute(f"CREATE TABLE payment ({', '.join(Booked._fields)})")
        connection.execute(f"CREATE TABLE refund ({', '.join(BookedRefund._fields)})")
        yield ApiLedgerWriter(connection)
        connection.execute("CREATE UNIQUE INDEX by_request ON payment (request_id)")
        connection.execute("CREATE INDEX by_payment ON payment (payment_id)")
        connection.execute("CREATE INDEX by_payment_refunded ON refund (request_id)")


# -- read by the API -------------------------------------------------------------------------


class ApiLedger:
    """Read only, for many threads."""

    def __init__(self, directory: Path) -> None:
        path = directory / FILE
        if not path.exists():
            raise ConfigurationError(
                "nothing is seeded here", where=str(directory), do="Run `recon sandbox seed` first"
            )
        uri = f"{path.resolve().as_uri()}?mode=ro"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def answer(self, at: int, *, request_id: str = "", payment_id: str = "") -> Fields:
        """The body of the answer as of an instant; paymentId wins if both ids are given."""
        column, value = ("payment_id", payment_id) if payment_id else ("request_id", request_id)
        with self._lock:
            row = self._connection.execute(f"SELECT * FROM payment WHERE {column} = ?", (value,)).fetchone()
        if row is None or at < Booked(*row).created_at:
            return {"result": result("ORDER_NOT_EXIST", "F", "The order does not exist.")}
        payment = Booked(*row)
        fields: Fields = {"result": result("SUCCESS", "S", "Success.")} | _state(payment, at)
        if fields["paymentResult"]["resultStatus"] == "S":
            fields |= _paid(payment)
            if refunded := self._refunded(payment, at):
                fields["transactions"] = refunded
        return fields

    def _refunded(self, payment: Booked, at: int) -> list[Fields]:
        with self._lock:
            rows = self._connection.execute(
                "SELECT * FROM refund WHERE request_id = ? AND done_at <= ? ORDER BY done_at",
                (payment.request_id, at),
            ).fetchall()
        return [
            {
                "transactionResult": result("SUCCESS", "S", "Success."),
                "transactionId": refund.refund_id,
                "transactionRequestId": refund.refund_request_id,
                "transactionType": "REFUND",
                "transactionStatus": "SUCCESS",
                "transactionAmount": _amount(refund.amount, payment.currency),
                "transactionTime": iso(refund.done_at),
            }
            for refund in map(BookedRefund._make, rows)
        ]


def result(code: str, status: str, message: str) -> Fields:
    """`result` and its likes."""
    return {"resultCode": code, "resultStatus": status, "resultMessage": message}


def iso(instant: int) -> str:
    """As Alipay+ writes a time."""
    return as_datetime(instant).astimezone(CLEARING_ZONE).isoformat()


def instant_of(at: datetime) -> int:
    """As the play counts."""
    return int(at.timestamp()) * SECOND + at.microsecond


def _state(payment: Booked, at: int) -> Fields:
    """What `AlipayPlus.inquire` says; a test compares them."""
    status, code = state_at(at, payment.paid_at, payment.declined_at, payment.cancelled_at)
    return {
        "paymentResult": result(code, status, MESSAGES[code]),
        "acquirerId": PARTICIPANT_ID,
        "paymentRequestId": payment.request_id,
        "paymentId": payment.payment_id,
    }


def _paid(payment: Booked) -> Fields:
    assert payment.paid_at is not None
    fields: Fields = {
        "pspId": payment.psp,
        "paymentAmount": _amount(payment.amount, payment.currency),
        "paymentTime": iso(payment.paid_at),
        "customerId": _customer(payment),
        "walletBrandName": WALLET_NAMES.get(payment.psp, payment.psp),
        "settlementAmount": _amount(payment.settlement_amount, payment.settlement_currency),
    }
    if payment.currency != payment.settlement_currency:
        fields["settlementQuote"] = _quote(payment)
    return fields


def _quote(payment: Booked) -> Fields:
    minor = rate(payment.currency, payment.settlement_currency, day_of(payment.created_at))
    shift = exponent(payment.currency) - exponent(payment.settlement_currency)
    price = (Decimal(minor) / RATE_UNIT).scaleb(shift)
    return {
        "quoteId": f"Q{payment.payment_id}",
        "quoteCurrencyPair": f"{payment.currency}/{payment.settlement_currency}",
        "quotePrice": f"{price.normalize():f}",
        "quoteStartTime": iso(payment.created_at),
        "quoteExpiryTime": iso(payment.created_at + 3600 * SECOND),
        "baseCurrency": payment.currency,
        "quoteUnit": "1",
    }


def _amount(value: int, currency: str) -> Fields:
    return {"currency": currency, "value": str(value)}


def _customer(payment: Booked) -> str:
    """Somebody; the same one whenever it is asked."""
    digest = hashlib.sha256(payment.request_id.encode()).hexdigest()
    return f"2088{int(digest[:12], 16) % 10**12:012d}"
