"""Which answer may be stored as what, and what is noticed afterwards."""

# ruff: noqa: DTZ001 - tables hold times without a zone

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest

from recon.inquiry import Finding
from recon.inquiry.verdicts import ANSWER_SCHEMA, ANSWERS
from recon.inquiry.write_back import KEPT, final_answers, misread, objection, spoiled, wrong_state

NOON = datetime(2026, 11, 20, 4)
DEADLINE = datetime(2026, 11, 20, 16, 15)  # 00:15 UTC+8 of the next clearing day
SECOND = timedelta(seconds=1)
STATUS = {
    "pay_state": {"INIT|R": "INIT", "INIT|Y": "INIT", "S|R": "SUCCESS", "S|Y": "SUCCESS", "F|R": "FAILED",
                  "F|Y": "FAILED", "C|R": "CLOSED", "C|N": "CLOSED"},
    "confirm_state": {"INIT|R": "NOT_CONFIRMED", "INIT|Y": "CONFIRMED", "S|R": "NOT_CONFIRMED", "S|Y": "CONFIRMED",
                      "F|R": "NOT_CONFIRMED", "F|Y": "CONFIRMED", "C|R": "NOT_CONFIRMED", "C|N": "CANCELLED"},
}  # fmt: skip
ONE_COLUMN = {
    "pay_state": {"NEW": "INIT", "PAID": "SUCCESS", "SOLD": "SUCCESS", "REFUSED": "FAILED"},
    "confirm_state": {"NEW": "NOT_CONFIRMED", "PAID": "NOT_CONFIRMED", "SOLD": "CONFIRMED", "REFUSED": "CANCELLED"},
}

NULL_IS_INIT = {"pay_state": {"|R": "INIT", "S|R": "SUCCESS"}, "confirm_state": {"|R": "NOT", "S|R": "NOT"}}


def answer(**changes: Any) -> dict[str, Any]:
    """A payment of 10.50 EUR that went well."""
    return {
        "break_id": "B", "situation": "INIT/0", "source_id": "ogloba", "order_key": "1", "asked_count": 1,
        "answer": "PAID", "answered_at": NOON, "amount_minor": 1050, "currency": "EUR", "provider_payment_id": "PAY",
        "paid_at": NOON, "settlement_amount_minor": None, "settlement_currency": None, "result_code": "SUCCESS",
        "differences": "", "is_planned": False, "question_id": "Q1", "reply_sha256": "",
    } | changes  # fmt: skip


def order(**changes: Any) -> dict[str, Any]:
    """The order of that payment, still INIT."""
    nothing = dict.fromkeys(KEPT) | {"provider_payment_id": None, "paid_at": None, "settlement_amount_minor": None}
    stated = {
        "pay_state": "INIT",
        "confirm_state": "NOT_CONFIRMED",
        "cancel_state": "NONE",
        "order_key": "1",
        "created_at": NOON,
    }
    return nothing | {"amount_minor": 1050, "currency": "EUR"} | stated | changes


def chosen(*answers: dict[str, Any]) -> list[tuple[str, bool]]:
    frame = pl.DataFrame(list(answers), schema=dict(ANSWER_SCHEMA))
    return final_answers(frame).select("question_id", "is_late").rows()


@pytest.mark.parametrize("said", ANSWERS)
@pytest.mark.parametrize("situation", ["INIT/0", "INIT/1", "SUCCESS/0", "FAILED/1", "CLOSED/1", "UNMAPPED/0", "-/1"])
def test_only_final_answers_about_orders_that_were_init(said: str, situation: str) -> None:
    is_stored = said in ("PAID", "CLOSED", "FAILED") and situation.startswith("INIT/")
    assert chosen(answer(answer=said, situation=situation)) == ([("Q1", False)] if is_stored else [])


def test_every_finding_is_either_stored_or_left_to_a_person() -> None:
    assert {finding.name for finding in Finding} == {
        "PAID", "CLOSED", "FAILED", "IN_PROCESS", "NOT_EXIST", "UNCLEAR", "REVIEW"}  # fmt: skip


def test_the_first_answer_about_an_order_counts_and_a_later_one_is_named_if_it_differs() -> None:
    earlier, later = datetime(2026, 11, 20, 5), datetime(2026, 11, 20, 6)
    assert chosen(
        answer(question_id="Q3", situation="INIT/1", answered_at=later, answer="CLOSED"),
        answer(question_id="Q2", situation="INIT/2", answered_at=later),
        answer(question_id="Q1", answered_at=earlier),
        answer(question_id="Q9", order_key="2", answered_at=later),
        answer(question_id="Q0", order_key=""),
    ) == [("Q1", False), ("Q2", False), ("Q3", True), ("Q9", False)]


def test_after_an_answer_that_did_not_fit_a_person_decides() -> None:
    later = datetime(2026, 11, 20, 6)
    review = answer(answer="REVIEW", differences="paymentAmount.value differs")
    assert chosen(review, answer(question_id="Q2", situation="INIT/1", answered_at=later)) == [("Q2", True)]


@pytest.mark.parametrize(
    ("first", "then", "is_late"),
    [
        ("FAILED", "PAID", False),
        ("CLOSED", "FAILED", False),
        ("PAID", "PAID", False),
        ("PAID", "FAILED", True),
        ("REVIEW", "PAID", True),
    ],
)
def test_what_was_not_paid_under_an_earlier_reference_says_nothing_about_the_next_one(
    first: str, then: str, is_late: bool
) -> None:
    """The till sent the order once more. What was paid, or may have been, under the first one is never overwritten."""
    later = datetime(2026, 11, 20, 6)
    said = answer(question_id="Q2", situation="INIT/0/1-AGAIN", answered_at=later, answer=then)
    assert chosen(answer(answer=first), said)[-1:] == [("Q2", is_late)]


@pytest.mark.parametrize(
    ("said", "ours", "objected"),
    [
        ({}, {}, ""),
        ({}, {"provider_payment_id": "PAY"}, ""),
        ({}, {"cancel_state": "FAILED"}, ""),
        ({"answered_at": DEADLINE + SECOND}, {"cancel_state": "REQUESTED"}, ""),
        ({"answered_at": DEADLINE}, {"cancel_state": "REQUESTED"}, "a cancel of this order is under way"),
        ({"situation": "INIT/1"}, {}, ""),
        ({"situation": "INIT/2"}, {}, ""),
        ({"answer": "CLOSED", "amount_minor": None, "currency": None}, {"cancel_state": "REQUESTED"}, ""),
        ({"answer": "FAILED"}, {}, ""),
        ({"differences": "paymentId differs"}, {}, "the answer does not fit the question"),
        ({"amount_minor": 1051}, {}, "another amount"),
        ({"currency": "JPY"}, {}, "another amount"),
        ({"amount_minor": None}, {}, "another amount"),
        ({"answer": "FAILED", "amount_minor": 1}, {}, "another amount"),
        ({}, {"provider_payment_id": "OTHER"}, "another paymentId"),
        ({}, {"cancel_state": "REQUESTED"}, "a cancel of this order is under way"),
        ({}, {"cancel_state": "UNKNOWN"}, "a cancel of this order is under way"),
        ({}, {"cancel_state": "UNMAPPED"}, "a cancel of this order is under way"),
        ({"answer": "FAILED", "situation": "INIT/1"}, {}, "the report shows this payment as paid"),
        ({"answer": "CLOSED", "situation": "INIT/1"}, {}, "the report shows this payment as paid"),
        ({"answer": "CLOSED", "situation": "INIT/1/REF"}, {}, "the report shows this payment as paid"),
        ({"answer": "CLOSED", "situation": "INIT/0/REF"}, {}, ""),
    ],
)
def test_what_speaks_against_storing_it(said: dict[str, Any], ours: dict[str, Any], objected: str) -> None:
    reason = objection(answer(**said), order(**ours))
    assert objected in reason
    assert bool(objected) == bool(reason)


@pytest.mark.parametrize("name", KEPT)
def test_everything_else_of_the_order_stays(name: str) -> None:
    assert spoiled("SUCCESS", order(), order(pay_state="SUCCESS")) == []
    assert spoiled("SUCCESS", order(), order(pay_state="SUCCESS", **{name: "other"})) == [name]


@pytest.mark.parametrize(
    ("wanted", "before", "after", "is_right"),
    [
        ("SUCCESS", "NOT_CONFIRMED", "NOT_CONFIRMED", True),
        ("SUCCESS", "NOT_CONFIRMED", "CONFIRMED", False),
        ("SUCCESS", "NOT_CONFIRMED", "CANCELLED", False),
        ("FAILED", "NOT_CONFIRMED", "CANCELLED", True),
        ("CLOSED", "CONFIRMED", "CANCELLED", True),
        ("CLOSED", "NOT_CONFIRMED", "CONFIRMED", False),
    ],
)
def test_only_the_merchant_confirms_a_sale(wanted: str, before: str, after: str, is_right: bool) -> None:
    wrong = spoiled(wanted, order(confirm_state=before), order(confirm_state=after, pay_state=wanted))
    assert wrong == ([] if is_right else ["confirm_state"])


def test_another_state_than_the_wanted_one_is_seen() -> None:
    assert spoiled("SUCCESS", order(), order(pay_state="UNMAPPED")) == ["pay_state"]


@pytest.mark.parametrize(
    ("shown", "misread_names"),
    [
        ({}, []),  # the source does not show it
        ({"provider_payment_id": "PAY", "settlement_amount_minor": 1040, "paid_at": NOON}, []),
        ({"paid_at": NOON.replace(microsecond=999_999)}, []),
        ({"provider_payment_id": "PAY-"}, ["provider_payment_id"]),
        ({"settlement_amount_minor": 104000}, ["settlement_amount_minor"]),
        ({"paid_at": NOON.replace(hour=5)}, ["paid_at"]),
        ({"paid_at": NOON.replace(second=1)}, ["paid_at"]),
        ({"result_code": "other"}, []),  # it was not stored
    ],
)
def test_values_that_do_not_read_back(shown: dict[str, Any], misread_names: list[str]) -> None:
    bound = {"provider_payment_id": "PAY", "settlement_amount_minor": 1040, "paid_at": NOON}
    before = order() | {"result_code": None}
    assert misread(bound, before, before | shown, "Europe/Paris") == misread_names


def test_a_value_that_was_there_may_stay() -> None:
    before = order(provider_payment_id="KEPT")
    assert misread({"provider_payment_id": None}, before, before, "UTC") == []


def test_the_repeated_hour_of_a_clock_change_has_two_readings() -> None:
    paid_at = datetime(2026, 10, 25, 1, 30)  # 02:30 winter time in Paris
    shown = {"paid_at": datetime(2026, 10, 25, 0, 30)}
    assert misread({"paid_at": paid_at}, order(), order(**shown), "Europe/Paris") == []
    assert misread({"paid_at": paid_at}, order(), order(**shown), "UTC") == ["paid_at"]


@pytest.mark.parametrize(
    ("status", "words", "wrong"),
    [
        (STATUS, {"SUCCESS": "S", "FAILED": "F"}, ""),
        (STATUS, {"SUCCESS": "S"}, ""),
        (STATUS, {"SUCCESS": "F", "FAILED": "F"}, "SUCCESS"),  # maps back to another state
        (STATUS, {"SUCCESS": "S", "FAILED": "X"}, "FAILED"),  # maps back to nothing
        (STATUS, {"SUCCESS": "S", "CLOSED": "C"}, "CLOSED"),  # C|Y is not mapped
        (STATUS, {"SUCCESS": "INIT"}, "SUCCESS"),
        (STATUS, {"SUCCESS": "S|R"}, "SUCCESS"),
        (ONE_COLUMN, {"SUCCESS": "PAID", "FAILED": "REFUSED"}, ""),
        (ONE_COLUMN, {"SUCCESS": "SOLD"}, "SUCCESS"),  # would confirm the sale
        ({"pay_state": {"S": "SUCCESS"}, "confirm_state": {"S": "CONFIRMED"}}, {"SUCCESS": "S"}, "SUCCESS"),
        (NULL_IS_INIT, {"SUCCESS": "S"}, ""),
    ],
)  # fmt: skip
def test_the_words_of_a_source_must_map_back(status: Any, words: dict[str, str], wrong: str) -> None:
    assert wrong_state(status, words) == wrong
