"""From the rows of a source to canonical payments and refunds, a batch at a time.

The raw frame already has our column names; raw statuses stand in `raw_status_0`, `raw_status_1`.
A value that cannot be told exactly is never repaired: it is counted as a fault, and the run stops.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from recon.blanks import BLANKS
from recon.orders import (
    INSTANT,
    PAYMENT_REQUIRED,
    PAYMENT_SCHEMA,
    REFUND_REQUIRED,
    REFUND_SCHEMA,
    CancelState,
    PayState,
)
from recon.orders.source_money import to_minor_units
from recon.orders.source_times import to_utc

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

RAW_STATUS = "raw_status_"
UNMAPPED = "UNMAPPED"
IDS = ("payment_request_id", "order_key", "refund_key", "refund_request_id")
YES, NO = ("1", "Y", "YES", "T", "TRUE"), ("0", "N", "NO", "F", "FALSE")


@dataclass(frozen=True)
class TableRule:
    """How the rows of one table of one source are understood."""

    source_id: str
    schema: Schema
    required: tuple[str, ...]
    facets: Mapping[str, Mapping[str, str]]  # canonical column -> raw status -> state
    amount_unit: str = "major"
    settlement_amount_unit: str = "minor"
    zone: str = "UTC"
    strip: bool = True
    remove_prefix: str = ""
    constants: Mapping[str, str] = field(default_factory=dict)
    cancel_map: Mapping[str, str] = field(default_factory=dict)
    test_merchants: tuple[str, ...] = ()

    @property
    def is_payments(self) -> bool:
        """Payments, else refunds."""
        return "pay_state" in self.schema


@dataclass
class Converted:
    """A batch in canonical form, and what was noticed on the way (kinds and counts, never rows)."""

    rows: pl.DataFrame
    faults: Counter[tuple[str, str]] = field(default_factory=Counter)  # (column, what is wrong)
    notes: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)  # raw status -> rows


def payments_rule(source_id: str, facets: Mapping[str, Mapping[str, str]], **more: object) -> TableRule:
    """A rule for payments."""
    return TableRule(source_id, PAYMENT_SCHEMA, PAYMENT_REQUIRED, facets, **more)  # type: ignore[arg-type]


def refunds_rule(source_id: str, facets: Mapping[str, Mapping[str, str]], **more: object) -> TableRule:
    """A rule for refunds."""
    return TableRule(source_id, REFUND_SCHEMA, REFUND_REQUIRED, facets, **more)  # type: ignore[arg-type]


def canonical(raw: pl.DataFrame, rule: TableRule) -> Converted:
    """One batch of raw rows in the canonical schema."""
    batch = Converted(pl.DataFrame())
    rows = _with_constants(raw, rule)
    rows = _with_states(_with_keys(_with_text(rows, rule), rule), rule, batch)
    rows = _with_times(_with_money(rows, rule, batch), rule, batch)
    batch.rows = rows.select(pl.col(name).cast(kind) for name, kind in rule.schema.items())
    _count_missing(batch, rule)
    return batch


def _with_constants(raw: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
    """A constant fills a column that the source does not have, or rows where it is empty."""
    rows = raw.with_columns(pl.lit(rule.source_id).alias("source_id"))
    for name, value in rule.constants.items():
        told = pl.col(name).cast(pl.String) if name in rows.columns else pl.lit(None, pl.String)
        rows = rows.with_columns(_blank_to_null(told).fill_null(pl.lit(value)).alias(name))
    names = [*rule.schema, "amount", "settlement_amount"]
    missing = [name for name in names if name not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)


def _with_text(rows: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
    text = [name for name, kind in rule.schema.items() if kind == pl.String and name not in IDS]
    text += [name for name in rows.columns if name.startswith(RAW_STATUS)]
    text += [name for name in IDS if name in rows.columns]
    kept = () if rule.strip else IDS
    return rows.with_columns(
        pl.when(pl.col(name).cast(pl.String) != "").then(pl.col(name).cast(pl.String))
        if name in kept
        else _blank_to_null(pl.col(name).cast(pl.String))
        for name in text
    )


def _blank_to_null(text: pl.Expr) -> pl.Expr:
    stripped = text.str.strip_chars(BLANKS)
    return pl.when(stripped != "").then(stripped)


def _with_keys(rows: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
    if rule.remove_prefix:
        keys = [name for name in ("order_key", "refund_key") if name in rule.schema]
        rows = rows.with_columns(pl.col(keys).str.strip_prefix(rule.remove_prefix))
    if rule.is_payments:
        rows = rows.with_columns(pl.col("payment_request_id").fill_null(pl.col("order_key")))
    return rows


def _with_states(rows: pl.DataFrame, rule: TableRule, batch: Converted) -> pl.DataFrame:
    parts = [pl.col(name).fill_null("") for name in rows.columns if name.startswith(RAW_STATUS)]
    rows = rows.with_columns(pl.concat_str(parts, separator="|").alias("status_raw"))
    rows = rows.with_columns(
        pl.col("status_raw").replace_strict(meaning, default=UNMAPPED, return_dtype=pl.String).alias(facet)
        for facet, meaning in rule.facets.items()
    )
    unknown = pl.any_horizontal(pl.col(facet) == UNMAPPED for facet in rule.facets)
    for raw, count in rows.filter(unknown).group_by("status_raw").len().iter_rows():
        batch.unmapped[raw[:40]] += count
    if not rule.is_payments:
        return rows.with_columns(pl.col("attempts").cast(pl.Int64, strict=False))
    return _with_cancel(rows, rule, batch).with_columns(
        _flag("voided_in_full"),
        pl.col("merchant_id").is_in(list(rule.test_merchants)).fill_null(False).alias("is_test"),
    )


def _with_cancel(rows: pl.DataFrame, rule: TableRule, batch: Converted) -> pl.DataFrame:
    """No value is no cancel; a cancel that succeeded closes the payment."""
    raw = pl.col("cancel_state")
    meant = raw.replace_strict(rule.cancel_map or {"": ""}, default=UNMAPPED, return_dtype=pl.String)
    none = pl.lit(CancelState.NONE.value)
    rows = rows.with_columns(pl.when(raw.is_null()).then(none).otherwise(meant).alias("cancel_state"))
    cancelled = pl.col("cancel_state") == CancelState.SUCCESS.value
    paid = pl.col("pay_state") == PayState.SUCCESS.value
    batch.notes["I12"] += int(rows.select((cancelled & paid).sum()).item())
    closed = pl.lit(PayState.CLOSED.value)
    return rows.with_columns(pl.when(cancelled).then(closed).otherwise(pl.col("pay_state")).alias("pay_state"))


def _flag(name: str) -> pl.Expr:
    text = pl.col(name).cast(pl.String).str.strip_chars(BLANKS).str.to_uppercase()
    return pl.when(text.is_in(YES)).then(True).when(text.is_in(NO)).then(False).alias(name)


def _with_money(rows: pl.DataFrame, rule: TableRule, batch: Converted) -> pl.DataFrame:
    rows = rows.with_columns(pl.col("currency", "settlement_currency").str.to_uppercase())
    for name, currency, unit in (
        ("amount", "currency", rule.amount_unit),
        ("settlement_amount", "settlement_currency", rule.settlement_amount_unit),
    ):
        told = to_minor_units(rows[name], rows[currency], unit)
        rows = rows.with_columns(told.minor.alias(f"{name}_minor"))
        _count(batch, currency, "is not an ISO 4217 currency", told.unknown_currencies)
        _count(batch, name, "is not an exact amount in its currency", told.inexact)
    _count(batch, "amount", "is not above zero", int((rows["amount_minor"] <= 0).sum()))
    return rows


def _with_times(rows: pl.DataFrame, rule: TableRule, batch: Converted) -> pl.DataFrame:
    for name in (name for name, kind in rule.schema.items() if kind == INSTANT):
        raw = rows[name]
        if raw.dtype == pl.String:
            raw = rows.select(_blank_to_null(pl.col(name))).to_series()
        instants, ambiguous = to_utc(raw, rule.zone)
        batch.notes["ambiguous_local_times"] += ambiguous
        unreadable = instants.null_count() - raw.null_count()
        _count(batch, name, f"is not a time that exists in {rule.zone}", unreadable)
        rows = rows.with_columns(instants.alias(name))
    return rows


def _count_missing(batch: Converted, rule: TableRule) -> None:
    names = (*rule.required, *(("payment_request_id",) if rule.is_payments else ()))
    blamed = {column for column, _ in batch.faults}
    blamed |= {"amount"} if "currency" in blamed else set()
    for name in names:
        if name not in blamed and name.removesuffix("_minor") not in blamed:
            _count(batch, name.removesuffix("_minor"), "is empty", batch.rows[name].null_count())


def _count(batch: Converted, column: str, what: str, rows: int) -> None:
    if rows:
        batch.faults[column, what] += rows
