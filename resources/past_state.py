"""A state directory as it was before a day, in a scratch folder: what is played there touches nothing of the real one.

The lists come from the published copy, so that no run is waited for. Parsed rows are linked as folders and never
written; frozen orders are linked file by file, and a file that is written takes the place of its link, not of the file.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from resources.storage import readable, sql_path
from resources.tables import PUBLISHED, TABLES
from resources.warehouse import Warehouse, transaction

BY_DAY = "as_of_day"


def state_before(real: Warehouse, day: date, folder: Path) -> Warehouse:
    """A warehouse in `folder` that knows all that the published lists of the real one know of days before `day`, and
    what is parsed of later ones."""
    scratch = Warehouse(
        folder, memory_limit=real.memory_limit, threads=real.threads, lock_wait_seconds=real.lock_wait_seconds
    )
    _link(real.directory, folder)
    with readable(real.published_file), scratch.connect() as connection:
        connection.execute(f"ATTACH {sql_path(real.published_file)} AS published (READ_ONLY)")
        with transaction(connection):
            for table in PUBLISHED:
                _copy(connection, table, day)
        connection.execute("DETACH published")
    return scratch


def _link(real: Path, folder: Path) -> None:
    parsed = (real / "parsed").glob("[!.]*")  # what a run joined of them it may remove at any time
    for path in (*parsed, *(real / "orders").glob("*/*")):
        linked = folder / path.relative_to(real)
        linked.parent.mkdir(parents=True, exist_ok=True)
        linked.symlink_to(path.resolve())


def _copy(connection: duckdb.DuckDBPyConnection, table: str, day: date) -> None:
    """The rows of days before `day`; a table without `as_of_day` whole. An older copy lacks columns or tables."""
    there = _columns(connection, f"published.{table}")
    names = [name for name in TABLES[table] if name in there]
    if not names:
        return
    listed = ", ".join(names)
    where, values = (f"{BY_DAY} < ?", [day]) if BY_DAY in names else ("TRUE", [])
    connection.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM published.{table} WHERE {where}", values)


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    try:
        return [name for name, *_ in connection.execute(f"DESCRIBE {table}").fetchall()]
    except duckdb.CatalogException:
        return []
