"""One answer on its way into one order: looked at, intended, changed, proved, recorded.

Before and after, it holds what `recon.inquiry.write_back` requires; the transactions are those of
`resources.orders_db.write`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl

from recon.clearing_day import Clock
from recon.errors import OrdersError
from recon.inquiry.fields import Fields, json_object
from recon.inquiry.write_back import ANSWER_FIELDS, STATE_OF, WriteResult, misread, objection, spoiled
from recon.listing import counted
from recon.orders import PayState
from recon.schema import Schema
from resources.journals.inquiries import InquiryJournal
from resources.orders_db.input_contract import AHEAD
from resources.orders_db.write import RacedError, RefusedError, SeenOrder, WritableOrders
from resources.settings.orders import OrdersSource, WriteBack

TRIES = 5
LATE = "an earlier answer about this order says something else; that one counts"
KILLED = "an earlier run ended before it could say what became of it"

Answer = Mapping[str, Any]
WriteRecord = dict[str, str]
ROWS_SCHEMA: Schema = {
    "source_id": pl.String,
    "order_key": pl.String,
    "question_id": pl.String,
    "before": pl.String,  # PayState; empty if it was not looked at
    "after": pl.String,  # PayState, as it is now, or as it would be after a dry run
    "result": pl.String,  # WriteResult
    "reason": pl.String,
}


@dataclass
class Writing:
    """One answer on its way into one order."""

    source: OrdersSource
    write_back: WriteBack
    journal: InquiryJournal
    orders: WritableOrders
    clock: Clock
    answer: Answer
    was_intended: bool  # by a run that was killed
    is_intended: bool = False

    def settle(self) -> WriteRecord:
        """What became of it. Whoever changes the order first wins."""
        if self.answer["is_late"]:
            return self._refused(LATE)
        for _ in range(TRIES):
            try:
                return self._once()
            except RacedError:
                continue
            except RefusedError as error:
                return self._refused(str(error))
        return self._refused("other sessions keep changing the order")

    def _once(self) -> WriteRecord:
        now = self.clock()
        with self.orders.transaction():
            seen = self.orders.look(self.answer["order_key"], now)
            if isinstance(seen, str):
                return self._refused(seen)
            if seen.row["pay_state"] != PayState.INIT:
                return self._left_init(seen)
            if reason := reason_against(self.answer, seen, self.write_back):
                return self._refused(reason, seen)
            self._intend(seen)
            changed = self.orders.change(self._values(seen, now))
            if changed == 1:
                after = self._proved(seen, now)
                self.orders.commit()
                return self._recorded(WriteResult.STORED, seen, after)
            if changed != 0:
                what = (
                    "does not report how many rows it changed"
                    if changed is None
                    else f"changed {counted(changed, 'row')}"
                )
                raise self._wrong(f"the statement {what}, instead of one row")
        return self._untouched(seen)

    def _untouched(self, before: SeenOrder) -> WriteRecord:
        """No row was changed. The order has left INIT, or the statement did not find it."""
        with self.orders.transaction():
            seen = self.orders.look(self.answer["order_key"], self.clock())
            if isinstance(seen, SeenOrder) and seen.row["pay_state"] != PayState.INIT:
                return self._left_init(seen)
        return self._refused("the order is INIT, but the statement did not change it", before)

    def _left_init(self, seen: SeenOrder) -> WriteRecord:
        is_as_answered = seen.row["pay_state"] == STATE_OF[self.answer["answer"]]
        result = WriteResult.FOUND if self.was_intended and is_as_answered else WriteResult.NOT_INIT
        self._intend(seen)
        return self._recorded(result, seen, seen, KILLED if self.was_intended else "")

    def _intend(self, seen: SeenOrder) -> None:
        if not (self.was_intended or self.is_intended):
            self.journal.intend_write(self.answer["question_id"], _plain(seen), self.clock())
        self.is_intended = True

    def _values(self, seen: SeenOrder, now: datetime) -> dict[str, Any]:
        """Every name that the statement may bind."""
        return {
            "order_key": seen.stored_key,
            "payment_request_id": seen.row["payment_request_id"],
            "pay_state": self.write_back.words[STATE_OF[self.answer["answer"]]],
            **{name: _aware(value) for name, value in self._answer_values().items()},
            "answered_at": _aware(self.answer["answered_at"]),
            "stored_at": now,
            "as_of_utc": now,
        }

    def _answer_values(self) -> dict[str, Any]:
        """What the answer says, of the names that the statement binds. The wallet is only in the reply itself."""
        names = [name for name in ANSWER_FIELDS if name in self.orders.names]
        values = {name: self.answer.get(name) for name in names}
        if values.get("psp_id", "") is None:
            values["psp_id"] = _psp_id(self.journal, self.answer["question_id"])
        return values

    def _proved(self, before: SeenOrder, now: datetime) -> SeenOrder:
        """The order after the statement; nothing else than its result may have changed."""
        after = self.orders.look(self.answer["order_key"], now)
        if isinstance(after, str) or after.row["pay_state"] == PayState.INIT:  # the clock of its database runs ahead
            after = self.orders.look(self.answer["order_key"], now + AHEAD)
        if isinstance(after, str):
            raise self._wrong(f"after the statement {after}")
        if names := spoiled(STATE_OF[self.answer["answer"]], before.row, after.row):
            raise self._wrong(f"after the statement {', '.join(names)} of the order is not as it should be")
        if names := misread(self._answer_values(), before.row, after.row, self.source.naive_timezone):
            raise self._wrong(f"after the statement the order shows another {', '.join(names)} than was stored")
        return after

    def _wrong(self, what: str) -> OrdersError:
        do = "Correct the statement; it was rolled back"
        return OrdersError(what, where=self.orders.where, do=do)

    def _refused(self, reason: str, seen: SeenOrder | None = None) -> WriteRecord:
        return row_of(self.answer, WriteResult.REFUSED, seen, reason=reason)

    def _recorded(self, result: WriteResult, before: SeenOrder, after: SeenOrder, reason: str = "") -> WriteRecord:
        self.journal.record_write(self.answer["question_id"], result.value, _plain(after), self.clock())
        return row_of(self.answer, result, before, after, reason)


def _psp_id(journal: InquiryJournal, question_id: str) -> str | None:
    for reply in journal.replies([question_id]):
        try:
            return Fields(json_object(str(reply["reply_body"]).encode())).text("pspId") or None
        except (ValueError, RecursionError):
            return None
    return None


def reason_against(answer: Answer, seen: SeenOrder, write_back: WriteBack) -> str:
    """Why an answer is not stored in an order that is INIT; empty if there is no objection."""
    state = STATE_OF[answer["answer"]]
    return objection(answer, seen.row) if state in write_back.words else f"write_back.states has no word for {state}"


def row_of(
    answer: Answer,
    result: WriteResult,
    before: SeenOrder | None = None,
    after: SeenOrder | str | None = None,
    reason: str = "",
) -> WriteRecord:
    """A row of ROWS_SCHEMA."""
    record = {name: str(answer[name]) for name in ("source_id", "order_key", "question_id")}
    was = str(before.row["pay_state"]) if before else ""
    now = str(after.row["pay_state"]) if isinstance(after, SeenOrder) else after or was
    return record | {"before": was, "after": now, "result": result.value, "reason": reason}


def _plain(seen: SeenOrder) -> dict[str, Any]:
    """What the journal keeps of an order."""
    there = {name: value for name, value in seen.row.items() if value is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in there.items()}


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
