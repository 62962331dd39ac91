"""An order of an open break is deleted in the database: the day proves, the break lives on, and is back with the order.

The days run as the scoreboard runs them, with the proofs of the product.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from bench.day_driver import ON_INPUTS, ON_LANDED, ON_LIST, ON_OUTCOMES, DayDriver, Ran, small
from pipelines.assembly import CHECKS
from recon.clearing_day import as_of
from resources.settings import load_settings
from sandbox.deliveries import read_deliveries
from sandbox.seeding import seed


@dataclass
class Shop:
    """A sandbox whose database a test can change."""

    driver: DayDriver
    database: Path
    days: list[date]

    def list_of(self, place: int) -> pl.DataFrame:
        """The list of a day, which proves itself."""
        ran = self.run(place)
        assert not ran.reason
        return ran.after

    def run(self, place: int) -> Ran:
        """A day at its own instant."""
        day = self.days[place]
        self.driver.now = as_of(day, self.driver.settings.calendar.arrival_grace)
        return self.driver.run(day)

    def take(self, table: str, column: str, key: str) -> Callable[[], None]:
        """Deletes all versions of a row; what is returned puts them back."""
        with sqlite3.connect(self.database) as connection:
            rows = connection.execute(f"SELECT * FROM {table} WHERE {column} = ?", [key]).fetchall()
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", [key])
        assert rows

        def restore() -> None:
            with sqlite3.connect(self.database) as again:
                again.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(rows[0]))})", rows)

        return restore


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    seeded = seed(tmp_path, days=3, payments=240)
    monkeypatch.setenv("RECON_ORDERS_URL", seeded.orders_url)
    driver = DayDriver(small(load_settings(seeded.config)), tmp_path, read_deliveries(tmp_path))
    return Shop(driver, Path(seeded.orders_url.removeprefix("sqlite:///")), list(seeded.days))


def one_of(items: pl.DataFrame, family: str, kind: str) -> dict[str, object]:
    """Some open break on an `order` or a `refund` of ours."""
    own = items.filter(pl.col("break_id").str.starts_with(f"{family}/ogloba/{kind}/"), pl.col("state") == "OPEN")
    return own.sort("break_id").row(0, named=True)


def codes(items: pl.DataFrame, *break_ids: object) -> list[str]:
    known = dict(items.select("break_id", "break_code").iter_rows())
    return [known[str(name)] for name in break_ids]


def test_a_deleted_order_and_a_deleted_refund_stay_on_the_list(shop: Shop) -> None:
    first = shop.list_of(0)
    order, refund = one_of(first, "P", "order"), one_of(first, "R", "refund")
    back = [
        shop.take("redemption", "REF_NO", str(order["order_key"])),
        shop.take("void", "VOID_NO", str(refund["refund_key"])),
    ]
    a_day_without_the_last_known_state_is_not_proved(shop, order["break_id"])
    second = shop.list_of(1)
    assert codes(second, order["break_id"], refund["break_id"]) == ["P21", "R17"]
    assert second["order_key"].to_list().count(order["order_key"]) == 1, "no second break on the same payment"
    for restore in back:
        restore()
    third = shop.list_of(2)
    assert not {*codes(third, order["break_id"], refund["break_id"])} & {"P21", "R17"}


def a_day_without_the_last_known_state_is_not_proved(shop: Shop, break_id: object) -> None:
    """Nothing says what became of the break."""
    known = shop.driver.warehouse.orders_path("payments", shop.days[0])
    aside = known.rename(known.with_suffix(".aside"))
    assert f"nothing says why {break_id} is resolved" in shop.run(1).reason.split("; ")
    aside.rename(known)


def test_the_days_are_proved_by_the_checks_of_the_product() -> None:
    assert {*ON_LANDED, *ON_INPUTS, *ON_OUTCOMES, *ON_LIST} == set(CHECKS)
