"""The warehouse: the only place that knows where tables are and how they are written.

One DuckDB file with one writer, wide parsed rows as Parquet beside it. Connections live only inside a step. People read
the published copy, never the file being written. A day is replaced whole, in one transaction.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from importlib import resources
from pathlib import Path

import duckdb
import polars as pl

from recon.errors import BusyError, ReconError
from recon.reports.rows import BATCH_ROWS, FEE_ROWS, TRANSACTION_ROWS

SCHEMA_VERSION = 2
ROW_SCHEMAS = {
    "transaction_detail": TRANSACTION_ROWS,
    "transaction_summary": BATCH_ROWS,
    "fee": FEE_ROWS,
    "settlement": BATCH_ROWS,
}
UNREADABLE = "the warehouse cannot be opened"
PUT_BACK = "Check its permissions; if it is damaged, restore a backup or rebuild it from the landed files"
_SQL_TYPES: dict[pl.DataType | type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Int32: "INTEGER",
    pl.Int8: "TINYINT",
    pl.Date: "DATE",
    pl.Boolean: "BOOLEAN",
    pl.Datetime("us"): "TIMESTAMP",
}
PUBLISHED_SCHEMAS = ("landed", "parsed", "reconciled", "tied_out", "breaks", "inquiries")


class Warehouse:
    """Tables and Parquet files under one state directory."""

    def __init__(
        self,
        directory: Path,
        *,
        memory_limit: str = "1GB",
        threads: int = 2,
        lock_wait_seconds: float = 30,
    ) -> None:
        self.directory = directory
        self.memory_limit, self.threads, self.lock_wait_seconds = (
            memory_limit,
            threads,
            lock_wait_seconds,
        )

    @property
    def file(self) -> Path:
        """The DuckDB file that is written."""
        return self.directory / "recon.duckdb"

    @property
    def published_file(self) -> Path:
        """The copy that people read."""
        return self.directory / "published" / "recon.duckdb"

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one step, with the tables in place."""
        self.directory.mkdir(parents=True, exist_ok=True)
        connection = self._open()
        try:
            connection.execute(f"SET memory_limit = '{self.memory_limit}'")
            connection.execute(f"SET threads = {self.threads}")
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute(f"SET temp_directory = '{self.directory / 'spill'}'")
            connection.execute(schema_sql())
            self._bring_up_to_date(connection)
            yield connection
        finally:
            connection.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        give_up_at = time.monotonic() + self.lock_wait_seconds
        while True:
            try:
                return duckdb.connect(str(self.file))
            except duckdb.IOException as error:
                if "lock" not in str(error):
                    raise ReconError(UNREADABLE, where=str(self.file), do=PUT_BACK) from error
                if time.monotonic() >= give_up_at:
                    raise BusyError(
                        "another process is writing the warehouse",
                        where=str(self.file),
                        do="Wait for it to end, then run again",
                    ) from None
                time.sleep(0.1)

    def _bring_up_to_date(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Tables of an older version get what later versions added; newer ones are refused."""
        (found,) = connection.execute("SELECT MAX(version) FROM main.schema_version").fetchall()[0]
        if found == SCHEMA_VERSION:
            return
        if found is not None and found > SCHEMA_VERSION:
            raise ReconError(
                f"the warehouse has schema version {found}, this program writes {SCHEMA_VERSION}",
                where=str(self.file),
                do="Use the program that wrote it, or rebuild the state from the landed files",
            )
        with transaction(connection):
            for statement in migrations(since=SCHEMA_VERSION if found is None else found):
                connection.execute(statement)
            connection.execute("INSERT INTO main.schema_version VALUES (?)", [SCHEMA_VERSION])

    def parsed_path(self, kind: str, day: date, file_id: str) -> Path:
        """Where the typed rows of one file version lie."""
        return self.directory / "parsed" / kind / day.isoformat() / f"{file_id}.parquet"

    def write_parquet(self, frame: pl.DataFrame, path: Path) -> None:
        """A Parquet file that is there whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        frame.write_parquet(part, compression="zstd", compression_level=1, statistics=True)
        part.replace(path)

    def orders_path(self, table: str, day: date) -> Path:
        """Where our side of a day lies frozen; `table` is `payments` or `refunds`."""
        return self.directory / "orders" / table / f"{day.isoformat()}.parquet"

    def gone_path(self, table: str, day: date) -> Path:
        """Where what is gone from our side lies, as it was last delivered; `table` is `payments` or `refunds`."""
        return self.orders_path(f"gone_{table}", day)

    def publish(self) -> Path:
        """Replaces the copy that people read; a reader of the old one keeps what it has open."""
        part = self.published_file.with_suffix(f".{os.getpid()}.part")
        part.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with self.connect() as connection:
            connection.execute(f"ATTACH '{part}' AS published")
            for schema, table in tables(connection):
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS published.{schema}")
                connection.execute(f"CREATE TABLE published.{schema}.{table} AS SELECT * FROM {schema}.{table}")
            connection.execute("DETACH published")
        part.replace(self.published_file)
        return self.published_file


def schema_sql() -> str:
    """The tables of the warehouse, made if they are missing."""
    return resources.files("resources").joinpath("schema.sql").read_text("utf-8")


def migrations(since: int) -> list[str]:
    """The statements that bring tables of version `since` to the present one, in order."""
    folder = resources.files("resources").joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [file.read_text("utf-8") for file in files if int(file.name[:4]) > since]


def tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of every table that is published."""
    rows = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() "
        f"AND schema_name IN ({', '.join('?' * len(PUBLISHED_SCHEMAS))}) ORDER BY ALL",
        list(PUBLISHED_SCHEMAS),
    ).fetchall()
    return [(schema, table) for schema, table in rows]


def replace_day(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    day: date,
    frame: pl.DataFrame,
    column: str = "as_of_day",
) -> None:
    """Puts the rows of a day in the place of those that were there. Call inside `transaction`."""
    connection.execute(f"DELETE FROM {table} WHERE {column} = ?", [day])
    if frame.height:
        names = ", ".join(frame.columns)
        connection.register("incoming", frame.to_arrow())
        connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
        connection.unregister("incoming")


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def parquet_relation(paths: Sequence[Path], schema: dict[str, pl.DataType | type[pl.DataType]]) -> str:
    """A SQL expression over Parquet files, or over no rows of the same columns."""
    existing = [str(path).replace("'", "''") for path in paths if path.exists()]
    if existing:
        names = ", ".join(f"'{path}'" for path in existing)
        return f"(SELECT {', '.join(schema)} FROM read_parquet([{names}], union_by_name = true))"
    columns = ", ".join(f"CAST(NULL AS {_sql_type(kind)}) AS {name}" for name, kind in schema.items())
    return f"(SELECT {columns} WHERE FALSE)"


def table_columns(table: str) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The columns of a table of the warehouse as `schema.sql` writes them; `table` is `<schema>.<name>`."""
    written = schema_sql().partition(f"CREATE TABLE IF NOT EXISTS {table} (")[2].partition(");")[0]
    kinds = {sql: kind for kind, sql in _SQL_TYPES.items()}
    pairs = [line.strip().rstrip(",").split() for line in written.strip().splitlines()]
    return {name: kinds[sql] for name, sql in pairs}


def _sql_type(kind: pl.DataType | type[pl.DataType]) -> str:
    return _SQL_TYPES[kind]
