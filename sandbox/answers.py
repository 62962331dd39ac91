"""What the loop of a day would hear of each key: Alipay+'s own books, asked at that instant.

The sandbox's own view of who is asked about what. It compares nothing but the amount: the honest answer about a payment
of another amount than ours is one that a person has to look at.
"""

from __future__ import annotations

from datetime import date, datetime

import polars as pl

from sandbox.alipayplus import AlipayPlus
from sandbox.instants import DAY, HOUR, MINUTE, as_datetime, day_start
from sandbox.ledger import Entry, Payment
from sandbox.mass_faults import MASS_FAULTS

ASKED_AFTER = DAY + 8 * HOUR + 35 * MINUTE  # since 00:00 UTC+8 of the day: five minutes after it was judged
ASKED = frozenset({"P01", "P02", "P03", "P06", "P07", "P08", "P09", "P10", "P13", "P17", "P18", "P19", "R14"})
WITHOUT_AMOUNT = frozenset({"P08", "P09"})  # the question leaves open what was paid
CODE_AFTER = {("P17", "PAID"): "P01"}


def asked_at(day: date) -> datetime:
    """When the loop of a day asks: what `ApiServer.at` has to be for the answers of truth.csv."""
    return as_datetime(_instant(day))


def add_answers(truth: pl.DataFrame, alipayplus: AlipayPlus) -> pl.DataFrame:
    """`answer`: what Alipay+ says to the loop of the day, null where it is not asked. `code_after`: the code then."""
    books = _Books(alipayplus)
    answers = [
        books.answer(line)
        if line["family"] == "P" and line["break_code"] in ASKED and line["incident"] is None
        else None
        for line in truth.iter_rows(named=True)
    ]
    codes = zip(truth["break_code"], answers, strict=True)
    return truth.with_columns(
        answer=pl.Series(answers, dtype=pl.String),
        code_after=pl.Series([CODE_AFTER.get((code, answer or ""), code) for code, answer in codes], dtype=pl.String),
    )


class _Books:
    """Alipay+'s payments and report rows, found by any id."""

    def __init__(self, alipayplus: AlipayPlus) -> None:
        self._alipayplus = alipayplus
        self._by_payment_id: dict[str, Payment] = {}
        self._by_row: dict[str, Entry] = {}
        for payment in alipayplus.payments.values():
            self._by_payment_id[payment.payment_id] = payment
            self._by_row |= {entry.transaction_id: entry for entry in payment.entries}

    def answer(self, line: dict[str, object]) -> str:
        """About the key of one line of the truth."""
        day = line["as_of_day"]
        assert isinstance(day, date)
        if line["scenario"] in MASS_FAULTS:
            return "PAID"  # plain sales, all of them paid
        request_id = self._asked_id(line)
        inquired = self._alipayplus.inquire(_instant(day), request_id)
        if inquired.result == "F":
            return "NOT_EXIST"
        if inquired.status == "U":
            return "IN_PROCESS"
        if inquired.status == "F":
            return "CLOSED" if inquired.code == "ORDER_IS_CLOSED" else "FAILED"
        payment = self._alipayplus.payments[request_id]
        same = (payment.amount, payment.request.currency) == (line["amount_minor"], line["currency"])
        return "PAID" if same or line["break_code"] in WITHOUT_AMOUNT else "REVIEW"

    def _asked_id(self, line: dict[str, object]) -> str:
        """The request id that is asked for: ours, else the report's; without one, that of Alipay+'s own id."""
        key = str(line["key"])
        if line["key_kind"] == "order":
            return key
        if request_id := self._by_row[key].request_id:
            return request_id
        payment = self._by_payment_id.get(key)
        return payment.request.request_id if payment else ""


def _instant(day: date) -> int:
    return day_start(day) + ASKED_AFTER
