"""A clearing day in the warehouse: its input views, the statements of `recon` run over them, its list closed.

Here is the order of steps and what is kept of each. The rules themselves are in `recon`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import polars as pl

from recon.breaks.catalogue import CATALOGUE, PENDING, State
from recon.fees import FeeContract, kind_frame, rate_frame
from recon.fees.patterns import DIFFERING_SCHEMA, Pattern, find_patterns
from recon.inquiry.verdicts import AMOUNT_DIFFERS, ANSWER_SCHEMA
from recon.matching.agreements import expected_agreements
from recon.matching.parameters import DayRules, day_parameters
from recon.matching.plan import INPUTS_AT_TIMES, LOST_INPUTS, OUR_SIDE, PROVE, RECONCILE, Statement
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.reports.kinds import ReportKind
from recon.sql_text import sql_text
from recon.tie_out.proof import conserved, failing
from resources.engine import Engine, OpenEngine, in_process
from resources.journals.inquiries import require_whole
from resources.our_side import GONE, OUR_SCHEMAS, keep_gone, our_side
from resources.parsed_rows import rows_between
from resources.register import answers_of_day, require_opening
from resources.storage import sql_day
from resources.tables import TABLES
from resources.warehouse import Warehouse, parquet_relation, replace_day, transaction

# What the lists of earlier days hand over: a file of SQL each, which is given the day.
OPENING = (
    "answers",
    "opening_items",
    "open_rows",
    "reported_before_own_day",
    "paired_by_provider_id_earlier",
    "refund_rows_judged_earlier",
)
OPEN_CODES = [code for code, entry in CATALOGUE.items() if entry.state is not State.NOTED] + list(PENDING)
BOUND = {"answers": {"amount_differs": list(AMOUNT_DIFFERS)}, "open_rows": {"open_codes": OPEN_CODES}}
OPENING_OF_FEES = ("opening_fees", "opening_fee_ids")
KEPT = {
    "reconciled.payments": "payment_outcomes",
    "reconciled.refunds": "refund_outcomes",
    "reconciled.fees": "fee_outcomes",
    "reconciled.found": "found",
    "reconciled.gone": "gone",
    "reconciled.conservation": "conservation",
    "reconciled.side_counts": "side_counts",
    "reconciled.repeated_rows": "repeated_rows_of_day",
}
DETAIL = ReportKind.TRANSACTION_DETAIL
LOOK_BACK_DAYS = 2  # earlier days whose frozen orders say what was seen before


def reconcile_day(
    connection: duckdb.DuckDBPyConnection,
    warehouse: Warehouse,
    day: date,
    rules: DayRules,
    answers: pl.DataFrame | None = None,
    open_engine: OpenEngine = in_process,
) -> dict[str, int]:
    """Brings orders and report rows of a day together; keeps outcomes, what was found, and the counts of conservation.

    `answers`: what Alipay+ said up to this day when it was asked (`recon.inquiry.verdicts.ANSWER_SCHEMA`).
    Returns the number of outcomes per code. StorageError if frozen orders have changed on disk.
    JournalError if they lack what this list or the one before has shown. EngineError if the engine does not do it.
    """
    require_opening(connection, day, rules.start_day, warehouse.exported_by_others)
    for kept_day in (day - timedelta(days=back) for back in range(LOOK_BACK_DAYS + 1)):
        for table in ("payments", "refunds"):
            warehouse.require_sealed(warehouse.orders_path(table, kept_day), kept_day)
    known = pl.DataFrame(schema=ANSWER_SCHEMA) if answers is None else answers
    for told_day in (day, day - timedelta(days=1)):  # a list never knows less than before
        require_whole(answers_of_day(connection, told_day), known)
    with transaction(connection):
        replace_day(connection, "inquiries.evidence", day, known.select(pl.lit(day).alias("as_of_day"), *ANSWER_SCHEMA))
    with open_engine(connection, warehouse) as engine:
        match_day(engine, warehouse, day, rules)
        return keep_outcomes(engine, day)


def keep_outcomes(engine: Engine, day: date) -> dict[str, int]:
    """Counts what `match_day` decided, and keeps it; returns the number of outcomes per code."""
    for statement in PROVE:
        engine.run(statement)
    for relation in KEPT.values():
        engine.hand_over(relation)
    connection = engine.connection
    with transaction(connection):
        for table, relation in KEPT.items():
            _keep(connection, table, relation, day)
        _keep_lost_inputs(engine, day)
    counted = connection.execute("SELECT outcome, row_count FROM conservation WHERE side <> 'rows'").pl()
    return dict(counted.group_by("outcome").agg(pl.col("row_count").sum().cast(pl.Int64)).sort("outcome").iter_rows())


def _keep_lost_inputs(engine: Engine, day: date) -> None:
    """The inputs that conservation lost or counted twice, while the relations of the day are there; else nothing."""
    connection = engine.connection
    connection.execute("DELETE FROM reconciled.lost_inputs WHERE as_of_day = ?", [day])
    counted = connection.execute("SELECT side, row_count FROM conservation").pl()
    if failing(conserved(counted)).is_empty():
        return
    named = connection.execute(sql_text("assets.reconciled", "outcome_lines")).pl()
    places = named.select("side", place=pl.col("lines").str.split(" ")).explode("place").drop_nulls()
    engine.add_rows("outcome_places", places)
    engine.run(LOST_INPUTS)
    engine.hand_over(LOST_INPUTS.name)
    connection.execute("INSERT INTO reconciled.lost_inputs SELECT CAST(? AS DATE), * FROM lost_inputs", [day])


def match_day(engine: Engine, warehouse: Warehouse, day: date, rules: DayRules) -> None:
    """Match and classify: the relations of the day on the engine, from the inputs to `found`."""
    _create_inputs(engine, warehouse, day, rules)
    _create_fee_inputs(engine, warehouse, day, rules.start_day, rules.fees)
    filled = {name for name in INPUTS_AT_TIMES if engine.connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()}
    _run_where_filled(engine, OUR_SIDE, filled)
    for relation in GONE:
        engine.hand_over(relation)
    keep_gone(engine.connection, warehouse, day)
    pairs = engine.rows("SELECT DISTINCT merchant_id, COALESCE(psp_id, '') AS psp_id FROM frozen_orders")
    engine.add_rows("expected_agreements", expected_agreements(pairs, rules.agreements))
    _run_where_filled(engine, RECONCILE, filled)


def _run_where_filled(engine: Engine, statements: Sequence[Statement], filled: set[str]) -> None:
    """Spares the statements that would have no row. `filled`: the relations that may have some; more are added."""
    for statement in statements:
        if statement.only_with and filled.isdisjoint(statement.only_with):
            engine.leave_empty(statement)
        elif engine.run(statement) != 0:
            filled.add(statement.name)


def _keep(connection: duckdb.DuckDBPyConnection, table: str, relation: str, day: date) -> None:
    names = ", ".join(name for name in TABLES[table] if name != "as_of_day")
    connection.execute(f"DELETE FROM {table} WHERE as_of_day = ?", [day])
    connection.execute(
        f"INSERT INTO {table} (as_of_day, {names}) SELECT CAST(? AS DATE), {names} FROM {relation} ORDER BY ALL", [day]
    )


def _create_inputs(engine: Engine, warehouse: Warehouse, day: date, rules: DayRules) -> None:
    connection = engine.connection
    earlier = [day - timedelta(days=back) for back in range(1, LOOK_BACK_DAYS + 1)]
    views = {
        "delivered_orders": parquet_relation([warehouse.orders_path("payments", day)], PAYMENT_SCHEMA),
        "delivered_refunds": parquet_relation([warehouse.orders_path("refunds", day)], REFUND_SCHEMA),
        "orders_before": our_side(warehouse, "payments", earlier[0]),
        "refunds_before": our_side(warehouse, "refunds", earlier[0]),
        "rows_of_day": rows_between(connection, warehouse, DETAIL, day, day),
        "rows_before": rows_between(connection, warehouse, DETAIL, rules.start_day, earlier[0]),
        "seen_orders": _seen(warehouse, "payments", earlier, "COALESCE(paid_at, created_at)", "order_key"),
        "seen_refunds": _seen(warehouse, "refunds", earlier, "COALESCE(refunded_at, requested_at)", "refund_key"),
    }
    engine.add_views(views)
    for name in OPENING:
        engine.add_table(name, sql_text("assets.reconciled", name), {"day": day, **BOUND.get(name, {})})
    parameters = day_parameters(day, rules.start_day, rules.tolerance, is_production=rules.is_production)
    engine.add_rows("parameters", pl.DataFrame([parameters]))


def _create_fee_inputs(engine: Engine, warehouse: Warehouse, day: date, start_day: date, contract: FeeContract) -> None:
    """Fee rows, what is open of fees, the contract, and the orders of earlier days if it asks for them."""
    connection = engine.connection
    days_before = pl.date_range(start_day, day, closed="left", eager=True) if contract.is_by_party else ()
    orders = [warehouse.orders_path("payments", before) for before in days_before]
    views = {
        "earlier_orders": parquet_relation(orders, PAYMENT_SCHEMA),
        "fee_rows_of_day": rows_between(connection, warehouse, ReportKind.FEE, day, day),
        "fee_rows_before": rows_between(connection, warehouse, ReportKind.FEE, start_day, day - timedelta(days=1)),
    }
    engine.add_views(views)
    for name in OPENING_OF_FEES:
        engine.add_table(name, sql_text("assets.reconciled", name), {"day": day})
    engine.add_rows("fee_rates", rate_frame(contract))
    engine.add_rows("fee_kinds", kind_frame(contract.kinds))
    rules = {"tolerance_minor": [contract.tolerance_minor], "has_rates": [bool(contract.rates)]}
    schema = {"tolerance_minor": pl.Int64, "has_rates": pl.Boolean}
    engine.add_rows("fee_contract", pl.DataFrame(rules, schema=schema))


def _seen(warehouse: Warehouse, table: str, days: Sequence[date], moment: str, key: str) -> str:
    parts = []
    for day in days:
        orders = parquet_relation([warehouse.orders_path(table, day)], OUR_SCHEMAS[table])
        seen = f"CAST({moment} + INTERVAL '8' HOUR AS DATE) <= {sql_day(day)}"
        parts.append(f"SELECT source_id, {key}, {sql_day(day)} AS seen_day FROM {orders} WHERE {seen}")
    newest = f"SELECT source_id, {key}, MAX(seen_day) AS seen_day FROM ({' UNION ALL '.join(parts)}) AS seen"
    return f"({newest} GROUP BY source_id, {key})"


def patterns_of_day(connection: duckdb.DuckDBPyConnection, day: date, contract: FeeContract) -> list[Pattern]:
    """The causes behind the differing fees of payments, those that are still open included."""
    if not contract.rates:
        return []
    statement = sql_text("assets.reconciled", "differing_fees").format(columns=", ".join(DIFFERING_SCHEMA))
    return find_patterns(connection.execute(statement, [day]).pl(), contract)
