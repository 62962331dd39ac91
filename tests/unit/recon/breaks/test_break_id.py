"""Ids of breaks as text, their parts, and their keys in a column."""

from __future__ import annotations

import polars as pl
import pytest

from recon.breaks.break_id import BreakId, key_of, keys_of, parse_break_id


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("P/shop/order/0012", ("P", "shop", "order", "0012")),
        ("C/alipayplus/fee/2026:service", ("C", "alipayplus", "fee", "2026:service")),
        ("P/shop/order/00/12/", ("P", "shop", "order", "00/12/")),
        ("P/shop/order/", ("P", "shop", "order", "")),
    ],
)
def test_an_id_is_taken_apart_and_put_together(text: str, parts: tuple[str, ...]) -> None:
    found = parse_break_id(text)
    assert found == BreakId(*parts)
    assert (str(found), key_of(text)) == (text, parts[3])
    assert pl.DataFrame({"break_id": [text, None]}).select(keys_of("break_id")).to_series().to_list() == [
        parts[3],
        None,
    ]


@pytest.mark.parametrize("text", ["", "0012", "P/shop/order", "file.csv"])
def test_what_is_no_id_is_its_own_key(text: str) -> None:
    assert parse_break_id(text) is None
    assert key_of(text) == text
