"""One cause with a hundred breaks, played when wished: an hour lost, a file repeated, another unit, another rate.

A mass fault strikes plain sales only, and adds a rush of them until enough are struck: what else happens on the day is
judged as without it. The truth knows the incident of each row, and which rows are too few for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

import polars as pl

from recon.errors import ConfigurationError
from sandbox.crowd import play_crowd
from sandbox.fees import INTERCHANGE
from sandbox.instants import HOUR, MINUTE, moment
from sandbox.ledger import ENTRY_SCHEMA
from sandbox.stage import Stage
from sandbox.truth import Deserved
from sandbox.world import Store

ENOUGH = 100  # breaks of one cause from which on they are one incident
RUSH_HOUR = 22  # nothing is played one by one then
POP_UP = Store("FR-LYON-01", "EUR", "EUR", 1)  # a shop that sells on this day alone
OTHER_POINTS = 95  # basis points of interchange, instead of the contract's
HOURS, SHOP, SET, RUSH = "hour", "shop", "set", "rush"


class Step(NamedTuple):
    """What the rows deserve from a day on: their incident, their own code, and the trait that they share."""

    incident: str
    code: str
    trait: str  # as the key of the incident names it
    first: int = 0  # days after the fault
    end: int = 9_999


class Kind(NamedTuple):
    """Which plain sales are struck, and what they deserve."""

    strikes: str  # all of the hour, of the shop, of one set of reports, or the rush alone
    steps: tuple[Step, ...]


def _not_reported(trait: str) -> tuple[Step, ...]:
    return (Step("I02", "T01", trait, 0, 2), Step("I02", "P07", trait, 2))


MASS_FAULTS = {
    "hour_of_orders_lost": Kind(HOURS, (Step("I01", "P06", "report_hour"),)),
    "orders_of_a_file_lost": Kind(RUSH, (Step("I01", "P06", "file"),)),
    "hour_not_reported": Kind(HOURS, _not_reported("order_hour")),
    "merchant_not_reported": Kind(SHOP, _not_reported("merchant")),
    "amounts_in_other_unit": Kind(SET, (Step("I03", "P08", "file"),)),
    "hour_a_day_late": Kind(HOURS, (Step("I02", "T01", "order_hour", 0, 1), Step("I05", "P12", "file", 1, 2))),
    "batch_repeated": Kind(SET, (Step("I06", "P10", "file", 1),)),
    "other_rate_charged": Kind(SET, (Step("I07", "C04", "fee_kind"),)),
}
LOST = ("hour_of_orders_lost", "orders_of_a_file_lost")
HELD = ("hour_not_reported", "merchant_not_reported", "hour_a_day_late", "orders_of_a_file_lost")
OF_TWO_DAYS = ("hour_a_day_late", "batch_repeated")


@dataclass
class MassFault:
    """Strikes the plain sales of one day, and remembers them."""

    name: str
    days: list[date]
    rows: int = 150  # at least so many are struck
    struck: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ENTRY_SCHEMA | {"crt_tm": pl.Int64}))
    _files: dict[str, str] = field(default_factory=dict)  # transaction -> the file that named it last

    def __post_init__(self) -> None:
        if self.name not in MASS_FAULTS:
            raise ConfigurationError(
                f"there is no mass fault {self.name!r}", where="--flood", do=f"Choose one of {', '.join(MASS_FAULTS)}"
            )
        if self.name in OF_TWO_DAYS and len(self.days) < 2:
            raise ConfigurationError(f"{self.name} needs two days", where="--flood", do="Give --days 2 or more")

    @property
    def day(self) -> date:
        """The day that it strikes: one in the middle."""
        return self.days[(len(self.days) - 1) // 2]

    @property
    def is_in_fees(self) -> bool:
        """Whether it is a mistake in fees itself: others would belong to the same incident."""
        return self.name == "other_rate_charged"

    def rush(
        self, stage: Stage, act: str, rows: pl.DataFrame, entries: pl.DataFrame
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The sales of its day with as many more as it takes; those that are struck are remembered."""
        shop = POP_UP if MASS_FAULTS[self.name].strikes == SHOP else _shop(stage)
        missing = max(self.rows - self._hits(stage, rows, entries).height, 0)
        start = moment(self.day, RUSH_HOUR) + MINUTE
        more, booked = play_crowd(stage, f"{act}:rush", start, HOUR - 2 * MINUTE, missing, (shop,))
        if MASS_FAULTS[self.name].strikes == RUSH:
            self.struck = self._hits(stage, more, booked, everything=True)
        else:
            self.struck = self._hits(stage, pl.concat([rows, more]), pl.concat([entries, booked]))
        return pl.concat([rows, more]), pl.concat([entries, booked])

    def _hits(
        self, stage: Stage, rows: pl.DataFrame, entries: pl.DataFrame, *, everything: bool = False
    ) -> pl.DataFrame:
        both = entries.join(rows.select("ref_no", "crt_tm"), left_on="request_id", right_on="ref_no")
        start = moment(self.day, RUSH_HOUR)
        by_report = pl.col("at") if self.name == "hour_of_orders_lost" else pl.col("crt_tm")
        hits = {
            HOURS: (by_report >= start) & (by_report < start + HOUR),
            SHOP: pl.col("store_id") == POP_UP.id,
            SET: pl.col("agreement") == stage.world.agreements[0].id,
            RUSH: pl.lit(value=everything),
        }
        return both.filter(hits[MASS_FAULTS[self.name].strikes])

    # -- what each party makes of it -----------------------------------------------------------

    def kept(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The orders that Ogloba still has."""
        is_struck = pl.col("ref_no").is_in(self.struck["request_id"].implode())
        return rows.filter(~is_struck) if self.name in LOST else rows

    def reported(self, day: date, entries: pl.DataFrame) -> pl.DataFrame:
        """The entries that the reports of a day are written from."""
        if self.name in HELD:
            entries = entries.filter(~self._is_struck())
        if self.name == "hour_a_day_late" and day == self.day + timedelta(days=1):
            return pl.concat([entries, self.struck.select(*ENTRY_SCHEMA)])
        factor = 100 if self.name == "amounts_in_other_unit" else 1
        return entries.with_columns(pl.when(self._is_struck()).then(pl.col("amount") * factor).otherwise("amount"))

    def apart(self, day: date) -> pl.DataFrame:
        """Entries that the reports of a day bring in a file of their own."""
        later = {"batch_repeated": 1, "orders_of_a_file_lost": 0}.get(self.name)
        is_now = later is not None and day == self.day + timedelta(days=later)
        return self.struck.select(*ENTRY_SCHEMA) if is_now else self.struck.select(*ENTRY_SCHEMA).clear()

    def charged(self, fees: pl.DataFrame) -> pl.DataFrame:
        """The fees, with another rate for the struck ones."""
        if not self.is_in_fees:
            return fees
        wrong = (pl.col("settlement_amount") * OTHER_POINTS * 2 + 10_000) // 20_000
        is_hit = self._is_struck() & (pl.col("fee_kind") == INTERCHANGE.name)
        if not (differs := fees.filter(is_hit & (wrong != pl.col("fee")))).is_empty():
            self.struck = self.struck.join(differs, on="transaction_id", how="semi")
        return fees.with_columns(fee=pl.when(is_hit).then(wrong).otherwise("fee"))

    def seen(self, file_name: str, entries: pl.DataFrame) -> None:
        """A file names these entries."""
        ids = entries.join(self.struck, on="transaction_id", how="semi")["transaction_id"]
        self._files |= dict.fromkeys(ids, file_name)

    def _is_struck(self) -> pl.Expr:
        return pl.col("transaction_id").is_in(self.struck["transaction_id"].implode())

    # -- the truth -----------------------------------------------------------------------------

    def deserved(self) -> Iterator[Deserved]:
        """Every row on every day, and the incidents that they are."""
        for day in self.days:
            for step in MASS_FAULTS[self.name].steps:
                if step.first <= (day - self.day).days < step.end:
                    yield from self._of_step(day, step)

    def _of_step(self, day: date, step: Step) -> Iterator[Deserved]:
        valued = self.struck.with_columns(value=self._value(step.trait)).with_columns(of_value=pl.len().over("value"))
        incident = pl.concat_str(pl.lit(f"{step.incident}:{step.trait}:"), "value", pl.lit(":"), _currency(step.code))
        marked = valued.with_columns(incident=pl.when(pl.col("of_value") >= ENOUGH).then(incident))
        kind, key = _KEYS.get(step.code, ("order", pl.col("request_id")))
        keyed = marked.select(key=key, amount="amount", currency=_currency(step.code), incident="incident").sort("key")
        for name, amount, currency, whole in keyed.iter_rows():
            family = step.code[0].replace("T", "P")
            yield Deserved(day, family, kind, name, step.code, amount, currency, self.name, whole)
        sums = keyed.drop_nulls("incident").group_by("incident").agg(pl.col("amount").sum(), pl.col("currency").first())
        for whole, amount, currency in sums.sort("incident").iter_rows():
            yield Deserved(day, "I", "incident", whole, step.incident, amount, currency, self.name)

    def _value(self, trait: str) -> pl.Expr:
        if trait == "file":
            return pl.col("transaction_id").replace_strict(self._files, default=None, return_dtype=pl.String) + "@v1"
        if trait == "merchant":
            return pl.col("store_id")
        if trait == "fee_kind":
            return pl.lit(INTERCHANGE.name)
        return pl.lit(f"{self.day}T{RUSH_HOUR}")


_KEYS = {
    "P06": ("provider", pl.col("transaction_id")),
    "C04": ("fee", pl.col("transaction_id") + f":{INTERCHANGE.name}"),
}


def _currency(code: str) -> pl.Expr:
    """A fee is charged in the settlement currency."""
    return pl.col("settlement_currency" if code == "C04" else "currency")


def _shop(stage: Stage) -> Store:
    """One of the first set of reports."""
    currency = stage.world.agreements[0].settlement_currency
    return next(store for store in stage.world.stores if store.currency == store.settlement_currency == currency)
