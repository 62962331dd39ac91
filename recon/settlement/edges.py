"""The last edges of the tie-out: settlement against bank, and all that was cleared against where it stands now.

Settlement = bank: not reported until a line of the bank is there.
Cleared since the first day = settled + not settled yet + what the listed breaks differ.

A settlement line that differs from its batch is no failure of the proof if a break lists it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from recon.clearing_day import report_date
from recon.identities import BANK, CLEARED
from recon.settlement import Settlement
from recon.settlement.rows import SET
from recon.tie_out import Edge, Verdict

ALL_BATCHES = "all"
_DIFFERENT = pl.col("outcome").is_in(["B03", "B04"])


def settlement_edges(day: date, settlement: Settlement) -> list[Edge]:
    """The bank for the settlements of the day and those whose money came, all that was cleared for every set."""
    return [*_bank_edges(day, settlement.settlements), *_standing_edges(settlement)]


def listed_batches(settlement: Settlement) -> frozenset[tuple[str, str, str]]:
    """Agreement, currency and id of the clearing batches and settlements whose difference a break lists."""
    batches = settlement.batches.filter(_DIFFERENT).select(*SET, "clearing_batch_id").rows()
    settlements = settlement.settlements.filter(pl.col("other_minor") != 0).select(*SET, "settlement_batch_id").rows()
    return frozenset((*batches, *settlements))


def _bank_edges(day: date, settlements: pl.DataFrame) -> Iterator[Edge]:
    seen = report_date(day)
    now = (pl.col("settlement_day") == seen) | (pl.col("bank_value_date") == seen)
    for row in settlements.filter(now).iter_rows(named=True):
        bank, total = row["bank_minor"], row["total_minor"]
        differs = Verdict.LISTED if row["outcome"] == "B07" else Verdict.DIFFERENT
        verdict = Verdict.NOT_REPORTED if bank is None else Verdict.EQUAL if bank == total else differs
        yield Edge(
            BANK,
            row["participant_agreement_id"],
            row["settlement_currency"],
            row["settlement_batch_id"],
            None,
            "total of the settlement",
            total,
            "amount at the bank",
            bank,
            verdict,
        )


def _standing_edges(settlement: Settlement) -> Iterator[Edge]:
    settled, cleared = pl.col("settled_minor"), pl.col("cleared_minor")
    standing = settlement.batches.group_by(*SET).agg(
        waiting=cleared.filter(settled.is_null()).sum(),
        unknown=settled.filter(pl.col("clearing_day").is_null()).sum(),
        differences=(settled - cleared).filter(_DIFFERENT).sum(),
    )
    for row in settlement.moved.join(standing, on=list(SET), how="left").sort(*SET).iter_rows(named=True):
        stands = row["settled_minor"] - row["unknown"] - row["differences"] + row["waiting"]
        yield Edge(
            CLEARED,
            row["participant_agreement_id"],
            row["settlement_currency"],
            ALL_BATCHES,
            None,
            "cleared since the first day",
            row["cleared_minor"],
            "settled, not settled yet, and listed differences",
            stands,
            Verdict.EQUAL if stands == row["cleared_minor"] else Verdict.DIFFERENT,
        )
