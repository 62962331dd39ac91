"""Plain sales, by the thousand: the same Redeem and confirm as one by one, played in columns.

Each party keeps its own table: Ogloba stores what Alipay+ answered, and nothing else. A test plays
the same sales one by one and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

import polars as pl

from sandbox.alipayplus import PAYMENT_ID_MARK
from sandbox.instants import DAY, FOREVER, HOUR, SECOND, day_of
from sandbox.ledger import ENTRY_SCHEMA
from sandbox.ogloba_rows import Redemption, table_schema
from sandbox.ogloba_sales import REQUEST_DELAY, make_reference
from sandbox.stage import MAJOR, Stage
from sandbox.world import RATE_UNIT, WALLETS, Store, World, rate

TILLS_A_STORE = 40
_WALLET_TABLE = pl.Series([name for name, share in WALLETS for _ in range(share)])


def play_crowd(
    stage: Stage, act: str, start: int, length: int, count: int, stores: Sequence[Store] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`count` sales in `length` microseconds from `start`, at these or all stores: Ogloba's rows, Alipay+'s entries."""
    sales = _sales(stage, Random(act), start, length, count, stores or stage.world.stores)
    answers = _pay(stage, sales, day_of(start))
    entries = answers.select(*ENTRY_SCHEMA)
    return _stored(sales, answers), entries


def _sales(stage: Stage, random: Random, start: int, length: int, count: int, selling: Sequence[Store]) -> pl.DataFrame:
    """What the tills send, in the order of the day."""
    chance = random.random
    names = ("time", "store", "price", "wallet", "till", "patience", "confirm")
    draw = {name: pl.Series([chance() for _ in range(count)], dtype=pl.Float64) for name in names}
    stores = [store for store in selling for _ in range(store.share)]
    picked = (draw["store"] * len(stores)).cast(pl.Int64)
    currency = pl.Series([store.currency for store in stores]).gather(picked)
    price = currency.replace_strict(MAJOR, return_dtype=pl.Int64)
    first = stage.ogloba.take_references(count)
    numbers = range(first, first + count)
    return pl.DataFrame(
        {
            "ref_no": pl.Series([make_reference(number) for number in numbers], dtype=pl.String),
            "store_id": pl.Series([store.id for store in stores]).gather(picked),
            "term_id": "T" + (draw["till"] * TILLS_A_STORE).cast(pl.Int64).cast(pl.String),
            "till_txn_no": "C" + pl.Series(numbers, dtype=pl.Int64).cast(pl.String),
            "amt": price * 2 + (draw["price"].pow(2) * 200 * price).cast(pl.Int64),
            "cur": currency,
            "settle_cur": pl.Series([s.settlement_currency for s in stores]).gather(picked),
            "psp_id": _WALLET_TABLE.gather((draw["wallet"] * len(_WALLET_TABLE)).cast(pl.Int64)),
            "crt_tm": start + (draw["time"].sort() * (length // 1000)).cast(pl.Int64) * 1000,
            "pays_after": SECOND + (draw["patience"] * 2 * SECOND).cast(pl.Int64),
            "confirms_after": (4 + (draw["confirm"] * 10).cast(pl.Int64)) * SECOND,
        }
    )


def _pay(stage: Stage, sales: pl.DataFrame, day: date) -> pl.DataFrame:
    """Alipay+ takes the money and books it; it sees the requests only."""
    first = stage.alipayplus.take_numbers(sales.height)
    asked_at = pl.col("crt_tm") + REQUEST_DELAY
    asked_day = ((asked_at + 8 * HOUR) // DAY).cast(pl.Int32).cast(pl.Date)
    number = pl.int_range(first, first + sales.height).cast(pl.String).str.zfill(11)
    return (
        sales.with_columns(
            at=(asked_at + pl.col("pays_after")) // SECOND * SECOND,
            asked_at=asked_at,
            day=asked_day,
        )
        .join(
            _rates(stage.world, day),
            left_on=["cur", "settle_cur", "day"],
            right_on=["currency", "settlement_currency", "day"],
            how="left",
            maintain_order="left",
        )
        .with_columns(
            kind=pl.lit("PAYMENT"),
            request_id=pl.col("ref_no"),
            transaction_id=pl.col("day").dt.strftime("%Y%m%d") + PAYMENT_ID_MARK + number,
            original_request_id=pl.lit(""),
            original_transaction_id=pl.lit(""),
            amount=pl.col("amt"),
            currency=pl.col("cur"),
            settlement_amount=(pl.col("amt") * pl.col("rate") + RATE_UNIT // 2) // RATE_UNIT,
            settlement_currency=pl.col("settle_cur"),
            agreement=_agreement(stage.world),
            psp=pl.col("psp_id"),
            store_id=pl.col("store_id"),
            paid_settlement=pl.lit(0, dtype=pl.Int64),
            answered_at=pl.max_horizontal((asked_at + pl.col("pays_after")) // SECOND * SECOND, asked_at) + SECOND // 4,
        )
    )


def _rates(world: World, day: date) -> pl.DataFrame:
    pairs = sorted({(store.currency, store.settlement_currency) for store in world.stores})
    days = (day, date.fromordinal(day.toordinal() + 1))
    rows = [(*pair, each, rate(*pair, each)) for pair in pairs for each in days]
    return pl.DataFrame(rows, schema=["currency", "settlement_currency", "day", "rate"], orient="row")


def _agreement(world: World) -> pl.Expr:
    """The first agreement that fits, as `World.agreement` finds it."""
    found = pl.lit(None, dtype=pl.String)
    for agreement in reversed(world.agreements):
        fits = pl.col("settle_cur") == agreement.settlement_currency
        if agreement.psp != "*":
            fits &= pl.col("psp_id") == agreement.psp
        found = pl.when(fits).then(pl.lit(agreement.id)).otherwise(found)
    return found


def _stored(sales: pl.DataFrame, answers: pl.DataFrame) -> pl.DataFrame:
    """What Ogloba's database holds in the end: S and confirmed."""
    stored = answers.select(
        "transaction_id",
        "settlement_amount",
        "at",
        confirmed_at=pl.col("answered_at") + pl.col("confirms_after"),
    )
    return (
        pl.concat([sales, stored], how="horizontal")
        .with_columns(
            upd_tm=pl.col("confirmed_at"),
            pay_stat=pl.lit("S"),
            txn_stat=pl.lit("Y"),
            pay_tm=pl.col("at"),
            cfm_tm=pl.col("confirmed_at"),
            aps_payment_id=pl.col("transaction_id"),
            settle_amt=pl.col("settlement_amount"),
            rslt_chnl=pl.lit("SYNC"),
            rslt_code=pl.lit("SUCCESS"),
            cncl_stat=pl.lit("N"),
            cncl_req_tm=pl.lit(None, dtype=pl.Int64),
            cncl_code=pl.lit(None, dtype=pl.String),
            void_full=pl.lit(None, dtype=pl.Int64),
            valid_from=pl.col("crt_tm"),
            valid_to=pl.lit(FOREVER),
        )
        .select(*table_schema(Redemption))
    )
