"""The questions of one clearing day: which are due, asking them, and which answers the list does not show yet.

What is due comes from the published copy and the journal, so that nothing is locked while Alipay+ is asked. The list
itself changes only when the day is run again: an answer is evidence of that run, not an edit.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from assets.inquiries.loop import LoopReceipt, ask_due, states_now
from assets.inquiries.write_back import WriteBackReceipt, store_results
from recon.clearing_day import Clock
from recon.errors import ConfigurationError
from recon.inquiry.history import CHAIN, without_leases
from recon.inquiry.schedule import DueQuestion, Schedule, due_questions
from recon.inquiry.verdicts import CONCLUDING, NO_ANSWER
from resources.alipayplus.api import AlipayPlusApi
from resources.journals.inquiries import InquiryJournal, require_whole
from resources.orders_db.db import OrdersDb
from resources.published import Published
from resources.settings import Settings
from resources.settings.rules import schedule_of
from resources.state_lock import QUEUED_SECONDS

OpenApi = Callable[[Clock], AbstractContextManager[AlipayPlusApi]]


@dataclass(frozen=True)
class DayAsked:
    """What a run did. `news`: answers that the list of the day does not show yet. `stored`: None if not offered."""

    receipt: LoopReceipt
    stored: WriteBackReceipt | None
    news: pl.DataFrame
    for_a_person: pl.DataFrame

    @property
    def concluded(self) -> int:
        """Answers of this run after which no one asks again."""
        return sum(self.receipt.by_outcome.get(name, 0) for name in CONCLUDING)


@dataclass(frozen=True)
class InquiryService:
    """All that is needed to ask about a day."""

    settings: Settings
    published: Published
    journal: InquiryJournal
    orders_db: OrdersDb
    open_api: OpenApi
    clock: Clock
    wait_seconds: float = QUEUED_SECONDS  # for another process that asks

    def ask(self, day: date, *, worker: str, by_hand: bool, write_back: bool | None = None) -> DayAsked:
        """Asks what is due, keeps what is said, and stores final results where that is configured.

        `write_back`: None as configured, False not now. ConfigurationError if something needed is not configured;
        JournalError if the journal has lost what the list shows; BusyError if another process asks too long.
        """
        self.settings.wanted_inquiry()
        with self.published.kept_open():
            self.published.require_proved(day)
            require_whole(self.published.evidence(day), self.journal.evidence(day))
        self._require_write_back(write_back)
        with self.journal.alone(f"questions about {day}", self.wait_seconds):
            return self._asked(day, worker, by_hand=by_hand, write_back=write_back)

    def _asked(self, day: date, worker: str, *, by_hand: bool, write_back: bool | None) -> DayAsked:
        schedule = schedule_of(self.settings)
        with self.open_api(self.clock) as api:
            receipt = ask_due(
                api,
                self.journal,
                due_on(self.published, self.journal, schedule, day, self.clock(), by_hand=by_hand),
                current_states=states_now(self.orders_db, self.clock),
                worker=worker,
                workers=self.settings.wanted_inquiry().workers,
                clock=self.clock,
            )
        evidence = self.journal.evidence(day)
        with self.published.kept_open():
            items, shown = self.published.items(day), self.published.evidence(day)
        return DayAsked(
            receipt,
            self._stored(evidence, write_back),
            unused_answers(items, shown, evidence),
            for_a_person(items, evidence),
        )

    def _require_write_back(self, write_back: bool | None) -> None:
        if write_back and not self._may_write:
            raise ConfigurationError(
                "no [[orders]] has an enabled write_back",
                where="recon.toml",
                do="Write [orders.write_back] as docs/CONFIGURATION.md explains",
            )

    @property
    def _may_write(self) -> bool:
        return any(source.write_back is not None and source.write_back.enabled for source in self.settings.orders)

    def _stored(self, evidence: pl.DataFrame, write_back: bool | None) -> WriteBackReceipt | None:
        if write_back is False or not self._may_write:
            return None
        return store_results(self.settings.orders, self.journal, evidence, clock=self.clock)


def due_on(
    published: Published,
    journal: InquiryJournal,
    schedule: Schedule,
    day: date,
    now: datetime,
    *,
    by_hand: bool = False,
) -> list[DueQuestion]:
    """What is to be asked now about a day, most urgent first; a lease of a dead process keeps no one from asking."""
    history = journal.history() if journal.asked_by else without_leases(journal.history())
    return list(due_questions(published.items(day), history, schedule, day, now, by_hand=by_hand))


def unused_answers(items: pl.DataFrame, shown: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Answers that the journal keeps about breaks of a list, and that the list does not show yet (ANSWER_SCHEMA).

    `shown` and `kept`: the evidence of the list and of the journal. One more question without an answer is no news.
    """
    answered = kept.filter(~(pl.col("is_planned") & (pl.col("answer") == NO_ANSWER)))
    about_these = answered.join(items, on=CHAIN, how="semi")
    return about_these.join(shown, on=[*CHAIN, "answer", "is_planned"], how="anti")


def for_a_person(items: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Breaks of a list that were asked about as often as planned, without a final answer.

    break_id, break_code, payment_request_id, provider_transaction_id, asked_count, answer.
    """
    exhausted = kept.filter(~pl.col("is_planned"), ~pl.col("answer").is_in(CONCLUDING))
    names = ("break_id", "break_code", "payment_request_id", "provider_transaction_id")
    joined = items.select(*names, "situation").join(exhausted.select(*CHAIN, "asked_count", "answer"), on=CHAIN)
    return joined.drop("situation").sort("break_id")
