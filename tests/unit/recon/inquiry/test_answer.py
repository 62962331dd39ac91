"""What an authentic reply says: the decision table, field by field, and what is never believed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from recon.inquiry import (
    Amount,
    Answered,
    Finding,
    Malformed,
    Outcome,
    OutcomeUnknown,
    Question,
    Reason,
    Rejected,
    Unanswered,
)
from recon.inquiry.answer import diagnostic_code, read_reply
from recon.inquiry.evidence import Exchange

QUESTION = Question("R1", expected=Amount(1234, "EUR"))
OK = {"resultCode": "SUCCESS", "resultStatus": "S", "resultMessage": "Success."}
PAID: dict[str, Any] = {
    "result": OK,
    "paymentResult": OK,
    "acquirerId": "1022188000000123",
    "pspId": "TNG",
    "paymentRequestId": "R1",
    "paymentId": "P1",
    "paymentAmount": {"currency": "EUR", "value": "1234"},
    "paymentTime": "2026-11-20T12:00:00+08:00",
}


def read(fields: object, question: Question = QUESTION, acquirer_id: str = "", *, needs_id: bool = True) -> Outcome:
    body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    return read_reply(question, body, Exchange("/p", "{}"), acquirer_id, needs_id=needs_id)


def answer(**fields: Any) -> Answered:
    """A paid answer with other fields; `...` takes one away."""
    body = {name: value for name, value in (PAID | fields).items() if value is not ...}
    outcome = read(body)
    assert isinstance(outcome, Answered)
    return outcome


def part(code: str | None, status: str | None) -> dict[str, str]:
    body = {"resultCode": code, "resultStatus": status, "resultMessage": "m"}
    return {name: value for name, value in body.items() if value is not None}


# -- the decision table ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payment_result", "finding"),
    [
        (part("SUCCESS", "S"), Finding.PAID),
        (part("ORDER_IS_CLOSED", "F"), Finding.CLOSED),
        (part("USER_BALANCE_NOT_ENOUGH", "F"), Finding.FAILED),
        (part("RISK_REJECT", "F"), Finding.FAILED),
        (part("A_CODE_OF_NEXT_YEAR", "F"), Finding.FAILED),
        (part("order_is_closed", "F"), Finding.FAILED),
        (part(None, "F"), Finding.FAILED),
        (part("PAYMENT_IN_PROCESS", "U"), Finding.IN_PROCESS),
        (part("SUCCESS", "U"), Finding.IN_PROCESS),
        (part("ORDER_NOT_EXIST", "F"), Finding.NOT_EXIST),
        (part("SUCCESS", "s"), Finding.UNCLEAR),
        (part("SUCCESS", "X"), Finding.UNCLEAR),
        (part("SUCCESS", ""), Finding.UNCLEAR),
        (part("SUCCESS", None), Finding.UNCLEAR),
        (..., Finding.UNCLEAR),
        (None, Finding.UNCLEAR),
        ("S", Finding.UNCLEAR),
        ([], Finding.UNCLEAR),
    ],
)
def test_the_letter_of_the_payment_result_decides(payment_result: Any, finding: Finding) -> None:
    assert answer(paymentResult=payment_result).finding is finding


@pytest.mark.parametrize(
    ("result", "kind", "reason", "may_pass", "stops", "slows"),
    [
        (part("INVALID_SIGNATURE", "F"), Rejected, Reason.SETUP, False, True, False),
        (part("INVALID_CLIENT", "F"), Rejected, Reason.SETUP, False, True, False),
        (part("KEY_NOT_FOUND", "F"), Rejected, Reason.SETUP, False, True, False),
        (part("ACCESS_DENIED", "F"), Rejected, Reason.SETUP, False, True, False),
        (part("INVALID_CONTRACT", "F"), Rejected, Reason.SETUP, False, True, False),
        (part("PARAM_ILLEGAL", "F"), Rejected, Reason.QUESTION, False, False, False),
        (part("PROCESS_FAIL", "F"), Rejected, Reason.BUSINESS, False, False, False),
        (part("A_CODE_OF_NEXT_YEAR", "F"), Rejected, Reason.BUSINESS, False, False, False),
        (part(None, "F"), Rejected, Reason.BUSINESS, False, False, False),
        (part("UNKNOWN_EXCEPTION", "U"), OutcomeUnknown, Reason.PROVIDER_UNKNOWN, True, False, False),
        (part("A_CODE_OF_NEXT_YEAR", "U"), OutcomeUnknown, Reason.PROVIDER_UNKNOWN, True, False, False),
        (part("ORDER_NOT_EXIST", "U"), OutcomeUnknown, Reason.PROVIDER_UNKNOWN, True, False, False),
        (part("REQUEST_TRAFFIC_EXCEED_LIMIT", "U"), OutcomeUnknown, Reason.THROTTLED, True, False, True),
        (part("SUCCESS", "s"), Malformed, Reason.STATUS_LETTER, False, False, False),
        (part("SUCCESS", "X"), Malformed, Reason.STATUS_LETTER, False, False, False),
        (part("SUCCESS", ""), Malformed, Reason.STATUS_LETTER, False, False, False),
        (part("SUCCESS", None), Malformed, Reason.STATUS_LETTER, False, False, False),
        (None, Malformed, Reason.NO_RESULT, False, False, False),
        ("S", Malformed, Reason.NO_RESULT, False, False, False),
    ],
)  # fmt: skip
def test_a_result_other_than_s_says_nothing_about_the_payment(
    result: Any, kind: type, reason: Reason, may_pass: bool, stops: bool, slows: bool
) -> None:
    """Even if the reply carries a payment result and an amount."""
    outcome = read(PAID | {"result": result})
    assert isinstance(outcome, Unanswered)
    assert type(outcome) is kind
    assert outcome.reason is reason
    assert outcome.may_pass == may_pass
    assert outcome.stops_the_run == stops
    assert outcome.asks_to_slow_down == slows


@pytest.mark.parametrize(
    "fields",
    [
        {"result": part("ORDER_NOT_EXIST", "F")},
        {"result": part("PROCESS_FAIL", "F"), "paymentResult": part("ORDER_NOT_EXIST", "F")},
        {"result": OK, "paymentResult": part("ORDER_NOT_EXIST", "F")},
    ],
)
def test_an_unknown_order_is_named_in_either_place_and_is_never_a_failure(fields: object) -> None:
    outcome = read(fields)
    assert isinstance(outcome, Answered)
    assert outcome.finding is Finding.NOT_EXIST


# -- the right order, the right amount -------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "difference"),
    [
        ({"paymentRequestId": "R2"}, "paymentRequestId differs"),
        ({"paymentRequestId": "r1"}, "paymentRequestId differs"),
        ({"paymentRequestId": "R1 "}, "paymentRequestId differs"),
        ({"paymentRequestId": ...}, "paymentRequestId is missing"),
        ({"paymentRequestId": None}, "paymentRequestId is missing"),
        ({"paymentRequestId": ["R1"]}, "paymentRequestId is missing"),
        ({"paymentAmount": ...}, "paymentAmount is missing or cannot be read"),
        ({"paymentAmount": {"currency": "EUR", "value": "1235"}}, "paymentAmount.value differs"),
        ({"paymentAmount": {"currency": "USD", "value": "1234"}}, "paymentAmount.currency differs"),
        ({"paymentAmount": {"currency": "eur", "value": "1234"}}, "paymentAmount is missing or cannot be read"),
        ({"paymentAmount": {"value": "1234"}}, "paymentAmount is missing or cannot be read"),
        ({"paymentAmount": "1234"}, "paymentAmount is missing or cannot be read"),
        ({"paymentResult": part("ORDER_NOT_EXIST", "S")}, "paymentResult.resultCode is not SUCCESS"),
        ({"paymentResult": part(None, "S")}, "paymentResult.resultCode is not SUCCESS"),
    ],
)  # fmt: skip
def test_a_paid_answer_that_does_not_fit_needs_review(fields: dict[str, Any], difference: str) -> None:
    outcome = answer(**fields)
    assert outcome.finding is Finding.REVIEW
    assert outcome.differences == (difference,)


@pytest.mark.parametrize("code", ["ORDER_IS_CLOSED", "RISK_REJECT", "PAYMENT_IN_PROCESS"])
def test_another_orders_answer_closes_nothing(code: str) -> None:
    status = "U" if code == "PAYMENT_IN_PROCESS" else "F"
    outcome = answer(paymentResult=part(code, status), paymentRequestId="R2")
    assert outcome.finding is Finding.REVIEW


@pytest.mark.parametrize(("code", "finding"), [("ORDER_IS_CLOSED", Finding.CLOSED), ("RISK_REJECT", Finding.FAILED)])
def test_a_final_answer_without_an_id_of_the_payment_needs_review(code: str, finding: Finding) -> None:
    nameless = {"result": OK, "paymentResult": part(code, "F")}
    outcome = read(nameless)
    assert isinstance(outcome, Answered)
    assert outcome.finding is Finding.REVIEW
    assert outcome.differences == ("paymentRequestId is missing",)
    stranger = read(nameless | {"paymentId": "P1"})  # an id that nobody knows names nothing
    assert isinstance(stranger, Answered)
    assert stranger.finding is Finding.REVIEW

    known = read(nameless | {"paymentId": "P1"}, replace(QUESTION, known_payment_id="P1"))
    allowed = read(nameless, needs_id=False)
    named = read(nameless | {"paymentRequestId": QUESTION.payment_request_id})
    for each in (known, allowed, named):
        assert isinstance(each, Answered)
        assert each.finding is finding


def test_an_answer_that_is_not_final_may_leave_out_the_id() -> None:
    outcome = read({"result": OK, "paymentResult": part("PAYMENT_IN_PROCESS", "U")})
    assert isinstance(outcome, Answered)
    assert outcome.finding is Finding.IN_PROCESS


@pytest.mark.parametrize("code", ["ORDER_IS_CLOSED", "RISK_REJECT", "PAYMENT_IN_PROCESS"])
def test_an_unpaid_answer_about_another_amount_needs_review(code: str) -> None:
    status = "U" if code == "PAYMENT_IN_PROCESS" else "F"
    outcome = answer(paymentResult=part(code, status), paymentAmount={"currency": "EUR", "value": "99"})
    assert (outcome.finding, outcome.differences) == (Finding.REVIEW, ("paymentAmount.value differs",))


@pytest.mark.parametrize("status", ["F", "U", "?"])
def test_an_unfit_answer_whose_letter_and_code_disagree_is_no_success_but_for_the_amount(status: str) -> None:
    outcome = answer(paymentResult=part("SUCCESS", status), paymentAmount={"currency": "EUR", "value": "99"})
    assert outcome.differences == ("paymentAmount.value differs", "paymentResult.resultStatus is not S")


@pytest.mark.parametrize("told_id", ["P2", "p1"])
def test_where_the_payment_id_is_known_an_answer_with_another_one_needs_review(told_id: str) -> None:
    known = Question(payment_request_id="R1", expected=Amount(1234, "EUR"), known_payment_id="P1")
    paid, other = read(PAID | {"paymentId": "P1"}, known), read(PAID | {"paymentId": told_id}, known)
    assert isinstance(paid, Answered)
    assert isinstance(other, Answered)
    assert paid.finding is Finding.PAID
    assert (other.finding, other.differences) == (Finding.REVIEW, ("paymentId differs",))


def test_a_question_by_payment_id_compares_the_payment_id() -> None:
    by_id = Question(payment_id="P1", expected=Amount(1234, "EUR"))
    paid, other = read(PAID, by_id), read(PAID | {"paymentId": "P2"}, by_id)
    assert isinstance(paid, Answered)
    assert paid.finding is Finding.PAID
    assert isinstance(other, Answered)
    assert other.differences == ("paymentId differs",)


def test_without_an_expected_amount_its_shape_still_counts() -> None:
    question = Question("R1")
    good, bad = read(PAID, question), read(PAID | {"paymentAmount": {"value": "1"}}, question)
    assert isinstance(good, Answered)
    assert (good.finding, good.amount) == (Finding.PAID, Amount(1234, "EUR"))
    assert isinstance(bad, Answered)
    assert bad.finding is Finding.REVIEW


def test_an_answer_of_another_acquirer_needs_review_if_we_say_who_we_are() -> None:
    outcome = read(PAID, acquirer_id="1022000000000999")
    assert isinstance(outcome, Answered)
    assert outcome.differences == ("acquirerId differs",)


@pytest.mark.parametrize(
    ("currency", "value", "minor"),
    [
        ("JPY", "500", 500),
        ("USD", "1999", 1999),
        ("KWD", "12345", 12345),
        ("IDR", "1500000", 1500000),
        ("EUR", 1234, 1234),
        ("EUR", "999999999999999999", 999999999999999999),
    ],
)
def test_amounts_are_smallest_units_as_text_or_number(currency: str, value: object, minor: int) -> None:
    question = Question("R1", expected=Amount(minor, currency))
    outcome = read(PAID | {"paymentAmount": {"currency": currency, "value": value}}, question)
    assert isinstance(outcome, Answered)
    assert (outcome.finding, outcome.amount) == (Finding.PAID, Amount(minor, currency))


@pytest.mark.parametrize(
    "value",
    ['"100.00"', '"-100"', "-100", '"0"', "0", '"1e2"', "1e2", "100.0", '"+100"', '" 100"', '"0100"',
     '"１００"', '""', "null", "true", "[100]", '"1000000000000000000"', '"100_0"', '"NaN"'],
)  # fmt: skip
def test_an_amount_in_any_other_form_is_not_read(value: str) -> None:
    body = json.dumps(PAID).replace('"1234"', value).encode()
    outcome = read(body)
    assert isinstance(outcome, Answered)
    assert outcome.amount is None
    assert outcome.finding is Finding.REVIEW


# -- other fields ----------------------------------------------------------------------------


def test_unknown_fields_and_nulls_do_no_harm() -> None:
    outcome = answer(paymentStatus="X", extra={"deep": [1, {"a": None}]}, pspId=None, paymentId=None)
    assert (outcome.finding, outcome.payment_id) == (Finding.PAID, "")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-20T12:00:00+08:30", datetime(2026, 11, 20, 3, 30, tzinfo=UTC)),
        ("2026-11-20T12:00:00Z", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("2026-11-20T12:00:00.123-05:00", datetime(2026, 11, 20, 17, 0, 0, 123000, tzinfo=UTC)),
        ("2026-11-20T12:00:00.123456789+00:00", datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_payment_times_keep_their_instant(text: str, instant: datetime) -> None:
    assert answer(paymentTime=text).paid_at == instant


@pytest.mark.parametrize("text", ["yesterday", "2026-11-20T12:00:00", "0001-01-01T00:00:00+14:00", 7])
def test_a_time_that_cannot_be_read_changes_nothing(text: object) -> None:
    outcome = answer(paymentTime=text)
    assert (outcome.finding, outcome.paid_at) == (Finding.PAID, None)


def test_the_settlement_amount_is_read() -> None:
    outcome = answer(settlementAmount={"currency": "EUR", "value": "1200"})
    assert outcome.settlement_amount == Amount(1200, "EUR")


@pytest.mark.parametrize("more", [{"settlementQuote": {"quotePrice": 0.1}}, {"transactions": ["nonsense", {"a": 1}]}])
def test_what_is_not_used_does_not_change_the_finding(more: dict[str, Any]) -> None:
    assert answer(**more) == answer()


# -- bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502</html>",
        json.dumps(PAID).encode()[:-5],
        b"[" + json.dumps(PAID).encode() + b"]",
        b'"S"',
        b"null",
        json.dumps(PAID).encode()[:-1] + b', "paymentRequestId": "R2"}',
        json.dumps(PAID).encode().replace(b'"resultCode"', b'"resultStatus": "F", "resultCode"', 1),
        json.dumps(PAID).encode().replace(b"R1", b"R\xff"),
        json.dumps(PAID).encode().replace(b'"1234"', b"NaN"),
        json.dumps(PAID).encode() + b"{}",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)
def test_a_body_that_is_not_one_clean_object_is_malformed(body: bytes) -> None:
    outcome = read(body)
    assert type(outcome) is Malformed
    assert outcome.reason is Reason.NOT_JSON
    assert isinstance(outcome, OutcomeUnknown)
    assert diagnostic_code(body) == ""


def test_text_that_cannot_be_stored_is_not_read() -> None:
    outcome = read(json.dumps(PAID).encode().replace(b'"P1"', b'"P\\ud800"'))
    assert isinstance(outcome, Answered)
    assert outcome.payment_id == ""


def test_a_diagnostic_code_is_a_code_and_nothing_else() -> None:
    assert diagnostic_code(b'{"result": {"resultCode": "INVALID_SIGNATURE"}}') == "INVALID_SIGNATURE"
    assert diagnostic_code(b'{"result": {"resultCode": "<script>"}}') == ""
    assert diagnostic_code(b'{"result": 7}') == ""
