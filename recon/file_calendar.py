"""The file calendar: a row for every expected report before it arrives, and how long the server keeps it.

Clearing reports of each set come every day, empty or not; a Settlement Report comes on the settlement days of its
agreement. What is expected follows from agreements and calendars, never from what came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

import polars as pl

from recon.clearing_day import CLEARING_ZONE, REPORTS_READY, days_from, report_date, without_zone
from recon.listing import some_of
from recon.orders import INSTANT
from recon.reports.kinds import CLEARING_REPORTS, SETTLEMENT_REPORTS, ReportKind
from recon.schema import Schema
from recon.settlement.terms import SettlementTerms, terms_of

KEPT_DAYS = 7  # the server may remove older files; the Partner Workspace has them still
LONGEST_CYCLE = 40  # days: no clearing day is due later than so many days after it
_ONE_DAY = timedelta(days=1)


class FileState(StrEnum):
    """What became of an expected report."""

    EXPECTED = "EXPECTED"  # its time has not come
    RECEIVED = "RECEIVED"
    EMPTY = "EMPTY"  # received, without a row: an empty cycle
    LATE = "LATE"  # received, and dated after its time
    PARTIAL = "PARTIAL"  # a seq is missing, or another report of its set
    MISSING = "MISSING"  # its time is over
    OPTIONAL = "OPTIONAL"  # the same, but its sum may have been carried over: whether it was due, B02 says
    SUPERSEDED = "SUPERSEDED"  # an older version of a file that came again
    SET_ASIDE = "SET_ASIDE"  # a person took it out of the way; the note says why
    UNEXPECTED = "UNEXPECTED"  # no agreement has it, or the day is no settlement day


CALENDAR: Schema = {
    "report_date": pl.Date,
    "participant_id": pl.String,
    "participant_agreement_id": pl.String,
    "settlement_currency": pl.String,
    "kind": pl.String,
    "batch_id": pl.String,  # null: not received yet
    "state": pl.String,
    "expected_by": INSTANT,  # null: not expected
    "delivered_at": INSTANT,  # as the source dates the newest file
    "received_at": INSTANT,  # when we landed it
    "file_count": pl.Int64,
    "version": pl.Int64,
    "days_left": pl.Int64,  # until the server forgets it; null once it is landed
    "note": pl.String,
}
WANTING = (FileState.MISSING, FileState.PARTIAL)


@dataclass(frozen=True)
class FileReceipt:
    """One landed version of a report file."""

    kind: ReportKind
    participant_agreement_id: str
    settlement_currency: str
    batch_id: str
    seq: int
    version: int
    report_date: date
    delivered_at: datetime
    received_at: datetime
    row_count: int | None = None  # None: not looked at
    set_aside: str = ""  # why it does not count


@dataclass(frozen=True)
class Expectation:
    """What the configuration lets expect."""

    participant_id: str
    sets: tuple[tuple[str, str], ...]  # agreement and settlement currency
    start_day: date
    grace: timedelta
    terms: tuple[SettlementTerms, ...] = ()  # empty: settlements are neither expected nor unexpected

    def settlement_days(self, agreement: str, currency: str, first: date, last: date) -> frozenset[date]:
        """The days on which some clearing day of a set is due."""
        terms = terms_of(self.terms, agreement, currency)
        begin = max(self.start_day, first - timedelta(days=LONGEST_CYCLE))
        cleared = days_from(begin, last - timedelta(days=1))
        due = (terms.due_day(day) for day in cleared) if terms else ()
        return frozenset(day for day in due if first <= day <= last)


Place = tuple[date, str, str, ReportKind]  # report date, agreement, currency, kind
Row = dict[str, object]


def file_calendar(
    expectation: Expectation, receipts: Iterable[FileReceipt], first: date, last: date, now: datetime
) -> pl.DataFrame:
    """The calendar (CALENDAR) of the report dates from `first` to `last`, as of `now`."""
    calendar = _Calendar(expectation, now, set(_expected(expectation, first, last)))
    for receipt in receipts:
        (calendar.aside if receipt.set_aside else calendar.received)[_place(receipt)].append(receipt)
    order = ("report_date", "participant_agreement_id", "settlement_currency", "kind", "batch_id", "version")
    return pl.DataFrame(list(calendar.rows()), schema=CALENDAR, orient="row").sort(order, nulls_last=True)


def wanting(calendar: pl.DataFrame) -> list[str]:
    """What is missing or incomplete, in words, the first to be lost first."""
    rows = calendar.filter(pl.col("state").is_in(WANTING)).sort("report_date", "participant_agreement_id", "kind")
    return [
        f"{named(row)} is {row['state'].lower()}{_why(row)}, {_left(row['days_left'])}"
        for row in rows.iter_rows(named=True)
    ]


def named(row: Row) -> str:
    """The report of a row of the calendar, in words."""
    return (
        f"{row['kind']} of agreement {row['participant_agreement_id']} in {row['settlement_currency']} "
        f"for {row['report_date']}"
    )


def _expected(expectation: Expectation, first: date, last: date) -> Iterator[Place]:
    for agreement, currency in expectation.sets:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if day >= report_date(expectation.start_day):
                yield from ((day, agreement, currency, kind) for kind in CLEARING_REPORTS)
        for day in expectation.settlement_days(agreement, currency, first, last):
            yield from ((day, agreement, currency, kind) for kind in SETTLEMENT_REPORTS)


def _place(receipt: FileReceipt) -> Place:
    return receipt.report_date, receipt.participant_agreement_id, receipt.settlement_currency, receipt.kind


def _due(place: Place) -> datetime:
    return datetime.combine(place[0], REPORTS_READY, CLEARING_ZONE)


@dataclass(frozen=True)
class _Calendar:
    """What is expected at `now` and what came, by place."""

    expectation: Expectation
    now: datetime
    expected: set[Place]
    received: dict[Place, list[FileReceipt]] = field(default_factory=lambda: defaultdict(list))
    aside: dict[Place, list[FileReceipt]] = field(default_factory=lambda: defaultdict(list))

    def rows(self) -> Iterator[Row]:
        for place, files in self.aside.items():
            yield from (_closed(self._frame(place), file, FileState.SET_ASIDE, file.set_aside) for file in files)
        for place in self.expected | set(self.received):
            if place in self.received:
                yield from self._of_place(place)
            else:
                yield self._frame(place) | self._without_file(place)

    def _frame(self, place: Place) -> Row:
        """What every row of a place says."""
        day, agreement, currency, kind = place
        return {
            "report_date": day,
            "participant_id": self.expectation.participant_id,
            "participant_agreement_id": agreement,
            "settlement_currency": currency,
            "kind": kind.value,
            "expected_by": without_zone(_due(place)) if place in self.expected else None,
            "file_count": 0,
            "days_left": max((day + timedelta(days=KEPT_DAYS) - self.now.astimezone(CLEARING_ZONE).date()).days, 0),
        }

    def _of_place(self, place: Place) -> Iterator[Row]:
        frame, by_batch = self._frame(place), defaultdict[str, list[FileReceipt]](list)
        for receipt in self.received[place]:
            by_batch[receipt.batch_id].append(receipt)
        for batch, files in by_batch.items():
            newest = {file.seq: file for file in sorted(files, key=lambda file: file.version)}
            state, note = self._state(place, batch, newest)
            if state is FileState.RECEIVED and _first_delivery(files) > _due(place) + self.expectation.grace:
                state = FileState.LATE
            days_left = frame["days_left"] if state is FileState.PARTIAL else None
            found = {"batch_id": batch, "state": state, "note": note, "days_left": days_left}
            yield frame | _of_files(list(newest.values())) | found
            for file in files:
                if newest[file.seq] is not file:
                    yield _closed(frame, file, FileState.SUPERSEDED, f"seq {file.seq:03d} came again")

    def _state(self, place: Place, batch: str, newest: Mapping[int, FileReceipt]) -> tuple[FileState, str]:
        day, agreement, currency, kind = place
        if not self._is_known(place):
            return FileState.UNEXPECTED, "no settlement day" if kind in SETTLEMENT_REPORTS else "no such set"
        gap = sorted(set(range(max(newest) + 1)) - newest.keys())
        if gap:
            return FileState.PARTIAL, f"lacks seq {some_of(f'{seq:03d}' for seq in gap)}"
        others = CLEARING_REPORTS if kind in CLEARING_REPORTS else ()
        lacking = [
            other.value
            for other in others
            if not any(file.batch_id == batch for file in self.received.get((day, agreement, currency, other), ()))
        ]
        if lacking:
            return FileState.PARTIAL, f"its set lacks {', '.join(lacking)}"
        is_empty = all(file.row_count == 0 for file in newest.values())
        return (FileState.EMPTY if is_empty else FileState.RECEIVED), ""

    def _is_known(self, place: Place) -> bool:
        """Expected; or a settlement without a contract, or of the time before our first day."""
        day, agreement, currency, kind = place
        expectation = self.expectation
        if place in self.expected or kind not in SETTLEMENT_REPORTS or (agreement, currency) not in expectation.sets:
            return place in self.expected
        terms = terms_of(expectation.terms, agreement, currency)
        return terms is None or (terms.calendar.is_open(day) and day <= terms.due_day(expectation.start_day))

    def _without_file(self, place: Place) -> Row:
        _, agreement, currency, kind = place
        if self.now <= _due(place) + self.expectation.grace:
            return {"state": FileState.EXPECTED, "note": ""}
        terms = terms_of(self.expectation.terms, agreement, currency) if kind in SETTLEMENT_REPORTS else None
        if terms is None or not terms.can_carry_over:
            return {"state": FileState.MISSING, "note": ""}
        return {"state": FileState.OPTIONAL, "note": "carried over, or overdue as break B02"}


def _closed(frame: Row, file: FileReceipt, state: FileState, note: str) -> Row:
    """The row of a version that does not count."""
    return frame | _of_files([file]) | {"batch_id": file.batch_id, "state": state, "note": note, "days_left": None}


def _first_delivery(files: Sequence[FileReceipt]) -> datetime:
    first = {file.seq: file for file in sorted(files, key=lambda file: file.version, reverse=True)}
    return max(file.delivered_at for file in first.values())


def _of_files(files: Sequence[FileReceipt]) -> Row:
    return {
        "delivered_at": without_zone(max(file.delivered_at for file in files)),
        "received_at": without_zone(max(file.received_at for file in files)),
        "file_count": len(files),
        "version": max(file.version for file in files),
    }


def _why(row: Row) -> str:
    return f" ({row['note']})" if row["note"] else ""


def _left(days: object) -> str:
    if not days:
        return "the server may have lost it: fetch it from the Partner Workspace and use recon land"
    return f"the server keeps it {days} more day{'' if days == 1 else 's'}"
