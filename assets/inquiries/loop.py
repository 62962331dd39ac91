"""The loop that asks Alipay+: stores each question, asks it, stores what came back, one worker thread each.

    receipt = ask_due(api, journal, due, current_states=states_now(orders_db, clock), worker=..., workers=4, clock=...)

It may be killed at any point: what is stored is true, and what is not stored was not used. It holds neither the
warehouse nor more than a few questions at a time. What is due, and what an answer means: not here.
"""

from __future__ import annotations

import threading
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby, islice

from recon.clearing_day import Clock
from recon.inquiry import Answered, NotSent, Outcome, Unanswered
from recon.inquiry.history import kind_of
from recon.inquiry.schedule import DueQuestion
from recon.orders import PayState
from resources.alipayplus.api import AlipayPlusApi
from resources.journals.inquiries import InquiryJournal
from resources.orders_db.db import OrdersDb

LEASE = timedelta(minutes=10)
LONGEST_REPLY = timedelta(minutes=4)  # of a question that leaves at the last moment; the lease outlasts it
READ_AGAIN_SECONDS = 10.0  # orders are looked at as long before their question leaves
MOST_READ = 300  # orders in one look
GIVE_UP_AFTER = 20  # questions in a row that could not be sent
UNREACHABLE = "Alipay+ cannot be reached"
CurrentStates = Callable[[list[DueQuestion]], Mapping[str, str | None]]


@dataclass
class LoopReceipt:
    """What a run did, counted as it goes on: no outcome is held, only 4 bytes for each latency."""

    asked: int = 0  # questions that were put to Alipay+, or tried
    answered: int = 0
    skipped: int = 0  # their orders had left INIT, or were gone
    taken_elsewhere: int = 0  # somebody else asks or asked them
    by_outcome: Counter[str] = field(default_factory=Counter)  # the finding of an answer, else the kind of failure
    stopped: str = ""  # why it ended before its list did, or empty
    unsent_in_a_row: int = 0
    latencies: array[int] = field(default_factory=lambda: array("I"))  # milliseconds

    def add(self, outcome: Outcome | None, *, was_ended: bool) -> None:
        """One question that ended; None: it was not ours to ask."""
        if outcome is None:
            self.taken_elsewhere += not was_ended
            return
        self.asked += 1
        self.answered += isinstance(outcome, Answered)
        self.by_outcome[outcome.finding.name if isinstance(outcome, Answered) else kind_of(outcome).value] += 1
        self.latencies.append(round(outcome.exchange.latency_seconds * 1000))
        self.unsent_in_a_row = self.unsent_in_a_row + 1 if isinstance(outcome, NotSent) else 0
        if not self.stopped and isinstance(outcome, Unanswered) and outcome.stops_the_run:
            self.stopped = f"{outcome.reason.value} {outcome.code}".strip()
        if not self.stopped and self.unsent_in_a_row >= GIVE_UP_AFTER:
            self.stopped = UNREACHABLE

    @property
    def latency_ms(self) -> dict[str, int]:
        """p50, p95, max; empty if nothing was asked."""
        if not self.latencies:
            return {}
        ordered = sorted(self.latencies)
        last = len(ordered) - 1
        return {"p50": ordered[last // 2], "p95": ordered[last * 95 // 100], "max": ordered[last]}


def ask_due(
    api: AlipayPlusApi,
    journal: InquiryJournal,
    due: Iterable[DueQuestion],
    *,
    current_states: CurrentStates,
    worker: str,
    workers: int = 4,
    clock: Clock,
    lease: timedelta = LEASE,
) -> LoopReceipt:
    """Asks them in order. `worker`: a name of this run that no other has; `clock`: for instants that are stored.

    The first question goes alone, so that a refused key is noticed by one. After an outcome that stops the run
    nothing more is sent.
    """
    run = _Run(api, journal, current_states, worker, clock, lease)
    questions = run.still_wanted(due)
    with ThreadPoolExecutor(workers, thread_name_prefix="inquiry") as pool:
        try:
            while not run.receipt.asked and (first := next(questions, None)):
                run.take([pool.submit(run.ask, first)])
            run.take_as_they_come((pool.submit(run.ask, question) for question in questions), workers)
        finally:
            run.ended.set()  # what waits in the pool is not sent; what was sent is stored
    return run.receipt


def states_now(orders_db: OrdersDb, clock: Clock) -> CurrentStates:
    """Looks orders up in their own databases, one question to each database."""

    def look(questions: list[DueQuestion]) -> dict[str, str | None]:
        states: dict[str, str | None] = {}
        by_source = sorted(questions, key=lambda question: question.source_id)
        for source_id, group in groupby(by_source, key=lambda question: question.source_id):
            asked = list(group)
            found = orders_db.current_states(source_id, [each.order_key for each in asked], clock())
            known = dict(found.select("order_key", "pay_state").iter_rows())
            states |= {each.question_id: known.get(each.order_key) for each in asked}
        return states

    return look


class _Run:
    """What the threads of one run share."""

    def __init__(
        self,
        api: AlipayPlusApi,
        journal: InquiryJournal,
        current_states: CurrentStates,
        worker: str,
        clock: Clock,
        lease: timedelta,
    ) -> None:
        self._api, self._journal, self._current_states = api, journal, current_states
        self._worker, self._clock, self._lease = worker, clock, lease
        self._within = (lease - min(LONGEST_REPLY, lease / 2)).total_seconds()
        self.ended = threading.Event()
        self.receipt = LoopReceipt()

    def still_wanted(self, due: Iterable[DueQuestion]) -> Iterator[DueQuestion]:
        """Orders that should be INIT are read again just before; the others are not asked about any more."""
        left = iter(due)
        while not self.ended.is_set() and (chunk := list(islice(left, self._at_once()))):
            to_read = [question for question in chunk if question.is_for_init and question.order_key]
            states = self._current_states(to_read) if to_read else {}
            gone = {
                question: state or ""
                for question in to_read
                if (state := states.get(question.question_id)) != PayState.INIT
            }
            if gone:
                self.receipt.skipped += self._journal.skip(gone, self._worker, self._clock())
            yield from (question for question in chunk if question not in gone)

    def ask(self, question: DueQuestion) -> Outcome | None:
        """One question, in a thread of its own; None if it is not ours to ask."""
        if self.ended.is_set() or not self._journal.claim([question], self._worker, self._clock(), self._lease):
            return None
        outcome = self._api.ask(question.asked, within_seconds=self._within)
        if isinstance(outcome, Unanswered) and outcome.stops_the_run:
            self.ended.set()
        self._journal.record(question, outcome, self._clock())
        return outcome

    def take(self, asked: Iterable[Future[Outcome | None]]) -> None:
        """Counts what ended; ends the run when it should end."""
        for each in asked:
            self.receipt.add(each.result(), was_ended=self.ended.is_set())
            if self.receipt.stopped:
                self.ended.set()

    def take_as_they_come(self, asked: Iterator[Future[Outcome | None]], most: int) -> None:
        """Holds `most` questions at a time."""
        waiting = set[Future[Outcome | None]]()
        for each in asked:
            waiting.add(each)
            if len(waiting) >= most:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                self.take(done)
            if self.ended.is_set():
                break
        self.take(wait(waiting).done)

    def _at_once(self) -> int:
        """As many as are asked within a few seconds at the present pace."""
        interval = self._api.pace.interval
        wanted = READ_AGAIN_SECONDS / interval if interval else MOST_READ
        return round(min(max(wanted, 1), MOST_READ))
