"""The schema `bi` of the published copy: views for dashboards, with decimals, words, names and days in place of codes.

What each column means is declared in `views/bi/columns.py`; the statement of a view is in the file of its name. The
views read tables of the same database file alone, so that they work under whatever name it is attached.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl

from recon.breaks.at_risk import MARKS_OF_DOUBT
from recon.breaks.catalogue import CATALOGUE
from recon.decisions.rules import VERBS
from recon.money import currency_codes, exponent, to_major
from recon.schema import Schema
from recon.sql_text import sql_text
from resources.warehouse import Warehouse
from views.bi.columns import VIEWS
from views.wording import (
    ACTORS,
    ANSWERS,
    FAMILIES,
    MOVEMENTS,
    OUTCOMES,
    RESOLVERS,
    SEVERITIES,
    STATES,
    VERDICTS,
)

SCHEMA = "bi"
WORDS = {
    "actor": ACTORS,
    "answer": ANSWERS,
    "break": {code: entry.words for code, entry in CATALOGUE.items()},
    "family": FAMILIES,
    "mark of doubt": dict.fromkeys(MARKS_OF_DOUBT, "the figure is in doubt"),
    "movement": MOVEMENTS,
    "outcome": OUTCOMES,
    "request": {str(kind): verb for kind, verb in VERBS.items()},
    "resolver": RESOLVERS,
    "severity": SEVERITIES,
    "state": STATES,
    "verdict": VERDICTS,
}


def publish(warehouse: Warehouse) -> Path:
    """Replaces the copy that people read, with the views for dashboards in it; returns its path."""
    return warehouse.publish(add_views)


def add_views(connection: duckdb.DuckDBPyConnection) -> None:
    """The schema `bi` in the database that the connection uses, which has the published tables."""
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    for name, frame in (("words", word_rows()), ("currencies", currency_rows())):
        connection.register("incoming", frame.to_arrow())
        connection.execute(f"CREATE TABLE {SCHEMA}.{name} AS SELECT * FROM incoming")
        connection.unregister("incoming")
    connection.execute(";\n".join(_statements()))


def word_rows() -> pl.DataFrame:
    """kind, code, words: what people read in place of each code."""
    rows = [(kind, code, words) for kind, some in WORDS.items() for code, words in some.items()]
    return pl.DataFrame(rows, schema={"kind": pl.String, "code": pl.String, "words": pl.String}, orient="row")


def currency_rows() -> pl.DataFrame:
    """currency, its decimals, and its smallest unit as an exact decimal: 0.01 of EUR, 1 of JPY."""
    rows = [(code, exponent(code), Decimal(to_major(1, code))) for code in currency_codes()]
    schema: Schema = {"currency": pl.String, "decimals": pl.Int32, "unit": pl.Decimal(5, 4)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def about(view: str) -> str:
    """What one row of a view is: the head of its statement."""
    head = (line for line in sql_text(__name__, view).splitlines() if line.startswith("-- "))
    return " ".join(line.removeprefix("-- ") for line in head)


def _statements() -> Iterator[str]:
    """The views, and what they and their columns mean for a tool that shows comments."""
    for view, columns in VIEWS.items():
        yield f"CREATE VIEW {SCHEMA}.{view} AS\n{sql_text(__name__, view)}\n"
        yield f"COMMENT ON VIEW {SCHEMA}.{view} IS {_literal(about(view))}"
        for column in columns:
            yield f"COMMENT ON COLUMN {SCHEMA}.{view}.{column.name} IS {_literal(column.meaning)}"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
