"""Every identity of a day, broken on purpose: in the report files, in the bank's file, or, where only a fault of our
own could do it, in the tables between two steps.

A seeded day is run to its end once; each case works on a copy of it. The day is then not proved, the first identity
that fails is the one that was broken, what is left over is what was planted, and the rows behind it are the planted.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.breaks.step import close_breaks
from assets.exports.step import export_day, export_incomplete
from assets.orders.named_keys import named_keys
from assets.reconciled.step import keep_outcomes, match_day
from assets.tied_out.settlement import keep_settlement, settlement_of_day
from assets.tied_out.step import edges_of_day
from recon.clearing_day import as_of, report_date
from recon.errors import UnprovedDayError
from recon.identities import CONSERVATION, REGISTER
from recon.matching.parameters import DayRules
from recon.reports.names import ReportKind
from recon.settlement import Settlement
from recon.tie_out import IDENTITIES, Verdict
from recon.tie_out.proof import failing
from resources.bank_amounts import read_bank_amounts
from resources.engine import Engine
from resources.landing import Landing
from resources.orders_db.db import OrdersDb, OrdersScope
from resources.settings import Settings, load_settings
from resources.settings.rules import day_rules, report_options, terms_of_settlement
from resources.warehouse import Warehouse, replace_day, transaction
from sandbox.answers import asked_at
from sandbox.seeding import seed
from tests.support.control_totals import (
    BANK,
    BATCH_AMOUNT,
    BATCH_COUNT,
    CLEARED,
    DETAIL_AMOUNT,
    DETAIL_COUNT,
    FEE_AMOUNT,
    FEE_COUNT,
    SETTLEMENT_AMOUNT,
    SUMMARY_AMOUNT,
    SUMMARY_COUNT,
)
from tests.support.parsed import parse_kind

DAY = date(2026, 11, 19)  # a Thursday: settlements lie in the folder of the next day
CN, EU = "2188EU_CN01", "2188EU0001"
BATCH_KINDS = (ReportKind.TRANSACTION_SUMMARY, ReportKind.SETTLEMENT)
TOTAL = ("edge", "participant_agreement_id", "settlement_currency", "batch_id", "left_name")
Connection = duckdb.DuckDBPyConnection
Place = tuple[str | None, int | None]  # file and line of a row


@dataclass
class Box:
    """The day in a folder of its own, and the steps of its run."""

    folder: Path

    def __post_init__(self) -> None:
        self.settings: Settings = load_settings(self.folder / "recon.toml", {})
        self.warehouse = Warehouse(self.folder / "state", threads=1)
        self.landing = Landing(
            self.folder / "landed",
            participant_id=self.settings.participant.id,
            agreement_ids=[line.id for line in self.settings.agreements],
            now=lambda: datetime.now(UTC),
        )

    @property
    def rules(self) -> DayRules:
        """The list begins with this day."""
        return replace(day_rules(self.settings), start_day=DAY)

    def report(self, prefix: str, agreement: str = CN) -> Path:
        """The first file of a kind and agreement in the folder of the day's reports."""
        return min(self.folder.glob(f"sftp/**/{report_date(DAY):%Y%m%d}/{prefix}_*_{agreement}_000.csv"))

    def read(self, connection: Connection, day: date = DAY, kinds: Sequence[ReportKind] = tuple(ReportKind)) -> None:
        """Parses what has landed of a day."""
        landed = self.landing.versions(report_date(day))
        for kind in kinds:
            files = [file for file in landed if file.name.kind is kind]
            parse_kind(connection, self.warehouse, day, kind, files, report_options(self.settings))

    def freeze(self, connection: Connection) -> None:
        """Our side of the day."""
        moment = as_of(DAY, self.settings.calendar.arrival_grace)
        scope = OrdersScope(DAY, moment, asked_at(DAY), named_keys(connection, self.warehouse, DAY))
        orders = OrdersDb.of(self.settings, {"RECON_ORDERS_URL": f"sqlite:///{self.folder / 'orders.db'}"})
        orders.freeze(scope, self.warehouse.directory / "orders")

    def tie_out(self, connection: Connection, fault: Callable[[Settlement], Settlement] | None = None) -> None:
        """As `tie_out_day`, with a fault of ours between the judgement and the totals."""
        settlement = None
        if self.settings.settlement is not None:
            terms, bank = terms_of_settlement(self.settings, DAY), read_bank_amounts(self.settings.settlement.bank_file)
            start = self.settings.participant.start_day
            settlement = settlement_of_day(connection, self.warehouse, DAY, start, terms, bank)
            settlement = settlement if fault is None else fault(settlement)
        keep_settlement(connection, DAY, settlement)
        edges = edges_of_day(connection, self.warehouse, DAY, settlement)
        with transaction(connection):
            replace_day(connection, "tied_out.edges", DAY, edges)

    def shows(self, edge: str, residual: int, cause: str, places: Sequence[Place]) -> pl.DataFrame:
        """The day is not proved because of this identity, and these rows are behind it; returns them."""
        receipt = export_incomplete(self.warehouse, DAY, self.folder / "exports", "as planted", ["csv"])
        first = failing(receipt.edges).row(0, named=True)
        assert (first["edge"], first["residual"]) == (edge, residual)
        rows = pl.read_csv(receipt.directory / "residuals.csv", infer_schema=False)
        own = rows.filter(pl.all_horizontal(pl.col(name).eq_missing(pl.lit(first[name])) for name in TOTAL))
        assert own["cause"][0] == cause
        lines = own.with_columns(pl.col("file_id").str.replace("@.*", ""), pl.col("line_number").cast(pl.Int64))
        assert sorted(lines.select("file_id", "line_number").rows(), key=str) == sorted(places, key=str)
        proof = json.loads((receipt.directory / "summary.json").read_text("utf-8"))["proof"]
        assert ("no single row explains it" if cause == "NOTHING" else "behind it") in proof["first_that_fails"]
        return own


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeded day, run to its end without a fault."""
    folder = tmp_path_factory.mktemp("proved")
    report = seed(folder, days=3, payments=100, seed=5, last_day=DAY, settlement=True, fees=True)
    box = Box(folder)
    box.landing.land_from(folder / "sftp")
    with box.warehouse.connect() as connection:
        for day in report.days[:-1]:
            box.read(connection, day, BATCH_KINDS)
        box.read(connection)
        box.freeze(connection)
        match_day(Engine(connection), box.warehouse, DAY, box.rules)
        keep_outcomes(Engine(connection), DAY)
        box.tie_out(connection)
        close_breaks(connection, box.warehouse, DAY, box.rules)
    receipt = export_day(box.warehouse, DAY, folder / "exports", ["csv"])
    assert receipt.status == "proved"
    assert set(receipt.edges["edge"]) == set(IDENTITIES)
    assert "residuals.csv" not in receipt.sha256
    for old in {
        path.parent for path in folder.glob("sftp/**/*.csv") if path.parent.name != f"{report_date(DAY):%Y%m%d}"
    }:
        shutil.rmtree(old)  # what is landed again in each case is the day alone
    return folder


@pytest.fixture
def box(proved: Path, tmp_path: Path) -> Iterator[Box]:
    shutil.copytree(proved, tmp_path / "box")
    box = Box(tmp_path / "box")
    with box.warehouse.kept_open():
        yield box


# --- a fault in a report of Alipay+


def change(path: Path, number: int, column: str, value: int | str) -> Place:
    """One cell with a number added to it, or with another text; the header is the nearest one above with the column."""
    lines = path.read_text().split("\n")
    header = next(line.split(",") for line in reversed(lines[: number - 1]) if column in line.split(","))
    cells, place = lines[number - 1].split(","), header.index(column)
    cells[place] = value if isinstance(value, str) else str(int(cells[place]) + value)
    lines[number - 1] = ",".join(cells)
    path.write_text("\n".join(lines))
    return path.name, number


def repeat(path: Path, number: int, times: int) -> Place:
    """A line several times, or not at all; the place is that of the last one."""
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[: number - 1], *lines[number - 1 : number] * times, *lines[number:]]))
    return path.name, number + times - 1


def cell(prefix: str, line: int, column: str, value: int | str, agreement: str = CN) -> Callable[[Box], list[Place]]:
    """Another value, in the row that is behind what is left over."""
    return lambda box: [change(box.report(prefix, agreement), line, column, value)]


def both_sides(column: str, value: int, box: Box) -> list[Place]:
    """Another value in the settlement of a batch; its summary is the other side."""
    return [change(box.report("settlement"), 4, column, value), (box.report("summary").name, 2)]


def dropped(prefix: str, line: int, seen_in: str, seen_at: int, box: Box) -> list[Place]:
    """A row less; the other report shows that it is missing."""
    repeat(box.report(prefix), line, 0)
    return [(box.report(seen_in).name, seen_at)]


def stranger(box: Box) -> list[Place]:
    """A row of a transaction that never was, with an amount of its own."""
    _, number = repeat(box.report("transactionItems"), 5, 2)
    for column, value in (("transactionId", "X1"), ("transactionRequestId", "X1"), ("transactionAmountValue", 1)):
        change(box.report("transactionItems"), number, column, value)
    return [change(box.report("transactionItems"), number, "settlementAmountValue", 1)]


@dataclass(frozen=True)
class Planted:
    """What is wrong, which identity fails first, what is left over, why, and how it is done."""

    name: str
    edge: str
    residual: int
    cause: str
    plant: Callable[[Box], list[Place]]
    has_contract: bool = True  # a section [settlement]: it would list the difference as a break


DETAIL, FEE, SUMMARY, SETTLEMENT = "transactionItems", "feeItems", "summary", "settlement"
IN_REPORTS = (
    Planted("section counts one more", DETAIL_COUNT, -1, "NOTHING", cell(DETAIL, 2, "totalCount", 1)),
    Planted("row dropped", DETAIL_COUNT, -1, "NO_TRANSACTION", partial(dropped, DETAIL, 5, FEE, 6)),
    Planted("row twice", DETAIL_COUNT, 1, "TWICE", lambda box: [repeat(box.report(DETAIL), 5, 2)]),
    Planted("row too many", DETAIL_COUNT, 1, "AMOUNT", stranger),
    Planted("digit of an amount", DETAIL_AMOUNT, 700, "OTHER_AMOUNT", cell(DETAIL, 5, "settlementAmountValue", 700)),
    Planted("section one cent more", DETAIL_AMOUNT, -1, "NOTHING", cell(DETAIL, 2, "netSettlementAmountValue", 1)),
    Planted("row put aside", DETAIL_AMOUNT, -350, "PUT_ASIDE", cell(DETAIL, 5, "settlementAmountValue", "3.50")),
    Planted("fee row dropped", FEE_COUNT, -1, "NO_FEE", partial(dropped, FEE, 4, DETAIL, 4)),
    Planted("fee row twice", FEE_COUNT, 1, "TWICE", lambda box: [repeat(box.report(FEE), 6, 2)]),
    Planted("fee section one cent more", FEE_AMOUNT, -1, "NOTHING", cell(FEE, 2, "feeAmountValue", 1)),
    Planted("summary counts one more", SUMMARY_COUNT, -1, "NOTHING", cell(SUMMARY, 2, "totalCount", 1)),
    Planted("summary one cent less", SUMMARY_AMOUNT, 1, "OTHER_AMOUNT", cell(SUMMARY, 2, "settlementAmountValue", -1)),
    Planted("settlement counts one more", BATCH_COUNT, 1, "SETTLED", partial(both_sides, "totalCount", 1)),
    Planted("settlement pays another amount", BATCH_AMOUNT, 1, "SETTLED",
            partial(both_sides, "settlementAmountValue", 1), has_contract=False),
    Planted("settlement one cent more than it lists", SETTLEMENT_AMOUNT, -1, "NOTHING",
            cell(SETTLEMENT, 2, "settlementAmountValue", 1, EU), has_contract=False),
)  # fmt: skip


@pytest.mark.parametrize("case", IN_REPORTS, ids=lambda case: f"{case.edge} {case.name}")
def test_a_fault_in_a_report(box: Box, case: Planted) -> None:
    if not case.has_contract:
        box.settings = box.settings.model_copy(update={"settlement": None})
    places = case.plant(box)
    landed = box.landing.land_from(box.folder / "sftp").landed
    with box.warehouse.connect() as connection:
        box.read(connection, kinds=[file.name.kind for file in landed])
        box.tie_out(connection)
    box.shows(case.edge, case.residual, case.cause, places)


# --- the bank


def test_the_bank_received_less_and_a_break_says_so(box: Box) -> None:
    settled = less_at_the_bank(box)
    with box.warehouse.connect() as connection:
        box.tie_out(connection)
        rows = connection.execute(
            "SELECT verdict, residual FROM tied_out.edges WHERE edge = ? AND as_of_day = ? AND batch_id = ?",
            [BANK, DAY, settled],
        ).fetchall()
        found = connection.execute("SELECT provider_transaction_id FROM tied_out.found WHERE code = 'B07'").fetchall()
        close_breaks(connection, box.warehouse, DAY, box.rules)
    assert rows == [(Verdict.LISTED, 1)]
    assert [key.endswith(settled) for (key,) in found] == [True]
    assert export_day(box.warehouse, DAY, box.folder / "exports", ["csv"]).status == "proved"


def test_the_bank_received_less_and_no_break_says_so(box: Box) -> None:
    settled = less_at_the_bank(box)
    with box.warehouse.connect() as connection:
        box.tie_out(
            connection, lambda one: replace(one, settlements=one.settlements.with_columns(outcome=pl.lit("OK")))
        )
    (report,) = box.folder.glob(f"landed/**/settlement_*_{settled}_*.csv.v1")
    paid = (report.name.removesuffix(".v1"), 2)
    own = box.shows(BANK, 1, "PAID", [paid, (None, None)])
    assert int(own["amount_minor"][0]) - int(own["amount_minor"][1]) == 1


def less_at_the_bank(box: Box) -> str:
    """One cent less for a settlement whose value date is the day of the reports; returns its id."""
    path = box.folder / "bank.csv"
    lines = path.read_text().splitlines()
    place, (settled, currency, amount, value_date) = next(
        (place, line.split(",")) for place, line in enumerate(lines) if line.endswith(f"{report_date(DAY)}")
    )
    lines[place] = f"{settled},{currency},{float(amount) - 0.01:.2f},{value_date}"
    path.write_text("\n".join(lines) + "\n")
    return settled


# --- a fault of ours


def test_a_batch_gets_lost_between_cleared_and_settled(box: Box) -> None:
    waits = (pl.col("clearing_day") == DAY) & (pl.col("participant_agreement_id") == EU)
    with box.warehouse.connect() as connection:
        box.tie_out(connection, lambda one: replace(one, batches=one.batches.filter(~waits)))
        ((cleared,),) = connection.execute(
            "SELECT SUM(sign * settlement_amount_minor) FROM parsed.batch_lines WHERE kind = 'transaction_summary' "
            "AND clearing_day = ? AND participant_agreement_id = ?",
            [DAY, EU],
        ).fetchall()
    own = box.shows(CLEARED, int(cleared), "LOST_BATCH", [(box.report(SUMMARY, EU).name, 2)])
    assert own["id"].to_list() == [box.report(SUMMARY, EU).name.split("_")[3]]


# Per side: where an outcome is taken away or given once more, which one, and the column that names it.
OUTCOMES = (
    ("payments", "payment_outcomes", "order_key IS NOT NULL AND day_count = 0", "order_key", 0),
    ("refunds", "refund_outcomes", "refund_key IS NOT NULL", "refund_key", 0),
    ("rows", "payment_outcomes", "order_key IS NULL AND day_count = 1", "lines", 0),
    ("rows", "payment_outcomes", "order_key IS NULL AND day_count = 1", "lines", 2),
    ("fees", "fee_outcomes", "day_count = 1 AND term_count = 0", "lines", 0),
    ("charges", "fee_outcomes", "day_count = 0 AND term_count = 1", "transaction_id", 0),
)


@pytest.mark.parametrize(("side", "table", "which", "name", "times"), OUTCOMES)
def test_an_outcome_gets_lost_or_is_there_twice(
    box: Box, side: str, table: str, which: str, name: str, times: int
) -> None:
    with box.warehouse.connect() as connection:
        if side == "rows":
            forget_an_order(box, connection)
        match_day(Engine(connection), box.warehouse, DAY, box.rules)
        ((key,),) = connection.execute(f"SELECT MIN({name}) FROM {table} WHERE {which}").fetchall()
        of_key = f"FROM {table} WHERE {which} AND {name} = ?"
        connection.execute(f"INSERT INTO {table} SELECT * {of_key}" if times else f"DELETE {of_key}", [key])
        keep_outcomes(Engine(connection), DAY)
        places = places_of(connection, key) if side in ("rows", "fees", "charges") else [(None, None)]
    own = box.shows(CONSERVATION[side], 1 - times, "SEVERAL_OUTCOMES" if times else "NO_OUTCOME", places)
    assert name == "lines" or own["id"].to_list() == [key]


def forget_an_order(box: Box, connection: Connection) -> None:
    """Our side never had the order of one report row: only Alipay+ knows the payment."""
    match_day(Engine(connection), box.warehouse, DAY, box.rules)
    agreed = "SELECT MIN(order_key) FROM payment_outcomes WHERE code = 'P00' AND day_count = 1"
    (order,) = connection.execute(agreed).fetchall()
    with closing(sqlite3.connect(box.folder / "orders.db")) as database, database:
        database.execute("DELETE FROM redemption WHERE REF_NO = ?", order)
    box.freeze(connection)


def places_of(connection: Connection, key: str) -> list[Place]:
    """The row of the transaction, or the last of the lines that `key` names."""
    file_id, _, number = key.split()[-1].rpartition(":")
    if not file_id:
        rows = connection.execute(
            "SELECT file_id, line_number FROM rows_of_day WHERE provider_transaction_id = ?", [key]
        ).fetchall()
        ((file_id, number),) = rows
    return [(file_id.partition("@")[0], int(number))]


@pytest.mark.parametrize(("table", "cause", "residual"), [("movements", "CAME", -1), ("items", "WENT", 1)])
def test_a_break_comes_or_goes_without_a_movement(box: Box, table: str, cause: str, residual: int) -> None:
    with box.warehouse.connect() as connection:
        ((planted,),) = connection.execute(
            "SELECT MIN(break_id) FROM breaks.movements WHERE movement = 'NEW'"
        ).fetchall()
        connection.execute(f"DELETE FROM breaks.{table} WHERE break_id = ?", [planted])
    own = box.shows(REGISTER, residual, cause, [(None, None)])
    assert own["id"].to_list() == [planted]
    with pytest.raises(UnprovedDayError, match=rf"{re.escape(REGISTER)} .* left over, 1 row behind it"):
        export_day(box.warehouse, DAY, box.folder / "exports", ["csv"])
