"""The tables that config/recon.toml describes, to be filled by a test: on SQLite as text, on servers typed."""

# ruff: noqa: E501, DTZ001 - tables are read by the row, and databases store times without a zone

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from recon.clearing_day import as_of, day_end, day_start
from resources.orders_db.db import OrdersDb, OrdersReceipt, OrdersScope, no_keys
from resources.settings import load_settings
from resources.settings.orders import OrdersSource

CONFIG = Path(__file__).parents[2] / "config"
DAY = date(2026, 11, 20)
NOON = day_start(DAY) + timedelta(hours=12)
FOREVER = datetime(9999, 12, 31)
URL_VARIABLE = "RECON_ORDERS_URL"

ORDER_TEXTS = "REF_NO STORE_ID TERM_ID TILL_TXN_NO CUR PAY_STAT TXN_STAT APS_PAYMENT_ID PSP_ID SETTLE_CUR RSLT_CHNL RSLT_CODE CNCL_STAT CNCL_CODE"
ORDER_TIMES = "CRT_TM PAY_TM CFM_TM UPD_TM CNCL_REQ_TM valid_from valid_to"
VOID_TEXTS = "VOID_NO ORIG_REF_NO RFD_REQ_ID APS_REFUND_ID CUR RFD_STAT VOID_STAT SETTLE_CUR INITIATOR"
LOOKED_UP = ("ref_no", "aps_payment_id", "void_no", "orig_ref_no", "rfd_req_id")
VOID_TIMES = "REQ_TM RFD_TM VOID_TM UPD_TM ALERT_TM valid_from valid_to"


TEXT = sa.Text().with_variant(sa.String(200), "mysql", "mariadb")  # MariaDB indexes no text without a length
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def _table(name: str, texts: str, times: str, numbers: str, database: str) -> sa.Table:
    columns: list[sa.Column[Any]] = [sa.Column(key.lower(), TEXT) for key in texts.split()]
    columns += [sa.Column(key.lower(), TIME) for key in times.split()]
    columns += [sa.Column(key.lower(), sa.BigInteger) for key in numbers.split()]
    columns.append(sa.Column("amt", sa.Text if database == "sqlite" else sa.Numeric(14, 3)))
    if database == "mariadb":  # it locks each row that it looks at
        columns += [sa.Index(f"{name}_{key}", key) for key in LOOKED_UP if key.upper() in texts.split()]  # type: ignore[misc]
    return sa.Table(name, sa.MetaData(), *columns)


@dataclass
class OglobaTables:
    """A database with `redemption` and `void`; each call writes and commits one row."""

    url: str

    def __post_init__(self) -> None:
        self.engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        database = self.engine.dialect.name
        self.redemption = _table("redemption", ORDER_TEXTS, ORDER_TIMES, "SETTLE_AMT VOID_FULL", database)
        self.void = _table("void", VOID_TEXTS, VOID_TIMES, "SETTLE_AMT ATTEMPTS", database)
        for table in (self.redemption, self.void):
            table.create(self.engine)

    def order(self, ref_no: str, *, at: datetime = NOON, **changes: Any) -> None:
        """A paid and confirmed order of 10.50 EUR."""
        row = {
            "ref_no": ref_no, "store_id": "STORE1", "term_id": "T1", "till_txn_no": "1", "amt": "10.50",
            "cur": "EUR", "pay_stat": "S", "txn_stat": "Y", "crt_tm": at, "pay_tm": at,
            "cfm_tm": at, "upd_tm": at, "aps_payment_id": f"PAY-{ref_no}", "valid_from": at,
            "valid_to": FOREVER,
        }  # fmt: skip
        self._insert(self.redemption, row | changes)

    def refund(self, void_no: str, ref_no: str, *, at: datetime = NOON, **changes: Any) -> None:
        """A refund of 1.00 EUR that went well."""
        row = {
            "void_no": void_no, "orig_ref_no": ref_no, "rfd_req_id": f"RFD-{void_no}", "amt": "1.00",
            "cur": "EUR", "rfd_stat": "S", "void_stat": "V", "req_tm": at, "rfd_tm": at, "void_tm": at,
            "upd_tm": at, "attempts": 1, "initiator": "MERCHANT", "valid_from": at, "valid_to": FOREVER,
        }  # fmt: skip
        self._insert(self.void, row | changes)

    def still_selling(self) -> None:
        """An order after the end of the day: the source is not stale."""
        self.order("LATER", at=day_end(DAY) + timedelta(minutes=5))

    def run(self, statement: str, **values: Any) -> None:
        """What somebody else does and commits."""
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def retype(self, column: str, kind: str) -> None:
        """Another type for a column of `redemption`; in SQLite, any column holds anything as it is."""
        match self.engine.dialect.name:
            case "sqlite":
                self.run(f"alter table redemption drop column {column}")
                self.run(f"alter table redemption add column {column}")
            case "mariadb":
                self.run(f"alter table redemption modify column {column} {kind} null")
            case _:
                changed = f"type {kind} using {column}\\:\\:text\\:\\:{kind}"
                self.run(f"alter table redemption alter column {column} {changed}")

    def retype_in_utc(self, column: str, kind: str) -> None:
        """A column of times as the type that has a zone (`instant`), or as text; what is there is meant in UTC."""
        database = self.engine.dialect.name
        wanted = {"postgresql": "timestamptz", "mariadb": "timestamp(6)"}[database] if kind == "instant" else kind
        with self.engine.begin() as connection:
            connection.exec_driver_sql(
                "set time zone 'UTC'" if database == "postgresql" else "set time_zone = '+00:00'"
            )
            changed = f"alter column {column} type {wanted}"
            if database == "mariadb":
                changed = f"modify column {column} {wanted} null"
            connection.exec_driver_sql(f"alter table redemption {changed}")

    def _insert(self, table: sa.Table, row: dict[str, Any]) -> None:
        stored = {key: _naive(value) for key, value in row.items()}
        with self.engine.begin() as connection:
            connection.execute(table.insert(), stored)


def _naive(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def sqlite_tables(folder: Path) -> OglobaTables:
    """The tables in a new SQLite file."""
    return OglobaTables(f"sqlite:///{folder / 'ogloba.sqlite'}")


def example_source(**changes: Any) -> OrdersSource:
    """The orders source of config/recon.toml, with some keys changed (`payments__may_be_empty=True`)."""
    source = load_settings(CONFIG / "recon.toml", {}).orders[0]
    for path, value in changes.items():
        table, _, key = path.rpartition("__")
        if table:
            part = getattr(source, table).model_copy(update={key: value})
            source = source.model_copy(update={table: part})
        else:
            source = source.model_copy(update={key: value})
    return source


def scope(day: date = DAY, **named: pl.Series | pl.DataFrame) -> OrdersScope:
    """A day as its run sees it. `named`: keys by the plural of their column."""
    instant = as_of(day, timedelta(minutes=30))
    return OrdersScope(day, instant, instant + timedelta(minutes=1), partial(_keys, named))


def _keys(named: Mapping[str, pl.Series | pl.DataFrame], name: str) -> pl.DataFrame:
    given = named.get(f"{name}s", no_keys(name))
    return given.to_frame("key") if isinstance(given, pl.Series) else given


@dataclass
class Frozen:
    """What a freeze gave."""

    receipt: OrdersReceipt

    @property
    def payments(self) -> pl.DataFrame:
        """All payments."""
        return pl.read_parquet(self.receipt.payments_path)

    @property
    def refunds(self) -> pl.DataFrame:
        """All refunds."""
        return pl.read_parquet(self.receipt.refunds_path)

    def payment(self, order_key: str) -> dict[str, Any]:
        """One payment."""
        return self.payments.row(by_predicate=pl.col("order_key") == order_key, named=True)


def freeze(url: str, folder: Path, asked: OrdersScope | None = None, source: OrdersSource | None = None) -> Frozen:
    """One source, frozen for a day."""
    described = source or example_source(refunds__may_be_empty=True)
    db = OrdersDb([described], {described.url_env: url})
    return Frozen(db.freeze(asked or scope(), folder / "orders"))
