"""One cause behind many differing fees: another rate, another rounding, a part of the contract that was not applied.

A pure function over the rows that differ (C04). What it says is a hint for a person, never a verdict: the breaks stay.
A cause counts if it gives the charged fee to the last minor unit for most of the rows that it is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl

from recon.fees import MILLION, FeeContract, FeeKind, FeeRate, Returned, Rounding
from recon.fees.rates import basis_points, most_agreed, roundest
from recon.schema import Schema

DIFFERING_SCHEMA: Schema = {
    "transaction_id": pl.String,
    "fee_kind": pl.String,
    "participant_agreement_id": pl.String,
    "psp_id": pl.String,
    "rate_number": pl.Int32,  # the contracted line, as in `recon.fees.RATE_SCHEMA`
    "settlement_amount_minor": pl.Int64,
    "charged_minor": pl.Int64,
}
ENOUGH = 0.8  # of the rows looked at
GROUPS = (("rate_number",), ("rate_number", "psp_id"), ("rate_number", "participant_agreement_id"))
NAMES = {"psp_id": "wallet", "participant_agreement_id": "agreement"}
STEPS = (10_000, 5_000, 2_500, 1_000, 500, 100, 50, 25, 10, 5, 1)  # people agree on round rates, in millionths


@dataclass(frozen=True)
class Pattern:
    """One cause and the rows that it explains."""

    fee_kind: str
    text: str
    cause: str  # in words, without counts
    explained_count: int
    differing_count: int
    transaction_ids: frozenset[str]


@dataclass(frozen=True)
class _Cause:
    """A way to compute the fee, and how a person would call it."""

    rate: FeeRate
    rounding: Rounding
    words: str
    step_minor: int = 1


def find_patterns(differing: pl.DataFrame, contract: FeeContract) -> list[Pattern]:
    """The causes that explain differing fees of payments (DIFFERING_SCHEMA), the largest first.

    First all rows under one contracted line are looked at together, then those of one wallet, then of one agreement.
    """
    left = differing.filter(pl.col("rate_number").is_not_null() & (pl.col("settlement_amount_minor") > 0))
    counts = dict(left.group_by("fee_kind").len().iter_rows())
    patterns: list[Pattern] = []
    for columns in GROUPS:
        for _, rows in left.group_by(columns, maintain_order=True):
            if rows.height >= contract.pattern_rows and (found := _explain(rows, contract)) is not None:
                cause, explained = found
                patterns.append(_pattern(cause, explained, counts, contract))
                left = left.join(explained, on=["transaction_id", "fee_kind"], how="anti", maintain_order="left")
    return sorted(patterns, key=lambda pattern: (-pattern.explained_count, pattern.text))


def _explain(rows: pl.DataFrame, contract: FeeContract) -> tuple[_Cause, pl.DataFrame] | None:
    """The cause that gives most of the charged fees, if it gives enough of them; the first among equals."""
    line = contract.rates[rows["rate_number"][0] - 1]
    kind = contract.kind(line.kind)
    best, most = None, max(contract.pattern_rows, int(rows.height * ENOUGH)) - 1
    for cause in (*_causes(line, kind, contract), *_implied(rows, line, kind)):
        count = int(rows.select((_fee(cause) == pl.col("charged_minor")).sum()).item())
        if count > most:
            best, most = cause, count
    return None if best is None else (best, rows.filter(_fee(best) == pl.col("charged_minor")))


def _causes(line: FeeRate, kind: FeeKind, contract: FeeContract) -> Iterator[_Cause]:
    """The small grid around a contracted line."""
    for rounding in Rounding:
        if rounding is not kind.rounding:
            yield _Cause(line, rounding, f"rounding {rounding} instead of {kind.rounding}", kind.step_minor)
    if kind.step_minor > 1:
        yield _Cause(line, kind.rounding, f"rounding to 1 instead of a multiple of {kind.step_minor} minor units")
    for part, without in (
        ("fixed part", {"fixed_minor": 0}),
        ("minimum", {"minimum_minor": 0}),
        ("cap", {"cap_minor": None}),
    ):
        other = replace(line, **without)
        if other != line:
            yield _Cause(other, kind.rounding, f"the contracted rate without its {part}", kind.step_minor)
    for other in contract.rates:
        if _terms(other) != _terms(line):
            words = f"{_rate_text(other)} ({_whose(other)}) instead of {_rate_text(line)}"
            yield _Cause(other, kind.rounding, words, kind.step_minor)


def _implied(rows: pl.DataFrame, line: FeeRate, kind: FeeKind) -> Iterator[_Cause]:
    """The roundest rate that the most rows agree on, with the other parts of the contracted line."""
    share = pl.col("charged_minor") - line.fixed_minor
    below, above = (halves * kind.step_minor for halves in _reach(kind.rounding))
    amount = pl.col("settlement_amount_minor")
    bounds = rows.filter(share > 0).select(
        low=-(-((share * 2 - below) * MILLION) // (amount * 2)), high=((share * 2 + above) * MILLION) // (amount * 2)
    )
    if bounds.is_empty():
        return
    low, high, _ = most_agreed(bounds)
    if (rate := roundest(low, high, STEPS)) is not None:
        implied = replace(line, millionths=rate)
        text = f"{_rate_text(implied)} instead of {_rate_text(line)}"
        yield _Cause(implied, kind.rounding, text, kind.step_minor)


def _reach(rounding: Rounding) -> tuple[int, int]:
    """By how many halves of a unit a share may be below and above its rounded value."""
    return {Rounding.UP: (2, 0), Rounding.DOWN: (0, 2)}.get(rounding, (1, 1))


def _fee(cause: _Cause) -> pl.Expr:
    """`recon.fees.rules.fee` for a column."""
    rate, numerator = cause.rate, pl.col("settlement_amount_minor").cast(pl.Int128) * cause.rate.millionths
    unit = MILLION * cause.step_minor
    quotient, rest = numerator // unit, numerator % unit
    is_more = {
        Rounding.UP: rest > 0,
        Rounding.DOWN: pl.lit(value=False),
        Rounding.HALF_UP: rest * 2 >= unit,
        Rounding.HALF_EVEN: (rest * 2 > unit) | ((rest * 2 == unit) & (quotient % 2 == 1)),
    }[cause.rounding]
    fee = pl.max_horizontal(
        (quotient + is_more.cast(pl.Int128)).cast(pl.Int64) * cause.step_minor + rate.fixed_minor,
        pl.lit(rate.minimum_minor),
    )
    return fee if rate.cap_minor is None else pl.min_horizontal(fee, pl.lit(rate.cap_minor))


def _pattern(cause: _Cause, explained: pl.DataFrame, counts: dict[str, int], contract: FeeContract) -> Pattern:
    kind = contract.rates[explained["rate_number"][0] - 1].kind
    shared = [
        f"{name} {explained[column][0]}"
        for column, name in NAMES.items()
        if explained[column].n_unique() == 1 and explained[column][0] is not None
    ]
    whose = f" of {' and '.join(shared)}" if shared else ""
    text = f"{explained.height} of {counts[kind]} differing {kind} fees{whose} fit {cause.words}."
    named = f"{kind} fees{whose} are charged with {cause.words}"
    return Pattern(kind, text, named, explained.height, counts[kind], frozenset(explained["transaction_id"]))


def _terms(rate: FeeRate) -> tuple[int | None, ...]:
    return (rate.millionths, rate.fixed_minor, rate.minimum_minor, rate.cap_minor)


def _rate_text(rate: FeeRate) -> str:
    return f"{basis_points(rate.millionths)} basis points"


def _whose(rate: FeeRate) -> str:
    """Whose line of the contract it is."""
    of = [f"{name} {value}" for name, value in (("wallet", rate.psp), ("agreement", rate.agreement)) if value != "*"]
    of += ["merchants " + ", ".join(rate.merchants[:3])] if "*" not in rate.merchants else []
    return " ".join([f"the rate of {rate.kind}", *(["for"] if of else []), ", ".join(of)]).strip()


def with_causes(
    items: list[dict[str, object]], patterns: list[Pattern], contract: FeeContract
) -> list[dict[str, object]]:
    """The items of `recon.breaks.items.build_items` with the cause of each fee break that the contract proves.

    A C04 that a pattern explains has one sentence more, too.
    """
    known = {(one, pattern.fee_kind): pattern for pattern in patterns for one in pattern.transaction_ids}
    return [item | _explained(item, known, contract) if item["family"] == "C" else item for item in items]


def _explained(
    item: dict[str, object], known: dict[tuple[str, str], Pattern], contract: FeeContract
) -> dict[str, object]:
    kind = str(item["partner_key"])
    pattern = known.get((str(item["provider_transaction_id"]), kind))
    if item["break_code"] == "C04" and pattern is not None:
        return {"explanation": f"{item['explanation']} {pattern.text}", "cause": pattern.cause}
    if item["break_code"] == "C02" and contract.rates:
        return {"cause": _cause_of_unexpected(item, contract)}
    return {}


def _cause_of_unexpected(item: dict[str, object], contract: FeeContract) -> str | None:
    """A kind that the contract does not name, or one that comes back though the contract keeps it."""
    line = next((line for line in contract.kinds if line.name == item["partner_key"]), None)
    if line is None:
        return f"the contract has no fee of the kind {item['partner_key']}"
    comes_back = isinstance(charged := item["report_amount_minor"], int) and charged < 0
    if comes_back and item["order_amount_minor"] == 0 and line.returned is Returned.NONE:
        return f"{line.name} fees come back with refunds, and by the contract they are kept"
    return None
