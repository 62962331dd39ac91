"""What only PostgreSQL has: databases in another encoding than UTF-8, and columns of bytes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from recon.errors import ConfigurationError
from resources.orders_db.engine import engine_of
from tests.support.databases import new_database
from tests.support.ogloba_tables import OglobaTables, freeze, scope

ASKED = scope(payment_request_ids=pl.Series(["1", "none", "Ä", "支付"]))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return new_database("postgresql", tmp_path)


def shop_in(url: str, encoding: str) -> OglobaTables:
    """A database of that encoding beside the one of the URL."""
    server, _, name = url.rpartition("/")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            f"create database {name}_{encoding.lower()} encoding '{encoding}' locale 'C' template template0"
        )
    shop = OglobaTables(f"{server}/{name}_{encoding.lower()}?client_encoding=utf8")
    shop.still_selling()
    return shop


@pytest.mark.parametrize(
    ("encoding", "store"),
    [("LATIN1", "Zürich"), ("WIN1252", "Café €"), ("KOI8R", "Омск"), ("EUC_KR", "서울"), ("SQL_ASCII", "Zürich")],
)
def test_a_database_in_another_encoding(url: str, tmp_path: Path, encoding: str, store: str) -> None:
    """A report may name ids with letters that the database has not: they are in no row, and nothing stops."""
    shop = shop_in(url, encoding)
    shop.order("1", store_id=store)
    shop.order(" 2 ")
    given = shop.url.partition("?")[0]
    frozen = freeze(given, tmp_path, ASKED)
    assert frozen.payment("1")["merchant_id"] == store
    assert frozen.payments["order_key"].sort().to_list() == ["1", "2"]


def test_a_client_encoding_in_the_url_is_not_that_of_the_rows(url: str, tmp_path: Path) -> None:
    shop = OglobaTables(url)
    shop.still_selling()
    shop.order("1", store_id="支付")
    assert freeze(f"{url}?client_encoding=latin1", tmp_path, ASKED).payment("1")["merchant_id"] == "支付"


def test_bytes_that_are_no_text_are_refused_in_one_line(url: str, tmp_path: Path) -> None:
    shop = shop_in(url, "SQL_ASCII")
    shop.order("1")
    shop.run("update redemption set store_id = E'Z\\xfcrich'")
    with pytest.raises(ConfigurationError, match="invalid byte sequence"):
        freeze(shop.url.partition("?")[0], tmp_path, ASKED)


def test_a_column_of_bytes_is_text_in_utf_8_or_refused(url: str, tmp_path: Path) -> None:
    shop = OglobaTables(url)
    shop.still_selling()
    for key in ("1", "支付", "old"):
        shop.order(key)
    shop.run("alter table redemption alter column ref_no type bytea using convert_to(ref_no, 'UTF8')")
    shop.run("update redemption set valid_from = '2026-01-01', crt_tm = '2026-01-01', pay_tm = '2026-01-01', "
             "upd_tm = '2026-01-01' where ref_no = 'old'")  # fmt: skip
    asked = scope(payment_request_ids=pl.Series(["old", "none"]))
    assert set(freeze(url, tmp_path, asked).payments["order_key"]) == {"1", "支付", "old"}
    shop.run("update redemption set ref_no = decode('fc', 'hex') where ref_no = '1'")
    with pytest.raises(ConfigurationError, match="invalid byte sequence"):
        freeze(url, tmp_path / "again", asked)


def test_nothing_is_prepared_on_a_connection_that_a_pooler_may_hand_on(url: str) -> None:
    """Whatever is asked again and again: another session would meet the name of the statement."""
    engine = engine_of("RECON_ORDERS_URL", SecretStr(url), "rw")
    with engine.connect() as connection:
        for number in range(20):
            assert connection.scalar(sa.select(sa.literal(number))) == number
        assert connection.scalar(sa.text("select count(*) from pg_prepared_statements")) == 0
