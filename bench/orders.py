"""Rows of orders a second, from each database that is tested, as a run reads them into frames."""

from __future__ import annotations

import os
import tempfile
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr
from rich.console import Console

from bench.measure import print_table
from resources.orders_db.snapshot import snapshot
from tests.support.databases import DATABASES, new_database
from tests.support.ogloba_tables import NOON, OglobaTables, example_source, scope

COLUMNS = "ref_no, store_id, amt, cur, pay_stat, txn_stat, crt_tm, pay_tm, upd_tm, valid_from, valid_to, aps_payment_id"
NUMBERS = {
    "sqlite": "with recursive s(n) as (select 1 union all select n + 1 from s limit {rows}) select {values} from s",
    "postgresql": "select {values} from generate_series(1, {rows}) as n",
    "mariadb": "select {values} from (select seq as n from seq_1_to_{rows}) as s",
}
REF_NO = {"sqlite": "'ORDER' || n", "postgresql": "'ORDER' || n", "mariadb": "concat('ORDER', n)"}


def orders(rows: int, console: Console) -> None:
    """Prints rows for each CPU second of this process; what the server spends is not in it."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for database in DATABASES:
            shop = _filled(database, new_database(database, Path(folder)), rows)
            seconds = _read(shop, rows)
            lines.append((database, f"{seconds:.2f}", f"{rows / seconds:,.0f}"))
    print_table(console, f"Reading {rows:,} orders", ("database", "CPU s", "rows per CPU s"), lines)


def _filled(database: str, url: str, rows: int) -> OglobaTables:
    shop = OglobaTables(url)
    key = REF_NO[database]
    values = f"{key}, 'S', 10.5, 'EUR', 'S', 'Y', :at, :at, :at, :at, :until, {key}"
    times = (sa.bindparam("at", type_=sa.DateTime()), sa.bindparam("until", type_=sa.DateTime()))
    statement = sa.text(f"insert into redemption ({COLUMNS}) {NUMBERS[database].format(rows=rows, values=values)}")
    moment = NOON.replace(tzinfo=None, microsecond=123456)
    with shop.engine.begin() as connection:
        connection.execute(statement.bindparams(*times), {"at": moment, "until": moment + timedelta(days=999)})
    return shop


def _read(shop: OglobaTables, rows: int) -> float:
    before = os.times()
    with snapshot(example_source(), SecretStr(shop.url), scope().as_of_utc) as taken:
        assert sum(batch().height for batch in taken.payments().batches(sa.true())) == rows
    after = os.times()
    return after.user + after.system - before.user - before.system
