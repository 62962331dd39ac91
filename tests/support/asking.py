"""Breaks to be asked about, questions that were put, and a clock that moves when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from assets.inquiries.loop import LoopReceipt, ask_due
from recon.breaks.items import ITEM_SCHEMA
from recon.inquiry.history import HISTORY_SCHEMA
from recon.inquiry.schedule import DueQuestion, Schedule, due_questions
from resources.alipayplus.api import AlipayPlusApi
from resources.journals.inquiries import InquiryJournal

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = 10 * MINUTE


class Clock:
    """Stands still between two moves."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        """Forward, or back."""
        self.now += by


def item(key: str, **changes: Any) -> dict[str, Any]:
    """A payment that Alipay+ reported and our order knows nothing of; 12.34 EUR."""
    return {
        "as_of_day": DAY, "break_id": f"P/ogloba/order/{key}", "family": "P", "break_code": "P01", "severity": "S1",
        "state": "OPEN", "inquiry": "Y", "payment_request_id": key, "source_id": "ogloba", "order_key": key,
        "order_amount_minor": 1234, "currency": "EUR", "amount_at_risk_minor": 1234, "situation": "INIT/1",
    } | changes  # fmt: skip


def items_of(*rows: dict[str, Any] | str) -> pl.DataFrame:
    """The list of a day; a text is the key of a plain item."""
    schema = ITEM_SCHEMA | {"situation": pl.String}
    return pl.DataFrame([item(row) if isinstance(row, str) else row for row in rows], schema=schema)


def asked(key: str, ordinal: int = 1, **changes: Any) -> dict[str, Any]:
    """A question about a plain item that was put at NOW and ended without an answer."""
    at = NOW.replace(tzinfo=None)
    return {
        "question_id": f"{key}-{ordinal}", "break_id": f"P/ogloba/order/{key}", "break_code": "P01",
        "situation": "INIT/1", "ordinal": ordinal, "as_of_day": DAY, "source_id": "ogloba", "order_key": key,
        "asked_id": key, "claimed_at": at, "lease_until": at + LEASE, "outcome": "OUTCOME_UNKNOWN", "counts": True,
        "is_concluding": False, "stops_the_run": False, "told_at": at, "told_seq": ordinal,
    } | changes  # fmt: skip


def history_of(*rows: dict[str, Any]) -> pl.DataFrame:
    """The journal as a table."""
    return pl.DataFrame(list(rows), schema=HISTORY_SCHEMA)


def due_keys(
    items: pl.DataFrame, history: pl.DataFrame, now: datetime = NOW, schedule: Schedule | None = None, **more: Any
) -> list[str]:
    """The ids that are asked about, in order."""
    found = due_questions(items, history, schedule or Schedule(), more.pop("day", DAY), now, **more)
    return [question.asked.asked_id for question in found]


def still_init(questions: Sequence[DueQuestion]) -> dict[str, str | None]:
    """Nothing has changed in our databases."""
    return {question.question_id: "INIT" for question in questions}


class Till:
    """Runs the loop again and again over one list of breaks, as the sensor does."""

    def __init__(self, directory: Path, api: AlipayPlusApi, items: pl.DataFrame, **changes: Any) -> None:
        self.clock = Clock()
        self.schedule = Schedule(**changes)
        self.journal = InquiryJournal(directory, self.schedule)
        self.api, self.items = api, items

    def due(self, **more: Any) -> list[DueQuestion]:
        """What is due now."""
        return list(due_questions(self.items, self.journal.history(), self.schedule, DAY, self.clock(), **more))

    def run(
        self,
        current_states: Callable[[list[DueQuestion]], dict[str, str | None]] = still_init,
        *,
        workers: int = 4,
        by_hand: bool = False,
        lease: timedelta = LEASE,
    ) -> LoopReceipt:
        """Asks what is due now."""
        return ask_due(
            self.api,
            self.journal,
            self.due(by_hand=by_hand),
            current_states=current_states,
            worker="till",
            workers=workers,
            clock=self.clock,
            lease=lease,
        )

    def outcomes(self, column: str = "outcome") -> list[Any]:
        """A column of the journal, in the order of asking."""
        return self.journal.history()[column].to_list()
