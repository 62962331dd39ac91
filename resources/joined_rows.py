"""Small parsed files of past days, joined: to open a file costs more than to read it, and each day looks at all before.

    <state>/parsed/.joined/<kind>/<first day>_<days>.<digest>.parquet

The digest is of the files whose rows are in it, each with its size and its time of change. Whoever wants the rows of
those very files may read the joined one; where there is none, each is read by itself. So they can be removed at any
time, and no backup has them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb
import polars as pl

from recon.reports.kinds import ReportKind
from resources.storage import storage_errors
from resources.warehouse import JOINED, Warehouse, parquet_relation

SPANS = (64, 8)  # days in a joined file, counted from day 1 of the calendar
MOST_BYTES = 8 * 1024 * 1024  # of its files together: larger ones are read as fast one by one


@dataclass(frozen=True)
class ParsedPath:
    """The Parquet file with the rows of one report file of a day."""

    day: date
    path: Path


def fewest_paths(warehouse: Warehouse, kind: ReportKind, files: Sequence[ParsedPath]) -> list[Path]:
    """The rows of these files, in order of their days, in as few files as there are. All of them must exist."""
    return list(_fewest(_folder(warehouse, kind), kind, files, SPANS))


def join_rows(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, kind: ReportKind) -> None:
    """Joins the current files of each span that is over, and removes what was joined of others. Call it under the lock
    of the state directory. StorageError if the disk refuses.
    """
    rows = connection.execute(
        "SELECT clearing_day, file_id FROM parsed.files WHERE kind = ? AND is_current ORDER BY clearing_day, file_id",
        [kind.value],
    ).fetchall()
    paths = [ParsedPath(day, warehouse.parsed_path(kind, day, file_id)) for day, file_id in rows]
    folder, files = _folder(warehouse, kind), [file for file in paths if file.path.exists()]
    wanted = dict(_to_join(folder, kind, files, SPANS, files[-1].day)) if files else {}
    for path, group in wanted.items():
        if not path.exists():
            warehouse.write_parquet(_rows(connection, kind, group), path)
    with storage_errors(folder):
        for path in set(folder.glob("*.parquet")) - wanted.keys():
            path.unlink()


def _fewest(folder: Path, kind: ReportKind, files: Sequence[ParsedPath], spans: Sequence[int]) -> Iterator[Path]:
    if not spans or len(files) < 2:
        yield from (file.path for file in files)
        return
    for number, group in _by_span(files, spans[0]).items():
        joined = _joined_path(folder, kind, spans[0], number, group)
        if joined.exists():
            yield joined
        else:
            yield from _fewest(folder, kind, group, spans[1:])


def _to_join(
    folder: Path, kind: ReportKind, files: Sequence[ParsedPath], spans: Sequence[int], last: date
) -> Iterator[tuple[Path, Sequence[ParsedPath]]]:
    """Each file to join, with what is in it; what is not over on the last day, or too large, in smaller ones."""
    for number, group in _by_span(files, spans[0]).items():
        is_over = (number + 1) * spans[0] <= last.toordinal()
        if is_over and len(group) > 1 and sum(file.path.stat().st_size for file in group) <= MOST_BYTES:
            yield _joined_path(folder, kind, spans[0], number, group), group
        elif spans[1:]:
            yield from _to_join(folder, kind, group, spans[1:], last)


def _by_span(files: Iterable[ParsedPath], days: int) -> dict[int, list[ParsedPath]]:
    """Files in order of their days, by the number of their span."""
    spans = groupby(files, key=lambda file: file.day.toordinal() // days)
    return {number: list(group) for number, group in spans}


def _joined_path(folder: Path, kind: ReportKind, days: int, number: int, files: Sequence[ParsedPath]) -> Path:
    digest = hashlib.sha256(",".join(kind.definition.rows).encode())
    for file in files:
        found = file.path.stat()
        digest.update(f"\n{file.day} {file.path.name} {found.st_size} {found.st_mtime_ns}".encode())
    first = date.fromordinal(max(number * days, 1))
    return folder / f"{first}_{days}.{digest.hexdigest()[:32]}.parquet"


def _rows(connection: duckdb.DuckDBPyConnection, kind: ReportKind, files: Sequence[ParsedPath]) -> pl.DataFrame:
    schema = kind.definition.rows
    relation = parquet_relation([file.path for file in files], schema)
    rows = connection.execute(f"SELECT * FROM {relation} ORDER BY file_id, line_number").pl()
    return rows.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _folder(warehouse: Warehouse, kind: ReportKind) -> Path:
    return warehouse.directory / "parsed" / JOINED / kind.value
