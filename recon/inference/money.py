"""The unit of our amounts, and digits that our database has lost, from payments that both sides have."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import polars as pl

from recon.inference import LEAST, NEARLY_ALL, Count, Proposal, not_enough
from recon.listing import counted
from recon.money import MoneyError, exponent

Pair = tuple[Decimal, str, int]  # our amount as stored, currency, minor units of the report


def unit(pairs: pl.DataFrame, about: str, place: str, key: str) -> Proposal:
    """Whether our column holds 10.50 or 1050. `pairs`: raw (text), currency, report_minor.

    Currencies without decimals cannot show it, nor can a zero.
    """
    telling = [one for one in _pairs(pairs) if exponent(one[1]) and one[2]]
    units = {
        "major": sum(raw.scaleb(exponent(currency)) == minor for raw, currency, minor in telling),
        "minor": sum(raw == minor for raw, _, minor in telling),
    }
    best = max(units, key=lambda name: units[name])
    count = Count(units[best], len(telling))
    if not count.is_enough:
        return Proposal(about, not_enough(count.asked, "amount", " in a currency with decimals"))
    if not count.is_clear:
        said = ", ".join(f"{name} in {Count(found, count.asked)}" for name, found in units.items())
        return Proposal(about, f"neither unit fits nearly all: {said}")
    return Proposal(about, f"{best} units in {count} amounts", place, (f'{key} = "{best}"',))


def precision_lost(pairs: pl.DataFrame, about: str) -> list[Proposal]:
    """Currencies whose last decimals our column cannot hold, such as KWD in NUMERIC(12,2).

    Amounts in minor units have no decimals to lose: none of them is near the report as major units.
    """
    by_currency: dict[str, list[Pair]] = {}
    for one in _pairs(pairs):
        by_currency.setdefault(one[1], []).append(one)
    found = (_lost(currency, some, about) for currency, some in sorted(by_currency.items()))
    return [one for one in found if one is not None]


def _lost(currency: str, pairs: list[Pair], about: str) -> Proposal | None:
    places = exponent(currency)
    kept = max(_decimals(raw) for raw, _, _ in pairs)
    if kept >= places:
        return None
    cut = sum(
        raw.scaleb(places) != minor and abs(raw.scaleb(places) - minor) < 10 ** (places - kept)
        for raw, _, minor in pairs
    )
    same = sum(raw.scaleb(places) == minor for raw, _, minor in pairs)
    if not cut or (cut + same) * 100 < NEARLY_ALL * len(pairs):  # the others differ in more than their last decimals
        return None
    if len(pairs) < LEAST:
        return Proposal(about, f"{currency}: {not_enough(len(pairs), 'amount')}; differing in the last decimals: {cut}")
    return Proposal(
        about,
        f"{currency} has {counted(places, 'decimal')}, and no amount of ours more than {kept}: the rest was cut off"
        f" in {Count(cut, len(pairs))}. No setting repairs that: give the column {counted(places, 'decimal')},"
        f" such as NUMERIC(15,{places})",
    )


def _decimals(amount: Decimal) -> int:
    return max(-int(amount.normalize().as_tuple().exponent), 0)


def _pairs(pairs: pl.DataFrame) -> Iterator[Pair]:
    """Those that can be read, of currencies that are known."""
    for raw, currency, minor in pairs.select("raw", "currency", "report_minor").drop_nulls().iter_rows():
        try:
            exponent(currency)
            amount = Decimal(str(raw).strip())
        except (MoneyError, InvalidOperation):
            continue
        if amount.is_finite():
            yield amount, currency, minor
