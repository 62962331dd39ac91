"""A real MariaDB server on loopback, one for a run of tests; each test gets its own database."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import pymysql

from tests.support.postgres import free_port

QUICK = [
    *("--skip-name-resolve", "--performance-schema=OFF", "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M"),
    *("--innodb-doublewrite=OFF", "--innodb-flush-log-at-trx-commit=0", "--default-time-zone=+05:30"),
    *("--character-set-server=utf8mb4", "--collation-server=utf8mb4_general_ci"),
]


@dataclass
class MariaDb:
    """A running server. Its own zone is none of those in which anybody sells."""

    port: int
    _process: subprocess.Popen[bytes]
    _numbers: Iterator[int]

    def new_database(self) -> str:
        """The SQLAlchemy URL of an empty database."""
        name = f"test_{next(self._numbers)}"
        with self.connect() as connection:
            connection.cursor().execute(f"create database {name}")
        return f"mariadb+pymysql://root@127.0.0.1:{self.port}/{name}?ssl_disabled=1"  # certificates take long to load

    def connect(self, database: str | None = None) -> pymysql.Connection:
        """A connection of its own, apart from the one under test; each statement is committed."""
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", database=database, autocommit=True, ssl_disabled=True
        )

    def wait(self) -> None:
        """Until it answers."""
        for _ in range(600):
            with contextlib.suppress(pymysql.err.OperationalError):
                self.connect().close()
                return
            assert self._process.poll() is None, "the server ended"
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def end(self) -> None:
        """At once, as when a machine fails."""
        self._process.kill()
        self._process.wait(30)


@cache
def started_mariadb() -> MariaDb:
    """The server of this process: started by the first who asks, stopped when the process ends."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running_mariadb())


@contextlib.contextmanager
def running_mariadb() -> Iterator[MariaDb]:
    """Starts a server in a temporary folder and stops it at the end."""
    folder, port = Path(tempfile.mkdtemp(prefix="recon-mariadb-")), free_port()
    options = [f"--datadir={folder / 'data'}", f"--socket={folder / 'socket'}", *_account()]
    installed = ["mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
    try:
        subprocess.run([*installed, *options], check=True, capture_output=True, timeout=120)
        server = subprocess.Popen(
            ["mariadbd", "--no-defaults", *options, *QUICK, f"--port={port}", "--bind-address=127.0.0.1"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin"},
        )
        try:
            running = MariaDb(port, server, count(1))
            running.wait()
            yield running
        finally:
            server.kill()  # nothing of it is kept
            server.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> list[str]:
    """The server refuses to run as root unless an option allows it."""
    return ["--user=root"] if os.geteuid() == 0 else []
