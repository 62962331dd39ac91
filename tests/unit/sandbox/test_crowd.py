"""The crowd is played in columns; one by one it must come to the same."""

from __future__ import annotations

from datetime import date

from sandbox.crowd import play_crowd
from sandbox.instants import FOREVER, HOUR, day_start
from sandbox.messages import Wallet
from sandbox.ogloba_sales import Sale, make_reference
from sandbox.stage import Stage
from sandbox.world import build_world

DAY = date(2026, 11, 20)


def test_columns_and_single_sales_agree() -> None:
    world = build_world("multi-batch")
    start, length = day_start(DAY) + 23 * HOUR + 55 * 60_000_000, 5 * 60_000_000  # over midnight
    rows, entries = play_crowd(Stage(world, [DAY]), "act", start, length, 400)

    single = Stage(world, [DAY])
    delays = _pauses(start, length)
    for row, (pays_after, confirms_after) in zip(rows.iter_rows(named=True), delays, strict=True):
        sale = Sale(
            row["crt_tm"],
            row["store_id"],
            row["term_id"],
            row["till_txn_no"],
            row["amt"],
            row["cur"],
            row["settle_cur"],
            Wallet(row["psp_id"], pays_after),
        )
        order = single.ogloba.redeem(sale, row["ref_no"])
        assert order is not None
        single.ogloba.confirm(order.upd_tm + confirms_after, order)

    alone = single.ogloba.redemption_table(FOREVER)
    assert alone.sort("crt_tm", "ref_no").equals(rows.sort("crt_tm", "ref_no"))
    booked = single.alipayplus.ledger()
    assert booked.sort("transaction_id").equals(entries.sort("transaction_id"))


def _pauses(start: int, length: int) -> list[tuple[int, int]]:
    """How long each customer and each till of the crowd took."""
    from random import Random

    from sandbox.crowd import _sales

    stage = Stage(build_world("multi-batch"), [DAY])
    sales = _sales(stage, Random("act"), start, length, 400, stage.world.stores)
    return sales.select("pays_after", "confirms_after").rows()  # type: ignore[return-value]


def test_references_of_forty_characters_come_in_pairs() -> None:
    first, second = make_reference(140), make_reference(141)
    assert len(first) == len(second) == 40
    assert first[:20] == second[:20]
    assert first != second


def test_references_are_unique() -> None:
    references = [make_reference(number) for number in range(1, 20_000)]
    assert len(set(references)) == len(references)
