"""From the rows of a source to canonical payments and refunds, a batch at a time.

The raw frame already has our column names; raw statuses are in `raw_status_0`, `raw_status_1`.
A value that cannot be read exactly is never repaired: it is counted as a fault, and the run stops.
A word without a meaning is UNMAPPED; a flag has no room for that, so there it is a fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from recon.blanks import tidy
from recon.identities import ONE_FINAL_STATE
from recon.orders import (
    CANCEL_CAME_TOO_LATE,
    INSTANT,
    OWN_CHANNELS,
    OWN_FLAGS,
    OWN_INITIATORS,
    PAYMENT_REQUIRED,
    PAYMENT_SCHEMA,
    REFUND_REQUIRED,
    REFUND_SCHEMA,
    CancelState,
    PayState,
)
from recon.orders.source_money import to_minor_units
from recon.orders.source_times import to_utc
from recon.schema import Schema

RAW_STATUS = "raw_status_"
UNMAPPED = "UNMAPPED"
IDS = ("payment_request_id", "order_key", "refund_key", "refund_request_id")
PREFIXED = ("order_key", "refund_key")
MOST_EXAMPLES, LONGEST_EXAMPLE = 3, 40
Fault = tuple[str, str]  # (column, what is wrong)


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
    result_channel_map: Mapping[str, str] = field(default_factory=lambda: OWN_CHANNELS)
    initiator_map: Mapping[str, str] = field(default_factory=lambda: OWN_INITIATORS)
    voided_in_full_map: Mapping[str, bool] = field(default_factory=lambda: OWN_FLAGS)
    test_merchants: tuple[str, ...] = ()

    @property
    def is_payments(self) -> bool:
        """Payments, else refunds."""
        return "pay_state" in self.schema

    @property
    def words(self) -> dict[str, Mapping[str, str]]:
        """Column of words -> raw word -> its meaning; any other word is UNMAPPED."""
        if self.is_payments:
            return {"cancel_state": self.cancel_map, "result_channel": self.result_channel_map}
        return {"initiator": self.initiator_map}


@dataclass
class Converted:
    """A batch in canonical form, and what was noticed on the way (kinds, counts and single values, never rows)."""

    rows: pl.DataFrame
    faults: Counter[Fault] = field(default_factory=Counter)
    examples: dict[Fault, tuple[str, ...]] = field(default_factory=dict)  # some values of a fault
    notes: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)  # raw status -> rows
    unmapped_words: Counter[str] = field(default_factory=Counter)  # "column = raw word" -> rows


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
    rows = _with_times(_with_money(_with_words(rows, rule, batch), rule, batch), rule, batch)
    if rule.is_payments:
        rows = rows.with_columns(pl.col("cancel_state").fill_null(_CANCEL_WITHOUT_WORD))
    batch.rows = rows.select(pl.col(name).cast(kind) for name, kind in rule.schema.items())
    _count_missing(batch, rule)
    return batch


def _with_constants(raw: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
    """A constant fills a column that the source does not have, or rows where it is empty."""
    rows = raw.with_columns(pl.lit(rule.source_id).alias("source_id"))
    for name, value in rule.constants.items():
        known = blank_to_null(rows[name]) if name in rows.columns else pl.lit(None, pl.String)
        rows = rows.with_columns(known.alias(name)).with_columns(pl.col(name).fill_null(value))
    names = [*rule.schema, "amount", "settlement_amount"]
    missing = [name for name in names if name not in rows.columns]
    return rows.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)


def _with_text(rows: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
    names = [name for name, kind in rule.schema.items() if kind == pl.String]
    names += [name for name in rows.columns if name.startswith(RAW_STATUS)]
    as_they_are = [] if rule.strip else [name for name in names if name in IDS]
    text = rows.with_columns(pl.col(names).cast(pl.String))
    text = text.with_columns(pl.col(as_they_are).replace("", None))
    return tidy(text, [name for name in names if name not in as_they_are])


def canonical_ids(raw: pl.Series, rule: TableRule) -> pl.Series:
    """Ids of one column as `canonical` makes them: what a look-up compares with; `raw` has our name of the column."""
    is_kept = not rule.strip and raw.name in IDS
    ids = raw.cast(pl.String).replace("", None) if is_kept else blank_to_null(raw)
    return ids.str.strip_prefix(rule.remove_prefix) if rule.remove_prefix and raw.name in PREFIXED else ids


def _with_keys(rows: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
    if rule.remove_prefix:
        keys = [name for name in PREFIXED if name in rule.schema]
        rows = rows.with_columns(pl.col(keys).str.strip_prefix(rule.remove_prefix))
    if rule.is_payments:
        rows = rows.with_columns(pl.col("payment_request_id").fill_null(pl.col("order_key")))
    return rows


def _with_states(rows: pl.DataFrame, rule: TableRule, batch: Converted) -> pl.DataFrame:
    parts = [pl.col(name).fill_null("") for name in rows.columns if name.startswith(RAW_STATUS)]
    rows = rows.with_columns(pl.concat_str(parts, separator="|").alias("status_raw"))
    rows = rows.with_columns(_state(facet, meaning) for facet, meaning in rule.facets.items())
    unknown = pl.any_horizontal(pl.col(facet) == UNMAPPED for facet in rule.facets)
    for raw, count in rows.filter(unknown).group_by("status_raw").len().iter_rows():
        batch.unmapped[raw[:LONGEST_EXAMPLE]] += count
    return rows


def _with_words(rows: pl.DataFrame, rule: TableRule, batch: Converted) -> pl.DataFrame:
    """No word stays null; a cancel that succeeded closes the payment."""
    for name, meaning in rule.words.items():
        raw_values = rows[name]
        mapped = raw_values.replace_strict(dict(meaning) or {"": ""}, default=UNMAPPED, return_dtype=pl.String)
        rows = rows.with_columns(mapped.set(raw_values.is_null(), None).alias(name))
        for raw, count in raw_values.filter(rows[name] == UNMAPPED).value_counts().iter_rows():
            batch.unmapped_words[f"{name} = {raw[:LONGEST_EXAMPLE]}"] += count
    if not rule.is_payments:
        raw_values = blank_to_null(rows["attempts"])
        attempts = raw_values.cast(pl.Int64, strict=False)
        _count_lost(batch, "is not a whole number", raw_values, attempts)
        return rows.with_columns(attempts)
    raw_values = blank_to_null(rows["voided_in_full"])
    flags = raw_values.replace_strict(dict(rule.voided_in_full_map), default=None, return_dtype=pl.Boolean)
    _count_lost(batch, "has a word that voided_in_full_map does not know", raw_values, flags)
    rows = rows.with_columns(
        flags,
        _is_test(rule),
    )
    paid = pl.col("pay_state") == PayState.SUCCESS.value
    batch.notes[ONE_FINAL_STATE] += int(rows.select((_CANCELLED & paid).sum()).item())
    return rows.with_columns(_closed_if_cancelled())


_CANCELLED = pl.col("cancel_state") == CancelState.SUCCESS.value
# Without a word there was no cancel, unless the order has its time, or the answer that it came too late.
_CANCEL_WITHOUT_WORD = (
    pl.when(pl.col("cancel_requested_at").is_not_null() | (pl.col("cancel_code") == CANCEL_CAME_TOO_LATE))
    .then(pl.lit(CancelState.REQUESTED.value))
    .otherwise(pl.lit(CancelState.NONE.value))
)


def _is_test(rule: TableRule) -> pl.Expr:
    return pl.col("merchant_id").is_in(list(rule.test_merchants)).fill_null(False).alias("is_test")


def _closed_if_cancelled() -> pl.Expr:
    closed = pl.lit(PayState.CLOSED.value)
    return pl.when(_CANCELLED).then(closed).otherwise(pl.col("pay_state")).alias("pay_state")


def judged_anew(rows: pl.DataFrame, rule: TableRule) -> pl.DataFrame:
    """Canonical rows of one source as another status map, and other test merchants, read them. Nothing else changes."""
    changed = rows.with_columns(_state(facet, meaning) for facet, meaning in rule.facets.items())
    if not rule.is_payments:
        return changed
    return changed.with_columns(_closed_if_cancelled(), _is_test(rule))


def _state(facet: str, meaning: Mapping[str, str]) -> pl.Expr:
    return pl.col("status_raw").replace_strict(meaning, default=UNMAPPED, return_dtype=pl.String).alias(facet)


def blank_to_null(raw: pl.Series) -> pl.Series:
    """Text without the white space around it; null if nothing is left."""
    return tidy(raw.cast(pl.String).to_frame(), [raw.name]).to_series()


def _with_money(rows: pl.DataFrame, rule: TableRule, batch: Converted) -> pl.DataFrame:
    rows = rows.with_columns(pl.col("currency", "settlement_currency").str.to_uppercase())
    for name, currency, unit in (
        ("amount", "currency", rule.amount_unit),
        ("settlement_amount", "settlement_currency", rule.settlement_amount_unit),
    ):
        converted = to_minor_units(rows[name], rows[currency], unit)
        rows = rows.with_columns(converted.minor.alias(f"{name}_minor"))
        codes = converted.unknown_codes.drop_nulls()
        _count(batch, currency, "is empty, though the amount is there", converted.unknown_currencies - len(codes))
        _count(batch, currency, "is not an ISO 4217 currency", len(codes), codes)
        _count(batch, name, "is not an exact amount in its currency", converted.inexact, converted.inexact_amounts)
    small = rows.filter(pl.col("amount_minor") <= 0)["amount"]
    _count(batch, "amount", "is not above zero", len(small), small)
    return rows


def _with_times(rows: pl.DataFrame, rule: TableRule, batch: Converted) -> pl.DataFrame:
    for name in (name for name, kind in rule.schema.items() if kind == INSTANT):
        raw = rows[name]
        raw = blank_to_null(raw) if raw.dtype == pl.String else raw
        instants, ambiguous = to_utc(raw, rule.zone)
        batch.notes["ambiguous_local_times"] += ambiguous
        _count_lost(batch, f"is not a time that exists in {rule.zone}", raw, instants)
        rows = rows.with_columns(instants.alias(name))
    return rows


def _count_missing(batch: Converted, rule: TableRule) -> None:
    names = (*rule.required, *(("payment_request_id",) if rule.is_payments else ()))
    blamed = {column for column, _ in batch.faults}
    blamed |= {"amount"} if "currency" in blamed else set()
    for name in names:
        if name not in blamed and name.removesuffix("_minor") not in blamed:
            _count(batch, name.removesuffix("_minor"), "is empty", batch.rows[name].null_count())


def _count_lost(batch: Converted, what: str, raw: pl.Series, read: pl.Series) -> None:
    """Values of a column that were there and could not be read."""
    if read.null_count() > raw.null_count():
        lost = raw.filter(raw.is_not_null() & read.is_null())
        _count(batch, raw.name, what, len(lost), lost)


def _count(batch: Converted, column: str, what: str, rows: int, values: pl.Series | None = None) -> None:
    if rows:
        batch.faults[column, what] += rows
        if values is not None:
            distinct = values.drop_nulls().cast(pl.String).unique().str.head(LONGEST_EXAMPLE)
            add_examples(batch.examples, {(column, what): tuple(distinct.sort().head(MOST_EXAMPLES))})


def add_examples(known: dict[Fault, tuple[str, ...]], more: Mapping[Fault, tuple[str, ...]]) -> None:
    """Adds to `known`, of which a few are kept: the same ones in whatever order the rows come."""
    for fault, values in more.items():
        known[fault] = tuple(sorted({*known.get(fault, ()), *values})[:MOST_EXAMPLES])


def shown_values(values: tuple[str, ...]) -> str:
    """A few single values for a message, control characters escaped: ", such as '0000-00-00'"; empty without any."""
    return f", such as {', '.join(map(repr, values))}" if values else ""
