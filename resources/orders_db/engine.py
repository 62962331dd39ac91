"""A connection to an orders database: the URL comes from the environment, and no part of it but its scheme is shown.

What a driver says while it connects may hold host, user or a piece of the password: it is never repeated. A failure is
known by its type or code (SQLSTATE, or what the driver has instead); only what a database says about a statement, once
it is connected, is quoted, and only where the password does not occur in it.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import SecretStr

from recon.errors import ConfigurationError, OrdersError
from resources.orders_db.limits import Limits
from resources.orders_db.stored import remember_encoding

# Extra of pyproject.toml with the driver, and how the URL names it.
EXTRAS = {
    "mysql": ("mysql", "mysql+pymysql"),
    "mariadb": ("mariadb", "mariadb+pymysql"),
    "oracle": ("oracle", "oracle+oracledb"),
    "mssql": ("mssql", "mssql+pyodbc"),
}
SUPPORTED = ("postgresql", "sqlite", *EXTRAS)


class Cause(Enum):
    """Why a database did not do what was asked."""

    SILENT = "it does not answer"
    LOCKED = "it is locked"
    UNREACHABLE = "no connection, or it broke off"
    LOGIN = "user or password"
    NO_DATABASE = "there is no such database"
    FILE = "the file of the database"
    STATEMENT = "the statement, or a right that it needs"


SILENT_CODES = ("57014", "HYT", "ORA-12170", "ORA-12535", "DPY-4024", "1969", "3024")
CAUSES = {  # beginning of a code -> cause; the first that fits
    **dict.fromkeys(SILENT_CODES, Cause.SILENT),
    **dict.fromkeys(("SQLITE_BUSY", "SQLITE_LOCKED"), Cause.LOCKED),
    **dict.fromkeys(("28", "1045", "1698", "ORA-01017"), Cause.LOGIN),
    **dict.fromkeys(("3D", "1049", "ORA-12514"), Cause.NO_DATABASE),
    **dict.fromkeys(
        ("08", "53", "57P", "58", "2002", "2003", "2005", "2006", "2013", "2055", "DPY-6"), Cause.UNREACHABLE
    ),
    **dict.fromkeys(
        ("SQLITE_CANTOPEN", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_PERM"), Cause.FILE
    ),
}


def engine_of(
    variable: str, url: SecretStr, mode: Literal["ro", "rw"] = "ro", limits: Limits | None = None
) -> sa.Engine:
    """One connection at a time; `mode` is that of a SQLite file, other databases know the rights of their user.

    ConfigurationError if `variable` holds no usable URL, or its driver is not installed.
    """
    parsed, limits = _parsed(variable, url), limits or Limits()
    scheme = parsed.get_backend_name()
    if scheme == "sqlite":
        return _sqlite_engine(variable, parsed, mode, limits)
    try:
        engine = sa.create_engine(parsed, poolclass=sa.NullPool, hide_parameters=True)
    except ImportError:
        extra, named = EXTRAS.get(scheme, ("", scheme))
        install = f'Install it with `pip install ".[{extra}]"`, and write' if extra else "Install it, or write"
        raise ConfigurationError(
            f"names a driver for {scheme} that is not installed",
            where=variable,
            do=f"{install} the URL as {named}://user:password@host/database",
        ) from None
    except sa.exc.NoSuchModuleError:
        raise ConfigurationError(
            f"names a database or driver that is not known; supported are {', '.join(SUPPORTED)}",
            where=variable,
            do="Write it as postgresql://user:password@host/database",
        ) from None
    except (sa.exc.ArgumentError, ValueError, TypeError):
        raise _no_url(variable) from None
    _limit(engine, parsed, limits)
    return engine


def scheme_of(variable: str, url: SecretStr) -> str:
    """The only part of a URL that is ever shown. ConfigurationError as `engine_of`."""
    return _parsed(variable, url).get_backend_name()


def _parsed(variable: str, url: SecretStr) -> sa.URL:
    """Strictly: with a second @ no one can tell where a password ends and the host begins."""
    text = url.get_secret_value()
    if text.count("@") > 1 and not text.startswith("sqlite"):
        raise ConfigurationError(
            "holds a URL in which @ occurs more than once",
            where=variable,
            do="In user name and password write @ as %40, / as %2F, : as %3A, # as %23, ? as %3F and % as %25",
        )
    try:
        parsed = sa.make_url(text)
        parsed.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        raise _no_url(variable) from None
    return parsed


def _no_url(variable: str) -> ConfigurationError:
    return ConfigurationError(
        "holds no SQLAlchemy URL",
        where=variable,
        do="Write it as postgresql://user:password@host/database, with special characters as %40 for @",
    )


def _sqlite_engine(variable: str, url: sa.URL, mode: str, limits: Limits) -> sa.Engine:
    path = Path(url.database or "")
    if not path.is_file():
        raise ConfigurationError("names a SQLite file that is not there", where=variable, do="Correct the path")
    uri = f"{path.resolve().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, isolation_level=None, timeout=limits.connect_seconds)

    return sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool, hide_parameters=True)


def _limit(engine: sa.Engine, url: sa.URL, limits: Limits) -> None:
    """Time-outs in the words of the driver; a key that the URL itself has counts."""
    connect, statement = math.ceil(limits.connect_seconds), math.ceil(limits.statement_seconds)
    reading = {"connect_timeout": connect, "read_timeout": connect, "write_timeout": statement}
    words: dict[str, dict[str, int]] = {
        "psycopg": {"connect_timeout": connect},
        "psycopg2": {"connect_timeout": connect},
        "pymysql": reading,
        "mysqldb": reading,
        "oracledb": {"tcp_connect_timeout": connect},
        "pyodbc": {"timeout": connect},
    }
    # Ids are of any script, whatever the database was made for and the URL says.
    of_driver = {
        "psycopg": "client_encoding",
        "psycopg2": "client_encoding",
        "pymysql": "charset",
        "mysqldb": "charset",
    }
    name = of_driver.get(engine.driver)
    in_utf8 = {name: "UTF8" if name == "client_encoding" else "utf8mb4"} if name else {}
    asked = {key: value for key, value in words.get(engine.driver, {}).items() if key not in url.query}

    @sa.event.listens_for(engine, "do_connect")
    def connected(_dialect: sa.Dialect, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        options |= asked | in_utf8
        if engine.driver == "pymysql" and "password" in options:  # of text it would take Latin-1
            options["password"] = options["password"].encode()
        if engine.driver != "psycopg":
            return None
        from resources.orders_db.patience import connection_within

        options["prepare_threshold"] = None  # a pooler that hands connections on knows no prepared statement

        return connection_within(limits.statement_seconds, *arguments, **options)

    @sa.event.listens_for(engine, "connect")
    def opened(connection: Any, _record: Any) -> None:
        if engine.driver == "oracledb":
            connection.call_timeout = statement * 1000  # milliseconds
        elif engine.driver == "pyodbc":
            connection.timeout = statement
        elif engine.driver == "pymysql" and "read_timeout" in asked:  # until here it was that of the connection
            connection._read_timeout = statement
        elif engine.driver == "psycopg":
            remember_encoding(engine.dialect, connection.info.parameter_status("server_encoding") or "")


def family_of(dialect: sa.Dialect) -> str:
    """The database that a connection met, whichever of its two names the URL gives MariaDB."""
    return "mariadb" if getattr(dialect, "is_mariadb", False) else dialect.name


def statement_limit(dialect: sa.Dialect, limits: Limits) -> tuple[str, ...]:
    """What the database itself is asked to keep to, at the start of a transaction."""
    milliseconds = math.ceil(limits.statement_seconds * 1000)
    asked = {
        "postgresql": f"SET LOCAL statement_timeout TO {milliseconds}",
        "mariadb": f"SET max_statement_time = {milliseconds / 1000}",
        "mysql": f"SET max_execution_time = {milliseconds}",
    }
    return tuple(asked[name] for name in (family_of(dialect),) if name in asked)


@contextmanager
def as_orders_errors(where: str, variable: str, url: SecretStr, limits: Limits) -> Iterator[None]:
    """What a database or its driver raises inside, as an OrdersError in one line."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        what, do = refusal(error, variable, url, limits)
        raise OrdersError(what, where=where, do=do) from None


@contextmanager
def connection_to(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection. Whatever a driver raises while it connects is a DBAPIError, whose text no one sees."""
    try:
        connection = engine.connect()
    except sa.exc.DBAPIError:
        raise
    except Exception as error:  # a driver that parses the host may raise anything
        raise sa.exc.InterfaceError(None, None, error) from None
    with connection:
        yield connection


@contextmanager
def unread_rows_dropped(connection: sa.Connection) -> Iterator[None]:
    """At its end the rest of a stream is not read: PyMySQL would read all of it, even from a lost connection."""
    driver: Any = connection.connection.dbapi_connection
    try:
        yield
    finally:
        unread: Any = getattr(driver, "_result", None)
        if getattr(unread, "unbuffered_active", False):
            unread.unbuffered_active = False
            connection.invalidate()


def refusal(error: sa.exc.DBAPIError, variable: str, url: SecretStr, limits: Limits) -> tuple[str, str]:
    """What happened and what to do."""
    found, code = cause_of(error), code_of(error)
    check = f"Check the URL in {variable}"
    match found:
        case Cause.SILENT:
            return (
                "the database does not answer: nothing came within"
                f" {limits.connect_seconds:g} s (connect) or {limits.statement_seconds:g} s (statement)",
                f"{check}, the network and the load, or raise connect_timeout_seconds or statement_timeout_seconds",
            )
        case Cause.LOCKED:
            return (
                f"the database is locked by another process for more than {limits.connect_seconds:g} s",
                "Let that process end, or raise connect_timeout_seconds",
            )
        case Cause.UNREACHABLE:
            return (
                f"the database refused: no connection, or it broke off ({code})",
                f"{check}: scheme, user, password, host, port and database; and that the server runs",
            )
        case Cause.LOGIN:
            return f"the database refused: user name or password is wrong ({code})", f"{check} and its user"
        case Cause.NO_DATABASE:
            return f"the database refused: there is no such database ({code})", f"{check}: the name at its end"
        case Cause.FILE:
            return (
                f"the database refused: its file is damaged, no SQLite file, or cannot be read ({code})",
                f"{check}, the file and its rights",
            )
    return f"the database refused: {quoted(error, url)}", f"{check} and the rights of its user"


def cause_of(error: sa.exc.DBAPIError) -> Cause:
    """By type and code, never by the text."""
    from psycopg.errors import ConnectionTimeout

    if any(isinstance(raised, (ConnectionTimeout, TimeoutError)) for raised in (error.orig, _before(error.orig))):
        return Cause.SILENT
    code = code_of(error)
    known = next((cause for start, cause in CAUSES.items() if code.startswith(start)), None)
    if known is not None:
        return known
    has_code = code != type(error.orig).__name__
    return Cause.STATEMENT if has_code or (error.statement and not error.connection_invalidated) else Cause.UNREACHABLE


def _before(raised: BaseException | None) -> BaseException | None:
    """What a driver met before it raised an error of its own."""
    return raised and (raised.__cause__ or raised.__context__)


def code_of(error: sa.exc.DBAPIError) -> str:
    """SQLSTATE, or the finer code that the driver has instead, or the type of its error."""
    raised: Any = error.orig
    first = next(iter(getattr(raised, "args", ())), None)
    for code in (
        getattr(raised, "sqlite_errorname", None),
        first if isinstance(first, int) else None,  # MariaDB
        getattr(raised, "sqlstate", None),
        getattr(raised, "pgcode", None),
        getattr(first, "full_code", None),  # oracledb
        first if isinstance(first, str) and len(first) == 5 and first.isalnum() and first.isupper() else None,  # ODBC
    ):
        if code:
            return str(code)
    return type(raised).__name__


def quoted(error: sa.exc.DBAPIError, url: SecretStr) -> str:
    """What a connected database says of a statement, in one line; only its code where the password occurs in it."""
    raised: Any = error.orig
    said = getattr(getattr(raised, "diag", None), "message_primary", None) or _said_by_mariadb(raised) or str(raised)
    line = next(iter(said.strip().splitlines()), "") or code_of(error)
    password = sa.make_url(url.get_secret_value()).password
    return code_of(error) if password and str(password) in line else line


def _said_by_mariadb(raised: Any) -> str:
    match getattr(raised, "args", ()):
        case (int(), str(said)):
            return said
    return ""
