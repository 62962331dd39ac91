"""A clearing day whose reports are wrong at first and come again: what the first version says, and who notices.

Three sales of one agreement: the first version leaves one out, books one short, and leaves out a third that Ogloba
does not know. Its details, fees and summary agree with each other, so nothing but the orders can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from sandbox.fees import fee_rows
from sandbox.messages import Wallet
from sandbox.ogloba_rows import Redemption
from sandbox.reports import Cleared, cleared_of
from sandbox.scenarios.one_sided import rolled_back
from sandbox.settlement import Batch
from sandbox.stage import Stage
from sandbox.truth import NOT_REPORTED, Truth

SHORT = 100  # one euro
WALLET = Wallet("GCASH")  # cleared under the main agreement


@dataclass
class Reissue:
    """The sales that the two versions report differently, and the batch as it was reported first."""

    day: date
    agreement: str
    left_out: Redemption
    short: Redemption
    unknown: str  # payment id
    batch: Batch | None = None

    @property
    def transactions(self) -> list[str]:
        """The payment ids of all three."""
        return [str(self.left_out.aps_payment_id), str(self.short.aps_payment_id), self.unknown]

    def first_version(self, cleared: Cleared) -> Cleared | None:
        """What was written at first instead of the right reports; None if it is another day or agreement."""
        if (cleared.batch.day, cleared.batch.agreement) != (self.day, self.agreement):
            return None
        is_short = pl.col("transaction_id") == self.short.aps_payment_id
        is_gone = pl.col("transaction_id").is_in(self.transactions) & ~is_short
        taken = pl.when(is_short).then(SHORT).otherwise(0)
        items = cleared.items.filter(~is_gone).with_columns(
            pl.col("amount") - taken, pl.col("settlement_amount") - taken
        )
        fees = pl.concat(
            [
                cleared.fees.filter(~is_gone & ~is_short),
                fee_rows(items.filter(is_short)).select(cleared.fees.columns),
            ]
        ).sort("at", "transaction_id", "fee_type", maintain_order=True)
        first = cleared_of(self.day, self.agreement, cleared.batch.currency, cleared.batch.batch_id, items, fees)
        self.batch = first.batch
        return first

    def add_to(self, truth: Truth) -> None:
        """What the sales deserve as long as the first version stands."""
        truth.scenario = "left_out_at_first"
        truth.declare(self.left_out, NOT_REPORTED, self.day)
        truth.scenario = "booked_short_at_first"
        truth.declare(self.short, "P08", self.day)

    def as_first_reported(self, batches: list[Batch]) -> list[Batch]:
        """All batches, this one as it was reported first."""
        first = self.batch
        assert first is not None, "the day has not been cleared"
        return [first if batch.key == first.key else batch for batch in batches]


def play_reissue(stage: Stage, day: date) -> Reissue:
    """The three sales; once the right version is there, only the one that Ogloba does not know is a break."""
    store = stage.world.selling_in("EUR")[0]
    left_out, short = (stage.sell_at(stage.daytime(day, 9, 18), store=store, wallet=WALLET) for _ in range(2))
    sale = stage.sale(stage.daytime(day, 9, 18), store=store, wallet=WALLET)
    _, paid = rolled_back(stage, sale)
    stage.truth.scenario = "unknown_and_left_out_at_first"
    stage.truth.declare(paid, "P06", day)
    return Reissue(day, stage.world.agreements[-1].id, left_out, short, paid.key)
