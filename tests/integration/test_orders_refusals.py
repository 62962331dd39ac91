"""A database that does not do what is asked: one line by cause, never a piece of its URL."""

from __future__ import annotations

import socket
import sqlite3
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from recon.errors import ConfigurationError, OrdersError
from resources.orders_db.db import OrdersDb
from resources.settings.orders import WriteBack
from tests.support.ogloba_tables import OglobaTables, example_source, scope, sqlite_tables
from tests.support.postgres import installed, running_postgres
from views.doctor.orders import orders_findings, write_back_findings
from views.doctor.rounds import StoppedError

READY = b"R" + struct.pack("!II", 8, 0) + b"Z" + struct.pack("!I", 5) + b"I"


def stopped(folder: Path, url: str, **changes: Any) -> OrdersError | ConfigurationError:
    source = example_source(**changes)
    with pytest.raises((OrdersError, ConfigurationError)) as caught:
        OrdersDb([source], {source.url_env: url}).freeze(scope(), folder / "orders")
    assert "\n" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__, (
        "no other error is kept with it, whose text could be shown"
    )
    return caught.value


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that accepts connections and leaves each of them to `answer`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                kept.append(connection)
                threading.Thread(target=answer, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)
        for connection in kept:
            connection.close()


def silence(_connection: socket.socket) -> None:
    """Nothing is ever said."""


def welcome(connection: socket.socket) -> None:
    """Like PostgreSQL until it is ready for a query, and then nothing."""
    with connection.makefile("rwb", buffering=0) as stream:
        while True:
            (length,) = struct.unpack("!I", stream.read(4))
            (code,) = struct.unpack("!I", stream.read(length - 4)[:4])
            if code not in (80877103, 80877104):  # encryption is asked for first
                break
            stream.write(b"N")
        stream.write(READY)
        while stream.read(4096):
            pass


@pytest.mark.parametrize(
    ("scheme", "answer"), [("postgresql", silence), ("postgresql", welcome), ("mariadb+pymysql", silence)]
)
def test_a_database_that_accepts_and_says_nothing_is_one_line_that_names_the_keys(
    tmp_path: Path, scheme: str, answer: Callable[[socket.socket], None]
) -> None:
    with listening(answer) as port:
        url = f"{scheme}://reader:hush@127.0.0.1:{port}/ogloba"
        error = stopped(tmp_path, url, connect_timeout_seconds=1, statement_timeout_seconds=0.2)
    assert error.what.startswith("the database does not answer: nothing came within 1 s")
    assert "connect_timeout_seconds or statement_timeout_seconds" in error.do


def test_a_statement_that_takes_too_long_is_ended_by_the_server(tmp_path: Path) -> None:
    binaries = installed()
    assert binaries is not None
    with running_postgres(binaries) as server:
        shop = OglobaTables(server.new_database())
        shop.order("1")
        query = "select redemption.* from redemption, (select pg_sleep(30)) as slow"
        error = stopped(tmp_path, shop.url, statement_timeout_seconds=0.1, payments__query=query)
        url = server.new_database()
        absent = stopped(tmp_path, f"{url}_tail")
        refused = stopped(tmp_path, url, payments__query="select * from no_such")
        hidden = stopped(
            tmp_path, url.replace("postgres@", "postgres:no_such@"), payments__query="select * from no_such"
        )
    assert error.what.startswith("the database does not answer")
    assert "tail" not in str(absent)
    assert refused.what == 'the database refused the query: relation "no_such" does not exist'
    assert hidden.what == "the database refused the query: 42P01"


@pytest.mark.parametrize("sign", ["@", "/", "#", ":", "?", "%", "@:", "/@", "#@", "?@", "[", "]@", "\\"])
@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "mariadb+pymysql"])
def test_a_password_with_a_sign_that_is_not_escaped_is_never_shown(tmp_path: Path, scheme: str, sign: str) -> None:
    url = f"{scheme}://reader:open{sign}TAIL.invalid@127.0.0.1:1/ogloba"
    source = example_source()
    error = stopped(tmp_path, url, connect_timeout_seconds=1)
    with pytest.raises(StoppedError) as caught:
        list(orders_findings(source, "orders[0]", {source.url_env: url}, scope().now, lambda: scope().now))
    wanted = WriteBack(enabled=True, url_env="W", states={"SUCCESS": "S"},
                       statement="update t set s = :pay_state where k = :order_key")  # fmt: skip
    try:
        findings = list(write_back_findings(wanted, "orders[0].write_back", {"W": url}))
    except StoppedError as stop:
        findings = [stop.finding]
    for shown in (str(error), repr(caught.value.finding), repr(findings)):
        assert "tail" not in shown.lower()
        assert "open" not in shown.lower()
        assert "reader" not in shown.replace("RECON_ORDERS_URL", "").lower()
        assert "127.0.0.1" not in shown
    assert ("@ occurs more than once" in str(error)) == ("@" in sign)


@pytest.mark.parametrize(
    "url",
    ["postgresql://reader@host:TAIL/ogloba", "postgresql://reader:hush@TAIL.invalid/ogloba", "TAIL", "://TAIL",
     "postgresql://reader:hush@127.0.0.1:1/TAIL", "postgresql://reader:hush@127.0.0.1:1/d?sslmode=TAIL",
     "postgresql://reader:hush@127.0.0.1:1/d?TAIL=1", "TAIL+x://u:hush@h/d"],
)  # fmt: skip
def test_no_other_part_of_a_url_is_shown(tmp_path: Path, url: str) -> None:
    shown = str(stopped(tmp_path, url, connect_timeout_seconds=1))
    assert "TAIL" not in shown
    assert "hush" not in shown


@pytest.mark.parametrize(
    ("url", "extra", "named"),
    [
        ("mysql://u:hush@h/d", "mysql", "mysql+pymysql"),
        ("mariadb://u:hush@h/d", "mariadb", "mariadb+pymysql"),
        ("oracle://u:hush@h/d", "oracle", "oracle+oracledb"),
        ("mssql://u:hush@h/d", "mssql", "mssql+pyodbc"),
    ],
)
def test_a_missing_driver_names_the_extra_to_install(tmp_path: Path, url: str, extra: str, named: str) -> None:
    error = stopped(tmp_path, url)
    assert "that is not installed" in error.what
    assert f'`pip install ".[{extra}]"`' in error.do
    assert named in error.do
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert f"\n{extra} = [" in project.read_text()


@pytest.mark.parametrize("url", ["db2://u:hush@h/d", "postgres://u:hush@h/d", "mariadb+none://u:hush@h/d"])
def test_an_unknown_database_is_answered_with_those_that_are_known(tmp_path: Path, url: str) -> None:
    error = stopped(tmp_path, url)
    assert error.what.endswith("supported are postgresql, sqlite, mysql, mariadb, oracle, mssql")


def test_a_locked_sqlite_file_is_reported_as_locked(tmp_path: Path) -> None:
    shop = sqlite_tables(tmp_path)
    with sqlite3.connect(tmp_path / "ogloba.sqlite", isolation_level=None) as other:
        other.execute("begin exclusive")
        error = stopped(tmp_path, shop.url, connect_timeout_seconds=0.1)
        other.execute("rollback")
    assert isinstance(error, OrdersError)
    assert error.what == "the database is locked by another process for more than 0.1 s"
    assert "query" not in str(error)


def test_a_file_that_is_no_database_is_reported_as_a_file(tmp_path: Path) -> None:
    (tmp_path / "ogloba.sqlite").write_text("no database" * 1000)
    error = stopped(tmp_path, f"sqlite:///{tmp_path / 'ogloba.sqlite'}")
    assert "its file is damaged, no SQLite file, or cannot be read (SQLITE_NOTADB)" in error.what
