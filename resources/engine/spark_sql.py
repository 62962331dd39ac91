"""A portable statement in the words of Spark. It means the same as in DuckDB: where the two differ, it is spelled out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

import sqlglot
from sqlglot import exp

OF_FORMAT = re.compile(r"%-?[A-Za-z]|([A-Za-z]+)")
WIDEST = exp.DataType.build("DECIMAL(38, 0)")  # Spark's integers have at most 64 bits


@cache
def spark_sql(query: str) -> str:
    """A query over relations, transpiled; sqlglot.errors.SqlglotError where it is not portable."""
    return _written(_read(query))


def spark_sql_over_files(query: str, name_of: Callable[[Sequence[str]], str]) -> str:
    """As `spark_sql`. Each `read_parquet(...)` of the query is replaced by the relation that `name_of` gives for it and
    for its paths.
    """
    tree = _read(query)
    for read in list(tree.find_all(exp.ReadParquet)):
        paths = [literal.name for literal in read.find_all(exp.Literal)]
        read.replace(exp.to_identifier(name_of(paths)))
    return _written(tree)


def spark_type(kind: str) -> str:
    """A type of DuckDB in the words of Spark."""
    return _spelled_out(exp.DataType.build(kind, dialect="duckdb")).sql("spark")


def _read(query: str) -> exp.Expr:
    return sqlglot.parse_one(query, read="duckdb")


def _written(tree: exp.Expr) -> str:
    return tree.transform(_spelled_out).sql("spark", identify=True, comments=False, unsupported_level=sqlglot.ErrorLevel.RAISE)


def _spelled_out(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.DataType) and node.is_type("int128"):
        return WIDEST.copy()
    if isinstance(node, (exp.Div, exp.IntDiv, exp.Mod)):  # by zero: null, not an error
        node.set("expression", exp.Nullif(this=node.expression, expression=exp.Literal.number(0)))
    if isinstance(node, exp.TimeToStr):  # letters of the text itself are quoted
        quoted = OF_FORMAT.sub(lambda part: f"'{part[1]}'" if part[1] else part[0], node.text("format"))
        node.set("format", exp.Literal.string(quoted))
    return node
