"""Which orders and refunds a day gets, and what stops it. On SQLite; PostgreSQL has its own test."""

# ruff: noqa: DTZ001 - tables are read by the row, and databases store times without a zone

from __future__ import annotations

import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from checks.source_contract import INVARIANTS
from recon.clearing_day import day_end, day_start
from recon.errors import ConfigurationError, OrdersError, SourceContractError
from recon.identities import CONFIRMED_IS_PAID
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from resources.orders_db import db
from resources.orders_db.db import OrdersDb
from resources.settings import load_settings
from tests.support.ogloba_tables import (
    CONFIG,
    DAY,
    NOON,
    OglobaTables,
    example_source,
    freeze,
    scope,
    sqlite_tables,
)

SECOND = timedelta(seconds=1)
LONG_AGO = NOON - timedelta(days=100)


@pytest.fixture
def shop(tmp_path: Path) -> OglobaTables:
    tables = sqlite_tables(tmp_path)
    tables.still_selling()
    return tables


def keys(frame: pl.DataFrame, column: str = "order_key") -> list[str]:
    return frame[column].to_list()


def test_the_files_have_the_canonical_schema_and_a_fixed_order(shop: OglobaTables, tmp_path: Path) -> None:
    for name in ("B", "00A", "C"):
        shop.order(name)
        shop.refund(f"V{name}", name)
    frozen = freeze(shop.url, tmp_path)
    assert frozen.payments.schema == pl.Schema(PAYMENT_SCHEMA)
    assert frozen.refunds.schema == pl.Schema(REFUND_SCHEMA)
    assert keys(frozen.payments) == ["00A", "B", "C"]
    assert keys(frozen.refunds, "refund_key") == ["V00A", "VB", "VC"]
    first = frozen.receipt.payments_path.read_bytes()
    assert freeze(shop.url, tmp_path).receipt.payments_path.read_bytes() == first


@pytest.mark.parametrize(
    ("born", "touched", "loaded"),
    [
        (day_end(DAY) - SECOND, day_end(DAY) - SECOND, True),
        (day_end(DAY), day_end(DAY), False),
        (day_start(DAY), day_start(DAY), True),
        (day_start(DAY) - timedelta(days=2), day_start(DAY) - timedelta(days=2), True),
        (day_start(DAY) - timedelta(days=2) - SECOND, day_start(DAY) - timedelta(days=2) - SECOND, False),
        (LONG_AGO, NOON, True),
        (LONG_AGO, day_end(DAY) + SECOND, True),
    ],
)  # fmt: skip
def test_the_window_is_half_open_and_ignores_the_status(
    shop: OglobaTables, tmp_path: Path, born: datetime, touched: datetime, loaded: bool
) -> None:
    shop.order("ANCHOR")
    for name, pay, txn in (("1", "S", "Y"), ("2", "INIT", "R"), ("3", "F", "N")):
        shop.order(name, at=born, upd_tm=touched, pay_tm=None, pay_stat=pay, txn_stat=txn)
    expected = ["1", "2", "3", "ANCHOR"] if loaded else ["ANCHOR"]
    assert keys(freeze(shop.url, tmp_path).payments) == expected


def test_what_is_paid_late_or_refunded_late_is_in_the_window(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("PAID-LATE", at=LONG_AGO, pay_tm=NOON)
    shop.order("OLD", at=LONG_AGO)
    shop.refund("V1", "OLD", at=LONG_AGO, rfd_tm=NOON)
    shop.refund("V2", "OLD", at=LONG_AGO)
    frozen = freeze(shop.url, tmp_path)
    assert keys(frozen.payments) == ["OLD", "PAID-LATE"]
    assert keys(frozen.refunds, "refund_key") == ["V1", "V2"]  # V2: all refunds of an older order


@pytest.mark.parametrize("at_once", [db.KEYS_JOINED_AT_ONCE, 1])
def test_named_keys_bring_what_the_window_does_not(
    shop: OglobaTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(db, "KEYS_JOINED_AT_ONCE", at_once)
    shop.order("NEW")
    for name in "ABCDEF":
        shop.order(f"OLD-{name}", at=LONG_AGO)
        shop.refund(f"V-{name}", f"OLD-{name}", at=LONG_AGO)
    frozen = freeze(
        shop.url,
        tmp_path,
        scope(
            payment_request_ids=pl.Series(["OLD-A", "NEW", "UNKNOWN", None, "OLD-A"]),
            provider_payment_ids=pl.Series(["PAY-OLD-B"]),
            order_keys=pl.DataFrame({"source_id": ["ogloba", "other"], "key": ["OLD-C", "OLD-F"]}),
            refund_request_ids=pl.Series(["RFD-V-D"]),
            refund_keys=pl.DataFrame({"source_id": ["ogloba"], "key": ["V-E"]}),
        ),
    )
    assert keys(frozen.payments) == ["NEW", *(f"OLD-{name}" for name in "ABCDE")]
    assert keys(frozen.refunds, "refund_key") == [f"V-{name}" for name in "ABCDE"]
    (receipt,) = frozen.receipt.sources
    assert (receipt.payments_in_window, receipt.payments_by_key) == (1, 5)
    assert (receipt.refunds_in_window, receipt.refunds_by_key) == (0, 5)


def test_1001_keys_in_one_look_up(shop: OglobaTables, tmp_path: Path) -> None:
    wanted = [f"{number:06d}" for number in range(1001)]
    with shop.engine.begin() as connection:
        shop.order("NEW")
        rows = [
            {"ref_no": key, "store_id": "S", "amt": "1", "cur": "EUR", "pay_stat": "S", "txn_stat": "Y",
             "crt_tm": LONG_AGO.replace(tzinfo=None), "upd_tm": LONG_AGO.replace(tzinfo=None),
             "valid_from": LONG_AGO.replace(tzinfo=None), "valid_to": datetime(9999, 1, 1)}
            for key in wanted
        ]  # fmt: skip
        connection.execute(shop.redemption.insert(), rows)
    frozen = freeze(shop.url, tmp_path, scope(payment_request_ids=pl.Series(wanted)))
    assert keys(frozen.payments) == [*wanted, "NEW"]


def test_padded_keys_are_found(tmp_path: Path) -> None:
    shop = sqlite_tables(tmp_path)
    shop.order("LATER     ", at=day_end(DAY) + SECOND)
    shop.order("NEW       ")
    shop.order("OLD       ", at=LONG_AGO, aps_payment_id=None)
    frozen = freeze(shop.url, tmp_path, scope(payment_request_ids=pl.Series(["OLD"])))
    assert keys(frozen.payments) == ["NEW", "OLD"]


def test_a_versioned_table_is_read_as_of_the_run(shop: OglobaTables, tmp_path: Path) -> None:
    asked = scope()
    shop.order("1", pay_stat="INIT", txn_stat="R", valid_to=asked.as_of_utc.replace(tzinfo=None) + SECOND)
    shop.order("1", valid_from=asked.as_of_utc.replace(tzinfo=None) + SECOND)
    assert freeze(shop.url, tmp_path, asked).payment("1")["pay_state"] == "INIT"


def test_nothing_is_written_to_the_source(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    path = tmp_path / "ogloba.sqlite"
    before = path.read_bytes()
    freeze(shop.url, tmp_path)
    assert path.read_bytes() == before


def test_local_invariants_are_counted(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("GOOD")
    shop.order("NOT_PAID", pay_stat="F")
    shop.order("NO_TIME", pay_tm=None)
    shop.order("EARLY", pay_tm=NOON - timedelta(minutes=3))
    shop.order("SKEW", pay_tm=NOON - timedelta(minutes=1))
    shop.order("CANCELLED", cncl_stat="S")
    shop.refund("OTHER_CURRENCY", "GOOD", cur="USD")
    shop.refund("TOO_MUCH", "GOOD", amt="99.00")
    shop.refund("NOT_REFUNDED", "GOOD", rfd_stat="U")
    shop.refund("TOO_EARLY", "GOOD", at=NOON - timedelta(hours=1))
    findings = dict(freeze(shop.url, tmp_path).receipt.findings)
    assert findings.pop(CONFIRMED_IS_PAID) == 2  # the cancelled one counts here, too: its payment is closed
    assert findings.pop("ambiguous_local_times") == 0
    assert findings == dict.fromkeys({*INVARIANTS["payments"], *INVARIANTS["refunds"]} - {CONFIRMED_IS_PAID}, 1)


def stopped(shop: OglobaTables, tmp_path: Path, **source: Any) -> str:
    made = example_source(**({"refunds__may_be_empty": True} | source))
    with pytest.raises((OrdersError, ConfigurationError)) as caught:
        freeze(shop.url, tmp_path, source=made)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "orders" / "payments").exists()
    return f"{type(caught.value).__name__} {caught.value}"


def test_a_stale_source_stops_the_run(tmp_path: Path) -> None:
    shop = sqlite_tables(tmp_path)
    shop.order("1")
    message = stopped(shop, tmp_path)
    assert message.startswith("StaleSourceError orders source ogloba: its last change is of 2026-11-20 12:00:00 UTC+8")
    quiet = example_source(quiet_minutes=12 * 60 + 1, refunds__may_be_empty=True)
    assert keys(freeze(shop.url, tmp_path, source=quiet).payments) == ["1"]


def test_a_change_exactly_at_the_end_of_the_day_is_still_stale(tmp_path: Path) -> None:
    shop = sqlite_tables(tmp_path)
    shop.order("1", upd_tm=day_end(DAY))
    assert "StaleSourceError" in stopped(shop, tmp_path)


def test_an_empty_source_stops_the_run_unless_declared(shop: OglobaTables, tmp_path: Path) -> None:
    assert "payments: no rows in the window" in stopped(shop, tmp_path)
    assert "refunds: no rows in the window" in stopped(
        shop, tmp_path, payments__may_be_empty=True, refunds__may_be_empty=False
    )
    quiet = example_source(payments__may_be_empty=True, refunds__may_be_empty=True)
    assert freeze(shop.url, tmp_path, source=quiet).payments.is_empty()


def test_a_source_without_any_row_stops_the_run(tmp_path: Path) -> None:
    assert "is empty" in stopped(sqlite_tables(tmp_path), tmp_path)


@pytest.mark.parametrize("nothing", [None, "", " "])
def test_a_source_whose_changes_have_no_time_is_not_called_empty(tmp_path: Path, nothing: str | None) -> None:
    shop = sqlite_tables(tmp_path)
    shop.order("1")
    shop.run("update redemption set upd_tm = :nothing", nothing=nothing)
    assert "no row has a time of its last change (updated_at)" in stopped(shop, tmp_path)


@pytest.mark.parametrize("column", ["ref_no", "aps_payment_id", "store_id"])
@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        ("x'410042'", "control characters in 1 row"),
        ("cast(x'4100' as text)", "control characters in 1 row"),
        ("x'41ff'", "some rows hold bytes that are not UTF-8"),
        ("cast(x'41ff' as text)", "some rows hold bytes that are not UTF-8"),
    ],
)
def test_nothing_is_cut_off_from_a_value_of_sqlite(
    shop: OglobaTables, tmp_path: Path, column: str, stored: str, reason: str
) -> None:
    shop.order("1")
    shop.run(f"update redemption set {column} = {stored} where ref_no = '1'")
    error = stopped(shop, tmp_path)
    assert f"orders source ogloba, payments: {reason}" in error
    assert "STORE1" not in error
    assert "PAY-1" not in error


def test_orders_from_the_future_stop_the_run(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    shop.order("2", at=scope().now + timedelta(minutes=15), valid_from=NOON)
    assert "naive_timezone" in stopped(shop, tmp_path)


def test_a_host_whose_clock_is_some_minutes_fast_stops_nothing(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1", upd_tm=scope().now + timedelta(minutes=13))
    shop.refund("V1", "1")
    assert keys(freeze(shop.url, tmp_path, scope()).payments) == ["1"]


def test_a_change_in_the_future_does_not_make_a_stale_source_fresh(tmp_path: Path) -> None:
    shop = sqlite_tables(tmp_path)
    shop.order("1", upd_tm=scope().now + timedelta(hours=8))
    assert "has rows changed at" in stopped(shop, tmp_path)


@pytest.mark.parametrize("second", [{"ref_no": "1"}, {"ref_no": "2", "amt": "1"}])
def test_a_repeated_key_stops_the_run(shop: OglobaTables, tmp_path: Path, second: dict[str, Any]) -> None:
    shop.order("1")
    shop.order("2")
    name = second.pop("ref_no")
    shop.order(name, **second)
    assert f"is not unique: repeated in 1 row, such as '{name}'" in stopped(shop, tmp_path)


def test_repeated_refunds_stop_the_run(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    shop.refund("V1", "1")
    shop.refund("V2", "1", rfd_req_id="RFD-V1")
    assert "refund_request_id is not unique: repeated in 1 row, such as 'RFD-V1'" in stopped(shop, tmp_path)


def test_an_order_that_is_there_twice_is_named(shop: OglobaTables, tmp_path: Path) -> None:
    for number in ("7", "8"):
        shop.order("1", till_txn_no=number)
    source = example_source(refunds__may_be_empty=True)
    columns = dict(source.payments.columns) | {"payment_request_id": "TILL_TXN_NO"}
    described = source.model_copy(update={"payments": source.payments.model_copy(update={"columns": columns})})
    with pytest.raises(SourceContractError, match="order_key is not unique: repeated in 1 row, such as '1'"):
        freeze(shop.url, tmp_path, source=described)


def test_refunds_that_were_never_sent_do_not_repeat_each_other(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    for name in ("V1", "V2"):
        shop.refund(name, "1", rfd_req_id=None, rfd_stat="N", void_stat="P")
    assert freeze(shop.url, tmp_path).receipt.refund_rows == 2


def test_two_sources_may_share_order_keys_but_not_request_ids(tmp_path: Path) -> None:
    shops, environ = [], {}
    for name in ("north", "south"):
        (tmp_path / name).mkdir()
        shop = sqlite_tables(tmp_path / name)
        shop.still_selling()
        shop.order("1", till_txn_no=f"{name}-1")
        source = example_source(id=name, url_env=f"URL_{name}", refunds__may_be_empty=True)
        environ[f"URL_{name}"] = shop.url
        shops.append(source)
    with pytest.raises(SourceContractError, match="payment_request_id is not unique"):
        OrdersDb(shops, environ).freeze(scope(), tmp_path / "orders")
    apart = [
        source.model_copy(update={"payments": source.payments.model_copy(update={
            "columns": dict(source.payments.columns) | {"payment_request_id": "TILL_TXN_NO"}})})
        for source in shops
    ]  # fmt: skip
    receipt = OrdersDb(apart, environ).freeze(scope(), tmp_path / "orders")
    assert pl.read_parquet(receipt.payments_path).select("source_id", "order_key").rows() == [
        ("north", "1"), ("south", "1")]  # fmt: skip


def test_unmapped_statuses_pass_below_the_tolerated_share_and_stop_above(shop: OglobaTables, tmp_path: Path) -> None:
    for number in range(200):
        shop.order(str(number))
    shop.order("ODD", pay_stat="WEIRD")
    frozen = freeze(shop.url, tmp_path / "below")
    assert frozen.payment("ODD")["pay_state"] == "UNMAPPED"
    assert frozen.receipt.sources[0].unmapped == {"WEIRD|Y": 1}
    shop.order("ODD2", pay_stat="WEIRD")
    message = stopped(shop, tmp_path)
    assert "2 of 202 rows" in message
    assert "'WEIRD|Y'" in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amt": "10.505"}, "amount is not an exact amount in its currency in 1 row (column AMT)"),
        ({"amt": "10.5", "cur": "JPY"}, "amount is not an exact amount in its currency in 1 row"),
        ({"amt": "0"}, "amount is not above zero"),
        ({"cur": "E"}, "currency is not an ISO 4217 currency in 1 row (column CUR), such as 'E'"),
        (
            {"void_full": "T"},
            "voided_in_full has a word that voided_in_full_map does not know in 1 row (column VOID_FULL), such as 'T'",
        ),
        ({"rslt_chnl": "CRON"}, "a status that is not mapped in 1 of 1 row ('result_channel = CRON')"),
        ({"cncl_stat": "Q"}, "a status that is not mapped in 1 of 1 row ('cancel_state = Q')"),
    ],
)
def test_an_amount_that_cannot_be_told_stops_the_run(
    shop: OglobaTables, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    shop.order("1", **changes)
    assert words in stopped(shop, tmp_path)


def test_an_impossible_time_stops_the_run_and_is_shown(shop: OglobaTables, tmp_path: Path) -> None:
    for number in range(5):
        shop.order(str(number))
    with sqlite3.connect(tmp_path / "ogloba.sqlite") as connection:
        connection.execute("update redemption set pay_tm = '0000-00-00 00:00:00' where ref_no in ('1', '3')")
        connection.execute("update redemption set pay_tm = '0001-01-01T00:00:00+09:00' where ref_no = '2'")
    shown = (
        "paid_at is not a time that exists in UTC in 3 rows (column PAY_TM), such as '0000-00-00 00:00:00',"
        " '0001-01-01T00:00:00+09:00'"
    )
    assert shown in stopped(shop, tmp_path)


@pytest.mark.parametrize(
    "written", ["2026-11-20 9:05:00", "2026-1-20 10:00:00", "20/11/2026 10:00:00", "26-11-20 10:00:00"]
)
def test_a_time_without_all_digits_is_shown_and_its_row_is_not_left_out(
    shop: OglobaTables, tmp_path: Path, written: str
) -> None:
    shop.order("1")
    shop.refund("V1", "1")
    with sqlite3.connect(tmp_path / "ogloba.sqlite") as connection:
        connection.execute("update void set req_tm = ?", [written])
    words = f"requested_at is not a time that exists in UTC in 1 row (column REQ_TM), such as '{written}'"
    assert words in stopped(shop, tmp_path)
    assert words in stopped(shop, tmp_path, refunds__may_be_empty=False)  # it is not said that there is no row


def test_a_float_column_stops_the_run(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    with sqlite3.connect(tmp_path / "ogloba.sqlite") as connection:
        connection.execute("alter table redemption add column amt_f real")
        connection.execute("update redemption set amt_f = 10.5")
    source = example_source()
    columns = dict(source.payments.columns) | {"amount": "AMT_F"}
    query = source.payments.query.replace(" AMT,", " AMT, AMT_F,")
    words = stopped(shop, tmp_path, payments__columns=columns, payments__query=query)
    assert "amount comes as a floating-point number" in words


def test_currencies_without_and_with_three_decimals(shop: OglobaTables, tmp_path: Path) -> None:
    for cur, amt in (("JPY", "1200"), ("KRW", "5000.00"), ("KWD", "1.234"), ("EUR", "0.01")):
        shop.order(cur, cur=cur, amt=amt)
    amounts = freeze(shop.url, tmp_path).payments.select("currency", "amount_minor").rows()
    assert amounts == [("EUR", 1), ("JPY", 1200), ("KRW", 5000), ("KWD", 1234)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"payments__columns": {"order_key": "NO_SUCH"}}, "no column NO_SUCH (columns.order_key)"),
        ({"payments__query": "select * from no_such"}, "no such table: no_such"),
        ({"payments__query": "select selec"}, "payments"),
    ],
)
def test_a_wrong_description_is_reported_with_its_key(
    shop: OglobaTables, tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    if "payments__columns" in changes:
        columns = dict(example_source().payments.columns) | changes["payments__columns"]
        changes = {"payments__columns": columns}
    message = stopped(shop, tmp_path, **changes)
    assert message.startswith("ConfigurationError orders source ogloba, payments")
    assert words in message


@pytest.mark.parametrize(
    "url", ["", "sqlite:////no/such/file.sqlite", "nonsense", "nosuchdriver://u:hush@h/d",
            "postgresql://u:hush@127.0.0.1:1/d"],
)  # fmt: skip
def test_a_wrong_url_is_reported_without_its_password(tmp_path: Path, url: str) -> None:
    source = example_source()
    with pytest.raises((ConfigurationError, OrdersError), match="RECON_ORDERS_URL") as caught:
        OrdersDb([source], {"RECON_ORDERS_URL": url}).freeze(scope(), tmp_path / "orders")
    assert "hush" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_failed_freeze_leaves_the_earlier_one(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    before = freeze(shop.url, tmp_path).receipt.payments_path
    kept = before.read_bytes()
    shop.order("1")
    with pytest.raises(SourceContractError):
        freeze(shop.url, tmp_path)
    assert before.read_bytes() == kept
    assert sorted(path.name for path in (tmp_path / "orders").iterdir()) == ["payments", "refunds"]


def other_database(path: Path) -> None:
    """The database of config/other_orders.toml: one table, local French time, cents."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create table caisse (ticket text, ticket_of_sale text, wallet_ref text, shop text, cents integer,"
            " opened text, touched text, settled_by_wallet text, wallet_txn text, expected_payout text,"
            " expected_payout_currency text, abort text, etat text, sens text)"
        )

        def add(ticket: str, sens: str, etat: str, at: str, **more: Any) -> None:
            row = {"ticket": ticket, "sens": sens, "etat": etat, "opened": at, "touched": at, "shop": "rue 1",
                   "cents": 1050, "wallet_ref": f"W{ticket}"} | more  # fmt: skip
            names = ", ".join(row)
            connection.execute(
                f"insert into caisse ({names}) values ({', '.join('?' * len(row))})",
                list(row.values()),
            )

        add("FR-1", "VENTE", "LIVRE", "2026-10-24 17:59:59", settled_by_wallet="2026-10-24 17:59:59",
            wallet_txn="X1", expected_payout="10.50", expected_payout_currency="EUR")  # fmt: skip
        add("FR-2", "VENTE", "NOUVEAU", "2026-10-24 18:00:00", abort="aborted")
        add("FR-3", "VENTE", "PAYE", "2026-10-25 02:30:00", shop="demo shop")
        add("FR-0", "VENTE", "REMBOURSE", "2026-03-01 12:00:00")
        add("FR-9", "ANNULATION", "BLOQUE", "2026-10-24 12:00:00", ticket_of_sale="FR-0", cents=50)
        add("FR-4", "VENTE", "PAYE", "2026-10-25 17:00:01")  # after the change of the clock


def test_a_source_with_nothing_in_common_runs_by_configuration_alone(tmp_path: Path) -> None:
    path = tmp_path / "caisse.sqlite"
    other_database(path)
    environ = {"RECON_BOUTIQUE_URL": f"sqlite:///{path}"}
    settings = load_settings(CONFIG / "other_orders.toml", environ)
    receipt = OrdersDb.of(settings, environ).freeze(scope(date(2026, 10, 25)), tmp_path / "orders")
    payments = pl.read_parquet(receipt.payments_path)
    assert keys(payments) == ["0", "1", "2", "3"]  # 4 belongs to the next clearing day
    assert payments["payment_request_id"].to_list() == ["WFR-0", "WFR-1", "WFR-2", "WFR-3"]
    assert payments["amount_minor"].to_list() == [1050] * 4
    assert payments["settlement_amount_minor"].to_list() == [None, 1050, None, None]
    assert payments["pay_state"].to_list() == ["SUCCESS", "SUCCESS", "CLOSED", "SUCCESS"]
    assert payments["is_test"].to_list() == [False, False, False, True]
    created = [str(at) for at in payments["created_at"].to_list()]
    assert created[1:] == ["2026-10-24 15:59:59", "2026-10-24 16:00:00", "2026-10-25 00:30:00"]
    refunds = pl.read_parquet(receipt.refunds_path)
    assert refunds.select("refund_key", "order_key", "local_state", "amount_minor").rows() == [
        ("9", "0", "VOID_FAILED", 50)]  # fmt: skip
    assert receipt.findings["ambiguous_local_times"] == 2  # created_at and updated_at of one order
