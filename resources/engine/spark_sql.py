"""A portable statement in the words of Spark, with the meaning that it has in DuckDB: differences are spelled out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import sqlglot
from sqlglot import exp

OF_FORMAT = re.compile(r"%-?[A-Za-z]|([A-Za-z]+)")
WIDEST = exp.DataType.build("DECIMAL(38, 0)")  # Spark's integers have at most 64 bits


def spark_sql(query: str, name_of: Callable[[Sequence[str]], str] | None = None) -> str:
    """A query over relations, transpiled; sqlglot.errors.SqlglotError where it is not portable.

    `name_of`: the relation that takes the place of `read_parquet(...)` in a query, given its paths.
    """
    if "read_parquet(" not in query or name_of is None:
        return _written(query)
    tree = sqlglot.parse_one(query, read="duckdb")
    for read in list(tree.find_all(exp.ReadParquet)):
        read.replace(exp.to_identifier(name_of([literal.name for literal in read.find_all(exp.Literal)])))
    return _written(tree.sql("duckdb"))


@cache
def spark_type(kind: str) -> str:
    """A type of DuckDB in the words of Spark."""
    return _spelled_out(exp.DataType.build(kind, dialect="duckdb")).sql("spark")


@cache
def _written(query: str) -> str:
    tree = sqlglot.parse_one(query, read="duckdb").transform(_spelled_out)
    return tree.sql("spark", identify=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)


def _spelled_out(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.DataType) and node.is_type("int128"):
        return WIDEST.copy()
    if isinstance(node, (exp.Div, exp.IntDiv, exp.Mod)):  # by zero: null, not an error
        node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
    if isinstance(node, exp.TimeToStr):  # letters of the text itself are quoted
        quoted = OF_FORMAT.sub(lambda part: f"'{part[1]}'" if part[1] else part[0], node.text("format"))
        node.set("format", exp.Literal.string(quoted))
    return node
