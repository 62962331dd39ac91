"""What each answer of Alipay+ means for each break it can help with: the table of section 8, cell by cell.

Every cell is played: the day finds the break, Alipay+ answers, the day runs again with the answer.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from recon.breaks.catalogue import CATALOGUE
from recon.inquiry.verdicts import ANSWERS, CONCLUDING, MEANINGS, meaning_of
from resources.journals.group_commit import JournalError
from resources.register import answers_of_day
from tests.support.day import DAY, History, PlayedDay
from tests.support.tables import rows_of

ROW = """
    type    | request
    PAYMENT | O1
"""
PAID_10 = {"amount_minor": 1000, "currency": "EUR", "provider_payment_id": "PAY-O1"}


def order(pay: str, confirm: str = "NOT_CONFIRMED", more: str = "", cells: str = "") -> str:
    return f"""
        order | pay   | confirm   {more}
        O1    | {pay} | {confirm} {cells}
    """


BROKEN = {
    "P01": (order("INIT"), ROW, "INIT/1"),
    "P02": (order("FAILED"), ROW, "FAILED/1"),
    "P03": (order("CLOSED"), ROW, "CLOSED/1"),
    "P06": ("", ROW, "-/1"),
    "P17": (order("INIT"), "", "INIT/0"),
    "P19": (order("INIT", "CONFIRMED"), "", "INIT/0"),
    "P10": (order("SUCCESS"), "type | request | transaction\nPAYMENT | O1 | PAY-A\nPAYMENT | O1 | PAY-B", "SUCCESS/2"),
    "R14": (order("SUCCESS", "CONFIRMED", "| cancel | cancel_at", "| FAILED | +1 00:16"), ROW, "SUCCESS/1"),
}


def played(history: History, code: str) -> str:
    """A day with this break on O1; its situation."""
    if code == "P07":
        history.start = DAY - timedelta(days=2)
        history.play(0, orders=order("SUCCESS", "CONFIRMED"))
        history.play(1)
        day, situation = history.play(2), "SUCCESS/0"
    else:
        orders, report, situation = BROKEN[code]
        day = history.play(0, orders=orders, report=report)
    assert day.breaks("code", "situation") == [(code, situation)]
    return situation


def answered(history: History, code: str, answer: str, **more: object) -> PlayedDay:
    """The day of that break once more, with an answer."""
    situation = played(history, code)
    key = "alipayplus/provider/PAY-O1" if code == "P06" else "shop/order/O1"
    values = (PAID_10 if answer == "PAID" else {}) | {"answer": answer, "order_key": "" if code == "P06" else "O1"}
    return history.answered(2 if code == "P07" else 0, break_id=f"P/{key}", situation=situation, **values | more)


TABLE = """
    code | answer     | becomes | verdict          | acts | words
    P01  | PAID       | P01     | CONFIRMS_REPORT  | OPS  | Store the result
    P01  | CLOSED     | P01     | CONFIRMS_OURS    | A+   | send the report line and the answer
    P01  | FAILED     | P01     | CONFIRMS_OURS    | A+   | send the report line and the answer
    P01  | IN_PROCESS | P01     | STILL_UNKNOWN    | OPS  | a person decides
    P01  | NOT_EXIST  | P01     | CONTRADICTS_BOTH | DEV  | reference, participant and environment
    P02  | PAID       | P02     | CONFIRMS_REPORT  | OPS  | Refund it, or reopen
    P02  | CLOSED     | P02     | CONFIRMS_OURS    | A+   | send the report line and the answer
    P02  | FAILED     | P02     | CONFIRMS_OURS    | A+   | send the report line and the answer
    P02  | IN_PROCESS | P02     | STILL_UNKNOWN    | OPS  | a person decides
    P02  | NOT_EXIST  | P02     | CONTRADICTS_BOTH | DEV  | reference, participant and environment
    P03  | PAID       | P03     | CONFIRMS_REPORT  | OPS  | Cancel again while the window is open, else refund
    P03  | CLOSED     | P03     | CONFIRMS_OURS    | A+   | has to correct its report
    P03  | FAILED     | P03     | CONFIRMS_OURS    | A+   | has to correct its report
    P03  | IN_PROCESS | P03     | STILL_UNKNOWN    | OPS  | Cancel again while the window is open
    P03  | NOT_EXIST  | P03     | CONTRADICTS_BOTH | DEV  | reference, participant and environment
    P06  | PAID       | P06     | CONFIRMS_REPORT  | DEV  | find its order
    P06  | CLOSED     | P06     | CONFIRMS_OURS    | A+   | send the report line and the answer
    P06  | NOT_EXIST  | P06     | CONFIRMS_OURS    | DEV  | reference, participant and environment
    P07  | PAID       | P07     | CONFIRMS_OURS    | A+   | the report lacks it
    P07  | CLOSED     | P07     | CONFIRMS_REPORT  | OPS  | Close the order
    P07  | FAILED     | P07     | CONFIRMS_REPORT  | OPS  | Our order wrongly shows success
    P07  | IN_PROCESS | P07     | STILL_UNKNOWN    | OPS  | a person decides
    P07  | NOT_EXIST  | P07     | CONFIRMS_REPORT  | OPS  | this answer alone does not prove a failure
    P10  | PAID       | P10     | CONFIRMS_REPORT  | A+   | both report lines
    P17  | PAID       | P01     | CONTRADICTS_BOTH | OPS  | A late success: store the result
    P17  | CLOSED     | P17     | CONFIRMS_REPORT  | OPS  | close the order
    P17  | FAILED     | P17     | CONFIRMS_REPORT  | OPS  | mark the order as failed
    P17  | IN_PROCESS | P17     | STILL_UNKNOWN    | OPS  | Cancel it while the window is open
    P17  | NOT_EXIST  | P17     | CONFIRMS_REPORT  | OPS  | not on this answer alone
    P19  | PAID       | P19     | CONFIRMS_OURS    | OPS  | store the result
    P19  | CLOSED     | P19     | CONFIRMS_REPORT  | MER  | Goods went out unpaid
    P19  | FAILED     | P19     | CONFIRMS_REPORT  | MER  | Goods went out unpaid
    P19  | IN_PROCESS | P19     | STILL_UNKNOWN    | OPS  | Wait for the final answer
    P19  | NOT_EXIST  | P19     | CONFIRMS_REPORT  | MER  | check reference and environment
    R14  | PAID       | R14     | CONFIRMS_REPORT  | OPS  | Refund it
    R14  | CLOSED     | R14     | CONFIRMS_OURS    | A+   | send the report line and the answer
"""
NOTHING_HEARD = """
    code | acts
    P01  | OPS
    P02  | OPS
    P03  | OPS
    P07  | OPS
    P17  | OPS
    P19  | OPS
"""


@pytest.mark.parametrize("cell", rows_of(TABLE), ids=lambda cell: f"{cell['code']}-{cell['answer']}")
def test_cell(history: History, cell: dict[str, str]) -> None:
    day = answered(history, cell["code"], cell["answer"])
    assert day.breaks("code", "answer", "verdict", "acts") == [
        (cell["becomes"], cell["answer"], cell["verdict"], cell["acts"])
    ]
    assert cell["words"] in day.items["what_to_do"][0]
    assert "Asked once, Alipay+ says: " in day.explanations[0]


SAID = """
    code | answer    | last
    P01  | PAID      | it is paid, 10.00 EUR. That agrees with the reports.
    P01  | CLOSED    | it is closed or cancelled. That contradicts the report.
    P01  | FAILED    | it failed. That contradicts the report.
    P02  | FAILED    | it failed. That agrees with our side, not with the reports.
    P06  | CLOSED    | it is closed or cancelled. That contradicts the report.
    P06  | NOT_EXIST | it does not know the order (yet). That contradicts the report.
    P17  | PAID      | it is paid, 10.00 EUR. No report has it yet.
"""


@pytest.mark.parametrize("cell", rows_of(SAID), ids=lambda cell: f"{cell['code']}-{cell['answer']}")
def test_the_answer_is_said_to_agree_only_with_a_side_that_says_something(
    history: History, cell: dict[str, str]
) -> None:
    day = answered(history, cell["code"], cell["answer"])
    assert day.explanations[0].endswith(f"Asked once, Alipay+ says: {cell['last']}")


@pytest.mark.parametrize("answer", ["NONE", "UNCLEAR"])
@pytest.mark.parametrize("cell", rows_of(NOTHING_HEARD), ids=lambda cell: cell["code"])
def test_no_answer_is_no_conclusion(history: History, cell: dict[str, str], answer: str) -> None:
    """Back off, keep it open: what to do stays as the catalogue says."""
    code = cell["code"]
    day = answered(history, code, answer, is_planned=True)
    assert day.breaks("code", "state", "verdict", "acts") == [(code, "ASKED", "STILL_UNKNOWN", cell["acts"])]
    assert day.items["what_to_do"].to_list() == [CATALOGUE[code].act]
    assert day.items["severity"].to_list() == [CATALOGUE[code].severity]


@pytest.mark.parametrize("code", ["P01", "P02", "P03", "P06", "P07", "P10", "P17", "P19", "R14"])
def test_an_answer_that_does_not_fit_is_for_a_person(history: History, code: str) -> None:
    day = answered(history, code, "REVIEW", differences="paymentAmount.value differs", amount_minor=999)
    assert day.breaks("code", "severity", "verdict", "acts") == [(code, "S1", "CONTRADICTS_BOTH", "OPS")]
    assert "paymentAmount.value differs" in day.explanations[0]
    assert "Touch nothing" in day.items["what_to_do"][0]


@pytest.mark.parametrize(
    ("differences", "words"),
    [
        ("paymentAmount.value differs", "names another amount than this break."),
        ("paymentAmount.currency differs; paymentAmount.value differs", "names another amount than this break."),
        ("paymentRequestId differs", "names another id than the question."),
        ("paymentId differs; acquirerId differs", "names another id than the question."),
        ("paymentId differs; paymentAmount.value differs", "another amount or another id than the question"),
        ("paymentRequestId is missing", "or lacks a part."),
        (None, "another amount or another id than the question"),
    ],
)
def test_what_does_not_fit_is_named(history: History, differences: str | None, words: str) -> None:
    day = answered(history, "P17", "REVIEW", differences=differences)
    assert words in day.items["what_to_do"][0]


COMPARED = """
    code | stated                        | verdict          | acts | severity
    P08  | 10.00 EUR                     | CONFIRMS_OURS    | A+   | S1
    P08  | 9.00 EUR                      | CONFIRMS_REPORT  | FIN  | S1
    P08  | 8.00 EUR                      | CONTRADICTS_BOTH | OPS  | S1
    P09  | 10.00 EUR                     | CONFIRMS_OURS    | A+   | S1
    P09  | 10.00 USD                     | CONFIRMS_REPORT  | FIN  | S1
    P09  | 10.00 GBP                     | CONTRADICTS_BOTH | OPS  | S1
    P13  | 7.40 EUR                      | CONFIRMS_OURS    | A+   | S3
    P13  | 7.41 EUR                      | CONFIRMS_REPORT  | FIN  | S3
    P13  | 7.00 EUR                      | CONTRADICTS_BOTH | FIN  | S3
    P18  | PAY-1                         | CONFIRMS_OURS    | A+   | S2
    P18  | PAY-2                         | CONFIRMS_REPORT  | DEV  | S2
    P18  | PAY-3                         | CONTRADICTS_BOTH | OPS  | S1
"""
DIFFERENT = {
    "P08": ("order\nO1", "type | request | amount\nPAYMENT | O1 | 9.00 EUR"),
    "P09": ("order\nO1", "type | request | amount | settles\nPAYMENT | O1 | 10.00 USD | 9.00 EUR"),
    "P13": (
        "order | amount | settles\nO1 | 1200 JPY | 7.40 EUR",
        "type | request | amount | settles\nPAYMENT | O1 | 1200 JPY | 7.41 EUR",
    ),
    "P18": ("order | transaction\nO1 | PAY-1", "type | request | transaction\nPAYMENT | O1 | PAY-2"),
}


@pytest.mark.parametrize("cell", rows_of(COMPARED), ids=lambda cell: f"{cell['code']}-{cell['stated']}")
def test_a_paid_answer_says_which_value_is_right(history: History, cell: dict[str, str]) -> None:
    code = cell["code"]
    orders, report = DIFFERENT[code]
    history.play(0, orders=orders, report=report)
    stated: dict[str, object] = PAID_10 | {"provider_payment_id": cell["stated"]}
    if code != "P18":
        minor, currency = cell["stated"].replace(".", "").split()
        names = ("settlement_amount_minor", "settlement_currency") if code == "P13" else ("amount_minor", "currency")
        stated = dict(zip(names, (int(minor), currency), strict=True))
    day = history.answered(
        0, break_id="P/shop/order/O1", situation="SUCCESS/1", order_key="O1", answer="PAID", **stated
    )
    assert day.breaks("code", "verdict", "acts", "severity") == [
        (code, cell["verdict"], cell["acts"], cell["severity"])
    ]


@pytest.mark.parametrize(
    ("settled", "last"),
    [
        (740, "it is paid, its settlement amount 7.40 EUR. That agrees with our side, not with the reports."),
        (741, "it is paid, its settlement amount 7.41 EUR. That agrees with the reports."),
        (700, "it is paid, its settlement amount 7.00 EUR. That agrees with neither side."),
        (None, "it is paid. The answer does not contain the settlement amount."),
    ],
)
def test_a_dispute_about_the_settlement_amount_is_answered_by_that_amount(
    history: History, settled: int | None, last: str
) -> None:
    """The amount of the payment, 1200 JPY, is in the answer too, and settles nothing."""
    orders, report = DIFFERENT["P13"]
    history.play(0, orders=orders, report=report)
    stated = {"amount_minor": 1200, "currency": "JPY", "settlement_amount_minor": settled}
    stated |= {"settlement_currency": "EUR" if settled else None, "order_key": "O1", "answer": "PAID"}
    day = history.answered(0, break_id="P/shop/order/O1", situation="SUCCESS/1", **stated)
    assert day.explanations[0].endswith(f"Asked once, Alipay+ says: {last}")
    assert day.breaks("code", "verdict") == [("P13", "STILL_UNKNOWN")] or settled


# -- evidence over time ----------------------------------------------------------------------


def test_a_late_success_counts_before_its_report(history: History) -> None:
    day = answered(history, "P17", "PAID")
    day.shows("""
        order | code | severity | state | at_risk   | flags         | deadline            | before
        O1    | P01  | S1       | OPEN  | 10.00 EUR | BEFORE_REPORT | 2027-11-20 12:00:00 |
    """)
    later = history.play(1, report=ROW)
    later.shows("""
        order | code | flags | answer | before
        O1    | P01  |       |        |
    """)


def test_an_answer_speaks_of_the_situation_it_was_asked_in(history: History) -> None:
    """Not known on the day it was asked; then the report brings the payment: the old answer says nothing about it."""
    answered(history, "P17", "NOT_EXIST")
    day = history.play(1, report=ROW)
    day.shows("""
        order | code | situation | answer | verdict | asked_count
        O1    | P01  | INIT/1    |        |         |
    """)


@pytest.mark.parametrize(("code", "becomes"), [("P17", "P17"), ("P01", "P01"), ("P19", "P19")])
def test_a_success_of_another_amount_than_the_order_has_by_now_is_for_a_person(
    history: History, code: str, becomes: str
) -> None:
    """Alipay+ spoke of 10.00; since then somebody changed our order."""
    answered(history, code, "PAID")
    confirm = "CONFIRMED" if code == "P19" else "NOT_CONFIRMED"
    history.know(1, orders=order("INIT", confirm, "| amount", "| 12.00 EUR"))
    day = history.play(1)
    assert day.breaks("code", "answer", "verdict", "severity") == [(becomes, "REVIEW", "CONTRADICTS_BOTH", "S1")]
    assert "the amount was changed after the question" in day.items["explanation"][0]
    assert "Touch nothing" in day.items["what_to_do"][0]


@pytest.mark.parametrize(
    ("code", "becomes", "verdict"),
    [("P17", "P01", "CONTRADICTS_BOTH"), ("P01", "P01", "CONFIRMS_REPORT"), ("P19", "P19", "CONFIRMS_OURS")],
)
def test_a_success_fits_as_soon_as_our_amount_is_the_one_that_it_names(
    history: History, code: str, becomes: str, verdict: str
) -> None:
    """Alipay+ spoke of 12.00, which was not ours; since then somebody corrected our order."""
    stated = {"amount_minor": 1200, "currency": "EUR", "result_code": "SUCCESS"}
    answered(history, code, "REVIEW", differences="paymentAmount.value differs", **stated)
    confirm = "CONFIRMED" if code == "P19" else "NOT_CONFIRMED"
    history.know(1, orders=order("INIT", confirm, "| amount", "| 12.00 EUR"))
    day = history.play(1)
    assert day.breaks("code", "answer", "verdict") == [(becomes, "PAID", verdict)]
    assert "it is paid, 12.00 EUR." in day.explanations[0]
    assert "Touch nothing" not in day.items["what_to_do"][0]


@pytest.mark.parametrize(
    ("differences", "code"),
    [
        ("paymentAmount.value differs; paymentResult.resultStatus is not S", "SUCCESS"),
        ("paymentId differs; paymentAmount.value differs", "SUCCESS"),
        ("paymentAmount.value differs", "ORDER_IS_CLOSED"),
    ],
)
def test_what_did_not_fit_for_another_reason_stays_for_a_person(history: History, differences: str, code: str) -> None:
    answered(history, "P17", "REVIEW", differences=differences, amount_minor=1200, currency="EUR", result_code=code)
    history.know(1, orders=order("INIT", "NOT_CONFIRMED", "| amount", "| 12.00 EUR"))
    assert history.play(1).breaks("code", "answer", "severity") == [("P17", "REVIEW", "S1")]


def test_an_answer_about_an_earlier_reference_of_the_order_says_nothing_about_the_next_one(history: History) -> None:
    """The till sent the order once more, under another paymentRequestId: that payment is asked about for itself."""
    answered(history, "P17", "CLOSED")
    history.know(1, orders="order | pay | confirm | sent\nO1 | INIT | NOT_CONFIRMED | O1-AGAIN")
    history.play(1).shows("""
        order | code | situation       | answer
        O1    | P17  | INIT/0/O1-AGAIN |
    """)
    stated = {"break_id": "P/shop/order/O1", "situation": "INIT/0/O1-AGAIN", "order_key": "O1", "answer": "PAID"}
    history.answered(1, **PAID_10 | stated).shows("""
        order | code | flags         | answer
        O1    | P01  | BEFORE_REPORT | PAID
    """)


def test_our_side_takes_the_answer_over(history: History) -> None:
    answered(history, "P17", "CLOSED")
    history.know(1, orders="order | pay\nO1 | CLOSED")
    day = history.play(1)
    day.moves("""
        movement | code_before | outcome     | resolved_by
        RESOLVED | P17         | OK_NO_MONEY | INQUIRY
    """)


@pytest.mark.parametrize(("code", "answer"), [("P17", "PAID"), ("P01", "CLOSED")])
def test_our_side_says_something_else_than_the_answer(history: History, code: str, answer: str) -> None:
    """Paid by the answer, and closed by us; closed by the answer, and paid and confirmed by us: a person did that."""
    answered(history, code, answer)
    history.know(1, orders=order("CLOSED") if answer == "PAID" else order("SUCCESS", "CONFIRMED"))
    history.play(1).moves(f"""
        movement | outcome                                       | resolved_by
        RESOLVED | {"OK_NO_MONEY" if answer == "PAID" else "P00"} | PERSON
    """)


def test_a_person_closed_it(history: History) -> None:
    history.play(0, orders=order("INIT"))
    history.know(1, orders="order | pay\nO1 | CLOSED")
    day = history.play(1)
    day.moves("""
        movement | code_before | resolved_by
        RESOLVED | P17         | PERSON
    """)


def test_a_file_closed_it(history: History) -> None:
    history.play(0, orders=order("SUCCESS", "CONFIRMED"))
    day = history.play(1, report=ROW.replace("PAYMENT", "PAYMENT"))
    day.moves("""
        movement | code_before | resolved_by
        RESOLVED | T01         | FILE
        NOTED    |             |
    """)


def test_never_asked_codes_take_no_answer(history: History) -> None:
    """Whatever stands in the journal, a code that an inquiry cannot help is not judged by one."""
    history.play(0, orders=order("SUCCESS"), report=ROW)
    day = history.answered(0, break_id="P/shop/order/O1", situation="SUCCESS/1", order_key="O1", answer="CLOSED")
    day.shows("""
        order | code | verdict | answer
        O1    | P04  |         |
    """)


def test_a_rerun_of_the_day_gives_the_same_list(history: History) -> None:
    first = answered(history, "P17", "PAID")
    with history.warehouse.connect() as connection:
        again = history.rerun(DAY, connection)
    assert first.items.equals(again.items)


@pytest.mark.own_day
@pytest.mark.parametrize("offset", [0, 1])
def test_a_journal_that_lost_an_answer_changes_no_list(history: History, offset: int) -> None:
    """Deleted, emptied or put back from an old copy: the day, and the next one, fail instead of forgetting."""
    first = answered(history, "P17", "PAID")
    history.answers.clear()
    with pytest.raises(JournalError, match="has lost the answers to 1 break, first P/shop/order/O1"):
        history.play(offset)
    with history.warehouse.connect() as connection:
        assert answers_of_day(connection, DAY)["answer"].to_list() == ["PAID"]
        listed = connection.execute("SELECT * FROM breaks.items WHERE as_of_day = ?", [DAY]).pl()
    assert listed["break_code"].to_list() == first.items["break_code"].to_list() == ["P01"]


def test_the_evidence_names_question_and_reply(history: History) -> None:
    day = answered(
        history,
        "P01",
        "PAID",
        question_id="q-7",
        reply_sha256="ab" * 32,
        answered_at=datetime(2026, 11, 21, 0, 40),  # noqa: DTZ001
    )
    assert '"answer":{"question":"q-7","sha256":"' + "ab" * 32 in day.items["evidence"][0]
    assert day.items["answered_at"].to_list() == [datetime(2026, 11, 21, 0, 40)]  # noqa: DTZ001
    assert day.day == date(2026, 11, 20)


# -- the table itself ------------------------------------------------------------------------


def test_every_asked_code_has_a_row_for_every_answer() -> None:
    for code, entry in CATALOGUE.items():
        if not entry.is_asked:
            continue
        for answer in ANSWERS:
            if code == "P17" and answer == "PAID":
                continue  # it is P01 then
            wordings = (
                [
                    "PAID_AS_OURS",
                    "PAID_AS_REPORT",
                    "PAID_AS_NEITHER",
                    *(["PAID_WITHOUT_VALUE"] if code == "P13" else []),
                ]
                if answer == "PAID" and code in ("P08", "P09", "P13", "P18")
                else ["REVIEW", "REVIEW_AMOUNT", "REVIEW_ID"]
                if answer == "REVIEW"
                else [answer]
            )
            for category in wordings:
                meaning = meaning_of(code, category)
                assert meaning.act or answer not in CONCLUDING, (code, category)


def test_no_row_of_the_table_is_dead() -> None:
    asked = [code for code, entry in CATALOGUE.items() if entry.is_asked]
    words = {word for row in MEANINGS for word in row.answers.split()}
    used = {meaning_of(code, word, has_report=has) for code in asked for word in words for has in (True, False)
            if any(word in row.answers.split() and {"*", code, f"{code}/0"} & set(row.codes.split())
                   for row in MEANINGS)}  # fmt: skip
    assert used == set(MEANINGS)


def test_only_payments_are_asked_about() -> None:
    asked = {code for code, entry in CATALOGUE.items() if entry.is_asked}
    assert asked == {"P01", "P02", "P03", "P06", "P07", "P08", "P09", "P10", "P13", "P17", "P18", "P19", "R14"}
