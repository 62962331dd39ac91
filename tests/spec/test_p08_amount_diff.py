"""P08: same currency, other amount."""

from __future__ import annotations

from tests.support.day import History


def test_amount_diff(history: History) -> None:
    day = history.play(
        orders="""
            order | amount
            O1    | 10.00 EUR
            O2    | 10.00 EUR
        """,
        report="""
            type    | request | amount
            PAYMENT | O1      | 10.01 EUR
            PAYMENT | O2      | 8.00 EUR
        """,
    )
    day.shows("""
        order | code | severity | acts | ours      | theirs    | difference | at_risk  | inquiry
        O1    | P08  | S1       | FIN  | 10.00 EUR | 10.01 EUR | 0.01 EUR   | 0.01 EUR | C
        O2    | P08  | S1       | FIN  | 10.00 EUR | 8.00 EUR  | -2.00 EUR  | 2.00 EUR | C
    """)


def test_units_confused(history: History) -> None:
    day = history.play(
        orders="""
            order | amount
            YEN   | 1200 JPY
            WON   | 13500 KRW
            DINAR | 1.250 KWD
            EURO  | 10.00 EUR
            TENTH | 10.00 EUR
            FAR   | 10000.00 EUR
        """,
        report="""
            type    | request | amount      | settles
            PAYMENT | YEN     | 120000 JPY  | 7.40 EUR
            PAYMENT | WON     | 135 KRW     | 8.40 EUR
            PAYMENT | DINAR   | 1250.000 KWD | 3.75 EUR
            PAYMENT | EURO    | 0.01 EUR    | 0.01 EUR
            PAYMENT | TENTH   | 1.00 EUR    | 1.00 EUR
            PAYMENT | FAR     | 1.00 EUR    | 1.00 EUR
        """,
    )
    day.shows("""
        order | code | acts | flags | at_risk
        YEN   | P08  | DEV  | SCALE | 118,800 JPY
        WON   | P08  | DEV  | SCALE | 13,365 KRW
        DINAR | P08  | DEV  | SCALE | 1,248.750 KWD
        EURO  | P08  | DEV  | SCALE | 9.99 EUR
        TENTH | P08  | DEV  | SCALE | 9.00 EUR
        FAR   | P08  | FIN  |       | 9,999.00 EUR
    """)


def test_with_another_break_it_is_a_flag(history: History) -> None:
    day = history.play(
        orders="""
            order | pay  | confirm       | amount
            O1    | INIT | NOT_CONFIRMED | 10.00 EUR
        """,
        report="""
            type    | request | amount
            PAYMENT | O1      | 9.00 EUR
        """,
    )
    day.shows("""
        order | code | flags | at_risk
        O1    | P01  | P08   | 9.00 EUR
    """)
