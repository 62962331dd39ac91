"""Incidents: one cause with a hundred breaks is one incident, and its breaks keep their own codes."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from recon.tolerance import Tolerance
from tests.support.contract import CONTRACT
from tests.support.day import DAY, History, PlayedDay

MANY = 12
pytestmark = pytest.mark.own_day  # an incident is counted over all orders of a day, here with a tolerance of its own


@pytest.fixture(autouse=True)
def ten_are_an_incident(history: History) -> None:
    history.tolerance = Tolerance(flood_rows=10)


def orders(count: int, cells: str = "", head: str = "", start: int = 0) -> str:
    lines = [f"O{place:03d} | 10.00 EUR {cells}" for place in range(start, start + count)]
    return "\n".join([f"order | amount {head}", *lines])


def rows(count: int, cells: str = "", head: str = "", start: int = 0) -> str:
    lines = [f"O{place:03d} | 10.00 EUR {cells}" for place in range(start, start + count)]
    return "\n".join([f"request | amount {head}", *lines])


def incidents(day: PlayedDay) -> list[tuple[str, ...]]:
    return [line for line in day.breaks("code", "severity", "acts", "state") if line[0].startswith("I")]


def test_an_hour_that_our_side_does_not_have(history: History) -> None:
    """The orders from 14:00 to 14:59 were not read: one incident, not twelve."""
    day = history.play(
        orders=orders(30, "| 10:00:00 | 10:00:05", "| created | paid"),
        report=rows(30, "| 10:00:05", "| at") + rows(MANY, "| 14:30:00", "", 100).partition("\n")[2].join(["\n", ""]),
    )
    assert incidents(day) == [("I01", "S1", "DEV", "OPEN")]
    incident = day.items.filter(day.items["break_code"] == "I01").row(0, named=True)
    assert incident["break_id"] == "I/alipayplus/incident/I01:report_hour:2026-11-20T14:EUR"
    assert "12 payments (120.00 EUR) of the hour 2026-11-20T14" in incident["explanation"]
    members = day.items.filter(day.items["break_code"] == "P06")
    assert members["incident_id"].to_list() == [incident["break_id"]] * MANY


def test_a_merchant_whose_payments_no_report_has(history: History) -> None:
    history.start = DAY - timedelta(days=3)
    history.know(0, orders=orders(MANY))
    for known in history.orders.values():
        known["merchant_id"] = "M-LOST"
    day = history.play(0, orders=orders(30, start=100), report=rows(30, start=100))
    assert incidents(day) == [("I02", "S1", "A+", "OPEN")]
    history.play(1)
    later = history.play(2)
    assert {line[0] for line in later.breaks("code")} == {"P07", "I02"}
    assert later.items.filter(later.items["break_code"] == "I02")["age_days"].to_list() == [2]
    found = history.play(3, report=rows(MANY))
    assert {line[0] for line in found.breaks("code")} == {"P12", "I05"}, "the rows came late: noted as one shift"
    assert ("RESOLVED", "I02") in found.movements.select("movement", "code_before").rows()


def test_amounts_in_another_unit(history: History) -> None:
    day = history.play(orders=orders(MANY), report=rows(MANY).replace("10.00 EUR", "1000.00 EUR"))
    assert incidents(day) == [("I03", "S1", "DEV", "OPEN")]
    assert {line[0] for line in day.breaks("code")} == {"P08", "I03"}


def test_a_shifted_file_is_noted_once(history: History) -> None:
    history.start = DAY - timedelta(days=1)
    history.play(0)
    day = history.play(1, orders=orders(MANY, "| -1 23:59:00 | -1 23:59:30", "| created | paid"), report=rows(MANY))
    assert incidents(day) == [("I05", "S3", "DEV", "NOTED")]


def test_a_batch_that_comes_twice(history: History) -> None:
    history.start = DAY - timedelta(days=1)
    history.play(0, orders=orders(MANY), report=rows(MANY))
    day = history.play(1, report=rows(MANY, "| -1 12:00:05", "| at"))
    assert incidents(day) == [("I06", "S1", "A+", "OPEN")]


def test_a_rate_that_is_not_the_contracts(history: History) -> None:
    history.fees = CONTRACT
    charged = "\n".join(["request | fee", *(f"O{place:03d} | 0.50 EUR" for place in range(MANY))])
    day = history.play(orders=orders(MANY), report=rows(MANY), charged=charged)
    assert incidents(day) == [("I07", "S2", "FIN", "OPEN")]
    assert "of the kind interchange differ from the contract" in next(
        sentence for sentence in day.explanations if sentence.startswith("12 fees")
    )


def at_risk(day: PlayedDay) -> list[tuple[str, int, int]]:
    """Of each incident: its code, the money at risk that it says, and that of its breaks."""
    of_breaks = dict(day.items.group_by("incident_id").agg(pl.col("amount_at_risk_minor").sum()).iter_rows())
    found = day.items.filter(family="I").select("break_code", "amount_at_risk_minor", "break_id")
    return [(code, minor, of_breaks[break_id]) for code, minor, break_id in found.iter_rows()]


def test_fees_too_high_and_too_low_do_not_make_up_for_each_other(history: History) -> None:
    history.fees = CONTRACT
    fees = [f"O{place:03d} | {('0.07', '0.09')[place % 2]} EUR" for place in range(MANY)]
    day = history.play(orders=orders(MANY), report=rows(MANY), charged="\n".join(["request | fee", *fees]))
    assert at_risk(day) == [("I07", MANY, MANY)]
    assert day.explanations[0] == (
        "12 fees of the kind interchange differ from the contract by 0.12 EUR: 0.96 EUR due, 0.96 EUR charged."
    )


def test_what_was_refunded_of_payments_that_no_report_has_is_not_at_risk(history: History) -> None:
    refunds = [f"R{place:03d} | O{place:03d} | 4.00 EUR" for place in range(MANY)]
    returned = [f"REFUND | R{place:03d} | O{place:03d} | 4.00 EUR" for place in range(MANY)]
    history.play(
        orders=orders(MANY),
        refunds="\n".join(["refund | order | amount", *refunds]),
        report="\n".join(["type | request | original | amount", *returned]),
    )
    history.play(1)
    assert at_risk(history.play(2)) == [("I02", 600 * MANY, 600 * MANY)]


def test_a_batch_that_comes_twice_more_is_in_excess_twice(history: History) -> None:
    history.start = DAY - timedelta(days=2)
    history.play(0, orders=orders(MANY), report=rows(MANY))
    history.play(1, report=rows(MANY, "| -1 12:00:05", "| at"))
    day = history.play(2, report=rows(MANY, "| -2 12:00:05", "| at"))
    assert at_risk(day) == [("I06", 2000 * MANY, 2000 * MANY)]


def test_few_breaks_are_listed_one_by_one(history: History) -> None:
    day = history.play(report=rows(9))
    assert incidents(day) == []
    assert [line[0] for line in day.breaks("code")] == ["P06"] * 9


def test_many_breaks_among_many_good_rows_are_no_single_cause(history: History) -> None:
    """Twelve of two hundred in the same hour: somebody has to look at each."""
    day = history.play(orders=orders(188), report=rows(188) + "\n" + rows(MANY, start=500).partition("\n")[2])
    assert incidents(day) == []
    assert day.breaks("code", "incident_id") == [("P06", "")] * MANY


def test_an_incident_dissolves_when_its_cause_is_gone(history: History) -> None:
    history.play(report=rows(MANY))
    day = history.play(1, orders=orders(MANY - 2, "| -1 12:00:00 | -1 12:00:05", "| created | paid"))
    assert incidents(day) == []
    assert day.breaks("code", "incident_id") == [("P06", ""), ("P06", "")]
    assert ("RESOLVED", "I01", "DISSOLVED") in day.movements.select("movement", "code_before", "outcome").rows()
