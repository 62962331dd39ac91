"""The id that a break has for life, while its code changes: whose list it is on, and its key there."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

REPORT_SIDE = "alipayplus"  # the source of a key that only the reports know


class BreakId(NamedTuple):
    """`P/shop/order/0012`, `C/alipayplus/fee/2026...:service`; as text, its parts joined by slashes."""

    family: str
    source: str
    kind: str  # of the key: order, refund, provider, fee, batch, settlement, incident
    key: str  # may hold slashes

    def __str__(self) -> str:
        return "/".join(self)


def parse_break_id(text: str) -> BreakId | None:
    """None if the text is no such id."""
    parts = text.split("/", 3)
    return BreakId(*parts) if len(parts) == len(BreakId._fields) else None


def key_of(break_id: str) -> str:
    """The key as people know it; of a text that is no such id all of it."""
    found = parse_break_id(break_id)
    return found.key if found else break_id


def keys_of(column: str) -> pl.Expr:
    """The keys of a column of ids."""
    return pl.col(column).str.splitn("/", len(BreakId._fields)).struct[-1]
