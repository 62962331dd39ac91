"""R10: the same refund went out twice."""

from __future__ import annotations

from tests.support.day import History


def test_two_rows_for_one_request(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount    | transaction
            PAYMENT | O1      |          | 10.00 EUR | PAY-O1
            REFUND  | V1      | O1       | 4.00 EUR  | RFD-V1
            REFUND  | V1      | O1       | 4.00 EUR  | RFD-2
        """,
    )
    day.shows("""
        refund | code | severity | acts | at_risk
        V1     | R10  | S1       | FIN  | 4.00 EUR
    """)


def test_the_same_transaction_in_two_batches(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount    | batch
            PAYMENT | O1      |          | 10.00 EUR | B1
            REFUND  | V1      | O1       | 4.00 EUR  | B1
            REFUND  | V1      | O1       | 4.00 EUR  | B1
        """,
    ).shows("code")
    day = history.play(
        1,
        report="""
            type    | request | original | amount    | batch
            REFUND  | V1      | O1       | 4.00 EUR  | B2
        """,
    )
    day.shows("""
        refund | code | flags    | at_risk
        V1     | R10  | SAME_TXN | 4.00 EUR
    """)


def test_two_requests_within_minutes(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
            O2
            O3
        """,
        refunds="""
            refund | order | amount   | requested
            V1     | O1    | 4.00 EUR | 13:00:00
            V2     | O1    | 4.00 EUR | 13:09:59
            W1     | O2    | 4.00 EUR | 13:00:00
            W2     | O2    | 4.00 EUR | 13:10:00
            X1     | O3    | 4.00 EUR | 13:00:00
            X2     | O3    | 4.01 EUR | 13:00:01
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
            REFUND  | V2      | O1       | 4.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            REFUND  | W1      | O2       | 4.00 EUR
            REFUND  | W2      | O2       | 4.00 EUR
            PAYMENT | O3      |          | 10.00 EUR
            REFUND  | X1      | O3       | 4.00 EUR
            REFUND  | X2      | O3       | 4.01 EUR
        """,
    )
    day.shows("""
        refund | code | at_risk
        V2     | R10  | 4.00 EUR
    """)


def test_both_must_be_reported(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount   | requested
            V1     | O1    | 4.00 EUR | 13:00:00
            V2     | O1    | 4.00 EUR | 13:01:00
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
        """,
    )
    day.shows("""
        refund | code
        V2     | T02
    """)


def test_without_a_record_of_ours(history: History) -> None:
    """Two rows for one unknown refundRequestId are one double refund, not two lost ones."""
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | original | amount    | transaction
            PAYMENT | O1      |          | 10.00 EUR | PAY-O1
            REFUND  | X1      | O1       | 4.00 EUR  | RFD-1
            REFUND  | X1      | O1       | 4.00 EUR  | RFD-2
        """,
    )
    day.shows("""
        code | refund_request_id | at_risk
        R10  | X1                | 4.00 EUR
    """)


def test_a_second_refund_in_another_currency_is_reported_in_that_currency(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount    | transaction
            PAYMENT | O1      |          | 10.00 EUR | PAY-O1
            REFUND  | V1      | O1       | 4.00 EUR  | RFD-V1
            REFUND  | V1      | O1       | 500 JPY   | RFD-2
        """,
    )
    day.shows("""
        refund | code | at_risk
        V1     | R10  | 500 JPY
    """)
    assert "500 JPY was refunded in excess" in day.explanations[0]


def test_rows_that_are_known_by_the_refund_id_alone_stay_together(history: History) -> None:
    history.play(
        refunds="""
            refund | order | amount   | transaction
            V1     | O1    | 4.00 EUR | RFD-V1
        """,
        report="""
            type   | request | original | amount   | transaction
            REFUND | -       | O1       | 4.00 EUR | RFD-V1
            REFUND | V1-CUT  | -        | 5.00 EUR | RFD-V1
        """,
    )
    history.play(1).shows("""
        refund | code | flags
        V1     | R10  | R08 SAME_TXN PAIRED_BY_PROVIDER_ID
    """)
