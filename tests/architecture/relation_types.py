"""`python -m tests.architecture.relation_types` writes `recon/matching/relation_types.csv` anew."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from recon.matching.plan import LOST_INPUTS, OUR_SIDE, PROVE, RECONCILE
from tests.support.day import DAY, History, memory_warehouse

FILE = Path(__file__).parents[2] / "recon" / "matching" / "relation_types.csv"


@contextmanager
def played_day() -> Iterator[duckdb.DuckDBPyConnection]:
    """The relations of a day, with something on every side."""
    with memory_warehouse() as warehouse:
        history = History(warehouse)
        history.play(
            orders="order\nA\nB",
            refunds="refund | order\nV | A",
            report="type | request | original\nPAYMENT | A | \nREFUND | V | A\nPAYMENT | X | ",
            charged="request | fee\nA | 0.01 EUR",
        )
        with warehouse.connect() as connection:
            history.rerun(DAY, connection)
            connection.execute("CREATE TEMP VIEW opening_frame AS SELECT * FROM breaks.items")
            connection.execute("CREATE TEMP VIEW outcome_places AS SELECT '' AS side, '' AS place")
            yield connection


def derived(connection: duckdb.DuckDBPyConnection) -> str:
    """What the file has to say, from the statements themselves."""
    rows = [
        (statement.name, column, kind)
        for statement in (*OUR_SIDE, *RECONCILE, *PROVE, LOST_INPUTS)
        for column, kind, *_ in connection.execute(f"DESCRIBE {statement.text}").fetchall()
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("relation", "column", "type"), *rows])
    return text.getvalue()


if __name__ == "__main__":
    with played_day() as played:
        FILE.write_text(derived(played), "utf-8")
