"""A real PostgreSQL server on loopback, one for a run of tests; each test gets its own database."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

import psycopg

ACCOUNT = "postgres"  # the server refuses to run as root
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=40"


def installed() -> Path | None:
    """The folder with initdb and pg_ctl, or None."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    found = [str(path) for path in versions] + [shutil.which("pg_ctl") or ""]
    return next((Path(path).parent for path in found if path), None)


@dataclass
class Postgres:
    """A running server."""

    port: int
    _numbers: Iterator[int]

    def new_database(self) -> str:
        """The SQLAlchemy URL of an empty database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self._dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{name}"

    def connect(self, url: str) -> psycopg.Connection:
        """A connection of its own, apart from the one under test."""
        return psycopg.connect(url)

    def _dsn(self, name: str) -> str:
        return f"postgresql://{ACCOUNT}@127.0.0.1:{self.port}/{name}"


@contextlib.contextmanager
def running_postgres(binaries: Path) -> Iterator[Postgres]:
    """The server of this process: started by the first who asks, stopped when the process ends."""
    yield _started(binaries)


@cache
def _started(binaries: Path) -> Postgres:
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(_server(binaries))


@contextlib.contextmanager
def _server(binaries: Path) -> Iterator[Postgres]:
    """Starts a server in a temporary folder and stops it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="recon-postgres-"))
    cluster, port = folder / "cluster", free_port()
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT, ACCOUNT)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} {QUICK}"
    try:
        _as_account(binaries / "initdb", "-D", cluster, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8",
                    "--no-locale", "--no-sync")  # fmt: skip
        _as_account(binaries / "pg_ctl", "-D", cluster, "-l", folder / "log", "-w", "-o", options, "start")
        yield Postgres(port, count(1))
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            _as_account(binaries / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _as_account(*command: str | Path) -> None:
    drop = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"]
    subprocess.run(
        [*(drop if os.geteuid() == 0 else []), *map(str, command)],
        check=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
    )


def free_port() -> int:
    """One that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
