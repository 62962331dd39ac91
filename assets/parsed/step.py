"""Landed files become rows: Parquet for each file version, and the small tables of `parsed` for a
day and kind.

All versions are read and recorded; the newest one that can be read is the current one. What a
report means is in `recon.reports`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import groupby

import duckdb
import polars as pl

from recon.errors import MalformedReportError
from recon.reports.kinds import ReportKind
from recon.reports.layouts import ReportOptions
from recon.reports.reader import ParsedReport, read_report, refuse_impossible_sums
from recon.reports.rows import BATCH_ROWS, CONTRADICTIONS, QUARANTINE, REPORT_FILES, SECTION_TOTALS
from recon.schema import Schema
from resources.joined_rows import join_rows
from resources.landed_files import LandedFile
from resources.parsed_rows import signed_amount
from resources.tables import TABLES
from resources.warehouse import Warehouse, add_rows, transaction

BATCH_LINES = TABLES["parsed.batch_lines"]
FILES = REPORT_FILES | {"net_minor": pl.Int64}
NAMES_AT_ONCE = 2  # each takes about four times the size of its file in memory
READ_BY_LATER_DAYS = (ReportKind.TRANSACTION_DETAIL, ReportKind.FEE)  # every day looks at their rows of all days before


Record = dict[str, object]  # one version of one file: a row of parsed.files, and `net_minor`, what it sums up to
ParsedTables = Mapping[str, pl.DataFrame]  # name within `parsed` -> its rows; `files` has `net_minor` as well


def read_kind(
    warehouse: Warehouse, day: date, kind: ReportKind, landed: Iterable[LandedFile], options: ReportOptions
) -> ParsedTables:
    """Reads every version, and writes the typed rows of the current ones; no other day is looked at.

    What `keep_kind` keeps: the record of every version of every file, and the rows of small tables of `parsed`.
    """
    files: list[Record] = []
    totals, quarantine, contradictions, lines = [], [], [], []
    with ThreadPoolExecutor(NAMES_AT_ONCE) as pool:
        for versions, current in pool.map(
            lambda versions: _parse_versions(warehouse, day, versions, options), _versions_by_name(landed)
        ):
            files += versions
            if current is not None:
                totals.append(current.totals)
                quarantine.append(current.quarantine)
                contradictions.append(current.contradictions)
                if kind.definition.rows is BATCH_ROWS:
                    lines.append(current.rows.select(pl.lit(kind.value).alias("kind"), *BATCH_ROWS))
    return {
        "files": pl.DataFrame(files, schema=FILES, orient="row"),
        "section_totals": _joined(totals, SECTION_TOTALS),
        "quarantine": _joined(quarantine, QUARANTINE),
        "contradictions": _joined(contradictions, CONTRADICTIONS),
        "batch_lines": _joined(lines, BATCH_LINES),
    }


def keep_kind(connection: duckdb.DuckDBPyConnection, day: date, kind: ReportKind, tables: ParsedTables) -> None:
    """Replaces what the warehouse has of a day and kind."""
    with transaction(connection):
        for table, rows in tables.items():
            connection.execute(f"DELETE FROM parsed.{table} WHERE clearing_day = ? AND kind = ?", [day, kind.value])
            if rows.height:
                add_rows(connection, f"parsed.{table}", rows.select(*TABLES[f"parsed.{table}"]))


def join_past_rows(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> None:
    """Puts the rows that later days look at into few files, where they are in many small ones."""
    for kind in READ_BY_LATER_DAYS:
        join_rows(connection, warehouse, kind)


def _versions_by_name(landed: Iterable[LandedFile]) -> Iterator[list[LandedFile]]:
    """The versions of each name, the newest first."""
    ordered = sorted(landed, key=lambda file: (file.name, -file.version))
    for _, versions in groupby(ordered, key=lambda file: file.name):
        yield list(versions)


def _parse_versions(
    warehouse: Warehouse, day: date, versions: Iterable[LandedFile], options: ReportOptions
) -> tuple[list[Record], ParsedReport | None]:
    """The record of every version of one name, and what is kept in small tables of the newest that can be read."""
    files: list[Record] = []
    current: ParsedReport | None = None
    for version in versions:
        file, report = _parse(warehouse, day, version, options, is_current=current is None)
        files.append(file)
        current = current or report
    return files, current


def _parse(
    warehouse: Warehouse, day: date, file: LandedFile, options: ReportOptions, *, is_current: bool
) -> tuple[Record, ParsedReport | None]:
    try:
        report = read_report(file.path, file.name, file.version, day, options)
        refuse_impossible_sums(report)
    except MalformedReportError as error:
        refused = {"is_valid": False, "is_current": False, "finding": str(error)}
        return _record(file, day) | refused, None
    if is_current:
        warehouse.write_parquet(report.rows, warehouse.parsed_path(file.name.kind, day, file.file_id))
    record = _record(file, day) | {
        "is_valid": True,
        "is_current": is_current,
        "row_count": report.rows.height,
        "quarantined_count": report.quarantine.height,
        "unknown_type_count": report.unknown_type_count,
        "sign_rule": report.told_sign_rule,
        "header_signature": report.header_signature,
        "unknown_columns": ",".join(report.unknown_columns) or None,
        "finding": report.finding,
        "net_minor": report.rows.select(signed_amount(file.name.kind).sum()).item() or 0,
    }
    is_small = file.name.kind.definition.rows is BATCH_ROWS
    return record, report if is_small else replace(report, rows=report.rows.clear())  # the rest is on disk


def _record(file: LandedFile, day: date) -> Record:
    return dict.fromkeys(REPORT_FILES) | {
        "file_id": file.file_id,
        "kind": file.name.kind.value,
        "file_name": file.name.file_name,
        "version": file.version,
        "sha256": file.sha256,
        "size_bytes": file.size,
        "participant_id": file.name.participant_id,
        "settlement_currency": file.name.settlement_currency,
        "batch_id": file.name.batch_id,
        "participant_agreement_id": file.name.participant_agreement_id,
        "seq": file.name.seq,
        "clearing_day": day,
        "row_count": 0,
        "quarantined_count": 0,
        "unknown_type_count": 0,
        "net_minor": 0,
    }


def _joined(frames: Sequence[pl.DataFrame], schema: Schema) -> pl.DataFrame:
    return pl.concat([pl.DataFrame(schema=schema), *frames])
