"""Answers of Alipay+ stored in our orders databases: only where it is configured, only while an order is INIT.

For each answer: the intention goes into the journal, then the order is looked at, changed and looked at again in one
transaction, then the result goes into the journal. A run that is killed in between leaves an intention without
result; the next run looks at the order and either says that it has left INIT, or stores the answer after all: the
order itself decides, so that no answer is stored twice. Which answer may be stored as what: `recon.inquiry.write_back`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from assets.inquiries.write_answer import LATE, ROWS_SCHEMA, Answer, WriteRecord, Writing, reason_against, row_of
from recon.clearing_day import Clock
from recon.errors import BusyError
from recon.inquiry.write_back import STATE_OF, WriteResult, final_answers
from recon.orders import PayState
from resources.files import try_lock
from resources.journals.inquiries import InquiryJournal
from resources.orders_db.snapshot import Snapshot, snapshot
from resources.orders_db.write import look, writable
from resources.settings import read_secret
from resources.settings.orders import OrdersSource, WriteBack
from resources.waiting import wait_for

ANSWERS_AT_ONCE = 200
LOCK_FILE = "write_back.lock"
LOCK_WAIT_SECONDS = 120.0


@dataclass(frozen=True)
class WriteBackReceipt:
    """What became of the answers that this run had to store. `rows`: ROWS_SCHEMA, one for each of them."""

    rows: pl.DataFrame

    def count(self, result: WriteResult) -> int:
        """How many answers ended so."""
        return self.rows.filter(pl.col("result") == result).height


def store_results(
    sources: Sequence[OrdersSource],
    journal: InquiryJournal,
    answers: pl.DataFrame,
    *,
    clock: Clock,
    environ: Mapping[str, str] = os.environ,
    dry_run: bool = False,
) -> WriteBackReceipt:
    """Stores the final answers of `answers` (ANSWER_SCHEMA, as `journal.evidence` gives them) that are not stored yet.

    Only for sources whose `write_back` is enabled; a dry run looks at every source that has the section, with the
    account that reads, and changes nothing. ConfigurationError: the statement is wrong. OrdersError: it does something
    else than to change one order, which was rolled back; or the database is not there. BusyError: another run stores.
    """
    first = final_answers(journal.evidence(date.max))  # of all days: which answer came first does not depend on the day
    wanted = first.join(answers, on="question_id", how="semi", maintain_order="left")
    due = wanted.join(_asked(journal), on="question_id", how="left", maintain_order="left")
    rows: list[WriteRecord] = []
    for source in sources:
        mine = due.filter(pl.col("source_id") == source.id)
        write_back = source.write_back
        if mine.is_empty() or write_back is None or not (write_back.enabled or dry_run):
            continue
        _, settled = _known(journal, source)
        mine = mine.filter(~pl.col("order_key").is_in(list(settled)))
        if dry_run:
            rows += _previewed(source, write_back, mine, clock().astimezone(UTC), environ)
        elif mine.height:
            rows += _stored(source, write_back, journal, mine, clock, environ)
    return WriteBackReceipt(pl.DataFrame(rows, schema=ROWS_SCHEMA))


def _asked(journal: InquiryJournal) -> pl.DataFrame:
    """question_id, asked_reference: what was asked about by our own reference."""
    by_reference = journal.history().filter(pl.col("asked_by") == "paymentRequestId")
    return by_reference.select("question_id", pl.col("asked_id").alias("asked_reference"))


def _previewed(
    source: OrdersSource, write_back: WriteBack, answers: pl.DataFrame, now: datetime, environ: Mapping[str, str]
) -> Iterator[WriteRecord]:
    with snapshot(source, read_secret(source.url_env, environ), now) as taken:
        done: set[str] = set()
        for answer in answers.iter_rows(named=True):
            if answer["is_late"] or answer["order_key"] not in done:
                yield _noted(_preview(source, write_back, taken, answer), done)


def _preview(source: OrdersSource, write_back: WriteBack, taken: Snapshot, answer: Answer) -> WriteRecord:
    if answer["is_late"]:
        return row_of(answer, WriteResult.REFUSED, reason=LATE)
    seen = look(taken, source, answer["order_key"])
    if isinstance(seen, str):
        return row_of(answer, WriteResult.REFUSED, reason=seen)
    if seen.row["pay_state"] != PayState.INIT:
        return row_of(answer, WriteResult.NOT_INIT, seen)
    if reason := reason_against(answer, seen, write_back):
        return row_of(answer, WriteResult.REFUSED, seen, reason=reason)
    return row_of(answer, WriteResult.WOULD_STORE, seen, STATE_OF[answer["answer"]])


def _stored(
    source: OrdersSource,
    write_back: WriteBack,
    journal: InquiryJournal,
    answers: pl.DataFrame,
    clock: Clock,
    environ: Mapping[str, str],
) -> Iterator[WriteRecord]:
    with writable(source, write_back, read_secret(write_back.url_env, environ)) as orders:
        for some in answers.iter_slices(ANSWERS_AT_ONCE):
            with _alone(journal.path.with_name(LOCK_FILE)):
                intended, done = _known(journal, source)
                for answer in some.iter_rows(named=True):
                    if answer["is_late"] or answer["order_key"] not in done:
                        was_intended = answer["question_id"] in intended
                        writing = Writing(source, write_back, journal, orders, clock, answer, was_intended)
                        yield _noted(writing.settle(), done)


def _noted(record: WriteRecord, done: set[str]) -> WriteRecord:
    """Keeps the order in mind unless the answer was refused: an equal answer that came later is not needed."""
    if record["result"] != WriteResult.REFUSED:
        done.add(record["order_key"])
    return record


def _known(journal: InquiryJournal, source: OrdersSource) -> tuple[set[str], set[str]]:
    """Of one source: question_id of answers whose writing was begun, order_key of orders whose result is known."""
    writes = journal.writes().filter(pl.col("source_id") == source.id)
    return set(writes["question_id"]), set(writes.filter(pl.col("result").is_not_null())["order_key"])


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One writer at a time on this machine, so that the journal says who stored what; dies with its process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        if not wait_for(lambda: try_lock(file) or None, LOCK_WAIT_SECONDS, lambda: "another run, which stores answers"):
            raise BusyError("another run stores answers", where=str(path), do="Wait for it to end")
        yield
