"""The last edges of the tie-out, and what a clerk reads of a batch."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from recon.breaks.items import ITEM_SCHEMA, build_items
from recon.settlement.breaks import settlement_breaks
from recon.settlement.edges import listed_batches, settlement_edges
from recon.tie_out import Verdict, tie_out
from recon.tolerance import Tolerance
from tests.support.control_totals import BANK, CLEARED
from tests.support.settled import FRI, MON, THU, TUE, WED, Books
from tests.unit.recon.test_tie_out import BATCHES, FILES, SETS

ORIGIN = {"file_name": "f", "version": 1, "sha256": "0"}


def edges(books: Books, day: date) -> dict[str, tuple[str, int | None]]:
    """Edge -> verdict and residual."""
    return {edge.edge: (edge.verdict, edge.residual) for edge in settlement_edges(day, books.as_of(day))}


def paid(bank: int | None = None) -> Books:
    books = Books()
    books.clear(MON, "C1", 1000)
    books.clear(TUE, "C2", 300)
    books.settle(WED, "S1", ("C1", 1000), value=WED)
    if bank is not None:
        books.receive("S1", bank, WED)
    return books


@pytest.mark.parametrize(
    ("bank", "verdict", "residual"),
    [(None, Verdict.NOT_REPORTED, None), (1000, Verdict.EQUAL, 0), (900, Verdict.LISTED, 100)],
)
def test_settlement_against_bank(bank: int | None, verdict: Verdict, residual: int | None) -> None:
    assert edges(paid(bank), TUE)[BANK] == (verdict, residual)


def test_a_settlement_is_shown_on_its_day_and_again_when_the_money_came() -> None:
    books = paid()
    books.receive("S1", 1000, FRI)
    assert edges(books, TUE)[BANK] == (Verdict.NOT_REPORTED, None)
    assert BANK not in edges(books, WED)
    assert edges(books, THU)[BANK] == (Verdict.EQUAL, 0)


def test_all_that_was_cleared_is_accounted_for_whatever_is_wrong() -> None:
    books = paid()
    assert edges(books, TUE)[CLEARED] == (Verdict.EQUAL, 0)
    books.settle(THU, "S2", ("C2", 250), ("C1", 1000), ("C9", 77), total=1500)  # B04, B03, B05 twice
    assert edges(books, WED)[CLEARED] == (Verdict.EQUAL, 0)


def test_a_batch_that_got_lost_on_the_way_breaks_the_last_edge() -> None:
    settlement = paid().as_of(TUE)
    lost = replace(settlement, batches=settlement.batches.filter(pl.col("clearing_batch_id") != "C2"))
    (edge,) = [edge for edge in settlement_edges(TUE, lost) if edge.edge == CLEARED]
    assert (edge.verdict, edge.residual) == (Verdict.DIFFERENT, 300)


def verdicts(listed: frozenset[tuple[str, str, str]], **line: int) -> list[str]:
    batch = dict.fromkeys(BATCHES) | {
        "participant_agreement_id": "A1", "settlement_currency": "EUR", "batch_id": "S1", "file_id": "s0",
        "clearing_batch_id": "C1", "settled_count": 1, "cleared_count": 1, "settled_minor": 90, "cleared_minor": 100,
    } | line  # fmt: skip
    frame = tie_out(
        MON, pl.DataFrame(schema=FILES), pl.DataFrame(schema=SETS), pl.DataFrame([batch], schema=BATCHES), (), listed
    )
    return frame.sort("left_name")["verdict"].to_list()  # amount, then count


def test_a_difference_that_a_break_lists_does_not_fail_the_day_and_another_one_does() -> None:
    listed = frozenset({("A1", "EUR", "C1")})
    assert verdicts(frozenset()) == [Verdict.DIFFERENT, Verdict.EQUAL]
    assert verdicts(listed) == [Verdict.LISTED, Verdict.EQUAL]
    assert verdicts(listed, settled_count=2) == [Verdict.LISTED, Verdict.LISTED]  # rows that were not reported at first
    assert verdicts(frozenset(), settled_count=2, settled_minor=100) == [Verdict.EQUAL, Verdict.DIFFERENT]
    assert verdicts(frozenset({("A1", "EUR", "C2")})) == [Verdict.DIFFERENT, Verdict.EQUAL]


def test_listed_are_wrong_amounts_and_amounts_without_a_batch() -> None:
    books = paid()
    books.settle(THU, "S2", ("C2", 250), total=240)
    assert listed_batches(books.as_of(WED)) == {("A1", "EUR", "C2"), ("A1", "EUR", "S2")}
    assert listed_batches(books.as_of(TUE)) == frozenset()


def items(books: Books, day: date) -> dict[str, dict]:
    """Code -> item, as the register takes it."""
    found = settlement_breaks(books.as_of(day)).with_columns(situation=pl.lit(None, pl.String))
    files = {place.rsplit(":", 1)[0] for lines in found["lines"] for place in lines.split()}
    origin = pl.DataFrame([ORIGIN | {"file_id": file} for file in sorted(files)])
    items = build_items(
        found,
        origin,
        day,
        Tolerance(),
        is_systematic_shift=False,
        answers=pl.DataFrame(),
        gone=pl.DataFrame(),
        opening=pl.DataFrame(schema=ITEM_SCHEMA),
    )
    return {str(item["break_code"]): item for item in items}


def test_a_waiting_batch_becomes_a_break_on_the_eve_of_its_settlement_day() -> None:
    item = items(paid(), TUE)["B01"]
    assert item["break_id"] == "B/alipayplus/batch/A1:EUR:C2"
    assert (item["state"], item["severity"], item["amount_at_risk_minor"]) == ("WAITING", "S4", 0)
    assert item["turns_real_day"] == WED
    assert item["deadline_at"] == datetime(2026, 11, 19, 0, 30)  # noqa: DTZ001 - 08:30 UTC+8 on Thursday
    assert "cleared 3.00 EUR" in str(item["explanation"])
    assert "settlement day is 2026-11-19" in str(item["explanation"])


def test_what_is_at_risk() -> None:
    books = paid(bank=900)
    books.settle(THU, "S2", ("C2", 250), ("C1", 1000), ("C9", 77))
    found = items(books, WED)
    assert {code: item["amount_at_risk_minor"] for code, item in found.items()} == {
        "B03": 1000, "B04": 50, "B05": 77, "B07": 100,
    }  # fmt: skip
    assert {item["who_acts"] for item in found.values()} == {"FIN"}
    places = json.loads(str(found["B03"]["evidence"]))["report"]
    assert len(places) == 3  # its summary, and both settlements


def test_a_batch_of_refunds_puts_nothing_at_risk_while_it_is_overdue() -> None:
    books = Books()
    books.clear(MON, "C1", -700)
    assert items(books, TUE)["B02"]["amount_at_risk_minor"] == 0
