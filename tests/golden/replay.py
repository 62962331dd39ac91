"""Runs a golden case from what its folder holds: reports read, orders taken as frozen, days closed in order."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import polars as pl

from assets.breaks.step import close_breaks
from assets.reconciled.step import reconcile_day
from assets.tied_out.settlement import keep_settlement, settlement_of_day
from recon.clearing_day import report_date
from recon.matching.agreements import AgreementRule
from recon.matching.parameters import DayRules
from recon.orders import PAYMENT_SCHEMA, REFUND_SCHEMA
from recon.reports.layouts import DEFAULT
from recon.reports.names import ReportKind
from recon.reports.reader import read_report
from recon.settlement.terms import SettlementTerms
from recon.tie_out.proof import PROVED
from resources.bank_amounts import read_bank_amounts
from resources.landing import Landing
from resources.register import mark_day
from resources.settings.fees import Fees
from resources.warehouse import Warehouse
from sandbox.configuration import contract_of_fees
from sandbox.world import World, build_world
from tests.golden.cases import Case
from tests.support.day import History
from tests.support.parsed import parse_kind
from tests.support.records import Record

BANK_FILE = "bank.csv"
ORDERS = {"payments": PAYMENT_SCHEMA, "refunds": REFUND_SCHEMA}
TERMS = (SettlementTerms(value_days=1, bank_days=2),)  # T+2 on weekdays
SHOWN = [
    "break_id", "break_code", "severity", "state", "opened_day", "age_days", "deadline_at", "payment_request_id",
    "refund_request_id", "provider_transaction_id", "order_amount_minor", "report_amount_minor", "difference_minor",
    "currency", "amount_at_risk_minor", "who_acts", "flags", "explanation", "evidence", "turns_real_day", "partner_key",
]  # fmt: skip


def world_of(case: Case) -> World:
    """The participant and its agreements."""
    return build_world(case.mode)


def replay(case: Case, warehouse: Warehouse) -> Iterator[tuple[date, str]]:
    """Each day of a case with its list as CSV text; the warehouse must be empty."""
    world = world_of(case)
    landing = landing_of(world, warehouse.directory)
    landing.land_from(case.folder / "sftp")
    for day in case.days:
        take_orders(case, warehouse, day)
        with warehouse.connect() as connection:
            parse(connection, warehouse, landing, day)
            yield day, close(connection, warehouse, world, case, day).select(SHOWN).write_csv()


def replay_in(case: Case, history: History, folder: Path) -> Iterator[tuple[date, str]]:
    """The same from rows and orders that are given to a history, which may share its days with other cases."""
    world = world_of(case)
    rules = rules_of(case, world)
    history.start, history.agreements, history.fees = rules.start_day, rules.agreements, rules.fees
    landing = landing_of(world, folder)
    landing.land_from(case.folder / "sftp")
    for day in case.days:
        rows: dict[ReportKind, list[Record]] = {ReportKind.TRANSACTION_DETAIL: [], ReportKind.FEE: []}
        for file in landing.versions(report_date(day)):
            report = read_report(file.path, file.name, file.version, day)
            assert not report.finding
            history.digests[file.file_id] = file.sha256
            rows.setdefault(file.name.kind, []).extend(report.rows.to_dicts())
        orders, refunds = (orders_of(case, table, day).to_dicts() for table in ORDERS)
        played = history.run(day, orders, refunds, rows[ReportKind.TRANSACTION_DETAIL], rows[ReportKind.FEE])
        yield day, played.items.select(SHOWN).write_csv()


def landing_of(world: World, state: Path) -> Landing:
    """The write-once store of a case."""
    ids = [agreement.id for agreement in world.agreements]
    return Landing(
        state / "landed", participant_id=world.participant_id, agreement_ids=ids, now=lambda: datetime.now(UTC)
    )


def parse(connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, landing: Landing, day: date) -> None:
    """Every kind of report; nothing speaks against a file but that a settlement pays more than its lines (B05)."""
    for kind in ReportKind:
        landed = [file for file in landing.versions(report_date(day)) if file.name.kind is kind]
        files = parse_kind(connection, warehouse, day, kind, landed, DEFAULT)
        assert kind is ReportKind.SETTLEMENT or not [file["finding"] for file in files if file["finding"]]


def take_orders(case: Case, warehouse: Warehouse, day: date) -> None:
    """The two CSV files of a day, in the place of the frozen orders."""
    for table in ORDERS:
        warehouse.write_parquet(orders_of(case, table, day), warehouse.orders_path(table, day))


def orders_of(case: Case, table: str, day: date) -> pl.DataFrame:
    """Our side of a day: `payments` or `refunds`, in the columns of its schema."""
    schema = ORDERS[table]
    frame = pl.read_csv(case.folder / f"{day}.{table}.csv", schema_overrides=schema)
    absent = [pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in frame.columns]
    return frame.with_columns(absent).select(pl.col(name).cast(kind) for name, kind in schema.items())


def close(
    connection: duckdb.DuckDBPyConnection, warehouse: Warehouse, world: World, case: Case, day: date
) -> pl.DataFrame:
    """The items of a day."""
    rules = rules_of(case, world)
    if case.family == "B":
        bank = read_bank_amounts(case.folder / BANK_FILE)
        keep_settlement(connection, day, settlement_of_day(connection, warehouse, day, case.days[0], TERMS, bank))
    reconcile_day(connection, warehouse, day, rules)
    items, _ = close_breaks(connection, warehouse, day, rules)
    mark_day(connection, day, PROVED)
    return items


def rules_of(case: Case, world: World) -> DayRules:
    """With the agreements of the case, and the contract where it is about fees."""
    agreements = tuple(AgreementRule(a.id, a.settlement_currency, a.psp, a.stores) for a in world.agreements)
    rules = DayRules(start_day=case.days[0], agreements=agreements)
    if case.family != "C":
        return rules
    return replace(rules, fees=Fees(**tomllib.loads(contract_of_fees(world))["fees"]).contract())
