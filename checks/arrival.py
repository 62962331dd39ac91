"""What landed is what was expected: every set of every agreement, without a gap, and nothing
unknown. What the calendar still misses is shown with the days until the server forgets it.

A clearing set has its reports every day, with no rows on an empty one. A settlement comes on
business days only, so that a day without one is fine.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import groupby

import dagster as dg
import polars as pl

from assets.landed.asset import FILE_CALENDAR, LANDED
from assets.states import day_of
from checks.verdict import stops, verdict, warns
from recon.clearing_day import report_date
from recon.file_calendar import FileState, named, wanting
from recon.reports.kinds import CLEARING_REPORTS, ReportKind
from recon.reports.names import ReportName
from recon.sql_text import sql_text
from resources.landed_files import LandedFile
from resources.landing import Landing
from resources.settings import Settings
from resources.settings.rules import expected_sets
from resources.warehouse import Warehouse

ARRIVED, NOTHING_ELSE = "expected_sets_arrived", "nothing_else_arrived"
REISSUED, COMPLETE = "not_reissued", "nothing_is_missing"
CALENDAR = FILE_CALENDAR.key
Batch = tuple[str, str, str]  # agreement, settlement currency, batch id


def _specs() -> Iterator[dg.AssetCheckSpec]:
    text = "No report of the last days is missing, partial or unexpected; with the days until it is lost."
    yield warns(COMPLETE, CALENDAR, text)
    for asset in LANDED:
        yield stops(ARRIVED, asset.key, "Every report of every expected set, and no gap in seq (F01, F06).")
        yield stops(
            NOTHING_ELSE, asset.key, "No report of an unknown agreement, and no batch of another day (F07, F08)."
        )
        yield warns(REISSUED, asset.key, "No file came again with other content (F02).")


@dg.multi_asset_check(name="arrival", specs=list(_specs()))
def arrival(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    landing: dg.ResourceParam[Landing],
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[dg.AssetCheckResult]:
    """Compare the names of what landed with the configured agreements and with the calendar."""
    day = day_of(context)
    versions = landing.versions(report_date(day))
    expected = expected_sets(settings)
    with warehouse.collecting() as connection:
        calendar = connection.execute(
            "SELECT * FROM landed.calendar WHERE as_of_day = ? AND report_date <= ?", [day, report_date(day)]
        ).pl()
    problems = [*wanting(calendar), *unexpected(calendar), *set_aside(calendar)]
    yield verdict(CALENDAR.path, COMPLETE, problems, is_warning=True)
    names = sorted({file.name for file in versions})
    strays = stray_batches(names, _batches_of_other_days(warehouse, day)) if partial_batches(names) else {}
    for asset, kind in zip(LANDED, ReportKind, strict=True):
        files = [file for file in versions if file.name.kind is kind]
        missing = missing_files(kind, names, expected, strays)
        yield verdict(asset.key.path, ARRIVED, missing, files=len({file.name for file in files}))
        yield verdict(asset.key.path, NOTHING_ELSE, surplus_files(kind, names, expected, strays))
        yield verdict(asset.key.path, REISSUED, _reissued(files), is_warning=True)


def missing_files(
    kind: ReportKind, names: Sequence[ReportName], expected: Sequence[tuple[str, str]], strays: Collection[Batch] = ()
) -> list[str]:
    """Files of a kind that did not come (F01, F06), by name where another report of the batch gives it.

    `names`: all files of the day, in order. `strays`: batches that do not count, since they are of another day.
    """
    own = [name for name in names if _batch(name) not in strays and name.kind is kind]
    problems = []
    if kind in CLEARING_REPORTS:
        batches = {_batch(name) for name in names if name.kind in CLEARING_REPORTS} - set(strays)
        problems += [
            f"no {kind.prefix} file came for agreement {agreement} in {currency} (F01)"
            for agreement, currency in expected
            if (agreement, currency) not in {batch[:2] for batch in batches}
        ]
        others = {_batch(name): name for name in reversed(names)}
        problems += [
            f"no {kind.prefix} file came for batch {batch[2]} of agreement {batch[0]} in {batch[1]}: "
            f"{replace(others[batch], kind=kind, seq=0).file_name} is missing (F01)"
            for batch in sorted(batches - {_batch(name) for name in own})
        ]
    for (agreement, _, batch_id), files in groupby(own, key=_batch):
        by_seq = {name.seq: name for name in files}
        problems += [
            f"{kind.prefix} batch {batch_id} of agreement {agreement} lacks seq {seq:03d}: "
            f"{replace(by_seq[max(by_seq)], seq=seq).file_name} is missing (F06)"
            for seq in range(max(by_seq))
            if seq not in by_seq
        ]
    return problems


def surplus_files(
    kind: ReportKind, names: Sequence[ReportName], expected: Sequence[tuple[str, str]], strays: Mapping[Batch, str]
) -> list[str]:
    """Files of a kind that are not of this day: of a set that nothing expects (F07), or of a stray batch (F08)."""
    own = [name for name in names if name.kind is kind]
    return [
        *(
            f"{kind.prefix} files of agreement {agreement} in {currency} are not expected (F07): "
            f"{', '.join(name.file_name for name in own if _set(name) == (agreement, currency))}"
            for agreement, currency in sorted({_set(name) for name in own} - set(expected))
        ),
        *(
            f"{name.file_name} holds a batch of another day, {name.batch_id}: {strays[_batch(name)]} (F08)"
            for name in own
            if _batch(name) in strays
        ),
    ]


def stray_batches(names: Collection[ReportName], came_before: Mapping[Batch, date]) -> dict[Batch, str]:
    """Clearing batches of another day and how that is known; never one that has all its reports here.

    `came_before`: batches that other days have, and their day. What the number of a batch says of its day is not
    documented: it is compared with that of the batches of the same set that more reports have, and counts only then.
    """
    kinds, partial = _kinds(names), partial_batches(names)
    strays = {
        batch: f"its other reports came for {came_before[batch]:%Y-%m-%d}" for batch in partial if batch in came_before
    }
    for batch, found in partial.items():
        fuller = [
            other[2]
            for other in sorted(kinds)
            if other[:2] == batch[:2] and len(kinds[other]) > len(found) and other not in came_before
        ]
        days, own = set(map(_day_in, fuller)), _day_in(batch[2])
        if batch not in strays and fuller and own is not None and not {own, None} & days:
            strays[batch] = f"the other reports of its set are of {', '.join(fuller)}"
    return strays


def partial_batches(names: Collection[ReportName]) -> dict[Batch, set[ReportKind]]:
    """Clearing batches that not all reports came of, with those that did."""
    return {batch: found for batch, found in _kinds(names).items() if not found.issuperset(CLEARING_REPORTS)}


def _kinds(names: Collection[ReportName]) -> dict[Batch, set[ReportKind]]:
    kinds: dict[Batch, set[ReportKind]] = defaultdict(set)
    for name in names:
        if name.kind in CLEARING_REPORTS:
            kinds[_batch(name)].add(name.kind)
    return kinds


def _batches_of_other_days(warehouse: Warehouse, day: date) -> dict[Batch, date]:
    """The clearing batches whose reports were parsed for another day, and that day."""
    kinds = [kind.value for kind in CLEARING_REPORTS]
    with warehouse.connect() as connection:
        rows = connection.execute(sql_text("checks", "batches_of_other_days"), [day, kinds]).fetchall()
    return {(agreement, currency, batch): other for agreement, currency, batch, other in rows}


def _day_in(batch_id: str) -> date | None:
    try:
        return datetime.strptime(batch_id[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def unexpected(calendar: pl.DataFrame) -> list[str]:
    """Reports that nothing announces, such as a settlement on a holiday."""
    rows = calendar.filter(pl.col("state") == FileState.UNEXPECTED).iter_rows(named=True)
    return [f"{named(row)} was not expected: {row['note']}" for row in rows]


def set_aside(calendar: pl.DataFrame) -> list[str]:
    """Reports that a person took out of the way: said every day on which the calendar shows them."""
    rows = calendar.filter(pl.col("state") == FileState.SET_ASIDE).iter_rows(named=True)
    return [f"{named(row)}, batch {row['batch_id']}, was set aside: {row['note']}" for row in rows]


def _set(name: ReportName) -> tuple[str, str]:
    return name.participant_agreement_id, name.settlement_currency


def _batch(name: ReportName) -> Batch:
    return *_set(name), name.batch_id


def _reissued(files: Sequence[LandedFile]) -> list[str]:
    return [
        f"{file.name.file_name} came again with other content, now version {file.version} (F02)"
        for file in files
        if file.version > 1 and file.version == max(f.version for f in files if f.name == file.name)
    ]
