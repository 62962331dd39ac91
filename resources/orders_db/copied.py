"""Rows of PostgreSQL by COPY, on the connection of the snapshot: its text goes to Polars as it comes, and no value
becomes an object of Python on the way.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import polars as pl
import sqlalchemy as sa

from recon.errors import SourceContractError
from recon.listing import counted
from recon.orders.source_values import FLOAT, SEPARATOR, float_refused

COPY = "COPY ({}) TO STDOUT (FORMAT csv, ENCODING 'UTF8')"


def can_copy(dialect: sa.Dialect) -> bool:
    """Whether the driver is the one that knows how."""
    return (dialect.name, dialect.driver) == ("postgresql", "psycopg")


@contextmanager
def copied(connection: sa.Connection, statement: sa.Select[Any], rows: int) -> Iterator[Iterator[list[bytes]]]:
    """The rows of a statement as lines of CSV, at most `rows` at a time; errors are those of SQLAlchemy."""
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    text = COPY.format(compiled)
    raw: Any = connection.connection.dbapi_connection
    if not compiled.params:  # the driver then takes the text as it is, and SQLAlchemy has written each % twice
        text = text.replace("%%", "%")
    with _errors(connection, text), raw.cursor() as cursor, cursor.copy(text, compiled.params) as lines:
        yield iter(lambda: raw.wait(_some(lines, rows)), [])


def _some(lines: Any, most: int) -> Generator[Any, Any, list[bytes]]:
    """In one wait of the connection, since each has a watch of its own (`patience`)."""
    found: list[bytes] = []
    while len(found) < most and (line := (yield from lines._read_gen())):
        found.append(bytes(line))
    return found


@contextmanager
def _errors(connection: sa.Connection, text: str) -> Iterator[None]:
    dialect = connection.dialect
    base: Any = dialect.loaded_dbapi.Error
    try:
        yield
    except base as error:
        is_gone = dialect.is_disconnect(error, connection.connection.dbapi_connection, None)
        raise sa.exc.DBAPIError.instance(
            text, None, error, base, hide_parameters=True, connection_invalidated=is_gone, dialect=dialect
        ) from error


def frame_of(lines: Sequence[bytes], names: Sequence[str]) -> pl.DataFrame:
    """Lines of CSV as text columns. SourceContractError if one holds control characters, or a float."""
    content = b"".join([BOM_UTF8, *lines])  # the reader drops one: not that of a value
    if strange := sum(SEPARATOR.encode() in line for line in lines) if SEPARATOR.encode() in content else 0:
        raise SourceContractError(f"control characters in {counted(strange, 'row')}", do="Remove them in the query")
    frame = pl.read_csv(content, has_header=False, schema=dict.fromkeys(names, pl.String))
    if FLOAT.encode() in content:
        raise float_refused(next(name for name in names if (frame[name] == FLOAT).any()))
    return frame
