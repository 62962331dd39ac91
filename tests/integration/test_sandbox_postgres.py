"""The sandbox writes the same orders to PostgreSQL as to SQLite."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest

from recon.errors import OrdersError
from sandbox.seeding import seed
from tests.support.postgres import Postgres

AS_OF = "2026-11-21 00:30:00"


@pytest.mark.parametrize("name", ["orders_payments.sql", "orders_refunds.sql"])
def test_both_databases_say_the_same(name: str, server: Postgres, tmp_path: Path) -> None:
    url = server.new_database()
    seed(tmp_path / "lite", days=1, payments=500)
    seed(tmp_path / "pg", days=1, payments=500, orders_url=url)
    query = (tmp_path / "pg" / name).read_text()
    with psycopg.connect(url) as connection:
        cursor = connection.execute(query.replace(":as_of_utc", f"'{AS_OF}'").encode())
        columns = [column.name for column in cursor.description or ()]
        theirs = sorted(map(as_text, cursor.fetchall()))
    with sqlite3.connect(tmp_path / "lite" / "orders.db") as lite:
        ours = sorted(map(as_text, lite.execute(query, {"as_of_utc": AS_OF}).fetchall()))
    assert columns[0] in ("REF_NO", "VOID_NO")
    assert len(ours) > 10
    assert theirs == ours


def test_seeding_twice_replaces_the_tables(server: Postgres, tmp_path: Path) -> None:
    url = server.new_database()
    for _ in range(2):
        seed(tmp_path, days=1, payments=40, orders_url=url)
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT ref_no FROM redemption WHERE valid_to > now()").fetchall()
    assert len(rows) == len(set(rows))


def test_a_database_that_does_not_answer_is_reported_in_one_line(tmp_path: Path) -> None:
    for sign in ("", "@", "/", "[", "#"):
        url = f"postgresql://postgres:open{sign}TAIL.invalid@127.0.0.1:1/nothing"
        with pytest.raises(OrdersError, match="--orders-url: the database does not answer") as caught:
            seed(tmp_path, days=1, payments=5, orders_url=url)
        assert "tail" not in str(caught.value).lower()


def as_text(row: tuple[object, ...]) -> tuple[str, ...]:
    """SQLite keeps times as text with six decimals, PostgreSQL as timestamps."""
    return tuple(str(value).removesuffix(".000000") for value in row)
