"""The last edges of the tie-out: settlement against bank, and all that was cleared against what became of it.

Settlement = bank: not reported until a line of the bank is there.
Cleared since the first day = settled + not settled yet + what the listed breaks differ.

A settlement line that differs from its batch is no failure of the proof if a break lists it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl

from recon.clearing_day import report_date
from recon.reports.kinds.settlement import BANK, CLEARED
from recon.settlement import Settlement
from recon.settlement.rows import SET
from recon.tie_out import Edge, SetKey, Verdict, edge_of

ALL_BATCHES = "all"
_DIFFERENT = pl.col("outcome").is_in(["B03", "B04"])


def settlement_edges(day: date, settlement: Settlement) -> list[Edge]:
    """The bank for the settlements of the day and those whose money came, all that was cleared for every set."""
    return [*_bank_edges(day, settlement), *_standing_edges(settlement)]


def listed_batches(settlement: Settlement) -> frozenset[SetKey]:
    """Agreement, currency and id of the clearing batches and settlements whose difference a break lists."""
    batches = settlement.batches.filter(_DIFFERENT).select(*SET, "clearing_batch_id").rows()
    settlements = settlement.settlements.filter(pl.col("other_minor") != 0).select(*SET, "settlement_batch_id").rows()
    return frozenset((*batches, *settlements))


def settled_in_parts(settlement: Settlement) -> dict[SetKey, int]:
    """What several lines together settle of a clearing batch, minor units, where that is what was cleared."""
    split = settlement.batches.filter(pl.col("flags").str.split(" ").list.contains("SPLIT"))
    return {row[:3]: row[3] for row in split.select(*SET, "clearing_batch_id", "settled_minor").iter_rows()}


def _bank_edges(day: date, settlement: Settlement) -> Iterator[Edge]:
    seen = report_date(day)
    for row in settlement.settlements.iter_rows(named=True):
        if seen not in (row["settlement_day"], row["bank_value_date"]) and _key_of(row) not in settlement.news:
            continue
        bank, total = row["bank_minor"], row["total_minor"]
        differs = Verdict.LISTED if row["outcome"] == "B07" else Verdict.DIFFERENT
        verdict = Verdict.NOT_REPORTED if bank is None else Verdict.EQUAL if bank == total else differs
        yield edge_of(BANK, _key_of(row), total, bank, verdict)


def _standing_edges(settlement: Settlement) -> Iterator[Edge]:
    settled, cleared = pl.col("settled_minor"), pl.col("cleared_minor")
    standing = settlement.batches.group_by(*SET).agg(
        waiting=cleared.filter(settled.is_null()).sum(),
        unknown=settled.filter(pl.col("clearing_day").is_null()).sum(),
        differences=(settled - cleared).filter(_DIFFERENT).sum(),
    )
    for row in settlement.moved.join(standing, on=list(SET), how="left").sort(*SET).iter_rows(named=True):
        accounted = row["settled_minor"] - row["unknown"] - row["differences"] + row["waiting"]
        cleared_minor = row["cleared_minor"]
        verdict = Verdict.EQUAL if accounted == cleared_minor else Verdict.DIFFERENT
        yield edge_of(CLEARED, (*_set_of(row), ALL_BATCHES), cleared_minor, accounted, verdict)


def _key_of(row: Mapping[str, str]) -> SetKey:
    return *_set_of(row), row["settlement_batch_id"]


def _set_of(row: Mapping[str, str]) -> tuple[str, str]:
    return row["participant_agreement_id"], row["settlement_currency"]
