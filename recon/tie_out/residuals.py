"""The rows behind what is left over: for each identity that fails, the lines that explain it, or that nothing does.

The relations of `sql/residual_*.sql` and `sql/lost_inputs.sql` look for what could be a reason; here is decided what is
one. A reason explains a total if its rows make up exactly what is left over; the first that does is listed, alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

import polars as pl

from recon.money import format_any_money
from recon.reports.control_totals import Proof
from recon.schema import Schema
from recon.tie_out import CONTROL_TOTALS, EDGE_SCHEMA, Row, is_count

LISTED_ROWS = 100  # of one total and cause; `row_count` says how many there are
TOTAL = ("edge", "participant_agreement_id", "settlement_currency", "batch_id", "left_name")
RESIDUAL_SCHEMA: Schema = {
    "as_of_day": pl.Date,
    "edge": pl.String,  # this and the next five: the line of EDGE_SCHEMA
    "participant_agreement_id": pl.String,
    "settlement_currency": pl.String,
    "batch_id": pl.String,
    "total_file_id": pl.String,
    "left_name": pl.String,
    "cause": pl.String,
    "file_id": pl.String,
    "line_number": pl.Int64,
    "id": pl.String,  # of the transaction, batch, order, refund or break
    "amount_minor": pl.Int64,  # as it goes into the sum; of a break: at risk
    "currency": pl.String,
    "why": pl.String,
    "row_count": pl.Int64,  # so many rows of this cause are behind this total; LISTED_ROWS at most are listed
}
TOTALS: Schema = {  # what is looked for: one line per failing total and kind of row
    "total_number": pl.Int64,  # place in the table of failing identities
    "is_of_summary": pl.Boolean,  # whether the Summary Report states it
    "kind": pl.String,  # of the report, or batch, bank, standing
    "participant_agreement_id": pl.String,
    "settlement_currency": pl.String,
    "batch_id": pl.String,
    "file_id": pl.String,  # null: of the whole set
    "clearing_batch_id": pl.String,
    "is_count": pl.Boolean,
    "turn": pl.Int64,  # -1: an amount of this kind is deducted
    "residual": pl.Int64,
}
FOUND: Schema = {  # what the statements bring
    "total_number": pl.Int64,
    "cause": pl.String,
    "file_id": pl.String,
    "line_number": pl.Int64,
    "id": pl.String,
    "amount_minor": pl.Int64,
    "currency": pl.String,
    "note": pl.String,  # of the cause: another place, a reason, a number
    "other_minor": pl.Int64,  # of the cause: the amount that the same line gives otherwise
    "row_count": pl.Int64,
    "effect": pl.Int64,  # what all rows of the cause add to the residual; null: not known
}
NOTHING = "NOTHING"
Key = tuple[object, ...]


class Fits(StrEnum):
    """When a cause is one."""

    ALWAYS = "ALWAYS"  # a fact that needs no sum
    EXACTLY = "EXACTLY"  # together the rows are what is left over; of an amount that no one knows: if the count says so


@dataclass(frozen=True)
class Cause:
    """One row of the table. Causes of one `rank` are listed together; the first rank that fits is taken."""

    name: str
    rank: int
    why: str
    fits: Fits = Fits.ALWAYS


CAUSES = {
    cause.name: cause
    for cause in (
        Cause("PUT_ASIDE", 1, "put aside ({note}): its amount is in no sum"),
        Cause("TWICE", 2, "the same row as {note}: it is there twice", Fits.EXACTLY),
        Cause("UNKNOWN_BATCH", 3, "the settlement lists this batch, and no Summary Report brought it", Fits.EXACTLY),
        Cause("NO_TRANSACTION", 4, "charged in the Fee Report, and not among the transactions", Fits.EXACTLY),
        Cause("NO_FEE", 5, "fee rows: {note}, fewer than other transactions of its kind have", Fits.EXACTLY),
        Cause("OTHER_AMOUNT", 6, "the same line says {other}: the two differ by what is left over"),
        Cause("SIGN", 7, "with the other sign nothing would be left over"),
        Cause("AMOUNT", 7, "its amount is what is left over"),
        Cause("SETTLED", 8, "the settlement says {note} and {amount} for this batch"),
        Cause("CLEARED", 8, "its Summary Report says {note} and {amount}"),
        Cause("PAID", 9, "the settlement says {amount}"),
        Cause("AT_BANK", 9, "the bank received {amount}"),
        Cause("LOST_BATCH", 10, "cleared, but neither settled nor in the list of batches that wait"),
        Cause("OTHER_BATCH", 10, "the list of batches has another amount than the reports, which say {amount}"),
        Cause("NO_OUTCOME", 11, "came in and has no outcome"),
        Cause("SEVERAL_OUTCOMES", 11, "{note}"),
        Cause("CAME", 12, "is in the list, and no movement brought it"),
        Cause("WENT", 12, "is no longer in the list, and no movement took it away"),
        Cause(NOTHING, 99, "no single row explains it; this line gives the total"),
    )
}  # fmt: skip
ORDER = {name: place for place, name in enumerate(CAUSES)}
NO_LINE = "no single row explains it"


def totals(failing: pl.DataFrame) -> pl.DataFrame:
    """What to look for (TOTALS), from the control totals among the failing identities (EDGE_SCHEMA)."""
    rows = [line for number, row in enumerate(failing.iter_rows(named=True)) for line in _totals_of(number, row)]
    return pl.DataFrame(rows, schema=TOTALS, orient="row")


def _totals_of(number: int, row: Row) -> Iterator[Row]:
    if (total := CONTROL_TOTALS.get(str(row["edge"]))) is None:
        return
    batch = total.clearing_batch(str(row["left_name"]))
    own = {"total_number": number, "clearing_batch_id": batch, "is_count": total.is_count,
           "is_of_summary": total.proof is Proof.SUMMARY}  # fmt: skip
    for kind, turn in total.rows[:1] if total.is_count else total.rows:
        yield {name: row.get(name) for name in TOTALS} | own | {"kind": kind, "turn": turn}


def residual_rows(failing: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The rows behind each failing identity (RESIDUAL_SCHEMA), in the order of the identities.

    `failing`: in the columns of EDGE_SCHEMA. `found`: in those of FOUND.
    """
    by_total: dict[int, list[Row]] = {}
    in_order = found.sort("total_number", "file_id", "line_number", "id", nulls_last=True)
    for line in in_order.iter_rows(named=True):
        by_total.setdefault(line["total_number"], []).append(line)
    lines = list(enumerate(failing.select(*EDGE_SCHEMA).iter_rows(named=True)))
    taken: dict[int, list[Row]] = {}
    counted: set[Key] = set()  # set and cause that explain a count
    for number, total in sorted(lines, key=lambda line: not is_count(line[1])):
        taken[number] = _taken(total, by_total.get(number, []), counted)
        if is_count(total):
            counted |= {(*_set_of(total), line["cause"]) for line in taken[number]}
    listed = [_row(total, line) for number, total in lines for line in _too_many(number, lines, taken) or taken[number]]
    return pl.DataFrame(listed, schema=RESIDUAL_SCHEMA, orient="row")


def _too_many(number: int, lines: Sequence[tuple[int, Row]], taken: Mapping[int, list[Row]]) -> list[Row]:
    """The rows that a count has too many, if nothing else explains it and the sum of the same rows singles them out."""
    total = lines[number][1]
    if not is_count(total) or taken[number][0]["cause"] != NOTHING:
        return []
    sums = [other for other, row in lines if not is_count(row) and _scope(row) == _scope(total)]
    rows = [line for other in sums for line in taken[other] if line["cause"] == "AMOUNT"]
    return rows if len(rows) == total["residual"] else []


def _scope(total: Row) -> Key:
    declared = CONTROL_TOTALS.get(str(total["edge"]))
    return (declared and declared.rows, *_set_of(total), total["file_id"])


def _taken(total: Row, found: Sequence[Row], counted: Iterable[Key]) -> list[Row]:
    fitting = [line for line in found if _fits(total, line, counted)]
    ranked = sorted(fitting, key=lambda line: ORDER[str(line["cause"])])
    for _, group in groupby(ranked, key=lambda line: CAUSES[str(line["cause"])].rank):
        return list(group)
    return [dict.fromkeys(FOUND) | {"cause": NOTHING, "row_count": 0}]


def _fits(total: Row, line: Row, counted: Iterable[Key]) -> bool:
    if CAUSES[str(line["cause"])].fits == Fits.ALWAYS:
        return True
    if line["effect"] is None:
        return (*_set_of(total), line["cause"]) in counted
    return bool(line["effect"] == total["residual"])


def _set_of(total: Row) -> Key:
    return tuple(total[name] for name in ("participant_agreement_id", "settlement_currency", "batch_id"))


def _row(total: Row, line: Row) -> Row:
    has_line = line["file_id"] is not None or line["cause"] != NOTHING
    currency = line["currency"] or total["settlement_currency"]
    why = CAUSES[str(line["cause"])].why if has_line else NO_LINE
    reason = why.format(
        note=line["note"], amount=_money(line["amount_minor"], currency), other=_money(line["other_minor"], currency)
    )
    return {name: total[name] for name in ("as_of_day", *TOTAL)} | {
        "total_file_id": total["file_id"],
        **{name: line[name] for name in ("cause", "file_id", "line_number", "id", "amount_minor")},
        "currency": currency if line["amount_minor"] is not None else None,
        "why": reason,
        "row_count": 0 if line["cause"] == NOTHING else line["row_count"],
    }


def _money(minor: object, currency: object) -> str:
    return format_any_money(minor, str(currency)) if isinstance(minor, int) else "no amount"
