"""Breaks of one proved cause are one line: how many, how much in each currency, which ones."""

from __future__ import annotations

import polars as pl

from recon.breaks.causes import breaks_by_cause, cause_of
from recon.breaks.items import ITEM_SCHEMA
from tests.support.listed import Item, item

RATE = "interchange fees of wallet W are charged with 95 basis points instead of 80 basis points"


def lines(*items: Item, fold_from: int = 3) -> list[dict[str, object]]:
    return breaks_by_cause(pl.DataFrame(list(items), schema=ITEM_SCHEMA), fold_from).to_dicts()


def caused(key: str, **values: object) -> Item:
    return item(key, cause=RATE, **values)


def test_enough_breaks_of_one_cause_are_one_line() -> None:
    (line,) = lines(caused("C"), caused("A"), caused("B"), item("other"))
    assert (line["cause"], line["of_cause"], line["breaks"]) == (RATE, 3, 3)
    assert (line["currency"], line["amount_at_risk_minor"]) == ("EUR", 750)
    assert line["break_ids"] == [f"P/ogloba/order/{key}" for key in "ABC"]


def test_one_too_few_are_none() -> None:
    assert lines(caused("A"), caused("B"), item("C"), item("D")) == []


def test_each_currency_has_its_own_sum_and_what_is_in_doubt_stays_apart() -> None:
    found = lines(
        caused("A"), caused("B", currency="JPY", amount_at_risk_minor=700), caused("C", currency="JPY"),
        caused("D", amount_at_risk_minor=9_000, flags="SCALE"),
    )  # fmt: skip
    names = ("currency", "of_cause", "breaks", "amount_at_risk_minor", "in_doubt_count", "in_doubt_minor")
    assert [tuple(line[name] for name in names) for line in found] == [
        ("EUR", 4, 2, 250, 1, 9_000),
        ("JPY", 4, 2, 950, 0, 0),
    ]


def test_what_to_do_is_the_same_for_all_of_a_line() -> None:
    other = {"what_to_do": "Do not refund it again."}
    assert lines(caused("A"), caused("B"), caused("C", **other)) == []
    assert lines(caused("A"), caused("B"), caused("C", who_acts="DEV")) == []


def test_the_worst_of_its_breaks_says_how_grave_it_is() -> None:
    (line,) = lines(caused("A", severity="S3"), caused("B", severity="S2"), caused("C", severity="S3"))
    assert line["severity"] == "S2"


def test_only_open_breaks_count() -> None:
    assert (
        lines(caused("A"), caused("B", state="ASKED"), caused("C", state="WAITING"), caused("D", state="NOTED")) == []
    )


FOUND: Item = {
    "code": "P08", "cancel_state": "NONE", "order_amount_minor": 1_234, "report_amount_minor": 123_400,
    "order_currency": "KRW", "report_currency": "KRW", "merchant_id": "M1", "order_status": "A|R",
    "refund_status": "W|V", "source_id": "shop", "lines": "a@v1:3 b.csv@v2:7", "provider_transaction_id": "A1:EUR:77",
}  # fmt: skip


def test_a_unit_is_named_with_its_factor_merchant_and_currency() -> None:
    assert cause_of(FOUND, ["SCALE"]) == "the report has amounts of merchant M1 in KRW multiplied by 100"
    swapped = FOUND | {"order_amount_minor": 5_000, "report_amount_minor": 5, "merchant_id": None}
    assert cause_of(swapped, ["SCALE"]) == "the report has amounts in KRW divided by 1,000"


def test_without_the_mark_of_a_rule_nothing_is_proved() -> None:
    assert cause_of(FOUND, []) is None
    assert cause_of(FOUND | {"code": "P05"}, ["SCALE"]) is None


def test_a_status_is_named_unless_the_word_of_the_cancel_may_be_the_unknown_one() -> None:
    row = FOUND | {"code": "P16"}
    assert cause_of(row, []) == "the status A|R of source shop has no meaning in the configuration"
    assert cause_of(row | {"cancel_state": "UNMAPPED"}, []) is None
    assert cause_of(row | {"order_status": None}, []) is None
    assert cause_of(FOUND | {"code": "R16"}, []) == (
        "the refund status W|V of source shop has no meaning in the configuration"
    )


def test_a_report_that_has_not_come_and_a_batch_that_came_twice() -> None:
    assert cause_of(FOUND | {"code": "B02"}, ["NO_REPORT"]) == (
        "no Settlement Report of agreement A1 in EUR has come since"
    )
    assert cause_of(FOUND | {"code": "B02"}, []) is None
    assert cause_of(FOUND | {"code": "P10"}, ["SAME_TXN"]) == (
        "transactions of an earlier batch are cleared again in b.csv, version 2"
    )
