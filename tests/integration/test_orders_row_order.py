"""The same rows in every order give the same frozen orders, on SQLite and on real servers.

No look-up and no condition may depend on which row the database happens to give first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from recon.clearing_day import day_end, day_start
from recon.errors import SourceContractError
from tests.support.databases import DATABASES, new_database
from tests.support.ogloba_tables import DAY, NOON, Frozen, OglobaTables, example_source, freeze, scope

SHORT, LONG = "A" * 20, "B" * 40
LONG_AGO = NOON - timedelta(days=100)
QUIET = {"refunds__may_be_empty": True, "payments__may_be_empty": True, "quiet_minutes": 60 * 24 * 200}


@pytest.fixture(params=DATABASES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> OglobaTables:
    return OglobaTables(new_database(request.param, tmp_path))


def retyped(shop: OglobaTables, **kinds: str) -> None:
    """Columns with another type, by name."""
    for column, kind in kinds.items():
        shop.retype(column, kind)


def stored(shop: OglobaTables, rows: Sequence[dict[str, Any]]) -> None:
    """`redemption` holds these rows, in this order; values as they are given."""
    base = {
        "store_id": "S", "amt": "10.50", "cur": "EUR", "pay_stat": "S", "txn_stat": "Y", "valid_from": LONG_AGO,
        "valid_to": NOON + timedelta(days=9999),
    }  # fmt: skip
    with shop.engine.begin() as connection:
        connection.execute(sa.text("delete from redemption"))
        for row in rows:
            values = {name: _naive(value) for name, value in (base | row).items()}
            columns = ", ".join(values)
            bound = sa.text(f"insert into redemption ({columns}) values ({', '.join(':' + name for name in values)})")
            times = [sa.bindparam(name, type_=sa.DateTime()) for name in values if not isinstance(values[name], str)]
            times = [each for each in times if hasattr(values[each.key], "year")]
            connection.execute(bound.bindparams(*times), values)


def _naive(value: Any) -> Any:
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value


def in_every_order(shop: OglobaTables, folder: Path, rows: Sequence[dict[str, Any]], **asked: Any) -> Frozen:
    """Freezes the rows with each of them first once, and proves that the bytes are the same."""
    source = example_source(**(QUIET | asked.pop("source", {})))
    by_bytes: dict[bytes, Frozen] = {}
    for first in range(len(rows)):
        stored(shop, [*rows[first:], *rows[:first]])
        frozen = freeze(shop.url, folder, scope(**asked), source)
        by_bytes[frozen.receipt.payments_path.read_bytes()] = frozen
    (same,) = by_bytes.values()
    return same


def order(ref_no: Any, at: Any = NOON, **more: Any) -> dict[str, Any]:
    return {"ref_no": ref_no, "crt_tm": at, "upd_tm": at, "pay_tm": at} | more


@pytest.mark.parametrize("kind", ["char(40)", "varchar(40)"])
def test_padded_and_full_references_are_found_whichever_comes_first(
    shop: OglobaTables, tmp_path: Path, kind: str
) -> None:
    retyped(shop, ref_no=kind)
    rows = [
        order(SHORT.ljust(40), LONG_AGO),
        order(LONG, LONG_AGO),
        order("\tC\u00a0", LONG_AGO),
        order("D", LONG_AGO),
        order("\ufeffF\u200b", LONG_AGO),
    ]
    wanted = pl.Series([SHORT, LONG, "C", "D", "E", "F"])
    frozen = in_every_order(shop, tmp_path, [*rows, order("NEW")], payment_request_ids=wanted,
                            source={"quiet_minutes": 60 * 24 * 200})  # fmt: skip
    assert frozen.payments["order_key"].to_list() == sorted([SHORT, LONG, "C", "D", "F", "NEW"])


def test_an_order_without_a_request_id_is_found_by_its_own_key(shop: OglobaTables, tmp_path: Path) -> None:
    columns = dict(example_source().payments.columns) | {"payment_request_id": "TILL_TXN_NO"}
    rows = [
        order("A", LONG_AGO, till_txn_no="SENT-A"),
        order("B", LONG_AGO, till_txn_no=None),
        order("C", LONG_AGO, till_txn_no="  "),
    ]
    wanted = pl.Series(["SENT-A", "B", "C", "A"])
    frozen = in_every_order(shop, tmp_path, rows, payment_request_ids=wanted, source={"payments__columns": columns})
    assert frozen.payments["payment_request_id"].to_list() == ["SENT-A", "B", "C"]


def test_a_key_is_no_other_key_that_only_looks_like_it(shop: OglobaTables, tmp_path: Path) -> None:
    retyped(shop, ref_no="bigint")
    rows = [order(7, LONG_AGO), order(8, LONG_AGO), order(100000000000001, LONG_AGO)]
    wanted = pl.Series(["7", "007", "08", "100000000000001", "x8", "9" * 30])
    frozen = in_every_order(shop, tmp_path, rows, payment_request_ids=wanted)
    assert frozen.payments["order_key"].to_list() == ["100000000000001", "7"]


def test_ids_that_come_as_floats_are_whole_numbers_or_refused(shop: OglobaTables, tmp_path: Path) -> None:
    retyped(shop, ref_no="double precision")
    whole = [order(100000000000001.0), order(9007199254740991.0, LONG_AGO), order(7.0)]
    frozen = in_every_order(shop, tmp_path, whole, payment_request_ids=pl.Series(["9007199254740991"]))
    assert frozen.payments["order_key"].to_list() == ["100000000000001", "7", "9007199254740991"]
    for lost in (9007199254740992.0, 7.5, 1e300):
        for rows in ([*whole, order(lost)], [order(lost), *whole]):
            stored(shop, rows)
            with pytest.raises(SourceContractError, match="order_key comes as a floating-point number"):
                freeze(shop.url, tmp_path, source=example_source(**QUIET))


START, END = day_start(DAY), day_end(DAY)


def iso(at: Any, form: str, hours: int = 0) -> str:
    return (at + timedelta(hours=hours)).strftime(form)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_texts_of_times_may_be_written_in_any_way_in_any_row(shop: OglobaTables, tmp_path: Path, zone: str) -> None:
    """Each instant is the last second of the window, or the first one outside of it."""
    retyped(shop, crt_tm="text", upd_tm="text", pay_tm="text")
    hours = {"Asia/Tokyo": 9, "America/Los_Angeles": -8}[zone]
    last, first, second = END - timedelta(seconds=1), START - timedelta(days=2), timedelta(seconds=1)
    ways: list[Callable[[Any], str]] = [
        lambda at: iso(at, "%Y-%m-%dT%H:%M:%SZ"),
        lambda at: iso(at, "%Y-%m-%dT%H:%M:%S+09:00", 9),
        lambda at: iso(at, "%Y-%m-%d %H:%M:%S.500-0800", -8),
        lambda at: iso(at, "%Y-%m-%d %H:%M:%S", hours),
        lambda at: iso(at, " %Y%m%d %H:%M:%S ", hours),
    ]
    inside = [[order(f"{name}{n}", way(at)) for n, way in enumerate(ways)] for name, at in (("A", first), ("B", last))]
    outside = [order(f"OUT{at:%H%M}{n}", way(at)) for at in (first - second, END) for n, way in enumerate(ways)]
    source = example_source(**(QUIET | {"naive_timezone": zone}))
    contents = set()
    for turn in range(len(ways)):  # each way comes first once
        leading, following = inside if turn % 2 else reversed(inside)
        stored(shop, [*leading[turn:], *outside, *following, *leading[:turn]])
        frozen = freeze(shop.url, tmp_path, source=source)
        contents.add(frozen.receipt.payments_path.read_bytes())
    assert len(contents) == 1
    assert frozen.payments["order_key"].to_list() == [f"{name}{n}" for name in "AB" for n in range(len(ways))]
    times = dict(frozen.payments.select(pl.col("order_key").str.head(1), pl.col("created_at").dt.truncate("1s")).rows())
    assert times == {"A": first.replace(tzinfo=None), "B": last.replace(tzinfo=None)}
    assert frozen.payments["created_at"].dt.truncate("1s").n_unique() == 2


def test_the_newest_change_is_an_instant_and_not_the_largest_text(shop: OglobaTables, tmp_path: Path) -> None:
    """As texts, the first one is the largest; it is hours older than the second, which is after the end of the day."""
    retyped(shop, crt_tm="text", upd_tm="text", pay_tm="text")
    rows = [
        order("A", iso(END - timedelta(hours=3), "%Y-%m-%dT%H:%M:%S+09:00", 9)),
        order("B", iso(END + timedelta(minutes=5), "%Y-%m-%d %H:%M:%S")),
        order("C", iso(NOON, "%Y%m%d %H:%M:%S")),
    ]
    frozen = in_every_order(shop, tmp_path, rows, source={"quiet_minutes": 0})
    assert frozen.receipt.sources[0].newest_change == END + timedelta(minutes=5)
    assert frozen.payments["order_key"].to_list() == ["A", "C"]


def test_an_empty_text_is_no_time_like_null(shop: OglobaTables, tmp_path: Path) -> None:
    retyped(shop, pay_tm="text")
    rows = [
        order("A", pay_tm=""),
        order("B", pay_tm=None),
        order("C", pay_tm=" "),
        order("D", pay_tm="2026-11-20 04:00:00"),
    ]
    frozen = in_every_order(shop, tmp_path, rows)
    assert frozen.payments["paid_at"].is_null().to_list() == [True, True, True, False]


@pytest.mark.parametrize("nothing", ["", " ", None])
def test_an_order_without_the_time_of_its_birth_stops_the_run(
    shop: OglobaTables, tmp_path: Path, nothing: str | None
) -> None:
    retyped(shop, crt_tm="text")
    good, bad = order("A", crt_tm="2026-11-20 04:00:00"), order("B", crt_tm=nothing)
    for rows in ([good, bad], [bad, good]):
        stored(shop, rows)
        with pytest.raises(SourceContractError, match=r"created_at is empty in 1 row \(column CRT_TM\)"):
            freeze(shop.url, tmp_path, source=example_source(**QUIET))


@pytest.mark.parametrize("strange", ["yesterday", "n/a", "1763640000", "2026-11-20"])
def test_a_text_that_is_no_time_stops_the_run_wherever_it_stands(
    shop: OglobaTables, tmp_path: Path, strange: str
) -> None:
    retyped(shop, crt_tm="text", upd_tm="text")
    good = order("A", crt_tm="2026-11-20 04:00:00", upd_tm="2026-11-20 04:00:00")
    bad = good | {"ref_no": "B", "crt_tm": strange}
    for rows in ([good, bad], [bad, good]):
        stored(shop, rows)
        with pytest.raises(SourceContractError) as caught:
            freeze(shop.url, tmp_path, source=example_source(**QUIET))
        assert "created_at" in str(caught.value)
        assert repr(strange) in str(caught.value)
