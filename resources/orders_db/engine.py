"""A connection to an orders database: the URL comes from the environment and is never printed."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from pydantic import SecretStr

from recon.errors import ConfigurationError


def engine_of(variable: str, url: SecretStr, mode: Literal["ro", "rw"] = "ro") -> sa.Engine:
    """One connection at a time; `mode` is that of a SQLite file, other databases know the rights of their user.

    ConfigurationError if `variable` holds no usable URL.
    """
    try:
        told = sa.make_url(url.get_secret_value())
        if told.get_backend_name() == "sqlite":
            return _sqlite_engine(variable, told, mode)
        return sa.create_engine(told, poolclass=sa.NullPool, hide_parameters=True)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError):
        raise ConfigurationError(
            "holds no SQLAlchemy URL whose driver is installed",
            where=variable,
            do="Write it as postgresql://user:password@host/database",
        ) from None


def _sqlite_engine(variable: str, url: sa.URL, mode: str) -> sa.Engine:
    path = Path(url.database or "")
    if not path.is_file():
        raise ConfigurationError("names a SQLite file that is not there", where=variable, do="Correct the path")
    uri = f"{path.resolve().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=30)

    return sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool, hide_parameters=True)


def first_line(error: sa.exc.DBAPIError, url: SecretStr) -> str:
    """What the database says, without the password."""
    line = (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
    password = sa.make_url(url.get_secret_value()).password
    return line.replace(str(password), "***") if password else line
