"""Reading an authentic reply to inquiryPayment: which outcome it is, and what it says.

`result` says how the question fared, `paymentResult` how the payment did. The status letter
decides, the code only refines. What cannot be read never becomes a statement about the payment.
Called only with a reply whose signature was found right.
"""

from __future__ import annotations

from dataclasses import replace

from recon.inquiry import (
    SETUP_CODES,
    SUCCESS,
    THROTTLED,
    Amount,
    Answered,
    Finding,
    Malformed,
    Outcome,
    OutcomeUnknown,
    Question,
    Reason,
    Rejected,
    Result,
)
from recon.inquiry.evidence import Exchange
from recon.inquiry.fields import Fields, json_object

NOT_EXIST = "ORDER_NOT_EXIST"
CLOSED = "ORDER_IS_CLOSED"
QUESTION_CODES = frozenset({"PARAM_ILLEGAL"})


def read_reply(
    question: Question, body: bytes, exchange: Exchange, acquirer_id: str = "", *, needs_id: bool = True
) -> Outcome:
    """The outcome that an authentic reply is. `acquirer_id`: ours, if answers must name it.

    `needs_id`: a final answer without an id of the asked payment is REVIEW, since it may be about another one.
    """
    try:
        fields = Fields(json_object(body))
    except (ValueError, RecursionError):
        return Malformed(exchange=exchange, reason=Reason.NOT_JSON)
    result, payment_result = fields.result("result"), fields.result("paymentResult")
    if result is None:
        return Malformed(exchange=exchange, reason=Reason.NO_RESULT)
    if result.status not in ("S", "F", "U"):
        return Malformed(exchange=exchange, reason=Reason.STATUS_LETTER, code=result.code)
    if result.status == "S" or _is_unknown_order(result, payment_result):
        return _answered(question, exchange, fields, result, payment_result, acquirer_id, needs_id=needs_id)
    return _unanswered(exchange, result)


def diagnostic_code(body: bytes) -> str:
    """The result code of a reply that no one signed: for a message to people, nothing else."""
    try:
        result = Fields(json_object(body)).result("result")
    except (ValueError, RecursionError):
        return ""
    return result.code if result else ""


def _unanswered(exchange: Exchange, result: Result) -> Outcome:
    code = result.code
    if code == THROTTLED:
        return OutcomeUnknown(exchange=exchange, reason=Reason.THROTTLED, code=code)
    if result.status == "U":
        return OutcomeUnknown(exchange=exchange, reason=Reason.PROVIDER_UNKNOWN, code=code)
    reason = Reason.BUSINESS
    if code in SETUP_CODES:
        reason = Reason.SETUP
    elif code in QUESTION_CODES:
        reason = Reason.QUESTION
    return Rejected(exchange=exchange, reason=reason, code=code)


def _is_unknown_order(result: Result, payment_result: Result | None) -> bool:
    """Alipay+ names this code in either place."""
    if result.status != "F":
        return False
    return result.code == NOT_EXIST or (payment_result is not None and payment_result.code == NOT_EXIST)


def _answered(
    question: Question,
    exchange: Exchange,
    fields: Fields,
    result: Result,
    payment_result: Result | None,
    acquirer_id: str,
    *,
    needs_id: bool,
) -> Answered:
    finding = _finding(result, payment_result)
    answer = Answered(
        exchange=exchange,
        finding=finding,
        result=result,
        payment_result=payment_result,
        payment_id=fields.text("paymentId"),
        amount=fields.amount("paymentAmount"),
        paid_at=fields.instant("paymentTime"),
        settlement_amount=fields.amount("settlementAmount"),
        differences=tuple(_differences(question, fields, finding, payment_result, acquirer_id, needs_id=needs_id)),
    )
    return replace(answer, finding=Finding.REVIEW) if answer.differences else answer


def _finding(result: Result, payment_result: Result | None) -> Finding:
    if _is_unknown_order(result, payment_result):
        return Finding.NOT_EXIST
    if payment_result is None:
        return Finding.UNCLEAR
    if payment_result.status == "F":
        if payment_result.code == NOT_EXIST:
            return Finding.NOT_EXIST
        return Finding.CLOSED if payment_result.code == CLOSED else Finding.FAILED
    by_letter = {"S": Finding.PAID, "U": Finding.IN_PROCESS}
    return by_letter.get(payment_result.status, Finding.UNCLEAR)


def _differences(
    question: Question,
    fields: Fields,
    finding: Finding,
    payment_result: Result | None,
    acquirer_id: str,
    *,
    needs_id: bool,
) -> list[str]:
    """An id or amount that is there must be ours; a paid payment must name the asked id, and its amount.

    A closed or failed one may name the other id instead, where that is known.
    """
    is_paid = finding is Finding.PAID
    is_final = is_paid or finding in (Finding.CLOSED, Finding.FAILED)
    is_named = bool(question.known_payment_id) and fields.text("paymentId") == question.known_payment_id
    found = []
    must_name = is_paid or (needs_id and is_final and not is_named)
    if problem := _id_problem(fields.text(question.asked_by), question.asked_id, must_name):
        found.append(f"{question.asked_by} {problem}")
    if question.known_payment_id and (stated := fields.text("paymentId")) and stated != question.known_payment_id:
        found.append("paymentId differs")
    if acquirer_id and (stated := fields.text("acquirerId")) and stated != acquirer_id:
        found.append("acquirerId differs")
    if is_paid and payment_result is not None and payment_result.code != SUCCESS:
        found.append("paymentResult.resultCode is not SUCCESS")
    found += _amount_problems(fields.amount("paymentAmount"), question.expected, is_paid)
    if found and not is_paid and payment_result is not None and payment_result.code == SUCCESS:
        found.append("paymentResult.resultStatus is not S")  # so that the code alone never reads as paid
    return found


def _id_problem(stated: str, asked: str, is_needed: bool) -> str:
    if not stated:
        return "is missing" if is_needed else ""
    return "" if stated == asked else "differs"


def _amount_problems(stated: Amount | None, expected: Amount | None, is_needed: bool) -> list[str]:
    if stated is None:
        return ["paymentAmount is missing or cannot be read"] if is_needed else []
    if expected is None:
        return []
    problems = []
    if stated.currency != expected.currency:
        problems.append("paymentAmount.currency differs")
    if stated.minor != expected.minor:
        problems.append("paymentAmount.value differs")
    return problems
