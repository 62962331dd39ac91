"""Incidents: when one cause makes a hundred breaks, a person reads one incident instead.

The breaks stay in the register with their own codes, ages and evidence; each names the incident that it belongs to, and
whoever shows a list shows the incident in their place. A new incident needs enough breaks, and a large share of what
its hour, merchant or file holds; it lasts while enough of its breaks last. Wrong signs need none: the totals of such a
file prove no sign, and the day stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby

import polars as pl

from recon.breaks.break_id import REPORT_SIDE, BreakId, keys_of
from recon.breaks.catalogue import DECIDED

FAMILY, KEY_KIND = "I", "incident"
NONE_OF_THEM = pl.lit(None, dtype=pl.String)
HOUR = "%Y-%m-%dT%H"


@dataclass(frozen=True)
class Cause:
    """One row of the table: which breaks, looked at by which trait, are one incident from which share on."""

    code: str  # of the incident
    codes: tuple[str, ...]  # of its breaks
    trait: str  # of `sql/side_counts.sql`
    share: float
    flag: str = ""  # the breaks must carry it


# In this order: a break belongs to the first incident that explains it, and there to the trait that explains the most.
CAUSES = (
    Cause("I01", ("P06",), "file", 0.9),
    Cause("I01", ("P06",), "report_hour", 0.9),
    Cause("I02", ("T01", "P07"), "merchant", 0.9),
    Cause("I02", ("T01", "P07"), "order_hour", 0.9),
    Cause("I03", ("P08",), "file", 0.5, flag="SCALE"),
    Cause("I06", ("P10",), "file", 0.5, flag="SAME_TXN"),
    Cause("I05", ("P12",), "file", 0.01),
    Cause("I07", ("C04",), "fee_kind", 0.02),
    Cause("I08", ("P21", "R17"), "source", 0),
)
TRAITS = {
    "file": pl.col("lines").str.split(" ").list.last().str.replace(r":\d+$", ""),
    "report_hour": (pl.col("created_at") + pl.duration(hours=8)).dt.strftime(HOUR),
    "order_hour": (pl.col("created_at") + pl.duration(hours=8)).dt.strftime(HOUR),
    "merchant": pl.col("merchant_id"),
    "fee_kind": pl.col("partner_key"),
    "source": pl.col("source_id"),
}
OF_MANY_DAYS = ("merchant", "fee_kind")  # a file and an hour belong to one day
WORDS = {
    "file": "file",
    "report_hour": "the hour",
    "order_hour": "the hour",
    "merchant": "merchant",
    "fee_kind": "the kind",
    "source": "the orders source",
}


def group_into_incidents(
    found: pl.DataFrame, counts: pl.DataFrame, open_before: frozenset[str], day: date, flood_rows: int
) -> pl.DataFrame:
    """`found` with the column `incident_id`, and one more line for each incident and currency.

    `found`: the relation of `sql/found.sql`. `counts`: that of `sql/side_counts.sql`. `open_before`: the incidents that
    were open on the day before. `flood_rows`: from so many breaks on a cause is an incident.
    """
    marked = found.with_columns(incident_id=NONE_OF_THEM)
    if found.height < flood_rows:
        return marked
    for _, rivals in groupby(CAUSES, key=lambda cause: cause.code):
        left = list(rivals)
        while left:
            candidates = [_enough_of(marked, counts, open_before, cause, day, flood_rows) for cause in left]
            largest = max(range(len(left)), key=lambda place: candidates[place]["of_value"].max() or 0)
            marked = _marked(marked, candidates[largest])
            left.pop(largest)
    incidents = _incidents(marked, day)
    return pl.concat([marked, incidents], how="diagonal") if incidents.height else marked


def listed(items: pl.DataFrame) -> pl.DataFrame:
    """What a person has to look at: incidents represent their breaks, and what was decided is off the list."""
    return items.filter(pl.col("incident_id").is_null() & ~pl.col("state").is_in(DECIDED))


def members(items: pl.DataFrame) -> pl.DataFrame:
    """The breaks that incidents represent."""
    inside = pl.col("incident_id").is_not_null() & ~pl.col("state").is_in(DECIDED)
    return items.filter(inside).sort("incident_id", "break_id")


def _enough_of(
    found: pl.DataFrame, counts: pl.DataFrame, open_before: frozenset[str], cause: Cause, day: date, flood_rows: int
) -> pl.DataFrame:
    """The breaks of a cause that are enough: `place` in `found`, `name` of the incident, `of_value`: how many share it.

    A value (an hour, say) counts as a whole; its currencies are incidents of their own, since money is not added. What
    the day counts is compared with breaks of the day alone: others may have gathered for weeks, each with its cause.
    """
    currency = pl.coalesce("order_currency", "report_currency")
    prefix = pl.lit(str(BreakId(FAMILY, REPORT_SIDE, KEY_KIND, f"{cause.code}:{cause.trait}:")))
    totals = counts.filter(pl.col("trait") == cause.trait).select(value="trait_value", total="row_count")
    is_of_day = (pl.col("ref_day") == day) | (cause.trait not in OF_MANY_DAYS)
    candidates = (
        found.with_row_index("place")
        .filter(_fits(cause) & pl.col("incident_id").is_null())
        .with_columns(value=TRAITS[cause.trait], is_of_day=is_of_day.fill_null(value=False))
        .select("place", "value", "is_of_day", name=pl.concat_str(prefix, "value", pl.lit(":"), currency))
        .drop_nulls()
        .join(totals, on="value", how="left")
        .with_columns(of_value=pl.len().over("value"), of_day=pl.col("is_of_day").sum().over("value"))
    )
    is_new = (pl.col("of_day") >= pl.col("total") * cause.share).fill_null(value=False)
    return candidates.filter((pl.col("of_value") >= flood_rows) & (is_new | pl.col("name").is_in(list(open_before))))


def _marked(found: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """With the incident of each chosen break."""
    if chosen.is_empty():
        return found
    return (
        found.with_row_index("place")
        .join(chosen.select("place", "name"), on="place", how="left", maintain_order="left")
        .with_columns(incident_id=pl.coalesce("incident_id", "name"))
        .drop("place", "name")
    )


def _fits(cause: Cause) -> pl.Expr:
    fits = pl.col("code").is_in(list(cause.codes))
    if cause.flag:
        fits &= pl.col("flags").str.split(" ").list.contains(cause.flag)
    return fits


def _incidents(marked: pl.DataFrame, day: date) -> pl.DataFrame:
    """One line per incident in the columns of `found` that an incident has; amounts are sums in its currency.

    The excess is that of each break: what one has too much makes up for nothing that another one has too little.
    """
    parts = pl.col("incident_id").str.split(":")
    lines = pl.col("lines").drop_nulls().sort()
    return (
        marked.filter(pl.col("incident_id").is_not_null())
        .group_by("incident_id")
        .agg(
            order_amount_minor=pl.col("order_amount_minor").sum(),
            report_amount_minor=pl.col("report_amount_minor")
            .filter(pl.col("report_currency") == pl.coalesce("order_currency", "report_currency"))
            .sum(),
            order_currency=pl.coalesce("order_currency", "report_currency").first(),
            member_count=pl.len().cast(pl.Int64),
            ref_day=pl.col("ref_day").min(),
            created_at=pl.col("created_at").min(),
            lines=lines.first(),
            refunded_minor=pl.min_horizontal(
                "refunded_minor", pl.coalesce("order_amount_minor", "report_amount_minor")
            ).sum(),
            excess_minor=pl.col("excess_minor").sum(),
        )
        .with_columns(
            family=pl.lit(FAMILY),
            key_kind=pl.lit(KEY_KIND),
            source_id=pl.lit(REPORT_SIDE),
            provider_transaction_id=keys_of("incident_id"),
            code=parts.list.first().str.slice(-3),
            flags=pl.lit(""),
            noted_day=pl.lit(day),
            report_currency=pl.col("order_currency"),
            is_unsure=pl.lit(value=False),
            partner_key=parts.list.get(1).replace(WORDS)
            + " "
            + parts.list.slice(2, parts.list.len() - 3).list.join(":"),
        )
        .drop("incident_id")
        .sort("provider_transaction_id")
    )
