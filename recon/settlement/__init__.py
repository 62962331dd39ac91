"""From cleared to settled: which clearing batch is due when, which settlement paid it, and whether the amounts agree.

Everything is derived from the reports of all days up to the day asked for, so the same day gives the same answer again.
The list of day D sees the batches cleared up to D and the settlements of the days up to D+1, whose folder the run of D
lands. On a settlement day all outstanding batches are netted; a net below the minimum is carried over.

Amounts are minor units, positive for money that the ACQP receives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from recon.breaks.decision import Rule, decide, raise_flags
from recon.clearing_day import report_date
from recon.errors import ConfigurationError
from recon.schema import Schema
from recon.settlement.bank_lines import shares
from recon.settlement.due import fix_due_days
from recon.settlement.rows import BATCHES, SET, SETTLEMENTS
from recon.settlement.rules import (
    BATCH_DECISION,
    BATCH_FLAGS,
    SETTLEMENT_DECISION,
    SETTLEMENT_FLAGS,
    UNKNOWN_DECISION,
    UNKNOWN_FLAGS,
)
from recon.settlement.terms import SettlementTerms, terms_of

Row = dict[str, Any]
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Settlement:
    """Where the money of a day is: a line per clearing batch, and a line per settlement."""

    day: date
    batches: pl.DataFrame
    settlements: pl.DataFrame
    moved: pl.DataFrame  # per set, straight from the reports: `cleared_minor`, `settled_minor`
    news: frozenset[tuple[str, ...]]  # agreement, currency and id of settlements with a line of the bank that is new


def settle(
    day: date,
    start_day: date,
    terms: Sequence[SettlementTerms],
    cleared: pl.DataFrame,
    settled: pl.DataFrame,
    totals: pl.DataFrame,
    bank: pl.DataFrame,
    before: pl.DataFrame | None = None,
) -> Settlement:
    """Judges every batch and every settlement as of a day.

    `cleared`, `settled`, `totals` and `bank` (`recon.settlement.rows`) hold the rows of all
    days up to `day`. `before`: the settlements as the day before knew them: people write the bank file when they can.
    Raises ConfigurationError if a set has no terms.
    """
    known, unknown = [], []
    lines_of = _grouped(settled.sort("settlement_day", "settlement_batch_id", "line"), *SET, "clearing_batch_id")
    report_days = {key: {row["settlement_day"] for row in rows} for key, rows in _grouped(totals, *SET).items()}
    names = set(cleared["clearing_batch_id"])
    for (agreement, currency), batches in _grouped(cleared.sort("clearing_day", "clearing_batch_id"), *SET).items():
        own, days = _terms(terms, agreement, currency), report_days.get((agreement, currency), set())
        rows = [
            _with_lines(batch, lines_of.pop((agreement, currency, batch["clearing_batch_id"]), [])) for batch in batches
        ]
        fix_due_days(rows, own, report_date(day))
        known += [row | {"has_report": _has_report(row, days, day)} for row in rows]
    for (agreement, currency, batch), lines in lines_of.items():
        days = report_days.get((agreement, currency), set())
        until = _before_start(_terms(terms, agreement, currency), start_day, days)
        unknown.append(_unknown(agreement, currency, batch, lines, until) | {"is_of_other_set": batch in names})
    settlements = _judged_settlements(totals, settled, bank, terms, day)
    return Settlement(
        day,
        pl.concat([_judged_batches(known, day), _judged_unknown(unknown)]).sort(
            *SET, "clearing_day", "clearing_batch_id"
        ),
        settlements,
        _moved(cleared, settled),
        frozenset() if before is None else _news(settlements, before),
    )


# --- facts


def _with_lines(batch: Row, lines: Sequence[Row]) -> Row:
    """A batch and what the settlements say of it."""
    amounts = [line["settled_minor"] for line in lines]
    cleared = batch["cleared_minor"]
    return batch | {
        "first_settled_day": min((line["settlement_day"] for line in lines), default=None),
        "settled_day": max((line["settlement_day"] for line in lines), default=None),
        "line_count": len(lines),
        "full_count": sum(1 for amount in amounts if amount == cleared),
        "is_equal": sum(amounts) == cleared,
        "is_more": (sum(amounts) - cleared) * cleared > 0,
        "settled_minor": sum(amounts) if lines else None,
        "settlement_batch_ids": " ".join(sorted({str(line["settlement_batch_id"]) for line in lines})),
        "lines": " ".join([str(batch["lines"]), *(str(line["line"]) for line in lines)]),
    }


def _unknown(agreement: str, currency: str, batch: str, lines: Sequence[Row], before_start: date) -> Row:
    """What settlements say of a batch that no report of ours brought."""
    empty = {"clearing_day": None, "transaction_count": None, "cleared_minor": None, "lines": ""}
    row = _with_lines(empty | {"cleared_minor": 0}, lines) | {"cleared_minor": None}
    return row | {
        "participant_agreement_id": agreement,
        "settlement_currency": currency,
        "clearing_batch_id": batch,
        "first_due_day": None,
        "due_day": None,
        "lines": str(row["lines"]).strip(),
        "is_before_start": row["first_settled_day"] <= before_start,
    }


def _before_start(terms: SettlementTerms, start_day: date, report_days: Iterable[date]) -> date:
    """Up to this settlement day a batch may come from before the first day.

    What was carried over into our time is netted by the first settlement after the last of those batches is due.
    """
    last, last_before = terms.due_day(start_day), terms.due_day(start_day - _ONE_DAY)
    if not terms.can_carry_over:
        return last
    return max(last, min((day for day in report_days if day >= last_before), default=last))


def _has_report(batch: Row, report_days: Iterable[date], day: date) -> bool:
    return any(batch["due_day"] <= each <= report_date(day) for each in report_days)


# --- verdicts


def _judged_batches(rows: list[Row], day: date) -> pl.DataFrame:
    facts = _facts(rows, BATCHES, {"is_equal": pl.Boolean, "is_more": pl.Boolean, "full_count": pl.Int64,
                                   "is_carried": pl.Boolean, "has_report": pl.Boolean})  # fmt: skip
    return _judged(
        facts.with_columns(is_due=pl.col("due_day") <= report_date(day)), BATCH_DECISION, BATCH_FLAGS, BATCHES
    )


def _judged_unknown(rows: list[Row]) -> pl.DataFrame:
    facts = _facts(rows, BATCHES, {"is_before_start": pl.Boolean, "is_of_other_set": pl.Boolean})
    return _judged(facts, UNKNOWN_DECISION, UNKNOWN_FLAGS, BATCHES)


def _judged_settlements(
    totals: pl.DataFrame, settled: pl.DataFrame, bank: pl.DataFrame, terms: Sequence[SettlementTerms], day: date
) -> pl.DataFrame:
    key = [*SET, "settlement_batch_id"]
    listed = settled.group_by(key).agg(listed_minor=pl.col("settled_minor").sum())
    received = _received(totals, bank.filter(pl.col("value_date") <= report_date(day)))
    own = [(_terms(terms, *_set(row)), row) for row in totals.iter_rows(named=True)]
    expected = [each.value_date(row["settlement_day"]) for each, row in own]
    first_line = _first_line(bank, totals)
    bank_due = [_bank_due(each, row, first_line) for each, row in own]
    facts = (
        totals.with_columns(
            pl.Series("expected_value_date", expected, pl.Date), pl.Series("bank_due_day", bank_due, pl.Date)
        )
        .join(listed, on=key, how="left")
        .join(received, on=key, how="left")
        .with_columns(pl.col("listed_minor").fill_null(0))
        .with_columns(
            other_minor=pl.col("total_minor") - pl.col("listed_minor"),
            has_bank=pl.col("bank_minor").is_not_null(),
            is_bank_equal=pl.col("bank_minor").eq_missing(pl.col("total_minor")),
            is_bank_late=(pl.col("bank_value_date") > pl.col("value_date")).fill_null(value=False),
            is_overdue=(
                pl.col("bank_minor").is_null()
                & (pl.col("total_minor") > 0)
                & (pl.col("bank_due_day") < report_date(day))
            ).fill_null(value=False),
            has_other_value_date=(pl.col("value_date") != pl.col("expected_value_date")).fill_null(value=False),
        )
    )
    return _judged(facts, SETTLEMENT_DECISION, SETTLEMENT_FLAGS, SETTLEMENTS).sort(*SET, "settlement_day", key[-1])


def _received(totals: pl.DataFrame, bank: pl.DataFrame) -> pl.DataFrame:
    """What the bank received of each settlement with a line: `bank_minor`, and its last day, `bank_value_date`."""
    lines_of = _grouped(bank.sort("value_date", "line_number"), "settlement_batch_id", "currency")
    ordered = totals.sort("settlement_day", *SET)
    names = [*SET, "settlement_batch_id", "bank_minor", "bank_value_date"]
    rows = [
        {name: row[name] for name in names}
        for key, settlements in _grouped(ordered, "settlement_batch_id", "settlement_currency").items()
        if key in lines_of
        for row in shares(settlements, lines_of[key])
    ]
    return pl.DataFrame(rows, schema={name: SETTLEMENTS[name] for name in names}, orient="row")


def _first_line(bank: pl.DataFrame, totals: pl.DataFrame) -> date | None:
    """The day on which the bank file begins. A line from before the report of its settlement has a wrong date."""
    reported = totals.group_by("settlement_batch_id", currency="settlement_currency").agg(
        reported_day=pl.col("settlement_day").min()
    )
    lines = bank.join(reported, on=["settlement_batch_id", "currency"], how="left")
    is_wrong = (pl.col("value_date") < pl.col("reported_day")).fill_null(value=False)
    first: date | None = lines.filter(~is_wrong)["value_date"].min()  # type: ignore[assignment]
    return first


def _bank_due(terms: SettlementTerms, settlement: Row, first_line: date | None) -> date | None:
    """Until when the bank file may have no line; None where it need not: it begins later, or the contract is silent.

    A wrong value date hides nothing: the money is expected on the earlier one of the stated and the agreed value date,
    and not before the day of its settlement; the later one is held against the begin of the file.
    """
    settlement_day: date = settlement["settlement_day"]
    stated = max(settlement["value_date"] or settlement_day, settlement_day)
    dates = stated, terms.value_date(settlement_day) or stated
    return terms.bank_due(min(dates)) if first_line and max(dates) >= first_line else None


def _news(settlements: pl.DataFrame, before: pl.DataFrame) -> frozenset[tuple[str, ...]]:
    """The settlements that the day before knew, and not their last line of the bank."""
    key = [*SET, "settlement_batch_id"]
    known = before.select(*key, known_date="bank_value_date")
    is_new = pl.col("known_date").is_null() | (pl.col("known_date") < pl.col("bank_value_date"))
    with_bank = settlements.filter(pl.col("bank_value_date").is_not_null())
    return frozenset(with_bank.join(known, on=key).filter(is_new).select(key).iter_rows())


def _judged(facts: pl.DataFrame, rules: Sequence[Rule], flags: Sequence[Rule], schema: Schema) -> pl.DataFrame:
    judged = facts.with_columns(outcome=pl.sql_expr(decide(rules)), flags=pl.sql_expr(raise_flags(flags)))
    return judged.select(pl.col(name).cast(kind) for name, kind in schema.items())


def _facts(rows: list[Row], schema: Schema, more: Schema) -> pl.DataFrame:
    """Rows as a frame; what is judged is filled in later."""
    columns = {name: kind for name, kind in schema.items() if name not in ("outcome", "flags")} | more
    return pl.DataFrame(rows, schema=columns, orient="row")


def _moved(cleared: pl.DataFrame, settled: pl.DataFrame) -> pl.DataFrame:
    sums = [frame.group_by(*SET).agg(pl.col(name).sum()) for frame, name in
            ((cleared, "cleared_minor"), (settled, "settled_minor"))]  # fmt: skip
    return sums[0].join(sums[1], on=list(SET), how="full", coalesce=True).fill_null(0).sort(*SET)


# --- small things


def _terms(terms: Sequence[SettlementTerms], agreement: str, currency: str) -> SettlementTerms:
    found = terms_of(terms, agreement, currency)
    if found is None:
        raise ConfigurationError(
            f"agreement {agreement} in {currency} has no settlement terms",
            where="[[settlement.terms]]",
            do='Add its line, or one with agreement = "*"',
        )
    return found


def _grouped(rows: pl.DataFrame, *by: str) -> dict[tuple[Any, ...], list[Row]]:
    """The rows of each key, in their order."""
    return {key: group.to_dicts() for key, group in rows.partition_by(by, as_dict=True).items()}


def _set(row: Row) -> tuple[str, str]:
    return row["participant_agreement_id"], row["settlement_currency"]
