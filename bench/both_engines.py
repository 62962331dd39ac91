"""Two engines side by side: DuckDB, and a server that speaks Spark Connect; each relation must be the same on both."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import polars as pl

from recon.matching.plan import Statement
from resources.engine import Engine, OpenEngine
from resources.engine.spark import SparkEngine
from resources.engine.spark_server import SparkServer
from resources.warehouse import Warehouse, temp_table

LOG = "RUST_LOG"
LOCAL = "127.0.0.1"


class BothEngines(Engine):
    """The relations of DuckDB count, and those of the server must have the same rows."""

    def __init__(self, spark: SparkEngine) -> None:
        super().__init__(spark.connection)
        self._spark = spark
        self.compared = 0

    def add_views(self, relations: Mapping[str, str]) -> None:
        """On both."""
        self._spark.add_views(relations)

    def add_table(self, name: str, query: str, values: Mapping[str, object]) -> None:
        """On both."""
        self._spark.add_table(name, query, values)

    def add_rows(self, name: str, frame: pl.DataFrame) -> None:
        """On both."""
        self._spark.add_rows(name, frame)

    def run(self, statement: Statement) -> int | None:
        """Both; a view shows in the tables that read it."""
        count = super().run(statement)
        assert self._spark.run(statement) == count, statement.name
        if count is not None:
            self._require_same(f"SELECT * FROM {statement.name}", count)
        return count

    def leave_empty(self, statement: Statement) -> None:
        """Both."""
        super().leave_empty(statement)
        self._spark.leave_empty(statement)

    def rows(self, query: str) -> pl.DataFrame:
        """What both say."""
        found = super().rows(query)
        self._require_same(query, found.height)
        return found

    def hand_over(self, name: str) -> None:
        """It was compared when it was made."""

    def _require_same(self, query: str, count: int) -> None:
        self.compared += 1
        if not count:
            return
        theirs = self._spark.rows(query)
        temp_table(self.connection, "of_server", theirs)
        left = self.connection.execute(f"{query} EXCEPT ALL SELECT * FROM of_server").pl()
        assert (theirs.height, theirs.columns, left.height) == (count, left.columns, 0), f"{query}: {left}"


@contextmanager
def sail() -> Iterator[SparkServer]:
    """Sail in this process, on a free port."""
    with _quiet_log():
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer(LOCAL, 0)
        server.start(background=True)
    host, port = server.listening_address
    try:
        yield SparkServer(f"sc://{host}:{port}", wait_seconds=5)
    finally:
        server.stop()


@contextmanager
def apache_spark(environment: Path) -> Iterator[str]:
    """The URL of a cluster of two workers on this machine, started from an environment with `pyspark[connect]`."""
    (home,) = environment.resolve().glob("lib/python*/site-packages/pyspark")
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        port = probe.getsockname()[1]
    settings = {
        "spark.connect.grpc.binding.address": LOCAL,
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": 2,
    }
    with TemporaryDirectory() as folder:
        cluster = subprocess.Popen(
            [home / "bin" / "spark-submit", "--master", "local-cluster[2,1,1024]", "--driver-memory", "2g",
             *(word for name, value in settings.items() for word in ("--conf", f"{name}={value}")),
             "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"],
            env=os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": LOCAL},
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield f"sc://{LOCAL}:{port}"
        finally:
            cluster.terminate()
            cluster.wait()


@contextmanager
def _quiet_log() -> Iterator[None]:
    before = os.environ.get(LOG)
    os.environ[LOG] = "error"
    try:
        yield
    finally:
        os.environ.pop(LOG)
        os.environ.update({} if before is None else {LOG: before})


def both(server: SparkServer) -> OpenEngine:
    """Opens both engines as one."""

    @contextmanager
    def opened(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> Iterator[Engine]:
        with server.opened(connection, warehouse) as spark:
            yield BothEngines(spark)

    return opened
