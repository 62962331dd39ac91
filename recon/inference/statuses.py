"""What our statuses mean, from which of them Alipay+ reports as paid or refunded. And flags that are never true."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from recon.inference import LEAST, Count, Proposal
from recon.listing import counted

Meaning = Mapping[str, str]  # such as {"pay": "SUCCESS", "confirm": "CONFIRMED"}


@dataclass(frozen=True)
class Side:
    """The two things that a status says, and the words for them where the rows show it."""

    first: str  # what Alipay+ did
    done: str
    second: str  # what we did
    yes: str
    no: tuple[str, ...]  # words among which the rows cannot choose


PAYMENTS = Side("pay", "SUCCESS", "confirm", "CONFIRMED", ("NOT_CONFIRMED", "CANCELLED"))
REFUNDS = Side("provider", "SUCCESS", "local", "VOIDED", ("PENDING", "VOID_FAILED"))


def status_map(
    rows: pl.DataFrame, side: Side, place: str, columns: Sequence[str], known: Mapping[str, Meaning]
) -> Proposal:
    """`rows`: status (the raw words joined with a bar), is_reported, is_ours (confirmed, or voided; null: not known).

    `known`: what is configured, which stays where the rows say nothing. A status that is never reported stays open:
    INIT, FAILED and CLOSED look the same from outside.
    """
    counted = rows.group_by("status").agg(
        asked=pl.len(), reported=pl.col("is_reported").sum(), ours=pl.col("is_ours").sum(),
        ours_asked=pl.col("is_ours").count(),
    ).sort("status")  # fmt: skip
    lines, said = [], []
    for status, asked, reported, ours, ours_asked in counted.iter_rows():
        count = Count(reported, asked)
        meaning, why = _meaning(count, Count(ours, ours_asked), side, known.get(status, {}))
        said.append(f"{status}: {why}")
        if meaning:
            differs = known.get(status) not in (None, meaning)
            note = f", configured as {_inline(known[status])}" if differs else ""
            lines.append(f"{json.dumps(status)} = {_inline(meaning)}  # reported in {count}{note}")
        elif status in known:
            lines.append(f"{json.dumps(status)} = {_inline(known[status])}  # as configured; {why}")
        else:
            lines.append(f"# {json.dumps(status)}: {why}")
    seen = set(counted["status"])
    lines += [
        f"{json.dumps(status)} = {_inline(meaning)}  # as configured; no row has it"
        for status, meaning in known.items()
        if status not in seen
    ]
    has_any = any(not line.startswith("#") for line in lines)
    head = (f"[{place}]", f"from = {json.dumps(list(columns))}", f"[{place}.map]")
    return Proposal(place, "; ".join(said) or "not enough: no rows", toml=(*head, *lines) if has_any else ())


def _meaning(reported: Count, ours: Count, side: Side, known: Meaning) -> tuple[Meaning | None, str]:
    if not reported.is_enough:
        return None, f"not enough: reported in {reported}, {LEAST} are needed"
    if reported.is_none:
        return None, f"reported in {reported}: not {side.done}; the rows do not say what else"
    if not reported.is_clear:
        return None, f"reported in {reported}: not clear"
    if ours.is_clear:
        return {side.first: side.done, side.second: side.yes}, f"reported in {reported}"
    if ours.is_none and known.get(side.second) in side.no:
        return {side.first: side.done, side.second: known[side.second]}, f"reported in {reported}"
    if ours.is_none:
        words = f"{side.first} is {side.done}, {side.second} is {' or '.join(side.no)}"
        return None, f"reported in {reported}, {side.yes.lower()} in {ours}: {words}, which the rows do not show"
    return None, f"reported in {reported}, so {side.first} is {side.done}; {side.second} is not clear, yes in {ours}"


def _inline(meaning: Meaning) -> str:
    return "{ " + ", ".join(f"{name} = {json.dumps(word)}" for name, word in meaning.items()) + " }"


def never_true(rows: pl.DataFrame, flags: Iterable[str], about: str) -> list[Proposal]:
    """Columns of ours that say nothing: never filled, or never true, in enough rows.

    `rows`: the columns as booleans, true where the row says yes, null or false where it does not.
    """
    return [
        Proposal(
            about,
            f"{flag} is never true: in none of {counted(rows.height, 'row')}. If it sometimes is, the column is the "
            "wrong one",
        )
        for flag in flags
        if flag in rows.columns and rows.height >= LEAST and not rows[flag].fill_null(value=False).any()
    ]
