"""The warehouse: the only place that knows where tables are and how they are written.

One DuckDB file with one writer, wide parsed rows as Parquet next to it. A connection is open only within a step, the
file for a whole run. People read the published copy, never the file being written. A day is replaced whole, in one
transaction.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import date
from importlib import resources
from pathlib import Path
from typing import ClassVar

import duckdb
import polars as pl

from recon.errors import ReconError, StorageError
from recon.schema import Schema
from resources.files import copy_elsewhere, sha256_of, write_atomically
from resources.storage import (
    RESTORE,
    damaged,
    open_database,
    require_readable_parquet,
    sql_path,
    storage_error,
    storage_errors,
)
from resources.tables import PRIVATE, SQL_TYPES, TABLES, create_tables_sql

SCHEMA_VERSION = 5
JOINED = ".joined"  # among the parsed rows: those of many days in one file (joined_rows.py)
SMALL_DAY = 8 * 1024 * 1024  # bytes of reports; up to this a second thread costs more than it helps
_OF_DAMAGE = (duckdb.Error, duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)


class Warehouse:
    """Tables and Parquet files under one state directory."""

    exported_by_others: frozenset[date] = frozenset()  # closed days whose exports another process still writes
    _open_files: ClassVar[dict[Path, duckdb.DuckDBPyConnection]] = {}  # of this process, while a run keeps them open
    _small_days: ClassVar[set[Path]] = set()  # of these files, those that need one thread

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
    def kept_open(self) -> Iterator[None]:
        """Until the end each `connect` of this process uses the file that is already open; others wait for it.

        Opening and closing cost more than the work of a small step. May be nested.
        """
        if self.file in self._open_files:
            yield
            return
        with storage_errors(self.file):
            self._open_files[self.file] = self._open()
        try:
            yield
        finally:
            with storage_errors(self.file):
                self._close_kept()

    def collecting(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection for a step that looks at nothing but what was collected (`collect`) of the day of this run."""
        return self.connect()

    def collect(self, write: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
        """Writes what was collected of a day, whatever the other days are; `WarehouseInTurn` does it twice."""
        with self.connect() as connection:
            write(connection)

    def finish_day_before(self) -> None:
        """Call before the status of earlier days is read: another process may be writing exports of the last one."""

    @contextmanager
    def writing_exports(self, mark: Callable[[duckdb.DuckDBPyConnection], object]) -> Iterator[None]:
        """While files of a day are written of which everything is read; then `mark` writes that the day is proved."""
        yield
        with self.connect() as connection:
            mark(connection)

    def suit_threads(self, size: int) -> None:
        """As long as the file is kept open: one thread for a day whose reports have few bytes, else all of them.

        DuckDB shares out even the smallest statement, and its threads are busy while they wait for each other.
        """
        if kept := self._open_files.get(self.file):
            (self._small_days.add if size <= SMALL_DAY else self._small_days.discard)(self.file)
            kept.execute(f"SET threads = {self.threads_in_use}")

    @property
    def threads_in_use(self) -> int:
        """Of DuckDB, for the day at hand."""
        return 1 if self.file in self._small_days else self.threads

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one step, with the tables in place."""
        with storage_errors(self.file):
            kept = self._open_files.get(self.file)
            connection = kept.cursor() if kept else self._open()
            try:
                with self.naming_damaged_files(self.file):
                    yield connection
            except duckdb.FatalException:  # whatever is asked of the open file from now on fails
                self._close_kept()
                raise
            finally:
                connection.close()

    def _open(self) -> duckdb.DuckDBPyConnection:
        """The file, with the tables in place; what is set here holds for all connections to it."""
        self.directory.mkdir(parents=True, exist_ok=True)
        connection = self._database()
        try:
            connection.execute("SET errors_as_json = true")  # so that an error has the code of the system
            connection.execute("SET memory_limit = ?", [self.memory_limit])
            connection.execute(f"SET threads = {self.threads}")
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET parquet_metadata_cache = true")  # read again where a file was written since
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute(f"SET temp_directory = {sql_path(self.directory / 'spill')}")
            if not _has_all_tables(connection):
                connection.execute(create_tables_sql())
            self._bring_up_to_date(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _database(self) -> duckdb.DuckDBPyConnection:
        return open_database(self.file, wait_seconds=self.lock_wait_seconds)

    def _close_kept(self) -> None:
        self._small_days.discard(self.file)
        if kept := self._open_files.pop(self.file, None):
            with suppress(duckdb.FatalException):
                kept.close()

    @contextmanager
    def naming_damaged_files(self, database: Path, if_damaged: str = RESTORE) -> Iterator[None]:
        """While tables and Parquet files are read: StorageError with the file of them that cannot be read."""
        try:
            yield
        except duckdb.Error as error:
            if type(error) in _OF_DAMAGE and storage_error(error, database) is None:
                for path in sorted(self.directory.glob("*/**/*.parquet"), key=_age):
                    require_readable_parquet(path, do=self._way_out(path))
                if isinstance(error, duckdb.IOException):
                    raise damaged(database, do=if_damaged) from error
            raise

    def _way_out(self, path: Path) -> str:
        """What to do about a damaged Parquet file: typed rows are made again from the landed bytes."""
        folder, *inner = path.relative_to(self.directory).parts
        if inner[0] == JOINED:
            return "Remove it: the rows in it are also in the files that it was made of"
        return f"Make it again: `recon run --day {inner[1]}`" if folder == "parsed" else RESTORE

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
        """Where the typed rows of one file version are."""
        return self.directory / "parsed" / kind / day.isoformat() / f"{file_id}.parquet"

    def kept_rows(self, kind: str, day: date, file_id: str) -> Path:
        """As `parsed_path`; StorageError if the rows, which the warehouse says are there, are gone."""
        path = self.parsed_path(kind, day, file_id)
        if not path.exists():
            raise StorageError("is gone, and its rows are needed", where=str(path), do=self._way_out(path))
        return path

    def write_parquet(self, frame: pl.DataFrame, path: Path) -> None:
        """A Parquet file that is there whole or not at all."""
        content = io.BytesIO()  # so that an error of the disk comes with its code
        frame.write_parquet(content, compression="zstd", compression_level=1, statistics=True)
        with storage_errors(path):
            write_atomically(path, content.getbuffer())

    def orders_path(self, table: str, day: date) -> Path:
        """Where our side of a day is frozen; `table` is `payments` or `refunds`."""
        return self.directory / "orders" / table / f"{day.isoformat()}.parquet"

    def gone_path(self, table: str, day: date) -> Path:
        """Where what is gone from our side is, as it was last delivered; `table` is `payments` or `refunds`."""
        return self.orders_path(f"gone_{table}", day)

    def seal(self, path: Path) -> None:
        """Keeps the digest of a file next to it, as `sha256sum --check` reads it."""
        with storage_errors(path):
            write_atomically(_seal_path(path), f"{sha256_of(path)}  {path.name}\n".encode())

    def require_sealed(self, path: Path, day: date) -> None:
        """StorageError if a kept file of a day is gone or not what was kept; older versions wrote no seal."""
        seal = _seal_path(path)
        if not seal.exists():
            return
        is_kept = path.is_file() and seal.read_text("utf-8").split()[:1] == [sha256_of(path)]
        if not is_kept:
            raise StorageError(
                "has changed since it was kept: its sha256 is not the one that was kept"
                if path.exists()
                else "is gone, and its sha256 is still there",
                where=str(path),
                do=f"Restore it from a backup, or freeze it again: `recon run --day {day}`",
            )

    def publish(self, add: Callable[[duckdb.DuckDBPyConnection], None] | None = None) -> Path:
        """Replaces the copy that people read; a reader of the old one keeps what it has open.

        The file is copied as it is, which costs the same however many days it has seen: to read and write tables
        would cost more every day. `add` puts more into the copy.
        """
        part = self.published_file.with_suffix(f".{os.getpid()}.part")
        with storage_errors(self.published_file):
            part.parent.mkdir(parents=True, exist_ok=True)
            try:
                with self.connect() as connection:
                    connection.execute("CHECKPOINT")
                    copy_elsewhere(self.file, part)
                self._finish_copy(part, add)
                part.replace(self.published_file)
            finally:
                part.unlink(missing_ok=True)
        return self.published_file

    def _finish_copy(self, part: Path, add: Callable[[duckdb.DuckDBPyConnection], None] | None) -> None:
        with closing(open_database(part)) as connection:
            connection.execute("SET errors_as_json = true")
            with transaction(connection):
                for schema in PRIVATE:
                    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
                if add is not None:
                    add(connection)


def _has_all_tables(connection: duckdb.DuckDBPyConnection) -> bool:
    """To look costs a fifth of what the statements cost, although they make nothing."""
    found = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
    return TABLES.keys() <= {name for (name,) in found}


def migrations(since: int) -> list[str]:
    """The statements that bring tables of version `since` to the present one, in order."""
    folder = resources.files("resources").joinpath("migrations")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".sql")), key=lambda file: file.name)
    return [file.read_text("utf-8") for file in files if int(file.name[:4]) > since]


def replace_day(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    day: date,
    frame: pl.DataFrame,
    column: str = "as_of_day",
) -> None:
    """Puts the rows of a day in the place of those that were there. Call inside `transaction`."""
    connection.execute(f"DELETE FROM {table} WHERE {column} = ?", [day])
    add_rows(connection, table, frame)


def add_rows(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    """Puts the rows of a frame into a table that has its columns."""
    if frame.height:
        names = ", ".join(frame.columns)
        connection.register("incoming", frame.to_arrow())
        connection.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM incoming")
        connection.unregister("incoming")


def create_views(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, str]) -> None:
    """Temporary views by name, each over a SQL expression."""
    for name, relation in relations.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {relation}")


def temp_table(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """A temporary table with the rows of a frame."""
    connection.register("incoming", frame.to_arrow())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM incoming")
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


def parquet_relation(paths: Sequence[Path], schema: Schema) -> str:
    """A SQL expression over those Parquet files that exist, or over no rows of the same columns."""
    return parquet_relation_of_all([path for path in paths if path.exists()], schema)


def parquet_relation_of_all(paths: Sequence[Path], schema: Schema) -> str:
    """As `parquet_relation`; to read it is an IOException of DuckDB if one of the files is gone."""
    columns = columns_of_files(paths, schema)
    if not paths:
        return f"(SELECT {columns} WHERE FALSE)"
    return f"(SELECT {columns} FROM read_parquet([{', '.join(map(sql_path, paths))}], union_by_name = true))"


def columns_of_files(paths: Sequence[Path], schema: Schema) -> str:
    """What to select from Parquet files: the columns of a schema, null where every file is of a version without it."""
    missing = set(schema)
    for path in reversed(paths):  # the newest first: mostly it has them all
        if missing:
            missing -= _columns_of_file(path, schema)
    return ", ".join(
        f"CAST(NULL AS {SQL_TYPES[kind]}) AS {name}" if name in missing else name for name, kind in schema.items()
    )


def _columns_of_file(path: Path, schema: Schema) -> set[str]:
    """Of a damaged file all: who reads it says what is wrong with it."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    try:
        return set(pq.read_schema(path).names)
    except (OSError, pa.ArrowException):
        return set(schema)


def _seal_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _age(path: Path) -> float:
    return -path.stat().st_mtime
