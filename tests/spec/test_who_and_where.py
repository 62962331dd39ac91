"""Who sold, where and when: on every break, ours first, else as the report says it, and never guessed."""

from __future__ import annotations

from datetime import date

import polars as pl

from recon.breaks.causes import CAUSE_SCHEMA
from recon.breaks.items import ITEM_SCHEMA
from recon.breaks.parties import LINE_COLUMNS, ORDER_COLUMNS, PARTY_SCHEMA, REFUND_COLUMNS, with_parties
from recon.breaks.values import VALUE_SCHEMA
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.reports.kinds.transaction_detail import TRANSACTION_ROWS
from tests.support.day import DAY, History
from tests.support.records import order_of, refund_of, report_rows

Record = dict[str, object]
SHOP = {"merchant_name": "Café du Port", "store_id": "S-7", "terminal_id": "T9", "merchant_txn_no": "R-0042"}


def items_of(
    history: History, orders: list[Record], rows: list[Record], refunds: list[Record] | None = None
) -> dict[str, Record]:
    """Code -> its break."""
    items = history.run(DAY, orders, refunds or [], rows).items
    return {str(row["break_code"]): row for row in items.iter_rows(named=True)}


def reported(table: str, **cells: object) -> list[Record]:
    return [row | cells for row in report_rows(table, DAY)]


def test_a_break_of_our_order_says_what_our_order_says(history: History) -> None:
    order = order_of({"order": "O1", "pay": "INIT"}, DAY) | SHOP
    rows = reported(
        "type | request\nPAYMENT | O1", merchant_id="OTHER", store_id="S-8", psp_id="WALLET", psp_name="Pay"
    )
    found = items_of(history, [order], rows)["P01"]
    assert {name: found[name] for name in SHOP} == SHOP
    assert (found["merchant_id"], found["psp_id"], found["psp_name"]) == ("M1", "WALLET", "Pay")
    assert found["order_status"] == "INIT|CONFIRMED"
    assert found["order_created_at"] == order["created_at"]
    assert found["paid_at"] == rows[0]["transaction_at"], "our order has no time of payment yet: the report has"


def test_what_only_the_report_knows_has_the_merchant_of_the_report(history: History) -> None:
    rows = reported("type | request\nPAYMENT | X1", merchant_id="M7", store_id="S-1", psp_id="W", psp_name="Wow Pay")
    found = items_of(history, [], rows)["P06"]
    assert [found[name] for name in ("merchant_id", "store_id", "psp_name")] == ["M7", "S-1", "Wow Pay"]
    assert found["paid_at"] == rows[0]["transaction_at"]
    assert [found[name] for name in ("merchant_name", "terminal_id", "order_status")] == [None] * 3


def test_a_merchant_that_only_the_report_names_is_called_as_our_other_orders_call_it(history: History) -> None:
    order = order_of({"order": "O1"}, DAY) | {"merchant_id": "M7", "merchant_name": "Café du Port"}
    found = items_of(history, [order], reported("type | request\nPAYMENT | X1", merchant_id="M7"))["P06"]
    assert (found["merchant_id"], found["merchant_name"]) == ("M7", "Café du Port")


def test_the_name_of_another_wallet_than_ours_is_not_shown(history: History) -> None:
    order = order_of({"order": "O1", "pay": "INIT"}, DAY) | {"psp_id": "OURS"}
    rows = reported("type | request\nPAYMENT | O1", psp_id="THEIRS", psp_name="Their Pay")
    found = items_of(history, [order], rows)["P01"]
    assert (found["psp_id"], found["psp_name"]) == ("OURS", None)


def test_a_refund_has_the_shop_of_its_order_and_both_times(history: History) -> None:
    order = order_of({"order": "O1"}, DAY) | SHOP
    refund = refund_of({"refund": "V1", "order": "O1", "local": "VOID_FAILED"}, DAY) | {"order_key": "O1"}
    rows = reported("type | request | original\nPAYMENT | O1 |\nREFUND | V1 | O1")
    found = items_of(history, [order], rows, [refund])["R01"]
    assert {name: found[name] for name in SHOP} == SHOP
    assert (found["paid_at"], found["refunded_at"]) == (order["paid_at"], refund["refunded_at"])
    assert found["refund_requested_at"] == refund["requested_at"]
    assert (found["order_status"], found["refund_status"]) == ("SUCCESS|CONFIRMED", "SUCCESS|VOID_FAILED")


def test_a_refund_that_only_the_report_knows_has_the_shop_of_the_order_it_names(history: History) -> None:
    order = order_of({"order": "O1"}, DAY) | SHOP
    rows = reported("type | request | original\nPAYMENT | O1 |\nREFUND | X1 | O1")
    found = items_of(history, [order], rows)["R04"]
    assert {name: found[name] for name in SHOP} == SHOP
    assert found["refunded_at"] == rows[1]["transaction_at"]
    assert found["refund_status"] is None


def test_a_fee_has_the_shop_of_its_payment_or_refund() -> None:
    """By the request id: a fee names no order."""
    order = order_of({"order": "O1"}, DAY) | SHOP
    refund = refund_of({"refund": "V1", "order": "O1"}, DAY) | {"order_key": "O1"}
    names = ("source_id", "order_key", "refund_key", "payment_request_id", "refund_request_id", "lines", "incident_id")
    fees = [{"payment_request_id": "O1"}, {"refund_request_id": "V1"}, {"payment_request_id": "X9"}]
    found = pl.DataFrame(
        [dict.fromkeys(names) | {"family": "C", "provider_transaction_id": "T"} | fee for fee in fees],
        schema=dict.fromkeys((*names, "family", "provider_transaction_id"), pl.String),
    )
    shops = with_parties(
        found,
        pl.DataFrame([order], schema=PAYMENT_SCHEMA).select(ORDER_COLUMNS),
        pl.DataFrame([refund], schema=REFUND_SCHEMA).select(REFUND_COLUMNS),
        pl.DataFrame(schema=TRANSACTION_ROWS).select(LINE_COLUMNS),
    )
    assert shops["store_id"].to_list() == ["S-7", "S-7", None]
    assert shops["refund_status"].to_list() == [None, "SUCCESS|VOIDED", None]


def test_an_incident_has_the_merchant_that_all_its_breaks_have() -> None:
    names = ("source_id", "order_key", "refund_key", "payment_request_id", "refund_request_id", "lines")
    members = [
        ("A", "I02:merchant:M1:EUR"),
        ("B", "I02:merchant:M1:EUR"),
        ("C", "I01:file:F:EUR"),
        ("D", "I01:file:F:EUR"),
    ]
    orders = [
        order_of({"order": key}, DAY) | {"merchant_id": "M2" if key == "D" else "M1"} for key, _ in members
    ]  # fmt: skip
    rows = [
        {"source_id": "shop", "order_key": key, "family": "P", "incident_id": f"I/alipayplus/incident/{name}"}
        for key, name in members
    ]
    rows += [{"family": "I", "provider_transaction_id": name} for name in ("I02:merchant:M1:EUR", "I01:file:F:EUR")]
    every = (*names, "family", "provider_transaction_id", "incident_id")
    found = pl.DataFrame([dict.fromkeys(every) | row for row in rows], schema=dict.fromkeys(every, pl.String))
    shops = with_parties(
        found,
        pl.DataFrame(orders, schema=PAYMENT_SCHEMA).select(ORDER_COLUMNS),
        pl.DataFrame(schema=REFUND_SCHEMA).select(REFUND_COLUMNS),
        pl.DataFrame(schema=TRANSACTION_ROWS).select(LINE_COLUMNS),
    )
    assert shops["merchant_id"].to_list() == ["M1", "M1", "M1", "M2", "M1", None]


def test_the_id_of_alipayplus_is_never_our_own(history: History) -> None:
    """A void that Alipay+ was never asked about has no id of Alipay+."""
    order = order_of({"order": "O1"}, DAY)
    refund = refund_of({"refund": "V1", "order": "O1", "provider": "FAILED"}, DAY)
    refund |= {"order_key": "O1", "provider_refund_id": None}
    rows = reported("type | request\nPAYMENT | O1")
    found = items_of(history, [order], rows, [refund])
    assert found["R02"]["provider_transaction_id"] is None
    assert found["R02"]["refund_request_id"] == "V1"
    later = history.run(date(2026, 11, 21), [order], [refund | {"provider_state": "SUCCESS"}], [])
    resolved = later.movements.filter(pl.col("movement") == "RESOLVED")
    assert set(resolved["break_id"]) <= {row["break_id"] for row in found.values()}


def test_frozen_orders_and_rows_of_an_earlier_version_leave_blanks(history: History) -> None:
    """Files that were written without the newer columns are read as they are."""
    later = ("merchant_name", "store_id", "psp_name")
    order = order_of({"order": "O1", "pay": "INIT"}, DAY)
    rows = reported("type | request\nPAYMENT | O1")
    history.run(DAY, [order], [], rows)
    warehouse = history.warehouse
    paths = [*warehouse.directory.glob("orders/payments/*.parquet"), *warehouse.directory.glob("parsed/*/*/*.parquet")]
    for path in paths:
        warehouse.write_parquet(pl.read_parquet(path).drop(later, strict=False), path)
    assert not set(later) & set(pl.read_parquet_schema(paths[0])), "they are gone from the file"
    with warehouse.connect() as connection:
        (found,) = history.rerun(DAY, connection).items.to_dicts()
    assert (found["break_code"], found["merchant_id"]) == ("P01", "M1")
    assert [found[name] for name in later] == [None, None, None]


def test_the_columns_stand_after_all_others() -> None:
    last = [*PARTY_SCHEMA, *VALUE_SCHEMA, *CAUSE_SCHEMA]
    assert list(ITEM_SCHEMA)[-len(last) :] == last
    assert {"merchant_name", "store_id"} <= set(PAYMENT_SCHEMA)
    assert {"psp_name", "store_id"} <= set(TRANSACTION_ROWS)
