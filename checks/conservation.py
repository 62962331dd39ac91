"""Nothing got lost and nothing was counted twice: every input of a day has exactly one outcome, under its own id."""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import duckdb
import polars as pl

from assets.reconciled.asset import RECONCILED
from assets.states import day_of
from assets.tied_out.residuals import residuals_of_day
from checks.verdict import stops, verdict, warns
from recon.identities import CONSERVATION
from recon.listing import counted
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.reports.names import ReportKind
from recon.sql_text import sql_text
from recon.tie_out.proof import conserved
from resources.parsed_rows import current_rows
from resources.warehouse import Warehouse, parquet_relation

CONSERVED, ONE_OUTCOME = "every_input_has_one_outcome", "no_row_without_outcome"
OWN_IDS, NO_REPEATS = "ids_are_those_that_were_sent", "rows_are_not_repeated"
OWN_TYPES, TOLD = "types_of_our_ids_are_known", "rates_of_fees_are_known"
FEWEST = 20  # payments on both sides, from which on it is no chance that not one is known
PAYMENTS, REFUNDS, FEES = (spec.key for spec in RECONCILED)
SIDES = ((PAYMENTS, ("payments", "rows")), (REFUNDS, ("refunds",)), (FEES, ("fees", "charges")))
SPECS = [
    *(
        stops(
            CONSERVED, key, f"The outcomes add up to the inputs ({'; '.join(CONSERVATION[side] for side in sides)}).",
            also=[REFUNDS, FEES] if key == PAYMENTS else (),
        )
        for key, sides in SIDES
    ),
    *(stops(ONE_OUTCOME, key, "No outcome is empty, and no key has two.") for key, _ in SIDES),
    stops(OWN_IDS, PAYMENTS, "No id has lost its leading zeros, and some of the ids are those of our orders."),
    stops(OWN_TYPES, PAYMENTS, "No row of a type in no list is one of a payment or refund of ours (F04)."),
    warns(NO_REPEATS, PAYMENTS, "No report row is an exact copy of another one (F09)."),
    warns(TOLD, FEES, "Where the contract has rates of a wallet or merchant, both are known of each payment."),
]  # fmt: skip
# What only a report knows may have no request id at all, and a row of another type may carry the ids of a refund: their
# lines tell them apart.
KEYS = {
    "payments": "source_id, order_key, payment_request_id, "
    "CASE WHEN COALESCE(order_key, payment_request_id) IS NULL THEN lines END",
    "refunds": "source_id, refund_key, refund_request_id, provider_transaction_id, "
    "CASE WHEN code IN ('OTHER', 'NETTED') THEN lines END",
    "fees": "transaction_id, fee_kind",
}


@dg.multi_asset_check(name="conservation", specs=SPECS)
def conservation(
    context: dg.AssetCheckExecutionContext, warehouse: dg.ResourceParam[Warehouse]
) -> Iterator[dg.AssetCheckResult]:
    """Add up what is kept of the day."""
    day = day_of(context)
    with warehouse.connect() as connection:
        counts = connection.execute("SELECT * FROM reconciled.conservation WHERE as_of_day = ?", [day]).pl()
        twice = repeated_keys(connection, day)
        behind = residuals_of_day(connection, warehouse, day, conserved(counts))
        ((copies,),) = connection.execute(
            "SELECT COUNT(*) FROM reconciled.repeated_rows WHERE as_of_day = ?", [day]
        ).fetchall()
        rewritten = list(rewritten_ids(connection, warehouse, day))
        unknown = list(unknown_types(connection, warehouse, day))
    yield verdict(PAYMENTS.path, OWN_IDS, rewritten)
    yield verdict(PAYMENTS.path, OWN_TYPES, unknown)
    for key, sides in SIDES:
        problems = [problem for side in sides for problem in lost(counts, side)]
        own = pl.col("edge").is_in([CONSERVATION[side] for side in sides])
        yield verdict(key.path, CONSERVED, problems, behind=behind.filter(own))
    for key in (PAYMENTS, REFUNDS, FEES):
        table = key.path[-1]
        yield verdict(key.path, ONE_OUTCOME, _without_one(counts, table, twice[table]))
    problems = [f"exact copies of other rows, counted once: {copies:,}"] if copies else []
    yield verdict(PAYMENTS.path, NO_REPEATS, problems, is_warning=True)
    yield verdict(FEES.path, TOLD, without_rate(counts), is_warning=True)


def without_rate(counts: pl.DataFrame) -> list[str]:
    """How many fees no rate was found for. `counts`: side, outcome and row_count of a day."""
    of_them = counts.filter(pl.col("side") == "fees", pl.col("outcome") == "FEE_RATE_UNKNOWN")
    rows = int(of_them["row_count"].sum())
    names = "the wallet or merchant that decides the rate"
    text = f"{counted(rows, 'fee row')} not compared: neither the report nor an order of ours names {names}"
    return [text] if rows else []


def repeated_keys(connection: duckdb.DuckDBPyConnection, day: date) -> dict[str, int]:
    """By table of outcomes, how many keys of a day have more than one."""
    return {
        table: connection.execute(
            _REPEATED.format(columns=keys, rows=f"reconciled.{table}", where="as_of_day = ?"), [day]
        ).fetchall()[0][0]
        for table, keys in KEYS.items()
    }


def rewritten_ids(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> Iterator[str]:
    """Why the ids of the reports of a day are not those that we sent: compared with the frozen orders as a whole."""
    details = _compared(connection, warehouse, day)
    fees = details | {"rows": current_rows(connection, warehouse, ReportKind.FEE, day)}
    for relations in (details, fees):
        for file, line, count in connection.execute(_WITHOUT_ZEROS.format(**relations)).fetchall():
            yield f"{file}, line {line}: the request id has lost its leading zeros{_more(count)}"
    ((reported, ours, known),) = connection.execute(_KNOWN.format(**details)).fetchall()
    if min(reported, ours) >= FEWEST and not known:
        yield f"of {reported:,} reported, not one payment has an id that our orders know"


def unknown_types(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> Iterator[str]:
    """Rows of a type in no list that are, by id and direction, payments or refunds of ours without another row."""
    statement = _OWN_TYPES.format(**_compared(connection, warehouse, day))
    for file, kind, side, line, count in connection.execute(statement, {"day": day}).fetchall():
        yield f"{file}, line {line}: {side} of ours have the type {kind}, which is in no list{_more(count)} (F04)"


def _more(count: int) -> str:
    return f", with {count - 1:,} more like it" if count > 1 else ""


def _compared(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, day: date) -> dict[str, str]:
    """The transaction rows of a day, and its frozen orders and refunds, as relations."""
    return {
        "rows": current_rows(connection, warehouse, ReportKind.TRANSACTION_DETAIL, day),
        "payments": parquet_relation([warehouse.orders_path("payments", day)], PAYMENT_SCHEMA),
        "refunds": parquet_relation([warehouse.orders_path("refunds", day)], REFUND_SCHEMA),
    }


_REPEATED = sql_text("checks", "count_repeated")
_WITHOUT_ZEROS = sql_text("checks", "ids_without_zeros")
_KNOWN = sql_text("checks", "known_ids")
_OWN_TYPES = sql_text("checks", "types_of_our_ids")


def lost(counts: pl.DataFrame, side: str) -> list[str]:
    """Why the outcomes of a side do not add up to its inputs."""
    (line,) = conserved(counts, [side]).iter_rows(named=True)
    came, decided = line["left_value"], line["right_value"]
    if came is None:
        return [f"the inputs of {side} were not counted"]
    return [] if came == decided else [f"{side}: {came:,} came in and {decided:,} got an outcome"]


def _without_one(counts: pl.DataFrame, side: str, twice: int) -> list[str]:
    empty = counts.filter((pl.col("side") == side) & pl.col("outcome").is_null() & (pl.col("row_count") > 0))
    problems = [f"{side} without an outcome: {int(empty['row_count'].sum())}"] if empty.height else []
    return problems + ([f"{side} with more than one outcome: {twice}"] if twice else [])
