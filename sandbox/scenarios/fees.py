"""What Alipay+ gets wrong in its fees, a few mistakes a day, and what each fee deserves from then on.

The totals of the reports follow the rows as they are written: it is the charge that is wrong, not the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

import polars as pl

from sandbox.fees import INTERCHANGE, SERVICE, TARIFFS
from sandbox.truth import Deserved

FOREIGN = "GBP"
WRONG_WALLET, WRONG_SHARE, WRONG_MOST = "TRUEMONEY", 95, 40  # basis points instead of 80, until somebody noticed
OWN_TERMS = [store for tariff in TARIFFS for store in tariff.stores]
ENOUGH = 60  # fee rows of an agreement from which on mistakes are made
KEY = ("transaction_id", "fee_kind")
_ONE_DAY = timedelta(days=1)


class Mistake(NamedTuple):
    """A wrong charge: which fee is struck, what it deserves, and what is written in its place or besides it."""

    name: str
    code: str
    fee: str  # a kind of `sandbox.fees`
    of: str  # PAYMENT, REFUND
    written: Mapping[str, pl.Expr] | None = None  # how the row is changed; None: no row
    is_besides: bool = False  # the right row is written too
    is_late: bool = False  # the right row comes with the next report
    among: pl.Expr = pl.lit(value=True)  # rows that can be struck

    def strike(self, book: FeeMistakes, day: date, fees: pl.DataFrame, picker: _Picker) -> pl.DataFrame:
        """The rows that are written instead of the right ones."""
        row = picker.take(fees.filter(self.among), self.fee, self.of).with_columns(**self.written or {})
        book.note(self.code, day, row, self.name, day + _ONE_DAY if self.is_late else None)
        if self.is_late and row.height:
            book.put_off(row["agreement"][0], row)
        kept = fees if self.is_besides else fees.join(row, on=KEY, how="anti", maintain_order="left")
        return kept if self.written is None else pl.concat([kept, row])


MISTAKES = (
    Mistake(
        "too_little_came_back", "C04", INTERCHANGE.name, "REFUND", {"fee": pl.col("fee") - 1},
        among=(pl.col("fee") > 1) & pl.col("original_transaction_id").is_in(pl.col("transaction_id").implode()),
    ),  # judged where the reports hold the payment, too: sold and refunded on one day
    Mistake("fee_forgotten", "C01", SERVICE.name, "PAYMENT"),
    Mistake("fee_a_day_late", "C01", INTERCHANGE.name, "PAYMENT", is_late=True),
    Mistake(
        "fee_of_unknown_kind", "C02", SERVICE.name, "PAYMENT",
        {"fee_type": pl.lit("FX_FEE"), "fee_kind": pl.lit("FX_FEE"), "fee": pl.lit(17, dtype=pl.Int64)},
        is_besides=True,
    ),
    Mistake(
        "fee_without_transaction", "C02", INTERCHANGE.name, "PAYMENT",
        {"transaction_id": pl.col("transaction_id").str.replace(r"^\d{8}", "20990101"),
         "request_id": pl.lit("NOBODY") + pl.col("request_id")}, is_besides=True,
    ),
    Mistake(
        "service_fee_came_back", "C02", INTERCHANGE.name, "REFUND",
        {"fee_type": pl.lit(SERVICE.code), "fee_kind": pl.lit(SERVICE.name)}, is_besides=True,
    ),  # the contract does not return it
    Mistake("fee_twice", "C03", INTERCHANGE.name, "PAYMENT", {}, is_besides=True),
    Mistake("fee_a_cent_off", "C04", SERVICE.name, "PAYMENT", {"fee": pl.col("fee") + 1}),
    Mistake("fee_in_other_currency", "C05", INTERCHANGE.name, "PAYMENT", {"fee_currency": pl.lit(FOREIGN)}),
    Mistake("fee_kept_on_refund", "C06", INTERCHANGE.name, "REFUND"),
)  # fmt: skip


@dataclass
class FeeMistakes:
    """Spoils the fee rows of each day and agreement, and remembers what they deserve."""

    days: list[date]
    seed: int
    spared: list[str] = field(default_factory=list)  # transactions without a mistake in their fees
    deserved: list[Deserved] = field(default_factory=list)
    _late: dict[str, pl.DataFrame] = field(default_factory=dict)  # agreement -> rows for the next day
    _spoiled: set[str] = field(default_factory=set)  # transactions with a mistake: one can be in two sets of a day

    def make(self, day: date, agreement: str, fees: pl.DataFrame) -> pl.DataFrame:
        """The rows that Alipay+ writes instead of the right ones."""
        late = self._late.pop(agreement, fees.clear())
        draw = Random(f"{self.seed}:{day}:{agreement}:fees")
        if fees.height >= ENOUGH:
            picker = _Picker(fees.filter(~pl.col("transaction_id").is_in([*self.spared, *self._spoiled])), draw)
            for mistake in MISTAKES:
                fees = mistake.strike(self, day, fees, picker)
            self._spoiled |= picker.taken
            fees = self._one_wallet(day, fees)
        return pl.concat([fees, late]).sort("at", "transaction_id", "fee_type", maintain_order=True)

    def note(self, code: str, day: date, rows: pl.DataFrame, scenario: str, until: date | None = None) -> None:
        """These fees deserve a code from a day on, before another day."""
        for row in rows.iter_rows(named=True):
            key = f"{row['transaction_id']}:{row['fee_kind']}"
            self.deserved += [
                Deserved(each, "C", "fee", key, code, row["fee"], row["fee_currency"], scenario)
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

    def take(self, fees: pl.DataFrame, fee_kind: str, kind: str) -> pl.DataFrame:
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
