"""The shape of the parsed rows: their keys, and the expectations of each report by Great Expectations on every row."""

from collections.abc import Iterator, Sequence

import dagster as dg
import duckdb
import polars as pl

from assets.parsed.asset import PARSED
from assets.states import day_of
from checks.validation import Outcome, validate
from checks.verdict import stops, verdict
from recon.listing import counted
from recon.reports.kinds import ReportKind
from recon.sql_text import sql_text
from resources.parsed_rows import current_rows
from resources.warehouse import Warehouse
from views.metadata import table

UNIQUE = "rows_are_unique"
EXPECTED = "rows_are_as_expected"
NAMES = (UNIQUE, EXPECTED)
LINES = {"expectation": pl.String, "if_not": pl.String, "unexpected_rows": pl.Int64, "values": pl.String}


def _specs() -> Iterator[dg.AssetCheckSpec]:
    for asset, kind in zip(PARSED, ReportKind, strict=True):
        sentences = " ".join(expectation.sentence for expectation in kind.definition.expectations)
        yield stops(UNIQUE, asset.key, f"No two rows share {' and '.join(kind.definition.unique_key)}.")
        yield stops(EXPECTED, asset.key, f"Great Expectations on every row: {sentences}")


@dg.multi_asset_check(name="shape", specs=list(_specs()), op_tags={"dagster/priority": "1"})  # needs no other day
def shape(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.AssetCheckResult]:
    """Count the keys of each kind, then validate its rows."""
    day = day_of(context)
    with warehouse.collecting() as connection:
        rows = {kind: current_rows(connection, warehouse, kind, day) for kind in ReportKind}
        counts = {kind: _count(connection, rows[kind]) for kind in ReportKind}
        repeated = {kind: _repeated(connection, kind, rows[kind]) for kind in ReportKind}
    for asset, kind in zip(PARSED, ReportKind, strict=True):
        yield verdict(asset.key.path, UNIQUE, repeated[kind])
        outcomes = validate(kind.definition.expectations, rows[kind], warehouse) if counts[kind] else ()
        yield expectation_result(asset.key, kind, outcomes, counts[kind])


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    ((count,),) = connection.execute(f"SELECT COUNT(*) FROM {rows}").fetchall()
    return int(count)


def _repeated(connection: duckdb.DuckDBPyConnection, kind: ReportKind, rows: str) -> list[str]:
    """Keys of more than one row, each with the place of its second row."""
    keys = ", ".join(kind.definition.unique_key)
    found = connection.execute(sql_text("checks", "repeated_keys").format(keys=keys, rows=rows)).fetchall()
    what = " and ".join(kind.definition.unique_key).replace("_", " ")
    return [
        f"{file}, line {line}: the same {what} as in an earlier line, {counted(count, 'row')} in all"
        for file, line, count in found
    ]


def expectation_result(
    key: dg.AssetKey, kind: ReportKind, outcomes: Sequence[Outcome], row_count: int
) -> dg.AssetCheckResult:
    """One line for each expectation. What is only odd, a warning, never stops the day.

    `outcomes`: of the expectations of the kind, in their order; none if there are no rows.
    """
    expectations = kind.definition.expectations
    tested = list(zip(expectations, outcomes or [Outcome()] * len(expectations), strict=True))
    missed = [(expectation, outcome) for expectation, outcome in tested if not outcome.is_met]
    critical = [(expectation, outcome) for expectation, outcome in missed if expectation.is_critical]
    lines = [
        (one.sentence, "stops the day" if one.is_critical else "warns", outcome.unexpected, ", ".join(outcome.values))
        for one, outcome in tested
    ]
    return verdict(
        key.path,
        EXPECTED,
        [
            f"{outcome.first}: {counted(outcome.unexpected, 'row')} of {kind.prefix} against the rule: "
            f"{expectation.column} {expectation.what.replace('_', ' ')}"
            for expectation, outcome in critical or missed
        ],
        is_warning=not critical,
        rows=row_count,
        expectations=table(pl.DataFrame(lines, schema=LINES, orient="row"), most=len(lines)),
    )
