"""P16: a status that the configuration does not know."""

from __future__ import annotations

from tests.support.day import History


def test_unmapped_status(history: History) -> None:
    day = history.play(
        orders="""
            order | pay      | confirm
            O1    | UNMAPPED | CONFIRMED
            O2    | SUCCESS  | UNMAPPED
            O3    | UNMAPPED | UNMAPPED
            O4    | UNMAPPED | CONFIRMED
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-O1
            PAYMENT | O2      | PAY-O2
            PAYMENT | O4      | PAY-4
            PAYMENT | O4      | PAY-5
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk
        O1    | P16  | S2       | DEV  | 10.00 EUR
        O2    | P16  | S2       | DEV  | 10.00 EUR
        O3    | P16  | S2       | DEV  | 10.00 EUR
        O4    | P16  | S2       | DEV  | 10.00 EUR
    """)


def test_a_cancel_word_without_a_meaning_leaves_the_state_open(history: History) -> None:
    """Whether the payment was closed is not known, whatever else the order says."""
    day = history.play(
        orders="""
            order | pay     | confirm       | cancel
            O1    | SUCCESS | CONFIRMED     | UNMAPPED
            O2    | CLOSED  | CANCELLED     | UNMAPPED
            O3    | INIT    | NOT_CONFIRMED | UNMAPPED
            O4    | SUCCESS | CONFIRMED     | FAILED
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-O1
            PAYMENT | O3      | PAY-O3
            PAYMENT | O4      | PAY-O4
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk
        O1    | P16  | S2       | DEV  | 10.00 EUR
        O2    | P16  | S2       | DEV  | 10.00 EUR
        O3    | P16  | S2       | DEV  | 10.00 EUR
    """)
