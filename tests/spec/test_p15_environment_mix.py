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


def test_what_was_a_test_on_the_day_of_the_row_counts(history: History) -> None:
    """O2 was sold for real; its shop is a test shop since, and an open break is asked anew."""
    history.play(orders=ORDERS, report=REPORT)
    for key in ("O1", "O2"):
        history.orders[key]["is_test"] = not history.orders[key]["is_test"]
    day = history.play(
        1,
        refunds="refund | order | amount\nV2 | O2 | 4.00 EUR",
        report="type | request | original | amount\nREFUND | V2 | O2 | 4.00 EUR",
    )
    assert day.items.is_empty()
    assert day.refunds["V2"] == "R00"


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
