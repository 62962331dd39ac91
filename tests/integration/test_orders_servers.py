"""The orders source on real servers: one snapshot, streamed, the same result as on SQLite."""

# ruff: noqa: DTZ001 - tables are read by the row, and databases store times without a zone

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from recon.errors import ConfigurationError, SourceContractError
from resources.orders_db.snapshot import Snapshot, Table
from tests.support.databases import SERVERS, new_database
from tests.support.ogloba_tables import (
    NOON,
    OglobaTables,
    example_source,
    freeze,
    scope,
    sqlite_tables,
)

LONG_AGO = NOON - timedelta(days=100)


@pytest.fixture(params=SERVERS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> OglobaTables:
    tables = OglobaTables(new_database(request.param, tmp_path))
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


def test_the_same_rows_give_the_same_bytes_as_on_sqlite(shop: OglobaTables, tmp_path: Path) -> None:
    embedded = sqlite_tables(tmp_path)
    embedded.still_selling()
    asked = scope(payment_request_ids=pl.Series(["OLDER"] + [f"none-{n}" for n in range(1001)]))
    receipts = []
    for name, tables in (("sqlite", embedded), ("server", shop)):
        fill(tables)
        receipts.append(freeze(tables.url, tmp_path / name, asked).receipt)
    one, other = receipts
    assert one.payment_rows == 10
    assert one.refund_rows == 2
    assert one.payments_path.read_bytes() == other.payments_path.read_bytes()
    assert one.refunds_path.read_bytes() == other.refunds_path.read_bytes()
    assert one.findings == other.findings


def test_what_is_committed_meanwhile_is_not_seen(
    shop: OglobaTables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.order("1", pay_stat="INIT", txn_stat="R")
    during: list[str] = []
    refunds = Snapshot.refunds

    def refund_between(taken: Snapshot) -> Table:
        """Ogloba confirms and refunds, after the payments query was opened."""
        shop.refund("V1", "1")
        shop.run("update redemption set pay_stat = 'S', txn_stat = 'Y'")
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


NUMBERED = {"postgresql": "generate_series(1, 120001) as n", "mariadb": "(select seq as n from seq_1_to_120001) as n"}


def test_many_rows_are_streamed_and_none_is_lost(shop: OglobaTables, tmp_path: Path) -> None:
    shop.run(
        "insert into redemption (ref_no, store_id, amt, cur, pay_stat, txn_stat, crt_tm, upd_tm, valid_from, valid_to)"
        " select concat('N', n), 'S', n, 'EUR', 'S', 'Y', :at, :at, :at, :to from "
        + NUMBERED[shop.engine.dialect.name],
        at=NOON.replace(tzinfo=None),
        to=datetime(9999, 1, 1),
    )
    payments = freeze(shop.url, tmp_path).payments
    assert payments.height == 120001
    assert payments["amount_minor"].sum() == 100 * 120001 * 120002 // 2


CHANGING = {
    "postgresql": ("with gone as (delete from redemption returning *) select * from gone", r"read-only|top level"),
    "mariadb": ("select redemption.* from redemption where gone() = 1", "READ ONLY transaction"),
}


def test_the_session_cannot_write(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    query, words = CHANGING[shop.engine.dialect.name]
    if shop.engine.dialect.name == "mariadb":
        shop.run("create function gone() returns int modifies sql data begin delete from redemption; return 1; end")
    with pytest.raises(ConfigurationError, match=words):
        freeze(shop.url, tmp_path, source=example_source(payments__query=query))
    with shop.engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from redemption")) == 2


@pytest.mark.parametrize("kind", ["double precision", "real"])
def test_a_float_column_stops_the_run(shop: OglobaTables, tmp_path: Path, kind: str) -> None:
    shop.order("1")
    shop.retype("amt", kind)
    with pytest.raises(SourceContractError, match="floating-point"):
        freeze(shop.url, tmp_path)


@pytest.mark.parametrize("kind", ["instant", "text"])
def test_times_with_a_zone_and_times_as_text_mean_the_same(shop: OglobaTables, tmp_path: Path, kind: str) -> None:
    """An instant is one in whatever zone the source has its other times."""
    fill(shop)
    before = freeze(shop.url, tmp_path / "before")
    for column in ("crt_tm", "pay_tm", "upd_tm"):
        shop.retype_in_utc(column, kind)
    after = freeze(shop.url, tmp_path / "after")
    assert after.payments.equals(before.payments)
    if kind == "instant":
        source = example_source(naive_timezone="Asia/Tokyo", refunds__may_be_empty=True)
        assert (
            freeze(shop.url, tmp_path / "tokyo", source=source)
            .payments["created_at"]
            .equals(before.payments["created_at"])
        )


def test_local_times_are_cut_at_the_clearing_day_and_not_at_midnight(shop: OglobaTables, tmp_path: Path) -> None:
    """Paris winter time: the clearing day ends at 17:00."""
    shop.order("IN", crt_tm=datetime(2026, 11, 20, 16, 59, 59))
    shop.order("OUT", crt_tm=datetime(2026, 11, 20, 17, 0, 0))
    shop.run("update redemption set crt_tm = '2026-11-20 18:00' where ref_no = 'LATER'")
    source = example_source(naive_timezone="Europe/Paris", refunds__may_be_empty=True, quiet_minutes=120)
    assert freeze(shop.url, tmp_path, source=source).payments["order_key"].to_list() == ["IN"]


MOST = 2**63 - 1


@pytest.mark.parametrize("kind", ["bigint", "numeric(25, 3)"])
def test_number_keys_are_looked_up_as_numbers(shop: OglobaTables, tmp_path: Path, kind: str) -> None:
    shop.order("1")
    shop.order("77", at=LONG_AGO)
    shop.order(f"{MOST}", at=LONG_AGO)
    shop.order(f"{MOST - 1}")
    shop.run("delete from redemption where ref_no = 'LATER'")
    shop.retype("ref_no", kind)
    source = example_source(quiet_minutes=1440, refunds__may_be_empty=True)
    asked = scope(payment_request_ids=pl.Series(["77", "x77", "078", f"{MOST}"]))
    found = freeze(shop.url, tmp_path, asked, source).payments["order_key"].to_list()
    assert found == ["1", "77", f"{MOST - 1}", f"{MOST}"]
