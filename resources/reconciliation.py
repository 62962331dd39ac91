"""A clearing day in the warehouse: its inputs laid out, the statements of `recon` run over them, its list closed.

Here is the order of steps and what is kept of each. The rules themselves are in `recon`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb
import polars as pl

from recon.agreements import AgreementRule, expected_agreements
from recon.catalogue import PENDING, State
from recon.errors import DayOrderError
from recon.fees import FeeContract
from recon.fees.patterns import with_causes
from recon.incidents import fold
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.items import build_items
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.parameters import day_parameters
from recon.register import PER_CODE, close_day, register_identity
from recon.reports.rows import TRANSACTION_ROWS
from recon.statements import PROVE, RECONCILE, Statement, sql
from recon.tolerance import Tolerance
from resources.fee_findings import patterns_of_day
from resources.fee_inputs import lay_out_fees
from resources.inquiry.journal import require_whole
from resources.lost_inputs import keep_lost_inputs
from resources.warehouse import Warehouse, parquet_relation, replace_day, transaction

PROVED, INCOMPLETE = "proved", "incomplete"
LOOK_BACK_DAYS = 2  # earlier days whose frozen orders say what was seen before


@dataclass(frozen=True)
class DayRules:
    """What the reconciliation of a day needs to know besides the data."""

    start_day: date
    tolerance: Tolerance = field(default_factory=Tolerance)
    agreements: tuple[AgreementRule, ...] = ()
    is_production: bool = True
    fees: FeeContract = field(default_factory=FeeContract)


def require_opening(connection: duckdb.DuckDBPyConnection, day: date, start_day: date) -> None:
    """Day D needs the closing of D-1, as it stands now; otherwise ages would be wrong."""
    if day < start_day:
        raise DayOrderError(f"{day} lies before the first day {start_day}", do="Choose a later day")
    if day == start_day:
        return
    before = day - timedelta(days=1)
    known = dict(
        connection.execute(
            "SELECT as_of_day, opening_digest FROM breaks.days WHERE as_of_day < ? AND status = ?", [day, PROVED]
        ).fetchall()
    )
    if before not in known:
        raise DayOrderError(f"{before} is not proved, and {day} starts from its closing", do=f"Run {before} first")
    stale = [
        later for later in sorted(known) if later > start_day
        and known[later] != closing_digest(connection, later - timedelta(days=1))
    ]  # fmt: skip
    if stale:
        raise DayOrderError(
            f"{stale[0]} was closed on an older list of {stale[0] - timedelta(days=1)}",
            do=f"Run the days from {stale[0]} on again, in order",
        )


def stale_days(connection: duckdb.DuckDBPyConnection, day: date) -> list[date]:
    """Later days that were closed on another closing of `day` than the one that stands now."""
    rows = connection.execute("SELECT as_of_day, opening_digest FROM breaks.days ORDER BY as_of_day").fetchall()
    after = day + timedelta(days=1)
    fresh = any(later == after and digest == closing_digest(connection, day) for later, digest in rows)
    return [] if fresh else [later for later, _ in rows if later > day]


def closing_digest(connection: duckdb.DuckDBPyConnection, day: date) -> str | None:
    """The digest of the closing list of a day, or None where the day was never closed."""
    rows = connection.execute("SELECT closing_digest FROM breaks.days WHERE as_of_day = ?", [day]).fetchall()
    return rows[0][0] if rows else None


def reconcile_day(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    day: date,
    rules: DayRules,
    answers: pl.DataFrame | None = None,
) -> dict[str, int]:
    """Brings orders and report rows of a day together; keeps outcomes, what was found, and the counts of conservation.

    `answers`: what Alipay+ said up to this day when it was asked (`recon.inquiry.verdicts.ANSWER_SCHEMA`).
    Returns the number of outcomes per code. JournalError if they lack what this list or the one before was told.
    """
    require_opening(connection, day, rules.start_day)
    known = pl.DataFrame(schema=ANSWER_SCHEMA) if answers is None else answers
    for told_day in (day, day - timedelta(days=1)):  # a list never knows less than before
        require_whole(answers_of_day(connection, told_day), known)
    with transaction(connection):
        replace_day(connection, "inquiries.evidence", day, known.select(pl.lit(day).alias("as_of_day"), *ANSWER_SCHEMA))
    match_day(connection, warehouse, day, rules)
    return keep_outcomes(connection, day)


def keep_outcomes(connection: duckdb.DuckDBPyConnection, day: date) -> dict[str, int]:
    """Counts what `match_day` decided, and keeps it; returns the number of outcomes per code."""
    _run(connection, PROVE)
    with transaction(connection):
        _keep(connection, "reconciled.payments", "payment_outcomes", day)
        _keep(connection, "reconciled.refunds", "refund_outcomes", day)
        _keep(connection, "reconciled.fees", "fee_outcomes", day)
        _keep(connection, "reconciled.found", "found", day)
        _keep(connection, "reconciled.conservation", "conservation", day)
        _keep(connection, "reconciled.side_counts", "side_counts", day)
        _keep(connection, "reconciled.repeated_rows", "repeated_rows_of_day", day)
        keep_lost_inputs(connection, day)
    return dict(
        connection.execute(
            "SELECT outcome, CAST(SUM(row_count) AS BIGINT) FROM conservation WHERE side <> 'rows' "
            "GROUP BY outcome ORDER BY outcome"
        ).fetchall()
    )


def match_day(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, rules: DayRules) -> None:
    """Match and classify: the relations of the day as temporary tables, from the inputs to `found`."""
    _lay_out(connection, warehouse, day, rules)
    lay_out_fees(connection, warehouse, day, rules.start_day, rules.fees)
    _run(connection, RECONCILE)


def _run(connection: duckdb.DuckDBPyConnection, statements: Sequence[Statement]) -> None:
    for statement in statements:
        kind = "TABLE" if statement.is_table else "VIEW"
        connection.execute(f"CREATE OR REPLACE TEMP {kind} {statement.name} AS {sql(statement.name)}")


def _keep(connection: duckdb.DuckDBPyConnection, table: str, relation: str, day: date) -> None:
    schema, name = table.split(".")
    columns = [
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE schema_name = ? AND table_name = ? "
            "AND database_name = current_database() AND column_name <> 'as_of_day' ORDER BY column_index",
            [schema, name],
        ).fetchall()
    ]
    connection.execute(f"DELETE FROM {table} WHERE as_of_day = ?", [day])
    connection.execute(
        f"INSERT INTO {table} SELECT CAST(? AS DATE), {', '.join(columns)} FROM {relation} ORDER BY ALL", [day]
    )


def _lay_out(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date, rules: DayRules) -> None:
    earlier = [day - timedelta(days=back) for back in range(1, LOOK_BACK_DAYS + 1)]
    views = {
        "answers": "(SELECT source_id, order_key, situation, answer, amount_minor, currency FROM inquiries.evidence "
        f"WHERE as_of_day = DATE '{day}' AND order_key <> '')",
        "frozen_orders": parquet_relation([warehouse.orders_path("payments", day)], PAYMENT_SCHEMA),
        "frozen_refunds": parquet_relation([warehouse.orders_path("refunds", day)], REFUND_SCHEMA),
        "rows_of_day": _transaction_rows(connection, warehouse, "clearing_day = ?", [day]),
        "rows_before": _transaction_rows(
            connection, warehouse, "clearing_day < ? AND clearing_day >= ?", [day, rules.start_day]
        ),
        "opening_items": _OPENING.format(day=f"DATE '{day - timedelta(days=1)}'"),
        "seen_orders": _seen(warehouse, "payments", earlier, "COALESCE(paid_at, created_at)", "order_key"),
        "seen_refunds": _seen(warehouse, "refunds", earlier, "COALESCE(refunded_at, requested_at)", "refund_key"),
        "seen_early": f"(SELECT payment_request_id FROM reconciled.payments WHERE as_of_day < DATE '{day}' "
        f"AND ref_day >= DATE '{day}')",
        "seen_adopted": _ADOPTED.format(day=f"DATE '{day}'"),
        "seen_claimed": "(SELECT source_id, refund_key, UNNEST(STRING_SPLIT(lines, ' ')) AS place "
        f"FROM reconciled.refunds WHERE as_of_day < DATE '{day}' AND refund_key IS NOT NULL AND lines IS NOT NULL)",
    }
    for name, relation in views.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {relation}")
    values = day_parameters(day, rules.start_day, rules.tolerance, is_production=rules.is_production)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE parameters AS SELECT {', '.join(f'? AS {name}' for name in values)}",
        list(values.values()),
    )
    pairs = connection.sql("SELECT DISTINCT merchant_id, psp_id FROM frozen_orders").pl()
    connection.register("agreements_frame", expected_agreements(pairs, rules.agreements).to_arrow())
    connection.execute("CREATE OR REPLACE TEMP TABLE expected_agreements AS SELECT * FROM agreements_frame")
    connection.unregister("agreements_frame")


_OPENING = """(
  WITH handed_over AS (
    SELECT i.* FROM breaks.items AS i
    WHERE i.as_of_day = {day} AND i.state <> 'NOTED' AND i.family IN ('P', 'R')
  )
  SELECT i.source_id, i.order_key, i.refund_key, i.payment_request_id AS request_id, i.provider_transaction_id
  FROM handed_over AS i
  UNION ALL
  SELECT i.source_id, i.order_key, i.refund_key, i.refund_request_id AS request_id, NULL
  FROM handed_over AS i
  WHERE i.refund_request_id IS NOT NULL
  UNION ALL
  SELECT i.source_id, i.partner_key AS order_key, NULL, NULL, NULL
  FROM handed_over AS i
  WHERE i.partner_key IS NOT NULL
  UNION ALL
  SELECT p.source_id, p.order_key, NULL, p.payment_request_id, NULL FROM breaks.pending AS p WHERE p.as_of_day = {day}
)"""


_ADOPTED = """(
  SELECT source_id, order_key, row_request_id AS request_id
  FROM (
    SELECT as_of_day, source_id, order_key, row_request_id, flags FROM reconciled.payments
    UNION ALL
    SELECT as_of_day, source_id, order_key, row_request_id, flags FROM reconciled.refunds
  ) AS x
  WHERE x.as_of_day < {day}
    AND x.row_request_id IS NOT NULL
    AND (x.flags LIKE '%REQUEST_ID%' OR x.flags LIKE '%PAIRED_BY_PROVIDER_ID%')
)"""


def _transaction_rows(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, where: str, values: Sequence[object]
) -> str:
    files = connection.execute(
        f"SELECT file_id, clearing_day FROM parsed.files WHERE kind = 'transaction_detail' AND is_current AND {where} "
        "ORDER BY clearing_day, file_id",
        list(values),
    ).fetchall()
    paths = [warehouse.parsed_path("transaction_detail", day, file_id) for file_id, day in files]
    return parquet_relation(paths, TRANSACTION_ROWS)


def _seen(warehouse: Warehouse, table: str, days: Sequence[date], moment: str, key: str) -> str:
    schema = PAYMENT_SCHEMA if table == "payments" else REFUND_SCHEMA
    parts = [
        f"SELECT source_id, {key} FROM {parquet_relation([warehouse.orders_path(table, day)], schema)} "
        f"WHERE CAST({moment} + INTERVAL '8' HOUR AS DATE) <= DATE '{day}'"
        for day in days
    ]
    return f"({' UNION '.join(parts)})"


def close_breaks(
    connection: duckdb.DuckDBPyConnection, day: date, rules: DayRules
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The list of breaks as of a day: items and movements, kept in the register and returned."""
    require_opening(connection, day, rules.start_day)
    before = day - timedelta(days=1)
    opening = connection.execute("SELECT * FROM breaks.items WHERE as_of_day = ? AND state <> 'NOTED'", [before]).pl()
    past = connection.execute(
        "SELECT break_id, MIN(as_of_day) AS first_opened_day, CAST(COUNT(*) AS INTEGER) AS openings "
        "FROM breaks.movements WHERE as_of_day < ? AND movement IN ('NEW', 'REOPENED') GROUP BY break_id",
        [day],
    ).pl()
    found = _folded(connection, day, opening, rules)
    files = connection.execute("SELECT file_id, file_name, version, sha256 FROM parsed.files").pl()
    items, movements = close_day(
        with_causes(
            build_items(
                found, files, day, rules.tolerance,
                is_systematic_shift=_is_shifted(connection, day, rules), answers=answers_of_day(connection, day),
            ),
            patterns_of_day(connection, day, rules.fees),
        ),
        opening, past, day,
    )  # fmt: skip
    movements = _with_outcome(connection, movements, opening, day)
    with transaction(connection):
        replace_day(connection, "breaks.items", day, items)
        replace_day(connection, "breaks.movements", day, movements)
        connection.execute("DELETE FROM breaks.pending WHERE as_of_day = ?", [day])
        connection.execute(
            "INSERT INTO breaks.pending SELECT as_of_day, source_id, order_key, payment_request_id, code "
            f"FROM reconciled.payments WHERE as_of_day = ? AND code IN ({', '.join('?' * len(PENDING))})",
            [day, *PENDING],
        )
        connection.execute("DELETE FROM breaks.days WHERE as_of_day = ?", [day])
        connection.execute(
            "INSERT INTO breaks.days VALUES (?, ?, ?, NULL, NULL)",
            [day, closing_digest(connection, before), _digest(items)],
        )
    return items, movements


def _folded(connection: duckdb.DuckDBPyConnection, day: date, opening: pl.DataFrame, rules: DayRules) -> pl.DataFrame:
    """Everything found, with the incidents that floods of it are."""
    found = connection.execute(_FOUND, [day, day]).pl()
    counts = connection.execute(
        "SELECT trait, trait_value, row_count FROM reconciled.side_counts WHERE as_of_day = ?", [day]
    ).pl()
    known = frozenset(opening["incident_id"].drop_nulls())
    return fold(found, counts, known, day, rules.tolerance.flood_rows)


_FOUND = """
  SELECT * FROM reconciled.found WHERE as_of_day = ?
  UNION ALL BY NAME
  SELECT * FROM tied_out.found WHERE as_of_day = ?
"""


def answers_of_day(connection: duckdb.DuckDBPyConnection, day: date) -> pl.DataFrame:
    """What was known of the answers of Alipay+ when the day was reconciled (`ANSWER_SCHEMA`)."""
    return connection.execute(
        f"SELECT {', '.join(ANSWER_SCHEMA)} FROM inquiries.evidence WHERE as_of_day = ?", [day]
    ).pl()


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
    """What the data says now of each resolved break; null would mean that nobody looked at it."""
    keys = (
        "source_id", "order_key", "refund_key", "family", "provider_transaction_id", "payment_request_id",
        "refund_request_id", "partner_key", "answer", "situation",
    )  # fmt: skip
    connection.register("opening_frame", opening.select("break_id", *keys).to_arrow())
    outcomes = connection.execute(sql("resolved_outcomes"), {"day": day, "before": day - timedelta(days=1)}).pl()
    connection.unregister("opening_frame")
    return (
        movements.drop("outcome", "resolved_by")
        .join(outcomes, on="break_id", how="left")
        .with_columns(pl.when(pl.col("movement") == "RESOLVED").then(pl.col("outcome", "resolved_by")))
        .select(movements.columns)
        .sort("break_id", "movement")
    )


def _digest(items: pl.DataFrame) -> str:
    kept = items.filter(pl.col("state") != State.NOTED)
    return hashlib.sha256(kept.write_csv().encode()).hexdigest()


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
