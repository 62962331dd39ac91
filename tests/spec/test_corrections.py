"""What another run of a day changed, and what the day said before: both stay readable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from recon.breaks.corrections import FILE_SCHEMA, corrections
from recon.breaks.items import ITEM_SCHEMA
from resources.revisions import corrections_of, items_as_known, record_revision, revisions
from tests.support.day import DAY, History

NINE = datetime(2026, 11, 21, 1, tzinfo=UTC)
NOON = NINE + timedelta(hours=3)


def test_a_reissued_report_tells_what_it_changed(history: History) -> None:
    orders = """
        order | amount
        O1    | 10.00 EUR
        O2    | 10.00 EUR
        O3    | 10.00 EUR
    """
    history.play(orders=orders, report="type | request | amount\nPAYMENT | O1 | 9.00 EUR\nPAYMENT | O2 | 10.00 EUR")
    with history.warehouse.connect() as connection:
        first = record_revision(connection, history.warehouse, DAY, NINE)
    history.play(report="type | request\nPAYMENT | O1\nPAYMENT | O2\nPAYMENT | O9")
    with history.warehouse.connect() as connection:
        connection.execute("UPDATE parsed.files SET sha256 = 'other', version = 2")
        second = record_revision(connection, history.warehouse, DAY, NOON)
        changed = corrections_of(connection, DAY)
    assert (first.number, second.number) == (1, 2)
    files = changed.filter(pl.col("what") == "FILE")
    assert files.select("change", "before", "after", "rows_before", "rows_after").rows() == [
        ("REPLACED", "version 1", "version 2", 2, 3)
    ]
    assert files.select("amount_before_minor", "amount_after_minor").rows() == [(1900, 3000)]
    breaks = changed.filter(pl.col("what") == "BREAK").select("name", "change", "before", "after")
    assert breaks.rows() == [
        ("P/alipayplus/provider/PAY-O9", "OPENED", None, "P06 OPEN"),
        ("P/shop/order/O1", "CLOSED", "P08 OPEN", None),
    ]
    assert changed["recorded_at"].unique().to_list() == [NOON.replace(tzinfo=None)]


def test_what_was_known_before_stays_readable(history: History) -> None:
    first_list = history.play(orders="order | amount\nO1 | 10.00 EUR", report="request | amount\nO1 | 9.00 EUR")
    with history.warehouse.connect() as connection:
        record_revision(connection, history.warehouse, DAY, NINE)
    history.play(report="request\nO1")
    with history.warehouse.connect() as connection:
        record_revision(connection, history.warehouse, DAY, NOON)
        known = revisions(connection, DAY)
    then = items_as_known(history.warehouse, known[0])
    assert then["break_code"].to_list() == first_list.items["break_code"].to_list() == ["P08"]
    assert items_as_known(history.warehouse, known[1]).is_empty()


def test_the_same_again_is_no_revision(history: History) -> None:
    history.play(orders="order\nO1", report="request\nO1")
    with history.warehouse.connect() as connection:
        first = record_revision(connection, history.warehouse, DAY, NINE)
        again = record_revision(connection, history.warehouse, DAY, NOON)
        assert corrections_of(connection, DAY).is_empty()
    assert first == again


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], ["a"], ("ADDED", None, "version 1")),
        (["a"], [], ("REMOVED", "version 1", None)),
    ],
)
def test_a_file_that_comes_or_goes(before: list[str], after: list[str], expected: tuple[str, ...]) -> None:
    def files(names: list[str]) -> pl.DataFrame:
        return pl.DataFrame([(name, 1, "f" * 64, 2, "EUR", 300) for name in names], schema=FILE_SCHEMA, orient="row")

    nothing = pl.DataFrame(schema=ITEM_SCHEMA)
    found = corrections(files(before), files(after), nothing, nothing)
    assert found.select("change", "before", "after").rows() == [expected]
