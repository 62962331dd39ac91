"""The column types of the relations of a day, as DuckDB makes them: for other engines, and for relations that are not
computed.

Derived: `python -m tests.architecture.relation_types` writes `relation_types.csv` anew.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


def no_rows(name: str) -> str:
    """A query with the columns of a relation, and without a row."""
    return f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {column}' for column, kind in types_of(name))} WHERE FALSE"


def types_of(name: str) -> list[tuple[str, str]]:
    """Name and type of each column of a relation of the day, in the words of DuckDB."""
    return _types()[name]


def typed(name: str, query: str) -> str:
    """The query of a relation, with the types that its columns have in DuckDB."""
    columns = ", ".join(f"CAST(made.{column} AS {kind}) AS {column}" for column, kind in types_of(name))
    return f"SELECT {columns} FROM (\n{query}\n) AS made"


@cache
def _types() -> dict[str, list[tuple[str, str]]]:
    text = resources.files("recon.matching").joinpath("relation_types.csv").read_text("utf-8")
    types: dict[str, list[tuple[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        types.setdefault(row["relation"], []).append((row["column"], row["type"]))
    return types
