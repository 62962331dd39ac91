"""Revisions of a day: what was known each time it proved itself, kept for good, and what each one changed.

    <state>/revisions/<day>/<revision>.items.parquet, <revision>.files.parquet     written once

The list of the day itself is replaced by a later run; what it said before stays readable here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl

from recon.breaks.corrections import CORRECTION_SCHEMA, FILE_SCHEMA, corrections
from recon.breaks.items import ITEM_SCHEMA
from recon.clearing_day import without_zone
from recon.reports.names import ReportKind
from resources.parsed_rows import signed_amount
from resources.warehouse import Warehouse, add_rows, transaction


@dataclass(frozen=True)
class Revision:
    """One state of knowledge about a day."""

    day: date
    number: int
    recorded_at: datetime
    digest: str


def record_revision(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, at: datetime) -> Revision:
    """Keeps what is known now as a new revision; the last one stays if nothing has changed."""
    items, files = _items(connection, day), _files(connection, warehouse, day)
    digest = hashlib.sha256(items.write_csv().encode() + files.write_csv().encode()).hexdigest()
    last = revisions(connection, day)[-1:]
    if last and last[0].digest == digest:
        return last[0]
    new = Revision(day, last[0].number + 1 if last else 1, at.astimezone(UTC), digest)
    warehouse.write_parquet(items, _path(warehouse, new, "items"))
    warehouse.write_parquet(files, _path(warehouse, new, "files"))
    changed = _changed(warehouse, last[0], new) if last else pl.DataFrame(schema=CORRECTION_SCHEMA)
    with transaction(connection):
        connection.execute(
            "INSERT INTO breaks.revisions VALUES (?, ?, ?, ?)", [day, new.number, without_zone(new.recorded_at), digest]
        )
        add_rows(connection, "breaks.corrections", changed.select(*CORRECTION_SCHEMA))
    return new


def revisions(connection: duckdb.DuckDBPyConnection, day: date) -> list[Revision]:
    """All revisions of a day, oldest first."""
    rows = connection.execute(
        "SELECT as_of_day, revision, recorded_at, digest FROM breaks.revisions WHERE as_of_day = ? ORDER BY revision",
        [day],
    ).fetchall()
    return [Revision(day, number, at.replace(tzinfo=UTC), digest) for day, number, at, digest in rows]


def items_as_known(warehouse: Warehouse, revision: Revision) -> pl.DataFrame:
    """The list of breaks as it was in a revision (ITEM_SCHEMA)."""
    return pl.read_parquet(_path(warehouse, revision, "items"), glob=False)


def corrections_of(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    """What every later revision of a day changed (CORRECTION_SCHEMA)."""
    return connection.execute(
        "SELECT * FROM breaks.corrections WHERE as_of_day = ? ORDER BY revision, what DESC, name", [day]
    ).pl()


def _changed(warehouse: Warehouse, before: Revision, after: Revision) -> pl.DataFrame:
    files = [pl.read_parquet(_path(warehouse, one, "files"), glob=False) for one in (before, after)]
    items = [items_as_known(warehouse, one) for one in (before, after)]
    return corrections(*files, *items).select(
        pl.lit(after.day).alias("as_of_day"),
        pl.lit(after.number, dtype=pl.Int64).alias("revision"),
        pl.lit(without_zone(after.recorded_at), dtype=pl.Datetime("us")).alias("recorded_at"),
        *list(CORRECTION_SCHEMA)[3:],
    )


def _items(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    frame = connection.execute("SELECT * FROM breaks.items WHERE as_of_day = ?", [day]).pl()
    return frame.select(pl.col(name).cast(kind) for name, kind in ITEM_SCHEMA.items()).sort("break_id")


def _files(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> pl.DataFrame:
    """The current files of a day with what they sum up to."""
    files = "SELECT * FROM parsed.files WHERE clearing_day = ? AND is_current ORDER BY file_name"
    rows = connection.execute(files, [day]).pl()
    found = []
    for row in rows.iter_rows(named=True):
        kind = ReportKind(row["kind"])
        net = _net(warehouse.parsed_path(kind, day, row["file_id"]), kind)
        kept = ("file_name", "version", "sha256", "row_count", "settlement_currency")
        found.append((*(row[name] for name in kept), net))
    return pl.DataFrame(found, schema=FILE_SCHEMA, orient="row")


def _net(path: Path, kind: ReportKind) -> int:
    if not path.exists():
        return 0
    return int(pl.scan_parquet(path, glob=False).select(signed_amount(kind).sum()).collect().item() or 0)


def _path(warehouse: Warehouse, revision: Revision, part: str) -> Path:
    return warehouse.directory / "revisions" / revision.day.isoformat() / f"{revision.number}.{part}.parquet"
