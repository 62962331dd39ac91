"""What one day of reports and the orders database say about the configuration; read only, and no run is needed.

Reports come from what has landed, or from any folder; our rows by the ids of the reports, and those of the same day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

import polars as pl

from recon.clearing_day import day_start
from recon.errors import ReconError
from recon.inference import Proposal
from recon.inference.fees import fees
from recon.inference.money import precision_lost, unit
from recon.inference.names import agreements, participant
from recon.inference.statuses import PAYMENTS, REFUNDS, Side, never_true, status_map
from recon.inference.times import zone
from recon.orders import CancelState
from recon.orders.canonical import RAW_STATUS, TableRule, blank_to_null, canonical, canonical_ids
from recon.orders.source_times import to_utc
from recon.reports.kinds.fee import FEE_ROWS
from recon.reports.kinds.transaction_detail import TRANSACTION_ROWS
from recon.reports.layouts import ReportOptions
from recon.reports.names import ReportKind, ReportName, guess_report_name
from recon.reports.reader import read_report
from resources.landed_files import read_receipt
from resources.orders_db.db import payments_rule_of, refunds_rule_of
from resources.orders_db.lookup import by_key
from resources.orders_db.snapshot import Table, snapshot
from resources.orders_db.window import PAYMENT_TIMES, REFUND_TIMES, Times, in_source
from resources.settings import read_secret
from resources.settings.orders import OrdersSource, PaymentsQuery, RefundsQuery

EDGE = timedelta(hours=1)  # at both ends of a day it is not plain in which reports an order is
MARGIN = timedelta(days=1)
MOST_BATCHES = 4
READ = {ReportKind.TRANSACTION_DETAIL: TRANSACTION_ROWS, ReportKind.FEE: FEE_ROWS}
FLAGS = {
    "payments": ("voided_in_full", "is_cancelled", "confirmed_at", "is_test"),
    "refunds": ("alert_sent_at", "voided_at"),
}
STATES = {"status": pl.String, "is_reported": pl.Boolean, "is_ours": pl.Boolean, "is_test": pl.Boolean}
VERSION = re.compile(r"\.v(\d+)$")


@dataclass(frozen=True)
class DayReports:
    """The report files of one day: their names, and the rows of transactions and fees."""

    day: date
    names: Sequence[ReportName]
    transactions: pl.DataFrame
    fees: pl.DataFrame

    def of_role(self, role: str) -> pl.DataFrame:
        """The payments, or the refunds, that have a request id, each once."""
        rows = self.transactions.filter((pl.col("row_role") == role) & pl.col("request_id").is_not_null())
        return rows.unique("request_id", keep="none", maintain_order=True)


def landed_day(folder: Path, day: date | None, options: ReportOptions) -> DayReports:
    """What has landed for a clearing day; without one, the newest with transactions. ReconError if there is none."""
    days = [_day_of(path.name) for path in folder.iterdir()] if folder.is_dir() else []
    wanted = [day + timedelta(days=1)] if day else sorted((one for one in days if one), reverse=True)
    for report_date in wanted:
        receipts = sorted((folder / report_date.isoformat()).glob("*.csv.v*.json"))
        landed = [file for file in map(read_receipt, receipts) if not file.set_aside]
        newest = {file.name: file for file in sorted(landed, key=lambda file: file.version)}
        if any(name.kind is ReportKind.TRANSACTION_DETAIL for name in newest):
            return _read({name: file.path for name, file in newest.items()}, report_date - timedelta(days=1), options)
    what = f"no transaction report of {day} has landed" if day else "no transaction report has landed"
    raise ReconError(
        what,
        where=str(folder),
        do="Land a day with `recon land`, or give a folder: `recon doctor --infer --from FOLDER`",
    )


def folder_day(folder: Path, day: date | None, options: ReportOptions) -> DayReports:
    """The reports of the newest day in a folder, whoever they are for. ReconError if it has none."""
    found: dict[date, dict[ReportName, Path]] = {}
    for path in sorted(folder.rglob("*.csv*")):
        name = guess_report_name(VERSION.sub("", path.name))
        report_date = next((one for part in reversed(path.parts[:-1]) if (one := _day_of(part))), None)
        if name and path.is_file():
            found.setdefault(report_date - timedelta(days=1) if report_date else day or date.min, {})[name] = path
    days = [one for one, files in found.items() if any(name.kind is ReportKind.TRANSACTION_DETAIL for name in files)]
    chosen = day if day in days else max(days) if days and day is None else None
    if chosen is None:
        raise ReconError(
            f"holds no transaction report{f' of {day}' if day else ''}",
            where=str(folder),
            do="Give the folder with the files as they were downloaded: transactionItems_....csv",
        )
    return _read(found[chosen], chosen, options)


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _read(files: Mapping[ReportName, Path], day: date, options: ReportOptions) -> DayReports:
    frames = {kind: [pl.DataFrame(schema=schema)] for kind, schema in READ.items()}
    for name, path in files.items():
        if name.kind in frames:
            frames[name.kind].append(read_report(path, name, 1, day, options).rows)
    transactions, charged = (pl.concat(frames[kind]) for kind in READ)
    if day == date.min:
        day = clearing_day_of(transactions)
    return DayReports(day, tuple(files), transactions, charged)


def clearing_day_of(rows: pl.DataFrame) -> date:
    """The most frequent clearing day of the rows themselves."""
    days = (rows["transaction_at"] + timedelta(hours=8)).dt.date().drop_nulls()
    found: date | None = days.mode().min() if len(days) else None  # type: ignore[assignment]
    return found or date.min


def report_proposals(reports: DayReports) -> Iterator[Proposal]:
    """What the reports alone say."""
    payments = reports.of_role("PAYMENT")
    yield participant(reports.names, reports.day)
    yield agreements(reports.names, payments)
    charged = reports.fees.filter(pl.col("sign") > 0).select(
        "provider_transaction_id", "fee_type", currency="fee_currency", fee_minor="fee_amount_minor"
    )  # fmt: skip
    paid = payments.select("provider_transaction_id", "settlement_amount_minor", "settlement_currency", psp="psp_id")
    both = charged.join(paid.unique("provider_transaction_id", keep="none"), on="provider_transaction_id")
    same = both.filter(pl.col("currency") == pl.col("settlement_currency"))
    yield from fees(same.rename({"settlement_amount_minor": "settled_minor"}))


def order_proposals(
    source: OrdersSource, environ: Mapping[str, str], reports: DayReports, at: datetime
) -> Iterator[Proposal]:
    """What the rows of one source say, compared with the reports."""
    with snapshot(source, read_secret(source.url_env, environ), at) as taken:
        payments, refunds = _Rows(taken.payments(), source.payments, payments_rule_of(source)), None
        refunds = _Rows(taken.refunds(), source.refunds, refunds_rule_of(source))
        pairs = payments.pairs(reports.of_role("PAYMENT"))
        found_zone = zone(pairs.select("ours", "theirs"), f'[[orders]] with id = "{source.id}"', source.naive_timezone)
        yield found_zone
        place = "orders.payments"
        yield unit(_money(pairs, "amount"), "payments amount", f"[{place}]", "amount_unit")
        settled = _money(pairs, "settlement_amount")
        yield unit(settled, "payments settlement amount", f"[{place}]", "settlement_amount_unit")
        yield from precision_lost(_money(pairs, "amount"), "precision")
        named = re.search('"(.*)"', found_zone.toml[0])[1] if found_zone.toml else source.naive_timezone  # type: ignore[index]
        yield from payments.states(reports, "PAYMENT", PAYMENTS, PAYMENT_TIMES, named, place)
        yield from refunds.states(reports, "REFUND", REFUNDS, REFUND_TIMES, named, "orders.refunds")


def _money(pairs: pl.DataFrame, name: str) -> pl.DataFrame:
    """raw, currency, report_minor of the pairs that have one currency on both sides."""
    same = pairs.filter(pl.col(f"{name}_currency") == pl.col(f"{name}_report_currency"))
    return same.select(raw=name, currency=f"{name}_currency", report_minor=f"{name}_report_minor")


class _Rows:
    """One table of a source, read as it is stored."""

    def __init__(self, table: Table, query: PaymentsQuery | RefundsQuery, rule: TableRule) -> None:
        self.table, self.query, self.rule = table, query, rule
        self.id_name = "payment_request_id" if rule.is_payments else "refund_request_id"
        self.at_name = "paid_at" if rule.is_payments else "refunded_at"

    def pairs(self, reported: pl.DataFrame) -> pl.DataFrame:
        """Our rows with the report row of the same request: `amount` and `settlement_amount` as stored (text), each
        with `_currency`, `_report_minor`, `_report_currency`; ours, theirs: the moment of payment."""
        keys = reported["request_id"]
        ours = [self._plain(batch()) for batch in by_key(self.table, self.rule, self.id_name, keys)]
        theirs = reported.select(
            "request_id", theirs="transaction_at", amount_report_minor="amount_minor",
            amount_report_currency="currency",
            settlement_amount_report_minor="settlement_amount_minor",
            settlement_amount_report_currency="settlement_currency",
        )  # fmt: skip
        known = pl.concat(ours) if ours else self._plain(pl.DataFrame({self.id_name: pl.Series([], dtype=pl.String)}))
        return known.unique("request_id", keep="none", maintain_order=True).join(theirs, on="request_id")

    def _plain(self, raw: pl.DataFrame) -> pl.DataFrame:
        """request_id, amounts and currencies as text, `ours` read as if it were UTC."""
        return pl.DataFrame(
            {
                "request_id": self._ids(raw),
                **{name: self._text(raw, name) for name in ("amount", "settlement_amount")},
                "amount_currency": self._text(raw, "currency").str.to_uppercase(),
                "settlement_amount_currency": self._text(raw, "settlement_currency").str.to_uppercase(),
                "ours": self._instant(raw, self.at_name, "UTC"),
            }
        )

    def _ids(self, raw: pl.DataFrame) -> pl.Series:
        names = [
            name
            for name in (self.id_name, "order_key")
            if name in raw.columns and (self.rule.is_payments or name == self.id_name)
        ]
        found = canonical_ids(raw[names[0]], self.rule)
        for name in names[1:]:
            found = found.zip_with(found.is_not_null(), canonical_ids(raw[name], self.rule))
        return found

    def _text(self, raw: pl.DataFrame, name: str) -> pl.Series:
        if name in raw.columns:
            return blank_to_null(raw[name]).alias(name)
        return pl.Series(name, [self.rule.constants.get(name)] * raw.height, dtype=pl.String)

    def _instant(self, raw: pl.DataFrame, name: str, zone_name: str) -> pl.Series:
        if name not in raw.columns:
            return pl.Series(name, [None] * raw.height, dtype=pl.Datetime("us"))
        values = blank_to_null(raw[name]) if raw[name].dtype == pl.String else raw[name]
        return to_utc(values, zone_name)[0]

    def states(
        self, reports: DayReports, role: str, side: Side, times: Times, zone_name: str, place: str
    ) -> Iterator[Proposal]:
        """What the statuses of the rows of the day mean, and which flags are never true."""
        rows = self._of_day(reports, role, times, zone_name)
        known = {
            raw: dict(
                zip((side.first, side.second), (str(word) for word in meaning.model_dump().values()), strict=True)
            )
            for raw, meaning in self.query.status.map.items()
        }
        real = rows.filter(~pl.col("is_test"))
        yield status_map(real, side, f"{place}.status", self.query.status.columns, known)
        flags = FLAGS["payments" if self.rule.is_payments else "refunds"]
        configured = [name for name in flags if name != "is_test" or self.rule.test_merchants]
        yield from never_true(rows, configured, f"flags of {place.removeprefix('orders.')}")

    def _of_day(self, reports: DayReports, role: str, times: Times, zone_name: str) -> pl.DataFrame:
        """status, is_reported, is_ours and the flags of the rows that were born well within the day."""
        begin, end = day_start(reports.day), day_start(reports.day + timedelta(days=1))
        of_role = reports.transactions.filter(pl.col("row_role") == role)
        reported = set(of_role["request_id"].drop_nulls())
        condition = in_source(self.table, times, begin - MARGIN, end + MARGIN, self.rule.zone)
        first, last = (moment.replace(tzinfo=None) for moment in (begin + EDGE, end - EDGE))
        parts = [pl.DataFrame(schema=STATES)]
        for batch in islice(self.table.batches(condition), MOST_BATCHES):
            raw = batch()
            born = self._instant(raw, times[0], zone_name)
            parts.append(self._states(raw.filter((born >= first) & (born < last)), reported))
        return pl.concat(parts, how="diagonal")

    def _states(self, raw: pl.DataFrame, reported: set[str]) -> pl.DataFrame:
        words = [blank_to_null(raw[name]).fill_null("") for name in raw.columns if name.startswith(RAW_STATUS)]
        read = canonical(raw, self.rule).rows
        moments = ("confirmed_at", "voided_at", "alert_sent_at")
        found = {name: read[name].is_not_null() for name in moments if name in self.query.columns}
        if "voided_in_full" in self.query.columns:
            found["voided_in_full"] = read["voided_in_full"]
        if "cancel_state" in self.query.columns:
            found["is_cancelled"] = read["cancel_state"] != CancelState.NONE
        nothing = pl.Series([None] * raw.height, dtype=pl.Boolean)
        return pl.DataFrame(
            {
                "status": pl.select(pl.concat_str([pl.lit(word) for word in words], separator="|")).to_series(),
                "is_reported": self._ids(raw).is_in(list(reported)).fill_null(value=False),
                "is_ours": found.get("confirmed_at" if self.rule.is_payments else "voided_at", nothing),
                "is_test": read["is_test"] if self.rule.is_payments else pl.Series([False] * raw.height),
                **found,
            },
            schema_overrides={"is_test": pl.Boolean},
        )
