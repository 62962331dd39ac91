"""Clearing days played in memory: readable tables in, the real statements run, breaks out.

A `History` keeps our side as it changes from day to day (a later table overrides the cells it
names) and all report files. Each played day proves conservation and the register identity.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from assets.breaks.step import close_breaks
from assets.reconciled.step import reconcile_day
from checks.conservation import repeated_keys
from recon.fees import FeeContract
from recon.inquiry.verdicts import ANSWER_SCHEMA
from recon.matching.agreements import AgreementRule
from recon.matching.parameters import DayRules
from recon.money import format_money
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.reports.kinds.fee import FEE_ROWS
from recon.reports.kinds.transaction_detail import TRANSACTION_ROWS
from recon.reports.rows import REPORT_FILES
from recon.tie_out.proof import PROVED
from recon.tolerance import Tolerance
from recon.valuation import Reporting
from resources.engine import OpenEngine, in_process
from resources.register import identity_of_day, mark_day
from resources.warehouse import Warehouse, replace_day, transaction
from tests.support.records import (
    Record,
    fee_rows,
    order_changes,
    order_of,
    refund_changes,
    refund_of,
    report_rows,
)
from tests.support.tables import columns_of, drawn, rows_of

DAY = date(2026, 11, 20)
SET_OF_FILE = ("settlement_currency", "batch_id", "participant_agreement_id", "clearing_day")


ANSWER: Record = dict.fromkeys(ANSWER_SCHEMA) | {
    "source_id": "shop",
    "asked_count": 1,
    "is_planned": False,
    "question_id": "q1",
    "answered_at": datetime(2026, 11, 21, 1),  # noqa: DTZ001
}


class MemoryWarehouse(Warehouse):
    """A warehouse whose database lives in memory; the Parquet files lie in a directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, threads=1)
        self.open_engine: OpenEngine = in_process
        self.database = duckdb.connect(":memory:")

    def _database(self) -> duckdb.DuckDBPyConnection:
        return self.database.cursor()

    def empty(self) -> None:
        """Forgets everything."""
        names = self.database.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall()
        for (name,) in names:
            self.database.execute(f"TRUNCATE {name}")
        for folder in ("landed", "orders", "parsed"):
            shutil.rmtree(self.directory / folder, ignore_errors=True)


@contextmanager
def memory_warehouse() -> Iterator[MemoryWarehouse]:
    """A warehouse that is gone afterwards."""
    base = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        warehouse = MemoryWarehouse(Path(folder))
        try:
            with warehouse.kept_open():
                yield warehouse
        finally:
            warehouse.database.close()


@dataclass(frozen=True)
class PlayedDay:
    """What a clearing day found."""

    day: date
    items: pl.DataFrame
    movements: pl.DataFrame
    payments: Mapping[str, str]
    """order key, or the id that only the report knows -> outcome"""
    refunds: Mapping[str, str]
    fees: Mapping[str, str]
    """transaction:kind -> outcome, of those that were not plain"""

    def breaks(self, *names: str) -> list[tuple[str, ...]]:
        """The list of breaks as text, in the columns asked for, sorted."""
        return sorted(tuple(_shown(row, name) for name in names) for row in self.items.iter_rows(named=True))

    def shows(self, expected: str) -> None:
        """Exactly these breaks, in the columns that the table names."""
        names = columns_of(expected)
        wanted = sorted(tuple(row.get(name, "") for name in names) for row in rows_of(expected))
        found = self.breaks(*names)
        assert found == wanted, f"\n{drawn(names, found)}\n"

    def moves(self, expected: str) -> None:
        """Exactly these movements of the register."""
        names = columns_of(expected)
        wanted = sorted(tuple(row.get(name, "") for name in names) for row in rows_of(expected))
        found = sorted(tuple(_plain(row[name]) for name in names) for row in self.movements.iter_rows(named=True))
        assert found == wanted, f"\n{drawn(names, found)}\n"

    @property
    def explanations(self) -> list[str]:
        """The sentences."""
        return self.items["explanation"].to_list()


SHORT = {
    "code": "break_code",
    "acts": "who_acts",
    "order": "order_key",
    "refund": "refund_key",
    "transaction": "provider_transaction_id",
    "fee": "partner_key",
    "age": "age_days",
    "before": "previous_code",
    "opened": "opened_day",
    "break_day": "turns_real_day",
}


def _shown(row: Record, name: str) -> str:
    amounts = {
        "ours": ("order_amount_minor", "currency"),
        "theirs": ("report_amount_minor", "report_currency"),
        "difference": ("difference_minor", "currency"),
        "at_risk": ("amount_at_risk_minor", "currency"),
    }
    if name in amounts:
        minor, currency = (row[part] for part in amounts[name])
        return format_money(minor, currency) if isinstance(minor, int) else ""
    return _plain(row["deadline_at" if name == "deadline" else SHORT.get(name, name)])


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        local = value + timedelta(hours=8)
        return f"{local:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


@dataclass
class History:
    """Our side and the reports, day after day."""

    warehouse: Warehouse
    start: date = DAY
    tolerance: Tolerance = field(default_factory=Tolerance)
    agreements: tuple[AgreementRule, ...] = ()
    is_production: bool = True
    fees: FeeContract = field(default_factory=FeeContract)
    reporting: Reporting = field(default_factory=Reporting)
    orders: dict[str, Record] = field(default_factory=dict)
    refunds: dict[str, Record] = field(default_factory=dict)
    answers: list[Record] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    """file id -> sha256, of rows that were read from a file"""

    @property
    def rules(self) -> DayRules:
        """What the day needs to know besides the data."""
        return DayRules(
            self.start, self.tolerance, self.agreements, self.is_production, self.fees, reporting=self.reporting
        )

    def play(
        self, offset: int = 0, *, orders: str = "", refunds: str = "", report: str = "", charged: str = ""
    ) -> PlayedDay:
        """The day `start + offset`, from tables."""
        day = self.start + timedelta(days=offset)
        self.know(offset, orders=orders, refunds=refunds)
        rows, fees = report_rows(report, day), fee_rows(charged, day)
        return self.run(day, self.orders.values(), self.refunds.values(), rows, fees)

    def know(self, offset: int = 0, *, orders: str = "", refunds: str = "") -> None:
        """Our side as a day leaves it: new orders and refunds, or other cells of known ones."""
        day = self.start + timedelta(days=offset)
        for row in rows_of(orders):
            known = self.orders.get(row["order"])
            self.orders[row["order"]] = order_of(row, day) if known is None else known | order_changes(row, day)
        for row in rows_of(refunds):
            known = self.refunds.get(row["refund"])
            self.refunds[row["refund"]] = refund_of(row, day) if known is None else known | refund_changes(row, day)

    def run(
        self,
        day: date,
        orders: Iterable[Record],
        refunds: Iterable[Record],
        rows: Iterable[Record],
        fees: Iterable[Record] = (),
    ) -> PlayedDay:
        """A day from canonical records."""
        payment_frame = pl.DataFrame(list(orders), schema=PAYMENT_SCHEMA, orient="row")
        refund_frame = pl.DataFrame(list(refunds), schema=REFUND_SCHEMA, orient="row")
        self.warehouse.write_parquet(payment_frame, self.warehouse.orders_path("payments", day))
        self.warehouse.write_parquet(refund_frame, self.warehouse.orders_path("refunds", day))
        delivered = {
            "transaction_detail": pl.DataFrame(list(rows), schema=TRANSACTION_ROWS, orient="row"),
            "fee": pl.DataFrame(list(fees), schema=FEE_ROWS, orient="row"),
        }
        with self.warehouse.connect() as connection:
            self._deliver(connection, day, delivered)
            return self.rerun(day, connection)

    def _deliver(self, connection: duckdb.DuckDBPyConnection, day: date, delivered: Mapping[str, pl.DataFrame]) -> None:
        files = []
        for kind, rows in delivered.items():
            for (file_id,), part in rows.group_by(["file_id"], maintain_order=True):
                file = _file(str(file_id), part.row(0, named=True), part.height)
                digest = self.digests.get(str(file_id), "0" * 64)
                files.append(file | {"kind": kind, "sha256": digest})
                self.warehouse.write_parquet(part, self.warehouse.parsed_path(kind, day, str(file_id)))
        with transaction(connection):
            replace_day(
                connection, "parsed.files", day,
                pl.DataFrame(files, schema=REPORT_FILES, orient="row"), "clearing_day",
            )  # fmt: skip

    def answered(self, offset: int = 0, **answer: object) -> PlayedDay:
        """The day once more, with one more answer of Alipay+ known."""
        self.answers.append(ANSWER | answer)
        with self.warehouse.connect() as connection:
            return self.rerun(self.start + timedelta(days=offset), connection)

    def rerun(self, day: date, connection: duckdb.DuckDBPyConnection) -> PlayedDay:
        """The same inputs once more; every day must prove itself."""
        answers = pl.DataFrame(self.answers, schema=ANSWER_SCHEMA, orient="row")
        open_engine = self.warehouse.open_engine if isinstance(self.warehouse, MemoryWarehouse) else in_process
        reconcile_day(connection, self.warehouse, day, self.rules, answers, open_engine)
        items, movements = close_breaks(connection, self.warehouse, day, self.rules)
        prove(connection, day, items, movements)
        mark_day(connection, day, PROVED)
        return PlayedDay(
            day, items, movements, _payments(connection, day), _refunds(connection, day), _fees(connection, day)
        )  # fmt: skip


def prove(connection: duckdb.DuckDBPyConnection, day: date, items: pl.DataFrame, movements: pl.DataFrame) -> None:
    """Conservation, register identity, one line per break, a reason for each resolution."""
    counts = dict(
        connection.execute("SELECT side, CAST(SUM(row_count) AS BIGINT) FROM conservation GROUP BY side").fetchall()
    )
    for side in ("payments", "refunds", "rows", "fees", "charges"):
        assert counts.get(side, 0) == counts[f"input {side}"], f"{side}: {counts}"
    assert not any(repeated_keys(connection, day).values()), repeated_keys(connection, day)
    identity = identity_of_day(connection, day)
    assert identity["residual"].to_list() == [0] * identity.height, identity
    assert items["break_id"].is_unique().all(), items.select("break_id", "break_code")
    resolved = movements.filter(pl.col("movement") == "RESOLVED")
    assert resolved["outcome"].null_count() == 0, resolved
    for table in ("payments", "refunds", "fees"):
        (lost,) = connection.execute(
            f"SELECT COUNT(*) FROM reconciled.{table} WHERE as_of_day = ? AND code IS NULL", [day]
        ).fetchall()[0]
        assert lost == 0, f"{lost} {table} without an outcome"


def _payments(connection: duckdb.DuckDBPyConnection, day: date) -> dict[str, str]:
    """Outcomes of the day; the pairs that were plainly in order are added, and orders without money."""
    plain = connection.execute(
        "SELECT o.order_key FROM frozen_orders AS o JOIN rows_of_day AS r "
        "ON r.row_role = 'PAYMENT' AND r.request_id = o.payment_request_id"
    ).fetchall()
    decided = connection.execute(
        "SELECT COALESCE(order_key, payment_request_id, lines), code FROM reconciled.payments "
        "WHERE as_of_day = ?", [day],
    ).fetchall()  # fmt: skip
    unpaid = connection.execute("SELECT order_key FROM unpaid_orders").fetchall()
    settled = dict.fromkeys((key for (key,) in plain), "P00") | dict.fromkeys((key for (key,) in unpaid), "OK_NO_MONEY")
    return settled | dict(decided)


def _refunds(connection: duckdb.DuckDBPyConnection, day: date) -> dict[str, str]:
    plain = connection.execute(
        "SELECT f.refund_key FROM frozen_refunds AS f JOIN rows_of_day AS r "
        "ON r.row_role = 'REFUND' AND r.request_id = f.refund_request_id"
    ).fetchall()
    decided = connection.execute(
        "SELECT COALESCE(refund_key, provider_transaction_id, refund_request_id), code "
        "FROM reconciled.refunds WHERE as_of_day = ?", [day],
    ).fetchall()  # fmt: skip
    return dict.fromkeys((key for (key,) in plain), "R00") | dict(decided)


def _fees(connection: duckdb.DuckDBPyConnection, day: date) -> dict[str, str]:
    return dict(
        connection.execute(
            "SELECT transaction_id || ':' || fee_kind, code FROM reconciled.fees WHERE as_of_day = ?", [day]
        ).fetchall()
    )


def _file(file_id: str, row: Record, row_count: int) -> Record:
    name, version = file_id.rsplit("@v", 1)
    return {
        "file_id": file_id,
        "kind": "transaction_detail",
        "file_name": name,
        "version": int(version),
        "participant_id": "P1",
        **{part: row[part] for part in SET_OF_FILE},
        "is_valid": True,
        "is_current": True,
        "row_count": row_count,
    }  # fmt: skip
