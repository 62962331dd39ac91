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


def test_a_refund_does_not_undo_it(history: History) -> None:
    """Whether or not the sale was cancelled, the live keys are still on the till; the step says not to refund again."""
    day = history.play(
        orders="""
            order | test | confirm
            O1    | yes  | CANCELLED
            O2    | yes  | CONFIRMED
        """,
        refunds="""
            refund | order
            V1     | O1
            V2     | O2
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            REFUND  | V1      | O1       | 10.00 EUR
            REFUND  | V2      | O2       | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | severity | flags         | at_risk
        O1    | P15  | S2       | TEST_REFUNDED | 0.00 EUR
        O2    | P15  | S2       | TEST_REFUNDED | 0.00 EUR
    """)
    assert set(day.items["what_to_do"]) == {"Do not refund it again. Remove the live keys from the till."}


def test_a_refund_of_a_payment_that_never_was(history: History) -> None:
    """Money went back in production for a test order of which no report has a payment."""
    history.play(
        orders="""
            order | test
            O1    | yes
        """,
        refunds="""
            refund | order
            V1     | O1
        """,
        report="""
            type   | request | original | amount
            REFUND | V1      | O1       | 10.00 EUR
        """,
    ).shows("""
        refund | code | severity | state
        V1     | R08  | S2       | OPEN
    """)
