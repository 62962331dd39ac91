"""The column types of the relations of a day that are not computed where they would have no row.

Derived: `python -m tests.architecture.relation_types` writes `relation_types.csv` anew.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


def no_rows(name: str) -> str:
    """A query with the columns of a relation, and without a row."""
    return f"SELECT {', '.join(f'CAST(NULL AS {kind}) AS {column}' for column, kind in _types()[name])} WHERE FALSE"


@cache
def _types() -> dict[str, list[tuple[str, str]]]:
    text = resources.files("recon.matching").joinpath("relation_types.csv").read_text("utf-8")
    types: dict[str, list[tuple[str, str]]] = {}
    for row in csv.DictReader(text.splitlines()):
        types.setdefault(row["relation"], []).append((row["column"], row["type"]))
    return types
