"""One order for every view: severity, near deadlines, value; a figure in doubt never leads."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from recon.breaks.items import ITEM_SCHEMA
from tests.support.listed import Item, item
from views.urgency import by_urgency, do_first, is_trifle

MOMENT = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
SOON, PASSED = datetime(2026, 11, 25), datetime(2026, 11, 19)  # noqa: DTZ001


def ranked(*items: Item) -> list[str]:
    frame = pl.DataFrame([one | {"value_currency": "EUR"} for one in items], schema=ITEM_SCHEMA)
    return by_urgency(frame, MOMENT)["order_key"].to_list()


def test_value_ranks_over_all_currencies() -> None:
    assert ranked(
        item("fils", currency="KWD", amount_at_risk_minor=5, value_minor=2),
        item("euro", amount_at_risk_minor=39_700, value_minor=39_700),
        item("yen", currency="JPY", amount_at_risk_minor=90_000, value_minor=55_000),
        item("won", currency="KRW", amount_at_risk_minor=99_000, value_minor=6_200),
    ) == ["yen", "euro", "won", "fils"]


def test_severity_and_deadlines_come_before_value() -> None:
    assert ranked(
        item("rich", value_minor=10**9),
        item("grave", severity="S2", value_minor=10**9),
        item("soon", deadline_at=SOON, value_minor=1),
        item("passed", deadline_at=PASSED, value_minor=1),
    ) == ["passed", "soon", "rich", "grave"]


def test_a_figure_in_doubt_never_leads() -> None:
    doubtful = [
        item("won as euro", break_code="P09", amount_at_risk_minor=14_082_800, deadline_at=SOON),
        item("hundredfold", flags="SCALE", amount_at_risk_minor=10**9),
    ]
    assert ranked(*doubtful, item("small", value_minor=1), item("worse", severity="S2", value_minor=9))[0] == "small"
    frame = pl.DataFrame([*doubtful, item("small", value_minor=1)], schema=ITEM_SCHEMA)
    assert do_first(frame, MOMENT)["order_key"][0] == "small"


def test_what_has_no_rate_is_not_lost_and_comes_by_amount() -> None:
    assert ranked(
        item("known", value_minor=1), item("less", currency="XAF", amount_at_risk_minor=5),
        item("more", currency="XAF", amount_at_risk_minor=9),
    ) == ["known", "more", "less"]  # fmt: skip


def test_a_trifle_with_a_near_deadline_is_none() -> None:
    frame = pl.DataFrame(
        [item("a", is_small=True), item("b", is_small=True, deadline_at=SOON), item("c")], schema=ITEM_SCHEMA
    )
    assert frame.filter(is_trifle(MOMENT))["order_key"].to_list() == ["a"]
