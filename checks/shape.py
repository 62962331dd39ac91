"""The shape of the parsed rows: the expectations of each report, run by Great Expectations on every row.

Rows go from Parquet to pandas in batches, only the named columns, so that memory is bounded; the
results of the batches are added up. Great Expectations is imported here and nowhere else, when a
check runs: it takes seconds to import.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl

from assets.parsed.asset import PARSED
from assets.partitions import day_of
from checks.verdict import verdict
from recon.reports.expectations import Expectation, arguments_of, columns_of
from recon.reports.kinds import ReportKind
from recon.sql_text import sql_text
from resources.parsed_rows import current_paths
from resources.warehouse import Warehouse, parquet_relation
from views.metadata import table

BATCH_ROWS = 200_000
UNIQUE = "rows_are_unique"
EXPECTED = "rows_are_as_expected"
SHOWN_VALUES = 5
LINES = {"expectation": pl.String, "if_not": pl.String, "unexpected_rows": pl.Int64, "values": pl.String}
FEW_VALUES = ("file_id", "row_role", "currency", "fee_currency", "fee_type")  # kept as dictionaries: faster
PLACE = ("file_id", "line_number")
RESULT = {"result_format": "SUMMARY", "unexpected_index_column_names": list(PLACE)}


def _specs() -> Iterator[dg.AssetCheckSpec]:
    for asset, kind in zip(PARSED, ReportKind, strict=True):
        yield dg.AssetCheckSpec(
            UNIQUE,
            asset=asset.key,
            blocking=True,
            description=f"No two rows share {' and '.join(kind.definition.unique_key)}.",
        )
        yield dg.AssetCheckSpec(
            EXPECTED,
            asset=asset.key,
            blocking=True,
            description="Great Expectations on every row: "
            + " ".join(expectation.sentence for expectation in kind.definition.expectations),
        )


@dataclass
class Tally:
    """The results of one expectation, added up over the batches."""

    elements: int = 0
    unexpected: int = 0
    failed_batches: int = 0
    values: list[str] = field(default_factory=list)
    first: str = ""  # file and line of the first row that does not fit

    def add(self, result: Any) -> None:
        """One more batch."""
        if (result.exception_info or {}).get("raised_exception"):
            raise RuntimeError(f"Great Expectations could not check {result.expectation_config}")
        found = result.result
        self.elements += int(found.get("element_count", 0))
        self.unexpected += int(found.get("unexpected_count", 0))
        self.failed_batches += not bool(result.success)
        room = SHOWN_VALUES - len(self.values)
        self.values += [str(value) for value in (found.get("partial_unexpected_list") or [])[:room]]
        places = found.get("partial_unexpected_index_list") or []
        if places and not self.first:
            self.first = f"{places[0]['file_id']}, line {places[0]['line_number']}"


@dg.multi_asset_check(name="shape", specs=list(_specs()))
def shape(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.AssetCheckResult]:
    """Validate the rows of each kind, then count its keys."""
    day = day_of(context)
    with warehouse.connect() as connection:
        paths = {kind: current_paths(connection, warehouse, kind, day) for kind in ReportKind}
        repeated = {kind: _repeated(connection, kind, paths[kind]) for kind in ReportKind}
    for asset, kind in zip(PARSED, ReportKind, strict=True):
        yield verdict(asset.key.path, UNIQUE, repeated[kind])
        yield expectation_result(asset.key, kind, validate(kind.definition.expectations, paths[kind]))


def validate(suite: tuple[Expectation, ...], paths: Sequence[Path], batch_rows: int = BATCH_ROWS) -> list[Tally]:
    """The tallies of a suite over every row of some Parquet files."""
    tallies = [Tally() for _ in suite]
    batches = _batches(paths, [*PLACE, *columns_of(suite)], batch_rows)
    first = next(batches, None)
    if first is None:
        return tallies
    import great_expectations as gx
    import great_expectations.expectations as gxe

    definition = _batch_definition()
    expectations = [getattr(gxe, line.type)(column=line.column, **arguments_of(line)) for line in suite]
    rows_suite = gx.ExpectationSuite(name="rows", expectations=expectations)
    by_line = {(line.type, line.column): tally for line, tally in zip(suite, tallies, strict=True)}
    for frame in chain([first], batches):
        batch = definition.get_batch(batch_parameters={"dataframe": frame})
        for result in batch.validate(rows_suite, result_format=RESULT).results:
            expectation: Any = result.expectation_config
            by_line[_class_name(expectation.type), expectation.kwargs["column"]].add(result)
    return tallies


@cache
def _batch_definition() -> Any:
    """Of a context in memory, which every suite uses: the default one would leave a folder for its web pages behind."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    defaults = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    silent = ProgressBarsConfig(globally=False)
    config = DataContextConfig(store_backend_defaults=defaults, progress_bars=silent)
    context = gx.get_context(mode="ephemeral", project_config=config)
    asset = context.data_sources.add_pandas("parsed").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("batch")


def _class_name(snake: str) -> str:
    return "".join(word.capitalize() for word in snake.split("_"))


def _batches(paths: Sequence[Path], columns: list[str], rows: int) -> Iterator[Any]:
    """About so many rows at a time, from one file or from several small ones."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    waiting: list[Any] = []
    few = [name for name in columns if name in FEW_VALUES]
    for path in paths:
        with pq.ParquetFile(path, read_dictionary=few) as file:
            for batch in file.iter_batches(batch_size=rows, columns=columns):
                waiting.append(batch)
                if sum(part.num_rows for part in waiting) >= rows:
                    yield pa.Table.from_batches(waiting).to_pandas()
                    waiting = []
    if any(part.num_rows for part in waiting):
        yield pa.Table.from_batches(waiting).to_pandas()


def _repeated(connection: duckdb.DuckDBPyConnection, kind: ReportKind, paths: Sequence[Path]) -> list[str]:
    """Keys of more than one row, each with the place of its second row."""
    keys = ", ".join(kind.definition.unique_key)
    relation = parquet_relation(paths, kind.definition.rows)
    rows = connection.execute(sql_text("checks", "repeated_keys").format(keys=keys, rows=relation)).fetchall()
    what = " and ".join(kind.definition.unique_key).replace("_", " ")
    return [
        f"{file}, line {line}: the same {what} as in an earlier line, {count} rows in all" for file, line, count in rows
    ]


def expectation_result(key: dg.AssetKey, kind: ReportKind, tallies: Sequence[Tally]) -> dg.AssetCheckResult:
    """One line for each expectation. What is only odd, a warning, never stops the day."""
    tested = list(zip(kind.definition.expectations, tallies, strict=True))
    missed = [(expectation, tally) for expectation, tally in tested if tally.failed_batches]
    critical = [(expectation, tally) for expectation, tally in missed if expectation.is_critical]
    lines = [
        (one.sentence, "stops the day" if one.is_critical else "warns", tally.unexpected, ", ".join(tally.values))
        for one, tally in tested
    ]
    return verdict(
        key.path,
        EXPECTED,
        [
            f"{tally.first or kind.prefix}: {tally.unexpected} rows of {kind.prefix} do not fit: "
            f"{expectation.column} {expectation.what.replace('_', ' ')}"
            for expectation, tally in critical or missed
        ],
        is_warning=not critical,
        rows=max((tally.elements for tally in tallies), default=0),
        expectations=table(pl.DataFrame(lines, schema=LINES, orient="row"), most=len(lines)),
    )
