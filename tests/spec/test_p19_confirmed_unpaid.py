"""P19: the merchant confirmed a sale that was never paid."""

from __future__ import annotations

from tests.support.day import History


def test_confirmed_unpaid(history: History) -> None:
    day = history.play(
        orders="""
            order | pay    | confirm
            O1    | INIT   | CONFIRMED
            O2    | FAILED | CONFIRMED
            O3    | CLOSED | CONFIRMED
            O4    | FAILED | NOT_CONFIRMED
            O5    | CLOSED | CANCELLED
        """,
    )
    day.shows("""
        order | code | severity | acts | at_risk   | inquiry | party
        O1    | P19  | S1       | OPS  | 10.00 EUR | Y       | merchant or Ogloba
        O2    | P19  | S1       | OPS  | 10.00 EUR | Y       | merchant or Ogloba
        O3    | P19  | S1       | OPS  | 10.00 EUR | Y       | merchant or Ogloba
    """)
    assert day.payments["O4"] == day.payments["O5"] == "OK_NO_MONEY"
