"""The list of breaks of a day is closed: what was found, carried over from the day before, with what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import polars as pl

from assets.breaks.parties import with_known_parties
from assets.breaks.values import value_breaks
from assets.reconciled.step import patterns_of_day
from recon.breaks.catalogue import PENDING, State
from recon.breaks.incidents import group_into_incidents
from recon.breaks.items import build_items
from recon.breaks.register import Movement, close_day
from recon.decisions import Decision
from recon.decisions.effect import known_on, with_decisions
from recon.fees.patterns import with_causes
from recon.matching.parameters import DayRules
from recon.matching.plan import sql
from recon.sql_text import sql_text
from resources.register import answers_of_day, closing_digest, require_opening
from resources.tables import TABLES
from resources.warehouse import Warehouse, replace_day, transaction


def close_breaks(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    day: date,
    rules: DayRules,
    decisions: Sequence[Decision] = (),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The list of breaks as of a day: items and movements, kept in the register and returned.

    `decisions`: the whole journal, its chain proved; those made on earlier lists count.
    """
    require_opening(connection, day, rules.start_day, warehouse.exported_by_others)
    before = day - timedelta(days=1)
    opening = connection.execute("SELECT * FROM breaks.items WHERE as_of_day = ? AND state <> 'NOTED'", [before]).pl()
    past = connection.execute(sql_text("assets.breaks", "openings"), [day]).pl()
    found = with_known_parties(connection, warehouse, day, _folded(connection, day, opening, rules))
    files = connection.execute("SELECT file_id, file_name, version, sha256 FROM parsed.files").pl()
    judged = with_causes(
        build_items(
            found, files, day, rules.tolerance,
            is_systematic_shift=_is_shifted(connection, day, rules), answers=answers_of_day(connection, day),
            gone=connection.execute("SELECT * FROM reconciled.gone WHERE as_of_day = ?", [day]).pl(), opening=opening,
        ),
        patterns_of_day(connection, day, rules.fees),
        rules.fees,
    )  # fmt: skip
    listed_before = {str(row["break_id"]): row for row in opening.iter_rows(named=True)} if decisions else {}
    found_now, standing = with_decisions(judged, listed_before, decisions, day)
    items, movements = close_day(found_now, opening, past, day)
    items = value_breaks(connection, warehouse, day, items, rules.reporting)
    movements = _with_outcome(connection, movements, opening, day)
    with transaction(connection):
        replace_day(connection, "breaks.items", day, items)
        replace_day(connection, "breaks.movements", day, movements)
        connection.execute("DELETE FROM breaks.pending WHERE as_of_day = ?", [day])
        pending = sql_text("assets.breaks", "pending")
        connection.execute(f"INSERT INTO breaks.pending {pending}", [day, list(PENDING)])
        replace_day(connection, "breaks.decisions", day, standing)
        replace_day(connection, "breaks.decision_heads", day, _head(decisions, day))
        connection.execute("DELETE FROM breaks.days WHERE as_of_day = ?", [day])
        connection.execute(
            "INSERT INTO breaks.days VALUES (?, ?, ?, NULL, NULL)",
            [day, closing_digest(connection, before), _digest(items)],
        )
    return items, movements


def _head(decisions: Sequence[Decision], day: date) -> pl.DataFrame:
    """The newest decision that the day knew of; no row where there was none."""
    rows = [{"as_of_day": day, "seq": one.seq, "sha256": one.sha256} for one in known_on(decisions, day)[-1:]]
    return pl.DataFrame(rows, schema=TABLES["breaks.decision_heads"])


def _folded(connection: duckdb.DuckDBPyConnection, day: date, opening: pl.DataFrame, rules: DayRules) -> pl.DataFrame:
    """Everything found, with the incidents that many breaks of one cause are."""
    found = connection.execute(_FOUND, [day, day]).pl()
    counts = connection.execute(
        "SELECT trait, trait_value, row_count FROM reconciled.side_counts WHERE as_of_day = ?", [day]
    ).pl()
    known = frozenset(opening["incident_id"].drop_nulls())
    return group_into_incidents(found, counts, known, day, rules.tolerance.flood_rows)


_KEY_AT_ALIPAYPLUS = (  # where Alipay+ gave no id, a refund, and what only the reports know, is found by the request id
    pl.when(pl.col("family") == "R").then(pl.coalesce("provider_transaction_id", "refund_request_id"))
    .when(pl.col("break_id").str.contains("^P/[^/]*/provider/"))
    .then(pl.coalesce("provider_transaction_id", "payment_request_id"))
    .otherwise("provider_transaction_id")
)  # fmt: skip
_FOUND = sql_text("assets.breaks", "found")
NO_BREAK_ANY_MORE = (Movement.RESOLVED, Movement.ENDED)


def _is_shifted(connection: duckdb.DuckDBPyConnection, day: date, rules: DayRules) -> bool:
    (shifted,) = connection.execute(
        "SELECT COUNT(*) FROM reconciled.found WHERE as_of_day = ? AND code = 'P12'", [day]
    ).fetchall()[0]
    (matched,) = connection.execute(
        "SELECT COALESCE(SUM(row_count), 0) FROM reconciled.conservation WHERE as_of_day = ? AND side = 'payments'",
        [day],
    ).fetchall()[0]
    return bool(matched) and shifted > rules.tolerance.systematic_shift_share * float(matched)


def _with_outcome(
    connection: duckdb.DuckDBPyConnection, movements: pl.DataFrame, opening: pl.DataFrame, day: date
) -> pl.DataFrame:
    """What the data says now of each resolved break; null would mean that no one looked at it."""
    if not movements["movement"].is_in(NO_BREAK_ANY_MORE).any():
        return movements.sort("break_id", "movement")
    keys = (
        "source_id", "order_key", "refund_key", "family", "provider_transaction_id", "payment_request_id",
        "refund_request_id", "partner_key", "answer", "situation",
    )  # fmt: skip
    known = opening.with_columns(provider_transaction_id=_KEY_AT_ALIPAYPLUS)
    connection.register("opening_frame", known.select("break_id", *keys).to_arrow())
    outcomes = connection.execute(sql("resolved_outcomes"), {"day": day, "before": day - timedelta(days=1)}).pl()
    connection.unregister("opening_frame")
    return (
        movements.drop("outcome", "resolved_by")
        .join(outcomes, on="break_id", how="left")
        .with_columns(pl.when(pl.col("movement").is_in(NO_BREAK_ANY_MORE)).then(pl.col("outcome", "resolved_by")))
        .select(movements.columns)
        .sort("break_id", "movement")
    )


def _digest(items: pl.DataFrame) -> str:
    kept = items.filter(pl.col("state") != State.NOTED)
    return hashlib.sha256(kept.write_csv().encode()).hexdigest()
