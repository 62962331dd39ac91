"""P09: the currencies differ; the amounts are then not compared."""

from __future__ import annotations

from tests.support.day import History


def test_currency_diff(history: History) -> None:
    day = history.play(
        orders="""
            order | amount
            O1    | 10.00 EUR
            O2    | 10.00 EUR
        """,
        report="""
            type    | request | amount    | settles
            PAYMENT | O1      | 10.00 USD | 9.00 EUR
            PAYMENT | O2      | 1 JPY     | 0.01 EUR
        """,
    )
    day.shows("""
        order | code | severity | acts | ours      | theirs    | difference | at_risk   | flags
        O1    | P09  | S1       | FIN  | 10.00 EUR | 10.00 USD |            | 10.00 EUR |
        O2    | P09  | S1       | FIN  | 10.00 EUR | 1 JPY     |            | 10.00 EUR |
    """)
