"""What was parsed is what was delivered: readable, complete by its own totals, understood, inside
its cycle.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import dagster as dg
import duckdb
import polars as pl

from assets.parsed.asset import PARSED
from assets.states import day_of
from assets.tied_out.residuals import residuals_of_day
from assets.tied_out.step import edges_of_day
from checks.verdict import stops, verdict, warns
from recon.identities import CONTENT
from recon.listing import counted
from recon.matching.plan import sql
from recon.reports.kinds import ReportKind
from recon.settlement.edges import ALL_BATCHES
from recon.sql_text import sql_text
from recon.tie_out import CONTROL_TOTALS, Row, Verdict, figure
from recon.tie_out.residuals import NO_LINE
from resources.parsed_rows import current_rows
from resources.settings import Settings
from resources.warehouse import Warehouse

READABLE, TOTALS, QUARANTINE = "newest_version_is_readable", "totals_equal_rows", "quarantine_is_tolerated"
COUNTED = (TOTALS, QUARANTINE)
NAMES, IN_CYCLE, KNOWN = "content_agrees_with_name", "rows_are_in_the_cycle", "types_are_known"
COMPARABLE = "amounts_can_be_compared"
DETAIL = dg.AssetKey(["parsed", ReportKind.TRANSACTION_DETAIL.value])
SET_KEY = ("participant_agreement_id", "settlement_currency", "batch_id")
ONE_DAY = timedelta(days=1)


def _specs() -> Iterator[dg.AssetCheckSpec]:
    for asset, kind in zip(PARSED, ReportKind, strict=True):
        key = asset.key
        yield stops(READABLE, key, "The newest version of each file can be read (F05).")
        yield stops(QUARANTINE, key, "No more lines put aside than are tolerated.")
        yield stops(NAMES, key, f"Contents are of the batch, agreement and day that the file is named by ({CONTENT}).")
        if own_totals := kind.definition.own_totals:
            yield stops(TOTALS, key, f"Count and signed sum equal the summary section (F03; {'; '.join(own_totals)}).")
    yield stops(IN_CYCLE, DETAIL, "Every row happened on the clearing day in UTC+8 (F08).")
    yield stops(COMPARABLE, DETAIL, "Every payment and refund has an amount and a currency to compare with ours.")
    yield warns(KNOWN, DETAIL, "No transaction type that the layout does not know (F04).")


@dg.multi_asset_check(name="parsed_files", specs=list(_specs()))
def parsed_files(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[dg.AssetCheckResult]:
    """Look at what is recorded of the files and at the totals."""
    day = day_of(context)
    tolerated = settings.tolerance.quarantined_rows
    with warehouse.connect() as connection:
        files = connection.execute("SELECT * FROM parsed.files WHERE clearing_day = ? ORDER BY file_id", [day]).pl()
        edges = edges_of_day(connection, warehouse, day)
        details = current_rows(connection, warehouse, ReportKind.TRANSACTION_DETAIL, day)
        outside, bare = _outside(connection, details, day), _without_amount(connection, details)
        unknown = _unknown(connection, details, (*settings.reports.payment_types, *settings.reports.refund_types))
        put_aside, foreign = _put_aside(connection, day), foreign_content(connection, day)
        if not foreign.get(ReportKind.FEE.value):
            foreign[ReportKind.FEE.value] = fees_of_day_before(connection, warehouse, day)
        behind = residuals_of_day(connection, warehouse, day, edges)
    for asset, kind in zip(PARSED, ReportKind, strict=True):
        of_kind = files.filter(pl.col("kind") == kind.value)
        key = asset.key.path
        yield verdict(key, READABLE, unreadable(of_kind))
        lines = put_aside.get(kind.value, [])
        yield verdict(key, QUARANTINE, lines if len(lines) > tolerated else [], lines=len(lines))
        yield verdict(key, NAMES, foreign.get(kind.value, []))
        if own_totals := kind.definition.own_totals:
            own = pl.col("edge").is_in(own_totals)
            yield verdict(key, TOTALS, unequal(edges.filter(own), behind, files), behind=behind.filter(own))
    yield verdict(DETAIL.path, IN_CYCLE, outside)
    yield verdict(DETAIL.path, COMPARABLE, bare)
    yield verdict(DETAIL.path, KNOWN, unknown, is_warning=True)


def unreadable(files: pl.DataFrame) -> list[str]:
    """Files whose newest version could not be read."""
    newest = files.filter(pl.col("version") == pl.col("version").max().over("file_name"))
    return [str(finding) for finding in newest.filter(~pl.col("is_valid"))["finding"]]


def unequal(edges: pl.DataFrame, behind: pl.DataFrame, files: pl.DataFrame) -> list[str]:
    """Edges whose two totals differ, and files without a summary section to compare with.

    `behind`: the rows behind what is left over (RESIDUAL_SCHEMA). `files`: those of the day (REPORT_FILES); a total of
    a whole set is that of its Transaction Summary.
    """
    assert set(edges["edge"]) <= set(CONTROL_TOTALS)
    without = edges.filter(pl.col("verdict") == Verdict.NO_SECTION)
    bare = without.group_by("file_id", maintain_order=True).agg(pl.col("edge").first())
    summaries = files.filter(pl.col("is_current") & (pl.col("kind") == ReportKind.TRANSACTION_SUMMARY.value))
    of_set = {row[:3]: row[3] for row in summaries.select(*SET_KEY, "file_id").iter_rows()}
    return [
        *(f"{file}: it has no summary section, so that nothing proves its rows ({edge})" for file, edge in bare.rows()),
        *(
            f"{row['file_id'] or of_set.get(tuple(row[name] for name in SET_KEY)) or _set_words(row)}: "
            f"{row['left_name']} {figure(row, row['left_value'])}, "
            f"{row['right_name']} {figure(row, row['right_value'])}, {_first_behind(row, behind)} ({row['edge']})"
            for row in edges.filter(pl.col("verdict") == Verdict.DIFFERENT).iter_rows(named=True)
        ),
    ]


def _set_words(edge: Row) -> str:
    """Which settlement, or which agreement as a whole."""
    of = "" if edge["batch_id"] == ALL_BATCHES else f", settlement {edge['batch_id']}"
    return f"{edge['participant_agreement_id']} in {edge['settlement_currency']}{of}"


def _first_behind(edge: Row, behind: pl.DataFrame) -> str:
    """The first line that explains what is left over."""
    own = behind.filter(
        pl.col("line_number").is_not_null()
        & pl.all_horizontal(pl.col(name).eq_missing(pl.lit(edge[name])) for name in ("edge", *SET_KEY, "left_name"))
        & pl.col("total_file_id").eq_missing(pl.lit(edge["file_id"]))
    )
    if own.is_empty():
        return NO_LINE
    return f"see {own[0, 'file_id']}, line {own[0, 'line_number']}"


def foreign_content(connection: duckdb.DuckDBPyConnection, day: date) -> dict[str, list[str]]:
    """By kind, the files of a day that hold the content of another file: by its bytes, or by what its lines say."""
    found: dict[str, list[str]] = defaultdict(list)
    named: set[str] = set()
    for row in connection.execute(sql("contradictions"), [day]).pl().iter_rows(named=True):
        count, others = row["row_count"], row["row_count"] - row["same_value_count"]
        lines = "in this line only" if count == 1 else f"in {counted(count, 'line')}"
        more = f", in {others:,} of them another value" if others else ""
        what = "these rows are those" if row["is_whole_file"] else "that is the batch"
        whose = f": {what} of {_day_words(row['other_day'], day)}" if row["other_day"] else ""
        found[row["kind"]].append(
            f"{row['file_id']}, line {row['first_line']}: {row['field']} is {row['content_value']}, but the file is "
            f"named {row['file_name_value']}, {lines}{more}{whose} ({CONTENT})"
        )
        named.add(row["file_id"])
    for kind, file, other_day, other in connection.execute(sql("foreign_bytes"), [day]).fetchall():
        if file not in named:
            whose = _day_words(other_day, day)
            found[kind].append(f"{file} has the bytes of {other}: these rows are those of {whose} ({CONTENT})")
    return found


def _day_words(other: date, day: date) -> str:
    return {0: "another file of this day", 1: "the day before"}.get((day - other).days, str(other))


def _put_aside(connection: duckdb.DuckDBPyConnection, day: date) -> dict[str, Sequence[str]]:
    rows = connection.execute(sql_text("checks", "quarantined_lines"), [day]).fetchall()
    return {kind: [text for other, text in rows if other == kind] for kind in {row[0] for row in rows}}


def fees_of_day_before(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> list[str]:
    """Fee Reports all of whose rows are those of the day before, whatever batch and time they name."""
    today, before = (current_rows(connection, warehouse, ReportKind.FEE, at) for at in (day, day - ONE_DAY))
    statement = sql_text("checks", "fees_of_day_before").format(today=today, before=before)
    rows = connection.execute(statement).fetchall()
    return [
        f"{file}: these rows are those of the day before ({counted(count, 'row')}) ({CONTENT})" for file, count in rows
    ]


def _outside(connection: duckdb.DuckDBPyConnection, details: str, day: date) -> list[str]:
    rows = connection.execute(sql_text("checks", "rows_outside_cycle").format(rows=details), {"day": day}).fetchall()
    return [
        f"{file}, line {line}: {count:,} of {counted(total, 'row')} outside the cycle of {day}"
        f"{f', each of them of {first}' if (count, first) == (total, last) else ''} (F08)"
        for file, count, total, line, first, last in rows
    ]


def _without_amount(connection: duckdb.DuckDBPyConnection, details: str) -> list[str]:
    rows = connection.execute(sql_text("checks", "rows_without_amount").format(rows=details)).fetchall()
    return [
        f"{file}, line {line}: {bare:,} of {counted(total, 'payment or refund', 'payments and refunds')} without a "
        "transaction amount or transaction currency, so that nothing compares them with ours"
        for file, line, bare, total in rows
    ]


def _unknown(connection: duckdb.DuckDBPyConnection, details: str, known: Sequence[str]) -> list[str]:
    rows = connection.execute(sql_text("checks", "unknown_types").format(rows=details)).fetchall()
    return [not_understood(kind, count, known) for kind, count in rows]


def not_understood(kind: str | None, count: int, known: Sequence[str]) -> str:
    """What is said of the rows of a type that are neither payments nor refunds. `known`: the types that are."""
    if kind and kind.upper() in {word.upper() for word in known}:
        return f"type {kind} goes the wrong way, and is taken for no payment or refund: {counted(count, 'row')} (F04)"
    return f"type {kind} is counted, but not understood: {counted(count, 'row')} (F04)"
