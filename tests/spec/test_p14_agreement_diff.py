"""P14: the row came in a set of another agreement or settlement currency."""

from __future__ import annotations

from recon.matching.agreements import AgreementRule
from tests.support.day import History

AGREEMENTS = (
    AgreementRule("A1", "EUR"),
    AgreementRule("A2", "EUR", psp="CN"),
    AgreementRule("A3", "USD", merchants=("M9",)),
)


def test_two_agreements_on_one_day(history: History) -> None:
    history.agreements = AGREEMENTS
    day = history.play(
        orders="""
            order | psp   | merchant
            O1    | OTHER | M1
            O2    | CN    | M1
            O3    | CN    | M1
            O4    | OTHER | M1
        """,
        report="""
            type    | request | agreement
            PAYMENT | O1      | A1
            PAYMENT | O2      | A2
            PAYMENT | O3      | A1
            PAYMENT | O4      | A2
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk
        O3    | P14  | S2       | FIN  | 10.00 EUR
        O4    | P14  | S2       | FIN  | 10.00 EUR
    """)


def test_an_order_without_a_wallet(history: History) -> None:
    """O1 may be of the wallet CN or of another one; M9 has one agreement for all of them."""
    history.agreements = AGREEMENTS
    day = history.play(
        orders="order | psp | merchant\nO1 | - | M1\nO2 | - | M9\nO3 | - | M9",
        report="request | agreement | settles\nO1 | A2 | 10.00 EUR\nO2 | A9 | 11.00 USD\nO3 | A3 | 11.00 USD",
    )
    assert day.breaks("order", "code") == [("O2", "P14")]


def test_another_settlement_currency_than_we_were_told(history: History) -> None:
    history.agreements = AGREEMENTS
    day = history.play(
        orders="""
            order | merchant | settles
            O1    | M9       | 11.00 USD
            O2    | M9       | 9.90 EUR
        """,
        report="""
            type    | request | agreement | settles
            PAYMENT | O1      | A3        | 11.00 USD
            PAYMENT | O2      | A3        | 11.00 USD
        """,
    )
    day.shows("""
        order | code
        O2    | P14
    """)


def test_without_a_contract_table_nothing_is_expected(history: History) -> None:
    day = history.play(
        orders="""
            order
            O1
        """,
        report="""
            type    | request | agreement
            PAYMENT | O1      | A7
        """,
    )
    assert day.items.is_empty()


def test_a_refund_does_not_undo_it(history: History) -> None:
    """Also of a sale that was cancelled and refunded in full: the next sale comes in the same set."""
    history.agreements = AGREEMENTS
    history.play(
        orders="""
            order | confirm
            O1    | CANCELLED
            O2    | CANCELLED
        """,
        refunds="""
            refund | order
            V1     | O1
            V2     | O2
        """,
        report="""
            type    | request | original | amount    | agreement
            PAYMENT | O1      |          | 10.00 EUR | A2
            PAYMENT | O2      |          | 10.00 EUR | A1
            REFUND  | V1      | O1       | 10.00 EUR | A2
            REFUND  | V2      | O2       | 10.00 EUR | A1
        """,
    ).shows("""
        order | code | severity | at_risk
        O1    | P14  | S2       | 0.00 EUR
    """)


def test_the_contract_of_the_day_of_the_row_counts(history: History) -> None:
    """O1 and O2 were settled as agreed then; O3 was not, and a right contract table closes its break."""
    history.agreements = AGREEMENTS
    history.play(
        orders="order | psp\nO1 | OTHER\nO2 | OTHER\nO3 | OTHER",
        report="request | agreement\nO1 | A1\nO2 | A1\nO3 | A2",
    ).shows("order | code\nO3 | P14")
    history.agreements = (AgreementRule("A2", "EUR"),)
    history.play(
        1,
        orders="order | confirm\nO2 | CANCELLED",
        refunds="refund | order | amount\nV1 | O1 | 4.00 EUR",
        report="type | request | original | amount | agreement\nREFUND | V1 | O1 | 4.00 EUR | A2",
    ).shows("order | code | flags\nO2 | P05 | ")
