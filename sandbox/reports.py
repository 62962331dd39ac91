"""Alipay+ writes its reports: names, folders and layouts as delivered, one set per agreement.

Rows come from Alipay+'s own ledger. Amounts are in smallest units; `direction` says C for what
comes to the ACQP and D for what goes, or (`signed`) the value itself carries the sign.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple

import polars as pl

from recon.clearing_day import CLEARING_ZONE
from recon.reports.names import ReportKind, ReportName, report_directory
from sandbox.fees import fee_rows
from sandbox.instants import HOUR
from sandbox.mass_faults import MassFault
from sandbox.scenarios.fees import FeeMistakes
from sandbox.settlement import Batch, Payout, Settler
from sandbox.world import WALLET_NAMES, World

ROOT = "/v1"
READY = time(8)


WITHHELD = "withheld"  # beside the root: what the Partner Workspace has and the server does not
SUPERSEDED = "superseded"  # beside the root: first versions of files that came again


class Cleared(NamedTuple):
    """What the clearing reports of one agreement and day contain."""

    batch: Batch
    items: pl.DataFrame
    fees: pl.DataFrame
    apart: int = 0  # so many items at the end come in a file of their own


def cleared_of(
    day: date, agreement: str, currency: str, batch_id: str, items: pl.DataFrame, fees: pl.DataFrame
) -> Cleared:
    """The batch that these rows sum up to, and the rows."""
    net = _net(items, "settlement_amount")
    return Cleared(Batch(day, agreement, currency, batch_id, items.height, net, -_net(fees, "fee")), items, fees)


@dataclass(kw_only=True)
class ReportWriter:
    """Writes into `<directory>/v1/settlements/...`; what is paid when is said by the settler."""

    directory: Path
    world: World
    settler: Settler
    rows_per_file: int
    signed: bool = False
    spoil: Callable[[Payout], None] | None = None
    mistakes: FeeMistakes | None = None
    first_version: Callable[[Cleared], Cleared | None] | None = None
    mass_fault: MassFault | None = None
    files: int = 0

    def clear(self, day: date, entries: pl.DataFrame) -> None:
        """The three clearing reports of a day, for every agreement, empty or not."""
        for place, agreement in enumerate(self.world.agreements):
            own = entries.filter(pl.col("agreement") == agreement.id).sort("at", "transaction_id")
            batch_id = f"{day:%Y%m%d}{place + 1:08d}"
            apart = (
                self.mass_fault.apart(day).filter(pl.col("agreement") == agreement.id)
                if self.mass_fault
                else own.clear()
            )
            items = pl.concat([own, apart])
            fees = pl.concat([self._fees(day, agreement.id, own), fee_rows(apart)])
            cleared = cleared_of(day, agreement.id, agreement.settlement_currency, batch_id, items, fees)
            cleared = cleared._replace(apart=apart.height)
            self._write_cleared(cleared)
            if self.first_version and (first := self.first_version(cleared)):
                self._write_cleared(first, SUPERSEDED)
            self.settler.note(cleared.batch)

    def _fees(self, day: date, agreement: str, entries: pl.DataFrame) -> pl.DataFrame:
        """What is charged, with the mistakes that somebody wished for."""
        fees = fee_rows(entries)
        if self.mistakes:
            fees = self.mistakes.make(day, agreement, fees)
        return self.mass_fault.charged(fees) if self.mass_fault else fees

    def settle(self, report_day: date) -> None:
        """The settlement reports due on a day, one per agreement with something to settle."""
        for payout in self.settler.pay(report_day):
            if self.spoil:
                self.spoil(payout)
            self._write_settlement(payout, payout.lines, WITHHELD if not payout.is_delivered else "")
            if payout.corrected is not None:
                self._write_settlement(payout, payout.corrected, WITHHELD)

    # -- the four layouts ----------------------------------------------------------------------

    def _write_cleared(self, cleared: Cleared, place: str = "") -> None:
        """Details and fees of the main set of several are always split, so that no one forgets it."""
        last = self.world.agreements[-1]
        in_two = cleared.batch.agreement == last.id and len(self.world.agreements) > 1
        together = cleared.items.head(cleared.items.height - cleared.apart)
        apart = [cleared.items.tail(cleared.apart)] if cleared.apart else []
        self._write_items(cleared.batch, [*self._parts(together, in_two), *apart], place)
        self._write_fees(cleared.batch, cleared.fees, in_two, place)
        summary = pl.DataFrame([self._batch_line(cleared.batch)])
        self._write(cleared.batch, ReportKind.TRANSACTION_SUMMARY, 0, [], summary, place)

    def _write_items(self, batch: Batch, parts: list[pl.DataFrame], place: str) -> None:
        for seq, part in enumerate(parts):
            net = _net(part, "settlement_amount")
            head = [
                "totalCount,netSettlementAmountValue,settlementCurrency,direction",
                f"{part.height},{self._value(net)},{batch.currency},{_direction(net, part.height)}",
            ]
            name = self._write(batch, ReportKind.TRANSACTION_DETAIL, seq, head, self._items(part, batch), place)
            if self.mass_fault:
                self.mass_fault.seen(name.file_name, part)

    def _items(self, part: pl.DataFrame, batch: Batch) -> pl.DataFrame:
        return part.select(
            clearingBatchId=pl.lit(batch.batch_id),
            transactionId="transaction_id",
            transactionRequestId=_filled("request_id"),
            originalTransactionId=_filled("original_transaction_id"),
            originalTransactionRequestId=_filled("original_request_id"),
            transactionType="kind",
            transactionTime=_time("at"),
            transactionAmountValue=self._signed_by("amount", _is_refund()),
            transactionCurrency="currency",
            settlementAmountValue=self._signed_by("settlement_amount", _is_refund()),
            settlementCurrency="settlement_currency",
            direction=pl.when(_is_refund()).then(pl.lit("D")).otherwise(pl.lit("C")),
            acquirerId=pl.lit(self.world.participant_id),
            pspId="psp",
            pspName=pl.col("psp").replace(WALLET_NAMES),
            paymentMethodType="psp",
            productCode=pl.lit("IN_STORE_PAYMENT"),
            referenceMerchantId="store_id",
            referenceStoreId=pl.col("store_id").replace({store.id: store.number for store in self.world.stores}),
        )

    def _write_fees(self, batch: Batch, fees: pl.DataFrame, in_two: bool, place: str) -> None:
        for seq, part in enumerate(self._parts(fees, in_two)):
            net = _net(part, "fee")  # negative: the ACQP pays
            head = [
                "totalCount,feeAmountValue,feeCurrency,direction",
                f"{part.height},{self._value(-net if self.signed else net)},{batch.currency},"
                f"{_direction(net, part.height)}",
            ]
            rows = part.select(
                clearingBatchId=pl.lit(batch.batch_id),
                transactionId="transaction_id",
                transactionRequestId=_filled("request_id"),
                transactionType="kind",
                transactionTime=_time("at"),
                feeType="fee_type",
                feeAmountValue=self._signed_by("fee", _is_refund()),
                feeCurrency="fee_currency",
                direction=pl.when(_is_refund()).then(pl.lit("C")).otherwise(pl.lit("D")),
            )
            self._write(batch, ReportKind.FEE, seq, head, rows, place)

    def _write_settlement(self, payout: Payout, lines: list[Batch], place: str) -> None:
        total = sum(batch.settlement for batch in lines) + payout.other
        count = sum(batch.count for batch in lines)
        agreement, currency = payout.agreement.id, payout.agreement.settlement_currency
        head = [
            "settlementBatchId,participantId,participantAgreementId,settlementAmountValue,"
            "settlementCurrency,direction,valueDate",
            f"{payout.batch_id},{self.world.participant_id},{agreement},{self._value(total)},"
            f"{currency},{_direction(total, count)},{payout.value_date:%Y%m%d}",
        ]
        rows = pl.DataFrame([self._batch_line(batch) for batch in lines])
        participant = self.world.participant_id
        name = ReportName(ReportKind.SETTLEMENT, participant, currency, payout.batch_id, agreement, 0)
        self._save(name, payout.report_day, head, rows, place)

    def _batch_line(self, batch: Batch) -> dict[str, str]:
        """One clearing batch; the three amounts are written in the direction of the last."""
        turn = 1 if self.signed or batch.settlement >= 0 else -1
        return {
            "clearingBatchId": batch.batch_id,
            "clearingDate": f"{batch.day:%Y%m%d}",
            "totalCount": str(batch.count),
            "transactionAmountValue": str(batch.transactions * turn),
            "feeAmountValue": str(batch.fees * turn),
            "settlementAmountValue": str(batch.settlement * turn),
            "settlementCurrency": batch.currency,
            "direction": _direction(batch.settlement, batch.count),
        }

    # -- files ---------------------------------------------------------------------------------

    def _parts(self, rows: pl.DataFrame, in_two: bool) -> list[pl.DataFrame]:
        """One part per seq."""
        limit = self.rows_per_file
        if in_two and rows.height > 1:
            limit = min(limit, -(-rows.height // 2))
        return list(rows.iter_slices(limit)) if rows.height else [rows]

    def _value(self, amount: int) -> int:
        return amount if self.signed else abs(amount)

    def _signed_by(self, column: str, negative: pl.Expr) -> pl.Expr:
        value = pl.col(column)
        return pl.when(negative).then(-value).otherwise(value) if self.signed else value

    def _write(
        self, batch: Batch, kind: ReportKind, seq: int, head: list[str], rows: pl.DataFrame, place: str
    ) -> ReportName:
        participant = self.world.participant_id
        name = ReportName(kind, participant, batch.currency, batch.batch_id, batch.agreement, seq)
        self._save(name, batch.day + timedelta(days=1), head, rows, place)
        return name

    def _save(self, name: ReportName, report_day: date, head: list[str], rows: pl.DataFrame, place: str = "") -> None:
        folder = report_directory(ROOT, name.kind.area, name.participant_id, report_day)
        root = self.directory.with_name(place) if place else self.directory
        path = root / folder.lstrip("/") / name.file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write("".join(f"{line}\n" for line in head).encode())
            file.flush()
            rows.write_csv(file)
            file.write(b"<END>\n")
        ready = datetime.combine(report_day, READY, CLEARING_ZONE).timestamp()
        os.utime(path, (ready, ready))
        self.files += not place


def _is_refund() -> pl.Expr:
    return pl.col("kind") == "REFUND"


def _filled(column: str) -> pl.Expr:
    """An empty cell instead of an empty text in quotes."""
    return pl.when(pl.col(column) != "").then(pl.col(column))


def _time(column: str) -> pl.Expr:
    local = (pl.col(column) + 8 * HOUR).cast(pl.Datetime("us"))
    return local.dt.strftime("%Y-%m-%dT%H:%M:%S+08:00")


def _net(rows: pl.DataFrame, column: str) -> int:
    """What comes less what goes. A fee goes, and comes back with a refund."""
    sign = 1 if column != "fee" else -1
    value = pl.when(_is_refund()).then(-pl.col(column)).otherwise(pl.col(column)).sum()
    return sign * int(rows.select(value).item() or 0)


def _direction(net: int, count: int) -> str:
    return "C" if net >= 0 and count else "D"
