"""Our side as frozen: one row per key, statuses known. What stops a run was already refused while
reading.
"""

from collections.abc import Iterator

import dagster as dg
import duckdb
import polars as pl

from assets.orders.asset import ORDERS
from assets.states import day_of
from checks.verdict import stops, verdict, warns
from recon.identities import (
    CONFIRMED_IS_PAID,
    ONE_FINAL_STATE,
    PAID_IS_COMPLETE,
    REFUND_AFTER_PAYMENT,
    REFUND_HAS_ORDER,
    REFUNDS_WITHIN_PAYMENT,
    TIMES_IN_SEQUENCE,
    VOIDED_IS_REFUNDED,
)
from recon.listing import capitalize_first, counted
from recon.matching.agreements import ANY
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.sql_text import sql_text
from resources.settings import Settings
from resources.warehouse import Warehouse, parquet_relation
from views.metadata import table as in_metadata

UNIQUE, MAPPED, CONSISTENT = "keys_are_unique", "statuses_are_mapped", "rows_are_consistent"
WALLETS = "wallets_are_known"
TABLES = {  # schema, key, request id, columns that can be UNMAPPED
    "payments": (
        PAYMENT_SCHEMA,
        "order_key",
        "payment_request_id",
        ("pay_state", "confirm_state", "cancel_state", "result_channel"),
    ),
    "refunds": (
        REFUND_SCHEMA,
        "refund_key",
        "refund_request_id",
        ("provider_state", "local_state", "initiator"),
    ),
}
INVARIANTS = {
    "payments": (CONFIRMED_IS_PAID, PAID_IS_COMPLETE, TIMES_IN_SEQUENCE, ONE_FINAL_STATE),
    "refunds": (REFUND_HAS_ORDER, REFUNDS_WITHIN_PAYMENT, VOIDED_IS_REFUNDED, REFUND_AFTER_PAYMENT),
}


def _specs() -> Iterator[dg.AssetCheckSpec]:
    for asset in ORDERS:
        yield stops(UNIQUE, asset.key, "No key is on two rows.")
        yield stops(MAPPED, asset.key, "Unknown statuses stay within the tolerated share.")
        sentences = [f"{capitalize_first(identity)}." for identity in INVARIANTS[asset.key.path[-1]]]
        yield warns(CONSISTENT, asset.key, " ".join(sentences))
    yield warns(WALLETS, ORDERS[0].key, "Paid orders name their wallet, if an agreement is of one wallet (P14).")


@dg.multi_asset_check(name="source_contract", specs=list(_specs()))
def source_contract(
    context: dg.AssetCheckExecutionContext,
    settings: dg.ResourceParam[Settings],
    warehouse: dg.ResourceParam[Warehouse],
) -> Iterator[dg.AssetCheckResult]:
    """Count on the frozen rows themselves."""
    day = day_of(context)
    share = settings.tolerance.unmapped_share
    with warehouse.connect() as connection:
        found = dict(
            connection.execute("SELECT invariant, row_count FROM orders.findings WHERE as_of_day = ?", [day]).fetchall()
        )
        for table, (schema, key, request_id, facets) in TABLES.items():
            relation = parquet_relation([warehouse.orders_path(table, day)], schema)
            problems = [
                *_repeated(connection, relation, f"source_id, {key}", key),
                *_repeated(connection, relation, request_id, request_id),
            ]
            yield verdict(("orders", table), UNIQUE, problems)
            unmapped, rows = _unmapped(connection, relation, facets)
            text = f"{table}: a status that is not mapped in {unmapped} of {counted(rows, 'row')}"
            yield verdict(("orders", table), MAPPED, [text] if unmapped > share * rows else [], unmapped=unmapped)
            yield consistent(table, {identity: found.get(identity, 0) for identity in INVARIANTS[table]})
        paid = parquet_relation([warehouse.orders_path("payments", day)], PAYMENT_SCHEMA)
        unknown = _without_wallet(connection, paid) if any(line.psp != ANY for line in settings.agreements) else 0
        yield verdict(("orders", "payments"), WALLETS, wallets_unknown(unknown), is_warning=True)


def wallets_unknown(count: int) -> list[str]:
    """What is not compared. `count`: of paid orders without a wallet."""
    rows = counted(count, "row")
    text = f"no psp_id in {rows} of what is paid: where the wallet decides the agreement, it is not compared (P14)"
    return [text] if count else []


def _without_wallet(connection: duckdb.DuckDBPyConnection, orders: str) -> int:
    ((count,),) = connection.execute(
        f"SELECT COUNT(*) FROM {orders} WHERE pay_state = 'SUCCESS' AND psp_id IS NULL"
    ).fetchall()
    return int(count)


def consistent(table: str, counts: dict[str, int]) -> dg.AssetCheckResult:
    """A warning with a line for each identity. `counts`: the rows that break it."""
    problems = [f"{identity}: not so in {counted(count, 'row')}" for identity, count in counts.items() if count]
    lines = pl.DataFrame({"identity": list(counts), "rows": list(counts.values())})
    return verdict(("orders", table), CONSISTENT, problems, is_warning=True, identities=in_metadata(lines))


def _repeated(connection: duckdb.DuckDBPyConnection, relation: str, columns: str, name: str) -> list[str]:
    last = columns.rsplit(", ", 1)[-1]
    statement = sql_text("checks", "count_repeated").format(columns=columns, rows=relation, where=f"{last} IS NOT NULL")
    ((count,),) = connection.execute(statement).fetchall()
    return [f"{name} is not unique: {counted(count, 'value')} on more than one row"] if count else []


def _unmapped(connection: duckdb.DuckDBPyConnection, relation: str, facets: tuple[str, ...]) -> tuple[int, int]:
    is_unmapped = " OR ".join(f"{facet} = 'UNMAPPED'" for facet in facets)
    ((unmapped, rows),) = connection.execute(
        f"SELECT COUNT(*) FILTER (WHERE {is_unmapped}), COUNT(*) FROM {relation}"
    ).fetchall()
    return int(unmapped), int(rows)
