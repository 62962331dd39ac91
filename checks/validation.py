"""Great Expectations over all rows of a relation at once, in DuckDB.

Most days every expectation is met. So all are asked first whether they are, which costs a third of asking for rows and
values as well; only those that are not are asked for these. Great Expectations is imported here and nowhere else, when
a check runs: it takes seconds to import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from checks.lazy_import import import_when_used, without
from recon.reports.expectations import Expectation, arguments_of, columns_of
from resources.imports import kept_imports
from resources.storage import sql_path
from resources.warehouse import Warehouse

PLACE = ("file_id", "line_number")
TABLE = "parsed_rows"
SHOWN_VALUES = 5
IS_MET = {"result_format": "BOOLEAN_ONLY"}
WHERE_NOT = {"result_format": "SUMMARY", "unexpected_index_column_names": list(PLACE)}


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation."""

    unexpected: int = 0  # rows that do not fit
    values: tuple[str, ...] = ()  # of the first of them
    first: str = ""  # file and line of the first of them

    @property
    def is_met(self) -> bool:
        """Every row fits."""
        return not self.unexpected


def validate(suite: Sequence[Expectation], rows: str, warehouse: Warehouse) -> list[Outcome]:
    """One outcome for each expectation, over every row of a SQL expression (`parquet_relation`).

    In a database in memory, with the limits of the warehouse; RuntimeError if an expectation cannot be asked.
    """
    _name_rows(suite, rows, warehouse)
    missed = [place for place, result in _asked(dict(enumerate(suite)), IS_MET).items() if not result.success]
    found = _asked({place: suite[place] for place in missed}, WHERE_NOT) if missed else {}
    return [_outcome(found[place]) if place in found else Outcome() for place in range(len(suite))]


def _outcome(result: Any) -> Outcome:
    found = result.result
    values = tuple(str(value) for value in found["partial_unexpected_list"][:SHOWN_VALUES])
    first = found["partial_unexpected_index_list"][0]
    return Outcome(int(found["unexpected_count"]), values, f"{first['file_id']}, line {first['line_number']}")


def _asked(expectations: Mapping[int, Expectation], result_format: Mapping[str, object]) -> dict[int, Any]:
    """The results of expectations by their place in the suite."""
    gx, gxe = _great_expectations()
    lines = [
        getattr(gxe, one.type)(column=one.column, meta={"place": place}, **arguments_of(one))
        for place, one in expectations.items()
    ]
    batch = _batch_definition().get_batch()
    results = batch.validate(gx.ExpectationSuite(name="rows", expectations=lines), result_format=dict(result_format))
    return {_configuration(result).meta["place"]: result for result in results.results}


def _configuration(result: Any) -> Any:
    reasons = [result.exception_info or {}, *(result.exception_info or {}).values()]
    if any(isinstance(reason, dict) and reason.get("raised_exception") for reason in reasons):
        raise RuntimeError(f"Great Expectations could not check {result.expectation_config}: {reasons[-1]}")
    return result.expectation_config


def _name_rows(suite: Sequence[Expectation], rows: str, warehouse: Warehouse) -> None:
    columns = ", ".join(dict.fromkeys([*PLACE, *columns_of(suite)]))
    with _source().get_engine().connect() as connection:
        for statement in (
            f"SET memory_limit = '{warehouse.memory_limit}'",
            f"SET threads = {warehouse.threads_in_use}",
            f"SET temp_directory = {sql_path(warehouse.directory / 'spill')}",
            f"CREATE OR REPLACE VIEW {TABLE} AS SELECT {columns} FROM {rows}",
        ):
            connection.exec_driver_sql(statement)


@cache
def _great_expectations() -> tuple[Any, Any]:
    """The library and its expectations. No suite asks for statistics or charts, and they are half of its seconds; nor
    for Spark, which it would import where the engine of the match is installed.
    """
    import_when_used("scipy.stats")
    import_when_used("altair")
    with without("pyspark"), kept_imports():
        import great_expectations as gx
        import great_expectations.expectations as gxe

    return gx, gxe


@cache
def _batch_definition() -> Any:
    return _source().add_table_asset(TABLE, table_name=TABLE).add_batch_definition_whole_table("all")


@cache
def _source() -> Any:
    """Of a context in memory, which every suite uses: the default one would leave a folder for its web pages behind."""
    gx, _ = _great_expectations()
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    from checks.duckdb_dialect import DRIVER

    defaults = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    silent = ProgressBarsConfig(globally=False)
    config = DataContextConfig(store_backend_defaults=defaults, progress_bars=silent)
    context = gx.get_context(mode="ephemeral", project_config=config)
    return context.data_sources.add_sql(
        "parsed", connection_string=f"{DRIVER}:///:memory:{TABLE}", create_temp_table=False
    )
