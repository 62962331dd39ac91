"""P10: more than one PAYMENT row is left after exact repeats are removed."""

from __future__ import annotations

import pytest

from tests.support.day import History


def test_two_transactions(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | transaction | amount
            PAYMENT | O1      | PAY-O1      | 10.00 EUR
            PAYMENT | O1      | PAY-X       | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | flags | inquiry
        O1    | P10  | S1       | A+   | 10.00 EUR |       | C
    """)


def test_the_same_transaction_in_two_batches(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | batch
            PAYMENT | O1      | B1
            PAYMENT | O1      | B2
        """,
    )
    day.shows("""
        order | code | flags    | at_risk
        O1    | P10  | SAME_TXN | 10.00 EUR
    """)


def test_an_exact_repeat_in_one_batch_is_dropped(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | batch | seq
            PAYMENT | O1      | B1    | 000
            PAYMENT | O1      | B1    | 001
            PAYMENT | O1      | B1    | 001
        """,
    )
    assert day.payments == {"O1": "P00"}
    assert day.items.is_empty()


def test_a_repeat_in_another_agreement_is_kept(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | batch | agreement
            PAYMENT | O1      | B1    | A1
            PAYMENT | O1      | B1    | A2
        """,
    )
    day.shows("""
        order | code | flags
        O1    | P10  | SAME_TXN
    """)


def test_the_second_row_comes_on_a_later_day(history: History) -> None:
    first = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request
            PAYMENT | O1
        """,
    )
    assert first.payments == {"O1": "P00"}
    second = history.play(
        1,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-X
        """,
    )
    second.shows("""
        order | code | at_risk   | age
        O1    | P10  | 10.00 EUR | 0
    """)
    history.play(2).shows("""
        order | code | at_risk   | age
        O1    | P10  | 10.00 EUR | 1
    """)


def test_the_row_of_an_earlier_day_has_no_request_id(history: History) -> None:
    """The order had it by its paymentId; now that it has a row of its own, the other one is a second payment."""
    history.play(
        orders="""
            order | transaction
            O1    | PAY-O1
        """,
        report="""
            type    | request | transaction
            PAYMENT | -       | PAY-O1
        """,
    ).shows("""
        break_id | code
    """)
    day = history.play(
        1,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-O1
        """,
    )
    day.shows("""
        break_id                     | code
        P/alipayplus/provider/PAY-O1 | P06
        P/shop/order/O1              | P12
    """)
    history.play(2).shows("""
        break_id                     | code
        P/alipayplus/provider/PAY-O1 | P06
    """)


def test_without_an_order(history: History) -> None:
    day = history.play(
        report="""
            type    | request | transaction
            PAYMENT | LOST    | PAY-1
            PAYMENT | LOST    | PAY-2
            PAYMENT | LOST    | PAY-3
        """,
    )
    day.shows("""
        code | payment_request_id | at_risk
        P10  | LOST               | 20.00 EUR
    """)


def test_whatever_our_status(history: History) -> None:
    day = history.play(
        orders="""
            order | pay    | confirm
            O1    | INIT   | NOT_CONFIRMED
            O2    | CLOSED | CANCELLED
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-1
            PAYMENT | O1      | PAY-2
            PAYMENT | O2      | PAY-3
            PAYMENT | O2      | PAY-4
        """,
    )
    day.shows("""
        order | code
        O1    | P10
        O2    | P10
    """)


@pytest.mark.parametrize(
    ("ours", "first", "second", "at_risk"),
    [
        ("2801 JPY", "2801 JPY", "50.00 EUR", "50.00 EUR"),
        ("50.00 EUR", "2801 JPY", "50.00 EUR", "50.00 EUR"),
        ("10.000 KWD", "2801 JPY", "50.00 EUR", "50.00 EUR"),
        ("10.000 KWD", "2801 JPY", "2801 JPY", "2,801 JPY"),
        ("2801 JPY", "2801 JPY", "2801 JPY", "2,801 JPY"),
    ],
)
def test_amounts_of_two_currencies_are_not_added(
    history: History, ours: str, first: str, second: str, at_risk: str
) -> None:
    day = history.play(
        orders=f"""
            order | amount
            O1    | {ours}
        """,
        report=f"""
            type    | request | transaction | amount
            PAYMENT | O1      | PAY-O1      | {first}
            PAYMENT | O1      | PAY-X       | {second}
        """,
    )
    day.shows(f"""
        order | code | at_risk
        O1    | P10  | {at_risk}
    """)
    assert f"{at_risk} is in excess" in day.explanations[0]


def test_what_is_too_often_in_the_own_currency_counts_first(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | transaction | amount
            PAYMENT | O1      | PAY-O1      | 10.00 EUR
            PAYMENT | O1      | PAY-X       | 2801 JPY
            PAYMENT | O1      | PAY-Y       | 10.00 EUR
        """,
    )
    day.shows("""
        order | code | at_risk
        O1    | P10  | 10.00 EUR
    """)


TWICE = """
    type    | request | transaction
    PAYMENT | O1      | PAY-O1
    PAYMENT | O1      | PAY-X
"""
SOLD = """
    order
    O1
"""
GIVEN_BACK = """
    type   | request | original | original_transaction
    REFUND | V1      | O1       | PAY-X
"""


def test_given_back_and_registered_it_ends(history: History) -> None:
    history.play(orders=SOLD, report=TWICE).shows("""
        order | code
        O1    | P10
    """)
    day = history.play(
        1,
        refunds="""
            refund | order
            V1     | O1
        """,
        report=GIVEN_BACK,
    )
    assert day.items.is_empty()
    assert day.payments["O1"] == "P00"
    day.moves("""
        break_id        | movement | code_before | outcome
        P/shop/order/O1 | RESOLVED | P10         | P00
    """)
    assert history.play(2).items.is_empty()


def test_given_back_and_not_registered_it_stays(history: History) -> None:
    history.play(orders=SOLD, report=TWICE)
    history.play(1, report=GIVEN_BACK).shows("""
        order | code
        O1    | P10
        O1    | R04
    """)
    day = history.play(
        2,
        refunds="""
            refund | order | requested
            V1     | O1    | -1 13:00
        """,
    )
    assert not set(day.items["break_code"]) & {"P10", "R04"}


def test_registered_and_not_given_back_it_stays(history: History) -> None:
    history.play(orders=SOLD, report=TWICE)
    history.play(
        1,
        refunds="""
            refund | order
            V1     | O1
        """,
    ).shows("""
        order | code
        O1    | P10
        O1    | T02
    """)


def test_a_part_given_back_is_not_enough(history: History) -> None:
    history.play(orders=SOLD, report=TWICE)
    history.play(
        1,
        refunds="""
            refund | order | amount
            V1     | O1    | 9.99 EUR
        """,
        report="""
            type   | request | original | amount
            REFUND | V1      | O1       | 9.99 EUR
        """,
    ).shows("""
        order | code
        O1    | P10
    """)


def test_three_captures_need_two_given_back(history: History) -> None:
    history.play(orders=SOLD, report=f"{TWICE.rstrip()}\n    PAYMENT | O1      | PAY-Y\n")
    refund = """
        refund | order
        V{n}     | O1
    """
    row = """
        type   | request | original
        REFUND | V{n}      | O1
    """
    history.play(1, refunds=refund.format(n=1), report=row.format(n=1)).shows("""
        order | code
        O1    | P10
    """)
    assert (
        "P10" not in history.play(2, refunds=refund.format(n=2), report=row.format(n=2)).items["break_code"].to_list()
    )


def test_taken_back_by_a_row_of_another_type(history: History) -> None:
    """What Alipay+ takes back itself is no refund of ours: nothing has to be registered."""
    history.play(orders=SOLD, report=TWICE)
    day = history.play(
        1,
        report="""
            type     | request | original
            REVERSAL | X1      | O1
        """,
    )
    assert day.items.is_empty()
    assert day.payments["O1"] == "P00"


def test_what_is_left_is_judged_by_our_status(history: History) -> None:
    """One capture went back: the other one is still paid, and the order says failed, or cancelled, or not confirmed."""
    states = {"O1": ("FAILED", "CANCELLED"), "O2": ("SUCCESS", "CANCELLED"), "O3": ("SUCCESS", "NOT_CONFIRMED")}
    orders = "\n".join(
        ["order | pay | confirm", *(f"{key} | {pay} | {confirm}" for key, (pay, confirm) in states.items())]
    )
    paid = "\n".join(
        ["type | request | transaction", *(f"PAYMENT | {key} | {key}-{n}" for key in states for n in (1, 2))]
    )
    history.play(orders=orders, report=paid)
    day = history.play(
        1,
        refunds="\n".join(["refund | order", *(f"V{key} | {key}" for key in states)]),
        report="\n".join(["type | request | original", *(f"REFUND | V{key} | {key}" for key in states)]),
    )
    payments = day.items.filter(day.items["family"] == "P").sort("order_key")
    assert payments.select("order_key", "break_code", "amount_at_risk_minor").rows() == [
        ("O1", "P02", 1000), ("O2", "P05", 1000), ("O3", "P04", 1000),
    ]  # fmt: skip


def test_a_sale_that_was_undone_is_owed_both(history: History) -> None:
    history.play(
        orders="""
            order | voided_in_full
            O1    | yes
        """,
        report=TWICE,
    )
    history.play(
        1,
        refunds="""
            refund | order
            V1     | O1
        """,
        report=GIVEN_BACK,
    ).shows("""
        order | code
        O1    | P10
    """)


def test_its_refund_and_one_of_the_sale_are_no_over_refund(history: History) -> None:
    history.play(orders=SOLD, report=TWICE)
    day = history.play(
        1,
        refunds="""
            refund | order | amount    | requested
            V1     | O1    | 10.00 EUR | 12:00
            V2     | O1    | 4.00 EUR  | 15:00
        """,
        report="""
            type   | request | original | amount
            REFUND | V1      | O1       | 10.00 EUR
            REFUND | V2      | O1       | 4.00 EUR
        """,
    )
    assert day.items.is_empty()


def test_amounts_of_two_currencies_are_no_sum(history: History) -> None:
    history.play(
        orders=SOLD,
        report="""
            type    | request | transaction | amount
            PAYMENT | O1      | PAY-O1      | 10.00 EUR
            PAYMENT | O1      | PAY-X       | 10.00 EUR
            PAYMENT | O1      | PAY-Y       | 900 JPY
        """,
    ).shows("""
        order | code | at_risk
        O1    | P10  | 10.00 EUR
    """)
    history.play(
        1,
        refunds="""
            refund | order
            V1     | O1
        """,
        report=GIVEN_BACK,
    ).shows("""
        order | code
        O1    | P10
    """)


def test_what_came_in_another_currency_is_not_added_to_what_can_be_refunded(history: History) -> None:
    """10.00 EUR and 10.00 USD were taken: of the euros no more than 10.00 can go back."""
    day = history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount   | requested
            V1     | O1    | 7.00 EUR | 13:00
            V2     | O1    | 5.00 EUR | 15:00
        """,
        report="""
            type    | request | transaction | original | amount
            PAYMENT | O1      | PAY-O1      |          | 10.00 EUR
            PAYMENT | O1      | PAY-X       |          | 10.00 USD
            REFUND  | V1      | RFD-V1      | O1       | 7.00 EUR
            REFUND  | V2      | RFD-V2      | O1       | 5.00 EUR
        """,
    )
    day.shows("""
        order | refund | code | at_risk
        O1    |        | P10  | 10.00 USD
        O1    | V2     | R07  | 2.00 EUR
    """)
