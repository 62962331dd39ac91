"""A result stored in the sandbox's orders: the past stays as told, the scripted future starts from the result."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sandbox.faults import Fault
from sandbox.instants import DAY, HOUR, MINUTE, SECOND, moment
from sandbox.messages import Wallet
from sandbox.ogloba_rows import REDEMPTION_COLUMNS, write
from sandbox.orders_history import STORE_RESULT
from sandbox.orders_store import open_store
from sandbox.stage import Stage
from sandbox.world import build_world

TODAY = date(2026, 11, 20)
NOON = moment(TODAY, 12)
WAITS, LEAVES, CONFIRMED = "WAITS", "LEAVES", "CONFIRMED"
TOLD = {
    "pay_state": "S",
    "paid_at": datetime(2026, 11, 20, 4, 0, 20),  # noqa: DTZ001 - as it is bound
    "provider_payment_id": "2026112019074101",
    "psp_id": "TNG",
    "settlement_amount_minor": 1234,
    "settlement_currency": "EUR",
    "result_code": "SUCCESS",
}
NOTHING = dict.fromkeys(TOLD) | {"result_code": "ORDER_IS_CLOSED"}


@dataclass
class Orders:
    """A database with some orders that are INIT, and what the play does to them later."""

    engine: sa.Engine

    def as_of(self, instant: int) -> dict[str, tuple[Any, ...]]:
        """Every order as it was at an instant."""
        names = ", ".join(REDEMPTION_COLUMNS)
        text = f"SELECT {names} FROM redemption WHERE valid_from <= :at AND valid_to > :at"
        query = sa.text(text).bindparams(sa.bindparam("at", type_=sa.DateTime()))
        with self.engine.connect() as connection:
            rows = connection.execute(query, {"at": naive(instant)}).all()
        assert len({row[0] for row in rows}) == len(rows), "two versions are valid at one instant"
        return {row[0]: tuple(row) for row in rows}

    def written(self, key: str, instant: int) -> dict[str, Any]:
        """The columns of one order at an instant."""
        return dict(zip(REDEMPTION_COLUMNS, self.as_of(instant)[key], strict=True))

    def store(self, key: str, instant: int, **changes: Any) -> int:
        """Runs the statement of recon.toml; how many rows it changed."""
        times = [sa.bindparam(name, type_=sa.DateTime()) for name in ("stored_at", "paid_at")]
        values = {**TOLD, **changes, "order_key": key, "stored_at": naive(instant)}
        with self.engine.begin() as connection:
            return connection.execute(sa.text(STORE_RESULT).bindparams(*times), values).rowcount


def naive(instant: int) -> datetime:
    return datetime.fromtimestamp(instant // SECOND, UTC).replace(tzinfo=None)


@pytest.fixture(params=["sqlite", "postgresql"])
def orders(request: pytest.FixtureRequest, tmp_path: Path) -> Orders:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'orders.db'}"
    else:
        url = request.getfixturevalue("server").new_database()
    with open_store(url) as append:
        append("redemption", play().ogloba.redemption_table(NOON + 9 * DAY))
    return Orders(sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool))


def play() -> Stage:
    """Three orders that never got a result; one is cancelled in vain later, one is given up, one is confirmed."""
    stage = Stage(build_world("multi-batch"), [TODAY])
    for key in (WAITS, LEAVES, CONFIRMED):
        stage.sell(stage.sale(NOON, wallet=Wallet("TNG", None)), key)
    waits, leaves, confirmed = stage.ogloba.redemptions.values()
    write(confirmed, NOON + HOUR, txn_stat="Y", cfm_tm=NOON + HOUR)
    with stage.acting(Fault.CANCEL_REQUEST_LOST):
        stage.ogloba.cancel(NOON + DAY, waits)
        stage.ogloba.cancel(NOON + DAY, leaves)
    stage.ogloba.give_up(NOON + 2 * DAY, leaves)
    return stage


INSTANTS = (NOON + MINUTE, NOON + HOUR, NOON + 19 * HOUR, NOON + 20 * HOUR - SECOND)
STORED = NOON + 20 * HOUR


def test_what_was_told_before_stays_byte_for_byte(orders: Orders) -> None:
    before = [orders.as_of(instant) for instant in INSTANTS]
    assert orders.store(WAITS, STORED) == 1
    assert [orders.as_of(instant) for instant in INSTANTS] == before


def test_from_then_on_the_result_is_there(orders: Orders) -> None:
    other = orders.as_of(STORED)[LEAVES]
    assert orders.written(WAITS, STORED)["pay_stat"] == "INIT"
    orders.store(WAITS, STORED)
    row = orders.written(WAITS, STORED)
    assert (row["pay_stat"], row["txn_stat"], row["rslt_chnl"], row["settle_amt"]) == ("S", "R", "INQUIRY", 1234)
    assert str(row["pay_tm"])[:19] == "2026-11-20 04:00:20"
    assert orders.as_of(STORED)[LEAVES] == other


def test_later_versions_that_are_still_init_carry_the_result(orders: Orders) -> None:
    orders.store(WAITS, STORED)
    row = orders.written(WAITS, NOON + 5 * DAY)
    assert (row["pay_stat"], row["cncl_stat"], row["aps_payment_id"]) == ("S", "Q", TOLD["provider_payment_id"])


def test_later_versions_that_have_left_init_stay(orders: Orders) -> None:
    later = orders.as_of(NOON + 5 * DAY)[LEAVES]
    orders.store(LEAVES, STORED)
    assert orders.written(LEAVES, NOON + DAY + HOUR)["pay_stat"] == "S"
    assert orders.as_of(NOON + 5 * DAY)[LEAVES] == later


def test_an_order_that_has_left_init_is_not_touched(orders: Orders) -> None:
    instants = (*INSTANTS, NOON + 3 * DAY, NOON + 5 * DAY)
    before = [orders.as_of(instant) for instant in instants]
    assert orders.store(LEAVES, NOON + 3 * DAY) == 0
    assert [orders.as_of(instant) for instant in instants] == before


def test_a_second_result_is_not_stored(orders: Orders) -> None:
    orders.store(WAITS, STORED)
    stored = orders.as_of(STORED + MINUTE)
    assert orders.store(WAITS, STORED + HOUR, **NOTHING | {"pay_state": "C"}) == 0
    assert orders.as_of(STORED + HOUR + MINUTE) == stored


def test_a_result_in_the_very_instant_of_a_version_is_stored(orders: Orders) -> None:
    assert orders.written(WAITS, NOON + DAY - SECOND)["cncl_stat"] == "N"
    assert orders.written(WAITS, NOON + DAY)["cncl_stat"] == "Q"
    assert orders.store(WAITS, NOON + DAY) == 1
    assert orders.written(WAITS, NOON + 5 * DAY)["pay_stat"] == "S"
    assert orders.written(WAITS, NOON + DAY - MINUTE)["pay_stat"] == "INIT"


@pytest.mark.parametrize(("key", "sale"), [(WAITS, "N"), (CONFIRMED, "Y")])
def test_without_a_payment_the_sale_ends_unless_it_is_confirmed(orders: Orders, key: str, sale: str) -> None:
    orders.store(key, STORED, **NOTHING | {"pay_state": "C"})
    rows = [orders.written(key, instant) for instant in (STORED, NOON + 5 * DAY)]
    assert [(row["pay_stat"], row["txn_stat"]) for row in rows] == [("C", sale), ("C", sale)]
    assert rows[0]["rslt_code"] == "ORDER_IS_CLOSED"


def test_now_is_after_all_that_is_scripted(orders: Orders) -> None:
    """Without a day to play, the result is stored at the end of the history."""
    history = orders.as_of(NOON + 8 * DAY)
    orders.store(CONFIRMED, NOON + 9 * DAY)
    assert orders.as_of(NOON + 8 * DAY) == history
    assert orders.written(CONFIRMED, NOON + 10 * DAY)["pay_stat"] == "S"
