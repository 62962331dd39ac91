"""SQL expressions over the columns of a source as they are stored: what kind, blank or not, which time.

A database with typed columns declares what a column holds. SQLite declares nothing and text columns hold anything, so
there each row is judged for itself, within the database: no answer depends on which row is looked at first.
"""

from __future__ import annotations

import codecs
import re
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from recon.blanks import BLANKS

TEXT_SECONDS = "%Y%m%d %H:%M:%S"  # what `time_text` gives
TIME_FORM = "________ __:__:__"  # its form, for LIKE
ENDS = rf"^[{BLANKS}]+|[{BLANKS}]+\z"  # both sides are trimmed alike: what is read is trimmed of the same

Column = sa.ColumnElement[Any]


class Kind(Enum):
    """What the database declares a column to be."""

    ANY = "any value in any row"  # SQLite
    TEXT = "text"
    NUMBER = "whole or decimal number"
    DOUBLE = "floating-point number of 64 bits"
    SINGLE = "floating-point number of 32 bits"
    INSTANT = "time with zone"
    LOCAL_TIME = "time without zone"
    BYTES = "bytes"
    OTHER = "something else"


POSTGRESQL = {
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "unknown", '"char"'), Kind.TEXT),
    **dict.fromkeys(("int2", "int4", "int8", "numeric", "oid"), Kind.NUMBER),
    "float8": Kind.DOUBLE,
    "float4": Kind.SINGLE,
    "timestamptz": Kind.INSTANT,
    "timestamp": Kind.LOCAL_TIME,
    "bytea": Kind.BYTES,
}
MYSQL = ("mysql", "mariadb")  # one protocol, one dialect of SQL
MYSQL_KINDS = {  # numbers of the protocol; what is none of them is text
    **dict.fromkeys((0, 1, 2, 3, 8, 9, 13, 16, 246), Kind.NUMBER),  # whole, YEAR, BIT, DECIMAL
    4: Kind.SINGLE,
    5: Kind.DOUBLE,
    7: Kind.INSTANT,  # TIMESTAMP, shown in the zone of the session
    12: Kind.LOCAL_TIME,  # DATETIME
    **dict.fromkeys((10, 11, 255), Kind.OTHER),  # DATE, TIME, GEOMETRY
}
# The type objects of PEP 249, which a driver compares with its own codes. What is none of them is taken for text.
PEP_249 = {"DATETIME": Kind.LOCAL_TIME, "NUMBER": Kind.NUMBER}


def declared_kind(dialect: sa.Dialect, type_code: Any) -> Kind:
    """From the description of a cursor."""
    if dialect.name == "sqlite":
        return Kind.ANY
    if dialect.name == "postgresql":
        from psycopg.postgres import types

        known = types.get(type_code)
        return POSTGRESQL.get(known.name, Kind.OTHER) if known else Kind.OTHER
    if dialect.name in MYSQL:
        return MYSQL_KINDS.get(type_code, Kind.TEXT)
    for name, kind in PEP_249.items():
        if type_code == getattr(dialect.loaded_dbapi, name, None):
            return kind
    return Kind.TEXT


def remember_encoding(dialect: sa.Dialect, name: str) -> None:
    """Of a database of PostgreSQL, as it calls it: LATIN1, WIN1252. `can_hold` knows it from now on."""
    python = re.sub("^WIN", "cp", name.replace("KOI8", "koi8_"))
    try:
        codec = codecs.lookup(python).name
    except LookupError:  # SQL_ASCII and rare ones: the database itself says what it cannot hold
        return
    dialect.encoding_of_database = codec  # type: ignore[attr-defined]


def can_hold(dialect: sa.Dialect, text: str) -> bool:
    """Whether a database has all letters of a text. It refuses a statement with one that it has not."""
    try:
        text.encode(getattr(dialect, "encoding_of_database", "utf-8"))
    except UnicodeEncodeError:
        return False
    return True


def as_utf8(column: Column) -> Column:
    """Text of any character set and collation of MariaDB, compared letter by letter."""
    return sa.cast(column, mysql.CHAR(charset="utf8mb4")).collate("utf8mb4_bin")


def trimmed(dialect: sa.Dialect, column: Column) -> Column:
    """Without white space at its ends; Oracle and SQL Server know blanks only."""
    if dialect.name in MYSQL:
        return sa.func.regexp_replace(as_utf8(column), ENDS, "", type_=sa.String)
    if dialect.name == "sqlite":
        return sa.func.trim(column, BLANKS, type_=sa.String)
    if dialect.name == "postgresql":
        white = "".join(letter for letter in BLANKS if can_hold(dialect, letter))
        return sa.func.btrim(sa.cast(column, sa.Text), white, type_=sa.String)
    return sa.func.trim(column, type_=sa.String)


def is_padded(dialect: sa.Dialect, column: Column) -> sa.ColumnElement[bool]:
    """With white space at its ends."""
    if dialect.name in MYSQL:  # a comparison would not see blanks at the end
        return as_utf8(column).regexp_match(ENDS)
    return column != trimmed(dialect, column)


def is_blank(dialect: sa.Dialect, column: Column, kind: Kind) -> sa.ColumnElement[bool]:
    """Without a value: null, or nothing but white space."""
    missing = column.is_(None)
    return sa.or_(missing, trimmed(dialect, column) == "") if kind in (Kind.ANY, Kind.TEXT) else missing


def time_text(dialect: sa.Dialect, column: Column) -> Column:
    """The clock time of a text, in whole seconds, as TEXT_SECONDS writes it; its offset is left out."""
    text = sa.func.replace(sa.func.replace(trimmed(dialect, column), "-", ""), "T", " ")
    return _part(dialect, text, 1, 17)


def has_offset(dialect: sa.Dialect, column: Column) -> sa.ColumnElement[bool]:
    """Whether the text of a time has a Z, or a sign after its seconds as in +09:00."""
    return sa.or_(column.like("%Z%"), column.like("%+%"), _part(dialect, column, 18, 20).like("%-%"))


def time_shape(dialect: sa.Dialect, column: Column) -> tuple[Column, ...]:
    """Texts that have all of these in common are in the order of time; few of a million are not alike."""
    text = trimmed(dialect, column)
    length = sa.func.len(text) if dialect.name == "mssql" else sa.func.length(text)  # of digits, whatever it counts
    ending = _part(dialect, text, length - 5, 6)
    offset = sa.case((column.like("%Z%"), "Z"), (has_offset(dialect, column), ending), else_="")
    return _part(dialect, column, 1, 1), _part(dialect, column, 5, 1), _part(dialect, column, 9, 3), offset


def _part(dialect: sa.Dialect, text: Column, start: Any, length: int) -> Column:
    part = sa.func.substring if dialect.name == "mssql" else sa.func.substr
    return part(text, start, length, type_=sa.String)
