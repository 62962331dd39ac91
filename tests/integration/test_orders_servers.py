"""The orders source on a real PostgreSQL: one snapshot, streamed, the same result as on SQLite."""

# ruff: noqa: DTZ001 - tables are read by the row, and databases store times without a zone

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from recon.errors import ConfigurationError, SourceContractError
from recon.orders.source_values import FLOAT, SEPARATOR
from resources.orders_db.copied import copied, frame_of
from resources.orders_db.db import OrdersDb
from resources.orders_db.engine import engine_of
from resources.orders_db.snapshot import Snapshot, Table
from tests.support.ogloba_tables import (
    NOON,
    OglobaTables,
    example_source,
    freeze,
    scope,
    sqlite_tables,
)
from tests.support.postgres import Postgres

LONG_AGO = NOON - timedelta(days=100)


@pytest.fixture
def shop(server: Postgres) -> OglobaTables:
    tables = OglobaTables(server.new_database())
    tables.still_selling()
    return tables


def fill(shop: OglobaTables) -> None:
    """Some of everything."""
    for cur, amt in (("JPY", "1200"), ("KRW", "5000"), ("KWD", "1.234"), ("EUR", "0.10")):
        shop.order(f"00{cur}", cur=cur, amt=amt)
    shop.order("MICRO", at=NOON + timedelta(microseconds=123456), settle_amt=1234, settle_cur="USD")
    shop.order("ROUND", at=NOON + timedelta(microseconds=500000), void_full=1)
    shop.order("NEW", pay_stat="INIT", txn_stat="R", pay_tm=None, aps_payment_id=None)
    shop.order("CANCELLED", pay_stat="S", cncl_stat="S", cncl_req_tm=NOON)
    shop.order("OLD", at=LONG_AGO)
    shop.order("OLDER", at=LONG_AGO)
    shop.refund("V1", "OLD")
    shop.refund("V2", "OLDER", at=LONG_AGO, rfd_req_id=None, rfd_stat="N", void_stat="P", rfd_tm=None)


def test_the_same_rows_give_the_same_bytes_on_sqlite_and_postgresql(shop: OglobaTables, tmp_path: Path) -> None:
    embedded = sqlite_tables(tmp_path)
    embedded.still_selling()
    asked = scope(payment_request_ids=pl.Series(["OLDER"] + [f"none-{n}" for n in range(1001)]))
    receipts = []
    for name, tables in (("sqlite", embedded), ("postgresql", shop)):
        fill(tables)
        receipts.append(freeze(tables.url, tmp_path / name, asked).receipt)
    one, other = receipts
    assert one.payment_rows == 10
    assert one.refund_rows == 2
    assert one.payments_path.read_bytes() == other.payments_path.read_bytes()
    assert one.refunds_path.read_bytes() == other.refunds_path.read_bytes()
    assert one.findings == other.findings


def test_what_is_committed_meanwhile_is_not_seen(
    server: Postgres, shop: OglobaTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.order("1", pay_stat="INIT", txn_stat="R")
    during: list[str] = []
    refunds = Snapshot.refunds

    def refund_between(taken: Snapshot) -> Table:
        """Ogloba confirms and refunds, after the payments query was opened."""
        shop.refund("V1", "1")
        with server.connect(shop.url) as connection:
            connection.execute("update redemption set pay_stat = 'S', txn_stat = 'Y'")
        during.append("committed")
        return refunds(taken)

    monkeypatch.setattr(Snapshot, "refunds", refund_between)
    first = freeze(shop.url, tmp_path)
    assert during
    assert first.payment("1")["pay_state"] == "INIT"
    assert first.refunds.is_empty()
    monkeypatch.undo()
    second = freeze(shop.url, tmp_path)
    assert second.payment("1")["pay_state"] == "SUCCESS"
    assert second.refunds.height == 1


def test_many_rows_are_streamed_and_none_is_lost(server: Postgres, shop: OglobaTables, tmp_path: Path) -> None:
    with server.connect(shop.url) as connection:
        connection.execute(
            "insert into redemption (ref_no, store_id, amt, cur, pay_stat, txn_stat, crt_tm, upd_tm,"
            " valid_from, valid_to) select 'N' || n, 'S', n, 'EUR', 'S', 'Y', %(at)s, %(at)s, %(at)s, %(to)s"
            " from generate_series(1, 120001) as n",
            {"at": NOON.replace(tzinfo=None), "to": datetime(9999, 1, 1)},
        )
    payments = freeze(shop.url, tmp_path).payments
    assert payments.height == 120001
    assert payments["amount_minor"].sum() == 100 * 120001 * 120002 // 2


def test_the_session_cannot_write(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    query = "with gone as (delete from redemption returning *) select * from gone"
    source = example_source(payments__query=query)
    with pytest.raises(ConfigurationError, match=r"read-only|top level"):
        freeze(shop.url, tmp_path, source=source)
    with psycopg.connect(shop.url) as connection:
        assert connection.execute("select count(*) from redemption").fetchone() == (2,)


def test_a_float_column_stops_the_run(server: Postgres, shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    with server.connect(shop.url) as connection:
        connection.execute("alter table redemption alter column amt type double precision")
    with pytest.raises(SourceContractError, match="floating-point"):
        freeze(shop.url, tmp_path)


@pytest.mark.parametrize("kind", ["timestamp with time zone", "text"])
def test_times_with_a_zone_and_times_as_text_mean_the_same(
    server: Postgres, shop: OglobaTables, tmp_path: Path, kind: str
) -> None:
    fill(shop)
    before = freeze(shop.url, tmp_path / "before")
    with server.connect(shop.url) as connection:
        connection.execute("set time zone 'UTC'")
        for column in ("crt_tm", "pay_tm", "upd_tm"):
            connection.execute(f"alter table redemption alter column {column} type {kind}")
    after = freeze(shop.url, tmp_path / "after")
    assert after.payments.equals(before.payments)


def test_local_times_are_cut_at_the_clearing_day_and_not_at_midnight(
    server: Postgres, shop: OglobaTables, tmp_path: Path
) -> None:
    """Paris winter time: the clearing day ends at 17:00."""
    shop.order("IN", crt_tm=datetime(2026, 11, 20, 16, 59, 59))
    shop.order("OUT", crt_tm=datetime(2026, 11, 20, 17, 0, 0))
    with server.connect(shop.url) as connection:
        connection.execute("update redemption set crt_tm = '2026-11-20 18:00' where ref_no = 'LATER'")
    source = example_source(naive_timezone="Europe/Paris", refunds__may_be_empty=True, quiet_minutes=120)
    assert freeze(shop.url, tmp_path, source=source).payments["order_key"].to_list() == ["IN"]


def test_number_keys_are_looked_up_as_numbers(server: Postgres, shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    shop.order("77", at=LONG_AGO)
    with server.connect(shop.url) as connection:
        connection.execute("delete from redemption where ref_no = 'LATER'")
        connection.execute("alter table redemption alter column ref_no type bigint using ref_no::bigint")
    source = example_source(quiet_minutes=1440, refunds__may_be_empty=True)
    asked = scope(payment_request_ids=pl.Series(["77", "x77", "078"]))
    assert freeze(shop.url, tmp_path, asked, source).payments["order_key"].to_list() == ["1", "77"]


def test_a_database_that_is_down_is_one_line(tmp_path: Path) -> None:
    environ = {"RECON_ORDERS_URL": "postgresql://reader:hush@127.0.0.1:1/ogloba"}
    with pytest.raises(Exception, match="RECON_ORDERS_URL") as caught:
        OrdersDb([example_source()], environ).freeze(scope(), tmp_path)
    assert "hush" not in str(caught.value)


ODD = [
    *(None, "", " ", '"', '""', ",", "a,b", "a\nb", "a\r\nb", "\r", "\t", "\\", "\\N", "\\.", "NULL"),
    *("'", "%", "%%", "%s", "$1", "支付", "🧾", "\ufeffx", "#x", "x" * 70_000),
]


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_odd_texts_are_copied_as_they_are(server: Postgres, at_once: int) -> None:
    rows = [(text, str(place), ODD[-1 - place]) for place, text in enumerate(ODD)]
    names = ("first", "place", "last")
    values = sa.values(*(sa.column(name, sa.Text) for name in names), name="odd").data(rows)
    engine = engine_of("RECON_ORDERS_URL", SecretStr(server.new_database()))
    with engine.connect() as connection, copied(connection, sa.select(values), at_once) as batches:
        frames = [frame_of(lines, names) for lines in batches]
    assert pl.concat(frames).rows() == rows
    assert len(frames) == -(-len(rows) // at_once)


def test_a_percent_sign_of_the_query_is_one(server: Postgres) -> None:
    engine = engine_of("RECON_ORDERS_URL", SecretStr(server.new_database()))
    statement = sa.select(sa.text("5 % 3, 'a%'"))
    with engine.connect() as connection, copied(connection, statement, 10) as batches:
        assert [frame_of(lines, ("rest", "text")).rows() for lines in batches] == [[("2", "a%")]]


def test_control_characters_and_floats_are_refused() -> None:
    for text, words in ((SEPARATOR, "1 rows hold control characters"), (FLOAT, "place comes as a floating-point")):
        with pytest.raises(SourceContractError, match=words):
            frame_of([b"1,2\n", f"1,{text}\n".encode()], ("first", "place"))
