"""P15: a test till charged for real, or the reverse; a test order without a row is nothing."""

from __future__ import annotations

from tests.support.day import History

ORDERS = """
    order | test | pay
    O1    | yes  | SUCCESS
    O2    | no   | SUCCESS
    O3    | yes  | INIT
"""
REPORT = """
    type    | request
    PAYMENT | O1
    PAYMENT | O2
"""


def test_production(history: History) -> None:
    day = history.play(orders=ORDERS, report=REPORT)
    day.shows("""
        order | code | severity | acts | at_risk
        O1    | P15  | S2       | DEV  | 10.00 EUR
    """)
    assert day.payments["O3"] == "OK_TEST"


def test_the_reverse(history: History) -> None:
    history.is_production = False
    day = history.play(orders=ORDERS, report=REPORT)
    assert day.payments["O1"] == "P00"
    assert day.payments["O2"] == "P15"
