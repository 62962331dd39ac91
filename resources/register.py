"""The register of days in the warehouse: how each ended, from which list it started, and what it knew of answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import duckdb
import polars as pl

from recon.breaks.register import PER_CODE, register_identity
from recon.errors import DayOrderError
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.sql_text import sql_text
from recon.tie_out.proof import PROVED
from resources.warehouse import transaction


def require_opening(
    connection: duckdb.DuckDBPyConnection, day: date, start_day: date, closed: Collection[date] = ()
) -> None:
    """Day D needs the closing of D-1, as it is now; otherwise ages would be wrong.

    `closed`: days that count as proved, for nothing but the writing of their exports is left to be done.
    """
    if day < start_day:
        raise DayOrderError(f"{day} is before the first day {start_day}", do="Choose a later day")
    if day == start_day:
        return
    before = day - timedelta(days=1)
    rows = connection.execute(
        "SELECT as_of_day, status, opening_digest, closing_digest FROM breaks.days WHERE as_of_day < ?", [day]
    ).fetchall()
    opened_on = {listed: opening for listed, status, opening, _ in rows if status == PROVED or listed in closed}
    closings = {listed: closing for listed, _, _, closing in rows}
    if before not in opened_on:
        raise DayOrderError(f"{before} is not proved, and {day} starts from its closing", do=f"Run {before} first")
    stale = [
        later for later in sorted(opened_on) if later > start_day
        and opened_on[later] != closings.get(later - timedelta(days=1))
    ]  # fmt: skip
    if stale:
        raise DayOrderError(
            f"{stale[0]} was closed on an older list of {stale[0] - timedelta(days=1)}",
            do=f"Run the days from {stale[0]} on again, in order",
        )


def stale_days(connection: duckdb.DuckDBPyConnection, day: date) -> list[date]:
    """Later days that were closed on another closing of `day` than the present one."""
    rows = connection.execute("SELECT as_of_day, opening_digest FROM breaks.days ORDER BY as_of_day").fetchall()
    after = day + timedelta(days=1)
    fresh = any(later == after and digest == closing_digest(connection, day) for later, digest in rows)
    return [] if fresh else [later for later, _ in rows if later > day]


def closing_digest(connection: duckdb.DuckDBPyConnection, day: date) -> str | None:
    """The digest of the closing list of a day, or None where the day was never closed."""
    rows = connection.execute("SELECT closing_digest FROM breaks.days WHERE as_of_day = ?", [day]).fetchall()
    return rows[0][0] if rows else None


def answers_of_day(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    """What was known of the answers of Alipay+ when the day was reconciled (`ANSWER_SCHEMA`)."""
    return connection.execute(
        f"SELECT {', '.join(ANSWER_SCHEMA)} FROM inquiries.evidence WHERE as_of_day = ?", [day]
    ).pl()


def decision_heads(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """seq -> sha256 of the newest decision that each closed day knew of; the journal must still hold them."""
    return dict(connection.execute("SELECT DISTINCT seq, sha256 FROM breaks.decision_heads").fetchall())


def decisions_of_day(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    """The decisions in force about the breaks of a day, one row each (`decisions_of_day.sql`)."""
    return connection.execute(sql_text("resources", "decisions_of_day"), [day]).pl()


def mark_day(connection: duckdb.DuckDBPyConnection, day: date, status: str, reason: str | None = None) -> None:
    """Writes down whether a day proved itself; the next day starts only from a proved one."""
    with transaction(connection):
        rows = connection.execute(
            "SELECT opening_digest, closing_digest FROM breaks.days WHERE as_of_day = ?", [day]
        ).fetchall()
        opening, closing = rows[0] if rows else (None, None)
        connection.execute("DELETE FROM breaks.days WHERE as_of_day = ?", [day])
        connection.execute("INSERT INTO breaks.days VALUES (?, ?, ?, ?, ?)", [day, opening, closing, status, reason])


def identity_of_day(connection: duckdb.DuckDBPyConnection, day: date, by: Sequence[str] = PER_CODE) -> pl.DataFrame:
    """The register identity of a day, per code and currency, or by one more column of the list."""
    before = day - timedelta(days=1)
    listed = f"SELECT {', '.join(by)}, state FROM breaks.items WHERE as_of_day = ?"
    opening = connection.execute(f"{listed} AND state <> 'NOTED'", [before]).pl()
    movements = connection.execute("SELECT * FROM breaks.movements WHERE as_of_day = ?", [day]).pl()
    closing = connection.execute(listed, [day]).pl()
    return register_identity(opening, movements, closing, by)


def withdraw_proof(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """From now on the day is being run again; an earlier verdict no longer holds."""
    connection.execute("UPDATE breaks.days SET status = NULL, reason = NULL WHERE as_of_day = ?", [day])


def status_of(connection: duckdb.DuckDBPyConnection, day: date) -> tuple[str | None, str | None]:
    """Status and reason of a day; nothing if it has not been run to its end."""
    rows = connection.execute("SELECT status, reason FROM breaks.days WHERE as_of_day = ?", [day]).fetchall()
    return rows[0] if rows else (None, None)
