"""What MariaDB has that no other source has: collations, bytes, dates of zeros, unsigned numbers, two URLs."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import pymysql
import pytest

from recon.errors import ConfigurationError, OrdersError, SourceContractError
from resources.orders_db import snapshot as snapshot_module
from resources.orders_db.snapshot import Table
from tests.support.databases import database_of, own_account
from tests.support.mariadb import MariaDb, running_mariadb, started_mariadb
from tests.support.ogloba_tables import NOON, OglobaTables, example_source, freeze, scope

QUIET: dict[str, Any] = {"refunds__may_be_empty": True, "payments__may_be_empty": True, "quiet_minutes": 60 * 24 * 200}
LONG_AGO = datetime(2026, 8, 1, tzinfo=NOON.tzinfo)


@pytest.fixture(scope="module")
def server() -> MariaDb:
    return started_mariadb()


@pytest.fixture
def shop(server: MariaDb) -> OglobaTables:
    return OglobaTables(server.new_database())


def read(shop: OglobaTables, folder: Path, *ids: str, **changes: Any) -> pl.DataFrame:
    """The payments of the day and those with these ids."""
    source = example_source(**(QUIET | changes))
    return freeze(shop.url, folder, scope(payment_request_ids=pl.Series(ids, dtype=pl.String)), source).payments


COLLATIONS = ["utf8mb4_general_ci", "utf8mb4_nopad_bin", "utf8mb4_unicode_nopad_ci", "latin1_swedish_ci", "ascii_bin"]


@pytest.mark.parametrize("collation", COLLATIONS)
def test_ids_that_differ_in_case_only_are_two_and_padding_is_none(
    shop: OglobaTables, tmp_path: Path, collation: str
) -> None:
    shop.retype("ref_no", f"varchar(20) character set {collation.partition('_')[0]} collate {collation}")
    for ref_no in ("abc", "ABC", "Pad  ", " Lead", "other"):
        shop.order(ref_no, at=LONG_AGO, amt=len(ref_no))
    found = read(shop, tmp_path, "ABC", "Pad", "Lead", "OTHER")
    assert found.select("order_key", "amount_minor").rows() == [("ABC", 300), ("Lead", 500), ("Pad", 500)]
    assert read(shop, tmp_path, "abc")["order_key"].to_list() == ["abc"]


def test_texts_of_any_script_arrive_as_they_are(shop: OglobaTables, tmp_path: Path) -> None:
    shop.retype("term_id", "varchar(20) character set latin1")
    shop.order("支付🧾", store_id="Zürich 🧾", term_id="Genève", till_txn_no="", psp_id="\\N'\"%s:x")
    (row,) = read(shop, tmp_path, "支付🧾").rows(named=True)
    assert (row["order_key"], row["merchant_id"], row["terminal_id"]) == ("支付🧾", "Zürich 🧾", "Genève")
    assert (row["merchant_txn_no"], row["psp_id"]) == (None, "\\N'\"%s:x")


def test_bytes_are_text_in_utf_8_or_refused(shop: OglobaTables, tmp_path: Path) -> None:
    shop.retype("ref_no", "varbinary(20)")
    shop.order("支付", at=LONG_AGO)
    assert read(shop, tmp_path, "支付")["order_key"].to_list() == ["支付"]
    shop.run("update redemption set store_id = 'x', ref_no = x'ff41', crt_tm = :at", at=NOON.replace(tzinfo=None))
    with pytest.raises(SourceContractError, match="some rows hold bytes that are not UTF-8"):
        read(shop, tmp_path)


def test_zero_bytes_of_a_binary_column_are_refused(shop: OglobaTables, tmp_path: Path) -> None:
    shop.retype("ref_no", "binary(20)")
    shop.order("1")
    with pytest.raises(SourceContractError, match="control characters in 1 row"):
        read(shop, tmp_path)


@pytest.mark.parametrize("kind", ["datetime(6)", "timestamp(6)"])
def test_a_date_of_zeros_stops_the_run_unless_the_query_makes_it_null(
    shop: OglobaTables, tmp_path: Path, kind: str
) -> None:
    shop.order("1")
    shop.retype("pay_tm", kind)
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("set sql_mode = ''")
        connection.exec_driver_sql("update redemption set pay_tm = '0000-00-00 00:00:00'")
    with pytest.raises(SourceContractError, match=r"paid_at is not a time .* \(column PAY_TM\), such as '0000-00-00"):
        read(shop, tmp_path)
    query = example_source().payments.query.replace("PAY_TM", "nullif(PAY_TM, '0000-00-00 00:00:00') as PAY_TM")
    assert read(shop, tmp_path, payments__query=query)["paid_at"].to_list() == [None]


@pytest.mark.parametrize(
    ("kind", "stored", "flag"),
    [("tinyint(1)", "1", True), ("bit(1)", "b'0'", False), ("tinyint(1) unsigned zerofill", "0", False),
     ("enum('Y', 'N')", "'Y'", True), ("tinyint(1)", "null", None)],
)  # fmt: skip
def test_a_flag_of_any_type(shop: OglobaTables, tmp_path: Path, kind: str, stored: str, flag: bool | None) -> None:
    shop.order("1")
    shop.retype("void_full", kind)
    shop.run(f"update redemption set void_full = {stored}")
    maps = {"payments__voided_in_full_map": {}}
    assert read(shop, tmp_path, **maps)["voided_in_full"].to_list() == [flag]


def test_unsigned_numbers_are_exact_to_the_last_digit(shop: OglobaTables, tmp_path: Path) -> None:
    most = 2**64 - 1
    shop.retype("ref_no", "bigint unsigned")
    for number in (most, most - 1, 2**53 + 1):
        shop.order(str(number), at=LONG_AGO, amt="99999999999.999", cur="KWD")
    found = read(shop, tmp_path, str(most), str(2**53 + 1))
    assert found["order_key"].to_list() == [str(most), str(2**53 + 1)]
    assert found["amount_minor"].to_list() == [99999999999999] * 2


def test_the_url_may_call_it_mysql(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    shop.url = shop.url.replace("mariadb+", "mysql+")
    assert read(shop, tmp_path)["order_key"].to_list() == ["1"]


def test_a_wrong_password_a_missing_database_and_a_missing_column_are_one_line(
    shop: OglobaTables, tmp_path: Path
) -> None:
    shop.order("1")
    shop.run("create or replace user 'keeper'@'%' identified by 'right'")
    for user, database, words in (
        ("keeper:hush", "", r"user name or password is wrong \(1045\)"),
        ("root", "_gone", r"there is no such database \(1049\)"),
    ):
        head, _, tail = shop.url.replace("root@", f"{user}@").partition("?")
        with pytest.raises(OrdersError, match=words) as caught:
            freeze(f"{head}{database}?{tail}", tmp_path)
        assert "hush" not in str(caught.value)
        assert "\n" not in str(caught.value)
    for query, words in (
        ("select nothing from redemption", "the database refused the query: Unknown column 'nothing' in"),
        ("select * from no_such", r"the database refused the query: Table '.*no_such' doesn't exist"),
        ("select ref_no from redemption", r"the query gives no column STORE_ID \(columns.merchant_id\)"),
    ):
        with pytest.raises(ConfigurationError, match=words):
            read(shop, tmp_path, payments__query=query)


def test_a_statement_that_takes_too_long_is_ended(shop: OglobaTables, tmp_path: Path) -> None:
    shop.order("1")
    query = "select redemption.* from redemption where sleep(30) = 0"
    with pytest.raises(OrdersError, match="the database does not answer"):
        read(shop, tmp_path, payments__query=query, statement_timeout_seconds=0.2)
    slow = "select redemption.* from redemption where sleep(1.2) = 0"  # longer than a connection may take
    assert read(shop, tmp_path, payments__query=slow, connect_timeout_seconds=1).height == 1


def test_a_server_that_goes_away_in_the_middle_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_mariadb() as own:
        shop = OglobaTables(own.new_database())
        shop.run(
            "insert into redemption (ref_no, store_id, amt, cur, pay_stat, txn_stat, crt_tm, upd_tm, valid_from,"
            " valid_to) select concat('N', seq), repeat('S', 150), seq, 'EUR', 'S', 'Y', :at, :at, :at, '9999-01-01'"
            " from seq_1_to_40000",
            at=NOON.replace(tzinfo=None),
        )
        monkeypatch.setattr(snapshot_module, "FRAME_ROWS", 100)
        unpacked = Table._unpacked

        def gone(table: Table, rows: Any) -> pl.DataFrame:
            own.end()
            return unpacked(table, rows)

        monkeypatch.setattr(Table, "_unpacked", gone)
        with pytest.raises(OrdersError, match="no connection, or it broke off") as caught:
            read(shop, tmp_path)
        assert "\n" not in str(caught.value)


def test_a_source_that_other_people_write_to_locks_nothing(shop: OglobaTables, tmp_path: Path, server: MariaDb) -> None:
    """The till changes an order while it is read, and does not have to wait."""
    shop.order("1")
    ended = []
    payments = Table.batches

    def changed(table: Table, condition: Any) -> Any:
        for batch in payments(table, condition):
            with pymysql.connect(host="127.0.0.1", port=server.port, user="root", ssl_disabled=True) as till:
                till.cursor().execute("set innodb_lock_wait_timeout = 0")
                database = shop.engine.url.database
                ended.append(till.cursor().execute(f"update {database}.redemption set pay_stat = 'F'"))
                till.rollback()
            yield batch

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "batches", changed)
        assert read(shop, tmp_path).height == 1
    assert ended == [1]


@pytest.mark.parametrize("charset", ["", "&charset=latin1", "&charset=utf8"])
def test_a_table_in_latin_1_is_asked_for_ids_of_any_script(shop: OglobaTables, tmp_path: Path, charset: str) -> None:
    """Whatever the URL says of letters: an id that the column cannot hold is in no row, and nothing stops."""
    for key in ("A", "Ä", "a"):
        shop.order(key, at=LONG_AGO)
    shop.run("alter table redemption convert to character set latin1")
    asked = scope(payment_request_ids=pl.Series(["A", "Ä", "支付🧾"]))
    frozen = freeze(f"{shop.url}{charset}", tmp_path, asked, example_source(**QUIET))
    assert set(frozen.payments["order_key"]) == {"A", "Ä"}


def test_a_server_to_which_empty_is_null_gives_the_same_rows(
    shop: OglobaTables, server: MariaDb, tmp_path: Path
) -> None:
    shop.order("1", till_txn_no="")
    mode = "set global sql_mode = %s"
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("select @@global.sql_mode")
        ((before,),) = cursor.fetchall()
        cursor.execute(mode, ("EMPTY_STRING_IS_NULL",))
        try:
            assert freeze(shop.url, tmp_path, source=example_source(**QUIET)).payment("1")["merchant_txn_no"] is None
        finally:
            cursor.execute(mode, (before,))


def test_a_password_may_have_letters_of_any_script(shop: OglobaTables, server: MariaDb, tmp_path: Path) -> None:
    shop.order("1")
    reader = own_account(shop.url)
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"create user {reader} identified by %s", ("p@:/#?%&= ü支",))
        cursor.execute(f"grant select on {database_of(shop.url)}.* to {reader}")
    url = re.sub("//.*?@", f"//{reader}:{quote('p@:/#?%&= ü支', safe='')}@", shop.url)
    assert freeze(url, tmp_path, source=example_source(**QUIET)).payments["order_key"].to_list() == ["1"]
