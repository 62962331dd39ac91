"""Whether a day has proved itself, as the warehouse knows it: withdrawn when its inputs change,
given at the end.
"""

from __future__ import annotations

from datetime import date

import duckdb


def withdraw_proof(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """From now on the day is being run again; an earlier verdict no longer holds."""
    connection.execute("UPDATE breaks.days SET status = NULL, reason = NULL WHERE as_of_day = ?", [day])


def status_of(connection: duckdb.DuckDBPyConnection, day: date) -> tuple[str | None, str | None]:
    """Status and reason of a day; nothing if it has not been run to its end."""
    rows = connection.execute("SELECT status, reason FROM breaks.days WHERE as_of_day = ?", [day]).fetchall()
    return rows[0] if rows else (None, None)
