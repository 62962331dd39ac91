"""An empty database of each kind in which orders are tested."""

from __future__ import annotations

from pathlib import Path

from tests.support.mariadb import started_mariadb
from tests.support.postgres import installed, running_postgres

SERVERS = ("postgresql", "mariadb")
DATABASES = ("sqlite", *SERVERS)


def new_database(kind: str, folder: Path) -> str:
    """Its URL; the server is started by the first who asks for it."""
    if kind == "sqlite":
        return f"sqlite:///{folder / 'ogloba.sqlite'}"
    if kind == "mariadb":
        return started_mariadb().new_database()
    binaries = installed()
    assert binaries, "PostgreSQL is not installed: run `make services`"
    with running_postgres(binaries) as server:
        return server.new_database()
