"""The engine of the match: whether the server answers, and whether it and this program reach the same files."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from resources.engine.spark_server import server_of
from resources.settings import Settings
from resources.settings.engine import EngineKind
from resources.warehouse import Warehouse
from views.doctor.findings import Finding, note, ok
from views.doctor.rounds import expected


def engine_findings(settings: Settings) -> Iterator[Finding]:
    """One SELECT, and one row that goes through a file in both directions."""
    if settings.engine.kind is EngineKind.DUCKDB:
        yield ok("duckdb", f"{duckdb.__version__}, in this process")
        return
    server = server_of(settings)
    with expected("session", "engine"):
        yield ok("session", f"{settings.engine.url} answers: Spark {server.version()}")
    directory = settings.warehouse.directory
    if not directory.is_dir():
        yield note(
            "files", "not tried: the first run makes the state directory", "warehouse.directory", "Run it again then"
        )
        return
    with (
        expected("files", "warehouse.directory"),
        duckdb.connect() as connection,
        server.opened(connection, Warehouse(directory), "doctor") as engine,
    ):
        engine.try_out()
        yield ok("files", f"the server reads and writes {directory / 'spill'}")
