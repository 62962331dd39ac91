"""P21 and R17: what an open break needs is gone from the source; it stays on the list as it was last seen."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from recon.tolerance import Tolerance
from tests.support.day import History, PlayedDay

ON_THE_LIST = """
    order | pay     | confirm
    O1    | SUCCESS | NOT_CONFIRMED
"""
PAID = """
    type    | request
    PAYMENT | O1
"""


def gone(history: History, *keys: str) -> None:
    """From now on the source delivers none of them."""
    for key in keys:
        assert history.orders.pop(key, None) or history.refunds.pop(key, None)


def only(day: PlayedDay) -> dict[str, object]:
    """The one break of a day."""
    (item,) = day.items.iter_rows(named=True)
    return item


def test_the_break_lives_on_as_the_order_was_last_seen(history: History) -> None:
    history.play(orders=ON_THE_LIST, report=PAID)
    gone(history, "O1")
    day = history.play(1)
    day.shows("""
        break_id        | code | severity | state | acts | flags | at_risk   | age | before | deadline
        P/shop/order/O1 | P21  | S2       | OPEN  | DEV  | P04   | 10.00 EUR | 1   | P04    | 2027-11-20 12:00:00
    """)
    day.moves("""
        break_id        | movement | code_before | code_after
        P/shop/order/O1 | CHANGED  | P04         | P21
    """)
    (explanation,) = day.explanations
    assert explanation == (
        "Our database no longer has an order of 10.00 EUR that the list needs. Judged as it was last seen, on "
        "2026-11-20 (SUCCESS NOT_CONFIRMED, stored as SUCCESS|NOT_CONFIRMED): P04, paid not confirmed."
    )
    evidence = json.loads(str(only(day)["evidence"]))
    assert evidence["gone"]["last_seen_day"] == "2026-11-20"
    assert evidence["report"][0]["file"].startswith("transactionItems_")
    assert "query" in str(only(day)["what_to_do"])


def test_it_is_not_forgotten_from_day_to_day(history: History) -> None:
    history.play(orders=ON_THE_LIST, report=PAID)
    gone(history, "O1")
    for offset in range(1, 5):
        day = history.play(offset)
    day.shows("""
        break_id        | code | flags | age | before
        P/shop/order/O1 | P21  | P04   | 4   | P04
    """)
    assert json.loads(str(only(day)["evidence"]))["gone"]["last_seen_day"] == "2026-11-20"


def test_back_and_as_before(history: History) -> None:
    history.play(orders=ON_THE_LIST, report=PAID)
    kept = dict(history.orders)
    gone(history, "O1")
    history.play(1)
    history.orders |= kept
    day = history.play(2)
    day.shows("""
        break_id        | code | flags | age | before | reopened_count
        P/shop/order/O1 | P04  |       | 2   | P21    | 0
    """)


def test_back_and_in_order(history: History) -> None:
    history.play(orders=ON_THE_LIST, report=PAID)
    kept = dict(history.orders)
    gone(history, "O1")
    history.play(1)
    history.orders |= kept
    day = history.play(
        2,
        orders="""
            order | confirm
            O1    | CONFIRMED
        """,
    )
    assert day.items.is_empty()
    day.moves("""
        break_id        | movement | code_before | outcome | resolved_by
        P/shop/order/O1 | RESOLVED | P21         | P00     | PERSON
    """)


def test_gone_back_and_gone_again(history: History) -> None:
    history.play(orders=ON_THE_LIST, report=PAID)
    kept = dict(history.orders)
    gone(history, "O1")
    history.play(1)
    history.orders |= kept
    history.play(2)
    gone(history, "O1")
    day = history.play(3)
    day.shows("""
        break_id        | code | age | before
        P/shop/order/O1 | P21  | 3   | P04
    """)
    assert json.loads(str(only(day)["evidence"]))["gone"]["last_seen_day"] == "2026-11-22"


def test_gone_while_waiting_is_work_for_a_person(history: History) -> None:
    """What waits resolves by itself; an order that is gone does not, even when its report row comes."""
    history.play(
        orders="""
            order
            O1
        """
    ).shows("""
        order | code | state
        O1    | T01  | WAITING
    """)
    gone(history, "O1")
    history.play(1).shows("""
        order | code | flags | state | severity | acts | at_risk
        O1    | P21  | T01   | OPEN  | S2       | DEV  | 0.00 EUR
    """)
    day = history.play(
        2,
        report="""
            type    | request | at
            PAYMENT | O1      | -2 12:00
        """,
    )
    day.shows("""
        break_id        | order | code | theirs    | at_risk
        P/shop/order/O1 | O1    | P21  | 10.00 EUR | 0.00 EUR
    """)


def test_what_waits_too_long_is_as_grave_as_without_the_loss(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """
    )
    gone(history, "O1")
    history.play(1)
    history.play(2).shows("""
        order | code | flags | severity | at_risk
        O1    | P21  | P07   | S1       | 10.00 EUR
    """)


def test_an_order_that_could_still_change_and_is_gone(history: History) -> None:
    """It is on no list yet, and still the next day has to look at it."""
    history.tolerance = Tolerance(confirm_grace=timedelta(days=1), init_grace=timedelta(days=1))
    first = history.play(
        orders="""
            order | pay     | confirm
            O1    | SUCCESS | NOT_CONFIRMED
            O2    | INIT    | NOT_CONFIRMED
        """,
        report=PAID,
    )
    assert first.items.is_empty()
    assert first.payments == {"O1": "OK_AWAIT_CONFIRM", "O2": "OK_INFLIGHT"}
    gone(history, "O1", "O2")
    history.play(1).shows("""
        order | code | flags | at_risk   | age
        O1    | P21  | P04   | 10.00 EUR | 0
        O2    | P21  | P17   | 0.00 EUR  | 0
    """)


def test_an_order_that_no_break_needs_may_go(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        report=PAID,
    )
    gone(history, "O1")
    assert history.play(1).items.is_empty()


def test_a_later_refund_of_an_archived_order_opens_nothing_that_was_settled(history: History) -> None:
    """The sale and its first refund agreed on their day: neither P06 nor R08."""
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 3.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 3.00 EUR
        """,
    )
    gone(history, "O1")
    day = history.play(
        1,
        refunds="""
            refund | order | amount
            V2     | O1    | 4.00 EUR
        """,
        report="""
            type   | request | original | amount
            REFUND | V2      | O1       | 4.00 EUR
        """,
    )
    day.shows("""
        break_id         | code
        R/shop/refund/V2 | R08
    """)
    assert day.refunds["V1"] == "OK_ARCHIVED"
    # The open break of the refund names the sale, and does not open it either.
    day = history.play(2)
    day.shows("""
        break_id         | code
        R/shop/refund/V2 | R08
    """)
    assert day.payments["O1"] == "OK_ARCHIVED"
    # A second row of the archived sale is news.
    history.play(
        3,
        report="""
            type    | request | amount
            PAYMENT | O1      | 10.00 EUR
        """,
    ).shows("""
        code | order | refund
        P10  |       |
        R08  | O1    | V2
    """)


def test_a_refund_that_was_played_stays_settled_when_its_test_order_is_archived(history: History) -> None:
    history.play(
        orders="""
            order | test
            O1    | yes
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 3.00 EUR
        """,
    )
    gone(history, "O1")
    day = history.play(
        1,
        refunds="""
            refund | order | amount
            V2     | O1    | 4.00 EUR
        """,
    )
    day.shows("""
        refund | code | flags
        V2     | T02  | R08
    """)
    assert day.refunds["V1"] == "OK_ARCHIVED"
    # The open refund names its order; what was settled may still be archived.
    gone(history, "V1")
    history.play(2).shows("""
        refund | code
        V2     | T02
    """)


def test_an_order_with_the_id_of_an_archived_payment_waits_for_its_own_row(history: History) -> None:
    """The row was settled with its own order: it belongs to no other, and is not opened again by it."""
    history.play(
        orders="""
            order | transaction
            O1    | PAY-1
        """,
        report="""
            type    | request | transaction
            PAYMENT | O1      | PAY-1
        """,
    )
    gone(history, "O1")
    history.play(
        1,
        orders="""
            order | transaction
            O2    | PAY-1
        """,
    ).shows("""
        order | code
        O2    | T01
    """)
    history.play(
        2,
        report="""
            type    | request | original | transaction | amount
            PAYMENT | O2      |          | PAY-1       | 10.00 EUR
            REFUND  | V1      | O1       | RFD-V1      | 3.00 EUR
        """,
    ).shows("""
        break_id                     | code
        P/shop/order/O2              | P12
        R/alipayplus/provider/RFD-V1 | R04
    """)


def test_a_refund_that_appears_late_without_its_order_was_not_settled(history: History) -> None:
    """Its row was open as a refund that we have no record of: now we have one, and it belongs to no order."""
    report = """
        type   | request | original | amount   | transaction
        REFUND | V1      | O1       | 4.00 EUR | RFD-V1
        REFUND | -       | O2       | 4.00 EUR | RFD-V2
    """
    history.play(report=report).shows("""
        break_id                     | code
        R/alipayplus/provider/RFD-V1 | R04
        R/alipayplus/provider/RFD-V2 | R04
    """)
    late = """
        refund | order | amount   | requested
        V1     | O1    | 4.00 EUR | -1 13:00
        V2     | O2    | 4.00 EUR | -1 13:00
    """
    for offset in (1, 2):
        history.play(offset, refunds=late if offset == 1 else "").shows("""
            break_id         | code
            R/shop/refund/V1 | R08
            R/shop/refund/V2 | R08
        """)


def test_a_refund_that_is_away_while_its_row_comes(history: History) -> None:
    """Nothing of it was open, so nothing missed it; when it is back, the row is its own."""
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | amount   | provider | local
            V1     | O1    | 4.00 EUR | FAILED   | VOID_FAILED
        """,
        report=PAID,
    ).shows("""
        break_id | code
    """)
    refund = history.refunds.pop("V1")
    history.play(
        1,
        report="""
            type   | request | original | amount   | transaction
            REFUND | V1      | O1       | 4.00 EUR | RFD-V1
        """,
    ).shows("""
        break_id                     | code
        R/alipayplus/provider/RFD-V1 | R04
    """)
    history.refunds["V1"] = refund
    history.play(2).shows("""
        break_id         | code
        R/shop/refund/V1 | R01
    """)


def test_a_refund_that_is_archived_before_its_order_was_settled_too(history: History) -> None:
    """What agreed on its day, with or without an outcome of its own, is no refund that we have no record of."""
    history.play(
        orders="""
            order
            O1
            O2
        """,
        refunds="""
            refund | order | amount   | requested
            V1     | O1    | 3.00 EUR | 13:00
            V2     | O2    | 3.00 EUR | 13:00
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 3.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
        """,
    )
    history.play(
        1,
        report="""
            type    | request | original | amount
            REFUND  | V2      | O2       | 3.00 EUR
        """,
    )
    gone(history, "V1", "V2")
    later = """
        refund | order | amount   | requested
        V3     | O1    | 4.00 EUR | 13:00
        V4     | O2    | 3.00 EUR | 13:00
    """
    history.play(
        2,
        refunds=later,
        report="""
            type   | request | original | amount
            REFUND | V3      | O1       | 4.00 EUR
        """,
    ).shows("""
        refund | code
        V4     | T02
    """)
    # V4 has the amount of V2 and is not taken for it; a second row of an archived refund is news.
    history.play(
        3,
        report="""
            type   | request | original | amount   | transaction
            REFUND | V1      | O1       | 3.00 EUR | RFD-AGAIN
        """,
    ).shows("""
        break_id                       | code | at_risk
        R/shop/refund/V4               | T02  | 0.00 EUR
        R/alipayplus/provider/RFD-V1   | R10  | 3.00 EUR
    """)
    history.play(4).shows("""
        break_id                       | code
        R/shop/refund/V4               | R05
        R/alipayplus/provider/RFD-V1   | R10
    """)


def test_what_an_archived_order_left_open_stays_open(history: History) -> None:
    """The payment was unknown on its day; no later row or refund settles it."""
    history.play(report=PAID).shows("""
        break_id                       | code
        P/alipayplus/provider/PAY-O1   | P06
    """)
    history.play(
        1,
        report="""
            type   | request | original | amount
            REFUND | V2      | O1       | 4.00 EUR
        """,
    ).shows("""
        code
        P06
        R04
    """)


def test_a_payment_gone_while_its_refund_stays(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | local
            V1     | O1    | VOID_FAILED
        """,
        report="""
            type    | request | original
            PAYMENT | O1      |
            REFUND  | V1      | O1
        """,
    ).shows("""
        break_id         | code
        R/shop/refund/V1 | R01
    """)
    gone(history, "O1")
    history.play(1).shows("""
        break_id         | code | flags
        P/shop/order/O1  | P21  |
        R/shop/refund/V1 | R01  | NO_ALERT
    """)


def test_a_refund_gone_while_its_payment_stays(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | provider
            V1     | O1    | UNKNOWN
        """,
        report=PAID,
    ).shows("""
        break_id         | code | at_risk
        R/shop/refund/V1 | R02  | 10.00 EUR
    """)
    kept = dict(history.refunds)
    gone(history, "V1")
    day = history.play(1)
    day.shows("""
        break_id         | code | flags | severity | acts | at_risk   | before
        R/shop/refund/V1 | R17  | R02   | S1       | DEV  | 10.00 EUR | R02
    """)
    assert "on 2026-11-20 (UNKNOWN VOIDED, stored as" in day.explanations[0]
    history.refunds |= kept
    history.play(
        2,
        report="""
            type   | request | original
            REFUND | V1      | O1
        """,
    ).moves("""
        break_id         | movement | code_before | outcome
        R/shop/refund/V1 | RESOLVED | R17         | R03s
        R/shop/refund/V1 | NOTED    |             |
    """)


def test_a_refund_that_an_open_payment_needs(history: History) -> None:
    """It is in order itself; without it the remainder of the sale would be another, and its row a refund of nobody."""
    history.play(
        orders="""
            order | confirm
            O1    | CANCELLED
        """,
        refunds="""
            refund | order | amount
            V1     | O1    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            REFUND  | V1      | O1       | 4.00 EUR
        """,
    ).shows("""
        break_id        | code | at_risk
        P/shop/order/O1 | P05  | 6.00 EUR
    """)
    gone(history, "V1")
    history.play(1).shows("""
        break_id         | code | at_risk  | severity
        P/shop/order/O1  | P05  | 6.00 EUR | S1
        R/shop/refund/V1 | R17  | 0.00 EUR | S2
    """)


def test_both_gone(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | local
            V1     | O1    | VOID_FAILED
        """,
        report="""
            type    | request | original
            PAYMENT | O1      |
            REFUND  | V1      | O1
        """,
    )
    gone(history, "O1", "V1")
    for offset in (1, 2):
        history.play(offset).shows("""
            break_id         | code | flags
            P/shop/order/O1  | P21  |
            R/shop/refund/V1 | R17  | R01 NO_ALERT
        """)


def test_the_earlier_order_of_a_duplicate_is_gone(history: History) -> None:
    history.play(
        orders="""
            order | till | terminal | created
            O1    | N1   | T1       | 12:00
            O2    | N1   | T1       | 12:03
        """,
        report="""
            type    | request
            PAYMENT | O1
            PAYMENT | O2
        """,
    ).shows("""
        order | code
        O2    | P11
    """)
    gone(history, "O1")
    history.play(1).shows("""
        order | code
        O1    | P21
        O2    | P11
    """)


def test_a_fee_break_needs_no_order(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        report=PAID,
        charged="""
            request | fee
            ZZ      | 0.05 EUR
        """,
    ).shows("""
        code
        C02
    """)
    gone(history, "O1")
    history.play(1).shows("""
        code
        C02
    """)


def test_the_answer_of_alipayplus_stays_beside_it(history: History) -> None:
    history.play(
        orders="""
            order | pay  | confirm       | created
            O1    | INIT | NOT_CONFIRMED | 10:00
        """
    ).shows("""
        code | situation
        P17  | INIT/0
    """)
    answer: dict[str, object] = {
        "break_id": "P/shop/order/O1", "situation": "INIT/0", "order_key": "O1", "answer": "IN_PROCESS",
        "answered_at": datetime(2026, 11, 21, 1), "is_planned": True,  # noqa: DTZ001
    }  # fmt: skip
    history.answered(**answer).shows("""
        code | state | answer
        P17  | ASKED | IN_PROCESS
    """)
    gone(history, "O1")
    day = history.play(1)
    day.shows("""
        order | code | flags | state | acts | answer     | asked_count | inquiry
        O1    | P21  | P17   | OPEN  | DEV  | IN_PROCESS | 1           | N
    """)
    assert "Asked once, Alipay+ says: it is not final yet." in day.explanations[0]
    assert "query" in str(only(day)["what_to_do"])


def test_an_order_under_another_key_is_not_gone(history: History) -> None:
    """The same paymentRequestId under a new key or source: the old break ends where the new one begins."""
    history.play(
        orders=ON_THE_LIST + "O2 | SUCCESS | CONFIRMED",
        report="type | request | transaction | amount\nPAYMENT | O1 | PAY-O1 |\nPAYMENT | CUT | PAY-O2 | 9.00 EUR",
    )
    for key in ("O1", "O2"):
        history.orders[f"N-{key}"] = history.orders.pop(key) | {"source_id": "shop2", "order_key": f"N-{key}"}
    day = history.play(1)
    day.shows("""
        break_id           | code | flags
        P/shop2/order/N-O1 | P04  |
        P/shop2/order/N-O2 | P08  | P18 REQUEST_ID
    """)
    day.moves("""
        break_id           | movement | outcome
        P/shop/order/O1    | RESOLVED | P04
        P/shop/order/O2    | RESOLVED | P08
        P/shop2/order/N-O1 | NEW      |
        P/shop2/order/N-O2 | NEW      |
    """)


def test_a_refund_under_another_key_is_not_gone(history: History) -> None:
    history.play(
        orders="""
            order
            O1
        """,
        refunds="""
            refund | order | provider
            V1     | O1    | UNKNOWN
            V2     | LOST  | SUCCESS
            V3     | LOST3 | SUCCESS
        """,
        report=PAID + "REFUND | V2\nREFUND | V3",
    )
    history.refunds["V3"]["refunded_at"] += timedelta(days=2)  # corrected to a time after the next day
    for key in ("V1", "V2", "V3"):
        history.refunds[f"N-{key}"] = history.refunds.pop(key) | {"refund_key": f"N-{key}"}
    history.refunds["N-V3"]["source_id"] = "shop2"
    day = history.play(1)
    day.shows("""
        break_id            | code
        R/shop/refund/N-V1  | R02
        R/shop/refund/N-V2  | R08
        R/shop2/refund/N-V3 | R08
    """)
    day.moves("""
        break_id            | movement | outcome
        R/shop/refund/V1    | RESOLVED | R02
        R/shop/refund/V2    | RESOLVED | R08
        R/shop/refund/V3    | RESOLVED | R08
        R/shop/refund/N-V1  | NEW      |
        R/shop/refund/N-V2  | NEW      |
        R/shop2/refund/N-V3 | NEW      |
    """)


def test_what_changed_while_it_was_away_is_seen_when_it_is_back(history: History) -> None:
    """Nothing needed them; a change is one since the last day on which a source had them."""
    history.play(
        orders="""
            order
            O1
            O2
        """,
        refunds="""
            refund | order | amount
            V1     | O2    | 4.00 EUR
        """,
        report="""
            type    | request | original | amount
            PAYMENT | O1      |          | 10.00 EUR
            PAYMENT | O2      |          | 10.00 EUR
            REFUND  | V1      | O2       | 4.00 EUR
        """,
    )
    kept = dict(history.orders), dict(history.refunds)
    gone(history, "O1", "O2", "V1")
    assert history.play(1).items.is_empty()
    history.orders |= kept[0]
    history.refunds |= kept[1]
    history.know(1, orders="order | confirm\nO1 | CANCELLED", refunds="refund | local\nV1 | VOID_FAILED")
    history.play(2).shows("""
        order | refund | code
        O1    |        | P05
        O2    | V1     | R01
    """)


@pytest.mark.own_day
def test_a_hundred_gone_at_once_are_one_incident(history: History) -> None:
    many = [f"O{number:03d}" for number in range(120)]
    history.play(
        orders="\n".join(["order | confirm", *(f"{key} | NOT_CONFIRMED" for key in many)]),
        report="\n".join(["type | request", *(f"PAYMENT | {key}" for key in many)]),
    )
    kept = dict(history.orders)
    gone(history, *many)
    for offset in (1, 2):
        day = history.play(offset)
        (listed,) = day.items.filter(day.items["incident_id"].is_null()).iter_rows(named=True)
        assert (listed["break_code"], listed["severity"], listed["who_acts"]) == ("I08", "S1", "DEV")
        assert listed["explanation"].startswith(
            "120 orders and refunds (1,200.00 EUR) of the orders source shop were on"
        )
    history.orders |= kept
    day = history.play(3)
    assert set(day.items["break_code"]) == {"P04"}
    assert day.items["incident_id"].null_count() == 120


def test_some_gone_are_breaks_of_their_own(history: History) -> None:
    many = [f"O{number:03d}" for number in range(120)]
    history.play(
        orders="\n".join(["order | confirm", *(f"{key} | NOT_CONFIRMED" for key in many)]),
        report="\n".join(["type | request", *(f"PAYMENT | {key}" for key in many)]),
    )
    gone(history, *many[:40])
    day = history.play(1)
    assert sorted(day.items["break_code"]) == ["P04"] * 80 + ["P21"] * 40
    assert day.items["incident_id"].null_count() == 120
