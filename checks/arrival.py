"""What landed is what was expected: every set of every agreement, without a gap, and nothing
unknown. What the calendar still misses is told with the days until the server forgets it.

A clearing set has its three reports every day, with no rows on an empty one. A settlement comes on
business days only, so that a day without one is fine.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime

import dagster as dg
import polars as pl

from assets.landed.asset import LANDED
from assets.landed.calendar import FILE_CALENDAR
from assets.partitions import day_of
from checks.verdict import verdict
from recon.clearing_day import report_date
from recon.file_calendar import FileState, named, wanting
from recon.listing import some_of
from recon.reports.names import ReportKind, ReportName
from resources.landed_files import LandedFile
from resources.landing import Landing
from resources.settings import Settings
from resources.settings.rules import expected_sets
from resources.warehouse import Warehouse

ARRIVED, REISSUED, COMPLETE = "expected_sets_arrived", "not_reissued", "nothing_is_missing"
CALENDAR = FILE_CALENDAR.key
CLEARING = tuple(kind for kind in ReportKind if kind is not ReportKind.SETTLEMENT)
SPECS = [
    dg.AssetCheckSpec(
        COMPLETE,
        asset=CALENDAR,
        description="No report of the last days is missing, partial or unexpected; with the days until it is lost.",
    ),
    *(
        spec
        for asset in LANDED
        for spec in (
            dg.AssetCheckSpec(
                ARRIVED,
                asset=asset.key,
                blocking=True,
                description="Every expected set, no gap in seq, no unknown agreement (F01, F06, F07).",
            ),
            dg.AssetCheckSpec(REISSUED, asset=asset.key, description="No file came again with other content (F02)."),
        )
    ),
]


@dg.multi_asset_check(name="arrival", specs=SPECS)
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
    with warehouse.connect() as connection:
        calendar = connection.execute(
            "SELECT * FROM landed.calendar WHERE as_of_day = ? AND report_date <= ?", [day, report_date(day)]
        ).pl()
    problems = [*wanting(calendar), *unexpected(calendar), *set_aside(calendar)]
    yield verdict(CALENDAR.path, COMPLETE, problems, is_warning=True)
    names = sorted({file.name for file in versions})
    for asset, kind in zip(LANDED, ReportKind, strict=True):
        files = [file for file in versions if file.name.kind is kind]
        problems = problems_of(kind, names, expected, day)
        yield verdict(asset.key.path, ARRIVED, problems, files=len({file.name for file in files}))
        yield verdict(asset.key.path, REISSUED, _reissued(files), is_warning=True)


def problems_of(
    kind: ReportKind, names: Sequence[ReportName], expected: Sequence[tuple[str, str]], day: date
) -> list[str]:
    """Why the files of one kind are not those of this day; `names`: of all its files, in order."""
    own = [name for name in names if name.kind is kind]
    batches = {_set_of(name) for name in names if name.kind in CLEARING}
    return [*strays(kind, names, day), *arrival_problems(kind, own, expected), *forgotten(kind, own, batches)]


def arrival_problems(kind: ReportKind, names: Sequence[ReportName], expected: Sequence[tuple[str, str]]) -> list[str]:
    """Why the files of one kind are not those that were expected."""
    by_set: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for name in names:
        by_set[name.participant_agreement_id, name.settlement_currency][name.batch_id].append(name.seq)
    problems = []
    if kind is not ReportKind.SETTLEMENT:
        problems += [
            f"no {kind.prefix} file came for agreement {agreement} in {currency} (F01)"
            for agreement, currency in expected
            if (agreement, currency) not in by_set
        ]
    for (agreement, currency), batches in sorted(by_set.items()):
        if (agreement, currency) not in expected:
            problems.append(f"{kind.prefix} files of agreement {agreement} in {currency} are not expected (F07)")
        for batch, seqs in sorted(batches.items()):
            missing = sorted(set(range(max(seqs) + 1)) - set(seqs))
            if missing:
                listed = some_of(f"{seq:03d}" for seq in missing)
                problems.append(f"{kind.prefix} batch {batch} of agreement {agreement} lacks seq {listed} (F06)")
    return problems


def forgotten(kind: ReportKind, names: Sequence[ReportName], batches: set[tuple[str, str, str]]) -> list[str]:
    """Clearing batches that other reports of the day have, and this kind has not, though it has others of the set."""
    if kind not in CLEARING:
        return []
    own = {_set_of(name) for name in names}
    sets = {(agreement, currency) for agreement, currency, _ in own}
    return [
        f"no {kind.prefix} file came for batch {batch} of agreement {agreement} in {currency} (F01)"
        for agreement, currency, batch in sorted(batches - own)
        if (agreement, currency) in sets
    ]


def strays(kind: ReportKind, names: Collection[ReportName], day: date) -> list[str]:
    """Clearing files whose batch has the number of another day, and has not all its reports here."""
    kinds: dict[tuple[str, str, str], set[ReportKind]] = defaultdict(set)
    for name in names:
        kinds[_set_of(name)].add(name.kind)
    return [
        f"{name.file_name} holds a batch of {told:%Y-%m-%d} by its number, not of {day} (F08)"
        for name in sorted(names)
        if name.kind is kind and kind in CLEARING and not kinds[_set_of(name)].issuperset(CLEARING)
        if (told := _day_in(name.batch_id)) is not None and told != day
    ]


def _day_in(batch_id: str) -> date | None:
    try:
        return datetime.strptime(batch_id[:8], "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return None


def unexpected(calendar: pl.DataFrame) -> list[str]:
    """Reports that nothing speaks of, such as a settlement on a holiday."""
    rows = calendar.filter(pl.col("state") == FileState.UNEXPECTED).iter_rows(named=True)
    return [f"{named(row)} was not expected: {row['note']}" for row in rows]


def set_aside(calendar: pl.DataFrame) -> list[str]:
    """Reports that a person took out of the way: said every day on which the calendar shows them."""
    rows = calendar.filter(pl.col("state") == FileState.SET_ASIDE).iter_rows(named=True)
    return [f"{named(row)}, batch {row['batch_id']}, was set aside: {row['note']}" for row in rows]


def _set_of(name: ReportName) -> tuple[str, str, str]:
    return name.participant_agreement_id, name.settlement_currency, name.batch_id


def _reissued(files: Sequence[LandedFile]) -> list[str]:
    return [
        f"{file.name.file_name} came again with other content, now version {file.version} (F02)"
        for file in files
        if file.version > 1 and file.version == max(f.version for f in files if f.name == file.name)
    ]
