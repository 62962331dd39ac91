"""A server that speaks Spark Connect: Apache Spark, Databricks, Sail. A session for each day, and its errors as ours.

What it needs is an extra of the project, and imported when a session is opened.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from recon.errors import EngineError
from resources.files import scratch_folder
from resources.settings import Settings
from resources.storage import storage_errors
from resources.warehouse import Warehouse

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from resources.engine.spark import SparkEngine

INSTALL = 'Install it with `pip install ".[spark]"`'
SESSION = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # as DuckDB: without a zone
    "spark.sql.ansi.enabled": "true",  # what does not fit is an error
}


def server_of(settings: Settings) -> SparkServer:
    """The configured server; nothing is asked of it yet."""
    token = settings.optional_secret(settings.engine.token_env)
    return SparkServer(settings.engine.url, token.get_secret_value() if token else None, settings.engine.wait_seconds)


@dataclass(frozen=True)
class SparkServer:
    """Where the server is. `token`: what it lets us in with; never printed."""

    url: str
    token: str | None = field(default=None, repr=False)
    wait_seconds: int = 60

    @contextmanager
    def opened(
        self, connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, name: str = "engine"
    ) -> Iterator[SparkEngine]:
        """A session for one day. `name`: of the folder for what is made meanwhile.

        EngineError if there is no session to be had within `wait_seconds`.
        """
        with _installed():
            from resources.engine.spark import SparkEngine
        scratch = warehouse.directory / "spill" / name
        with self._session() as session, ExitStack() as held:
            with storage_errors(scratch):
                held.enter_context(scratch_folder(scratch))
            yield SparkEngine(connection, session, scratch, self.asking)

    def version(self) -> str:
        """What the server says of itself, after one SELECT. EngineError as from `opened`."""
        with self._session() as session, self.asking("answer SELECT 1"):
            session.sql("SELECT 1").toArrow()
            return str(session.version)

    @contextmanager
    def _session(self) -> Iterator[SparkSession]:
        """A session that answers, with the settings that the statements rely on."""
        with _installed():
            from pyspark.sql.connect.client.retries import DefaultPolicy
            from pyspark.sql.connect.session import SparkSession
        with self.asking("open a session"):
            session: SparkSession = SparkSession.builder.remote(self.with_token()).create()  # nothing is sent yet
        try:
            patience = DefaultPolicy(self.wait_seconds, backoff_multiplier=1, initial_backoff=1000, max_backoff=1000)
            session.client.set_retry_policies([patience])
            with self.asking("open a session"):
                for key, value in SESSION.items():
                    session.conf.set(key, value)
            yield session
        finally:
            session.client.set_retry_policies([])  # it is told once that the session is over
            with _quiet():
                session.stop()

    def with_token(self) -> str:
        """The URL as the client takes it; never printed."""
        if not self.token:
            return self.url
        return f"{self.url.rstrip('/')}{'' if '/;' in self.url else '/'};token={self.token}"

    @contextmanager
    def asking(self, what: str) -> Iterator[None]:
        """What the server or its client says against it becomes EngineError, without a value of a row."""
        from grpc import RpcError, StatusCode
        from pyspark.errors import PySparkException

        try:
            with _quiet():
                yield
        except (PySparkException, RpcError) as error:
            code = _status(error)
            if code in (StatusCode.UNAUTHENTICATED, StatusCode.PERMISSION_DENIED):
                said, do = "the engine does not let us in", "Check the variable that engine.token_env names"
            elif code in (StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED):
                said, do = "the engine does not answer", "Start it, or correct engine.url in recon.toml"
            else:
                said = f"the engine refuses to {what}: {_condition(error)}"
                do = "Run recon doctor, and read the words of the server in the log of the run"
            raise EngineError(said, where=self.url, do=do) from error


@contextmanager
def _installed() -> Iterator[None]:
    """While the client is imported. Where the main module has no file it takes that for a test of its own."""
    main = sys.modules["__main__"]
    has_file = hasattr(main, "__file__")
    try:
        if not has_file:
            main.__file__ = ""
        with _quiet():
            yield
    except ImportError as error:
        what = f"a package for Spark Connect is missing or too old: {error}"
        raise EngineError(what, where='engine.kind = "spark"', do=INSTALL) from error
    finally:
        if not has_file:
            del main.__file__


@contextmanager
def _quiet() -> Iterator[None]:
    """The client warns about versions of pandas, which is not used here, and says once more what its errors say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _status(error: Exception) -> object:
    """The status of gRPC, of an error of the client or of gRPC itself; None if it has none."""
    asked = getattr(error, "getGrpcStatusCode", None) or getattr(error, "code", None)
    return asked() if callable(asked) else None


def _condition(error: Exception) -> str:
    """The name that Spark has for what went wrong, or the kind of error: its text may hold values of rows."""
    asked = getattr(error, "getCondition", None)
    return str(asked() if callable(asked) and asked() else type(error).__name__)
