"""Ogloba's database on disk: SQLite as a file, or PostgreSQL by URL. Written once, in bulk."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import polars as pl

from recon.errors import ConfigurationError, OrdersError
from recon.money import exponent
from sandbox.ogloba_rows import Redemption, Void, table_schema
from sandbox.orders_history import postgresql_triggers, sqlite_triggers

TABLES: dict[str, type[Redemption] | type[Void]] = {"redemption": Redemption, "void": Void}
INDEXES = {
    "redemption": ("ref_no", "aps_payment_id"),
    "void": ("void_no", "orig_ref_no", "rfd_req_id", "aps_refund_id"),
}
ROWS_AT_ONCE = 50_000


Append = Callable[[str, pl.DataFrame], None]  # adds rows to `redemption` or `void`


@contextmanager
def open_store(url: str) -> Iterator[Append]:
    """Empty tables behind a URL, of which only the scheme is shown; all is committed at the end, or nothing."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        with _open_sqlite(Path(url.removeprefix("sqlite:///"))) as store:
            yield store
    elif scheme.split("+")[0] in ("postgresql", "postgres"):
        with _open_postgresql(f"postgresql://{rest}") as store:
            yield store
    else:
        raise ConfigurationError(
            f"the sandbox cannot write to {scheme if rest and scheme.isalpha() else 'this URL'}",
            where="--orders-url",
            do="Use sqlite:///path or postgresql://user@host/database",
        )


# -- SQLite ----------------------------------------------------------------------------------


@contextmanager
def fresh_sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    """A new database, filled in one transaction; it takes the place of an older file at the end, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.part")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(fresh, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
    fresh.replace(path)


@contextmanager
def _open_sqlite(path: Path) -> Iterator[Append]:
    with fresh_sqlite(path) as connection:

        def append(table: str, rows: pl.DataFrame) -> None:
            marks = ",".join("?" * rows.width)
            for part in rows.iter_slices(ROWS_AT_ONCE):
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", _as_text(part, table).iter_rows())

        for table, kind in TABLES.items():
            connection.execute(f"CREATE TABLE {table} ({_columns(kind, 'TEXT', 'TEXT')})")
        yield append
        for statement in (*_index_statements(), *sqlite_triggers()):
            connection.execute(statement)


# -- PostgreSQL ------------------------------------------------------------------------------


@contextmanager
def _open_postgresql(url: str) -> Iterator[Append]:
    import psycopg

    try:
        connection = psycopg.connect(url)
    except psycopg.Error:  # its text may hold host, user and a piece of the password
        do = "Check the URL (@ in a password is %40), and that the server runs"
        raise OrdersError("the database does not answer", where="--orders-url", do=do) from None

    def append(table: str, rows: pl.DataFrame) -> None:
        with cursor.copy(f"COPY {table} FROM STDIN (FORMAT csv)".encode()) as copy:
            for part in rows.iter_slices(ROWS_AT_ONCE):
                copy.write(_as_text(part, table).write_csv(include_header=False))

    with connection, connection.cursor() as cursor:
        for table, kind in TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {table}".encode())
            cursor.execute(f"CREATE TABLE {table} ({_columns(kind, 'TIMESTAMP', 'NUMERIC')})".encode())
        yield append
        for statement in (*_index_statements(), *postgresql_triggers()):
            cursor.execute(statement.encode())
        cursor.execute(b"ANALYZE")


# -- both ------------------------------------------------------------------------------------


def _columns(kind: type[Redemption] | type[Void], instant: str, decimal: str) -> str:
    """Column definitions: REF_NO TEXT, AMT as major units, CRT_TM as an instant in UTC."""
    types = {"amt": decimal, "settle_amt": "BIGINT", "attempts": "INTEGER", "void_full": "INTEGER"}
    return ", ".join(
        f"{name.upper() if not name.startswith('valid') else name} "
        f"{instant if _is_instant(name) else types.get(name, 'TEXT')}"
        for name in table_schema(kind)
    )


def _index_statements() -> list[str]:
    """Look-ups by key are what any real database is built for."""
    return [
        f"CREATE INDEX {table}_{column} ON {table} ({column})"
        for table, columns in INDEXES.items()
        for column in columns
    ]


def _is_instant(name: str) -> bool:
    return name.endswith("_tm") or name.startswith("valid_")


def _as_text(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """Instants as 'YYYY-MM-DD HH:MM:SS.ffffff' in UTC, amounts in major units."""
    instants = [
        pl.col(name).cast(pl.Datetime("us")).dt.strftime("%Y-%m-%d %H:%M:%S%.6f")
        for name in table_schema(TABLES[table])
        if _is_instant(name)
    ]
    return rows.with_columns(*instants, amt=_major_units(rows["cur"].unique().sort().to_list()))


def _major_units(currencies: list[str]) -> pl.Expr:
    text = pl.col("amt").cast(pl.String)
    for currency in currencies:
        if digits := exponent(currency):
            whole = (pl.col("amt") // 10**digits).cast(pl.String)
            part = (pl.col("amt") % 10**digits).cast(pl.String).str.zfill(digits)
            written = whole + "." + part
            text = pl.when(pl.col("cur") == currency).then(written).otherwise(text)
    return text
