"""The match of one day on a Spark Connect server.

The server reads the Parquet files of the state directory under the paths that they have here, and writes each relation
of the day into a folder of it. Only what is handed over comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from recon.errors import EngineError
from recon.matching.plan import Statement
from recon.matching.relation_types import no_rows, typed, types_of
from resources.engine import Engine
from resources.engine.spark_sql import spark_sql, spark_type
from resources.storage import sql_path, storage_errors
from resources.warehouse import temp_table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.connect.session import SparkSession


class SparkEngine(Engine):
    """One day on a server. `scratch`: an empty folder that both sides reach."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        session: SparkSession,
        scratch: Path,
        asking: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        super().__init__(connection)
        self._session, self._scratch, self._asking = session, scratch, asking
        self._file_count = 0

    def add_views(self, relations: Mapping[str, str]) -> None:
        super().add_views(relations)
        for name, relation in relations.items():
            self._add_view(name, f"SELECT * FROM {relation}")

    def add_table(self, name: str, query: str, values: Mapping[str, object]) -> None:
        super().add_table(name, query, values)
        self._send(name)

    def add_rows(self, name: str, frame: pl.DataFrame) -> None:
        super().add_rows(name, frame)
        self._send(name)

    def run(self, statement: Statement) -> int | None:
        query = typed(statement.name, statement.text)
        if statement.is_table:
            return self._make(statement.name, query, types_of(statement.name))
        self._add_view(statement.name, query)
        return None

    def leave_empty(self, statement: Statement) -> None:
        self._add_view(statement.name, no_rows(statement.name))

    def rows(self, query: str) -> pl.DataFrame:
        with self._asking("give rows"):
            return _as_duckdb_gives(self._session.sql(spark_sql(query)))

    def hand_over(self, name: str) -> None:
        with self._asking(f"hand over {name}"):
            frame = _as_duckdb_gives(self._session.table(name))
        temp_table(self.connection, name, frame)

    def try_out(self) -> None:
        """Sends a row, and lets the server read and write it. EngineError if it cannot."""
        self.add_rows("sent", pl.DataFrame({"number": [1]}))
        if self._make("returned", "SELECT number FROM sent", [("number", "BIGINT")]) != 1:
            raise EngineError(
                "a row that the engine wrote is not there when it is read",
                where=str(self._scratch),
                do="Let the server and this program use the same folder under the same path",
            )

    def _make(self, name: str, query: str, columns: Iterable[tuple[str, str]]) -> int:
        """A relation that is computed once; the number of its rows. `columns`: their types, in the words of DuckDB."""
        file = self._new_file()
        with self._asking(f"make {name}"):
            self._session.sql(spark_sql(query)).write.parquet(_uri(file))
            made = self._session.read.schema(_schema(columns)).parquet(_uri(file))
            made.createOrReplaceTempView(name)
            return int(made.count())

    def _send(self, name: str) -> None:
        """Through a Parquet file, in which Spark reads no INTERVAL: they are whole seconds there."""
        file = self._new_file()
        kinds = self._columns(f"SELECT * FROM {name}")
        spans = [column for column, kind in kinds.items() if kind == "INTERVAL"]
        seconds = ", ".join(f"CAST(EXTRACT(EPOCH FROM {span}) AS BIGINT) AS {span}" for span in spans)
        sent = f"SELECT * {f'REPLACE ({seconds})' if spans else ''} FROM {name}"
        with storage_errors(file):
            self.connection.execute(f"COPY ({sent}) TO {sql_path(file)} (FORMAT parquet)")
        columns = ", ".join(
            f"{column} * INTERVAL '1' SECOND AS {column}" if column in spans else column for column in kinds
        )
        self._add_view(name, f"SELECT {columns} FROM read_parquet([{sql_path(file)}])")

    def _add_view(self, name: str, query: str) -> None:
        with self._asking(f"make {name}"):
            self._session.sql(spark_sql(query, self._add_files)).createOrReplaceTempView(name)

    def _add_files(self, paths: Sequence[str]) -> str:
        """A relation over Parquet files, with all columns that one of them has."""
        files = ", ".join(sql_path(Path(path)) for path in paths)
        schema = _schema(self._columns(f"SELECT * FROM read_parquet([{files}], union_by_name = true)").items())
        name = f"files_{self._new_file().name}"
        read = self._session.read.schema(schema).parquet(*(_uri(Path(path)) for path in paths))
        read.createOrReplaceTempView(name)
        return name

    def _columns(self, query: str) -> dict[str, str]:
        """Name and type of DuckDB, of each column of a query."""
        return {name: kind for name, kind, *_ in self.connection.execute(f"DESCRIBE {query}").fetchall()}

    def _new_file(self) -> Path:
        self._file_count += 1
        return self._scratch / str(self._file_count)


def _schema(columns: Iterable[tuple[str, str]]) -> str:
    """Files without rows have none of their own."""
    return ", ".join(f"`{name}` {spark_type(kind)}" for name, kind in columns)


def _uri(path: Path) -> str:
    """The path of a local file, wherever the server looks for those without a scheme."""
    return f"file://{path.resolve()}"


def _as_duckdb_gives(relation: DataFrame) -> pl.DataFrame:
    """Its rows: instants without a zone, wide integers as integers."""
    frame = pl.DataFrame(pl.from_arrow(relation.toArrow()))
    instants = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone]
    integers = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Decimal) and not kind.scale]
    return frame.with_columns(pl.col(instants).dt.replace_time_zone(None), pl.col(integers).cast(pl.Int64))
