"""What Alipay+ charges: its own table of tariffs, and the fee rows of a day.

The table is the contract of the sandbox; `configuration` writes it into recon.toml. How the fees are computed here owes
nothing to the rules that judge them.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

POINT = 100  # a basis point in millionths
MILLION = 1_000_000


class Kind(NamedTuple):
    """A kind of fee: its name in the contract, its code in the reports, its rounding, what comes back of it."""

    name: str
    code: str
    is_half_even: bool
    comes_back: bool


class Tariff(NamedTuple):
    """What one kind costs; the first line that fits counts."""

    kind: str
    millionths: int
    currency: str = "*"
    psp: str = "*"
    stores: tuple[str, ...] = ()
    fixed: int = 0
    least: int = 0
    most: int = 0  # no limit


INTERCHANGE = Kind("interchange", "INTERCHANGE_FEE", False, True)
SERVICE = Kind("service", "SERVICE_FEE", True, False)
KINDS = (INTERCHANGE, SERVICE)
TARIFFS = (
    Tariff("interchange", 70 * POINT, "EUR", stores=("FR-PARIS-01", "FR-PARIS-02"), least=5),
    Tariff("interchange", 60 * POINT, psp="ALIPAY_CN"),
    Tariff("interchange", 8_525, psp="KAKAOPAY"),
    Tariff("interchange", 80 * POINT),
    Tariff("service", 20 * POINT, "EUR", fixed=1, least=2, most=30),
    Tariff("service", 25 * POINT, "USD", least=3),
)


def fee_rows(entries: pl.DataFrame) -> pl.DataFrame:
    """The fees of ledger entries: what a payment costs, and what of it a refund brings back.

    Beside the columns of the entry: `fee_kind`, `fee_type`, `fee` (never negative: the kind of the entry tells its
    way) and `fee_currency`.
    """
    parts = [_of_kind(entries, kind) for kind in KINDS]
    return pl.concat(parts).sort("at", "transaction_id", "fee_type", maintain_order=True)


def _of_kind(entries: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    is_refund = pl.col("kind") == "REFUND"
    paid = pl.when(is_refund).then("paid_settlement").otherwise("settlement_amount")
    charged = entries.with_columns(paid=paid).with_columns(whole=_cost(kind))
    back = _near(pl.col("whole") * pl.col("settlement_amount"), pl.max_horizontal("paid", pl.lit(1)), kind)
    rows = charged.with_columns(
        fee=pl.when(is_refund).then(back).otherwise("whole"),
        fee_kind=pl.lit(kind.name),
        fee_type=pl.lit(kind.code),
        fee_currency=pl.col("settlement_currency"),
    ).drop("paid", "whole")
    return rows if kind.comes_back else rows.filter(~is_refund)


def _cost(kind: Kind) -> pl.Expr:
    """The fee of a payment by the first tariff that fits it."""
    cost = pl.lit(0, dtype=pl.Int64)
    for tariff in reversed([each for each in TARIFFS if each.kind == kind.name]):
        fee = _near(pl.col("paid") * tariff.millionths, pl.lit(MILLION), kind) + tariff.fixed
        fee = pl.max_horizontal(fee, pl.lit(tariff.least))
        if tariff.most:
            fee = pl.min_horizontal(fee, pl.lit(tariff.most))
        cost = pl.when(_fits(tariff)).then(fee).otherwise(cost)
    return pl.when(pl.col("paid") > 0).then(cost).otherwise(0)


def _fits(tariff: Tariff) -> pl.Expr:
    fits = pl.lit(value=True)
    if tariff.currency != "*":
        fits &= pl.col("settlement_currency") == tariff.currency
    if tariff.psp != "*":
        fits &= pl.col("psp") == tariff.psp
    if tariff.stores:
        fits &= pl.col("store_id").is_in(tariff.stores)
    return fits


def _near(numerator: pl.Expr, denominator: pl.Expr, kind: Kind) -> pl.Expr:
    """The nearest whole number; a half goes up, or to the even one."""
    twice = numerator * 2 + denominator
    up = twice // (denominator * 2)
    if not kind.is_half_even:
        return up
    is_half = twice % (denominator * 2) == 0
    return pl.when(is_half & (up % 2 == 1)).then(up - 1).otherwise(up)
