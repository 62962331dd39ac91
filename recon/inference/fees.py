"""Kinds and rates of fees, from fee rows and the payments that they belong to.

A rate explains a fee if the share, rounded as the kind rounds, is that fee. For each row these rates are an interval of
whole millionths; the rate that is in most intervals wins, and among equals the roundest. A fixed part, a minimum or a
cap is not looked for: it shows as no rate that fits nearly all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import polars as pl

from recon.fees import MILLION, Rounding
from recon.fees.rates import basis_points, most_agreed, roundest
from recon.inference import Count, Proposal, not_enough

STEPS = (1000, 500, 250, 100, 50, 25, 10, 5, 1)  # tried in this order: 10 points, 5, 2.5, 1, ...
GROUPS: tuple[tuple[str, ...], ...] = ((), ("currency",), ("psp",), ("currency", "psp"))
# Each rounding that is tried, and by how many millionths a share that it rounds to a fee can be below that fee.
BELOW = {Rounding.HALF_UP: MILLION // 2, Rounding.DOWN: 0, Rounding.UP: MILLION - 1}
HIDDEN = "There may be a minimum, a cap, a fixed part, or rates of merchants: take them from the contract"
MOST = 10_000  # rows of a group that are looked at


@dataclass(frozen=True)
class Fit:
    """The rate that explains most rows of a group."""

    millionths: int
    rounding: Rounding
    count: Count

    @property
    def points(self) -> str:
        """Basis points, as the configuration writes them."""
        return basis_points(self.millionths)


def fees(rows: pl.DataFrame) -> list[Proposal]:
    """One proposal for each kind. `rows`: fee_type, settled_minor, fee_minor, currency, psp, of payments only."""
    return [
        _of_kind(str(code), rows.filter(pl.col("fee_type") == code))
        for code in sorted(rows["fee_type"].drop_nulls().unique())
    ]


def _of_kind(code: str, rows: pl.DataFrame) -> Proposal:
    """The first grouping whose groups are all clear, else the one whose clear groups have the most rows."""
    about, name = f"fees {code}", _name(code)
    whole = best_fit(rows)
    if not whole.count.is_enough:
        return Proposal(about, not_enough(whole.count.asked, "fee", " of payments"))
    tried = [(group, [(key, best_fit(part)) for key, part in _parts(rows, group)]) for group in GROUPS]
    group, fits = max(tried, key=lambda one: _explained(one[1]))  # the first of equals
    clear = [fit for _, fit in fits if fit.count.is_clear]
    if not clear:
        return Proposal(
            about,
            f"no rate fits nearly all, also by currency and wallet: {whole.points} basis points fit {whole.count}."
            f" {HIDDEN}",
            toml=_kind(name, code, Rounding.HALF_UP),
        )
    rounding = max(clear, key=lambda fit: fit.count.asked).rounding
    sure = [(key, fit) for key, fit in fits if fit.count.is_clear and fit.rounding == rounding]
    said = [f"{' '.join(key)} {_said(fit, rounding)}".strip() for key, fit in fits]
    more = f". {HIDDEN}" if len(sure) < sum(fit.count.is_enough for _, fit in fits) else ""
    lines = [line for key, fit in sure for line in _rate(name, group, key, fit)]
    return Proposal(about, "; ".join(said) + more, toml=(*_kind(name, code, rounding), *lines))


def _explained(fits: list[tuple[tuple[str, ...], Fit]]) -> tuple[bool, int]:
    enough = [fit for _, fit in fits if fit.count.is_enough]
    is_whole = bool(enough) and all(fit.count.is_clear for fit in enough)
    return is_whole, 0 if is_whole else sum(fit.count.found for fit in enough if fit.count.is_clear)


def _said(fit: Fit, rounding: Rounding) -> str:
    if not fit.count.is_enough:
        return not_enough(fit.count.asked, "fee")
    doubt = "" if fit.count.is_clear and fit.rounding == rounding else ", not clear"
    return f"{fit.points} basis points in {fit.count}{doubt}"


def best_fit(rows: pl.DataFrame) -> Fit:
    """The rate that explains most of the rows (settled_minor, fee_minor); zero amounts show nothing."""
    telling = rows.drop_nulls(["settled_minor", "fee_minor"]).filter(pl.col("settled_minor") > 0).head(MOST)
    fits = [_fit(telling, rounding) for rounding in BELOW]
    return max(fits, key=lambda fit: fit.count.found)  # the first of equals


def _fit(rows: pl.DataFrame, rounding: Rounding) -> Fit:
    """For each row the first and the last rate whose share of the amount is the fee, once rounded."""
    least = pl.col("fee_minor").cast(pl.Int128) * MILLION - BELOW[rounding]
    bounds = rows.select(low=pl.max_horizontal(_up(least), 0), high=_up(least + MILLION) - 1)
    first, last, count = most_agreed(bounds.filter(pl.col("low") <= pl.col("high")))
    return Fit(roundest(first, last, STEPS) or 0, rounding, Count(count, rows.height))


def _up(share: pl.Expr) -> pl.Expr:
    """Millionths of the settled amount, rounded up."""
    return (share + pl.col("settled_minor") - 1) // pl.col("settled_minor")


def _parts(rows: pl.DataFrame, group: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], pl.DataFrame]]:
    if not group:
        yield (), rows
        return
    known = rows.drop_nulls(list(group)).sort(group)
    keys = known.select(group).iter_rows()
    for key, some in groupby(enumerate(keys), key=lambda one: one[1]):
        places = [place for place, _ in some]
        yield key, known.slice(places[0], len(places))


def _name(code: str) -> str:
    """`INTERCHANGE_FEE` is called interchange."""
    return re.sub(r"[^a-z0-9_-]", "-", code.lower()).removesuffix("_fee") or "fee"


def _kind(name: str, code: str, rounding: Rounding) -> tuple[str, ...]:
    return ("[[fees.kinds]]", f"name = {json.dumps(name)}", f"codes = [{json.dumps(code)}]", f'rounding = "{rounding}"')


def _rate(name: str, group: tuple[str, ...], key: tuple[str, ...], fit: Fit) -> Iterator[str]:
    yield ""
    yield "[[fees.rates]]"
    yield f"kind = {json.dumps(name)}"
    yield f"basis_points = {fit.points}  # {fit.count}"
    for column, value in zip(group, key, strict=True):
        yield f"{column} = {json.dumps(value)}"
