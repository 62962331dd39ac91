"""What Alipay+ gets wrong in its fees, a few mistakes a day, and what each fee deserves from then on.

The totals of the reports follow the rows as they are written: it is the charge that is wrong, not the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

import polars as pl

from sandbox.fees import INTERCHANGE, SERVICE, TARIFFS

FOREIGN = "GBP"
WRONG_WALLET, WRONG_SHARE, WRONG_MOST = "TRUEMONEY", 95, 40  # basis points instead of 80, until somebody noticed
OWN_TERMS = [store for tariff in TARIFFS for store in tariff.stores]
ENOUGH = 60  # fee rows of an agreement from which on mistakes are made
_ONE_DAY = timedelta(days=1)


class FeeDeserved(NamedTuple):
    """What one fee deserves on one day."""

    day: date
    key: str  # <transaction id>:<kind>
    code: str
    amount: int
    currency: str
    scenario: str


@dataclass
class FeeMistakes:
    """Spoils the fee rows of each day and agreement, and remembers what they deserve."""

    days: list[date]
    seed: int
    spared: list[str] = field(default_factory=list)  # transactions without a mistake in their fees
    deserved: list[FeeDeserved] = field(default_factory=list)
    _late: dict[str, pl.DataFrame] = field(default_factory=dict)  # agreement -> rows for the next day
    _spoiled: set[str] = field(default_factory=set)  # transactions with a mistake: one can be in two sets of a day

    def make(self, day: date, agreement: str, fees: pl.DataFrame) -> pl.DataFrame:
        """The rows that Alipay+ writes instead of the right ones."""
        late = self._late.pop(agreement, None)
        draw = Random(f"{self.seed}:{day}:{agreement}:fees")
        if fees.height >= ENOUGH:
            picker = _Picker(fees.filter(~pl.col("transaction_id").is_in([*self.spared, *self._spoiled])), draw)
            for mistake in MISTAKES:
                fees = mistake(self, day, fees, picker)
            self._spoiled |= picker.taken
            fees = self._one_wallet(day, fees)
        if late is not None:
            fees = pl.concat([fees, late])
        return fees.sort("at", "transaction_id", "fee_type", maintain_order=True)

    def note(self, code: str, day: date, rows: pl.DataFrame, scenario: str, until: date | None = None) -> None:
        """These fees deserve a code from a day on, before another day."""
        for row in rows.iter_rows(named=True):
            key = f"{row['transaction_id']}:{row['fee_kind']}"
            self.deserved += [
                FeeDeserved(each, key, code, row["fee"], row["fee_currency"], scenario)
                for each in self.days
                if day <= each and (until is None or each < until)
            ]

    def put_off(self, agreement: str, row: pl.DataFrame) -> None:
        """The row comes with the next report."""
        self._late[agreement] = row

    def _one_wallet(self, day: date, fees: pl.DataFrame) -> pl.DataFrame:
        """On the second day a wrong table is in force for one wallet, for a while."""
        if len(self.days) < 2 or day != self.days[1]:
            return fees
        wrong = (pl.col("settlement_amount") * WRONG_SHARE * 2 + 10_000) // 20_000
        hit = fees.with_row_index("place").filter(
            (pl.col("kind") == "PAYMENT")
            & (pl.col("psp") == WRONG_WALLET)
            & ~pl.col("store_id").is_in(OWN_TERMS)
            & (pl.col("fee_kind") == INTERCHANGE.name)
            & (pl.col("fee") == (pl.col("settlement_amount") * 160 + 10_000) // 20_000)
            & (wrong != pl.col("fee"))
            & ~pl.struct("transaction_id", "fee_kind").is_duplicated()
        )
        taken = {entry.key for entry in self.deserved}
        hit = hit.filter(~(pl.col("transaction_id") + ":" + pl.col("fee_kind")).is_in(list(taken))).head(WRONG_MOST)
        self.note("C04", day, hit, "wrong_rate_for_one_wallet")
        is_hit = pl.int_range(pl.len()).is_in(hit["place"].to_list())
        return fees.with_columns(fee=pl.when(is_hit).then(wrong).otherwise("fee"))


class _Picker:
    """Draws rows of a day, each transaction once."""

    def __init__(self, fees: pl.DataFrame, draw: Random) -> None:
        lonely = ~pl.struct("transaction_id", "fee_type").is_duplicated()
        plain = fees.filter(lonely & (pl.col("fee") > 0) & (pl.col("psp") != WRONG_WALLET))
        self._ids = {
            kind: plain.filter(pl.col("kind") == kind)["transaction_id"].unique(maintain_order=True).to_list()
            for kind in ("PAYMENT", "REFUND")
        }
        for ids in self._ids.values():
            draw.shuffle(ids)
        self.taken: set[str] = set()

    def take(self, fees: pl.DataFrame, fee_kind: str, kind: str = "PAYMENT") -> pl.DataFrame:
        """One fee row of a transaction that nothing has happened to; none if there is no such row."""
        while self._ids[kind]:
            one = self._ids[kind].pop()
            row = fees.filter(
                (pl.col("transaction_id") == one) & (pl.col("fee_kind") == fee_kind) & (pl.col("fee") > 0)
            )
            if row.height == 1:
                self.taken.add(one)
                return row
        return fees.clear()


def _without(fees: pl.DataFrame, row: pl.DataFrame) -> pl.DataFrame:
    return fees.join(row, on=["transaction_id", "fee_kind"], how="anti", maintain_order="left")


def fee_forgotten(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    row = picker.take(fees, SERVICE.name)
    book.note("C01", day, row, "fee_forgotten")
    return _without(fees, row)


def fee_a_day_late(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    row = picker.take(fees, INTERCHANGE.name)
    if row.height:
        book.note("C01", day, row, "fee_a_day_late", day + _ONE_DAY)
        book.put_off(row["agreement"][0], row)
    return _without(fees, row)


def fee_of_unknown_kind(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    row = picker.take(fees, SERVICE.name).with_columns(
        fee_type=pl.lit("FX_FEE"), fee_kind=pl.lit("FX_FEE"), fee=pl.lit(17, dtype=pl.Int64)
    )
    book.note("C02", day, row, "fee_of_unknown_kind")
    return pl.concat([fees, row])


def fee_without_transaction(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    row = picker.take(fees, INTERCHANGE.name).with_columns(
        transaction_id=pl.col("transaction_id").str.replace(r"^\d{8}", "20990101"),
        request_id=pl.lit("NOBODY") + pl.col("request_id"),
    )
    book.note("C02", day, row, "fee_without_transaction")
    return pl.concat([fees, row])


def service_fee_came_back(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    """The contract does not return it."""
    row = picker.take(fees, INTERCHANGE.name, "REFUND").with_columns(
        fee_type=pl.lit(SERVICE.code), fee_kind=pl.lit(SERVICE.name)
    )
    book.note("C02", day, row, "service_fee_came_back")
    return pl.concat([fees, row])


def fee_twice(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    row = picker.take(fees, INTERCHANGE.name)
    book.note("C03", day, row, "fee_twice")
    return pl.concat([fees, row])


def fee_a_cent_off(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    row = picker.take(fees, SERVICE.name).with_columns(pl.col("fee") + 1)
    book.note("C04", day, row, "fee_a_cent_off")
    return pl.concat([_without(fees, row), row])


def too_little_came_back(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    """Judged where the reports hold the payment, too: sold and refunded on one day."""
    same_day = fees.filter(
        (pl.col("fee") > 1) & pl.col("original_transaction_id").is_in(fees["transaction_id"].implode())
    )
    row = picker.take(same_day, INTERCHANGE.name, "REFUND").with_columns(pl.col("fee") - 1)
    book.note("C04", day, row, "too_little_came_back")
    return pl.concat([_without(fees, row), row])


def fee_in_other_currency(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    row = picker.take(fees, INTERCHANGE.name).with_columns(fee_currency=pl.lit(FOREIGN))
    book.note("C05", day, row, "fee_in_other_currency")
    return pl.concat([_without(fees, row), row])


def fee_kept_on_refund(book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
    row = picker.take(fees, INTERCHANGE.name, "REFUND")
    book.note("C06", day, row, "fee_kept_on_refund")
    return _without(fees, row)


Mistake = Callable[[FeeMistakes, date, pl.DataFrame, _Picker], pl.DataFrame]
MISTAKES: tuple[Mistake, ...] = (
    too_little_came_back,
    fee_forgotten,
    fee_a_day_late,
    fee_of_unknown_kind,
    fee_without_transaction,
    service_fee_came_back,
    fee_twice,
    fee_a_cent_off,
    fee_in_other_currency,
    fee_kept_on_refund,
)
