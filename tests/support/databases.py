"""An empty database of each kind in which orders are tested."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

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


def database_of(url: str) -> str:
    """Its name, as in `test_7`."""
    return str(make_url(url).database)


def own_account(url: str) -> str:
    """A name for an account that no other test takes: accounts belong to the server, which many tests share."""
    return f"reader_of_{database_of(url)}"
